/* What the files behind report_run.h share. All of it runs on the job's thread, in arenas that end with it. */
#ifndef QF_SERVER_REPORT_INSIDE_H
#define QF_SERVER_REPORT_INSIDE_H

#include "common/str.h"
#include "daemon/server/jobs.h"
#include "daemon/server/performance_in.h"
#include "daemon/server/risk_inside.h"

#define REPORT_SETTLED_US (2 * QF_SEC) /* as a rule the bars of a day that ended are in the database by then ... */
#define REPORT_WRITTEN_US (5 * QF_SEC) /* ... and by then they surely are, or there are none */
#define REPORT_FILLS 5000              /* executions, and round trips, that are listed; as report.def says */

/* What was asked, and the settings that count: copied on the loop. */
struct report_ask {
    int32_t kind, format, mode;
    bool has_as_of, has_benchmark;
    qf_time as_of, wall;
    char benchmark[17], desk[33], base[9];
    const char *conninfo;
    size_t window, paths;
    uint64_t seed;
};

struct report_making {
    const struct report_ask *ask;
    struct jobs_run *run;
    struct scan *scan;
    struct qf_arena arena;
    struct qf_equity close, before; /* before: the last point of the days before; all 0 when there is none */
    bool has_before;
    /* As they stood at the close. */
    struct perf_list accounts;    /* struct qf_account */
    struct perf_list instruments; /* struct qf_instrument: symbol, currency, multiplier, sector */
    struct perf_list rates;       /* struct qf_rate */
    struct perf_list limits;      /* struct qf_limit */
    struct perf_list breakers;    /* struct qf_breaker */
    struct perf_list scenarios;   /* struct qf_scenario */
    struct perf_list held, was;   /* struct qf_report_holding: at the close, and at the point before */
    struct perf_list moves;       /* struct qf_report_moves: between the two, by currency */
    struct perf_desk desk;        /* of these rows: what performance wants to know */
    struct perf perf;             /* prices and rates of then */
    struct qf_refusal refusal;
    struct risk_result risk;
    bool has_risk;
    struct qf_report report;
};

/* A zeroed piece; NULL, and the job has failed, when there is too much. */
void *report_room(struct report_making *m, size_t n, size_t size);

/* --- report_read.c. false: the job has failed. */
bool report_read_close(struct report_making *m);
bool report_read_desk(struct report_making *m);
bool report_read_fills(struct report_making *m);
/* The firm's last point at or before a time; *ret_found. */
bool report_read_point(struct report_making *m, qf_time at, struct qf_equity *ret, bool *ret_found);
/* Closes of one day, for a scenario. */
bool report_read_day(struct report_making *m, qf_time day, struct risk_day **ret);
const struct qf_account *report_account(const struct report_making *m, const char *name);
const struct qf_instrument *report_instrument(const struct report_making *m, const char *symbol);

/* --- report_book.c: what was held, and what it made */
struct report_value {
    qf_money value, open; /* market value and unrealised, the instrument's currency */
    qf_money base, base_open;
    qf_price price;
    const char *lacks; /* what is missing; NULL: all is there. A flat position lacks nothing */
};
/* At the close of a day (from 1970-01-01). false: the job has failed. */
bool report_value_of(struct report_making *m, const struct qf_report_holding *h, int32_t day, struct report_value *ret);
bool report_book(struct report_making *m);

/* --- report_risk.c */
bool report_risk(struct report_making *m);
bool report_limits(struct report_making *m);
void report_risk_free(struct report_making *m);

/* --- report_day.c */
bool report_day(struct report_making *m);

#endif
