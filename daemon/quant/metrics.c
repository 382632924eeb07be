/* The table of metrics, and how a row is found, asked and explained. */
#include "daemon/quant/metrics_in.h"

#include <math.h>
#include <string.h>

#define R METRIC_RETURNS
#define RB (METRIC_RETURNS | METRIC_BENCHMARK)
#define FRACTION METRIC_FRACTION
#define NUMBER METRIC_NUMBER

/* Why a number is undefined although there are enough elements. */
#define SAME "the returns do not differ"
#define NO_FALL "no drawdown"
#define NO_DOWN "no return below the required one"
#define STILL "the benchmark does not move"
#define ONE_SIDED "no periods with the benchmark on this side"
#define NO_LOSS "no losses"
#define BELOW_ZERO "the level fell below zero"

/* A row of one number: most of them. */
#define ONE(name, fn, needs, least, unit, annual, undefined, convention) \
    { name, convention, undefined, needs, least, METRIC_ONE, unit, annual, ((needs) & R) != 0, fn }

static const struct metric rows[] = {
    { "simple_returns", "p[i]/p[i-1] - 1", NULL, METRIC_PRICES, 0, METRIC_SERIES, FRACTION, false, false, metric_simple_returns },
    { "cum_returns", "running product of 1 + r, missing = 0; minus 1 when it starts from 0, else times the starting value", NULL, R, 0,
      METRIC_SERIES, FRACTION, false, false, metric_cum_returns },
    ONE("cum_return_final", metric_cum_return_final, R, 0, FRACTION, false, NULL,
        "product of 1 + r, missing = 0; minus 1 when it starts from 0, else times the starting value"),
    { "aggregate_returns", "compounded per ISO week, month, quarter or year", NULL, R | METRIC_DATES, 0, METRIC_SERIES, FRACTION, false,
      false, metric_aggregate_returns },
    ONE("max_drawdown", metric_max_drawdown, R, 0, FRACTION, false, NULL,
        "lowest level/peak - 1; the first peak is the capital at the start"),
    ONE("annual_return", metric_annual_return, R, 0, FRACTION, true, BELOW_ZERO, "(product of 1 + r)^(A/N) - 1; N counts missing ones"),
    ONE("cagr", metric_annual_return, R, 0, FRACTION, true, BELOW_ZERO, "(product of 1 + r)^(A/N) - 1; N counts missing ones"),
    ONE("annual_volatility", metric_annual_volatility, R, 2, FRACTION, true, NULL, "sd x sqrt(A)"),
    ONE("sharpe_ratio", metric_sharpe_ratio, R, 2, NUMBER, true, SAME, "mean(r - rf)/sd(r - rf) x sqrt(A); rf per period"),
    ONE("downside_risk", metric_downside_risk, R, 0, FRACTION, true, NULL,
        "sqrt(mean(min(r - q, 0)^2)) x sqrt(A) over all n; q per period"),
    ONE("sortino_ratio", metric_sortino_ratio, R, 2, NUMBER, true, NO_DOWN, "mean(r - q) x A / downside risk; q per period"),
    ONE("calmar_ratio", metric_calmar_ratio, R, 0, NUMBER, true, NO_FALL, "annual return / |max drawdown|"),
    ONE("omega_ratio", metric_omega_ratio, R, 2, NUMBER, true, NO_DOWN,
        "x = r - rf - ((1 + q)^(1/A) - 1), q a year; sum of x > 0 over -sum of x < 0"),
    ONE("information_ratio", metric_information_ratio, R, 2, NUMBER, false, "the difference to the benchmark does not move",
        "mean(r - b)/sd(r - b), not annualised"),
    ONE("beta", metric_beta, RB, 0, NUMBER, false, STILL, "cov(r, b)/var(b) over pairs where both are present"),
    ONE("alpha", metric_alpha, RB, 2, FRACTION, true, STILL, "(1 + mean(r - beta b))^A - 1"),
    { "alpha_beta", "alpha and beta on all pairs", STILL, RB, 0, METRIC_PAIR, NUMBER, true, true, metric_alpha_beta },
    { "up_alpha_beta", "alpha and beta on the periods with b > 0", ONE_SIDED, RB, 0, METRIC_PAIR, NUMBER, true, true,
      metric_up_alpha_beta },
    { "down_alpha_beta", "alpha and beta on the periods with b < 0", ONE_SIDED, RB, 0, METRIC_PAIR, NUMBER, true, true,
      metric_down_alpha_beta },
    ONE("capture", metric_capture, RB, 0, NUMBER, true, STILL, "annual return of r / annual return of b"),
    ONE("up_capture", metric_up_capture, RB, 0, NUMBER, true, ONE_SIDED, "capture on the periods with b > 0"),
    ONE("down_capture", metric_down_capture, RB, 0, NUMBER, true, ONE_SIDED, "capture on the periods with b < 0"),
    ONE("up_down_capture", metric_up_down_capture, RB, 0, NUMBER, true, ONE_SIDED, "up capture / down capture"),
    ONE("stability_of_timeseries", metric_stability, R, 2, NUMBER, false, SAME, "R^2 of the cumulated log(1 + r) on 0, 1, 2 ..."),
    ONE("tail_ratio", metric_tail_ratio, R, 0, NUMBER, false, "the 5th percentile is 0", "|95th percentile| / |5th percentile|"),
    ONE("value_at_risk", metric_value_at_risk, R, 0, FRACTION, false, NULL, "the cutoff quantile of r; a loss is negative"),
    ONE("conditional_value_at_risk", metric_conditional_value_at_risk, R, 0, FRACTION, false, NULL,
        "mean of the k + 1 smallest r, k = floor((n - 1) x cutoff)"),
    ONE("beta_fragility_heuristic", metric_beta_fragility, RB, 3, FRACTION, false, "no pairs",
        "first, middle and last pair by b: return weighted from the ends less that of the middle"),
    { "cagr_levels", "(end/start)^(365/days) - 1", "start or days are 0", METRIC_LEVELS, 0, METRIC_ONE, FRACTION, false, false,
      metric_cagr_levels },
    ONE("expectancy", metric_expectancy, METRIC_PROFITS, 0, METRIC_MONEY, false, NULL, "P(win) x mean win - P(loss) x mean loss"),
    ONE("expectancy_ratio", metric_expectancy_ratio, METRIC_PROFITS, 0, NUMBER, false, NO_LOSS,
        "(1 + mean win / mean loss) x P(win) - 1"),
    { "equity_drawdown", "deepest fall of start + running sum: fall, fall/peak, trade at the peak (-1 = start), trade at the trough",
      NO_FALL, METRIC_PROFITS, 0, METRIC_FOUR, METRIC_MIXED, false, false, metric_equity_drawdown },
    ONE("downside_deviation", metric_downside_deviation, R, 0, FRACTION, false, NULL, "sqrt(mean(max(mar - r, 0)^2)) over all n"),
    ONE("downside_potential", metric_downside_potential, R, 0, FRACTION, false, NULL, "mean(max(mar - r, 0)) over all n"),
    ONE("downside_frequency", metric_downside_frequency, R, 0, FRACTION, false, NULL, "share of r < mar"),
    ONE("upside_risk", metric_upside_risk, R, 0, FRACTION, false, NULL, "sqrt(mean(max(r - mar, 0)^2)) over all n"),
    ONE("upside_potential", metric_upside_potential, R, 0, FRACTION, false, NULL, "mean(max(r - mar, 0)) over all n"),
    ONE("upside_frequency", metric_upside_frequency, R, 0, FRACTION, false, NULL, "share of r > mar"),
    ONE("volatility_skewness", metric_volatility_skewness, R, 0, NUMBER, false, NO_DOWN, "upper / lower second moment about mar"),
    ONE("variability_skewness", metric_variability_skewness, R, 0, NUMBER, false, NO_DOWN,
        "square root of the upper / lower second moment about mar"),
    ONE("omega_sharpe_ratio", metric_omega_sharpe_ratio, R, 0, NUMBER, false, NO_DOWN,
        "(upside potential - downside potential) / downside potential"),
    ONE("kappa", metric_kappa, R, 0, NUMBER, false, NO_DOWN, "(mean - mar) / (lower moment of this order)^(1/order)"),
    ONE("bernardo_ledoit", metric_bernardo_ledoit, R, 0, NUMBER, false, NO_LOSS, "sum of gains / sum of losses"),
    ONE("d_ratio", metric_d_ratio, R, 0, NUMBER, false, "no gains", "(losses x sum of losses) / (gains x sum of gains)"),
    ONE("pain_index", metric_pain_index, R, 0, FRACTION, false, NULL, "mean of |drawdown| after each return"),
    ONE("ulcer_index", metric_ulcer_index, R, 0, FRACTION, false, NULL, "root mean square of the drawdown after each return"),
    ONE("adjusted_sharpe_ratio", metric_adjusted_sharpe_ratio, R, 0, NUMBER, true, SAME,
        "S (1 + skew/6 S - (kurtosis - 3)/24 S^2), S = annual return / (sd sqrt(A)); moments"),
    ONE("skewness_kurtosis_ratio", metric_skewness_kurtosis_ratio, R, 0, NUMBER, false, SAME, "moment skewness / moment kurtosis"),
    ONE("kurtosis_sample", metric_kurtosis_sample, R, 4, NUMBER, false, SAME,
        "n(n+1)/((n-1)(n-2)(n-3)) x sum((r - mean)^4)/sd^4"),
    ONE("kurtosis_sample_excess", metric_kurtosis_sample_excess, R, 4, NUMBER, false, SAME,
        "sample kurtosis - 3(n-1)^2/((n-2)(n-3))"),
    ONE("jensen_alpha", metric_jensen_alpha, RB, 0, FRACTION, true, STILL, "annual return of r - beta x annual return of b"),
    ONE("specific_risk", metric_specific_risk, RB, 0, FRACTION, true, STILL, "population sd of r - beta b, x sqrt(A)"),
    ONE("appraisal_ratio", metric_appraisal_ratio, RB, 0, NUMBER, true, STILL, "Jensen's alpha / specific risk"),
    ONE("treynor_ratio_modified", metric_treynor_modified, RB, 0, NUMBER, true, STILL,
        "annual return / (|beta| x population sd of b x sqrt(A))"),
    ONE("fama_beta", metric_fama_beta, RB, 0, NUMBER, false, STILL, "population sd of r / that of b"),
    ONE("m_squared", metric_m_squared, RB, 0, FRACTION, true, SAME, "annual return x sd of b / sd of r"),
};

