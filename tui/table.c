#include "tui/table_in.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"

struct tui_table *tui_table_new(const struct tui_table_def *def, void *ctx)
{
    qf_assert(def->columns_n <= TABLE_COLUMNS);
    struct tui_table *t = qf_xalloc(sizeof *t);
    memset(t, 0, sizeof *t);
    t->def = def;
    t->ctx = ctx;
    t->sort = def->sort;
    t->page = 1;
    table_columns_reset(t);
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

const char *tui_table_sort_word(const struct tui_table *t)
{
    const char *word = t->def->columns[t->sort].sort_word;
    return word ? word : "";
}

/* --- order */

static int compare_column(const struct tui_table *t, int column, const struct table_entry *a, const struct table_entry *b)
{
    const struct tui_column *c = &t->def->columns[column];
    return c->compare ? c->compare(t->ctx, a->row, b->row) : 0;
}

static int compare_rows(const void *pa, const void *pb, void *arg)
{
    const struct tui_table *t = arg;
    const struct table_entry *a = pa, *b = pb;
    int c = compare_column(t, t->sort, a, b);
    if (t->turned)
        c = -c;
    for (int i = 0; i < t->def->columns_n && c == 0; i++)
        c = compare_column(t, i, a, b);
    return c ? c : (a->hash > b->hash) - (a->hash < b->hash);
}

static int compare_ranks(const void *pa, const void *pb)
{
    const struct table_entry *a = pa, *b = pb;
    return (a->rank > b->rank) - (a->rank < b->rank);
}

static int by_hash(const void *pa, const void *pb)
{
    const struct table_rank *a = pa, *b = pb;
    return (a->hash > b->hash) - (a->hash < b->hash);
}

/* Gives each row its place in the order before. False when a row is new or one has gone. */
static bool rank_rows(struct tui_table *t)
{
    if (t->n != t->ranks_n)
        return false;
    for (size_t i = 0; i < t->n; i++) {
        struct table_rank key = {t->view[i].hash, 0};
        const struct table_rank *r = bsearch(&key, t->ranks, t->ranks_n, sizeof *t->ranks, by_hash);
        if (!r)
            return false;
        t->view[i].rank = r->rank;
    }
    return true;
}

static void keep_ranks(struct tui_table *t)
{
    for (size_t i = 0; i < t->n; i++)
        t->ranks[i] = (struct table_rank){t->view[i].hash, i};
    t->ranks_n = t->n;
    if (t->n)
        qsort(t->ranks, t->n, sizeof *t->ranks, by_hash);
}

static void put_in_order(struct tui_table *t, qf_time now, bool hold)
{
    bool same_rows = rank_rows(t);
    bool settle =
        t->resort || !same_rows || (!hold && t->marks_n == 0 && (now - t->sorted_at >= QF_SEC || now < t->sorted_at));
    t->unsettled = !settle;
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

bool tui_table_waits(const struct tui_table *t, qf_time now, bool hold)
{
    bool may = !hold && t->marks_n == 0 && (now - t->sorted_at >= QF_SEC || now < t->sorted_at);
    return t->resort || (t->unsettled && may);
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
            t->view[t->n++] = (struct table_entry){rows[i], qf_rec_hash_key(t->def->rec, rows[i]), 0};
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

int table_mark_of(const struct tui_table *t, uint64_t hash)
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
    int at = table_mark_of(t, hash);
    if (at >= 0)
        t->marks[at] = t->marks[--t->marks_n];
    else if (t->marks_n < TABLE_MARKS)
        t->marks[t->marks_n++] = hash;
}

size_t tui_table_marked(const struct tui_table *t, const void **ret, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n && n < max; i++)
        if (t->marks_n && table_mark_of(t, t->view[i].hash) >= 0)
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
