/* The document on A4: where each panel goes and when a page is full. */
#include <string.h>

#include "common/str.h"
#include "daemon/report/layout.h"
#include "daemon/report/leaf.h"
#include "daemon/report/writers.h"

#define EDGE 40.0  /* left and right */
#define FOOT 806.0 /* nothing of the document below */
#define WIDE (LEAF_W - 2 * EDGE)
#define BETWEEN 22.0 /* two panels side by side */
#define BODY 7.0
#define LINE 9.4
#define NOTE 6.2
#define AFTER 11.0 /* under a panel */
#define GAP 9.0    /* between columns */

struct sheet {
    struct leaf *p;
    const struct doc *d;
    double x, w, y; /* where the panel stands, how wide it is, how far down it is */
    int page, pages;
    bool breaks; /* a new page may begin inside of the panel */
};

static const enum leaf_ink inks[DOC_TONES] = {
    [DOC_PLAIN] = LEAF_INK, [DOC_DIM] = LEAF_DIM, [DOC_STRONG] = LEAF_INK, [DOC_UP] = LEAF_UP,
    [DOC_DOWN] = LEAF_DOWN, [DOC_OK] = LEAF_UP,   [DOC_WARN] = LEAF_WARN,  [DOC_BAD] = LEAF_BAD,
};

static double width_of(void *arg, const char *text, size_t n, bool strong)
{
    return leaf_width(arg, BODY, strong, text, n);
}

static double note_width_of(void *arg, const char *text, size_t n, bool strong)
{
    return leaf_width(arg, NOTE, strong, text, n);
}

static struct layout_measure measure_of(const struct sheet *s)
{
    return (struct layout_measure){.arg = s->p, .width = width_of, .gap = GAP, .bar = 60, .least = 100};
}

static void put(struct sheet *s, double size, bool bold, enum leaf_ink ink, int anchor, double x, double y,
                const char *text)
{
    leaf_text(s->p, size, bold, ink, anchor, x, y, text, strlen(text));
}

/* --- pages */
static enum leaf_ink mode_ink(const char *mode)
{
    return strcmp(mode, "REAL") == 0 ? LEAF_REAL : strcmp(mode, "PAPER") == 0 ? LEAF_PAPER : LEAF_SIMULATED;
}

static void page_head(struct sheet *s)
{
    bool first = s->page == 1;
    double base = first ? 58 : 44, size = first ? 17 : 9, mode = first ? 8 : 6.5;
    char right[128], at[QF_TIME_TEXT];
    qf_time_format(s->d->as_of, at);
    put(s, size, true, LEAF_HEAD, -1, EDGE, base, s->d->title);
    double w = leaf_width(s->p, mode, true, s->d->mode, strlen(s->d->mode)) + 12;
    leaf_box(s->p, mode_ink(s->d->mode), LEAF_W - EDGE - w, base - mode - 5, w, mode + 7);
    put(s, mode, true, LEAF_WHITE, 0, LEAF_W - EDGE - w / 2, base - 1.5, s->d->mode);
    put(s, size * 0.62, true, LEAF_INK, 1, LEAF_W - EDGE - w - 10, base, s->d->date);
    if (first) {
        put(s, 8, false, LEAF_DIM, -1, EDGE, base + 13, s->d->desk);
        qf_str_fmt(right, sizeof right, "as of %s, snapshot %s", at, s->d->snapshot);
        put(s, 7, false, LEAF_DIM, 1, LEAF_W - EDGE, base + 13, right);
    }
    s->y = base + (first ? 19 : 6);
    leaf_line(s->p, LEAF_HEAD, first ? 1.4 : .8, EDGE, s->y, LEAF_W - EDGE, s->y);
    s->y += 12;
}

static void page_foot(struct sheet *s)
{
    char text[160];
    leaf_line(s->p, LEAF_RULE, .5, EDGE, FOOT + 8, LEAF_W - EDGE, FOOT + 8);
    qf_str_fmt(text, sizeof text, "%s, %s, %s, snapshot %s", s->d->title, s->d->date, s->d->mode, s->d->snapshot);
    put(s, NOTE, false, LEAF_DIM, -1, EDGE, FOOT + 17, text);
    qf_str_fmt(text, sizeof text, "page %d of %d", s->page, s->pages);
    put(s, NOTE, false, LEAF_DIM, 1, LEAF_W - EDGE, FOOT + 17, text);
}

