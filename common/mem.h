/* Memory by lifetime: an arena (freed as a whole), a buffer that is born with its maximum, and lazily mapped tables. */
#ifndef QF_MEM_H
#define QF_MEM_H

#include "common/base.h"

/* --- arena: many small pieces, one end. Grows by blocks up to `max` bytes. */
struct qf_arena_block;
struct qf_arena {
    struct qf_arena_block *head;
    size_t used; /* bytes handed out since the last reset */
    size_t max;  /* never more than this */
};

void qf_arena_init(struct qf_arena *a, size_t max);
/* Zeroed memory aligned to 16, owned by the arena; NULL when `max` would be passed or the system has no memory. */
void *qf_arena_alloc(struct qf_arena *a, size_t size) QF_MUST_CHECK;
/* A copy of `n` bytes with a NUL behind them; NULL as above. */
char *qf_arena_copy(struct qf_arena *a, const char *p, size_t n) QF_MUST_CHECK;
/* Makes a piece of `old` bytes longer (the new bytes are zero) or shorter where it lies. Only the piece that was handed out last can
 * be changed, and only within its block; false when that is not so, and nothing has changed. */
bool qf_arena_resize(struct qf_arena *a, void *p, size_t old, size_t size);
/* Everything handed out is gone; the first block is kept for the next use. */
void qf_arena_reset(struct qf_arena *a);
/* Gives all memory back; the arena may be used again afterwards. */
void qf_arena_release(struct qf_arena *a);

/* --- buffer: bytes appended at the end. On overflow it turns `failed` and drops the rest; look once at the end. */
struct qf_buf {
    char *p;
    size_t len;
    size_t cap;
    size_t max;
    bool failed;
};

void qf_buf_init(struct qf_buf *b, size_t max);
void qf_buf_add(struct qf_buf *b, const void *p, size_t n);
void qf_buf_char(struct qf_buf *b, char c);
void qf_buf_str(struct qf_buf *b, const char *s);
void qf_buf_fmt(struct qf_buf *b, const char *fmt, ...) QF_PRINTF(2, 3);
/* Room for `n` more bytes at b->p + b->len (the caller then adds to len), or NULL (and failed). */
char *qf_buf_room(struct qf_buf *b, size_t n);
/* Drops the first `n` bytes. */
void qf_buf_drop(struct qf_buf *b, size_t n);
/* NUL-terminated view; valid until the next change. */
const char *qf_buf_cstr(struct qf_buf *b);
/* Length 0, memory kept, failed cleared. */
void qf_buf_clear(struct qf_buf *b);
void qf_buf_release(struct qf_buf *b);

/* --- table memory: `size` bytes of zero pages, backed only when touched. NULL when the address space is refused. */
void *qf_map_lazy(size_t size) QF_MUST_CHECK;
void qf_unmap(void *p, size_t size);

/* Memory of things whose failure at start-up is fatal: says so and exits 70. qf_xalloc zeroes. The caller frees with free(). */
void *qf_xalloc(size_t size);
void *qf_xrealloc(void *p, size_t size);
char *qf_xstrdup(const char *s);

#endif
