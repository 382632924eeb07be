/* How records stand on paper: which of their fields, under which heading, and each value as people read it. */
#ifndef QF_TUI_CLI_CELL_H
#define QF_TUI_CLI_CELL_H

#include "tui/cli.h"

#define CLI_COLUMNS 40 /* of a table at most */
#define CLI_CELL 4200  /* bytes of a cell: the longest text of a record fits, so that nothing is cut where no terminal is */

enum cli_kind {
    CLI_PLAIN,   /* as its type says */
    CLI_BP,      /* 1/10,000 as per cent: 99%, 97.5% */
    CLI_CENTI,   /* 1/100 */
    CLI_SHARE,   /* 0.01 as 1.00% */
    CLI_AGE,     /* how long ago */
    CLI_DAY,     /* the day a time lies in */
    CLI_SPAN,    /* microseconds */
    CLI_SECONDS, /* 0 = not given */
    CLI_BYTES,
    CLI_COUNT,   /* with thousands */
    CLI_LEVEL    /* in the unit of the control or breaker the row is about */
};

struct cli_column {
    const struct qf_field *f;
    char head[32];
    enum cli_kind kind;
    bool sign, total, tick, right;
    bool defined; /* what is missing is not defined: n/a, not - */
    int more;     /* decimals beyond the tick's */
    int decimals; /* -1: as many as its type has on paper */
    size_t width;
    qf_i128 sum;
};

/* The columns of a record: those of its view, else all of its fields. ret: CLI_COLUMNS of them. Returns how many. */
int cli_columns(const struct qf_rec *rec, struct cli_column *ret);
bool cli_has_view(const struct qf_rec *rec);
/* The value of one field of a row; safe for a terminal. out: CLI_CELL bytes. */
void cli_cell(const struct cli_column *c, const struct qf_rec *rec, const void *row, char *out);
/* Price, quantity, money or cost? Only those have a sum. */
bool cli_is_decimal(enum qf_type t);
qf_i128 cli_decimal(const struct qf_field *f, const void *row);
/* The sum at the foot of a column, in the decimals of its rows. */
void cli_sum(const struct cli_column *c, const struct qf_rec *rec, const void *rows, char *out);

/* A figure of a control of the gate (enum qf_control_code) in its unit: money, pieces, 5.00%, 50/s. out: CLI_CELL bytes. */
void cli_control_level(int32_t control, qf_i128 v, char *out);
/* The same of a breaker (enum qf_breaker_code). */
void cli_breaker_level(int32_t code, qf_i128 v, char *out);
/* A statistic in four figures, without exponent: 0.2666, 1.234, 229,385.28; n/a when it is no number. */
void cli_ratio(double v, int decimals, bool sign, char *out);
/* "14:31:52", on another day than today "2026-09-23 17:02" */
void cli_time(qf_time t, char *out);

#endif
