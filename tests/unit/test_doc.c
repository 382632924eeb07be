#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/proto/doc.h"
#include "common/proto/json.h"
#include "common/str.h"

static struct qf_buf out;

/* --- OpenRPC */

static struct json_object *document;

static struct json_object *at(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;
    if (!json_object_object_get_ex(o, key, &v))
        fail_msg("no member %s", key);
    return v;
}

static const char *text_at(struct json_object *o, const char *key)
{
    return json_object_get_string(at(o, key));
}

static int make_document(void **state)
{
    (void)state;
    qf_buf_init(&out, 4 << 20);
    qf_doc_openrpc(&out);
    struct json_tokener *t = json_tokener_new();
    json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    document = json_tokener_parse_ex(t, out.p, (int)out.len);
    json_tokener_free(t);
    return document == NULL || out.failed || qf_json_validate(out.p, out.len, NULL) != QF_OK;
}

static int drop_document(void **state)
{
    (void)state;
    json_object_put(document);
    qf_buf_release(&out);
    return 0;
}

static void the_document_lists_every_command(void **state)
{
    (void)state;
    struct json_object *methods = at(document, "methods");
    assert_string_equal(text_at(document, "openrpc"), "1.2.6");
    assert_int_equal(json_object_array_length(methods), QF_CMD_COUNT);
    for (size_t i = 0; i < QF_CMD_COUNT; i++) {
        struct json_object *m = json_object_array_get_idx(methods, i);
        assert_string_equal(text_at(m, "name"), qf_cmds[i].name);
        assert_string_equal(text_at(m, "summary"), qf_cmds[i].words);
        assert_string_equal(text_at(m, "x-permission"), qf_perms[qf_cmds[i].perm].text);
    }
}

static void parameters_are_those_a_request_may_have(void **state)
{
    (void)state;
    struct json_object *m = json_object_array_get_idx(at(document, "methods"), QF_CMD_order_place);
    struct json_object *params = at(m, "params");
    assert_int_equal(json_object_array_length(params), QF_order_place_FIELDS);
    struct json_object *side = json_object_array_get_idx(params, QF_order_place_side);
    assert_string_equal(text_at(side, "name"), "side");
    assert_true(json_object_get_boolean(at(side, "required")));
    assert_string_equal(json_object_to_json_string_ext(at(side, "schema"), JSON_C_TO_STRING_PLAIN), "{\"type\":\"string\",\"enum\":[\"BUY\",\"SELL\"]}");
    struct json_object *price = json_object_array_get_idx(params, QF_order_place_price);
    assert_false(json_object_get_boolean(at(price, "required")));
    assert_string_equal(text_at(at(price, "schema"), "pattern"), "^-?[0-9]+(\\.[0-9]{1,8})?$");
    assert_string_equal(text_at(m, "x-class"), "write");
    assert_string_equal(text_at(at(at(m, "result"), "schema"), "$ref"), "#/components/schemas/order");
}

/* Walks the whole document: each $ref has to lead to a schema that is there. */
static int check_references(struct json_object *o, struct json_object *schemas)
{
    int count = 0;
    if (json_object_get_type(o) == json_type_array) {
        for (size_t i = 0; i < json_object_array_length(o); i++)
            count += check_references(json_object_array_get_idx(o, i), schemas);
    } else if (json_object_get_type(o) == json_type_object) {
        json_object_object_foreach(o, key, value)
        {
            if (strcmp(key, "$ref") == 0) {
                const char *path = json_object_get_string(value), prefix[] = "#/components/schemas/";
                assert_int_equal(strncmp(path, prefix, sizeof prefix - 1), 0);
                at(schemas, path + sizeof prefix - 1);
                count++;
            }
            count += check_references(value, schemas);
        }
    }
    return count;
}

static void every_reference_leads_somewhere(void **state)
{
    (void)state;
    assert_true(check_references(document, at(at(document, "components"), "schemas")) > QF_CMD_COUNT);
}

static void records_hide_what_is_hidden(void **state)
{
    (void)state;
    struct json_object *schemas = at(at(document, "components"), "schemas"), *v;
    int count = 0;
    for (const struct qf_rec *const *r = qf_recs; *r != NULL; r++, count++)
        at(schemas, (*r)->name);
    assert_int_equal(json_object_object_length(schemas), count);
    struct json_object *user = at(at(schemas, "user"), "properties");
    at(user, "name");
    assert_false(json_object_object_get_ex(user, "password", &v));
    struct json_object *errors = at(at(document, "components"), "errors");
    assert_int_equal(json_object_object_length(errors), QF_R_COUNT);
    assert_int_equal(json_object_get_int(at(at(errors, "FORBIDDEN"), "code")), -32002);
    assert_int_equal(json_object_array_length(at(document, "x-topics")), QF_TOPIC_COUNT);
    assert_int_equal(json_object_array_length(at(document, "x-controls")), QF_control_code_COUNT);
}

