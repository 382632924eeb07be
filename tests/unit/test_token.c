#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/str.h"
#include "daemon/server/token.h"

#define NOW (1790000000 * QF_SEC)
#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define JTI "0123456789abcdef0123456789abcdef"

static const unsigned char secret[32] = { 1, 2, 3, 4, 5 };
static struct token_key *key;

static struct token_claims claims(void)
{
    return (
        struct token_claims){ .user = "ana", .jti = JTI, .session = 37, .issued = NOW, .expires = NOW + 900 * QF_SEC };
}

static void make(char out[TOKEN_MAX + 1])
{
    struct token_claims c = claims();
    assert_int_equal(token_make(key, &c, out, TOKEN_MAX + 1), QF_OK);
}

static enum qf_err check(const char *token, qf_time now)
{
    struct token_claims c;
    memset(&c, 0x55, sizeof c);
    enum qf_err err = token_check(key, token, now, &c);
    if (err != QF_OK)
        assert_int_equal(((unsigned char *)&c)[0], 0x55); /* untouched */
    return err;
}

/* A token of any header and body, rightly signed: what only a holder of the key can make. */
static void forge(const char *header, const char *body, const unsigned char k[32], char *out, size_t cap)
{
    unsigned char mac[32];
    char h[256], b[1024], m[64];
    const int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    sodium_bin2base64(h, sizeof h, (const unsigned char *)header, strlen(header), variant);
    sodium_bin2base64(b, sizeof b, (const unsigned char *)body, strlen(body), variant);
    size_t n = qf_str_fmt(out, cap, "%s.%s", h, b);
    crypto_auth_hmacsha256(mac, (const unsigned char *)out, n, k);
    sodium_bin2base64(m, sizeof m, mac, sizeof mac, variant);
    qf_str_fmt(out + n, cap - n, ".%s", m);
}

static void a_token_comes_back_as_its_claims(void **state)
{
    (void)state;
    char token[TOKEN_MAX + 1];
    struct token_claims c;
    make(token);
    assert_int_equal(token_check(key, token, NOW + 1, &c), QF_OK);
    assert_string_equal(c.user, "ana");
    assert_string_equal(c.jti, JTI);
    assert_int_equal(c.session, 37);
    assert_int_equal(c.issued, NOW);
    assert_int_equal(c.expires, NOW + 900 * QF_SEC);
}

static void it_ends_to_the_second_and_not_before_its_time(void **state)
{
    (void)state;
    char token[TOKEN_MAX + 1];
    make(token);
    assert_int_equal(check(token, NOW + 900 * QF_SEC - 1), QF_OK);
    assert_int_equal(check(token, NOW + 900 * QF_SEC), QF_ETIMEOUT);
    assert_int_equal(check(token, NOW - TOKEN_LEEWAY_US), QF_OK);
    assert_int_equal(check(token, NOW - TOKEN_LEEWAY_US - 1), QF_EDENIED);
}

static void every_changed_byte_is_refused(void **state)
{
    (void)state;
    char token[TOKEN_MAX + 1], changed[TOKEN_MAX + 1];
    make(token);
    size_t n = strlen(token);
    for (size_t i = 0; i < n; i++)
        for (const char *with = "AB-_.=x\x01"; *with; with++) {
            memcpy(changed, token, n + 1);
            changed[i] = *with;
            if (*with != token[i])
                assert_int_equal(check(changed, NOW), QF_EDENIED);
        }
    for (size_t i = 0; i < n; i++) {
        memcpy(changed, token, n + 1);
        changed[i] = '\0';
        assert_int_equal(check(changed, NOW), QF_EDENIED);
    }
    qf_str_fmt(changed, sizeof changed, "%s=", token);
    assert_int_equal(check(changed, NOW), QF_EDENIED);
    qf_str_fmt(changed, sizeof changed, "%s.", token);
    assert_int_equal(check(changed, NOW), QF_EDENIED);
}

static void another_key_is_refused(void **state)
{
    (void)state;
    char token[TOKEN_MAX + 1];
    unsigned char other[32] = { 9 };
    struct token_claims c;
    struct token_key *k = token_key_from(other);
    make(token);
    assert_int_equal(token_check(k, token, NOW, &c), QF_EDENIED);
    token_key_free(k);
}

#define BODY(sub, sid, iat, exp, nbf, more) \
    "{\"aud\":\"qfd\",\"exp\":" exp ",\"iat\":" iat ",\"iss\":\"quantumfond\",\"jti\":\"" JTI "\",\"nbf\":" nbf \
    ",\"sid\":" sid ",\"sub\":" sub more "}"
