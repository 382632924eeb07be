/* Lines of CSV: what a spreadsheet would take for a formula, quotes, numbers and times as on the wire. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/csv.h"
#include "common/proto/csv_row.h"
#include "common/proto/proto.h"
#include "common/proto/wire.h"
#include "common/str.h"

static struct qf_buf out;

static const char *line(const struct qf_rec *rec, const void *o, unsigned without)
{
    struct qf_csv c;
    qf_csv_init(&c, rec, without);
    qf_buf_clear(&out);
    qf_csv_row(&c, &out, o);
    assert_false(out.failed);
    return qf_buf_cstr(&out);
}

/* A ledger row with this note: what stands in the column behind the execution's number. */
static const char *note(const char *text)
{
    static char cell[512];
    struct qf_ledger row = { .id = 1, .kind = QF_LEDGER_FEE, .amount = -5 * QF_ONE };
    qf_str_copy(row.account, sizeof row.account, "a");
    qf_str_copy(row.currency, sizeof row.currency, "USD");
    qf_str_copy(row.by, sizeof row.by, "ann");
    assert_true(qf_str_copy(row.note, sizeof row.note, text));
    qf_rec_fill(&qf_rec_ledger, &row);
    QF_SET(&row, ledger, note);
    const char *l = line(&qf_rec_ledger, &row, 0), *head = "1,a,USD,FEE,-5,,", *tail = ",ann,1970-01-01T00:00:00Z,1970-01-01T00:00:00Z";
    assert_int_equal(strncmp(l, head, strlen(head)), 0);
    size_t n = strlen(l) - strlen(head) - strlen(tail);
    assert_string_equal(l + strlen(head) + n, tail);
    assert_true(qf_str_copyn(cell, sizeof cell, l + strlen(head), n));
    return cell;
}

static void no_text_becomes_a_formula(void **state)
{
    static const char *const pairs[][2] = {
        { "=1+1", "\"'=1+1\"" }, { "+49 30", "\"'+49 30\"" }, { "-5", "\"'-5\"" }, { "@SUM(A1)", "\"'@SUM(A1)\"" },
        { "\tx", "\"'\tx\"" }, { "\rx", "\"'\rx\"" }, { "  =1", "\"'  =1\"" }, { "\n=1", "\"'\n=1\"" }, { " \t=1", "\"' \t=1\"" },
        { "\xc2\xa0=1", "\"'\xc2\xa0=1\"" }, { "\xe3\x80\x80-1", "\"'\xe3\x80\x80-1\"" }, { "\xef\xbb\xbf=1", "\"'\xef\xbb\xbf=1\"" },
        { "\xe2\x80\x8b=1", "\"'\xe2\x80\x8b=1\"" }, { "\xef\xbc\x9d" "1", "\"'\xef\xbc\x9d" "1\"" }, { "\xe2\x88\x92" "1", "\"'\xe2\x88\x92" "1\"" },
        { "=HYPERLINK(\"http://x/?\"&A1,\"y\")", "\"'=HYPERLINK(\"\"http://x/?\"\"&A1,\"\"y\"\")\"" },
        { "=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\"" },
    };
    (void)state;
    for (size_t i = 0; i < QF_LEN(pairs); i++) {
        assert_true(qf_csv_risky(pairs[i][0], strlen(pairs[i][0])));
        assert_string_equal(note(pairs[i][0]), pairs[i][1]);
    }
}

static void plain_text_stays(void **state)
{
    static const char *const pairs[][2] = {
        { "rent", "rent" }, { "a=b", "a=b" }, { "a-b", "a-b" }, { "", "\"\"" }, { " ", "\" \"" }, { " a", "\" a\"" }, { "a ", "\"a \"" },
        { "a,b", "\"a,b\"" }, { "a;b", "\"a;b\"" }, { "say \"hi\"", "\"say \"\"hi\"\"\"" }, { "two\nlines", "\"two\nlines\"" }, { "'=1", "'=1" },
        { "Z\xc3\xbcrich", "Z\xc3\xbcrich" }, { "\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac" }, { "\xff=1", "\xff=1" },
    };
    (void)state;
    for (size_t i = 0; i < QF_LEN(pairs); i++) {
        assert_false(qf_csv_risky(pairs[i][0], strlen(pairs[i][0])));
        assert_string_equal(note(pairs[i][0]), pairs[i][1]);
    }
}

