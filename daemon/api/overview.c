/* overview.get: encoded once for each version of the desk, however many ask. */
#include <stdlib.h>
#include <string.h>

#include "daemon/api/help.h"

#define MOVERS 5
#define ORDERS 20
#define ALERTS 20
#define KEEP_US (100 * QF_MS) /* ages and counts move without a change of the desk */

static struct {
    struct qf_buf json;
    uint64_t version;
    uint32_t unsettled;
    enum qf_db_state db;
    qf_time made;
    const struct desk *desk;
} kept;

static qf_money size_of(const struct qf_position *p)
{
    return QF_HAS(p, position, base_day_pnl) ? qf_abs128(p->base_day_pnl) : 0;
}

/* Keeps the MOVERS largest, largest first. */
static void take_mover(struct qf_overview *out, const struct qf_position *p)
{
    uint32_t at = out->movers_n;
    while (at > 0 && size_of(&out->movers[at - 1]) < size_of(p))
        at--;
    if (at >= MOVERS)
        return;
    if (out->movers_n < MOVERS)
        out->movers_n++;
    memmove(&out->movers[at + 1], &out->movers[at], (out->movers_n - 1 - at) * sizeof *p);
    out->movers[at] = *p;
}

static void fill_movers(struct ctx *c, struct qf_overview *out)
{
    uint32_t i = 0;
    const struct core_position *p;
    while ((p = tab_next(&c->desk->positions, &i)) != NULL) {
        struct qf_position row;
        if (p->row.quantity == 0 && p->row.day_flow == 0)
            continue;
        desk_position_row(c->desk, p, &row);
        take_mover(out, &row);
    }
}

static void fill_orders(struct ctx *c, struct qf_overview *out)
{
    for (uint32_t slot = c->desk->first_open; slot != TAB_NONE && out->orders_n < ORDERS;) {
        const struct core_order *o = tab_at(&c->desk->orders, slot);
        out->orders[out->orders_n++] = o->row;
        slot = o->next_open;
    }
}

static bool make(struct ctx *c, struct qf_overview *out)
{
    out->desk = help_rows(c, 1, sizeof *out->desk);
    out->movers = help_rows(c, MOVERS + 1, sizeof *out->movers);
    out->orders = help_rows(c, ORDERS, sizeof *out->orders);
    out->alerts = help_rows(c, ALERTS, sizeof *out->alerts);
    if (!out->desk || !out->movers || !out->orders || !out->alerts)
        return false;
    server_status(c->s, out->desk);
    out->desk_n = 1;
    fill_movers(c, out);
    fill_orders(c, out);
    out->alerts_n = server_events(c->s, out->alerts, ALERTS, QF_SEV_WARN);
    qf_rec_fill(&qf_rec_overview, out);
    return true;
}

static bool fresh(const struct ctx *c)
{
    return kept.desk == c->desk && kept.version == c->desk->version && kept.unsettled == server_unsettled(c->s) &&
           kept.db == server_db(c->s) && c->actor.wall - kept.made < KEEP_US && c->actor.wall >= kept.made;
}

HANDLER(overview_get, none, overview)
{
    (void)in;
    if (!fresh(c)) {
        if (!make(c, out))
            return REFUSED;
        if (!kept.json.max)
            qf_buf_init(&kept.json, 1024 * 1024);
        qf_buf_clear(&kept.json);
        qf_wire_encode(&kept.json, &qf_rec_overview, out, false);
        kept.desk = c->desk;
        kept.version = c->desk->version;
        kept.unsettled = server_unsettled(c->s);
        kept.db = server_db(c->s);
        kept.made = c->actor.wall;
    }
    qf_buf_add(c->raw, kept.json.p, kept.json.len);
    return HANDLED;
}
