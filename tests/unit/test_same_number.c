/* The same number everywhere: a thousand random desks, whose totals the test adds up by itself from what it did, and reads back from
 * the wire, from what the command line prints and from what the console writes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/proto/wire.h"
#include "common/str.h"
#include "tests/unit/desk_help.h"
#include "tui/cli.h"
#include "tui/format.h"

#define DESKS 1000
#define FILLS 40
#define SYMBOLS 7
#define ACCOUNTS 4

static const char *const accounts[ACCOUNTS] = { "desk", "alpha", "beta", "gamma" };
static const struct { const char *name; int64_t mult; int64_t tick; bool euro; } symbols[SYMBOLS] = {
    { "AAPL", 1, 1000000, false }, { "NVDA", 1, 1000000, false }, { "JPM", 1, 1000000, false }, { "ES", 50, 25000000, false },
    { "SAP", 1, 1000000, true },   { "BTC", 1, 1000000, false },  { "OIL", 1, 1000000, false },
};

/* What the test knows of its desk: sums of its own, by its own arithmetic. */
struct book {
    qf_i128 quantity[ACCOUNTS][SYMBOLS];
    long double cost[ACCOUNTS][SYMBOLS]; /* money */
    qf_i128 cash[2], flows[2], fees[2];  /* dollars, euros; 10^-8 */
    int64_t mark[SYMBOLS];
};

/* a / b, to the nearest, halves to the even one; b > 0. */
static qf_i128 divide(qf_i128 a, qf_i128 b)
{
    qf_i128 whole = a / b, rest = a % b;
    if (rest < 0) {
        whole--;
        rest += b;
    }
    return whole + (2 * rest > b || (2 * rest == b && whole % 2 != 0) ? 1 : 0);
}

static qf_i128 in_dollars(qf_i128 v, bool euro)
{
    return euro ? divide(v * 11, 10) : v;
}

static qf_i128 value_of(const struct book *b, int a, int s)
{
    return in_dollars(divide(b->quantity[a][s] * b->mark[s] * symbols[s].mult, 100000000), symbols[s].euro);
}

static void own_fill(struct book *b, int a, int s, qf_i128 signed_quantity, int64_t price, qf_i128 fee)
{
    qf_i128 was = b->quantity[a][s], is = was + signed_quantity;
    long double value = (long double)signed_quantity * (long double)price / 1e16L * (long double)symbols[s].mult;
    b->cash[symbols[s].euro] -= divide(signed_quantity * price * symbols[s].mult, 100000000) + fee;
    b->fees[symbols[s].euro] += fee;
    if (was == 0 || (was > 0) == (signed_quantity > 0))
        b->cost[a][s] += value;
    else if ((is > 0) == (was > 0) && is != 0)
        b->cost[a][s] *= (long double)is / (long double)was;
    else
        b->cost[a][s] = (long double)is * (long double)price / 1e16L * (long double)symbols[s].mult;
    b->quantity[a][s] = is;
}

static struct kit *make_desk(uint64_t *seed, struct book *b)
{
    struct kit *k = kit_new();
    memset(b, 0, sizeof *b);
    b->cash[0] = b->flows[0] = (qf_i128)ACCOUNTS * 1000000 * QF_ONE;
    kit_prices(k);
    for (int s = 0; s < SYMBOLS; s++) {
        char bid[40], ask[40];
        int64_t price = (int64_t)(1 + chance_below(seed, 100000)) * symbols[s].tick;
        qf_dec_format(price, QF_SCALE, bid);
        qf_dec_format(price + 2 * symbols[s].tick, QF_SCALE, ask);
        kit_price(k, symbols[s].name, bid, ask);
        b->mark[s] = price + symbols[s].tick;
    }
    for (int i = (int)chance_below(seed, FILLS); i > 0; i--) {
        int a = (int)chance_below(seed, ACCOUNTS), s = (int)chance_below(seed, SYMBOLS);
        bool buy = chance_below(seed, 2) != 0, btc = s == 5;
        qf_i128 quantity = (qf_i128)(1 + chance_below(seed, 5000)) * (btc ? 12345 : QF_ONE), fee = (qf_i128)chance_below(seed, 1000000000);
        int64_t price = (int64_t)(1 + chance_below(seed, 100000)) * symbols[s].tick;
        char q[40], p[40], f[40];
        qf_dec_format(quantity, QF_SCALE, q);
        qf_dec_format(price, QF_SCALE, p);
        qf_dec_format(fee, QF_SCALE, f);
        assert_int_equal(kit_book(k, accounts[a], buy ? QF_SIDE_BUY : QF_SIDE_SELL, q, symbols[s].name, p, f), QF_OK);
        own_fill(b, a, s, buy ? quantity : -quantity, price, fee);
    }
    return k;
}

/* --- the four places */

struct number {
    const char *name;
    qf_i128 want;
};

static qf_money field(const struct qf_desk_status *d, const char *name)
{
    const struct qf_field *f = qf_rec_field(&qf_rec_desk_status, name, strlen(name));
    assert_non_null(f);
    assert_int_equal(f->type, QF_T_money);
    qf_money v;
    memcpy(&v, (const char *)d + f->off, sizeof v);
    return v;
}

/* "2,345.67" or "+12.50" as units of 10^-2, without the program's own parser. */
static qf_i128 cents(const char *text)
{
    qf_i128 v = 0;
    int decimals = -1;
    bool minus = *text == '-';
    for (text += *text == '-' || *text == '+'; *text && *text != ' ' && *text != '\n'; text++) {
        if (*text == ',')
            continue;
        if (*text == '.') {
            assert_int_equal(decimals, -1);
            decimals = 0;
            continue;
        }
        assert_true(*text >= '0' && *text <= '9');
        v = v * 10 + (*text - '0');
        decimals += decimals >= 0;
    }
    assert_int_equal(decimals, 2);
    return minus ? -v : v;
}

