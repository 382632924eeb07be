#include "daemon/market/format.h"

#include <string.h>

#include "common/str.h"

#define BIT(role) (1ULL << (role))

static const char *const role_names[ROLE_COUNT] = {
    [ROLE_DATE] = "date", [ROLE_TS] = "ts", [ROLE_RECV_TS] = "recv_ts", [ROLE_EXCH_TS] = "exch_ts", [ROLE_SYMBOL] = "symbol",
    [ROLE_OPEN] = "open", [ROLE_HIGH] = "high", [ROLE_LOW] = "low", [ROLE_CLOSE] = "close", [ROLE_VOLUME] = "volume",
    [ROLE_BID] = "bid", [ROLE_ASK] = "ask", [ROLE_BID_SIZE] = "bid_size", [ROLE_ASK_SIZE] = "ask_size",
    [ROLE_PRICE] = "price", [ROLE_SIZE] = "size",
    [ROLE_BID_OPEN] = "bid_open", [ROLE_BID_HIGH] = "bid_high", [ROLE_BID_LOW] = "bid_low", [ROLE_BID_CLOSE] = "bid_close",
    [ROLE_ASK_OPEN] = "ask_open", [ROLE_ASK_HIGH] = "ask_high", [ROLE_ASK_LOW] = "ask_low", [ROLE_ASK_CLOSE] = "ask_close",
    [ROLE_DIVIDEND] = "dividend", [ROLE_SPLIT] = "split", [ROLE_UPDATE_ID] = "update_id", [ROLE_TRADE_ID] = "trade_id",
    [ROLE_AGGRESSOR] = "aggressor",
};

#define OHLC (BIT(ROLE_OPEN) | BIT(ROLE_HIGH) | BIT(ROLE_LOW) | BIT(ROLE_CLOSE))
#define BID_ASK_BARS \
    (BIT(ROLE_BID_OPEN) | BIT(ROLE_BID_HIGH) | BIT(ROLE_BID_LOW) | BIT(ROLE_BID_CLOSE) | BIT(ROLE_ASK_OPEN) | BIT(ROLE_ASK_HIGH) | \
     BIT(ROLE_ASK_LOW) | BIT(ROLE_ASK_CLOSE))
#define SIZES (BIT(ROLE_BID_SIZE) | BIT(ROLE_ASK_SIZE))
#define RECORDED (BIT(ROLE_EXCH_TS) | BIT(ROLE_UPDATE_ID) | BIT(ROLE_TRADE_ID))

/* A header is of the first kind whose needed columns are all there and that knows all others. */
static const struct {
    enum format_kind kind;
    uint64_t need, may;
} shapes[] = {
    { FORMAT_DAILY_BARS, BIT(ROLE_DATE) | BIT(ROLE_SYMBOL) | OHLC, BIT(ROLE_VOLUME) | BIT(ROLE_DIVIDEND) | BIT(ROLE_SPLIT) },
    { FORMAT_DAILY_ONE, BIT(ROLE_DATE) | OHLC, BIT(ROLE_VOLUME) },
    { FORMAT_MINUTE_BARS, BIT(ROLE_TS) | BIT(ROLE_SYMBOL) | OHLC, BIT(ROLE_VOLUME) },
    { FORMAT_MINUTE_QUOTES, BIT(ROLE_TS) | BIT(ROLE_SYMBOL) | BID_ASK_BARS, 0 },
    { FORMAT_QUOTES, BIT(ROLE_TS) | BIT(ROLE_SYMBOL) | BIT(ROLE_BID) | BIT(ROLE_ASK), SIZES },
    { FORMAT_QUOTES, BIT(ROLE_RECV_TS) | BIT(ROLE_SYMBOL) | BIT(ROLE_BID) | BIT(ROLE_ASK), SIZES | RECORDED },
    { FORMAT_TRADES, BIT(ROLE_TS) | BIT(ROLE_SYMBOL) | BIT(ROLE_PRICE) | BIT(ROLE_SIZE), BIT(ROLE_AGGRESSOR) },
    { FORMAT_TRADES, BIT(ROLE_RECV_TS) | BIT(ROLE_SYMBOL) | BIT(ROLE_PRICE) | BIT(ROLE_SIZE), BIT(ROLE_AGGRESSOR) | RECORDED },
};

