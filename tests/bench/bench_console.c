/* What a console costs: time to its first whole screen, bytes a second, bytes a changed cell, CPU. Runs a program in a terminal of its
 * own (a pseudo-terminal read through libvterm) for some seconds and prints one line.
 *
 *   bench_console COLSxROWS SECONDS COMMAND [ARG...]       so that qf and htop are measured by the same ruler */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vterm.h>

#include "common/clock.h"
#include "common/mem.h"

struct watch {
    int fd, cols, rows;
    pid_t pid;
    VTerm *vt;
    VTermScreen *screen;
    uint32_t *cells;       /* the character of each cell when last looked at */
    uint64_t bytes, changed;
    int64_t start, first;  /* ns; first: the last line was painted for the first time */
};

static void answer_terminal(const char *p, size_t n, void *arg)
{
    struct watch *w = arg;
    (void)!write(w->fd, p, n);
}

static bool start(struct watch *w, char **argv)
{
    struct winsize ws = {.ws_row = (unsigned short)w->rows, .ws_col = (unsigned short)w->cols};
    w->start = qf_now_mono();
    w->pid = forkpty(&w->fd, NULL, NULL, &ws);
    if (w->pid == 0) {
        (void)setenv("TERM", "xterm-256color", 1);
        (void)unsetenv("LINES");
        (void)unsetenv("COLUMNS");
        execvp(argv[0], argv);
        _exit(127);
    }
    w->vt = vterm_new(w->rows, w->cols);
    vterm_set_utf8(w->vt, 1);
    vterm_output_set_callback(w->vt, answer_terminal, w);
    w->screen = vterm_obtain_screen(w->vt);
    vterm_screen_reset(w->screen, 1);
    w->cells = qf_xalloc((size_t)(w->cols * w->rows) * sizeof *w->cells);
    memset(w->cells, 0, (size_t)(w->cols * w->rows) * sizeof *w->cells);
    return w->pid > 0;
}

/* Counts cells that show something else than at the last look. */
static void look(struct watch *w)
{
    bool last_line = false;
    for (int row = 0; row < w->rows; row++)
        for (int col = 0; col < w->cols; col++) {
            VTermScreenCell c;
            VTermPos pos = {.row = row, .col = col};
            vterm_screen_get_cell(w->screen, pos, &c);
            uint32_t *old = &w->cells[row * w->cols + col];
            if (*old != c.chars[0]) w->changed++;
            *old = c.chars[0];
            last_line |= row == w->rows - 1 && c.chars[0] > ' ';
        }
    if (last_line && !w->first) w->first = qf_now_mono();
}

static bool step(struct watch *w, int ms)
{
    char chunk[65536];
    struct pollfd p = {.fd = w->fd, .events = POLLIN};
    if (poll(&p, 1, ms) <= 0) return true;
    ssize_t n = read(w->fd, chunk, sizeof chunk);
    if (n <= 0) return n < 0 && errno == EINTR;
    w->bytes += (uint64_t)n;
    vterm_input_write(w->vt, chunk, (size_t)n);
    look(w);
    return true;
}

static double cpu_of(pid_t pid)
{
    char path[64], text[1024] = "";
    unsigned long user = 0, sys = 0;
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    FILE *f = fopen(path, "r");
    const char *p = f && fgets(text, sizeof text, f) ? strrchr(text, ')') : NULL;
    if (f) fclose(f);
    if (p) (void)sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &sys);
    return (double)(user + sys) / (double)sysconf(_SC_CLK_TCK);
}

int main(int argc, char **argv)
{
    struct watch w = {0};
    if (argc < 4 || sscanf(argv[1], "%dx%d", &w.cols, &w.rows) != 2 || w.cols < 1 || w.rows < 1) {
        fprintf(stderr, "usage: bench_console COLSxROWS SECONDS COMMAND [ARG...]\n");
        return 2;
    }
    double seconds = strtod(argv[2], NULL);
    if (!start(&w, argv + 3)) return 1;
    while (!w.first && qf_now_mono() - w.start < 5000000000LL && step(&w, 20)) {}
    for (int i = 0; i < 100 && step(&w, 20); i++) {} /* two seconds to settle */
    uint64_t bytes = w.bytes, changed = w.changed;
    double cpu = cpu_of(w.pid);
    int64_t begin = qf_now_mono();
    while ((double)(qf_now_mono() - begin) < seconds * 1e9 && step(&w, 20)) {}
    double took = (double)(qf_now_mono() - begin) / 1e9;
    bytes = w.bytes - bytes;
    changed = w.changed - changed;
    printf("%-10s first screen %.0f ms   %.0f bytes/s   %.1f bytes a changed cell   CPU %.2f %%\n", argv[3],
           w.first ? (double)(w.first - w.start) / 1e6 : -1.0, (double)bytes / took, changed ? (double)bytes / (double)changed : 0.0,
           100 * (cpu_of(w.pid) - cpu) / took);
    (void)kill(w.pid, SIGTERM);
    (void)waitpid(w.pid, NULL, 0);
    vterm_free(w.vt);
    free(w.cells);
    return 0;
}
