/* The file's lines go through libinih one by one; what it lets pass silently (sections nobody knows, keys twice, long
 * lines, comments behind values) is asked here. Everything lands in a copy that is handed out only when all of it is
 * right. */
#include "daemon/server/conf.h"

#include "common/mem.h"
#include "common/str.h"
#include "daemon/server/conf_keys.h"
#include "daemon/server/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEYS_MAX 64
#define SECTION_MAX 40
#define PG_SOCKET_DIR_MAX 93 /* with "/.s.PGSQL.5432" behind it the longest a Unix socket can have */
#define MAIN QF_MAX_FEEDS    /* index of what is in no feed */

struct load {
    const char *file, *text;
    size_t n, at;
    int line;
    int feed;                   /* whose lines these are; MAIN = a section of its own */
    char section[SECTION_MAX + 1];
    char sections[16][SECTION_MAX + 1]; /* seen, other than feeds */
    int section_count;
    int seen[QF_MAX_FEEDS + 1][KEYS_MAX]; /* line of each key, 0 = not given */
    int feed_line[QF_MAX_FEEDS];
    struct conf c;
    char *why;
    size_t why_cap;
    int bad_line;               /* 0 = all is well */
};

/* The first message of the lowest line stays. */
QF_PRINTF(3, 4) static bool fail(struct load *l, int line, const char *fmt, ...)
{
    char text[300];
    va_list ap;
    if (l->bad_line && l->bad_line <= line)
        return false;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    l->bad_line = line > 0 ? line : 1;
    qf_str_fmt(l->why, l->why_cap, "%s:%d: %s", l->file, l->bad_line, text);
    return false;
}

/* --- values */
static bool set_int(struct load *l, const struct conf_key *k, const char *v, int64_t *ret)
{
    qf_i128 x;
    if (qf_dec_parse(v, strlen(v), 0, INT64_MAX, &x) != QF_OK)
        return fail(l, l->line, "%s = %s: not a whole number", k->name, v);
    if (x < k->min || x > k->max)
        return fail(l, l->line, "%s = %s: not from %lld to %lld", k->name, v, (long long)k->min, (long long)k->max);
    *ret = (int64_t)x;
    return true;
}

static bool set_bool(struct load *l, const struct conf_key *k, const char *v, bool *ret)
{
    if (!qf_str_eq(v, "yes") && !qf_str_eq(v, "no"))
        return fail(l, l->line, "%s = %s: neither yes nor no", k->name, v);
    *ret = qf_str_eq(v, "yes");
    return true;
}

static bool set_word(struct load *l, const struct conf_key *k, const char *v, int *ret)
{
    int i = qf_enum_find(k->en, v, strlen(v));
    if (i < 0) {
        char all[120] = "";
        for (int w = 0; w < k->en->count; w++) {
            size_t n = strlen(all);
            qf_str_fmt(all + n, sizeof all - n, " %s", k->en->texts[w]);
        }
        return fail(l, l->line, "%s = %s: not one of%s", k->name, v, all);
    }
    *ret = i;
    return true;
}

static bool set_money(struct load *l, const struct conf_key *k, const char *v, qf_money *ret)
{
    qf_money m;
    if (qf_money_parse(v, strlen(v), &m) != QF_OK || m < 0)
        return fail(l, l->line, "%s = %s: not an amount", k->name, v);
    *ret = m;
    return true;
}

static bool is_name(const char *v)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return v[strspn(v, letters)] == '\0';
}

static bool set_text(struct load *l, const struct conf_key *k, const char *v, char *ret)
{
    size_t n = strlen(v);
    if (n > (size_t)k->max)
        return fail(l, l->line, "%s: longer than %lld bytes", k->name, (long long)k->max);
    if (n < (size_t)k->min)
        return fail(l, l->line, "%s: at least %lld byte%s", k->name, (long long)k->min, k->min == 1 ? "" : "s");
    if (k->type == CONF_NAME && !is_name(v))
        return fail(l, l->line, "%s = %s: only letters, digits and . _ -", k->name, v);
    if ((k->type == CONF_PATH || k->type == CONF_FILES) && n > 0 && *v != '/')
        return fail(l, l->line, "%s = %s: not a path from / on", k->name, v);
    qf_str_copy(ret, (size_t)k->max + 1, v);
    return true;
}

