#include <string.h>

#include "common/str.h"
#include "daemon/report/layout.h"
#include "daemon/report/writers.h"

/* Everything a page needs is inside it: it is read from an archive or a mail, where nothing can be fetched. */
static const char style[] =
    ":root{color-scheme:light "
    "dark;--bg:#fff;--ink:#1b2430;--dim:#66707d;--rule:#d5dae0;--head:#0f3a66;--up:#17793f;--down:#b3261e;"
    "--warn:#9a5b00;--bad:#b3261e;--line:#0f4c81;--line2:#8a4fae;--fall:#b3261e;--zebra:#f5f7f9;"
    "--p1:#dcefe1;--p2:#b4ddc0;--p3:#83c597;--m1:#f9dedb;--m2:#f1b8b2;--m3:#e58b83}"
    "@media(prefers-color-scheme:dark){:root{--bg:#12161c;--ink:#d8dee6;--dim:#8d97a5;--rule:#2c343f;--head:#8fc1f0;--"
    "up:#5fce8b;"
    "--down:#ff8a80;--warn:#ffb95c;--bad:#ff8a80;--line:#6db3f2;--line2:#c79bea;--fall:#ff8a80;--zebra:#191f27;"
    "--p1:#16301f;--p2:#1b4a2c;--p3:#22683c;--m1:#391c1b;--m2:#5b2422;--m3:#82302c}}"
    "*{box-sizing:border-box}body{margin:0 auto;padding:24px "
    "28px;max-width:1080px;background:var(--bg);color:var(--ink);"
    "font:13px/1.42 'DejaVu Sans','Segoe UI',Helvetica,Arial,sans-serif;font-variant-numeric:tabular-nums}"
    "header{display:flex;justify-content:space-between;align-items:flex-end;border-bottom:2px solid "
    "var(--head);padding-bottom:8px}"
    "h1{font-size:22px;margin:0;color:var(--head);font-weight:600}h1 "
    "small{display:block;font-size:12px;color:var(--dim);font-weight:400}"
    ".as{text-align:right;color:var(--dim);font-size:12px}.mode{display:inline-block;padding:2px "
    "9px;border-radius:3px;font-weight:700;"
    "letter-spacing:.05em;color:#fff;background:#7a4aa0}.mode.PAPER{background:#1f6fb2}.mode.REAL{background:#b3261e}"
    "main{display:grid;grid-template-columns:1fr 1fr;gap:14px "
    "26px;margin-top:14px}section{grid-column:1/-1;min-width:0}"
    "section.half{grid-column:auto}@media(max-width:760px){section.half{grid-column:1/-1}}"
    "h2{display:flex;justify-content:space-between;font-size:13px;margin:0 0 4px;padding-bottom:3px;border-bottom:1px "
    "solid var(--rule);"
    "color:var(--head)}h2 small{font-weight:400;color:var(--dim)}.scroll{overflow-x:auto}"
    "table{border-collapse:collapse;width:100%;font-size:12px}th{font-weight:600;color:var(--dim);text-align:left;"
    "padding:2px 8px 3px 0;"
    "border-bottom:1px solid var(--rule);vertical-align:bottom}td{padding:2px 8px 2px 0;vertical-align:top}"
    "tr:nth-child(even) td{background:var(--zebra)}tr.total td{font-weight:700;border-top:1px solid "
    "var(--ink);background:none}"
    ".n{text-align:right;white-space:nowrap}td "
    "i{visibility:hidden;font-style:normal}th:last-child,td:last-child{padding-right:0}"
    "table.heat td{text-align:right;padding:3px 8px;background:none}table.heat th{text-align:right;padding-right:8px}"
    "table.heat td:first-child,table.heat th:first-child{text-align:left}"
    "table.heat td.p1{background:var(--p1)}table.heat td.p2{background:var(--p2)}table.heat td.p3{background:var(--p3)}"
    "table.heat td.m1{background:var(--m1)}table.heat td.m2{background:var(--m2)}table.heat td.m3{background:var(--m3)}"
    ".bar{min-width:90px}.bar b{display:block;height:9px;margin-top:4px;background:var(--line)}.bar.warn "
    "b{background:var(--warn)}"
    ".bar.bad "
    "b{background:var(--bad)}dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:8px "
    "18px;margin:0}"
    "dt{color:var(--dim);font-size:11px}dd{margin:0;font-size:15px;font-weight:600}dd "
    "small{font-size:12px;font-weight:400}"
    ".dim,.note{color:var(--dim)}.note{font-size:11px;margin:4px 0 "
    "0}p{margin:0}.up{color:var(--up)}.down{color:var(--down)}"
    ".ok{color:var(--up)}.warn{color:var(--warn)}.bad{color:var(--bad);font-weight:700}.strong{font-weight:700}"
    "svg{display:block;width:100%;height:auto}svg "
    "text{font-size:6.5px;fill:var(--dim)}.g,.f,.l,.l2,.lim{fill:none;stroke-width:.4}"
    ".g{stroke:var(--rule)}.f{stroke:var(--dim)}.l{stroke:var(--line);stroke-width:1.1;stroke-linejoin:round}"
    ".l2{stroke:var(--line2);stroke-width:.9;stroke-dasharray:1.5 "
    "1.8}.lim{stroke:var(--warn);stroke-width:.8;stroke-dasharray:4 2}"
    ".af{fill:var(--fall);fill-opacity:.55}.ag{fill:var(--up);fill-opacity:.7}.al{fill:var(--down);fill-opacity:.5}.am,"
    "svg text.am{fill:var(--bad)}"
    ".an{fill:var(--line)}footer{margin-top:18px;padding-top:6px;border-top:1px solid "
    "var(--rule);color:var(--dim);font-size:11px}"
    "@media print{body{padding:0;font-size:10px}section{break-inside:avoid}}";

