/* What one book did: closes, flows and returns, of accounts added up, or of a symbol. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/quant/curve.h"
#include "daemon/server/performance_in.h"

bool *perf_members(struct perf *w, enum qf_scope scope, const char *name)
{
    const struct perf_desk *d = w->desk;
    bool *flags = qf_arena_alloc(w->arena, d->account_n + 1);
    for (size_t i = 0; flags && i < d->account_n; i++)
        flags[i] = qf_str_eq(scope == QF_SCOPE_STRATEGY ? d->accounts[i].strategy
                             : scope == QF_SCOPE_TRADER ? d->accounts[i].owner : d->accounts[i].name, name);
    return flags;
}

static bool make_room(struct perf *w, struct perf_series *s, size_t n)
{
    s->day = qf_arena_alloc(w->arena, (n + 1) * sizeof *s->day);
    s->at = qf_arena_alloc(w->arena, (n + 1) * sizeof *s->at);
    s->equity = qf_arena_alloc(w->arena, (n + 1) * sizeof *s->equity);
    s->flow = qf_arena_alloc(w->arena, (n + 1) * sizeof *s->flow);
    s->gross = qf_arena_alloc(w->arena, (n + 1) * sizeof *s->gross);
    s->r = qf_arena_alloc(w->arena, (n + 1) * sizeof *s->r);
    return s->day && s->at && s->equity && s->flow && s->gross && s->r ? true : perf_full(w);
}

/* --- accounts added up */

struct book {
    qf_money equity, flows, gross; /* as of its last point, its own currency */
    bool incomplete;
};

static int by_time(const void *a_, const void *b_)
{
    const struct perf_row *a = a_, *b = b_;
    return a->at != b->at ? (a->at < b->at ? -1 : 1) : (a->account > b->account) - (a->account < b->account);
}

/* Points come account by account: the first one behind those of the account at `from`, in a few steps however many they are. */
static size_t run_end(const struct perf_row *rows, size_t n, size_t from)
{
    size_t step = 1, low = from, high;
    while (low + step < n && rows[low + step].account == rows[from].account) {
        low += step;
        step *= 2;
    }
    high = low + step < n ? low + step : n;
    while (low + 1 < high) {
        size_t mid = low + (high - low) / 2;
        *(rows[mid].account == rows[from].account ? &low : &high) = mid;
    }
    return high;
}

static bool ours(const struct perf *w, const bool *members, uint32_t account)
{
    if (account == PERF_FIRM)
        return !members;
    return account < w->desk->account_n && (!members || members[account]);
}

/* The points of the members, by time. out NULL: only counted. */
static size_t choose(const struct perf *w, const struct perf_list *points, const bool *members, struct perf_row *out, size_t *ret_runs)
{
    const struct perf_row *rows = points->p;
    size_t n = 0;
    *ret_runs = 0;
    for (size_t i = 0, next; i < points->n; i = next) {
        next = run_end(rows, points->n, i);
        if (!ours(w, members, rows[i].account))
            continue;
        if (out)
            memcpy(out + n, rows + i, (next - i) * sizeof *out);
        n += next - i;
        ++*ret_runs;
    }
    return n;
}

static struct perf_row *chosen(struct perf *w, const struct perf_list *points, const bool *members, size_t *ret_n)
{
    size_t runs;
    *ret_n = choose(w, points, members, NULL, &runs);
    struct perf_row *out = qf_arena_alloc(w->arena, (*ret_n + 1) * sizeof *out);
    if (!out) {
        (void)perf_full(w);
        return NULL;
    }
    (void)choose(w, points, members, out, &runs);
    if (runs > 1)
        qsort(out, *ret_n, sizeof *out, by_time);
    return out;
}

static const char *currency_of_row(const struct perf *w, uint32_t account)
{
    return account == PERF_FIRM ? w->desk->base : w->desk->accounts[account].currency;
}

/* The books of one walk: each account's, and behind them the firm's. The firm's equity is its own points'. Its flows are its accounts'
 * where their points are there, too: in its own they stand at the rate of now, and what rates do to money that was put in long ago is
 * profit or loss, no flow. */
