/* A real desk for integration tests: qfd with its private PostgreSQL, five people who may do different things, and short calls. */
#ifndef QF_TEST_DESK_WORLD_H
#define QF_TEST_DESK_WORLD_H

#include "tests/help/proc.h"
#include "tests/help/rpc.h"

#define WORLD_PASSWORD "a long enough password"

struct desk_world {
    struct proc proc;
    struct rpc boss;      /* admin, known by the test's own uid */
    struct qf_line line;  /* of the last call */
    int64_t refs;
};

/* A desk with the simulated market; users boss (admin), ann (risk), bob (trader, owner of the account "desk"), vic (viewer),
 * tick (feed). Asserts that it came up. */
void world_start(struct desk_world *w);
void world_stop(struct desk_world *w);
/* The same with prices, and with ann and bob signed in. */
void world_start_two(struct desk_world *w, struct rpc *ann, struct rpc *bob);
void world_stop_two(struct desk_world *w, struct rpc *ann, struct rpc *bob);
/* Ends it and starts it again; boss is connected anew. */
void world_restart(struct desk_world *w);
/* A connection signed in by name and password. */
void world_sign_in(struct desk_world *w, struct rpc *r, const char *user);

/* A reference nobody has used. */
void world_ref(struct desk_world *w, char out[65]);
/* The call has to be done; returns its reply. */
const void *world_do(struct desk_world *w, struct rpc *r, enum qf_cmd_id cmd, const void *req);
/* The call has to be refused with this word. */
void world_refused(struct desk_world *w, struct rpc *r, enum qf_cmd_id cmd, const void *req, const char *word);
/* Waits until every simulated name has a price. */
void world_wait_prices(struct desk_world *w);

/* Places an order of bob's; price 0 = MARKET. Returns its number. */
int64_t world_order(struct desk_world *w, struct rpc *r, const char *symbol, enum qf_side side, int64_t quantity, qf_price price);
/* A limit price 3 % below the market: a buy there rests. */
qf_price world_below(struct desk_world *w, const char *symbol);
/* The order as it stands, and its fills in *ret_detail (may be NULL). */
enum qf_order_state world_state(struct desk_world *w, int64_t id, const struct qf_order_detail **ret_detail);
/* Waits until the order is in that state. */
void world_wait_state(struct desk_world *w, int64_t id, enum qf_order_state state);

#endif
