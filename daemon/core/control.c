#include "daemon/core/control.h"

#include "daemon/core/degrade.h"

/* --- lines */

/* A line of the answer, NULL when this one is not kept. Counts a refusal. */
static struct gate_line *new_line(struct ask *k, enum qf_control_code code, bool pass)
{
    struct gate_answer *a = k->ret;
    a->pass = a->pass && pass;
    if ((pass && !k->all) || a->count == GATE_LINES)
        return NULL;
    struct gate_line *l = &a->lines[a->count++];
    memset(l, 0, sizeof(*l));
    l->control = code;
    l->pass = pass;
    return l;
}

static bool say(struct ask *k, enum qf_control_code code, bool pass, const char *what, const char *name)
{
    struct gate_line *l = new_line(k, code, pass);
    if (l != NULL)
        core_join(l->scope, sizeof(l->scope), what, name);
    return pass;
}

static bool say_numbers(struct ask *k, enum qf_control_code code, bool pass, const char *what, const char *name,
                        qf_money after, qf_money limit)
{
    struct gate_line *l = new_line(k, code, pass);
    if (l == NULL)
        return pass;
    core_join(l->scope, sizeof(l->scope), what, name);
    l->has_after = l->has_limit = true;
    l->after = after;
    l->limit = limit;
    return pass;
}

static const char *const scope_words[QF_scope_COUNT] = {
    [QF_SCOPE_FIRM] = "firm",        [QF_SCOPE_STRATEGY] = "strategy ", [QF_SCOPE_TRADER] = "trader ",
    [QF_SCOPE_ACCOUNT] = "account ", [QF_SCOPE_SECTOR] = "sector ",     [QF_SCOPE_SYMBOL] = "symbol ",
};

/* A number of a group against its limit. */
static bool judge(struct ask *k, enum qf_control_code code, const struct group *g, const qf_money *now, qf_money after,
                  qf_money limit, bool exempt)
{
    bool pass = after <= limit || exempt;
    struct gate_line *l = new_line(k, code, pass);
    if (l == NULL)
        return pass;
    core_join(l->scope, sizeof(l->scope), scope_words[g->scope], g->name);
    l->has_after = l->has_limit = true;
    l->after = after;
    l->limit = limit;
    l->has_now = now != NULL;
    l->now = now != NULL ? *now : 0;
    return pass;
}

/* Walks the groups of the order that have a limit of this control: for (at = 0; (g = next_limit(...)) != NULL;) */
static const struct group *next_limit(const struct ask *k, enum qf_control_code code, size_t *at, qf_money *ret_hard)
{
    if ((k->bound >> code & 1) == 0)
        return NULL;
    while (*at < k->binding_n) {
        const struct group *g = k->binding[(*at)++];
        const struct qf_limit *l = (g->bound >> code & 1) == 0 ? NULL : group_limit(k->d, g, code, k->in->who->wall);
        if (l == NULL)
            continue;
        *ret_hard = l->hard;
        return g;
    }
    return NULL;
}

/* One number of the order itself against the limit of each of its groups. The firm's own row says "order". */
static bool judge_order(struct ask *k, enum qf_control_code code, qf_money number)
{
    static const struct group order = { .scope = QF_SCOPE_FIRM };
    const struct group *g;
    qf_money hard;
    bool pass = true;
    for (size_t at = 0; (g = next_limit(k, code, &at, &hard)) != NULL;) {
        bool ok = g->scope == order.scope ? say_numbers(k, code, number <= hard, "order", "", number, hard)
                                          : judge(k, code, g, NULL, number, hard, false);
        pass = pass && ok;
        if (!pass && !k->all)
            return false;
    }
    return pass;
}

/* --- may it be traded at all */

static bool ask_halted(struct ask *k)
{
    enum qf_desk_state firm = state_effective(k->d, NULL), rules = state_effective(k->d, k->account);
    bool pass = rules == QF_STATE_ACTIVE || (rules == QF_STATE_CLOSE_ONLY && k->ret->reduces);
    if (rules == firm || k->account == NULL)
        return say(k, QF_CTL_HALTED, pass, "firm", "");
    return say(k, QF_CTL_HALTED, pass, scope_words[QF_SCOPE_STRATEGY], k->account->row.strategy);
}

