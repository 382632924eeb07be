#include "daemon/core/control.h"
#include "daemon/core/state.h"

/* --- one walk */

static void find_groups(struct ask *k)
{
    uint32_t groups[DESK_GROUPS];
    groups_of(k->account, k->instrument, groups);
    for (size_t i = 0; i < DESK_GROUPS; i++) {
        const struct group *g = groups[i] == TAB_NONE ? NULL : &k->d->groups[groups[i]];
        if (g == NULL || g->bound == 0)
            continue;
        k->binding[k->binding_n++] = g;
        k->bound |= g->bound;
    }
}

static void find_position(struct ask *k)
{
    k->position = position_find(k->d, k->account, k->instrument);
    if (k->position == NULL)
        return;
    k->held = k->position->row.quantity;
    k->open_buy = k->position->open_buy;
    k->open_sell = k->position->open_sell;
}

static void find_worst(struct ask *k)
{
    bool buy = k->in->side == QF_SIDE_BUY;
    k->worst_now = buy ? (qf_i128)k->held + k->open_buy : (qf_i128)k->held - k->open_sell;
    k->worst_after = k->worst_now + (buy ? k->in->quantity : -(qf_i128)k->in->quantity);
    k->ret->reduces = buy ? k->held < 0 && k->worst_after <= 0 : k->held > 0 && k->worst_after >= 0;
}

static void find_value(struct ask *k)
{
    struct gate_answer *a = k->ret;
    k->has_mid = desk_mark_price(k->d, k->slot, &k->mid);
    k->has_price = k->in->type == QF_TYPE_LIMIT ? k->in->has_price : desk_touch(k->d, k->slot, k->in->side, &k->price);
    if (k->in->type == QF_TYPE_LIMIT)
        k->price = k->in->price;
    k->fits = k->has_price && cost_fits(k->price, k->in->quantity, k->instrument->row.multiplier, &k->cost);
    if (!k->fits)
        return;
    a->has_notional = true;
    a->notional = qf_abs128(qf_cost_money(k->cost));
    a->fee = fee_of(k->d, a->notional);
    k->has_base = k->currency->now != DESK_NO_RATE && currency_base(k->currency, a->notional, &a->base_notional);
}

static void begin(struct ask *k)
{
    struct gate_answer *a = k->ret;
    a->pass = true;
    a->has_notional = a->reduces = false;
    a->count = 0;
    a->notional = a->base_notional = a->fee = 0;
    if (k->instrument == NULL || k->account == NULL)
        return;
    k->slot = tab_slot(&k->d->instruments, k->instrument);
    k->currency = currency_of(k->d, k->instrument);
    find_groups(k);
    find_position(k);
    find_worst(k);
    find_value(k);
}

/* Without account or instrument only the controls that say so can be asked; one of them has refused then. */
static void walk(const struct desk *d, const struct intent *in, bool all, bool duplicates, struct gate_answer *ret)
{
    struct ask k = { .d = d, .in = in, .all = all, .duplicates = duplicates, .ret = ret, .instrument = in->instrument,
                     .account = in->account };
    begin(&k);
    for (size_t i = 0; i < QF_LEN(controls); i++) {
        if (!controls[i].blind && (k.account == NULL || k.instrument == NULL))
            break;
        if (!controls[i].ask(&k) && !all)
            return;
    }
    qf_assert(!ret->pass || (k.has_base && k.has_mid));
}

void gate_ask(const struct desk *d, const struct intent *in, bool all, struct gate_answer *ret)
{
    walk(d, in, all, true, ret);
}

/* --- the largest that passes */

#define GUESSES 6 /* after so many the bisection goes on alone; two or three are enough where one control binds */

static bool passes(const struct desk *d, struct intent *in, int64_t lots, struct gate_answer *ret)
{
    in->quantity = lots * in->instrument->row.lot;
    walk(d, in, false, false, ret);
    return ret->pass;
}

/* The controls grow in a straight line with the quantity, so a line at `lots` tells where its limit is met. 0: it has no numbers, or
 * they say nothing. */
