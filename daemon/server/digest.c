#include "daemon/server/digest.h"

#include <sodium.h>
#include <string.h>

_Static_assert(sizeof(crypto_generichash_state) <= sizeof(struct digest), "the state of BLAKE2b has grown");
_Static_assert(crypto_generichash_BYTES == DIGEST_BYTES, "32 bytes");

enum qf_err digest_init(void)
{
    return sodium_init() < 0 ? QF_EIO : QF_OK;
}

static crypto_generichash_state *state_of(struct digest *d)
{
    return (crypto_generichash_state *)(void *)d->room;
}

/* With these lengths and without a key the library's calls cannot fail; a failure would be a bug. */
void digest_begin(struct digest *d)
{
    int rc = crypto_generichash_init(state_of(d), NULL, 0, DIGEST_BYTES);
    qf_assert(rc == 0);
}

void digest_add(struct digest *d, const void *p, size_t n)
{
    int rc = crypto_generichash_update(state_of(d), p, n);
    qf_assert(rc == 0);
}

void digest_field(struct digest *d, const void *p, size_t n)
{
    unsigned char length[4] = { (unsigned char)(n >> 24), (unsigned char)(n >> 16), (unsigned char)(n >> 8), (unsigned char)n };
    digest_add(d, length, sizeof length);
    digest_add(d, p, n);
}

void digest_end(struct digest *d, unsigned char ret[DIGEST_BYTES])
{
    int rc = crypto_generichash_final(state_of(d), ret, DIGEST_BYTES);
    qf_assert(rc == 0);
}

void digest_of(const void *p, size_t n, unsigned char ret[DIGEST_BYTES])
{
    int rc = crypto_generichash(ret, DIGEST_BYTES, p, n, NULL, 0);
    qf_assert(rc == 0);
}

void digest_pair(const char *a, const char *b, uint64_t ret[2])
{
    struct digest d;
    unsigned char out[DIGEST_BYTES];
    digest_begin(&d);
    digest_field(&d, a, strlen(a));
    digest_field(&d, b, strlen(b));
    digest_end(&d, out);
    memcpy(ret, out, 16);
}

void digest_hex(const unsigned char *p, size_t n, char *out)
{
    sodium_bin2hex(out, 2 * n + 1, p, n);
}
