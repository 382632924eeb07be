#include "tui/cli_track.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "common/csv.h"
#include "common/proto/value.h"
#include "common/str.h"

struct reading {
    const struct track_file *f;
    struct csv *csv;
    struct track *out;
    size_t day_at, value_at;
    bool levels;
    double last; /* level before; NaN = none yet */
};

/* --- the header */

static bool is_one_of(const struct csv_cell *c, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(words[i]) == c->n && strncasecmp(words[i], c->p, c->n) == 0) return true;
    return false;
}

static bool is_date(const struct csv_cell *c)
{
    qf_time t;
    return c->n >= 10 && qf_time_parse(c->p, c->n, &t) == QF_OK;
}

static bool fault(struct reading *k, size_t column, const char *what)
{
    (void)csv_fault(k->csv, QF_ESYNTAX, column, NULL, what);
    return false;
}

/* Which column holds the numbers: the one asked for, else the first that is called returns, else levels, else the only one. */
static bool find_value(struct reading *k, const struct csv_cell *cells, size_t n)
{
    static const char *const returns[] = {"return", "returns", "ret", "r"};
    static const char *const levels[] = {"level", "levels", "price", "close", "adj_close", "nav", "equity", "value"};
    for (size_t pass = 0; pass < 3; pass++)
        for (size_t i = 0; i < n; i++) {
            bool ours = pass == 0 ? k->f->column && strlen(k->f->column) == cells[i].n && memcmp(k->f->column, cells[i].p, cells[i].n) == 0
                      : !k->f->column && i != k->day_at && (pass == 1 ? is_one_of(&cells[i], returns, QF_LEN(returns))
                                                                      : is_one_of(&cells[i], levels, QF_LEN(levels)));
            if (!ours) continue;
            k->value_at = i;
            k->levels = k->f->levels || pass == 2 || is_one_of(&cells[i], levels, QF_LEN(levels));
            return true;
        }
    if (k->f->column) return fault(k, 0, "the header has no column of the name that was asked for");
    k->value_at = k->day_at == 0 ? 1 : 0;
    k->levels = k->f->levels;
    return n == 2 ? true : fault(k, 0, "which column holds the returns? none is called return or close; say --column NAME");
}

static bool take_header(struct reading *k, const struct csv_cell *cells, size_t n)
{
    static const char *const dates[] = {"date", "day", "time", "ts", "timestamp"};
    for (size_t i = 0; i < n; i++)
        if (is_one_of(&cells[i], dates, QF_LEN(dates))) {
            k->day_at = i;
            return find_value(k, cells, n);
        }
    return fault(k, 0, "a header needs a column called date; a file without header begins with a day such as 2024-01-31");
}

/* --- numbers */

static size_t digits(const char *p)
{
    return strspn(p, "0123456789");
}

/* A plain decimal, also with a sign and an exponent; no blanks, no hexadecimal, no words, whatever the user's locale. */
static bool plain_number(const struct csv_cell *c, double *ret)
{
    char text[64];
    if (!qf_str_copyn(text, sizeof text, c->p, c->n)) return false;
    const char *begin = text + (*text == '+'), *p = begin + (*begin == '-' && begin == text);
    size_t whole = digits(p), part = 0;
    p += whole;
    if (*p == '.') part = digits(p + 1), p += 1 + part;
    if (whole + part == 0) return false;
    if (*p == 'e' || *p == 'E') {
        p += 1 + (p[1] == '+' || p[1] == '-');
        if (digits(p) == 0 || digits(p) > 3) return false;
        p += digits(p);
    }
    return *p == 0 && qf_value_real(begin, strlen(begin), ret) == QF_OK;
}

static bool take_value(struct reading *k, const struct csv_cell *c, double *ret)
{
    double v = NAN;
    *ret = NAN;
    if (c->n > 0 && !plain_number(c, &v)) return fault(k, k->value_at, "not a number such as 0.0125");
    if (!k->levels) {
        *ret = v;
        return !(v < -1) ? true : fault(k, k->value_at, "a return below -1 loses more than there is; 0.01 is 1 %");
    }
    if (isnan(v)) return true;
    if (v <= 0) return fault(k, k->value_at, "a level or price must be above 0");
    *ret = v / k->last - 1;
    k->last = v;
    return isfinite(*ret) || isnan(*ret) ? true : fault(k, k->value_at, "too far from the level before");
}

