/* Strict JSON over bytes (RFC 8259): a validator, a cursor for decoding by hand, and a streaming writer. No tree, no allocation.
 * The validator takes what the RFC's grammar takes and nothing else (well-formed UTF-8, at most QF_JSON_DEPTH brackets deep);
 * escapes such as U+0000 and lone surrogates, and keys that come twice, are grammatical. Where text is decoded into a C string
 * U+0000 and lone surrogates are refused always, control and bidi characters with strict_text; keys that come twice are refused by
 * those who know the keys: qf_wire_decode and qf_frame_read. */
#ifndef QF_JSON_H
#define QF_JSON_H

#include "common/base.h"
#include "common/mem.h"

#define QF_JSON_DEPTH 64 /* deeper is refused */

/* A whole document: one value and nothing but white space around it. QF_OK or QF_ESYNTAX; *ret_at (may be NULL) = offset of the
 * first byte that is wrong. */
enum qf_err qf_json_validate(const char *p, size_t n, size_t *ret_at) QF_MUST_CHECK;

/* --- cursor */
struct qf_json {
    const char *start, *p, *end;
    int depth;
    const char *why; /* set with an error: one phrase */
};
enum qf_json_kind { QF_J_END, QF_J_OBJECT, QF_J_ARRAY, QF_J_STRING, QF_J_NUMBER, QF_J_TRUE, QF_J_FALSE, QF_J_NULL, QF_J_BAD };

/* After an error p points at the first byte that is wrong, `why` says what, and the cursor is of no further use. */
void qf_json_begin(struct qf_json *j, const char *p, size_t n);
/* Kind of the next value, without taking it. */
enum qf_json_kind qf_json_peek(struct qf_json *j);
/* Enter the object or array that comes next. */
enum qf_err qf_json_open(struct qf_json *j, char bracket) QF_MUST_CHECK; /* '{' or '[' */
/* Next member: *ret_more = false when the bracket closed (it is then taken). In objects the key is decoded into
 * key[cap] and the colon taken. `first` is true for the first call after open. A key that is longer, or holds U+0000 or
 * half a surrogate pair, is QF_ERANGE: it and its colon are taken too, so that a reader may skip its value and go on. */
enum qf_err qf_json_next_key(struct qf_json *j, bool first, char *key, size_t cap, size_t *ret_n, bool *ret_more) QF_MUST_CHECK;
/* If the very next bytes are this key as JSON (`"price":`, n bytes, after its comma unless first), takes them. Else false, and
 * nothing is taken: then qf_json_next_key sees what is there. Saves decoding the key where one knows what comes. */
bool qf_json_take_key(struct qf_json *j, bool first, const char *key, size_t n);
enum qf_err qf_json_next_item(struct qf_json *j, bool first, bool *ret_more) QF_MUST_CHECK;
/* Take a string: decoded UTF-8 into out[cap], terminated; *ret_n = bytes. QF_ERANGE when longer than cap - 1: the cursor then
 * still stands before the string. strict_text: also refuse qf_cp_forbidden characters. On error out is undefined. */
enum qf_err qf_json_string(struct qf_json *j, bool strict_text, char *out, size_t cap, size_t *ret_n) QF_MUST_CHECK;
/* Take an integer: digits only, no fraction or exponent; QF_ERANGE beyond int64. */
enum qf_err qf_json_i64(struct qf_json *j, int64_t *ret) QF_MUST_CHECK;
/* Take a number as its bytes. */
enum qf_err qf_json_number(struct qf_json *j, const char **ret_p, size_t *ret_n) QF_MUST_CHECK;
enum qf_err qf_json_bool(struct qf_json *j, bool *ret) QF_MUST_CHECK;
/* Take any value, validated; its bytes are [*ret_p, *ret_p + *ret_n). */
enum qf_err qf_json_skip(struct qf_json *j, const char **ret_p, size_t *ret_n) QF_MUST_CHECK;
/* Nothing but white space is left. */
enum qf_err qf_json_finish(struct qf_json *j) QF_MUST_CHECK;

/* --- writer: appends to a buffer; the caller sees to the brackets */
void qf_json_put_string(struct qf_buf *b, const char *p, size_t n); /* quoted, escaped; each byte of invalid UTF-8 becomes U+FFFD */
void qf_json_put_i64(struct qf_buf *b, int64_t v);
void qf_json_put_dec(struct qf_buf *b, qf_i128 v, int scale); /* quoted: "100.25" */

#endif
