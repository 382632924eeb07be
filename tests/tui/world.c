#include "tests/tui/world.h"

#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/screens/screens.h"

static struct qf_buf text; /* of world_row and world_text */
const char *world_prefs;

/* The console's callbacks have one argument, and the clock's is the desk: there is one world at a time. */
static struct world *open_now;

static void copy(void *arg, const char *copied, size_t n)
{
    (void)arg;
    open_now->copied_n = n;
    qf_str_copyn(open_now->copied, sizeof open_now->copied, copied, n);
}

static enum tui_theme set_theme(void *arg, enum tui_theme theme)
{
    (void)arg;
    open_now->themes++;
    open_now->theme = theme;
    return theme;
}

void world_open(struct world *w, int role, int columns, int rows, enum tui_charset charset)
{
    world_open_as(w, role, columns, rows, charset, false, false);
}

void world_open_as(struct world *w, int role, int columns, int rows, enum tui_charset charset, bool empty, bool silent)
{
    memset(w, 0, sizeof *w);
    w->fake = fake_new(role);
    fake_silent(w->fake, silent);
    if (empty)
        fake_empty(w->fake);
    w->link = fake_link(w->fake);
    open_now = w;
    struct tui_app_options o = {.link = &w->link,
                                .screens = screens_all,
                                .login = &screen_login,
                                .now = fake_now,
                                .arg = w->fake,
                                .copy = copy,
                                .set_theme = set_theme,
                                .prefs = world_prefs};
    w->app = tui_app_new(&o);
    w->canvas = tui_canvas_new(columns, rows, charset);
    fake_pump(w->fake);
    tui_app_draw(w->app, w->canvas);
}

void world_close(struct world *w)
{
    tui_app_free(w->app);
    tui_canvas_free(w->canvas);
    fake_free(w->fake);
}

void world_wait(struct world *w, int64_t us)
{
    while (us > 0) {
        int64_t step = us < 50 * QF_MS ? us : 50 * QF_MS;
        fake_advance(w->fake, step);
        fake_pump(w->fake);
        tui_app_tick(w->app);
        fake_pump(w->fake);
        us -= step;
    }
    tui_app_draw(w->app, w->canvas);
}

static tui_key key_of(const char *name, size_t n)
{
    static const struct {
        const char *name;
        tui_key key;
    } names[] = {{"Enter", TUI_KEY_ENTER},     {"Esc", TUI_KEY_ESC},     {"Tab", TUI_KEY_TAB},
                 {"BTab", TUI_KEY_BACKTAB},    {"Up", TUI_KEY_UP},       {"Down", TUI_KEY_DOWN},
                 {"Left", TUI_KEY_LEFT},       {"Right", TUI_KEY_RIGHT}, {"Space", ' '},
                 {"BSpace", TUI_KEY_BACKSPACE}};
    for (size_t i = 0; i < QF_LEN(names); i++)
        if (strlen(names[i].name) == n && memcmp(names[i].name, name, n) == 0)
            return names[i].key;
    if (n == 3 && name[0] == 'C' && name[1] == '-')
        return TUI_CTRL(name[2] & ~0x20);
    qf_assert(n == 1);
    return (tui_key)(unsigned char)name[0];
}

void world_keys(struct world *w, const char *names)
{
    while (*names) {
        size_t n = strcspn(names, " ");
        if (n > 0) {
            world_wait(w, 400 * QF_MS);
            tui_app_key(w->app, key_of(names, n));
            fake_pump(w->fake);
        }
        names += n + (names[n] == ' ');
    }
    world_wait(w, 50 * QF_MS);
}

void world_type(struct world *w, const char *typed)
{
    for (; *typed; typed++)
        tui_app_key(w->app, (tui_key)(unsigned char)*typed);
    fake_pump(w->fake);
    tui_app_draw(w->app, w->canvas);
}

void world_resize(struct world *w, int columns, int rows)
{
    tui_canvas_resize(w->canvas, columns, rows);
    tui_app_draw(w->app, w->canvas);
}

const char *world_row(struct world *w, int y)
{
    if (!text.max)
        qf_buf_init(&text, 1 << 20);
    qf_buf_clear(&text);
    tui_canvas_row(w->canvas, y, &text);
    return qf_buf_cstr(&text);
}

bool world_shows(struct world *w, const char *what)
{
    for (int y = 0; y < tui_canvas_h(w->canvas); y++)
        if (strstr(world_row(w, y), what))
            return true;
    return false;
}

const char *world_text(struct world *w)
{
    if (!text.max)
        qf_buf_init(&text, 1 << 20);
    qf_buf_clear(&text);
    for (int y = 0; y < tui_canvas_h(w->canvas); y++) {
        tui_canvas_row(w->canvas, y, &text);
        qf_buf_char(&text, '\n');
    }
    return qf_buf_cstr(&text);
}
