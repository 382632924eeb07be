/* Small things every handler needs. */
#ifndef QF_API_HELP_H
#define QF_API_HELP_H

#include "common/proto/wire.h"
#include "common/str.h"
#include "daemon/server/server.h"

/* Declares the two ends of a handler with their types:  HANDLER(order_place, order_place, order) { ... in->symbol ... out->id ... } */
#define HANDLER(ident, request, reply) \
    static enum handled do_##ident(struct ctx *c, const struct qf_##request *in, struct qf_##reply *out); \
    API(ident) { return do_##ident(c, in_, out_); } \
    static enum handled do_##ident(struct ctx *c, const struct qf_##request *in, struct qf_##reply *out)

/* n zeroed records of `size` bytes for a list of the answer; NULL (and c->refusal is TOO_LARGE) when the arena is full. */
void *help_rows(struct ctx *c, size_t n, size_t size);
/* Fills c->refusal; fmt may be NULL. Returns REFUSED. */
enum handled help_refuse(struct ctx *c, enum qf_reason reason, const char *field, const char *fmt, ...) QF_PRINTF(4, 5);
/* Are the account and the symbol a list is asked for on the desk? NULL: not asked for. false: c->refusal is NOT_FOUND. */
bool help_known(struct ctx *c, const char *account, const char *symbol);
/* The same for a request record with both fields. */
#define HELP_KNOWN(c, in, rec) \
    help_known(c, QF_HAS(in, rec, account) ? (in)->account : NULL, QF_HAS(in, rec, symbol) ? (in)->symbol : NULL)
/* A failure of the desk's tables as a refusal. */
enum handled help_failed(struct ctx *c, enum qf_err err, const char *field);
/* A decimal for the audit trail's words. */
const char *help_dec(qf_i128 v, char room[QF_DEC_TEXT]);

#endif