static const struct {
    const char *name;
    qf_time later;    /* from the row's time, which is a bar's open, to its publication */
    int64_t max_age;
    int32_t jump_bp;  /* a day may halve or double a price, a minute may not */
} kinds[FORMAT_COUNT] = {
    [FORMAT_DAILY_WIDE] = { "daily closes", FORMAT_DAILY_AT, 5 * QF_DAY, 10000 },
    [FORMAT_DAILY_BARS] = { "daily bars", FORMAT_DAILY_AT, 5 * QF_DAY, 10000 },
    [FORMAT_DAILY_ONE] = { "daily bars of one symbol", FORMAT_DAILY_AT, 5 * QF_DAY, 10000 },
    [FORMAT_MINUTE_BARS] = { "1-minute bars", QF_MIN, 5 * QF_MIN, 2000 },
    [FORMAT_MINUTE_QUOTES] = { "1-minute quotes", QF_MIN, 5 * QF_MIN, 2000 },
    [FORMAT_QUOTES] = { "quotes", 0, 5 * QF_SEC, 2000 },
    [FORMAT_TRADES] = { "trades", 0, 5 * QF_SEC, 2000 },
};

const char *format_name(enum format_kind kind)
{
    return kinds[kind].name;
}

int64_t format_max_age(enum format_kind kind)
{
    return kinds[kind].max_age;
}

int32_t format_jump_bp(enum format_kind kind)
{
    return kinds[kind].jump_bp;
}

bool format_is_symbol(const char *p, size_t n)
{
    if (n < 1 || n > 16)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = p[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!letter && c != '.' && c != '_' && c != '-' && c != '/')
            return false;
    }
    return true;
}

static int role_of(const struct csv_cell *c)
{
    for (int i = 0; i < ROLE_COUNT; i++) {
        if (qf_str_eqn(role_names[i], c->p, c->n))
            return i;
    }
    return -1;
}

/* Places the roles of the header; a column that has none is counted. false: a column is there twice. */
static bool place_roles(const struct csv_cell *cells, size_t n, struct format *f, uint64_t *ret_roles, size_t *ret_others)
{
    for (int i = 0; i < ROLE_COUNT; i++)
        f->column[i] = -1;
    for (size_t i = 0; i < n; i++) {
        int role = role_of(&cells[i]);
        if (role < 0) {
            ++*ret_others;
            continue;
        }
        if (f->column[role] >= 0)
            return false;
        f->column[role] = (int16_t)i;
        *ret_roles |= BIT(role);
    }
    return true;
}

/* date, then nothing but symbols. */
static bool is_wide(const struct csv_cell *cells, size_t n, uint64_t roles, size_t others)
{
    if (roles != BIT(ROLE_DATE) || n < 2 || others != n - 1 || role_of(&cells[0]) != ROLE_DATE)
        return false;
    for (size_t i = 1; i < n; i++) {
        if (!format_is_symbol(cells[i].p, cells[i].n))
            return false;
    }
    return true;
}

static bool is_shape(uint64_t roles, struct format *f)
{
    for (size_t i = 0; i < QF_LEN(shapes); i++) {
        if ((roles & shapes[i].need) == shapes[i].need && (roles & ~(shapes[i].need | shapes[i].may)) == 0) {
            f->kind = shapes[i].kind;
            return true;
        }
    }
    return false;
}

enum qf_err format_recognise(const struct csv_cell *cells, size_t n, bool exchange_time, struct format *ret, char what[QF_WHY_TEXT])
{
    struct format f = { 0 };
    uint64_t roles = 0;
    size_t others = 0;

    if (!place_roles(cells, n, &f, &roles, &others)) {
        qf_str_fmt(what, QF_WHY_TEXT, "a column stands twice in the header");
        return QF_ESYNTAX;
    }
    if (is_wide(cells, n, roles, others)) {
        f.kind = FORMAT_DAILY_WIDE;
    } else if (others != 0 || !is_shape(roles, &f)) {
        qf_str_fmt(what, QF_WHY_TEXT, "the header is none of: daily closes, daily bars, 1-minute bars, 1-minute quotes, quotes, trades");
        return QF_ESYNTAX;
    }
    f.exchange_time = exchange_time && f.column[ROLE_EXCH_TS] >= 0;
    *ret = f;
    return QF_OK;
}

