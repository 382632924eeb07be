#include "tui/table.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/chart.h"

#define MAX_MARKS 64
#define MAX_COLUMNS 24
#define FLEX_MOST 14

struct entry {
    const void *row;
    uint64_t hash;
    size_t rank; /* place in the order before */
};

struct rank {
    uint64_t hash;
    size_t rank;
};

struct tui_table {
    const struct tui_table_def *def;
    void *ctx;
    int sort;
    bool turned;
    struct entry *view;
    const void **rows;  /* of view, for the caller */
    struct rank *ranks; /* by hash: the order as it was drawn */
    size_t n, all, cap, ranks_n;
    qf_time sorted_at;
    bool resort;
    void *selected; /* a record of which only the key counts; NULL = the first row */
    size_t at;      /* where the selection stood, for when its row goes */
    size_t top, page;
    uint64_t marks[MAX_MARKS];
    int marks_n;
    struct tui_filter *filter;
    char filter_text[TUI_FILTER_MAX + 1];
};

struct tui_table *tui_table_new(const struct tui_table_def *def, void *ctx)
{
    qf_assert(def->columns_n <= MAX_COLUMNS);
    struct tui_table *t = qf_xalloc(sizeof *t);
    memset(t, 0, sizeof *t);
    t->def = def;
    t->ctx = ctx;
    t->sort = def->sort;
    t->page = 1;
    return t;
}

void tui_table_free(struct tui_table *t)
{
    if (!t)
        return;
    tui_filter_free(t->filter);
    free(t->view);
    free(t->rows);
    free(t->ranks);
    free(t->selected);
    free(t);
}

const struct tui_table_def *tui_table_def(const struct tui_table *t)
{
    return t->def;
}

/* --- order */

static int compare_column(const struct tui_table *t, int column, const struct entry *a, const struct entry *b)
{
    const struct tui_column *c = &t->def->columns[column];
    return c->compare ? c->compare(t->ctx, a->row, b->row) : 0;
}

static int compare_rows(const void *pa, const void *pb, void *arg)
{
    const struct tui_table *t = arg;
    const struct entry *a = pa, *b = pb;
    int c = compare_column(t, t->sort, a, b);
    if (t->turned)
        c = -c;
    for (int i = 0; i < t->def->columns_n && c == 0; i++)
        c = compare_column(t, i, a, b);
    return c ? c : (a->hash > b->hash) - (a->hash < b->hash);
}

static int compare_ranks(const void *pa, const void *pb)
{
    const struct entry *a = pa, *b = pb;
    return (a->rank > b->rank) - (a->rank < b->rank);
}

static int by_hash(const void *pa, const void *pb)
{
    const struct rank *a = pa, *b = pb;
    return (a->hash > b->hash) - (a->hash < b->hash);
}

/* Gives each row its place in the order before. False when a row is new or one has gone. */
static bool rank_rows(struct tui_table *t)
{
    if (t->n != t->ranks_n)
        return false;
    for (size_t i = 0; i < t->n; i++) {
        struct rank key = {t->view[i].hash, 0};
        const struct rank *r = bsearch(&key, t->ranks, t->ranks_n, sizeof *t->ranks, by_hash);
        if (!r)
            return false;
        t->view[i].rank = r->rank;
    }
    return true;
}

static void keep_ranks(struct tui_table *t)
{
    for (size_t i = 0; i < t->n; i++)
        t->ranks[i] = (struct rank){t->view[i].hash, i};
    t->ranks_n = t->n;
    if (t->n)
        qsort(t->ranks, t->n, sizeof *t->ranks, by_hash);
}

static void put_in_order(struct tui_table *t, qf_time now, bool hold)
{
    bool same_rows = rank_rows(t);
    bool settle =
        t->resort || !same_rows || (!hold && t->marks_n == 0 && (now - t->sorted_at >= QF_SEC || now < t->sorted_at));
    if (!settle) {
        if (t->n)
            qsort(t->view, t->n, sizeof *t->view, compare_ranks);
        return;
    }
    if (t->n)
        qsort_r(t->view, t->n, sizeof *t->view, compare_rows, t);
    keep_ranks(t);
    t->sorted_at = now;
    t->resort = false;
}

static void make_room(struct tui_table *t, size_t n)
{
    if (n <= t->cap)
        return;
    t->cap = n + n / 2 + 16;
    t->view = qf_xrealloc(t->view, t->cap * sizeof *t->view);
    t->rows = qf_xrealloc(t->rows, t->cap * sizeof *t->rows);
    t->ranks = qf_xrealloc(t->ranks, t->cap * sizeof *t->ranks);
}

