/* The rows of the fixed desk. Figures are invented; totals are the sums of their rows. */
#include <math.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tests/tui/fake_in.h"

static qf_i128 dec(const char *text, int scale)
{
    qf_i128 v = 0;
    qf_assert(qf_dec_parse(text, strlen(text), scale, QF_MONEY_MAX, &v) == QF_OK);
    return v;
}

static qf_money money(const char *text)
{
    return dec(text, QF_SCALE);
}

static qf_price price(const char *text)
{
    return (qf_price)dec(text, QF_SCALE);
}

/* --- instruments and quotes */

static const struct {
    const char *symbol, *name, *sector, *bid, *ask, *last, *volume;
    int change_bp;
    int64_t age_ms;
} names[FAKE_SYMBOLS] = {
    {"AAPL", "Apple", "Tech", "228.39", "228.41", "228.40", "8410000", 39, 200},
    {"AMD", "Advanced Micro Devices", "Tech", "156.19", "156.21", "156.20", "6020000", 71, 200},
    {"AMZN", "Amazon", "Consumer", "190.39", "190.41", "190.40", "5770000", 73, 200},
    {"AVGO", "Broadcom", "Tech", "168.88", "168.92", "168.90", "3300000", 51, 200},
    {"GS", "Goldman Sachs", "Financials", "512.20", "512.60", "512.40", "890000", 22, 400},
    {"HD", "Home Depot", "Consumer", "388.05", "388.25", "388.15", "1220000", -18, 300},
    {"JPM", "JPMorgan", "Financials", "211.28", "211.31", "211.30", "1930000", 78, 200},
    {"KO", "Coca-Cola", "Staples", "71.19", "71.20", "71.20", "2200000", 48, 800},
    {"LLY", "Eli Lilly", "Health", "904.95", "905.25", "905.10", "412000", 76, 2100},
    {"META", "Meta Platforms", "Tech", "563.02", "563.15", "563.10", "1640000", -39, 200},
    {"MSFT", "Microsoft", "Tech", "431.17", "431.21", "431.20", "3080000", -44, 200},
    {"NFLX", "Netflix", "Consumer", "701.10", "701.60", "701.35", "640000", 91, 500},
    {"NVDA", "NVIDIA", "Tech", "121.44", "121.46", "121.45", "41900000", 226, 200},
    {"ORCL", "Oracle", "Tech", "167.02", "167.06", "167.04", "2010000", 12, 300},
    {"PEP", "PepsiCo", "Staples", "170.44", "170.48", "170.46", "1110000", -7, 300},
    {"PFE", "Pfizer", "Health", "29.39", "29.40", "29.40", "5150000", 75, 14000},
    {"TSLA", "Tesla", "Consumer", "254.27", "254.33", "254.30", "12600000", -44, 200},
    {"UNH", "UnitedHealth", "Health", "581.70", "582.10", "581.90", "730000", 33, 300},
    {"V", "Visa", "Financials", "288.11", "288.17", "288.14", "1450000", 5, 200},
    {"XOM", "Exxon Mobil", "Energy", "117.59", "117.61", "117.60", "2710000", -36, 200},
};

static void make_quote(struct fake *f, int i)
{
    struct qf_quote *q = &f->quotes[i];
    qf_str_copy(q->symbol, sizeof q->symbol, names[i].symbol);
    q->bid = price(names[i].bid);
    q->ask = price(names[i].ask);
    q->last = price(names[i].last);
    q->bid_size = (qf_qty)(100 + i * 60) * QF_ONE;
    q->ask_size = (qf_qty)(900 - i * 30) * QF_ONE;
    q->volume = price(names[i].volume);
    q->tick = price("0.01");
    qf_i128 close = 0;
    qf_assert(qf_muldiv(q->last, 10000, 10000 + names[i].change_bp, &close) == QF_OK);
    q->prev_close = (qf_price)close;
    q->at = q->received = f->now - names[i].age_ms * QF_MS;
    q->stale = names[i].age_ms > 5000;
    qf_str_copy(q->feed, sizeof q->feed, "simulated");
    q->has = ~0ULL;
}

