/* What the files of performance share. All of it runs on a worker's thread, in one arena that ends with the work. */
#ifndef QF_SERVER_PERFORMANCE_IN_H
#define QF_SERVER_PERFORMANCE_IN_H

#include "daemon/server/performance.h"

/* --- rows that grow, in the arena */
struct perf_list {
    void *p;
    size_t n, cap, size; /* size: of one */
};
/* A zeroed one more; NULL when the arena is full. */
void *perf_more(struct qf_arena *arena, struct perf_list *l, size_t size);

/* A point as it is stored. */
struct perf_row {
    qf_time at;
    qf_money equity, flows, gross;
    uint32_t account; /* index in perf_desk.accounts; PERF_FIRM */
    bool incomplete;
};
#define PERF_FIRM UINT32_MAX

struct perf_price {
    int32_t day;
    qf_price close;
};
struct perf_prices { /* daily closes, oldest first */
    char name[17];
    struct perf_list rows;
};

struct perf_trade {
    uint32_t account; /* index in perf_desk.accounts */
    char symbol[17];
    qf_time opened, closed;
    qf_money profit; /* net of fees, in the base currency; of one account in its own */
};

/* One piece of work. */
struct perf {
    struct scan *scan;
    const struct perf_desk *desk;
    struct qf_arena *arena;
    struct qf_refusal *refusal;
    enum qf_scope scope;
    const char *name;        /* of strategy, trader, account or symbol; "" */
    const char *currency;    /* all amounts are in */
    qf_time from, to;        /* from 0: everything; to: the last instant, 0: now */
    bool intraday;           /* points of a day in place of closes */
    struct perf_list prices; /* struct perf_prices: closes that were read */
    double periods;          /* in a year, told from the firm's last closes; 0: not asked yet */
    bool incomplete;
    char missing[121];       /* the first thing that is missing */
};

/* The market day a point belongs to, from 1970-01-01: one at midnight ends the day before. */
int32_t perf_day(qf_time at);
double perf_double(qf_money v);
/* Notes that something is missing; the first reason stays. */
void perf_missing(struct perf *w, const char *fmt, ...) QF_PRINTF(2, 3);
/* false, and w->refusal says it. */
bool perf_failed(struct perf *w);
bool perf_full(struct perf *w);

/* --- performance_read.c. false: refused. account NULL: of all; "": of the firm */
bool perf_read_points(struct perf *w, const char *account, struct perf_list *ret); /* struct perf_row */
bool perf_read_trades(struct perf *w, const char *account, const char *symbol, qf_time from, struct perf_list *ret); /* struct perf_trade */
bool perf_read_traded(struct perf *w, const char *account, const char *symbol, qf_time from, struct perf_list *ret); /* struct qf_perf_traded */
bool perf_read_equal(struct perf *w, struct perf_list *ret); /* struct qf_perf_mean */
/* Daily closes of a symbol, kept for the next time it is asked; NULL: refused. */
const struct perf_prices *perf_prices(struct perf *w, const char *symbol);
/* The close of a day or the last one within a week before; 0 = none. */
qf_price perf_close(const struct perf_prices *p, int32_t day);
const struct perf_symbol *perf_symbol(const struct perf_desk *d, const char *name);
/* Index of an account by its name, desk->account_n when there is none; guess: where it may be. */
uint32_t perf_account(const struct perf_desk *d, const char *name, uint32_t guess);
/* Into w->currency, at the rate of that day's close; now: at the rate of now. false: there is none, or refused. */
bool perf_convert(struct perf *w, const char *currency, qf_money v, int32_t day, bool now, qf_money *ret);

/* --- performance_series.c: what one book did */
struct perf_series {
    size_t n;          /* closes */
    int32_t *day;      /* market days of them */
    qf_time *at;
    qf_money *equity;  /* of a symbol: its profit so far */
    qf_money *flow;    /* since the close before; [0] is 0 */
    qf_money *gross;   /* sum of |market value| held; NULL: of a symbol */
    double *capital;   /* a symbol's returns are on: [i] of the day of close i; NULL: on equity */
    double *r;         /* n - 1: into close i + 1; NaN where it is not defined */
    bool now;          /* the desk as it is now follows the last close */
    qf_time now_at;
    qf_money now_equity, now_flow, now_gross;
    double now_r;
    bool put_in;       /* money was ever put in or taken out */
    bool unfunded;     /* returns would be on next to nothing: none is defined, all r are NaN */
};
/* The base of a return, E0 + F, is too small below 1 / PERF_BASE_MIN of the gross value held at either end of it. */
#define PERF_BASE_MIN 100
#define PERF_UNFUNDED "no capital of its own: no deposit, or a base <= 0 or below 1 % of gross held"
/* Of the accounts flagged in `members` (one for each of desk->accounts; NULL: the firm), from points that were read. Of the firm: its own
 * points, and all accounts' where one has another currency than the firm. */
bool perf_book_series(struct perf *w, const struct perf_list *points, const bool *members, struct perf_series *ret);
/* Of a symbol, from everything that was ever traded in it (struct qf_perf_traded of it, by day). */
bool perf_symbol_series(struct perf *w, const char *symbol, const struct qf_perf_traded *traded, size_t n, struct perf_series *ret);
/* Periods in a year: told from its own days, or, where those are few, from the firm's last two months, so that a week is judged by the
 * same year as all. NaN: refused. */
double perf_periods(struct perf *w, const struct perf_series *s);
/* The accounts a scope and name stand for, flagged. NULL: the arena is full. */
bool *perf_members(struct perf *w, enum qf_scope scope, const char *name);

/* --- performance_sheet.c: numbers of a series. Pure. */
struct sheet_in {
    const int32_t *day;    /* n + 1: of the base and of the end of each return */
    const qf_time *at;     /* n + 1; NULL: midnight of `day` */
    const qf_money *equity; /* n + 1; NULL: there are no amounts */
    const double *r, *b;   /* n returns; b NULL: no benchmark */
    size_t n;
    bool now;              /* one more return, of a day that goes on */
    qf_time now_at;
    qf_money now_equity;
    double now_r, now_b;
    bool daily;            /* false: points of a day: no metrics of returns */
    double periods, risk_free, mar;
    size_t window;
    bool has_trades;
    const double *profits, *days; /* of closed trades */
    size_t trades;
    double traded, capital, span, start; /* as in tradestats.h; start: equity at the beginning */
    const char *undefined; /* why nothing that is made of returns is defined; NULL: it is */
};
/* Fills from, to, now, n, periods_per_year, metrics, points, months and drawdowns. false: the arena is full. */
bool sheet_fill(const struct sheet_in *in, struct qf_arena *arena, struct qf_performance *ret);

/* --- performance_groups.c */
bool perf_groups(struct perf *w, enum qf_scope scope, struct qf_perf_group **ret, uint32_t *ret_n);
/* --- performance_make.c */
qf_time perf_range_start(enum qf_perf_range range, qf_time now);

#endif
