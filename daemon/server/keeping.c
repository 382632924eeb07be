/* The database's small work beside the lane: bars, old requests, what the server says of itself. */
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/server/inside.h"
#include "daemon/server/market_inside.h"
#include "daemon/server/reload_inside.h"
#include "daemon/store/bulk.h"
#include "daemon/store/reader.h"

#define ASK_EVERY 5 /* samples: the server's own figures cost it a few milliseconds */

void keeping_open(struct reload *r)
{
    r->bulk = bulk_new(r->server->loop, r->conninfo);
}

void keeping_close(struct reload *r)
{
    bulk_free(r->bulk);
}

/* --- bars */

static void on_written(void *arg, bool ok, uint32_t bad)
{
    struct server *s = arg;
    struct market *m = s->market;
    if (ok)
        bars_taken(m->bars, m->writing);
    m->writing = 0;
    if (bad > 0)
        server_event(s, QF_SEV_WARN, "market", "%u bars were refused by the database", bad);
    if (ok && bars_waiting(m->bars) >= BULK_BARS / 2)
        market_write_bars(s);
}

static void as_row(const struct desk *d, const struct market_bar *in, struct qf_bar *out)
{
    const struct core_instrument *i = tab_at(&d->instruments, in->slot);
    *out = (struct qf_bar){ .period = in->period, .at = in->at, .open = in->open, .high = in->high, .low = in->low, .close = in->close,
                            .volume = in->volume };
    qf_str_copy(out->symbol, sizeof out->symbol, i ? i->row.symbol : "");
    qf_rec_fill(&qf_rec_bar, out);
}

void market_write_bars(struct server *s)
{
    static struct qf_bar rows[BULK_BARS];
    struct market *m = s->market;
    const struct market_bar *bars;
    if (!m->started || m->writing > 0 || !bulk_idle(s->reload->bulk))
        return;
    uint32_t n = bars_peek(m->bars, BULK_BARS, &bars);
    for (uint32_t i = 0; i < n; i++)
        as_row(s->desk, &bars[i], &rows[i]);
    if (n == 0)
        return;
    m->writing = n;
    bulk_bars(s->reload->bulk, lane_epoch(s->lane), rows, n, on_written, s);
}

/* --- once a minute */

static void on_pruned(void *arg, bool ok, uint32_t bad)
{
    (void)arg;
    (void)ok;
    (void)bad;
}

void reload_prune(struct server *s, qf_time wall)
{
    if (bulk_idle(s->reload->bulk))
        bulk_prune(s->reload->bulk, lane_epoch(s->lane), wall - QF_REQUEST_KEEP_US, on_pruned, s);
}

/* --- the server's own figures */

static void on_said(void *arg, enum qf_err err, const struct reader_sample *said)
{
    struct reload *r = arg;
    r->asking = false;
    if (err != QF_OK)
        return;
    r->said.db_size = said->size;
    r->said.db_connections = said->connections;
    r->said.db_locks_waiting = said->locks_waiting;
    r->said.db_wal_bytes = said->wal_bytes;
    qf_str_copy(r->version, sizeof r->version, said->version);
}

void reload_sample(struct server *s, struct sampler_in *in)
{
    struct reload *r = s->reload;
    if (r->asked++ % ASK_EVERY == 0 && !r->asking && reader_up(s->reader))
        r->asking = reader_server(s->reader, on_said, r) == QF_OK;
    in->db_epoch = r->epoch;
    in->db_size = r->said.db_size;
    in->db_connections = r->said.db_connections;
    in->db_locks_waiting = r->said.db_locks_waiting;
    in->db_wal_bytes = r->said.db_wal_bytes;
    in->db_version = r->version;
}