static void check(const char *where, const struct number *n, qf_i128 got, qf_i128 want)
{
    if (got != want)
        fail_msg("%s: %s is %lld, not %lld", where, n->name, (long long)got, (long long)want);
}

static void over_the_wire(const struct qf_desk_status *sent, struct qf_desk_status *ret)
{
    struct qf_buf b;
    struct qf_json j;
    struct qf_wire_error e;
    struct qf_arena arena;
    qf_buf_init(&b, 65536);
    qf_arena_init(&arena, 65536);
    qf_wire_encode(&b, &qf_rec_desk_status, sent, false);
    qf_json_begin(&j, b.p, b.len);
    assert_int_equal(qf_wire_decode(&j, &qf_rec_desk_status, QF_WIRE_LENIENT, ret, &arena, &e), QF_OK);
    qf_buf_release(&b);
    qf_arena_release(&arena);
}

/* The value behind the field's name as people read it ("Long value  ") at the begin of a line. */
static const char *printed(const char *text, const char *name)
{
    char words[QF_KEY_BYTES];
    qf_str_copy(words, sizeof words, name);
    words[0] = (char)(words[0] - 'a' + 'A');
    for (char *p = words; (p = strchr(p, '_')) != NULL;)
        *p = ' ';
    size_t n = strlen(words);
    for (const char *p = text; p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
        if (strncmp(p, words, n) == 0 && p[n] == ' ')
            return p + n + strspn(p + n, " ");
    fail_msg("%s is not printed in\n%s", words, text);
    return NULL;
}

static void everywhere(const struct qf_desk_status *d, const struct number *numbers, size_t n)
{
    struct qf_desk_status wired;
    struct cli cli = { .format = CLI_TEXT };
    char console[TUI_FMT];
    over_the_wire(d, &wired);
    qf_buf_init(&cli.out, 65536);
    cli_pairs(&cli, &qf_rec_desk_status, &wired);
    for (size_t i = 0; i < n; i++) {
        qf_i128 rounded = divide(numbers[i].want, 1000000);
        check("desk", &numbers[i], field(d, numbers[i].name), numbers[i].want);
        check("wire", &numbers[i], field(&wired, numbers[i].name), numbers[i].want);
        check("command line", &numbers[i], cents(printed(qf_buf_cstr(&cli.out), numbers[i].name)), rounded);
        tui_fmt_money(console, field(&wired, numbers[i].name), 2, 0);
        check("console", &numbers[i], cents(console), rounded);
        tui_fmt_pnl(console, field(&wired, numbers[i].name), 2, 0);
        check("console, as a profit", &numbers[i], cents(console), rounded);
    }
    qf_buf_release(&cli.out);
}

static void check_desk(struct kit *k, const struct book *b)
{
    struct qf_desk_status d;
    qf_i128 gross = 0, net = 0, up = 0, down = 0;
    long double unrealized = 0;
    for (int a = 0; a < ACCOUNTS; a++)
        for (int s = 0; s < SYMBOLS; s++) {
            qf_i128 v = value_of(b, a, s);
            net += v;
            gross += v < 0 ? -v : v;
            *(v > 0 ? &up : &down) += v;
            unrealized += (long double)v / 1e8L - b->cost[a][s] * (symbols[s].euro ? 1.1L : 1);
        }
    desk_status_row(k->d, &d);
    qf_i128 cash = b->cash[0] + in_dollars(b->cash[1], true), fees = b->fees[0] + in_dollars(b->fees[1], true);
    const struct number numbers[] = { { "equity", cash + net }, { "cash", cash }, { "gross", gross }, { "net", net }, { "long_value", up },
                                      { "short_value", down },  { "fees", fees } };
    everywhere(&d, numbers, QF_LEN(numbers));
    assert_true(fabsl((long double)d.unrealized / 1e8L - unrealized) < 1e-5L);
    assert_true(fabsl((long double)(d.realized + d.unrealized - d.fees - (cash + net - b->flows[0])) / 1e8L) < 1e-5L);
}

/* Position rows add up to the first line, and to the test's own. */
static void check_positions(struct kit *k, const struct book *b)
{
    uint32_t at = 0;
    qf_i128 held = 0, own = 0;
    for (const struct core_position *p; (p = tab_next(&k->d->positions, &at)) != NULL;) {
        struct qf_position row;
        desk_position_row(k->d, p, &row);
        for (int a = 0; a < ACCOUNTS; a++)
            for (int s = 0; s < SYMBOLS; s++)
                if (strcmp(row.account, accounts[a]) == 0 && strcmp(row.symbol, symbols[s].name) == 0)
                    assert_true(row.quantity == b->quantity[a][s]);
        if (row.quantity != 0)
            held += in_dollars(row.value, strcmp(row.currency, "EUR") == 0);
    }
    for (int a = 0; a < ACCOUNTS; a++)
        for (int s = 0; s < SYMBOLS; s++)
            own += value_of(b, a, s);
    assert_true(held == own);
}

static void a_thousand_desks_say_the_same_everywhere(void **state)
{
    (void)state;
    uint64_t seed = 424242;
    for (int i = 0; i < DESKS; i++) {
        struct book b;
        struct kit *k = make_desk(&seed, &b);
        check_desk(k, &b);
        check_positions(k, &b);
        kit_free(k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_thousand_desks_say_the_same_everywhere) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
