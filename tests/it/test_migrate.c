/* Migrations: once, in order, whole; and the schema they make is the one the records describe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/str.h"
#include "daemon/store/migrate.h"
#include "daemon/store/row.h"
#include "tests/it/pg.h"

static const struct qf_migration two[] = {
    { 1, "0001_one", "CREATE TABLE one (i int); INSERT INTO one VALUES (1);" },
    { 2, "0002_two", "CREATE TABLE two (i int);\n-- a quote ' and a $1\n" },
    { 0, NULL, NULL },
};

static enum qf_err run(const struct pg_base *b, const struct qf_migration *files, struct migrate_report *r,
                       char why[MIGRATE_WHY])
{
    enum qf_err err = migrate_run(b->owner, files, r, why);
    if (err != QF_OK)
        print_message("    (%s)\n", why);
    return err;
}

static void test_once(void **state)
{
    struct pg_base b;
    struct migrate_report r;
    char why[MIGRATE_WHY];
    (void)state;
    pg_empty(&b);
    assert_int_equal(run(&b, two, &r, why), QF_OK);
    assert_int_equal(r.known, 2);
    assert_int_equal(r.there, 0);
    assert_int_equal(r.applied, 2);
    assert_int_equal(run(&b, two, &r, why), QF_OK);
    assert_int_equal(r.there, 2);
    assert_int_equal(r.applied, 0);
    struct db_wait *w = pg_connect(b.owner);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM one"), 1);
    db_wait_close(w);
}

static void test_known_schema_only(void **state)
{
    struct pg_base b;
    struct migrate_report r;
    char why[MIGRATE_WHY];
    const struct qf_migration one[] = { two[0], { 0, NULL, NULL } };
    const struct qf_migration changed[] = { two[0],
                                            { 2, "0002_two", "CREATE TABLE two (i bigint);" },
                                            { 0, NULL, NULL } };
    const struct qf_migration renamed[] = { two[0], { 2, "0002_zwei", two[1].text }, { 0, NULL, NULL } };
    (void)state;
    pg_empty(&b);
    assert_int_equal(migrate_check(b.owner, two, why), QF_EVERSION);
    assert_int_equal(run(&b, one, &r, why), QF_OK);
    assert_int_equal(migrate_check(b.owner, two, why), QF_EVERSION);
    assert_int_equal(run(&b, two, &r, why), QF_OK);
    assert_int_equal(r.applied, 1);
    assert_int_equal(migrate_check(b.owner, two, why), QF_OK);
    assert_int_equal(run(&b, one, &r, why), QF_EVERSION); /* the database is newer */
    assert_non_null(strstr(why, "0002_two"));
    assert_int_equal(run(&b, changed, &r, why), QF_EVERSION);
    assert_int_equal(run(&b, renamed, &r, why), QF_EVERSION);
    assert_int_equal(migrate_check(b.owner, changed, why), QF_EVERSION);
    struct db_wait *w = pg_connect(b.owner);
    pg_do(w, "DELETE FROM schema_migrations WHERE number = 1");
    assert_int_equal(run(&b, two, &r, why), QF_EVERSION); /* a hole */
    db_wait_close(w);
}

static void test_whole_or_nothing(void **state)
{
    struct pg_base b;
    struct migrate_report r;
    char why[MIGRATE_WHY];
    const struct qf_migration bad[] = { two[0],
                                        { 2, "0002_bad", "CREATE TABLE two (i int); SELECT 1/0;" },
                                        { 0, NULL, NULL } };
    const struct qf_migration ends[] = { two[0],
                                         { 2, "0002_ends", "CREATE TABLE two (i int); COMMIT;" },
                                         { 0, NULL, NULL } };
    (void)state;
    pg_empty(&b);
    assert_int_equal(run(&b, bad, &r, why), QF_ESTATE);
    assert_int_equal(r.applied, 1);
    struct db_wait *w = pg_connect(b.owner);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM one"), 1);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM pg_class WHERE relname = 'two'"), 0);
    assert_int_equal(run(&b, ends, &r, why), QF_ESTATE);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM schema_migrations"), 1);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM pg_class WHERE relname = 'two'"),
                     1); /* the file's own COMMIT kept it, and it was told */
    db_wait_close(w);
}

