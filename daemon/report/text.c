#include <stdio.h>
#include <string.h>

#include "common/str.h"
#include "daemon/report/layout.h"
#include "daemon/report/writers.h"

#define RULE "\xe2\x94\x80"
#define BAR_FULL "\xe2\x96\x86"
#define BAR_EMPTY "\xe2\x96\x81"
#define BAR_COLUMNS 14

static double columns_of(void *arg, const char *text, size_t n, bool strong)
{
    (void)arg;
    (void)strong;
    unsigned all = 0;
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        size_t len = qf_utf8_next(text + i, n - i, &cp);
        qf_assert(len > 0); /* doc_copy let nothing else in */
        all += qf_cp_columns(cp);
        i += len;
    }
    return all;
}

static const struct layout_measure measure = {.width = columns_of, .gap = 2, .bar = BAR_COLUMNS, .least = 20};

static void pad(struct qf_buf *out, double n)
{
    for (int i = 0; i < (int)n; i++)
        qf_buf_char(out, ' ');
}

static void repeat(struct qf_buf *out, const char *s, int n)
{
    for (int i = 0; i < n; i++)
        qf_buf_str(out, s);
}

/* Ends a line without the blanks it may end with. */
static void end_line(struct qf_buf *out)
{
    while (!out->failed && out->len > 0 && out->p[out->len - 1] == ' ')
        out->len--;
    qf_buf_char(out, '\n');
}

static void rule(struct qf_buf *out, const char *title, const char *aside)
{
    if (title[0] == '\0')
        return;
    int used = 3 + (int)qf_str_columns(title) + (aside[0] != '\0' ? 3 + (int)qf_str_columns(aside) : 0);
    qf_buf_fmt(out, RULE " %s ", title);
    repeat(out, RULE, used < TEXT_COLUMNS ? TEXT_COLUMNS - used : 1);
    if (aside[0] != '\0')
        qf_buf_fmt(out, " %s " RULE, aside);
    qf_buf_char(out, '\n');
}

static void paragraph(struct qf_buf *out, const char *text)
{
    while (*text != '\0') {
        size_t skip, n = layout_line(text, TEXT_COLUMNS, &measure, false, &skip);
        qf_buf_add(out, text, n);
        end_line(out);
        text += n + skip;
    }
}

/* --- facts: two in a line */
#define FACT_VALUE 25  /* where a figure ends */
#define FACT_SECOND 40 /* where the second one of a line begins */

/* Columns written. */
static int fact(struct qf_buf *out, const struct doc_fact *f)
{
    int label = (int)columns_of(NULL, f->label, strlen(f->label), false),
        value = (int)columns_of(NULL, f->value, strlen(f->value), false);
    int between = label < FACT_VALUE - value ? FACT_VALUE - value - label : 1;
    qf_buf_str(out, f->label);
    pad(out, between);
    qf_buf_str(out, f->value);
    if (f->beside[0] == '\0')
        return label + between + value;
    qf_buf_fmt(out, " %s", f->beside);
    return label + between + value + 1 + (int)columns_of(NULL, f->beside, strlen(f->beside), false);
}

static int fact_columns(const struct doc_fact *f)
{
    struct qf_buf aside;
    qf_buf_init(&aside, 4096);
    int n = fact(&aside, f);
    qf_buf_release(&aside);
    return n;
}

/* What does not fit beside another one gets a line of its own. */
static void facts(struct qf_buf *out, const struct doc_item *item)
{
    int used = 0;
    for (size_t i = 0; i < item->n_facts; i++) {
        const struct doc_fact *f = &item->facts[i];
        if (used > 0 && (used >= FACT_SECOND || FACT_SECOND + fact_columns(f) > TEXT_COLUMNS)) {
            end_line(out);
            used = 0;
        }
        pad(out, used > 0 ? FACT_SECOND - used : 0);
        int n = fact(out, f);
        used = used > 0 ? TEXT_COLUMNS : n;
    }
    end_line(out);
}

/* --- tables */
static void bar(struct qf_buf *out, int share)
{
    int full = (share * BAR_COLUMNS + 500) / 1000;
    repeat(out, BAR_FULL, full);
    repeat(out, BAR_EMPTY, BAR_COLUMNS - full);
}