void html_text(struct qf_buf *out, const char *s)
{
    for (; *s != '\0'; s++) {
        const char *as = *s == '<'    ? "&lt;"
                         : *s == '>'  ? "&gt;"
                         : *s == '&'  ? "&amp;"
                         : *s == '"'  ? "&quot;"
                         : *s == '\'' ? "&#39;"
                                      : NULL;
        if (as != NULL)
            qf_buf_str(out, as);
        else
            qf_buf_char(out, *s);
    }
}

static const char *const tones[DOC_TONES] = {
    [DOC_PLAIN] = "",    [DOC_DIM] = "dim", [DOC_STRONG] = "strong", [DOC_UP] = "up",
    [DOC_DOWN] = "down", [DOC_OK] = "ok",   [DOC_WARN] = "warn",     [DOC_BAD] = "bad"};

static void element(struct qf_buf *out, const char *name, const char *class, const char *text)
{
    if (class[0] != '\0')
        qf_buf_fmt(out, "<%s class=\"%s\">", name, class);
    else
        qf_buf_fmt(out, "<%s>", name);
    html_text(out, text);
    qf_buf_fmt(out, "</%s>", name);
}

static void facts(struct qf_buf *out, const struct doc_item *item)
{
    qf_buf_str(out, "<dl>");
    for (size_t i = 0; i < item->n_facts; i++) {
        const struct doc_fact *f = &item->facts[i];
        qf_buf_str(out, "<div>");
        element(out, "dt", "", f->label);
        qf_buf_fmt(out, "<dd class=\"%s\">", tones[f->tone]);
        html_text(out, f->value);
        if (f->beside[0] != '\0') {
            qf_buf_char(out, ' ');
            element(out, "small", "", f->beside);
        }
        qf_buf_str(out, "</dd></div>");
    }
    qf_buf_str(out, "</dl>");
}

/* Digits are equally wide, so decimal points stand under each other once each number is followed by what it lacks of
 * the longest tail of its column, unseen. */
static const char *tail_of(const struct doc_table *t, size_t k)
{
    const char *longest = "";
    for (size_t r = 0; r < t->n_rows; r++) {
        const char *text = t->rows[r].cells[k].text, *tail = text + doc_point(text);
        if (strlen(tail) > strlen(longest))
            longest = tail;
    }
    return longest;
}

static void number(struct qf_buf *out, const char *text, const char *tail)
{
    size_t n = strlen(text), have = n - doc_point(text);
    html_text(out, text);
    bool digits = have > 0 || (n > 0 && text[n - 1] >= '0' && text[n - 1] <= '9');
    if (digits && strlen(tail) > have)
        element(out, "i", "", tail + have);
}