static void turn(struct sheet *s)
{
    page_foot(s);
    leaf_page(s->p);
    s->page++;
    page_head(s);
}

/* --- parts of a panel */
static void rule(struct sheet *s, const struct doc_item *item)
{
    if (item->title[0] == '\0')
        return;
    put(s, 8.2, true, LEAF_HEAD, -1, s->x, s->y + 7, item->title);
    put(s, NOTE + .4, false, LEAF_DIM, 1, s->x + s->w, s->y + 7, item->aside);
    leaf_line(s->p, LEAF_RULE, .7, s->x, s->y + 10.5, s->x + s->w, s->y + 10.5);
    s->y += 14;
}

static void paragraph(struct sheet *s, const char *text, enum leaf_ink ink, bool bold, bool small)
{
    struct layout_measure m = measure_of(s);
    m.width = small ? note_width_of : width_of;
    while (*text != '\0') {
        size_t skip, n = layout_line(text, s->w, &m, bold, &skip);
        if (s->breaks && s->y + LINE > FOOT)
            turn(s);
        leaf_text(s->p, small ? NOTE : BODY, bold, ink, -1, s->x, s->y + BODY, text, n);
        s->y += small ? 8.2 : LINE;
        text += n + skip;
    }
}

static void facts(struct sheet *s, const struct doc_item *item)
{
    size_t across = s->w < 400 ? 3 : item->n_facts % 5 == 0 || item->n_facts % 5 > item->n_facts % 4 + 1 ? 5 : 4;
    if (s->w >= 400 && item->n_facts % 4 == 1)
        across = 5; /* one alone in its line looks lost */
    for (size_t i = 0; i < item->n_facts; i += across) {
        double low = 0;
        for (size_t k = i; k < i + across && k < item->n_facts; k++) {
            const struct doc_fact *f = &item->facts[k];
            double x = s->x + s->w / (double)across * (double)(k - i);
            put(s, NOTE, false, LEAF_DIM, -1, x, s->y + 6, f->label);
            put(s, 9.2, true, inks[f->tone], -1, x, s->y + 17, f->value);
            put(s, BODY, false, f->beside[0] == '+' || f->beside[0] == '-' ? inks[f->tone] : LEAF_DIM, -1, x, s->y + 26,
                f->beside);
            low = f->beside[0] != '\0' || low > 0 ? 9 : 0;
        }
        s->y += 23 + low;
    }
}

static void number(struct sheet *s, const struct layout_column *l, double x, double y, const struct doc_cell *c,
                   bool bold)
{
    size_t n = strlen(c->text), point = doc_point(c->text);
    bool digits = point < n || (n > 0 && c->text[n - 1] >= '0' && c->text[n - 1] <= '9');
    double edge = x + l->width - (digits ? l->right : 0);
    if (!digits)
        point = n;
    leaf_text(s->p, BODY, bold, inks[c->tone], 1, edge, y, c->text, point);
    leaf_text(s->p, BODY, bold, inks[c->tone], -1, edge, y, c->text + point, n - point);
}

static void table_head(struct sheet *s, const struct doc_table *t, const struct layout_column *l)
{
    double x = s->x;
    for (size_t k = 0; k < t->n_columns; k++) {
        if (!l[k].shown)
            continue;
        bool right = t->columns[k].align == DOC_NUMBER;
        put(s, BODY, true, LEAF_DIM, right ? 1 : -1, right ? x + l[k].width : x, s->y + BODY, t->columns[k].head);
        x += l[k].width + GAP;
    }
    s->y += LINE + 1;
    leaf_line(s->p, LEAF_RULE, .5, s->x, s->y, s->x + s->w, s->y);
    s->y += 1.5;
}

static enum leaf_ink heat_ink(int heat)
{
    return heat > 0 ? (enum leaf_ink)(LEAF_P1 + heat - 1) : (enum leaf_ink)(LEAF_M1 - heat - 1);
}

