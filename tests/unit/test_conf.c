#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/str.h"
#include "daemon/server/conf.h"

#define STATE "[desk]\nstate_dir = /var/lib/x\n"

static struct conf conf;
static char why[400];

static bool parse(const char *text)
{
    *why = '\0';
    return conf_parse("f.conf", text, strlen(text), &conf, why, sizeof why);
}

static void good(const char *text)
{
    if (!parse(text))
        fail_msg("refused: %s", why);
}

/* Refused with this message, and nothing of it applied. */
static void bad(const char *text, const char *message)
{
    static struct conf before;
    memset(&conf, 0x2a, sizeof conf);
    before = conf;
    if (parse(text))
        fail_msg("taken:\n%s", text);
    if (!strstr(why, message) || strncmp(why, "f.conf:", 7) != 0)
        fail_msg("\"%s\" does not say \"%s\"", why, message);
    assert_memory_equal(&conf, &before, sizeof conf);
}

static void a_state_folder_alone_gives_a_private_desk_without_feeds(void **state)
{
    (void)state;
    good(STATE);
    assert_string_equal(conf.name, "main");
    assert_string_equal(conf.base_currency, "USD");
    assert_int_equal(conf.mode, QF_MODE_SIMULATED);
    assert_string_equal(conf.state_dir, "/var/lib/x");
    assert_string_equal(conf.runtime_dir, "/var/lib/x/run");
    assert_string_equal(conf.socket, "/var/lib/x/run/qfd.sock");
    assert_string_equal(conf.conninfo, "");
    assert_string_equal(conf.tcp_address, "");
    assert_string_equal(conf.http_address, "");
    assert_int_equal(conf.feed_count, 0);
    assert_int_equal(conf.token_minutes, 15);
    assert_int_equal(conf.argon_ops, 2);
    assert_int_equal(conf.argon_mem_kib, 65536);
    assert_int_equal(conf.duplicate_window_ms, 1000);
    assert_int_equal(conf.log_level, QF_LOG_INFO);
    assert_false(conf.log_text);
    assert_true(conf.fee_min == 0);
}

static void every_kind_of_value_is_read(void **state)
{
    (void)state;
    good("# a comment\n"
         "; another one\n"
         "[desk]\r\n"
         "  state_dir=/s\n"
         "name = desk-1\n"
         "mode = PAPER\n"
         "\n"
         "[database]\n"
         "conninfo = host=/run/pg dbname=qf user=qf_daemon\n"
         "[paper]\n"
         "fee_min = 0.35\n"
         "latency_us : 0\n"
         "[feed btc]\n"
         "kind = replay\n"
         "file = /data/a.csv\n"
         "file = /data/b.csv.gz\n"
         "speed = 0\n"
         "autocreate = yes\n"
         "[feed out.side-1_2]\n"
         "kind = publish\n"
         "max_age_ms = 250\n"
         "[log]\n"
         "level = debug\n"
         "text = yes\n");
    assert_int_equal(conf.mode, QF_MODE_PAPER);
    assert_string_equal(conf.name, "desk-1");
    assert_string_equal(conf.conninfo, "host=/run/pg dbname=qf user=qf_daemon");
    assert_true(conf.fee_min == 35000000);
    assert_int_equal(conf.latency_us, 0);
    assert_int_equal(conf.feed_count, 2);
    assert_string_equal(conf.feeds[0].name, "btc");
    assert_int_equal(conf.feeds[0].kind, QF_FEED_REPLAY);
    assert_int_equal(conf.feeds[0].file_count, 2);
    assert_string_equal(conf.feeds[0].files[1], "/data/b.csv.gz");
    assert_int_equal(conf.feeds[0].speed, 0);
    assert_true(conf.feeds[0].autocreate);
    assert_string_equal(conf.feeds[0].currency, "USD");
    assert_int_equal(conf.feeds[1].kind, QF_FEED_PUBLISH);
    assert_int_equal(conf.feeds[1].max_age_ms, 250);
    assert_int_equal(conf.log_level, QF_LOG_DEBUG);
    assert_true(conf.log_text);
}

