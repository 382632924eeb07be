#include "tests/tui/fake.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/proto/wire.h"
#include "common/str.h"
#include "tests/tui/fake_in.h"

/* --- the link */

static const struct tui_link_status *get_status(void *impl)
{
    return &((struct fake *)impl)->status;
}

static void listen_to(void *impl, const struct tui_link_events *events)
{
    ((struct fake *)impl)->events = *events;
}

/* "order.place qf-0123 2500" and so on: what a write said, as far as tests look at it. */
static void note_sent(struct fake *f, enum qf_cmd_id cmd, const void *req)
{
    const struct qf_rec *rec = qf_cmds[cmd].req;
    qf_buf_str(&f->sent, qf_cmds[cmd].name);
    for (int i = 0; i < rec->count; i++) {
        char text[200];
        if (!qf_rec_has(rec, req, &rec->fields[i]) || rec->fields[i].flags & QF_F_SECRET)
            continue;
        qf_field_text(&rec->fields[i], rec, req, text, sizeof text);
        qf_buf_fmt(&f->sent, " %s=%s", rec->fields[i].name, text);
    }
    qf_buf_char(&f->sent, '\n');
}

static int64_t call(void *impl, enum qf_cmd_id cmd, const void *req, tui_answer_fn fn, void *arg)
{
    struct fake *f = impl;
    if (f->status.state == TUI_LINK_DOWN)
        return 0;
    for (int i = 0; i < FAKE_CALLS; i++) {
        struct fake_call *c = &f->calls[i];
        if (c->id)
            continue;
        *c = (struct fake_call){++f->last_id, cmd, NULL, fn, arg};
        if (req) {
            c->req = qf_xalloc(qf_cmds[cmd].req->size);
            memcpy(c->req, req, qf_cmds[cmd].req->size);
        }
        if (qf_cmds[cmd].cls != QF_CLASS_READ)
            note_sent(f, cmd, req);
        return c->id;
    }
    return 0;
}

static void forget(void *impl, int64_t id)
{
    struct fake *f = impl;
    for (int i = 0; i < FAKE_CALLS && id; i++)
        if (f->calls[i].id == id) {
            free(f->calls[i].req);
            f->calls[i].id = 0;
        }
}

static void subscribe(void *impl, enum qf_topic_id topic)
{
    struct fake *f = impl;
    f->followed[topic] = f->pending[topic] = true;
    f->seq[topic] = 0;
}

static void unsubscribe(void *impl, enum qf_topic_id topic)
{
    struct fake *f = impl;
    f->followed[topic] = f->pending[topic] = false;
}

static void refetch(void *impl, enum qf_topic_id topic)
{
    struct fake *f = impl;
    f->refetches++;
    subscribe(impl, topic);
}

static void retry(void *impl)
{
    fake_back(impl);
}

struct tui_link fake_link(struct fake *f)
{
    static const struct tui_link_ops ops = {listen_to, get_status,  call,    forget,
                                            subscribe, unsubscribe, refetch, retry};
    return (struct tui_link){&ops, f};
}

/* --- lifecycle */

static void sign_in(struct fake *f, int role)
{
    static const char *const users[] = {
        [QF_ROLE_VIEWER] = "kim", [QF_ROLE_TRADER] = "bo", [QF_ROLE_RISK] = "ana", [QF_ROLE_ADMIN] = "lee"};
    struct qf_signed_in *who = &f->status.who;
    f->status.state = TUI_LINK_READY;
    qf_str_copy(who->user, sizeof who->user, users[role]);
    who->role = role;
    who->session = 41;
    qf_str_copy(who->account, sizeof who->account, "mom-us");
    who->has = ~0ULL;
}

struct fake *fake_new(int role)
{
    struct fake *f = qf_xalloc(sizeof *f);
    memset(f, 0, sizeof *f);
    f->now = FAKE_NOW;
    f->refuse = f->refuse_reads = -1;
    qf_buf_init(&f->sent, 65536);
    fake_fill(f);
    f->status.latency_us = 400;
    f->status.heard = f->status.since = f->now - 300 * QF_MS;
    f->status.hello.mode = QF_MODE_SIMULATED;
    qf_str_copy(f->status.where, sizeof f->status.where, "local socket");
    f->status.state = TUI_LINK_OPEN;
    if (role >= 0)
        sign_in(f, role);
    return f;
}