#define GOOD BODY("\"ana\"", "37", "1790000000", "1790000900", "1790000000", "")

static void what_is_signed_must_also_be_what_we_make(void **state)
{
    (void)state;
    static const char *const bad[] = {
        BODY("\"ana\"", "37", "1790000000", "1790000900", "1790000000", ",\"x\":1"), /* more than we say */
        BODY("\"ana\"", "37", "1790000000", "1790000900", "1790000001", ""), /* nbf is iat */
        BODY("\"ana\"", "37", "1790000000", "1790999999", "1790000000", ""), /* for longer than a day */
        BODY("\"ana\"", "37", "1790000000", "1789999999", "1790000000", ""), /* ends before it begins */
        BODY("\"ana\"", "37", "1790000000", "\"1790000900\"", "1790000000", ""), /* types */
        BODY("\"ana\"", "37", "1790000000", "1790000900.0", "1790000000", ""),
        BODY("\"ana\"", "37", "1790000000", "null", "1790000000", ""),
        BODY("\"ana\"", "37", "1790000000", "true", "1790000000", ""),
        BODY("\"ana\"", "0", "1790000000", "1790000900", "1790000000", ""),
        BODY("\"ana\"", "-1", "1790000000", "1790000900", "1790000000", ""),
        BODY("\"\"", "37", "1790000000", "1790000900", "1790000000", ""),
        BODY("7", "37", "1790000000", "1790000900", "1790000000", ""),
        BODY("\"a-name-that-is-longer-than-thirty-two\"", "37", "1790000000", "1790000900", "1790000000", ""),
        BODY("\"ana\"", "37", "1790000000", "9223372036854775807", "1790000000", ""),
        "{}",
        "[]",
        "null",
        "\"x\"",
        "",
        "{\"sub\":\"ana\"}",
        "{\"aud\":\"other\",\"exp\":1790000900,\"iat\":1790000000,\"iss\":\"quantumfond\",\"jti\":\"" JTI
        "\",\"nbf\":1790000000,\"sid\":37,\"sub\":\"ana\"}",
        "{\"aud\":\"qfd\",\"exp\":1790000900,\"iat\":1790000000,\"iss\":\"other\",\"jti\":\"" JTI
        "\",\"nbf\":1790000000,\"sid\":37,\"sub\":\"ana\"}",
        "{\"aud\":\"qfd\",\"exp\":1790000900,\"iat\":1790000000,\"iss\":\"quantumfond\",\"jti\":\"x\",\"nbf\":1790000000,\"sid\":37,\"sub\":\"ana\"}",
        " " GOOD, /* not our way to write it */
    };
    char token[2048];
    forge(HEADER, GOOD, secret, token, sizeof token);
    assert_int_equal(check(token, NOW), QF_OK); /* the forger is a good one */
    for (size_t i = 0; i < QF_LEN(bad); i++) {
        forge(HEADER, bad[i], secret, token, sizeof token);
        assert_int_equal(check(token, NOW), QF_EDENIED);
    }
}

static void other_headers_are_refused(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "{\"alg\":\"none\"}",
        "{\"alg\":\"nOnE\",\"typ\":\"JWT\"}",
        "{\"alg\":\"HS512\",\"typ\":\"JWT\"}",
        "{\"alg\":\"RS256\",\"typ\":\"JWT\"}",
        "{\"typ\":\"JWT\",\"alg\":\"HS256\"}",
        "{\"alg\":\"HS256\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"1\"}",
        "{}",
    };
    char token[2048];
    for (size_t i = 0; i < QF_LEN(headers); i++) {
        forge(headers[i], GOOD, secret, token, sizeof token);
        assert_int_equal(check(token, NOW), QF_EDENIED);
    }
    forge("{\"alg\":\"none\"}", GOOD, secret, token, sizeof token);
    strrchr(token, '.')[1] = '\0'; /* no signature at all */
    assert_int_equal(check(token, NOW), QF_EDENIED);
}

static void rubbish_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "",
                                       ".",
                                       "..",
                                       "...",
                                       "a.b.c",
                                       "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.",
                                       "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..",
                                       "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30." };
    for (size_t i = 0; i < QF_LEN(bad); i++)
        assert_int_equal(check(bad[i], NOW), QF_EDENIED);
    char *lengthy = malloc(100000);
    assert_non_null(lengthy);
    memset(lengthy, 'A', 99999);
    lengthy[99999] = '\0';
    memcpy(lengthy, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.", 37);
    assert_int_equal(check(lengthy, NOW), QF_EDENIED);
    free(lengthy);
}

