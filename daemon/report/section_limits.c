/* Limits, breakers, the risk in one line, and what a reader has to know to read the figures. */
#include <math.h>

#include "common/str.h"
#include "daemon/report/sections.h"
#include "daemon/report/words.h"

void section_risk_line(struct doc *d, const struct qf_report *r)
{
    const struct qf_risk_run *k = r->risk_n > 0 ? &r->risk[0] : NULL;
    char a[WORDS], b[WORDS], c[WORDS], e[WORDS];
    if (k == NULL)
        return;
    if (!QF_HAS(k, risk_run, var_99)) {
        doc_sentence(d, DOC_DIM, "VaR 99    n/a: %s", QF_HAS(k, risk_run, reason) ? k->reason : "nothing is held");
        return;
    }
    bool limit = QF_HAS(k, risk_run, var_limit) && QF_HAS(k, risk_run, var_used_bp);
    const char *of = limit
                         ? doc_fmt(d, " of %s, %s %s", words_money(b, k->var_limit, 2, false),
                                   words_bp(c, k->var_used_bp, 0, false), qf_enum_text(&qf_enum_risk_status, k->status))
                         : "";
    doc_sentence(d, k->status == QF_RISKST_BREACH ? DOC_BAD : DOC_PLAIN,
                 "VaR 99 %s%s, historical, 1 day, n %lld; ES 97.5 %s; back-test %lld days, %lld exceptions, %s",
                 words_money(a, k->var_99, 2, false), of, (long long)k->window,
                 QF_HAS(k, risk_run, es_975) ? words_money(e, k->es_975, 2, false) : "n/a", (long long)k->backtest_days,
                 (long long)k->exceptions, qf_enum_text(&qf_enum_light, k->light));
}

/* What a limit's number means. */
static const char *limit_text(char out[WORDS], int32_t control, qf_money v)
{
    static const bool whole[QF_control_code_COUNT] = {
        [QF_CTL_MAX_QTY] = true, [QF_CTL_DUPLICATE] = true, [QF_CTL_MSG_RATE] = true, [QF_CTL_POSITION] = true};
    if (control == QF_CTL_PRICE_BAND)
        return words_share(out, (double)v / (double)QF_ONE, 2, false);
    return words_money(out, v, whole[control] ? 0 : 2, false);
}

static const struct doc_column limit_columns[] = {
    {"Scope", DOC_TEXT, 0, false},    {"Control", DOC_TEXT, 0, false}, {"Used", DOC_NUMBER, 0, false},
    {"Limit", DOC_NUMBER, 0, false},  {"Warn", DOC_NUMBER, 3, false},  {"", DOC_BAR, 4, false},
    {"Used %", DOC_NUMBER, 0, false},
};

static enum doc_tone limit_tone(const struct qf_limit *l)
{
    if (!QF_HAS(l, limit, used))
        return DOC_PLAIN;
    return l->used > l->hard ? DOC_BAD : QF_HAS(l, limit, warn) && l->used > l->warn ? DOC_WARN : DOC_PLAIN;
}

static void limit_row(struct doc_table *t, const struct qf_limit *l)
{
    char a[WORDS];
    bool used = QF_HAS(l, limit, used) && QF_HAS(l, limit, used_bp);
    enum doc_tone tone = limit_tone(l);
    doc_row(t);
    doc_cellf(t, DOC_PLAIN, "%s%s%s", qf_enum_text(&qf_enum_scope, l->scope), l->name[0] != '\0' ? " " : "", l->name);
    doc_cell(t, DOC_STRONG, qf_enum_text(&qf_enum_control_code, l->control));
    doc_cell(t, used ? tone : DOC_DIM, used ? limit_text(a, l->control, l->used) : "");
    doc_cell(t, DOC_PLAIN, limit_text(a, l->control, l->hard));
    doc_cell(t, DOC_DIM, QF_HAS(l, limit, warn) ? limit_text(a, l->control, l->warn) : "");
    if (used)
        doc_bar(t, tone, (double)l->used_bp / 10000);
    else
        doc_cell(t, DOC_DIM, "");
    doc_cell(t, used ? tone : DOC_DIM, used ? words_bp(a, l->used_bp, 0, false) : "");
}

