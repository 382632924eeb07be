#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/it/echo.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/resource.h>

#include "daemon/server/listen.h"

static struct conf conf;
static char why[300];

static void fresh(struct echo *e)
{
    memset(&conf, 0, sizeof conf);
    memset(why, 0, sizeof why);
    qf_str_copy(conf.socket, sizeof conf.socket, e->path);
}

static struct listen *start(struct echo *e)
{
    struct listen *l = listen_start(e->loop, &conf, e->conns, why, sizeof why);
    if (!l)
        fail_msg("does not listen: %s", why);
    return l;
}

static void refused(struct echo *e, const char *expect)
{
    assert_null(listen_start(e->loop, &conf, e->conns, why, sizeof why));
    if (!strstr(why, expect))
        fail_msg("\"%s\" does not say \"%s\"", why, expect);
}

static int dial_unix(const char *path)
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    qf_str_copy(un.sun_path, sizeof un.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    if (connect(fd, (struct sockaddr *)&un, sizeof un) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int dial_tcp(struct echo *e, int port)
{
    struct sockaddr_in in = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_true(connect(fd, (struct sockaddr *)&in, sizeof in) == 0 || errno == EINPROGRESS);
    turn(e);
    return fd;
}

/* --- the Unix socket */
static void the_socket_is_for_owner_and_group(void **state)
{
    struct echo *e = *state;
    struct stat st;
    fresh(e);
    struct listen *l = start(e);
    assert_int_equal(stat(e->path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0660);
    int fd = dial_unix(e->path);
    put_text(e, fd, "hello\n");
    assert_string_equal(got(e, fd), "hello\n");
    assert_string_equal(conn_source(conn_find(e->conns, e->last)), "unix");
    listen_stop(l);
    assert_int_equal(stat(e->path, &st), -1);
    put_text(e, fd, "still here\n"); /* connections stay */
    assert_string_equal(got(e, fd), "still here\n");
    close(fd);
    turn(e);
}

/* The name of our group (<grp.h> and the desk both have a struct group). */
static bool group_name(char *out, size_t cap)
{
    char line[512];
    FILE *f = fopen("/etc/group", "r");
    bool found = false;
    while (f && !found && fgets(line, sizeof line, f)) {
        char *name_end = strchr(line, ':'), *gid = name_end ? strchr(name_end + 1, ':') : NULL;
        found = gid && strtol(gid + 1, NULL, 10) == (long)getgid() &&
                qf_str_copyn(out, cap, line, (size_t)(name_end - line));
    }
    if (f)
        fclose(f);
    return found;
}

static void its_group_can_be_chosen(void **state)
{
    struct echo *e = *state;
    struct stat st;
    fresh(e);
    qf_str_copy(conf.socket_group, sizeof conf.socket_group, "no-such-group-here");
    refused(e, "there is no group \"no-such-group-here\"");
    assert_int_equal(stat(e->path, &st), -1); /* nothing is left behind */
    if (!group_name(conf.socket_group, sizeof conf.socket_group)) {
        print_message("skipped: this account's group has no name\n");
        skip();
    }
    struct listen *l = start(e);
    assert_int_equal(stat(e->path, &st), 0);
    assert_int_equal(st.st_gid, getgid());
    listen_stop(l);
}

static void a_dead_socket_is_taken_over_and_a_live_one_is_not(void **state)
{
    struct echo *e = *state;
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    fresh(e);
    qf_str_copy(un.sun_path, sizeof un.sun_path, e->path);
    int dead = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(dead, (struct sockaddr *)&un, sizeof un), 0);
    close(dead); /* as after a kill */
    struct listen *l = start(e);
    refused(e, "another program answers there");
    turn(e);
    int fd = dial_unix(e->path);
    put_text(e, fd, "mine\n"); /* and the live one has not been hurt */
    assert_string_equal(got(e, fd), "mine\n");
    close(fd);
    listen_stop(l);
    turn(e);
}

static void what_is_no_socket_is_not_touched(void **state)
{
    struct echo *e = *state;
    struct stat st;
    fresh(e);
    int fd = open(e->path, O_CREAT | O_WRONLY, 0600);
    assert_int_equal(write(fd, "x", 1), 1);
    close(fd);
    refused(e, "something that is no socket is there");
    assert_int_equal(stat(e->path, &st), 0);
    assert_int_equal(st.st_size, 1);
    unlink(e->path);
    assert_int_equal(symlink("/etc/passwd", e->path), 0);
    refused(e, "something that is no socket is there");
    unlink(e->path);
    qf_str_copy(conf.socket, sizeof conf.socket, "/nowhere/at/all/s");
    refused(e, "No such file");
}

static void another_ones_file_is_not_removed(void **state)
{
    struct echo *e = *state;
    struct stat st;
    fresh(e);
    struct listen *l = start(e);
    unlink(e->path);
    int fd = open(e->path, O_CREAT | O_WRONLY, 0600);
    close(fd);
    listen_stop(l);
    assert_int_equal(stat(e->path, &st), 0);
}

static void without_descriptors_it_waits_and_goes_on(void **state)
{
    struct echo *e = *state;
    struct rlimit lim, low;
    int clients[20], filler[200], n = 0;
    fresh(e);
    struct listen *l = start(e);
    getrlimit(RLIMIT_NOFILE, &lim);
    for (int i = 0; i < 20; i++)
        clients[i] = dial_unix(e->path); /* wait in the queue */
    low = lim;
    low.rlim_cur = 200;
    setrlimit(RLIMIT_NOFILE, &low);
    while (n < 200 && (filler[n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
        n++;
    assert_true(n > 0 && errno == EMFILE);
    for (int i = 0; i < 5; i++)
        close(filler[--n]);
    int64_t begin = qf_now_mono();
    int rounds = 0;
    for (; qf_now_mono() - begin < 50000000; rounds++)
        qf_loop_once(e->loop, 10000);
    assert_int_equal(e->opened, 5);
    assert_true(listen_starved(l) >= 1);
    assert_true(rounds < 1000); /* no spinning */
    while (n > 0)
        close(filler[--n]);
    setrlimit(RLIMIT_NOFILE, &lim);
    turn_until(e, &e->opened, 5 + 20 - 5 - (int)listen_starved(l)); /* each starving sent one away */
    for (int i = 0; i < 20; i++)
        close(clients[i]);
    listen_stop(l);
    turn(e);
    turn(e);
}

/* --- TCP */
static void loopback_needs_no_tls(void **state)
{
    struct echo *e = *state;
    fresh(e);
    qf_str_copy(conf.tcp_address, sizeof conf.tcp_address, "127.0.0.1");
    struct listen *l = start(e);
    int port = listen_port(l);
    assert_true(port > 0);
    int fd = dial_tcp(e, port);
    put_text(e, fd, "over tcp\n");
    assert_string_equal(got(e, fd), "over tcp\n");
    struct conn *c = conn_find(e->conns, e->last);
    int64_t uid, pid;
    assert_memory_equal(conn_source(c), "127.0.0.1:", 10);
    assert_null(strstr(conn_source(c), "tls"));
    assert_false(conn_peer(c, &uid, &pid));
    close(fd);
    listen_stop(l);
    turn(e);
}

static void beyond_loopback_needs_tls(void **state)
{
    struct echo *e = *state;
    struct stat st;
    static const char *const open_to_all[] = { "0.0.0.0", "::", "192.0.2.1", "::ffff:127.0.0.1" };
    for (size_t i = 0; i < QF_LEN(open_to_all); i++) {
        fresh(e);
        qf_str_copy(conf.tcp_address, sizeof conf.tcp_address, open_to_all[i]);
        refused(e, "needs tls_cert and tls_key");
    }
    fresh(e);
    qf_str_copy(conf.tcp_address, sizeof conf.tcp_address, "localhost");
    refused(e, "no numeric address");
    assert_int_equal(stat(e->path, &st), -1);
}

/* --- certificates made for the test */
struct made {
    EVP_PKEY *key;
    X509 *cert;
};

static struct made make_cert(const char *name, const struct made *by, bool authority)
{
    struct made m = { .key = EVP_EC_gen("P-256"), .cert = X509_new() };
    X509V3_CTX ctx;
    X509_set_version(m.cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(m.cert), rand());
    X509_gmtime_adj(X509_getm_notBefore(m.cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(m.cert), 3600);
    X509_set_pubkey(m.cert, m.key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(m.cert), "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1,
                               0);
    X509_set_issuer_name(m.cert, X509_get_subject_name(by ? by->cert : m.cert));
    X509V3_set_ctx(&ctx, by ? by->cert : m.cert, m.cert, NULL, NULL, 0);
    X509_EXTENSION *x =
        X509V3_EXT_conf_nid(NULL, &ctx, NID_basic_constraints, authority ? "critical,CA:TRUE" : "CA:FALSE");
    X509_add_ext(m.cert, x, -1);
    X509_EXTENSION_free(x);
    x = X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_alt_name, "DNS:localhost");
    X509_add_ext(m.cert, x, -1);
    X509_EXTENSION_free(x);
    assert_true(X509_sign(m.cert, by ? by->key : m.key, EVP_sha256()) > 0);
    return m;
}

static void free_cert(struct made *m)
{
    X509_free(m->cert);
    EVP_PKEY_free(m->key);
}

static void write_pem(const char *path, const struct made *m, bool key, mode_t mode)
{
    unlink(path);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true((key ? PEM_write_PrivateKey(f, m->key, NULL, NULL, 0, NULL, NULL) : PEM_write_X509(f, m->cert)) > 0);
    fclose(f);
    assert_int_equal(chmod(path, mode), 0);
}

static struct made ca, server, stranger;

static void write_files(struct echo *e)
{
    fresh(e);
    qf_str_fmt(conf.tls_cert, sizeof conf.tls_cert, "%s/cert", e->dir);
    qf_str_fmt(conf.tls_key, sizeof conf.tls_key, "%s/key", e->dir);
    qf_str_copy(conf.tcp_address, sizeof conf.tcp_address, "0.0.0.0");
    write_pem(conf.tls_cert, &server, false, 0644);
    write_pem(conf.tls_key, &server, true, 0600);
}

static void remove_files(struct echo *e)
{
    static const char *const names[] = { "cert", "key", "ca" };
    for (size_t i = 0; i < QF_LEN(names); i++) {
        char path[128];
        qf_str_fmt(path, sizeof path, "%s/%s", e->dir, names[i]);
        unlink(path);
    }
}

/* --- a TLS client */
struct client {
    SSL_CTX *ctx;
    SSL *ssl;
    int fd;
};

static struct client tls_client(struct echo *e, int port, const struct made *trust, const struct made *own, int version)
{
    struct client c = { .ctx = SSL_CTX_new(TLS_client_method()) };
    SSL_CTX_set_verify(c.ctx, SSL_VERIFY_PEER, NULL);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(c.ctx), trust->cert);
    SSL_CTX_set_max_proto_version(c.ctx, version);
    if (own) {
        SSL_CTX_use_certificate(c.ctx, own->cert);
        SSL_CTX_use_PrivateKey(c.ctx, own->key);
    }
    c.ssl = SSL_new(c.ctx);
    SSL_set1_host(c.ssl, "localhost");
    c.fd = dial_tcp(e, port);
    SSL_set_fd(c.ssl, c.fd);
    SSL_set_connect_state(c.ssl);
    return c;
}

static void free_client(struct echo *e, struct client *c)
{
    SSL_free(c->ssl);
    SSL_CTX_free(c->ctx);
    close(c->fd);
    ERR_clear_error();
    turn(e);
    turn(e);
}

static bool wants_more(SSL *ssl, int rc)
{
    int what = SSL_get_error(ssl, rc);
    return what == SSL_ERROR_WANT_READ || what == SSL_ERROR_WANT_WRITE;
}

/* Writes text and reads n bytes back; false when the connection ends before. */
static bool converse(struct echo *e, struct client *c, const char *text, size_t len, char *back, size_t n)
{
    size_t out = 0, in = 0;
    int64_t end = qf_now_mono() + 20000000000LL;
    while (in < n && qf_now_mono() < end) {
        int rc = out < len ? SSL_write(c->ssl, text + out, (int)(len - out < 16000 ? len - out : 16000)) : 1;
        if (rc > 0 && out < len)
            out += (size_t)rc;
        else if (rc <= 0 && !wants_more(c->ssl, rc))
            return false;
        qf_loop_once(e->loop, 200);
        rc = SSL_read(c->ssl, back + in, (int)(n - in < 16000 ? n - in : 16000));
        if (rc > 0)
            in += (size_t)rc;
        else if (!wants_more(c->ssl, rc))
            return false;
    }
    return in == n;
}

static void tls_carries_lines(void **state)
{
    struct echo *e = *state;
    char back[64] = "";
    write_files(e);
    struct listen *l = start(e);
    struct client c = tls_client(e, listen_port(l), &ca, NULL, 0);
    assert_true(converse(e, &c, "one\ntwo\n", 8, back, 8));
    assert_string_equal(back, "one\ntwo\n");
    assert_string_equal(SSL_get_version(c.ssl), "TLSv1.3");
    assert_non_null(strstr(conn_source(conn_find(e->conns, e->last)), " tls"));
    free_client(e, &c);
    assert_int_equal(e->closed, 1);
    listen_stop(l);
    remove_files(e);
}

static void tls_carries_much_in_both_directions(void **state)
{
    struct echo *e = *state;
    enum { N = 8 * 1000 * 1000 };
    char *text = malloc(N), *back = malloc(N);
    assert_true(text && back);
    for (int i = 0; i < N; i++)
        text[i] = (char)(i % 1000 == 999 ? '\n' : 'a' + i / 1000 % 26);
    write_files(e);
    struct listen *l = start(e);
    struct client c = tls_client(e, listen_port(l), &ca, NULL, 0);
    assert_true(converse(e, &c, text, N, back, N));
    assert_memory_equal(text, back, N);
    assert_int_equal(e->lines, N / 1000);
    free_client(e, &c);
    listen_stop(l);
    remove_files(e);
    free(text);
    free(back);
}

static bool close_at_c(struct echo *e, struct conn *c, const char *line, size_t n)
{
    (void)e;
    if (n == 0 || line[0] != 'c')
        return false;
    conn_send(c, "bye\n", 4);
    conn_close(c);
    return true;
}

static void closing_a_tls_connection_sends_what_was_said_before(void **state)
{
    struct echo *e = *state;
    char back[64] = "";
    write_files(e);
    e->special = close_at_c;
    struct listen *l = start(e);
    struct client c = tls_client(e, listen_port(l), &ca, NULL, 0);
    assert_true(converse(e, &c, "1\nc\n2\n", 6, back, 6));
    assert_string_equal(back, "1\nbye\n");
    int rc = 0;
    for (int i = 0; i < 1000 && (rc = SSL_read(c.ssl, back, sizeof back)) <= 0 && wants_more(c.ssl, rc); i++)
        qf_loop_once(e->loop, 1000);
    assert_int_equal(SSL_get_error(c.ssl, rc), SSL_ERROR_ZERO_RETURN); /* a proper goodbye */
    assert_int_equal(e->lines, 2);
    free_client(e, &c);
    listen_stop(l);
    remove_files(e);
}

static void older_tls_and_plain_bytes_are_refused(void **state)
{
    struct echo *e = *state;
    char back[8];
    write_files(e);
    struct listen *l = start(e);
    struct client c = tls_client(e, listen_port(l), &ca, NULL, TLS1_2_VERSION);
    assert_false(converse(e, &c, "x\n", 2, back, 2));
    free_client(e, &c);
    int fd = dial_tcp(e, listen_port(l));
    put_text(e, fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\"}\n");
    turn_until(e, &e->closed, 2);
    assert_int_equal(e->lines, 0);
    assert_int_equal(conn_stats(e->conns)->tls_failed, 2);
    close(fd);
    listen_stop(l);
    remove_files(e);
}

static void a_handshake_that_never_ends_is_ended(void **state)
{
    struct echo *e = *state;
    write_files(e);
    conn_table_patience(e->conns, 10 * QF_SEC, 50000);
    struct listen *l = start(e);
    int fd = dial_tcp(e, listen_port(l));
    turn_until(e, &e->closed, 1);
    assert_int_equal(conn_stats(e->conns)->idle, 1);
    close(fd);
    listen_stop(l);
    remove_files(e);
}

static void peers_can_be_asked_for_a_certificate(void **state)
{
    struct echo *e = *state;
    char back[8] = "";
    struct made good = make_cert("client", &ca, false);
    write_files(e);
    qf_str_fmt(conf.tls_ca, sizeof conf.tls_ca, "%s/ca", e->dir);
    write_pem(conf.tls_ca, &ca, false, 0644);
    struct listen *l = start(e);
    struct client c = tls_client(e, listen_port(l), &ca, &good, 0);
    assert_true(converse(e, &c, "x\n", 2, back, 2));
    free_client(e, &c);
    c = tls_client(e, listen_port(l), &ca, NULL, 0);
    assert_false(converse(e, &c, "x\n", 2, back, 2));
    free_client(e, &c);
    c = tls_client(e, listen_port(l), &ca, &stranger, 0);
    assert_false(converse(e, &c, "x\n", 2, back, 2));
    free_client(e, &c);
    assert_int_equal(e->lines, 1);
    listen_stop(l);
    remove_files(e);
    free_cert(&good);
}

static void bad_certificates_and_keys_are_named(void **state)
{
    struct echo *e = *state;
    write_files(e);
    assert_int_equal(chmod(conf.tls_key, 0644), 0);
    refused(e, "others may not read it");
    assert_int_equal(chmod(conf.tls_key, 0640), 0);
    struct listen *l = start(e);
    listen_stop(l);
    write_pem(conf.tls_key, &stranger, true, 0600);
    refused(e, "TLS: the key");
    write_pem(conf.tls_key, &server, true, 0600);
    write_pem(conf.tls_cert, &server, true, 0600); /* a key where the certificate should be */
    refused(e, "TLS: the certificate");
    qf_str_copy(conf.tls_key, sizeof conf.tls_key, "/nowhere");
    refused(e, "TLS: the key /nowhere: No such file");
    remove_files(e);
}

static int make_all(void **state)
{
    (void)state;
    ca = make_cert("test authority", NULL, true);
    server = make_cert("localhost", &ca, false);
    stranger = make_cert("localhost", NULL, false);
    return 0;
}

static int free_all(void **state)
{
    (void)state;
    free_cert(&ca);
    free_cert(&server);
    free_cert(&stranger);
    return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, echo_set_up, echo_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_socket_is_for_owner_and_group),
        TEST(its_group_can_be_chosen),
        TEST(a_dead_socket_is_taken_over_and_a_live_one_is_not),
        TEST(what_is_no_socket_is_not_touched),
        TEST(another_ones_file_is_not_removed),
        TEST(without_descriptors_it_waits_and_goes_on),
        TEST(loopback_needs_no_tls),
        TEST(beyond_loopback_needs_tls),
        TEST(tls_carries_lines),
        TEST(tls_carries_much_in_both_directions),
        TEST(closing_a_tls_connection_sends_what_was_said_before),
        TEST(older_tls_and_plain_bytes_are_refused),
        TEST(a_handshake_that_never_ends_is_ended),
        TEST(peers_can_be_asked_for_a_certificate),
        TEST(bad_certificates_and_keys_are_named),
    };
    return cmocka_run_group_tests_name("listen", tests, make_all, free_all);
}
