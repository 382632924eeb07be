#include "daemon/core/core.h"

/* How many there can be: the firm, a strategy, trader and account for each account, a trader for each user, a sector
 * and a symbol for each instrument. What a change leaves unused is given back by the rebuild that follows it. */
#define GROUPS (1 + 3 * QF_MAX_ACCOUNTS + QF_MAX_USERS + 2 * QF_MAX_INSTRUMENTS)
_Static_assert(GROUPS <= DESK_MAX_GROUPS && DESK_GROUP_PLACES >= 2 * DESK_MAX_GROUPS, "groups");
_Static_assert(QF_MAX_INSTRUMENTS + 2 * QF_MAX_POSITIONS <= DESK_MAX_NETS && DESK_NET_PLACES >= 2 * DESK_MAX_NETS,
               "nets");

/* --- groups */

static uint32_t place_of(const struct desk *d, enum qf_scope scope, const char *name)
{
    uint64_t h = 0xCBF29CE484222325ULL ^ (uint64_t)scope;
    for (const char *p = name; *p != '\0'; p++)
        h = (h ^ (unsigned char)*p) * 0x100000001B3ULL;
    uint32_t i = (uint32_t)(h ^ h >> 32) & (DESK_GROUP_PLACES - 1);
    for (; d->group_index[i] != 0; i = (i + 1) & (DESK_GROUP_PLACES - 1)) {
        const struct group *g = &d->groups[d->group_index[i] - 1];
        if (g->scope == scope && strcmp(g->name, name) == 0)
            break;
    }
    return i;
}

uint32_t group_find(const struct desk *d, enum qf_scope scope, const char *name)
{
    uint32_t n = d->group_index[place_of(d, scope, name)];
    return n == 0 ? TAB_NONE : n - 1;
}

struct group *desk_group(const struct desk *d, enum qf_scope scope, const char *name)
{
    uint32_t g = group_find(d, scope, name);
    return g == TAB_NONE ? NULL : &d->groups[g];
}

static uint32_t limit_slot(const struct desk *d, enum qf_scope scope, const char *name, enum qf_control_code control)
{
    struct qf_limit like;
    like.scope = (int32_t)scope;
    like.control = (int32_t)control;
    qf_str_copy(like.name, sizeof(like.name), name);
    const struct qf_limit *row = tab_find(&d->limits, &like);
    return row == NULL ? TAB_NONE : tab_slot(&d->limits, row);
}

static void bind(const struct desk *d, struct group *g, enum qf_control_code control)
{
    uint32_t own = limit_slot(d, g->scope, g->name, control);
    g->limit[control] = own != TAB_NONE ? own : d->star[g->scope][control];
    g->bound = (g->bound & ~(1U << control)) | (uint32_t)(g->limit[control] != TAB_NONE) << control;
}

static uint32_t state_slot(const struct desk *d, const struct group *g)
{
    struct qf_trading_state like;
    if (g->scope != QF_SCOPE_FIRM && g->scope != QF_SCOPE_STRATEGY)
        return TAB_NONE;
    like.scope = (int32_t)g->scope;
    qf_str_copy(like.name, sizeof(like.name), g->name);
    const struct core_state *s = tab_find(&d->states, &like);
    return s == NULL ? TAB_NONE : tab_slot(&d->states, s);
}

uint32_t group_get(struct desk *d, enum qf_scope scope, const char *name)
{
    uint32_t place = place_of(d, scope, name);
    if (d->group_index[place] != 0)
        return d->group_index[place] - 1;
    qf_assert(d->group_count < DESK_MAX_GROUPS);
    struct group *g = &d->groups[d->group_count];
    memset(g, 0, sizeof(*g));
    g->scope = scope;
    qf_str_copy(g->name, sizeof(g->name), name);
    for (int c = 0; c < QF_control_code_COUNT; c++)
        bind(d, g, (enum qf_control_code)c);
    g->state = state_slot(d, g);
    g->account = TAB_NONE;
    g->own_open = 0;
    d->group_index[place] = ++d->group_count;
    return d->group_count - 1;
}

static void find_stars(struct desk *d)
{
    memset(d->star, 0xFF, sizeof(d->star)); /* TAB_NONE everywhere */
    uint32_t i = 0;
    for (struct qf_limit *l; (l = tab_next(&d->limits, &i)) != NULL;)
        if (strcmp(l->name, "*") == 0)
            d->star[l->scope][l->control] = tab_slot(&d->limits, l);
}