/* --- mdoc */

static const char page_head[] = ".Dd January 1, 2026\n.Dt QF-PROTOCOL 7\n.Os\n.Sh NAME\n.Nm qf-protocol\n.Nd a page\n.Sh DESCRIPTION\nText.\n";

/* What mandoc has to say about a page around the table, into `words`; its exit status. */
static int lint(const char *table, size_t n, char *words, size_t cap)
{
    char path[] = "/tmp/qf_test_doc_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    assert_non_null(f);
    fputs(page_head, f);
    assert_int_equal(fwrite(table, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        execlp("mandoc", "mandoc", "-T", "lint", "-W", "warning", path, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    FILE *said = fdopen(ends[0], "r");
    words[fread(words, 1, cap - 1, said)] = '\0';
    fclose(said);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    unlink(path);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void manual_tables_pass_the_linter(void **state)
{
    (void)state;
    static const char *const tables[] = { "methods", "records", "topics", "reasons", "roles", "controls" };
    static char words[4000];
    if (lint("", 0, words, sizeof words) == 127) {
        print_message("# skipped: mandoc is not installed\n");
        skip();
    }
    assert_int_not_equal(lint(".Bl -tag\n.It Nonsense\n", 23, words, sizeof words), 0); /* the linter looks */
    for (size_t i = 0; i < QF_LEN(tables); i++) {
        struct qf_buf b;
        qf_buf_init(&b, 4 << 20);
        qf_doc_mdoc(&b, tables[i]);
        assert_true(b.len > 200 && !b.failed);
        if (lint(b.p, b.len, words, sizeof words) != 0)
            fail_msg("%s: %s", tables[i], words);
        qf_buf_release(&b);
    }
}

static const char *table(const char *what)
{
    qf_buf_clear(&out);
    qf_doc_mdoc(&out, what);
    return qf_buf_cstr(&out);
}

static void manual_tables_have_their_rows(void **state)
{
    (void)state;
    char name[80];
    for (int i = 0; i < QF_CMD_COUNT; i++) {
        qf_str_fmt(name, sizeof name, "\n.It Ic %s\n", qf_cmds[i].name);
        assert_non_null(strstr(table("methods"), name));
    }
    assert_non_null(strstr(table("methods"), ".It Va quantity\nhow much; decimal with up to 8 decimals, above 0.\n"));
    assert_non_null(strstr(table("methods"), ".It Va side\nBUY or SELL; one of BUY, SELL.\n"));
    assert_non_null(strstr(table("methods"), "; may be left out; integer, at least 1, at most 500.\n"));
    assert_non_null(strstr(table("records"), ".It Vt order\n"));
    assert_null(strstr(table("records"), "Argon2id"));
    assert_non_null(strstr(table("reasons"), ".It Dv FORBIDDEN\nYour role may not do this.\nCode -32002, exit status 4.\n"));
    assert_non_null(strstr(table("roles"), ".It Cm viewer\n"));
    assert_non_null(strstr(table("roles"), "\nPermissions: view.\n"));
    assert_non_null(strstr(table("controls"), ".It Dv MAX_QTY\nQuantity of one order.\n"));
    assert_non_null(strstr(table("topics"), ".It Cm quotes\n"));
    assert_string_equal(table("nothing"), "");
}

static void completion_has_a_line_a_command(void **state)
{
    (void)state;
    qf_buf_clear(&out);
    qf_doc_words(&out);
    const char *text = qf_buf_cstr(&out);
    size_t lines = 0;
    for (const char *p = text; *p != '\0'; p++)
        lines += *p == '\n';
    assert_int_equal(lines, QF_CMD_COUNT);
    assert_non_null(strstr(text, "\norder place symbol side quantity type price tif account client_ref\n"));
    assert_non_null(strstr(text, "\nhello\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_document_lists_every_command),
        cmocka_unit_test(parameters_are_those_a_request_may_have),
        cmocka_unit_test(every_reference_leads_somewhere),
        cmocka_unit_test(records_hide_what_is_hidden),
        cmocka_unit_test(manual_tables_pass_the_linter),
        cmocka_unit_test(manual_tables_have_their_rows),
        cmocka_unit_test(completion_has_a_line_a_command),
    };
    return cmocka_run_group_tests(tests, make_document, drop_document);
}