static bool ask_authorised(struct ask *k)
{
    bool pass = k->account != NULL && !k->account->row.closed && desk_owns(k->in->who, &k->account->row);
    return say(k, QF_CTL_NOT_AUTHORISED, pass, scope_words[QF_SCOPE_ACCOUNT], k->in->account_name);
}

static bool ask_symbol(struct ask *k)
{
    bool pass = k->instrument != NULL && k->instrument->row.status == QF_INST_OPEN;
    return say(k, QF_CTL_UNKNOWN_SYMBOL, pass, scope_words[QF_SCOPE_SYMBOL], k->in->symbol);
}

/* --- the order by itself */

static bool ask_quantity(struct ask *k)
{
    return judge_order(k, QF_CTL_MAX_QTY, k->in->quantity);
}

/* An order whose value is beyond what money can be is refused whatever the limits are. Without price or rate there is
 * no value: then MD_STALE or NO_RATE refuses. */
static bool ask_notional(struct ask *k)
{
    if (k->has_price && !k->has_base && (!k->fits || k->currency->now != DESK_NO_RATE))
        return say_numbers(k, QF_CTL_MAX_NOTIONAL, false, "order", "", QF_MONEY_MAX, QF_MONEY_MAX);
    return !k->has_base || judge_order(k, QF_CTL_MAX_NOTIONAL, k->ret->base_notional);
}

/* How far a limit price is on the wrong side of the middle, as a share of it; 0 when it is not. */
static qf_money distance(const struct ask *k)
{
    qf_i128 off = k->in->side == QF_SIDE_BUY ? (qf_i128)k->in->price - k->mid : (qf_i128)k->mid - k->in->price;
    if (off <= 0)
        return 0;
    return k->mid == 0 ? QF_MONEY_MAX : qf_div_even(off * QF_ONE, qf_abs64(k->mid));
}

static bool ask_band(struct ask *k)
{
    const struct group *g;
    char mid[QF_DEC_TEXT];
    qf_money hard, off = 0;
    bool pass = true;
    if (k->in->type != QF_TYPE_LIMIT || !k->has_mid)
        return true;
    for (size_t at = 0; (g = next_limit(k, QF_CTL_PRICE_BAND, &at, &hard)) != NULL;) {
        off = distance(k);
        mid[0] = '\0';
        if (off > hard || k->all)
            qf_dec_format(k->mid, QF_SCALE, mid);
        pass = say_numbers(k, QF_CTL_PRICE_BAND, off <= hard, "mid ", mid, off, hard) && pass;
        if (!pass && !k->all)
            return false;
    }
    return pass;
}

static bool ask_tick(struct ask *k)
{
    const struct qf_instrument *i = &k->instrument->row;
    bool pass = k->in->type != QF_TYPE_LIMIT || (k->in->price % i->tick == 0 && (k->in->price > 0 || i->negative));
    return say(k, QF_CTL_TICK, pass, "order", "");
}

static bool ask_lot(struct ask *k)
{
    return say(k, QF_CTL_LOT, k->in->quantity > 0 && k->in->quantity % k->instrument->row.lot == 0, "order", "");
}

/* --- what is known about the market */

/* The last price may be old: what closes goes on, for who has to get out should not have to wait. Without any there is nothing to judge
 * an order by. */
static bool ask_stale(struct ask *k)
{
    const struct mark *m = &k->d->marks[k->slot];
    qf_time age = k->d->market_now - m->at;
    if (!k->has_mid || !k->has_price)
        return say(k, QF_CTL_MD_STALE, k->has_mid && degrade_allows(QF_CAUSE_NO_PRICE, k->ret->reduces), scope_words[QF_SCOPE_SYMBOL],
                   k->in->symbol);
    bool pass = age <= m->max_age || degrade_allows(QF_CAUSE_FEED_LOST, k->ret->reduces);
    return say_numbers(k, QF_CTL_MD_STALE, pass, scope_words[QF_SCOPE_SYMBOL], k->in->symbol, (qf_money)age * 100,
                       (qf_money)m->max_age * 100); /* microseconds to seconds at 10^-8 */
}

