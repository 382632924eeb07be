#include "daemon/market/feed.h"

#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/mem.h"
#include "common/str.h"
#include "daemon/market/feed_inner.h"

#define SPEED_MOST 1000000

/* --- the registry */

struct feeds *feeds_new(struct qf_loop *loop, struct bars *bars, const struct feed_sink *sink)
{
    struct feeds *fs = qf_xalloc(sizeof *fs);

    memset(fs, 0, sizeof *fs);
    fs->loop = loop;
    fs->bars = bars;
    fs->sink = *sink;
    fs->slots = qf_map_lazy(QF_MAX_INSTRUMENTS * sizeof *fs->slots);
    fs->index = qf_map_lazy(FEED_INDEX * sizeof *fs->index);
    qf_assert(fs->slots != NULL && fs->index != NULL);
    return fs;
}

void feeds_free(struct feeds *fs)
{
    if (fs == NULL)
        return;
    for (int i = 0; i < fs->count; i++) {
        feed_close(fs->feeds[i]);
        free(fs->feeds[i]);
    }
    qf_unmap(fs->slots, QF_MAX_INSTRUMENTS * sizeof *fs->slots);
    qf_unmap(fs->index, FEED_INDEX * sizeof *fs->index);
    free(fs);
}

static struct feed *feed_at(const struct feeds *fs, int feed)
{
    qf_assert(feed >= 0 && feed < fs->count);
    return fs->feeds[feed];
}

static const int64_t kind_age[QF_feed_kind_COUNT] = {
    [QF_FEED_SIMULATED] = 2 * QF_SEC,
    [QF_FEED_REPLAY] = 5 * QF_SEC, /* until its files are open and say more */
    [QF_FEED_PUBLISH] = 5 * QF_SEC,
};
#define KIND_JUMP_BP 2000

static bool conf_is_wrong(const struct feeds *fs, const struct feed_conf *conf, char why[QF_WHY_TEXT])
{
    if (conf->name[0] == '\0')
        qf_str_fmt(why, QF_WHY_TEXT, "a feed needs a name");
    else if (feeds_find(fs, conf->name) >= 0)
        qf_str_fmt(why, QF_WHY_TEXT, "there are two feeds of the name %s", conf->name);
    else if (fs->count == QF_MAX_FEEDS)
        qf_str_fmt(why, QF_WHY_TEXT, "more than %d feeds", QF_MAX_FEEDS);
    else if (conf->speed < 0 || conf->speed > SPEED_MOST)
        qf_str_fmt(why, QF_WHY_TEXT, "the speed of %s is not from 0 to %d", conf->name, SPEED_MOST);
    else
        return false;
    return true;
}

int feeds_add(struct feeds *fs, const struct feed_conf *conf, char why[QF_WHY_TEXT])
{
    if (conf_is_wrong(fs, conf, why))
        return -1;
    struct feed *f = qf_xalloc(sizeof *f);
    memset(f, 0, sizeof *f);
    f->fs = fs;
    f->conf = *conf;
    f->number = fs->count;
    f->status = QF_FEEDST_IDLE;
    f->max_age = conf->max_age > 0 ? conf->max_age : kind_age[conf->kind];
    f->rule = (struct quality_rule){ .jump_bp = conf->jump_bp > 0 ? conf->jump_bp : KIND_JUMP_BP, .accept = QUALITY_ACCEPT,
                                     .gap = QUALITY_GAP };
    fs->feeds[fs->count] = f;
    return fs->count++;
}

int feeds_count(const struct feeds *fs)
{
    return fs->count;
}

int feeds_find(const struct feeds *fs, const char *name)
{
    for (int i = 0; i < fs->count; i++) {
        if (qf_str_eq(fs->feeds[i]->conf.name, name))
            return i;
    }
    return -1;
}

/* --- steering */

void feed_set_status(struct feed *f, enum qf_feed_status status)
{
    if (f->status == status)
        return;
    f->status = status;
    if (f->fs->sink.status != NULL)
        f->fs->sink.status(f->fs->sink.arg, f->number);
}

static void close_bars(struct feed *f, qf_time market, bool all)
{
    struct feeds *fs = f->fs;

    for (uint32_t i = 0; i < fs->top; i++) {
        if (fs->slots[i].owner != f->number + 1)
            continue;
        f->dropped += all ? bars_finish(fs->bars, i) : bars_clock(fs->bars, i, market);
    }
}

void feed_stop(struct feed *f, enum qf_feed_status status, const char *reason)
{
    if (f->timer != NULL)
        qf_timer_stop(f->timer);
    close_bars(f, f->clock, true);
    qf_str_fmt(f->reason, sizeof f->reason, "%s", reason);
    feed_set_status(f, status);
}

void feeds_replay_from(struct feeds *fs, int feed, qf_time seen)
{
    struct feed *f = feed_at(fs, feed);

    qf_assert(f->conf.kind == QF_FEED_REPLAY && !f->started);
    f->seen = seen;
}

