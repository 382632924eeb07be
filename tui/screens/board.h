/* A screen as a board of panels: which one has the focus, zoom, and the keys every list understands. */
#ifndef QF_TUI_BOARD_H
#define QF_TUI_BOARD_H

#include "tui/app.h"

#define BOARD_PANES 14

struct board_pane {
    const char *name;        /* "positions": for the words while waiting, and for the palette */
    int topic;               /* enum qf_topic_id its age comes from; -1 = none */
    struct tui_table *table; /* a list: keys go to it */
    /* Draws the panel; NULL = the table does. */
    void (*draw)(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look);
    bool passive;      /* never has the focus */
    bool hides;        /* may get the focus while it is not shown: the layout then shows it */
    bool absent;       /* not for this role */
    struct tui_rect r; /* where it stands now; h = 0: not shown */
    const char *note;  /* before the age; set at every draw, NULL = none */
    enum tui_role note_role;
    uint64_t filled; /* version of the topic its table was filled from; 0 = not yet */
};

struct board {
    struct tui_app *app;
    void *screen;
    struct board_pane panes[BOARD_PANES];
    int n, focus;
    bool zoom;
    const void **kept; /* room for the rows of one fill */
    size_t kept_cap;
};

/* Adds a panel; returns its number. */
int board_add(struct board *b, const struct board_pane *pane);
void board_free(struct board *b); /* frees the tables */
/* Called before the screen lays its panels out: none is shown. */
void board_clear(struct board *b);
/* Draws what was laid out; a zoomed panel takes the whole body. */
void board_draw(struct board *b, const struct tui_view *v, struct tui_rect body);
/* Focus, zoom, and what the focused table does by itself. */
bool board_act(struct board *b, enum tui_action action);
/* The panel of that number gets the focus. */
void board_focus(struct board *b, int pane);
struct tui_table *board_list(const struct board *b); /* the focused table, or NULL */
/* The rows of a topic into a table, all of them; nothing is done while neither they nor their order changed. */
void board_fill(struct board *b, int pane, enum qf_topic_id topic, qf_time now);
/* The same, only those that pass. */
typedef bool (*board_keep_fn)(const void *row);
void board_fill_some(struct board *b, int pane, enum qf_topic_id topic, board_keep_fn keep, qf_time now);

/* Shares h lines among n panels: each gets at least least[i], then the focused one what it needs, then the others in
 * their order, and the last what is left. */
void board_share(int h, int n, const int *least, const int *need, int focus, int *ret);
/* The rule between two panels side by side. */
void board_rule(const struct tui_view *v, int x, struct tui_rect of);

#endif
