/* Cancels that cannot wait for the lane, and what the journal brings back at a start. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/server/breakers.h"
#include "daemon/server/effects.h"
#include "daemon/server/inside.h"
#include "daemon/server/stops_inside.h"
#include "daemon/server/trouble.h"

/* One request to cancel, of one order or many; answered when the last line is on the disk. */
struct urgent {
    struct server *server;
    struct later *later;
    enum qf_cmd_id cmd;
    uint32_t waiting;
    int64_t requested;
    int64_t first;    /* order.cancel: whose row is the answer */
    char by[33];
};
struct urgent_line {
    struct urgent *of;
    int64_t order;
};

static void answer_one(struct urgent *u)
{
    struct qf_order row = { 0 };
    const struct core_order *o = desk_order(u->server->desk, u->first);
    struct qf_refusal r = { 0 };
    if (!o) {
        qf_refuse(&r, QF_R_NOT_FOUND, "id", NULL);
        later_refuse(u->later, &r);
        return;
    }
    row = o->row;
    qf_str_copy(row.cancel_by, sizeof row.cancel_by, u->by);
    QF_SET(&row, order, cancel_by);
    later_done(u->later, &row);
}

static void answer_all(struct urgent *u)
{
    struct qf_cancelled out = { .requested = u->requested };
    qf_rec_fill(&qf_rec_cancelled, &out);
    later_done(u->later, &out);
}

static void finish(struct urgent *u)
{
    if (u->cmd == QF_CMD_order_cancel)
        answer_one(u);
    else
        answer_all(u);
    free(u);
}

/* On the disk or not: the cancel leaves. A disk that fails must not keep an order working. */
static void on_line(void *arg, bool ok)
{
    struct urgent_line *line = arg;
    struct urgent *u = line->of;
    if (!ok)
        server_event(u->server, QF_SEV_ERROR, "stop", "the cancel of %" PRId64 " left, but state/stop.journal could not be written",
                     line->order);
    effects_cancel(u->server, line->order);
    free(line);
    if (--u->waiting == 0)
        finish(u);
}

static enum handled write_cancel(struct ctx *c, const void *in, void *out)
{
    int64_t id = *(const int64_t *)in;
    struct qf_refusal ended = { 0 };
    struct qf_order row;
    (void)out;
    /* Again, for the row; when it has ended meanwhile only the trail is left to write. */
    (void)order_cancel(c->desk, c->batch, &c->actor, id, &row, &ended);
    qf_str_fmt(c->detail, sizeof c->detail, "%" PRId64 " cancel asked while the database was away", id);
    return HANDLED;
}

static void ask(struct server *s, struct urgent *u, const struct job *j, const struct core_order *o)
{
    struct urgent_line *line = qf_xalloc(sizeof *line);
    *line = (struct urgent_line){ u, o->row.id };
    s->desk->cancel_asked[tab_slot(&s->desk->orders, o)] = j->wall;
    u->waiting++;
    u->requested++;
    journal_cancel(s->journal, o->row.id, on_line, line);
    (void)door_fact_of(s, j, write_cancel, &line->order, sizeof line->order);
}

/* The order this request is about, if it may be cancelled. */
static const struct core_order *one(struct server *s, const struct ctx *c, int64_t id, struct qf_refusal *r)
{
    const struct core_order *o = desk_order(s->desk, id);
    if (!o) {
        qf_refuse(r, QF_R_NOT_FOUND, "id", NULL);
        return NULL;
    }
    const struct core_account *a = tab_at(&s->desk->accounts, o->account);
    if (!desk_owns(&c->actor, &a->row)) {
        qf_refuse(r, QF_R_NOT_OWNER, "id", NULL);
        return NULL;
    }
    if (!order_is_open(o->row.state)) {
        qf_refuse(r, QF_R_BAD_STATE, "id", NULL);
        return NULL;
    }
    return o;
}

