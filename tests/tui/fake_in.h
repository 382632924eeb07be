/* Inside of the fixed desk: fake_data.c has the rows, fake.c the link. */
#ifndef QF_TESTS_TUI_FAKE_IN_H
#define QF_TESTS_TUI_FAKE_IN_H

#include "tests/tui/fake.h"

#define FAKE_SYMBOLS 20
#define FAKE_POINTS 60
#define FAKE_POSITIONS 13
#define FAKE_ORDERS 4
#define FAKE_STATES 6
#define FAKE_LIMITS 12
#define FAKE_EVENTS 6
#define FAKE_USERS 6
#define FAKE_SESSIONS 5
#define FAKE_AUDIT 4
#define FAKE_EQUITY 90
#define FAKE_SAMPLES 120
#define FAKE_SLOTS 40
#define FAKE_CALLS 256

#define FAKE_BPS 4
#define FAKE_EXPOSURES 40
#define FAKE_STRESS 4
#define FAKE_DAYS 60
#define FAKE_BREAKERS 7

/* fake_risk.c */
struct fake_risk {
    struct qf_risk_run run;
    struct qf_var_row vars[4 * FAKE_BPS * 2];
    struct qf_risk_component components[FAKE_POSITIONS];
    struct qf_exposure exposures[FAKE_EXPOSURES];
    struct qf_stress_result stress[FAKE_STRESS];
    struct qf_scenario scenarios[FAKE_STRESS];
    struct qf_risk_day days[FAKE_DAYS];
    struct qf_unpriced missing[2];
    struct qf_correlation pairs[FAKE_POSITIONS * (FAKE_POSITIONS - 1) / 2];
    struct qf_correlation_list correlation;
    struct qf_breaker breakers[FAKE_BREAKERS];
    struct qf_flatten_plan plan;
    struct qf_flatten_row rows[FAKE_POSITIONS];
    int exposures_n, plan_no;
};

struct fake_call {
    int64_t id; /* 0 = free */
    enum qf_cmd_id cmd;
    void *req; /* a copy */
    tui_answer_fn fn;
    void *arg;
};

struct fake {
    qf_time now;
    struct tui_link_events events;
    struct tui_link_status status;
    bool followed[QF_TOPIC_COUNT], pending[QF_TOPIC_COUNT], gap[QF_TOPIC_COUNT];
    uint64_t seq[QF_TOPIC_COUNT];
    struct fake_call calls[FAKE_CALLS];
    int64_t last_id;
    bool changed, silent;
    int refuse, refuse_reads, refetches;
    struct qf_buf sent;
    int steps;

    struct qf_desk_status desk;
    struct qf_quote quotes[FAKE_SYMBOLS];
    struct qf_instrument instruments[FAKE_SYMBOLS];
    struct qf_price_point points[FAKE_SYMBOLS][FAKE_POINTS];
    struct qf_spark sparks[FAKE_SYMBOLS];
    struct qf_position positions[FAKE_POSITIONS];
    struct qf_order orders[FAKE_ORDERS];
    struct qf_trading_state states[FAKE_STATES];
    struct qf_limit limits[FAKE_LIMITS];
    struct qf_event news[FAKE_EVENTS];
    struct qf_approval approval;
    struct qf_user users[FAKE_USERS];
    struct qf_session sessions[FAKE_SESSIONS];
    struct qf_control audit[FAKE_AUDIT];
    struct qf_equity equity[FAKE_EQUITY];
    struct qf_sample samples[FAKE_SAMPLES];
    struct qf_latency_slot slots[FAKE_SLOTS];
    struct qf_latency latency;
    struct qf_feed feed;
    struct qf_execution fill;
    struct qf_stop_report stops[2];
    struct qf_stop_order stop_orders[FAKE_ORDERS];
    struct fake_risk risk;
    struct qf_job job; /* id 0 = none yet */
    bool slow;
    int positions_n, orders_n, events_n, limits_n, stops_n;
};

void fake_fill(struct fake *f);

/* fake_performance.c: answers made in the arena */
void fake_performance(const struct fake *f, const struct qf_performance_query *q, struct qf_performance *rep,
                      struct qf_arena *a);
void fake_groups(const struct fake *f, const struct qf_performance_groups *q, struct qf_performance_group_list *rep,
                 struct qf_arena *a);
void fake_accounts(const struct fake *f, struct qf_account_list *rep, struct qf_arena *a);
void fake_job(struct fake *f, struct qf_job *rep);
void fake_piece(struct fake *f, const struct qf_job_read *q, struct qf_job_piece *rep, struct qf_arena *a);
void fake_risk_fill(struct fake *f);
void fake_risk_empty(struct fake *f);
/* The reply of a command of the risk screen; NULL when it is none. */
void *fake_risk_reply(struct fake *f, enum qf_cmd_id cmd, const void *req, void *rep, struct qf_arena *a);

#endif