struct books {
    struct book *of; /* account_n, and one */
    bool firm, firm_by_accounts;
};

static struct book *book_of(const struct perf *w, const struct books *b, uint32_t account)
{
    return &b->of[account == PERF_FIRM ? w->desk->account_n : account];
}

/* The flow since the point before, at the rate of its day. Without one it waits in the book for a day that has one. */
static bool take_flow(struct perf *w, const struct books *books, const struct perf_row *row, struct book *b, int32_t day, bool now, qf_money *flow)
{
    qf_money f = 0;
    if (row->account == PERF_FIRM && books->firm_by_accounts)
        return true;
    if (!perf_convert(w, currency_of_row(w, row->account), row->flows - b->flows, day, now, &f))
        return false;
    b->flows = row->flows;
    *flow += f;
    return true;
}

/* All books together at one close. */
struct close {
    qf_money equity, flow, gross;
};

/* What all books are worth and hold at the end of `day`; of the firm its own. */
static bool add_equity(struct perf *w, const struct books *books, int32_t day, bool now, struct close *ret)
{
    const size_t n = w->desk->account_n, from = books->firm ? n : 0, to = books->firm ? n + 1 : n;
    bool whole = true;
    for (size_t i = from; i < to; i++) {
        const struct book *b = &books->of[i];
        const char *currency = currency_of_row(w, i == n ? PERF_FIRM : (uint32_t)i);
        qf_money v = 0, held = 0;
        whole = whole && !b->incomplete && (b->equity == 0 || perf_convert(w, currency, b->equity, day, now, &v)) &&
                (b->gross == 0 || perf_convert(w, currency, b->gross, day, now, &held));
        ret->equity += v;
        ret->gross += held;
    }
    return whole;
}

/* All books at the end of `day`. The flows of a day are converted at its rate. */
static bool add_up(struct perf *w, const struct perf_row *rows, size_t n, const struct books *books, int32_t day, bool now, struct close *ret)
{
    bool whole = true;
    *ret = (struct close){ 0 };
    for (size_t i = 0; i < n; i++) { /* the new points of this day */
        struct book *b = book_of(w, books, rows[i].account);
        whole = take_flow(w, books, &rows[i], b, day, now, &ret->flow) && whole;
        b->equity = rows[i].equity;
        b->gross = rows[i].gross;
        b->incomplete = rows[i].incomplete;
    }
    return add_equity(w, books, day, now, ret) && whole;
}

/* Accounts alone make no close of the firm. */
static bool speaks(const struct books *books, const struct perf_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!books->firm || rows[i].account == PERF_FIRM)
            return true;
    return false;
}

/* Points that lie in one market day are one close, the last of each book; points of a day go one by one. */
static size_t same(const struct perf *w, const struct perf_row *rows, size_t n)
{
    size_t k = 1;
    while (k < n && (w->intraday ? rows[k].at == rows[0].at : perf_day(rows[k].at) == perf_day(rows[0].at)))
        k++;
    return k;
}

static bool put_in(const struct perf_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].flows != 0)
            return true;
    return false;
}

static bool walk(struct perf *w, const struct perf_row *rows, size_t n, const struct books *books, struct perf_series *s)
{
    qf_money waiting = 0; /* flows of days that are left out */
    for (size_t i = 0, k; i < n; i += k) {
        struct close c;
        k = same(w, rows + i, n - i);
        int32_t day = perf_day(rows[i + k - 1].at);
        bool whole = add_up(w, rows + i, k, books, day, false, &c);
        if (w->refusal->reason)
            return false;
        waiting += c.flow;
        if (!speaks(books, rows + i, k))
            continue;
        if (!whole) {
            perf_missing(w, "points with missing prices or rates were left out");
            continue;
        }
        s->day[s->n] = day;
        s->at[s->n] = rows[i + k - 1].at;
        s->equity[s->n] = c.equity;
        s->gross[s->n] = c.gross;
        s->flow[s->n] = s->n == 0 ? 0 : waiting;
        waiting = 0;
        s->n++;
    }
    s->now_flow = waiting;
    s->put_in = put_in(rows, n);
    return true;
}