static int64_t meets(const struct gate_line *l, int64_t lots)
{
    qf_i128 at;
    if (!l->has_limit || !l->has_after)
        return 0;
    qf_money now = l->has_now ? l->now : 0;
    if (l->after <= now || l->limit <= now || qf_muldiv(lots, l->limit - now, l->after - now, &at) != QF_OK || at <= 0 ||
        at >= QF_PRICE_MAX)
        return 0;
    return (int64_t)at;
}

/* From the line that refused at `lots`: below it. */
static int64_t guess(const struct gate_answer *a, int64_t lots)
{
    int64_t at = a->count == 0 ? 0 : meets(&a->lines[0], lots);
    return at <= lots ? at : 0;
}

/* Age, distance and frequency have numbers too, but not from the quantity. */
static bool grows(enum qf_control_code code)
{
    return code == QF_CTL_MAX_QTY || code == QF_CTL_MAX_NOTIONAL || code == QF_CTL_POSITION || code == QF_CTL_GROSS_EXPOSURE ||
           code == QF_CTL_NET_EXPOSURE || code == QF_CTL_CASH;
}

/* Where the first of the lines of a whole answer about `in` binds. 0: no line tells. */
static int64_t hint(const struct intent *in, const struct gate_answer *whole)
{
    int64_t lots = in->quantity / in->instrument->row.lot, least = 0;
    for (int i = 0; i < whole->count && lots > 0; i++) {
        int64_t at = grows(whole->lines[i].control) ? meets(&whole->lines[i], lots) : 0;
        if (at > 0 && (least == 0 || at < least))
            least = at;
    }
    return least < QF_PRICE_MAX / in->instrument->row.lot ? least : 0;
}

/* Every control that looks at the quantity refuses from some quantity on; DUPLICATE, which does not grow with it, is
 * left out. */
bool gate_largest(const struct desk *d, const struct intent *in, const struct gate_answer *whole, qf_qty *ret)
{
    struct intent try = *in;
    struct gate_answer a;
    if (in->instrument == NULL || in->account == NULL)
        return false;
    int64_t good = 0, bad = QF_PRICE_MAX / in->instrument->row.lot + 1, first = whole == NULL ? 0 : hint(in, whole);
    if (first > 0 && passes(d, &try, first, &a)) {
        good = first;
        bad = passes(d, &try, first + 1, &a) ? bad : first + 1;
    } else if (!passes(d, &try, 1, &a)) {
        return false;
    } else {
        good = 1;
        bad = first > 1 ? first : bad;
    }
    int64_t next = bad - 1;
    for (int tries = 0; bad - good > 1; tries++) {
        bool guessed = next > good && next < bad;
        if (!guessed)
            next = good + (bad - good) / 2;
        if (passes(d, &try, next, &a)) {
            good = next;
            next = guessed ? good + 1 : 0;
        } else {
            bad = next;
            next = tries < GUESSES ? guess(&a, bad) : 0;
        }
        if (tries >= GUESSES)
            next = 0;
    }
    *ret = good * in->instrument->row.lot;
    return true;
}

/* --- the refusal */

static const struct control *control_of(enum qf_control_code code)
{
    for (size_t i = 0; i < QF_LEN(controls); i++)
        if (controls[i].code == code)
            return &controls[i];
    qf_bug("a control without a row", __FILE__, __LINE__);
}

const char *gate_unit(enum qf_control_code code)
{
    return control_of(code)->unit;
}

static void number_text(const struct control *c, qf_money v, char out[QF_DEC_TEXT + 2])
{
    if (strcmp(c->unit, "percent") == 0) {
        size_t n = qf_dec_pretty(v * 100, QF_SCALE, 2, true, false, out);
        memcpy(out + n, "%", 2);
    } else if (strcmp(c->unit, "money") == 0) {
        qf_dec_pretty(v, QF_SCALE, 2, true, false, out);
    } else {
        qf_dec_format(v, QF_SCALE, out);
    }
}

