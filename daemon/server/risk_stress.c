/* Scenarios over the names of a snapshot: all of them with each run, one of them name by name when it is asked for. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/quant/stress.h"
#include "daemon/server/risk_inside.h"

#define RESULTS 64 /* as portfolio.def says */

/* --- moves */

static bool shock_moves(const struct risk_scenario *s, const struct risk_name *names, uint32_t n, double *ret, const char **ret_why)
{
    struct stress_plan plan;
    char why[QF_WHY_TEXT];
    if (stress_parse(s->row.shocks, &plan, why, sizeof why) != QF_OK) {
        *ret_why = "its stored shocks cannot be read";
        return false;
    }
    for (uint32_t i = 0; i < n; i++)
        ret[i] = names[i].lacks ? NAN : stress_move(&plan, names[i].symbol, names[i].sector);
    return true;
}

static bool window_moves(const struct risk_scenario *s, const struct risk_name *names, uint32_t n, double *ret, const char **ret_why)
{
    bool some = false;
    if (!s->since || !s->until) {
        *ret_why = "its daily closes are not read yet";
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        ret[i] = names[i].lacks ? NAN : risk_base_move(&names[i], s->since, s->until);
        some = some || isfinite(ret[i]);
    }
    *ret_why = "no name held has closes of both days";
    return some || n == 0;
}

bool risk_moves(const struct risk_scenario *s, const struct risk_name *names, uint32_t n, double *ret, const char **ret_why)
{
    return (QF_HAS(&s->row, scenario, shocks) ? shock_moves : window_moves)(s, names, n, ret, ret_why);
}

/* --- results of a run */

static void fill_result(struct risk_result *x, const struct stress_sum *sum, struct qf_stress_result *ret)
{
    const struct risk_snapshot *s = &x->snapshot;
    ret->missing = (int64_t)sum->missing;
    if (sum->worst < s->names_n) {
        qf_str_copy(ret->worst, sizeof ret->worst, s->names[sum->worst].symbol);
        QF_SET(ret, stress_result, worst);
    }
    if (!risk_money(sum->pnl, &ret->pnl))
        return;
    QF_SET(ret, stress_result, pnl);
    if (s->equity <= 0)
        return;
    ret->equity_bp = risk_bp(sum->pnl, risk_double(s->equity));
    QF_SET(ret, stress_result, equity_bp);
}

static void one_scenario(struct risk_result *x, const struct risk_scenario *s, const double *mv, double *moves)
{
    struct qf_stress_result *ret = &x->run.stress[x->run.stress_n++];
    struct stress_sum sum;
    const char *why = NULL;
    qf_str_copy(ret->scenario, sizeof ret->scenario, s->row.name);
    ret->kind = QF_HAS(&s->row, scenario, shocks) ? QF_SCEN_SHOCK : QF_SCEN_WINDOW;
    qf_rec_fill(&qf_rec_stress_result, ret);
    if (risk_moves(s, x->snapshot.names, x->snapshot.names_n, moves, &why)) {
        stress_add_up(mv, moves, x->snapshot.names_n, &sum);
        fill_result(x, &sum, ret);
        return;
    }
    ret->missing = x->snapshot.names_n;
    qf_str_copy(ret->reason, sizeof ret->reason, why);
    QF_SET(ret, stress_result, reason);
}

/* What has no figure stands at the end. */
static int worst_first(const void *a, const void *b)
{
    const struct qf_stress_result *x = a, *y = b;
    bool p = QF_HAS(x, stress_result, pnl), q = QF_HAS(y, stress_result, pnl);
    if (p != q)
        return p ? -1 : 1;
    return p && x->pnl != y->pnl ? (x->pnl > y->pnl ? 1 : -1) : strcmp(x->scenario, y->scenario);
}

