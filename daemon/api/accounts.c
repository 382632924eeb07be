/* account.*, cash.* and what is kept of cash. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/help.h"
#include "daemon/api/pages.h"

/* All accounts together, at any rate up to a thousand, still fit where money is added up (QF_MONEY_MAX). */
#define CASH_MOST (QF_MONEY_MAX / 1000000)

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct qf_account *)a)->name, ((const struct qf_account *)b)->name);
}

HANDLER(account_list, none, account_list)
{
    uint32_t i = 0;
    const struct core_account *a;
    (void)in;
    out->accounts = help_rows(c, c->desk->accounts.count, sizeof *out->accounts);
    if (!out->accounts)
        return REFUSED;
    while ((a = tab_next(&c->desk->accounts, &i)) != NULL)
        out->accounts[out->accounts_n++] = a->row;
    qsort(out->accounts, out->accounts_n, sizeof *out->accounts, by_name);
    return HANDLED;
}

/* The first field that holds a name nobody could tell from another one; NULL: none. */
static const char *bad_name(const struct qf_account_add *in)
{
    if (!qf_name_ok(in->name))
        return "name";
    if (QF_HAS(in, account_add, book) && !qf_name_ok(in->book))
        return "book";
    if (QF_HAS(in, account_add, strategy) && *in->strategy && !qf_name_ok(in->strategy))
        return "strategy";
    return QF_HAS(in, account_add, currency) && !qf_name_ok(in->currency) ? "currency" : NULL;
}

HANDLER(account_add, account_add, account)
{
    const char *bad = bad_name(in);
    if (bad)
        return help_refuse(c, QF_R_INVALID_PARAMS, bad, "%s", QF_NAME_RULE);
    if (desk_account(c->desk, in->name))
        return help_refuse(c, QF_R_ALREADY, "name", "there is an account of that name");
    if (!desk_user(c->desk, in->owner))
        return help_refuse(c, QF_R_NOT_FOUND, "owner", "there is no such user");
    qf_str_copy(out->name, sizeof out->name, in->name);
    qf_str_copy(out->owner, sizeof out->owner, in->owner);
    qf_str_copy(out->book, sizeof out->book, QF_HAS(in, account_add, book) ? in->book : "main");
    qf_str_copy(out->currency, sizeof out->currency, QF_HAS(in, account_add, currency) ? in->currency : c->desk->conf.base);
    out->created = c->actor.wall;
    qf_rec_fill(&qf_rec_account, out);
    if (QF_HAS(in, account_add, strategy) && *in->strategy) {
        qf_str_copy(out->strategy, sizeof out->strategy, in->strategy);
        QF_SET(out, account, strategy);
    }
    enum qf_err err = desk_put_account(c->desk, c->batch, out);
    if (err != QF_OK)
        return help_failed(c, err, "name");
    qf_str_fmt(c->detail, sizeof c->detail, "%s of %s in %s", out->name, out->owner, out->currency);
    return HANDLED;
}

static int cash_order(const void *a, const void *b)
{
    const struct qf_cash *x = a, *y = b;
    int order = strcmp(x->account, y->account);
    return order ? order : strcmp(x->currency, y->currency);
}

HANDLER(cash_list, none, cash_list)
{
    uint32_t i = 0;
    const struct core_cash *k;
    (void)in;
    out->cash = help_rows(c, c->desk->cash.count, sizeof *out->cash);
    if (!out->cash)
        return REFUSED;
    while ((k = tab_next(&c->desk->cash, &i)) != NULL)
        desk_cash_row(c->desk, &k->row, &out->cash[out->cash_n++]);
    qsort(out->cash, out->cash_n, sizeof *out->cash, cash_order);
    return HANDLED;
}

/* Money in a currency that nothing on the desk is priced in is most likely a slip of the fingers, and would stay without a rate. */
static bool knows_currency(const struct desk *d, const char *currency)
{
    const struct core_instrument *in;
    const struct core_account *a;
    const struct qf_rate *r;
    bool known = qf_str_eq(d->conf.base, currency);
    for (uint32_t i = 0; !known && (a = tab_next(&d->accounts, &i)) != NULL;)
        known = qf_str_eq(a->row.currency, currency);
    for (uint32_t i = 0; !known && (r = tab_next(&d->rates, &i)) != NULL;)
        known = qf_str_eq(r->currency, currency);
    for (uint32_t i = 0; !known && (in = tab_next(&d->instruments, &i)) != NULL;)
        known = qf_str_eq(in->row.currency, currency);
    return known;
}

