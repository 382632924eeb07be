/* instrument.*, quote.*, bar.*, feed.*, rate.* */
#include <stdlib.h>
#include <string.h>

#include "daemon/api/help.h"
#include "daemon/api/pages.h"
#include "daemon/server/effects.h"
#include "daemon/server/marketdoor.h"

/* --- instruments */

static int by_symbol(const void *a, const void *b)
{
    return strcmp(((const struct qf_instrument *)a)->symbol, ((const struct qf_instrument *)b)->symbol);
}

HANDLER(instrument_list, none, instrument_list)
{
    uint32_t i = 0;
    const struct core_instrument *k;
    (void)in;
    out->instruments = help_rows(c, c->desk->instruments.count, sizeof *out->instruments);
    if (!out->instruments)
        return REFUSED;
    while ((k = tab_next(&c->desk->instruments, &i)) != NULL)
        out->instruments[out->instruments_n++] = k->row;
    qsort(out->instruments, out->instruments_n, sizeof *out->instruments, by_symbol);
    return HANDLED;
}

static void fresh_instrument(struct ctx *c, const char *symbol, struct qf_instrument *out)
{
    qf_str_copy(out->symbol, sizeof out->symbol, symbol);
    qf_str_copy(out->name, sizeof out->name, symbol);
    qf_str_copy(out->currency, sizeof out->currency, c->desk->conf.base);
    qf_str_copy(out->venue, sizeof out->venue, "paper");
    out->tick = QF_ONE / 100;
    out->lot = QF_ONE;
    out->multiplier = 1;
    qf_rec_fill(&qf_rec_instrument, out);
}

static void take_changes(const struct qf_instrument_set *in, struct qf_instrument *out)
{
    if (QF_HAS(in, instrument_set, name))
        qf_str_copy(out->name, sizeof out->name, in->name);
    if (QF_HAS(in, instrument_set, tick))
        out->tick = in->tick;
    if (QF_HAS(in, instrument_set, lot))
        out->lot = in->lot;
    if (QF_HAS(in, instrument_set, currency))
        qf_str_copy(out->currency, sizeof out->currency, in->currency);
    if (QF_HAS(in, instrument_set, multiplier))
        out->multiplier = in->multiplier;
    if (QF_HAS(in, instrument_set, venue))
        qf_str_copy(out->venue, sizeof out->venue, in->venue);
    if (QF_HAS(in, instrument_set, sector))
        qf_str_copy(out->sector, sizeof out->sector, in->sector);
    if (QF_HAS(in, instrument_set, feed))
        qf_str_copy(out->feed, sizeof out->feed, in->feed);
    if (QF_HAS(in, instrument_set, status))
        out->status = in->status;
    if (QF_HAS(in, instrument_set, negative))
        out->negative = in->negative;
}

/* The field with a new name that nobody could tell from another one; NULL: none. What stands there already stays. */
static const char *bad_name(const struct core_instrument *was, const struct qf_instrument *is)
{
    if (!was && (!qf_name_ok(is->symbol) || strchr(is->symbol, ' ')))
        return "symbol";
    if (*is->sector && !qf_name_ok(is->sector) && (!was || !qf_str_eq(was->row.sector, is->sector)))
        return "sector";
    return !qf_name_ok(is->currency) && (!was || !qf_str_eq(was->row.currency, is->currency)) ? "currency" : NULL;
}

static bool may_change(struct ctx *c, const struct core_instrument *was, const struct qf_instrument *is)
{
    const char *field = bad_name(was, is);
    if (field)
        return help_refuse(c, QF_R_INVALID_PARAMS, field, "%s", QF_NAME_RULE) == HANDLED;
    bool traded = was && (was->first_position != TAB_NONE || was->first_order != TAB_NONE);
    if (traded && (!qf_str_eq(was->row.currency, is->currency) || was->row.multiplier != is->multiplier))
        help_refuse(c, QF_R_BAD_STATE, "symbol", "currency and multiplier cannot change once it was traded");
    else if (!effects_venue(c->s, is->venue))
        help_refuse(c, QF_R_NOT_FOUND, "venue", "there is no venue of that name");
    else if (*is->feed && feeds_find(market_feeds(c->s), is->feed) < 0)
        help_refuse(c, QF_R_NOT_FOUND, "feed", "there is no feed of that name");
    else
        return true;
    return false;
}

