/* Reports of a real desk whose days pass in seconds: the same as-of gives the same bytes, whatever happens between, and what cannot be
 * reported is refused in words. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/proto/wire.h"
#include "common/str.h"
#include "tests/help/proc.h"
#include "tests/help/rpc.h"

static struct proc desk;
static struct rpc boss;
static struct qf_line line;
static int refs;

static const char conf[] = "[auth]\nargon_ops = 1\nargon_mem_kib = 8\n"
                           "[feed sim]\nkind = simulated\nseed = 7\nspeed = 20000\nstep_ms = 120000\n";

static void new_ref(char out[65])
{
    qf_str_fmt(out, 65, "report-%ld-%d", (long)getpid(), ++refs);
}

static const void *done(enum qf_cmd_id cmd, const void *req)
{
    const void *rep = NULL;
    if (rpc_call(&boss, cmd, req, &rep, &line) != RPC_OK)
        fail_msg("%s: %s %s", qf_cmds[cmd].name, line.reason, line.refusal.message);
    return rep;
}

static qf_time market(void)
{
    return ((const struct qf_quote_list *)done(QF_CMD_quote_list, NULL))->market_time;
}

static void account(const char *name, const char *strategy)
{
    struct qf_account_add in = {0};
    struct qf_cash_move cash = {.amount = (qf_money)2000000 * QF_ONE};
    qf_str_copy(in.name, sizeof in.name, name);
    qf_str_copy(in.owner, sizeof in.owner, "boss");
    qf_str_copy(in.strategy, sizeof in.strategy, strategy);
    new_ref(in.client_ref);
    qf_rec_fill(&qf_rec_account_add, &in);
    QF_SET(&in, account_add, strategy);
    done(QF_CMD_account_add, &in);
    qf_str_copy(cash.account, sizeof cash.account, name);
    new_ref(cash.client_ref);
    qf_rec_fill(&qf_rec_cash_move, &cash);
    done(QF_CMD_cash_deposit, &cash);
}

static void trade(const char *book, const char *symbol, enum qf_side side, int64_t quantity)
{
    struct qf_order_place in = {.side = (int32_t)side, .quantity = quantity * QF_ONE};
    qf_str_copy(in.symbol, sizeof in.symbol, symbol);
    qf_str_copy(in.account, sizeof in.account, book);
    new_ref(in.client_ref);
    qf_rec_fill(&qf_rec_order_place, &in);
    QF_SET(&in, order_place, account);
    done(QF_CMD_order_place, &in);
}

static void limit(qf_money hard)
{
    struct qf_limit_set in = {.scope = QF_SCOPE_FIRM, .control = QF_CTL_VAR_99_1D, .hard = hard};
    qf_str_copy(in.reason, sizeof in.reason, "a test");
    new_ref(in.client_ref);
    qf_rec_fill(&qf_rec_limit_set, &in);
    done(QF_CMD_limit_set, &in);
}

static void wait_market(qf_time until)
{
    for (int i = 0; i < 1200 && market() < until; i++)
        usleep(50000);
    assert_true(market() >= until);
}

/* --- making one */

static struct qf_report_make ask_of(int32_t kind, int32_t format, qf_time as_of)
{
    struct qf_report_make in = {.kind = kind, .format = format, .as_of = as_of};
    new_ref(in.client_ref);
    qf_rec_fill(&qf_rec_report_make, &in);
    in.has |= QF_BIT(report_make, format) | (as_of != 0 ? QF_BIT(report_make, as_of) : 0);
    return in;
}

/* true: all of it is in out (a PDF as base64). false: it failed, line.refusal.message says why. */
static bool make(int32_t kind, int32_t format, qf_time as_of, struct qf_buf *out)
{
    struct qf_report_make in = ask_of(kind, format, as_of);
    const struct qf_job *job = done(QF_CMD_report_make, &in);
    struct qf_job_read read = {.id = job->id};
    qf_rec_fill(&qf_rec_job_read, &read);
    qf_buf_clear(out);
    for (;;) {
        const void *rep = NULL;
        enum rpc_result e = rpc_call(&boss, QF_CMD_job_read, &read, &rep, &line);
        if (e != RPC_OK)
            return false;
        const struct qf_job_piece *p = rep;
        assert_int_equal(p->offset, read.offset);
        assert_int_equal(p->base64, format == QF_REPF_PDF);
        qf_buf_add(out, p->data.p, p->data.n);
        read.offset += p->size;
        if (p->end)
            return true;
    }
}