/* --- returns */

/* A book that nothing lies in and nothing is made on has no return, but that is nobody's lack of capital. */
static bool too_little(qf_money base, qf_money end, qf_money gross_before, qf_money gross)
{
    qf_money held = gross > gross_before ? gross : gross_before;
    return base <= 0 ? base != end || held > 0 : base < held / PERF_BASE_MIN;
}

/* Profits of a book that works with others' money are no returns: on the little that lies in it they would be thousands of per cent. */
static bool is_unfunded(const struct perf_series *s)
{
    bool found = s->n > 0 && !s->put_in;
    for (size_t i = 1; i < s->n && !found; i++)
        found = too_little(s->equity[i - 1] + s->flow[i], s->equity[i], s->gross[i - 1], s->gross[i]);
    if (s->now && s->n > 0 && !found)
        found = too_little(s->equity[s->n - 1] + s->now_flow, s->now_equity, s->gross[s->n - 1], s->now_gross);
    return found;
}

static void fill_returns(struct perf_series *s)
{
    s->unfunded = is_unfunded(s);
    for (size_t i = 1; i < s->n; i++)
        s->r[i - 1] = curve_return(perf_double(s->equity[i - 1]), perf_double(s->flow[i]), perf_double(s->equity[i]));
    if (s->now)
        s->now_r = s->n == 0 || s->unfunded
            ? (double)NAN
            : curve_return(perf_double(s->equity[s->n - 1]), perf_double(s->now_flow), perf_double(s->now_equity));
    for (size_t i = 1; i < s->n && s->unfunded; i++)
        s->r[i - 1] = (double)NAN;
}

/* The desk as it is now is one more point, unless the last one is of this very moment. */
static bool add_now(struct perf *w, const bool *members, const struct books *books, struct perf_series *s)
{
    const struct perf_desk *d = w->desk;
    struct close c;
    struct perf_row *rows = qf_arena_alloc(w->arena, (d->account_n + 2) * sizeof *rows);
    size_t n = 0;
    if (!rows)
        return perf_full(w);
    if (!d->live || w->to != 0 || s->n == 0 || s->at[s->n - 1] >= d->now)
        return true;
    if (!members)
        rows[n++] = (struct perf_row){ d->now, d->firm.equity, d->firm.flows, d->firm.gross, PERF_FIRM, d->firm.incomplete };
    for (uint32_t i = 0; i < d->account_n; i++)
        if (members ? members[i] : books->firm_by_accounts)
            rows[n++] = (struct perf_row){ d->now, d->accounts[i].now.equity, d->accounts[i].now.flows, d->accounts[i].now.gross, i,
                                           d->accounts[i].now.incomplete };
    if (n == 0 || !add_up(w, rows, n, books, perf_day(d->now), true, &c)) {
        perf_missing(w, "a price or rate is missing now");
        return !w->refusal->reason;
    }
    s->now = true;
    s->now_at = d->now;
    s->now_equity = c.equity;
    s->now_gross = c.gross;
    s->now_flow += c.flow;
    s->put_in |= put_in(rows, n);
    return true;
}

/* The last stored point of a day that was not over then is no close: what the desk is worth now stands in its place, or, where that
 * is not asked for, the point itself. */
static void drop_unfinished(const struct perf *w, struct perf_series *s)
{
    qf_time last = s->n > 0 ? s->at[s->n - 1] : 0, then = w->to != 0 ? w->to : w->desk->now;
    if (w->intraday || last % QF_DAY == 0 || perf_day(last) != perf_day(then))
        return;
    s->n--;
    s->now = true;
    s->now_at = last;
    s->now_equity = s->equity[s->n];
    s->now_gross = s->gross[s->n];
    s->now_flow += s->n == 0 ? 0 : s->flow[s->n];
}

