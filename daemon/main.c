/* qfd: the daemon and the few things that are done beside it. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "common/str.h"
#include "common/version.h"
#include "daemon/api/table.h"
#include "daemon/server/adduser.h"
#include "daemon/server/digest.h"
#include "daemon/server/http.h"
#include "daemon/server/limits_list.h"
#include "daemon/server/listen.h"
#include "daemon/server/passwd.h"
#include "daemon/server/place.h"
#include "daemon/server/run.h"
#include "daemon/server/verify_all.h"
#include "daemon/store/embedded.h"

#define WHY 400
#define DRAIN_US (10 * QF_MS)
#define KNOCK_US (100 * QF_MS)
#define KNOCK_TRIES 100 /* 10 s for a daemon that was taken over to notice, and to leave its socket */
#define DRAIN_TRIES 500 /* 5 s: then it ends all the same, undone commands were never acknowledged */

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct options {
    const char *config, *password_file, *os_uid;
    bool takeover;
    char **words;
    int words_n;
};

static int usage(void)
{
    fputs("usage: qfd run --config FILE [--takeover]\n"
          "       qfd check-config FILE\n"
          "       qfd migrate --config FILE\n"
          "       qfd adduser --config FILE NAME ROLE [--os-uid N] [--password-file FILE]\n"
          "       qfd verify --config FILE\n"
          "       qfd print settings|limits|statements\n"
          "       qfd --version\n", stderr);
    return EXIT_USAGE;
}

static int failed(const char *why)
{
    fprintf(stderr, "qfd: %s\n", why);
    return EXIT_FAILED;
}

static bool read_conf(const struct options *o, struct conf *ret)
{
    char why[WHY];
    if (!o->config) {
        fputs("qfd: --config FILE is needed\n", stderr);
        return false;
    }
    if (conf_read(o->config, ret, why, sizeof why))
        return true;
    (void)failed(why);
    return false;
}

/* --- run */

struct daemon {
    const struct conf *conf;
    struct qf_loop *loop;
    struct place *place;
    struct server *server;
    struct listen *listen;
    struct http *http;
    struct qf_timer *drain, *knock;
    struct qf_watch *signals[3];
    int drained, knocked;
    bool takeover;
    bool ended;         /* by itself: another daemon has taken over, or the start failed */
    bool serve;         /* false: for one command only */
    const struct adduser *adduser;
    bool adduser_ok;
};

static void on_drain(void *arg)
{
    struct daemon *d = arg;
    if (server_drain(d->server) || ++d->drained > DRAIN_TRIES)
        qf_loop_stop(d->loop);
    else
        qf_timer_once(d->drain, DRAIN_US);
}

static void on_signal(int signo, void *arg)
{
    struct daemon *d = arg;
    if (signo == SIGHUP) { /* no setting can be changed while it runs: nothing is done by half */
        qf_log(QF_LOG_INFO, "main", "SIGHUP changes nothing; settings are read at the start");
        return;
    }
    qf_log(QF_LOG_INFO, "main", "ending on signal %d", signo);
    listen_stop(d->listen);
    d->listen = NULL;
    qf_timer_once(d->drain, 0);
}

static void on_ended(void *arg)
{
    struct daemon *d = arg;
    d->ended = true;
    qf_loop_stop(d->loop);
}

static bool http_ready(void *arg, char *why, size_t why_cap)
{
    return server_readiness(((struct daemon *)arg)->server, why, why_cap);
}

static bool http_sample(void *arg, struct qf_sample *ret)
{
    return server_sample(((struct daemon *)arg)->server, ret);
}

static void http_metrics_of(void *arg, http_add_fn add, void *to)
{
    server_metrics(((struct daemon *)arg)->server, add, to);
}

static bool open_doors(struct daemon *d, char *why, size_t why_cap)
{
    const struct http_callbacks cb = { .ready = http_ready, .sample = http_sample, .metrics = http_metrics_of, .arg = d };
    if (*d->conf->http_address && !d->http &&
        !(d->http = http_start(d->loop, d->conf->http_address, (int)d->conf->http_port, &cb, why, why_cap)))
        return false;
    d->listen = listen_start(d->loop, d->conf, server_conns(d->server), why, why_cap);
    return d->listen != NULL;
}