static void make_instrument(struct fake *f, int i)
{
    struct qf_instrument *x = &f->instruments[i];
    qf_str_copy(x->symbol, sizeof x->symbol, names[i].symbol);
    qf_str_copy(x->name, sizeof x->name, names[i].name);
    qf_str_copy(x->sector, sizeof x->sector, names[i].sector);
    qf_str_copy(x->currency, sizeof x->currency, "USD");
    qf_str_copy(x->venue, sizeof x->venue, "paper");
    qf_str_copy(x->feed, sizeof x->feed, "simulated");
    x->tick = price("0.01");
    x->lot = QF_ONE;
    x->multiplier = 1;
    x->has = ~0ULL;
}

/* The same wave for everybody, shifted by the symbol: what matters is that it is always the same. */
static void make_spark(struct fake *f, int i)
{
    for (int k = 0; k < FAKE_POINTS; k++) {
        double wave = sin((k + i * 7) / 6.0) + 0.4 * sin((k * (i + 3)) / 11.0) + k * names[i].change_bp / 2500.0;
        f->points[i][k].p = (qf_price)((double)f->quotes[i].last * (1 + wave / 400));
        f->points[i][k].has = ~0ULL;
    }
    f->points[i][FAKE_POINTS - 1].p = f->quotes[i].last;
    qf_str_copy(f->sparks[i].symbol, sizeof f->sparks[i].symbol, names[i].symbol);
    f->sparks[i].points = f->points[i];
    f->sparks[i].points_n = FAKE_POINTS;
    f->sparks[i].has = ~0ULL;
}

/* --- positions */

static const struct {
    const char *symbol, *account, *quantity, *average, *last, *value, *unrealized, *day, *realized, *cost;
} held[FAKE_POSITIONS] = {
    {"NVDA", "mom-us", "18000", "108.715", "121.45", "2186100", "229230", "57145.70", "8905.70", "1956870"},
    {"AMD", "xgb-5m", "11000", "151.90", "156.20", "1718200", "47300", "16348.25", "4248.25", "1670900"},
    {"PFE", "mrv-us", "-55000", "29.94", "29.40", "-1617000", "29700", "-15193.40", "-3093.40", "-1646700"},
    {"JPM", "core", "9000", "198.445", "211.30", "1901700", "115695", "14747.40", "-12.60", "1786005"},
    {"KO", "mrv-us", "-20000", "70.11", "71.20", "-1424000", "-21800", "-13260.10", "-6460.10", "-1402200"},
    {"MSFT", "core", "6500", "417.30", "431.20", "2802800", "90350", "-12350.00", "0", "2712450"},
    {"LLY", "mom-us", "1800", "884.50", "905.10", "1629180", "37080", "12240.00", "0", "1592100"},
    {"AAPL", "core", "12000", "214.88", "228.40", "2740800", "162240", "10560.00", "0", "2578560"},
    {"AMZN", "xgb-5m", "7500", "186.225", "190.40", "1428000", "31312.50", "10350.00", "0", "1396687.50"},
    {"TSLA", "xgb-5m", "-4200", "249.60", "254.30", "-1068060", "-19740", "7796.30", "3092.30", "-1048320"},
    {"AVGO", "mom-us", "8000", "171.26", "168.90", "1351200", "-18880", "6800.00", "0", "1370080"},
    {"XOM", "core", "14000", "113.005", "117.60", "1646400", "64330", "-5880.00", "0", "1582070"},
    {"META", "desk", "2500", "548.084", "563.10", "1407750", "37540", "-4301.05", "1198.95", "1370210"},
};

static void make_position(struct fake *f, int i)
{
    struct qf_position *p = &f->positions[i];
    qf_str_copy(p->account, sizeof p->account, held[i].account);
    qf_str_copy(p->symbol, sizeof p->symbol, held[i].symbol);
    qf_str_copy(p->currency, sizeof p->currency, "USD");
    p->quantity = price(held[i].quantity);
    p->cost = dec(held[i].cost, 16);
    p->fifo_cost = p->cost;
    p->average = price(held[i].average);
    p->last = price(held[i].last);
    p->value = p->base_value = money(held[i].value);
    p->unrealized = money(held[i].unrealized);
    p->day_pnl = p->base_day_pnl = money(held[i].day);
    p->realized = p->fifo_realized = money(held[i].realized);
    p->fees = money("54.67");
    p->tick = price("0.01");
    p->day = qf_time_day(f->now);
    p->day_quantity = p->quantity;
    p->updated = f->now;
    p->stale = strcmp(held[i].symbol, "PFE") == 0;
    p->has = ~0ULL & ~QF_BIT(position, trade_id);
}