static void claims_that_would_be_refused_are_not_made(void **state)
{
    (void)state;
    char out[TOKEN_MAX + 1];
    struct token_claims c = claims();
    c.expires = c.issued;
    assert_int_equal(token_make(key, &c, out, sizeof out), QF_ERANGE);
    c = claims();
    c.session = 0;
    assert_int_equal(token_make(key, &c, out, sizeof out), QF_ERANGE);
    c = claims();
    c.issued += 1; /* not a whole second */
    assert_int_equal(token_make(key, &c, out, sizeof out), QF_ERANGE);
    c = claims();
    assert_int_equal(token_make(key, &c, out, 20), QF_ERANGE);
}

static void ids_are_random(void **state)
{
    (void)state;
    char a[TOKEN_JTI + 1], b[TOKEN_JTI + 1];
    token_new_jti(a);
    token_new_jti(b);
    assert_int_equal(strlen(a), TOKEN_JTI);
    assert_string_not_equal(a, b);
}

/* --- the key's file */
static void path_of(const char *dir, char out[64])
{
    qf_str_fmt(out, 64, "%s/token.key", dir);
}

static void the_key_is_made_once_and_stays(void **state)
{
    char path[64], why[200], token[TOKEN_MAX + 1];
    struct stat st;
    struct token_claims c = claims(), back;
    path_of(*state, path);
    struct token_key *a = token_key_open(*state, why, sizeof why);
    assert_non_null(a);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, 32);
    assert_int_equal(st.st_nlink, 1); /* no other name is left */
    assert_int_equal(token_make(a, &c, token, sizeof token), QF_OK);
    struct token_key *b = token_key_open(*state, why, sizeof why);
    assert_non_null(b);
    assert_int_equal(token_check(b, token, NOW, &back), QF_OK);
    token_key_free(a);
    token_key_free(b);
}

static void refused(const char *dir, const char *expect)
{
    char why[200] = "";
    assert_null(token_key_open(dir, why, sizeof why));
    if (!strstr(why, expect))
        fail_msg("\"%s\" does not say \"%s\"", why, expect);
}

static void write_key(const char *path, size_t n, mode_t mode)
{
    unsigned char bytes[64];
    memset(bytes, 7, sizeof bytes);
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void a_key_in_bad_shape_is_refused(void **state)
{
    char path[64], zero[32] = { 0 };
    path_of(*state, path);
    write_key(path, 31, 0600);
    refused(*state, "32 bytes");
    write_key(path, 33, 0600);
    refused(*state, "32 bytes");
    write_key(path, 32, 0640);
    refused(*state, "0600");
    write_key(path, 32, 0604);
    refused(*state, "0600");
    unlink(path);
    assert_int_equal(symlink("/dev/zero", path), 0);
    refused(*state, "token.key");
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    refused(*state, "not a file");
    rmdir(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_int_equal(write(fd, zero, 32), 32);
    close(fd);
    refused(*state, "zero");
    unlink(path);
    refused("/nowhere/at/all", "/nowhere");
}

static int make_dir(void **state)
{
    static char dir[] = "/tmp/qf_token.XXXXXX";
    memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
    *state = mkdtemp(dir);
    return *state ? 0 : -1;
}

static int remove_dir(void **state)
{
    char path[64];
    path_of(*state, path);
    unlink(path);
    return rmdir(*state);
}

static int set_up(void **state)
{
    (void)state;
    key = token_key_from(secret);
    return sodium_init() < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    token_key_free(key);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_comes_back_as_its_claims),
        cmocka_unit_test(it_ends_to_the_second_and_not_before_its_time),
        cmocka_unit_test(every_changed_byte_is_refused),
        cmocka_unit_test(another_key_is_refused),
        cmocka_unit_test(what_is_signed_must_also_be_what_we_make),
        cmocka_unit_test(other_headers_are_refused),
        cmocka_unit_test(rubbish_is_refused),
        cmocka_unit_test(claims_that_would_be_refused_are_not_made),
        cmocka_unit_test(ids_are_random),
        cmocka_unit_test_setup_teardown(the_key_is_made_once_and_stays, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(a_key_in_bad_shape_is_refused, make_dir, remove_dir),
    };
    return cmocka_run_group_tests_name("token", tests, set_up, tear_down);
}
