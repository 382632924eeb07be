#include "daemon/store/row.h"

#include <endian.h>
#include <string.h>

#include "common/str.h"
#include "daemon/store/numeric.h"

#define ARRAY_HEAD 20                   /* dimensions, has-nulls, element type, length, lower bound */

/* What each type is in SQL. `width`: bytes of an element at most with its length word; 0 = as long as it is. */
static const struct {
    const char *sql;
    uint32_t oid;
    int scale;
    size_t width;
} types[QF_T_COUNT] = {
    [QF_T_bool] = { "boolean", DB_OID_BOOL, 0, 4 + 1 },
    [QF_T_i64] = { "bigint", DB_OID_INT8, 0, 4 + 8 },
    [QF_T_text] = { "text", DB_OID_TEXT, 0, 0 },
    [QF_T_str] = { "text", DB_OID_TEXT, 0, 0 },
    [QF_T_json] = { "text", DB_OID_TEXT, 0, 0 },
    [QF_T_price] = { "numeric(19,8)", DB_OID_NUMERIC, 8, 4 + NUMERIC_BYTES },
    [QF_T_qty] = { "numeric(19,8)", DB_OID_NUMERIC, 8, 4 + NUMERIC_BYTES },
    [QF_T_money] = { "numeric(38,8)", DB_OID_NUMERIC, 8, 4 + NUMERIC_BYTES },
    [QF_T_cost] = { "numeric(38,16)", DB_OID_NUMERIC, 16, 4 + NUMERIC_BYTES },
    [QF_T_time] = { "timestamp with time zone", DB_OID_TIMESTAMPTZ, 0, 4 + 8 },
    [QF_T_real] = { "double precision", DB_OID_FLOAT8, 0, 4 + 8 },
    [QF_T_enum] = { "text", DB_OID_TEXT, 0, 0 },
};

static bool stored(const struct qf_field *f)
{
    return (f->flags & QF_F_VIRTUAL) == 0 && f->type != QF_T_list;
}

const char *row_type(const struct qf_field *f)
{
    qf_assert(types[f->type].sql != NULL);
    return types[f->type].sql;
}

uint32_t row_oid(const struct qf_field *f)
{
    return types[f->type].oid;
}

int row_columns(const struct qf_rec *rec, uint8_t ret[ROW_COLUMNS_MAX])
{
    int n = 0;
    for (int i = 0; i < rec->count; i++) {
        if (stored(&rec->fields[i])) {
            qf_assert(n < ROW_COLUMNS_MAX);
            ret[n++] = (uint8_t)i;
        }
    }
    return n;
}

/* --- statement texts. Names are identifiers of ours: letters and underscores, none reserved (the schema's test sees to
 * it). */
static void column_list(const struct qf_rec *rec, const uint8_t *cols, int n, struct qf_buf *out)
{
    for (int i = 0; i < n; i++)
        qf_buf_fmt(out, "%s%s", i > 0 ? ", " : "", rec->fields[cols[i]].name);
}

static void conflict(const struct qf_rec *rec, const uint8_t *cols, int n, struct qf_buf *out)
{
    const char *comma = "";
    qf_buf_str(out, " ON CONFLICT (");
    for (int i = 0; i < n; i++) {
        if ((rec->fields[cols[i]].flags & QF_F_KEY) != 0) {
            qf_buf_fmt(out, "%s%s", comma, rec->fields[cols[i]].name);
            comma = ", ";
        }
    }
    qf_buf_str(out, ") DO UPDATE SET ");
    comma = "";
    for (int i = 0; i < n; i++) {
        const struct qf_field *f = &rec->fields[cols[i]];
        if ((f->flags & QF_F_KEY) == 0) {
            qf_buf_fmt(out, "%s%s = EXCLUDED.%s", comma, f->name, f->name);
            comma = ", ";
        }
    }
}

void row_insert_text(const struct qf_table *t, struct qf_buf *out)
{
    uint8_t cols[ROW_COLUMNS_MAX];
    int n = row_columns(t->rec, cols);
    qf_buf_fmt(out, "INSERT INTO %s (", t->name);
    column_list(t->rec, cols, n, out);
    qf_buf_str(out, ") SELECT * FROM unnest(");
    for (int i = 0; i < n; i++)
        qf_buf_fmt(out, "%s$%d::%s[]", i > 0 ? ", " : "", i + 1, row_type(&t->rec->fields[cols[i]]));
    qf_buf_char(out, ')');
    if (t->mode == QF_MODE_UPSERT)
        conflict(t->rec, cols, n, out);
}

/* --- encoding */
static unsigned char *put32(unsigned char *p, uint32_t v)
{
    v = htobe32(v);
    memcpy(p, &v, 4);
    return p + 4;
}

static unsigned char *put64(unsigned char *p, int64_t v)
{
    uint64_t big = htobe64((uint64_t)v);
    memcpy(put32(p, 8), &big, 8);
    return p + 12;
}

