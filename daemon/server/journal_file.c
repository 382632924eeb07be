/* Lines of the journal, and the file as a whole. */
#include "daemon/server/journal_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/proto/wire.h"
#include "common/str.h"
#include "daemon/server/digest.h"

#define SUM_HEX 16
#define LINE_MAX_BYTES 2048 /* a state with its longest reason, escaped */

/* --- a line */

static void sum_of(const char *p, size_t n, char ret[SUM_HEX + 1])
{
    unsigned char out[DIGEST_BYTES];
    digest_of(p, n, out);
    digest_hex(out, SUM_HEX / 2, ret);
}

static void line_add(struct qf_buf *out, const char *record, size_t n)
{
    char sum[SUM_HEX + 1];
    sum_of(record, n, sum);
    qf_buf_add(out, sum, SUM_HEX);
    qf_buf_char(out, ' ');
    qf_buf_add(out, record, n);
    qf_buf_char(out, '\n');
}

void journal_line_state(struct qf_buf *out, const struct qf_trading_state *row)
{
    struct qf_trading_state image = *row;
    qf_rec_fill(&qf_rec_trading_state, &image);
    struct qf_buf b;
    qf_buf_init(&b, LINE_MAX_BYTES);
    qf_buf_str(&b, "S ");
    qf_wire_encode(&b, &qf_rec_trading_state, &image, false);
    qf_assert(!b.failed);
    line_add(out, b.p, b.len);
    qf_buf_release(&b);
}

void journal_line_cancel(struct qf_buf *out, int64_t order)
{
    char record[32];
    size_t n = qf_str_fmt(record, sizeof record, "C %" PRId64, order);
    line_add(out, record, n);
}

void journal_line_trip(struct qf_buf *out, const struct qf_breaker *row)
{
    struct qf_buf b;
    qf_buf_init(&b, LINE_MAX_BYTES);
    qf_buf_str(&b, "B ");
    qf_wire_encode(&b, &qf_rec_breaker, row, false);
    qf_assert(!b.failed);
    line_add(out, b.p, b.len);
    qf_buf_release(&b);
}

void journal_lines(struct qf_buf *out, const struct journal_rows *rows)
{
    for (size_t i = 0; i < rows->states_n; i++)
        journal_line_state(out, &rows->states[i]);
    for (size_t i = 0; i < rows->trips_n; i++)
        journal_line_trip(out, &rows->trips[i]);
    for (size_t i = 0; i < rows->cancels_n; i++)
        journal_line_cancel(out, rows->cancels[i]);
}

static void ignore_state(void *arg, const struct qf_trading_state *row)
{
    (void)arg, (void)row;
}

static void ignore_cancel(void *arg, int64_t order)
{
    (void)arg, (void)order;
}

static void ignore_trip(void *arg, const struct qf_breaker *row)
{
    (void)arg, (void)row;
}

static bool take_state(const char *p, size_t n, const struct journal_reader *reader)
{
    struct qf_json json;
    struct qf_trading_state row;
    struct qf_wire_error error;
    struct qf_arena arena;
    qf_arena_init(&arena, LINE_MAX_BYTES);
    qf_json_begin(&json, p, n);
    bool ok = qf_wire_decode(&json, &qf_rec_trading_state, QF_WIRE_STRICT, &row, &arena, &error) == QF_OK;
    qf_arena_release(&arena);
    if (ok)
        reader->state(reader->arg, &row);
    return ok;
}

static bool whole_trip(const struct qf_breaker *row)
{
    const uint64_t need = QF_BIT(breaker, code) | QF_BIT(breaker, scope) | QF_BIT(breaker, name) | QF_BIT(breaker, action) |
                        QF_BIT(breaker, since) | QF_BIT(breaker, trip);
    return (row->has & need) == need && row->tripped && row->code >= 0 && row->code < QF_breaker_code_COUNT && row->action > QF_STATE_ACTIVE &&
           row->action < QF_desk_state_COUNT;
}

/* Lenient: a row as it is answered has fields no request may have. */
static bool take_trip(const char *p, size_t n, const struct journal_reader *reader)
{
    struct qf_json json;
    struct qf_breaker row;
    struct qf_wire_error error;
    struct qf_arena arena;
    qf_arena_init(&arena, LINE_MAX_BYTES);
    qf_json_begin(&json, p, n);
    bool ok = qf_wire_decode(&json, &qf_rec_breaker, QF_WIRE_LENIENT, &row, &arena, &error) == QF_OK && whole_trip(&row);
    qf_arena_release(&arena);
    if (ok)
        reader->trip(reader->arg, &row);
    return ok;
}

