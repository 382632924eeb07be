/* A terminal for tests: runs a program on a pty, feeds libvterm, presses keys, reads cells with their colours. */
#ifndef QF_TESTS_TUI_VT_H
#define QF_TESTS_TUI_VT_H

#include <stdbool.h>
#include <stdint.h>

struct vt;

struct vt_cell {
    uint32_t cp;
    int fg, bg; /* of the 256 palette, -1 = default or not indexed */
    bool bold, reverse, underline;
};

/* Starts argv[0] on rows x columns. term and lang become TERM and LC_ALL; env: one more "NAME=value" or NULL. NULL when it cannot. */
struct vt *vt_open(int rows, int columns, const char *term, const char *lang, const char *env, char *const argv[]);
/* Waits at most 10 s for a text on one row; wait for what is painted last. False: it did not come, and the screen is printed. */
bool vt_wait(struct vt *t, const char *text);
/* Reads what comes for so long. */
void vt_run(struct vt *t, int ms);
void vt_type(struct vt *t, const char *bytes);
void vt_resize(struct vt *t, int rows, int columns);
const char *vt_row(struct vt *t, int row); /* valid until the next call */
struct vt_cell vt_cell_at(struct vt *t, int row, int column);
bool vt_cursor_shown(const struct vt *t);
bool vt_alt_screen(const struct vt *t);
uint64_t vt_bytes(const struct vt *t); /* the program has written so far */
int vt_pid(const struct vt *t);
/* Waits for its end (at most 5 s, then kills it) and frees t. The exit status, -1 when it was killed. */
int vt_close(struct vt *t);

#endif
