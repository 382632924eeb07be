#include "daemon/api/pages.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/api/help.h"
#include "daemon/server/audit.h"
#include "daemon/store/reader.h"

#define PAGE 100
#define VERIFY_ROWS 500

/* One question to the database and who waits for its answer. */
struct page {
    struct server *s;
    struct later *later;
    enum qf_cmd_id cmd;
};

static struct page *page_new(struct ctx *c)
{
    struct page *p = qf_xalloc(sizeof *p);
    p->s = c->s;
    p->cmd = c->cmd;
    p->later = later_take(c);
    return p;
}

static void page_failed(struct page *p, enum qf_err err)
{
    struct qf_refusal r = { 0 };
    qf_refuse(&r, err == QF_EFULL ? QF_R_BUSY : err == QF_ENOMEM ? QF_R_TOO_LARGE : QF_R_DB_SLOW, "", NULL);
    later_refuse(p->later, &r);
    free(p);
}

/* The list is the first field of every such reply. */
union reply {
    struct qf_order_list orders;
    struct qf_audit_page audit;
    struct qf_execution_list executions;
    struct qf_trade_list trades;
    struct qf_ledger_list ledger;
    struct qf_equity_list equity;
    struct qf_bar_list bars;
    struct qf_event_list events;
};

static void on_page(void *arg, enum qf_err err, const void *rows, uint32_t n)
{
    struct page *p = arg;
    union reply out;
    const struct qf_rec *rec = qf_cmds[p->cmd].rep;
    if (err != QF_OK) {
        page_failed(p, err);
        return;
    }
    qf_assert(rec->size <= sizeof out && rec->fields[0].type == QF_T_list);
    memset(&out, 0, sizeof out);
    memcpy((char *)&out + rec->fields[0].off, &rows, sizeof rows);
    memcpy((char *)&out + rec->fields[0].off_n, &n, sizeof n);
    if (p->cmd == QF_CMD_order_list)
        out.orders.total = server_desk(p->s)->open_count;
    if (p->cmd == QF_CMD_audit_list)
        out.audit.total = server_audit_head(p->s);
    qf_rec_fill(rec, &out);
    later_done(p->later, &out);
    free(p);
}

/* What was asked is either on its way or refused at once. */
static enum handled asked(struct page *p, enum qf_err err)
{
    if (err != QF_OK)
        page_failed(p, err);
    return LATER;
}

enum handled pages_orders(struct ctx *c, const struct qf_order_query *in)
{
    struct page *p = page_new(c);
    const struct reader_page page = { QF_HAS(in, order_query, before) ? in->before : 0,
                                      QF_HAS(in, order_query, account) ? in->account : NULL,
                                      QF_HAS(in, order_query, symbol) ? in->symbol : NULL,
                                      QF_HAS(in, order_query, limit) ? in->limit : PAGE };
    return asked(p, reader_page(server_reader(c->s), "orders_page", &qf_rec_order, &page, on_page, p));
}

static enum handled page_of(struct ctx *c, const char *query, const struct qf_rec *rec, const struct qf_page_query *in)
{
    struct page *p = page_new(c);
    const struct reader_page page = { QF_HAS(in, page_query, before) ? in->before : 0,
                                      QF_HAS(in, page_query, account) ? in->account : NULL,
                                      QF_HAS(in, page_query, symbol) ? in->symbol : NULL,
                                      QF_HAS(in, page_query, limit) ? in->limit : PAGE };
    return asked(p, reader_page(server_reader(c->s), query, rec, &page, on_page, p));
}

enum handled pages_executions(struct ctx *c, const struct qf_page_query *in)
{
    return page_of(c, "executions_page", &qf_rec_execution, in);
}

enum handled pages_trades(struct ctx *c, const struct qf_page_query *in)
{
    return page_of(c, "trades_page", &qf_rec_trade, in);
}

enum handled pages_ledger(struct ctx *c, const struct qf_page_query *in)
{
    return page_of(c, "ledger_page", &qf_rec_ledger, in);
}

enum handled pages_equity(struct ctx *c, const struct qf_equity_query *in)
{
    struct page *p = page_new(c);
    return asked(p, reader_equity(server_reader(c->s), QF_HAS(in, equity_query, account) ? in->account : "",
                                  QF_HAS(in, equity_query, from) ? &in->from : NULL, QF_HAS(in, equity_query, limit) ? in->limit : 500,
                                  on_page, p));
}