/* The slow way: each value as text by the record's own rules. */
static void values_are_those_of_the_wire(void **state)
{
    (void)state;
    srand(11);
    for (int i = 0; i < 20000; i++) {
        struct qf_execution e = { .id = i + 1, .side = i % 2 };
        char want[1024], q[QF_DEC_TEXT], p[QF_DEC_TEXT], fee[QF_DEC_TEXT], amount[QF_DEC_TEXT], at[QF_TIME_TEXT], recorded[QF_TIME_TEXT];
        int64_t wild = ((int64_t)rand() << 31 ^ rand()) >> (rand() % 60);
        e.quantity = wild % QF_PRICE_MAX;
        e.price = (int64_t)rand() * (i % 3 ? 1000000 : 1);
        e.fee = -(qf_money)wild * (i % 5);
        e.amount = (qf_money)wild * (i % 7 ? 1 : 1000000000LL);
        e.at = i % 100 ? (int64_t)rand() * 1000000LL + (i % 4 == 0 ? 0 : i % 4 == 1 ? rand() % 1000 * 1000 : rand() % 1000000) : -wild;
        e.recorded = e.at / QF_DAY * QF_DAY;
        qf_str_copy(e.account, sizeof e.account, "desk");
        qf_str_copy(e.symbol, sizeof e.symbol, "X");
        qf_str_copy(e.currency, sizeof e.currency, "USD");
        qf_str_copy(e.venue, sizeof e.venue, "paper");
        qf_str_copy(e.exec_id, sizeof e.exec_id, "1-1");
        qf_rec_fill(&qf_rec_execution, &e);
        qf_dec_format(e.quantity, QF_SCALE, q);
        qf_dec_format(e.price, QF_SCALE, p);
        qf_dec_format(e.fee, QF_SCALE, fee);
        qf_dec_format(e.amount, QF_SCALE, amount);
        qf_time_format(e.at, at);
        qf_time_format(e.recorded, recorded);
        qf_str_fmt(want, sizeof want, "%d,,desk,X,%s,%s,%s,%s,USD,%s,0,paper,1-1,%s,%s", i + 1, i % 2 ? "SELL" : "BUY", q, p, fee, amount, at, recorded);
        assert_string_equal(line(&qf_rec_execution, &e, 0), want);
    }
}

/* One line after the other through the same plan: the day it keeps is not the day of another row. */
static void days_change(void **state)
{
    struct qf_csv c;
    struct qf_ledger row = { .id = 1 };
    (void)state;
    qf_rec_fill(&qf_rec_ledger, &row);
    qf_csv_init(&c, &qf_rec_ledger, 0);
    for (int i = 0; i < 4000; i++) {
        char at[QF_TIME_TEXT], recorded[QF_TIME_TEXT], want[128];
        row.at = (i * 7919LL % 100000) * QF_DAY + i * 86399LL * 13;
        row.recorded = row.at + (i % 3) * QF_DAY - 1;
        qf_buf_clear(&out);
        qf_csv_row(&c, &out, &row);
        qf_time_format(row.at, at);
        qf_time_format(row.recorded, recorded);
        qf_str_fmt(want, sizeof want, ",%s,%s", at, recorded);
        const char *l = qf_buf_cstr(&out);
        assert_string_equal(l + strlen(l) - strlen(want), want);
    }
}

/* Long texts with a quote for every byte fit; what is stored only, or all; the reader of this project takes it back. */
static void heads_and_long_rows(void **state)
{
    static char quotes[4097];
    struct qf_csv c;
    struct qf_control row = { .cmd_no = 5, .outcome = QF_OUTCOME_DONE };
    const struct csv_cell *cells;
    size_t n = 0;
    (void)state;
    memset(quotes, '"', 4096);
    qf_str_copy(row.method, sizeof row.method, "order.place");
    qf_rec_fill(&qf_rec_control, &row);
    row.args = (struct qf_str){ quotes, 4096 };
    qf_csv_init(&c, &qf_rec_control, 0);
    qf_buf_clear(&out);
    qf_csv_head(&c, &out);
    qf_buf_str(&out, "\r\n");
    qf_csv_row(&c, &out, &row);
    qf_buf_str(&out, "\r\n");
    struct csv *in = csv_memory("x", out.p, out.len);
    assert_int_equal(csv_next(in, &cells, &n), QF_OK);
    assert_int_equal(n, c.columns);
    assert_true(qf_str_eqn("cmd_no", cells[0].p, cells[0].n));
    assert_int_equal(csv_next(in, &cells, &n), QF_OK);
    assert_int_equal(n, c.columns);
    assert_int_equal(cells[10].n, 4096); /* args: the doubled quotes are one again */
    assert_int_equal(csv_next(in, &cells, &n), QF_ENOENT);
    csv_close(in);
    qf_csv_init(&c, &qf_rec_position, QF_F_VIRTUAL);
    int stored = c.columns;
    qf_csv_init(&c, &qf_rec_position, 0);
    assert_true(stored > 10 && c.columns > stored);
    struct qf_login login = { .has = 0 };
    qf_str_copy(login.user, sizeof login.user, "ann");
    qf_str_copy(login.password, sizeof login.password, "secret");
    qf_rec_fill(&qf_rec_login, &login);
    assert_null(strstr(line(&qf_rec_login, &login, 0), "secret"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_text_becomes_a_formula), cmocka_unit_test(plain_text_stays), cmocka_unit_test(values_are_those_of_the_wire),
        cmocka_unit_test(days_change),               cmocka_unit_test(heads_and_long_rows),
    };
    qf_buf_init(&out, 1 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    qf_buf_release(&out);
    return failed;
}
