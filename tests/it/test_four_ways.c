/* The same number through socket, command line, console and report: twenty desks, made of random fills at random prices. What each of them
 * should say is worked out here, from the fills and prices alone. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/proto/wire.h"
#include "common/str.h"
#include "tests/it/desk_world.h"
#include "tests/tui/vt.h"

#define DESKS 20
#define DAYS (3 * DESKS) /* of the recording; where it ran past midnight before it was stopped, the next day is taken */
#define NAMES 6
#define FILLS 12
#define MONEY 10000000
#define TEXT_MAX ((size_t)4 * 1024 * 1024)

static const struct {
    const char *symbol;
    int64_t multiplier, price; /* whole units to begin with */
} names[NAMES] = { { "ALFA", 1, 120 }, { "BETA", 1, 35 }, { "GAMM", 50, 410 }, { "DELT", 1, 8 }, { "EPSI", 10, 77 }, { "ZETA", 1, 950 } };

/* What the fills and prices alone say. Prices have two decimals and quantities none, so nothing is ever rounded. */
static struct model {
    int64_t held[NAMES];  /* whole units */
    int64_t cents[NAMES]; /* price in 1/100 */
    qf_money cash;
    uint64_t random;
    int64_t fills;
} model = { .random = 20260924 };

static int64_t cents_of[DAYS][NAMES]; /* of the recording, by day */
static qf_time first_day;
static char recording[64];
static struct desk_world world;
static struct vt *console;
static char qf[512];

static uint32_t dice(uint32_t sides)
{
    model.random = model.random * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(model.random >> 33) % sides;
}

static qf_money cents(qf_i128 v)
{
    return v * (QF_ONE / 100);
}

/* --- the recording: a close of each name a day, at 21:00 */

static void record(void)
{
    FILE *f = fopen(recording, "w");
    assert_non_null(f);
    fputs("date", f);
    for (int i = 0; i < NAMES; i++)
        fprintf(f, ",%s", names[i].symbol);
    for (int day = 0; day < DAYS; day++) {
        struct qf_civil c;
        qf_time_civil(first_day + day * QF_DAY, &c);
        fprintf(f, "\n%04d-%02d-%02d", c.year, c.month, c.day);
        for (int i = 0; i < NAMES; i++) {
            int64_t was = day > 0 ? cents_of[day - 1][i] : names[i].price * 100;
            cents_of[day][i] = was + was * ((int64_t)dice(41) - 20) / 1000;
            fprintf(f, ",%lld.%02lld", (long long)cents_of[day][i] / 100, (long long)cents_of[day][i] % 100);
        }
    }
    fputc('\n', f);
    assert_int_equal(fclose(f), 0);
}

static void steer(enum qf_cmd_id cmd)
{
    struct qf_feed_set in = { .speed = 43200 };
    qf_str_copy(in.name, sizeof in.name, "past");
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_feed_set, &in);
    if (cmd == QF_CMD_feed_resume)
        QF_SET(&in, feed_set, speed);
    else
        QF_DROP(&in, feed_set, speed);
    (void)world_do(&world, &world.boss, cmd, &in);
}

static qf_time prices_at(int day)
{
    return first_day + day * QF_DAY + 21 * QF_HOUR;
}

/* Plays on until the prices of this day, or of one after it, have come and it is not midnight yet; nothing moves then until it is asked
 * to. Returns the day. */
static int play(int day)
{
    for (qf_time now = 0; day < DAYS; day++) {
        steer(QF_CMD_feed_resume);
        for (int i = 0; i < 2000 && now < prices_at(day); i++) {
            usleep(5000);
            const struct qf_overview *o = world_do(&world, &world.boss, QF_CMD_overview_get, NULL);
            now = QF_HAS(&o->desk[0], desk_status, market_time) ? o->desk[0].market_time : 0;
        }
        steer(QF_CMD_feed_pause);
        const struct qf_overview *o = world_do(&world, &world.boss, QF_CMD_overview_get, NULL);
        now = o->desk[0].market_time;
        if (now >= prices_at(day) && now < prices_at(day) + 3 * QF_HOUR) {
            memcpy(model.cents, cents_of[day], sizeof model.cents);
            return day;
        }
    }
    fail_msg("it never stood still in time");
    return 0;
}

/* --- the desk */

static void set_multipliers(void)
{
    for (int i = 0; i < NAMES; i++) {
        struct qf_instrument_set in = { .multiplier = names[i].multiplier };
        qf_str_copy(in.symbol, sizeof in.symbol, names[i].symbol);
        world_ref(&world, in.client_ref);
        qf_rec_fill(&qf_rec_instrument_set, &in);
        QF_SET(&in, instrument_set, multiplier);
        (void)world_do(&world, &world.boss, QF_CMD_instrument_set, &in);
    }
}