static int time_role(const struct format *f)
{
    static const int8_t order[] = { ROLE_DATE, ROLE_TS, ROLE_RECV_TS };

    if (f->exchange_time)
        return ROLE_EXCH_TS;
    for (size_t i = 0; i < QF_LEN(order); i++) {
        if (f->column[order[i]] >= 0)
            return order[i];
    }
    return ROLE_EXCH_TS;
}

static enum qf_err row_time(const struct format *f, struct csv *csv, const struct csv_cell *cells, qf_time *ret)
{
    int role = time_role(f);
    qf_assert(f->column[role] >= 0);
    size_t col = (size_t)f->column[role];

    if (qf_time_parse(cells[col].p, cells[col].n, ret) != QF_OK)
        return csv_fault(csv, QF_ESYNTAX, col, role_names[role], "not a date or time of the form 2024-08-08T23:54:13Z");
    if (role == ROLE_DATE && *ret != qf_time_day(*ret))
        return csv_fault(csv, QF_ESYNTAX, col, role_names[role], "a date with a time of day");
    return QF_OK;
}

enum qf_err format_time(const struct format *f, struct csv *csv, const struct csv_cell *cells, qf_time *ret)
{
    qf_time at = 0;
    enum qf_err err = row_time(f, csv, cells, &at);

    if (err == QF_OK)
        *ret = at + kinds[f->kind].later;
    return err;
}

/* Why a number was refused: its words, by name. */
static const char *number_words(enum qf_err err, const struct csv_cell *c)
{
    const char *dot = memchr(c->p, '.', c->n);

    if (err != QF_ERANGE)
        return c->n == 0 ? "empty" : "not a decimal number";
    if (dot != NULL && c->n - (size_t)(dot - c->p) - 1 > QF_SCALE)
        return "more than 8 decimals";
    return "larger than 92000000000";
}

static enum qf_err number(struct csv *csv, const struct csv_cell *cells, size_t col, const char *name, int64_t *ret)
{
    enum qf_err err = qf_price_parse(cells[col].p, cells[col].n, ret);

    if (err != QF_OK)
        return csv_fault(csv, err, col, name, number_words(err, &cells[col]));
    return QF_OK;
}

/* The number of a role; 0 when the file has no such column. Sizes and volumes may not be negative. */
static enum qf_err role_number(const struct format *f, struct csv *csv, const struct csv_cell *cells, enum format_role role,
                               bool size, int64_t *ret)
{
    *ret = 0;
    if (f->column[role] < 0)
        return QF_OK;
    size_t col = (size_t)f->column[role];
    enum qf_err err = number(csv, cells, col, role_names[role], ret);
    if (err == QF_OK && size && *ret < 0)
        return csv_fault(csv, QF_ERANGE, col, role_names[role], "negative");
    return err;
}

/* One row being read; the first error stays and everything after it reads 0. */
struct reader {
    const struct format *f;
    struct csv *csv;
    const struct csv_cell *cells;
    size_t column;                     /* FORMAT_DAILY_WIDE: which close */
    qf_time open_at;                   /* bars: begin of the period */
    qf_price tick_size;
    const struct format_spread *spread;
    enum qf_err err;
};

static int64_t price_at(struct reader *r, enum format_role role)
{
    int64_t v = 0;

    if (r->err == QF_OK)
        r->err = role_number(r->f, r->csv, r->cells, role, false, &v);
    return v;
}

static int64_t size_at(struct reader *r, enum format_role role)
{
    int64_t v = 0;

    if (r->err == QF_OK)
        r->err = role_number(r->f, r->csv, r->cells, role, true, &v);
    return v;
}

/* Bid and ask around the close. A bid that would fall to zero or below while the close is positive stays at the close: a spread
 * wider than the price itself would turn a good price into a bad one. */
static void set_spread(struct market_tick *t, qf_price close, qf_price tick_size, const struct format_spread *s)
{
    qf_i128 half = (qf_i128)tick_size * s->ticks + qf_div_even(qf_abs128((qf_i128)close) * s->bp_e2, 1000000);
    qf_i128 bid = close - half, ask = close + half;

    if ((close > 0 && bid <= 0) || qf_abs128(bid) > QF_PRICE_MAX || qf_abs128(ask) > QF_PRICE_MAX)
        bid = ask = close;
    t->price.bid = (qf_price)bid;
    t->price.ask = (qf_price)ask;
    t->price.has_bid = t->price.has_ask = true;
}

static void set_last(struct market_tick *t, qf_price last, qf_qty volume)
{
    t->price.last = last;
    t->price.has_last = true;
    t->price.volume = volume;
}

