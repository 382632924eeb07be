/* The market at the start: instruments of recordings, where stored prices left off, who owns what; then the feeds begin. */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/str.h"
#include "daemon/server/inside.h"
#include "daemon/server/market_inside.h"
#include "daemon/server/start.h"
#include "daemon/store/reader.h"

#define SURVEY_ROWS 2000
#define SPARKS_MAX 256 /* instruments whose last hour is read at the start */

/* --- instruments of recordings */

struct survey {
    struct server *server;
    const struct conf_feed *feed;
    bool ok;
};

static qf_price step_of(int decimals)
{
    qf_price step = QF_ONE;
    for (int i = 0; i < decimals; i++)
        step /= 10;
    return step;
}

/* The widest decimals seen in any file decide; a row without sizes says nothing about the lot. */
static void on_symbol(void *arg, const char *symbol, enum format_kind kind, int price_decimals, int size_decimals)
{
    struct survey *v = arg;
    struct qf_instrument row = { .tick = step_of(price_decimals), .lot = step_of(size_decimals), .multiplier = 1,
                                 .status = QF_INST_OPEN };
    (void)kind;
    if (!v->ok || desk_instrument(v->server->desk, symbol))
        return;
    qf_str_copy(row.symbol, sizeof row.symbol, symbol);
    qf_str_copy(row.name, sizeof row.name, symbol);
    qf_str_copy(row.currency, sizeof row.currency, v->feed->currency);
    qf_str_copy(row.venue, sizeof row.venue, "paper");
    qf_str_copy(row.feed, sizeof row.feed, v->feed->name);
    v->ok = start_instrument(v->server, &row);
}

bool market_autocreate(struct server *s)
{
    for (int i = 0; i < s->conf->feed_count; i++) {
        struct survey v = { s, &s->conf->feeds[i], true };
        struct replay_conf files;
        char why[QF_WHY_TEXT];
        if (v.feed->kind != QF_FEED_REPLAY || !v.feed->autocreate)
            continue;
        feeds_replay_conf(s->market->feeds, i, &files);
        if (replay_survey(&files, SURVEY_ROWS, on_symbol, &v, why) != QF_OK)
            qf_log(QF_LOG_ERROR, "market", "feed %s: %s", v.feed->name, why);
        if (!v.ok)
            return false;
    }
    return true;
}

/* --- stored bars */

void market_load_bar(struct server *s, uint32_t slot, const struct qf_bar *row)
{
    struct market *m = s->market;
    if (!m->closes)
        m->closes = qf_xalloc(QF_MAX_INSTRUMENTS * sizeof *m->closes);
    struct market_close *k = &m->closes[slot];
    qf_time end = row->period == MARKET_DAY ? row->at : row->at + row->period * QF_SEC;
    if (end >= k->last_at) {
        k->last_at = end;
        k->last = row->close;
    }
    if (end > m->newest)
        m->newest = end;
    if (row->period != MARKET_DAY)
        return;
    k->day_close[0] = k->day_close[1];
    k->day_at[0] = k->day_at[1];
    k->day_close[1] = row->close;
    k->day_at[1] = row->at;
    k->day = (struct market_bar){ .slot = slot, .period = MARKET_DAY, .at = row->at, .open = row->open, .high = row->high,
                                  .low = row->low, .close = row->close, .volume = row->volume };
}

/* The day that is still going goes on in its bar; the close before it is what the day's profit is counted from. */
static void set_close(struct server *s, uint32_t slot, const struct market_close *k, qf_time now)
{
    bool today = k->day_at[1] > 0 && k->day_at[1] == qf_time_day(now);
    if (today)
        bars_load_day(s->market->bars, &k->day);
    if (today ? k->day_at[0] > 0 : k->day_at[1] > 0)
        desk_set_close(s->desk, slot, today ? k->day_close[0] : k->day_close[1]);
}

/* --- who owns what */

