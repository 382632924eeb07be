#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "tests/unit/desk_help.h"

static struct batch *open_batch(void **state)
{
    struct batch *b = *state;
    static uint64_t no;
    batch_reset(b, ++no);
    return b;
}

static int make(void **state)
{
    *state = batch_init(qf_map_lazy(batch_size()));
    return *state == NULL;
}

static int unmake(void **state)
{
    qf_unmap(*state, batch_size());
    return 0;
}

static struct qf_user user(const char *name, int role)
{
    struct qf_user u = { .role = role };
    qf_rec_fill(&qf_rec_user, &u);
    qf_str_copy(u.name, sizeof(u.name), name);
    return u;
}

static struct tab *users_tab(void)
{
    struct tab *t = calloc(1, sizeof(*t));
    tab_init(t, QF_TABLE_users, sizeof(struct qf_user), 1024, true,
             qf_map_lazy(tab_size(sizeof(struct qf_user), 1024)));
    return t;
}

static void drop_tab(struct tab *t)
{
    qf_unmap(t->rows, tab_size(t->row_size, t->cap));
    free(t);
}

static void an_empty_batch_wants_nothing(void **state)
{
    struct batch *b = open_batch(state);
    assert_false(batch_wanted(b));
    batch_command(b);
    assert_true(batch_wanted(b));
    assert_int_equal(batch_commands(b), 1);
}

static void rows_are_written_as_they_are_at_the_seal(void **state)
{
    struct batch *b = open_batch(state);
    struct tab *t = users_tab();
    struct qf_user image = user("bo", QF_ROLE_TRADER);
    const void *rows;
    struct qf_user *u = tab_add(t, b, &image);
    tab_edit(t, b, u);
    u->role = QF_ROLE_RISK;
    assert_int_equal(batch_rows(b, QF_TABLE_users, &rows), 0);
    batch_seal(b);
    u->role = QF_ROLE_ADMIN; /* the next batch's business */
    assert_int_equal(batch_rows(b, QF_TABLE_users, &rows), 1);
    assert_int_equal(((const struct qf_user *)rows)->role, QF_ROLE_RISK);
    assert_string_equal(((const struct qf_user *)rows)->name, "bo");
    drop_tab(t);
}

static void a_touched_row_goes_along_but_asks_for_nothing(void **state)
{
    struct batch *b = open_batch(state);
    struct tab *t = users_tab();
    struct qf_user image = user("bo", QF_ROLE_TRADER);
    const void *rows;
    struct qf_user *u = tab_add(t, NULL, &image);
    tab_touch(t, b, u);
    u->disabled = true;
    assert_false(batch_wanted(b));
    tab_edit(t, b, u);
    assert_true(batch_wanted(b));
    batch_seal(b);
    assert_int_equal(batch_rows(b, QF_TABLE_users, &rows), 1);
    drop_tab(t);
}

/* Dropped and its place taken anew in one batch: both keys are written, each once. */
static void a_dropped_row_leaves_its_last_image(void **state)
{
    struct batch *b = open_batch(state);
    struct tab *t = users_tab();
    struct qf_user a = user("ana", QF_ROLE_RISK), c = user("cy", QF_ROLE_VIEWER), z = user("zed", QF_ROLE_VIEWER);
    const void *rows;
    struct qf_user *ana = tab_add(t, NULL, &a), *zed = tab_add(t, NULL, &z);
    tab_edit(t, b, ana);
    ana->disabled = true;
    tab_drop(t, b, ana);
    tab_drop(t, b, zed); /* unchanged: nothing to write */
    struct qf_user *cy = tab_add(t, b, &c);
    tab_drop(t, b, cy);
    cy = tab_add(t, b, &c);
    tab_edit(t, b, cy);
    cy->role = QF_ROLE_ADMIN;
    batch_seal(b);
    const struct qf_user *u;
    uint32_t n = batch_rows(b, QF_TABLE_users, &rows);
    u = rows;
    assert_int_equal(n, 3); /* ana, and cy as it was dropped and as it came back: the caller promised not to do that */
    assert_string_equal(u[0].name, "ana");
    assert_true(u[0].disabled);
    assert_string_equal(u[2].name, "cy");
    assert_int_equal(u[2].role, QF_ROLE_ADMIN);
    drop_tab(t);
}

/* A place that stands in the list twice, because other rows changed in between, gives one row for each key. */
static void a_place_taken_anew_is_written_once(void **state)
{
    struct batch *b = open_batch(state);
    struct tab *t = users_tab();
    struct qf_user a = user("ana", QF_ROLE_RISK), c = user("cy", QF_ROLE_VIEWER), z = user("zed", QF_ROLE_VIEWER);
    const void *rows;
    struct qf_user *ana = tab_add(t, NULL, &a), *zed = tab_add(t, NULL, &z);
    tab_edit(t, b, ana);
    tab_edit(t, b, zed);
    tab_drop(t, b, ana);
    struct qf_user *cy = tab_add(t, b, &c);
    assert_ptr_equal(cy, ana);
    batch_seal(b);
    const struct qf_user *u;
    assert_int_equal(batch_rows(b, QF_TABLE_users, &rows), 3);
    u = rows;
    assert_string_equal(u[0].name, "ana");
    assert_string_equal(u[1].name, "cy");
    assert_string_equal(u[2].name, "zed");
    drop_tab(t);
}

