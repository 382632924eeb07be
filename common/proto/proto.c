/* The tables behind proto.h, made from the rows, and the hashes that find commands and topics by their names. */
#include "common/proto/proto.h"

#include <pthread.h>
#include <string.h>

#include "common/str.h"

/* --- enums */

#define ENUM(name, P, words) static const char *const texts_##name[] = {
#define V(name, P, value, text, words) [QF_##P##_##value] = text,
#define END_ENUM(name) };
#include "common/proto/all.def"

#define ENUM(name, P, words) static const char *const words_##name[] = {
#define V(name, P, value, text, words) [QF_##P##_##value] = words,
#define END_ENUM(name) };
#include "common/proto/all.def"

#define ENUM(id, P, about) \
    const struct qf_enum qf_enum_##id = { .name = #id, .texts = texts_##id, .words = words_##id, .count = QF_##id##_COUNT };
#include "common/proto/all.def"

const struct qf_enum *const qf_enums[] = {
#define ENUM(name, P, words) &qf_enum_##name,
#include "common/proto/all.def"
    NULL,
};

/* --- fields. The rows say KEY and OPT, and leave a range of 0 to 0 where the type's own holds; a row with a minimum alone (1, 0)
 * gets the type's maximum. */

#define KEY QF_F_KEY
#define OPT QF_F_OPT
#define SECRET QF_F_SECRET
#define READONLY QF_F_READONLY
#define VIRTUAL QF_F_VIRTUAL
#define HIDDEN QF_F_HIDDEN

#define LOW(lo, hi, least) ((lo) == 0 && (hi) == 0 ? (least) : (lo))
#define HIGH(lo, hi, most) (((lo) == 0 && (hi) == 0) || (hi) < (lo) ? (most) : (hi))
#define LOW_bool(lo, hi) 0
#define HIGH_bool(lo, hi) 0
#define LOW_i64(lo, hi) LOW(lo, hi, INT64_MIN)
#define HIGH_i64(lo, hi) HIGH(lo, hi, INT64_MAX)
#define LOW_text(lo, hi) (lo)
#define HIGH_text(lo, hi) (hi)
#define LOW_str(lo, hi) (lo)
#define HIGH_str(lo, hi) (hi)
#define LOW_json(lo, hi) (lo)
#define HIGH_json(lo, hi) (hi)
#define LOW_price(lo, hi) LOW(lo, hi, -QF_PRICE_MAX)
#define HIGH_price(lo, hi) HIGH(lo, hi, QF_PRICE_MAX)
#define LOW_qty(lo, hi) LOW(lo, hi, -QF_PRICE_MAX)
#define HIGH_qty(lo, hi) HIGH(lo, hi, QF_PRICE_MAX)
#define LOW_money(lo, hi) LOW(lo, hi, -QF_MONEY_MAX)
#define HIGH_money(lo, hi) HIGH(lo, hi, QF_MONEY_MAX)
#define LOW_cost(lo, hi) LOW(lo, hi, -QF_COST_MAX)
#define HIGH_cost(lo, hi) HIGH(lo, hi, QF_COST_MAX)
#define LOW_time(lo, hi) 0
#define HIGH_time(lo, hi) 0
#define LOW_real(lo, hi) 0
#define HIGH_real(lo, hi) 0

