#include "daemon/server/reload.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/str.h"
#include "daemon/server/breakers.h"
#include "daemon/server/effects.h"
#include "daemon/server/inside.h"
#include "daemon/server/marketdoor.h"
#include "daemon/server/publish.h"
#include "daemon/server/reload_inside.h"
#include "daemon/server/risk_run.h"
#include "daemon/server/stops.h"

#define TEXTS_MAX (64u * 1024 * 1024) /* stored texts of the rows a desk keeps; those of events and approvals are short */
#define AGAIN_US QF_SEC

static void start_loader(struct reload *r);

static void on_again(void *arg)
{
    start_loader(arg);
}

struct reload *reload_new(struct server *s, const char *conninfo)
{
    struct reload *r = qf_xalloc(sizeof *r);
    r->server = s;
    r->conninfo = conninfo;
    r->again = qf_timer_new(s->loop, on_again, r);
    qf_arena_init(&r->texts, TEXTS_MAX);
    keeping_open(r);
    return r;
}

static void drop(struct reload *r)
{
    loader_free(r->loader);
    r->loader = NULL;
    qf_timer_stop(r->again);
    qf_arena_release(&r->texts);
    free(r->instruments);
    r->instruments = NULL;
    r->instruments_n = 0;
    if (r->memory)
        qf_unmap(r->memory, desk_size());
    r->memory = NULL;
    r->desk = NULL;
}

void reload_free(struct reload *r)
{
    if (!r)
        return;
    drop(r);
    keeping_close(r);
    qf_timer_free(r->again);
    free(r);
}

void reload_abandon(struct server *s)
{
    drop(s->reload);
}

/* --- rows. Slots of instruments stay the same over a reload: feeds and the venue know them by slot. */

static enum qf_err put_instruments(struct reload *r)
{
    const struct desk *old = r->server->desk;
    enum qf_err err = QF_OK;
    for (uint32_t slot = 0; slot < old->instruments.top && err == QF_OK; slot++) {
        const struct core_instrument *was = tab_at(&old->instruments, slot);
        for (uint32_t i = 0; was && i < r->instruments_n; i++)
            if (qf_str_eq(was->row.symbol, r->instruments[i].symbol)) {
                err = desk_load(r->desk, QF_TABLE_instruments, &r->instruments[i]);
                break;
            }
    }
    for (uint32_t i = 0; i < r->instruments_n && err == QF_OK; i++)
        if (!desk_instrument(r->desk, r->instruments[i].symbol))
            err = desk_load(r->desk, QF_TABLE_instruments, &r->instruments[i]);
    r->instruments_n = 0;
    return err;
}

static enum qf_err keep_instrument(struct reload *r, const struct qf_instrument *row)
{
    if (!r->instruments)
        r->instruments = qf_xalloc(QF_MAX_INSTRUMENTS * sizeof *r->instruments);
    if (r->instruments_n >= QF_MAX_INSTRUMENTS)
        return QF_EFULL;
    r->instruments[r->instruments_n++] = *row;
    return QF_OK;
}

static enum qf_err on_row(void *arg, enum qf_table_id table, const void *row)
{
    struct reload *r = arg;
    struct server *s = r->server;
    enum qf_err err = QF_OK;
    if (table == QF_TABLE_instruments)
        return keep_instrument(r, row);
    if (r->instruments_n > 0)
        err = put_instruments(r);
    if (err != QF_OK)
        return err;
    switch (table) {
    case QF_TABLE_requests: {
        const struct qf_request *q = row;
        return requests_load(s->requests, q->username, q->ref, q->at);
    }
    case QF_TABLE_control_log: {
        const struct qf_control *head = row;
        r->head_no = head->cmd_no;
        qf_str_copy(r->head, sizeof r->head, head->hash);
        return QF_OK;
    }
    case QF_TABLE_system_events:
        events_take(s->events, row);
        return QF_OK;
    default:
        return desk_load(r->desk, table, row);
    }
}

static void on_bar(void *arg, const struct qf_bar *bar)
{
    struct reload *r = arg;
    const struct core_instrument *i = desk_instrument(r->desk, bar->symbol);
    if (i && !r->server->loaded)
        market_load_bar(r->server, tab_slot(&r->desk->instruments, i), bar);
}

/* --- the end of it */

