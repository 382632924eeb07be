/* qfd verify: finds nothing where nothing is wrong, and each thing that is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/str.h"
#include "daemon/store/verify.h"
#include "tests/it/pg.h"

#define ORDERS 40

static struct pg_base base;
static struct db_wait *w;

struct found {
    int n;
    char text[4096];
};

static void on_found(void *arg, const struct qf_event *finding)
{
    struct found *f = arg;
    size_t at = strlen(f->text);
    f->n++;
    qf_str_fmt(f->text + at, sizeof f->text - at, "%s: %s\n", finding->source, finding->message);
}

static void look(struct found *f, struct qf_verify_report *r)
{
    char why[VERIFY_WHY] = "";
    *f = (struct found){ .n = 0 };
    enum qf_err err = verify_wait(base.daemon, r, on_found, f, why);
    assert_string_equal(why, "");
    assert_int_equal(err, QF_OK);
}

static void test_clean(void **state)
{
    struct found f;
    struct qf_verify_report r;
    (void)state;
    look(&f, &r);
    assert_string_equal(f.text, "");
    assert_true(r.ok);
    assert_int_equal(r.orders, ORDERS);
    assert_int_equal(r.executions, ORDERS);
    assert_int_equal(r.broken, 0);
}

/* Each line breaks one thing; undone afterwards. `words`: part of a finding that must be there. */
static const struct {
    const char *breaks, *words;
} faults[] = {
    { "UPDATE orders SET filled = filled + 1 WHERE id = 3", "orders: 1 are not the sum of their executions: 3" },
    { "UPDATE orders SET fees = fees + 0.00000001 WHERE id = 3", "orders: 1 are not the sum of their executions: 3" },
    { "UPDATE orders SET value = value + 0.0000000000000001 WHERE id = 3",
      "orders: 1 are not the sum of their executions: 3" },
    { "INSERT INTO breakers (code, scope, name, level, window_s, action, tripped, since, trip, owner, reason, updated, follows, streak) "
      "VALUES ('DAY_LOSS', 'firm', '', 5, 0, 'HALTED', true, now(), 'DAY_LOSS 6.00, level 5.00', '', '', now(), false, 0)",
      "breakers: 1 are tripped and the audit trail knows nothing of it: DAY_LOSS firm" },
    { "UPDATE orders SET state = 'WORKING' WHERE id = 5", "order states: 1 do not fit what is filled: 5" },
    { "ALTER TABLE executions DROP CONSTRAINT executions_order_id_fkey; DELETE FROM orders WHERE id = 7",
      "executions: 1 have no such order: 7" },
    { "UPDATE orders SET account = 'a' WHERE id = 7", "executions: 1 have no such order: 7" },
    { "ALTER TABLE executions DISABLE TRIGGER ALL; ALTER TABLE executions DROP CONSTRAINT executions_venue_exec_id_key;"
      " UPDATE executions SET exec_id = '8-1' WHERE id = 9",
      "executions: 1 are booked twice: paper 8-1" },
    { "ALTER TABLE executions DISABLE TRIGGER ALL; UPDATE executions SET amount = amount + 0.00000001 WHERE id = 9",
      "executions: 1 moved another amount than price x quantity: 9" },
    { "DELETE FROM ledger WHERE execution = 11 AND kind = 'FEE'",
      "executions: 1 do not stand in the ledger as they are: 11" },
    { "INSERT INTO ledger SELECT 9999, account, currency, kind, amount, execution, note, by, at, recorded FROM ledger "
      "WHERE execution = 11"
      " AND kind = 'TRADE'",
      "executions: 1 do not stand in the ledger as they are: 11" },
    { "UPDATE ledger SET execution = 9999 WHERE execution = 11 AND kind = 'FEE'",
      "ledger: 1 rows belong to no execution" },
    { "UPDATE positions SET quantity = quantity + 1 WHERE account = 'a' AND symbol = 'X'",
      "positions: 1 are not the sum of their executions: a X" },
    { "DELETE FROM positions WHERE account = 'a' AND symbol = 'X'",
      "positions: 1 are not the sum of their executions: a X" },
    { "INSERT INTO positions VALUES ('b', 'Y', 5, 1, 1, 0, 0, 0, 'USD', NULL, now(), 0, NULL, 0, now())",
      "positions: 1 are not the sum of their executions: b Y" },
    { "UPDATE lots SET remaining = remaining - 0.00000001 WHERE id = 13",
      "positions: 1 are not the sum of their lots" },
    { "UPDATE positions SET fifo_cost = fifo_cost + 0.0000000000000001 WHERE account = 'a' AND symbol = 'F'",
      "positions: 1 are not the sum of their lots: a F" },
    { "UPDATE lots SET execution = 9999 WHERE id = 13", "lots: 1 have no such execution: 13" },
    { "UPDATE trades SET state = 'CLOSED', closed = now() WHERE id = 1", "positions: 1 do not fit their round trips" },
    { "UPDATE trades SET realized = 1 WHERE id = 1", "positions: 1 do not fit their round trips" },
    { "UPDATE cash SET balance = balance + 0.00000001 WHERE account = 'a'",
      "cash: 1 is not the sum of its ledger: a USD" },
    { "DELETE FROM cash WHERE account = 'b'", "cash: 1 is not the sum of its ledger: b USD" },
    { "UPDATE cash SET flows = flows + 1 WHERE account = 'a'", "cash: 1 is not the sum of its ledger: a USD" },
    { "DELETE FROM accounts WHERE name = 'b'", "accounts: 1 are named but do not exist: b" },
    { "UPDATE lots SET symbol = 'Q' WHERE id = 2", "instruments: 1 are named but do not exist: Q" },
    { "ALTER TABLE control_log DISABLE TRIGGER ALL; UPDATE control_log SET ref = 'other' WHERE cmd_no = 15",
      "orders: 1 have no row in the audit trail: 15" },
    { "ALTER TABLE control_log DISABLE TRIGGER ALL; UPDATE control_log SET outcome = 'refused' WHERE cmd_no = 15",
      "orders: 1 have no row in the audit trail: 15" },
    { "UPDATE requests SET cmd_no = 9999 WHERE ref = 'ref4'", "requests: 1 have no row in the audit trail: ann ref4" },
    { "ALTER TABLE control_log DISABLE TRIGGER ALL; DELETE FROM control_log WHERE cmd_no = 40",
      "requests: 1 have no row in the audit trail: ann ref40" },
    { "ALTER TABLE control_log DISABLE TRIGGER ALL; DELETE FROM control_log WHERE cmd_no = 38",
      "audit: 2 rows are numbered with a gap: 39, 40" },
    { "ALTER TABLE control_log DISABLE TRIGGER ALL; UPDATE control_log SET hash = repeat('f', 64) WHERE cmd_no = 20",
      "audit: 1 rows do not carry the hash of the row before: 21" },
    { "ALTER TABLE control_log DISABLE TRIGGER ALL; UPDATE control_log SET prev = repeat('f', 64) WHERE cmd_no = 1",
      "audit: 1 rows do not carry the hash of the row before: 1" },
    { "ALTER TABLE approvals DROP CONSTRAINT approvals_second_person; INSERT INTO approvals VALUES (1, 'm', '', '', "
      "'', 'ann', now(), '', 'GRANTED', 'ann',"
      " now(), now())",
      "approvals: 1 were granted by nobody else: 1" },
};

