#include "daemon/server/start.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/str.h"
#include "daemon/core/breaker.h"
#include "daemon/server/inside.h"
#include "daemon/server/market_inside.h"
#include "daemon/server/reload_inside.h"
#include "daemon/server/risk_run.h"
#include "daemon/store/bulk.h"

#define WAIT_US (10 * QF_MS)
#define HISTORY_DAYS 365
#define FIRST_MONEY ((qf_money)25000000 * QF_ONE)

/* --- through the door */

static enum handled add_instrument(struct ctx *c, const void *in, void *out)
{
    struct qf_instrument row = *(const struct qf_instrument *)in;
    (void)out;
    row.updated = c->actor.wall;
    qf_rec_fill(&qf_rec_instrument, &row);
    qf_str_fmt(c->detail, sizeof c->detail, "%s added", row.symbol);
    return desk_put_instrument(c->desk, c->batch, &row) == QF_OK ? HANDLED : REFUSED;
}

bool start_instrument(struct server *s, const struct qf_instrument *row)
{
    struct qf_refusal r = { 0 };
    return door(s, SYSTEM_USER, "instrument.set", add_instrument, row, &r) == HANDLED;
}

static enum handled add_account(struct ctx *c, const void *in, void *out)
{
    struct qf_account row = *(const struct qf_account *)in;
    (void)out;
    row.created = c->actor.wall;
    qf_rec_fill(&qf_rec_account, &row);
    qf_str_fmt(c->detail, sizeof c->detail, "%s of %s in %s", row.name, row.owner, row.currency);
    return desk_put_account(c->desk, c->batch, &row) == QF_OK ? HANDLED : REFUSED;
}

static enum handled first_deposit(struct ctx *c, const void *in, void *out)
{
    const struct qf_account *a = in;
    (void)out;
    qf_str_fmt(c->detail, sizeof c->detail, "DEPOSIT 25000000 %s, %s", a->currency, a->name);
    return desk_cash_move(c->desk, c->batch, &c->actor, a->name, a->currency, QF_LEDGER_DEPOSIT, FIRST_MONEY, "first money", NULL) ==
                   QF_OK ? HANDLED : REFUSED;
}

static enum handled add_limit(struct ctx *c, const void *in, void *out)
{
    struct qf_limit row = *(const struct qf_limit *)in;
    (void)out;
    row.updated = c->actor.wall;
    qf_str_fmt(c->detail, sizeof c->detail, "%s %s %s", qf_enum_text(&qf_enum_scope, row.scope), row.name,
               qf_enum_text(&qf_enum_control_code, row.control));
    return desk_put_limit(c->desk, c->batch, &row) == QF_OK ? HANDLED : REFUSED;
}

/* --- what a simulated market begins with */

/* Hard levels in whole units, except the price band (1/100). Amounts warn at 85 %. */
static const struct {
    enum qf_scope scope;
    const char *name;
    enum qf_control_code control;
    int64_t hard;
    int64_t part;
} first_limits[] = {
    { QF_SCOPE_FIRM, "", QF_CTL_GROSS_EXPOSURE, 30000000, 1 },
    { QF_SCOPE_FIRM, "", QF_CTL_NET_EXPOSURE, 22000000, 1 },
    { QF_SCOPE_FIRM, "", QF_CTL_VAR_99_1D, 450000, 1 },
    { QF_SCOPE_SECTOR, "*", QF_CTL_GROSS_EXPOSURE, 12000000, 1 },
    { QF_SCOPE_SYMBOL, "*", QF_CTL_POSITION, 40000, 1 },
    { QF_SCOPE_FIRM, "", QF_CTL_MAX_QTY, 20000, 1 },
    { QF_SCOPE_FIRM, "", QF_CTL_MAX_NOTIONAL, 2500000, 1 },
    { QF_SCOPE_FIRM, "", QF_CTL_PRICE_BAND, 5, 100 },
    { QF_SCOPE_TRADER, "*", QF_CTL_MSG_RATE, 50, 1 },
    { QF_SCOPE_FIRM, "", QF_CTL_DUPLICATE, 3, 1 },
};

static void seed_limits(struct server *s)
{
    for (size_t i = 0; i < QF_LEN(first_limits); i++) {
        struct qf_refusal r = { 0 };
        struct qf_limit row = { .scope = (int32_t)first_limits[i].scope, .control = (int32_t)first_limits[i].control,
                                .hard = (qf_money)first_limits[i].hard * QF_ONE / first_limits[i].part };
        qf_str_copy(row.name, sizeof row.name, first_limits[i].name);
        qf_str_copy(row.owner, sizeof row.owner, SYSTEM_USER);
        qf_str_copy(row.reason, sizeof row.reason, "what a new desk begins with");
        qf_rec_fill(&qf_rec_limit, &row);
        if (first_limits[i].hard > 1000) { /* counts and shares have no level between */
            row.warn = row.hard * 85 / 100;
            QF_SET(&row, limit, warn);
        }
        (void)door(s, SYSTEM_USER, "limit.set", add_limit, &row, &r);
    }
}

