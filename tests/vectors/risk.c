/* quantumfond/golden-risk: exposures, historical and parametric VaR and ES of portfolios, and VaR back-tests. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "daemon/quant/backtest.h"
#include "daemon/quant/risk.h"
#include "tests/vectors/judge.h"

struct portfolio {
    struct closes *file;
    size_t n, *columns;
    double *quantities;
};

static void portfolio_free(struct portfolio *p)
{
    closes_free(p->file);
    free(p->columns);
    free(p->quantities);
}

/* The file and the columns of what is held. A reason in the open case when it cannot be had. */
static bool portfolio_read(struct judge *j, struct json_object *c, struct portfolio *ret)
{
    struct json_object *held = member(c, "quantities");
    char why[QF_WHY_TEXT];
    struct portfolio p = { .file = closes_read(j, member_text(c, "file"), why) };
    *ret = p;
    if (p.file == NULL) {
        judge_fail(j, "%s", why);
        return false;
    }
    size_t most = (size_t)json_object_object_length(object_of(held));
    p.columns = qf_xalloc((most + 1) * sizeof(*p.columns));
    p.quantities = qf_xalloc((most + 1) * sizeof(*p.quantities));
    json_object_object_foreach(object_of(held), symbol, quantity)
    {
        if (!closes_column(p.file, symbol, &p.columns[p.n]) || !number_of(quantity, &p.quantities[p.n]))
            judge_fail(j, "no column or quantity of %s", symbol);
        p.n++;
    }
    if (p.n == 0)
        judge_fail(j, "nothing is held");
    *ret = p;
    return j->why[0] == '\0';
}

static double close_of(const struct portfolio *p, size_t row, size_t i)
{
    return p->file->values[row * p->file->cols + p->columns[i]];
}

static bool row_at(struct judge *j, const struct closes *file, const char *date, size_t *ret)
{
    qf_time t;
    if (qf_time_parse(date, strlen(date), &t) == QF_OK && closes_row(file, t, ret))
        return true;
    judge_fail(j, "no row of %s", date);
    return false;
}

/* --- a case */

struct setting {
    struct judge *j;
    struct tolerance t;
    const char *id;
    struct risk_window w;
    double *returns, *mv, *pnl, *work, *c_mv, *component, *marginal;
};

static void setting_alloc(struct setting *s, size_t rows, size_t cols)
{
    s->w.rows = rows;
    s->w.cols = cols;
    s->returns = qf_xalloc(rows * cols * sizeof(double));
    s->mv = qf_xalloc(cols * sizeof(double));
    s->pnl = qf_xalloc(rows * sizeof(double));
    s->work = qf_xalloc(RISK_VARIANCE_WORK(rows, cols) * sizeof(double));
    s->c_mv = qf_xalloc(cols * sizeof(double));
    s->component = qf_xalloc(cols * sizeof(double));
    s->marginal = qf_xalloc(cols * sizeof(double));
    s->w.returns = s->returns;
    s->w.mv = s->mv;
}

static void setting_free(struct setting *s)
{
    double *const all[] = { s->returns, s->mv, s->pnl, s->work, s->c_mv, s->component, s->marginal };
    for (size_t i = 0; i < QF_LEN(all); i++)
        free(all[i]);
}

/* The W returns that end on row `asof`. */
static void setting_fill(struct setting *s, const struct portfolio *p, size_t asof)
{
    for (size_t i = 0; i < p->n; i++)
        s->mv[i] = p->quantities[i] * close_of(p, asof, i);
    for (size_t t = 0; t < s->w.rows; t++) {
        size_t row = asof + 1 - s->w.rows + t;
        for (size_t i = 0; i < p->n; i++)
            s->returns[t * p->n + i] = close_of(p, row, i) / close_of(p, row - 1, i) - 1;
    }
}

/* A named number or list of our own, beside what is expected of it. */
struct named {
    const char *name;
    double one;
    const double *many; /* NULL: `one` */
};

static void compare_list(struct setting *s, const char *name, struct json_object *want, const double *got)
{
    char what[48];
    double v;
    if (list_length(want) != s->w.cols)
        judge_fail(s->j, "%s has %zu numbers for %zu positions", name, list_length(want), s->w.cols);
    for (size_t i = 0; i < s->w.cols && i < list_length(want); i++) {
        qf_str_fmt(what, sizeof(what), "%s %zu", name, i);
        if (!number_of(item(want, i), &v))
            judge_fail(s->j, "%s is no number", what);
        judge_number(s->j, what, got[i], v, s->t);
    }
}

