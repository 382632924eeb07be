/* Signing and reading are libjwt's; what it does not check (it has no idea of exp, iss, types or extra claims) is
 * checked here. At the end a token must be, byte for byte, the one we would make of its claims: nothing else can be in
 * it. */
#include "daemon/server/token.h"

#include "common/mem.h"
#include "common/str.h"

#include <errno.h>
#include <fcntl.h>
#include <jwt.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_BYTES 32
#define ISSUER "quantumfond"
#define AUDIENCE "qfd"
#define LONGEST_S (24 * 3600)    /* no token lives longer */
#define LATEST_S 253402300799LL  /* the year 9999 */
static const char header[] = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."; /* {"alg":"HS256","typ":"JWT"} */

struct token_key {
    unsigned char bytes[KEY_BYTES];
};

/* --- the key's file */
static struct token_key *fail(char *why, size_t cap, const char *path, const char *what)
{
    qf_str_fmt(why, cap, "the key of tokens %s: %s", path, what);
    return NULL;
}

/* 1 read, 0 there is none, -1 refused. */
static int read_key(const char *path, unsigned char out[KEY_BYTES], char *why, size_t cap)
{
    struct stat st;
    unsigned char buf[KEY_BYTES + 1];
    const char *what = NULL;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0 || fstat(fd, &st) != 0)
        what = strerror(errno);
    else if (!S_ISREG(st.st_mode) || st.st_uid != geteuid())
        what = "it is not a file of our own";
    else if ((st.st_mode & 07777) != 0600)
        what = "its mode is not 0600";
    else if (read(fd, buf, sizeof buf) != KEY_BYTES)
        what = "it does not have 32 bytes";
    else if (sodium_is_zero(buf, KEY_BYTES))
        what = "it is all zero";
    else
        memcpy(out, buf, KEY_BYTES);
    sodium_memzero(buf, sizeof buf);
    if (fd >= 0)
        close(fd);
    if (what)
        fail(why, cap, path, what);
    return what ? -1 : 1;
}

static bool sync_dir(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool fill_file(int fd)
{
    unsigned char key[KEY_BYTES];
    randombytes_buf(key, sizeof key);
    bool ok = write(fd, key, sizeof key) == sizeof key && fsync(fd) == 0;
    sodium_memzero(key, sizeof key);
    return ok;
}

/* Written under another name and then linked: the file is there whole or not at all, and one that is there is never
 * replaced. */
static bool make_key(const char *dir, const char *path)
{
    char temp[256];
    qf_str_fmt(temp, sizeof temp, "%s/token.key.%ld", dir, (long)getpid());
    unlink(temp); /* of a process that had our number and died */
    int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool ok = fchmod(fd, 0600) == 0 && fill_file(fd);
    ok = close(fd) == 0 && ok;
    ok = ok && (link(temp, path) == 0 || errno == EEXIST);
    int e = errno;
    unlink(temp);
    errno = e;
    return ok && sync_dir(dir);
}

struct token_key *token_key_open(const char *state_dir, char *why, size_t why_cap)
{
    char path[256];
    unsigned char bytes[KEY_BYTES];
    if (strlen(state_dir) + 40 > sizeof path)
        return fail(why, why_cap, state_dir, "the folder's name is too long");
    qf_str_fmt(path, sizeof path, "%s/token.key", state_dir);
    int got = read_key(path, bytes, why, why_cap);
    if (got == 0) {
        if (!make_key(state_dir, path))
            return fail(why, why_cap, path, strerror(errno));
        got = read_key(path, bytes, why, why_cap);
        if (got == 0)
            return fail(why, why_cap, path, "it went away");
    }
    struct token_key *k = got > 0 ? token_key_from(bytes) : NULL;
    sodium_memzero(bytes, sizeof bytes);
    return k;
}

struct token_key *token_key_from(const unsigned char bytes[32])
{
    struct token_key *k = qf_xalloc(sizeof *k);
    memcpy(k->bytes, bytes, KEY_BYTES);
    return k;
}

void token_key_free(struct token_key *k)
{
    if (!k)
        return;
    sodium_memzero(k, sizeof *k);
    free(k);
}

void token_new_jti(char out[TOKEN_JTI + 1])
{
    unsigned char r[TOKEN_JTI / 2];
    randombytes_buf(r, sizeof r);
    sodium_bin2hex(out, TOKEN_JTI + 1, r, sizeof r);
}

/* --- what a token may say */
static bool is_jti(const char *s)
{
    return strlen(s) == TOKEN_JTI && strspn(s, "0123456789abcdef") == TOKEN_JTI;
}

static bool sane(const struct token_claims *c)
{
    int64_t iat = c->issued / QF_SEC, exp = c->expires / QF_SEC;
    return *c->user && c->session > 0 && is_jti(c->jti) && iat > 0 && exp > iat && exp - iat <= LONGEST_S &&
           exp <= LATEST_S && iat * QF_SEC == c->issued && exp * QF_SEC == c->expires;
}

/* --- making */
static bool add_grants(jwt_t *j, const struct token_claims *c)
{
    long iat = (long)(c->issued / QF_SEC), exp = (long)(c->expires / QF_SEC);
    return jwt_add_grant(j, "iss", ISSUER) == 0 && jwt_add_grant(j, "aud", AUDIENCE) == 0 &&
           jwt_add_grant(j, "sub", c->user) == 0 && jwt_add_grant(j, "jti", c->jti) == 0 &&
           jwt_add_grant_int(j, "sid", (long)c->session) == 0 && jwt_add_grant_int(j, "iat", iat) == 0 &&
           jwt_add_grant_int(j, "nbf", iat) == 0 && jwt_add_grant_int(j, "exp", exp) == 0;
}

enum qf_err token_make(const struct token_key *k, const struct token_claims *c, char *out, size_t cap)
{
    if (!sane(c))
        return QF_ERANGE;
    jwt_t *j = NULL;
    char *text = NULL;
    if (jwt_new(&j) == 0 && jwt_set_alg(j, JWT_ALG_HS256, k->bytes, KEY_BYTES) == 0 && add_grants(j, c))
        text = jwt_encode_str(j);
    jwt_free(j);
    size_t n = text ? strlen(text) : 0;
    bool fits = n > 0 && n < cap && n <= TOKEN_MAX;
    if (fits)
        memcpy(out, text, n + 1);
    if (text)
        sodium_memzero(text, n);
    free(text);
    return fits ? QF_OK : QF_ERANGE;
}

/* --- checking */
/* Our header, and behind it two parts in base64url: nothing else reaches libjwt. */
static bool well_formed(const char *token)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t n = strnlen(token, TOKEN_MAX + 1), head = sizeof header - 1;
    if (n > TOKEN_MAX || n <= head || memcmp(token, header, head) != 0)
        return false;
    size_t body = strspn(token + head, alphabet);
    const char *dot = token + head + body;
    return body > 0 && *dot == '.' && strspn(dot + 1, alphabet) == 43 && dot[44] == '\0'; /* 32 bytes of signature */
}