static const char *text_of(const struct qf_field *f, const char *value, size_t *ret_n)
{
    if (f->type == QF_T_str || f->type == QF_T_json) {
        const struct qf_str *s = (const struct qf_str *)(const void *)value;
        *ret_n = s->n;
        return s->p;
    }
    if (f->type == QF_T_enum)
        value = qf_enum_text(f->en, *(const int32_t *)(const void *)value);
    *ret_n = strlen(value);
    return value;
}

static qf_i128 decimal_of(const struct qf_field *f, const char *value)
{
    if (f->type == QF_T_money || f->type == QF_T_cost) {
        qf_i128 v;
        memcpy(&v, value, sizeof v);
        return v;
    }
    return *(const int64_t *)(const void *)value;
}

/* Elements of fixed width at most. Returns the end of what was written. */
static unsigned char *put_value(const struct qf_field *f, const char *value, unsigned char *p)
{
    switch (f->type) {
    case QF_T_bool:
        p = put32(p, 1);
        *p = *(const bool *)(const void *)value ? 1 : 0;
        return p + 1;
    case QF_T_i64:
        return put64(p, *(const int64_t *)(const void *)value);
    case QF_T_real: /* its eight bytes, the most significant first: nothing is reckoned here */
        return put64(p, *(const int64_t *)(const void *)value);
    case QF_T_time:
        return put64(p, *(const int64_t *)(const void *)value - DB_EPOCH_US);
    default:
        {
            size_t n = numeric_put(decimal_of(f, value), types[f->type].scale, p + 4);
            put32(p, (uint32_t)n);
            return p + 4 + n;
        }
    }
}

static void put_text(const struct qf_field *f, const char *value, struct qf_buf *buf)
{
    size_t n;
    const char *text = text_of(f, value, &n);
    unsigned char *p = (unsigned char *)qf_buf_room(buf, 4 + n);
    if (p == NULL)
        return;
    put32(p, (uint32_t)n);
    if (n > 0)
        memcpy(p + 4, text, n);
    buf->len += 4 + n;
}

static void put_null(struct qf_buf *buf)
{
    unsigned char *p = (unsigned char *)qf_buf_room(buf, 4);
    if (p != NULL) {
        put32(p, UINT32_MAX); /* length -1 */
        buf->len += 4;
    }
}

static void array_head(const struct qf_field *f, uint32_t n, struct qf_buf *buf)
{
    unsigned char *p = (unsigned char *)qf_buf_room(buf, ARRAY_HEAD);
    if (p == NULL)
        return;
    p = put32(p, 1);
    p = put32(p, (f->flags & QF_F_OPT) != 0 ? 1 : 0);
    p = put32(p, types[f->type].oid);
    p = put32(p, n);
    put32(p, 1);
    buf->len += ARRAY_HEAD;
}

static void put_column(const struct qf_rec *rec, const struct qf_field *f, const char *rows, uint32_t n,
                       struct qf_buf *buf)
{
    const size_t width = types[f->type].width;
    const bool optional = (f->flags & QF_F_OPT) != 0;
    array_head(f, n, buf);
    for (uint32_t i = 0; i < n && !buf->failed; i++, rows += rec->size) {
        if (optional && !qf_rec_has(rec, rows, f)) {
            put_null(buf);
        } else if (width == 0) {
            put_text(f, rows + f->off, buf);
        } else {
            unsigned char *p = (unsigned char *)qf_buf_room(buf, width);
            if (p != NULL)
                buf->len += (size_t)(put_value(f, rows + f->off, p) - p);
        }
    }
}

bool row_encode(const struct qf_rec *rec, const void *rows, uint32_t n, struct qf_buf *buf,
                struct db_param ret_params[ROW_COLUMNS_MAX])
{
    uint8_t cols[ROW_COLUMNS_MAX];
    size_t starts[ROW_COLUMNS_MAX + 1];
    int count = row_columns(rec, cols);
    qf_assert(n > 0);
    qf_buf_clear(buf);
    for (int i = 0; i < count; i++) {
        starts[i] = buf->len;
        put_column(rec, &rec->fields[cols[i]], rows, n, buf);
        if (buf->len - starts[i] > ROW_BYTES_MAX)
            return false;
    }
    if (buf->failed)
        return false;
    starts[count] = buf->len;
    for (int i = 0; i < count; i++) /* only now: the buffer may have moved while it grew */
        ret_params[i] = (struct db_param){ .p = buf->p + starts[i], .n = (int)(starts[i + 1] - starts[i]) };
    return true;
}

/* --- decoding */
static enum qf_err map_columns(struct row_map *map, const struct db_rows *rows, char why[ROW_WHY])
{
    for (int c = 0; c < db_rows_columns(rows); c++) {
        const char *name = db_rows_name(rows, c);
        if (name[0] == '_')
            continue;
        const struct qf_field *f = qf_rec_field(map->rec, name, strlen(name));
        if (f == NULL || f->type == QF_T_list) {
            qf_str_fmt(why, ROW_WHY, "column %s is no field of %s", name, map->rec->name);
            return QF_EVERSION;
        }
        if (db_rows_type(rows, c) != row_oid(f)) {
            qf_str_fmt(why, ROW_WHY, "column %s of %s has another type", name, map->rec->name);
            return QF_EVERSION;
        }
        map->column[f - map->rec->fields] = (int16_t)c;
    }
    return QF_OK;
}

