/* Tables for the manual pages, as mdoc lists, and words for completion. */
#include "common/proto/doc.h"

#include <string.h>

#include "common/proto/value.h"
#include "common/str.h"

/* --- mdoc. Text of the rows stands on lines of its own, where only a backslash, and a point or apostrophe in front, mean something
 * else than themselves. Names stand behind macros: they are plain identifiers. */

static void put_plain(struct qf_buf *b, const char *s)
{
    if (*s == '.' || *s == '\'')
        qf_buf_str(b, "\\&");
    for (; *s != '\0'; s++) {
        if (*s == '\\')
            qf_buf_str(b, "\\e");
        else
            qf_buf_char(b, *s);
    }
}

/* Words of a row as a sentence: they begin small and end without a point. */
static void put_sentence(struct qf_buf *b, const char *s)
{
    size_t start = b->len;
    put_plain(b, s);
    if (b->len > start && b->p[start] >= 'a' && b->p[start] <= 'z')
        b->p[start] = (char)(b->p[start] - 'a' + 'A');
    qf_buf_str(b, ".\n");
}

static void put_needs(struct qf_buf *b, enum qf_perm perm)
{
    if (perm == QF_P_ANYONE)
        qf_buf_str(b, "for anyone");
    else if (perm == QF_P_SIGNED_IN)
        qf_buf_str(b, "for anyone signed in");
    else
        qf_buf_fmt(b, "needs %s", qf_perms[perm].text);
}

static void begin_list(struct qf_buf *b, const char *width)
{
    qf_buf_fmt(b, ".Bl -tag -width %s\n", width);
}

static void end_list(struct qf_buf *b)
{
    qf_buf_str(b, ".El\n");
}

/* --- fields */

static void put_bounds(struct qf_buf *b, const struct qf_field *f)
{
    char low[QF_DEC_TEXT], high[QF_DEC_TEXT];
    int scale = qf_value_scale(f->type);
    qf_dec_format(f->min, scale, low);
    qf_dec_format(f->max, scale, high);
    bool from = f->type == QF_T_i64 ? f->min != INT64_MIN : f->min != -f->max;
    bool to = f->type == QF_T_i64 ? f->max != INT64_MAX : from && f->max < QF_PRICE_MAX;
    if (from && scale > 0 && f->min == 1)
        qf_buf_str(b, ", above 0");
    else if (from)
        qf_buf_fmt(b, ", at least %s", low);
    if (to)
        qf_buf_fmt(b, ", at most %s", high);
}

static void put_enum(struct qf_buf *b, const struct qf_enum *en)
{
    qf_buf_str(b, "one of");
    for (int i = 0; i < en->count; i++)
        qf_buf_fmt(b, "%s %s", i > 0 ? "," : "", en->texts[i]);
}

static void put_type(struct qf_buf *b, const struct qf_field *f)
{
    switch (f->type) {
    case QF_T_bool:
        qf_buf_str(b, "true or false");
        break;
    case QF_T_i64:
        qf_buf_str(b, "integer");
        put_bounds(b, f);
        break;
    case QF_T_text:
    case QF_T_str:
        qf_buf_fmt(b, "text of at most %lld bytes", (long long)f->max);
        break;
    case QF_T_json:
        qf_buf_str(b, "any JSON");
        break;
    case QF_T_time:
        qf_buf_str(b, "time");
        break;
    case QF_T_real:
        qf_buf_str(b, "number or null");
        break;
    case QF_T_enum:
        put_enum(b, f->en);
        break;
    case QF_T_list:
        qf_buf_fmt(b, "list of at most %lld %s", (long long)f->max, f->item->name);
        break;
    default:
        qf_buf_fmt(b, "decimal with up to %d decimals", qf_value_scale(f->type));
        put_bounds(b, f);
    }
}

/* `without`: flags of fields that are left out. */
static void put_fields(struct qf_buf *b, const struct qf_rec *rec, unsigned without)
{
    bool any = false;
    for (const struct qf_field *f = rec->fields; f->name != NULL; f++) {
        if ((f->flags & without) != 0)
            continue;
        if (!any)
            qf_buf_str(b, ".Bl -tag -width client_ref -compact\n");
        any = true;
        qf_buf_fmt(b, ".It Va %s\n", f->name);
        put_plain(b, f->words);
        qf_buf_str(b, (f->flags & QF_F_KEY) != 0 ? "; key" : "");
        qf_buf_str(b, (f->flags & QF_F_OPT) != 0 ? "; may be left out" : "");
        qf_buf_str(b, "; ");
        put_type(b, f);
        qf_buf_str(b, ".\n");
    }
    if (any)
        end_list(b);
}

/* --- the tables */