static bool take_cancel(const char *p, size_t n, const struct journal_reader *reader)
{
    struct qf_json json;
    int64_t order;
    qf_json_begin(&json, p, n);
    if (qf_json_i64(&json, &order) != QF_OK || qf_json_finish(&json) != QF_OK || order < 1)
        return false;
    reader->cancel(reader->arg, order);
    return true;
}

static bool take_line(const char *p, size_t n, const struct journal_reader *reader)
{
    char sum[SUM_HEX + 1];
    if (n < SUM_HEX + 4 || n > LINE_MAX_BYTES || p[SUM_HEX] != ' ' || p[SUM_HEX + 2] != ' ')
        return false;
    sum_of(p + SUM_HEX + 1, n - SUM_HEX - 1, sum);
    if (memcmp(sum, p, SUM_HEX) != 0)
        return false;
    const char *record = p + SUM_HEX + 3;
    size_t size = n - SUM_HEX - 3;
    switch (p[SUM_HEX + 1]) {
    case 'S': return take_state(record, size, reader);
    case 'C': return take_cancel(record, size, reader);
    case 'B': return take_trip(record, size, reader);
    default: return false;
    }
}

/* --- the file as a whole */

static enum qf_err slurp(int fd, struct qf_buf *b)
{
    for (;;) {
        char *room = qf_buf_room(b, 65536);
        if (!room)
            return QF_EFULL;
        ssize_t n = read(fd, room, 65536);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return QF_EIO;
        if (n == 0)
            return QF_OK;
        b->len += (size_t)n;
    }
}

/* Each line proves itself by its sum, so a damaged one does not take those behind it along: a stop must not be forgotten because
 * the disk was full before it. *ret_good: where the last line that holds ends. Returns how many do not hold. */
static uint32_t take_lines(const struct qf_buf *b, const struct journal_reader *reader, size_t *ret_good)
{
    uint32_t damaged = 0;
    *ret_good = 0;
    for (size_t at = 0; at < b->len;) {
        const char *p = b->p + at, *end = memchr(p, '\n', b->len - at);
        size_t n = end ? (size_t)(end - p) : b->len - at;
        at += n + (end ? 1 : 0);
        if (end && take_line(p, n, reader))
            *ret_good = at;
        else
            damaged++;
    }
    return damaged;
}

enum qf_err journal_read(const char *path, const struct journal_reader *reader, bool *ret_damaged)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno != ENOENT)
        return QF_EIO;
    struct qf_buf b;
    size_t good;
    qf_buf_init(&b, JOURNAL_FILE_MAX);
    enum qf_err err = fd < 0 ? QF_OK : slurp(fd, &b);
    if (fd >= 0)
        close(fd);
    bool damaged = err == QF_OK && take_lines(&b, reader, &good) > 0;
    if (ret_damaged)
        *ret_damaged = damaged;
    qf_buf_release(&b);
    return err;
}

bool journal_write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return false;
        p += w;
        n -= (size_t)w;
    }
    return true;
}

/* A renamed file is safe only when its folder is on the disk too. */
static bool sync_folder(const char *path)
{
    char folder[256];
    const char *slash = strrchr(path, '/');
    if (!slash || !qf_str_copyn(folder, sizeof folder, path, slash == path ? 1 : (size_t)(slash - path)))
        return false;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

int journal_write_anew(const char *path, const struct qf_buf *b, bool *ret_ok)
{
    char beside[264];
    qf_str_fmt(beside, sizeof beside, "%s.new", path);
    *ret_ok = false;
    int fd = open(beside, O_WRONLY | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -1;
    if (b->failed || !journal_write_all(fd, b->p, b->len) || fsync(fd) != 0 || rename(beside, path) != 0) {
        close(fd);
        (void)unlink(beside); /* half a file must not take the room the journal needs */
        return -1;
    }
    *ret_ok = sync_folder(path);
    return fd;
}

enum qf_err journal_rewrite(const char *path, const struct journal_rows *rows)
{
    struct qf_buf b;
    bool ok;
    qf_buf_init(&b, JOURNAL_FILE_MAX);
    journal_lines(&b, rows);
    int fd = journal_write_anew(path, &b, &ok);
    if (fd >= 0)
        close(fd);
    qf_buf_release(&b);
    return ok ? QF_OK : QF_EIO;
}

bool journal_cut_tail(int fd, off_t *ret_good)
{
    const struct journal_reader nobody = { ignore_state, ignore_cancel, ignore_trip, NULL };
    struct qf_buf b;
    size_t good = 0;
    qf_buf_init(&b, JOURNAL_FILE_MAX);
    bool ok = slurp(fd, &b) == QF_OK;
    if (ok)
        (void)take_lines(&b, &nobody, &good);
    if (ok && good < b.len)
        ok = ftruncate(fd, (off_t)good) == 0 && fsync(fd) == 0;
    qf_buf_release(&b);
    *ret_good = (off_t)good;
    return ok;
}
