#include "daemon/core/core.h"

/* --- memory: one piece, tables one behind the other */

struct place {
    size_t tab;        /* offset of the table in struct desk */
    enum qf_table_id table;
    uint32_t row_size, cap;
    bool undo;
};

#define AT(member) offsetof(struct desk, member)
static const struct place places[] = {
    { AT(users), QF_TABLE_users, sizeof(struct qf_user), QF_MAX_USERS, true },
    { AT(sessions), QF_TABLE_sessions, sizeof(struct qf_session), QF_MAX_SESSIONS, true },
    { AT(instruments), QF_TABLE_instruments, sizeof(struct core_instrument), QF_MAX_INSTRUMENTS, true },
    { AT(rates), QF_TABLE_rates, sizeof(struct qf_rate), QF_MAX_RATES, true },
    { AT(accounts), QF_TABLE_accounts, sizeof(struct core_account), QF_MAX_ACCOUNTS, true },
    { AT(limits), QF_TABLE_limits, sizeof(struct qf_limit), QF_MAX_LIMITS, true },
    { AT(breakers), QF_TABLE_breakers, sizeof(struct qf_breaker), QF_MAX_BREAKERS, true },
    { AT(scenarios), QF_TABLE_scenarios, sizeof(struct qf_scenario), QF_MAX_SCENARIOS, true },
    { AT(states), QF_TABLE_trading_state, sizeof(struct core_state), QF_MAX_STATES, false },
    { AT(approvals), QF_TABLE_approvals, sizeof(struct qf_approval), QF_MAX_APPROVALS, true },
    { AT(orders), QF_TABLE_orders, sizeof(struct core_order), QF_MAX_ORDERS, true },
    { AT(lots), QF_TABLE_lots, sizeof(struct core_lot), QF_MAX_LOTS, true },
    { AT(positions), QF_TABLE_positions, sizeof(struct core_position), QF_MAX_POSITIONS, true },
    { AT(trades), QF_TABLE_trades, sizeof(struct qf_trade), QF_MAX_OPEN_TRADES, true },
    { AT(cash), QF_TABLE_cash, sizeof(struct core_cash), QF_MAX_CASH, true },
};

/* What is no table. The pointer at `at` in struct desk gets `size` bytes. */
struct block {
    size_t at, size;
};

static void *take(char *base, size_t *used, size_t n)
{
    char *p = base == NULL ? NULL : base + *used;
    *used += (n + 4095) & ~(size_t)4095;
    return p;
}

static size_t lay_blocks(struct desk *d, char *mem, size_t used)
{
    const struct block blocks[] = {
        { AT(marks), sizeof(struct mark) * QF_MAX_INSTRUMENTS },
        { AT(cancel_asked), sizeof(qf_time) * QF_MAX_ORDERS },
        { AT(seen), seen_size() },
        { AT(approval_args), sizeof(*d->approval_args) * QF_MAX_APPROVALS },
        { AT(groups), sizeof(struct group) * DESK_MAX_GROUPS },
        { AT(groups_spare), sizeof(struct group) * DESK_MAX_GROUPS },
        { AT(group_index), sizeof(uint32_t) * DESK_GROUP_PLACES },
        { AT(nets), sizeof(struct net) * DESK_MAX_NETS },
        { AT(net_index), sizeof(uint32_t) * DESK_NET_PLACES },
        { AT(holdings), sizeof(uint32_t) * DESK_HOLDING_PLACES },
        { AT(currencies), sizeof(struct currency) * DESK_CURRENCIES },
        { AT(recent), recent_size() },
        { AT(watch), watch_size() },
        { AT(day_answer), sizeof(*d->day_answer) },
        { AT(points), sizeof(*d->points) },
    };
    for (size_t i = 0; i < QF_LEN(blocks); i++) {
        void *p = take(mem, &used, blocks[i].size);
        if (d != NULL)
            memcpy((char *)d + blocks[i].at, &p, sizeof(p));
    }
    return used;
}

static size_t lay_out(struct desk *d, char *mem)
{
    size_t used = 0;
    take(mem, &used, sizeof(struct desk));
    for (size_t i = 0; i < QF_LEN(places); i++) {
        const struct place *p = &places[i];
        void *rows = take(mem, &used, tab_size(p->row_size, p->cap));
        if (d != NULL)
            tab_init((struct tab *)(void *)((char *)d + p->tab), p->table, p->row_size, p->cap, p->undo, rows);
    }
    return lay_blocks(d, mem, used);
}

size_t desk_size(void)
{
    return lay_out(NULL, NULL);
}

struct desk *desk_init(void *mem, const struct desk_conf *conf)
{
    struct desk *d = mem;
    memset(d, 0, sizeof(*d));
    lay_out(d, mem);
    d->conf = *conf;
    d->newest_mark = TAB_NONE;
    seen_init(d->seen);
    currency_get(d, conf->base);
    desk_rebuild(d);
    return d;
}

int64_t desk_next(struct desk *d, struct batch *b, int64_t *counter)
{
    if (d->seq_saved != batch_no(b)) {
        batch_save(b, &d->seq, sizeof(d->seq));
        d->seq_saved = batch_no(b);
    }
    return ++*counter;
}