static void put_methods(struct qf_buf *b)
{
    static const char *const classes[] = {
        [QF_CLASS_READ] = "Reads", [QF_CLASS_WRITE] = "Writes", [QF_CLASS_STOP] = "Stops", [QF_CLASS_FEED] = "Feeds"
    };
    begin_list(b, "Ds");
    for (int i = 0; i < QF_CMD_COUNT; i++) {
        const struct qf_cmd *c = &qf_cmds[i];
        qf_buf_fmt(b, ".It Ic %s\n", c->name);
        put_sentence(b, c->words);
        qf_buf_fmt(b, "%s; ", classes[c->cls]);
        put_needs(b, c->perm);
        qf_buf_fmt(b, "; answers\n.Vt %s .\n", i == QF_CMD_rpc_discover ? "document" : c->rep->name);
        put_fields(b, c->req, QF_F_HIDDEN | QF_F_READONLY | QF_F_VIRTUAL);
    }
    end_list(b);
}

static void put_records(struct qf_buf *b)
{
    begin_list(b, "Ds");
    for (const struct qf_rec *const *r = qf_recs; *r != NULL; r++) {
        qf_buf_fmt(b, ".It Vt %s\n", (*r)->name);
        put_sentence(b, (*r)->words);
        put_fields(b, *r, QF_F_HIDDEN);
    }
    end_list(b);
}

static void put_topics(struct qf_buf *b)
{
    begin_list(b, "executions");
    for (int i = 0; i < QF_TOPIC_COUNT; i++) {
        qf_buf_fmt(b, ".It Cm %s\n", qf_topics[i].name);
        put_sentence(b, qf_topics[i].words);
        qf_buf_fmt(b, "Rows are\n.Vt %s ;\n", qf_topics[i].rec->name);
        put_needs(b, qf_topics[i].perm);
        qf_buf_str(b, ".\n");
    }
    end_list(b);
}

static void put_reasons(struct qf_buf *b)
{
    begin_list(b, "INVALID_REQUEST");
    for (int i = 0; i < QF_R_COUNT; i++) {
        qf_buf_fmt(b, ".It Dv %s\n", qf_reasons[i].name);
        put_sentence(b, qf_reasons[i].text);
        qf_buf_fmt(b, "Code %d, exit status %d.\n", qf_reasons[i].code, qf_reasons[i].status);
    }
    end_list(b);
}

/* What every signed-in user may do says nothing about a role. */
static void put_roles(struct qf_buf *b)
{
    begin_list(b, "strategy");
    for (int role = 0; role < qf_enum_role.count; role++) {
        int count = 0;
        qf_buf_fmt(b, ".It Cm %s\n", qf_enum_role.texts[role]);
        put_sentence(b, qf_enum_role.words[role]);
        for (int p = QF_P_SIGNED_IN + 1; p < QF_P_COUNT; p++)
            if (qf_may(true, role, (enum qf_perm)p))
                qf_buf_fmt(b, "%s %s", count++ == 0 ? "Permissions:" : ",", qf_perms[p].text);
        qf_buf_str(b, count == 0 ? "No permissions.\n" : ".\n");
    }
    end_list(b);
    qf_buf_str(b, ".Pp\nThe permissions are:\n");
    begin_list(b, "signed-in");
    for (int p = 0; p < QF_P_COUNT; p++) {
        qf_buf_fmt(b, ".It Cm %s\n", qf_perms[p].text);
        put_sentence(b, qf_perms[p].words);
    }
    end_list(b);
}

static void put_controls(struct qf_buf *b)
{
    begin_list(b, "GROSS_EXPOSURE");
    for (int i = 0; i < qf_enum_control_code.count; i++) {
        qf_buf_fmt(b, ".It Dv %s\n", qf_enum_control_code.texts[i]);
        put_sentence(b, qf_enum_control_code.words[i]);
    }
    end_list(b);
}

static const struct {
    const char *what;
    void (*put)(struct qf_buf *);
} tables[] = {
    { "methods", put_methods }, { "records", put_records }, { "topics", put_topics },
    { "reasons", put_reasons }, { "roles", put_roles },     { "controls", put_controls },
};

void qf_doc_mdoc(struct qf_buf *out, const char *what)
{
    for (size_t i = 0; i < QF_LEN(tables); i++)
        if (qf_str_eq(tables[i].what, what))
            tables[i].put(out);
}

/* --- completion */

void qf_doc_words(struct qf_buf *out)
{
    for (int i = 0; i < QF_CMD_COUNT; i++) {
        for (const char *p = qf_cmds[i].name; *p != '\0'; p++)
            qf_buf_char(out, *p == '.' ? ' ' : *p);
        for (const struct qf_field *f = qf_cmds[i].req->fields; f->name != NULL; f++)
            if ((f->flags & (QF_F_HIDDEN | QF_F_READONLY | QF_F_VIRTUAL)) == 0)
                qf_buf_fmt(out, " %s", f->name);
        qf_buf_char(out, '\n');
    }
}
