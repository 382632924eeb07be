#include "daemon/quant/tradestats.h"

#include <math.h>
#include <string.h>

#include "daemon/quant/stats.h"

#define DAYS_A_YEAR 365.0

/* --- counting; side +1: trades won, -1: lost */

static bool is_side(double profit, int side)
{
    return side > 0 ? profit > 0 : profit < 0;
}

static double count_of(const struct trade_in *in, int side)
{
    double count = 0;
    for (size_t i = 0; i < in->n; i++)
        count += is_side(in->profits[i], side) ? 1 : 0;
    return count;
}

static double sum_of(const struct trade_in *in, int side)
{
    double sum = 0;
    for (size_t i = 0; i < in->n; i++)
        sum += is_side(in->profits[i], side) ? in->profits[i] : 0;
    return sum;
}

static double largest_of(const struct trade_in *in, int side)
{
    double most = NAN;
    for (size_t i = 0; i < in->n; i++)
        if (is_side(in->profits[i], side) && !(fabs(in->profits[i]) <= fabs(most)))
            most = in->profits[i];
    return most;
}

static double streak_of(const struct trade_in *in, int side)
{
    double longest = 0, run = 0;
    for (size_t i = 0; i < in->n; i++) {
        run = is_side(in->profits[i], side) ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

/* --- the rows */

static double trades(const struct trade_in *in)
{
    return (double)in->n;
}

static double win_rate(const struct trade_in *in)
{
    return count_of(in, 1) / (double)in->n;
}

static double profit_factor(const struct trade_in *in)
{
    return sum_of(in, 1) / -sum_of(in, -1);
}

static double average_win(const struct trade_in *in)
{
    return sum_of(in, 1) / count_of(in, 1);
}

static double average_loss(const struct trade_in *in)
{
    return sum_of(in, -1) / count_of(in, -1);
}

static double payoff_ratio(const struct trade_in *in)
{
    return average_win(in) / -average_loss(in);
}

static double largest_win(const struct trade_in *in)
{
    return largest_of(in, 1);
}

static double largest_loss(const struct trade_in *in)
{
    return largest_of(in, -1);
}

static double mean_holding(const struct trade_in *in)
{
    return stat_mean(in->days, in->n);
}

static double median_holding(const struct trade_in *in)
{
    return stat_quantile(in->work, stat_present(in->days, in->n, in->work), 0.5);
}

static double longest_win_streak(const struct trade_in *in)
{
    return streak_of(in, 1);
}

static double longest_loss_streak(const struct trade_in *in)
{
    return streak_of(in, -1);
}

static double current_streak(const struct trade_in *in)
{
    int side = in->n == 0 ? 0 : (in->profits[in->n - 1] > 0) - (in->profits[in->n - 1] < 0);
    double run = 0;
    for (size_t i = in->n; side != 0 && i > 0 && is_side(in->profits[i - 1], side); i--)
        run += side;
    return run;
}

static double turnover(const struct trade_in *in)
{
    return in->capital > 0 ? in->traded / in->capital * (DAYS_A_YEAR / in->span) : NAN;
}

#define NO_LOSS "no trade lost"
#define NO_WIN "no trade won"

static const struct trade_row rows[] = {
    { "trades", "count", "round trips closed in the range", NULL, true, trades },
    { "win_rate", "fraction", "trades with a profit net of fees / trades", NULL, false, win_rate },
    { "profit_factor", "number", "sum of won / sum of lost, net of fees", NO_LOSS, false, profit_factor },
    { "payoff_ratio", "number", "average win / average loss", "no trade won, or none lost", false, payoff_ratio },
    { "average_win", "money", "mean of the trades won, net of fees", NO_WIN, false, average_win },
    { "average_loss", "money", "mean of the trades lost, net of fees; below 0", NO_LOSS, false, average_loss },
    { "largest_win", "money", "the largest profit of one trade, net of fees", NO_WIN, false, largest_win },
    { "largest_loss", "money", "the largest loss of one trade, net of fees; below 0", NO_LOSS, false, largest_loss },
    { "mean_holding_days", "days", "mean time from first to last fill, market time", NULL, false, mean_holding },
    { "median_holding_days", "days", "median time from first to last fill, market time", NULL, false, median_holding },
    { "longest_win_streak", "count", "most trades won in a row, in the order they were closed", NULL, false, longest_win_streak },
    { "longest_loss_streak", "count", "most trades lost in a row, in the order they were closed", NULL, false, longest_loss_streak },
    { "current_streak", "count", "trades won (above 0) or lost (below 0) in a row up to the last one", NULL, false, current_streak },
    { "turnover", "number", "(bought + sold) / mean of the closes of equity, x 365 / days of the range",
      "no equity it could be held against", true, turnover },
};

const struct trade_row *trade_rows(size_t *ret_n)
{
    *ret_n = QF_LEN(rows);
    return rows;
}

const struct trade_row *trade_find(const char *name)
{
    for (size_t i = 0; i < QF_LEN(rows); i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

double trade_eval(const struct trade_row *row, const struct trade_in *in)
{
    return in->n == 0 && !row->always ? NAN : row->fn(in);
}

const char *trade_reason(const struct trade_row *row, const struct trade_in *in, double value)
{
    if (isfinite(value))
        return NULL;
    if (in->n == 0 && !row->always)
        return "no round trip was closed";
    return row->undefined != NULL ? row->undefined : "a value is not finite";
}
