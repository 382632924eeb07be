#include "tui/term.h"

#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include <curses.h>
#include <term.h>

#include "common/str.h"

#define MAX_PAIRS 256

struct tui_term {
    SCREEN *screen;
    int w, h, colours;
    enum tui_charset charset;
    enum tui_theme theme;
    bool no_color, gone, repaint;
    struct {
        int16_t fg, bg;
    } pairs[MAX_PAIRS]; /* by number; 0 is the terminal's own */
    int pairs_n, pairs_max;
    struct tui_cell *shown; /* what the terminal shows, w * h */
    cchar_t *run;           /* one row */
};

static enum tui_charset find_charset(bool ascii)
{
    const char *term = getenv("TERM");
    if (ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        return TUI_ASCII;
    return term && strcmp(term, "linux") == 0 ? TUI_BLOCKS : TUI_BRAILLE; /* the console's font has no braille */
}

static void make_room(struct tui_term *t)
{
    size_t n = (size_t)t->w * (size_t)t->h;
    t->shown = qf_xrealloc(t->shown, n * sizeof *t->shown);
    t->run = qf_xrealloc(t->run, (size_t)t->w * sizeof *t->run);
    t->repaint = true;
}

/* newterm() of a type this machine has no entry for gives NULL; almost every terminal of today understands xterm's language. Asked
 * for first, because a newterm() that fails keeps some memory for ever. */
static SCREEN *open_screen(void)
{
    int found = 0;
    const char *type = NULL;
    if (setupterm(NULL, STDOUT_FILENO, &found) == OK)
        del_curterm(cur_term);
    else
        type = "xterm-256color";
    return newterm(type, stdout, stdin);
}

static void set_modes(struct tui_term *t)
{
    raw(); /* Ctrl-C is a key like the others */
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(25);
    curs_set(0);
    t->colours = 0;
    if (has_colors()) {
        start_color();
        use_default_colors();
        t->colours = COLORS;
        t->pairs_max = COLOR_PAIRS < MAX_PAIRS ? COLOR_PAIRS : MAX_PAIRS;
    }
}

enum qf_err tui_term_open(const struct tui_term_options *options, struct tui_term **ret, char *why, size_t cap)
{
    setlocale(LC_ALL, "");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        qf_str_copy(why, cap, "standard input and output must be a terminal; qf COMMAND works without one");
        return QF_ESTATE;
    }
    SCREEN *screen = open_screen();
    if (!screen || !cursor_address) { /* TERM=dumb opens and cannot show anything */
        const char *name = getenv("TERM");
        if (screen) {
            endwin();
            delscreen(screen);
        }
        qf_str_fmt(why, cap, "terminal type %s cannot move the cursor; set TERM, or use qf COMMAND",
                   name ? name : "(unset)");
        return QF_EVERSION;
    }
    struct tui_term *t = qf_xalloc(sizeof *t);
    memset(t, 0, sizeof *t);
    t->screen = screen;
    t->pairs_n = 1;
    const char *no_color = getenv("NO_COLOR");
    t->no_color = no_color && no_color[0];
    set_modes(t);
    t->charset = find_charset(options->ascii);
    t->theme = tui_style_choose(options->theme, t->colours, t->no_color);
    getmaxyx(stdscr, t->h, t->w);
    make_room(t);
    *ret = t;
    return QF_OK;
}

void tui_term_close(struct tui_term *t)
{
    if (!t)
        return;
    endwin();
    delscreen(t->screen);
    free(t->shown);
    free(t->run);
    free(t);
}

void tui_term_size(const struct tui_term *t, int *ret_w, int *ret_h)
{
    *ret_w = t->w;
    *ret_h = t->h;
}

bool tui_term_resize(struct tui_term *t)
{
    struct winsize ws;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) != 0 || ws.ws_row == 0 || ws.ws_col == 0)
        return false;
    if (ws.ws_row == t->h && ws.ws_col == t->w)
        return false;
    resizeterm(ws.ws_row, ws.ws_col);
    t->w = ws.ws_col;
    t->h = ws.ws_row;
    make_room(t);
    return true;
}

enum tui_charset tui_term_charset(const struct tui_term *t)
{
    return t->charset;
}

enum tui_theme tui_term_theme(const struct tui_term *t)
{
    return t->theme;
}

enum tui_theme tui_term_set_theme(struct tui_term *t, enum tui_theme theme)
{
    t->theme = tui_style_choose(theme, t->colours, t->no_color);
    t->repaint = true;
    return t->theme;
}

static tui_key from_curses(wint_t w)
{
    static const struct {
        int curses;
        tui_key key;
    } map[] = {
        {KEY_UP, TUI_KEY_UP},        {KEY_DOWN, TUI_KEY_DOWN},           {KEY_LEFT, TUI_KEY_LEFT},
        {KEY_RIGHT, TUI_KEY_RIGHT},  {KEY_HOME, TUI_KEY_HOME},           {KEY_END, TUI_KEY_END},
        {KEY_PPAGE, TUI_KEY_PAGEUP}, {KEY_NPAGE, TUI_KEY_PAGEDOWN},      {KEY_BTAB, TUI_KEY_BACKTAB},
        {KEY_DC, TUI_KEY_DELETE},    {KEY_BACKSPACE, TUI_KEY_BACKSPACE}, {KEY_F(1), TUI_KEY_F1},
        {KEY_F(10), TUI_KEY_F10},    {KEY_ENTER, TUI_KEY_ENTER},
    };
    for (size_t i = 0; i < QF_LEN(map); i++)
        if ((wint_t)map[i].curses == w)
            return map[i].key;
    return TUI_KEY_NONE;
}