void fake_free(struct fake *f)
{
    for (int i = 0; i < FAKE_CALLS; i++)
        if (f->calls[i].id)
            free(f->calls[i].req);
    qf_buf_release(&f->sent);
    free(f);
}

qf_time fake_now(void *fake)
{
    return ((struct fake *)fake)->now;
}

/* --- answers */

static void check_line(struct qf_gate_check *k, int control, const char *scope, qf_money now, qf_money after,
                       qf_money limit)
{
    qf_i128 bp = 0;
    k->control = control;
    qf_str_copy(k->scope, sizeof k->scope, scope);
    k->now = now;
    k->after = after;
    k->limit = limit;
    qf_assert(qf_muldiv(after, 10000, limit, &bp) == QF_OK);
    k->used_bp = (int64_t)bp;
    k->pass = after <= limit;
    k->has = ~0ULL;
}

static void plain_line(struct qf_gate_check *k, int control)
{
    k->control = control;
    k->pass = true;
    k->has = QF_BIT(gate_check, control) | QF_BIT(gate_check, scope) | QF_BIT(gate_check, pass);
}

#define UNITS(n) ((qf_money)(n)*QF_ONE)

static void answer_check(struct fake *f, const struct qf_order_check *o, struct qf_gate_report *g,
                         struct qf_gate_check *k)
{
    static const int plain[] = {QF_CTL_HALTED, QF_CTL_NOT_AUTHORISED, QF_CTL_UNKNOWN_SYMBOL, QF_CTL_TICK, QF_CTL_LOT};
    qf_price p = QF_HAS(o, order_check, price) ? o->price : 121 * QF_ONE;
    qf_money value = qf_cost_money(qf_cost_of(p, o->quantity, 1));
    int n = 0;
    (void)f;
    check_line(&k[n++], QF_CTL_GROSS_EXPOSURE, "sector Tech", UNITS(10968780), UNITS(10968780) + value,
               UNITS(12000000));
    check_line(&k[n++], QF_CTL_GROSS_EXPOSURE, "firm", UNITS(23611140), UNITS(23611140) + value, UNITS(30000000));
    check_line(&k[n++], QF_CTL_POSITION, o->symbol, UNITS(19400), UNITS(19400) + o->quantity, UNITS(40000));
    check_line(&k[n++], QF_CTL_MAX_QTY, "order", 0, o->quantity, UNITS(20000));
    check_line(&k[n++], QF_CTL_MAX_NOTIONAL, "order", 0, value, UNITS(2500000));
    check_line(&k[n++], QF_CTL_MSG_RATE, "bo", UNITS(12), UNITS(13), UNITS(50));
    check_line(&k[n++], QF_CTL_CASH, "firm", UNITS(486030), UNITS(486030) + value, UNITS(10481243));
    check_line(&k[n++], QF_CTL_MD_STALE, o->symbol, 0, QF_ONE / 5, UNITS(5));
    check_line(&k[n++], QF_CTL_PRICE_BAND, "mid 121.45", 0, QF_ONE / 10000, QF_ONE / 20);
    check_line(&k[n++], QF_CTL_DUPLICATE, "1s window", 0, 0, UNITS(3));
    for (size_t i = 0; i < QF_LEN(plain); i++)
        plain_line(&k[n++], plain[i]);
    g->pass = true;
    for (int i = 0; i < n; i++)
        g->pass = g->pass && k[i].pass;
    g->largest = 8490 * QF_ONE;
    g->notional = g->base_notional = value;
    g->fee = UNITS(12) + QF_ONE * 15 / 100;
    qf_str_copy(g->account, sizeof g->account, "mom-us");
    g->checks = k;
    g->checks_n = (uint32_t)n;
    g->has = ~0ULL;
}