static bool set_file(struct load *l, const struct conf_key *k, const char *v, struct conf_feed *f)
{
    if (f->file_count == (int)QF_LEN(f->files))
        return fail(l, l->line, "file: at most %zu of them", QF_LEN(f->files));
    return set_text(l, k, v, f->files[f->file_count]) && ++f->file_count > 0;
}

static void *base_of(struct load *l)
{
    return l->feed == MAIN ? (void *)&l->c : (void *)&l->c.feeds[l->feed];
}

static bool set(struct load *l, const struct conf_key *k, const char *v)
{
    void *at = (char *)base_of(l) + k->off;
    switch (k->type) {
    case CONF_INT:
        return set_int(l, k, v, at);
    case CONF_BOOL:
        return set_bool(l, k, v, at);
    case CONF_WORD:
        return set_word(l, k, v, at);
    case CONF_MONEY:
        return set_money(l, k, v, at);
    case CONF_FILES:
        return set_file(l, k, v, base_of(l));
    default:
        return set_text(l, k, v, at);
    }
}

/* Every key of a section (prefix "" = all but feeds) gets what the table says. */
static void set_fallbacks(struct load *l, bool feed)
{
    for (int i = 0; i < conf_key_count; i++) {
        const struct conf_key *k = &conf_keys[i];
        if (qf_str_eq(k->section, "feed") == feed && k->fallback && *k->fallback && k->type != CONF_FILES)
            qf_assert(set(l, k, k->fallback));
    }
}

/* --- sections */
static bool known_section(const char *name)
{
    for (int i = 0; i < conf_key_count; i++)
        if (qf_str_eq(conf_keys[i].section, name) && !qf_str_eq(name, "feed"))
            return true;
    return false;
}

static bool begin_feed(struct load *l, const char *name)
{
    if (!*name || strlen(name) >= sizeof l->c.feeds[0].name || !is_name(name))
        return fail(l, l->line, "[feed %s]: a feed's name has 1 to 24 letters, digits and . _ -", name);
    for (int i = 0; i < l->c.feed_count; i++)
        if (qf_str_eq(l->c.feeds[i].name, name))
            return fail(l, l->line, "[feed %s] is there twice", name);
    if (l->c.feed_count == QF_MAX_FEEDS)
        return fail(l, l->line, "more than %d feeds", QF_MAX_FEEDS);
    l->feed = l->c.feed_count++;
    l->feed_line[l->feed] = l->line;
    qf_str_copy(l->c.feeds[l->feed].name, sizeof l->c.feeds[0].name, name);
    l->c.feeds[l->feed].kind = -1;
    set_fallbacks(l, true);
    return true;
}

static bool begin_section(struct load *l, const char *name)
{
    qf_str_copy(l->section, sizeof l->section, name);
    if (strncmp(name, "feed ", 5) == 0)
        return begin_feed(l, name + 5);
    l->feed = MAIN;
    if (!known_section(name))
        return fail(l, l->line, "[%s]: no such section", name);
    for (int i = 0; i < l->section_count; i++)
        if (qf_str_eq(l->sections[i], name))
            return fail(l, l->line, "[%s] is there twice", name);
    qf_assert(l->section_count < (int)QF_LEN(l->sections));
    qf_str_copy(l->sections[l->section_count++], sizeof l->sections[0], name);
    return true;
}

/* p: from '[' on. libinih would let anything stand behind the ']'. */
static bool section_line(struct load *l, const char *p, size_t n)
{
    char name[SECTION_MAX + 1];
    while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t' || p[n - 1] == '\r'))
        n--;
    if (n < 2 || p[n - 1] != ']')
        return fail(l, l->line, "a section is [name] and nothing behind it");
    if (!qf_str_copyn(name, sizeof name, p + 1, n - 2) || strpbrk(name, "[]"))
        return fail(l, l->line, "no such section");
    return begin_section(l, name);
}

/* --- lines */
static bool clean(const char *p, size_t n)
{
    uint32_t cp;
    for (size_t i = 0, used; i < n; i += used) {
        used = qf_utf8_next(p + i, n - i, &cp);
        bool at_end = cp == '\r' && i + 1 == n;
        if (used == 0 || (qf_cp_forbidden(cp) && cp != '\t' && !at_end))
            return false;
    }
    return true;
}

