/* Which columns a list shows: those its width has room for, changed by what its user wants. */
#include <string.h>

#include "common/str.h"
#include "tui/table_in.h"

#define FLEX_MOST 14

static const struct tui_column *column_of(const struct tui_table *t, int i)
{
    return &t->def->columns[i];
}

/* A column without a title belongs to the titled one before it. Columns of one title are forms of one for several
 * widths. */
static int titled(const struct tui_table *t, int i)
{
    while (i > 0 && !column_of(t, i)->title[0])
        i--;
    return i;
}

static bool same_title(const struct tui_table *t, int a, int b)
{
    return strcmp(column_of(t, a)->title, column_of(t, b)->title) == 0;
}

static bool fits(const struct tui_column *c, int w)
{
    return w >= c->from_w && (c->to_w == 0 || w <= c->to_w);
}

/* The form of a column its user wants that stands in a panel of w columns although none is made for it. */
static bool is_forced(const struct tui_table *t, int i, int w)
{
    int best = -1;
    for (int k = 0; k < t->def->columns_n; k++) {
        if (!same_title(t, i, k))
            continue;
        if (fits(column_of(t, k), w))
            return false;
        if (best < 0 || column_of(t, k)->width < column_of(t, best)->width)
            best = k;
    }
    return best == i;
}

static bool is_shown(const struct tui_table *t, int i, int w)
{
    int8_t want = t->want[titled(t, i)];
    bool fit = fits(column_of(t, i), w);
    return want < 0 ? false : fit || (want > 0 && is_forced(t, i, w));
}

void table_columns_reset(struct tui_table *t)
{
    for (int i = 0; i < TABLE_COLUMNS; i++) {
        t->order[i] = (uint8_t)i;
        t->want[i] = 0;
    }
}

static void stretch(const struct tui_table *t, struct table_layout *l, int flex, int spare)
{
    if (column_of(t, l->column[flex])->flex == 1 && spare > FLEX_MOST)
        spare = FLEX_MOST; /* numbers far from the name they belong to are hard to read */
    l->w[flex] += spare;
    for (int i = flex + 1; i < l->n; i++)
        l->x[i] += spare;
}

void table_lay_out(const struct tui_table *t, int w, struct table_layout *l)
{
    int used = t->def->bare ? 0 : 1, flex = -1;
    l->n = 0;
    for (int k = 0; k < t->def->columns_n; k++) {
        int i = t->order[k], gap = l->n ? column_of(t, i)->gap : 0;
        if (!is_shown(t, i, w) || used + gap + column_of(t, i)->width > w)
            continue; /* a column that has no room is left out whole */
        l->column[l->n] = (uint8_t)i;
        l->x[l->n] = used + gap;
        l->w[l->n] = column_of(t, i)->width;
        if (column_of(t, i)->flex && flex < 0)
            flex = l->n;
        used += gap + column_of(t, i)->width;
        l->n++;
    }
    if (flex >= 0)
        stretch(t, l, flex, w - used);
}

/* --- choosing */

static bool is_first_of_title(const struct tui_table *t, int k)
{
    for (int i = 0; i < k; i++)
        if (same_title(t, t->order[i], t->order[k]))
            return false;
    return column_of(t, t->order[k])->title[0] != '\0';
}

static bool is_drawn(const struct tui_table *t, const struct table_layout *l, int column)
{
    for (int i = 0; i < l->n; i++)
        if (same_title(t, l->column[i], column))
            return true;
    return false;
}

int tui_table_choices(const struct tui_table *t, struct tui_column_choice *ret, int max)
{
    struct table_layout l;
    struct tui_table plain = *t;
    int n = 0;
    memset(plain.want, 0, sizeof plain.want);
    table_lay_out(&plain, t->shown_w, &l);
    for (int k = 0; k < t->def->columns_n && n < max; k++)
        if (is_first_of_title(t, k))
            ret[n++] = (struct tui_column_choice){column_of(t, t->order[k])->title, t->want[t->order[k]],
                                                  is_drawn(t, &l, t->order[k])};
    return n;
}

static bool is_in(const uint8_t *order, int n, int column)
{
    for (int i = 0; i < n; i++)
        if (order[i] == column)
            return true;
    return false;
}

/* All forms of a title, each with the columns that belong to it. Returns the next free place. */
static int append(struct tui_table *t, uint8_t *order, int n, const char *title, int8_t want)
{
    for (int i = 0; i < t->def->columns_n; i++)
        if (strcmp(column_of(t, titled(t, i))->title, title) == 0 && !is_in(order, n, i)) {
            order[n++] = (uint8_t)i;
            t->want[i] = want;
        }
    return n;
}

void tui_table_choose(struct tui_table *t, const struct tui_column_choice *choices, int n)
{
    uint8_t order[TABLE_COLUMNS];
    int at = 0;
    table_columns_reset(t);
    for (int i = 0; i < n; i++)
        if (choices[i].title[0] && at < t->def->columns_n)
            at = append(t, order, at, choices[i].title, choices[i].want);
    for (int i = 0; i < t->def->columns_n; i++) /* what the choices do not name stays behind them */
        if (!is_in(order, at, i))
            order[at++] = (uint8_t)i;
    memcpy(t->order, order, (size_t)t->def->columns_n);
}

void tui_table_used(const struct tui_table *t, int *ret_used, int *ret_w)
{
    struct table_layout l;
    table_lay_out(t, t->shown_w, &l);
    *ret_w = t->shown_w;
    *ret_used = l.n ? l.x[l.n - 1] + l.w[l.n - 1] : 0;
}