static void taken_order(const struct qf_order_place *req, struct qf_order *o)
{
    o->id = 48220;
    qf_str_copy(o->symbol, sizeof o->symbol, req->symbol);
    o->side = req->side;
    o->quantity = req->quantity;
    o->has = ~0ULL;
}

static void make_stop(struct fake *f)
{
    struct qf_stop_report *s = &f->stops[0];
    s->id = 14;
    s->blocked = f->now;
    s->state = QF_STATE_HALTED;
    qf_str_copy(s->scope, sizeof s->scope, "firm");
    s->requested = 4;
    s->confirmed = 2;
    s->filled = 1;
    s->open = 1;
    s->journaled = true;
    s->orders = f->stop_orders;
    s->orders_n = FAKE_ORDERS;
    s->has = ~0ULL;
    for (int i = 0; i < FAKE_ORDERS; i++) {
        struct qf_stop_order *o = &f->stop_orders[i];
        o->id = f->orders[i].id;
        qf_str_copy(o->symbol, sizeof o->symbol, f->orders[i].symbol);
        o->left = f->orders[i].quantity - f->orders[i].filled;
        o->state = i == 2 ? QF_ORDER_FILLED : i == 3 ? QF_ORDER_WORKING : QF_ORDER_CANCELLED;
        o->filled_since = i == 2 ? o->left : 0;
        o->asked = f->now + QF_MS;
        o->answered = f->now + 13 * QF_MS;
        o->has = i == 3 ? ~0ULL & ~QF_BIT(stop_order, answered) : ~0ULL;
    }
    f->stops_n = 1;
    fake_halt(f);
}

void fake_two_stops(struct fake *f)
{
    make_stop(f);
    struct qf_stop_report *older = &f->stops[1];
    *older = f->stops[0];
    older->blocked -= 3600 * QF_SEC;
    older->state = QF_STATE_CANCEL_ONLY;
    qf_str_copy(older->scope, sizeof older->scope, "strategy mrv-us");
    older->orders_n = 1;
    older->requested = older->confirmed = 1;
    older->filled = older->open = 0;
    f->stops_n = 2;
}

/* The reply record of a command, in the arena of this answer. Commands that are not here answer with an empty record.
 */
static void *reply(struct fake *f, const struct fake_call *c, struct qf_arena *a)
{
    void *rep = qf_arena_alloc(a, qf_cmds[c->cmd].rep->size), *risk = fake_risk_reply(f, c->cmd, c->req, rep, a);
    if (risk)
        return risk;
    switch (c->cmd) {
    case QF_CMD_order_check:
        answer_check(f, c->req, rep, qf_arena_alloc(a, sizeof(struct qf_gate_check) * 64));
        break;
    case QF_CMD_order_place:
        taken_order(c->req, rep);
        break;
    case QF_CMD_equity_points:
        *(struct qf_equity_list *)rep = (struct qf_equity_list){~0ULL, f->equity, FAKE_EQUITY};
        break;
    case QF_CMD_account_list:
        fake_accounts(f, rep, a);
        break;
    case QF_CMD_performance_get:
        fake_performance(f, c->req, rep, a);
        break;
    case QF_CMD_performance_groups:
        fake_groups(f, c->req, rep, a);
        break;
    case QF_CMD_export_start:
    case QF_CMD_report_make:
        fake_job(f, rep);
        break;
    case QF_CMD_job_read:
        fake_piece(f, c->req, rep, a);
        break;
    case QF_CMD_quote_sparks:
        *(struct qf_spark_list *)rep = (struct qf_spark_list){~0ULL, f->sparks, FAKE_SYMBOLS};
        break;
    case QF_CMD_instrument_list:
        *(struct qf_instrument_list *)rep = (struct qf_instrument_list){~0ULL, f->instruments, FAKE_SYMBOLS};
        break;
    case QF_CMD_system_sample:
        *(struct qf_sample_list *)rep = (struct qf_sample_list){~0ULL, f->samples, FAKE_SAMPLES};
        break;
    case QF_CMD_system_latency:
        return &f->latency;
    case QF_CMD_audit_list:
        *(struct qf_audit_page *)rep = (struct qf_audit_page){~0ULL, f->audit, FAKE_AUDIT, 48112};
        break;
    case QF_CMD_audit_verify:
        *(struct qf_audit_verdict *)rep = (struct qf_audit_verdict){.has = ~0ULL, .ok = true, .rows = 48112};
        break;
    case QF_CMD_order_show:
        *(struct qf_order_detail *)rep = (struct qf_order_detail){~0ULL, f->orders, 1, &f->fill, 1};
        break;
    case QF_CMD_order_cancel:
        *(struct qf_order *)rep = f->orders[0];
        break;
    case QF_CMD_approval_grant:
    case QF_CMD_approval_deny:
        f->approval.state = c->cmd == QF_CMD_approval_grant ? QF_APPROVAL_GRANTED : QF_APPROVAL_DENIED;
        f->pending[QF_TOPIC_approvals] = f->followed[QF_TOPIC_approvals];
        return &f->approval;
    case QF_CMD_risk_stop:
        make_stop(f);
        return &f->stops[0];
    case QF_CMD_auth_login:
        if (strcmp(((struct qf_login *)c->req)->password, "correct horse battery") == 0) {
            sign_in(f, QF_ROLE_RISK);
            f->changed = true;
        }
        break;
    default:
        break;
    }
    return rep;
}