static void cell(struct qf_buf *out, const struct doc_table *t, size_t k, const struct doc_cell *c, const char *tail)
{
    if (c->share >= 0) {
        qf_buf_fmt(out, "<td class=\"bar %s\"><b style=\"width:%d.%d%%\"></b></td>", tones[c->tone], c->share / 10,
                   c->share % 10);
        return;
    }
    if (t->heat && c->heat != 0)
        qf_buf_fmt(out, "<td class=\"%c%d\">", c->heat > 0 ? 'p' : 'm', c->heat > 0 ? c->heat : -c->heat);
    else if (t->columns[k].align == DOC_NUMBER || c->tone != DOC_PLAIN)
        qf_buf_fmt(out, "<td class=\"%s%s%s\">", t->columns[k].align == DOC_NUMBER ? "n" : "",
                   c->tone != DOC_PLAIN ? " " : "", tones[c->tone]);
    else
        qf_buf_str(out, "<td>");
    if (t->columns[k].align == DOC_NUMBER)
        number(out, c->text, tail);
    else
        html_text(out, c->text);
    qf_buf_str(out, "</td>");
}

static void table(struct qf_buf *out, const struct doc_table *t)
{
    if (t == NULL || t->n_rows == 0) {
        element(out, "p", "dim", t == NULL ? "" : t->empty);
        return;
    }
    const char *tails[DOC_COLUMNS];
    qf_buf_fmt(out, "<div class=\"scroll\"><table%s><thead><tr>", t->heat ? " class=\"heat\"" : "");
    for (size_t k = 0; k < t->n_columns; k++) {
        tails[k] = tail_of(t, k);
        element(out, "th", t->columns[k].align == DOC_NUMBER ? "n" : "", t->columns[k].head);
    }
    qf_buf_str(out, "</tr></thead><tbody>\n");
    for (size_t r = 0; r < t->n_rows && !out->failed; r++) {
        qf_buf_str(out, t->rows[r].total ? "<tr class=\"total\">" : "<tr>");
        for (size_t k = 0; k < t->n_columns; k++)
            cell(out, t, k, &t->rows[r].cells[k], tails[k]);
        qf_buf_str(out, "</tr>\n");
    }
    qf_buf_str(out, "</tbody></table></div>");
}

static void panel(struct qf_buf *out, const struct doc_item *item)
{
    qf_buf_fmt(out, "<section%s>", item->half ? " class=\"half\"" : "");
    if (item->title[0] != '\0') {
        qf_buf_str(out, "<h2>");
        element(out, "span", "", item->title);
        if (item->aside[0] != '\0')
            element(out, "small", "", item->aside);
        qf_buf_str(out, "</h2>");
    }
    if (item->kind == DOC_FACTS)
        facts(out, item);
    else if (item->kind == DOC_TABLE)
        table(out, item->table);
    else if (item->kind == DOC_CHART)
        html_chart(item->chart, item->half ? 255 : 520, item->chart->under != NULL ? 190 : 120, item->title, out);
    else
        element(out, "p", tones[item->tone], item->text);
    for (const struct doc_note *note = item->notes; note != NULL; note = note->next) {
        qf_buf_fmt(out, "<p class=\"note %s\">", tones[note->tone]);
        html_text(out, note->text);
        qf_buf_str(out, "</p>");
    }
    qf_buf_str(out, "</section>\n");
}

void html_write(const struct doc *d, struct qf_buf *out)
{
    char at[QF_TIME_TEXT];
    qf_time_format(d->as_of, at);
    qf_buf_str(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/><title>");
    html_text(out, d->title);
    qf_buf_str(out, ", ");
    html_text(out, d->date);
    qf_buf_fmt(out, "</title><style>%s</style></head>\n<body><header><h1>", style);
    html_text(out, d->title);
    element(out, "small", "", d->desk);
    qf_buf_fmt(out, "</h1><div class=\"as\"><span class=\"mode %s\">%s</span><br/>", d->mode, d->mode);
    qf_buf_fmt(out, "as of %s, snapshot ", at);
    html_text(out, d->snapshot);
    qf_buf_str(out, "</div></header>\n<main>\n");
    for (size_t i = 0; i < d->n && !out->failed; i++)
        panel(out, &d->items[i]);
    qf_buf_fmt(out, "</main><footer>%s, %s, %s, snapshot ", d->title, d->date, d->mode);
    html_text(out, d->snapshot);
    qf_buf_str(out, "</footer></body></html>\n");
}
