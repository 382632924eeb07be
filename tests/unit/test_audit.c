/* The chain of the audit trail. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/str.h"
#include "daemon/server/audit.h"

#define ROWS 50

static void *memory;
static struct batch *batch;

static int setup(void **state)
{
    (void)state;
    memory = qf_map_lazy(batch_size());
    batch = batch_init(memory);
    batch_reset(batch, 1);
    return digest_init() != QF_OK;
}

static int teardown(void **state)
{
    (void)state;
    qf_unmap(memory, batch_size());
    return 0;
}

static void put_text(struct qf_str *s, const char *text)
{
    *s = (struct qf_str){ text, (uint32_t)strlen(text) };
}

static void fill(struct qf_control *row, int i)
{
    *row = (struct qf_control){ .at = 1700000000123456 + i, .session = 37, .outcome = QF_OUTCOME_DONE };
    qf_str_copy(row->username, sizeof row->username, "ana");
    qf_str_copy(row->role, sizeof row->role, "risk");
    qf_str_copy(row->source, sizeof row->source, "unix");
    qf_str_copy(row->method, sizeof row->method, "limit.set");
    qf_str_copy(row->ref, sizeof row->ref, "r-1");
    put_text(&row->args, "{\"hard\":\"5\"}");
    put_text(&row->detail, "tighter");
    row->has = QF_BIT(control, session) | QF_BIT(control, ref) | QF_BIT(control, detail);
}

static const struct qf_control *chain(struct audit *a, int n)
{
    const void *rows;
    audit_init(a);
    for (int i = 0; i < n; i++) {
        struct qf_control row;
        fill(&row, i);
        audit_append(a, batch, &row);
    }
    assert_int_equal(batch_rows(batch, QF_TABLE_control_log, &rows), n);
    return rows;
}

/* Worked out by another program from the words in audit.h. */
static void the_hash_is_the_one_that_is_described(void **state)
{
    (void)state;
    struct audit a;
    const struct qf_control *rows = chain(&a, 1);
    assert_int_equal(rows[0].cmd_no, 1);
    assert_string_equal(rows[0].hash, "115a333521c3ca92f1de2f9e16c9ba476ac07cd171e0f87181c7b4130550daa0");
    assert_string_equal(a.head, rows[0].hash);
}

static void a_whole_chain_holds(void **state)
{
    (void)state;
    struct audit a;
    struct audit_check c;
    const struct qf_control *rows = chain(&a, ROWS);
    audit_check_begin(&c);
    for (int i = 0; i < ROWS; i++)
        audit_check_row(&c, &rows[i]);
    assert_int_equal(c.broken_at, 0);
    assert_int_equal(c.rows, ROWS);
    assert_string_equal(c.head, a.head);
}

/* Every field of a row in the middle, changed alone, is found there. */
static void any_change_is_found(void **state)
{
    (void)state;
    struct audit a;
    const struct qf_control *rows = chain(&a, 3);
    for (int field = 0; field < QF_control_FIELDS; field++) {
        struct qf_control row = rows[1];
        const struct qf_field *f = &qf_rec_control.fields[field];
        char *at = (char *)&row + f->off;
        if (!qf_rec_has(&qf_rec_control, &row, f))
            row.has |= 1ULL << field; /* it was not there: now it is, and empty */
        else if (f->type == QF_T_str)
            put_text((struct qf_str *)(void *)at, "other");
        else
            at[0] = (char)(at[0] + 1);
        struct audit_check c;
        audit_check_begin(&c);
        audit_check_row(&c, &rows[0]);
        audit_check_row(&c, &row);
        assert_int_equal(c.broken_at, row.cmd_no);
    }
}

static void what_is_not_there_is_not_what_is_empty(void **state)
{
    (void)state;
    struct qf_control row;
    char with[DIGEST_HEX], without[DIGEST_HEX];
    fill(&row, 0);
    row.ref[0] = '\0';
    audit_hash(&row, with);
    QF_DROP(&row, control, ref);
    audit_hash(&row, without);
    assert_string_not_equal(with, without);
}

static void a_row_left_out_or_turned_round_is_found(void **state)
{
    (void)state;
    struct audit a;
    struct audit_check c;
    const struct qf_control *rows = chain(&a, 5);
    audit_check_begin(&c);
    audit_check_row(&c, &rows[0]);
    audit_check_row(&c, &rows[2]);
    assert_int_equal(c.broken_at, 3);
    audit_check_begin(&c);
    audit_check_row(&c, &rows[1]);
    assert_int_equal(c.broken_at, 2);
}

static void the_head_is_put_back_with_its_batch(void **state)
{
    (void)state;
    struct audit a;
    audit_set(&a, 41, "7777777777777777777777777777777777777777777777777777777777777777");
    struct audit before = a;
    for (int i = 0; i < 4; i++) {
        struct qf_control row;
        fill(&row, i);
        audit_append(&a, batch, &row);
    }
    assert_int_equal(a.cmd_no, 45);
    batch_undo(batch);
    assert_memory_equal(&a, &before, sizeof a);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_hash_is_the_one_that_is_described),
        CASE(a_whole_chain_holds),
        CASE(any_change_is_found),
        CASE(what_is_not_there_is_not_what_is_empty),
        CASE(a_row_left_out_or_turned_round_is_found),
        CASE(the_head_is_put_back_with_its_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
