#include "daemon/core/core.h"

static struct core_state *find(const struct desk *d, const char *strategy)
{
    struct qf_trading_state like;
    like.scope = strategy == NULL ? QF_SCOPE_FIRM : QF_SCOPE_STRATEGY;
    if (!qf_str_copy(like.name, sizeof(like.name), strategy == NULL ? "" : strategy))
        return NULL;
    return tab_find(&d->states, &like);
}

static const char *strategy_of(const struct qf_trading_state *row)
{
    return row->scope == QF_SCOPE_FIRM ? NULL : row->name;
}

/* A group remembers the slot of its state; a strategy without accounts has no group and needs none. */
static void bind(const struct desk *d, const struct core_state *s)
{
    struct group *g = desk_group(d, (enum qf_scope)s->row.scope, s->row.name);
    if (g != NULL)
        g->state = tab_slot(&d->states, s);
}

/* Finds or makes it, ACTIVE. NULL when the table is full. */
static struct core_state *get(struct desk *d, const char *strategy, qf_time wall)
{
    struct core_state *s = find(d, strategy);
    if (s != NULL)
        return s;
    struct qf_trading_state image = {
        .scope = strategy == NULL ? QF_SCOPE_FIRM : QF_SCOPE_STRATEGY, .state = QF_STATE_ACTIVE, .since = wall};
    qf_rec_fill(&qf_rec_trading_state, &image);
    if (!qf_str_copy(image.name, sizeof(image.name), strategy == NULL ? "" : strategy))
        return NULL;
    s = tab_add(&d->states, NULL, &image);
    if (s != NULL)
        bind(d, s);
    return s;
}

/* --- what rules */

static enum qf_desk_state rules(const struct desk *d, uint32_t slot)
{
    const struct core_state *s = slot == TAB_NONE ? NULL : tab_at(&d->states, slot);
    if (s == NULL)
        return QF_STATE_ACTIVE;
    return (enum qf_desk_state)(s->row.state > s->soft ? s->row.state : s->soft);
}

enum qf_desk_state state_effective(const struct desk *d, const struct core_account *account)
{
    enum qf_desk_state firm = rules(d, d->groups[0].state), own = QF_STATE_ACTIVE;
    if (account != NULL && account->group_strategy != TAB_NONE)
        own = rules(d, d->groups[account->group_strategy].state);
    return own > firm ? own : firm;
}

const struct qf_trading_state *state_row(const struct desk *d, const char *strategy)
{
    const struct core_state *s = find(d, strategy);
    return s == NULL ? NULL : &s->row;
}

static void show(const struct core_state *s, struct qf_trading_state *ret)
{
    *ret = s->row;
    if (s->soft <= s->row.state)
        return;
    ret->state = s->soft;
    ret->latched = false;
    ret->since = s->soft_since;
    qf_str_copy(ret->reason, sizeof(ret->reason), s->soft_reason);
    qf_str_copy(ret->by, sizeof(ret->by), s->soft_by);
}

bool state_shown(const struct desk *d, const char *strategy, struct qf_trading_state *ret)
{
    const struct core_state *s = find(d, strategy);
    if (s != NULL)
        show(s, ret);
    return s != NULL;
}

/* When the first account of a strategy (NULL: the first of all) was opened. */
static qf_time opened(const struct desk *d, const char *strategy, qf_time otherwise)
{
    uint32_t i = 0;
    qf_time first = INT64_MAX;
    for (const struct core_account *a; (a = tab_next(&d->accounts, &i)) != NULL;)
        if (a->row.created < first && (strategy == NULL || (QF_HAS(&a->row, account, strategy) && qf_str_eq(a->row.strategy, strategy))))
            first = a->row.created;
    return first == INT64_MAX ? otherwise : first;
}

void state_or_active(const struct desk *d, const char *strategy, qf_time otherwise, struct qf_trading_state *ret)
{
    if (state_shown(d, strategy, ret))
        return;
    *ret = (struct qf_trading_state){ .scope = strategy == NULL ? QF_SCOPE_FIRM : QF_SCOPE_STRATEGY, .state = QF_STATE_ACTIVE,
                                      .since = opened(d, strategy, otherwise) };
    if (strategy != NULL)
        (void)qf_str_copy(ret->name, sizeof(ret->name), strategy);
    qf_rec_fill(&qf_rec_trading_state, ret);
}