static void test_two_at_once(void **state)
{
    struct pg_base b;
    pid_t child[2];
    int applied = 0;
    (void)state;
    pg_empty(&b);
    for (int i = 0; i < 2; i++) {
        child[i] = fork();
        if (child[i] == 0) {
            struct migrate_report r;
            char why[MIGRATE_WHY];
            enum qf_err err = migrate_run(b.owner, qf_migrations, &r, why);
            _exit(err == QF_OK ? r.applied : 99);
        }
    }
    for (int i = 0; i < 2; i++) {
        int status;
        assert_int_equal(waitpid(child[i], &status, 0), child[i]);
        assert_true(WIFEXITED(status));
        assert_int_not_equal(WEXITSTATUS(status), 99);
        applied += WEXITSTATUS(status);
    }
    int known = 0;
    while (qf_migrations[known].number != 0)
        known++;
    assert_int_equal(applied, known);
    char why[MIGRATE_WHY];
    assert_int_equal(migrate_check(b.daemon, qf_migrations, why), QF_OK);
}

/* --- the schema against the records */
static struct db_wait *schema;

static void check_column(const char *table, const struct qf_field *f)
{
    char query[400], text[80], wanted[80];
    qf_str_fmt(
        query, sizeof query,
        "SELECT format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END FROM pg_attribute"
        " WHERE attrelid = 'qf.%s'::regclass AND attname = '%s' AND attgenerated = ''",
        table, f->name);
    pg_text(schema, query, text, sizeof text);
    qf_str_fmt(wanted, sizeof wanted, "%s%s", row_type(f), (f->flags & QF_F_OPT) != 0 ? "" : " NOT NULL");
    if (strcmp(text, wanted) != 0)
        fail_msg("%s.%s is '%s', the record says '%s'", table, f->name, text, wanted);
}

/* The words a CHECK allows are the words of the enum: no more, no fewer. */
static void check_words(const char *table, const struct qf_field *f)
{
    char query[400], text[2000];
    size_t quoted = 0;
    qf_str_fmt(query, sizeof query,
               "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'qf.%s'::regclass"
               " AND conname = '%s_%s_check'",
               table, table, f->name);
    pg_text(schema, query, text, sizeof text);
    for (const char *p = strstr(text, "'::text"); p != NULL; p = strstr(p + 1, "'::text"))
        quoted++;
    if (quoted != (size_t)f->en->count)
        fail_msg("%s.%s allows %zu words, the enum has %d: %s", table, f->name, quoted, f->en->count, text);
    for (int i = 0; i < f->en->count; i++) {
        char word[80];
        qf_str_fmt(word, sizeof word, "'%s'::text", f->en->texts[i]);
        if (strstr(text, word) == NULL)
            fail_msg("%s.%s does not allow %s", table, f->name, word);
    }
}

static void check_key(const char *table, const struct qf_rec *rec)
{
    char query[400], text[200], wanted[200] = "";
    for (int i = 0; i < rec->count; i++) {
        size_t n = strlen(wanted);
        if ((rec->fields[i].flags & QF_F_KEY) != 0)
            qf_str_fmt(wanted + n, sizeof wanted - n, "%s%s", n > 0 ? " " : "", rec->fields[i].name);
    }
    qf_str_fmt(query, sizeof query,
               "SELECT string_agg(a.attname, ' ' ORDER BY k.n) FROM pg_constraint c CROSS JOIN unnest(c.conkey) WITH "
               "ORDINALITY k (num, n)"
               " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num"
               " WHERE c.conrelid = 'qf.%s'::regclass AND c.contype = 'p'",
               table);
    pg_text(schema, query, text, sizeof text);
    assert_string_equal(text, wanted);
}