static void set_refusal(struct qf_refusal *r, int reason)
{
    memset(r, 0, sizeof *r);
    r->reason = (enum qf_reason)reason;
    r->control = -1;
    if (reason != QF_R_REFUSED)
        return;
    r->control = QF_CTL_MAX_NOTIONAL;
    qf_str_copy(r->field, sizeof r->field, "quantity");
    qf_str_copy(r->message, sizeof r->message, "order value would be 3,036,500.00");
    r->has_limit = r->has_used = r->has_after = r->has_largest = true;
    r->limit = UNITS(2500000);
    r->after = UNITS(3036500);
    r->largest = 20582 * QF_ONE;
}

static void answer_call(struct fake *f, struct fake_call c)
{
    struct tui_answer answer = {.cmd = c.cmd, .kind = TUI_ANSWER_OK, .took_us = 400};
    struct qf_refusal refusal;
    struct qf_arena arena;
    bool write = qf_cmds[c.cmd].cls != QF_CLASS_READ;
    bool bad_login =
        c.cmd == QF_CMD_auth_login && strcmp(((struct qf_login *)c.req)->password, "correct horse battery") != 0;
    int reason = bad_login ? QF_R_LOGIN_FAILED : write ? f->refuse : f->refuse_reads;
    qf_arena_init(&arena, 1 << 20);
    if (reason == QF_R_COUNT) {
        answer.kind = TUI_ANSWER_LOST;
    } else if (reason >= 0) {
        set_refusal(&refusal, reason);
        answer.kind = TUI_ANSWER_REFUSED;
        answer.refusal = &refusal;
        answer.reason = qf_refusal_word(&refusal);
    } else {
        answer.rep = reply(f, &c, &arena);
    }
    c.fn(c.arg, &answer);
    qf_arena_release(&arena);
    free(c.req);
}

/* --- pushes */