/* --- how often */

static void window_text(const struct ask *k, char out[32])
{
    char digits[QF_DEC_TEXT];
    qf_dec_format(k->d->conf.duplicate_window_us, 6, digits);
    core_join(out, 32, digits, "s window");
}

static bool ask_duplicate(struct ask *k)
{
    const struct intent *in = k->in;
    qf_money hard, most = -1;
    bool pass = true;
    char window[32] = "";
    for (size_t at = 0; k->duplicates && next_limit(k, QF_CTL_DUPLICATE, &at, &hard) != NULL;)
        most = hard > most ? hard : most;
    if (most < 0)
        return true;
    uint64_t hash =
        recent_hash(k->account, k->instrument, in->side, in->type, in->quantity, in->has_price ? in->price : 0, k->d);
    int64_t count = recent_count(k->d->recent, hash, k->d->market_now, in->who->wall, k->d->conf.duplicate_window_us,
                                 (int64_t)(most / QF_ONE < INT64_MAX - 1 ? most / QF_ONE : INT64_MAX - 1));
    for (size_t at = 0; (next_limit(k, QF_CTL_DUPLICATE, &at, &hard)) != NULL;) {
        qf_money n = (qf_money)count * QF_ONE;
        if (k->all || n > hard)
            window_text(k, window);
        pass = say_numbers(k, QF_CTL_DUPLICATE, n <= hard, window, "", n, hard) && pass;
        if (!pass && !k->all)
            return false;
    }
    return pass;
}

static bool judge_rate(struct ask *k, const struct group *g)
{
    const struct qf_limit *l = g == NULL ? NULL : group_limit(k->d, g, QF_CTL_MSG_RATE, k->in->who->wall);
    if (l == NULL)
        return true;
    qf_money now = (qf_money)rate_now(g, k->in->who->wall) * QF_ONE;
    return judge(k, QF_CTL_MSG_RATE, g, &now, now + QF_ONE, l->hard, false);
}

static bool ask_rate(struct ask *k)
{
    bool pass = judge_rate(k, &k->d->groups[0]);
    if (!pass && !k->all)
        return false;
    return judge_rate(k, group_of_user(k->d, k->account, k->in->who->user)) && pass;
}

/* --- what would be held */

/* What the group holds of the symbol with every open order of this side filled, signed. An account's is its position;
 * firm, sector and symbol see the symbol over all accounts. */
static qf_money held_by(const struct ask *k, const struct group *g)
{
    if (g->scope == QF_SCOPE_ACCOUNT)
        return k->worst_now;
    bool own = g->scope == QF_SCOPE_TRADER || g->scope == QF_SCOPE_STRATEGY;
    uint32_t i = net_find(k->d, own ? (uint32_t)(g - k->d->groups) : k->instrument->group_symbol, k->slot);
    if (i == TAB_NONE)
        return 0;
    const struct net *n = &k->d->nets[i];
    return k->in->side == QF_SIDE_BUY ? n->quantity + n->open_buy : n->quantity - n->open_sell;
}

/* Beyond the largest quantity, or a value in it that money cannot be, nothing is let through: then every fill can be
 * booked. */
static bool representable(const struct ask *k)
{
    qf_cost cost;
    qf_i128 after = qf_abs128(k->worst_after), working = k->in->side == QF_SIDE_BUY ? k->open_buy : k->open_sell;
    if (after > QF_PRICE_MAX || working + k->in->quantity > QF_PRICE_MAX)
        return false;
    return !k->has_price || cost_fits(k->price, (qf_qty)after, k->instrument->row.multiplier, &cost);
}

