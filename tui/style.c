#include "tui/style.h"

#include <string.h>

#define DEF (-1)
#define B TUI_A_BOLD
#define R TUI_A_REVERSE
#define U TUI_A_UNDERLINE

/* The one table of colours. Order of the columns: dark, light, high contrast, colour-blind, sixteen, mono. */
static const struct tui_look table[TUI_ROLE_COUNT][TUI_THEME_COUNT] = {
    [TUI_TEXT] = {{252, DEF, 0}, {235, DEF, 0}, {231, 16, 0}, {252, DEF, 0}, {DEF, DEF, 0}, {DEF, DEF, 0}},
    [TUI_DIM] = {{245, DEF, 0}, {242, DEF, 0}, {250, 16, 0}, {245, DEF, 0}, {8, DEF, 0}, {DEF, DEF, 0}},
    [TUI_RULE] = {{239, DEF, 0}, {250, DEF, 0}, {244, 16, 0}, {239, DEF, 0}, {8, DEF, 0}, {DEF, DEF, 0}},
    [TUI_HEADING] = {{255, DEF, B}, {16, DEF, B}, {231, 16, B}, {255, DEF, B}, {DEF, DEF, B}, {DEF, DEF, B}},
    [TUI_UP] = {{78, DEF, 0}, {28, DEF, 0}, {46, 16, B}, {75, DEF, 0}, {2, DEF, 0}, {DEF, DEF, 0}},
    [TUI_DOWN] = {{203, DEF, 0}, {160, DEF, 0}, {213, 16, B}, {208, DEF, 0}, {1, DEF, 0}, {DEF, DEF, 0}},
    [TUI_WARN] = {{214, DEF, 0}, {130, DEF, 0}, {226, 16, B}, {228, DEF, 0}, {3, DEF, 0}, {DEF, DEF, B}},
    [TUI_BAD] = {{203, DEF, B}, {160, DEF, B}, {231, 160, B}, {16, 208, B}, {1, DEF, B}, {DEF, DEF, R | B}},
    [TUI_INFO] = {{75, DEF, 0}, {25, DEF, 0}, {51, 16, 0}, {117, DEF, 0}, {6, DEF, 0}, {DEF, DEF, 0}},
    [TUI_ACCENT] = {{80, DEF, B}, {30, DEF, B}, {51, 16, B}, {80, DEF, B}, {6, DEF, B}, {DEF, DEF, B}},
    [TUI_CHART] = {{80, DEF, 0}, {30, DEF, 0}, {51, 16, 0}, {80, DEF, 0}, {6, DEF, 0}, {DEF, DEF, 0}},
    [TUI_LINE2] = {{141, DEF, 0}, {91, DEF, 0}, {213, 16, 0}, {141, DEF, 0}, {5, DEF, 0}, {DEF, DEF, 0}},
    [TUI_BUY] = {{75, DEF, 0}, {25, DEF, 0}, {117, 16, 0}, {75, DEF, 0}, {4, DEF, B}, {DEF, DEF, 0}},
    [TUI_SELL] = {{179, DEF, 0}, {94, DEF, 0}, {222, 16, 0}, {179, DEF, 0}, {5, DEF, 0}, {DEF, DEF, 0}},
    [TUI_SELECTION] = {{DEF, 24, 0}, {DEF, 153, 0}, {16, 226, 0}, {DEF, 24, 0}, {7, 4, 0}, {DEF, DEF, R}},
    [TUI_FIELD] = {{255, 236, 0}, {16, 254, 0}, {231, 236, U}, {255, 236, 0}, {7, 0, U}, {DEF, DEF, U}},
    [TUI_BAR] = {{252, 236, 0}, {235, 254, 0}, {16, 231, 0}, {252, 236, 0}, {0, 7, 0}, {DEF, DEF, R}},
    [TUI_OLD] = {{242, DEF, 0}, {247, DEF, 0}, {250, 16, U}, {242, DEF, 0}, {8, DEF, 0}, {DEF, DEF, 0}},
    [TUI_SIMULATED] = {{16, 141, B}, {231, 91, B}, {16, 213, B}, {16, 141, B}, {0, 5, 0}, {DEF, DEF, R}},
    [TUI_PAPER] = {{16, 75, B}, {231, 25, B}, {16, 51, B}, {16, 75, B}, {0, 6, 0}, {DEF, DEF, R}},
    [TUI_REAL] = {{231, 160, B}, {231, 160, B}, {231, 196, B}, {16, 208, B}, {7, 1, B}, {DEF, DEF, R | B | U}},
    [TUI_GAIN1] = {{252, 22, 0}, {16, 194, 0}, {231, 16, 0}, {252, 17, 0}, {DEF, DEF, 0}, {DEF, DEF, 0}},
    [TUI_GAIN2] = {{255, 28, 0}, {16, 157, 0}, {231, 16, 0}, {255, 18, 0}, {DEF, DEF, 0}, {DEF, DEF, 0}},
    [TUI_GAIN3] = {{16, 34, 0}, {16, 114, 0}, {231, 16, 0}, {255, 25, 0}, {DEF, DEF, 0}, {DEF, DEF, 0}},
    [TUI_LOSS1] = {{252, 52, 0}, {16, 224, 0}, {231, 16, 0}, {255, 94, 0}, {DEF, DEF, 0}, {DEF, DEF, 0}},
    [TUI_LOSS2] = {{255, 88, 0}, {16, 217, 0}, {231, 16, 0}, {16, 130, 0}, {DEF, DEF, 0}, {DEF, DEF, 0}},
    [TUI_LOSS3] = {{255, 124, 0}, {16, 210, 0}, {231, 16, 0}, {16, 166, 0}, {DEF, DEF, 0}, {DEF, DEF, 0}},
};

