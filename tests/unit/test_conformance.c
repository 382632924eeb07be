/* The validator against JSONTestSuite: names that begin with y_ have to be taken, n_ refused, i_ may go either way. The inputs lie in
 * $QF_SHARED/conformance/json/test_parsing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/proto/frame.h"
#include "common/str.h"

#define INPUT_MAX (1 << 20)

static char folder[512];

static int find_folder(void **state)
{
    (void)state;
    const char *shared = getenv("QF_SHARED"), *must = getenv("QF_REQUIRE_SHARED");
    DIR *d = NULL;
    if (shared != NULL && qf_str_fmt(folder, sizeof folder, "%s/conformance/json/test_parsing", shared) > 0)
        d = opendir(folder);
    if (d != NULL)
        return closedir(d);
    folder[0] = '\0';
    if (must != NULL && strcmp(must, "1") == 0) {
        printf("# QF_REQUIRE_SHARED=1, but QF_SHARED names no folder with conformance inputs\n");
        return -1;
    }
    printf("# skipped: QF_SHARED names no folder with conformance inputs\n");
    return 0;
}

/* A copy in a block of just its size, so that a sanitizer sees one byte read too many. */
static char *load(const char *name, size_t *ret_n)
{
    static char bytes[INPUT_MAX];
    char path[1024];
    qf_str_fmt(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    *ret_n = fread(bytes, 1, sizeof bytes, f);
    assert_true(*ret_n < sizeof bytes && !ferror(f));
    fclose(f);
    char *exact = malloc(*ret_n == 0 ? 1 : *ret_n);
    assert_non_null(exact);
    memcpy(exact, bytes, *ret_n);
    return exact;
}

struct counts {
    int taken, refused, wrong;
};

static void judge(const char *name, struct counts *c)
{
    size_t n, at = SIZE_MAX;
    char *p = load(name, &n);
    enum qf_err err = qf_json_validate(p, n, &at);
    c->taken += err == QF_OK;
    c->refused += err != QF_OK;
    if (err != QF_OK)
        assert_true(at <= n);
    if ((name[0] == 'y' && err != QF_OK) || (name[0] == 'n' && err == QF_OK)) {
        printf("# %s %s\n", name, err == QF_OK ? "was taken" : "was refused");
        c->wrong++;
    }
    struct qf_frame frame;
    struct qf_refusal refusal = { .reason = QF_R_COUNT };
    if (qf_frame_read(p, n, &frame, &refusal) != QF_OK)
        assert_true(refusal.reason == (err == QF_OK ? QF_R_INVALID_REQUEST : QF_R_PARSE));
    free(p);
}

static void walk(char kind, struct counts *c)
{
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        if (e->d_name[0] == kind && e->d_name[1] == '_')
            judge(e->d_name, c);
    closedir(d);
}

static void good_documents_are_taken(void **state)
{
    (void)state;
    struct counts c = { 0 };
    if (folder[0] == '\0')
        skip();
    walk('y', &c);
    assert_int_equal(c.wrong, 0);
    assert_int_equal(c.taken, 95);
}

static void bad_documents_are_refused(void **state)
{
    (void)state;
    struct counts c = { 0 };
    if (folder[0] == '\0')
        skip();
    walk('n', &c);
    assert_int_equal(c.wrong, 0);
    assert_int_equal(c.refused, 188);
}

static void doubtful_documents_are_survived(void **state)
{
    (void)state;
    struct counts c = { 0 };
    if (folder[0] == '\0')
        skip();
    walk('i', &c);
    assert_int_equal(c.taken + c.refused, 35);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_documents_are_taken),
        cmocka_unit_test(bad_documents_are_refused),
        cmocka_unit_test(doubtful_documents_are_survived),
    };
    return cmocka_run_group_tests(tests, find_folder, NULL);
}
