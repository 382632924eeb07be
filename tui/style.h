/* Roles and palettes: what a screen means, and how a theme shows it. Screens name roles only; colours live in one table
 * (style.c) and nowhere else. */
#ifndef QF_TUI_STYLE_H
#define QF_TUI_STYLE_H

#include "common/base.h"

enum tui_role {
    TUI_TEXT,    /* body */
    TUI_DIM,     /* labels, units, ages */
    TUI_RULE,    /* heading and column rules */
    TUI_HEADING, /* titles, totals */
    TUI_UP,      /* gain, fine */
    TUI_DOWN,    /* loss */
    TUI_WARN,    /* near a limit, ageing */
    TUI_BAD,     /* breach, tripped, halted */
    TUI_INFO,    /* neutral bars, sources */
    TUI_ACCENT,  /* keys, links, where you are */
    TUI_CHART,   /* first line of a chart */
    TUI_LINE2,   /* second line */
    TUI_BUY,
    TUI_SELL,
    TUI_SELECTION, /* the selected row */
    TUI_FIELD,     /* input */
    TUI_BAR,       /* first two lines and the last */
    TUI_OLD,       /* stale data */
    TUI_SIMULATED, /* money mode */
    TUI_PAPER,
    TUI_REAL,
    TUI_GAIN1, /* tones of the month table, behind a number that says it already: under 0.75 %, under 1.75 %, over */
    TUI_GAIN2,
    TUI_GAIN3,
    TUI_LOSS1,
    TUI_LOSS2,
    TUI_LOSS3,
    TUI_ROLE_COUNT
};

/* What a cell is besides its role. */
enum tui_cell_flag {
    TUI_F_SELECTED = 1, /* in the selected row */
    TUI_F_REVERSE = 2,  /* ink on the role's colour: state words, the tab you are on, a focused title */
    TUI_F_BAR = 4,      /* on the bar's background */
    TUI_F_STALE = 8,    /* shown in the stale role, whatever its own is */
    TUI_F_BEHIND = 16   /* behind a dialog: dim */
};

enum tui_theme {
    TUI_THEME_DARK,
    TUI_THEME_LIGHT,
    TUI_THEME_CONTRAST,
    TUI_THEME_COLOURBLIND,
    TUI_THEME_SIXTEEN, /* terminals of 8 and 16 colours */
    TUI_THEME_MONO,
    TUI_THEME_COUNT
};

enum tui_attr { TUI_A_BOLD = 1, TUI_A_REVERSE = 2, TUI_A_UNDERLINE = 4 };

/* A look: entries of the 256 palette (0-15 with the sixteen theme), -1 = the terminal's own. */
struct tui_look {
    int16_t fg, bg;
    uint8_t attr;
};

/* How cells of that role and those flags look. */
struct tui_look tui_style_look(enum tui_theme theme, enum tui_role role, unsigned flags);

/* The theme to use: `wanted` if the terminal's number of colours can show it, else the sixteen or the mono one.
 * no_color: mono. */
enum tui_theme tui_style_choose(enum tui_theme wanted, int colours, bool no_color);
/* A theme by its word ("dark", "light", "high-contrast", "colour-blind", "mono"), -1 when there is none. */
int tui_style_find(const char *word);
const char *tui_style_word(enum tui_theme theme);

#endif