/* A day that has just ended is refused for some seconds: its bars are on their way. */
static void must_make(int32_t kind, int32_t format, qf_time as_of, struct qf_buf *out)
{
    for (int i = 0; i < 100; i++) {
        if (make(kind, format, as_of, out))
            return;
        if (strstr(line.refusal.message, "ask again") == NULL)
            fail_msg("%s", line.refusal.message);
        usleep(200000);
    }
    fail_msg("%s", line.refusal.message);
}

/* --- the tests share a day: `as_of` is its close */

static qf_time as_of;
static struct qf_buf first[QF_report_kind_COUNT][QF_report_format_COUNT];

static int start(void **state)
{
    (void)state;
    proc_make(&desk, conf);
    assert_true(proc_adduser(&desk, "boss", "admin", (long)getuid()));
    assert_true(proc_start(&desk));
    rpc_init(&boss);
    assert_true(rpc_connect(&boss, desk.socket));
    wait_market(1);
    for (int k = 0; k < QF_report_kind_COUNT; k++)
        for (int f = 0; f < QF_report_format_COUNT; f++)
            qf_buf_init(&first[k][f], 16 * 1024 * 1024);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    for (int k = 0; k < QF_report_kind_COUNT; k++)
        for (int f = 0; f < QF_report_format_COUNT; f++)
            qf_buf_release(&first[k][f]);
    rpc_release(&boss);
    proc_free(&desk);
    return 0;
}

static void time_that_is_not_over_is_refused(void **state)
{
    (void)state;
    struct qf_report_make in = ask_of(QF_REPORT_DAILY, QF_REPF_TEXT, market() + 400 * QF_DAY);
    assert_int_equal(rpc_call(&boss, QF_CMD_report_make, &in, NULL, &line), RPC_REFUSED);
    assert_string_equal(line.reason, "INVALID_PARAMS");
    assert_non_null(strstr(line.refusal.message, "not over"));
    in = ask_of(QF_REPORT_TEARSHEET, QF_REPF_TEXT, 0);
    qf_str_copy(in.benchmark, sizeof in.benchmark, "NOPE");
    QF_SET(&in, report_make, benchmark);
    assert_int_equal(rpc_call(&boss, QF_CMD_report_make, &in, NULL, &line), RPC_REFUSED);
    assert_string_equal(line.reason, "NOT_FOUND");
}

static void reports_of_a_day_are_made(void **state)
{
    (void)state;
    account("alpha", "mom-us");
    account("beta", "mrv-us");
    limit((qf_money)400000 * QF_ONE);
    trade("alpha", "NVDA", QF_SIDE_BUY, 500);
    trade("alpha", "KO", QF_SIDE_BUY, 900);
    trade("beta", "NVDA", QF_SIDE_SELL, 200);
    trade("beta", "JPM", QF_SIDE_BUY, 300);
    as_of = qf_time_day(market()) + 2 * QF_DAY; /* a whole day with positions, one before it */
    wait_market(as_of + QF_HOUR);
    for (int32_t k = 0; k < QF_report_kind_COUNT; k++)
        for (int32_t f = 0; f < QF_report_format_COUNT; f++) {
            must_make(k, f, as_of, &first[k][f]);
            assert_true(first[k][f].len > 1000);
        }
    assert_memory_equal(first[0][QF_REPF_TEXT].p, "QuantumFond daily report, ", 26);
    assert_memory_equal(first[0][QF_REPF_HTML].p, "<!DOCTYPE html>", 15);
    assert_memory_equal(first[0][QF_REPF_PDF].p, "JVBERi0x", 8); /* %PDF-1 */
    assert_non_null(strstr(qf_buf_cstr(&first[0][QF_REPF_TEXT]), "flows    holds\n"));
}