/* --- orders */

static const struct {
    int64_t id;
    const char *symbol, *account, *by, *ref, *price;
    int side, tif;
    int64_t quantity, filled, age;
} working[FAKE_ORDERS] = {
    {48213, "NVDA", "mom-us", "bo", "c-91", "121.20", QF_SIDE_BUY, QF_TIF_DAY, 2000, 600, 15},
    {48215, "AMD", "xgb-5m", "xgb-5m", "x-40", "157.00", QF_SIDE_SELL, QF_TIF_GTC, 3000, 0, 125},
    {48219, "JPM", "core", "bo", "c-88", "210.90", QF_SIDE_BUY, QF_TIF_DAY, 1500, 0, 140},
    {48206, "TSLA", "xgb-5m", "xgb-5m", "x-39", "254.90", QF_SIDE_SELL, QF_TIF_DAY, 800, 0, 430},
};

static void make_order(struct fake *f, int i)
{
    struct qf_order *o = &f->orders[i];
    o->id = working[i].id;
    qf_str_copy(o->symbol, sizeof o->symbol, working[i].symbol);
    qf_str_copy(o->account, sizeof o->account, working[i].account);
    qf_str_copy(o->by, sizeof o->by, working[i].by);
    qf_str_copy(o->ref, sizeof o->ref, working[i].ref);
    qf_str_copy(o->venue, sizeof o->venue, "paper");
    o->side = working[i].side;
    o->type = QF_TYPE_LIMIT;
    o->tif = working[i].tif;
    o->quantity = working[i].quantity * QF_ONE;
    o->filled = working[i].filled * QF_ONE;
    o->price = price(working[i].price);
    o->state = o->filled ? QF_ORDER_PARTIAL : QF_ORDER_WORKING;
    o->at = o->created = o->updated = f->now - working[i].age * QF_SEC;
    o->fills = o->filled ? 1 : 0;
    o->has = ~0ULL & ~(QF_BIT(order, reason) | QF_BIT(order, cancel_by));
}

/* --- states, limits */

static const struct {
    const char *name, *reason, *by;
    int state;
    int64_t ago;
} states[FAKE_STATES] = {
    {"", "the desk was opened", "lee", QF_STATE_ACTIVE, 3 * 86400},
    {"core", "start", "lee", QF_STATE_ACTIVE, 3 * 86400},
    {"desk", "start", "lee", QF_STATE_ACTIVE, 3 * 86400},
    {"mom-us", "start", "lee", QF_STATE_ACTIVE, 3 * 86400},
    {"mrv-us", "loss streak 6 of 6", "breaker", QF_STATE_CLOSE_ONLY, 627},
    {"xgb-5m", "start", "lee", QF_STATE_ACTIVE, 3 * 86400},
};

static void make_state(struct fake *f, int i)
{
    struct qf_trading_state *s = &f->states[i];
    s->scope = i ? QF_SCOPE_STRATEGY : QF_SCOPE_FIRM;
    qf_str_copy(s->name, sizeof s->name, states[i].name);
    qf_str_copy(s->reason, sizeof s->reason, states[i].reason);
    qf_str_copy(s->by, sizeof s->by, states[i].by);
    s->state = states[i].state;
    s->n = 3 + i;
    s->latched = s->state != QF_STATE_ACTIVE;
    s->since = f->now - states[i].ago * QF_SEC;
    s->has = ~0ULL;
}

