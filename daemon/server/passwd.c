#include "daemon/server/passwd.h"

#include "common/str.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

/* A stored string is text of a database: one that asks for more than this is not worked on. */
#define MOST_KIB (4LL * 1024 * 1024)
#define MOST_OPS 64

enum qf_err passwd_init(void)
{
    return sodium_init() < 0 ? QF_EIO : QF_OK;
}

enum qf_err passwd_hash(const char *password, const struct passwd_cost *cost, char out[PASSWD_STRING])
{
    char text[crypto_pwhash_STRBYTES];
    _Static_assert(crypto_pwhash_STRBYTES <= PASSWD_STRING, "an Argon2id string fits");
    if (crypto_pwhash_str_alg(text, password, strlen(password), (unsigned long long)cost->ops,
                              (size_t)cost->mem_kib * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return QF_ENOMEM;
    qf_str_copyn(out, PASSWD_STRING, text, strnlen(text, sizeof text));
    return QF_OK;
}

void passwd_nobodys(const struct passwd_cost *cost, char out[PASSWD_STRING])
{
    unsigned char random[16 + 32];
    char salt[24], hash[44];
    randombytes_buf(random, sizeof random);
    sodium_bin2base64(salt, sizeof salt, random, 16, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    sodium_bin2base64(hash, sizeof hash, random + 16, 32, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    qf_str_fmt(out, PASSWD_STRING, "$argon2id$v=19$m=%lld,t=%lld,p=1$%s$%s", (long long)cost->mem_kib,
               (long long)cost->ops, salt, hash);
}

/* Digits up to `end`; -1 when there are none, too many or something else. */
static int64_t number(const char **p, char end)
{
    int64_t v = 0;
    const char *s = *p;
    size_t n = strspn(s, "0123456789");
    if (n == 0 || n > 9 || s[n] != end)
        return -1;
    for (size_t i = 0; i < n; i++)
        v = v * 10 + (s[i] - '0');
    *p = s + n + 1;
    return v;
}

static bool read_cost(const char *stored, struct passwd_cost *ret)
{
    static const char begin[] = "$argon2id$v=19$m=";
    if (strncmp(stored, begin, sizeof begin - 1) != 0)
        return false;
    const char *p = stored + sizeof begin - 1;
    ret->mem_kib = number(&p, ',');
    if (ret->mem_kib < 0 || strncmp(p, "t=", 2) != 0)
        return false;
    p += 2;
    ret->ops = number(&p, ',');
    return ret->ops >= 0;
}

bool passwd_verify(const char *stored, const char *password)
{
    char text[crypto_pwhash_STRBYTES] = { 0 };
    struct passwd_cost cost;
    if (strnlen(stored, sizeof text) >= sizeof text || !read_cost(stored, &cost) || cost.mem_kib > MOST_KIB ||
        cost.ops > MOST_OPS)
        return false;
    qf_str_copy(text, sizeof text, stored);
    return crypto_pwhash_str_verify(text, password, strlen(password)) == 0;
}

bool passwd_outdated(const char *stored, const struct passwd_cost *cost)
{
    struct passwd_cost c;
    return !read_cost(stored, &c) || c.mem_kib != cost->mem_kib || c.ops != cost->ops;
}

static size_t characters(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

const char *passwd_rule(const char *user, const char *password)
{
    if (strcasecmp(user, password) == 0)
        return "the password is the user name";
    if (characters(password) < PASSWD_LEAST)
        return "the password has fewer than 15 characters";
    return NULL;
}

void passwd_wipe(void *p, size_t n)
{
    sodium_memzero(p, n);
}