static void check_table(const char *table, const struct qf_rec *rec)
{
    uint8_t cols[ROW_COLUMNS_MAX];
    char query[300];
    int n = row_columns(rec, cols);
    for (int i = 0; i < n; i++) {
        check_column(table, &rec->fields[cols[i]]);
        if (rec->fields[cols[i]].type == QF_T_enum)
            check_words(table, &rec->fields[cols[i]]);
    }
    qf_str_fmt(query, sizeof query,
               "SELECT count(*) FROM pg_attribute WHERE attrelid = 'qf.%s'::regclass AND attnum > 0"
               " AND NOT attisdropped AND attgenerated = ''",
               table);
    assert_int_equal(pg_i64(schema, query), n);
    check_key(table, rec);
}

static void test_schema_is_the_records(void **state)
{
    (void)state;
    for (int t = 0; t < QF_TABLE_COUNT; t++)
        check_table(qf_tables[t].name, qf_tables[t].rec);
    check_table("bars", &qf_rec_bar);
}

static void test_no_reserved_words(void **state)
{
    (void)state;
    assert_int_equal(pg_i64(schema, "SELECT count(*) FROM pg_class WHERE relnamespace = 'qf'::regnamespace AND "
                                    "quote_ident(relname) <> relname"),
                     0);
    assert_int_equal(
        pg_i64(schema, "SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
                       " WHERE c.relnamespace = 'qf'::regnamespace AND attnum > 0 AND quote_ident(attname) <> attname"),
        0);
}

/* Everything whose name begins with _ is computed: it can never be written. */
static void test_own_columns_are_computed(void **state)
{
    (void)state;
    assert_int_equal(
        pg_i64(schema, "SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relkind = 'r'"
                       " AND c.relnamespace = 'qf'::regnamespace AND (attname LIKE '\\_%') <> (attgenerated <> '')"),
        0);
}

/* --- rights and rules the database keeps by itself */
#define USER "INSERT INTO users VALUES ('%s', 'risk', NULL, NULL, false, false, now(), now(), NULL)"
#define EXECUTION(id, order, exec) \
    "INSERT INTO executions VALUES (" id ", " order ", 'a', 'X', 'BUY', 1, 1, 0, 'USD', -1, 0, 'paper', '" exec \
    "', now(), now())"
#define ORDER(id) \
    "INSERT INTO orders VALUES (" id \
    ", 'r', 'a', 'X', 'BUY', 'LIMIT', 'DAY', 1, 1, 0, 0, 0, 'PENDING', NULL, 'u', 'paper', NULL," \
    " now(), now(), now(), 0, NULL)"
#define CONTROL(n, hash) \
    "INSERT INTO control_log VALUES (" n \
    ", now(), 'u', 'risk', NULL, 'unix', 'x', NULL, 'done', NULL, '{}', NULL, repeat('0', 64), " hash ")"

static void test_rights(void **state)
{
    struct pg_base b;
    (void)state;
    pg_fresh(&b);
    struct db_wait *w = pg_connect(b.daemon);
    pg_do(w, CONTROL("1", "repeat('1', 64)"));
    pg_do(w, ORDER("7"));
    pg_do(w, EXECUTION("1", "7", "7-1"));
    static const char *const tables[] = { "control_log", "executions" };
    for (size_t i = 0; i < QF_LEN(tables); i++) {
        char text[120];
        qf_str_fmt(text, sizeof text, "UPDATE %s SET at = now()", tables[i]);
        assert_string_equal(pg_fails(w, text), "42501");
        qf_str_fmt(text, sizeof text, "DELETE FROM %s", tables[i]);
        assert_string_equal(pg_fails(w, text), "42501");
        qf_str_fmt(text, sizeof text, "TRUNCATE %s", tables[i]);
        assert_string_equal(pg_fails(w, text), "42501");
    }
    assert_string_equal(pg_fails(w, "CREATE TABLE mine (i int)"), "42501");
    assert_string_equal(pg_fails(w, "CREATE TEMP TABLE mine (i int)"), "42501");
    assert_string_equal(pg_fails(w, "ALTER TABLE orders DROP CONSTRAINT orders_pkey"), "42501");
    assert_string_equal(pg_fails(w, "DELETE FROM orders"), "42501");
    assert_string_equal(pg_fails(w, "INSERT INTO schema_migrations VALUES (99, 'x', 'x')"), "42501");
    db_wait_close(w);
    /* nor may the owner, by accident */
    w = pg_connect(b.owner);
    assert_string_equal(pg_fails(w, "UPDATE executions SET fee = 1"), "23001");
    assert_string_equal(pg_fails(w, "DELETE FROM control_log"), "23001");
    assert_string_equal(pg_fails(w, "TRUNCATE executions"), "23001");
    assert_string_equal(pg_fails(w, "TRUNCATE control_log"), "23001");
    db_wait_close(w);
}