bool feeds_start(struct feeds *fs, int feed, qf_time market, bool paused, char why[QF_WHY_TEXT])
{
    struct feed *f = feed_at(fs, feed);

    qf_assert(!f->started);
    f->started = true;
    if (!feed_open(f, market, why)) {
        feed_stop(f, QF_FEEDST_FAILED, why);
        return false;
    }
    if (paused)
        feed_set_status(f, QF_FEEDST_PAUSED);
    else
        feed_go(f);
    return true;
}

static bool refuse(const struct feed *f, const char *what, char why[QF_WHY_TEXT])
{
    qf_str_fmt(why, QF_WHY_TEXT, "the feed %s %s", f->conf.name, what);
    return false;
}

bool feeds_pause(struct feeds *fs, int feed, char why[QF_WHY_TEXT])
{
    struct feed *f = feed_at(fs, feed);

    if (!f->started || (f->status != QF_FEEDST_RUNNING && f->status != QF_FEEDST_IDLE))
        return refuse(f, "is not running", why);
    qf_timer_stop(f->timer);
    feed_set_status(f, QF_FEEDST_PAUSED);
    return true;
}

bool feeds_resume(struct feeds *fs, int feed, char why[QF_WHY_TEXT])
{
    struct feed *f = feed_at(fs, feed);

    if (f->status != QF_FEEDST_PAUSED)
        return refuse(f, "is not paused", why);
    feed_set_status(f, f->ticks > 0 ? QF_FEEDST_RUNNING : QF_FEEDST_IDLE);
    feed_go(f);
    return true;
}

bool feeds_set_speed(struct feeds *fs, int feed, int64_t speed, char why[QF_WHY_TEXT])
{
    struct feed *f = feed_at(fs, feed);

    if (speed < 0 || speed > SPEED_MOST)
        return refuse(f, "takes a speed from 0 to 1000000", why);
    if (f->conf.kind == QF_FEED_PUBLISH)
        return refuse(f, "has no speed: its prices come from outside", why);
    f->conf.speed = speed;
    if (f->started && (f->status == QF_FEEDST_RUNNING || f->status == QF_FEEDST_IDLE))
        feed_go(f);
    return true;
}

void feeds_finish(struct feeds *fs)
{
    for (int i = 0; i < fs->count; i++)
        close_bars(fs->feeds[i], 0, true);
}

/* --- the path of a price */

void feed_clock_to(struct feed *f, qf_time market)
{
    if (market <= f->clock)
        return;
    f->clock = market;
    if (market / QF_MIN != f->minute) {
        f->minute = market / QF_MIN;
        close_bars(f, market, false);
    }
    f->fs->sink.clock(f->fs->sink.arg, f->number, market);
}

enum quality feed_take(struct feed *f, struct market_tick *t)
{
    struct feeds *fs = f->fs;
    struct feed_slot *s = &fs->slots[t->slot];

    if (s->owner != f->number + 1)
        return QUALITY_TIME; /* a recording reads one price ahead; its instrument may have gone to another feed since */
    enum quality q = quality_check(&f->rule, s->negative, &s->state, t, &s->count, &f->count);
    if (q != QUALITY_GOOD)
        return q;
    f->ticks++;
    f->received = t->received;
    feed_clock_to(f, t->price.at);
    f->dropped += bars_tick(fs->bars, t);
    if (f->status == QF_FEEDST_IDLE)
        feed_set_status(f, QF_FEEDST_RUNNING);
    fs->sink.tick(fs->sink.arg, f->number, t, f->max_age);
    return QUALITY_GOOD;
}

/* --- readers */

void feeds_row(const struct feeds *fs, int feed, struct qf_feed *ret)
{
    const struct feed *f = feed_at(fs, feed);

    memset(ret, 0, sizeof *ret);
    qf_str_copy(ret->name, sizeof ret->name, f->conf.name);
    ret->kind = (int32_t)f->conf.kind;
    ret->status = (int32_t)f->status;
    ret->speed = f->conf.kind == QF_FEED_PUBLISH ? 1 : f->conf.speed;
    ret->market_time = f->clock;
    ret->received = f->received;
    ret->max_age = f->max_age / QF_MS;
    ret->symbols = f->symbols;
    ret->ticks = f->ticks;
    ret->bad_zero = f->count.zero;
    ret->bad_crossed = f->count.crossed;
    ret->bad_jump = f->count.jump;
    ret->bad_time = f->count.time;
    ret->dropped = f->dropped;
    qf_str_copy(ret->reason, sizeof ret->reason, f->reason);
    qf_rec_fill(&qf_rec_feed, ret);
    if (f->clock != 0)
        QF_SET(ret, feed, market_time);
    if (f->ticks > 0)
        QF_SET(ret, feed, received);
    if (f->reason[0] != '\0')
        QF_SET(ret, feed, reason);
}

const struct quality_count *feeds_symbol_quality(const struct feeds *fs, uint32_t slot)
{
    qf_assert(slot < QF_MAX_INSTRUMENTS);
    return &fs->slots[slot].count;
}
