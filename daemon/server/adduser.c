#include "daemon/server/adduser.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/str.h"
#include "daemon/server/inside.h"

#define REQUEST "adduser.request"
#define ANSWER "adduser.answer"
#define TEXT_MAX 1024
#define WAIT_MS 15000

/* --- files in the state folder */

static void path_of(const struct conf *conf, const char *name, char out[256])
{
    qf_str_fmt(out, 256, "%s/%s", conf->state_dir, name);
}

/* Written beside and renamed: the other side never sees half of it. */
static bool put_file(const struct conf *conf, const char *name, const char *text)
{
    char path[256], beside[272];
    path_of(conf, name, path);
    qf_str_fmt(beside, sizeof beside, "%s.%ld", path, (long)getpid());
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return false;
    size_t n = strlen(text);
    bool ok = write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
    close(fd);
    if (ok && rename(beside, path) == 0)
        return true;
    unlink(beside);
    return false;
}

/* Ours to believe: a plain file of the folder's owner or of root, that nobody else can write. */
static bool trusted(const struct conf *conf, int fd)
{
    struct stat file, folder;
    return fstat(fd, &file) == 0 && stat(conf->state_dir, &folder) == 0 && S_ISREG(file.st_mode) && (file.st_mode & 077) == 0 &&
           (file.st_uid == folder.st_uid || file.st_uid == 0) && file.st_size < TEXT_MAX;
}

