/* The CSV formats a replay takes, recognised by their header, and their rows as ticks. */
#ifndef QF_MARKET_FORMAT_H
#define QF_MARKET_FORMAT_H

#include "common/csv.h"
#include "daemon/market/tick.h"

#define FORMAT_DAILY_AT (21 * QF_HOUR) /* daily rows are published at 21:00 UTC of their date */

enum format_kind {
    FORMAT_DAILY_WIDE,    /* date,SYM,SYM,...            a close for each symbol; an empty cell is no price */
    FORMAT_DAILY_BARS,    /* date,symbol,open,high,low,close[,volume][,dividend][,split] */
    FORMAT_DAILY_ONE,     /* date,open,high,low,close[,volume]       the symbol is given beside the file */
    FORMAT_MINUTE_BARS,   /* ts,symbol,open,high,low,close[,volume] */
    FORMAT_MINUTE_QUOTES, /* ts,symbol,bid_open,...,bid_close,ask_open,...,ask_close */
    FORMAT_QUOTES,        /* ts or recv_ts,symbol,bid,ask[,bid_size,ask_size][,update_id][,exch_ts] */
    FORMAT_TRADES,        /* ts or recv_ts,symbol,price,size[,aggressor][,trade_id][,exch_ts] */
    FORMAT_COUNT
};

/* Dividends, splits, ids and the aggressor are read over: prices are taken as they stand. */
enum format_role {
    ROLE_DATE, ROLE_TS, ROLE_RECV_TS, ROLE_EXCH_TS, ROLE_SYMBOL,
    ROLE_OPEN, ROLE_HIGH, ROLE_LOW, ROLE_CLOSE, ROLE_VOLUME,
    ROLE_BID, ROLE_ASK, ROLE_BID_SIZE, ROLE_ASK_SIZE, ROLE_PRICE, ROLE_SIZE,
    ROLE_BID_OPEN, ROLE_BID_HIGH, ROLE_BID_LOW, ROLE_BID_CLOSE,
    ROLE_ASK_OPEN, ROLE_ASK_HIGH, ROLE_ASK_LOW, ROLE_ASK_CLOSE,
    ROLE_DIVIDEND, ROLE_SPLIT, ROLE_UPDATE_ID, ROLE_TRADE_ID, ROLE_AGGRESSOR,
    ROLE_COUNT
};

struct format {
    enum format_kind kind;
    int16_t column[ROLE_COUNT]; /* where each role stands, -1 = nowhere */
    bool exchange_time;         /* exch_ts instead of recv_ts is the time of a row */
};

/* Half the spread around a bar's close. Both 0: bid = ask = close. */
struct format_spread {
    int64_t ticks;  /* of the instrument */
    int64_t bp_e2;  /* 1/100 of a basis point of the close, rounded half-even to 10^-8; added to the ticks */
};

/* Words for people: "1-minute bars". */
const char *format_name(enum format_kind kind);
/* How old a price of this format may be before it is stale (us), and the largest believable jump between two (basis points). */
int64_t format_max_age(enum format_kind kind);
int32_t format_jump_bp(enum format_kind kind);

/* Recognises the header. exchange_time: exch_ts is the time of a row, when there is such a column. QF_ESYNTAX: what holds the words. */
enum qf_err format_recognise(const struct csv_cell *cells, size_t n, bool exchange_time, struct format *ret,
                             char what[QF_WHY_TEXT]) QF_MUST_CHECK;
/* A word that may be a symbol: 1 to 16 of A-Z a-z 0-9 . _ - / */
bool format_is_symbol(const char *p, size_t n);

/* The market time a row is published at: a bar's open + its period, 21:00 of a daily row's date, else the row's own time.
 * On error (as for format_row) the csv has been told, csv_why(csv). */
enum qf_err format_time(const struct format *f, struct csv *csv, const struct csv_cell *cells, qf_time *ret) QF_MUST_CHECK;
/* The row as a tick: prices exact; `column` counts for FORMAT_DAILY_WIDE only (which close). at: from format_time. tick_size is the
 * instrument's. slot and received stay the caller's to fill. *ret_none: the cell is empty, there is no tick. */
enum qf_err format_row(const struct format *f, struct csv *csv, const struct csv_cell *cells, size_t column, qf_time at,
                       qf_price tick_size, const struct format_spread *spread, struct market_tick *ret, bool *ret_none) QF_MUST_CHECK;

#endif