#define COMMON(rec, field, fl) \
    .name = #field, .name_n = sizeof #field - 1, .key = "\"" #field "\":", .key_n = sizeof #field + 2, .flags = (fl), \
    .off = offsetof(struct qf_##rec, field)

#define FITS(rec, field) _Static_assert(sizeof #field + 3 <= QF_KEY_BYTES, "the name of " #rec "." #field " is too long");
#define F(rec, type, field, flags, min, max, words) FITS(rec, field)
#define E(rec, en, field, flags, words) FITS(rec, field)
#define L(rec, item, field, flags, max, words) FITS(rec, field)
#include "common/proto/all.def"

/* The empty row at the end is for the record without fields: C has no empty arrays. */
#define REC(rec, about) static const struct qf_field fields_##rec[] = {
#define F(rec, ty, field, fl, lo, hi, about) \
    { COMMON(rec, field, fl), .type = QF_T_##ty, .min = LOW_##ty(lo, hi), .max = HIGH_##ty(lo, hi), .words = about },
#define E(rec, enu, field, fl, about) { COMMON(rec, field, fl), .type = QF_T_enum, .en = &qf_enum_##enu, .words = about },
#define L(rec, it, field, fl, most, about) \
    { COMMON(rec, field, fl), .type = QF_T_list, .off_n = offsetof(struct qf_##rec, field##_n), .max = (most), \
      .item = &qf_rec_##it, .words = about },
#define END(rec) { .name = NULL } };
#include "common/proto/all.def"

/* --- records */

#define ASKED(flags) (((flags) & (OPT | READONLY | VIRTUAL | HIDDEN)) == 0)
#define REC(rec, words) static const uint64_t asked_##rec = 0
#define F(rec, type, field, flags, min, max, words) | (ASKED(flags) ? QF_BIT(rec, field) : 0)
#define E(rec, en, field, flags, words) | (ASKED(flags) ? QF_BIT(rec, field) : 0)
#define L(rec, item, field, flags, max, words) | (ASKED(flags) ? QF_BIT(rec, field) : 0)
#define END(rec) ;
#include "common/proto/all.def"

#define MUST(flags) (((flags) & OPT) == 0)
#define REC(rec, about) \
    _Static_assert(QF_##rec##_FIELDS <= 64, "has holds 64 bits"); \
    const struct qf_rec qf_rec_##rec = { .name = #rec, .fields = fields_##rec, .count = QF_##rec##_FIELDS, \
                                         .size = sizeof(struct qf_##rec), .words = about, .asked = &asked_##rec, .must = 0
#define F(rec, type, field, flags, min, max, words) | (MUST(flags) ? QF_BIT(rec, field) : 0)
#define E(rec, en, field, flags, words) | (MUST(flags) ? QF_BIT(rec, field) : 0)
#define L(rec, item, field, flags, max, words) | (MUST(flags) ? QF_BIT(rec, field) : 0)
#define END(rec) };
#include "common/proto/all.def"

const struct qf_rec *const qf_recs[] = {
#define REC(rec, words) &qf_rec_##rec,
#include "common/proto/all.def"
    NULL,
};

/* --- commands, topics, tables, reasons */

const struct qf_cmd qf_cmds[QF_CMD_COUNT] = {
#define CMD(ident, text, request, reply, class, permission, about) \
    [QF_CMD_##ident] = { .name = text, .req = &qf_rec_##request, .rep = &qf_rec_##reply, .cls = QF_CLASS_##class, \
                         .perm = QF_P_##permission, .words = about },
#include "common/proto/all.def"
};

const struct qf_topic qf_topics[QF_TOPIC_COUNT] = {
#define TOPIC(ident, text, row, permission, about) \
    [QF_TOPIC_##ident] = { .name = text, .rec = &qf_rec_##row, .perm = QF_P_##permission, .words = about },
#include "common/proto/all.def"
};

const struct qf_table qf_tables[QF_TABLE_COUNT] = {
#define TABLE(ident, text, row, how, about) \
    [QF_TABLE_##ident] = { .name = text, .rec = &qf_rec_##row, .mode = QF_MODE_##how, .words = about },
#include "common/proto/all.def"
};

const struct qf_reason_row qf_reasons[QF_R_COUNT] = {
#define ERROR(word, number, exit_status, sentence) \
    [QF_R_##word] = { .name = #word, .code = (number), .status = (exit_status), .text = sentence },
#include "common/proto/errors.def"
};

/* --- finding by name: open addressing, at least twice as many slots as names, filled once by whichever thread asks first. */

#define SLOTS 256U
_Static_assert(QF_CMD_COUNT * 2 <= SLOTS && QF_TOPIC_COUNT * 2 <= SLOTS, "the tables of names are too full");

struct names {
    uint8_t slot[SLOTS]; /* index + 1; 0 = free */
};
static struct names cmd_names, topic_names;
static pthread_once_t names_once = PTHREAD_ONCE_INIT;

static const char *cmd_name(int i)
{
    return qf_cmds[i].name;
}

static const char *topic_name(int i)
{
    return qf_topics[i].name;
}

static void names_fill(struct names *t, const char *(*name)(int), int count)
{
    for (int i = 0; i < count; i++) {
        size_t at = qf_hash(name(i), strlen(name(i))) % SLOTS;
        while (t->slot[at] != 0)
            at = (at + 1) % SLOTS;
        t->slot[at] = (uint8_t)(i + 1);
    }
}

static void names_init(void)
{
    names_fill(&cmd_names, cmd_name, QF_CMD_COUNT);
    names_fill(&topic_names, topic_name, QF_TOPIC_COUNT);
}

static int names_find(const struct names *t, const char *(*name)(int), const char *s, size_t n)
{
    for (size_t at = qf_hash(s, n) % SLOTS; t->slot[at] != 0; at = (at + 1) % SLOTS) {
        int i = t->slot[at] - 1;
        if (qf_str_eqn(name(i), s, n))
            return i;
    }
    return -1;
}

int qf_cmd_find(const char *name, size_t n)
{
    qf_assert(pthread_once(&names_once, names_init) == 0);
    return names_find(&cmd_names, cmd_name, name, n);
}

int qf_topic_find(const char *name, size_t n)
{
    qf_assert(pthread_once(&names_once, names_init) == 0);
    return names_find(&topic_names, topic_name, name, n);
}

/* Only clients ask this, once an error: a walk does. */
int qf_reason_find(const char *name, size_t n)
{
    for (int i = 0; i < QF_R_COUNT; i++)
        if (qf_str_eqn(qf_reasons[i].name, name, n))
            return i;
    return -1;
}