/* Levels in 1/100. A new desk is watched from its first minute. */
static const struct {
    enum qf_breaker_code code;
    const char *strategy;
    int64_t level_centi;
    enum qf_desk_state action;
} first_breakers[] = {
    { QF_BRK_DAY_LOSS, "", 75000000, QF_STATE_HALTED },     { QF_BRK_DRAWDOWN, "", 8, QF_STATE_HALTED },
    { QF_BRK_LOSS_STREAK, "*", 600, QF_STATE_CLOSE_ONLY },  { QF_BRK_REJECT_STORM, "", 10000, QF_STATE_CANCEL_ONLY },
    { QF_BRK_MESSAGE_RATE, "", 500000, QF_STATE_CANCEL_ONLY }, { QF_BRK_STALE_FEED, "", 6000, QF_STATE_CLOSE_ONLY },
    { QF_BRK_DATABASE, "", 3000000, QF_STATE_CANCEL_ONLY },
};

static enum handled add_breaker(struct ctx *c, const void *in, void *out)
{
    struct qf_breaker row = *(const struct qf_breaker *)in;
    (void)out;
    row.updated = c->actor.wall;
    qf_str_fmt(c->detail, sizeof c->detail, "%s %s", qf_enum_text(&qf_enum_breaker_code, row.code), row.name);
    return desk_put_breaker(c->desk, c->batch, &row) == QF_OK ? HANDLED : REFUSED;
}

static void seed_breakers(struct server *s)
{
    for (size_t i = 0; i < QF_LEN(first_breakers); i++) {
        struct qf_refusal r = { 0 };
        struct qf_breaker row;
        breaker_blank(first_breakers[i].code, first_breakers[i].strategy, &row);
        row.level = (qf_money)first_breakers[i].level_centi * (QF_ONE / 100);
        row.action = (int32_t)first_breakers[i].action;
        QF_SET(&row, breaker, level);
        qf_str_copy(row.owner, sizeof row.owner, SYSTEM_USER);
        qf_str_copy(row.reason, sizeof row.reason, "what a new desk begins with");
        (void)door(s, SYSTEM_USER, "breaker.set", add_breaker, &row, &r);
    }
}

static void seed_instruments(struct server *s, const struct conf_feed *feed)
{
    for (int i = 0; i < UNIVERSE_NAMES; i++) {
        struct qf_instrument row = { .tick = universe[i].tick, .lot = universe[i].lot, .multiplier = 1, .status = QF_INST_OPEN };
        qf_str_copy(row.symbol, sizeof row.symbol, universe[i].symbol);
        qf_str_copy(row.name, sizeof row.name, universe[i].name);
        qf_str_copy(row.sector, sizeof row.sector, universe[i].sector);
        qf_str_copy(row.currency, sizeof row.currency, UNIVERSE_CURRENCY);
        qf_str_copy(row.venue, sizeof row.venue, "paper");
        qf_str_copy(row.feed, sizeof row.feed, feed->name);
        (void)start_instrument(s, &row);
    }
}

/* The first trader by name: the account is his. */
static const struct qf_user *first_trader(const struct desk *d)
{
    const struct qf_user *best = NULL, *u;
    uint32_t i = 0;
    while ((u = tab_next(&d->users, &i)) != NULL)
        if (u->role == QF_ROLE_TRADER && !u->disabled && (!best || strcmp(u->name, best->name) < 0))
            best = u;
    return best;
}

static void seed_account(struct server *s)
{
    const struct qf_user *owner = first_trader(s->desk);
    struct qf_account row = { .has = 0 };
    struct qf_refusal r = { 0 };
    if (!owner)
        return;
    qf_str_copy(row.name, sizeof row.name, "desk");
    qf_str_copy(row.owner, sizeof row.owner, owner->name);
    qf_str_copy(row.book, sizeof row.book, "main");
    qf_str_copy(row.currency, sizeof row.currency, s->conf->base_currency);
    if (door(s, SYSTEM_USER, "account.add", add_account, &row, &r) == HANDLED)
        (void)door(s, SYSTEM_USER, "cash.deposit", first_deposit, &row, &r);
}

static const struct conf_feed *simulated_feed(const struct conf *conf)
{
    for (int i = 0; i < conf->feed_count; i++)
        if (conf->feeds[i].kind == QF_FEED_SIMULATED)
            return &conf->feeds[i];
    return NULL;
}