static const struct {
    int scope;
    const char *name;
    int control;
    const char *hard, *warn, *used;
    int64_t bp;
} limits[FAKE_LIMITS] = {
    {QF_SCOPE_SECTOR, "Tech", QF_CTL_GROSS_EXPOSURE, "12000000", "10200000", "10968780", 9141},
    {QF_SCOPE_FIRM, "", QF_CTL_GROSS_EXPOSURE, "30000000", "25500000", "23611140", 7870},
    {QF_SCOPE_STRATEGY, "mrv-us", QF_CTL_GROSS_EXPOSURE, "3000000", "2550000", "3041000", 10137},
    {QF_SCOPE_FIRM, "", QF_CTL_VAR_99_1D, "450000", "382500", "326322", 7252},
    {QF_SCOPE_FIRM, "", QF_CTL_NET_EXPOSURE, "22000000", "18700000", "15189100", 6904},
    {QF_SCOPE_SYMBOL, "NVDA", QF_CTL_POSITION, "40000", "34000", "19400", 4850},
    {QF_SCOPE_STRATEGY, "xgb-5m", QF_CTL_GROSS_EXPOSURE, "10000000", "8500000", "4418180", 4418},
    {QF_SCOPE_TRADER, "bo", QF_CTL_MSG_RATE, "50", NULL, "12", 2400},
    {QF_SCOPE_FIRM, "", QF_CTL_CASH, "10481242.60", NULL, "486030", 464},
    {QF_SCOPE_FIRM, "", QF_CTL_MAX_QTY, "20000", NULL, NULL, 0},
    {QF_SCOPE_FIRM, "", QF_CTL_MAX_NOTIONAL, "2500000", NULL, NULL, 0},
    {QF_SCOPE_FIRM, "", QF_CTL_PRICE_BAND, "0.05", NULL, NULL, 0},
};

static void make_limit(struct fake *f, int i)
{
    struct qf_limit *l = &f->limits[i];
    l->scope = limits[i].scope;
    qf_str_copy(l->name, sizeof l->name, limits[i].name);
    l->control = limits[i].control;
    l->hard = money(limits[i].hard);
    qf_str_copy(l->owner, sizeof l->owner, "max");
    qf_str_copy(l->reason, sizeof l->reason, "set when the desk was opened");
    l->updated = f->now - 3 * QF_DAY;
    l->has = ~0ULL & ~(QF_BIT(limit, until) | QF_BIT(limit, warn) | QF_BIT(limit, used) | QF_BIT(limit, used_bp));
    if (limits[i].warn) {
        l->warn = money(limits[i].warn);
        QF_SET(l, limit, warn);
    }
    if (limits[i].used) {
        l->used = money(limits[i].used);
        l->used_bp = limits[i].bp;
        QF_SET(l, limit, used);
        QF_SET(l, limit, used_bp);
    }
}

/* --- the desk itself */

static void make_desk(struct fake *f)
{
    struct qf_desk_status *d = &f->desk;
    qf_str_copy(d->name, sizeof d->name, "demo");
    d->state = QF_STATE_ACTIVE;
    d->mode = QF_MODE_SIMULATED;
    qf_str_copy(d->base, sizeof d->base, "USD");
    d->equity = money("25184312.60");
    d->cash = money("10481242.60");
    d->day_pnl = money("85003.10");
    d->day_start = money("25099309.50");
    d->flows = money("22000000");
    d->peak = money("3464418.51"); /* without the flows */
    d->drawdown_bp = -110;
    d->realized = money("7879.10");
    d->unrealized = money("784357.50");
    d->fees = money("12401.88");
    d->gross = money("22921190");
    d->net = money("14703070");
    d->long_value = money("18812130");
    d->short_value = money("-4109060");
    d->reserved = money("486030");
    d->positions = FAKE_POSITIONS;
    d->working = FAKE_ORDERS;
    d->alerts = 2;
    d->market_time = f->now;
    d->received = f->now - 300 * QF_MS;
    d->db = QF_DB_READY;
    d->month_pnl = money("388500.91");
    d->month_start = money("24795811.69");
    d->year_pnl = money("2193178.11");
    d->year_start = money("22991134.49");
    d->var_99 = money("326321.94");
    d->es_975 = money("349099.13");
    d->var_limit = money("450000");
    d->has =
        ~0ULL & ~(QF_BIT(desk_status, state_reason) | QF_BIT(desk_status, state_by) | QF_BIT(desk_status, state_since));
}

