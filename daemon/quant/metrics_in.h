/* The functions behind the table of metrics, for metrics.c only. Each reads what its row says it needs, writes its
 * numbers to `out` and returns how many. They may be called with any N, also 0, except that rows with `least` are
 * not called below it. */
#ifndef QF_METRICS_IN_H
#define QF_METRICS_IN_H

#include "daemon/quant/metrics.h"
#include "daemon/quant/stats.h"

typedef size_t metric_fn(const struct metric_in *in, double *out);

/* metrics_growth.c: what compounds */
metric_fn metric_simple_returns, metric_cum_returns, metric_cum_return_final, metric_aggregate_returns;
metric_fn metric_annual_return, metric_max_drawdown, metric_calmar_ratio, metric_pain_index, metric_ulcer_index, metric_stability;
/* Level reached from 1 over these returns, missing ones counted as 0, and the yearly rate that gives. NaN for n = 0. */
double metric_growth(const double *returns, size_t n);
double metric_geometric(const double *returns, size_t n, double periods_per_year);

/* metrics_ratio.c: return for risk */
metric_fn metric_annual_volatility, metric_sharpe_ratio, metric_downside_risk, metric_sortino_ratio, metric_omega_ratio;
metric_fn metric_information_ratio, metric_tail_ratio, metric_value_at_risk, metric_conditional_value_at_risk;
metric_fn metric_adjusted_sharpe_ratio, metric_skewness_kurtosis_ratio;
metric_fn metric_kurtosis_sample, metric_kurtosis_sample_excess;

/* metrics_bench.c: against a benchmark */
metric_fn metric_beta, metric_alpha, metric_alpha_beta, metric_up_alpha_beta, metric_down_alpha_beta;
metric_fn metric_capture, metric_up_capture, metric_down_capture, metric_up_down_capture, metric_beta_fragility;
metric_fn metric_jensen_alpha, metric_specific_risk, metric_appraisal_ratio, metric_treynor_modified;
metric_fn metric_fama_beta, metric_m_squared;

/* metrics_partial.c: above and below a return */
metric_fn metric_downside_deviation, metric_downside_potential, metric_downside_frequency, metric_upside_risk;
metric_fn metric_upside_potential, metric_upside_frequency, metric_volatility_skewness, metric_variability_skewness;
metric_fn metric_omega_sharpe_ratio, metric_kappa, metric_bernardo_ledoit, metric_d_ratio;

/* metrics_trade.c: levels and closed trades */
metric_fn metric_cagr_levels, metric_expectancy, metric_expectancy_ratio, metric_equity_drawdown;

#endif
