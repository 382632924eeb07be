/* The protocol as an OpenRPC document, for rpc.discover and for those who make clients. */
#include "common/proto/doc.h"

#include <string.h>

#include "common/proto/json.h"
#include "common/proto/value.h"
#include "common/str.h"
#include "common/version.h"

static const char *const class_names[] = {
    [QF_CLASS_READ] = "read", [QF_CLASS_WRITE] = "write", [QF_CLASS_STOP] = "stop", [QF_CLASS_FEED] = "feed"
};

/* --- a writer that knows when a comma is due: after everything but an opening bracket and a colon. */

static void comma(struct qf_buf *b)
{
    char last = b->len > 0 ? b->p[b->len - 1] : '{';
    if (last != '{' && last != '[' && last != ':')
        qf_buf_char(b, ',');
}

static void put_key(struct qf_buf *b, const char *key)
{
    comma(b);
    qf_json_put_string(b, key, strlen(key));
    qf_buf_char(b, ':');
}

static void put_text(struct qf_buf *b, const char *key, const char *text)
{
    put_key(b, key);
    qf_json_put_string(b, text, strlen(text));
}

static void put_number(struct qf_buf *b, const char *key, int64_t v)
{
    put_key(b, key);
    qf_json_put_i64(b, v);
}

static void open_member(struct qf_buf *b, const char *key, char bracket)
{
    put_key(b, key);
    qf_buf_char(b, bracket);
}

static void open_item(struct qf_buf *b)
{
    comma(b);
    qf_buf_char(b, '{');
}

static void put_reference(struct qf_buf *b, const struct qf_rec *rec)
{
    char path[80];
    qf_str_fmt(path, sizeof path, "#/components/schemas/%s", rec->name);
    put_text(b, "$ref", path);
}

/* --- schemas */

static void schema_integer(struct qf_buf *b, const struct qf_field *f)
{
    put_text(b, "type", "integer");
    if (f->min != INT64_MIN)
        put_number(b, "minimum", (int64_t)f->min);
    if (f->max != INT64_MAX)
        put_number(b, "maximum", (int64_t)f->max);
}

/* maxLength counts characters and our rows count bytes: no text that fits has more characters than bytes. */
static void schema_text(struct qf_buf *b, const struct qf_field *f)
{
    put_text(b, "type", "string");
    if (f->min > 0)
        put_number(b, "minLength", 1);
    put_number(b, "maxLength", (int64_t)f->max);
}

static void schema_decimal(struct qf_buf *b, const struct qf_field *f)
{
    char pattern[40];
    int scale = qf_value_scale(f->type);
    qf_str_fmt(pattern, sizeof pattern, "^-?[0-9]+(\\.[0-9]{1,%d})?$", scale);
    put_text(b, "type", "string");
    put_text(b, "pattern", pattern);
    put_key(b, "x-minimum");
    qf_json_put_dec(b, f->min, scale);
    put_key(b, "x-maximum");
    qf_json_put_dec(b, f->max, scale);
}

static void schema_enum(struct qf_buf *b, const struct qf_field *f)
{
    put_text(b, "type", "string");
    open_member(b, "enum", '[');
    for (int i = 0; i < f->en->count; i++) {
        comma(b);
        qf_json_put_string(b, f->en->texts[i], strlen(f->en->texts[i]));
    }
    qf_buf_char(b, ']');
}

static void schema_list(struct qf_buf *b, const struct qf_field *f)
{
    put_text(b, "type", "array");
    put_number(b, "maxItems", (int64_t)f->max);
    open_member(b, "items", '{');
    put_reference(b, f->item);
    qf_buf_char(b, '}');
}

static void schema_bool(struct qf_buf *b, const struct qf_field *f)
{
    (void)f;
    put_text(b, "type", "boolean");
}

static void schema_time(struct qf_buf *b, const struct qf_field *f)
{
    (void)f;
    put_text(b, "type", "string");
    put_text(b, "format", "date-time");
}

static void schema_real(struct qf_buf *b, const struct qf_field *f)
{
    (void)f;
    put_key(b, "type");
    qf_buf_str(b, "[\"number\",\"null\"]");
}

/* A schema without `type` takes any value. */
static void schema_any(struct qf_buf *b, const struct qf_field *f)
{
    (void)b;
    (void)f;
}

static void (*const schemas[QF_T_COUNT])(struct qf_buf *, const struct qf_field *) = {
    [QF_T_bool] = schema_bool,    [QF_T_i64] = schema_integer,   [QF_T_text] = schema_text,    [QF_T_str] = schema_text,
    [QF_T_json] = schema_any,     [QF_T_price] = schema_decimal, [QF_T_qty] = schema_decimal,  [QF_T_money] = schema_decimal,
    [QF_T_cost] = schema_decimal, [QF_T_time] = schema_time,     [QF_T_real] = schema_real,    [QF_T_enum] = schema_enum,
    [QF_T_list] = schema_list,
};