static void on_added(void *arg, bool ok, const char *why)
{
    struct daemon *d = arg;
    d->adduser_ok = ok;
    fprintf(ok ? stdout : stderr, "qfd: %s\n", why);
    qf_timer_once(d->drain, 0);
}

static void on_ready(void *arg)
{
    struct daemon *d = arg;
    char why[WHY];
    if (d->adduser) {
        adduser_do(d->server, d->adduser, on_added, d);
        return;
    }
    if (open_doors(d, why, sizeof why)) {
        qf_log(QF_LOG_INFO, "main", "serving at %s", d->conf->socket);
    } else if (d->takeover && ++d->knocked < KNOCK_TRIES) {
        qf_timer_once(d->knock, KNOCK_US);
    } else {
        qf_log(QF_LOG_ERROR, "main", "%s", why);
        on_ended(d);
    }
}

static void on_cluster(void *arg, const char *line)
{
    (void)arg;
    qf_log(QF_LOG_WARN, "postgresql", "%s", line);
}

static void raise_files(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
        r.rlim_cur = r.rlim_max < 65536 ? r.rlim_max : 65536;
        (void)setrlimit(RLIMIT_NOFILE, &r);
    }
}

static void watch_signals(struct daemon *d)
{
    static const int signals[QF_LEN(d->signals)] = { SIGTERM, SIGINT, SIGHUP };
    for (size_t i = 0; i < QF_LEN(signals); i++)
        d->signals[i] = qf_signal_new(d->loop, signals[i], on_signal, d);
}

/* The database is stopped while there is still a loop: it is watched from there. */
static void end_daemon(struct daemon *d, bool stop)
{
    place_close(d->place, stop);
    if (!d->loop)
        return;
    for (size_t i = 0; i < QF_LEN(d->signals); i++)
        qf_watch_free(d->signals[i]);
    qf_timer_free(d->drain);
    qf_timer_free(d->knock);
    qf_loop_free(d->loop);
}

/* The desk from the first look at the folders to the last byte on the disk. */
static int run_daemon(struct daemon *d, bool takeover, char why[PLACE_WHY])
{
    d->loop = qf_loop_new();
    d->drain = qf_timer_new(d->loop, on_drain, d);
    d->knock = qf_timer_new(d->loop, on_ready, d);
    d->takeover = takeover;
    watch_signals(d);
    const struct server_start start = { .loop = d->loop, .conf = d->conf, .handlers = api_table, .conninfo = place_conninfo(d->place),
                                        .takeover = takeover, .without_market = d->adduser != NULL, .second = api_second, .ready = on_ready,
                                        .ended = on_ended, .arg = d };
    d->server = server_new(&start, why, PLACE_WHY);
    if (!d->server)
        return EXIT_FAILED;
    if (!d->adduser)
        place_watch(d->place, d->loop, on_cluster, d);
    qf_loop_run(d->loop);
    qf_str_copy(why, PLACE_WHY, server_failure(d->server));
    listen_stop(d->listen);
    http_stop(d->http);
    server_free(d->server);
    return d->ended ? EXIT_FAILED : EXIT_DONE;
}

