/* What every format of vectors needs: counting cases, comparing numbers, reading JSON and the files a vector names.
 * A case is begun, compared as often as it takes, and ended; a failed one prints one line, its first difference. */
#ifndef QF_TESTS_JUDGE_H
#define QF_TESTS_JUDGE_H

#include <json-c/json.h>

#include "common/clock.h"

struct judge {
    const char *data;     /* folder of input files; NULL: none */
    const char *folder;   /* where the vector lies */
    const char *file;     /* its name, for messages */
    int passed, failed;
    bool deep;            /* under cmocka: also rebuild each desk, and assert that its sums and identities hold */
    char id[160], why[240]; /* of the open case; why "": nothing differs so far */
};

/* A value agrees when |got - want| <= max(absolute, relative x |want|); NaN with NaN, infinity with the same one. */
struct tolerance {
    double absolute, relative;
};

void judge_begin(struct judge *j, const char *fmt, ...) QF_PRINTF(2, 3);
void judge_end(struct judge *j);
/* Makes the open case a failed one; the first reason stays. */
void judge_fail(struct judge *j, const char *fmt, ...) QF_PRINTF(2, 3);
void judge_number(struct judge *j, const char *what, double got, double want, struct tolerance t);
void judge_text(struct judge *j, const char *what, const char *got, const char *want);
/* A case of one sentence: it failed. */
void judge_broken(struct judge *j, const char *id, const char *fmt, ...) QF_PRINTF(3, 4);
bool judge_agrees(double got, double want, struct tolerance t);

/* --- JSON; all take NULL and what is of another type for "not there" */

struct json_object *member(struct json_object *o, const char *name);
size_t list_length(struct json_object *o);
struct json_object *item(struct json_object *o, size_t i);
/* A number; "nan", "inf", "-inf"; null is NaN. False for anything else. */
bool number_of(struct json_object *o, double *ret);
/* The same of a member, `otherwise` when it is not there or no number. */
double member_number(struct json_object *o, const char *name, double otherwise);
/* "" when it is not there or no text. */
const char *text_of(struct json_object *o);
const char *member_text(struct json_object *o, const char *name);
struct tolerance tolerance_of(struct json_object *doc);
/* `o`, or an empty object when it is none: for json_object_object_foreach. */
struct json_object *object_of(struct json_object *o);

/* --- input files */

/* Path of a file named by a vector: below the data folder, else beside the vector. False: in neither. */
bool input_path(const struct judge *j, const char *name, char *out, size_t cap);

/* Closes by row (ascending time) and name; NaN where the file has none. */
struct closes {
    size_t rows, cols;
    qf_time *times;
    char (*names)[32];
    double *values; /* rows x cols */
};
/* Reads "date,AAPL,AMD,..." or "date,symbol,...,close,...", plain or gzip. NULL: why says what is wrong. */
struct closes *closes_read(const struct judge *j, const char *name, char why[QF_WHY_TEXT]);
void closes_free(struct closes *c); /* NULL is fine */
/* False: not there. */
bool closes_column(const struct closes *c, const char *name, size_t *ret);
bool closes_row(const struct closes *c, qf_time at, size_t *ret);
/* "2018-12-31" of a row. */
const char *closes_date(const struct closes *c, size_t row, char out[QF_TIME_TEXT]);

/* --- formats: each counts all cases of a document */
void judge_metrics(struct judge *j, struct json_object *doc);
void judge_positions(struct judge *j, struct json_object *doc);
void judge_pnl(struct judge *j, struct json_object *doc);
void judge_risk(struct judge *j, struct json_object *doc);
void judge_performance(struct judge *j, struct json_object *doc);

/* --- metrics.c, for whoever has parameters and returns of its own */
struct metric_in;
/* Reads `params` over what `in` holds; `ret_window` of rolling metrics (0: none). False and a reason in the open
 * case otherwise. */
bool metric_params(struct judge *j, struct json_object *params, struct metric_in *in, size_t *ret_window);
/* Evaluates a metric by its name; the caller frees *ret with free(). False and a reason in the open case otherwise. */
bool metric_numbers(struct judge *j, const char *name, struct metric_in *in, size_t window, double **ret, size_t *ret_n);

#endif
