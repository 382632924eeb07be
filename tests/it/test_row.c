/* Records as rows: what goes in comes out, and what the server makes of it in between is the same number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/str.h"
#include "daemon/store/numeric.h"
#include "daemon/store/row.h"
#include "tests/it/pg.h"

#define ROWS 200

static struct db_wait *w;
static uint64_t seed = 20260924;

/* splitmix64 */
static uint64_t roll(void)
{
    uint64_t z = (seed += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

static qf_i128 ten_to(int n)
{
    qf_i128 v = 1;
    while (n-- > 0)
        v *= 10;
    return v;
}

/* Any magnitude, and now and then an edge: 0, a power of ten, just beside it, the largest. */
static qf_i128 roll_decimal(qf_i128 max)
{
    qf_i128 v = (qf_i128)(((qf_u128)roll() << 64 | roll()) >> (1 + roll() % 127));
    switch (roll() % 8) {
    case 0: v = ten_to((int)(roll() % 39)) % (max + 1); break;
    case 1: v = ten_to((int)(roll() % 39)) % (max + 1) - 1; break;
    case 2: v = max; break;
    case 3: v = 0; break;
    default: break;
    }
    v %= max + 1;
    return roll() % 2 ? v : -v;
}

static size_t roll_text(char *out, size_t max)
{
    static const char *const pieces[] = { "a", "Z",    "0", "'", "\"", "\\", "{",  "}",  ",",
                                          " ", "NULL", "ä", "€", "😀",  "\t", "$1", ";--" };
    size_t n = 0, want = roll() % 4 == 0 ? max : roll() % (max + 1);
    while (n < want) {
        const char *p = pieces[roll() % QF_LEN(pieces)];
        if (n + strlen(p) > want)
            p = "x";
        memcpy(out + n, p, strlen(p));
        n += strlen(p);
    }
    return n;
}

static void roll_str(struct qf_str *s, struct qf_arena *arena)
{
    char *p = qf_arena_alloc(arena, 301);
    assert_non_null(p);
    s->n = (uint32_t)roll_text(p, roll() % 300);
    s->p = p;
}

static void roll_field(const struct qf_field *f, char *at, struct qf_arena *arena)
{
    qf_i128 wide = 0;
    switch (f->type) {
    case QF_T_bool: *(bool *)(void *)at = roll() % 2; break;
    case QF_T_i64: *(int64_t *)(void *)at = roll() % 4 ? (int64_t)roll() : (roll() % 2 ? INT64_MAX : INT64_MIN); break;
    case QF_T_time: *(int64_t *)(void *)at = (int64_t)(roll() % 253402300799000000ULL); break; /* to the end of 9999 */
    case QF_T_real: *(double *)(void *)at = (double)(int64_t)roll() / 1024; break;
    case QF_T_price:
    case QF_T_qty: *(int64_t *)(void *)at = (int64_t)roll_decimal(QF_PRICE_MAX); break;
    case QF_T_enum: *(int32_t *)(void *)at = (int32_t)(roll() % (uint64_t)f->en->count); break;
    case QF_T_text: at[roll_text(at, (size_t)f->max)] = '\0'; break;
    case QF_T_str:
    case QF_T_json: roll_str((struct qf_str *)(void *)at, arena); break;
    case QF_T_money:
    case QF_T_cost:
        wide = roll_decimal(ten_to(38) - 1); /* NUMERIC(38, ...) */
        memcpy(at, &wide, sizeof wide);
        break;
    default: fail();
    }
}

static void roll_record(const struct qf_rec *rec, void *o, struct qf_arena *arena)
{
    uint64_t has = 0;
    memset(o, 0, rec->size);
    for (int i = 0; i < rec->count; i++) {
        const struct qf_field *f = &rec->fields[i];
        if ((f->flags & QF_F_VIRTUAL) != 0 || f->type == QF_T_list || ((f->flags & QF_F_OPT) != 0 && roll() % 3 == 0))
            continue;
        roll_field(f, (char *)o + f->off, arena);
        has |= 1ULL << i;
    }
    memcpy(o, &has, sizeof has);
}

static void check_same(const struct qf_rec *rec, const char *a, const char *b)
{
    assert_memory_equal(a, b, sizeof(uint64_t)); /* has */
    for (int i = 0; i < rec->count; i++) {
        const struct qf_field *f = &rec->fields[i];
        if (!qf_rec_has(rec, a, f))
            continue;
        if (f->type == QF_T_str || f->type == QF_T_json) {
            const struct qf_str *x = (const void *)(a + f->off), *y = (const void *)(b + f->off);
            assert_int_equal(x->n, y->n);
            if (x->n > 0)
                assert_memory_equal(x->p, y->p, x->n);
        } else if (f->type == QF_T_text) {
            assert_string_equal(a + f->off, b + f->off);
        } else {
            size_t width = f->type == QF_T_bool                            ? 1
                           : f->type == QF_T_enum                          ? 4
                           : f->type == QF_T_money || f->type == QF_T_cost ? 16
                                                                           : 8;
            if (memcmp(a + f->off, b + f->off, width) != 0)
                fail_msg("%s.%s came back changed", rec->name, f->name);
        }
    }
}

struct came_back {
    const struct qf_rec *rec;
    const char *sent;
    struct qf_arena arena;
    uint32_t rows;
    enum qf_err err;
    char why[ROW_WHY];
};

static void on_rows(void *arg, const struct db_answer *a)
{
    struct came_back *c = arg;
    struct row_map map;
    char *o = aligned_alloc(16, ((size_t)c->rec->size + 15) & ~(size_t)15);
    c->err = row_map(c->rec, a->rows, false, &map, c->why);
    c->rows = (uint32_t)db_rows_count(a->rows);
    for (uint32_t i = 0; i < c->rows && c->err == QF_OK; i++) {
        c->err = row_decode(&map, a->rows, (int)i, o, &c->arena, c->why);
        if (c->err == QF_OK && c->sent != NULL)
            check_same(c->rec, c->sent + (size_t)i * c->rec->size, o);
    }
    free(o);
}

static void insert(const struct qf_table *t, const void *rows, uint32_t n)
{
    struct qf_buf text, bytes;
    struct db_param params[ROW_COLUMNS_MAX];
    struct db_error error;
    uint8_t cols[ROW_COLUMNS_MAX];
    qf_buf_init(&text, 65536);
    qf_buf_init(&bytes, 64 * 1024 * 1024);
    row_insert_text(t, &text);
    assert_true(row_encode(t->rec, rows, n, &bytes, params));
    enum qf_err err = db_wait_query(w, qf_buf_cstr(&text), params, row_columns(t->rec, cols), NULL, NULL, &error);
    if (err != QF_OK)
        fail_msg("%s: %s", t->name, error.why);
    qf_buf_release(&text);
    qf_buf_release(&bytes);
}

/* A copy of each table without constraints: every value the types can hold goes through, not only sensible ones. */
static void there_and_back(const struct qf_table *t)
{
    char text[200], name[64];
    struct qf_table bare = { .name = name, .rec = t->rec, .mode = QF_MODE_APPEND };
    struct came_back c = { .rec = t->rec };
    struct qf_arena arena;
    struct db_error error;
    qf_str_fmt(name, sizeof name, "bare_%s", t->name);
    qf_str_fmt(text, sizeof text, "CREATE TABLE %s (LIKE %s INCLUDING GENERATED, _n bigserial)", name, t->name);
    pg_do(w, text);
    qf_arena_init(&arena, 64 * 1024 * 1024);
    qf_arena_init(&c.arena, 64 * 1024 * 1024);
    char *rows = aligned_alloc(16, ((size_t)t->rec->size * ROWS + 15) & ~(size_t)15);
    for (uint32_t i = 0; i < ROWS; i++)
        roll_record(t->rec, rows + (size_t)i * t->rec->size, &arena);
    insert(&bare, rows, 1); /* one by itself, then many: in order */
    insert(&bare, rows + t->rec->size, ROWS - 1);
    c.sent = rows;
    qf_str_fmt(text, sizeof text, "SELECT * FROM %s ORDER BY _n", name);
    assert_int_equal(db_wait_query(w, text, NULL, 0, on_rows, &c, &error), QF_OK);
    assert_string_equal(c.why, "");
    assert_int_equal(c.err, QF_OK);
    assert_int_equal(c.rows, ROWS);
    free(rows);
    qf_arena_release(&arena);
    qf_arena_release(&c.arena);
}

static void test_there_and_back(void **state)
{
    (void)state;
    for (int t = 0; t < QF_TABLE_COUNT; t++)
        there_and_back(&qf_tables[t]);
}

static void test_upsert(void **state)
{
    struct qf_table t = { .name = "cash", .rec = &qf_rec_cash, .mode = QF_MODE_UPSERT };
    struct qf_cash rows[3] = { { .account = "a", .currency = "USD", .balance = 5 * QF_ONE, .updated = 1 },
                               { .account = "a", .currency = "EUR", .balance = 7 * QF_ONE, .updated = 2 },
                               { .account = "b", .currency = "USD", .balance = -QF_ONE, .updated = 3 } };
    (void)state;
    pg_do(w, "TRUNCATE cash");
    insert(&t, rows, 2);
    rows[1].balance = 70 * QF_ONE;
    insert(&t, rows + 1, 2);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM cash"), 3);
    assert_int_equal(pg_i64(w, "SELECT balance::bigint FROM cash WHERE account = 'a' AND currency = 'EUR'"), 70);
    assert_int_equal(pg_i64(w, "SELECT balance::bigint FROM cash WHERE account = 'a' AND currency = 'USD'"), 5);
}

/* --- numbers against the server's own reading of their texts */
static struct db_param text_array(struct qf_buf *b, const char (*texts)[QF_DEC_TEXT], int n)
{
    unsigned char head[20] = { 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 25, 0, 0, (unsigned char)(n >> 8), (unsigned char)n,
                               0, 0, 0, 1 };
    qf_buf_add(b, head, sizeof head);
    for (int i = 0; i < n; i++) {
        unsigned char length[4] = { 0, 0, 0, (unsigned char)strlen(texts[i]) };
        qf_buf_add(b, length, 4);
        qf_buf_str(b, texts[i]);
    }
    return (struct db_param){ .p = b->p, .n = (int)b->len };
}

static struct db_param numeric_array(struct qf_buf *b, const qf_i128 *values, int n, int scale)
{
    unsigned char head[20] = { 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 6, 164, 0, 0, (unsigned char)(n >> 8), (unsigned char)n,
                               0, 0, 0, 1 };
    qf_buf_add(b, head, sizeof head);
    for (int i = 0; i < n; i++) {
        unsigned char value[4 + NUMERIC_BYTES] = { 0 };
        size_t k = numeric_put(values[i], scale, value + 4);
        value[3] = (unsigned char)k;
        qf_buf_add(b, value, 4 + k);
    }
    return (struct db_param){ .p = b->p, .n = (int)b->len };
}

struct decoded {
    const qf_i128 *values;
    int scale, n;
};

static void on_numbers(void *arg, const struct db_answer *a)
{
    const struct decoded *d = arg;
    assert_int_equal(db_rows_count(a->rows), d->n);
    for (int i = 0; i < d->n; i++) {
        int n = 0;
        qf_i128 v = 1;
        const void *p = db_rows_value(a->rows, i, 0, &n);
        assert_int_equal(numeric_get(p, (size_t)n, d->scale, &v), QF_OK);
        assert_true(v == d->values[i]);
    }
}

static void numbers(int scale, const char *differ, const char *read)
{
    enum { N = 2000 };
    static qf_i128 values[N];
    static char texts[N][QF_DEC_TEXT];
    struct qf_buf b1, b2;
    struct db_error error;
    int64_t wrong = -1;
    for (int i = 0; i < N; i++) {
        values[i] = roll_decimal(ten_to(38) - 1);
        qf_dec_format(values[i], scale, texts[i]);
    }
    qf_buf_init(&b1, 1 << 20);
    qf_buf_init(&b2, 1 << 20);
    const struct db_param p[] = { numeric_array(&b1, values, N, scale), text_array(&b2, texts, N) };
    assert_int_equal(db_wait_i64(w, differ, p, 2, -1, &wrong, &error), QF_OK);
    assert_int_equal(wrong, 0);
    struct decoded d = { values, scale, N };
    assert_int_equal(db_wait_query(w, read, p + 1, 1, on_numbers, &d, &error), QF_OK);
    qf_buf_release(&b1);
    qf_buf_release(&b2);
}

static void test_numbers(void **state)
{
    (void)state;
    numbers(8,
            "SELECT count(*) FROM unnest($1::numeric(38,8)[], $2::text[]) t (a, b) WHERE a IS DISTINCT FROM b::numeric",
            "SELECT b::numeric(38,8) FROM unnest($1::text[]) b");
    numbers(
        16,
        "SELECT count(*) FROM unnest($1::numeric(38,16)[], $2::text[]) t (a, b) WHERE a IS DISTINCT FROM b::numeric",
        "SELECT b::numeric(38,16) FROM unnest($1::text[]) b");
}

static enum qf_err got(const unsigned char *p, size_t n)
{
    qf_i128 v = 42;
    enum qf_err err = numeric_get(p, n, 8, &v);
    if (err != QF_OK)
        assert_true(v == 42); /* untouched */
    return err;
}

static void test_bad_numbers(void **state)
{
    (void)state;
    static const unsigned char nan_[] = { 0, 0, 0, 0, 0xC0, 0, 0, 0 }, inf[] = { 0, 0, 0, 0, 0xD0, 0, 0, 0 };
    static const unsigned char fine[] = { 0, 1, 0, 0, 0, 0, 0, 0, 0, 5 }, cut[] = { 0, 2, 0, 0, 0, 0, 0, 0, 0, 5 };
    static const unsigned char digit[] = { 0, 1, 0, 0, 0, 0, 0, 0, 0x27, 0x10 }; /* a group of 10,000 */
    static const unsigned char deep[] = { 0, 1, 0xFF, 0xFD, 0, 0, 0, 12, 0, 1 };  /* 10^-12 */
    static const unsigned char deep_zero[] = { 0, 2, 0xFF, 0xFE, 0, 0, 0, 12, 0, 1, 0, 0 };
    static const unsigned char huge[] = { 0, 1, 0, 9, 0, 0, 0, 0, 0, 1 };         /* 10^36 at 10^-8 */
    assert_int_equal(got(fine, sizeof fine), QF_OK);
    assert_int_equal(got(nan_, sizeof nan_), QF_ERANGE);
    assert_int_equal(got(inf, sizeof inf), QF_ERANGE);
    assert_int_equal(got(cut, sizeof cut), QF_ESYNTAX);
    assert_int_equal(got(fine, 7), QF_ESYNTAX);
    assert_int_equal(got(digit, sizeof digit), QF_ESYNTAX);
    assert_int_equal(got(deep, sizeof deep), QF_ERANGE);
    assert_int_equal(got(deep_zero, sizeof deep_zero), QF_OK);
    assert_int_equal(got(huge, sizeof huge), QF_ERANGE);
}

/* --- what is stored is not trusted */
static void check_refused(const char *change, enum qf_err wanted, const char *field)
{
    struct came_back c = { .rec = &qf_rec_order };
    struct db_error error;
    qf_arena_init(&c.arena, 1 << 20);
    pg_do(w, "TRUNCATE bare_orders");
    struct qf_order o = { .id = 1, .account = "a", .symbol = "X", .quantity = QF_ONE, .by = "u", .venue = "paper" };
    struct qf_table bare = { .name = "bare_orders", .rec = &qf_rec_order, .mode = QF_MODE_APPEND };
    insert(&bare, &o, 1);
    if (change != NULL)
        pg_do(w, change);
    assert_int_equal(db_wait_query(w, "SELECT * FROM bare_orders", NULL, 0, on_rows, &c, &error), QF_OK);
    assert_int_equal(c.err, wanted);
    if (field != NULL)
        assert_non_null(strstr(c.why, field));
    qf_arena_release(&c.arena);
}

static void test_stored_nonsense(void **state)
{
    (void)state;
    pg_do(w, "ALTER TABLE bare_orders ALTER quantity TYPE numeric, ALTER value TYPE numeric");
    pg_do(w, "ALTER TABLE bare_orders ALTER account DROP NOT NULL, ALTER fees DROP NOT NULL");
    check_refused(NULL, QF_OK, NULL);
    check_refused("UPDATE bare_orders SET side = 'HOLD'", QF_ERANGE, "order.side");
    check_refused("UPDATE bare_orders SET account = NULL", QF_ERANGE, "order.account");
    check_refused("UPDATE bare_orders SET account = repeat('x', 25)", QF_ERANGE, "order.account");
    check_refused("UPDATE bare_orders SET account = repeat('x', 24)", QF_OK, NULL);
    check_refused("UPDATE bare_orders SET quantity = 'NaN'", QF_ERANGE, "order.quantity");
    check_refused("UPDATE bare_orders SET quantity = 92000000000.00000001", QF_ERANGE, "order.quantity");
    check_refused("UPDATE bare_orders SET quantity = 92000000000", QF_OK, NULL);
    check_refused("UPDATE bare_orders SET quantity = 0.000000001", QF_ERANGE, "order.quantity");
    check_refused("UPDATE bare_orders SET value = '1e23'", QF_ERANGE, "order.value");
    check_refused("UPDATE bare_orders SET at = 'infinity'", QF_ERANGE, "order.at");
    check_refused("UPDATE bare_orders SET fees = NULL", QF_ERANGE, "order.fees");
    check_refused("ALTER TABLE bare_orders ADD COLUMN extra int", QF_EVERSION, "extra");
    check_refused("ALTER TABLE bare_orders DROP COLUMN extra, DROP COLUMN fees", QF_EVERSION, "fees");
}

static void test_columns_of_another_kind(void **state)
{
    struct came_back c = { .rec = &qf_rec_rate };
    struct db_error error;
    (void)state;
    qf_arena_init(&c.arena, 1 << 20);
    assert_int_equal(db_wait_query(w, "SELECT 'USD'::text AS currency, false AS inverse, now() AS updated", NULL, 0,
                                   on_rows, &c, &error),
                     QF_OK);
    assert_int_equal(c.err, QF_OK); /* optional fields may be missing */
    assert_int_equal(
        db_wait_query(w, "SELECT 1 AS currency, false AS inverse, now() AS updated", NULL, 0, on_rows, &c, &error),
        QF_OK);
    assert_int_equal(c.err, QF_EVERSION);
    assert_int_equal(db_wait_query(w, "SELECT 'USD'::text AS currency, false AS inverse, now() AS updated, 1 AS other",
                                   NULL, 0, on_rows, &c, &error),
                     QF_OK);
    assert_int_equal(c.err, QF_EVERSION);
    assert_int_equal(db_wait_query(w, "SELECT 'USD'::text AS currency, false AS inverse, now() AS updated, 1 AS _own",
                                   NULL, 0, on_rows, &c, &error),
                     QF_OK);
    assert_int_equal(c.err, QF_OK);
    qf_arena_release(&c.arena);
}

static int begin(void **state)
{
    struct pg_base b;
    (void)state;
    w = pg_begin_one(&b, 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    pg_end_one(w);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),  cmocka_unit_test(test_upsert),
        cmocka_unit_test(test_numbers),         cmocka_unit_test(test_bad_numbers),
        cmocka_unit_test(test_stored_nonsense), cmocka_unit_test(test_columns_of_another_kind),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
