/* Daily closes, kept in memory: read through the reader when a name is met first and when a market day has ended, never for a run. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/market/tick.h"
#include "daemon/server/risk_inside.h"
#include "daemon/store/reader.h"

#define ASKS_MAX 16               /* at a time: the reader serves people too */
#define AGAIN_NS 5000000000LL     /* after a read that failed */
#define REFRESH_NS 600000000000LL /* bars may be imported at any time */
#define DAY_WRITTEN_NS 3000000000LL /* bars of a day that has ended are in the database by then */
#define DAY_AGAIN_NS 30000000000LL  /* or by then, when the database was slow */
#define DAYS_MAX 256              /* tables of one day: two for each of 64 scenarios, twice over */

enum wish { NONE, WANTED, ASKING };

/* Who waits for an answer of the reader: one a slot or day, so that nothing is lost when the reader goes first. */
struct ask {
    struct closes *c;
    uint32_t slot;
    char symbol[17];
    struct kept_day *day;
};

struct kept {
    struct risk_series *series;
    int64_t tried_ns;
    enum wish wish;
    struct ask ask;
};

struct kept_day {
    struct kept_day *next;
    struct risk_day *table; /* NULL: not read yet */
    qf_time day;
    int64_t tried_ns;
    bool asking;
    struct ask ask;
};

struct closes {
    struct server *s;
    void (*moved)(void *arg);
    void *arg;
    struct kept *by_slot; /* QF_MAX_INSTRUMENTS */
    struct kept_day *days;
    uint32_t day_count, asking, wanted;
    uint32_t cursor;
    qf_time today;
    int64_t refresh_ns;
    bool day_again;
};

struct closes *closes_new(struct server *s, void (*moved)(void *arg), void *arg)
{
    struct closes *c = qf_xalloc(sizeof *c);
    *c = (struct closes){ .s = s, .moved = moved, .arg = arg };
    c->by_slot = qf_xalloc(QF_MAX_INSTRUMENTS * sizeof *c->by_slot);
    c->refresh_ns = qf_now_mono() + REFRESH_NS;
    return c;
}

void series_release(struct risk_series *s)
{
    if (!s || --s->holders > 0)
        return;
    free(s->days);
    free(s->closes);
    free(s);
}

void day_release(struct risk_day *d)
{
    if (!d || --d->holders > 0)
        return;
    free(d->rows);
    free(d);
}

void closes_free(struct closes *c)
{
    struct kept_day *next;
    if (!c)
        return;
    for (uint32_t i = 0; i < QF_MAX_INSTRUMENTS; i++)
        series_release(c->by_slot[i].series);
    for (struct kept_day *d = c->days; d; d = next) {
        next = d->next;
        day_release(d->table);
        free(d);
    }
    free(c->by_slot);
    free(c);
}

/* --- what the reader answers */

static qf_time running_day(const struct closes *c)
{
    return qf_time_day(c->s->desk->market_now ? c->s->desk->market_now : qf_now_wall());
}

static double price_of(qf_price p)
{
    return (double)p / QF_ONE;
}

/* The running day has no close yet: a bar of it is what a daemon wrote when it was stopped. */
static struct risk_series *series_of(const char *symbol, const struct qf_bar *rows, uint32_t n, qf_time today)
{
    struct risk_series *s = qf_xalloc(sizeof *s);
    s->holders = 1;
    qf_str_copy(s->symbol, sizeof s->symbol, symbol);
    s->days = qf_xalloc((n + 1) * sizeof *s->days);
    s->closes = qf_xalloc((n + 1) * sizeof *s->closes);
    for (uint32_t i = 0; i < n; i++) {
        if (rows[i].at >= today || (s->n > 0 && rows[i].at / QF_DAY <= s->days[s->n - 1]))
            continue;
        s->days[s->n] = (int32_t)(rows[i].at / QF_DAY);
        s->closes[s->n++] = price_of(rows[i].close);
    }
    return s;
}

static bool same_series(const struct risk_series *a, const struct risk_series *b)
{
    return a && a->n == b->n && memcmp(a->days, b->days, a->n * sizeof *a->days) == 0 &&
           memcmp(a->closes, b->closes, a->n * sizeof *a->closes) == 0;
}

static void ask_wanted(struct closes *c);

static void on_series(void *arg, enum qf_err err, const void *rows, uint32_t n)
{
    struct ask *a = arg;
    struct closes *c = a->c;
    struct kept *k = &c->by_slot[a->slot];
    bool news = false;
    c->asking--;
    k->wish = NONE;
    k->tried_ns = qf_now_mono();
    if (err == QF_OK) {
        struct risk_series *s = series_of(a->symbol, rows, n, running_day(c));
        news = !same_series(k->series, s);
        series_release(k->series);
        k->series = s;
    }
    ask_wanted(c);
    if (news || c->asking == 0)
        c->moved(c->arg);
}

static bool ask_series(struct closes *c, uint32_t slot, const char *symbol)
{
    struct ask *a = &c->by_slot[slot].ask;
    *a = (struct ask){ .c = c, .slot = slot };
    qf_str_copy(a->symbol, sizeof a->symbol, symbol);
    if (reader_bars(c->s->reader, symbol, MARKET_DAY, NULL, c->s->conf->risk_window + 2, on_series, a) != QF_OK)
        return false;
    c->by_slot[slot].wish = ASKING;
    c->asking++;
    c->wanted--;
    return true;
}

