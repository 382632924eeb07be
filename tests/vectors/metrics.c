/* quantumfond/metric-vectors: metrics by name on named series, and properties that compare one metric's results. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "daemon/quant/metrics.h"
#include "tests/vectors/judge.h"

/* --- parameters */

static const struct {
    const char *name;
    size_t at;
} numbers[] = {
    { "periods_per_year", offsetof(struct metric_in, periods_per_year) },
    { "risk_free", offsetof(struct metric_in, risk_free_rate) },
    { "required_return", offsetof(struct metric_in, required_return) },
    { "benchmark_constant", offsetof(struct metric_in, benchmark_constant) },
    { "cutoff", offsetof(struct metric_in, cutoff) },
    { "mar", offsetof(struct metric_in, mar) },
    { "order", offsetof(struct metric_in, order) },
    { "starting_value", offsetof(struct metric_in, starting_value) },
    { "start", offsetof(struct metric_in, start) },
    { "end", offsetof(struct metric_in, end) },
    { "days", offsetof(struct metric_in, days) },
};

static bool bucket_param(const char *word, enum metric_bucket *ret)
{
    static const char *const words[] = { "weekly", "monthly", "quarterly", "yearly" };
    for (size_t i = 0; i < QF_LEN(words); i++)
        if (strcmp(words[i], word) == 0) {
            *ret = (enum metric_bucket)i;
            return true;
        }
    return false;
}

static bool one_param(const char *name, struct json_object *value, struct metric_in *in, size_t *ret_window)
{
    double v;
    if (strcmp(name, "to") == 0)
        return bucket_param(text_of(value), &in->to);
    if (strcmp(name, "relative") == 0) {
        in->relative = json_object_get_boolean(value) != 0;
        return json_object_is_type(value, json_type_boolean);
    }
    if (!number_of(value, &v))
        return false;
    if (strcmp(name, "window") == 0) {
        *ret_window = v >= 1 && v < 1e9 ? (size_t)v : 0;
        return *ret_window > 0;
    }
    for (size_t i = 0; i < QF_LEN(numbers); i++)
        if (strcmp(numbers[i].name, name) == 0) {
            *(double *)((char *)in + numbers[i].at) = v;
            return true;
        }
    return false;
}

bool metric_params(struct judge *j, struct json_object *params, struct metric_in *in, size_t *ret_window)
{
    json_object_object_foreach(object_of(params), name, value)
    {
        if (!one_param(name, value, in, ret_window)) {
            judge_fail(j, "parameter %s is not known, or not of its kind", name);
            return false;
        }
    }
    return true;
}

bool metric_numbers(struct judge *j, const char *name, struct metric_in *in, size_t window, double **ret, size_t *ret_n)
{
    bool roll;
    const struct metric *m = metric_find(name, &roll);
    if (m == NULL) {
        judge_fail(j, "no metric %s", name);
        return false;
    }
    double *out = qf_xalloc((metric_room(m, roll, in->n) + 1) * sizeof(*out));
    in->work = qf_xalloc((METRIC_WORK(in->n) + 1) * sizeof(*in->work));
    enum qf_err err = roll ? metric_roll(m, in, window, out, ret_n) : metric_eval(m, in, out, ret_n);
    free(in->work);
    in->work = NULL;
    if (err == QF_OK) {
        *ret = out;
        return true;
    }
    free(out);
    judge_fail(j, "%s: %s", name, qf_err_text(err));
    return false;
}

/* --- series */

enum role { VALUES, BENCHMARK, RISK_FREE, REQUIRED, ROLES };

/* One input as it stands in the vector. */
struct series {
    bool given;
    double *values;
    int32_t *days; /* NULL: no dates */
    size_t n;
};

struct inputs {
    struct series each[ROLES];
    struct series dates; /* an input of its own; only days */
};

static int role_of(const char *name)
{
    static const char *const names[][3] = { { "returns", "prices", "pnl" }, { "benchmark" }, { "risk_free_series" }, { "required_return_series" } };
    for (int role = 0; role < ROLES; role++)
        for (size_t i = 0; i < QF_LEN(names[role]) && names[role][i] != NULL; i++)
            if (strcmp(names[role][i], name) == 0)
                return role;
    return -1;
}

static bool read_values(struct json_object *list, struct series *s)
{
    s->n = list_length(list);
    s->values = qf_xalloc((s->n + 1) * sizeof(*s->values));
    for (size_t i = 0; i < s->n; i++)
        if (!number_of(item(list, i), &s->values[i]))
            return false;
    return json_object_is_type(list, json_type_array);
}

static bool read_days(struct json_object *list, struct series *s)
{
    size_t n = list_length(list);
    if (n == 0)
        return true;
    s->days = qf_xalloc(n * sizeof(*s->days));
    for (size_t i = 0; i < n; i++) {
        const char *text = text_of(item(list, i));
        qf_time t;
        if (qf_time_parse(text, strlen(text), &t) != QF_OK)
            return false;
        s->days[i] = (int32_t)(t / QF_DAY);
    }
    return s->values == NULL || n == s->n;
}