static const struct {
    int severity;
    const char *source, *message;
    int64_t ago;
} events[FAKE_EVENTS] = {
    {QF_SEV_INFO, "store", "migration 0014 verified, checksum ok", 5215},
    {QF_SEV_INFO, "desk", "session open, 20 symbols, feed simulated seed 7", 3727},
    {QF_SEV_INFO, "desk", "daemon start: 48,020 audit rows verified, book rebuilt, equal", 3700},
    {QF_SEV_WARN, "risk", "mrv-us CLOSE_ONLY: loss streak 6 of 6", 627},
    {QF_SEV_WARN, "gate", "Tech gross 90% of limit 12.0M; warns at 85%", 175},
    {QF_SEV_INFO, "market", "bars written: 20 of 20 symbols in 3.1ms", 127},
};

static void make_event(struct fake *f, int i)
{
    struct qf_event *e = &f->news[i];
    e->id = 101 + i;
    e->severity = events[i].severity;
    e->at = f->now - events[i].ago * QF_SEC;
    qf_str_copy(e->source, sizeof e->source, events[i].source);
    qf_str_copy(e->message, sizeof e->message, events[i].message);
    e->has = ~0ULL;
}

static void make_approval(struct fake *f)
{
    struct qf_approval *a = &f->approval;
    static const char args[] = "{\"scope\":\"firm\",\"control\":\"GROSS_EXPOSURE\",\"hard\":\"34000000\","
                               "\"warn\":\"28900000\",\"until\":\"2026-09-25T20:00:00Z\","
                               "\"reason\":\"index rebalance Friday\"}";
    a->id = 31;
    qf_str_copy(a->method, sizeof a->method, "limit.set");
    a->args = (struct qf_str){args, sizeof args - 1};
    qf_str_copy(a->before, sizeof a->before, "hard 30000000 warn 25500000 until none");
    qf_str_copy(a->after, sizeof a->after, "hard 34000000 warn 28900000 until 2026-09-25T20:00:00Z");
    qf_str_copy(a->asked_by, sizeof a->asked_by, "max");
    qf_str_copy(a->reason, sizeof a->reason, "index rebalance Friday");
    a->asked = f->now - 1763 * QF_SEC;
    a->expires = f->now + 72 * QF_MIN;
    a->state = QF_APPROVAL_PENDING;
    a->has = ~0ULL & ~(QF_BIT(approval, decided) | QF_BIT(approval, decided_by));
}

/* --- people */

static const struct {
    const char *name;
    int role;
    int64_t uid, last;
    bool disabled;
} people[FAKE_USERS] = {
    {"ana", QF_ROLE_RISK, 1001, 115, false}, {"bo", QF_ROLE_TRADER, 1002, 15, false},
    {"feed", QF_ROLE_FEED, 990, 0, false},   {"kim", QF_ROLE_VIEWER, -1, 77427, true},
    {"lee", QF_ROLE_ADMIN, 1004, 6, false},  {"max", QF_ROLE_RISK, 1003, 1763, false},
};

static void make_user(struct fake *f, int i)
{
    struct qf_user *u = &f->users[i];
    qf_str_copy(u->name, sizeof u->name, people[i].name);
    u->role = people[i].role;
    u->os_uid = people[i].uid;
    u->disabled = people[i].disabled;
    u->created = f->now - 3 * QF_DAY;
    u->last_login = f->now - people[i].last * QF_SEC;
    u->sessions = i < 2 ? 2 : i == 4;
    u->has = ~0ULL;
    if (people[i].uid < 0)
        QF_DROP(u, user, os_uid);
}

static const struct {
    int64_t id, idle;
    const char *user, *source, *command;
} live[FAKE_SESSIONS] = {
    {12, 0, "feed", "unix", "quote.publish"},
    {38, 5, "bo", "unix", "order.place"},
    {39, 1, "bo", "unix", "order.check"},
    {41, 61, "ana", "unix", "limit.list"},
    {44, 6, "lee", "10.0.4.17:50112 tls", "user.list"},
};

static void make_session(struct fake *f, int i)
{
    struct qf_session *s = &f->sessions[i];
    s->id = live[i].id;
    qf_str_copy(s->username, sizeof s->username, live[i].user);
    qf_str_copy(s->source, sizeof s->source, live[i].source);
    qf_str_copy(s->last_command, sizeof s->last_command, live[i].command);
    s->started = f->now - QF_HOUR;
    s->seen = f->now - live[i].idle * QF_SEC;
    s->expires = f->now + 14 * QF_MIN;
    s->has = ~0ULL & ~(QF_BIT(session, ended) | QF_BIT(session, end_reason));
}