static void test_rules(void **state)
{
    struct pg_base b;
    char text[300];
    (void)state;
    pg_fresh(&b);
    struct db_wait *w = pg_connect(b.daemon);
    for (const char *const *name = (const char *const[]){ "ann", "bob", NULL }; *name != NULL; name++) {
        qf_str_fmt(text, sizeof text, USER, *name);
        pg_do(w, text);
    }
    pg_do(w, "INSERT INTO approvals VALUES (1, 'risk.resume', '{}', '', '', 'ann', now(), '', 'PENDING', NULL, NULL, "
             "now())");
    assert_string_equal(pg_fails(w, "UPDATE approvals SET state = 'GRANTED', decided_by = 'ann' WHERE id = 1"),
                        "23514");
    assert_string_equal(pg_fails(w, "UPDATE approvals SET state = 'GRANTED' WHERE id = 1"), "23514");
    assert_string_equal(pg_fails(w, "UPDATE approvals SET state = 'DENIED', decided_by = 'ann' WHERE id = 1"), "23514");
    pg_do(w, "UPDATE approvals SET state = 'WITHDRAWN', decided_by = 'ann' WHERE id = 1");
    assert_string_equal(pg_fails(w, "UPDATE approvals SET state = 'GRANTED', decided_by = 'bob' WHERE id = 1"), "23001"); /* it is decided */
    pg_do(w, "UPDATE approvals SET state = 'WITHDRAWN', decided_by = 'ann' WHERE id = 1"); /* the same again */
    pg_do(w, "INSERT INTO approvals VALUES (2, 'risk.resume', '{}', '', '', 'ann', now(), '', 'PENDING', NULL, NULL, "
             "now())");
    assert_string_equal(pg_fails(w, "UPDATE approvals SET asked_by = 'bob' WHERE id = 2"), "23001"); /* so that ann could grant it */
    assert_string_equal(pg_fails(w, "UPDATE approvals SET args = '{\"state\":\"ACTIVE\"}' WHERE id = 2"), "23001");
    pg_do(w, "UPDATE approvals SET state = 'GRANTED', decided_by = 'bob' WHERE id = 2");
    pg_do(w, ORDER("7"));
    pg_do(w, EXECUTION("1", "7", "7-1"));
    assert_string_equal(pg_fails(w, EXECUTION("2", "7", "7-1")), "23505");    /* a fill is booked once */
    assert_string_equal(pg_fails(w, EXECUTION("2", "8", "8-1")), "23503");    /* of an order that exists */
    pg_do(w, EXECUTION("2", "NULL", "7-2"));                                  /* or of none: a broker's */
    assert_string_equal(pg_fails(w, CONTROL("1", "'short'")), "23514");
    assert_string_equal(pg_fails(w, "UPDATE orders SET state = 'LOST'"), "23514");
    assert_string_equal(pg_fails(w, "INSERT INTO lease (one, epoch, pid, started, instance, host, since)"
                                    " VALUES (true, 1, 1, now(), '', '', now())"), "42501");
    assert_string_equal(pg_fails(w, "UPDATE users SET role = 'god'"), "23514");
    db_wait_close(w);
}

#define BAR(at) "INSERT INTO bars VALUES ('X', 60, '" at "', 1, 2, 1, 2, 5)"

