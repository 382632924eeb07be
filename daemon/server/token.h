/* Session tokens: JSON Web Tokens, HS256, with every claim checked here. The only file that names libjwt. */
#ifndef QF_SERVER_TOKEN_H
#define QF_SERVER_TOKEN_H

#include "common/clock.h"

#define TOKEN_MAX 1024       /* bytes of a token; longer ones are not looked at */
#define TOKEN_JTI 32         /* characters of an id: 128 random bits, hexadecimal */
#define TOKEN_LEEWAY_US (5 * QF_SEC) /* a token may be from so far in the future: the clock was set back a little */

struct token_key;

struct token_claims {
    char user[33];           /* sub */
    char jti[TOKEN_JTI + 1];
    int64_t session;         /* sid: number of the session's row */
    qf_time issued, expires; /* iat and nbf, exp; whole seconds */
};

/* Reads state_dir/token.key: 32 random bytes, mode 0600, our own; makes it (atomically) when there is none. Anything
 * else in its place is refused. NULL: why holds one sentence. */
struct token_key *token_key_open(const char *state_dir, char *why, size_t why_cap);
/* From 32 bytes, for tests. */
struct token_key *token_key_from(const unsigned char bytes[32]);
void token_key_free(struct token_key *k); /* wiped first */

/* A new random id. */
void token_new_jti(char out[TOKEN_JTI + 1]);
/* Writes the token of these claims. QF_ERANGE: claims that token_check would refuse, or no room. */
enum qf_err token_make(const struct token_key *k, const struct token_claims *c, char *out, size_t cap) QF_MUST_CHECK;
/* QF_OK; QF_ETIMEOUT when it was good and is over; QF_EDENIED for everything else, without saying what. *ret is filled
 * only with QF_OK. */
enum qf_err token_check(const struct token_key *k, const char *token, qf_time now,
                        struct token_claims *ret) QF_MUST_CHECK;

#endif
