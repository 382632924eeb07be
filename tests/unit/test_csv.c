/* The CSV reader and the source below it: what it takes, what it refuses, and where it says the fault is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "common/mem.h"
#include "common/csv.h"

/* Reads everything and writes it as cells in brackets, a line a record; ends with the error's words, if any. */
static void dump(struct csv *c, struct qf_buf *out)
{
    const struct csv_cell *cells = NULL;
    size_t n = 0;
    enum qf_err err;

    while ((err = csv_next(c, &cells, &n)) == QF_OK) {
        for (size_t i = 0; i < n; i++) {
            qf_buf_char(out, '[');
            qf_buf_add(out, cells[i].p, cells[i].n);
            qf_buf_char(out, ']');
        }
        qf_buf_char(out, '\n');
    }
    if (err != QF_ENOENT)
        qf_buf_str(out, csv_why(c));
    /* it stays as it ended */
    assert_int_equal(csv_next(c, &cells, &n), err);
    csv_close(c);
}

static void check(const char *text, size_t n, const char *want)
{
    struct qf_buf out;

    qf_buf_init(&out, 1 << 20);
    dump(csv_memory("f", text, n), &out);
    assert_string_equal(qf_buf_cstr(&out), want);
    qf_buf_release(&out);
}

#define CHECK(text, want) check(text, sizeof(text) - 1, want)

static void test_takes(void **state)
{
    (void)state;
    CHECK("", "");
    CHECK("a,b\n1,2\n", "[a][b]\n[1][2]\n");
    CHECK("a,b\r\n1,2\r\n", "[a][b]\n[1][2]\n");
    CHECK("a,b\n1,2", "[a][b]\n[1][2]\n");
    CHECK("\n\r\na,b\n\n1,2\n\n", "[a][b]\n[1][2]\n");
    CHECK(",\n,\n", "[][]\n[][]\n");
    CHECK("a,b\n1,", "[a][b]\n[1][]\n");
    CHECK("\xef\xbb\xbf" "a,b\n", "[a][b]\n");
    CHECK("a b,\tc\n", "[a b][\tc]\n");
    CHECK("a\n\"\"\n", "[a]\n[]\n");
    CHECK("a\n\"\"", "[a]\n[]\n");
}

static void test_quotes(void **state)
{
    (void)state;
    CHECK("\"a\",\"b\"\n", "[a][b]\n");
    CHECK("\"a,b\",c\n", "[a,b][c]\n");
    CHECK("\"he said \"\"no\"\"\",c\n", "[he said \"no\"][c]\n");
    CHECK("\"\"\"\",c\n", "[\"][c]\n");
    CHECK("\"line\nend\",c\r\n\"x\r\ny\",d\n", "[line\nend][c]\n[x\r\ny][d]\n");
    CHECK("\"a\",\"b\"", "[a][b]\n");
}

static void test_refuses(void **state)
{
    (void)state;
    CHECK("a,b\n1\n", "[a][b]\nf:2: 1 columns where the first line has 2");
    CHECK("a,b\n1,2,3\n", "[a][b]\nf:2: 3 columns where the first line has 2");
    CHECK("a,b\n1,x\"y\n", "[a][b]\nf:2: column 2: a quote inside a value that does not begin with one");
    CHECK("a,b\n1,\"y\"z\n", "[a][b]\nf:2: column 2: something stands behind the closing quote");
    CHECK("a,b\n1,\"y", "[a][b]\nf:2: column 2: the file ends inside quotes");
    CHECK("a,b\n1\r2,3\n", "[a][b]\nf:2: column 1: a carriage return without a line end");
    CHECK("a,b\n1,2\r", "[a][b]\nf:2: column 2: a carriage return without a line end");
    CHECK("a,b\n1,\0\n", "[a][b]\nf:2: column 2: a control character");
    CHECK("a,b\n1,\"\x1b[2J\"\n", "[a][b]\nf:2: column 2: a control character");
}

static void test_line_numbers_count_lines_inside_quotes(void **state)
{
    (void)state;
    CHECK("a,b\n\"x\ny\nz\",1\n2\n", "[a][b]\n[x\ny\nz][1]\nf:5: 1 columns where the first line has 2");
}

static void test_a_long_line(void **state)
{
    size_t n = CSV_MAX_LINE;
    char *p = qf_xalloc(n + 2);
    const struct csv_cell *cells = NULL;
    size_t columns = 0;

    (void)state;
    memset(p, 'x', n + 2);
    p[n] = '\n';
    struct csv *c = csv_memory("f", p, n + 1);
    assert_int_equal(csv_next(c, &cells, &columns), QF_OK);
    assert_int_equal(cells[0].n, n);
    csv_close(c);

    /* far longer than the bound: refused after the bound, not after the file */
    size_t huge = 8 * (size_t)CSV_MAX_LINE;
    char *q = qf_xalloc(huge);
    memset(q, 'y', huge);
    c = csv_memory("f", q, huge);
    assert_int_equal(csv_next(c, &cells, &columns), QF_ERANGE);
    assert_string_equal(csv_why(c), "f:1: the line is longer than 131072 bytes");
    csv_close(c);
    free(q);
    free(p);
}