static const struct {
    const char *user, *role, *method, *detail, *reason;
    int64_t ago;
} trail[FAKE_AUDIT] = {
    {"ana", "risk", "limit.set", "mrv-us GROSS_EXPOSURE to 3,000,000", NULL, 118},
    {"bo", "trader", "order.place", NULL, "MAX_NOTIONAL", 27},
    {"bo", "trader", "order.place", "48213 BUY NVDA 2,000", NULL, 15},
    {"lee", "admin", "user.set", "kim disabled", NULL, 6},
};

static struct qf_str str(const char *text)
{
    return (struct qf_str){text, (uint32_t)strlen(text)};
}

static void make_audit(struct fake *f, int i)
{
    struct qf_control *c = &f->audit[i];
    c->cmd_no = 48109 + i;
    c->at = f->now - trail[i].ago * QF_SEC;
    qf_str_copy(c->username, sizeof c->username, trail[i].user);
    qf_str_copy(c->role, sizeof c->role, trail[i].role);
    qf_str_copy(c->method, sizeof c->method, trail[i].method);
    qf_str_copy(c->source, sizeof c->source, "unix");
    c->outcome = trail[i].reason ? QF_OUTCOME_REFUSED : QF_OUTCOME_DONE;
    qf_str_copy(c->reason, sizeof c->reason, trail[i].reason ? trail[i].reason : "");
    c->args = str("{\"symbol\":\"NVDA\",\"side\":\"BUY\",\"quantity\":\"2000\"}");
    c->detail = str(trail[i].detail ? trail[i].detail : "limit 2500000, after 3036500");
    memset(c->hash, 'a', 64);
    memset(c->prev, 'b', 64);
    c->has = ~0ULL;
    if (!trail[i].reason)
        QF_DROP(c, control, reason);
}

/* --- series */

static void make_equity(struct fake *f)
{
    double v = 24950000;
    uint32_t r = 12345;
    for (int i = 0; i < FAKE_EQUITY; i++) {
        r = r * 1664525u + 1013904223u;
        v += ((double)(r >> 8) / 16777216.0 - 0.485) * 120000;
        f->equity[i].at = f->now - (FAKE_EQUITY - 1 - i) * QF_DAY;
        f->equity[i].equity = (qf_money)v * QF_ONE;
        f->equity[i].has = ~0ULL;
    }
    qf_money end = f->desk.equity - f->equity[FAKE_EQUITY - 1].equity; /* the last point is what line 1 says */
    for (int i = 0; i < FAKE_EQUITY; i++)
        f->equity[i].equity += end / (FAKE_EQUITY - 1) * i;
    f->equity[FAKE_EQUITY - 1].equity = f->desk.equity;
}

static void make_sample(struct fake *f, int i)
{
    struct qf_sample *s = &f->samples[i];
    int wave = (int)(8 * sin(i / 5.0)) + i % 3;
    memset(s, 0, sizeof *s);
    s->at = f->now - (FAKE_SAMPLES - 1 - i) * 30 * QF_SEC - 600 * QF_MS;
    s->cpus = 8;
    s->cpu_bp = 1200 + wave * 40;
    s->load_centi = 84 + wave;
    s->memory_total = 16LL << 30;
    s->memory_used = (31LL << 30) / 10 + wave * (8LL << 20);
    s->disk_total = 200LL << 30;
    s->disk_used = 41LL << 30;
    s->qfd_cpu_bp = 310 + wave * 9;
    s->qfd_rss = (180LL + wave) << 20;
    s->files = 212;
    s->files_max = 65536;
    s->uptime = 5227;
    s->loop_stall_us = 700 + wave * 20;
    s->commit_p50_us = 610 + wave * 5;
    s->commit_p99_us = 2100 + wave * 30;
    s->commit_max_us = 6800;
    s->batch_commands_max = 214;
    s->commands = 48112;
    s->requests_per_s = 830 + wave * 11;
    s->pushes_per_s = 1240 + wave * 13;
    s->connections = 14;
    s->connections_max = 1024;
    s->db = QF_DB_READY;
    s->db_epoch = 12;
    s->db_size = (42LL << 30) / 10;
    s->db_connections = 3;
    s->db_wal_per_s = 819200;
    qf_str_copy(s->db_version, sizeof s->db_version, "15.14");
    s->has = ~0ULL;
}

