/* quantumfond/position-vectors: sequences of fills and what must be held after some of them. */
#include <string.h>

#include "common/str.h"
#include "tests/vectors/fills.h"

const char *const method_names[2] = { "average", "fifo" };

static double of_money(qf_i128 v)
{
    return (double)v / 1e8;
}

struct figures figures_of(const struct kit *k, const char *account, const char *symbol, enum method m)
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
        { "realized_fill", f->realized_fill },
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

void judge_figures(struct judge *j, struct json_object *expect, const struct figures *f, struct tolerance t)
{
    int compared = 0;
    json_object_object_foreach(object_of(expect), name, value)
    {
        double got, want;
        if (!figure(f, name, &got))
            continue;
        if (!number_of(value, &want))
            judge_fail(j, "%s is no number", name);
        else
            judge_number(j, name, got, want, t);
        compared++;
    }
    if (compared == 0)
        judge_fail(j, "nothing to compare");
}

/* Text from a file, before it meets num(), which takes no nonsense. */
static bool decimal(struct judge *j, const char *what, const char *text)
{
    qf_i128 v;
    if (qf_dec_parse(text, strlen(text), QF_SCALE, QF_MONEY_MAX, &v) == QF_OK && v >= INT64_MIN && v <= INT64_MAX)
        return true;
    judge_fail(j, "%s %s is no decimal the desk keeps", what, text);
    return false;
}

bool book_text(struct judge *j, struct kit *k, const char *account, const char *side, const char *quantity, const char *symbol,
               const char *price, const char *fee)
{
    bool buy = strcmp(side, "buy") == 0;
    if (!decimal(j, "quantity", quantity) || !decimal(j, "price", price) || !decimal(j, "fee", fee))
        return false;
    if (!buy && strcmp(side, "sell") != 0) {
        judge_fail(j, "side %s", side);
        return false;
    }
    enum qf_err err = kit_book(k, account, buy ? QF_SIDE_BUY : QF_SIDE_SELL, quantity, symbol, price, fee);
    if (err != QF_OK)
        judge_fail(j, "%s %s %s at %s: %s", side, quantity, symbol, price, qf_err_text(err));
    kit_commit(k);
    return err == QF_OK;
}

bool mark_text(struct judge *j, struct kit *k, const char *symbol, const char *price)
{
    if (!decimal(j, "mark", price))
        return false;
    kit_price(k, symbol, price, price);
    return true;
}

/* --- a case */

static bool has_method(struct json_object *c, enum method m)
{
    struct json_object *list = member(c, "methods");
    for (size_t i = 0; i < list_length(list); i++)
        if (strcmp(text_of(item(list, i)), method_names[m]) == 0)
            return true;
    return false;
}

static void judge_after(struct judge *j, struct kit *k, struct json_object *c, struct json_object *expect)
{
    struct tolerance t = { .absolute = member_number(c, "abs_tol", 0) };
    const char *mark = member_text(expect, "mark");
    if (mark[0] != '\0' && !mark_text(j, k, "X", mark))
        return;
    for (enum method m = AVERAGE; m <= FIFO; m++) {
        struct figures f = figures_of(k, "one", "X", m);
        if (has_method(c, m))
            judge_figures(j, expect, &f, t);
    }
}

static void judge_fills(struct judge *j, struct kit *k, struct json_object *c)
{
    struct json_object *fills = member(c, "fills"), *expects = member(c, "expect");
    size_t compared = 0;
    for (size_t i = 0; i < list_length(fills) && j->why[0] == '\0'; i++) {
        struct json_object *f = item(fills, i);
        if (!book_text(j, k, "one", text_of(item(f, 0)), text_of(item(f, 1)), "X", text_of(item(f, 2)), text_of(item(f, 3))))
            return;
        for (size_t e = 0; e < list_length(expects); e++) {
            if (member_number(item(expects, e), "after", 0) != (double)(i + 1))
                continue;
            judge_after(j, k, c, item(expects, e));
            compared++;
        }
    }
    if (compared != list_length(expects) || !(has_method(c, AVERAGE) || has_method(c, FIFO)))
        judge_fail(j, "expects something else than what it fills");
}

void judge_positions(struct judge *j, struct json_object *doc)
{
    struct json_object *cases = member(doc, "cases");
    for (size_t i = 0; i < list_length(cases); i++) {
        struct kit *k = kit_bare();
        judge_begin(j, "%s", member_text(item(cases, i), "id"));
        kit_instrument(k, "X", "", "USD", "0.00000001", "0.00000001", 1, false);
        kit_account(k, "one", "bo", NULL);
        judge_fills(j, k, item(cases, i));
        judge_end(j);
        if (j->deep) {
            kit_check_identity(k);
            kit_check_sums(k);
        }
        kit_free(k);
    }
}