static bool wanted(struct server *s, const struct ctx *c, const struct qf_order_cancel_all *in, const struct core_order *o)
{
    const struct core_account *a = tab_at(&s->desk->accounts, o->account);
    return desk_owns(&c->actor, &a->row) &&
           (!QF_HAS(in, order_cancel_all, account) || qf_str_eq(in->account, o->row.account)) &&
           (!QF_HAS(in, order_cancel_all, symbol) || qf_str_eq(in->symbol, o->row.symbol));
}

static void ask_all(struct server *s, struct urgent *u, const struct ctx *c, const struct job *j)
{
    for (uint32_t slot = s->desk->first_open; slot != TAB_NONE;) {
        const struct core_order *o = tab_at(&s->desk->orders, slot);
        slot = o->next_open;
        if (wanted(s, c, j->in, o))
            ask(s, u, j, o);
    }
}

bool stops_cancel(struct server *s, struct job *j)
{
    struct ctx c;
    struct waiter w = job_waiter(j);
    const struct core_order *o = NULL;
    if ((j->cmd != QF_CMD_order_cancel && j->cmd != QF_CMD_order_cancel_all) || !s->loaded)
        return false;
    job_ctx(s, &c, j);
    if (j->cmd == QF_CMD_order_cancel && !(o = one(s, &c, ((const struct qf_order_cancel *)j->in)->id, &c.refusal))) {
        answer_refusal(s, &w, &c.refusal);
        return true;
    }
    struct urgent *u = qf_xalloc(sizeof *u);
    *u = (struct urgent){ .server = s, .cmd = j->cmd, .waiting = 1, .first = o ? o->row.id : 0 };
    qf_str_copy(u->by, sizeof u->by, j->user);
    u->later = later_take(&c);
    if (o)
        ask(s, u, j, o);
    else
        ask_all(s, u, &c, j);
    if (--u->waiting == 0) /* nothing was asked for */
        finish(u);
    return true;
}

/* --- what the journal brings back */

static void take_state(void *arg, const struct qf_trading_state *row)
{
    struct server *s = arg;
    state_take(s->desk, row);
}

static void take_cancel(void *arg, int64_t order)
{
    struct server *s = arg;
    struct stops *st = s->stops;
    if ((st->recovered_n & (st->recovered_n - 1)) == 0)
        st->recovered = qf_xrealloc(st->recovered, (st->recovered_n ? 2 * st->recovered_n : 1) * sizeof *st->recovered);
    st->recovered[st->recovered_n++] = order;
}

static void take_trip(void *arg, const struct qf_breaker *row)
{
    breakers_journaled(arg, row);
}

/* As rows; the caller frees them. */
static struct qf_breaker *tripped(const struct desk *d, size_t *ret_n)
{
    const struct breaker_trip *t;
    uint32_t n = breaker_trips(d, &t);
    struct qf_breaker *rows = qf_xalloc((n + 1) * sizeof *rows);
    for (uint32_t i = 0; i < n; i++)
        breaker_trip_row(&t[i], &rows[i]);
    *ret_n = n;
    return rows;
}

static enum qf_err keep_states(struct server *s, const char *path)
{
    uint32_t i = 0;
    const struct core_state *row;
    struct journal_rows keep = { .states_n = 0 };
    struct qf_trading_state *rows = qf_xalloc((s->desk->states.count + 1) * sizeof *rows);
    struct qf_breaker *trips = tripped(s->desk, &keep.trips_n);
    while ((row = tab_next(&s->desk->states, &i)) != NULL)
        rows[keep.states_n++] = row->row;
    keep.states = rows;
    keep.trips = trips;
    enum qf_err err = journal_rewrite(path, &keep);
    free(trips);
    free(rows);
    return err;
}

/* What must be in the file: each state as it was raised last. What was lowered since is for the database alone to tell - a lowering
 * that is not durable yet must not be read back after a crash. */
