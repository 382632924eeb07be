/* How a list panel looks. */
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/chart.h"
#include "tui/table_in.h"

static void draw_value(struct tui_canvas *c, int x, int y, int w, enum tui_align align, const struct tui_value *v)
{
    unsigned flags = tui_canvas_flags(c, 0);
    tui_canvas_flags(c, v->own_role ? flags & ~(unsigned)TUI_F_STALE : flags);
    const char *text = v->more ? v->more : v->text;
    if (v->kind == TUI_V_BAR)
        tui_bar(c, x, y, w, v->role, v->permille);
    else if (v->kind == TUI_V_SPARK)
        tui_spark(c, x, y, w, v->role, v->points, v->points_n);
    else if (align == TUI_RIGHT)
        tui_text_right(c, v->glyph ? x + 1 : x, y, v->glyph ? w - 1 : w, v->role, text);
    else
        tui_text_fit(c, v->glyph ? x + 2 : x, y, v->glyph ? w - 2 : w, v->role, text);
    if (v->glyph && v->glyph != ' ')
        tui_glyph(c, x, y, v->glyph_role, v->glyph, v->ascii ? v->ascii : '?');
    tui_canvas_flags(c, flags);
}

static void draw_row(const struct tui_table *t, struct tui_canvas *c, struct tui_rect r, const struct table_layout *l,
                     const void *row)
{
    for (int i = 0; i < l->n; i++) {
        const struct tui_column *column = &t->def->columns[l->column[i]];
        struct tui_value v;
        memset(&v, 0, sizeof v);
        v.width = l->w[i];
        column->value(t->ctx, row, &v);
        draw_value(c, r.x + l->x[i], r.y, l->w[i], column->align, &v);
    }
}

static void draw_entry(const struct tui_table *t, struct tui_canvas *c, struct tui_rect r, const struct table_layout *l,
                       size_t i, const struct tui_table_look *look)
{
    bool selected = look->focused && t->rows[i] == tui_table_selected(t),
         marked = t->marks_n && table_mark_of(t, t->view[i].hash) >= 0;
    bool stale = look->stale || look->error || (t->def->stale && t->def->stale(t->ctx, t->rows[i]));
    unsigned before = tui_canvas_flags(c, 0);
    tui_canvas_flags(c, before | (selected ? TUI_F_SELECTED : 0U) | (stale ? TUI_F_STALE : 0U));
    if (selected)
        tui_fill(c, r, TUI_TEXT, ' ', ' ');
    draw_row(t, c, r, l, t->rows[i]);
    if (!t->def->bare && (selected || marked))
        tui_glyph(c, r.x, r.y, marked ? TUI_ACCENT : TUI_TEXT, marked ? '*' : '>', '>');
    tui_canvas_flags(c, before);
}

static void draw_titles(const struct tui_table *t, struct tui_canvas *c, struct tui_rect r, const struct table_layout *l)
{
    for (int i = 0; i < l->n; i++) {
        const struct tui_column *column = &t->def->columns[l->column[i]];
        int x = r.x + l->x[i];
        const struct tui_column *sorted = &t->def->columns[t->sort]; /* or the same order in another width's column */
        bool here = l->column[i] == t->sort || (column->compare && column->compare == sorted->compare);
        bool arrow = here && (t->turned || t->sort != t->def->sort);
        if (column->align == TUI_RIGHT)
            tui_text_right(c, x, r.y, l->w[i], TUI_DIM, column->title);
        else
            tui_text_fit(c, x, r.y, l->w[i], TUI_DIM, column->title);
        int len = (int)qf_str_columns(column->title), at = column->align == TUI_RIGHT ? x + l->w[i] - len - 1 : x + len;
        if (arrow) /* in the blank beside the title: left of numbers, right of words */
            tui_glyph(c, at, r.y, TUI_ACCENT, t->turned ? 0x25bc : 0x25b2, t->turned ? 'v' : '^');
    }
}

/* A row made of values that belong to no record. Its words may run on over columns that stay blank. */
static void draw_summary(const struct tui_table *t, struct tui_canvas *c, struct tui_rect r, const struct table_layout *l,
                         const struct tui_value *v)
{
    for (int i = 0; i < l->n; i++) {
        const struct tui_column *column = &t->def->columns[l->column[i]];
        int end = i + 1;
        while (end < l->n && column->align == TUI_LEFT && !v[end].text[0] && !v[end].more)
            end++;
        int w = column->align == TUI_LEFT ? (end < l->n ? l->x[end] - 1 : r.w) - l->x[i] : l->w[i];
        if (v[i].text[0] || v[i].more)
            draw_value(c, r.x + l->x[i], r.y, w, column->align, &v[i]);
    }
}