static bool look_at_line(struct load *l, const char *p, size_t n)
{
    if (n > CONF_LINE_MAX)
        return fail(l, l->line, "the line has more than %d bytes", CONF_LINE_MAX);
    if (!clean(p, n))
        return fail(l, l->line, "control characters, or not UTF-8");
    while (n > 0 && (*p == ' ' || *p == '\t')) {
        p++;
        n--;
    }
    return n == 0 || *p != '[' || section_line(l, p, n);
}

/* libinih's reader: the next line. NULL ends it, also after a fault. */
static char *next_line(char *out, int cap, void *arg)
{
    struct load *l = arg;
    if (l->at >= l->n || l->bad_line)
        return NULL;
    const char *p = l->text + l->at, *end = memchr(p, '\n', l->n - l->at);
    size_t n = end ? (size_t)(end - p) : l->n - l->at;
    l->at += n + (end != NULL);
    l->line++;
    if (!look_at_line(l, p, n))
        return NULL;
    qf_assert(n + 2 <= (size_t)cap);
    memcpy(out, p, n);
    out[n] = '\n';
    out[n + 1] = '\0';
    return out;
}

static int find_key(const char *section, const char *name)
{
    for (int i = 0; i < conf_key_count; i++)
        if (qf_str_eq(conf_keys[i].section, section) && qf_str_eq(conf_keys[i].name, name))
            return i;
    return -1;
}

/* libinih's handler: one pair of the line read last. */
static int on_pair(void *arg, const char *section, const char *name, const char *value)
{
    struct load *l = arg;
    (void)section; /* cut by libinih when it is long; l->section is ours */
    if (l->bad_line)
        return 0;
    int k = find_key(l->feed == MAIN ? l->section : "feed", name);
    if (k < 0)
        return fail(l, l->line, *l->section ? "%s: no such key in [%s]" : "%s: stands before the first section", name,
                    l->section);
    int *seen = &l->seen[l->feed][k];
    if (*seen && conf_keys[k].type != CONF_FILES)
        return fail(l, l->line, "%s is there twice, first in line %d", name, *seen);
    if (strstr(value, " ;") || strstr(value, " #") || strstr(value, "\t;") || strstr(value, "\t#"))
        return fail(l, l->line, "%s: comments stand on lines of their own", name);
    *seen = l->line;
    return set(l, &conf_keys[k], value);
}

/* --- what goes together */
static int line_of(const struct load *l, int feed, const char *section, const char *name)
{
    int k = find_key(section, name);
    qf_assert(k >= 0);
    return l->seen[feed][k] ? l->seen[feed][k] : feed == MAIN ? l->line : l->feed_line[feed];
}

static bool check_feed(struct load *l, int i)
{
    struct conf_feed *f = &l->c.feeds[i];
    if (f->kind < 0)
        return fail(l, l->feed_line[i], "[feed %s]: kind is missing", f->name);
    for (int k = 0; k < conf_key_count; k++)
        if (l->seen[i][k] && !(conf_keys[k].kinds >> f->kind & 1U))
            return fail(l, l->seen[i][k], "%s is not for a feed of kind %s", conf_keys[k].name,
                        qf_enum_feed_kind.texts[f->kind]);
    if (f->kind == QF_FEED_REPLAY && f->file_count == 0)
        return fail(l, l->feed_line[i], "[feed %s]: a replay needs a file", f->name);
    if (f->kind == QF_FEED_SIMULATED && l->c.mode != QF_MODE_SIMULATED)
        return fail(l, line_of(l, MAIN, "desk", "mode"), "mode = %s: [feed %s] is simulated, so the money is",
                    qf_enum_money_mode.texts[l->c.mode], f->name);
    return true;
}

static bool check_paths(struct load *l)
{
    struct conf *c = &l->c;
    if (!*c->state_dir)
        return fail(l, l->line, "[desk] state_dir is missing");
    if (!*c->runtime_dir &&
        qf_str_fmt(c->runtime_dir, sizeof c->runtime_dir, "%s/run", c->state_dir) != strlen(c->state_dir) + 4)
        return fail(l, line_of(l, MAIN, "desk", "state_dir"),
                    "state_dir is long; give a shorter runtime_dir for the sockets");
    if (strlen(c->runtime_dir) > PG_SOCKET_DIR_MAX)
        return fail(l, line_of(l, MAIN, "desk", "runtime_dir"),
                    "runtime_dir %s has more than %d bytes: PostgreSQL's socket would not fit", c->runtime_dir,
                    PG_SOCKET_DIR_MAX);
    if (!*c->socket)
        qf_str_fmt(c->socket, sizeof c->socket, "%s/qfd.sock", c->runtime_dir);
    return true;
}