static bool claim_text(jwt_t *j, const char *name, char *out, size_t cap)
{
    const char *v = jwt_get_grant(j, name);
    return v && qf_str_copy(out, cap, v);
}

/* A claim of another type comes as 0 without an error, so 0 counts as missing. */
static bool claim_int(jwt_t *j, const char *name, int64_t *ret)
{
    errno = 0;
    *ret = jwt_get_grant_int(j, name);
    return errno == 0 && *ret > 0;
}

static bool read_claims(jwt_t *j, struct token_claims *c)
{
    int64_t iat, exp;
    *c = (struct token_claims){ 0 };
    if (!claim_text(j, "sub", c->user, sizeof c->user) || !claim_text(j, "jti", c->jti, sizeof c->jti) ||
        !claim_int(j, "sid", &c->session) || !claim_int(j, "iat", &iat) || !claim_int(j, "exp", &exp))
        return false;
    if (iat > LATEST_S || exp > LATEST_S)
        return false;
    c->issued = iat * QF_SEC;
    c->expires = exp * QF_SEC;
    return true;
}

static bool is_what_we_make(const struct token_key *k, const struct token_claims *c, const char *token)
{
    char again[TOKEN_MAX + 1];
    if (token_make(k, c, again, sizeof again) != QF_OK)
        return false;
    size_t n = strlen(token);
    return strlen(again) == n && sodium_memcmp(again, token, n) == 0;
}

enum qf_err token_check(const struct token_key *k, const char *token, qf_time now, struct token_claims *ret)
{
    struct token_claims c;
    jwt_t *j = NULL;
    if (!well_formed(token) || jwt_decode(&j, token, k->bytes, KEY_BYTES) != 0)
        return QF_EDENIED;
    bool good = jwt_get_alg(j) == JWT_ALG_HS256 && read_claims(j, &c);
    jwt_free(j);
    if (!good || !is_what_we_make(k, &c, token) || c.issued > now + TOKEN_LEEWAY_US)
        return QF_EDENIED;
    if (now >= c.expires)
        return QF_ETIMEOUT;
    *ret = c;
    return QF_OK;
}