static void compare_named(struct setting *s, const char *name, struct json_object *want, const struct named *got, size_t n)
{
    double v;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(got[i].name, name) != 0)
            continue;
        if (got[i].many != NULL)
            compare_list(s, name, want, got[i].many);
        else if (number_of(want, &v))
            judge_number(s->j, name, got[i].one, v, s->t);
        else
            judge_fail(s->j, "%s is no number", name);
        return;
    }
    judge_fail(s->j, "no figure %s", name);
}

static void compare_all(struct setting *s, struct json_object *want, const struct named *got, size_t n)
{
    if (json_object_object_length(object_of(want)) == 0)
        judge_fail(s->j, "nothing to compare");
    json_object_object_foreach(object_of(want), name, value)
    {
        compare_named(s, name, value, got, n);
    }
}

static void judge_exposure(struct setting *s, struct json_object *want)
{
    struct risk_exposure e = { 0 };
    judge_begin(s->j, "%s exposure", s->id);
    if (risk_exposure(s->mv, s->w.cols, &e) != QF_OK)
        judge_fail(s->j, "a market value is not finite");
    const struct named got[] = { { "market_values", 0, s->mv }, { "gross", e.gross, NULL }, { "net", e.net, NULL },
                                 { "long", e.long_side, NULL }, { "short", e.short_side, NULL },
                                 { "largest_weight_of_gross", e.largest, NULL }, { "hhi_of_gross", e.hhi, NULL } };
    compare_all(s, want, got, QF_LEN(got));
    judge_end(s->j);
}

/* "0.99" or "0.99_10d". */
static bool level_of(const char *key, double *ret_confidence, double *ret_days)
{
    char *end;
    *ret_confidence = strtod(key, &end);
    *ret_days = 1;
    if (end == key || *end == '\0')
        return end != key;
    char *days = end + 1;
    *ret_days = strtod(days, &end);
    return days[-1] == '_' && end != days && strcmp(end, "d") == 0;
}

static void judge_historical(struct setting *s, const char *key, struct json_object *want)
{
    struct risk_tail tail = { 0 };
    double confidence, days;
    judge_begin(s->j, "%s historical %s", s->id, key);
    if (!level_of(key, &confidence, &days) || risk_pnl(&s->w, s->pnl) != QF_OK ||
        risk_historical(s->pnl, s->w.rows, confidence, days, &tail, s->work) != QF_OK)
        judge_fail(s->j, "out of range");
    const struct named got[] = { { "var", tail.var, NULL }, { "es", tail.es, NULL }, { "worst", tail.worst, NULL },
                                 { "best", tail.best, NULL }, { "mean", tail.mean, NULL } };
    compare_all(s, want, got, QF_LEN(got));
    judge_end(s->j);
}

static void judge_parametric(struct setting *s, const char *name, enum risk_weights how, double lambda, const char *key,
                             struct json_object *want)
{
    struct risk_variance v = { 0 };
    struct risk_normal r = { 0 };
    double confidence, days;
    judge_begin(s->j, "%s %s %s", s->id, name, key);
    if (!level_of(key, &confidence, &days) || risk_variance(&s->w, how, lambda, &v, s->c_mv, s->work) != QF_OK ||
        risk_normal(&v, confidence, days, &r) != QF_OK)
        judge_fail(s->j, "out of range");
    else
        risk_components(&r, s->c_mv, s->mv, s->w.cols, days, s->component, s->marginal);
    const struct named got[] = { { "sigma", r.sigma, NULL }, { "var", r.var, NULL }, { "es", r.es, NULL },
                                 { "component_var", 0, s->component }, { "marginal_var", 0, s->marginal },
                                 { "undiversified_var", r.undiversified_var, NULL } };
    compare_all(s, want, got, QF_LEN(got));
    judge_end(s->j);
}

static void judge_levels(struct setting *s, struct json_object *c)
{
    double lambda = member_number(c, "lambda", 0.94);
    json_object_object_foreach(object_of(member(c, "historical")), h_key, h_want)
    {
        judge_historical(s, h_key, h_want);
    }
    json_object_object_foreach(object_of(member(c, "parametric_ewma")), e_key, e_want)
    {
        judge_parametric(s, "ewma", RISK_EWMA, lambda, e_key, e_want);
    }
    json_object_object_foreach(object_of(member(c, "parametric_sample")), s_key, s_want)
    {
        judge_parametric(s, "sample", RISK_SAMPLE, lambda, s_key, s_want);
    }
}