static void own(struct server *s, uint32_t slot, const struct qf_instrument *row)
{
    const struct market_close *k = s->market->closes ? &s->market->closes[slot] : NULL;
    struct feed_instrument in = { .slot = slot, .symbol = row->symbol, .tick = row->tick, .negative = row->negative,
                                  .last = k ? k->last : 0 };
    char why[QF_WHY_TEXT];
    int feed = *row->feed ? feeds_find(s->market->feeds, row->feed) : -1, owner = feeds_owner(s->market->feeds, slot);
    if (owner >= 0 && owner != feed)
        feeds_disown(s->market->feeds, slot);
    if (feed >= 0 && !feeds_own(s->market->feeds, feed, &in, why))
        server_event(s, QF_SEV_WARN, "market", "%s", why);
}

void market_instrument(struct server *s, const struct qf_instrument *row)
{
    const struct core_instrument *i = desk_instrument(s->desk, row->symbol);
    if (i && s->market->started)
        own(s, tab_slot(&s->desk->instruments, i), row);
}

void market_reloaded(struct server *s)
{
    memset(s->market->quote_moved, true, sizeof s->market->quote_moved);
    for (uint32_t slot = 0; slot < s->desk->instruments.top; slot++) {
        const struct core_instrument *i = tab_at(&s->desk->instruments, slot);
        if (i && s->market->started)
            own(s, slot, &i->row);
    }
}

/* --- the last hour, from the database */

struct spark_ask {
    struct server *server;
    uint32_t slot;
};

static void on_spark(void *arg, enum qf_err err, const void *rows, uint32_t n)
{
    struct spark_ask *a = arg;
    const struct qf_bar *bar = rows;
    qf_price closes[BARS_SPARK];
    uint32_t k = 0;
    for (uint32_t i = 0; err == QF_OK && i < n && k < BARS_SPARK; i++)
        closes[k++] = bar[i].close;
    if (k > 0)
        bars_load_spark(a->server->market->bars, a->slot, closes, k);
    free(a);
}

static void ask_sparks(struct server *s, qf_time now)
{
    qf_time from = now - QF_HOUR;
    for (uint32_t slot = 0; slot < s->desk->instruments.top && slot < SPARKS_MAX; slot++) {
        const struct core_instrument *i = tab_at(&s->desk->instruments, slot);
        struct spark_ask *a = qf_xalloc(sizeof *a);
        *a = (struct spark_ask){ s, slot };
        if (!i || reader_bars(s->reader, i->row.symbol, MARKET_MINUTE, &from, BARS_SPARK, on_spark, a) != QF_OK)
            free(a); /* without it the line begins now */
    }
}

/* --- the start */

static void start_feeds(struct server *s, qf_time now)
{
    for (int i = 0; i < s->conf->feed_count; i++) {
        char why[QF_WHY_TEXT];
        if (!feeds_start(s->market->feeds, i, now, s->conf->feeds[i].paused, why))
            server_event(s, QF_SEV_ERROR, "market", "feed %s: %s", s->conf->feeds[i].name, why);
    }
}

qf_time market_begin(struct server *s)
{
    qf_time wall = qf_now_wall();
    return s->market->newest > wall ? s->market->newest : wall;
}

void market_start(struct server *s)
{
    struct market *m = s->market;
    qf_time now = market_begin(s);
    for (uint32_t slot = 0; slot < s->desk->instruments.top; slot++) {
        const struct core_instrument *i = tab_at(&s->desk->instruments, slot);
        if (!i)
            continue;
        own(s, slot, &i->row);
        if (m->closes)
            set_close(s, slot, &m->closes[slot], now);
    }
    ask_sparks(s, now);
    m->started = true;
    memset(m->quote_moved, true, sizeof m->quote_moved);
    start_feeds(s, now);
    free(m->closes);
    m->closes = NULL;
}

void market_finish(struct server *s)
{
    char why[QF_WHY_TEXT];
    for (int i = 0; i < feeds_count(s->market->feeds); i++)
        if (!feeds_pause(s->market->feeds, i, why))
            continue; /* it does not run, or takes what outside programs send: they are not heard any more */
    feeds_finish(s->market->feeds);
}