static void put_properties(struct qf_buf *b, const struct qf_rec *rec)
{
    open_member(b, "properties", '{');
    for (const struct qf_field *f = rec->fields; f->name != NULL; f++) {
        if ((f->flags & QF_F_HIDDEN) != 0)
            continue;
        open_member(b, f->name, '{');
        put_text(b, "description", f->words);
        schemas[f->type](b, f);
        qf_buf_char(b, '}');
    }
    qf_buf_char(b, '}');
}

static void put_record(struct qf_buf *b, const struct qf_rec *rec)
{
    open_member(b, rec->name, '{');
    put_text(b, "type", "object");
    put_text(b, "description", rec->words);
    put_properties(b, rec);
    open_member(b, "required", '[');
    for (const struct qf_field *f = rec->fields; f->name != NULL; f++) {
        if ((f->flags & (QF_F_HIDDEN | QF_F_OPT)) != 0)
            continue;
        comma(b);
        qf_json_put_string(b, f->name, f->name_n);
    }
    qf_buf_str(b, "]}");
}

/* --- methods */

static void put_params(struct qf_buf *b, const struct qf_rec *rec)
{
    open_member(b, "params", '[');
    for (const struct qf_field *f = rec->fields; f->name != NULL; f++) {
        if ((f->flags & (QF_F_HIDDEN | QF_F_READONLY | QF_F_VIRTUAL)) != 0)
            continue;
        open_item(b);
        put_text(b, "name", f->name);
        put_text(b, "description", f->words);
        put_key(b, "required");
        qf_buf_str(b, (f->flags & QF_F_OPT) != 0 ? "false" : "true");
        open_member(b, "schema", '{');
        schemas[f->type](b, f);
        qf_buf_str(b, "}}");
    }
    qf_buf_char(b, ']');
}

/* The result of rpc.discover is this document, which no record describes. */
static void put_result(struct qf_buf *b, const struct qf_cmd *cmd)
{
    bool discover = cmd == &qf_cmds[QF_CMD_rpc_discover];
    open_member(b, "result", '{');
    put_text(b, "name", discover ? "document" : cmd->rep->name);
    open_member(b, "schema", '{');
    if (discover)
        put_text(b, "type", "object");
    else
        put_reference(b, cmd->rep);
    qf_buf_str(b, "}}");
}

static void put_method(struct qf_buf *b, const struct qf_cmd *cmd)
{
    open_item(b);
    put_text(b, "name", cmd->name);
    put_text(b, "summary", cmd->words);
    put_text(b, "paramStructure", "by-name");
    put_text(b, "x-class", class_names[cmd->cls]);
    put_text(b, "x-permission", qf_perms[cmd->perm].text);
    put_params(b, cmd->req);
    put_result(b, cmd);
    qf_buf_char(b, '}');
}

/* --- the rest */

static void put_errors(struct qf_buf *b)
{
    open_member(b, "errors", '{');
    for (int i = 0; i < QF_R_COUNT; i++) {
        open_member(b, qf_reasons[i].name, '{');
        put_number(b, "code", qf_reasons[i].code);
        put_text(b, "message", qf_reasons[i].text);
        qf_buf_char(b, '}');
    }
    qf_buf_char(b, '}');
}

static void put_topics(struct qf_buf *b)
{
    open_member(b, "x-topics", '[');
    for (int i = 0; i < QF_TOPIC_COUNT; i++) {
        open_item(b);
        put_text(b, "name", qf_topics[i].name);
        put_text(b, "description", qf_topics[i].words);
        put_text(b, "permission", qf_perms[qf_topics[i].perm].text);
        open_member(b, "row", '{');
        put_reference(b, qf_topics[i].rec);
        qf_buf_str(b, "}}");
    }
    qf_buf_char(b, ']');
}

static void put_controls(struct qf_buf *b)
{
    open_member(b, "x-controls", '[');
    for (int i = 0; i < qf_enum_control_code.count; i++) {
        open_item(b);
        put_text(b, "name", qf_enum_control_code.texts[i]);
        put_text(b, "description", qf_enum_control_code.words[i]);
        qf_buf_char(b, '}');
    }
    qf_buf_char(b, ']');
}

void qf_doc_openrpc(struct qf_buf *out)
{
    qf_buf_char(out, '{');
    put_text(out, "openrpc", "1.2.6");
    open_member(out, "info", '{');
    put_text(out, "title", "QuantumFond");
    put_text(out, "version", QF_VERSION);
    put_text(out, "description", "One JSON-RPC 2.0 object a line. Decimals are strings, times ISO 8601 in UTC.");
    qf_buf_char(out, '}');
    open_member(out, "methods", '[');
    for (int i = 0; i < QF_CMD_COUNT; i++)
        put_method(out, &qf_cmds[i]);
    qf_buf_char(out, ']');
    put_topics(out);
    put_controls(out);
    open_member(out, "components", '{');
    open_member(out, "schemas", '{');
    for (const struct qf_rec *const *r = qf_recs; *r != NULL; r++)
        put_record(out, *r);
    qf_buf_char(out, '}');
    put_errors(out);
    qf_buf_str(out, "}}");
}