static bool listed(const struct qf_trading_state *rows, uint32_t n, const char *strategy)
{
    for (uint32_t i = 1; i < n; i++)
        if (qf_str_eq(rows[i].name, strategy))
            return true;
    return false;
}

uint32_t state_list(const struct desk *d, qf_time otherwise, struct qf_trading_state *out, uint32_t most)
{
    uint32_t n = 0, i = 0;
    state_or_active(d, NULL, otherwise, &out[n++]);
    for (const struct core_state *s; n < most && (s = tab_next(&d->states, &i)) != NULL;)
        if (s->row.scope != QF_SCOPE_FIRM)
            show(s, &out[n++]);
    i = 0;
    for (const struct core_account *a; n < most && (a = tab_next(&d->accounts, &i)) != NULL;)
        if (QF_HAS(&a->row, account, strategy) && *a->row.strategy != '\0' && !listed(out, n, a->row.strategy))
            state_or_active(d, a->row.strategy, otherwise, &out[n++]);
    return n;
}

/* --- changing it */

static void set_row(struct desk *d, struct core_state *s, enum qf_desk_state state, bool latched, const char *reason,
                    const char *by, qf_time wall)
{
    s->last_n = (s->last_n > s->row.n ? s->last_n : s->row.n) + 1;
    s->row.n = s->last_n;
    s->row.state = (int32_t)state;
    s->row.latched = latched;
    s->row.since = wall;
    qf_str_copy(s->row.reason, sizeof(s->row.reason), reason);
    qf_str_copy(s->row.by, sizeof(s->row.by), by);
    d->version++;
}

static bool raise_soft(struct desk *d, struct core_state *s, enum qf_desk_state state, const char *reason,
                       const char *by, qf_time wall)
{
    if ((int32_t)state <= s->soft)
        return false;
    s->soft = (int32_t)state;
    s->soft_since = wall;
    qf_str_copy(s->soft_reason, sizeof(s->soft_reason), reason);
    qf_str_copy(s->soft_by, sizeof(s->soft_by), by);
    d->version++;
    return true;
}

static bool raise_row(struct desk *d, struct batch *b, struct core_state *s, enum qf_desk_state state,
                      const char *reason, const char *by, qf_time wall)
{
    if (s->row.state > (int32_t)state || (s->row.state == (int32_t)state && s->row.latched))
        return false;
    set_row(d, s, state, true, reason, by, wall);
    s->raised = s->row;
    tab_edit(&d->states, b, s);
    return true;
}

bool state_raise(struct desk *d, struct batch *b, const char *strategy, enum qf_desk_state state, bool latched,
                 const char *reason, const char *by, qf_time wall, struct qf_trading_state *ret)
{
    struct core_state *s = state == QF_STATE_ACTIVE ? NULL : get(d, strategy, wall);
    if (s == NULL)
        return false;
    bool done = latched ? raise_row(d, b, s, state, reason, by, wall) : raise_soft(d, s, state, reason, by, wall);
    if (ret != NULL)
        show(s, ret);
    return done;
}

bool state_lift(struct desk *d, const char *strategy, struct qf_trading_state *ret)
{
    struct core_state *s = find(d, strategy);
    if (s == NULL || s->soft == QF_STATE_ACTIVE)
        return false;
    s->soft = QF_STATE_ACTIVE;
    d->version++;
    if (ret != NULL)
        show(s, ret);
    return true;
}

/* The table is not undone, because a raise must outlive the batch it fell into; a lowering is, so its bytes are saved
 * here. */