/* High and low always hold open and close: recorded data has rows where they do not (an open outside of high and low). */
static void set_bar(struct market_tick *t, uint32_t period, qf_time at, const qf_price ohlc[4], qf_qty volume)
{
    qf_price high = ohlc[1], low = ohlc[2];

    for (int i = 0; i < 4; i++) {
        high = ohlc[i] > high ? ohlc[i] : high;
        low = ohlc[i] < low ? ohlc[i] : low;
    }
    t->bar = (struct market_bar){ .period = period, .at = at, .open = ohlc[0], .high = high, .low = low, .close = ohlc[3],
                                  .volume = volume };
}

static void read_bar(struct reader *r, uint32_t period, struct market_tick *t)
{
    qf_price ohlc[4] = { price_at(r, ROLE_OPEN), price_at(r, ROLE_HIGH), price_at(r, ROLE_LOW), price_at(r, ROLE_CLOSE) };
    qf_qty volume = size_at(r, ROLE_VOLUME);

    set_bar(t, period, r->open_at, ohlc, volume);
    set_spread(t, ohlc[3], r->tick_size, r->spread);
    set_last(t, ohlc[3], volume);
}

static void read_daily(struct reader *r, struct market_tick *t)
{
    read_bar(r, MARKET_DAY, t);
}

static void read_minute(struct reader *r, struct market_tick *t)
{
    read_bar(r, MARKET_MINUTE, t);
}

/* Open, high, low and close of a bar of quotes are those of the middle. */
static void read_minute_quotes(struct reader *r, struct market_tick *t)
{
    qf_price ohlc[4];

    for (int i = 0; i < 4; i++) {
        t->price.bid = price_at(r, (enum format_role)(ROLE_BID_OPEN + i));
        t->price.ask = price_at(r, (enum format_role)(ROLE_ASK_OPEN + i));
        ohlc[i] = market_middle(t->price.bid, t->price.ask);
    }
    t->price.has_bid = t->price.has_ask = true;
    set_bar(t, MARKET_MINUTE, r->open_at, ohlc, 0);
}

static void read_quote(struct reader *r, struct market_tick *t)
{
    t->price.bid = price_at(r, ROLE_BID);
    t->price.ask = price_at(r, ROLE_ASK);
    t->price.has_bid = t->price.has_ask = true;
    t->price.bid_size = size_at(r, ROLE_BID_SIZE);
    t->price.ask_size = size_at(r, ROLE_ASK_SIZE);
}

static void read_trade(struct reader *r, struct market_tick *t)
{
    qf_price price = price_at(r, ROLE_PRICE);

    set_last(t, price, size_at(r, ROLE_SIZE));
}

static void read_wide(struct reader *r, struct market_tick *t)
{
    qf_price close = 0;

    r->err = number(r->csv, r->cells, r->column, NULL, &close);
    qf_price ohlc[4] = { close, close, close, close };
    set_bar(t, MARKET_DAY, r->open_at, ohlc, 0);
    set_spread(t, close, r->tick_size, r->spread);
    set_last(t, close, 0);
}

static void (*const readers[FORMAT_COUNT])(struct reader *r, struct market_tick *t) = {
    [FORMAT_DAILY_WIDE] = read_wide,
    [FORMAT_DAILY_BARS] = read_daily,
    [FORMAT_DAILY_ONE] = read_daily,
    [FORMAT_MINUTE_BARS] = read_minute,
    [FORMAT_MINUTE_QUOTES] = read_minute_quotes,
    [FORMAT_QUOTES] = read_quote,
    [FORMAT_TRADES] = read_trade,
};

enum qf_err format_row(const struct format *f, struct csv *csv, const struct csv_cell *cells, size_t column, qf_time at,
                       qf_price tick_size, const struct format_spread *spread, struct market_tick *ret, bool *ret_none)
{
    struct reader r = { .f = f, .csv = csv, .cells = cells, .column = column, .tick_size = tick_size, .spread = spread };
    struct market_tick t = { .price.at = at };

    *ret_none = f->kind == FORMAT_DAILY_WIDE && cells[column].n == 0;
    if (*ret_none)
        return QF_OK;
    r.open_at = at - kinds[f->kind].later;
    readers[f->kind](&r, &t);
    if (r.err == QF_OK)
        *ret = t;
    return r.err;
}