struct metric_in metric_defaults(void)
{
    return (struct metric_in){ .periods_per_year = 252, .cutoff = 0.05, .order = 2, .to = METRIC_MONTH };
}

const struct metric *metric_rows(size_t *ret_n)
{
    *ret_n = QF_LEN(rows);
    return rows;
}

static const struct metric *by_name(const char *name)
{
    for (size_t i = 0; i < QF_LEN(rows); i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

const struct metric *metric_find(const char *name, bool *ret_roll)
{
    const struct metric *m = by_name(name);
    *ret_roll = false;
    if (m != NULL || strncmp(name, "roll_", 5) != 0)
        return m;
    m = by_name(name + 5);
    *ret_roll = m != NULL && m->rolls;
    return *ret_roll ? m : NULL;
}

static size_t width(const struct metric *m)
{
    return m->shape == METRIC_FOUR ? 4 : m->shape == METRIC_PAIR ? 2 : 1;
}

size_t metric_room(const struct metric *m, bool roll, size_t n)
{
    return roll || m->shape == METRIC_SERIES ? n * width(m) : width(m);
}

/* --- asking */

static bool has_inputs(const struct metric *m, const struct metric_in *in)
{
    if (in->n == 0)
        return true;
    if ((m->needs & METRIC_LEVELS) == 0 && in->values == NULL)
        return false;
    if ((m->needs & METRIC_BENCHMARK) != 0 && in->benchmark == NULL)
        return false;
    return (m->needs & METRIC_DATES) == 0 || in->dates != NULL;
}

static bool dates_ascend(const struct metric_in *in)
{
    for (size_t i = 1; i < in->n; i++)
        if (in->dates[i] < in->dates[i - 1])
            return false;
    return true;
}

static bool good_params(const struct metric *m, const struct metric_in *in)
{
    return in->periods_per_year > 0 && in->cutoff >= 0 && in->cutoff <= 1 && in->order > 0 && in->to <= METRIC_YEAR &&
           ((m->needs & METRIC_DATES) == 0 || dates_ascend(in));
}

static size_t nothing(const struct metric *m, double *out)
{
    size_t n = m->shape == METRIC_SERIES ? 0 : width(m);
    for (size_t i = 0; i < n; i++)
        out[i] = NAN;
    return n;
}

static size_t ask(const struct metric *m, const struct metric_in *in, double *out)
{
    return in->n < m->least ? nothing(m, out) : m->fn(in, out);
}

enum qf_err metric_eval(const struct metric *m, const struct metric_in *in, double *out, size_t *ret_n)
{
    if (!has_inputs(m, in))
        return QF_ENOENT;
    if (!good_params(m, in))
        return QF_ERANGE;
    *ret_n = ask(m, in, out);
    return QF_OK;
}

/* The `n` elements from `first` on. */
static struct metric_in window_of(const struct metric_in *in, size_t first, size_t n)
{
    struct metric_in w = *in;
    w.values = in->values + first;
    w.benchmark = in->benchmark == NULL ? NULL : in->benchmark + first;
    w.risk_free = in->risk_free == NULL ? NULL : in->risk_free + first;
    w.required = in->required == NULL ? NULL : in->required + first;
    w.n = n;
    return w;
}

enum qf_err metric_roll(const struct metric *m, const struct metric_in *in, size_t window, double *out, size_t *ret_n)
{
    if (!m->rolls || !has_inputs(m, in))
        return QF_ENOENT;
    if (window == 0 || !good_params(m, in))
        return QF_ERANGE;
    *ret_n = 0;
    for (size_t first = 0; first + window <= in->n; first++) {
        struct metric_in w = window_of(in, first, window);
        *ret_n += ask(m, &w, out + *ret_n);
    }
    return QF_OK;
}

const char *metric_reason(const struct metric *m, const struct metric_in *in, double value)
{
    static const char *const fewer[] = { "no values", "no values", "fewer than 2 values", "fewer than 3 values",
                                         "fewer than 4 values" };
    if (isfinite(value))
        return NULL;
    if ((m->needs & METRIC_LEVELS) != 0)
        return m->undefined;
    size_t least = m->least > 0 ? m->least : 1, present = stat_count(in->values, in->n);
    qf_assert(least < QF_LEN(fewer));
    if (in->n < least)
        return fewer[least];
    if (present < least)
        return present == 0 ? "all values are missing" : "too many values are missing";
    return m->undefined != NULL ? m->undefined : "a value is not finite";
}
