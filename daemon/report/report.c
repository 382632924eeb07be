#include "daemon/report/report.h"

#include <string.h>

#include "common/proto/wire.h"
#include "common/str.h"
#include "daemon/report/leaf.h"
#include "daemon/report/sections.h"
#include "daemon/report/words.h"
#include "daemon/report/writers.h"

enum { D = 1 << QF_REPORT_DAILY, T = 1 << QF_REPORT_TEARSHEET, R = 1 << QF_REPORT_RISK };

/* A section is a row: which reports it is in, and who makes it. */
static const struct {
    const char *name;
    unsigned kinds;
    section_fn fn;
} sections[] = {
    {"incomplete", D | T | R, section_incomplete},
    {"day", D, section_day_facts},
    {"identity", D, section_identity},
    {"risk line", D, section_risk_line},
    {"performance", T, section_performance_facts},
    {"risk", R, section_risk_facts},
    {"curve", D | T, section_curve},
    {"months", T, section_months},
    {"parts", D, section_parts},
    {"positions", D, section_positions},
    {"executions", D, section_executions},
    {"round trips", D, section_trades},
    {"drawdowns", T, section_drawdowns},
    {"strategies", T, section_groups},
    {"rolling", T, section_rolling},
    {"trade statistics", T, section_trade_statistics},
    {"metrics", T, section_metrics},
    {"value at risk", R, section_vars},
    {"back-test", R, section_backtest},
    {"components and stress", R, section_components},
    {"exposures", R, section_exposures},
    {"correlations", R, section_correlations},
    {"limits", D | R, section_limits},
    {"breakers", D | R, section_breakers},
    {"missing", D, section_missing},
    {"missing in risk", R, section_risk_missing},
    {"basis", D | T | R, section_basis},
};

const char *report_section(int32_t kind, size_t i)
{
    for (size_t k = 0; k < QF_LEN(sections); k++)
        if ((sections[k].kinds & (1U << kind)) != 0 && i-- == 0)
            return sections[k].name;
    return NULL;
}

void report_forget(void)
{
    leaf_forget();
}

const char *report_title(int32_t kind)
{
    static const char *const titles[] = {[QF_REPORT_DAILY] = "QuantumFond daily report",
                                         [QF_REPORT_TEARSHEET] = "QuantumFond tear sheet",
                                         [QF_REPORT_RISK] = "QuantumFond risk report"};
    return kind >= 0 && kind < QF_report_kind_COUNT ? titles[kind] : "QuantumFond report";
}

/* JSON is the record. What a terminal must not show cannot stand in it as it is: it is written as its escape. */
static void escaped(const struct qf_buf *raw, struct qf_buf *out)
{
    for (size_t i = 0; i < raw->len;) {
        uint32_t cp;
        size_t n = qf_utf8_next(raw->p + i, raw->len - i, &cp);
        qf_assert(n > 0); /* the writer lets no broken text through */
        if (!qf_cp_forbidden(cp))
            qf_buf_add(out, raw->p + i, n);
        else if (cp <= 0xffff)
            qf_buf_fmt(out, "\\u%04x", (unsigned)cp);
        else
            qf_buf_fmt(out, "\\u%04x\\u%04x", (unsigned)(0xd800 + ((cp - 0x10000) >> 10)),
                       (unsigned)(0xdc00 + ((cp - 0x10000) & 0x3ff)));
        i += n;
    }
}

static enum qf_err json_write(const struct qf_report *r, struct qf_buf *out)
{
    struct qf_buf raw;
    qf_buf_init(&raw, REPORT_MAX);
    qf_wire_encode(&raw, &qf_rec_report, r, false);
    if (!raw.failed)
        escaped(&raw, out);
    qf_buf_char(out, '\n');
    enum qf_err err = raw.failed || out->failed ? QF_ENOMEM : QF_OK;
    qf_buf_release(&raw);
    return err;
}

enum qf_err report_sign(struct qf_report *r)
{
    struct qf_buf all;
    r->snapshot[0] = '\0';
    qf_buf_init(&all, REPORT_MAX);
    enum qf_err err = json_write(r, &all);
    if (err == QF_OK)
        qf_str_fmt(r->snapshot, sizeof r->snapshot, "%012llx", (unsigned long long)(qf_hash(all.p, all.len) >> 16));
    qf_buf_release(&all);
    return err;
}

/* The close at midnight belongs to the day that ended. */
static void head(struct doc *d, const struct qf_report *r)
{
    char date[WORDS];
    d->title = report_title(r->kind);
    d->date = doc_copy(d, words_date(date, r->as_of > 0 ? r->as_of - 1 : r->as_of));
    d->mode = qf_enum_text(&qf_enum_money_mode, r->mode);
    d->desk = doc_fmt(d, "Desk %s, amounts in %s", r->desk, r->base);
    d->snapshot = doc_copy(d, r->snapshot);
    d->as_of = r->as_of;
}

static enum qf_err draw(const struct doc *d, int32_t format, struct qf_buf *out, const char **ret_why)
{
    enum qf_err err = QF_OK;
    if (format == QF_REPF_HTML)
        html_write(d, out);
    else if (format == QF_REPF_PDF)
        err = pdf_write(d, out, ret_why);
    else
        text_write(d, out);
    if (!out->failed)
        return err;
    *ret_why = "the report is too large";
    return QF_ENOMEM;
}

enum qf_err report_write(const struct qf_report *r, int32_t format, struct qf_arena *arena, struct qf_buf *out,
                         const char **ret_why)
{
    *ret_why = "the report is too large";
    if (format == QF_REPF_JSON)
        return json_write(r, out);
    struct doc *d = qf_arena_alloc(arena, sizeof *d);
    if (d == NULL)
        return QF_ENOMEM;
    doc_begin(d, arena);
    head(d, r);
    for (size_t k = 0; k < QF_LEN(sections); k++)
        if ((sections[k].kinds & (1U << r->kind)) != 0)
            sections[k].fn(d, r);
    return d->failed ? QF_ENOMEM : draw(d, format, out, ret_why);
}
