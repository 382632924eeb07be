/* The CSV reader and the replay above it on hostile bytes, plain and compressed: no crash, the same cells whether they are read
 * or read again, every price in its range, and every error said in words. */
#include <stdlib.h>
#include <string.h>

#include "daemon/market/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(int ok)
{
    if (!ok)
        abort();
}

/* Cells as a hash; the lengths too, so that cells cannot flow into each other. */
static uint64_t walk(const uint8_t *p, size_t n, int64_t *ret_lines)
{
    struct csv *c = csv_memory("fuzz", p, n);
    const struct csv_cell *cells = NULL;
    size_t columns = 0, first = 0;
    uint64_t hash = 14695981039346656037ULL;
    enum qf_err err;

    while ((err = csv_next(c, &cells, &columns)) == QF_OK) {
        first = first == 0 ? columns : first;
        require(columns == first && columns <= CSV_MAX_COLUMNS);
        for (size_t i = 0; i < columns; i++) {
            require(cells[i].n <= CSV_MAX_LINE && memchr(cells[i].p, '\0', cells[i].n) == NULL);
            for (size_t k = 0; k < cells[i].n; k++)
                hash = (hash ^ (uint8_t)cells[i].p[k]) * 1099511628211ULL;
            hash = (hash ^ cells[i].n) * 1099511628211ULL;
        }
        ++*ret_lines;
    }
    require((err == QF_ENOENT) == (csv_why(c)[0] == '\0'));
    csv_close(c);
    return hash;
}

static bool resolve(void *arg, const char *p, size_t n, struct replay_name *ret)
{
    (void)arg;
    require(n >= 1 && n <= 16);
    *ret = (struct replay_name){ .slot = (uint32_t)(unsigned char)p[0], .tick_size = QF_ONE / 100 };
    return p[0] != '-';
}

static void is_price(bool has, qf_price v)
{
    require(!has || (v >= -QF_PRICE_MAX && v <= QF_PRICE_MAX));
}

static void replay(const uint8_t *p, size_t n)
{
    struct replay_conf conf = { .symbol = "VIX", .spread = { .ticks = 1, .bp_e2 = 250 }, .resolve = resolve };
    char why[QF_WHY_TEXT] = "";
    struct market_tick t;
    struct replay *r = replay_open_memory(&conf, "fuzz", p, n, why);
    enum qf_err err = QF_OK;

    if (r == NULL) {
        require(why[0] != '\0');
        return;
    }
    while (err == QF_OK || err == QF_EBUSY) {
        err = replay_next(r, &t);
        if (err != QF_OK)
            continue;
        is_price(t.price.has_bid, t.price.bid);
        is_price(t.price.has_ask, t.price.ask);
        is_price(t.price.has_last, t.price.last);
        require(t.price.volume >= 0 && t.price.bid_size >= 0 && t.price.ask_size >= 0);
        require(t.bar.period == 0 || (t.bar.low <= t.bar.open && t.bar.low <= t.bar.close && t.bar.high >= t.bar.open &&
                                      t.bar.high >= t.bar.close));
    }
    require((err == QF_ENOENT) == (replay_why(r)[0] == '\0'));
    replay_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    int64_t lines = 0, again = 0;
    uint64_t a = walk(p, n, &lines);

    require(walk(p, n, &again) == a && lines == again);
    replay(p, n);
    return 0;
}
