/* How well it went: curves from equity points, metrics, trades, groups. Rows come from the database in one snapshot and are worked
 * out on a thread of its own; the desk is asked only for names, rates and what is worth what now. */
#ifndef QF_SERVER_PERFORMANCE_H
#define QF_SERVER_PERFORMANCE_H

#include "daemon/server/server.h"
#include "daemon/store/scan.h"

struct performance;
/* conninfo: of the daemon's role, has to live as long; NULL: there is no database (only track records can be judged). */
struct performance *performance_new(struct server *s, const char *conninfo);
/* Ends what runs; everybody who waits is answered. */
void performance_free(struct performance *p);

/* Handlers' work: LATER, or REFUSED. */
enum handled performance_get(struct ctx *c, const struct qf_performance_query *in);
enum handled performance_groups(struct ctx *c, const struct qf_performance_groups *in);
enum handled performance_compute(struct ctx *c, const struct qf_performance_compute *in);

/* --- the same for who is on a worker's thread already (reports) */

struct perf_account {
    char name[25], strategy[33], owner[33], currency[9];
    struct qf_equity now;
};
struct perf_symbol {
    char name[17], currency[9];
    int64_t multiplier;
    bool priced;
    qf_price price; /* now */
};
struct perf_rate {
    char currency[9], symbol[17]; /* symbol "": fixed */
    bool inverse;
    qf_price now;                 /* DESK_NO_RATE: none */
};
/* What has to be known of the desk, copied on the loop's thread. */
struct perf_desk {
    char base[9];
    qf_time now;          /* market clock, or the newest stored point when no price has come yet */
    bool live;            /* `firm` and the accounts' `now` are of the market clock */
    struct qf_equity firm;
    struct perf_account *accounts; /* by name */
    struct perf_symbol *symbols; /* by slot, in no order */
    struct perf_rate *rates;
    size_t account_n, symbol_n, rate_n;
};
/* In the arena; NULL when that is full. */
const struct perf_desk *performance_desk(const struct desk *d, struct qf_arena *arena);

/* performance.get: every list lies in the arena (at least PERFORMANCE_ARENA). Given `to`, the answer is made of stored rows alone:
 * the same one whenever it is asked. false: ret_refusal says why. */
#define PERFORMANCE_ARENA (1024ULL * 1024 * 1024)
bool performance_make(struct scan *scan, const struct perf_desk *desk, const struct qf_performance_query *q, struct qf_arena *arena,
                      struct qf_performance *ret, struct qf_refusal *ret_refusal);
/* performance.groups over a time. to 0: now. */
bool performance_make_groups(struct scan *scan, const struct perf_desk *desk, enum qf_scope scope, enum qf_perf_range range, qf_time to,
                             struct qf_arena *arena, struct qf_performance_group_list *ret, struct qf_refusal *ret_refusal);
/* performance.compute: no database. */
bool performance_judge(const struct qf_performance_compute *in, struct qf_arena *arena, struct qf_performance *ret,
                       struct qf_refusal *ret_refusal);

#endif
