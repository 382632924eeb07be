/* risk.*: states, the stop, and the way back. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/approvals.h"
#include "daemon/api/help.h"
#include "daemon/core/degrade.h"
#include "daemon/core/state.h"
#include "daemon/server/stops.h"

static int firm_first(const void *a, const void *b)
{
    const struct qf_trading_state *x = a, *y = b;
    return x->scope != y->scope ? x->scope - y->scope : strcmp(x->name, y->name);
}

HANDLER(risk_state, none, risk_state)
{
    const uint32_t most = 1024;
    (void)in;
    out->effective = (int32_t)state_effective(c->desk, NULL);
    out->states = help_rows(c, most, sizeof *out->states);
    if (!out->states)
        return REFUSED;
    out->states_n = state_list(c->desk, c->actor.wall, out->states, most);
    qsort(out->states, out->states_n, sizeof *out->states, firm_first);
    return HANDLED;
}

HANDLER(risk_stop, risk_stop, stop_report)
{
    return stops_begin(c, in, out);
}

/* What is missing is no change that a batch could undo: who asks while the database stands still is told. */
HANDLER(risk_degrade, none, degradation_list)
{
    (void)in;
    c->plain = true;
    out->rows = help_rows(c, QF_cause_COUNT, sizeof *out->rows);
    if (!out->rows)
        return REFUSED;
    for (int i = 0; i < QF_cause_COUNT; i++)
        degrade_show(c->desk, (enum qf_cause)i, &out->rows[out->rows_n++]);
    return HANDLED;
}

/* --- the way back: one person asks, another grants */

static const char *strategy_of(const struct qf_risk_resume *in)
{
    return QF_HAS(in, risk_resume, strategy) ? in->strategy : NULL;
}

static enum qf_desk_state wanted(const struct qf_risk_resume *in, const struct qf_trading_state *row)
{
    if (QF_HAS(in, risk_resume, state))
        return (enum qf_desk_state)in->state;
    return row->state == QF_STATE_HALTED ? QF_STATE_CLOSE_ONLY : QF_STATE_ACTIVE;
}

static void before(struct ctx *c, const void *in, char out[APPROVAL_TEXT])
{
    const struct qf_trading_state *row = state_row(c->desk, strategy_of(in));
    if (row)
        qf_str_fmt(out, APPROVAL_TEXT, "%s, change %" PRId64, qf_enum_text(&qf_enum_desk_state, row->state), row->n);
    else
        qf_str_copy(out, APPROVAL_TEXT, "ACTIVE");
}

static enum handled apply(struct ctx *c, const void *in_, const struct qf_approval *a)
{
    const struct qf_risk_resume *in = in_;
    const struct qf_trading_state *row = state_row(c->desk, strategy_of(in));
    struct qf_trading_state now;
    if (!row)
        return help_refuse(c, QF_R_ALREADY, "state", NULL);
    return state_lower(c->desk, c->batch, strategy_of(in), wanted(in, row), a->reason, c->actor.user, c->actor.wall, &now,
                       &c->refusal) ? HANDLED : REFUSED;
}

const struct approval_kind approval_risk_resume = { QF_CMD_risk_resume, before, apply, NULL };

HANDLER(risk_resume, risk_resume, approval)
{
    const struct qf_trading_state *row = state_row(c->desk, strategy_of(in));
    if (!row || row->state == QF_STATE_ACTIVE)
        return help_refuse(c, QF_R_ALREADY, "state", "nothing is stopped there");
    enum qf_desk_state to = wanted(in, row);
    if ((int32_t)to >= row->state)
        return help_refuse(c, QF_R_BAD_STATE, "state", "that is not less than %s", qf_enum_text(&qf_enum_desk_state, row->state));
    if (row->state == QF_STATE_HALTED && to != QF_STATE_CLOSE_ONLY)
        return help_refuse(c, QF_R_BAD_STATE, "state", "HALTED is left only into CLOSE_ONLY");
    return approvals_ask(c, &approval_risk_resume, in, qf_enum_text(&qf_enum_desk_state, (int32_t)to), in->reason, out);
}