enum handled pages_bars(struct ctx *c, const struct qf_bar_query *in)
{
    struct page *p = page_new(c);
    return asked(p, reader_bars(server_reader(c->s), in->symbol, QF_HAS(in, bar_query, period) ? in->period : 60,
                                QF_HAS(in, bar_query, from) ? &in->from : NULL, QF_HAS(in, bar_query, limit) ? in->limit : PAGE, on_page,
                                p));
}

enum handled pages_events(struct ctx *c, const struct qf_event_query *in)
{
    struct page *p = page_new(c);
    return asked(p, reader_events(server_reader(c->s), QF_HAS(in, event_query, before) ? in->before : 0,
                                  QF_HAS(in, event_query, severity) ? (enum qf_severity)in->severity : QF_SEV_INFO,
                                  QF_HAS(in, event_query, limit) ? in->limit : PAGE, on_page, p));
}

enum handled pages_audit(struct ctx *c, const struct qf_audit_query *in)
{
    struct page *p = page_new(c);
    const struct reader_page page = { QF_HAS(in, audit_query, before) ? in->before : 0, QF_HAS(in, audit_query, user) ? in->user : NULL,
                                      QF_HAS(in, audit_query, method) ? in->method : NULL,
                                      QF_HAS(in, audit_query, limit) ? in->limit : PAGE };
    return asked(p, reader_page(server_reader(c->s), "audit_page", &qf_rec_control, &page, on_page, p));
}

/* --- one order and its fills: both as they are durable */

struct shown {
    struct page page;
    struct qf_order order;
};

static void on_fills(void *arg, enum qf_err err, const void *rows, uint32_t n)
{
    struct shown *x = arg;
    struct qf_order_detail out = { .order = &x->order, .order_n = 1, .executions_n = n };
    if (err != QF_OK) {
        page_failed(&x->page, err);
        return;
    }
    out.executions = (struct qf_execution *)(uintptr_t)rows;
    qf_rec_fill(&qf_rec_order_detail, &out);
    later_done(x->page.later, &out);
    free(x);
}

static void on_order(void *arg, enum qf_err err, const void *rows, uint32_t n)
{
    struct shown *x = arg;
    struct qf_refusal r = { 0 };
    if (err == QF_OK && n == 0) {
        qf_refuse(&r, QF_R_NOT_FOUND, "id", NULL);
        later_refuse(x->page.later, &r);
        free(x);
        return;
    }
    if (err == QF_OK) {
        x->order = *(const struct qf_order *)rows;
        err = reader_number(server_reader(x->page.s), "executions_of_order", &qf_rec_execution, x->order.id, on_fills, x);
    }
    if (err != QF_OK)
        page_failed(&x->page, err);
}

enum handled pages_order(struct ctx *c, int64_t id)
{
    struct shown *x = qf_xalloc(sizeof *x); /* its first member is the page: freed as one */
    x->page = (struct page){ .s = c->s, .cmd = c->cmd, .later = later_take(c) };
    return asked(&x->page, reader_number(server_reader(c->s), "order_by_id", &qf_rec_order, id, on_order, x));
}

/* --- the whole chain, page by page */

struct verify {
    struct page page;
    struct audit_check check;
};

static void verdict(struct verify *v)
{
    struct qf_audit_verdict out = { .ok = v->check.broken_at == 0, .rows = v->check.rows };
    qf_str_copy(out.head, sizeof out.head, v->check.head);
    qf_rec_fill(&qf_rec_audit_verdict, &out);
    if (v->check.broken_at) {
        out.broken_at = v->check.broken_at;
        QF_SET(&out, audit_verdict, broken_at);
    }
    later_done(v->page.later, &out);
    free(v);
}

static void on_links(void *arg, enum qf_err err, const void *rows, uint32_t n)
{
    struct verify *v = arg;
    const struct qf_control *row = rows;
    for (uint32_t i = 0; err == QF_OK && i < n; i++)
        audit_check_row(&v->check, &row[i]);
    if (err == QF_OK && n < VERIFY_ROWS) {
        verdict(v);
        return;
    }
    if (err == QF_OK)
        err = reader_audit(server_reader(v->page.s), v->check.next, VERIFY_ROWS, on_links, v);
    if (err != QF_OK)
        page_failed(&v->page, err);
}

enum handled pages_audit_verify(struct ctx *c)
{
    struct verify *v = qf_xalloc(sizeof *v);
    v->page = (struct page){ .s = c->s, .cmd = c->cmd, .later = later_take(c) };
    audit_check_begin(&v->check);
    return asked(&v->page, reader_audit(server_reader(c->s), 1, VERIFY_ROWS, on_links, v));
}
