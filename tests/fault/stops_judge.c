#include "tests/fault/stops_judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"

#define EARLY_US (25 * QF_MS)

/* What the trail tells of one order. */
struct told {
    int64_t id;
    int account;
    qf_time placed;
    qf_time spoke; /* the venue's first word that it had it: acknowledged or filled */
};
struct trail {
    struct told *orders; /* by falling number: the trail is read from its end */
    uint32_t n, cap;
};

static int account_of(const struct qf_control *row)
{
    const char *p = memmem(row->args.p, row->args.n, "\"account\":\"a", 12);
    return p ? p[12] - '0' : -1;
}

static int by_falling_id(const void *a, const void *b)
{
    int64_t x = ((const struct told *)a)->id, y = ((const struct told *)b)->id;
    return (x < y) - (x > y);
}

static struct told *add(struct trail *t, int64_t id)
{
    if (t->n == t->cap) {
        t->cap = t->cap ? 2 * t->cap : 65536;
        t->orders = qf_xrealloc(t->orders, t->cap * sizeof *t->orders);
    }
    struct told *o = &t->orders[t->n++];
    *o = (struct told){.id = id, .account = -1};
    return o;
}

/* "48213 acknowledged", "48213 bought 5 KO at 61.2 (...)": the venue had the order. "48213 cancelled: ..." says nothing of that. */
static bool venue_had_it(const struct qf_control *row)
{
    static const char *const words[] = {" acknowledged", " bought ", " sold "};
    for (size_t i = 0; i < QF_LEN(words); i++)
        if (memmem(row->detail.p, row->detail.n, words[i], strlen(words[i]))) return true;
    return false;
}

/* An entry for each row first; rows of one order become one afterwards. */
static void take(struct trail *t, const struct qf_control *row)
{
    bool placed = qf_str_eq(row->method, "order.place"), report = qf_str_eq(row->method, "venue.report");
    if (row->outcome != QF_OUTCOME_DONE || (!placed && !(report && venue_had_it(row)))) return;
    struct told *o = add(t, strtoll(row->detail.p, NULL, 10));
    if (placed) {
        o->placed = row->at;
        o->account = account_of(row);
    } else {
        o->spoke = row->at;
    }
}

static void merge(struct trail *t)
{
    uint32_t n = 0;
    qsort(t->orders, t->n, sizeof *t->orders, by_falling_id);
    for (uint32_t i = 0; i < t->n; i++) {
        const struct told *o = &t->orders[i];
        if (n == 0 || t->orders[n - 1].id != o->id) {
            t->orders[n++] = *o;
            continue;
        }
        struct told *into = &t->orders[n - 1];
        if (o->placed) into->placed = o->placed, into->account = o->account;
        if (o->spoke && (!into->spoke || o->spoke < into->spoke)) into->spoke = o->spoke;
    }
    t->n = n;
}

static bool read_trail(struct rpc *r, int64_t *io_read_to, struct trail *t)
{
    int64_t end = 0;
    struct qf_audit_query q = {.limit = 500};
    QF_SET(&q, audit_query, limit);
    for (bool more = true; more;) {
        const void *rep = NULL;
        if (rpc_call(r, QF_CMD_audit_list, &q, &rep, NULL) != RPC_OK) return false;
        const struct qf_audit_page *page = rep;
        more = page->rows_n > 0;
        for (uint32_t i = 0; i < page->rows_n && more; i++) {
            more = page->rows[i].cmd_no > *io_read_to;
            if (page->rows[i].cmd_no > end) end = page->rows[i].cmd_no;
            if (more) take(t, &page->rows[i]);
        }
        if (page->rows_n > 0) q.before = page->rows[page->rows_n - 1].cmd_no;
        QF_SET(&q, audit_query, before);
    }
    *io_read_to = end;
    merge(t);
    return true;
}

static bool seen(const struct stops_window *w, int64_t id)
{
    for (uint32_t i = 0; i < w->orders_n; i++)
        if (w->orders[i].id == id) return true;
    return false;
}

static bool in_scope(const struct stops_window *w, int account)
{
    return !*w->strategy || (account >= 0 && stops_strategy(account) == w->strategy[1] - '0');
}

static void tell(const char *what, const struct told *o, const struct stops_window *w)
{
    printf("# %s: order %lld of a%d placed %lld, the venue from %lld; stop of %s acknowledged %lld, lifted %lld\n", what, (long long)o->id,
           o->account, (long long)o->placed, (long long)o->spoke, *w->strategy ? w->strategy : "the firm", (long long)w->acked,
           (long long)w->ended);
}

static void judge_moment(const struct trail *t, const struct stops_window *w, qf_time from, bool aloud, struct stops_found *ret)
{
    for (uint32_t i = 0; i < t->n; i++) {
        const struct told *o = &t->orders[i];
        bool accepted = o->placed > from && o->placed < w->ended, spoke = o->spoke > from && o->spoke < w->ended;
        if ((!accepted && !spoke) || !in_scope(w, o->account)) continue;
        bool unknown = spoke && !accepted && w->whole && !seen(w, o->id);
        ret->accepted += accepted;
        ret->unknown += unknown;
        if (aloud && (accepted || unknown)) tell(accepted ? "accepted" : "unknown", o, w);
    }
}

/* What had not left when the stop was made must never have been with the venue. */
static void judge_caught(const struct trail *t, const struct stops_window *w, struct stops_found *ret)
{
    for (uint32_t i = 0; i < w->orders_n; i++) {
        const struct told like = {.id = w->orders[i].id};
        const struct told *o = bsearch(&like, t->orders, t->n, sizeof like, by_falling_id);
        bool left = w->orders[i].pending && o && o->spoke > 0;
        ret->withheld += w->orders[i].pending;
        ret->known += !w->orders[i].pending;
        ret->left += left;
        if (left) tell("left", o, w);
    }
}

bool stops_judge(struct rpc *r, int64_t *io_read_to, const struct stops_window *windows, uint32_t n, struct stops_found *ret,
                 struct stops_found *ret_early)
{
    struct trail t = {0};
    bool ok = read_trail(r, io_read_to, &t);
    for (uint32_t i = 0; i < n && ok; i++) {
        judge_moment(&t, &windows[i], windows[i].acked, true, ret);
        judge_moment(&t, &windows[i], windows[i].acked - EARLY_US, false, ret_early);
        judge_caught(&t, &windows[i], ret);
    }
    free(t.orders);
    return ok;
}
