#include "daemon/server/publish.h"

#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/server/breakers.h"
#include "daemon/server/inside.h"
#include "daemon/server/marketdoor.h"
#include "daemon/server/risk_run.h"

#define STATES_SHOWN 1024 /* as many as risk.state gives */

/* --- rows that need the desk */

static uint32_t live_sessions(const struct desk *d, const char *user)
{
    uint32_t n = 0, i = 0;
    const struct qf_session *row;
    while ((row = tab_next(&d->sessions, &i)) != NULL)
        n += qf_str_eq(row->username, user);
    return n;
}

static void push_positions(struct server *s, const struct batch *b)
{
    const void *rows;
    uint32_t n = batch_rows(b, QF_TABLE_positions, &rows);
    for (uint32_t i = 0; i < n; i++) {
        const struct qf_position *row = (const struct qf_position *)rows + i;
        const struct core_position *p = desk_position(s->desk, row->account, row->symbol);
        struct qf_position out;
        qf_assert(p);
        desk_position_row(s->desk, p, &out);
        (void)commit_push(s->commit, QF_TOPIC_positions, &out);
    }
}

static void push_cash(struct server *s, const struct batch *b)
{
    const void *rows;
    uint32_t n = batch_rows(b, QF_TABLE_cash, &rows);
    for (uint32_t i = 0; i < n; i++) {
        struct qf_cash out;
        desk_cash_row(s->desk, (const struct qf_cash *)rows + i, &out);
        (void)commit_push(s->commit, QF_TOPIC_cash, &out);
    }
}

static void push_limits(struct server *s, const struct batch *b)
{
    const void *rows;
    uint32_t n = batch_rows(b, QF_TABLE_limits, &rows);
    for (uint32_t i = 0; i < n; i++) {
        struct qf_limit out;
        desk_limit_row(s->desk, (const struct qf_limit *)rows + i, &out);
        (void)commit_push(s->commit, QF_TOPIC_limits, &out);
    }
}

static void push_user(struct server *s, const char *name)
{
    const struct qf_user *u = desk_user(s->desk, name);
    if (!u)
        return;
    struct qf_user out = *u;
    out.sessions = live_sessions(s->desk, name);
    QF_SET(&out, user, sessions);
    (void)commit_push(s->commit, QF_TOPIC_users, &out);
}

static void push_users(struct server *s, const struct batch *b)
{
    const void *users, *sessions;
    uint32_t users_n = batch_rows(b, QF_TABLE_users, &users), sessions_n = batch_rows(b, QF_TABLE_sessions, &sessions);
    for (uint32_t i = 0; i < users_n; i++)
        push_user(s, ((const struct qf_user *)users)[i].name);
    for (uint32_t i = 0; i < sessions_n; i++)
        push_user(s, ((const struct qf_session *)sessions)[i].username);
}

void publish_sealed(struct server *s, const struct batch *b)
{
    push_positions(s, b);
    push_cash(s, b);
    push_limits(s, b);
    push_users(s, b);
    breakers_sealed(s, b);
}

/* --- a durable batch */

void publish_settled(struct server *s, const struct batch *b)
{
    const void *users, *sessions;
    uint32_t users_n = batch_rows(b, QF_TABLE_users, &users), sessions_n = batch_rows(b, QF_TABLE_sessions, &sessions);
    const void *instruments;
    uint32_t instruments_n = batch_rows(b, QF_TABLE_instruments, &instruments);
    requests_durable(s->requests, batch_no(b));
    for (uint32_t i = 0; i < instruments_n; i++) /* before the answer: its feed may send prices from then on */
        market_instrument(s, (const struct qf_instrument *)instruments + i);
    for (uint32_t i = 0; i < users_n; i++)
        session_changed(s, ((const struct qf_user *)users)[i].name);
    for (uint32_t i = 0; i < sessions_n; i++)
        session_changed(s, ((const struct qf_session *)sessions)[i].username);
}

/* Tables whose rows go to a topic as they are. */
static const struct { enum qf_table_id table; enum qf_topic_id topic; } plain[] = {
    { QF_TABLE_approvals, QF_TOPIC_approvals }, { QF_TABLE_orders, QF_TOPIC_orders },
    { QF_TABLE_executions, QF_TOPIC_executions }, { QF_TABLE_equity, QF_TOPIC_equity },
    { QF_TABLE_system_events, QF_TOPIC_events }, { QF_TABLE_control_log, QF_TOPIC_audit },
};

static void publish_sessions(struct server *s, const struct batch *b)
{
    const void *rows;
    uint32_t n = batch_rows(b, QF_TABLE_sessions, &rows);
    for (uint32_t i = 0; i < n; i++) {
        const struct qf_session *row = (const struct qf_session *)rows + i;
        if (QF_HAS(row, session, ended))
            topic_delete(s->topics, QF_TOPIC_sessions, row);
        else
            topic_row(s->topics, QF_TOPIC_sessions, row);
    }
}

