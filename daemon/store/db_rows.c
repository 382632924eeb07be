/* What an answer holds: a struct db_rows is libpq's result under another name. */
#include <endian.h>
#include <libpq-fe.h>
#include <string.h>

#include "common/str.h"
#include "daemon/store/db.h"

static const PGresult *result(const struct db_rows *r)
{
    return (const PGresult *)r;
}

int db_rows_count(const struct db_rows *r)
{
    return PQntuples(result(r));
}

int db_rows_columns(const struct db_rows *r)
{
    return PQnfields(result(r));
}

const char *db_rows_name(const struct db_rows *r, int column)
{
    return PQfname(result(r), column);
}

uint32_t db_rows_type(const struct db_rows *r, int column)
{
    return PQftype(result(r), column);
}

const void *db_rows_value(const struct db_rows *r, int row, int column, int *ret_n)
{
    if (PQgetisnull(result(r), row, column))
        return NULL;
    *ret_n = PQgetlength(result(r), row, column);
    return PQgetvalue(result(r), row, column);
}

/* --- single values */
struct db_param db_text(const char *s)
{
    return (struct db_param){ .p = s, .n = s != NULL ? (int)strlen(s) : 0 };
}

struct db_param db_i64(int64_t v, unsigned char room[8])
{
    uint64_t big = htobe64((uint64_t)v);
    memcpy(room, &big, sizeof big);
    return (struct db_param){ .p = room, .n = 8 };
}

struct db_param db_time(int64_t us, unsigned char room[8])
{
    return db_i64(us - DB_EPOCH_US, room);
}

int64_t db_rows_i64(const struct db_rows *r, int row, int column, int64_t otherwise)
{
    int n = 0;
    const unsigned char *p = db_rows_value(r, row, column, &n);
    if (p == NULL || (n != 8 && n != 4 && n != 1))
        return otherwise;
    uint64_t v = n == 4 && (p[0] & 0x80) != 0 ? UINT64_MAX : 0; /* an integer carries its sign */
    for (int i = 0; i < n; i++)
        v = v << 8 | p[i];
    return (int64_t)v;
}

void db_rows_text(const struct db_rows *r, int row, int column, char *out, size_t cap)
{
    int n = 0;
    const char *p = db_rows_value(r, row, column, &n);
    qf_str_copyn(out, cap, p != NULL ? p : "", p != NULL ? (size_t)n : 0);
}