void start_seed(struct server *s)
{
    const struct conf_feed *feed = simulated_feed(s->conf);
    if (!feed)
        return;
    if (s->desk->instruments.count == 0) {
        seed_instruments(s, feed);
        seed_limits(s);
        seed_breakers(s);
        risk_seed(s);
    }
    if (s->desk->accounts.count == 0)
        seed_account(s);
}

void start_late_account(struct server *s)
{
    if (s->desk->accounts.count == 0 && s->market->started && commit_room(s->commit) && simulated_feed(s->conf))
        seed_account(s);
}

/* --- its past */

struct history {
    struct server *server;
    struct qf_bar *rows;
    uint32_t n, cap, written;
    struct qf_timer *timer;
    void (*done)(void *arg);
    void *arg;
};

static void take_bar(void *arg, const struct market_bar *bar)
{
    struct history *h = arg;
    const struct core_instrument *i = desk_instrument(h->server->desk, universe[bar->slot].symbol);
    if (!i)
        return;
    if (h->n == h->cap) {
        h->cap = h->cap ? 2 * h->cap : 4096;
        h->rows = qf_xrealloc(h->rows, h->cap * sizeof *h->rows);
    }
    struct qf_bar *row = &h->rows[h->n++];
    *row = (struct qf_bar){ .period = bar->period, .at = bar->at, .open = bar->open, .high = bar->high, .low = bar->low,
                            .close = bar->close, .volume = bar->volume };
    qf_str_copy(row->symbol, sizeof row->symbol, i->row.symbol);
    qf_rec_fill(&qf_rec_bar, row);
    market_load_bar(h->server, tab_slot(&h->server->desk->instruments, i), row);
}

static void history_end(struct history *h)
{
    void (*done)(void *arg) = h->done;
    void *arg = h->arg;
    if (h->n > 0)
        risk_seed_history(h->server, h->rows, h->n);
    qf_timer_free(h->timer);
    free(h->rows);
    free(h);
    done(arg);
}

static void on_history(void *arg, bool ok, uint32_t bad)
{
    struct history *h = arg;
    uint32_t n = h->n - h->written < BULK_BARS ? h->n - h->written : BULK_BARS;
    (void)bad;
    if (ok)
        h->written += n;
    qf_timer_once(h->timer, ok ? 0 : WAIT_US);
}

static void write_history(void *arg)
{
    struct history *h = arg;
    struct bulk *bulk = h->server->reload->bulk;
    uint32_t n = h->n - h->written < BULK_BARS ? h->n - h->written : BULK_BARS;
    if (n == 0)
        history_end(h);
    else if (!bulk_idle(bulk))
        qf_timer_once(h->timer, WAIT_US);
    else
        bulk_bars(bulk, lane_epoch(h->server->lane), h->rows + h->written, n, on_history, h);
}

void start_history(struct server *s, void (*done)(void *arg), void *arg)
{
    struct history *h = qf_xalloc(sizeof *h);
    const struct conf_feed *feed = simulated_feed(s->conf);
    struct sim_conf conf = { .seed = feed ? (uint64_t)feed->seed : 0, .start = market_begin(s) };
    qf_price prices[UNIVERSE_NAMES];
    *h = (struct history){ .server = s, .done = done, .arg = arg };
    h->timer = qf_timer_new(s->loop, write_history, h);
    for (int i = 0; i < UNIVERSE_NAMES; i++)
        prices[i] = universe[i].price;
    if (feed && s->market->newest == 0)
        sim_history(&conf, prices, HISTORY_DAYS, take_bar, h);
    qf_timer_once(h->timer, 0);
}

/* --- the steps of a start, each when the one before is durable */

static void on_history_there(void *arg)
{
    struct server *s = arg;
    market_start(s);
    server_event(s, QF_SEV_INFO, "start", "the desk is open");
    s->ready(s->ready_arg);
}

static void wait_durable(void *arg)
{
    struct server *s = arg;
    if (commit_trouble(s->commit) != TROUBLE_NONE || !commit_idle(s->commit)) {
        qf_timer_once(s->start_timer, WAIT_US);
        return;
    }
    start_history(s, on_history_there, s);
}

void start_desk(struct server *s)
{
    if (s->without_market) {
        s->ready(s->ready_arg);
        return;
    }
    start_seed(s);
    if (!market_autocreate(s))
        qf_log(QF_LOG_ERROR, "start", "not every instrument of the recordings could be made");
    s->start_timer = qf_timer_new(s->loop, wait_durable, s);
    qf_timer_once(s->start_timer, 0);
}