static struct tui_push rows_of(struct fake *f, enum qf_topic_id topic)
{
    switch (topic) {
    case QF_TOPIC_desk:
        return (struct tui_push){.rows = &f->desk, .rows_n = 1};
    case QF_TOPIC_quotes:
        return (struct tui_push){.rows = f->quotes, .rows_n = FAKE_SYMBOLS};
    case QF_TOPIC_positions:
        return (struct tui_push){.rows = f->positions, .rows_n = (uint32_t)f->positions_n};
    case QF_TOPIC_orders:
        return (struct tui_push){.rows = f->orders, .rows_n = (uint32_t)f->orders_n};
    case QF_TOPIC_states:
        return (struct tui_push){.rows = f->states, .rows_n = FAKE_STATES};
    case QF_TOPIC_limits:
        return (struct tui_push){.rows = f->limits, .rows_n = (uint32_t)f->limits_n};
    case QF_TOPIC_events:
        return (struct tui_push){.rows = f->news, .rows_n = (uint32_t)f->events_n};
    case QF_TOPIC_approvals:
        return (struct tui_push){.rows = &f->approval, .rows_n = f->events_n ? 1 : 0};
    case QF_TOPIC_users:
        return (struct tui_push){.rows = f->users, .rows_n = FAKE_USERS};
    case QF_TOPIC_sessions:
        return (struct tui_push){.rows = f->sessions, .rows_n = FAKE_SESSIONS};
    case QF_TOPIC_audit:
        return (struct tui_push){.rows = f->audit + 2, .rows_n = FAKE_AUDIT - 2};
    case QF_TOPIC_system:
        return (struct tui_push){.rows = &f->samples[FAKE_SAMPLES - 1], .rows_n = 1};
    case QF_TOPIC_feeds:
        return (struct tui_push){.rows = &f->feed, .rows_n = 1};
    case QF_TOPIC_executions:
        return (struct tui_push){.rows = &f->fill, .rows_n = f->orders_n ? 1 : 0};
    case QF_TOPIC_stops:
        return (struct tui_push){.rows = f->stops, .rows_n = (uint32_t)f->stops_n};
    case QF_TOPIC_jobs:
        return (struct tui_push){.rows = &f->job, .rows_n = f->job.id ? 1 : 0};
    case QF_TOPIC_equity:
        return (struct tui_push){.rows = &f->equity[FAKE_EQUITY - 1], .rows_n = 1};
    case QF_TOPIC_risk:
        return (struct tui_push){.rows = &f->risk.run, .rows_n = 1};
    case QF_TOPIC_breakers:
        return (struct tui_push){.rows = f->risk.breakers, .rows_n = FAKE_BREAKERS};
    default:
        return (struct tui_push){0};
    }
}

static void push(struct fake *f, enum qf_topic_id topic)
{
    struct tui_push p = rows_of(f, topic);
    p.topic = topic;
    p.from = f->gap[topic] ? f->seq[topic] + 3 : f->seq[topic];
    p.seq = p.from + 1;
    f->seq[topic] = p.seq;
    f->gap[topic] = f->pending[topic] = false;
    f->events.push(f->events.arg, &p);
}

void fake_pump(struct fake *f)
{
    if (f->changed && f->events.changed) {
        f->changed = false;
        f->events.changed(f->events.arg);
    }
    for (int round = 0; round < 4 && !f->silent && f->status.state != TUI_LINK_DOWN; round++) {
        for (int i = 0; i < FAKE_CALLS; i++)
            if (f->calls[i].id && !(f->slow && f->calls[i].cmd == QF_CMD_job_read)) {
                struct fake_call c = f->calls[i];
                f->calls[i].id = 0;
                answer_call(f, c);
            }
        for (int t = 0; t < QF_TOPIC_COUNT; t++)
            if (f->pending[t])
                push(f, (enum qf_topic_id)t);
        if (f->changed) {
            f->changed = false;
            f->events.changed(f->events.arg);
        }
    }
}

/* --- what can be done to it */

void fake_advance(struct fake *f, int64_t us)
{
    f->now += us;
}

static void all_pending(struct fake *f)
{
    for (int t = 0; t < QF_TOPIC_COUNT; t++)
        f->pending[t] = f->followed[t];
}

static void touch_prices(struct fake *f)
{
    for (int i = 0; i < FAKE_SYMBOLS; i++) {
        struct qf_quote *q = &f->quotes[i];
        qf_price move = ((f->steps * 7 + i * 13) % 5 - 2) * q->tick;
        if (q->stale)
            continue;
        q->bid += move;
        q->ask += move;
        q->last += move;
        q->at = q->received = f->now;
    }
}

