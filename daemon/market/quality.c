#include "daemon/market/quality.h"

static bool too_far(const struct quality_rule *rule, qf_price from, qf_price p)
{
    /* from = 0 (allowed where prices may be negative) has no size a jump could be measured by */
    if (rule->jump_bp == 0 || from == 0)
        return false;
    return qf_abs128((qf_i128)p - from) * 10000 > qf_abs128((qf_i128)from) * rule->jump_bp;
}

/* The price a tick is judged by: the middle of the quote, else its one side, else the trade. */
static qf_price quote_price(const struct tick *p)
{
    if (p->has_bid && p->has_ask)
        return market_middle(p->bid, p->ask);
    return p->has_bid ? p->bid : p->ask;
}

static bool has_quote(const struct tick *p)
{
    return p->has_bid || p->has_ask;
}

static bool bad_price(bool has, qf_price p, bool negative)
{
    return has && p <= 0 && !negative;
}

static bool has_zero(const struct market_tick *t, bool negative)
{
    const struct tick *p = &t->price;
    const struct market_bar *b = &t->bar;

    if (!p->has_bid && !p->has_ask && !p->has_last)
        return true;
    if (p->bid_size < 0 || p->ask_size < 0 || p->volume < 0)
        return true;
    if (bad_price(p->has_bid, p->bid, negative) || bad_price(p->has_ask, p->ask, negative) || bad_price(p->has_last, p->last, negative))
        return true;
    return b->period != 0 && bad_price(true, b->low, negative);
}

static bool is_crossed(const struct tick *p)
{
    return p->has_bid && p->has_ask && p->bid > p->ask;
}

/* The worse of quote and trade, as seen from `from`. */
static qf_price farthest(const struct tick *p, qf_price from)
{
    if (!p->has_last)
        return quote_price(p);
    if (!has_quote(p))
        return p->last;
    qf_price q = quote_price(p);
    return qf_abs128((qf_i128)q - from) > qf_abs128((qf_i128)p->last - from) ? q : p->last;
}

/* Has the market really moved there? */
static bool jump_is_true(const struct quality_rule *rule, struct quality_state *s, qf_price p)
{
    if (!s->has_candidate || too_far(rule, s->candidate, p)) {
        s->has_candidate = true;
        s->candidate = p;
        s->run = 0;
    }
    s->run++;
    return rule->accept > 0 && s->run >= rule->accept;
}

static bool is_jump(const struct quality_rule *rule, struct quality_state *s, const struct tick *p)
{
    if (!s->has_good)
        return false;
    qf_price far = farthest(p, s->good);
    return too_far(rule, s->good, far) && !jump_is_true(rule, s, far);
}

static enum quality judge(const struct quality_rule *rule, bool negative, struct quality_state *s, const struct market_tick *t)
{
    if (has_zero(t, negative))
        return QUALITY_ZERO;
    if (is_crossed(&t->price))
        return QUALITY_CROSSED;
    if (is_jump(rule, s, &t->price))
        return QUALITY_JUMP;
    s->good = has_quote(&t->price) ? quote_price(&t->price) : t->price.last;
    s->has_good = true;
    s->has_candidate = false;
    return QUALITY_GOOD;
}

static void count_times(const struct quality_rule *rule, const struct quality_state *s, qf_time at, struct quality_count *c)
{
    int64_t gap = at - s->seen;

    c->same_time += gap == 0;
    c->gaps += gap > rule->gap;
    c->max_gap = gap > c->max_gap ? gap : c->max_gap;
}

static void count(enum quality q, const struct tick *p, struct quality_count *c)
{
    c->taken += q == QUALITY_GOOD;
    c->zero += q == QUALITY_ZERO;
    c->crossed += q == QUALITY_CROSSED;
    c->jump += q == QUALITY_JUMP;
    c->time += q == QUALITY_TIME;
    c->locked += p->has_bid && p->has_ask && p->bid == p->ask;
}

enum quality quality_check(const struct quality_rule *rule, bool negative, struct quality_state *s, const struct market_tick *t,
                           struct quality_count *symbol, struct quality_count *feed)
{
    enum quality q = QUALITY_TIME;

    if (!s->has_seen || t->price.at >= s->seen) {
        if (s->has_seen) {
            count_times(rule, s, t->price.at, symbol);
            count_times(rule, s, t->price.at, feed);
        }
        s->has_seen = true;
        s->seen = t->price.at;
        q = judge(rule, negative, s, t);
    }
    count(q, &t->price, symbol);
    count(q, &t->price, feed);
    return q;
}

int64_t quality_bad(const struct quality_count *c)
{
    return c->zero + c->crossed + c->jump + c->time;
}

void quality_start(struct quality_state *s, qf_price good)
{
    *s = (struct quality_state){ .has_good = true, .good = good };
}