static const struct qf_report *report_of(struct qf_buf *json, struct qf_arena *arena)
{
    static struct qf_report r;
    struct qf_wire_error why;
    struct qf_json j;
    qf_json_begin(&j, json->p, json->len);
    if (qf_wire_decode(&j, &qf_rec_report, QF_WIRE_LENIENT, &r, arena, &why) != QF_OK)
        fail_msg("%s: %s", why.field, why.message);
    return &r;
}

static qf_money pretty(qf_money v)
{
    return qf_div_even(v, QF_ONE / 100);
}

/* What a day says of itself has to agree with itself, with the stored point, and with what the text shows. */
static void figures_of_a_day_agree(void **state)
{
    struct qf_arena arena;
    char text[QF_DEC_TEXT];
    qf_money profit = 0;
    (void)state;
    qf_arena_init(&arena, 64 * 1024 * 1024);
    const struct qf_report *r = report_of(&first[QF_REPORT_DAILY][QF_REPF_JSON], &arena);
    assert_int_equal(r->day_n, 1);
    const struct qf_report_day *d = &r->day[0];
    assert_true(d->to == as_of && r->as_of == as_of);
    assert_true(d->holds && d->gap == 0);
    assert_true(d->change == d->realized + d->unrealized - d->fees + d->flows);
    assert_true(d->equity - d->start == d->change);
    assert_true(QF_HAS(d, report_day, pnl_share));
    assert_int_equal(r->positions_n, 4);
    assert_int_equal(r->missing_n, 0);
    for (uint32_t i = 0; i < r->parts_n; i++)
        profit += r->parts[i].scope == QF_SCOPE_STRATEGY ? r->parts[i].pnl : 0;
    assert_true(qf_abs128(profit - d->pnl) < (qf_money)1000 * QF_ONE); /* closes of bars against marks: some ticks */
    qf_dec_pretty(pretty(d->equity), 2, 2, true, false, text);
    assert_non_null(strstr(qf_buf_cstr(&first[QF_REPORT_DAILY][QF_REPF_TEXT]), text));
    assert_non_null(strstr(qf_buf_cstr(&first[QF_REPORT_DAILY][QF_REPF_HTML]), text));
    struct qf_equity_query q = {.limit = 2000};
    QF_SET(&q, equity_query, limit);
    const struct qf_equity_list *l = done(QF_CMD_equity_points, &q);
    bool found = false;
    for (uint32_t i = 0; i < l->points_n; i++)
        found |= l->points[i].at == as_of && l->points[i].equity == d->equity;
    assert_true(found);
    qf_arena_release(&arena);
}

static void limits_stand_as_they_stood(void **state)
{
    struct qf_arena arena;
    (void)state;
    qf_arena_init(&arena, 64 * 1024 * 1024);
    const struct qf_report *r = report_of(&first[QF_REPORT_RISK][QF_REPF_JSON], &arena);
    const struct qf_limit *var = NULL;
    for (uint32_t i = 0; i < r->limits_n; i++)
        if (r->limits[i].scope == QF_SCOPE_FIRM && r->limits[i].control == QF_CTL_VAR_99_1D)
            var = &r->limits[i];
    assert_non_null(var);
    assert_true(var->hard == (qf_money)400000 * QF_ONE);
    assert_int_equal(r->risk_n, 1);
    assert_true(QF_HAS(&r->risk[0], risk_run, var_99) && QF_HAS(var, limit, used));
    assert_true(var->used == r->risk[0].var_99);
    assert_int_equal(r->risk[0].names, 3); /* NVDA of two accounts is one name */
    qf_arena_release(&arena);
}