bool perf_book_series(struct perf *w, const struct perf_list *points, const bool *members, struct perf_series *ret)
{
    size_t n;
    struct perf_row *rows = chosen(w, points, members, &n);
    struct books books = { .of = qf_arena_alloc(w->arena, (w->desk->account_n + 2) * sizeof *books.of), .firm = members == NULL };
    *ret = (struct perf_series){ .now_r = (double)NAN };
    if (!rows || !books.of || !make_room(w, ret, n))
        return rows && !books.of ? perf_full(w) : false;
    for (size_t i = 0; books.firm && i < n && !books.firm_by_accounts; i++)
        books.firm_by_accounts = rows[i].account != PERF_FIRM;
    if (!walk(w, rows, n, &books, ret))
        return false;
    drop_unfinished(w, ret);
    if (!add_now(w, members, &books, ret))
        return false;
    fill_returns(ret);
    return true;
}

#define ENOUGH_DAYS 28
#define LOOK_BACK (60 * QF_DAY)

double perf_periods(struct perf *w, const struct perf_series *s)
{
    struct perf_list points = { 0 };
    struct perf_series firm;
    struct perf back = *w;
    qf_time then = w->to != 0 ? w->to : w->desk->now;
    if (s->n >= ENOUGH_DAYS || !w->scan)
        return curve_periods(s->day, s->n);
    if (w->periods > 0)
        return w->periods;
    back.from = then > LOOK_BACK ? then - LOOK_BACK : 1;
    back.intraday = false;
    back.currency = w->desk->base;
    if (!perf_read_points(&back, "", &points) || !perf_book_series(&back, &points, NULL, &firm))
        return (double)NAN;
    w->periods = firm.n > s->n ? curve_periods(firm.day, firm.n) : curve_periods(s->day, s->n);
    return w->periods;
}

/* --- a symbol: what it made so far is the cash its fills moved, less fees, and what is held at the close of the day */

struct held {
    qf_money quantity, cash; /* cash: moved so far, fees off */
    qf_money bought, sold;   /* since the close before */
};

static bool value_at(const struct perf_symbol *s, qf_money quantity, qf_price price, qf_money *ret)
{
    return quantity == 0 || qf_muldiv(quantity * s->multiplier, price, QF_ONE, ret) == QF_OK;
}

/* Profit so far and the capital it was made on; false: no price for what is held. */
static bool profit_at(const struct perf_symbol *s, const struct held *h, qf_price price, qf_money before, qf_money *ret, qf_money *ret_value,
                      double *ret_capital)
{
    qf_money value = 0;
    if ((h->quantity != 0 && price == 0) || !value_at(s, h->quantity, price, &value))
        return false;
    *ret = h->cash + value;
    *ret_value = value;
    qf_money most = qf_abs128(before);
    const qf_money others[] = { qf_abs128(value), h->bought, h->sold };
    for (size_t i = 0; i < QF_LEN(others); i++)
        most = others[i] > most ? others[i] : most;
    *ret_capital = perf_double(most);
    return true;
}

static void take(struct held *h, const struct qf_perf_traded *t)
{
    h->quantity += t->quantity;
    h->cash += t->amount - t->fees;
    h->bought += t->bought;
    h->sold += t->sold;
}

static int32_t traded_day(const struct qf_perf_traded *t)
{
    return (int32_t)(t->day / QF_DAY);
}

struct symbol_walk {
    struct perf *w;
    const struct perf_symbol *s;
    const struct perf_prices *prices;
    struct held held;
    qf_money value;  /* at the close before, the symbol's currency */
    qf_money profit; /* up to then, in w->currency */
    qf_money own;    /* the same in the symbol's */
    bool begun;
};

/* One close more. The day's profit is converted at the rate of its end. */
static void close_day(struct symbol_walk *k, struct perf_series *out, int32_t day, qf_price price, bool now)
{
    qf_money own, value, step;
    double capital, share;
    if (!profit_at(k->s, &k->held, price, k->value, &own, &value, &capital)) {
        perf_missing(k->w, "no daily close of %s on some days it was held", k->s->name);
        return;
    }
    if (!perf_convert(k->w, k->s->currency, own - k->own, day, now, &step))
        return;
    share = capital > 0 ? perf_double(own - k->own) / capital : (double)NAN;
    k->profit += step;
    k->own = own;
    k->value = value;
    k->held.bought = k->held.sold = 0;
    if (now) {
        out->now = true;
        out->now_at = k->w->desk->now;
        out->now_equity = k->profit;
        out->now_r = share;
        return;
    }
    out->day[out->n] = day;
    out->at[out->n] = ((qf_time)day + 1) * QF_DAY;
    out->equity[out->n] = k->profit;
    out->capital[out->n] = capital;
    if (out->n > 0)
        out->r[out->n - 1] = share;
    out->n++;
}