static void make_latency(struct fake *f)
{
    struct qf_latency *l = &f->latency;
    qf_str_copy(l->method, sizeof l->method, "order.place");
    l->p50_us = 610;
    l->p99_us = 2100;
    l->max_us = 6800;
    l->slots = f->slots;
    l->slots_n = FAKE_SLOTS;
    l->has = ~0ULL;
    for (int i = 0; i < FAKE_SLOTS; i++) {
        struct qf_latency_slot *s = &f->slots[i];
        s->at = f->now - (FAKE_SLOTS - i) * 15 * QF_SEC;
        s->le_500us = 400 + (i * 37) % 250;
        s->le_1ms = 300 + (i * 53) % 100;
        s->le_2ms = 40 + (i * 29) % 120;
        s->le_4ms = i >= 25 && i <= 27 ? 400 : 5 + i % 4;
        s->le_8ms = i % 5 == 0 ? 5 : 0;
        s->max_us = 6800;
        s->has = ~0ULL;
    }
}

static void make_feed(struct fake *f)
{
    struct qf_feed *x = &f->feed;
    qf_str_copy(x->name, sizeof x->name, "simulated");
    x->kind = QF_FEED_SIMULATED;
    x->status = QF_FEEDST_RUNNING;
    x->speed = 1;
    x->market_time = f->now;
    x->received = f->now - 200 * QF_MS;
    x->max_age = 2000;
    x->symbols = FAKE_SYMBOLS;
    x->ticks = 1284410;
    x->bad_jump = 2;
    x->has = ~0ULL & ~QF_BIT(feed, reason);
}

static void make_fill(struct fake *f)
{
    struct qf_execution *e = &f->fill;
    e->id = 9001;
    e->order_id = 48213;
    qf_str_copy(e->account, sizeof e->account, "mom-us");
    qf_str_copy(e->symbol, sizeof e->symbol, "NVDA");
    e->side = QF_SIDE_BUY;
    e->quantity = 600 * QF_ONE;
    e->price = price("121.20");
    e->fee = money("3.64");
    qf_str_copy(e->currency, sizeof e->currency, "USD");
    qf_str_copy(e->venue, sizeof e->venue, "paper");
    qf_str_copy(e->exec_id, sizeof e->exec_id, "48213-1");
    e->at = e->recorded = f->now - 15 * QF_SEC;
    e->has = ~0ULL;
}

void fake_fill(struct fake *f)
{
    for (int i = 0; i < FAKE_SYMBOLS; i++) {
        make_quote(f, i);
        make_instrument(f, i);
        make_spark(f, i);
    }
    for (int i = 0; i < FAKE_POSITIONS; i++)
        make_position(f, i);
    for (int i = 0; i < FAKE_ORDERS; i++)
        make_order(f, i);
    for (int i = 0; i < FAKE_STATES; i++)
        make_state(f, i);
    for (int i = 0; i < FAKE_LIMITS; i++)
        make_limit(f, i);
    for (int i = 0; i < FAKE_EVENTS; i++)
        make_event(f, i);
    for (int i = 0; i < FAKE_USERS; i++)
        make_user(f, i);
    for (int i = 0; i < FAKE_SESSIONS; i++)
        make_session(f, i);
    for (int i = 0; i < FAKE_AUDIT; i++)
        make_audit(f, i);
    for (int i = 0; i < FAKE_SAMPLES; i++)
        make_sample(f, i);
    make_desk(f);
    fake_risk_fill(f);
    make_approval(f);
    make_equity(f);
    make_latency(f);
    make_feed(f);
    make_fill(f);
    f->positions_n = FAKE_POSITIONS;
    f->orders_n = FAKE_ORDERS;
    f->events_n = FAKE_EVENTS;
    f->limits_n = FAKE_LIMITS;
}