void fake_step(struct fake *f)
{
    static const enum qf_topic_id moving[] = {QF_TOPIC_quotes, QF_TOPIC_desk, QF_TOPIC_positions};
    if (f->status.state == TUI_LINK_DOWN)
        return;
    f->steps++;
    touch_prices(f);
    f->desk.received = f->desk.market_time = f->status.heard = f->now;
    for (size_t i = 0; i < QF_LEN(moving); i++)
        f->pending[moving[i]] = f->followed[moving[i]];
    if (f->steps % 10 == 0) {
        memmove(f->samples, f->samples + 1, sizeof f->samples[0] * (FAKE_SAMPLES - 1));
        f->samples[FAKE_SAMPLES - 1].at = f->now;
        f->pending[QF_TOPIC_system] = f->followed[QF_TOPIC_system];
    }
}

void fake_role(struct fake *f, int role)
{
    f->status.who.role = role;
    f->changed = true;
}

void fake_lose(struct fake *f)
{
    f->status.state = TUI_LINK_DOWN;
    f->status.since = f->now;
    f->status.retry_at = f->now + 3 * QF_SEC;
    f->status.attempt = 4;
    qf_str_copy(f->status.why, sizeof f->status.why, "connection refused");
    f->changed = true;
}

void fake_back(struct fake *f)
{
    f->status.state = TUI_LINK_READY;
    f->status.heard = f->status.since = f->now;
    memset(f->seq, 0, sizeof f->seq);
    all_pending(f);
    f->changed = true;
}

void fake_halt(struct fake *f)
{
    f->desk.state = f->states[0].state = QF_STATE_HALTED;
    f->states[0].since = f->desk.state_since = f->now - 626 * QF_SEC;
    f->states[0].latched = true;
    qf_str_copy(f->states[0].by, sizeof f->states[0].by, "ana");
    qf_str_copy(f->states[0].reason, sizeof f->states[0].reason, "drawdown");
    qf_str_copy(f->desk.state_by, sizeof f->desk.state_by, "ana");
    qf_str_copy(f->desk.state_reason, sizeof f->desk.state_reason, "drawdown");
    f->desk.has = ~0ULL;
    all_pending(f);
}

void fake_stale(struct fake *f, bool on)
{
    for (int i = 0; i < FAKE_SYMBOLS; i++)
        f->quotes[i].stale = on;
    for (int i = 0; i < FAKE_POSITIONS; i++)
        f->positions[i].stale = on;
    f->desk.stale = on;
    all_pending(f);
}

void fake_empty(struct fake *f)
{
    f->positions_n = f->orders_n = f->events_n = f->limits_n = 0;
    f->desk.equity = f->desk.cash = f->desk.day_start = f->desk.flows = UNITS(25000000);
    f->desk.peak = 0;
    f->desk.day_pnl = f->desk.gross = f->desk.net = f->desk.long_value = f->desk.short_value = f->desk.reserved = 0;
    f->desk.realized = f->desk.unrealized = f->desk.fees = 0;
    fake_risk_empty(f);
    f->desk.drawdown_bp = f->desk.positions = f->desk.working = f->desk.alerts = 0;
    f->desk.has &= ~(QF_BIT(desk_status, month_pnl) | QF_BIT(desk_status, month_start) | QF_BIT(desk_status, year_pnl) |
                     QF_BIT(desk_status, year_start) | QF_BIT(desk_status, var_99) | QF_BIT(desk_status, es_975));
}

void fake_silent(struct fake *f, bool on)
{
    f->silent = on;
}

void fake_slow(struct fake *f, bool on)
{
    f->slow = on;
}

void fake_refuse(struct fake *f, int reason)
{
    f->refuse = reason;
}

void fake_refuse_reads(struct fake *f, int reason)
{
    f->refuse_reads = reason;
}

const char *fake_sent(struct fake *f)
{
    static char text[4096];
    qf_str_copyn(text, sizeof text, f->sent.p ? f->sent.p : "", f->sent.len);
    qf_buf_clear(&f->sent);
    return text;
}

int fake_refetches(const struct fake *f)
{
    return f->refetches;
}

void fake_gap(struct fake *f, enum qf_topic_id topic)
{
    f->gap[topic] = f->pending[topic] = true;
}
