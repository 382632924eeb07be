#include "tui/prefs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/str.h"

#define FILE_MAX (256 * 1024)
#define ENTRIES 1000

struct entry {
    char *user, *key, *value;
};

struct tui_prefs {
    char path[256];
    struct entry *entries;
    size_t n;
};

void tui_prefs_default(char *out, size_t cap)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    out[0] = '\0';
    if (state && state[0])
        qf_str_fmt(out, cap, "%s/quantumfond/console", state);
    else if (home && home[0])
        qf_str_fmt(out, cap, "%s/.local/state/quantumfond/console", home);
}

static char *copy(const char *text, size_t n)
{
    char *p = qf_xalloc(n + 1);
    memcpy(p, text, n);
    p[n] = '\0';
    return p;
}

static struct entry *find(const struct tui_prefs *p, const char *user, const char *key)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->entries[i].user, user) == 0 && strcmp(p->entries[i].key, key) == 0)
            return &p->entries[i];
    return NULL;
}

static void put(struct tui_prefs *p, const char *user, size_t user_n, const char *key, size_t key_n, const char *value,
                size_t value_n)
{
    if (p->n >= ENTRIES)
        return;
    p->entries = qf_xrealloc(p->entries, (p->n + 1) * sizeof *p->entries);
    p->entries[p->n++] = (struct entry){copy(user, user_n), copy(key, key_n), copy(value, value_n)};
}

static void read_line(struct tui_prefs *p, const char *line, size_t n)
{
    const char *tab = memchr(line, '\t', n);
    if (!tab || !qf_utf8_valid(line, n) || memchr(line, '\0', n))
        return;
    const char *key = tab + 1, *end = line + n, *tab2 = memchr(key, '\t', (size_t)(end - key));
    if (tab2)
        put(p, line, (size_t)(tab - line), key, (size_t)(tab2 - key), tab2 + 1, (size_t)(end - tab2 - 1));
}

static void read_file(struct tui_prefs *p)
{
    struct stat st;
    char *text = qf_xalloc(FILE_MAX);
    int fd = open(p->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n = -1;
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 022) == 0)
        n = read(fd, text, FILE_MAX);
    if (fd >= 0)
        close(fd);
    for (char *line = text; n > 0 && line < text + n;) {
        char *end = memchr(line, '\n', (size_t)(text + n - line));
        size_t len = end ? (size_t)(end - line) : (size_t)(text + n - line);
        read_line(p, line, len);
        line += len + 1;
    }
    free(text);
}

struct tui_prefs *tui_prefs_new(const char *path)
{
    struct tui_prefs *p = qf_xalloc(sizeof *p);
    memset(p, 0, sizeof *p);
    if (path && path[0] && qf_str_copy(p->path, sizeof p->path, path))
        read_file(p);
    else
        p->path[0] = '\0';
    return p;
}

static void drop(struct entry *e)
{
    free(e->user);
    free(e->key);
    free(e->value);
}

void tui_prefs_free(struct tui_prefs *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n; i++)
        drop(&p->entries[i]);
    free(p->entries);
    free(p);
}

const char *tui_prefs_get(const struct tui_prefs *p, const char *user, const char *key)
{
    const struct entry *e = find(p, user, key);
    return e ? e->value : "";
}

/* The folders of the file, for this user alone where they are not there yet. */
static void make_folders(const char *path)
{
    char folder[256];
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/'))
        if (qf_str_copyn(folder, sizeof folder, path, (size_t)(slash - path)))
            (void)mkdir(folder, 0700);
}

static bool write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

static enum qf_err save(const struct tui_prefs *p)
{
    char beside[264];
    struct qf_buf text;
    if (!p->path[0])
        return QF_OK;
    qf_buf_init(&text, FILE_MAX);
    for (size_t i = 0; i < p->n; i++)
        qf_buf_fmt(&text, "%s\t%s\t%s\n", p->entries[i].user, p->entries[i].key, p->entries[i].value);
    qf_str_fmt(beside, sizeof beside, "%s.new", p->path);
    make_folders(p->path);
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool good = fd >= 0 && write_all(fd, text.p ? text.p : "", text.len);
    if (fd >= 0)
        good = close(fd) == 0 && good;
    good = good && rename(beside, p->path) == 0;
    qf_buf_release(&text);
    return good ? QF_OK : QF_EIO;
}

enum qf_err tui_prefs_set(struct tui_prefs *p, const char *user, const char *key, const char *value)
{
    struct entry *e = find(p, user, key);
    if (e && strcmp(e->value, value) == 0)
        return QF_OK;
    if (e) {
        drop(e);
        *e = p->entries[--p->n];
    }
    if (value[0])
        put(p, user, strlen(user), key, strlen(key), value, strlen(value));
    return save(p);
}