static void ask_wanted(struct closes *c)
{
    for (uint32_t left = c->s->desk->instruments.top; left > 0 && c->wanted > 0 && c->asking < ASKS_MAX; left--) {
        c->cursor = (c->cursor + 1) % QF_MAX_INSTRUMENTS;
        if (c->cursor >= c->s->desk->instruments.top)
            c->cursor = 0;
        const struct core_instrument *i = tab_at(&c->s->desk->instruments, c->cursor);
        if (i && c->by_slot[c->cursor].wish == WANTED && !ask_series(c, c->cursor, i->row.symbol))
            return; /* the reader is away or busy: the next second asks again */
    }
}

static void want(struct closes *c, struct kept *k)
{
    if (k->wish != NONE)
        return;
    k->wish = WANTED;
    c->wanted++;
}

struct risk_series *closes_hold(struct closes *c, uint32_t slot, const char *symbol, bool *ret_waits)
{
    struct kept *k = &c->by_slot[slot];
    if (k->series && !qf_str_eq(k->series->symbol, symbol)) { /* the slot has another instrument now */
        series_release(k->series);
        k->series = NULL;
        k->tried_ns = 0;
    }
    if (!k->series && (k->tried_ns == 0 || qf_now_mono() - k->tried_ns > AGAIN_NS)) {
        want(c, k);
        ask_wanted(c);
    }
    *ret_waits = !k->series && k->wish != NONE;
    if (k->series)
        k->series->holders++;
    return k->series;
}

/* --- one day */

static int by_symbol(const void *a, const void *b)
{
    return strcmp(((const struct risk_close *)a)->symbol, ((const struct risk_close *)b)->symbol);
}

static struct risk_day *day_of(qf_time day, const struct qf_bar *rows, uint32_t n)
{
    struct risk_day *d = qf_xalloc(sizeof *d);
    *d = (struct risk_day){ .holders = 1, .day = day, .n = n };
    d->rows = qf_xalloc((n + 1) * sizeof *d->rows);
    for (uint32_t i = 0; i < n; i++) {
        qf_str_copy(d->rows[i].symbol, sizeof d->rows[i].symbol, rows[i].symbol);
        d->rows[i].close = price_of(rows[i].close);
    }
    qsort(d->rows, n, sizeof *d->rows, by_symbol);
    return d;
}

static void on_day(void *arg, enum qf_err err, const void *rows, uint32_t n)
{
    struct ask *a = arg;
    struct kept_day *k = a->day;
    struct closes *c = a->c;
    k->asking = false;
    k->tried_ns = qf_now_mono();
    if (err != QF_OK)
        return;
    day_release(k->table);
    k->table = day_of(k->day, rows, n);
    c->moved(c->arg);
}

static void ask_day(struct closes *c, struct kept_day *k)
{
    unsigned char room[8];
    k->ask = (struct ask){ .c = c, .day = k };
    const struct db_param day = db_time(k->day, room);
    k->asking = reader_ask(c->s->reader, "closes_on", &qf_rec_bar, &day, 1, on_day, &k->ask) == QF_OK;
}

static struct kept_day *find_day(struct closes *c, qf_time day)
{
    struct kept_day *k = c->days;
    while (k && k->day != day)
        k = k->next;
    if (k || c->day_count == DAYS_MAX)
        return k;
    k = qf_xalloc(sizeof *k);
    *k = (struct kept_day){ .next = c->days, .day = day };
    c->days = k;
    c->day_count++;
    return k;
}

struct risk_day *closes_day(struct closes *c, qf_time day, bool *ret_waits)
{
    struct kept_day *k = find_day(c, day);
    *ret_waits = false;
    if (!k)
        return NULL;
    if (!k->table && !k->asking && (k->tried_ns == 0 || qf_now_mono() - k->tried_ns > AGAIN_NS))
        ask_day(c, k);
    *ret_waits = !k->table && k->asking;
    if (k->table)
        k->table->holders++;
    return k->table;
}

double day_close(const struct risk_day *d, const char *symbol)
{
    struct risk_close like;
    qf_str_copy(like.symbol, sizeof like.symbol, symbol);
    const struct risk_close *found = d->n > 0 ? bsearch(&like, d->rows, d->n, sizeof *d->rows, by_symbol) : NULL;
    return found ? found->close : NAN;
}

/* --- as time goes by */

static void refresh(struct closes *c)
{
    for (uint32_t slot = 0; slot < QF_MAX_INSTRUMENTS; slot++)
        if (c->by_slot[slot].series)
            want(c, &c->by_slot[slot]);
    for (struct kept_day *k = c->days; k; k = k->next)
        if (!k->asking)
            ask_day(c, k);
}

void closes_tick(struct closes *c)
{
    int64_t now = qf_now_mono();
    qf_time today = running_day(c);
    if (today != c->today && c->today != 0 && c->refresh_ns > now + DAY_WRITTEN_NS) {
        c->refresh_ns = now + DAY_WRITTEN_NS;
        c->day_again = true;
    }
    c->today = today;
    if (now >= c->refresh_ns) {
        c->refresh_ns = now + (c->day_again ? DAY_AGAIN_NS : REFRESH_NS);
        c->day_again = false;
        refresh(c);
    }
    ask_wanted(c);
}
