/* The positions and P&L of the shared vectors, both cost methods, through fill_book. What is compared is in tests/vectors. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "common/str.h"
#include "tests/vectors/judge.h"

/* At least `least` cases of $QF_SHARED/vectors/NAME pass, and none fails. */
static void holds(const char *name, void (*fn)(struct judge *j, struct json_object *doc), int least)
{
    const char *root = getenv("QF_SHARED");
    char folder[512], path[560];
    if (root == NULL || root[0] == '\0') {
        if (getenv("QF_REQUIRE_SHARED") != NULL)
            fail_msg("QF_SHARED is not set");
        print_message("QF_SHARED is not set: no vectors to read\n");
        skip();
    }
    qf_str_fmt(folder, sizeof(folder), "%s/vectors", root);
    qf_str_fmt(path, sizeof(path), "%s/%s", folder, name);
    struct judge j = { .folder = folder, .file = name, .deep = true };
    struct json_object *doc = json_object_from_file(path);
    if (doc == NULL)
        fail_msg("%s: %s", path, json_util_get_last_err());
    fn(&j, doc);
    json_object_put(doc);
    assert_int_equal(j.failed, 0);
    assert_true(j.passed >= least);
}

static void position_vectors_hold(void **state)
{
    (void)state;
    holds("positions.json", judge_positions, 11);
}

static void golden_pnl_holds(void **state)
{
    (void)state;
    holds("golden_pnl.json", judge_pnl, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(position_vectors_hold),
        cmocka_unit_test(golden_pnl_holds),
    };
    return cmocka_run_group_tests_name("positions", tests, NULL, NULL);
}