static void add_account(void)
{
    struct qf_account_add in = { .has = 0 };
    struct qf_cash_move cash = { .amount = (qf_money)MONEY * QF_ONE };
    qf_str_copy(in.name, sizeof in.name, "desk");
    qf_str_copy(in.owner, sizeof in.owner, "bob");
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_account_add, &in);
    (void)world_do(&world, &world.boss, QF_CMD_account_add, &in);
    qf_str_copy(cash.account, sizeof cash.account, "desk");
    world_ref(&world, cash.client_ref);
    qf_rec_fill(&qf_rec_cash_move, &cash);
    (void)world_do(&world, &world.boss, QF_CMD_cash_deposit, &cash);
    model.cash = (qf_money)MONEY * QF_ONE;
}

static int start(void **state)
{
    static const char conf[] = "[auth]\nargon_ops = 1\nargon_mem_kib = 8\n[feed past]\nkind = replay\npaused = yes\nautocreate = yes\n"
                               "max_age_ms = 864000000\nfile = ";
    char more[512];
    (void)state;
    const char *program = getenv("QF");
    qf_str_copy(qf, sizeof qf, program ? program : "./qf");
    qf_str_fmt(recording, sizeof recording, "/tmp/qft-four-%ld.csv", (long)getpid());
    qf_str_fmt(more, sizeof more, "%s%s\n", conf, recording);
    first_day = qf_time_from_civil(2024, 2, 5);
    record();
    memset(&world, 0, sizeof world);
    proc_make(&world.proc, more);
    assert_true(proc_adduser(&world.proc, "boss", "admin", (long)getuid()));
    assert_true(proc_adduser(&world.proc, "bob", "trader", 54321));
    assert_true(proc_start(&world.proc));
    rpc_init(&world.boss);
    assert_true(rpc_connect(&world.boss, world.proc.socket));
    set_multipliers();
    add_account();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    if (console) {
        vt_type(console, "q");
        (void)vt_close(console);
    }
    (void)unlink(recording);
    world_stop(&world);
    return 0;
}

static void fill(struct qf_fill_row *row, qf_time at)
{
    int i = (int)dice(NAMES);
    int64_t quantity = 1 + dice(400), price = model.cents[i] + (int64_t)dice(21) - 10, fee = dice(500);
    bool buy = dice(2) == 0;
    *row = (struct qf_fill_row){ .ts = at, .side = buy ? QF_SIDE_BUY : QF_SIDE_SELL, .quantity = quantity * QF_ONE,
                                 .price = price * (QF_ONE / 100), .fee = cents(fee) };
    qf_str_fmt(row->fill_id, sizeof row->fill_id, "f%lld", (long long)++model.fills);
    qf_str_copy(row->symbol, sizeof row->symbol, names[i].symbol);
    qf_rec_fill(&qf_rec_fill_row, row);
    model.held[i] += buy ? quantity : -quantity;
    model.cash += cents((qf_i128)(buy ? -1 : 1) * quantity * price * names[i].multiplier - fee);
}

static void book_fills(int day)
{
    struct qf_fill_row rows[FILLS];
    struct qf_fill_import in = { .rows = rows, .rows_n = FILLS };
    for (int i = 0; i < FILLS; i++)
        fill(&rows[i], prices_at(day));
    qf_str_copy(in.account, sizeof in.account, "desk");
    qf_str_copy(in.broker, sizeof in.broker, "BRK");
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_fill_import, &in);
    (void)world_do(&world, &world.boss, QF_CMD_fill_import, &in);
}

/* --- what it should say */

enum figure { EQUITY, CASH, GROSS, NET, FIGURES };
static const char *const labels[FIGURES] = { "Equity", "Cash", "Gross", "Net" };

static void reckon(qf_money out[FIGURES])
{
    out[CASH] = model.cash;
    out[GROSS] = out[NET] = 0;
    for (int i = 0; i < NAMES; i++) {
        qf_money value = cents((qf_i128)model.held[i] * model.cents[i] * names[i].multiplier);
        out[NET] += value;
        out[GROSS] += value < 0 ? -value : value;
    }
    out[EQUITY] = out[CASH] + out[NET];
}

/* "-1,234.50" */
static const char *pretty(qf_money v, int decimals, char out[QF_DEC_TEXT])
{
    qf_dec_pretty(v, QF_SCALE, decimals, true, false, out);
    return out;
}

/* --- the four ways */

static void same(const char *way, int desk, enum figure f, qf_money got, qf_money want)
{
    char a[QF_DEC_TEXT], b[QF_DEC_TEXT];
    if (got != want)
        fail_msg("desk %d, %s: %s is %s, not %s", desk, way, labels[f], pretty(got, 8, a), pretty(want, 8, b));
}

static void by_socket(int desk, const qf_money want[FIGURES])
{
    const struct qf_overview *o = world_do(&world, &world.boss, QF_CMD_overview_get, NULL);
    assert_int_equal(o->desk_n, 1);
    assert_int_equal(o->desk[0].unpriced, 0);
    const qf_money got[FIGURES] = { o->desk[0].equity, o->desk[0].cash, o->desk[0].gross, o->desk[0].net };
    for (int f = 0; f < FIGURES; f++)
        same("socket", desk, (enum figure)f, got[f], want[f]);
}