static void test_many_columns(void **state)
{
    char p[CSV_MAX_COLUMNS + 1];
    const struct csv_cell *cells = NULL;
    size_t n = 0;

    (void)state;
    memset(p, ',', sizeof p);
    struct csv *c = csv_memory("f", p, CSV_MAX_COLUMNS - 1);
    assert_int_equal(csv_next(c, &cells, &n), QF_OK);
    assert_int_equal(n, CSV_MAX_COLUMNS);
    csv_close(c);
    c = csv_memory("f", p, CSV_MAX_COLUMNS);
    assert_int_equal(csv_next(c, &cells, &n), QF_ERANGE);
    assert_string_equal(csv_why(c), "f:1: more than 4097 columns");
    csv_close(c);
}

static void test_fault_names_the_column(void **state)
{
    const struct csv_cell *cells = NULL;
    size_t n = 0;
    struct csv *c = csv_memory("prices.csv", "a,b\n1,2\n", 8);

    (void)state;
    assert_int_equal(csv_next(c, &cells, &n), QF_OK);
    assert_int_equal(csv_next(c, &cells, &n), QF_OK);
    assert_int_equal(csv_line(c), 2);
    assert_int_equal(csv_fault(c, QF_ERANGE, 1, "close", "too large"), QF_ERANGE);
    assert_string_equal(csv_why(c), "prices.csv:2: column 2 (close): too large");
    assert_int_equal(csv_next(c, &cells, &n), QF_ERANGE);
    csv_close(c);
}

/* --- compressed */

static size_t pack(const char *text, size_t n, uint8_t *out, size_t cap)
{
    z_stream z = { 0 };

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)text;
    z.avail_in = (uInt)n;
    z.next_out = out;
    z.avail_out = (uInt)cap;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t len = cap - z.avail_out;
    (void)deflateEnd(&z);
    return len;
}

static void test_gzip(void **state)
{
    uint8_t z[512];
    size_t one = pack("a,b\n1,2\n", 8, z, sizeof z);
    size_t two = pack("3,4\n", 4, z + one, sizeof z - one);

    (void)state;
    check((const char *)z, one, "[a][b]\n[1][2]\n");
    /* members one behind the other are one text (gzip a >> b) */
    check((const char *)z, one + two, "[a][b]\n[1][2]\n[3][4]\n");
}

static void test_gzip_damaged(void **state)
{
    uint8_t z[512];
    size_t n = pack("a,b\n1,2\n", 8, z, sizeof z - 1);

    (void)state;
    for (size_t cut = 2; cut < n; cut++) {
        struct qf_buf out;
        qf_buf_init(&out, 4096);
        dump(csv_memory("f", z, cut), &out);
        assert_non_null(strstr(qf_buf_cstr(&out), "the compressed data is cut short"));
        qf_buf_release(&out);
    }
    z[n] = 'x';
    check((const char *)z, n + 1, "[a][b]\n[1][2]\nf:3: bytes behind the compressed data");
    z[n - 6] ^= 0xff; /* the checksum */
    struct qf_buf out;
    qf_buf_init(&out, 4096);
    dump(csv_memory("f", z, n), &out);
    assert_non_null(strstr(qf_buf_cstr(&out), "the compressed data is damaged"));
    qf_buf_release(&out);
}

/* A bomb: a megabyte of one letter is a line that is too long, found without unpacking the rest. */
static void test_gzip_bomb(void **state)
{
    size_t n = 1 << 20;
    char *p = qf_xalloc(n);
    uint8_t z[8192];

    (void)state;
    memset(p, 'x', n);
    size_t len = pack(p, n, z, sizeof z);
    check((const char *)z, len, "f:1: the line is longer than 131072 bytes");
    free(p);
}

/* --- files */

static void test_files(void **state)
{
    char dir[] = "/tmp/qf_csv_XXXXXX", path[64], why[QF_WHY_TEXT] = "";

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_null(csv_open("/nonexistent/prices.csv", why));
    assert_string_equal(why, "/nonexistent/prices.csv: No such file or directory");
    assert_null(csv_open(dir, why));
    assert_non_null(strstr(why, "not a regular file"));

    (void)snprintf(path, sizeof path, "%s/pipe", dir);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_null(csv_open(path, why)); /* and does not wait for a writer */
    assert_non_null(strstr(why, "not a regular file"));
    assert_int_equal(unlink(path), 0);

    (void)snprintf(path, sizeof path, "%s/p.csv", dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    for (int i = 0; i < 20000; i++)
        (void)fprintf(f, "%d,%d\n", i, i * 2);
    assert_int_equal(fclose(f), 0);
    struct csv *c = csv_open(path, why);
    assert_non_null(c);
    const struct csv_cell *cells = NULL;
    size_t n = 0;
    for (int i = 0; i < 20000; i++) {
        char want[16];
        assert_int_equal(csv_next(c, &cells, &n), QF_OK);
        (void)snprintf(want, sizeof want, "%d", i * 2);
        assert_int_equal(cells[1].n, strlen(want));
        assert_memory_equal(cells[1].p, want, cells[1].n);
        assert_int_equal(csv_line(c), i + 1);
    }
    assert_int_equal(csv_next(c, &cells, &n), QF_ENOENT);
    csv_close(c);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_line_numbers_count_lines_inside_quotes),
        cmocka_unit_test(test_a_long_line),
        cmocka_unit_test(test_many_columns),
        cmocka_unit_test(test_fault_names_the_column),
        cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_gzip_damaged),
        cmocka_unit_test(test_gzip_bomb),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
