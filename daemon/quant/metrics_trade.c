/* Levels and closed trades: money, not returns. */
#include "daemon/quant/metrics_in.h"

#include <math.h>

#define DAYS_A_YEAR 365

size_t metric_cagr_levels(const struct metric_in *in, double *out)
{
    *out = pow(in->end / in->start, DAYS_A_YEAR / in->days) - 1;
    return 1;
}

/* Profits and losses of closed trades, losses as positive money. The mean of none is 0: a desk that never won has
 * won nothing. */
struct outcome {
    double won, lost;
    double wins, losses, trades;
};

static struct outcome outcome_of(const struct metric_in *in)
{
    struct outcome o = { .trades = (double)stat_count(in->values, in->n) };
    for (size_t i = 0; i < in->n; i++) {
        o.won += in->values[i] > 0 ? in->values[i] : 0;
        o.wins += in->values[i] > 0 ? 1 : 0;
        o.lost -= in->values[i] < 0 ? in->values[i] : 0;
        o.losses += in->values[i] < 0 ? 1 : 0;
    }
    return o;
}

static double mean_of(double sum, double count)
{
    return count > 0 ? sum / count : 0;
}

size_t metric_expectancy(const struct metric_in *in, double *out)
{
    struct outcome o = outcome_of(in);
    *out = o.wins / o.trades * mean_of(o.won, o.wins) - o.losses / o.trades * mean_of(o.lost, o.losses);
    return 1;
}

size_t metric_expectancy_ratio(const struct metric_in *in, double *out)
{
    struct outcome o = outcome_of(in);
    *out = (1 + mean_of(o.won, o.wins) / mean_of(o.lost, o.losses)) * (o.wins / o.trades) - 1;
    return 1;
}

size_t metric_equity_drawdown(const struct metric_in *in, double *out)
{
    double equity = in->start, peak = in->start, peak_at = -1, worst = 0;
    out[0] = out[1] = in->n > 0 ? 0 : NAN;
    out[2] = out[3] = NAN;
    for (size_t i = 0; i < in->n; i++) {
        equity += isnan(in->values[i]) ? 0 : in->values[i];
        if (equity >= peak) {
            peak = equity;
            peak_at = (double)i;
            continue;
        }
        double fall = peak - equity, part = fall / peak;
        if (!((in->relative ? part : fall) > worst))
            continue;
        worst = in->relative ? part : fall;
        out[0] = fall;
        out[1] = part;
        out[2] = peak_at;
        out[3] = (double)i;
    }
    return 4;
}