static void test_partitions(void **state)
{
    struct pg_base b;
    (void)state;
    pg_fresh(&b);
    struct db_wait *w = pg_connect(b.daemon);
    pg_do(w, BAR("2024-02-10 10:00Z")); /* no month yet: the default takes it */
    assert_int_equal(pg_i64(w, "SELECT bars_make_partitions('2024-01-31 23:59Z')"), 4);
    assert_int_equal(pg_i64(w, "SELECT bars_make_partitions('2024-01-01 00:00Z')"), 0);
    assert_int_equal(pg_i64(w, "SELECT bars_make_partitions('2024-02-01 00:00Z')"), 1);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM bars WHERE tableoid = 'qf.bars_2024_02'::regclass"),
                     1); /* moved */
    pg_do(w, BAR("2024-04-30 23:59:59Z"));
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM bars WHERE tableoid = 'qf.bars_2024_04'::regclass"), 1);
    assert_string_equal(pg_fails(w, BAR("2024-04-30 23:59:59Z")), "23505");
    assert_string_equal(pg_fails(w, "SELECT bars_make_partitions('infinity')"), "22023");
    pg_do(w, "SET search_path = pg_catalog"); /* a caller's search_path changes nothing inside */
    assert_int_equal(pg_i64(w, "SELECT qf.bars_make_partitions('2025-01-01 00:00Z')"), 4);
    db_wait_close(w);
}

/* How many updates of orders stayed inside their page, of how many. Counters are handed in when a session ends. */
static void update_orders(const struct pg_base *b, const char *change, int64_t *ret_updates, int64_t *ret_inside)
{
    struct db_wait *w = pg_connect(b->owner);
    const int64_t updates = pg_i64(w, "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'orders'");
    const int64_t inside = pg_i64(w, "SELECT n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'orders'");
    pg_do(w, change);
    db_wait_close(w);
    *ret_updates = *ret_inside = 0;
    for (int i = 0; i < 100 && *ret_updates == 0; i++) {
        usleep(20000);
        w = pg_connect(b->owner);
        *ret_updates = pg_i64(w, "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'orders'") - updates;
        *ret_inside = pg_i64(w, "SELECT n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'orders'") - inside;
        db_wait_close(w);
    }
}

/* An order changes its state several times a life. None of these may touch the indexes, but for the last one, which
 * takes it out of the index over open orders. */
static void test_changes_of_state_are_cheap(void **state)
{
    struct pg_base b;
    int64_t updates, inside;
    (void)state;
    pg_fresh(&b);
    struct db_wait *w = pg_connect(b.owner);
    pg_sample(w, 2000);
    pg_do(w, "UPDATE orders SET state = 'PENDING'");
    pg_do(w, "VACUUM FULL orders");
    db_wait_close(w);
    update_orders(&b, "UPDATE orders SET state = 'WORKING' WHERE id % 5 = 0", &updates, &inside);
    assert_int_equal(updates, 400);
    assert_int_equal(inside, 400);
    update_orders(&b, "UPDATE orders SET state = 'PARTIAL', filled = 1 WHERE id % 5 = 0", &updates, &inside);
    assert_int_equal(inside, 400);
    update_orders(&b, "UPDATE orders SET state = 'FILLED' WHERE id % 5 = 0", &updates, &inside);
    assert_int_equal(inside, 0);
}

static int begin(void **state)
{
    (void)state;
    pg_begin();
    struct pg_base b;
    pg_fresh(&b);
    schema = pg_connect(b.owner);
    return 0;
}

static int end(void **state)
{
    (void)state;
    db_wait_close(schema);
    pg_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_known_schema_only),
        cmocka_unit_test(test_whole_or_nothing),
        cmocka_unit_test(test_two_at_once),
        cmocka_unit_test(test_schema_is_the_records),
        cmocka_unit_test(test_no_reserved_words),
        cmocka_unit_test(test_own_columns_are_computed),
        cmocka_unit_test(test_rights),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_partitions),
        cmocka_unit_test(test_changes_of_state_are_cheap),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