static void cell(struct sheet *s, const struct doc_table *t, size_t k, const struct layout_column *l, double x,
                 const struct doc_row *row)
{
    const struct doc_cell *c = &row->cells[k];
    bool bold = row->total || c->tone == DOC_STRONG || c->tone == DOC_BAD;
    if (t->heat && c->heat != 0)
        leaf_box(s->p, heat_ink(c->heat), x - GAP / 2 + .4, s->y - .4, l->width + GAP - .8, LINE - .2);
    if (c->share >= 0)
        leaf_box(s->p, c->tone == DOC_PLAIN ? LEAF_BAR : inks[c->tone], x, s->y + 2, l->width * c->share / 1000, 5);
    else if (t->columns[k].align == DOC_NUMBER)
        number(s, l, x, s->y + BODY, c, bold);
    else if (!t->columns[k].flows)
        put(s, BODY, bold, inks[c->tone], -1, x, s->y + BODY, c->text);
}

/* Writes the lines of the column that flows; returns how far down they go. */
static double flow(struct sheet *s, const struct doc_table *t, const struct layout_column *l, const struct doc_row *row)
{
    struct layout_measure m = measure_of(s);
    double x = s->x, down = 0;
    for (size_t k = 0; k < t->n_columns; x += l[k].shown ? l[k].width + GAP : 0, k++) {
        if (!l[k].shown || !t->columns[k].flows)
            continue;
        const struct doc_cell *c = &row->cells[k];
        for (const char *text = c->text; *text != '\0';) {
            size_t skip, n = layout_line(text, l[k].width, &m, row->total || c->tone == DOC_BAD, &skip);
            leaf_text(s->p, BODY, row->total || c->tone == DOC_BAD, inks[c->tone], -1, x, s->y + down + BODY, text, n);
            down += 8.4;
            text += n + skip;
        }
    }
    return down;
}

static double row_height(struct sheet *s, const struct doc_table *t, const struct layout_column *l,
                         const struct doc_row *row)
{
    bool was = leaf_rehearse(s->p, true);
    double down = flow(s, t, l, row);
    leaf_rehearse(s->p, was);
    return down > 8.4 ? down + LINE - 8.4 : LINE;
}

static void table_row(struct sheet *s, const struct doc_table *t, const struct layout_column *l, size_t r, double h,
                      double used)
{
    const struct doc_row *row = &t->rows[r];
    if (row->total)
        leaf_line(s->p, LEAF_INK, .5, s->x, s->y, s->x + used, s->y);
    else if (r % 2 == 1 && !t->heat)
        leaf_box(s->p, LEAF_ZEBRA, s->x, s->y, s->w, h);
    double x = s->x;
    for (size_t k = 0; k < t->n_columns; k++) {
        if (!l[k].shown)
            continue;
        cell(s, t, k, &l[k], x, row);
        x += l[k].width + GAP;
    }
    flow(s, t, l, row);
    s->y += h;
}

/* Numbers spread over the width: what is left is shared among the columns, so that a table of few ends where its rule
 * ends. */
static double spread(const struct doc_table *t, double used, double room, struct layout_column *l)
{
    size_t n = 0;
    for (size_t k = 0; k < t->n_columns; k++)
        if (l[k].shown && t->columns[k].flows)
            return used;
    for (size_t k = 0; k < t->n_columns; k++)
        n += l[k].shown && (t->columns[k].align == DOC_NUMBER || t->columns[k].align == DOC_BAR);
    for (size_t k = 0; k < t->n_columns && n > 0; k++)
        if (l[k].shown && (t->columns[k].align == DOC_NUMBER || t->columns[k].align == DOC_BAR))
            l[k].width += (room - used) / (double)n;
    return n > 0 ? room : used;
}

