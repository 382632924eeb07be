/* Bounded strings and UTF-8. Nothing here allocates. */
#ifndef QF_STR_H
#define QF_STR_H

#include "common/base.h"

/* Copies at most cap - 1 bytes and always terminates. Returns false when it had to cut (never inside a UTF-8 sequence). */
bool qf_str_copy(char *dst, size_t cap, const char *src);
bool qf_str_copyn(char *dst, size_t cap, const char *src, size_t n);
/* snprintf that asserts cap > 0 and returns the length written (cut to fit). */
size_t qf_str_fmt(char *dst, size_t cap, const char *fmt, ...) QF_PRINTF(3, 4);
bool qf_str_eq(const char *a, const char *b);
bool qf_str_eqn(const char *a, const char *b, size_t bn); /* b: bn bytes, not terminated */

/* Decodes one code point of `n` bytes. Returns its length in bytes, or 0 when it is not well-formed UTF-8
 * (overlong, surrogate, above U+10FFFF, cut). */
size_t qf_utf8_next(const char *p, size_t n, uint32_t *ret_cp);
/* Encodes a code point that is neither a surrogate nor above U+10FFFF; returns its length. */
size_t qf_utf8_put(uint32_t cp, char out[4]);
bool qf_utf8_valid(const char *p, size_t n);
/* True for what must never reach a terminal or a stored text: C0, DEL, C1, U+2028/9, bidi controls (U+061C, 200E-F, 202A-E,
 * 2066-9), U+FEFF, non-characters. */
bool qf_cp_forbidden(uint32_t cp);
/* Columns `s` takes on a terminal: 1 a character, 2 for wide ones, 0 for combining ones. Forbidden characters count 1. */
size_t qf_str_columns(const char *s);
unsigned qf_cp_columns(uint32_t cp); /* the same of one code point: 0, 1 or 2 */
/* Names that people make up (accounts, books, strategies, instruments, scenarios): nothing in them can look like another one.
 * Letters, digits and . _ - / & + : = ^ # @ of ASCII, single blanks inside, a letter, digit or ^ in front. */
bool qf_name_ok(const char *s);
#define QF_NAME_RULE "a name has letters, digits and . _ - / & + : = ^ # @, single blanks inside, and begins with a letter, a digit or ^"
/* FNV-1a, 64 bit: for hash tables, not for secrets. */
uint64_t qf_hash(const void *p, size_t n);

#endif
