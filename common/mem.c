#include "common/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGN 16U
#define BLOCK_FIRST 4096U
#define BLOCK_LARGEST (1024U * 1024U)
#define BUF_FIRST 256U
#define EXIT_NO_MEMORY 70 /* EX_SOFTWARE of sysexits.h */

/* --- arena */

/* Blocks form a list from the newest to the oldest. The oldest is the one a reset keeps. */
struct qf_arena_block {
    struct qf_arena_block *older;
    size_t size, used;
    _Alignas(16) unsigned char data[];
};

void qf_arena_init(struct qf_arena *a, size_t max)
{
    qf_assert(max < SIZE_MAX / 2);
    *a = (struct qf_arena){ .max = max };
}

/* Twice the newest block, so that a large arena has few of them, but never less than what is asked for now. */
static struct qf_arena_block *block_new(struct qf_arena *a, size_t need)
{
    size_t size = a->head == NULL ? BLOCK_FIRST : a->head->size * 2;
    if (size > BLOCK_LARGEST)
        size = BLOCK_LARGEST;
    if (size < need)
        size = need;
    struct qf_arena_block *b = malloc(sizeof *b + size);
    if (b == NULL)
        return NULL;
    b->older = a->head;
    b->size = size;
    b->used = 0;
    a->head = b;
    return b;
}

/* Callers have seen to it that size is at most a maximum, far below where this would wrap. */
static size_t aligned(size_t size)
{
    return (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

void *qf_arena_alloc(struct qf_arena *a, size_t size)
{
    if (size > a->max || aligned(size) > a->max - a->used)
        return NULL;
    size_t need = aligned(size);
    struct qf_arena_block *b = a->head;
    if (b == NULL || need > b->size - b->used)
        b = block_new(a, need);
    if (b == NULL)
        return NULL;
    void *p = b->data + b->used;
    b->used += need;
    a->used += need;
    return memset(p, 0, size);
}

bool qf_arena_resize(struct qf_arena *a, void *p, size_t old, size_t size)
{
    struct qf_arena_block *b = a->head;
    if (b == NULL || size > a->max || (unsigned char *)p + aligned(old) != b->data + b->used)
        return false;
    size_t had = aligned(old), need = aligned(size);
    if (need > had && (need - had > b->size - b->used || need - had > a->max - a->used))
        return false;
    if (size > old)
        memset((unsigned char *)p + old, 0, size - old);
    b->used = b->used - had + need;
    a->used = a->used - had + need;
    return true;
}

char *qf_arena_copy(struct qf_arena *a, const char *p, size_t n)
{
    char *copy = n < a->max ? qf_arena_alloc(a, n + 1) : NULL;
    if (copy != NULL && n > 0)
        memcpy(copy, p, n);
    return copy;
}

void qf_arena_reset(struct qf_arena *a)
{
    struct qf_arena_block *b = a->head;
    while (b != NULL && b->older != NULL) {
        struct qf_arena_block *older = b->older;
        free(b);
        b = older;
    }
    if (b != NULL)
        b->used = 0;
    a->head = b;
    a->used = 0;
}

void qf_arena_release(struct qf_arena *a)
{
    qf_arena_reset(a);
    free(a->head);
    a->head = NULL;
}

/* --- buffer */

void qf_buf_init(struct qf_buf *b, size_t max)
{
    qf_assert(max < SIZE_MAX / 2);
    *b = (struct qf_buf){ .max = max };
}

/* Makes cap at least `need`. One byte above max is allowed: the NUL of qf_buf_cstr does not count as content. */
static bool buf_reserve(struct qf_buf *b, size_t need)
{
    if (need <= b->cap)
        return true;
    size_t cap = b->cap == 0 ? BUF_FIRST : b->cap * 2;
    if (cap < need)
        cap = need;
    if (cap > b->max + 1)
        cap = b->max + 1;
    char *p = cap < need ? NULL : realloc(b->p, cap);
    if (p == NULL)
        return false;
    b->p = p;
    b->cap = cap;
    return true;
}

char *qf_buf_room(struct qf_buf *b, size_t n)
{
    if (b->failed || n > b->max - b->len || !buf_reserve(b, b->len + n + (b->p == NULL))) {
        b->failed = true;
        return NULL;
    }
    return b->p + b->len;
}

void qf_buf_add(struct qf_buf *b, const void *p, size_t n)
{
    char *room = qf_buf_room(b, n);
    if (room == NULL || n == 0)
        return;
    memcpy(room, p, n);
    b->len += n;
}

void qf_buf_char(struct qf_buf *b, char c)
{
    qf_buf_add(b, &c, 1);
}

void qf_buf_str(struct qf_buf *b, const char *s)
{
    qf_buf_add(b, s, strlen(s));
}

void qf_buf_fmt(struct qf_buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    qf_assert(n >= 0);
    /* vsnprintf writes its NUL too: room for it is asked outside of max. */
    if (qf_buf_room(b, (size_t)n) != NULL && buf_reserve(b, b->len + (size_t)n + 1)) {
        vsnprintf(b->p + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    } else {
        b->failed = true;
    }
    va_end(again);
}

void qf_buf_drop(struct qf_buf *b, size_t n)
{
    qf_assert(n <= b->len);
    if (n == 0)
        return;
    memmove(b->p, b->p + n, b->len - n);
    b->len -= n;
}

const char *qf_buf_cstr(struct qf_buf *b)
{
    if (!buf_reserve(b, b->len + 1)) {
        b->failed = true;
        return "";
    }
    b->p[b->len] = '\0';
    return b->p;
}

void qf_buf_clear(struct qf_buf *b)
{
    b->len = 0;
    b->failed = false;
}

void qf_buf_release(struct qf_buf *b)
{
    free(b->p);
    qf_buf_init(b, b->max);
}

/* --- table memory */

/* NORESERVE: a table of the desk is mapped at its maximum and only what is used costs memory. */
void *qf_map_lazy(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

void qf_unmap(void *p, size_t size)
{
    if (p != NULL)
        qf_assert(munmap(p, size) == 0);
}

/* --- memory whose absence ends the program */

static void *or_exit(void *p)
{
    if (p != NULL)
        return p;
    fputs("out of memory\n", stderr);
    exit(EXIT_NO_MEMORY);
}

void *qf_xalloc(size_t size)
{
    return or_exit(calloc(1, size == 0 ? 1 : size));
}

void *qf_xrealloc(void *p, size_t size)
{
    return or_exit(realloc(p, size == 0 ? 1 : size));
}

char *qf_xstrdup(const char *s)
{
    return or_exit(strdup(s));
}