HANDLER(instrument_set, instrument_set, instrument)
{
    const struct core_instrument *was = desk_instrument(c->desk, in->symbol);
    if (was)
        *out = was->row;
    else
        fresh_instrument(c, in->symbol, out);
    take_changes(in, out);
    out->updated = c->actor.wall;
    if (!may_change(c, was, out))
        return REFUSED;
    enum qf_err err = desk_put_instrument(c->desk, c->batch, out);
    if (err != QF_OK)
        return help_failed(c, err, "symbol");
    qf_str_fmt(c->detail, sizeof c->detail, "%s %s", out->symbol, was ? "changed" : "added");
    return HANDLED;
}

/* --- prices */

static int quote_order(const void *a, const void *b)
{
    return strcmp(((const struct qf_quote *)a)->symbol, ((const struct qf_quote *)b)->symbol);
}

HANDLER(quote_list, none, quote_list)
{
    (void)in;
    out->market_time = c->desk->market_now;
    out->quotes = help_rows(c, c->desk->instruments.count, sizeof *out->quotes);
    if (!out->quotes)
        return REFUSED;
    for (uint32_t slot = 0; slot < c->desk->instruments.top; slot++)
        if (tab_at(&c->desk->instruments, slot))
            desk_quote_row(c->desk, slot, &out->quotes[out->quotes_n++]);
    qsort(out->quotes, out->quotes_n, sizeof *out->quotes, quote_order);
    return HANDLED;
}

static bool show_spark(struct ctx *c, uint32_t slot, const char *symbol, struct qf_spark *ret)
{
    qf_price closes[BARS_SPARK + 1];
    uint32_t n = bars_spark(market_bars(c->s), slot, closes);
    ret->points = help_rows(c, n, sizeof *ret->points);
    if (!ret->points)
        return false;
    qf_str_copy(ret->symbol, sizeof ret->symbol, symbol);
    for (uint32_t i = 0; i < n; i++) {
        ret->points[i].p = closes[i];
        qf_rec_fill(&qf_rec_price_point, &ret->points[i]);
    }
    ret->points_n = n;
    qf_rec_fill(&qf_rec_spark, ret);
    return true;
}

static int spark_order(const void *a, const void *b)
{
    return strcmp(((const struct qf_spark *)a)->symbol, ((const struct qf_spark *)b)->symbol);
}

HANDLER(quote_sparks, none, spark_list)
{
    (void)in;
    out->sparks = help_rows(c, c->desk->instruments.count, sizeof *out->sparks);
    if (!out->sparks)
        return REFUSED;
    for (uint32_t slot = 0; slot < c->desk->instruments.top; slot++) {
        const struct core_instrument *k = tab_at(&c->desk->instruments, slot);
        if (k && !show_spark(c, slot, k->row.symbol, &out->sparks[out->sparks_n++]))
            return REFUSED;
    }
    qsort(out->sparks, out->sparks_n, sizeof *out->sparks, spark_order);
    c->plain = true;
    return HANDLED;
}

HANDLER(quote_publish, quote_publish, published)
{
    struct qf_kept_out *kept = help_rows(c, in->quotes_n, sizeof *kept);
    if (!kept)
        return REFUSED;
    feeds_publish(market_feeds(c->s), -1, in->quotes, in->quotes_n, c->actor.wall, kept, out);
    return HANDLED;
}

HANDLER(bar_list, bar_query, bar_list)
{
    (void)out;
    return pages_bars(c, in);
}

/* --- feeds */

HANDLER(feed_list, none, feed_list)
{
    const struct feeds *feeds = market_feeds(c->s);
    int n = feeds_count(feeds);
    (void)in;
    out->feeds = help_rows(c, (size_t)n, sizeof *out->feeds);
    if (!out->feeds)
        return REFUSED;
    for (int i = 0; i < n; i++)
        feeds_row(feeds, i, &out->feeds[i]);
    out->feeds_n = (uint32_t)n;
    c->plain = true;
    return HANDLED;
}

