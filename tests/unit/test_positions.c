/* The positions and P&L of shared/vectors, both cost methods, through fill_book. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "tests/unit/desk_help.h"

enum method { AVERAGE, FIFO };
static const char *const method_names[] = { "average", "fifo" };

static double of_money(qf_i128 v)
{
    return (double)v / 1e8;
}

static const char *shared(const char *name, char out[512])
{
    const char *root = getenv("QF_SHARED");
    if (root == NULL || root[0] == '\0') {
        if (getenv("QF_REQUIRE_SHARED") != NULL)
            fail_msg("QF_SHARED is not set");
        print_message("QF_SHARED is not set: no vectors to read\n");
        skip();
    }
    qf_str_fmt(out, 512, "%s/vectors/%s", root, name);
    return out;
}

static struct json_object *read_json(const char *name)
{
    char path[512];
    struct json_object *o = json_object_from_file(shared(name, path));
    if (o == NULL)
        fail_msg("%s: %s", path, json_util_get_last_err());
    return o;
}

static struct json_object *member(struct json_object *o, const char *name)
{
    struct json_object *v = NULL;
    return json_object_object_get_ex(o, name, &v) ? v : NULL;
}

/* --- what the desk says, by the names of the vectors */

struct figures {
    double quantity, avg_cost, realized_gross, fees, unrealized;
};

/* The average is worked out from the exact cost here: the shown one has eight decimals. */
static struct figures figures_of(const struct kit *k, const char *account, const char *symbol, enum method m)
{
    struct qf_position p = kit_position(k, account, symbol);
    qf_cost cost = m == AVERAGE ? p.cost : p.fifo_cost;
    struct figures f = { .quantity = (double)p.quantity / 1e8, .fees = of_money(p.fees) };
    f.avg_cost = p.quantity == 0 ? 0 : (double)cost / 1e16 / f.quantity;
    f.realized_gross = of_money(m == AVERAGE ? p.realized : p.fifo_realized);
    f.unrealized = of_money(p.value - qf_cost_money(cost));
    return f;
}

static bool figure(const struct figures *f, const char *name, double *ret)
{
    const struct {
        const char *name;
        double value;
    } all[] = {
        { "quantity", f->quantity },
        { "avg_cost", f->avg_cost },
        { "realized_gross", f->realized_gross },
        { "fees", f->fees },
        { "realized_net", f->realized_gross - f->fees },
        { "unrealized", f->unrealized },
        { "total_net", f->realized_gross - f->fees + f->unrealized },
    };
    for (size_t i = 0; i < QF_LEN(all); i++)
        if (strcmp(all[i].name, name) == 0) {
            *ret = all[i].value;
            return true;
        }
    return false;
}

struct tolerance {
    double absolute, relative;
};

static int check_figures(struct json_object *expect, const struct figures *f, struct tolerance t, const char *where)
{
    int checked = 0;
    json_object_object_foreach(expect, key, value)
    {
        double got, want = json_object_get_double(value);
        if (!figure(f, key, &got))
            continue;
        if (!(fabs(got - want) <= fmax(t.absolute, t.relative * fabs(want))))
            fail_msg("%s: %s is %.12g, wanted %.12g", where, key, got, want);
        checked++;
    }
    return checked;
}

static enum qf_side side_of(const char *word)
{
    assert_true(strcmp(word, "buy") == 0 || strcmp(word, "sell") == 0);
    return strcmp(word, "buy") == 0 ? QF_SIDE_BUY : QF_SIDE_SELL;
}

/* --- positions.json */

static bool has_method(struct json_object *c, enum method m)
{
    struct json_object *list = member(c, "methods");
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (strcmp(json_object_get_string(json_object_array_get_idx(list, i)), method_names[m]) == 0)
            return true;
    return false;
}

static const char *text_at(struct json_object *list, size_t i)
{
    return json_object_get_string(json_object_array_get_idx(list, i));
}

static int check_expectations(const struct kit *k, struct json_object *c, struct json_object *expect,
                              const char *account)
{
    int checked = 0;
    struct tolerance t = { .absolute = json_object_get_double(member(c, "abs_tol")) };
    for (enum method m = AVERAGE; m <= FIFO; m++) {
        struct figures f = figures_of(k, account, "X", m);
        if (has_method(c, m))
            checked += check_figures(expect, &f, t, json_object_get_string(member(c, "id")));
    }
    return checked;
}

static int run_case(struct kit *k, struct json_object *c, const char *account)
{
    struct json_object *fills = member(c, "fills"), *expects = member(c, "expect");
    int checked = 0;
    kit_account(k, account, "bo", NULL);
    for (size_t i = 0; i < json_object_array_length(fills); i++) {
        struct json_object *f = json_object_array_get_idx(fills, i);
        assert_int_equal(kit_book(k, account, side_of(text_at(f, 0)), text_at(f, 1), "X", text_at(f, 2), text_at(f, 3)),
                         QF_OK);
        for (size_t e = 0; e < json_object_array_length(expects); e++) {
            struct json_object *expect = json_object_array_get_idx(expects, e), *mark = member(expect, "mark");
            if (json_object_get_int64(member(expect, "after")) != (int64_t)i + 1)
                continue;
            if (mark != NULL)
                kit_price(k, "X", json_object_get_string(mark), json_object_get_string(mark));
            checked += check_expectations(k, c, expect, account);
        }
    }
    return checked;
}