void groups_clear(struct desk *d)
{
    struct group *old = d->groups;
    d->groups = d->groups_spare;
    d->groups_spare = old;
    d->group_count = 0;
    memset(d->group_index, 0, DESK_GROUP_PLACES * sizeof(uint32_t));
    find_stars(d);
    group_get(d, QF_SCOPE_FIRM, "");
}

void groups_bind(struct desk *d, enum qf_scope scope, enum qf_control_code control)
{
    d->star[scope][control] = limit_slot(d, scope, "*", control);
    for (uint32_t i = 0; i < d->group_count; i++)
        if (d->groups[i].scope == scope)
            bind(d, &d->groups[i], control);
}

static const struct qf_limit *limit_in_force(const struct desk *d, uint32_t slot, qf_time wall)
{
    const struct qf_limit *l = slot == TAB_NONE ? NULL : tab_at(&d->limits, slot);
    return l != NULL && QF_HAS(l, limit, until) && l->until <= wall ? NULL : l;
}

const struct qf_limit *group_limit(const struct desk *d, const struct group *g, enum qf_control_code control,
                                   qf_time wall)
{
    if ((g->bound >> control & 1) == 0)
        return NULL;
    const struct qf_limit *l = limit_in_force(d, g->limit[control], wall);
    return l != NULL ? l : limit_in_force(d, d->star[g->scope][control], wall);
}

void groups_of(const struct core_account *a, const struct core_instrument *i, uint32_t ret[DESK_GROUPS])
{
    ret[QF_SCOPE_FIRM] = 0;
    ret[QF_SCOPE_STRATEGY] = a->group_strategy;
    ret[QF_SCOPE_TRADER] = a->group_trader;
    ret[QF_SCOPE_ACCOUNT] = a->group_account;
    ret[QF_SCOPE_SECTOR] = i->group_sector;
    ret[QF_SCOPE_SYMBOL] = i->group_symbol;
}

/* --- currencies: a handful, so a walk is quickest */

uint32_t currency_find(const struct desk *d, const char *name)
{
    for (uint32_t i = 0; i < d->currency_count; i++)
        if (strcmp(d->currencies[i].name, name) == 0)
            return i;
    return TAB_NONE;
}

uint32_t currency_get(struct desk *d, const char *name)
{
    uint32_t found = currency_find(d, name);
    if (found != TAB_NONE || d->currency_count == DESK_CURRENCIES)
        return found;
    struct currency *c = &d->currencies[d->currency_count];
    memset(c, 0, sizeof(*c));
    qf_str_copy(c->name, sizeof(c->name), name);
    c->rate = TAB_NONE;
    c->now = d->currency_count == 0 ? QF_ONE : DESK_NO_RATE;
    c->first_instrument = TAB_NONE;
    return d->currency_count++;
}

/* --- nets */

static uint32_t net_place(const struct desk *d, uint32_t group, uint32_t instrument)
{
    uint64_t h = ((uint64_t)group << 32 | instrument) * 0x9E3779B97F4A7C15ULL;
    uint32_t i = (uint32_t)(h >> 40) & (DESK_NET_PLACES - 1);
    for (; d->net_index[i] != 0; i = (i + 1) & (DESK_NET_PLACES - 1)) {
        const struct net *n = &d->nets[d->net_index[i] - 1];
        if (n->group == group && n->instrument == instrument)
            break;
    }
    return i;
}

void nets_clear(struct desk *d)
{
    d->net_count = 0;
    memset(d->net_index, 0, DESK_NET_PLACES * sizeof(uint32_t));
}

uint32_t net_find(const struct desk *d, uint32_t group, uint32_t instrument)
{
    uint32_t n = d->net_index[net_place(d, group, instrument)];
    return n == 0 ? TAB_NONE : n - 1;
}

uint32_t net_get(struct desk *d, uint32_t group, uint32_t instrument)
{
    uint32_t place = net_place(d, group, instrument);
    if (d->net_index[place] != 0)
        return d->net_index[place] - 1;
    qf_assert(d->net_count < DESK_MAX_NETS);
    d->nets[d->net_count] = (struct net){ .group = group, .instrument = instrument };
    d->net_index[place] = ++d->net_count;
    return d->net_count - 1;
}
