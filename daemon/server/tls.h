/* TLS 1.3 for connections over TCP: the only file of the daemon that names OpenSSL. */
#ifndef QF_SERVER_TLS_H
#define QF_SERVER_TLS_H

#include "common/base.h"

struct tls;

/* A server's context: TLS 1.3 only, the chain in cert (PEM), the key in key (PEM, not readable by others than owner and
 * group). ca, when not empty: peers must show a certificate signed by one of these. NULL: why holds one sentence. */
struct tls *tls_new(const char *cert, const char *key, const char *ca, char *why, size_t why_cap);
void tls_free(struct tls *t);
/* The SSL * for one accepted connection, for conn_take; NULL without memory. */
void *tls_accept(struct tls *t);
/* Frees an SSL * nobody took. */
void tls_discard(void *ssl);
/* Says goodbye (close_notify) as far as that is possible at once. */
void tls_bye(void *ssl);

#endif