/* The time of day is enough for what happened within a day. */
static void since_text(qf_time since, qf_time wall, char out[QF_TIME_TEXT])
{
    char text[QF_TIME_TEXT];
    qf_time_format(since, text);
    text[10] = ' '; /* 2026-11-22T14:21:40.000000Z */
    text[19] = '\0';
    qf_str_copy(out, QF_TIME_TEXT, wall - since < QF_DAY ? text + 11 : text);
}

/* "HALTED since 14:21:40 by ana: drawdown" */
static bool state_words(const struct desk *d, const struct intent *in, const struct gate_line *l, char *out, size_t cap)
{
    struct qf_trading_state s;
    char since[QF_TIME_TEXT];
    bool own = l->control == QF_CTL_HALTED && in->account != NULL && strcmp(l->scope, "firm") != 0;
    if (l->control != QF_CTL_HALTED || !state_shown(d, own ? in->account->row.strategy : NULL, &s))
        return false;
    since_text(s.since, in->who->wall, since);
    core_join(out, cap, qf_enum_text(&qf_enum_desk_state, s.state), " since ");
    core_append(out, cap, since);
    core_append(out, cap, s.by[0] != '\0' ? " by " : "");
    core_append(out, cap, s.by);
    core_append(out, cap, s.reason[0] != '\0' ? ": " : "");
    core_append(out, cap, s.reason);
    return true;
}

/* "the price 100.005 is not a multiple of the tick 0.01" */
static bool step_words(const struct intent *in, const struct gate_line *l, char *out, size_t cap)
{
    char number[QF_DEC_TEXT], step[QF_DEC_TEXT];
    bool tick = l->control == QF_CTL_TICK;
    if ((!tick && l->control != QF_CTL_LOT) || in->instrument == NULL)
        return false;
    const struct qf_instrument *i = &in->instrument->row;
    qf_dec_format(tick ? in->price : in->quantity, QF_SCALE, number);
    qf_dec_format(tick ? i->tick : i->lot, QF_SCALE, step);
    core_join(out, cap, tick ? "the price " : "the quantity ", number);
    if (tick ? in->price % i->tick == 0 : in->quantity <= 0) {
        core_append(out, cap, " is not above zero");
        return true;
    }
    core_append(out, cap, tick ? " is not a multiple of the tick " : " is not a multiple of the lot ");
    core_append(out, cap, step);
    return true;
}

/* "sector Tech gross would be 12,426,300.00" */
static void sentence(const struct control *c, const struct gate_line *l, char *out, size_t cap)
{
    char number[QF_DEC_TEXT + 2], half[96], whole[128];
    if (c->noun == NULL || !l->has_after) {
        qf_str_copy(out, cap, qf_enum_control_code.words[c->code]);
        return;
    }
    number_text(c, l->after, number);
    core_join(half, sizeof(half), l->scope, " ");
    core_join(whole, sizeof(whole), half, c->noun);
    core_join(half, sizeof(half), c->code == QF_CTL_VAR_99_1D ? " is " : " would be ", number); /* the order does not move it */
    core_join(out, cap, whole, half);
}

void gate_refusal(const struct desk *d, const struct intent *in, const struct gate_answer *a, struct qf_refusal *ret)
{
    const struct gate_line *l = a->lines;
    while (l < a->lines + a->count && l->pass)
        l++;
    qf_assert(!a->pass && l < a->lines + a->count);
    const struct control *c = control_of(l->control);
    core_refuse(ret, QF_R_REFUSED, c->field, "");
    ret->control = (int32_t)l->control;
    qf_str_copy(ret->scope, sizeof(ret->scope), l->scope);
    if (!state_words(d, in, l, ret->message, sizeof(ret->message)) && !step_words(in, l, ret->message, sizeof(ret->message)))
        sentence(c, l, ret->message, sizeof(ret->message));
    ret->has_limit = l->has_limit;
    ret->limit = l->limit;
    ret->has_used = l->has_now;
    ret->used = l->now;
    ret->has_after = l->has_after;
    ret->after = l->after;
    ret->has_largest = gate_largest(d, in, NULL, &ret->largest);
}

void gate_count(struct desk *d, const struct intent *in)
{
    rate_add(d, in->who->user, in->who->wall);
}