static void take_facts(struct desk *d, const struct load_facts *f)
{
    int64_t *have = (int64_t *)&d->seq;
    const int64_t *stored = (const int64_t *)&f->seq;
    _Static_assert(sizeof d->seq % sizeof *have == 0, "only numbers");
    for (size_t i = 0; i < sizeof d->seq / sizeof *have; i++)
        if (stored[i] > have[i])
            have[i] = stored[i];
    if (f->has_peak && f->peak > d->peak)
        d->peak = f->peak;
    desk_set_periods(d, f->has_month, f->month_start, f->has_year, f->year_start);
}

/* A batch is one transaction: it is there when its last row of the trail is. Nobody else can have written since, or the lane would not
 * have been given to us; a chain that has neither our head nor the one before it is the end of this daemon. */
static bool settle(struct server *s, struct reload *r)
{
    const struct batch *doubt = commit_in_doubt(s->commit);
    if (!doubt)
        return true;
    bool durable = r->head_no == s->audit.cmd_no && qf_str_eq(r->head, s->audit.head);
    qf_log(QF_LOG_WARN, "commit", "the batch in doubt %s in the database", durable ? "is" : "is not");
    if (durable)
        publish_rows(s, doubt);
    commit_settled(s->commit, durable);
    return durable || r->head_no == s->audit.cmd_no;
}

static void swap(struct server *s, struct reload *r)
{
    void *old = s->desk_memory;
    desk_rebuild(r->desk);
    desk_inherit(r->desk, s->desk);
    audit_set(&s->audit, r->head_no, r->head);
    s->desk = r->desk;
    s->desk_memory = r->memory;
    r->memory = NULL;
    r->desk = NULL;
    qf_unmap(old, desk_size());
}

static bool first_time(struct server *s)
{
    if (stops_recover(s, s->journal_path) != QF_OK || !(s->journal = journal_open(s->journal_path, s->writer))) {
        qf_log(QF_LOG_ERROR, "stop", "state/stop.journal cannot be read or written; the desk does not start without it");
        s->ended(s->ended_arg);
        return false;
    }
    state_ask_cancels(s->desk, qf_now_wall());
    breakers_recover(s);
    s->loaded = true;
    return true;
}

static void on_done(void *arg, const struct load_facts *f)
{
    struct reload *r = arg;
    struct server *s = r->server;
    bool first = !s->loaded;
    if (r->instruments_n > 0 && put_instruments(r) != QF_OK)
        qf_bug("more instruments than the desk takes", __FILE__, __LINE__);
    take_facts(r->desk, f);
    qf_log(QF_LOG_INFO, "load", "%llu rows in %lld us", (unsigned long long)f->rows, (long long)f->us);
    if (!settle(s, r)) {
        qf_log(QF_LOG_ERROR, "load", "the audit trail was written by somebody else; this daemon ends");
        s->ended(s->ended_arg);
        return;
    }
    swap(s, r);
    drop(r);
    if (first && !first_time(s))
        return;
    /* The venue starts from the desk's rows; what it said meanwhile and was not booked would be said, and booked, a second time. */
    commit_forget(s->commit, "venue.report");
    commit_ready(s->commit);
    effects_offer_all(s);
    stops_ask_recovered(s);
    publish_all(s);
    session_changed(s, NULL);
    risk_touch(s);
    if (first)
        start_desk(s);
    else
        market_reloaded(s);
}

static void on_failed(void *arg, const char *why)
{
    struct reload *r = arg;
    qf_log(QF_LOG_ERROR, "load", "the desk could not be read: %s", why);
    drop(r);
    qf_timer_once(r->again, AGAIN_US);
}

static void start_loader(struct reload *r)
{
    struct desk_conf conf;
    const struct loader_callbacks cb = { on_row, on_bar, on_done, on_failed, r };
    drop(r);
    r->memory = qf_map_lazy(desk_size());
    qf_assert(r->memory);
    server_desk_conf(r->server, &conf);
    r->desk = desk_init(r->memory, &conf);
    r->head_no = 0;
    r->head[0] = '\0';
    r->loader = loader_new(r->server->loop, r->conninfo, &r->texts, &cb);
}

void reload_begin(struct server *s, int64_t epoch)
{
    s->reload->epoch = epoch;
    start_loader(s->reload);
}