static void faults_are_named_with_their_line(void **state)
{
    (void)state;
    bad("", "f.conf:1: [desk] state_dir is missing");
    bad(STATE "nmae = x\n", "f.conf:3: nmae: no such key in [desk]");
    bad(STATE "[dask]\n", "f.conf:3: [dask]: no such section");
    bad(STATE "[feed]\n", "f.conf:3: [feed]: no such section");
    bad(STATE "[auth]\n[desk]\n", "f.conf:4: [desk] is there twice");
    bad(STATE "name = a\nname = b\n", "f.conf:4: name is there twice, first in line 3");
    bad("name = a\n", "f.conf:1: name: stands before the first section");
    bad(STATE "name\n", "f.conf:3: neither [section] nor key = value");
    bad(STATE "[auth\nargon_ops = 2\n", "f.conf:3: a section is [name]");
    bad(STATE "[auth] x\n", "f.conf:3: a section is [name]");
    bad(STATE "name = a ; b\n", "f.conf:3: name: comments stand on lines of their own");
    bad(STATE "name = a\tb\n", "f.conf:3: name = a\tb: only letters");
    bad(STATE "name = a\x01\n", "f.conf:3: control characters");
    bad(STATE "name = a\xff\n", "f.conf:3: control characters");
    bad(STATE "name = \xe2\x80\xae\n", "f.conf:3: control characters"); /* right-to-left override */
    bad("\xef\xbb\xbf" STATE, "f.conf:1: control characters");
    bad(STATE "name =\n", "f.conf:3: name: at least 1 byte");
    bad(STATE "mode = paper\n", "f.conf:3: mode = paper: not one of SIMULATED PAPER REAL");
    bad(STATE "[auth]\ntoken_minutes = 0\n", "f.conf:4: token_minutes = 0: not from 1 to 1440");
    bad(STATE "[auth]\ntoken_minutes = 1441\n", "not from 1 to 1440");
    bad(STATE "[auth]\ntoken_minutes = 15m\n", "f.conf:4: token_minutes = 15m: not a whole number");
    bad(STATE "[auth]\ntoken_minutes = 1e1\n", "not a whole number");
    bad(STATE "[auth]\ntoken_minutes = +5\n", "not a whole number");
    bad(STATE "[auth]\ntoken_minutes = 99999999999999999999\n", "token_minutes");
    bad(STATE "[log]\ntext = true\n", "f.conf:4: text = true: neither yes nor no");
    bad(STATE "[paper]\nfee_min = -1\n", "f.conf:4: fee_min = -1: not an amount");
    bad("[desk]\nstate_dir = var\n", "f.conf:2: state_dir = var: not a path from / on");
}

static void the_first_fault_is_the_one_that_is_named(void **state)
{
    (void)state;
    bad("[desk]\nfoo = 1\nbar = 2\n[nix]\n", "f.conf:2: foo");
    bad("[desk]\nfoo\nbar = 2\n", "f.conf:2: neither");
}

static void long_lines_are_refused_not_split(void **state)
{
    (void)state;
    char text[5000];
    int n = snprintf(text, sizeof text, "[database]\nconninfo = ");
    memset(text + n, 'x', 500);
    qf_str_copy(text + n + 500, sizeof text - (size_t)n - 500, "\n" STATE);
    good(text); /* far beyond what libinih takes by itself */
    assert_int_equal(strlen(conf.conninfo), 500);
    memset(text + n, 'x', 520);
    qf_str_copy(text + n + 520, sizeof text - (size_t)n - 520, "\n" STATE);
    bad(text, "f.conf:2: conninfo: longer than 511 bytes");
    memset(text + n, 'x', 3000);
    qf_str_copy(text + n + 3000, sizeof text - (size_t)n - 3000, "\n" STATE);
    bad(text, "f.conf:2: the line has more than 2000 bytes");
}