/* The days of a symbol: those with a close and those it was traded on. */
static int32_t next_of(const struct perf_prices *p, size_t price, const struct qf_perf_traded *t, size_t at, size_t n)
{
    const struct perf_price *rows = p->rows.p;
    int32_t a = price < p->rows.n ? rows[price].day : INT32_MAX, b = at < n ? traded_day(&t[at]) : INT32_MAX;
    return a < b ? a : b;
}

static void base_close(struct symbol_walk *k, struct perf_series *out, int32_t first)
{
    if (k->begun || out->n > 0)
        return;
    out->day[0] = first - 1; /* nothing was made before the first fill */
    out->at[0] = (qf_time)first * QF_DAY;
    out->equity[0] = 0;
    out->n = 1;
    k->begun = true;
}

/* What lies before the range is one close: the last one at or before its beginning. */
static void keep_range(const struct perf *w, struct perf_series *s)
{
    size_t first = 0;
    while (w->from != 0 && first + 1 < s->n && s->at[first + 1] <= w->from)
        first++;
    if (first == 0)
        return;
    s->n -= first;
    memmove(s->day, s->day + first, s->n * sizeof *s->day);
    memmove(s->at, s->at + first, s->n * sizeof *s->at);
    memmove(s->equity, s->equity + first, s->n * sizeof *s->equity);
    memmove(s->capital, s->capital + first, s->n * sizeof *s->capital);
    memmove(s->r, s->r + first, s->n * sizeof *s->r);
}

static bool walk_symbol(struct symbol_walk *k, const struct qf_perf_traded *t, size_t n, struct perf_series *s)
{
    const struct perf_desk *d = k->w->desk;
    const struct perf_price *rows = k->prices->rows.p;
    qf_time to = k->w->to;
    int32_t last = to == 0 ? perf_day(d->now) : perf_day(to) - (to % QF_DAY != 0), open = d->live && to == 0 ? perf_day(d->now) : INT32_MAX;
    size_t price = 0, at = 0;
    int32_t day;
    while (price < k->prices->rows.n && n > 0 && rows[price].day < traded_day(t))
        price++;
    while ((day = next_of(k->prices, price, t, at, n)) <= last && n > 0) {
        base_close(k, s, day);
        for (; at < n && traded_day(&t[at]) == day; at++)
            take(&k->held, &t[at]);
        qf_price close = price < k->prices->rows.n && rows[price].day == day ? rows[price++].close : 0;
        if (day < open)
            close_day(k, s, day, close, false);
    }
    if (d->live && to == 0 && s->n > 0 && s->at[s->n - 1] < d->now)
        close_day(k, s, perf_day(d->now), k->s->priced ? k->s->price : 0, true);
    return !k->w->refusal->reason;
}

bool perf_symbol_series(struct perf *w, const char *symbol, const struct qf_perf_traded *traded, size_t n, struct perf_series *ret)
{
    struct symbol_walk k = { .w = w, .s = perf_symbol(w->desk, symbol), .prices = perf_prices(w, symbol) };
    *ret = (struct perf_series){ .now_r = (double)NAN };
    if (!k.prices || !k.s)
        return k.s != NULL ? false : make_room(w, ret, 0);
    size_t room = k.prices->rows.n + n + 2;
    ret->capital = qf_arena_alloc(w->arena, room * sizeof *ret->capital);
    if (!ret->capital || !make_room(w, ret, room))
        return ret->capital ? false : perf_full(w);
    if (!walk_symbol(&k, traded, n, ret))
        return false;
    keep_range(w, ret);
    return true;
}