/* A list, or the name of a series of the document; `days_only`: its dates are meant. */
static bool read_series(struct json_object *doc, struct json_object *value, bool days_only, struct series *s)
{
    s->given = true;
    struct json_object *named = member(member(doc, "series"), text_of(value));
    if (json_object_is_type(value, json_type_array)) {
        s->n = list_length(value);
        return days_only ? read_days(value, s) : read_values(value, s);
    }
    if (named == NULL)
        return false;
    if (days_only) {
        s->n = list_length(member(named, "dates"));
        return s->n > 0 && read_days(member(named, "dates"), s);
    }
    return read_values(member(named, "values"), s) && read_days(member(named, "dates"), s);
}

/* What is no input (shift, params) is passed over. */
static bool read_inputs(struct judge *j, struct json_object *doc, struct json_object *from, struct inputs *in)
{
    json_object_object_foreach(object_of(from), name, value)
    {
        int role = role_of(name);
        bool days = strcmp(name, "dates") == 0;
        if (role < 0 && !days)
            continue;
        if (!read_series(doc, value, days, days ? &in->dates : &in->each[role])) {
            judge_fail(j, "input %s is no series", name);
            return false;
        }
    }
    return true;
}

static void free_inputs(struct inputs *in)
{
    for (int i = 0; i < ROLES; i++) {
        free(in->each[i].values);
        free(in->each[i].days);
    }
    free(in->dates.days);
}

/* --- several series on one line of time */

static bool same_line(const struct series *a, const struct series *b)
{
    if (!b->given || a == b)
        return true;
    return a->n == b->n && (a->days == NULL || b->days == NULL || memcmp(a->days, b->days, a->n * sizeof(*a->days)) == 0);
}

static bool all_dated(const struct inputs *in)
{
    for (int i = 0; i < ROLES; i++)
        if (in->each[i].given && in->each[i].days == NULL)
            return false;
    return true;
}

/* All days of all series, ascending, each once. */
static size_t all_days(const struct inputs *in, int32_t *out)
{
    size_t at[ROLES] = { 0 }, n = 0;
    for (;;) {
        int32_t next = INT32_MAX;
        for (int i = 0; i < ROLES; i++)
            if (in->each[i].given && at[i] < in->each[i].n && in->each[i].days[at[i]] < next)
                next = in->each[i].days[at[i]];
        if (next == INT32_MAX)
            return n;
        for (int i = 0; i < ROLES; i++)
            while (in->each[i].given && at[i] < in->each[i].n && in->each[i].days[at[i]] <= next)
                at[i]++;
        out[n++] = next;
    }
}

/* Spreads a series over the days given; missing where it has none. */
static void spread(struct series *s, const int32_t *days, size_t n)
{
    double *values = qf_xalloc((n + 1) * sizeof(*values));
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        values[i] = NAN;
        for (; at < s->n && s->days[at] <= days[i]; at++)
            values[i] = s->values[at];
    }
    free(s->values);
    s->values = values;
    s->n = n;
}

/* Series of other lengths or days are laid side by side by day; without days only an empty one can be met, and then
 * nothing is left. */
static bool align(struct judge *j, struct inputs *in, size_t *ret_n)
{
    bool same = true, empty = false;
    size_t total = 0;
    *ret_n = in->each[VALUES].n;
    for (int i = 0; i < ROLES; i++) {
        same = same && same_line(&in->each[VALUES], &in->each[i]);
        empty = empty || (in->each[i].given && in->each[i].n == 0);
        total += in->each[i].n;
    }
    if (same || empty) {
        *ret_n = empty ? 0 : *ret_n;
        return true;
    }
    if (!all_dated(in)) {
        judge_fail(j, "series of different lengths");
        return false;
    }
    int32_t *days = qf_xalloc(total * sizeof(*days));
    *ret_n = all_days(in, days);
    for (int i = 0; i < ROLES; i++)
        if (in->each[i].given)
            spread(&in->each[i], days, *ret_n);
    free(days);
    return true;
}

/* --- one evaluation */

static bool evaluate(struct judge *j, struct json_object *doc, const char *metric, struct json_object *from, struct json_object *params,
                     double shift, double **ret, size_t *ret_n)
{
    struct inputs s = { 0 };
    struct metric_in in = metric_defaults();
    size_t window = 0;
    bool good = read_inputs(j, doc, from, &s) && align(j, &s, &in.n) && metric_params(j, params, &in, &window);
    if (good && s.dates.given && s.dates.n != in.n) {
        judge_fail(j, "%zu dates for %zu values", s.dates.n, in.n);
        good = false;
    }
    for (size_t i = 0; good && i < in.n; i++)
        s.each[VALUES].values[i] += shift;
    in.values = s.each[VALUES].values;
    in.benchmark = s.each[BENCHMARK].values;
    in.risk_free = s.each[RISK_FREE].values;
    in.required = s.each[REQUIRED].values;
    in.dates = s.dates.days;
    good = good && metric_numbers(j, metric, &in, window, ret, ret_n);
    free_inputs(&s);
    return good;
}