static bool ask_position(struct ask *k)
{
    const struct group *g;
    qf_money hard, by = k->worst_after - k->worst_now;
    bool pass = true;
    if (!representable(k))
        return say_numbers(k, QF_CTL_POSITION, false, scope_words[QF_SCOPE_SYMBOL], k->in->symbol,
                           qf_abs128(k->worst_after), QF_PRICE_MAX);
    for (size_t at = 0; (g = next_limit(k, QF_CTL_POSITION, &at, &hard)) != NULL;) {
        qf_money held = held_by(k, g), now = qf_abs128(held);
        pass = judge(k, QF_CTL_POSITION, g, &now, qf_abs128(held + by), hard, k->ret->reduces) && pass;
        if (!pass && !k->all)
            return false;
    }
    return pass;
}

/* By how much the order moves the gross value of its position, or where the sum of values may end on the side of the order when every open
 * order of that side fills. What money cannot be counts as the largest it can, so that it is above every limit. false when there is no
 * price or rate. */
static bool exposure_change(const struct ask *k, bool net, qf_money *ret)
{
    const struct core_position *p = k->position;
    struct worth w = { .priced = false };
    bool buy = k->in->side == QF_SIDE_BUY;
    if (!k->has_mid || k->currency->now == DESK_NO_RATE)
        return false;
    if (representable(k))
        worth_of(k->d, k->slot, k->held, buy ? k->open_buy + k->in->quantity : k->open_buy,
                 buy ? k->open_sell : k->open_sell + k->in->quantity, 0, &w);
    qf_money change = !net ? w.gross - (p ? p->gross : 0) : buy ? w.high - (p ? p->net_high : 0) : (p ? p->net_low : 0) - w.low;
    *ret = w.priced ? change : QF_MONEY_MAX;
    return true;
}

/* Of the net sum a buy can only raise it and a sale only lower it, so each is asked about its own side: an order that brings a sum beyond
 * its limit back towards zero passes. */
static bool ask_exposure(struct ask *k, enum qf_control_code control, bool net)
{
    const struct group *g;
    qf_money hard, by = 0;
    bool pass = true, known = false;
    for (size_t at = 0; (g = next_limit(k, control, &at, &hard)) != NULL;) {
        if (!known && !exposure_change(k, net, &by))
            return true; /* MD_STALE or NO_RATE refuses */
        known = true;
        qf_money now = !net ? g->gross : k->in->side == QF_SIDE_BUY ? g->net_high : -g->net_low;
        pass = judge(k, control, g, &now, now + by, hard, k->ret->reduces) && pass;
        if (!pass && !k->all)
            return false;
    }
    return pass;
}

static bool ask_gross(struct ask *k)
{
    return ask_exposure(k, QF_CTL_GROSS_EXPOSURE, false);
}

static bool ask_net(struct ask *k)
{
    return ask_exposure(k, QF_CTL_NET_EXPOSURE, true);
}

/* The figure is that of the last run, for the firm as a whole: what one order does to it is not known before the next, so at and below the
 * limit all pass and above it only what closes. Before the first run there is nothing to ask. */
static bool ask_var(struct ask *k)
{
    const struct group *g;
    qf_money hard;
    bool pass = true;
    for (size_t at = 0; k->d->has_var && (g = next_limit(k, QF_CTL_VAR_99_1D, &at, &hard)) != NULL;)
        if (g->scope == QF_SCOPE_FIRM)
            pass = judge(k, QF_CTL_VAR_99_1D, g, &k->d->var_99, k->d->var_99, hard, k->ret->reduces) && pass;
    return pass;
}

/* Cash of the account in the base currency; what has no rate does not count. */
static qf_money cash_of(const struct ask *k)
{
    qf_money sum = 0, one;
    for (uint32_t i = k->account->first_cash; i != TAB_NONE; i = cash_at(k->d, i)->next)
        if (currency_base(&k->d->currencies[cash_at(k->d, i)->currency], cash_at(k->d, i)->row.balance, &one))
            sum += one;
    return sum;
}

