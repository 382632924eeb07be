#include "daemon/server/audit.h"

#include <string.h>

#include "common/str.h"

#define AUDIT_VERSION 1

static const char no_hash[DIGEST_HEX] = "0000000000000000000000000000000000000000000000000000000000000000";

void audit_init(struct audit *a)
{
    audit_set(a, 0, no_hash);
}

void audit_set(struct audit *a, int64_t cmd_no, const char *hash)
{
    a->cmd_no = cmd_no;
    qf_str_copy(a->head, sizeof a->head, cmd_no > 0 ? hash : no_hash);
}

static void add_number(struct digest *d, int64_t v)
{
    unsigned char b[8];
    for (int i = 0; i < 8; i++)
        b[i] = (unsigned char)((uint64_t)v >> (56 - 8 * i));
    digest_field(d, b, sizeof b);
}

static void add_absent(struct digest *d)
{
    digest_add(d, "\xff\xff\xff\xff", 4);
}

static void add_field(struct digest *d, const struct qf_field *f, const struct qf_control *row)
{
    const char *at = (const char *)row + f->off;
    if ((f->flags & QF_F_OPT) && !qf_rec_has(&qf_rec_control, row, f)) {
        add_absent(d);
        return;
    }
    int64_t number;
    int32_t word;
    struct qf_str s;
    switch (f->type) {
    case QF_T_text:
        digest_field(d, at, strlen(at));
        return;
    case QF_T_str:
        memcpy(&s, at, sizeof s);
        digest_field(d, s.n ? s.p : "", s.n);
        return;
    case QF_T_i64:
    case QF_T_time:
        memcpy(&number, at, sizeof number);
        add_number(d, number);
        return;
    case QF_T_enum:
        memcpy(&word, at, sizeof word);
        digest_field(d, qf_enum_text(f->en, word), strlen(qf_enum_text(f->en, word)));
        return;
    default:
        qf_bug("a type the chain does not know", __FILE__, __LINE__);
    }
}

void audit_hash(const struct qf_control *row, char ret[DIGEST_HEX])
{
    struct digest d;
    unsigned char out[DIGEST_BYTES], version = AUDIT_VERSION;
    digest_begin(&d);
    digest_add(&d, &version, 1);
    add_number(&d, row->cmd_no);
    digest_field(&d, row->prev, strlen(row->prev));
    for (int i = 0; i < qf_rec_control.count; i++)
        if (i != QF_control_cmd_no && i != QF_control_prev && i != QF_control_hash)
            add_field(&d, &qf_rec_control.fields[i], row);
    digest_end(&d, out);
    digest_hex(out, sizeof out, ret);
}

void audit_append(struct audit *a, struct batch *b, struct qf_control *row)
{
    batch_save(b, a, sizeof *a);
    row->cmd_no = ++a->cmd_no;
    qf_str_copy(row->prev, sizeof row->prev, a->head);
    qf_rec_fill(&qf_rec_control, row);
    audit_hash(row, row->hash);
    qf_str_copy(a->head, sizeof a->head, row->hash);
    batch_append(b, QF_TABLE_control_log, row);
}

void audit_check_begin(struct audit_check *c)
{
    memset(c, 0, sizeof *c);
    c->next = 1;
    qf_str_copy(c->head, sizeof c->head, no_hash);
}

void audit_check_row(struct audit_check *c, const struct qf_control *row)
{
    char hash[DIGEST_HEX];
    audit_hash(row, hash);
    bool holds = row->cmd_no == c->next && qf_str_eq(row->prev, c->head) && qf_str_eq(row->hash, hash);
    if (!holds && c->broken_at == 0)
        c->broken_at = row->cmd_no;
    c->rows++;
    c->next = row->cmd_no + 1;
    qf_str_copy(c->head, sizeof c->head, row->hash);
}