/* Hung up, or readable with nothing in it: the end of a file. A byte that came just now counts as neither. */
static bool input_ended(void)
{
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    int waiting = 0;
    if (poll(&p, 1, 0) <= 0)
        return false;
    if (p.revents & (POLLHUP | POLLERR | POLLNVAL))
        return true;
    return ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting == 0;
}

bool tui_term_key(struct tui_term *t, tui_key *ret)
{
    wint_t w;
    int r;
    do {
        r = get_wch(&w);
        if (r == ERR) {
            t->gone = input_ended();
            return false;
        }
        *ret = r == KEY_CODE_YES ? from_curses(w) : (tui_key)w;
    } while (*ret == TUI_KEY_NONE);
    if (*ret == 127 || *ret == 8)
        *ret = TUI_KEY_BACKSPACE;
    if (*ret == '\n')
        *ret = TUI_KEY_ENTER;
    return true;
}

bool tui_term_gone(const struct tui_term *t)
{
    return t->gone;
}

/* Terminals of eight colours have no bright black: dim is white there. */
static int16_t limit_colour(const struct tui_term *t, int16_t colour)
{
    return t->colours < 16 && colour >= 8 ? 7 : colour;
}

static int pair_of(struct tui_term *t, int16_t fg, int16_t bg)
{
    if (t->theme == TUI_THEME_MONO || (fg < 0 && bg < 0))
        return 0;
    for (int i = 1; i < t->pairs_n; i++)
        if (t->pairs[i].fg == fg && t->pairs[i].bg == bg)
            return i;
    if (t->pairs_n >= t->pairs_max)
        return 0;
    t->pairs[t->pairs_n].fg = fg;
    t->pairs[t->pairs_n].bg = bg;
    init_extended_pair(t->pairs_n, fg, bg);
    return t->pairs_n++;
}

static void to_curses(struct tui_term *t, const struct tui_cell *cell, cchar_t *out)
{
    struct tui_look look = tui_style_look(t->theme, (enum tui_role)cell->role, cell->flags);
    attr_t attr = (look.attr & TUI_A_BOLD ? A_BOLD : 0) | (look.attr & TUI_A_REVERSE ? A_REVERSE : 0) |
                  (look.attr & TUI_A_UNDERLINE ? A_UNDERLINE : 0);
    int pair = pair_of(t, limit_colour(t, look.fg), limit_colour(t, look.bg));
    wchar_t text[2] = {(wchar_t)cell->cp, 0};
    setcchar(out, text, attr, 0, &pair);
}

static bool same_cell(const struct tui_cell *a, const struct tui_cell *b)
{
    return a->cp == b->cp && a->role == b->role && a->flags == b->flags;
}

/* Sends the cells [from, to) of a row. Second halves of wide characters go with the first. */
static void send_run(struct tui_term *t, const struct tui_cell *row, int y, int from, int to)
{
    int n = 0;
    for (int x = from; x < to; x++)
        if (row[x].cp != 0)
            to_curses(t, &row[x], &t->run[n++]);
    mvadd_wchnstr(y, from, t->run, n);
}

static int draw_row(struct tui_term *t, const struct tui_canvas *c, int y)
{
    const struct tui_cell *row = tui_canvas_cell(c, 0, y);
    struct tui_cell *shown = t->shown + (size_t)y * (size_t)t->w;
    int changed = 0;
    for (int x = 0; x < t->w;) {
        if (!t->repaint && same_cell(&row[x], &shown[x])) {
            x++;
            continue;
        }
        int from = x;
        while (x < t->w && (t->repaint || !same_cell(&row[x], &shown[x])))
            x++;
        while (from > 0 && row[from].cp == 0)
            from--;
        while (x < t->w && row[x].cp == 0)
            x++;
        send_run(t, row, y, from, x);
        changed += x - from;
    }
    memcpy(shown, row, (size_t)t->w * sizeof *shown);
    return changed;
}

int tui_term_draw(struct tui_term *t, const struct tui_canvas *c)
{
    if (tui_canvas_w(c) != t->w || tui_canvas_h(c) != t->h)
        return 0; /* the window changed under us; the next frame has its size */
    int changed = 0, x, y;
    if (t->repaint)
        clear();
    for (int row = 0; row < t->h; row++)
        changed += draw_row(t, c, row);
    t->repaint = false;
    tui_canvas_cursor_at(c, &x, &y);
    curs_set(x >= 0 ? 1 : 0);
    if (x >= 0)
        move(y, x);
    refresh();
    return changed;
}

void tui_term_repaint(struct tui_term *t)
{
    t->repaint = true;
}

bool tui_term_ready(const struct tui_term *t)
{
    struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};
    int unsent = 0;
    (void)t;
    if (ioctl(STDOUT_FILENO, TIOCOUTQ, &unsent) == 0 && unsent > 0)
        return false;
    return poll(&p, 1, 0) > 0 && (p.revents & POLLOUT) != 0;
}

void tui_term_copy(struct tui_term *t, const char *text, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (void)t;
    fputs("\033]52;c;", stdout);
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)(unsigned char)text[i] << 16;
        v |= i + 1 < n ? (uint32_t)(unsigned char)text[i + 1] << 8 : 0U;
        v |= i + 2 < n ? (uint32_t)(unsigned char)text[i + 2] : 0U;
        putc(digits[v >> 18], stdout);
        putc(digits[v >> 12 & 63], stdout);
        putc(i + 1 < n ? digits[v >> 6 & 63] : '=', stdout);
        putc(i + 2 < n ? digits[v & 63] : '=', stdout);
    }
    putc('\a', stdout);
    fflush(stdout); /* ncurses has a buffer of its own: what it draws next comes behind this */
}
