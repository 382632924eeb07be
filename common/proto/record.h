/* Descriptors of records: what wire, row, screen, form, CLI and manual are made from. */
#ifndef QF_RECORD_H
#define QF_RECORD_H

#include "common/base.h"
#include "common/mem.h"

/* Text longer than fits in a record: bytes in an arena, not terminated. */
struct qf_str {
    const char *p;
    uint32_t n;
};

enum qf_type { /* C type                wire                       SQL */
    QF_T_bool,  /* bool                  true false                 boolean */
    QF_T_i64,   /* int64_t               integer                    bigint */
    QF_T_text,  /* char[max + 1]         string                     text */
    QF_T_str,   /* struct qf_str         string                     text */
    QF_T_json,  /* struct qf_str         any value, as it is        text */
    QF_T_price, /* int64_t at 10^-8      "100.25"                   numeric(19,8) */
    QF_T_qty,   /* int64_t at 10^-8      "1000"                     numeric(19,8) */
    QF_T_money, /* __int128 at 10^-8     "-12.5"                    numeric(38,8) */
    QF_T_cost,  /* __int128 at 10^-16    "10025.0000000000000001"   numeric(38,16) */
    QF_T_time,  /* int64_t us UTC        "2026-09-24T14:32:07Z"     timestamptz */
    QF_T_real,  /* double                number, NaN = null         double precision */
    QF_T_enum,  /* int32_t               its word                   text */
    QF_T_list,  /* pointer and uint32_t  array of objects           - */
    QF_T_COUNT
};

enum qf_flag {
    QF_F_KEY = 1,
    QF_F_OPT = 2,
    QF_F_SECRET = 4,
    QF_F_READONLY = 8,
    QF_F_VIRTUAL = 16, /* on the wire, not in SQL */
    QF_F_HIDDEN = 32   /* in SQL, not on the wire */
};

struct qf_enum {
    const char *name;
    const char *const *texts; /* by value */
    const char *const *words;
    int count;
};

#define QF_KEY_BYTES 32
struct qf_rec;
struct qf_field {
    const char *name;
    enum qf_type type;
    uint16_t flags;
    uint16_t off;       /* of the value, or of the pointer of a list (its count follows as <field>_n at off_n) */
    uint16_t off_n;
    qf_i128 min, max;   /* numbers: as in the row, or what the type allows; text and str: bytes; list: rows; else 0 */
    const struct qf_enum *en;  /* QF_T_enum */
    const struct qf_rec *item; /* QF_T_list */
    const char *words;
    char key[QF_KEY_BYTES];    /* the name as a JSON key: "price": with its quotes and colon, padded so that it is copied at once */
    uint8_t name_n, key_n;     /* lengths of name and key */
};

struct qf_rec {
    const char *name;
    const struct qf_field *fields;
    uint16_t count;
    uint16_t size; /* sizeof the struct */
    const char *words;
    uint64_t must;         /* bits of the fields that are not OPT */
    const uint64_t *asked; /* those of them that a request has to bring: not READONLY, VIRTUAL or HIDDEN either */
};

#define QF_BIT(rec, field) (1ULL << QF_##rec##_##field)
/* Is an optional field there? o: pointer to the record. */
#define QF_HAS(o, rec, field) (((o)->has & QF_BIT(rec, field)) != 0)
#define QF_SET(o, rec, field) ((o)->has |= QF_BIT(rec, field))
#define QF_DROP(o, rec, field) ((o)->has &= ~QF_BIT(rec, field))

/* Sets the bit of every field that is not OPT; call it after filling a record by hand. */
void qf_rec_fill(const struct qf_rec *rec, void *o);
/* The field of that name (n bytes) or NULL. */
const struct qf_field *qf_rec_field(const struct qf_rec *rec, const char *name, size_t n);
static inline bool qf_rec_has(const struct qf_rec *rec, const void *o, const struct qf_field *f)
{
    return (*(const uint64_t *)o >> (unsigned)(f - rec->fields)) & 1U;
}
/* Value of an enum's word (n bytes; case matters), -1 when there is none. */
int qf_enum_find(const struct qf_enum *en, const char *text, size_t n);
const char *qf_enum_text(const struct qf_enum *en, int32_t value); /* "?" when out of range */
/* Do the KEY fields of two records agree? A record without KEY fields has one key only. */
bool qf_rec_same_key(const struct qf_rec *rec, const void *a, const void *b);
/* Of the same fields, for hash tables in memory; equal keys give equal hashes. */
uint64_t qf_rec_hash_key(const struct qf_rec *rec, const void *o);
/* One value as plain text for a table, a form or CSV ("" when not there); cut to fit. Returns the length. bool is yes or no, a
 * time ISO-8601, a list the number of its rows, an undefined real n/a; what has a sign or decimals is without separators. */
size_t qf_field_text(const struct qf_field *f, const struct qf_rec *rec, const void *o, char *out, size_t cap);
/* The other way: reads plain text of a user into a field and sets its bit. On error *ret_why is one phrase that goes on after the
 * field's name ("must be a decimal such as 100.25", "must be one of BUY, SELL"), valid until the thread's next call, and the
 * record is as it was. Words of enums are taken in any case, bool as yes, no, true or false. str and json fields are copied into
 * the arena; lists cannot be read (QF_ESTATE). */
enum qf_err qf_field_parse(const struct qf_field *f, const struct qf_rec *rec, void *o, const char *text, size_t n,
                           struct qf_arena *arena, const char **ret_why) QF_MUST_CHECK;

#endif