/* Runs qf and keeps what it says on standard output. *ret_status: how it ended. */
static char *run_qf(char *const argv[], int *ret_status)
{
    int pipes[2];
    char *text = qf_xalloc(TEXT_MAX);
    size_t n = 0;
    assert_int_equal(pipe(pipes), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (dup2(pipes[1], 1) < 0 || setenv("QF_SOCKET", world.proc.socket, 1) != 0)
            _exit(126);
        close(pipes[0]);
        execv(qf, argv);
        _exit(127);
    }
    close(pipes[1]);
    for (ssize_t got; n + 1 < TEXT_MAX && (got = read(pipes[0], text + n, TEXT_MAX - 1 - n)) > 0;)
        n += (size_t)got;
    close(pipes[0]);
    text[n] = '\0';
    assert_true(pid > 0 && waitpid(pid, ret_status, 0) == pid);
    return text;
}

/* A line that begins with the label holds the number as a word of its own. */
static bool line_says(const char *text, const char *label, const char *number)
{
    size_t ln = strlen(label), nn = strlen(number);
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        size_t n = strcspn(line, "\n");
        if (n < ln || memcmp(line, label, ln) != 0)
            continue;
        for (const char *p = line + ln; p + nn <= line + n; p++)
            if (memcmp(p, number, nn) == 0 && p[-1] == ' ' && (p[nn] == ' ' || p[nn] == '\n' || p[nn] == '\0'))
                return true;
    }
    return false;
}

static void by_command_line(int desk, const qf_money want[FIGURES])
{
    char *argv[] = { qf, "overview", NULL };
    int status;
    char *text = run_qf(argv, &status), number[QF_DEC_TEXT];
    assert_int_equal(status, 0);
    for (int f = 0; f < FIGURES; f++)
        if (!line_says(text, labels[f], pretty(want[f], 2, number)))
            fail_msg("desk %d, command line: %s is not %s in\n%s", desk, labels[f], number, text);
    free(text);
}

static bool console_says(const char *label, const char *number)
{
    for (int row = 0; row < 40; row++) {
        const char *line = vt_row(console, row), *at = strstr(line, label), *p = at ? strstr(at, number) : NULL;
        if (p && p[-1] == ' ' && (p[strlen(number)] == ' ' || p[strlen(number)] == '\0'))
            return true;
    }
    return false;
}

static void by_console(int desk, const qf_money want[FIGURES])
{
    if (!console) {
        char env[160], *argv[] = { qf, NULL };
        qf_str_fmt(env, sizeof env, "QF_SOCKET=%s", world.proc.socket);
        console = vt_open(40, 120, "xterm-256color", "C.UTF-8", env, argv);
        assert_non_null(console);
        assert_true(vt_wait(console, "X STOP"));
    }
    for (int f = 0; f < FIGURES; f++) {
        char number[QF_DEC_TEXT];
        const char *label = f == EQUITY ? "equity" : labels[f];
        pretty(want[f], f == EQUITY ? 0 : 2, number);
        for (int tries = 0; !console_says(label, number); tries++) {
            if (tries == 100)
                fail_msg("desk %d, console: %s is not %s: %s", desk, label, number, vt_row(console, 0));
            vt_run(console, 100);
        }
    }
}

static void by_report(int desk, int day, const qf_money want[FIGURES])
{
    char as_of[QF_TIME_TEXT], *argv[] = { qf, "report", "daily", "--format", "json", "--as-of", as_of, NULL };
    qf_time_format(first_day + (day + 1) * QF_DAY, as_of);
    int status;
    char *text = run_qf(argv, &status);
    for (int tries = 0; status != 0; tries++) { /* the last prices of the day are being stored */
        if (tries == 40)
            fail_msg("desk %d: no report: %d", desk, status);
        free(text);
        usleep(500000);
        text = run_qf(argv, &status);
    }
    struct qf_arena arena;
    struct qf_json json;
    struct qf_wire_error error;
    struct qf_report report;
    qf_arena_init(&arena, 64 * 1024 * 1024);
    qf_json_begin(&json, text, strlen(text));
    if (qf_wire_decode(&json, &qf_rec_report, QF_WIRE_LENIENT, &report, &arena, &error) != QF_OK)
        fail_msg("desk %d: the report is not readable: %.300s", desk, text);
    assert_int_equal(report.day_n, 1);
    assert_false(report.incomplete);
    assert_true(report.day[0].holds);
    const qf_money got[FIGURES] = { report.day[0].equity, report.day[0].cash, report.day[0].gross, report.day[0].net };
    for (int f = 0; f < FIGURES; f++)
        same("report", desk, (enum figure)f, got[f], want[f]);
    qf_arena_release(&arena);
    free(text);
}

/* The report is of the day's close: what was so when its fills were booked, at prices that have not moved since. */
static void twenty_desks_say_the_same_four_ways(void **state)
{
    (void)state;
    for (int desk = 0, day = play(0); desk < DESKS; desk++) {
        qf_money want[FIGURES];
        int was = day;
        book_fills(day);
        reckon(want);
        by_socket(desk, want);
        by_command_line(desk, want);
        by_console(desk, want);
        day = play(day + 1);
        by_report(desk, was, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(twenty_desks_say_the_same_four_ways, start, stop) };
    return cmocka_run_group_tests_name("four ways", tests, NULL, NULL);
}