bool state_lower(struct desk *d, struct batch *b, const char *strategy, enum qf_desk_state state, const char *reason,
                 const char *by, qf_time wall, struct qf_trading_state *ret, struct qf_refusal *ret_refusal)
{
    struct core_state *s = find(d, strategy);
    if (s == NULL || (int32_t)state >= s->row.state) {
        core_refuse(ret_refusal, QF_R_ALREADY, "state", "the state is not above that");
        return false;
    }
    if (s->row.state == QF_STATE_HALTED && state != QF_STATE_CLOSE_ONLY) {
        core_refuse(ret_refusal, QF_R_BAD_STATE, "state", "HALTED is left only into CLOSE_ONLY");
        return false;
    }
    batch_save(b, &s->row, sizeof(s->row));
    set_row(d, s, state, state != QF_STATE_ACTIVE, reason, by, wall);
    tab_edit(&d->states, b, s);
    if (ret != NULL)
        show(s, ret);
    return true;
}

void state_take(struct desk *d, const struct qf_trading_state *row)
{
    qf_assert(row->state >= 0 && row->state < QF_desk_state_COUNT);
    struct core_state *s = get(d, strategy_of(row), row->since);
    if (s == NULL || row->n < s->row.n || (row->n == s->row.n && row->state <= s->row.state))
        return;
    s->row = *row;
    if (row->state != QF_STATE_ACTIVE) /* the journal must go on holding it: the database may not know it yet */
        s->raised = *row;
    s->last_n = row->n > s->last_n ? row->n : s->last_n;
    d->version++;
}

void state_inherit(struct desk *d, const struct core_state *was)
{
    state_take(d, &was->row);
    if (was->raised.n > 0)
        state_take(d, &was->raised);
    struct core_state *s = get(d, strategy_of(&was->row), was->row.since);
    if (s == NULL)
        return;
    s->last_n = was->last_n > s->last_n ? was->last_n : s->last_n;
    s->raised = was->raised;
    s->soft = was->soft;
    s->soft_since = was->soft_since;
    qf_str_copy(s->soft_reason, sizeof(s->soft_reason), was->soft_reason);
    qf_str_copy(s->soft_by, sizeof(s->soft_by), was->soft_by);
}

/* A row that never changed (n = 0, made for a degradation) is not worth a place in the database. */
void state_write(struct desk *d, struct batch *b)
{
    uint32_t i = 0;
    for (struct core_state *s; (s = tab_next(&d->states, &i)) != NULL;)
        if (s->row.n != s->stored_n)
            tab_edit(&d->states, b, s);
}

/* What stood before the lowering that was taken back is more severe than what came after it: it stands, as the newest. */
static void raise_again(struct core_state *s)
{
    s->last_n = (s->last_n > s->raised.n ? s->last_n : s->raised.n) + 1;
    s->row.n = s->last_n;
    s->raised = s->row;
}

bool state_keep_raises(struct desk *d)
{
    uint32_t i = 0;
    bool again = false;
    for (struct core_state *s; (s = tab_next(&d->states, &i)) != NULL;) {
        if (s->raised.n <= s->row.n)
            continue;
        if (s->row.state > s->raised.state) {
            raise_again(s);
            again = true;
        } else {
            s->row = s->raised;
        }
    }
    return again;
}

/* --- cancels of a stop */

void state_ask_cancels(struct desk *d, qf_time wall)
{
    for (uint32_t i = d->first_open; i != TAB_NONE; i = order_at(d, i)->next_open) {
        const struct core_order *o = order_at(d, i);
        bool halted = state_effective(d, account_at(d, o->account)) == QF_STATE_HALTED;
        if (d->cancel_asked[i] == 0 && (halted || QF_HAS(&o->row, order, cancel_by)))
            d->cancel_asked[i] = wall;
    }
}

static bool in_scope(const struct desk *d, const struct core_order *o, const char *strategy)
{
    const struct qf_account *a = &account_at(d, o->account)->row;
    return strategy == NULL || (QF_HAS(a, account, strategy) && strcmp(a->strategy, strategy) == 0);
}

uint32_t state_cancel_orders(struct desk *d, const char *strategy, qf_time wall, state_cancel_fn fn, void *arg)
{
    uint32_t count = 0;
    for (uint32_t i = d->first_open; i != TAB_NONE; i = order_at(d, i)->next_open) {
        const struct core_order *o = order_at(d, i);
        if (!in_scope(d, o, strategy))
            continue;
        if (d->cancel_asked[i] == 0)
            d->cancel_asked[i] = wall;
        fn(arg, o);
        count++;
    }
    d->version++;
    return count;
}