static bool open_log(const struct conf *conf)
{
    int fd = STDERR_FILENO;
    if (*conf->log_file) {
        fd = open(conf->log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
        if (fd < 0)
            return false;
    }
    qf_log_open(fd, "qfd", (enum qf_log_level)conf->log_level, conf->log_text);
    return true;
}

static void on_limit(void *arg, const char *name, int64_t value, const char *words)
{
    (void)arg;
    qf_log(QF_LOG_INFO, "limits", "%s = %" PRId64 " (%s)", name, value, words);
}

static int cmd_run(const struct options *o)
{
    struct daemon d = { .serve = true };
    char why[PLACE_WHY] = "";
    struct conf *conf = qf_xalloc(sizeof *conf);
    if (!read_conf(o, conf))
        return EXIT_FAILED;
    if (!open_log(conf))
        return failed("the log file cannot be opened");
    d.conf = conf;
    qf_log(QF_LOG_INFO, "main", "qfd %s, desk %s, %s money", QF_VERSION, conf->name, qf_enum_text(&qf_enum_money_mode, conf->mode));
    limits_list(on_limit, NULL);
    if (!place_open(conf, &d.place, why)) {
        qf_log(QF_LOG_ERROR, "main", "%s", why);
        return failed(why);
    }
    int status = run_daemon(&d, o->takeover, why);
    /* Kept out or fenced off by another daemon: then its database is not ours to stop. */
    end_daemon(&d, !d.ended);
    if (status != EXIT_DONE)
        (void)failed(*why ? why : "ended; the log says why");
    qf_log(QF_LOG_INFO, "main", "ended");
    free(conf);
    return status;
}

/* --- the others */

static int cmd_check_config(const struct options *o)
{
    char why[WHY];
    struct conf *conf = qf_xalloc(sizeof *conf);
    if (o->words_n != 1 && !o->config)
        return usage();
    bool ok = conf_read(o->words_n == 1 ? o->words[0] : o->config, conf, why, sizeof why);
    free(conf);
    return ok ? EXIT_DONE : failed(why);
}

static int cmd_migrate(const struct options *o)
{
    char why[PLACE_WHY];
    struct place *p;
    struct conf *conf = qf_xalloc(sizeof *conf);
    if (!read_conf(o, conf))
        return EXIT_FAILED;
    bool ok = place_open(conf, &p, why);
    if (ok)
        place_close(p, false);
    free(conf);
    return ok ? EXIT_DONE : failed(why);
}

static bool read_password(const char *file, char out[129], char *why, size_t why_cap)
{
    char line[160] = "";
    FILE *f = fopen(file, "re");
    bool ok = f && fgets(line, sizeof line, f) != NULL;
    if (f)
        fclose(f);
    line[strcspn(line, "\r\n")] = '\0';
    if (!ok || !*line || !qf_str_copy(out, 129, line) || !qf_utf8_valid(out, strlen(out))) {
        qf_str_fmt(why, why_cap, "%s: no password of at most 128 bytes in its first line", file);
        ok = false;
    }
    passwd_wipe(line, sizeof line);
    return ok && *out;
}

static bool take_password(const struct options *o, const struct conf *conf, struct adduser *ret, char *why, size_t why_cap)
{
    char password[129];
    const struct passwd_cost cost = { conf->argon_ops, conf->argon_mem_kib };
    if (!o->password_file)
        return true;
    if (!read_password(o->password_file, password, why, why_cap))
        return false;
    const char *rule = passwd_rule(ret->name, password);
    bool ok = !rule && passwd_hash(password, &cost, ret->password) == QF_OK;
    if (!ok)
        qf_str_copy(why, why_cap, rule ? rule : "no memory for the password's hash");
    ret->has_password = ok;
    passwd_wipe(password, sizeof password);
    return ok;
}

static bool take_words(const struct options *o, struct adduser *ret, char *why, size_t why_cap)
{
    const char *role = o->words[1];
    char *end = NULL;
    ret->role = qf_enum_find(&qf_enum_role, role, strlen(role));
    if (ret->role < 0 || ret->role == QF_ROLE_STRATEGY) {
        qf_str_fmt(why, why_cap, "no such role: %s (viewer trader risk admin feed)", role);
        return false;
    }
    if (!*o->words[0] || !qf_str_copy(ret->name, sizeof ret->name, o->words[0]) || strpbrk(ret->name, " \t\r\n") ||
        !qf_utf8_valid(ret->name, strlen(ret->name))) {
        qf_str_copy(why, why_cap, "a user name has 1 to 32 bytes and no blanks");
        return false;
    }
    if (!o->os_uid)
        return true;
    errno = 0;
    ret->uid = strtoll(o->os_uid, &end, 10);
    ret->has_uid = errno == 0 && end != o->os_uid && *end == '\0' && ret->uid >= 0 && ret->uid <= 4294967294;
    if (!ret->has_uid)
        qf_str_copy(why, why_cap, "--os-uid takes a number from 0 to 4294967294");
    return ret->has_uid;
}

/* Somebody listens at the socket. */
static bool is_running(const struct conf *conf)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool fits = qf_str_copy(at.sun_path, sizeof at.sun_path, conf->socket);
    bool ok = fd >= 0 && fits && connect(fd, (const struct sockaddr *)&at, sizeof at) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

static int adduser_alone(const struct conf *conf, const struct adduser *in)
{
    struct daemon d = { .conf = conf, .adduser = in };
    char why[PLACE_WHY] = "";
    qf_log_open(STDERR_FILENO, "qfd", QF_LOG_ERROR, true);
    if (!place_open(conf, &d.place, why))
        return failed(why);
    int status = run_daemon(&d, false, why);
    end_daemon(&d, false);
    if (status != EXIT_DONE)
        return failed(*why ? why : "the desk could not be opened");
    return d.adduser_ok ? EXIT_DONE : EXIT_FAILED;
}

static int cmd_adduser(const struct options *o)
{
    char why[WHY] = "";
    struct adduser in = { .has_uid = false };
    struct conf *conf = qf_xalloc(sizeof *conf);
    if (o->words_n != 2)
        return usage();
    if (!read_conf(o, conf))
        return EXIT_FAILED;
    if (!take_words(o, &in, why, sizeof why) || !take_password(o, conf, &in, why, sizeof why))
        return failed(why);
    int status;
    if (is_running(conf)) {
        bool ok = adduser_leave(conf, &in, why, sizeof why);
        fprintf(ok ? stdout : stderr, "qfd: %s\n", why);
        status = ok ? EXIT_DONE : EXIT_FAILED;
    } else {
        status = adduser_alone(conf, &in);
    }
    passwd_wipe(in.password, sizeof in.password);
    free(conf);
    return status;
}

static int cmd_verify(const struct options *o)
{
    char why[PLACE_WHY] = "";
    struct place *p;
    struct conf *conf = qf_xalloc(sizeof *conf);
    if (!read_conf(o, conf))
        return EXIT_FAILED;
    if (!place_open_as_is(conf, &p, why))
        return failed(why);
    int broken = verify_all(place_conninfo(p), stdout, why, sizeof why);
    place_close(p, false);
    free(conf);
    if (broken < 0)
        return failed(why);
    return broken == 0 ? EXIT_DONE : EXIT_FAILED;
}

static void print_limit(void *arg, const char *name, int64_t value, const char *words)
{
    qf_buf_fmt(arg, "%-28s %12" PRId64 "  %s\n", name, value, words);
}

static void print_statements(struct qf_buf *out)
{
    for (const struct qf_query *q = qf_queries; q->name; q++)
        qf_buf_fmt(out, "-- %s\n%s\n", q->name, q->text);
}

static int cmd_print(const struct options *o)
{
    struct qf_buf out;
    qf_buf_init(&out, 4 * 1024 * 1024);
    if (o->words_n != 1)
        return usage();
    if (qf_str_eq(o->words[0], "settings"))
        conf_print(&out, true);
    else if (qf_str_eq(o->words[0], "limits"))
        limits_list(print_limit, &out);
    else if (qf_str_eq(o->words[0], "statements"))
        print_statements(&out);
    else
        return usage();
    fwrite(out.p, 1, out.len, stdout);
    qf_buf_release(&out);
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

static const struct {
    const char *word;
    int (*run)(const struct options *o);
} commands[] = {
    { "run", cmd_run }, { "check-config", cmd_check_config }, { "migrate", cmd_migrate },
    { "adduser", cmd_adduser }, { "verify", cmd_verify }, { "print", cmd_print },
};

static bool read_options(int argc, char **argv, struct options *o)
{
    static const struct option known[] = {
        { "config", required_argument, NULL, 'c' }, { "takeover", no_argument, NULL, 't' },
        { "os-uid", required_argument, NULL, 'u' }, { "password-file", required_argument, NULL, 'p' }, { NULL, 0, NULL, 0 },
    };
    for (int ch; (ch = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (ch) {
        case 'c': o->config = optarg; break;
        case 't': o->takeover = true; break;
        case 'u': o->os_uid = optarg; break;
        case 'p': o->password_file = optarg; break;
        default: return false;
        }
    }
    o->words = argv + optind;
    o->words_n = argc - optind;
    return true;
}

int main(int argc, char **argv)
{
    struct options o = { 0 };
    if (argc == 2 && qf_str_eq(argv[1], "--version")) {
        printf("qfd %s\n", QF_VERSION);
        return EXIT_DONE;
    }
    if (argc < 2 || !read_options(argc - 1, argv + 1, &o))
        return usage();
    (void)signal(SIGPIPE, SIG_IGN);
    (void)umask(0077);
    raise_files();
    if (passwd_init() != QF_OK || digest_init() != QF_OK)
        return failed("libsodium does not start");
    for (size_t i = 0; i < QF_LEN(commands); i++)
        if (qf_str_eq(argv[1], commands[i].word))
            return commands[i].run(&o);
    return usage();
}
