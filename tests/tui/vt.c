#include "tests/tui/vt.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <vterm.h>

struct vt {
    VTerm *vt;
    VTermScreen *screen;
    int fd, rows, columns;
    pid_t pid;
    uint64_t bytes;
    bool cursor, alt;
    char text[8192];
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void to_program(const char *s, size_t n, void *arg)
{
    struct vt *t = arg;
    if (write(t->fd, s, n) < 0)
        return; /* it has ended: the next read says so */
}

static int set_property(VTermProp property, VTermValue *value, void *arg)
{
    struct vt *t = arg;
    if (property == VTERM_PROP_CURSORVISIBLE)
        t->cursor = value->boolean;
    if (property == VTERM_PROP_ALTSCREEN)
        t->alt = value->boolean;
    return 1;
}

static void become(const char *term, const char *lang, const char *env, char *const argv[])
{
    setenv("TERM", term, 1);
    setenv("LC_ALL", lang, 1);
    unsetenv("LINES"); /* curses believes these before the pty's size */
    unsetenv("COLUMNS");
    unsetenv("NO_COLOR");
    if (env)
        putenv(strdup(env));
    execvp(argv[0], argv);
    _exit(127);
}

struct vt *vt_open(int rows, int columns, const char *term, const char *lang, const char *env, char *const argv[])
{
    static const VTermScreenCallbacks callbacks = {.settermprop = set_property};
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    struct vt *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->rows = rows;
    t->columns = columns;
    t->cursor = true;
    t->pid = forkpty(&t->fd, NULL, NULL, &size);
    if (t->pid < 0) {
        free(t);
        return NULL;
    }
    if (t->pid == 0)
        become(term, lang, env, argv);
    fcntl(t->fd, F_SETFL, O_NONBLOCK);
    t->vt = vterm_new(rows, columns);
    vterm_set_utf8(t->vt, 1);
    vterm_output_set_callback(t->vt, to_program, t);
    t->screen = vterm_obtain_screen(t->vt);
    vterm_screen_set_callbacks(t->screen, &callbacks, t);
    vterm_screen_enable_altscreen(t->screen, 1);
    vterm_screen_reset(t->screen, 1); /* without it there are no cells */
    return t;
}

/* False once the program has ended. */
static bool pump(struct vt *t, int ms)
{
    char buffer[16384];
    struct pollfd p = {.fd = t->fd, .events = POLLIN};
    if (poll(&p, 1, ms) <= 0)
        return true;
    ssize_t n = read(t->fd, buffer, sizeof buffer);
    if (n <= 0)
        return false; /* EIO: the other end of a pty is closed */
    t->bytes += (uint64_t)n;
    vterm_input_write(t->vt, buffer, (size_t)n);
    return true;
}

const char *vt_row(struct vt *t, int row)
{
    VTermRect r = {.start_row = row, .end_row = row + 1, .start_col = 0, .end_col = t->columns};
    size_t n = vterm_screen_get_text(t->screen, t->text, sizeof t->text - 1, r);
    t->text[n] = '\0';
    return t->text;
}

static bool shows(struct vt *t, const char *text)
{
    for (int i = 0; i < t->rows; i++)
        if (strstr(vt_row(t, i), text))
            return true;
    return false;
}

bool vt_wait(struct vt *t, const char *text)
{
    int64_t end = now_ms() + 10000;
    while (now_ms() < end) {
        if (shows(t, text))
            return true;
        if (!pump(t, 50))
            break;
    }
    if (shows(t, text))
        return true;
    fprintf(stderr, "waited for \"%s\"; the screen is:\n", text);
    for (int i = 0; i < t->rows; i++)
        fprintf(stderr, "|%s\n", vt_row(t, i));
    return false;
}

void vt_run(struct vt *t, int ms)
{
    int64_t end = now_ms() + ms;
    while (now_ms() < end && pump(t, (int)(end - now_ms())))
        ;
}

void vt_type(struct vt *t, const char *bytes)
{
    to_program(bytes, strlen(bytes), t);
}

void vt_resize(struct vt *t, int rows, int columns)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    t->rows = rows;
    t->columns = columns;
    vterm_set_size(t->vt, rows, columns);
    ioctl(t->fd, TIOCSWINSZ, &size); /* the kernel sends SIGWINCH */
}

static int index_of(const VTermColor *c, bool is_default)
{
    return is_default || !VTERM_COLOR_IS_INDEXED(c) ? -1 : c->indexed.idx;
}

struct vt_cell vt_cell_at(struct vt *t, int row, int column)
{
    VTermScreenCell c;
    VTermPos at = {.row = row, .col = column};
    memset(&c, 0, sizeof c);
    vterm_screen_get_cell(t->screen, at, &c);
    return (struct vt_cell){c.chars[0],
                            index_of(&c.fg, VTERM_COLOR_IS_DEFAULT_FG(&c.fg)),
                            index_of(&c.bg, VTERM_COLOR_IS_DEFAULT_BG(&c.bg)),
                            c.attrs.bold,
                            c.attrs.reverse,
                            c.attrs.underline != 0};
}

bool vt_cursor_shown(const struct vt *t)
{
    return t->cursor;
}

bool vt_alt_screen(const struct vt *t)
{
    return t->alt;
}

uint64_t vt_bytes(const struct vt *t)
{
    return t->bytes;
}

int vt_pid(const struct vt *t)
{
    return t->pid;
}

int vt_close(struct vt *t)
{
    int status = 0;
    int64_t end = now_ms() + 5000;
    while (now_ms() < end && pump(t, 50))
        ;
    while (waitpid(t->pid, &status, WNOHANG) == 0) {
        if (now_ms() >= end) {
            kill(t->pid, SIGKILL);
            waitpid(t->pid, &status, 0);
            break;
        }
        struct timespec pause = {0, 10000000};
        nanosleep(&pause, NULL);
    }
    close(t->fd);
    vterm_free(t->vt);
    free(t);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