static void one_row_per_key_is_put(void **state)
{
    struct batch *b = open_batch(state);
    struct qf_equity e = { .account = "desk", .at = 5, .equity = 1 };
    const void *rows;
    qf_rec_fill(&qf_rec_equity, &e);
    batch_put(b, QF_TABLE_equity, &e);
    e.at = 6;
    batch_put(b, QF_TABLE_equity, &e);
    e.at = 5;
    e.equity = 2;
    batch_put(b, QF_TABLE_equity, &e);
    assert_int_equal(batch_rows(b, QF_TABLE_equity, &rows), 2);
    assert_true(((const struct qf_equity *)rows)[0].equity == 2);
    b = open_batch(state); /* the index is not fooled by what an earlier batch put */
    batch_put(b, QF_TABLE_equity, &e);
    assert_int_equal(batch_rows(b, QF_TABLE_equity, &rows), 1);
}

static void bytes_of_texts_are_copied(void **state)
{
    struct batch *b = open_batch(state);
    char args[] = "{\"a\":1}", detail[] = "done";
    struct qf_control c = { .cmd_no = 1, .args = { args, 7 }, .detail = { detail, 4 } };
    const void *rows;
    qf_rec_fill(&qf_rec_control, &c);
    batch_append(b, QF_TABLE_control_log, &c);
    memset(args, 'x', sizeof(args));
    memset(detail, 'x', sizeof(detail));
    batch_seal(b);
    assert_int_equal(batch_rows(b, QF_TABLE_control_log, &rows), 1);
    const struct qf_control *r = rows;
    assert_memory_equal(r->args.p, "{\"a\":1}", 7);
    assert_memory_equal(r->detail.p, "done", 4);
    assert_true(batch_bytes(b) >= sizeof(c) + 11);
}

static void undo_goes_backwards(void **state)
{
    struct batch *b = open_batch(state);
    int64_t a = 1, c[3] = { 1, 2, 3 };
    batch_save(b, &a, sizeof(a));
    a = 2;
    batch_save(b, c, sizeof(c));
    c[1] = 9;
    batch_save(b, &a, sizeof(a));
    a = 3;
    batch_undo(b);
    assert_int_equal(a, 1);
    assert_int_equal(c[1], 2);
    a = 7;
    batch_undo(b); /* nothing is left */
    assert_int_equal(a, 7);
}

static void is_full_after_enough_commands_or_bytes(void **state)
{
    struct batch *b = open_batch(state);
    for (int i = 0; i < QF_BATCH_COMMANDS; i++) {
        assert_false(batch_full(b));
        batch_command(b);
    }
    assert_true(batch_full(b));
    b = open_batch(state);
    char *big = calloc(1, 65536);
    struct qf_request r = { .answer = { big, 65536 } };
    int n = 0;
    for (; !batch_full(b); n++)
        batch_append(b, QF_TABLE_requests, &r);
    assert_in_range(n, 15, 16);
    free(big);
}

/* The largest command, a cancel of all open orders, fits behind any batch that is not full. */
static void a_cancel_of_everything_fits(void **state)
{
    struct batch *b = open_batch(state);
    const struct effect *effects;
    for (uint32_t i = 0; !batch_full(b); i++)
        batch_effect(b, EFFECT_SEND, i);
    for (uint32_t i = 0; i < QF_MAX_OPEN_ORDERS; i++)
        batch_effect(b, EFFECT_CANCEL, i);
    uint32_t n = batch_effects(b, &effects);
    assert_in_range(n, 2 * QF_MAX_OPEN_ORDERS - 8, BATCH_ROWS);
    assert_int_equal(effects[n - 1].kind, EFFECT_CANCEL);
    assert_int_equal(effects[n - 1].order_id, QF_MAX_OPEN_ORDERS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_batch_wants_nothing),
        cmocka_unit_test(rows_are_written_as_they_are_at_the_seal),
        cmocka_unit_test(a_touched_row_goes_along_but_asks_for_nothing),
        cmocka_unit_test(a_dropped_row_leaves_its_last_image),
        cmocka_unit_test(a_place_taken_anew_is_written_once),
        cmocka_unit_test(one_row_per_key_is_put),
        cmocka_unit_test(bytes_of_texts_are_copied),
        cmocka_unit_test(undo_goes_backwards),
        cmocka_unit_test(is_full_after_enough_commands_or_bytes),
        cmocka_unit_test(a_cancel_of_everything_fits),
    };
    return cmocka_run_group_tests_name("batch", tests, make, unmake);
}
