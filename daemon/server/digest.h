/* BLAKE2b, for the audit chain, the contents of requests and the journal's checksums. The only file of this room besides the ones
 * for passwords and tokens that knows libsodium. */
#ifndef QF_SERVER_DIGEST_H
#define QF_SERVER_DIGEST_H

#include "common/base.h"

#define DIGEST_BYTES 32
#define DIGEST_HEX (2 * DIGEST_BYTES + 1)

struct digest {
    _Alignas(64) unsigned char room[384];
};

/* Once, before threads are started. QF_EIO when the library cannot start. */
enum qf_err digest_init(void) QF_MUST_CHECK;

void digest_begin(struct digest *d);
void digest_add(struct digest *d, const void *p, size_t n);
/* The length (4 bytes, big-endian) and then the bytes: no two lists of fields give the same stream. */
void digest_field(struct digest *d, const void *p, size_t n);
void digest_end(struct digest *d, unsigned char ret[DIGEST_BYTES]);
/* All in one. */
void digest_of(const void *p, size_t n, unsigned char ret[DIGEST_BYTES]);
/* 128 bits of a text of two parts, as two words: key of hash sets that hold what strangers choose. */
void digest_pair(const char *a, const char *b, uint64_t ret[2]);
/* Lower-case hexadecimal, terminated. */
void digest_hex(const unsigned char *p, size_t n, char *out);

#endif
