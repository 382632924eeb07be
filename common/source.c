#include "common/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "common/mem.h"
#include "common/str.h"

#define SOURCE_CHUNK 65536 /* one read; large enough that system calls do not count, small enough for a 2 ms slice */

struct source {
    int fd;              /* -1: memory */
    const uint8_t *next; /* bytes not used yet */
    size_t left;
    bool end;            /* nothing more comes behind `left` */
    bool packed;
    bool in_member;      /* inside a gzip member: an end here is a cut */
    bool started;        /* the first two bytes have been looked at */
    enum qf_err failed;
    char why[QF_WHY_TEXT];
    z_stream z;
    bool z_ready;
    uint8_t chunk[SOURCE_CHUNK];
};

static struct source *source_new(void)
{
    struct source *s = qf_xalloc(sizeof *s);

    memset(s, 0, sizeof *s);
    s->fd = -1;
    return s;
}

struct source *source_memory(const void *p, size_t n)
{
    struct source *s = source_new();

    s->next = p;
    s->left = n;
    s->end = true;
    return s;
}

struct source *source_open(const char *path, char why[QF_WHY_TEXT])
{
    struct stat st;
    /* O_NONBLOCK: opening a pipe without a writer would wait for ever */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0 || fstat(fd, &st) != 0) {
        qf_str_fmt(why, QF_WHY_TEXT, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            (void)close(fd);
        return NULL;
    }
    if (!S_ISREG(st.st_mode)) {
        qf_str_fmt(why, QF_WHY_TEXT, "%s: not a regular file", path);
        (void)close(fd);
        return NULL;
    }
    struct source *s = source_new();
    s->fd = fd;
    return s;
}

void source_close(struct source *s)
{
    if (s == NULL)
        return;
    if (s->z_ready)
        (void)inflateEnd(&s->z);
    if (s->fd >= 0)
        (void)close(s->fd);
    free(s);
}

static enum qf_err fail(struct source *s, enum qf_err err, const char *what)
{
    s->failed = err;
    qf_str_fmt(s->why, sizeof s->why, "%s", what);
    return err;
}

/* Moves what is left to the front of the chunk and reads more behind it. */
static enum qf_err fill(struct source *s)
{
    if (s->end)
        return QF_OK;
    if (s->left > 0)
        memmove(s->chunk, s->next, s->left);
    s->next = s->chunk;
    ssize_t got;
    do {
        got = read(s->fd, s->chunk + s->left, sizeof s->chunk - s->left);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return fail(s, QF_EIO, strerror(errno));
    if (got == 0)
        s->end = true;
    s->left += (size_t)got;
    return QF_OK;
}

/* gzip members begin with 1f 8b (RFC 1952, 2.3.1). */
static enum qf_err look(struct source *s)
{
    while (s->left < 2 && !s->end) {
        enum qf_err err = fill(s);
        if (err != QF_OK)
            return err;
    }
    s->started = true;
    s->packed = s->left >= 2 && s->next[0] == 0x1f && s->next[1] == 0x8b;
    if (!s->packed)
        return QF_OK;
    if (inflateInit2(&s->z, 15 + 16) != Z_OK)
        return fail(s, QF_ENOMEM, "no memory for the unpacker");
    s->z_ready = true;
    s->in_member = true;
    return QF_OK;
}

static enum qf_err read_plain(struct source *s, void *p, size_t n, size_t *ret_n)
{
    if (s->left == 0) {
        enum qf_err err = fill(s);
        if (err != QF_OK)
            return err;
    }
    size_t take = n < s->left ? n : s->left;
    if (take > 0)
        memcpy(p, s->next, take);
    s->next += take;
    s->left -= take;
    *ret_n = take;
    return QF_OK;
}

/* Behind a member: the end, another member, or bytes that do not belong there. */
static enum qf_err next_member(struct source *s, bool *ret_end)
{
    while (s->left < 2 && !s->end) {
        enum qf_err err = fill(s);
        if (err != QF_OK)
            return err;
    }
    *ret_end = s->left == 0;
    if (*ret_end)
        return QF_OK;
    if (s->left < 2 || s->next[0] != 0x1f || s->next[1] != 0x8b || inflateReset(&s->z) != Z_OK)
        return fail(s, QF_ESYNTAX, "bytes behind the compressed data");
    s->in_member = true;
    return QF_OK;
}

/* One call of the unpacker: takes some input, gives *ret_n bytes, maybe none. */
static enum qf_err unpack(struct source *s, void *p, size_t n, size_t *ret_n)
{
    uInt room = n > SOURCE_CHUNK ? SOURCE_CHUNK : (uInt)n;
    uInt have = s->left > SOURCE_CHUNK ? SOURCE_CHUNK : (uInt)s->left;

    /* zlib promises not to write through next_in */
    s->z.next_in = (Bytef *)(uintptr_t)s->next;
    s->z.avail_in = have;
    s->z.next_out = p;
    s->z.avail_out = room;
    int rc = inflate(&s->z, Z_NO_FLUSH);
    s->next += have - s->z.avail_in;
    s->left -= have - s->z.avail_in;
    *ret_n = room - s->z.avail_out;
    if (rc == Z_STREAM_END)
        s->in_member = false;
    else if (rc != Z_OK && rc != Z_BUF_ERROR)
        return fail(s, QF_ESYNTAX, "the compressed data is damaged");
    return QF_OK;
}

static enum qf_err read_packed(struct source *s, void *p, size_t n, size_t *ret_n)
{
    for (;;) {
        enum qf_err err = QF_OK;
        bool end = false;
        if (!s->in_member)
            err = next_member(s, &end);
        else if (s->left == 0 && !s->end)
            err = fill(s);
        if (err != QF_OK)
            return err;
        if (end) {
            *ret_n = 0;
            return QF_OK;
        }
        bool dry = s->left == 0 && s->end;
        err = unpack(s, p, n, ret_n);
        if (err != QF_OK || *ret_n > 0)
            return err;
        if (dry && s->in_member)
            return fail(s, QF_ESYNTAX, "the compressed data is cut short");
    }
}

enum qf_err source_read(struct source *s, void *p, size_t n, size_t *ret_n, char why[QF_WHY_TEXT])
{
    size_t got = 0;

    qf_assert(n > 0);
    enum qf_err err = s->failed;
    if (err == QF_OK && !s->started)
        err = look(s);
    if (err == QF_OK)
        err = s->packed ? read_packed(s, p, n, &got) : read_plain(s, p, n, &got);
    if (err != QF_OK)
        qf_str_fmt(why, QF_WHY_TEXT, "%s", s->why);
    else
        *ret_n = got;
    return err;
}
