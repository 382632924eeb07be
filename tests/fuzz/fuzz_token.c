/* Tokens: any bytes as a token, any bytes as the signed body of one, and any bytes as a signed header. What is accepted
 * must be, byte for byte, what the daemon itself would have made. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/server/token.h"

#define NOW (1790000000 * QF_SEC)
#define PART_MAX 900

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(int ok)
{
    if (!ok)
        abort();
}

static const unsigned char secret[32] = { 1, 2, 3, 4, 5 };

static void ask(struct token_key *key, const char *token)
{
    struct token_claims c, untouched;
    char again[TOKEN_MAX + 1];
    memset(&c, 0x5a, sizeof c);
    untouched = c;
    enum qf_err err = token_check(key, token, NOW, &c);
    require(err == QF_OK || err == QF_EDENIED || err == QF_ETIMEOUT);
    if (err != QF_OK) {
        require(memcmp(&c, &untouched, sizeof c) == 0);
        return;
    }
    require(c.expires > NOW && c.issued <= NOW + TOKEN_LEEWAY_US && c.session > 0);
    require(token_make(key, &c, again, sizeof again) == QF_OK && strcmp(again, token) == 0);
}

/* base64url of p behind what out holds already. */
static size_t put_part(char *out, size_t at, size_t cap, const uint8_t *p, size_t n)
{
    sodium_bin2base64(out + at, cap - at, p, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return at + strlen(out + at);
}

/* header.body with the right signature. */
static void sign(const uint8_t *header, size_t header_n, const uint8_t *body, size_t body_n, char *out, size_t cap)
{
    unsigned char mac[32];
    size_t at = put_part(out, 0, cap, header, header_n);
    out[at++] = '.';
    at = put_part(out, at, cap, body, body_n);
    crypto_auth_hmacsha256(mac, (const unsigned char *)out, at, secret);
    out[at++] = '.';
    put_part(out, at, cap, mac, sizeof mac);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static const char ours[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", body[] = "{\"sub\":\"ana\"}";
    static char token[8 * PART_MAX];
    static struct token_key *key;
    if (!key) {
        require(sodium_init() >= 0);
        key = token_key_from(secret);
    }
    char *text = malloc(n + 1);
    require(text != NULL);
    memcpy(text, p, n);
    text[n] = '\0';
    ask(key, text);
    free(text);
    size_t part = n < PART_MAX ? n : PART_MAX;
    sign((const uint8_t *)ours, sizeof ours - 1, p, part, token, sizeof token);
    ask(key, token);
    sign(p, part, (const uint8_t *)body, sizeof body - 1, token, sizeof token);
    ask(key, token);
    return 0;
}