static qf_money cash_of(const struct desk *d, const char *account, const char *currency)
{
    uint32_t i = 0;
    for (const struct core_cash *k; (k = tab_next(&d->cash, &i)) != NULL;)
        if (qf_str_eq(k->row.account, account) && qf_str_eq(k->row.currency, currency))
            return k->row.balance;
    return 0;
}

static bool fits(struct ctx *c, const char *account, const char *currency, qf_money amount)
{
    char most[QF_DEC_TEXT];
    if (!knows_currency(c->desk, currency))
        help_refuse(c, QF_R_INVALID_PARAMS, "currency", "the desk has no %s: not the base currency, nor that of a rate, an instrument or an account",
                    currency);
    else if (amount > CASH_MOST || cash_of(c->desk, account, currency) > CASH_MOST - amount)
        help_refuse(c, QF_R_INVALID_PARAMS, "amount", "an account holds at most %s of a currency", help_dec(CASH_MOST, most));
    else
        return true;
    return false;
}

static enum handled move_cash(struct ctx *c, const struct qf_cash_move *in, enum qf_ledger_kind kind, struct qf_cash *out)
{
    struct qf_cash row;
    char amount[QF_DEC_TEXT];
    const struct core_account *a = desk_account(c->desk, in->account);
    if (!a)
        return help_refuse(c, QF_R_NOT_FOUND, "account", NULL);
    const char *currency = QF_HAS(in, cash_move, currency) ? in->currency : a->row.currency;
    if (kind == QF_LEDGER_DEPOSIT && !fits(c, in->account, currency, in->amount))
        return REFUSED;
    enum qf_err err = desk_cash_move(c->desk, c->batch, &c->actor, in->account, currency, kind, in->amount,
                                     QF_HAS(in, cash_move, note) ? in->note : "", &row);
    if (err != QF_OK)
        return help_failed(c, err, "amount");
    desk_cash_row(c->desk, &row, out);
    qf_str_fmt(c->detail, sizeof c->detail, "%s %s %s, %s", qf_enum_text(&qf_enum_ledger_kind, (int32_t)kind),
               help_dec(in->amount, amount), currency, in->account);
    return HANDLED;
}

HANDLER(cash_deposit, cash_move, cash)
{
    return move_cash(c, in, QF_LEDGER_DEPOSIT, out);
}

HANDLER(cash_withdraw, cash_move, cash)
{
    return move_cash(c, in, QF_LEDGER_WITHDRAWAL, out);
}

HANDLER(ledger_list, page_query, ledger_list)
{
    (void)out;
    return HELP_KNOWN(c, in, page_query) ? pages_ledger(c, in) : REFUSED;
}

HANDLER(execution_list, page_query, execution_list)
{
    (void)out;
    return HELP_KNOWN(c, in, page_query) ? pages_executions(c, in) : REFUSED;
}

HANDLER(trade_list, page_query, trade_list)
{
    (void)out;
    return HELP_KNOWN(c, in, page_query) ? pages_trades(c, in) : REFUSED;
}

HANDLER(equity_points, equity_query, equity_list)
{
    (void)out;
    bool one = QF_HAS(in, equity_query, account) && *in->account; /* "" is the firm */
    return help_known(c, one ? in->account : NULL, NULL) ? pages_equity(c, in) : REFUSED;
}

static bool lot_wanted(const struct qf_page_query *in, const struct qf_lot *l)
{
    return l->remaining != 0 && (!QF_HAS(in, page_query, account) || qf_str_eq(in->account, l->account)) &&
           (!QF_HAS(in, page_query, symbol) || qf_str_eq(in->symbol, l->symbol)) &&
           (!QF_HAS(in, page_query, before) || l->id < in->before);
}

static int by_lot(const void *a, const void *b)
{
    int64_t x = ((const struct qf_lot *)a)->id, y = ((const struct qf_lot *)b)->id;
    return (x > y) - (x < y);
}

HANDLER(lot_list, page_query, lot_list)
{
    uint32_t i = 0;
    const struct core_lot *l;
    int64_t limit = QF_HAS(in, page_query, limit) ? in->limit : 100;
    if (!HELP_KNOWN(c, in, page_query))
        return REFUSED;
    out->lots = help_rows(c, (size_t)limit, sizeof *out->lots);
    if (!out->lots)
        return REFUSED;
    while ((l = tab_next(&c->desk->lots, &i)) != NULL && out->lots_n < limit)
        if (lot_wanted(in, &l->row))
            out->lots[out->lots_n++] = l->row;
    qsort(out->lots, out->lots_n, sizeof *out->lots, by_lot);
    return HANDLED;
}
