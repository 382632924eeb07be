/* The structs, enums and descriptors made from the rows of *.def. Nothing is written by hand twice.
 *
 *   struct qf_order           the record `order`; `has` holds a bit (QF_HAS) for each field that is there
 *   enum { QF_order_price }   index of a field, also its bit in `has`
 *   QF_SIDE_BUY               a value of an enum;  qf_enum_side: its words
 *   qf_rec_order              the record's descriptor (record.h)
 *   QF_CMD_order_place        index of a command;  qf_cmds[]: their rows
 *   QF_TOPIC_orders, qf_topics[];  QF_TABLE_orders, qf_tables[]
 */
#ifndef QF_PROTO_H
#define QF_PROTO_H

#include "common/clock.h"
#include "common/money.h"
#include "common/perm.h"
#include "common/proto/record.h"

/* --- enums */
#define ENUM(name, P, words) enum qf_##name {
#define V(name, P, value, text, words) QF_##P##_##value,
#define END_ENUM(name) QF_##name##_COUNT };
#include "common/proto/all.def"

/* --- field indexes */
#define REC(rec, words) enum qf_##rec##_field {
#define F(rec, type, field, flags, min, max, words) QF_##rec##_##field,
#define E(rec, en, field, flags, words) QF_##rec##_##field,
#define L(rec, item, field, flags, max, words) QF_##rec##_##field,
#define END(rec) QF_##rec##_FIELDS };
#include "common/proto/all.def"

/* --- structs */
#define QF_MEMBER_bool(field, max) bool field;
#define QF_MEMBER_i64(field, max) int64_t field;
#define QF_MEMBER_text(field, max) char field[(max) + 1];
#define QF_MEMBER_str(field, max) struct qf_str field;
#define QF_MEMBER_json(field, max) struct qf_str field;
#define QF_MEMBER_price(field, max) qf_price field;
#define QF_MEMBER_qty(field, max) qf_qty field;
#define QF_MEMBER_money(field, max) qf_money field;
#define QF_MEMBER_cost(field, max) qf_cost field;
#define QF_MEMBER_time(field, max) qf_time field;
#define QF_MEMBER_real(field, max) double field;

#define REC(rec, words) struct qf_##rec { uint64_t has;
#define F(rec, type, field, flags, min, max, words) QF_MEMBER_##type(field, max)
#define E(rec, en, field, flags, words) int32_t field;
#define L(rec, item, field, flags, max, words) struct qf_##item *field; uint32_t field##_n;
#define END(rec) };
#include "common/proto/all.def"

/* --- descriptors */
#define ENUM(name, P, words) extern const struct qf_enum qf_enum_##name;
#define REC(rec, words) extern const struct qf_rec qf_rec_##rec;
#include "common/proto/all.def"

enum qf_cmd_id {
#define CMD(ident, name, req, rep, class, perm, words) QF_CMD_##ident,
#include "common/proto/all.def"
    QF_CMD_COUNT
};
enum qf_topic_id {
#define TOPIC(ident, name, rec, perm, words) QF_TOPIC_##ident,
#include "common/proto/all.def"
    QF_TOPIC_COUNT
};
enum qf_table_id {
#define TABLE(ident, name, rec, mode, words) QF_TABLE_##ident,
#include "common/proto/all.def"
    QF_TABLE_COUNT
};

enum qf_class { QF_CLASS_READ, QF_CLASS_WRITE, QF_CLASS_STOP, QF_CLASS_FEED };
enum qf_table_mode { QF_MODE_APPEND, QF_MODE_UPSERT };

struct qf_cmd {
    const char *name; /* "order.place" */
    const struct qf_rec *req;
    const struct qf_rec *rep;
    enum qf_class cls;
    enum qf_perm perm;
    const char *words;
};
struct qf_topic {
    const char *name;
    const struct qf_rec *rec;
    enum qf_perm perm;
    const char *words;
};
struct qf_table {
    const char *name; /* of the SQL table */
    const struct qf_rec *rec;
    enum qf_table_mode mode;
    const char *words;
};
extern const struct qf_cmd qf_cmds[QF_CMD_COUNT];
extern const struct qf_topic qf_topics[QF_TOPIC_COUNT];
extern const struct qf_table qf_tables[QF_TABLE_COUNT];
extern const struct qf_rec *const qf_recs[]; /* all records, NULL at the end */
extern const struct qf_enum *const qf_enums[]; /* all enums, NULL at the end */

/* Index of a command or topic by its name of n bytes, -1 when there is none. By hash: no walk. */
int qf_cmd_find(const char *name, size_t n);
int qf_topic_find(const char *name, size_t n);

/* --- reason words (errors.def) */
enum qf_reason {
#define ERROR(name, code, status, text) QF_R_##name,
#include "common/proto/errors.def"
    QF_R_COUNT
};
struct qf_reason_row {
    const char *name;
    int code;   /* JSON-RPC */
    int status; /* exit status of qf */
    const char *text;
};
extern const struct qf_reason_row qf_reasons[QF_R_COUNT];
/* -1 when unknown. Words of the gate's controls are not in here: they come as `data.reason` with the code of REFUSED. */
int qf_reason_find(const char *name, size_t n);

/* A refusal: a value, answered and audited. Zeroed = none. */
struct qf_refusal {
    enum qf_reason reason;
    int32_t control;        /* QF_R_REFUSED: which control said no (enum qf_control_code); else -1 */
    char field[32];         /* what is wrong, "" when it is not one field */
    char scope[48];         /* "sector Tech", "" */
    char message[256];      /* one sentence; "" = the row's text */
    bool has_limit, has_used, has_after, has_largest;
    qf_money limit, used, after; /* at 10^-8, in the control's unit */
    qf_qty largest;
};

#endif