static void table(struct sheet *s, const struct doc_table *t)
{
    if (t == NULL || t->n_rows == 0) {
        paragraph(s, t == NULL ? "" : t->empty, LEAF_DIM, false, false);
        return;
    }
    struct layout_column l[DOC_COLUMNS];
    struct layout_measure m = measure_of(s);
    double used = layout_table(t, s->w, &m, l);
    used = spread(t, used, s->w, l);
    table_head(s, t, l);
    for (size_t r = 0; r < t->n_rows; r++) {
        double h = row_height(s, t, l, &t->rows[r]);
        if (s->breaks && s->y + h > FOOT) {
            turn(s);
            table_head(s, t, l);
        }
        table_row(s, t, l, r, h, used);
    }
}

static double chart_height(const struct doc_item *item)
{
    return item->chart->under != NULL ? 190 : 118;
}

static void panel(struct sheet *s, const struct doc_item *item)
{
    rule(s, item);
    if (item->kind == DOC_FACTS)
        facts(s, item);
    else if (item->kind == DOC_TABLE)
        table(s, item->table);
    else if (item->kind == DOC_CHART) {
        leaf_chart(s->p, item->chart, s->x, s->y, s->w, chart_height(item));
        s->y += chart_height(item);
    } else
        paragraph(s, item->text, inks[item->tone], item->tone == DOC_BAD, false);
    for (const struct doc_note *note = item->notes; note != NULL; note = note->next)
        paragraph(s, note->text, note->tone == DOC_PLAIN ? LEAF_DIM : inks[note->tone], note->tone == DOC_BAD, true);
    s->y += AFTER;
}

/* How high a panel would be if a page had no end. */
static double height(const struct sheet *now, const struct doc_item *item, double w)
{
    struct sheet s = *now;
    s.w = w;
    s.breaks = false;
    bool was = leaf_rehearse(s.p, true);
    panel(&s, item);
    leaf_rehearse(s.p, was);
    return s.y - now->y;
}

/* A long table may begin with its head and a few rows; everything else stands as a whole. */
static double least_height(const struct sheet *s, const struct doc_item *item)
{
    double all = height(s, item, WIDE);
    bool parts = item->kind == DOC_TABLE || item->kind == DOC_SENTENCE;
    return parts && all > 80 ? 80 : all;
}

static void full(struct sheet *s, const struct doc_item *item)
{
    if (s->y + least_height(s, item) - AFTER > FOOT)
        turn(s);
    s->x = EDGE;
    s->w = WIDE;
    s->breaks = true;
    panel(s, item);
}

static void pair(struct sheet *s, const struct doc_item *left, const struct doc_item *right)
{
    double w = (WIDE - BETWEEN) / 2, a = height(s, left, w), b = height(s, right, w), most = a > b ? a : b;
    if (most > FOOT - 70) { /* more than a page: one after the other */
        full(s, left);
        full(s, right);
        return;
    }
    if (s->y + most - AFTER > FOOT)
        turn(s);
    double top = s->y;
    s->w = w;
    s->breaks = false;
    s->x = EDGE;
    panel(s, left);
    s->y = top;
    s->x = EDGE + w + BETWEEN;
    panel(s, right);
    s->y = top + most;
}

static void all_pages(struct sheet *s)
{
    s->page = 1;
    page_head(s);
    for (size_t i = 0; i < s->d->n; i++) {
        const struct doc_item *item = &s->d->items[i];
        if (item->half && i + 1 < s->d->n && s->d->items[i + 1].half)
            pair(s, item, &s->d->items[++i]);
        else
            full(s, item);
    }
    page_foot(s);
    leaf_page(s->p);
}

enum qf_err pdf_write(const struct doc *d, struct qf_buf *out, const char **ret_why)
{
    char at[QF_TIME_TEXT], subject[96];
    qf_time_format(d->as_of, at);
    qf_str_fmt(subject, sizeof subject, "%s, snapshot %s", d->mode, d->snapshot);
    const struct leaf_about about = {d->title, subject, at};
    struct leaf *p = leaf_new(out, &about, ret_why);
    if (p == NULL)
        return QF_EIO;
    struct sheet s = {.p = p, .d = d};
    leaf_rehearse(p, true); /* once to count the pages, once to write them */
    all_pages(&s);
    s.pages = s.page;
    leaf_rehearse(p, false);
    all_pages(&s);
    return leaf_end(p, ret_why);
}