static void sections_without_keys_are_seen(void **state)
{
    (void)state;
    bad(STATE "[feed a]\n", "f.conf:3: [feed a]: kind is missing");
    bad(STATE "[typo]\n", "f.conf:3: [typo]: no such section");
}

static void feeds_are_checked(void **state)
{
    (void)state;
    bad(STATE "[feed a]\nkind = replay\n", "f.conf:3: [feed a]: a replay needs a file");
    bad(STATE "[feed a]\nkind = simulated\nfile = /x\n", "f.conf:5: file is not for a feed of kind simulated");
    bad(STATE "[feed a]\nspeed = 1\nkind = publish\n", "f.conf:4: speed is not for a feed of kind publish");
    bad(STATE "[feed a]\nkind = publish\n[feed a]\nkind = publish\n", "f.conf:5: [feed a] is there twice");
    bad(STATE "[feed ]\nkind = publish\n", "f.conf:3: [feed ]");
    bad(STATE "[feed a b]\nkind = publish\n", "f.conf:3: [feed a b]");
    bad(STATE "[feed a-name-of-25-characters-x]\nkind = publish\n", "f.conf:3");
    bad("[desk]\nstate_dir = /s\nmode = PAPER\n[feed a]\nkind = simulated\n",
        "f.conf:3: mode = PAPER: [feed a] is simulated");
    bad("[desk]\nstate_dir = /s\nmode = REAL\n", "f.conf:3: mode = REAL: there is no venue");
    good(STATE "[feed a]\nkind = simulated\nseed = 9223372036854775807\n");
    char text[8192];
    size_t n = qf_str_fmt(text, sizeof text, STATE);
    for (int i = 0; i < QF_MAX_FEEDS; i++)
        n += qf_str_fmt(text + n, sizeof text - n, "[feed f%d]\nkind = publish\n", i);
    good(text);
    assert_int_equal(conf.feed_count, QF_MAX_FEEDS);
    qf_str_fmt(text + n, sizeof text - n, "[feed one.more]\nkind = publish\n");
    bad(text, "f.conf:131: more than 64 feeds");
    n = qf_str_fmt(text, sizeof text, STATE "[feed a]\nkind = replay\n");
    for (int i = 0; i < 9; i++)
        n += qf_str_fmt(text + n, sizeof text - n, "file = /f%d\n", i);
    bad(text, "f.conf:13: file: at most 8 of them");
}

static void socket_paths_must_fit(void **state)
{
    (void)state;
    char dir[120], text[300];
    memset(dir, 'd', sizeof dir);
    dir[0] = '/';
    dir[93] = '\0';
    qf_str_fmt(text, sizeof text, "[desk]\nstate_dir = /s\nruntime_dir = %s\n", dir);
    good(text);
    assert_int_equal(strlen(conf.socket), 93 + 9);
    dir[93] = 'd';
    dir[94] = '\0';
    qf_str_fmt(text, sizeof text, "[desk]\nstate_dir = /s\nruntime_dir = %s\n", dir);
    bad(text, "more than 93 bytes");
    dir[94] = 'd';
    dir[110] = '\0';
    qf_str_fmt(text, sizeof text, "[desk]\nstate_dir = %s\n", dir);
    bad(text, "f.conf:2: state_dir is long");
    dir[110] = 'd';
    dir[95] = '\0';
    qf_str_fmt(text, sizeof text, "[desk]\nstate_dir = %s\n", dir);
    bad(text, "f.conf:2: ");
}

