/* Closes from CSV files of two layouts: one column a name, or one row a name and time. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/csv.h"
#include "common/mem.h"
#include "common/str.h"
#include "tests/vectors/judge.h"

#define NO_COLUMN SIZE_MAX
#define MAX_ROWS 1000000

struct reader {
    struct closes *c;
    struct csv *csv;
    size_t row_cap, col_cap;
    size_t symbol, close; /* columns of the long layout; NO_COLUMN: wide */
};

static size_t header_column(const struct csv_cell *cells, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (qf_str_eqn(name, cells[i].p, cells[i].n))
            return i;
    return NO_COLUMN;
}

static bool number(const struct csv_cell *cell, double *ret)
{
    char text[64], *end;
    if (cell->n == 0) {
        *ret = NAN;
        return true;
    }
    if (!qf_str_copyn(text, sizeof(text), cell->p, cell->n))
        return false;
    *ret = strtod(text, &end);
    return *end == '\0' && isfinite(*ret);
}

/* Room for one more row of every column, or one more column of every row; new places are NaN. */
static void grow(struct reader *r, size_t rows, size_t cols)
{
    struct closes *c = r->c;
    if (rows <= r->row_cap && cols <= r->col_cap)
        return;
    size_t row_cap = rows > r->row_cap ? rows * 2 : r->row_cap, col_cap = cols > r->col_cap ? cols * 2 : r->col_cap;
    double *values = qf_xalloc(row_cap * col_cap * sizeof(*values));
    for (size_t i = 0; i < row_cap * col_cap; i++)
        values[i] = NAN;
    for (size_t i = 0; i < c->rows; i++)
        memcpy(values + i * col_cap, c->values + i * r->col_cap, c->cols * sizeof(*values));
    free(c->values);
    c->values = values;
    c->times = qf_xrealloc(c->times, row_cap * sizeof(*c->times));
    c->names = qf_xrealloc(c->names, col_cap * sizeof(*c->names));
    r->row_cap = row_cap;
    r->col_cap = col_cap;
}

/* Column of a name, made when it is new. */
static size_t column_of(struct reader *r, const struct csv_cell *name)
{
    struct closes *c = r->c;
    for (size_t i = 0; i < c->cols; i++)
        if (qf_str_eqn(c->names[i], name->p, name->n))
            return i;
    grow(r, c->rows, c->cols + 1);
    (void)qf_str_copyn(c->names[c->cols], sizeof(c->names[0]), name->p, name->n);
    return c->cols++;
}

/* Row of a time: the last one, or a new one behind it. False: it goes back, or there are too many. */
static bool row_of(struct reader *r, qf_time at, size_t *ret)
{
    struct closes *c = r->c;
    if ((c->rows > 0 && at < c->times[c->rows - 1]) || c->rows == MAX_ROWS)
        return false;
    if (c->rows == 0 || at > c->times[c->rows - 1]) {
        grow(r, c->rows + 1, c->cols);
        c->times[c->rows++] = at;
    }
    *ret = c->rows - 1;
    return true;
}

static enum qf_err take_line(struct reader *r, const struct csv_cell *cells, size_t n)
{
    qf_time at;
    size_t row;
    if (qf_time_parse(cells[0].p, cells[0].n, &at) != QF_OK)
        return csv_fault(r->csv, QF_ESYNTAX, 0, NULL, "not a date");
    if (!row_of(r, at, &row))
        return csv_fault(r->csv, QF_ERANGE, 0, NULL, "goes back, or too many rows");
    for (size_t i = 1; i < n; i++) {
        double v;
        if (r->symbol != NO_COLUMN && i != r->close)
            continue;
        if (!number(&cells[i], &v))
            return csv_fault(r->csv, QF_ESYNTAX, i, NULL, "not a number");
        size_t col = r->symbol == NO_COLUMN ? i - 1 : column_of(r, &cells[r->symbol]);
        r->c->values[row * r->col_cap + col] = v;
    }
    return QF_OK;
}

static enum qf_err take_header(struct reader *r)
{
    const struct csv_cell *cells;
    size_t n;
    enum qf_err err = csv_next(r->csv, &cells, &n);
    if (err != QF_OK)
        return err;
    r->symbol = header_column(cells, n, "symbol");
    r->close = header_column(cells, n, "close");
    if (r->close == NO_COLUMN)
        r->symbol = NO_COLUMN;
    for (size_t i = 1; i < n && r->symbol == NO_COLUMN; i++)
        if (column_of(r, &cells[i]) != i - 1)
            return csv_fault(r->csv, QF_ESYNTAX, i, NULL, "the same name twice");
    return QF_OK;
}

/* Rows lie col_cap apart while they are read, cols apart afterwards. */
static void close_gaps(struct reader *r)
{
    for (size_t i = 1; i < r->c->rows; i++)
        memmove(r->c->values + i * r->c->cols, r->c->values + i * r->col_cap, r->c->cols * sizeof(double));
}

struct closes *closes_read(const struct judge *j, const char *name, char why[QF_WHY_TEXT])
{
    char path[1024];
    struct reader r = { 0 };
    const struct csv_cell *cells;
    size_t n;
    if (!input_path(j, name, path, sizeof(path))) {
        qf_str_fmt(why, QF_WHY_TEXT, "no input file %s", name);
        return NULL;
    }
    r.csv = csv_open(path, why);
    if (r.csv == NULL)
        return NULL;
    r.c = qf_xalloc(sizeof(*r.c));
    grow(&r, 1, 1);
    enum qf_err err = take_header(&r);
    while (err == QF_OK && (err = csv_next(r.csv, &cells, &n)) == QF_OK)
        err = take_line(&r, cells, n);
    close_gaps(&r);
    if (err != QF_ENOENT) {
        qf_str_copy(why, QF_WHY_TEXT, csv_why(r.csv));
        closes_free(r.c);
        r.c = NULL;
    }
    csv_close(r.csv);
    return r.c;
}

void closes_free(struct closes *c)
{
    if (c == NULL)
        return;
    free(c->times);
    free(c->names);
    free(c->values);
    free(c);
}

bool closes_column(const struct closes *c, const char *name, size_t *ret)
{
    for (size_t i = 0; i < c->cols; i++)
        if (strcmp(c->names[i], name) == 0) {
            *ret = i;
            return true;
        }
    return false;
}

bool closes_row(const struct closes *c, qf_time at, size_t *ret)
{
    size_t low = 0, high = c->rows;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (c->times[mid] < at)
            low = mid + 1;
        else
            high = mid;
    }
    *ret = low;
    return low < c->rows && c->times[low] == at;
}

const char *closes_date(const struct closes *c, size_t row, char out[QF_TIME_TEXT])
{
    qf_time_format(c->times[row], out);
    if (c->times[row] % QF_DAY == 0)
        out[10] = '\0';
    return out;
}
