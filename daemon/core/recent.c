/* What came in the last second: identical orders (DUPLICATE) and messages by user (MSG_RATE). */
#include "daemon/core/core.h"

#define RECENT 65536U /* orders; more than the lane can make durable in the second the window usually is */

struct recent {
    uint64_t count;          /* orders ever noted; the next one's number is count + 1 */
    uint64_t heads[RECENT];  /* by hash: number of the newest order there, 0 = none */
    struct noted {
        uint64_t hash, before; /* before: number of the next older one with the same head */
        qf_time market, wall;
    } ring[RECENT];
};

size_t recent_size(void)
{
    return sizeof(struct recent);
}

void recent_clear(struct recent *r)
{
    if (r->count == 0)
        return;
    r->count = 0;
    memset(r->heads, 0, sizeof(r->heads));
}

static uint64_t stir(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9E3779B97F4A7C15ULL;
    return h ^ h >> 29;
}

uint64_t recent_hash(const struct core_account *a, const struct core_instrument *i, enum qf_side side,
                     enum qf_order_type type, qf_qty quantity, qf_price price, const struct desk *d)
{
    uint64_t h = stir(0x51ED270B, (uint64_t)tab_slot(&d->accounts, a) << 32 | tab_slot(&d->instruments, i));
    h = stir(h, (uint64_t)side << 8 | (uint64_t)type);
    h = stir(h, (uint64_t)quantity);
    h = stir(h, (uint64_t)price);
    return h ^ h >> 32;
}

void recent_add(struct recent *r, uint64_t hash, qf_time market, qf_time wall)
{
    uint64_t *head = &r->heads[hash & (RECENT - 1)];
    r->count++;
    r->ring[r->count & (RECENT - 1)] = (struct noted){ .hash = hash, .before = *head, .market = market, .wall = wall };
    *head = r->count;
}

/* Both clocks have to lie within the window: at the end of a replay the market's clock stands, and an order must not be
 * a duplicate for ever; in a fast one a second of the market's time is no time at all for the person who sent the order
 * twice. */
int64_t recent_count(const struct recent *r, uint64_t hash, qf_time market, qf_time wall, int64_t window, int64_t most)
{
    int64_t count = 0;
    for (uint64_t n = r->heads[hash & (RECENT - 1)]; n != 0 && n + RECENT > r->count && count <= most;) {
        const struct noted *o = &r->ring[n & (RECENT - 1)];
        if (market - o->market > window || wall - o->wall > window)
            break;
        count += o->hash == hash;
        n = o->before;
    }
    return count;
}

/* --- messages a second, by wall time */

int64_t rate_now(const struct group *g, qf_time wall)
{
    return g->rate_second == wall / QF_SEC ? g->rate_count : 0;
}

static void count_message(struct group *g, qf_time wall)
{
    g->rate_count = rate_now(g, wall) + 1;
    g->rate_second = wall / QF_SEC;
}

struct group *group_of_user(const struct desk *d, const struct core_account *a, const char *user)
{
    if (a != NULL && strcmp(a->row.owner, user) == 0)
        return &d->groups[a->group_trader];
    return desk_group(d, QF_SCOPE_TRADER, user);
}

void rate_add(struct desk *d, const char *user, qf_time wall)
{
    struct group *trader = group_of_user(d, NULL, user);
    watch_message(d, wall);
    count_message(&d->groups[0], wall);
    if (trader != NULL)
        count_message(trader, wall);
}