/* Takes the file away and gives its text. */
static bool take_file(const struct conf *conf, const char *name, char out[TEXT_MAX])
{
    char path[256];
    path_of(conf, name, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return false;
    ssize_t n = trusted(conf, fd) ? read(fd, out, TEXT_MAX - 1) : -1;
    close(fd);
    unlink(path);
    out[n > 0 ? n : 0] = '\0';
    return n > 0;
}

/* --- the request as text: five lines, in this order */

static void write_text(const struct adduser *in, char out[TEXT_MAX])
{
    char uid[24] = "-";
    if (in->has_uid)
        qf_str_fmt(uid, sizeof uid, "%" PRId64, in->uid);
    qf_str_fmt(out, TEXT_MAX, "%s\n%s\n%s\n%s\nend\n", in->name, qf_enum_text(&qf_enum_role, in->role), uid,
               in->has_password ? in->password : "-");
}

static bool next_line(const char **at, char *out, size_t cap)
{
    const char *end = strchr(*at, '\n');
    if (!end || !qf_str_copyn(out, cap, *at, (size_t)(end - *at)))
        return false;
    *at = end + 1;
    return true;
}

static bool parse_uid(const char *text, struct adduser *out)
{
    char *end;
    out->has_uid = !qf_str_eq(text, "-");
    errno = 0;
    out->uid = out->has_uid ? strtoll(text, &end, 10) : 0;
    return !out->has_uid || (errno == 0 && end != text && *end == '\0' && out->uid >= 0 && out->uid <= 4294967294);
}

static bool read_text(const char *text, struct adduser *out)
{
    char role[16], uid[24], password[sizeof out->password], end[8];
    memset(out, 0, sizeof *out);
    if (!next_line(&text, out->name, sizeof out->name) || !next_line(&text, role, sizeof role) || !next_line(&text, uid, sizeof uid) ||
        !next_line(&text, password, sizeof password) || !next_line(&text, end, sizeof end) || !qf_str_eq(end, "end"))
        return false;
    out->role = qf_enum_find(&qf_enum_role, role, strlen(role));
    out->has_password = !qf_str_eq(password, "-");
    if (out->has_password)
        qf_str_copy(out->password, sizeof out->password, password);
    return *out->name && out->role >= 0 && parse_uid(uid, out);
}

/* --- the asking side */

bool adduser_leave(const struct conf *conf, const struct adduser *in, char *why, size_t why_cap)
{
    char text[TEXT_MAX], answer[TEXT_MAX];
    write_text(in, text);
    (void)take_file(conf, ANSWER, answer); /* of somebody who did not wait */
    if (!put_file(conf, REQUEST, text)) {
        qf_str_fmt(why, why_cap, "cannot write to %s: %s", conf->state_dir, strerror(errno));
        return false;
    }
    for (int waited = 0; waited < WAIT_MS; waited += 20) {
        if (take_file(conf, ANSWER, answer)) {
            char *end = strchr(answer, '\n');
            if (end)
                *end = '\0';
            qf_str_copy(why, why_cap, answer + (strncmp(answer, "ok ", 3) == 0 ? 3 : 0));
            return strncmp(answer, "ok ", 3) == 0;
        }
        usleep(20000);
    }
    (void)take_file(conf, REQUEST, text);
    qf_str_copy(why, why_cap, "the daemon does not answer");
    return false;
}

/* --- the daemon's side */

struct asked {
    struct adduser in;
    struct server *server;
    void (*done)(void *arg, bool ok, const char *why);
    void *arg;
};

static void image_of(const struct ctx *c, const struct adduser *in, struct qf_user *ret)
{
    const struct qf_user *was = desk_user(c->desk, in->name);
    if (was)
        *ret = *was;
    else
        *ret = (struct qf_user){ .created = c->actor.wall };
    qf_str_copy(ret->name, sizeof ret->name, in->name);
    ret->role = in->role;
    ret->disabled = false;
    ret->must_change = false;
    ret->updated = c->actor.wall;
    qf_rec_fill(&qf_rec_user, ret);
    if (in->has_uid) {
        ret->os_uid = in->uid;
        QF_SET(ret, user, os_uid);
    }
    if (in->has_password) {
        qf_str_copy(ret->password, sizeof ret->password, in->password);
        QF_SET(ret, user, password);
    }
}

static enum handled put_user(struct ctx *c, const void *in_, void *out)
{
    const struct asked *a = in_;
    struct qf_user row;
    const struct qf_user *same = a->in.has_uid ? desk_user_uid(c->desk, a->in.uid) : NULL;
    (void)out;
    if (same && !qf_str_eq(same->name, a->in.name)) {
        qf_refuse(&c->refusal, QF_R_ALREADY, "os_uid", "that user id belongs to %s", same->name);
        return REFUSED;
    }
    image_of(c, &a->in, &row);
    if (desk_put_user(c->desk, c->batch, &row) != QF_OK) {
        qf_refuse(&c->refusal, QF_R_BUSY, "", "there are too many users");
        return REFUSED;
    }
    qf_str_fmt(c->detail, sizeof c->detail, "%s is %s%s%s", row.name, qf_enum_text(&qf_enum_role, row.role),
               a->in.has_uid ? ", by user id" : "", a->in.has_password ? ", by password" : "");
    return HANDLED;
}

/* Durable or undone: what the desk has then is the answer. */
static void on_settled(void *arg, bool ok)
{
    struct asked *a = arg;
    char why[160];
    qf_str_fmt(why, sizeof why, ok ? "%s is %s" : "%s was not written, %s: the database did not take it", a->in.name,
               qf_enum_text(&qf_enum_role, a->in.role));
    a->done(a->arg, ok, why);
    free(a);
}

void adduser_do(struct server *s, const struct adduser *in, void (*done)(void *arg, bool ok, const char *why), void *arg)
{
    struct qf_refusal r = { 0 };
    struct asked *a = qf_xalloc(sizeof *a);
    *a = (struct asked){ *in, s, done, arg };
    if (door(s, SYSTEM_USER, "adduser", put_user, a, &r) == HANDLED) {
        commit_tell_me(s->commit, on_settled, a);
        return;
    }
    done(arg, false, qf_refusal_text(&r));
    free(a);
}

static void on_looked(void *arg, bool ok, const char *why)
{
    struct server *s = arg;
    char text[TEXT_MAX];
    qf_str_fmt(text, sizeof text, "%s%s\n", ok ? "ok " : "", why);
    if (!put_file(s->conf, ANSWER, text))
        server_event(s, QF_SEV_WARN, "adduser", "the answer could not be written to the state folder");
}

void adduser_look(struct server *s)
{
    char text[TEXT_MAX];
    struct adduser in;
    if (!take_file(s->conf, REQUEST, text))
        return;
    if (read_text(text, &in))
        adduser_do(s, &in, on_looked, s);
    else
        on_looked(s, false, "the request cannot be read");
}
