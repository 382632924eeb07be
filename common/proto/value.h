/* Values by a field's row: what the decoder of the wire and the forms share. A `why` is one phrase that goes on after the field's
 * name, such as "must be at most 500". */
#ifndef QF_VALUE_H
#define QF_VALUE_H

#include "common/proto/record.h"

#define QF_PHRASE 256       /* bytes a phrase may take: the sixteen controls of the gate are listed in one */
#define QF_REAL_TEXT 40  /* longest text of a real */

/* Decimals of a type: 8 for price, qty, money; 16 for cost; 0 for i64; -1 when the type is no number. */
int qf_value_scale(enum qf_type type);
/* Is v within the row's minimum and maximum? For text v is its bytes, for a list its rows. QF_ERANGE and why otherwise. */
enum qf_err qf_value_range(const struct qf_field *f, qf_i128 v, char why[QF_PHRASE]) QF_MUST_CHECK;
/* A decimal of the field, range checked. QF_ESYNTAX leaves why alone: how a decimal is written differs by reader. */
enum qf_err qf_value_decimal(const struct qf_field *f, const char *p, size_t n, qf_i128 *ret, char why[QF_PHRASE]) QF_MUST_CHECK;
/* Puts a number into the record; i64 price qty money cost. */
void qf_value_store(const struct qf_field *f, void *o, qf_i128 v);
qf_i128 qf_value_load(const struct qf_field *f, const void *o);
/* "must be one of BUY, SELL" */
void qf_value_enum_why(const struct qf_enum *en, char why[QF_PHRASE]);
/* Text of a real that reads back as the same bits, by any locale; v is finite. Returns the length. */
size_t qf_value_real_text(double v, char out[QF_REAL_TEXT]);
/* Reads a JSON number, by any locale; QF_ERANGE when it is not finite. */
enum qf_err qf_value_real(const char *p, size_t n, double *ret) QF_MUST_CHECK;
/* Valid UTF-8 without characters that must never be stored? */
bool qf_value_text_clean(const char *p, size_t n);

static inline void *qf_value_at(const struct qf_field *f, void *o)
{
    return (char *)o + f->off;
}
static inline const void *qf_value_of(const struct qf_field *f, const void *o)
{
    return (const char *)o + f->off;
}

#endif
