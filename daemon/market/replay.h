/* Recorded data, played again: several CSV files merged by time into one stream of ticks. No timers here; feed.h paces it.
 *
 * Order: by market time; at the same instant by file, then by row, then by column. Daily rows come at 21:00 UTC of their date,
 * bars at their open + their period, quotes and trades at their own time, cut to microseconds. A row that is earlier than the one
 * before it in its file comes where it stands, with its own time: the quality filter counts it. */
#ifndef QF_MARKET_REPLAY_H
#define QF_MARKET_REPLAY_H

#include "daemon/market/format.h"

#define REPLAY_MAX_FILES 16 /* one feed; the merge looks at each file's next row */

/* What a symbol of the file is here. */
struct replay_name {
    uint32_t slot;
    qf_price tick_size;
};
/* false: not ours, its rows are passed over and counted. Asked for every row; p is not terminated. */
typedef bool (*replay_resolve_fn)(void *arg, const char *p, size_t n, struct replay_name *ret);

struct replay_conf {
    const char *files[REPLAY_MAX_FILES];
    size_t file_count;
    bool exchange_time;           /* exch_ts instead of recv_ts, where a file has it */
    const char *symbol;           /* of files without a symbol (date,open,high,low,close); may be NULL */
    struct format_spread spread;
    replay_resolve_fn resolve;
    void *arg;
};

struct replay;

/* Opens the files, reads their headers and first rows. NULL: why says which file, line and column is wrong. */
struct replay *replay_open(const struct replay_conf *conf, char why[QF_WHY_TEXT]) QF_MUST_CHECK;
/* The same with one file's bytes, which stay the caller's and must outlive it; conf->files is not looked at. */
struct replay *replay_open_memory(const struct replay_conf *conf, const char *name, const void *p, size_t n,
                                  char why[QF_WHY_TEXT]) QF_MUST_CHECK;
void replay_close(struct replay *r);

/* Market time of the next tick. QF_ENOENT at the end. QF_EBUSY: many rows were passed over and none was for us yet, ask again
 * (so that one call stays short). Any other error is for ever, replay_why says it. */
enum qf_err replay_peek(struct replay *r, qf_time *ret) QF_MUST_CHECK;
/* The next tick, received = 0. */
enum qf_err replay_next(struct replay *r, struct market_tick *ret) QF_MUST_CHECK;
const char *replay_why(const struct replay *r);
/* Rows read so far (headers not counted), and those passed over because their symbol is not ours. */
int64_t replay_rows(const struct replay *r);
int64_t replay_passed(const struct replay *r);
/* Of its files: the largest age at which a price is not yet stale (us), the largest believable jump (basis points). */
int64_t replay_max_age(const struct replay *r);
int32_t replay_jump_bp(const struct replay *r);

/* Symbols a replay of these files would meet, for making their instruments before it starts: looks at the first `rows` rows of
 * each file and calls fn once per symbol and file. decimals: the most seen in its prices and in its sizes (0 to 8). */
typedef void (*replay_symbol_fn)(void *arg, const char *symbol, enum format_kind kind, int price_decimals, int size_decimals);
enum qf_err replay_survey(const struct replay_conf *conf, int64_t rows, replay_symbol_fn fn, void *arg, char why[QF_WHY_TEXT]) QF_MUST_CHECK;

#endif