enum qf_err row_map(const struct qf_rec *rec, const struct db_rows *rows, bool part, struct row_map *ret,
                    char ret_why[ROW_WHY])
{
    struct row_map map = { .rec = rec };
    memset(map.column, 0xff, sizeof map.column);
    enum qf_err err = map_columns(&map, rows, ret_why);
    for (int i = 0; i < rec->count && err == QF_OK && !part; i++) {
        const struct qf_field *f = &rec->fields[i];
        if (map.column[i] < 0 && stored(f) && (f->flags & QF_F_OPT) == 0) {
            qf_str_fmt(ret_why, ROW_WHY, "column %s of %s is missing", f->name, rec->name);
            err = QF_EVERSION;
        }
    }
    if (err == QF_OK)
        *ret = map;
    return err;
}

static enum qf_err get64(const unsigned char *p, size_t n, int64_t *ret)
{
    uint64_t v;
    if (n != 8)
        return QF_ESYNTAX;
    memcpy(&v, p, 8);
    *ret = (int64_t)be64toh(v);
    return QF_OK;
}

static enum qf_err get_time(const unsigned char *p, size_t n, int64_t *ret)
{
    int64_t v;
    if (get64(p, n, &v) != QF_OK)
        return QF_ESYNTAX;
    if (v == INT64_MIN || v > INT64_MAX - DB_EPOCH_US) /* the infinities */
        return QF_ERANGE;
    *ret = v + DB_EPOCH_US;
    return QF_OK;
}

static enum qf_err get_decimal(const struct qf_field *f, const unsigned char *p, size_t n, char *out)
{
    qf_i128 v;
    enum qf_err err = numeric_get(p, n, types[f->type].scale, &v);
    if (err != QF_OK)
        return err;
    if (f->type == QF_T_money || f->type == QF_T_cost) {
        memcpy(out, &v, sizeof v);
        return QF_OK;
    }
    if (v > QF_PRICE_MAX || v < -(qf_i128)QF_PRICE_MAX)
        return QF_ERANGE;
    int64_t small = (int64_t)v;
    memcpy(out, &small, sizeof small);
    return QF_OK;
}

static enum qf_err get_enum(const struct qf_field *f, const char *p, size_t n, char *out)
{
    int v = qf_enum_find(f->en, p, n);
    if (v < 0)
        return QF_ERANGE;
    int32_t word = v;
    memcpy(out, &word, sizeof word);
    return QF_OK;
}

static enum qf_err get_text(const struct qf_field *f, const char *p, size_t n, char *out, struct qf_arena *arena)
{
    if (!qf_utf8_valid(p, n) || memchr(p, 0, n) != NULL)
        return QF_ERANGE;
    if (f->type == QF_T_text) {
        if ((qf_i128)n > f->max)
            return QF_ERANGE;
        memcpy(out, p, n);
        out[n] = '\0';
        return QF_OK;
    }
    struct qf_str s = { .p = qf_arena_copy(arena, p, n), .n = (uint32_t)n };
    if (s.p == NULL)
        return QF_ENOMEM;
    memcpy(out, &s, sizeof s);
    return QF_OK;
}

static enum qf_err get_value(const struct qf_field *f, const void *p, size_t n, char *out, struct qf_arena *arena)
{
    switch (f->type) {
    case QF_T_bool:
        if (n != 1)
            return QF_ESYNTAX;
        *(bool *)(void *)out = *(const char *)p != 0;
        return QF_OK;
    case QF_T_i64:
    case QF_T_real:
        return get64(p, n, (int64_t *)(void *)out);
    case QF_T_time:
        return get_time(p, n, (int64_t *)(void *)out);
    case QF_T_enum:
        return get_enum(f, p, n, out);
    case QF_T_text:
    case QF_T_str:
    case QF_T_json:
        return get_text(f, p, n, out, arena);
    default:
        return get_decimal(f, p, n, out);
    }
}

enum qf_err row_decode(const struct row_map *map, const struct db_rows *rows, int row, void *ret,
                       struct qf_arena *arena, char ret_why[ROW_WHY])
{
    char *o = ret;
    uint64_t has = 0;
    memset(o, 0, map->rec->size);
    for (int i = 0; i < map->rec->count; i++) {
        if (map->column[i] < 0)
            continue;
        const struct qf_field *f = &map->rec->fields[i];
        int n = 0;
        const void *p = db_rows_value(rows, row, map->column[i], &n);
        enum qf_err err = QF_OK;
        if (p != NULL)
            err = get_value(f, p, (size_t)n, o + f->off, arena);
        else if ((f->flags & QF_F_OPT) == 0)
            err = QF_ERANGE;
        if (err != QF_OK) {
            qf_str_fmt(ret_why, ROW_WHY, "%s.%s as stored: %s", map->rec->name, f->name, qf_err_text(err));
            return err;
        }
        if (p != NULL)
            has |= 1ULL << i;
    }
    memcpy(o, &has, sizeof has);
    return QF_OK;
}