/* The window as the case describes it. */
static bool window_of(struct judge *j, struct json_object *c, const struct portfolio *p, size_t *ret_asof, size_t *ret_rows)
{
    double rows = member_number(c, "window_returns", 0);
    char date[QF_TIME_TEXT];
    if (!row_at(j, p->file, member_text(c, "asof"), ret_asof))
        return false;
    if (!(rows >= 1 && rows <= (double)*ret_asof && rows == floor(rows))) {
        judge_fail(j, "no window of %g returns", rows);
        return false;
    }
    *ret_rows = (size_t)rows;
    if (member(c, "first_return_date") != NULL)
        judge_text(j, "first return", closes_date(p->file, *ret_asof + 1 - *ret_rows, date), member_text(c, "first_return_date"));
    return true;
}

static void judge_case(struct judge *j, struct json_object *c, struct tolerance t)
{
    struct setting s = { .j = j, .t = t, .id = member_text(c, "id") };
    struct portfolio p;
    size_t asof, rows;
    judge_begin(j, "%s", s.id);
    if (!portfolio_read(j, c, &p) || !window_of(j, c, &p, &asof, &rows)) {
        judge_end(j);
        portfolio_free(&p);
        return;
    }
    judge_end(j);
    setting_alloc(&s, rows, p.n);
    setting_fill(&s, &p, asof);
    if (member(c, "exposure") != NULL)
        judge_exposure(&s, member(c, "exposure"));
    judge_levels(&s, c);
    setting_free(&s);
    portfolio_free(&p);
}

/* --- back-tests */

static void compare_verdict(struct judge *j, struct json_object *b, struct tolerance t, const struct closes *file,
                            const struct backtest_verdict *v, const size_t *exceptions)
{
    struct json_object *dates = member(b, "exception_dates");
    char date[QF_TIME_TEXT];
    judge_number(j, "days", (double)v->days, member_number(b, "days", NAN), t);
    judge_number(j, "exceptions", (double)v->exceptions, member_number(b, "exceptions", NAN), t);
    judge_number(j, "lr", v->lr, member_number(b, "lr", NAN), t);
    judge_number(j, "p_value", v->p_value, member_number(b, "p_value", NAN), t);
    for (size_t i = 0; i < list_length(dates) && i < v->exceptions; i++)
        judge_text(j, "exception", closes_date(file, exceptions[i], date), text_of(item(dates, i)));
    if (dates != NULL && list_length(dates) != v->exceptions)
        judge_fail(j, "%zu exception dates, wanted %zu", v->exceptions, list_length(dates));
}

static void run_backtest(struct judge *j, struct json_object *b, struct tolerance t, const struct portfolio *p)
{
    struct backtest_in in = { .quantities = p->quantities, .rows = p->file->rows, .cols = p->n,
                              .confidence = member_number(b, "confidence", NAN) };
    struct backtest_verdict v;
    double window = member_number(b, "window_returns", 0);
    if (!row_at(j, p->file, member_text(b, "first_var_date"), &in.first) ||
        !row_at(j, p->file, member_text(b, "last_var_date"), &in.last))
        return;
    in.window = window >= 1 && window < (double)in.rows ? (size_t)window : 0;
    double *closes = qf_xalloc(in.rows * in.cols * sizeof(*closes));
    double *work = qf_xalloc(BACKTEST_WORK(in.window, in.cols) * sizeof(*work));
    size_t *exceptions = qf_xalloc(in.rows * sizeof(*exceptions));
    for (size_t row = 0; row < in.rows; row++)
        for (size_t i = 0; i < in.cols; i++)
            closes[row * in.cols + i] = close_of(p, row, i);
    in.closes = closes;
    if (backtest_run(&in, &v, NULL, exceptions, work) != QF_OK)
        judge_fail(j, "out of range");
    else
        compare_verdict(j, b, t, p->file, &v, exceptions);
    free(closes);
    free(work);
    free(exceptions);
}

static void judge_backtest(struct judge *j, struct json_object *b, struct tolerance t)
{
    struct portfolio p;
    judge_begin(j, "backtest %s %s %g", member_text(b, "file"), member_text(b, "portfolio"), member_number(b, "confidence", NAN));
    if (portfolio_read(j, b, &p))
        run_backtest(j, b, t, &p);
    judge_end(j);
    portfolio_free(&p);
}

void judge_risk(struct judge *j, struct json_object *doc)
{
    struct json_object *cases = member(doc, "cases"), *backtests = member(doc, "backtests");
    for (size_t i = 0; i < list_length(cases); i++)
        judge_case(j, item(cases, i), tolerance_of(doc));
    for (size_t i = 0; i < list_length(backtests); i++)
        judge_backtest(j, item(backtests, i), tolerance_of(doc));
}
