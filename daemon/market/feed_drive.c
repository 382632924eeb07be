/* The feeds' timers: how simulated and replayed prices come in time, and how a publish feed's clock goes on. */
#include <string.h>

#include "common/str.h"
#include "daemon/market/feed_inner.h"

#define SIM_STEP (100 * QF_MS)
#define SIM_BEHIND 50              /* steps; further behind than that the market jumps instead of running after */
#define REPLAY_LOOK_AGAIN (250 * QF_MS) /* real time at most between two moves of a replay's clock */
#define REPLAY_HELD (5 * QF_MS)    /* until a held replay asks again */
#define PUBLISH_CLOCK (50 * QF_MS) /* what a venue does comes with the clock: in small portions, not a thousand reports at once */

/* --- simulated */

static int64_t sim_step_us(const struct feed *f)
{
    return f->conf.step > 0 ? f->conf.step : SIM_STEP;
}

/* Universe index -> desk slot; names the desk does not have are left out. */
static void sim_give(struct feed *f, struct market_tick *t)
{
    const char *symbol = universe[t->slot].symbol;
    struct feed_slot *s = feed_slot_find(f->fs, symbol, strlen(symbol));

    if (s == NULL || s->owner != f->number + 1)
        return;
    t->slot = feed_slot_no(f->fs, s);
    t->received = qf_now_wall();
    (void)feed_take(f, t);
}

static void sim_round(struct feed *f, qf_time market)
{
    struct market_tick ticks[UNIVERSE_NAMES];
    size_t n = sim_step(f->sim, market, ticks);

    feed_clock_to(f, market);
    for (size_t i = 0; i < n; i++) /* all of one instant, also when the sink pauses the feed meanwhile */
        sim_give(f, &ticks[i]);
}

/* A daemon that was stopped for a while (or a speed this machine cannot keep) leaves the market far behind. At real time it jumps
 * to the present with one large step, else the pace gives up what it has lost. */
static void sim_catch_up(struct feed *f, int64_t mono)
{
    qf_time due = pace_due(&f->pace, mono);

    if (f->conf.speed == 0 || due - f->clock < SIM_BEHIND * sim_step_us(f) * f->conf.speed)
        return;
    if (f->conf.speed == 1)
        sim_round(f, due - due % sim_step_us(f));
    else
        pace_set(&f->pace, f->clock, mono, f->conf.speed);
}

static void sim_timer(void *arg)
{
    struct feed *f = arg;
    int64_t begin = qf_now_mono(), mono = begin;

    sim_catch_up(f, mono);
    for (int i = 0; i < FEED_SLICE_EVENTS / UNIVERSE_NAMES && mono - begin < FEED_SLICE_NS; i++) {
        qf_time next = sim_time(f->sim) + sim_step_us(f);
        if (next > pace_due(&f->pace, mono) || f->status == QF_FEEDST_PAUSED)
            break;
        sim_round(f, next);
        mono = qf_now_mono();
    }
    if (f->status != QF_FEEDST_PAUSED)
        qf_timer_once(f->timer, pace_wait(&f->pace, mono, sim_time(f->sim) + sim_step_us(f), QF_SEC));
}

void feed_sim_name(struct feed *f, const struct feed_slot *s)
{
    sim_set_name(f->sim, s->sim_name, s->state.has_good ? s->state.good : universe[s->sim_name].price, s->tick);
}

/* Names owned before the market was made go on from the prices they were given. */
static void sim_prices(struct feed *f)
{
    for (uint32_t i = 0; i < f->fs->top; i++) {
        const struct feed_slot *s = &f->fs->slots[i];
        if (s->owner == f->number + 1)
            feed_sim_name(f, s);
    }
}

static bool sim_open(struct feed *f, qf_time market, char why[QF_WHY_TEXT])
{
    (void)why;
    struct sim_conf conf = { .seed = f->conf.seed, .start = market - market % sim_step_us(f), .day = f->conf.day };

    f->sim = sim_new(&conf);
    f->clock = conf.start;
    f->minute = conf.start / QF_MIN;
    sim_prices(f);
    return true;
}

/* --- replay */

static bool replay_name(void *arg, const char *p, size_t n, struct replay_name *ret)
{
    struct feed *f = arg;
    const struct feed_slot *s = feed_slot_find(f->fs, p, n);

    if (s == NULL || s->owner != f->number + 1)
        return false;
    ret->slot = feed_slot_no(f->fs, s);
    ret->tick_size = s->tick;
    return true;
}

void feeds_replay_conf(const struct feeds *fs, int feed, struct replay_conf *ret)
{
    qf_assert(feed >= 0 && feed < fs->count);
    const struct feed_conf *c = &fs->feeds[feed]->conf;

    memset(ret, 0, sizeof *ret);
    for (size_t i = 0; i < c->file_count && i < REPLAY_MAX_FILES; i++)
        ret->files[i] = c->files[i];
    ret->file_count = c->file_count;
    ret->exchange_time = c->exchange_time;
    ret->symbol = c->symbol[0] != '\0' ? c->symbol : NULL;
    ret->spread = c->spread;
    ret->resolve = replay_name;
    ret->arg = fs->feeds[feed];
}

