/* Records on the wire: decoded in one strict pass straight into the struct, written by a walk over the rows. */
#ifndef QF_WIRE_H
#define QF_WIRE_H

#include "common/proto/json.h"
#include "common/proto/proto.h"

/* What is wrong with a request, for the error's `data`. */
struct qf_wire_error {
    char field[64];    /* "quotes[3].price"; "" when it is no field */
    char message[256]; /* one sentence */
};

enum qf_wire_mode {
    QF_WIRE_STRICT, /* requests: unknown, duplicate and missing fields are errors */
    QF_WIRE_LENIENT /* answers: unknown fields are skipped, missing ones and null leave their bit unset, a number may lie outside
                     * of its row's range (not of its type's), text may hold what a terminal must not show */
};

/* Decodes the object at the cursor into o (rec->size bytes, zeroed by this). Lists and str lie in the arena. READONLY, VIRTUAL
 * fields are refused in STRICT mode; a HIDDEN one is an unknown one. On error o is undefined and *ret_error filled: QF_ENOMEM
 * when the arena is full, else QF_ESYNTAX or QF_ERANGE. The cursor stands behind the object; what follows is the caller's. */
enum qf_err qf_wire_decode(struct qf_json *j, const struct qf_rec *rec, enum qf_wire_mode mode, void *o, struct qf_arena *arena,
                           struct qf_wire_error *ret_error) QF_MUST_CHECK;

/* Writes o as an object. Fields without their bit are left out, HIDDEN ones too; mask_secrets: "***" in place of SECRET ones. */
void qf_wire_encode(struct qf_buf *b, const struct qf_rec *rec, const void *o, bool mask_secrets);

/* The `error` object of an answer: code, message, data{reason, field, scope, limit, used, after, largest}. */
void qf_wire_refusal(struct qf_buf *b, const struct qf_refusal *r);
/* The sentence for people: the refusal's message, or its row's text. */
const char *qf_refusal_text(const struct qf_refusal *r);
/* The stable word: the control's ("MAX_NOTIONAL") or the reason's ("FORBIDDEN"). */
const char *qf_refusal_word(const struct qf_refusal *r);
/* A refusal in one call; fmt may be NULL. */
void qf_refuse(struct qf_refusal *r, enum qf_reason reason, const char *field, const char *fmt, ...) QF_PRINTF(4, 5);

#endif