static void position_vectors_hold(void **state)
{
    (void)state;
    struct json_object *doc = read_json("positions.json"), *cases = member(doc, "cases");
    struct kit *k = kit_bare();
    char account[16];
    int checked = 0;
    kit_instrument(k, "X", "", "USD", "0.00000001", "0.00000001", 1, false);
    for (size_t i = 0; i < json_object_array_length(cases); i++) {
        qf_str_fmt(account, sizeof(account), "c%zu", i);
        checked += run_case(k, json_object_array_get_idx(cases, i), account);
    }
    kit_check_identity(k);
    kit_check_sums(k);
    assert_true(json_object_array_length(cases) >= 11 && checked >= 40);
    kit_free(k);
    json_object_put(doc);
}

/* --- golden_pnl.json */

struct line {
    char side[8], symbol[16], quantity[24], price[24], fee[24];
};

static bool read_line(FILE *f, struct line *l)
{
    char text[256];
    if (fgets(text, sizeof(text), f) == NULL)
        return false;
    return sscanf(text, "%*[^,],%*[^,],%15[^,],%7[^,],%23[^,],%23[^,],%23s", l->symbol, l->side, l->quantity, l->price,
                  l->fee) == 5;
}

static struct tolerance golden_tolerance(struct json_object *doc)
{
    struct json_object *t = member(doc, "tolerance");
    return (struct tolerance){json_object_get_double(member(t, "absolute")),
                              json_object_get_double(member(t, "relative"))};
}

/* The snapshot of both methods behind fill number n. */
static int check_snapshots(const struct kit *k, struct json_object *doc, int n, const struct line *l,
                           const double realized[2])
{
    int checked = 0;
    for (enum method m = AVERAGE; m <= FIFO; m++) {
        struct json_object *list = member(member(member(doc, "methods"), method_names[m]), "snapshots");
        for (size_t i = 0; i < json_object_array_length(list); i++) {
            struct json_object *s = json_object_array_get_idx(list, i);
            if (json_object_get_int64(member(s, "after")) != n)
                continue;
            struct figures f = figures_of(k, "golden", l->symbol, m);
            checked += check_figures(s, &f, golden_tolerance(doc), method_names[m]);
            double fill = json_object_get_double(member(s, "realized_fill"));
            assert_true(fabs(realized[m] - fill) <= golden_tolerance(doc).absolute);
            assert_string_equal(l->symbol, json_object_get_string(member(s, "symbol")));
        }
    }
    return checked;
}

static int check_finals(struct kit *k, struct json_object *doc)
{
    int checked = 0;
    json_object_object_foreach(member(doc, "marks"), symbol, mark)
    {
        kit_price(k, symbol, json_object_get_string(mark), json_object_get_string(mark));
        for (enum method m = AVERAGE; m <= FIFO; m++) {
            struct figures f = figures_of(k, "golden", symbol, m);
            struct json_object *final = member(member(member(doc, "methods"), method_names[m]), "final");
            checked += check_figures(member(final, symbol), &f, golden_tolerance(doc), symbol);
        }
    }
    return checked;
}

static void add_figures(struct figures *sum, const struct figures *f)
{
    sum->realized_gross += f->realized_gross;
    sum->fees += f->fees;
    sum->unrealized += f->unrealized;
}

static int check_totals(const struct kit *k, struct json_object *doc)
{
    int checked = 0;
    for (enum method m = AVERAGE; m <= FIFO; m++) {
        struct figures sum = { 0 };
        json_object_object_foreach(member(doc, "marks"), symbol, mark)
        {
            (void)mark;
            struct figures f = figures_of(k, "golden", symbol, m);
            add_figures(&sum, &f);
        }
        checked += check_figures(member(member(member(doc, "methods"), method_names[m]), "total"), &sum,
                                 golden_tolerance(doc), "total");
    }
    return checked;
}

static void golden_pnl_holds(void **state)
{
    (void)state;
    struct json_object *doc = read_json("golden_pnl.json");
    struct kit *k = kit_bare();
    char path[512], head[256];
    struct line l;
    int n = 0, checked = 0;
    FILE *f = fopen(shared("fills_crypto.csv", path), "r");
    assert_non_null(f);
    assert_non_null(fgets(head, sizeof(head), f));
    kit_account(k, "golden", "bo", NULL);
    json_object_object_foreach(member(doc, "marks"), symbol, mark)
    {
        (void)mark;
        kit_instrument(k, symbol, "", "BTC", "0.00000001", "0.00000001", 1, false);
    }
    kit_rate(k, "BTC", "10000", NULL);
    while (read_line(f, &l)) {
        struct qf_position was = kit_position(k, "golden", l.symbol);
        assert_int_equal(kit_book(k, "golden", side_of(l.side), l.quantity, l.symbol, l.price, l.fee), QF_OK);
        struct qf_position is = kit_position(k, "golden", l.symbol);
        double realized[2] = { of_money(is.realized - was.realized), of_money(is.fifo_realized - was.fifo_realized) };
        checked += check_snapshots(k, doc, ++n, &l, realized);
        kit_commit(k);
    }
    fclose(f);
    assert_int_equal(n, json_object_get_int64(member(doc, "fills")));
    checked += check_finals(k, doc) + check_totals(k, doc);
    assert_true(checked >= 150);
    kit_check_sums(k);
    kit_free(k);
    json_object_put(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(position_vectors_hold),
        cmocka_unit_test(golden_pnl_holds),
    };
    return cmocka_run_group_tests_name("positions", tests, NULL, NULL);
}