void risk_stress_of(struct risk_result *x)
{
    const struct risk_snapshot *s = &x->snapshot;
    uint32_t most = s->scenarios_n < RESULTS ? s->scenarios_n : RESULTS;
    double *mv = qf_arena_alloc(&x->arena, (2 * (size_t)s->names_n + 1) * sizeof *mv);
    x->run.stress = qf_arena_alloc(&x->arena, (most + 1) * sizeof *x->run.stress);
    qf_assert(mv && x->run.stress);
    for (uint32_t i = 0; i < s->names_n; i++)
        mv[i] = risk_double(s->names[i].value);
    for (uint32_t i = 0; i < most; i++)
        one_scenario(x, &s->scenarios[i], mv, mv + s->names_n);
    qsort(x->run.stress, x->run.stress_n, sizeof *x->run.stress, worst_first);
}

/* --- one scenario, name by name */

static const struct risk_scenario *find(const struct risk_snapshot *s, const char *name)
{
    for (uint32_t i = 0; i < s->scenarios_n; i++)
        if (qf_str_eq(s->scenarios[i].row.name, name))
            return &s->scenarios[i];
    return NULL;
}

static void name_row(const struct risk_name *n, double move, struct qf_stress_name *ret)
{
    qf_str_copy(ret->symbol, sizeof ret->symbol, n->symbol);
    qf_rec_fill(&qf_rec_stress_name, ret);
    if (!n->lacks) {
        ret->value = n->value;
        QF_SET(ret, stress_name, value);
    }
    if (isfinite(move) && risk_money(risk_double(n->value) * move, &ret->pnl)) {
        ret->shock = move;
        ret->has |= QF_BIT(stress_name, shock) | QF_BIT(stress_name, pnl);
        return;
    }
    qf_str_copy(ret->reason, sizeof ret->reason, n->lacks ? n->lacks : "no closes of both days");
    QF_SET(ret, stress_name, reason);
}

static int loss_first(const void *a, const void *b)
{
    const struct qf_stress_name *x = a, *y = b;
    bool p = QF_HAS(x, stress_name, pnl), q = QF_HAS(y, stress_name, pnl);
    if (p != q)
        return p ? -1 : 1;
    return p && x->pnl != y->pnl ? (x->pnl > y->pnl ? 1 : -1) : strcmp(x->symbol, y->symbol);
}

static void report_names(const struct risk_snapshot *s, const double *moves, struct qf_stress_report *ret)
{
    for (uint32_t i = 0; i < s->names_n; i++) {
        struct qf_stress_name *row = &ret->names[ret->names_n++];
        name_row(&s->names[i], moves[i], row);
        ret->pnl += row->pnl;
        ret->incomplete |= !QF_HAS(row, stress_name, pnl);
    }
    qsort(ret->names, ret->names_n, sizeof *ret->names, loss_first);
    QF_SET(ret, stress_report, pnl);
}

enum qf_reason risk_stress_report(struct server *s, const struct qf_scenario *scenario, struct qf_arena *arena, struct qf_stress_report *ret)
{
    const struct risk_result *x = risk_kept(s);
    const struct risk_scenario *found = x ? find(&x->snapshot, scenario->name) : NULL;
    const char *why;
    if (!found)
        return QF_R_NOT_READY;
    double *moves = qf_arena_alloc(arena, (x->snapshot.names_n + 1) * sizeof *moves);
    ret->names = qf_arena_alloc(arena, (x->snapshot.names_n + 1) * sizeof *ret->names);
    if (!moves || !ret->names)
        return QF_R_TOO_LARGE;
    qf_str_copy(ret->scenario, sizeof ret->scenario, scenario->name);
    if (!risk_moves(found, x->snapshot.names, x->snapshot.names_n, moves, &why)) {
        for (uint32_t i = 0; i < x->snapshot.names_n; i++)
            moves[i] = NAN;
        ret->incomplete = true;
    }
    report_names(&x->snapshot, moves, ret);
    if (x->snapshot.names_n > 0 && !QF_HAS(&ret->names[0], stress_name, pnl))
        QF_DROP(ret, stress_report, pnl);
    return QF_R_COUNT;
}
