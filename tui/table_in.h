/* Inside of a list panel: table.c keeps the rows, table_columns.c knows which columns are shown where, table_draw.c
 * draws. */
#ifndef QF_TUI_TABLE_IN_H
#define QF_TUI_TABLE_IN_H

#include "tui/table.h"

#define TABLE_MARKS 64
#define TABLE_COLUMNS 24

struct table_entry {
    const void *row;
    uint64_t hash;
    size_t rank; /* place in the order before */
};

struct table_rank {
    uint64_t hash;
    size_t rank;
};

struct tui_table {
    const struct tui_table_def *def;
    void *ctx;
    int sort;
    bool turned;
    struct table_entry *view;
    const void **rows;  /* of view, for the caller */
    struct table_rank *ranks; /* by hash: the order as it was drawn */
    size_t n, all, cap, ranks_n;
    qf_time sorted_at;
    bool resort, unsettled; /* unsettled: the order was held although values changed */
    void *selected; /* a record of which only the key counts; NULL = the first row */
    size_t at;      /* where the selection stood, for when its row goes */
    size_t top, page;
    uint64_t marks[TABLE_MARKS];
    int marks_n;
    struct tui_filter *filter;
    char filter_text[TUI_FILTER_MAX + 1];
    uint8_t order[TABLE_COLUMNS]; /* of the columns, from the left */
    int8_t want[TABLE_COLUMNS];   /* the user's wish: 1 shown, -1 not, 0 as the width says */
    int shown_w;                  /* columns there were at the last draw */
};

/* Columns as they stand in a panel of some width, from the left. */
struct table_layout {
    int n;
    uint8_t column[TABLE_COLUMNS];
    int x[TABLE_COLUMNS], w[TABLE_COLUMNS];
};
void table_lay_out(const struct tui_table *t, int w, struct table_layout *l);
/* As the definition has them. */
void table_columns_reset(struct tui_table *t);

/* Is the row of that key marked? Its place among the marks, or -1. */
int table_mark_of(const struct tui_table *t, uint64_t hash);

#endif