static uint32_t raised_states(const struct desk *d, struct qf_trading_state *rows)
{
    uint32_t n = 0, i = 0;
    for (const struct core_state *row; (row = tab_next(&d->states, &i)) != NULL;)
        if (row->raised.n > 0)
            rows[n++] = row->raised;
        else if (row->row.n > 0 && row->row.n == row->stored_n)
            rows[n++] = row->row;
    return n;
}

static uint32_t asked_cancels(const struct desk *d, int64_t *ids)
{
    uint32_t n = 0;
    for (uint32_t slot = d->first_open; slot != TAB_NONE;) {
        const struct core_order *o = tab_at(&d->orders, slot);
        if (d->cancel_asked[slot] != 0)
            ids[n++] = o->row.id;
        slot = o->next_open;
    }
    return n;
}

static void renew(struct server *s)
{
    struct qf_trading_state *rows = qf_xalloc((s->desk->states.count + 1) * sizeof *rows);
    int64_t *ids = qf_xalloc((s->desk->orders.count + 1) * sizeof *ids);
    struct journal_rows all = { .states = rows, .cancels = ids };
    struct qf_breaker *trips = tripped(s->desk, &all.trips_n);
    all.states_n = raised_states(s->desk, rows);
    all.cancels_n = asked_cancels(s->desk, ids);
    all.trips = trips;
    journal_renew(s->journal, &all);
    free(trips);
    free(rows);
    free(ids);
}

void stops_write_anew(struct server *s)
{
    if (s->journal)
        renew(s);
}

void stops_journal(struct server *s, qf_time wall)
{
    struct stops *st = s->stops;
    if (!s->journal)
        return;
    if (wall - st->looked >= QF_SEC || wall < st->looked) {
        st->looked = wall;
        journal_look(s->journal);
    }
    bool failed = journal_failed(s->journal);
    if (failed != st->failed) {
        st->failed = failed;
        trouble_journal(s, failed);
        if (failed)
            server_event(s, QF_SEV_ERROR, "stop", "state/stop.journal cannot be written: stops hold, but a crash may forget them while "
                                                  "the database is away");
        else
            server_event(s, QF_SEV_INFO, "stop", "state/stop.journal is written again and complete");
    }
    if (journal_wants_new(s->journal) && (wall - st->renewed >= QF_SEC || wall < st->renewed)) {
        st->renewed = wall;
        renew(s);
    }
}

enum qf_err stops_recover(struct server *s, const char *path)
{
    bool cut = false;
    const struct journal_reader reader = { take_state, take_cancel, take_trip, s };
    enum qf_err err = journal_read(path, &reader, &cut);
    if (err != QF_OK)
        return err;
    if (cut)
        server_event(s, QF_SEV_WARN, "stop", "state/stop.journal has a damaged line; all others were taken");
    bool open = false;
    for (uint32_t i = 0; i < s->stops->recovered_n; i++) {
        const struct core_order *o = desk_order(s->desk, s->stops->recovered[i]);
        if (!o || !order_is_open(o->row.state))
            continue;
        s->desk->cancel_asked[tab_slot(&s->desk->orders, o)] = qf_now_wall();
        open = true;
    }
    return open ? QF_OK : keep_states(s, path); /* a cancel stays in the file until its order has ended */
}

void stops_ask_recovered(struct server *s)
{
    for (uint32_t i = 0; i < s->stops->recovered_n; i++) {
        const struct core_order *o = desk_order(s->desk, s->stops->recovered[i]);
        if (!o || !order_is_open(o->row.state))
            continue;
        (void)door_fact(s, SYSTEM_USER, "order.cancel", write_cancel, &s->stops->recovered[i], sizeof s->stops->recovered[i]);
        effects_cancel(s, s->stops->recovered[i]);
    }
    free(s->stops->recovered);
    s->stops->recovered = NULL;
    s->stops->recovered_n = 0;
}
