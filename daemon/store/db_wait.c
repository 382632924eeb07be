#include "daemon/store/db_wait.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/str.h"

#define ROUND_US (100 * QF_MS) /* the loop is asked again so often; answers wake it at once */

struct db_wait {
    struct qf_loop *loop;
    struct db *db;
    bool up, down, answered;
    enum db_kind kind;
    struct db_error error;
    const char *text; /* of the script that runs */
    db_fn fn;
    void *arg;
};

static void on_up(void *arg)
{
    ((struct db_wait *)arg)->up = true;
}

static void on_down(void *arg, const char *why)
{
    struct db_wait *w = arg;
    w->down = true;
    qf_str_copy(w->error.why, sizeof w->error.why, why);
}

enum qf_err db_wait_open(const struct db_conf *conf, struct db_wait **ret, struct db_error *ret_error)
{
    struct db_wait *w = qf_xalloc(sizeof *w);
    *w = (struct db_wait){ .loop = qf_loop_new() };
    w->db = db_open(w->loop, conf, &(struct db_events){ .up = on_up, .down = on_down, .arg = w });
    while (!w->up && !w->down)
        qf_loop_once(w->loop, ROUND_US);
    if (w->up) {
        *ret = w;
        return QF_OK;
    }
    *ret_error = w->error;
    db_wait_close(w);
    return QF_ECLOSED;
}

void db_wait_close(struct db_wait *w)
{
    if (w == NULL)
        return;
    db_close(w->db);
    qf_loop_free(w->loop);
    free(w);
}

static void on_answer(void *arg, const struct db_answer *a)
{
    struct db_wait *w = arg;
    w->kind = a->kind;
    qf_str_copy(w->error.state, sizeof w->error.state, a->state);
    qf_str_copy(w->error.why, sizeof w->error.why, a->message);
    if (w->fn != NULL && (a->kind == DB_ROWS || a->kind == DB_DONE))
        w->fn(w->arg, a);
}

static void on_end(void *arg, const struct db_answer *a)
{
    (void)a;
    ((struct db_wait *)arg)->answered = true;
}

static void on_script(void *arg, const struct db_answer *a)
{
    on_answer(arg, a);
    on_end(arg, a);
}

static enum qf_err finish(struct db_wait *w, enum qf_err sent, struct db_error *ret_error)
{
    while (sent == QF_OK && !w->answered && !w->down)
        qf_loop_once(w->loop, ROUND_US);
    if (sent == QF_OK && !w->down && (w->kind == DB_ROWS || w->kind == DB_DONE))
        return QF_OK;
    *ret_error = w->error;
    return sent == QF_OK && !w->down && w->kind == DB_FAIL ? QF_ESTATE : QF_ECLOSED;
}

static void begin(struct db_wait *w, db_fn fn, void *arg)
{
    w->answered = false;
    w->kind = DB_LOST;
    w->fn = fn;
    w->arg = arg;
    if (!w->down)
        w->error = (struct db_error){ .why = "the connection is closed" };
}

enum qf_err db_wait_query(struct db_wait *w, const char *text, const struct db_param *params, int n, db_fn fn,
                          void *arg, struct db_error *ret_error)
{
    begin(w, fn, arg);
    enum qf_err sent = w->down ? QF_ECLOSED : db_query(w->db, text, params, n, on_answer, w);
    if (sent == QF_OK)
        sent = db_sync(w->db, on_end, w);
    return finish(w, sent, ret_error);
}

enum qf_err db_wait_script(struct db_wait *w, const char *text, struct db_error *ret_error)
{
    begin(w, NULL, NULL);
    w->text = text;
    return finish(w, w->down ? QF_ECLOSED : db_script(w->db, w->text, on_script, w), ret_error);
}

static void keep_i64(void *arg, const struct db_answer *a)
{
    int64_t *v = arg;
    if (a->kind == DB_ROWS && db_rows_count(a->rows) > 0)
        *v = db_rows_i64(a->rows, 0, 0, *v);
}

enum qf_err db_wait_i64(struct db_wait *w, const char *text, const struct db_param *params, int n, int64_t otherwise,
                        int64_t *ret, struct db_error *ret_error)
{
    int64_t v = otherwise;
    enum qf_err err = db_wait_query(w, text, params, n, keep_i64, &v, ret_error);
    if (err == QF_OK)
        *ret = v;
    return err;
}

bool db_wait_outside_transaction(const struct db_wait *w)
{
    return db_outside_transaction(w->db);
}