static bool check_listen(struct load *l)
{
    const struct conf *c = &l->c;
    bool tls = *c->tls_cert != '\0';
    if (tls != (*c->tls_key != '\0'))
        return fail(l, line_of(l, MAIN, "listen", tls ? "tls_cert" : "tls_key"),
                    "tls_cert and tls_key need each other");
    if (*c->tls_ca && !tls)
        return fail(l, line_of(l, MAIN, "listen", "tls_ca"), "tls_ca needs tls_cert and tls_key");
    if (*c->tcp_address && !tls && !listen_is_loopback(c->tcp_address))
        return fail(l, line_of(l, MAIN, "listen", "tcp_address"),
                    "tcp_address = %s: beyond loopback tls_cert and tls_key are needed", c->tcp_address);
    if (*c->http_address && !listen_is_loopback(c->http_address))
        return fail(l, line_of(l, MAIN, "listen", "http_address"), "http_address = %s: not a numeric loopback address",
                    c->http_address);
    return true;
}

static bool check(struct load *l)
{
    if (l->c.mode == QF_MODE_REAL)
        return fail(l, line_of(l, MAIN, "desk", "mode"), "mode = REAL: there is no venue for real money yet");
    for (int i = 0; i < l->c.feed_count; i++)
        if (!check_feed(l, i))
            return false;
    return check_paths(l) && check_listen(l);
}

/* --- all */
static int run_inih(struct load *l)
{
    ini_allow_multiline = false;
    ini_allow_inline_comments = false;
    ini_allow_bom = false;
    ini_use_stack = false;
    ini_max_line = ini_initial_alloc = CONF_LINE_MAX + 3;
    return ini_parse_stream(next_line, l, on_pair, l);
}

static bool parse(struct load *l)
{
    qf_assert(conf_key_count <= KEYS_MAX);
    l->feed = MAIN;
    set_fallbacks(l, false);
    int rc = run_inih(l);
    if (rc < 0)
        return fail(l, 1, "no memory");
    if (rc > 0)
        fail(l, rc, "neither [section] nor key = value");
    return l->bad_line == 0 && check(l);
}

bool conf_parse(const char *file, const char *text, size_t n, struct conf *ret, char *why, size_t why_cap)
{
    struct load *l = qf_xalloc(sizeof *l);
    l->file = file;
    l->text = text;
    l->n = n;
    l->why = why;
    l->why_cap = why_cap;
    bool ok = parse(l);
    if (ok)
        *ret = l->c;
    free(l);
    return ok;
}

/* The whole of a regular file; NULL with errno, or a reason. */
static char *read_file(const char *file, size_t *ret_n, const char **ret_what)
{
    struct stat st;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char *text = NULL;
    ssize_t n = -1;
    *ret_what = NULL;
    if (fd < 0 || fstat(fd, &st) != 0)
        *ret_what = strerror(errno);
    else if (!S_ISREG(st.st_mode))
        *ret_what = "not a file";
    else if (st.st_size > CONF_FILE_MAX)
        *ret_what = "larger than 64 KiB";
    else if ((text = malloc(CONF_FILE_MAX)) == NULL || (n = read(fd, text, CONF_FILE_MAX)) < 0)
        *ret_what = strerror(errno);
    if (fd >= 0)
        close(fd);
    if (*ret_what) {
        free(text);
        return NULL;
    }
    *ret_n = (size_t)n;
    return text;
}

bool conf_read(const char *file, struct conf *ret, char *why, size_t why_cap)
{
    size_t n = 0;
    const char *what;
    char *text = read_file(file, &n, &what);
    if (!text) {
        qf_str_fmt(why, why_cap, "%s:1: cannot be read: %s", file, what);
        return false;
    }
    bool ok = conf_parse(file, text, n, ret, why, why_cap);
    free(text);
    return ok;
}
