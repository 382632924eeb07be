/* A list panel: columns of a record, a selection that follows its record, order, filter, marks, a row of totals, and
 * the sentence that stands there when there is nothing. */
#ifndef QF_TUI_TABLE_H
#define QF_TUI_TABLE_H

#include "common/clock.h"
#include "common/proto/record.h"
#include "tui/canvas.h"
#include "tui/filter.h"
#include "tui/format.h"
#include "tui/keys.h"

enum tui_align { TUI_LEFT, TUI_RIGHT };
enum tui_value_kind { TUI_V_TEXT, TUI_V_BAR, TUI_V_SPARK };

/* What a cell shows; zeroed = blank. */
struct tui_value {
    int width; /* given: columns there are */
    enum tui_value_kind kind;
    char text[TUI_FMT];
    const char *more; /* text that may be longer, instead; it must outlive the draw */
    enum tui_role role;
    uint32_t glyph; /* stands in the cell's first column; 0 = none */
    char ascii;     /* its form without UTF-8 */
    enum tui_role glyph_role;
    int64_t permille;     /* of a bar */
    const double *points; /* of a spark line; they must outlive the draw */
    int points_n;
    bool own_role; /* a stale row does not grey this cell */
};

struct tui_column {
    const char *title;
    uint8_t width, gap; /* gap: blanks before it */
    enum tui_align align;
    uint8_t flex; /* takes columns nobody needs; the first such that is shown. 1: up to 14 more; 2: all of them */
    uint16_t from_w, to_w; /* shown in panels of at least and at most so many columns; 0 = no bound */
    const char *sort_word; /* "by symbol"; NULL = the list is not sorted by it */
    void (*value)(void *ctx, const void *row, struct tui_value *v);
    int (*compare)(void *ctx, const void *a, const void *b); /* NULL = by the rows' keys, as they hash */
};

struct tui_table_def {
    const char *title; /* "Positions" */
    const char *empty; /* "no working orders; b opens a ticket" */
    const struct qf_rec *rec;
    const struct tui_column *columns;
    int columns_n;
    int sort;                                  /* column it is ordered by at first */
    bool bare;                                 /* no column for the marker before the row, and no line of titles */
    bool plain;                                /* the heading is the title alone: neither count nor order */
    bool (*stale)(void *ctx, const void *row); /* grey row; NULL = none is */
    void (*total)(void *ctx, int column, struct tui_value *ret); /* the row at the foot; NULL = none */
    /* A row above the total that stands for the rows there is no room for, given those shown; NULL = none. */
    void (*others)(void *ctx, const void *const *shown, size_t shown_n, size_t hidden, int column,
                   struct tui_value *ret);
};

struct tui_table;

/* def is kept by pointer; ctx goes to its functions. */
struct tui_table *tui_table_new(const struct tui_table_def *def, void *ctx);
void tui_table_free(struct tui_table *t);

/* The rows there are now, in any order. They must live until the next fill or the last use before it. hold: the order
 * stays as it is (a dialog is open). Rows are put in order again when some came or went, else at most once a second. */
void tui_table_fill(struct tui_table *t, const void *const *rows, size_t n, qf_time now, bool hold);

/* The same rows again would change something: another order or filter was asked for, or the order may settle now. */
bool tui_table_waits(const struct tui_table *t, qf_time now, bool hold);

/* --- columns */
struct tui_column_choice {
    const char *title;
    int8_t want;  /* the user's wish: 1 shown, -1 not, 0 as the width says */
    bool natural; /* given: it stands there at the present width without any wish */
};
/* The columns in their order; those without a title go with the one before. Returns how many. */
int tui_table_choices(const struct tui_table *t, struct tui_column_choice *ret, int max);
/* Another order and other wishes; titles the list does not have are ignored. n = 0: as it was made. */
void tui_table_choose(struct tui_table *t, const struct tui_column_choice *choices, int n);
/* Columns of the screen that are used, of those the panel has. */
void tui_table_used(const struct tui_table *t, int *ret_used, int *ret_w);

/* What stands round the rows. */
struct tui_table_look {
    const char *title; /* in place of title, count and order; NULL = those */
    const char *age, *note;
    enum tui_role age_role, note_role;
    const char *loading; /* shown in place of rows: "waiting for positions, 0.4s" */
    const char *error;   /* shown above the rows, which go grey */
    bool focused, stale;
    bool no_titles; /* no line of column titles: every row counts */
    bool no_total;  /* nor the row at the foot */
};
void tui_table_draw(struct tui_table *t, struct tui_canvas *c, struct tui_rect r, const struct tui_table_look *look);

/* Moves, sorts, marks; true when the action was one of these and did something. */
bool tui_table_act(struct tui_table *t, enum tui_action action);
/* The selected row; NULL when the list is empty. */
const void *tui_table_selected(const struct tui_table *t);
/* Selects the row with that key, if it is there. */
void tui_table_select(struct tui_table *t, const void *key);
/* Rows as ordered and filtered; returns how many. */
size_t tui_table_view(const struct tui_table *t, const void *const **ret);
/* Rows before the filter. */
size_t tui_table_all(const struct tui_table *t);
/* Marked rows that are still there, at most max; 0 when none is marked. */
size_t tui_table_marked(const struct tui_table *t, const void **ret, size_t max);
void tui_table_unmark(struct tui_table *t);
/* False and a reason when the text is not a filter; the one in use then stays. "" ends filtering. */
bool tui_table_filter(struct tui_table *t, const char *text, char *why, size_t cap);
const char *tui_table_filter_text(const struct tui_table *t);
const struct tui_table_def *tui_table_def(const struct tui_table *t);
/* "by symbol": what it is ordered by now. */
const char *tui_table_sort_word(const struct tui_table *t);
/* Lines it needs to show everything: heading, titles, rows, totals. */
int tui_table_height(const struct tui_table *t);

#endif