static bool replay_opened(struct feed *f, qf_time market, char why[QF_WHY_TEXT])
{
    struct replay_conf conf;

    (void)market;
    feeds_replay_conf(f->fs, f->number, &conf);
    f->replay = replay_open(&conf, why);
    if (f->replay == NULL)
        return false;
    if (f->conf.max_age == 0)
        f->max_age = replay_max_age(f->replay);
    if (f->conf.jump_bp == 0)
        f->rule.jump_bp = replay_jump_bp(f->replay);
    return true;
}

static bool replay_is_held(const struct feed *f)
{
    const struct feed_sink *sink = &f->fs->sink;

    return bars_half_full(f->fs->bars) || (sink->hold != NULL && sink->hold(sink->arg));
}

/* One tick if it is due. QF_OK: done; QF_EBUSY: nothing is due yet (or was found yet), *ret_at when (0 = ask again). */
static enum qf_err replay_one(struct feed *f, int64_t mono, qf_time *ret_at)
{
    struct market_tick t;
    qf_time at = 0;
    enum qf_err err = replay_peek(f->replay, &at);

    *ret_at = 0;
    if (err != QF_OK)
        return err;
    if (at <= f->seen)
        return replay_next(f->replay, &t);
    if (f->clock == 0) /* the first price sets the clock, whatever year it is from */
        pace_set(&f->pace, at, mono, f->conf.speed);
    if (at > pace_due(&f->pace, mono)) {
        *ret_at = at;
        return QF_EBUSY;
    }
    err = replay_next(f->replay, &t);
    if (err != QF_OK)
        return err;
    t.received = qf_now_wall();
    feed_clock_to(f, t.price.at);
    (void)feed_take(f, &t);
    return QF_OK;
}

/* Nothing is due: the clock goes on to the present, but not to the next price, and the timer waits for it. */
static void replay_wait(struct feed *f, int64_t mono, qf_time next)
{
    qf_time due = pace_due(&f->pace, mono);

    if (next == 0) {
        qf_timer_once(f->timer, 0);
        return;
    }
    if (f->clock != 0)
        feed_clock_to(f, due < next ? due : next - 1);
    if (f->status != QF_FEEDST_PAUSED)
        qf_timer_once(f->timer, pace_wait(&f->pace, mono, next, REPLAY_LOOK_AGAIN));
}

static void replay_hold(struct feed *f)
{
    /* what was waited for is not run after */
    pace_set(&f->pace, f->clock, qf_now_mono(), f->conf.speed);
    qf_timer_once(f->timer, REPLAY_HELD);
}

static void replay_timer(void *arg)
{
    struct feed *f = arg;
    int64_t begin = qf_now_mono(), mono = begin;
    enum qf_err err = QF_OK;
    qf_time next = 0;

    for (int i = 0; i < FEED_SLICE_EVENTS && err == QF_OK && mono - begin < FEED_SLICE_NS; i++) {
        if (replay_is_held(f)) {
            replay_hold(f);
            return;
        }
        err = replay_one(f, mono, &next);
        if (f->status == QF_FEEDST_PAUSED)
            return; /* the sink paused it */
        mono = qf_now_mono();
    }
    if (err == QF_OK)
        qf_timer_once(f->timer, 0);
    else if (err == QF_EBUSY)
        replay_wait(f, mono, next);
    else
        feed_stop(f, err == QF_ENOENT ? QF_FEEDST_ENDED : QF_FEEDST_FAILED, replay_why(f->replay));
}

/* --- publish */

static bool publish_open(struct feed *f, qf_time market, char why[QF_WHY_TEXT])
{
    (void)f;
    (void)market;
    (void)why;
    return true;
}

static void publish_timer(void *arg)
{
    struct feed *f = arg;

    if (f->ticks > 0)
        feed_clock_to(f, qf_now_wall());
    qf_timer_once(f->timer, PUBLISH_CLOCK);
}

/* --- by kind */

static const struct {
    bool (*open)(struct feed *f, qf_time market, char why[QF_WHY_TEXT]);
    qf_timer_fn timer;
} kinds[QF_feed_kind_COUNT] = {
    [QF_FEED_SIMULATED] = { sim_open, sim_timer },
    [QF_FEED_REPLAY] = { replay_opened, replay_timer },
    [QF_FEED_PUBLISH] = { publish_open, publish_timer },
};

bool feed_open(struct feed *f, qf_time market, char why[QF_WHY_TEXT])
{
    f->timer = qf_timer_new(f->fs->loop, kinds[f->conf.kind].timer, f);
    return kinds[f->conf.kind].open(f, market, why);
}

void feed_go(struct feed *f)
{
    pace_set(&f->pace, f->clock, qf_now_mono(), f->conf.speed);
    qf_timer_once(f->timer, 0);
}

void feed_close(struct feed *f)
{
    if (f->timer != NULL)
        qf_timer_free(f->timer);
    sim_free(f->sim);
    replay_close(f->replay);
}