/* --- look-ups */

struct core_instrument *desk_instrument(const struct desk *d, const char *symbol)
{
    struct qf_instrument like;
    return qf_str_copy(like.symbol, sizeof(like.symbol), symbol) ? tab_find(&d->instruments, &like) : NULL;
}

struct core_account *desk_account(const struct desk *d, const char *name)
{
    struct qf_account like;
    return qf_str_copy(like.name, sizeof(like.name), name) ? tab_find(&d->accounts, &like) : NULL;
}

struct core_order *desk_order(const struct desk *d, int64_t id)
{
    struct qf_order like;
    like.id = id;
    return tab_find(&d->orders, &like);
}

struct core_position *desk_position(const struct desk *d, const char *account, const char *symbol)
{
    struct qf_position like;
    if (!qf_str_copy(like.account, sizeof(like.account), account) ||
        !qf_str_copy(like.symbol, sizeof(like.symbol), symbol))
        return NULL;
    return tab_find(&d->positions, &like);
}

struct qf_user *desk_user(const struct desk *d, const char *name)
{
    struct qf_user like;
    return qf_str_copy(like.name, sizeof(like.name), name) ? tab_find(&d->users, &like) : NULL;
}

/* Only asked when somebody connects, of at most 1,024 users. */
struct qf_user *desk_user_uid(const struct desk *d, int64_t uid)
{
    uint32_t i = 0;
    for (struct qf_user *u; (u = tab_next(&d->users, &i)) != NULL;)
        if (QF_HAS(u, user, os_uid) && u->os_uid == uid)
            return u;
    return NULL;
}

struct qf_session *desk_session(const struct desk *d, int64_t id)
{
    struct qf_session like;
    like.id = id;
    return tab_find(&d->sessions, &like);
}

struct core_account *desk_own_account(const struct desk *d, const char *user)
{
    const struct group *g = desk_group(d, QF_SCOPE_TRADER, user);
    return g == NULL || g->own_open != 1 ? NULL : account_at(d, g->account);
}

struct core_account *desk_default_account(const struct desk *d, const char *user, int role)
{
    struct core_account *own = desk_own_account(d, user);
    uint32_t i = 0;
    if (own != NULL || d->accounts.count != 1 || (role != QF_ROLE_RISK && role != QF_ROLE_ADMIN))
        return own;
    return tab_next(&d->accounts, &i);
}

/* The first by name behind `after`, among those to choose from: one's own, or all for who acts on all and owns none. */
static const struct core_account *next_choice(const struct desk *d, const struct actor *who, bool own, const char *after)
{
    const struct core_account *best = NULL, *a;
    for (uint32_t i = 0; (a = tab_next(&d->accounts, &i)) != NULL;)
        if (!a->row.closed && (!own || strcmp(a->row.owner, who->user) == 0) && strcmp(a->row.name, after) > 0 &&
            (best == NULL || strcmp(a->row.name, best->row.name) < 0))
            best = a;
    return best;
}

#define CHOICES_NAMED 4

bool desk_may_choose(const struct desk *d, const struct actor *who, struct qf_refusal *ret_refusal)
{
    const struct group *g = desk_group(d, QF_SCOPE_TRADER, who->user);
    bool own = g != NULL && g->own_open > 0, all = who->role == QF_ROLE_RISK || who->role == QF_ROLE_ADMIN;
    if ((!own && !all) || desk_default_account(d, who->user, who->role) != NULL)
        return true;
    char text[sizeof(ret_refusal->message)];
    size_t n = qf_str_fmt(text, sizeof(text), "which account?");
    const struct core_account *a = next_choice(d, who, own, "");
    if (a == NULL)
        return true;
    for (int i = 0; a != NULL && i < CHOICES_NAMED; i++, a = next_choice(d, who, own, a->row.name))
        n += qf_str_fmt(text + n, sizeof(text) - n, "%s %s", i > 0 ? "," : "", a->row.name);
    if (a != NULL)
        qf_str_fmt(text + n, sizeof(text) - n, ", ...");
    core_refuse(ret_refusal, QF_R_INVALID_PARAMS, "account", text);
    return false;
}

bool desk_owns(const struct actor *who, const struct qf_account *a)
{
    return who->role == QF_ROLE_RISK || who->role == QF_ROLE_ADMIN || strcmp(who->user, a->owner) == 0;
}

/* --- small */

void core_refuse(struct qf_refusal *r, enum qf_reason reason, const char *field, const char *message)
{
    memset(r, 0, sizeof(*r));
    r->reason = reason;
    r->control = -1;
    qf_str_copy(r->field, sizeof(r->field), field);
    qf_str_copy(r->message, sizeof(r->message), message);
}

void core_join(char *dst, size_t cap, const char *a, const char *b)
{
    if (!qf_str_copy(dst, cap, a))
        return;
    size_t n = strlen(a);
    qf_str_copy(dst + n, cap - n, b);
}

void core_append(char *dst, size_t cap, const char *text)
{
    size_t n = strlen(dst);
    qf_str_copy(dst + n, cap - n, text);
}
