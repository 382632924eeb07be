/* A track record from a plain CSV: (date,return) or (date,level), header or not, and a benchmark on the same days. */
#ifndef QF_TUI_CLI_TRACK_H
#define QF_TUI_CLI_TRACK_H

#include "tui/cli.h"

#define TRACK_ROWS 20000 /* of performance.compute */

struct track_file {
    const char *path;
    const char *column; /* its name in the header; NULL: the one whose name says what it is, or the second */
    bool levels;        /* prices or levels also where no header says so */
};
struct track {
    int32_t *day; /* from 1970-01-01, ascending */
    double *r;    /* into that day; NaN = missing */
    size_t n;
    bool based;   /* it came from levels: `base` is the day the first return begins on */
    int32_t base;
};

/* What is wrong is said on standard error, with file, line and column. The arrays lie in the arena. */
bool track_read(struct cli *cli, const struct track_file *f, struct track *ret);
/* The benchmark's return over each of the track's periods, compounded from what lies in it; NaN where nothing does. out: t->n. */
void track_align(const struct track *t, const struct track *bench, double *out);

#endif