/* In a database of its own each, because verify has a connection of its own and sees only what is committed. */
static void test_each_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < QF_LEN(faults); i++) {
        struct pg_base copy;
        struct found f;
        struct qf_verify_report r;
        char text[200];
        db_wait_close(w);
        struct db_wait *admin = pg_connect(cluster_conninfo(pg_cluster(), CLUSTER_ADMIN));
        qf_str_fmt(copy.name, sizeof copy.name, "fault%zu", i);
        qf_str_fmt(text, sizeof text, "CREATE DATABASE %s TEMPLATE %s OWNER qf_owner", copy.name, base.name);
        pg_do(admin, text);
        qf_str_fmt(text, sizeof text, "host='%s/pg/run' user=qf_admin dbname=%s", pg_dir(), copy.name);
        struct db_wait *other = pg_connect(text);
        struct db_error error;
        struct { const char *text; } fault = { faults[i].breaks };
        if (db_wait_script(other, fault.text, &error) != QF_OK)
            fail_msg("%s: %s", faults[i].breaks, error.why);
        db_wait_close(other);
        char why[VERIFY_WHY] = "";
        f = (struct found){ .n = 0 };
        assert_int_equal(verify_wait(text, &r, on_found, &f, why), QF_OK);
        if (strstr(f.text, faults[i].words) == NULL)
            fail_msg("%s\nis found as\n%swanted: %s", faults[i].breaks, f.text, faults[i].words);
        assert_false(r.ok);
        assert_true(r.broken > 0);
        qf_str_fmt(text, sizeof text, "DROP DATABASE %s", copy.name);
        pg_do(admin, text);
        db_wait_close(admin);
        w = pg_connect(base.owner);
    }
}

static void test_no_schema(void **state)
{
    struct pg_base empty;
    struct qf_verify_report r;
    char why[VERIFY_WHY] = "";
    (void)state;
    pg_empty(&empty);
    assert_int_equal(verify_wait(empty.daemon, &r, NULL, NULL, why), QF_ESTATE);
    assert_non_null(strstr(why, "does not exist"));
    assert_int_equal(verify_wait("host=/nonexistent dbname=x", &r, NULL, NULL, why), QF_ECLOSED);
}

static int begin(void **state)
{
    (void)state;
    w = pg_begin_one(&base, ORDERS);
    return 0;
}

static int end(void **state)
{
    (void)state;
    pg_end_one(w);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_each_fault),
        cmocka_unit_test(test_no_schema),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
