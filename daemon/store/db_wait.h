/* The same connection, but waiting for each answer: for start-up, migrations, checks and tests, where blocking is no
 * harm. It runs an event loop of its own. */
#ifndef QF_STORE_DB_WAIT_H
#define QF_STORE_DB_WAIT_H

#include "daemon/store/db.h"

struct db_wait;
struct db_error {
    char state[6];    /* SQLSTATE; "" when the server said nothing of the kind */
    char why[DB_WHY]; /* one line */
};

/* QF_ECLOSED: no connection, ret_error says why. */
enum qf_err db_wait_open(const struct db_conf *conf, struct db_wait **ret, struct db_error *ret_error) QF_MUST_CHECK;
void db_wait_close(struct db_wait *w); /* NULL is fine */

/* One statement; fn (may be NULL) is called when it went well. QF_ESTATE: the server refused it, ret_error tells;
 * QF_ECLOSED: the connection broke, nobody knows. */
enum qf_err db_wait_query(struct db_wait *w, const char *text, const struct db_param *params, int n, db_fn fn,
                          void *arg, struct db_error *ret_error) QF_MUST_CHECK;
/* Several statements without parameters, by the simple protocol. Errors as above. */
enum qf_err db_wait_script(struct db_wait *w, const char *text, struct db_error *ret_error) QF_MUST_CHECK;
/* A statement that gives one bigint, integer or boolean; `otherwise` when there is no row or it is NULL. Errors as
 * above. */
enum qf_err db_wait_i64(struct db_wait *w, const char *text, const struct db_param *params, int n, int64_t otherwise,
                        int64_t *ret, struct db_error *ret_error) QF_MUST_CHECK;
bool db_wait_outside_transaction(const struct db_wait *w);

#endif