static void all_again(void)
{
    struct qf_buf again;
    qf_buf_init(&again, 16 * 1024 * 1024);
    for (int32_t k = 0; k < QF_report_kind_COUNT; k++)
        for (int32_t f = 0; f < QF_report_format_COUNT; f++) {
            must_make(k, f, as_of + (k == 0 ? 5 * QF_HOUR : 0), &again); /* any time until the next close */
            if (again.len != first[k][f].len || memcmp(again.p, first[k][f].p, again.len) != 0)
                fail_msg("%s\n%s", qf_buf_cstr(&first[k][f]), qf_buf_cstr(&again));
        }
    qf_buf_release(&again);
}

static void what_comes_later_changes_nothing(void **state)
{
    struct qf_buf later;
    (void)state;
    trade("alpha", "NVDA", QF_SIDE_SELL, 500);
    trade("beta", "AMD", QF_SIDE_BUY, 100);
    limit((qf_money)350000 * QF_ONE);
    account("gamma", "new");
    wait_market(as_of + QF_DAY + QF_HOUR);
    all_again();
    qf_buf_init(&later, 16 * 1024 * 1024);
    must_make(QF_REPORT_DAILY, QF_REPF_JSON, as_of + QF_DAY, &later); /* and the day behind it is another one */
    assert_true(later.len != first[0][QF_REPF_JSON].len || memcmp(later.p, first[0][QF_REPF_JSON].p, later.len) != 0);
    qf_buf_release(&later);
}

/* --- a second currency */

static void euro(qf_price rate)
{
    struct qf_rate_set in = {.currency = "EUR", .value = rate};
    new_ref(in.client_ref);
    qf_rec_fill(&qf_rec_rate_set, &in);
    QF_SET(&in, rate_set, value);
    done(QF_CMD_rate_set, &in);
}

/* 1,000,000 EUR lie there since a day before: the rate rises from 1.10 to 1.21 while nothing is paid and nothing traded. */
static void rates_are_no_flows(void **state)
{
    struct qf_account_add in = {.name = "euro", .owner = "boss", .currency = "EUR"};
    struct qf_cash_move cash = {.account = "euro", .amount = (qf_money)1000000 * QF_ONE};
    struct qf_buf text[2];
    struct qf_arena arena;
    (void)state;
    euro(QF_ONE / 10 * 11);
    new_ref(in.client_ref);
    qf_rec_fill(&qf_rec_account_add, &in);
    QF_SET(&in, account_add, currency);
    done(QF_CMD_account_add, &in);
    new_ref(cash.client_ref);
    qf_rec_fill(&qf_rec_cash_move, &cash);
    done(QF_CMD_cash_deposit, &cash);
    qf_time close = qf_time_day(market()) + QF_DAY;
    wait_market(close + QF_HOUR);
    euro(QF_ONE / 100 * 121);
    qf_time next = qf_time_day(market()) + QF_DAY;
    assert_true(next == close + QF_DAY);
    wait_market(next + QF_HOUR);
    qf_arena_init(&arena, 64 * 1024 * 1024);
    for (int i = 0; i < 2; i++)
        qf_buf_init(&text[i], 16 * 1024 * 1024);
    must_make(QF_REPORT_DAILY, QF_REPF_JSON, close, &text[0]);
    const struct qf_report_day paid = report_of(&text[0], &arena)->day[0];
    assert_true(paid.holds && paid.flows == (qf_money)1100000 * QF_ONE && paid.rates == 0);
    must_make(QF_REPORT_DAILY, QF_REPF_JSON, next, &text[0]);
    const struct qf_report_day d = report_of(&text[0], &arena)->day[0];
    assert_true(d.holds && d.flows == 0 && d.realized == 0 && d.fees == 0);
    assert_true(d.rates == (qf_money)110000 * QF_ONE);
    assert_true(d.change == d.realized + d.unrealized - d.fees + d.flows + d.rates + d.gap && d.gap == 0);
    assert_true(d.pnl == d.change);
    must_make(QF_REPORT_DAILY, QF_REPF_TEXT, next, &text[1]);
    assert_non_null(strstr(qf_buf_cstr(&text[1]), "flows + rates"));
    assert_non_null(strstr(qf_buf_cstr(&text[1]), "+110,000.00"));
    for (int i = 0; i < 2; i++)
        qf_buf_release(&text[i]);
    qf_arena_release(&arena);
}