/* --- cases */

/* Expected numbers, flat: a number, a list, or a list of pairs. */
static size_t flatten(struct json_object *o, double *out, size_t n)
{
    if (!json_object_is_type(o, json_type_array))
        return number_of(o, &out[n]) ? n + 1 : n;
    for (size_t i = 0; i < list_length(o); i++)
        n = flatten(item(o, i), out, n);
    return n;
}

static size_t leaves(struct json_object *o)
{
    size_t n = 0;
    if (!json_object_is_type(o, json_type_array))
        return 1;
    for (size_t i = 0; i < list_length(o); i++)
        n += leaves(item(o, i));
    return n;
}

static void compare(struct judge *j, struct json_object *expected, double abs_tol, const double *got, size_t n)
{
    size_t wanted = leaves(expected);
    double *want = qf_xalloc((wanted + 1) * sizeof(*want));
    char what[32];
    if (flatten(expected, want, 0) != wanted)
        judge_fail(j, "what is expected is no number");
    else if (n != wanted)
        judge_fail(j, "%zu numbers, wanted %zu", n, wanted);
    for (size_t i = 0; i < n && n == wanted && j->why[0] == '\0'; i++) {
        qf_str_fmt(what, sizeof(what), n == 1 ? "value" : "value %zu", i);
        judge_number(j, what, got[i], want[i], (struct tolerance){ .absolute = abs_tol });
    }
    free(want);
}

static void judge_case(struct judge *j, struct json_object *doc, struct json_object *c)
{
    double *got;
    size_t n;
    judge_begin(j, "%s", member_text(c, "id"));
    if (evaluate(j, doc, member_text(c, "metric"), member(c, "inputs"), member(c, "params"), 0, &got, &n)) {
        compare(j, member(c, "expected"), member_number(c, "abs_tol", 0), got, n);
        free(got);
    }
    judge_end(j);
}

/* --- properties */

#define MOST_TERMS 64

static bool in_order(const char *relation, double a, double b, double slack)
{
    double little = fmax(slack, 1e-12 * fmax(fabs(a), fabs(b)));
    if (strcmp(relation, "==") == 0)
        return judge_agrees(a, b, (struct tolerance){ .absolute = little });
    if (strcmp(relation, "<=") == 0 || strcmp(relation, ">=") == 0)
        return relation[0] == '<' ? a <= b + little : a >= b - little;
    if (strcmp(relation, "<") == 0 || strcmp(relation, ">") == 0)
        return relation[0] == '<' ? a < b : a > b;
    return strcmp(relation, "!=") == 0 && a != b;
}

/* The results as they were computed elsewhere: order alone would also hold for other numbers. */
static void compare_values(struct judge *j, struct json_object *values, double abs_tol, const double *got, size_t n)
{
    struct tolerance t = { fmax(abs_tol, 1e-8), 1e-8 };
    double want;
    for (size_t i = 0; i < n && i < list_length(values); i++)
        if (number_of(item(values, i), &want))
            judge_number(j, "a term", got[i], want, t);
}

static void judge_property(struct judge *j, struct json_object *doc, struct json_object *p)
{
    struct json_object *terms = member(p, "terms");
    const char *metric = member_text(p, "metric"), *relation = member_text(p, "relation");
    double got[MOST_TERMS], abs_tol = member_number(p, "abs_tol", 0), *out;
    size_t n = list_length(terms), out_n;
    judge_begin(j, "%s", member_text(p, "id"));
    if (n < 2 || n > MOST_TERMS)
        judge_fail(j, "%zu terms", n);
    for (size_t i = 0; i < n && j->why[0] == '\0'; i++) {
        struct json_object *t = item(terms, i);
        if (!evaluate(j, doc, metric, t, member(t, "params"), member_number(t, "shift", 0), &out, &out_n))
            break;
        got[i] = out_n > 0 ? out[0] : NAN;
        if (i > 0 && !in_order(relation, got[i - 1], got[i], abs_tol))
            judge_fail(j, "%.15g %s %.15g does not hold", got[i - 1], relation, got[i]);
        free(out);
    }
    if (j->why[0] == '\0')
        compare_values(j, member(p, "values"), abs_tol, got, n);
    judge_end(j);
}

void judge_metrics(struct judge *j, struct json_object *doc)
{
    struct json_object *cases = member(doc, "cases"), *properties = member(doc, "properties");
    for (size_t i = 0; i < list_length(cases); i++)
        judge_case(j, doc, item(cases, i));
    for (size_t i = 0; i < list_length(properties); i++)
        judge_property(j, doc, item(properties, i));
}