/* What rules now, which may be a degradation above the row that was written. */
static void publish_states(struct server *s, const struct batch *b)
{
    const void *rows;
    uint32_t n = batch_rows(b, QF_TABLE_trading_state, &rows);
    for (uint32_t i = 0; i < n; i++) {
        const struct qf_trading_state *row = (const struct qf_trading_state *)rows + i;
        struct qf_trading_state shown;
        if (state_shown(s->desk, row->scope == QF_SCOPE_FIRM ? NULL : row->name, &shown))
            topic_row(s->topics, QF_TOPIC_states, &shown);
    }
    n = batch_rows(b, QF_TABLE_accounts, &rows);
    for (uint32_t i = 0; i < n; i++) { /* a strategy is there with its first account */
        const struct qf_account *row = (const struct qf_account *)rows + i;
        struct qf_trading_state shown;
        if (!QF_HAS(row, account, strategy) || *row->strategy == '\0')
            continue;
        state_or_active(s->desk, row->strategy, row->created, &shown);
        topic_row(s->topics, QF_TOPIC_states, &shown);
    }
}

void publish_rows(struct server *s, const struct batch *b)
{
    const void *rows;
    for (size_t k = 0; k < QF_LEN(plain); k++) {
        uint32_t n = batch_rows(b, plain[k].table, &rows);
        size_t size = qf_tables[plain[k].table].rec->size;
        for (uint32_t i = 0; i < n; i++)
            topic_row(s->topics, plain[k].topic, (const char *)rows + i * size);
    }
    publish_sessions(s, b);
    publish_states(s, b);
    uint32_t n = batch_rows(b, QF_TABLE_system_events, &rows);
    for (uint32_t i = 0; i < n; i++)
        events_take(s->events, (const struct qf_event *)rows + i);
}

void publish_pushes(struct server *s, const struct push *first)
{
    for (const struct push *p = first; p; p = p->next)
        topic_row(s->topics, p->topic, p->row);
}

void server_push(struct server *s, enum qf_topic_id topic, const void *row)
{
    if (!commit_push(s->commit, topic, row))
        topic_row(s->topics, topic, row);
}

/* --- everything, from the desk */

static void all_orders(struct server *s)
{
    const struct desk *d = s->desk;
    const struct core_order *o;
    topic_clear(s->topics, QF_TOPIC_orders);
    for (uint32_t slot = d->first_open; slot != TAB_NONE; slot = o->next_open) {
        o = tab_at(&d->orders, slot);
        topic_row(s->topics, QF_TOPIC_orders, &o->row);
    }
}

static void all_positions(struct server *s)
{
    uint32_t i = 0;
    const struct core_position *p;
    topic_clear(s->topics, QF_TOPIC_positions);
    while ((p = tab_next(&s->desk->positions, &i)) != NULL) {
        struct qf_position row;
        desk_position_row(s->desk, p, &row);
        topic_row(s->topics, QF_TOPIC_positions, &row);
    }
}

static void all_cash(struct server *s)
{
    uint32_t i = 0;
    const struct core_cash *c;
    topic_clear(s->topics, QF_TOPIC_cash);
    while ((c = tab_next(&s->desk->cash, &i)) != NULL) {
        struct qf_cash row;
        desk_cash_row(s->desk, &c->row, &row);
        topic_row(s->topics, QF_TOPIC_cash, &row);
    }
}

static void all_limits(struct server *s)
{
    uint32_t i = 0;
    const struct qf_limit *l;
    topic_clear(s->topics, QF_TOPIC_limits);
    while ((l = tab_next(&s->desk->limits, &i)) != NULL) {
        struct qf_limit row;
        desk_limit_row(s->desk, l, &row);
        topic_row(s->topics, QF_TOPIC_limits, &row);
    }
}

static void all_states(struct server *s)
{
    struct qf_trading_state *rows = qf_xalloc(STATES_SHOWN * sizeof *rows);
    uint32_t n = state_list(s->desk, qf_now_wall(), rows, STATES_SHOWN);
    topic_clear(s->topics, QF_TOPIC_states);
    for (uint32_t i = 0; i < n; i++)
        topic_row(s->topics, QF_TOPIC_states, &rows[i]);
    free(rows);
}

static void all_people(struct server *s)
{
    uint32_t i = 0;
    const struct qf_user *u;
    const struct qf_session *e;
    topic_clear(s->topics, QF_TOPIC_users);
    while ((u = tab_next(&s->desk->users, &i)) != NULL) {
        struct qf_user row = *u;
        row.sessions = live_sessions(s->desk, row.name);
        QF_SET(&row, user, sessions);
        topic_row(s->topics, QF_TOPIC_users, &row);
    }
    topic_clear(s->topics, QF_TOPIC_sessions);
    for (i = 0; (e = tab_next(&s->desk->sessions, &i)) != NULL;)
        topic_row(s->topics, QF_TOPIC_sessions, e);
}

static void all_approvals(struct server *s)
{
    uint32_t i = 0;
    const struct qf_approval *a;
    topic_clear(s->topics, QF_TOPIC_approvals);
    while ((a = tab_next(&s->desk->approvals, &i)) != NULL)
        topic_row(s->topics, QF_TOPIC_approvals, a);
}

void publish_all(struct server *s)
{
    all_orders(s);
    all_positions(s);
    all_cash(s);
    all_limits(s);
    breakers_show(s);
    all_states(s);
    all_people(s);
    all_approvals(s);
}

void server_status(struct server *s, struct qf_desk_status *ret)
{
    desk_status_row(s->desk, ret);
    ret->alerts = server_alerts(s, qf_now_wall());
    if (risk_limit(s->desk, &ret->var_limit))
        QF_SET(ret, desk_status, var_limit);
    ret->unsettled = server_unsettled(s);
    ret->db = (int32_t)server_db(s);
    qf_rec_fill(&qf_rec_desk_status, ret);
}
