/* Scenarios in the desk: put, changed, undone, loaded; and what a run of the risk leaves there. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tests/unit/desk_help.h"

static struct qf_scenario scenario(const char *name, const char *shocks)
{
    struct qf_scenario s = { .updated = KIT_START };
    qf_str_copy(s.name, sizeof s.name, name);
    qf_str_copy(s.shocks, sizeof s.shocks, shocks);
    qf_str_copy(s.owner, sizeof s.owner, "ana");
    qf_rec_fill(&qf_rec_scenario, &s);
    QF_SET(&s, scenario, shocks);
    return s;
}

static const struct qf_scenario *find(const struct kit *k, const char *name)
{
    struct qf_scenario like = { .has = 0 };
    qf_str_copy(like.name, sizeof like.name, name);
    return tab_find(&k->d->scenarios, &like);
}

static void a_scenario_is_put_changed_and_written_once(void **state)
{
    struct kit *k = kit_bare();
    struct qf_scenario first = scenario("crash", "all -20"), second = scenario("crash", "all -30");
    const void *rows;
    (void)state;
    uint64_t version = k->d->version;
    assert_int_equal(desk_put_scenario(k->d, k->b, &first), QF_OK);
    assert_int_equal(desk_put_scenario(k->d, k->b, &second), QF_OK);
    assert_true(k->d->version > version);
    assert_int_equal(k->d->scenarios.count, 1);
    assert_string_equal(find(k, "crash")->shocks, "all -30");
    batch_seal(k->b);
    assert_int_equal(batch_rows(k->b, QF_TABLE_scenarios, &rows), 1);
    assert_string_equal(((const struct qf_scenario *)rows)->shocks, "all -30");
    kit_free(k);
}

static void an_undo_takes_it_back(void **state)
{
    struct kit *k = kit_bare();
    struct qf_scenario first = scenario("crash", "all -20"), second = scenario("crash", "all -30"), other = scenario("other", "all 1");
    (void)state;
    assert_int_equal(desk_put_scenario(k->d, k->b, &first), QF_OK);
    kit_commit(k);
    assert_int_equal(desk_put_scenario(k->d, k->b, &second), QF_OK);
    assert_int_equal(desk_put_scenario(k->d, k->b, &other), QF_OK);
    batch_undo(k->b);
    desk_rebuild(k->d);
    assert_int_equal(k->d->scenarios.count, 1);
    assert_string_equal(find(k, "crash")->shocks, "all -20");
    assert_null(find(k, "other"));
    kit_free(k);
}

static void more_than_there_is_room_for_are_refused(void **state)
{
    struct kit *k = kit_bare();
    char name[33];
    (void)state;
    for (int i = 0; i <= QF_MAX_SCENARIOS; i++) {
        qf_str_fmt(name, sizeof name, "s%d", i);
        struct qf_scenario s = scenario(name, "all -1");
        assert_int_equal(desk_put_scenario(k->d, k->b, &s), i < QF_MAX_SCENARIOS ? QF_OK : QF_EFULL);
    }
    struct qf_scenario again = scenario("s3", "all -2"); /* one that is there can still be changed */
    assert_int_equal(desk_put_scenario(k->d, k->b, &again), QF_OK);
    kit_free(k);
}

static void stored_ones_are_loaded_once(void **state)
{
    struct kit *k = kit_bare();
    struct qf_scenario s = scenario("crash", "all -20");
    (void)state;
    assert_int_equal(desk_load(k->d, QF_TABLE_scenarios, &s), QF_OK);
    assert_int_equal(desk_load(k->d, QF_TABLE_scenarios, &s), QF_EEXIST);
    assert_string_equal(find(k, "crash")->shocks, "all -20");
    kit_free(k);
}

/* No undo takes a value at risk back, and a desk that is read anew goes on with it. */
static void a_value_at_risk_is_kept(void **state)
{
    struct kit *k = kit_bare();
    struct qf_desk_status row;
    (void)state;
    desk_status_row(k->d, &row);
    assert_false(QF_HAS(&row, desk_status, var_99));
    desk_risk_taken(k->d, true, num("326.5"), num("350"), true);
    batch_undo(k->b);
    desk_rebuild(k->d);
    desk_status_row(k->d, &row);
    assert_true(QF_HAS(&row, desk_status, var_99) && row.var_99 == num("326.5") && row.es_975 == num("350"));
    assert_true(row.var_incomplete);
    void *memory = qf_map_lazy(desk_size());
    assert_non_null(memory);
    struct desk *d = desk_init(memory, &k->d->conf);
    desk_inherit(d, k->d);
    assert_true(d->has_var && d->var_99 == num("326.5") && d->es_975 == num("350") && d->var_incomplete);
    desk_risk_taken(d, false, 0, 0, true);
    desk_status_row(d, &row);
    assert_false(QF_HAS(&row, desk_status, var_99));
    qf_unmap(memory, desk_size());
    kit_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scenario_is_put_changed_and_written_once),
        cmocka_unit_test(an_undo_takes_it_back),
        cmocka_unit_test(more_than_there_is_room_for_are_refused),
        cmocka_unit_test(stored_ones_are_loaded_once),
        cmocka_unit_test(a_value_at_risk_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