static bool take_row(struct reading *k, const struct csv_cell *cells)
{
    struct track *t = k->out;
    qf_time at;
    double r;
    const struct csv_cell *c = &cells[k->day_at];
    if (!is_date(c) || qf_time_parse(c->p, c->n, &at) != QF_OK) return fault(k, k->day_at, "not a day from 1970 on, such as 2024-01-31");
    int32_t day = (int32_t)(qf_time_day(at) / QF_DAY), before = t->n > 0 ? t->day[t->n - 1] : t->base;
    if ((t->n > 0 || t->based) && day <= before) return fault(k, k->day_at, "must be later than the day in the line before");
    bool first = k->levels && isnan(k->last);
    if (!take_value(k, &cells[k->value_at], &r)) return false;
    if (first && isnan(k->last)) return true; /* empty cells before the first level */
    if (first) {
        t->based = true;
        t->base = day;
        return true;
    }
    if (t->n == TRACK_ROWS) return fault(k, k->day_at, "more than 20,000 returns");
    t->day[t->n] = day;
    t->r[t->n++] = r;
    return true;
}

static bool read_rows(struct reading *k)
{
    const struct csv_cell *cells;
    size_t n;
    enum qf_err e;
    for (bool first = true; (e = csv_next(k->csv, &cells, &n)) == QF_OK; first = false) {
        if (n < 2) return fault(k, 0, "needs two columns: a day and a return");
        if (first && !is_date(&cells[0])) {
            if (!take_header(k, cells, n)) return false;
            continue;
        }
        if (first && (k->f->column || n != 2)) return fault(k, 0, "columns are told by a header, and there is none");
        if (!take_row(k, cells)) return false;
    }
    return e == QF_ENOENT;
}

bool track_read(struct cli *cli, const struct track_file *f, struct track *ret)
{
    char why[QF_WHY_TEXT];
    struct reading k = {.f = f, .out = ret, .value_at = 1, .levels = f->levels, .last = NAN};
    *ret = (struct track){.n = 0};
    ret->day = qf_arena_alloc(&cli->arena, TRACK_ROWS * sizeof *ret->day);
    ret->r = qf_arena_alloc(&cli->arena, TRACK_ROWS * sizeof *ret->r);
    if (!ret->day || !ret->r) return false;
    k.csv = csv_open(f->path, why);
    bool ok = k.csv && read_rows(&k);
    if (!ok) cli_say("%s", k.csv ? csv_why(k.csv) : why);
    if (ok && ret->n == 0) cli_say("%s: no returns in it", f->path);
    csv_close(k.csv);
    return ok && ret->n > 0;
}

/* --- the benchmark on the track's days */

static size_t rows_up_to(const struct track *t, size_t from, int32_t day)
{
    while (from < t->n && t->day[from] <= day) from++;
    return from;
}

/* The first period of plain returns began nobody knows when: only a benchmark of the same step can be laid beside it. */
static size_t first_row(const struct track *t, const struct track *bench)
{
    size_t end = rows_up_to(bench, 0, t->day[0]);
    bool same_day = end > 0 && bench->day[end - 1] == t->day[0];
    bool same_step = t->n < 2 || rows_up_to(bench, end, t->day[1]) <= end + 1;
    return same_day && same_step ? end - 1 : end;
}

void track_align(const struct track *t, const struct track *bench, double *out)
{
    size_t at = t->based ? rows_up_to(bench, 0, t->base) : first_row(t, bench);
    for (size_t i = 0; i < t->n; i++) {
        size_t end = rows_up_to(bench, at, t->day[i]), present = 0;
        double level = 1;
        for (; at < end; at++) {
            if (isnan(bench->r[at])) continue;
            level *= 1 + bench->r[at];
            present++;
        }
        out[i] = present > 0 ? level - 1 : NAN;
    }
}