void section_limits(struct doc *d, const struct qf_report *r)
{
    struct doc_table *t = doc_table(d, "Limits", doc_fmt(d, "%u, as they stood at the close", r->limits_n), false,
                                    limit_columns, QF_LEN(limit_columns), r->limits_n);
    if (t != NULL)
        t->empty = "none were set";
    for (uint32_t i = 0; i < r->limits_n; i++)
        limit_row(t, &r->limits[i]);
    if (r->limits_n > 0)
        doc_note(d, DOC_DIM,
                 "Use is that of the positions at the close; working orders are not counted, and limits of single "
                 "orders have none.");
}

static const struct doc_column breaker_columns[] = {
    {"Breaker", DOC_TEXT, 0, false}, {"Scope", DOC_TEXT, 0, false}, {"Level", DOC_NUMBER, 0, false},
    {"Action", DOC_TEXT, 1, false},  {"State", DOC_TEXT, 0, true},
};

static const char *level_text(char out[WORDS], const struct qf_breaker *b)
{
    if (!QF_HAS(b, breaker, level))
        return "off";
    if (b->code == QF_BRK_DRAWDOWN)
        return words_share(out, (double)b->level / (double)QF_ONE, 2, false);
    return words_money(out, b->level, b->code == QF_BRK_DAY_LOSS ? 2 : 0, false);
}

void section_breakers(struct doc *d, const struct qf_report *r)
{
    char a[WORDS], at[WORDS];
    uint32_t tripped = 0;
    for (uint32_t i = 0; i < r->breakers_n; i++)
        tripped += r->breakers[i].tripped;
    struct doc_table *t = doc_table(d, "Breakers", doc_fmt(d, "%u, %u tripped", r->breakers_n, tripped), false,
                                    breaker_columns, QF_LEN(breaker_columns), r->breakers_n);
    if (t != NULL)
        t->empty = "none were set";
    for (uint32_t i = 0; i < r->breakers_n; i++) {
        const struct qf_breaker *b = &r->breakers[i];
        bool since = b->tripped && QF_HAS(b, breaker, since);
        doc_row(t);
        doc_cell(t, DOC_STRONG, qf_enum_text(&qf_enum_breaker_code, b->code));
        doc_cellf(t, DOC_PLAIN, "%s%s%s", qf_enum_text(&qf_enum_scope, b->scope), b->name[0] != '\0' ? " " : "",
                  b->name);
        doc_cell(t, DOC_PLAIN, level_text(a, b));
        doc_cell(t, DOC_PLAIN, qf_enum_text(&qf_enum_desk_state, b->action));
        doc_cellf(t, b->tripped ? DOC_BAD : DOC_PLAIN, "%s%s%s%s%s", b->tripped ? "TRIPPED" : "watching",
                  since ? " " : "", since ? words_time(at, b->since) : "",
                  QF_HAS(b, breaker, trip) && b->tripped ? ": " : "",
                  QF_HAS(b, breaker, trip) && b->tripped ? b->trip : "");
    }
}

void section_basis(struct doc *d, const struct qf_report *r)
{
    char at[QF_TIME_TEXT];
    qf_time_format(r->as_of, at);
    doc_sentence(d, DOC_DIM,
                 "Desk %s. As of the close at %s: what was recorded later is not in here, so the same as-of gives the "
                 "same report at any time. "
                 "Amounts are in %s where nothing else is said, times are UTC.%s",
                 r->desk, at, r->base,
                 r->mode == QF_MODE_SIMULATED ? " Prices are invented."
                 : r->mode == QF_MODE_PAPER   ? " Fills are on paper."
                                              : "");
}
