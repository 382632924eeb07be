#include "common/proto/record.h"

#include <string.h>

#include "common/str.h"

void qf_rec_fill(const struct qf_rec *rec, void *o)
{
    *(uint64_t *)o |= rec->must;
}

const struct qf_field *qf_rec_field(const struct qf_rec *rec, const char *name, size_t n)
{
    for (const struct qf_field *f = rec->fields; f->name != NULL; f++)
        if (f->name_n == n && memcmp(f->name, name, n) == 0)
            return f;
    return NULL;
}

int qf_enum_find(const struct qf_enum *en, const char *text, size_t n)
{
    for (int i = 0; i < en->count; i++)
        if (n > 0 && en->texts[i][0] == text[0] && qf_str_eqn(en->texts[i], text, n))
            return i;
    return -1;
}

const char *qf_enum_text(const struct qf_enum *en, int32_t value)
{
    return value >= 0 && value < en->count ? en->texts[value] : "?";
}

/* --- keys */

/* The bytes that make a value what it is: of text up to its NUL, for what lies behind is left over from earlier use. */
static size_t value_bytes(const struct qf_field *f, const void *o, const void **ret_p)
{
    static const uint8_t sizes[QF_T_COUNT] = {
        [QF_T_bool] = sizeof(bool), [QF_T_i64] = 8,   [QF_T_price] = 8, [QF_T_qty] = 8,  [QF_T_money] = 16,
        [QF_T_cost] = 16,           [QF_T_time] = 8,  [QF_T_real] = 8,  [QF_T_enum] = 4,
    };
    const char *p = (const char *)o + f->off;
    *ret_p = p;
    if (f->type == QF_T_text)
        return strlen(p);
    if (f->type == QF_T_str || f->type == QF_T_json) {
        const struct qf_str *s = (const struct qf_str *)(const void *)p;
        *ret_p = s->p;
        return s->n;
    }
    qf_assert(sizes[f->type] != 0);
    return sizes[f->type];
}

bool qf_rec_same_key(const struct qf_rec *rec, const void *a, const void *b)
{
    for (const struct qf_field *f = rec->fields; f->name != NULL; f++) {
        const void *pa, *pb;
        if ((f->flags & QF_F_KEY) == 0)
            continue;
        size_t n = value_bytes(f, a, &pa);
        if (n != value_bytes(f, b, &pb) || (n > 0 && memcmp(pa, pb, n) != 0))
            return false;
    }
    return true;
}

uint64_t qf_rec_hash_key(const struct qf_rec *rec, const void *o)
{
    uint64_t h = 0;
    for (const struct qf_field *f = rec->fields; f->name != NULL; f++) {
        const void *p;
        if ((f->flags & QF_F_KEY) == 0)
            continue;
        size_t n = value_bytes(f, o, &p);
        h = (h ^ qf_hash(p, n)) * 0x9E3779B97F4A7C15ULL; /* so that the order of two keys matters */
        h ^= h >> 32;
    }
    return h;
}
