/* Bytes as text and back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64.h"

static void known_texts(void **state)
{
    /* RFC 4648, section 10 */
    static const char *const pairs[][2] = { { "", "" },           { "f", "Zg==" },         { "fo", "Zm8=" },        { "foo", "Zm9v" },
                                            { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };
    (void)state;
    for (size_t i = 0; i < QF_LEN(pairs); i++) {
        char out[16];
        size_t n = qf_base64_put(pairs[i][0], strlen(pairs[i][0]), out), back = 99;
        assert_int_equal(n, QF_BASE64_TEXT(strlen(pairs[i][0])));
        assert_int_equal(n, strlen(pairs[i][1]));
        assert_memory_equal(out, pairs[i][1], n);
        assert_int_equal(qf_base64_get(out, n, out, &back), QF_OK); /* over itself */
        assert_int_equal(back, strlen(pairs[i][0]));
        assert_memory_equal(out, pairs[i][0], back);
    }
}

static void every_byte(void **state)
{
    unsigned char in[256 * 3 + 2], out[sizeof in];
    char text[QF_BASE64_TEXT(sizeof in)];
    (void)state;
    srand(7);
    for (size_t n = 0; n <= sizeof in; n += 97) {
        size_t back = 0;
        for (size_t i = 0; i < n; i++)
            in[i] = (unsigned char)(rand() >> 4);
        size_t k = qf_base64_put(in, n, text);
        assert_int_equal(qf_base64_get(text, k, out, &back), QF_OK);
        assert_int_equal(back, n);
        assert_memory_equal(out, in, n);
    }
}

static void broken_texts(void **state)
{
    static const char *const bad[] = { "Z", "Zg", "Zg=", "Zg==Zg==", "Zh==", "Zm9=", "====", "Z===", "Zg=g", "Zm 8", "Zm\n8", "Zm9v\xc3", "Zm-_" };
    (void)state;
    for (size_t i = 0; i < QF_LEN(bad); i++) {
        char out[16] = "untouched";
        size_t n = 77;
        assert_int_equal(qf_base64_get(bad[i], strlen(bad[i]), out, &n), QF_ESYNTAX);
        assert_int_equal(n, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(known_texts), cmocka_unit_test(every_byte), cmocka_unit_test(broken_texts) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