static enum handled steer(struct ctx *c, const struct qf_feed_set *in, struct qf_feed *out,
                          bool (*act)(struct feeds *fs, int feed, char why[QF_WHY_TEXT]))
{
    struct feeds *feeds = market_feeds(c->s);
    char why[QF_WHY_TEXT];
    int feed = feeds_find(feeds, in->name);
    if (feed < 0)
        return help_refuse(c, QF_R_NOT_FOUND, "name", NULL);
    if (QF_HAS(in, feed_set, speed) && !feeds_set_speed(feeds, feed, in->speed, why))
        return help_refuse(c, QF_R_BAD_STATE, "speed", "%s", why);
    if (!act(feeds, feed, why)) {
        feeds_row(feeds, feed, out);
        if (!QF_HAS(in, feed_set, speed))
            return help_refuse(c, QF_R_BAD_STATE, "name", "%s", why);
    }
    feeds_row(feeds, feed, out);
    qf_str_fmt(c->detail, sizeof c->detail, "%s is %s, speed %lld", out->name, qf_enum_text(&qf_enum_feed_status, out->status),
               (long long)out->speed);
    return HANDLED;
}

HANDLER(feed_pause, feed_set, feed)
{
    return steer(c, in, out, feeds_pause);
}

HANDLER(feed_resume, feed_set, feed)
{
    return steer(c, in, out, feeds_resume);
}

/* --- rates */

static int rate_order(const void *a, const void *b)
{
    return strcmp(((const struct qf_rate *)a)->currency, ((const struct qf_rate *)b)->currency);
}

HANDLER(rate_list, none, rate_list)
{
    uint32_t i = 0;
    const struct qf_rate *r;
    (void)in;
    qf_str_copy(out->base, sizeof out->base, c->desk->conf.base);
    out->rates = help_rows(c, c->desk->rates.count, sizeof *out->rates);
    if (!out->rates)
        return REFUSED;
    while ((r = tab_next(&c->desk->rates, &i)) != NULL)
        desk_rate_row(c->desk, r, &out->rates[out->rates_n++]);
    qsort(out->rates, out->rates_n, sizeof *out->rates, rate_order);
    return HANDLED;
}

static bool sensible_rate(struct ctx *c, const struct qf_rate_set *in)
{
    if (QF_HAS(in, rate_set, value) == QF_HAS(in, rate_set, symbol))
        help_refuse(c, QF_R_INVALID_PARAMS, "value", "either a fixed value or a symbol");
    else if (qf_str_eq(in->currency, c->desk->conf.base))
        help_refuse(c, QF_R_INVALID_PARAMS, "currency", "the base currency has no rate");
    else if (QF_HAS(in, rate_set, symbol) && !desk_instrument(c->desk, in->symbol))
        help_refuse(c, QF_R_NOT_FOUND, "symbol", NULL);
    else
        return true;
    return false;
}

HANDLER(rate_set, rate_set, rate)
{
    struct qf_rate image = { .updated = c->actor.wall };
    if (!sensible_rate(c, in))
        return REFUSED;
    qf_str_copy(image.currency, sizeof image.currency, in->currency);
    image.inverse = QF_HAS(in, rate_set, inverse) && in->inverse;
    qf_rec_fill(&qf_rec_rate, &image);
    if (QF_HAS(in, rate_set, value)) {
        image.value = in->value;
        QF_SET(&image, rate, value);
    } else {
        qf_str_copy(image.symbol, sizeof image.symbol, in->symbol);
        QF_SET(&image, rate, symbol);
    }
    enum qf_err err = desk_put_rate(c->desk, c->batch, &image);
    if (err != QF_OK)
        return help_failed(c, err, "currency");
    desk_rate_row(c->desk, &image, out);
    qf_str_fmt(c->detail, sizeof c->detail, "%s", image.currency);
    return HANDLED;
}
