/* What the files behind risk_run.h share. */
#ifndef QF_SERVER_RISK_INSIDE_H
#define QF_SERVER_RISK_INSIDE_H

#include "common/mem.h"
#include "daemon/server/inside.h"
#include "daemon/server/risk_run.h"

#define RISK_CORRELATED 100  /* names: 4,950 pairs */
#define RISK_METRICS 24      /* rows a run leaves in risk_metrics, at most */

/* --- stored closes (risk_closes.c). What is read is never changed again, so that a worker may look at it while the loop reads newer ones;
 * only the loop counts who holds it. */
struct risk_series {
    uint32_t holders;
    char symbol[17];
    uint32_t n;
    int32_t *days;    /* since 1970-01-01, ascending */
    double *closes;
};
/* The closes of all names on one day, by symbol. */
struct risk_day {
    uint32_t holders;
    qf_time day;
    uint32_t n;
    struct risk_close {
        char symbol[17];
        double close;
    } *rows;
};
struct closes;
/* moved(arg): something was read that was not there. */
struct closes *closes_new(struct server *s, void (*moved)(void *arg), void *arg);
void closes_free(struct closes *c);
/* Once a second: asks again for what may have changed. */
void closes_tick(struct closes *c);
/* Closes of an instrument, days before the running one only; the caller lets go of them. NULL: none were read yet, they are asked for.
 * *ret_waits: the answer is on its way. */
struct risk_series *closes_hold(struct closes *c, uint32_t slot, const char *symbol, bool *ret_waits);
void series_release(struct risk_series *s);
/* The same for one day. */
struct risk_day *closes_day(struct closes *c, qf_time day, bool *ret_waits);
void day_release(struct risk_day *d);
/* NaN when there is none. */
double day_close(const struct risk_day *d, const char *symbol);

/* --- the snapshot (risk_snapshot.c) */
/* A rate that is an instrument's price, and so has a past of its own. */
struct risk_fx {
    char symbol[17];            /* empty: the base currency, or a fixed rate, which is taken to have been what it is now */
    bool inverse;               /* the rate is 1/price */
    struct risk_series *series; /* NULL: not read */
};
struct risk_name {
    char symbol[17];
    char sector[33];
    qf_money value;     /* base currency, all accounts together */
    qf_money quantity;  /* at 10^-8, signed */
    int64_t multiplier;
    qf_price rate;      /* to the base currency at 10^-8 */
    const char *lacks;  /* why it has no value; NULL: it has one */
    struct risk_series *series; /* NULL: not read */
    struct risk_fx fx;          /* from its currency into the base currency */
};
struct risk_scenario {
    struct qf_scenario row;
    struct risk_day *since, *until; /* of a window; NULL: not read */
};
struct risk_snapshot {
    struct risk_name *names;
    uint32_t names_n;
    struct qf_exposure *groups; /* not sorted */
    uint32_t groups_n;
    struct risk_scenario *scenarios;
    uint32_t scenarios_n;
    qf_time at;
    qf_money equity;
    bool has_limit, has_warn;
    qf_money limit, warn;       /* of VAR_99_1D */
    bool has_gross, has_net;
    qf_money gross_limit, net_limit; /* hard limits of the firm */
    size_t window, paths;
    uint64_t seed;
    bool waits;                 /* closes are on their way */
};
void risk_take(struct server *s, struct closes *c, struct risk_snapshot *ret);
/* Lets go of everything it holds. */
void risk_drop(struct risk_snapshot *x);

/* --- one run */
struct risk_result {
    struct risk_snapshot snapshot; /* kept for what is asked later */
    struct qf_arena arena;         /* of all lists below */
    struct qf_risk_run run;
    struct qf_correlation_list correlations;
    struct qf_risk_metric metrics[RISK_METRICS];
    uint32_t metrics_n;
    int64_t began_ns;
    uint64_t touched;              /* it knows changes up to this one */
    uint32_t unpriced;             /* positions without a value when its snapshot was taken */
    struct risk *owner;
};
/* risk_math.c: all figures, on a worker's thread. Fills run (but id and recorded), correlations and metrics. */
void risk_math(struct risk_result *x);

/* --- numbers (risk_record.c) */
double risk_double(qf_money v);
/* Rounded to 10^-8; false when it is not finite or beyond what money can be. */
bool risk_money(double v, qf_money *ret);
/* part in 1/10,000 of whole, 0 when that is 0. */
int64_t risk_bp(double part, double whole);
enum qf_risk_status risk_status_of(bool has_limit, double limit, bool has_warn, double warn, double value);
/* The rows for risk_metrics. */
void risk_metrics_of(struct risk_result *x);

/* --- rates of other days (risk_fx.c) */
struct window_name;
/* Days and closes of a name, as it is reckoned with: in the base currency at the rate of each day where its rate is an instrument's price
 * (a day without a close of that instrument has none), else as they are stored. What is made lies in the arena. Nothing without a series. */
void risk_base_closes(const struct risk_name *name, struct qf_arena *arena, struct window_name *ret);
/* Its return in the base currency from one day to another; NaN when a close of it, or of its rate, is missing. */
double risk_base_move(const struct risk_name *name, const struct risk_day *since, const struct risk_day *until);

/* --- stress (risk_stress.c) */
/* Moves of all names of the snapshot, NaN where one has no value or no close. false: there are none at all; why says so (static text). */
bool risk_moves(const struct risk_scenario *s, const struct risk_name *names, uint32_t n, double *ret, const char **ret_why);
void risk_stress_of(struct risk_result *x);

/* --- risk_run.c */
const struct risk_result *risk_kept(struct server *s);

#endif