static bool ask_cash(struct ask *k)
{
    const struct group *g = &k->d->groups[k->account->group_account];
    qf_money need;
    if (k->in->side != QF_SIDE_BUY || !k->has_base)
        return say(k, QF_CTL_CASH, true, scope_words[g->scope], g->name);
    qf_money spent = k->cost > 0 ? k->ret->notional : 0; /* a buy at a negative price brings money in */
    if (!currency_base(k->currency, spent + k->ret->fee, &need))
        return say(k, QF_CTL_CASH, false, scope_words[g->scope], g->name);
    return judge(k, QF_CTL_CASH, g, &g->reserved, g->reserved + need, cash_of(k), k->ret->reduces);
}

static bool ask_no_rate(struct ask *k)
{
    return say(k, QF_CTL_NO_RATE, k->currency->now != DESK_NO_RATE, "currency ", k->currency->name);
}

/* --- room */

void capacity_tabs(const struct desk *d, const struct tab *ret[CAPACITY_TABS])
{
    const struct tab *const tabs[CAPACITY_TABS] = { &d->orders, &d->lots, &d->positions, &d->trades, &d->cash };
    memcpy(ret, tabs, sizeof(tabs));
}

static const struct tab *fullest(const struct desk *d)
{
    const struct tab *tabs[CAPACITY_TABS];
    capacity_tabs(d, tabs);
    const struct tab *most = tabs[0];
    for (size_t i = 1; i < CAPACITY_TABS; i++)
        if ((uint64_t)tabs[i]->count * most->cap > (uint64_t)most->count * tabs[i]->cap)
            most = tabs[i];
    return most;
}

/* Executions are never refused, so the room they need is kept by refusing new risk early. What only closes may go on
 * until the orders themselves, the position or the cash row it needs have no place. */
static bool has_room(const struct ask *k, const struct tab *most)
{
    const struct desk *d = k->d;
    if (!tab_tight(most))
        return true;
    return degrade_allows(QF_CAUSE_TABLE_FULL, k->ret->reduces) && d->orders.count < d->orders.cap && d->positions.count < d->positions.cap &&
           d->cash.count < d->cash.cap;
}

static bool ask_capacity(struct ask *k)
{
    const struct tab *most = fullest(k->d);
    bool pass = has_room(k, most);
    return say_numbers(k, QF_CTL_CAPACITY, pass, qf_tables[most->table].name, "", (qf_money)most->count * QF_ONE,
                       (qf_money)(most->cap - most->cap / 10 - 1) * QF_ONE);
}

const struct control controls[QF_control_code_COUNT] = {
    { QF_CTL_HALTED, true, ask_halted, "", "", NULL },
    { QF_CTL_NOT_AUTHORISED, true, ask_authorised, "account", "", NULL },
    { QF_CTL_UNKNOWN_SYMBOL, true, ask_symbol, "symbol", "", NULL },
    { QF_CTL_MAX_QTY, false, ask_quantity, "quantity", "quantity", "quantity" },
    { QF_CTL_MAX_NOTIONAL, false, ask_notional, "quantity", "money", "value" },
    { QF_CTL_PRICE_BAND, false, ask_band, "price", "percent", "distance" },
    { QF_CTL_TICK, false, ask_tick, "price", "", NULL },
    { QF_CTL_LOT, false, ask_lot, "quantity", "", NULL },
    { QF_CTL_MD_STALE, false, ask_stale, "symbol", "seconds", "age" },
    { QF_CTL_DUPLICATE, false, ask_duplicate, "", "count", "identical orders" },
    { QF_CTL_MSG_RATE, false, ask_rate, "", "count", "messages a second" },
    { QF_CTL_POSITION, false, ask_position, "quantity", "quantity", "position" },
    { QF_CTL_GROSS_EXPOSURE, false, ask_gross, "quantity", "money", "gross" },
    { QF_CTL_CASH, false, ask_cash, "quantity", "money", "cash held" },
    { QF_CTL_NO_RATE, false, ask_no_rate, "symbol", "", NULL },
    { QF_CTL_CAPACITY, false, ask_capacity, "", "count", "rows" },
    { QF_CTL_NET_EXPOSURE, false, ask_net, "quantity", "money", "net" },
    { QF_CTL_VAR_99_1D, false, ask_var, "", "money", "value at risk" },
};