/* n bytes of a cell's text in its column. */
static void in_column(struct qf_buf *out, const struct doc_column *c, const struct layout_column *l, const char *text,
                      size_t n)
{
    double w = columns_of(NULL, text, n, false);
    if (c->align != DOC_NUMBER) {
        qf_buf_add(out, text, n);
        pad(out, l->width - w);
        return;
    }
    size_t point = doc_point(text);
    bool number = point < n || (n > 0 && text[n - 1] >= '0' && text[n - 1] <= '9');
    double behind = number ? l->right - columns_of(NULL, text + point, n - point, false) : 0;
    pad(out, l->width - w - behind);
    qf_buf_add(out, text, n);
    pad(out, behind);
}

/* The cells of a heat map stand close together. */
static double gap_of(const struct doc_table *t)
{
    return t->heat ? 1 : measure.gap;
}

static void head(struct qf_buf *out, const struct doc_table *t, const struct layout_column *l)
{
    bool first = true;
    for (size_t k = 0; k < t->n_columns; k++) {
        if (!l[k].shown)
            continue;
        const char *s = t->columns[k].head;
        pad(out, first ? 0 : gap_of(t));
        first = false;
        double w = columns_of(NULL, s, strlen(s), true);
        pad(out, t->columns[k].align == DOC_NUMBER ? l[k].width - w : 0);
        qf_buf_str(out, s);
        pad(out, t->columns[k].align == DOC_NUMBER ? 0 : l[k].width - w);
    }
    end_line(out);
}

/* One line of a row: rest[k] is what is still to be said of the column that flows. false when nothing was left. */
static bool row_line(struct qf_buf *out, const struct doc_table *t, const struct doc_row *row,
                     const struct layout_column *l, bool first_line, const char **rest)
{
    bool more = false, first = true;
    for (size_t k = 0; k < t->n_columns; k++) {
        if (!l[k].shown)
            continue;
        const struct doc_cell *cell = &row->cells[k];
        pad(out, first ? 0 : gap_of(t));
        first = false;
        if (cell->share >= 0) {
            if (first_line)
                bar(out, cell->share);
            else
                pad(out, l[k].width);
        } else if (t->columns[k].flows) {
            size_t skip, n = layout_line(*rest, l[k].width, &measure, false, &skip);
            in_column(out, &t->columns[k], &l[k], *rest, n);
            *rest += n + skip;
            more = **rest != '\0';
        } else if (first_line)
            in_column(out, &t->columns[k], &l[k], cell->text, strlen(cell->text));
        else
            pad(out, l[k].width);
    }
    end_line(out);
    return more;
}

static void table(struct qf_buf *out, const struct doc_table *t)
{
    if (t == NULL)
        return;
    if (t->n_rows == 0) {
        paragraph(out, t->empty);
        return;
    }
    struct layout_column l[DOC_COLUMNS];
    struct layout_measure m = measure;
    m.gap = gap_of(t);
    layout_table(t, TEXT_COLUMNS, &m, l);
    head(out, t, l);
    for (size_t r = 0; r < t->n_rows && !out->failed; r++) {
        const char *rest = "";
        for (size_t k = 0; k < t->n_columns; k++)
            if (t->columns[k].flows)
                rest = t->rows[r].cells[k].text;
        bool more = row_line(out, t, &t->rows[r], l, true, &rest);
        while (more && !out->failed)
            more = row_line(out, t, &t->rows[r], l, false, &rest);
    }
}

static void panel(struct qf_buf *out, const struct doc_item *item)
{
    rule(out, item->title, item->aside);
    if (item->kind == DOC_FACTS)
        facts(out, item);
    else if (item->kind == DOC_TABLE)
        table(out, item->table);
    else if (item->kind == DOC_CHART)
        text_chart(item->chart, out);
    else
        paragraph(out, item->text);
    for (const struct doc_note *note = item->notes; note != NULL; note = note->next)
        paragraph(out, note->text);
}

void text_write(const struct doc *d, struct qf_buf *out)
{
    char line[256];
    qf_str_fmt(line, sizeof line, "%s, %s, %s, snapshot %s", d->title, d->date, d->mode, d->snapshot);
    paragraph(out, line);
    for (size_t i = 0; i < d->n && !out->failed; i++) {
        qf_buf_char(out, '\n');
        panel(out, &d->items[i]);
    }
}