static void the_network_needs_tls(void **state)
{
    (void)state;
    good(STATE "[listen]\ntcp_address = 127.0.0.1\n");
    good(STATE "[listen]\ntcp_address = ::1\n");
    bad(STATE "[listen]\ntcp_address = 0.0.0.0\n", "f.conf:4: tcp_address = 0.0.0.0: beyond loopback");
    bad(STATE "[listen]\ntcp_address = ::\n", "beyond loopback");
    bad(STATE "[listen]\ntcp_address = ::ffff:127.0.0.1\n", "beyond loopback");
    bad(STATE "[listen]\ntcp_address = localhost\n", "beyond loopback");
    good(STATE "[listen]\ntcp_address = 0.0.0.0\ntls_cert = /c\ntls_key = /k\n");
    bad(STATE "[listen]\ntls_cert = /c\n", "f.conf:4: tls_cert and tls_key need each other");
    bad(STATE "[listen]\ntls_key = /c\n", "tls_cert and tls_key need each other");
    bad(STATE "[listen]\ntls_ca = /c\n", "f.conf:4: tls_ca needs");
    bad(STATE "[listen]\nhttp_address = 10.0.0.1\n", "f.conf:4: http_address = 10.0.0.1: not a numeric loopback");
    good(STATE "[listen]\nhttp_address = 127.0.0.2\n");
}

static void files_are_read_as_they_are(void **state)
{
    (void)state;
    char path[] = "/tmp/qf_conf.XXXXXX", dir[] = "/tmp";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "[desk]\nstate_dir=/a", 19), 19); /* no end of line at the end */
    assert_true(conf_read(path, &conf, why, sizeof why));
    assert_string_equal(conf.state_dir, "/a");
    assert_int_equal(write(fd, "\0\nname = x\n", 11), 11);
    assert_false(conf_read(path, &conf, why, sizeof why));
    assert_non_null(strstr(why, ":2: control characters"));
    assert_int_equal(ftruncate(fd, CONF_FILE_MAX + 1), 0);
    assert_false(conf_read(path, &conf, why, sizeof why));
    assert_non_null(strstr(why, "larger than 64 KiB"));
    close(fd);
    unlink(path);
    assert_false(conf_read(path, &conf, why, sizeof why));
    assert_non_null(strstr(why, ":1: cannot be read: No such file"));
    assert_false(conf_read(dir, &conf, why, sizeof why));
    assert_non_null(strstr(why, "not a file"));
}

static void the_manual_names_every_key(void **state)
{
    (void)state;
    struct qf_buf b;
    qf_buf_init(&b, 1 << 20);
    conf_print(&b, true);
    const char *text = qf_buf_cstr(&b);
    assert_non_null(strstr(text, ".Ss \"[feed NAME]\""));
    assert_non_null(strstr(text, ".It Ic duplicate_window_ms\n"));
    assert_non_null(strstr(text, "A number from 0 to 60000; 1000 when left out.\n"));
    assert_non_null(strstr(text, ".It Ic state_dir\n"));
    assert_non_null(strstr(text, "it must be given.\n"));
    assert_non_null(strstr(text, "SIMULATED, PAPER or REAL; SIMULATED when left out.\n"));
    size_t opened = 0, closed = 0;
    for (const char *p = text; (p = strstr(p, ".Bl ")) != NULL; p++)
        opened++;
    for (const char *p = text; (p = strstr(p, ".El\n")) != NULL; p++)
        closed++;
    assert_int_equal(opened, 8);
    assert_int_equal(closed, 8);
    qf_buf_clear(&b);
    conf_print(&b, false);
    assert_non_null(strstr(qf_buf_cstr(&b), "[auth]\ntoken_minutes\n"));
    qf_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_folder_alone_gives_a_private_desk_without_feeds),
        cmocka_unit_test(every_kind_of_value_is_read),
        cmocka_unit_test(faults_are_named_with_their_line),
        cmocka_unit_test(the_first_fault_is_the_one_that_is_named),
        cmocka_unit_test(long_lines_are_refused_not_split),
        cmocka_unit_test(sections_without_keys_are_seen),
        cmocka_unit_test(feeds_are_checked),
        cmocka_unit_test(socket_paths_must_fit),
        cmocka_unit_test(the_network_needs_tls),
        cmocka_unit_test(files_are_read_as_they_are),
        cmocka_unit_test(the_manual_names_every_key),
    };
    return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