/* --- selection */

static void keep_selected(struct tui_table *t, size_t at)
{
    if (t->n == 0)
        return;
    t->at = at < t->n ? at : t->n - 1;
    if (!t->selected)
        t->selected = qf_xalloc(t->def->rec->size);
    memcpy(t->selected, t->rows[t->at], t->def->rec->size);
}

/* Where the selected record is now; when it has gone the row that took its place is selected. */
static void find_selected(struct tui_table *t)
{
    for (size_t i = 0; t->selected && i < t->n; i++)
        if (qf_rec_same_key(t->def->rec, t->rows[i], t->selected)) {
            t->at = i;
            return;
        }
    if (t->selected)
        keep_selected(t, t->at);
}

void tui_table_fill(struct tui_table *t, const void *const *rows, size_t n, qf_time now, bool hold)
{
    make_room(t, n);
    t->n = 0;
    t->all = n;
    for (size_t i = 0; i < n; i++)
        if (!t->filter || tui_filter_match(t->filter, rows[i]))
            t->view[t->n++] = (struct entry){rows[i], qf_rec_hash_key(t->def->rec, rows[i]), 0};
    put_in_order(t, now, hold);
    for (size_t i = 0; i < t->n; i++)
        t->rows[i] = t->view[i].row;
    find_selected(t);
}

const void *tui_table_selected(const struct tui_table *t)
{
    if (t->n == 0)
        return NULL;
    return t->rows[t->selected && t->at < t->n ? t->at : 0];
}

void tui_table_select(struct tui_table *t, const void *key)
{
    for (size_t i = 0; i < t->n; i++)
        if (qf_rec_same_key(t->def->rec, t->rows[i], key))
            keep_selected(t, i);
}

size_t tui_table_view(const struct tui_table *t, const void *const **ret)
{
    *ret = (const void *const *)t->rows;
    return t->n;
}

size_t tui_table_all(const struct tui_table *t)
{
    return t->all;
}

/* --- marks */

static int mark_of(const struct tui_table *t, uint64_t hash)
{
    for (int i = 0; i < t->marks_n; i++)
        if (t->marks[i] == hash)
            return i;
    return -1;
}

static void turn_mark(struct tui_table *t)
{
    if (t->n == 0)
        return;
    uint64_t hash = qf_rec_hash_key(t->def->rec, tui_table_selected(t));
    int at = mark_of(t, hash);
    if (at >= 0)
        t->marks[at] = t->marks[--t->marks_n];
    else if (t->marks_n < MAX_MARKS)
        t->marks[t->marks_n++] = hash;
}

size_t tui_table_marked(const struct tui_table *t, const void **ret, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n && n < max; i++)
        if (t->marks_n && mark_of(t, t->view[i].hash) >= 0)
            ret[n++] = t->rows[i];
    return n;
}

void tui_table_unmark(struct tui_table *t)
{
    t->marks_n = 0;
}

/* --- filter */

bool tui_table_filter(struct tui_table *t, const char *text, char *why, size_t cap)
{
    struct tui_filter *f = NULL;
    if (text[0] && !(f = tui_filter_new(t->def->rec, text, why, cap)))
        return false;
    tui_filter_free(t->filter);
    t->filter = f;
    qf_str_copy(t->filter_text, sizeof t->filter_text, text);
    t->resort = true;
    return true;
}

const char *tui_table_filter_text(const struct tui_table *t)
{
    return t->filter_text;
}

/* --- keys */

static bool move_to(struct tui_table *t, size_t at)
{
    keep_selected(t, at);
    return true;
}

static void next_sort(struct tui_table *t)
{
    for (int i = 1; i <= t->def->columns_n; i++) {
        int column = (t->sort + i) % t->def->columns_n;
        if (t->def->columns[column].sort_word) {
            t->sort = column;
            break;
        }
    }
    t->turned = false;
    t->resort = true;
}