static void draw_others(const struct tui_table *t, struct tui_canvas *c, struct tui_rect r, const struct table_layout *l,
                        size_t shown)
{
    struct tui_value v[TABLE_COLUMNS];
    memset(v, 0, sizeof v);
    for (int i = 0; i < l->n; i++) {
        v[i].width = l->w[i];
        v[i].role = TUI_DIM;
        t->def->others(t->ctx, (const void *const *)t->rows + t->top, shown, t->n - shown, l->column[i], &v[i]);
    }
    draw_summary(t, c, r, l, v);
}

static void draw_total(const struct tui_table *t, struct tui_canvas *c, struct tui_rect r, const struct table_layout *l)
{
    struct tui_value v[TABLE_COLUMNS];
    memset(v, 0, sizeof v);
    for (int i = 0; i < l->n; i++) {
        v[i].width = l->w[i];
        v[i].role = TUI_HEADING;
        t->def->total(t->ctx, l->column[i], &v[i]);
    }
    draw_summary(t, c, r, l, v);
}

static void draw_heading(const struct tui_table *t, struct tui_canvas *c, struct tui_rect r, size_t shown,
                         const struct tui_table_look *look)
{
    char title[TUI_FILTER_MAX + 128];
    size_t n = qf_str_fmt(title, sizeof title, "%s", t->def->title);
    const char *word = t->def->columns[t->sort].sort_word;
    if (!look->loading && !(t->def->plain && !t->filter)) {
        if (t->n < t->all)
            n += qf_str_fmt(title + n, sizeof title - n, " %zu of %zu", t->n, t->all);
        else if (shown < t->n)
            n += qf_str_fmt(title + n, sizeof title - n, " %zu of %zu", shown, t->n);
        else
            n += qf_str_fmt(title + n, sizeof title - n, " %zu", t->n);
        if (word && t->n)
            n += qf_str_fmt(title + n, sizeof title - n, ", %s", word);
        if (t->filter)
            qf_str_fmt(title + n, sizeof title - n, ", / %s", t->filter_text);
    }
    const char *words = look->title && !look->loading ? look->title : title;
    struct tui_heading h = {words, look->note, look->age, look->note_role, look->age_role, look->focused};
    tui_heading(c, r.x, r.y, r.w, &h);
}

/* The first row shown: as little movement as possible, the selected row always in sight. */
static void scroll(struct tui_table *t, size_t page)
{
    size_t at = t->selected ? t->at : 0;
    t->page = page ? page : 1;
    if (at < t->top)
        t->top = at;
    if (at >= t->top + t->page)
        t->top = at - t->page + 1;
    if (t->top + t->page > t->n)
        t->top = t->n > t->page ? t->n - t->page : 0;
}

static void draw_empty(const struct tui_table *t, struct tui_canvas *c, struct tui_rect r)
{
    if (t->filter && t->all)
        tui_text_fit(c, r.x + 1, r.y, r.w - 1, TUI_DIM, "no row passes the filter; / then Esc clears it");
    else
        tui_text_fit(c, r.x + 1, r.y, r.w - 1, TUI_DIM, t->def->empty);
}

void tui_table_draw(struct tui_table *t, struct tui_canvas *c, struct tui_rect r, const struct tui_table_look *look)
{
    struct table_layout l;
    if (r.h < 1 || r.w < 4)
        return;
    struct tui_rect clip = tui_canvas_clip(c, r), line = {r.x, r.y + 1, r.w, 1};
    int titles = t->def->bare || look->no_titles ? 0 : 1, total = t->def->total && t->n && !look->no_total ? 1 : 0,
        error = look->error ? 1 : 0;
    int room = r.h - 1 - titles - total - error;
    bool others = t->def->others && room > 1 && t->n > (size_t)room;
    size_t page = room > 0 ? (size_t)room - others : 0;
    scroll(t, page);
    /* a rule stands right of panels that do not end at the edge: nothing may touch it */
    int inner = r.x + r.w < tui_canvas_w(c) ? r.w - 1 : r.w;
    t->shown_w = inner;
    table_lay_out(t, inner, &l);
    draw_heading(t, c, r, page < t->n ? page : t->n, look);
    if (error)
        tui_text_fit(c, line.x + 1, line.y++, r.w - 1, TUI_BAD, look->error);
    if (look->loading) {
        tui_text_fit(c, line.x + 1, line.y, r.w - 1, TUI_DIM, look->loading);
    } else if (t->n == 0) {
        draw_empty(t, c, line);
    } else {
        if (titles)
            draw_titles(t, c, line, &l);
        line.y += titles;
        for (size_t i = t->top; i < t->n && i < t->top + page; i++, line.y++)
            draw_entry(t, c, line, &l, i, look);
        if (others)
            draw_others(t, c, (struct tui_rect){line.x, line.y++, line.w, 1}, &l, page);
        if (total)
            draw_total(t, c, line, &l);
    }
    tui_canvas_clip(c, clip);
}

int tui_table_height(const struct tui_table *t)
{
    if (t->n == 0)
        return 2;
    return 1 + (t->def->bare ? 0 : 1) + (int)t->n + (t->def->total ? 1 : 0);
}
