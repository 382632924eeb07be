#include "daemon/server/tls.h"

#include "common/mem.h"
#include "common/str.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct tls {
    SSL_CTX *ctx;
};

/* OpenSSL's reason for the failure before, as text. */
static const char *reason(void)
{
    unsigned long e = ERR_peek_last_error();
    const char *text = e ? ERR_reason_error_string(e) : NULL;
    return text ? text : "unknown reason";
}

static bool refuse(char *why, size_t cap, const char *what, const char *file)
{
    qf_str_fmt(why, cap, "TLS: %s %s: %s", what, file, reason());
    ERR_clear_error();
    return false;
}

/* A private key anybody can read is no key. */
static bool key_is_private(const char *key, char *why, size_t cap)
{
    struct stat st;
    if (stat(key, &st) != 0)
        qf_str_fmt(why, cap, "TLS: the key %s: %s", key, strerror(errno));
    else if (st.st_mode & (S_IRWXO | S_IWGRP))
        qf_str_fmt(why, cap, "TLS: the key %s has mode %03o; others may not read it and its group may not write it",
                   key, (unsigned)(st.st_mode & 0777));
    else
        return true;
    return false;
}

static bool load(SSL_CTX *ctx, const char *cert, const char *key, const char *ca, char *why, size_t cap)
{
    if (!key_is_private(key, why, cap))
        return false;
    if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1)
        return refuse(why, cap, "the certificate", cert);
    if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
        return refuse(why, cap, "the key", key);
    if (SSL_CTX_check_private_key(ctx) != 1)
        return refuse(why, cap, "the key does not belong to the certificate", cert);
    if (!*ca)
        return true;
    if (SSL_CTX_load_verify_file(ctx, ca) != 1)
        return refuse(why, cap, "the authorities in", ca);
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(ca);
    SSL_CTX_set_client_CA_list(ctx, names); /* takes names */
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return true;
}

/* TLS 1.3 only. No session tickets: a connection lasts a day, and tickets would be two more writes in each handshake. A
 * peer that goes without close_notify is a peer that goes. */
static void restrict_ctx(SSL_CTX *ctx)
{
    SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
    SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION);
    SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
}

struct tls *tls_new(const char *cert, const char *key, const char *ca, char *why, size_t why_cap)
{
    ERR_clear_error();
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (!ctx) {
        qf_str_fmt(why, why_cap, "TLS cannot be set up: %s", reason());
        return NULL;
    }
    restrict_ctx(ctx);
    if (!load(ctx, cert, key, ca, why, why_cap)) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    struct tls *t = qf_xalloc(sizeof *t);
    t->ctx = ctx;
    return t;
}

void tls_free(struct tls *t)
{
    if (!t)
        return;
    SSL_CTX_free(t->ctx);
    free(t);
}

void *tls_accept(struct tls *t)
{
    SSL *ssl = SSL_new(t->ctx);
    if (ssl)
        SSL_set_accept_state(ssl);
    return ssl;
}

void tls_discard(void *ssl)
{
    SSL_free(ssl);
}

void tls_bye(void *ssl)
{
    SSL_shutdown(ssl);
    ERR_clear_error();
}