bool tui_table_act(struct tui_table *t, enum tui_action action)
{
    size_t at = t->selected ? t->at : 0, half = t->page / 2 ? t->page / 2 : 1;
    switch (action) {
    case TUI_DO_UP:
        return move_to(t, at ? at - 1 : 0);
    case TUI_DO_DOWN:
        return move_to(t, at + 1);
    case TUI_DO_FIRST:
        return move_to(t, 0);
    case TUI_DO_LAST:
        return move_to(t, t->n);
    case TUI_DO_HALF_UP:
        return move_to(t, at > half ? at - half : 0);
    case TUI_DO_HALF_DOWN:
        return move_to(t, at + half);
    case TUI_DO_MARK:
        turn_mark(t);
        return true;
    case TUI_DO_SORT:
        next_sort(t);
        return true;
    case TUI_DO_TURN:
        t->turned = !t->turned;
        t->resort = true;
        return true;
    default:
        return false;
    }
}

/* --- drawing */

/* Columns that are shown in a panel of w columns, and where they begin. */
struct layout {
    int n;
    uint8_t column[MAX_COLUMNS];
    int x[MAX_COLUMNS], w[MAX_COLUMNS];
};

static bool is_shown(const struct tui_column *c, int w)
{
    return w >= c->from_w && (c->to_w == 0 || w <= c->to_w);
}

static void lay_out(const struct tui_table *t, int w, struct layout *l)
{
    int used = t->def->bare ? 0 : 1, flex = -1;
    l->n = 0;
    for (int i = 0; i < t->def->columns_n; i++) {
        const struct tui_column *c = &t->def->columns[i];
        int gap = l->n || !t->def->bare ? c->gap : 0;
        if (l->n == 0)
            gap = 0;
        if (!is_shown(c, w) || used + gap + c->width > w)
            continue; /* a column that has no room is left out whole */
        l->column[l->n] = (uint8_t)i;
        l->x[l->n] = used + gap;
        l->w[l->n] = c->width;
        if (c->flex && flex < 0)
            flex = l->n;
        used += gap + c->width;
        l->n++;
    }
    if (flex < 0)
        return;
    int spare = w - used;
    if (t->def->columns[l->column[flex]].flex == 1 && spare > FLEX_MOST)
        spare = FLEX_MOST; /* numbers far from the name they belong to are hard to read */
    l->w[flex] += spare;
    for (int i = flex + 1; i < l->n; i++)
        l->x[i] += spare;
}

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

static void draw_row(const struct tui_table *t, struct tui_canvas *c, struct tui_rect r, const struct layout *l,
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

static void draw_entry(const struct tui_table *t, struct tui_canvas *c, struct tui_rect r, const struct layout *l,
                       size_t i, const struct tui_table_look *look)
{
    bool selected = look->focused && t->rows[i] == tui_table_selected(t),
         marked = t->marks_n && mark_of(t, t->view[i].hash) >= 0;
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

static void draw_titles(const struct tui_table *t, struct tui_canvas *c, struct tui_rect r, const struct layout *l)
{
    for (int i = 0; i < l->n; i++) {
        const struct tui_column *column = &t->def->columns[l->column[i]];
        int x = r.x + l->x[i];
        bool arrow = l->column[i] == t->sort && (t->turned || t->sort != t->def->sort);
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
static void draw_summary(const struct tui_table *t, struct tui_canvas *c, struct tui_rect r, const struct layout *l,
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

static void draw_others(const struct tui_table *t, struct tui_canvas *c, struct tui_rect r, const struct layout *l,
                        size_t shown)
{
    struct tui_value v[MAX_COLUMNS];
    memset(v, 0, sizeof v);
    for (int i = 0; i < l->n; i++) {
        v[i].width = l->w[i];
        v[i].role = TUI_DIM;
        t->def->others(t->ctx, (const void *const *)t->rows + t->top, shown, t->n - shown, l->column[i], &v[i]);
    }
    draw_summary(t, c, r, l, v);
}

static void draw_total(const struct tui_table *t, struct tui_canvas *c, struct tui_rect r, const struct layout *l)
{
    struct tui_value v[MAX_COLUMNS];
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
    struct layout l;
    if (r.h < 1 || r.w < 4)
        return;
    struct tui_rect clip = tui_canvas_clip(c, r), line = {r.x, r.y + 1, r.w, 1};
    int titles = t->def->bare || look->no_titles ? 0 : 1, total = t->def->total && t->n ? 1 : 0,
        error = look->error ? 1 : 0;
    int room = r.h - 1 - titles - total - error;
    bool others = t->def->others && room > 1 && t->n > (size_t)room;
    size_t page = room > 0 ? (size_t)room - others : 0;
    scroll(t, page);
    /* a rule stands right of panels that do not end at the edge: nothing may touch it */
    int inner = r.x + r.w < tui_canvas_w(c) ? r.w - 1 : r.w;
    lay_out(t, inner, &l);
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