static void newest_day_needs_no_time(void **state)
{
    struct qf_buf newest;
    struct qf_arena arena;
    (void)state;
    qf_buf_init(&newest, 16 * 1024 * 1024);
    qf_arena_init(&arena, 64 * 1024 * 1024);
    must_make(QF_REPORT_TEARSHEET, QF_REPF_JSON, 0, &newest);
    assert_true(report_of(&newest, &arena)->as_of >= as_of);
    qf_arena_release(&arena);
    qf_buf_release(&newest);
}

static void restart_changes_nothing(void **state)
{
    (void)state;
    rpc_close(&boss);
    proc_stop(&desk);
    assert_true(proc_start(&desk));
    assert_true(rpc_connect(&boss, desk.socket));
    all_again();
}

/* The rate of CHF is 1/price of XOM, and XOM is priced in CHF: in the base currency it always closed at 1. */
static void franc_by_price(void)
{
    struct qf_rate_set rate = {.currency = "CHF", .symbol = "XOM", .inverse = true};
    struct qf_instrument_set in = {.symbol = "XOM", .currency = "CHF"};
    new_ref(rate.client_ref);
    qf_rec_fill(&qf_rec_rate_set, &rate);
    rate.has |= QF_BIT(rate_set, symbol) | QF_BIT(rate_set, inverse);
    done(QF_CMD_rate_set, &rate);
    new_ref(in.client_ref);
    qf_rec_fill(&qf_rec_instrument_set, &in);
    QF_SET(&in, instrument_set, currency);
    done(QF_CMD_instrument_set, &in);
}

static void risk_of_a_report_knows_the_rate(void **state)
{
    const struct qf_risk_component *xom = NULL;
    struct qf_buf text;
    struct qf_arena arena;
    (void)state;
    franc_by_price();
    trade("alpha", "XOM", QF_SIDE_BUY, 1000);
    qf_time close = qf_time_day(market()) + 2 * QF_DAY;
    wait_market(close + QF_HOUR);
    qf_buf_init(&text, 16 * 1024 * 1024);
    qf_arena_init(&arena, 64 * 1024 * 1024);
    must_make(QF_REPORT_RISK, QF_REPF_JSON, close, &text);
    const struct qf_report *r = report_of(&text, &arena);
    assert_int_equal(r->risk_n, 1);
    assert_int_equal(r->risk[0].missing_n, 0);
    for (uint32_t i = 0; i < r->risk[0].components_n; i++)
        if (qf_str_eq(r->risk[0].components[i].symbol, "XOM"))
            xom = &r->risk[0].components[i];
    assert_non_null(xom);
    assert_true(qf_abs128(xom->value - 1000 * QF_ONE) < QF_ONE / 100); /* a rate has eight decimals */
    assert_true(qf_abs128(xom->component) < QF_ONE / 1000);            /* by its price alone some 20 */
    qf_arena_release(&arena);
    qf_buf_release(&text);
}

static void time_before_the_first_close_is_refused(void **state)
{
    struct qf_buf none;
    (void)state;
    qf_buf_init(&none, 1024);
    assert_false(make(QF_REPORT_DAILY, QF_REPF_TEXT, qf_time_from_civil(2001, 2, 3), &none));
    assert_non_null(strstr(line.refusal.message, "no close at or before 2001-02-03T00:00:00Z: the first one is of "));
    qf_buf_release(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_that_is_not_over_is_refused),
        cmocka_unit_test(reports_of_a_day_are_made),
        cmocka_unit_test(figures_of_a_day_agree),
        cmocka_unit_test(limits_stand_as_they_stood),
        cmocka_unit_test(what_comes_later_changes_nothing),
        cmocka_unit_test(rates_are_no_flows),
        cmocka_unit_test(newest_day_needs_no_time),
        cmocka_unit_test(restart_changes_nothing),
        cmocka_unit_test(risk_of_a_report_knows_the_rate),
        cmocka_unit_test(time_before_the_first_close_is_refused),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