/* What else a theme decides: the ink of reversed words, and whether colours keep their own ink on the bar and in a
 * selected row. They do where the background is close to the terminal's own; on black-on-white bars coloured ink could
 * not be read. */
static const struct {
    const char *word;
    int16_t ink;
    bool bar_keeps, selection_keeps;
} themes[TUI_THEME_COUNT] = {
    [TUI_THEME_DARK] = {"dark", 16, true, true},
    [TUI_THEME_LIGHT] = {"light", 231, true, true},
    [TUI_THEME_CONTRAST] = {"high-contrast", 16, false, false},
    [TUI_THEME_COLOURBLIND] = {"colour-blind", 16, true, true},
    [TUI_THEME_SIXTEEN] = {"sixteen", 0, false, false},
    [TUI_THEME_MONO] = {"mono", DEF, false, false},
};

static void lay_on(struct tui_look *l, const struct tui_look *ground, bool keep_ink)
{
    if (l->bg != DEF && !(l->bg == 16 && ground->bg != DEF))
        return; /* has a background of its own, such as the money mode; plain black of the contrast theme is none */
    if (ground->bg == DEF) {
        l->attr ^= ground->attr & R;
        return;
    }
    l->bg = ground->bg;
    if (!keep_ink)
        l->fg = ground->fg;
}

/* Reversed: the role's colour becomes the ground. Where there is no colour the terminal does it. */
static void reverse(enum tui_theme theme, struct tui_look *l)
{
    bool own_ground = l->bg != DEF && l->bg != 16;
    if (own_ground || l->fg == DEF) {
        if (!own_ground)
            l->attr ^= R;
        l->attr |= B;
        return;
    }
    l->bg = l->fg;
    l->fg = themes[theme].ink;
}

struct tui_look tui_style_look(enum tui_theme theme, enum tui_role role, unsigned flags)
{
    qf_assert(theme < TUI_THEME_COUNT && role < TUI_ROLE_COUNT);
    if (flags & TUI_F_BEHIND)
        return table[TUI_DIM][theme];
    if (flags & TUI_F_STALE && role != TUI_WARN && role != TUI_BAD)
        role = TUI_OLD;
    struct tui_look l = table[role][theme];
    if (flags & TUI_F_REVERSE)
        reverse(theme, &l);
    else if (flags & TUI_F_SELECTED)
        lay_on(&l, &table[TUI_SELECTION][theme], themes[theme].selection_keeps);
    if (flags & TUI_F_BAR && role != TUI_BAR)
        lay_on(&l, &table[TUI_BAR][theme], themes[theme].bar_keeps);
    if (theme == TUI_THEME_SIXTEEN && l.fg == 0)
        l.attr &= (uint8_t)~B; /* bold black is grey on most of these terminals */
    return l;
}

enum tui_theme tui_style_choose(enum tui_theme wanted, int colours, bool no_color)
{
    if (no_color || colours < 8)
        return TUI_THEME_MONO;
    if (colours < 256 && wanted != TUI_THEME_MONO)
        return TUI_THEME_SIXTEEN;
    return wanted;
}

int tui_style_find(const char *word)
{
    for (int i = 0; i < TUI_THEME_COUNT; i++)
        if (i != TUI_THEME_SIXTEEN && strcmp(themes[i].word, word) == 0)
            return i;
    return -1;
}

const char *tui_style_word(enum tui_theme theme)
{
    qf_assert(theme < TUI_THEME_COUNT);
    return themes[theme].word;
}
