#include "tui/list_text.h"

#include <string.h>

static bool is_shown(const struct qf_field *f)
{
    return f->type != QF_T_list && !(f->flags & (QF_F_HIDDEN | QF_F_SECRET));
}

static bool is_number(const struct qf_field *f)
{
    return f->type != QF_T_text && f->type != QF_T_str && f->type != QF_T_json && f->type != QF_T_enum;
}

static void put_csv(struct qf_buf *out, const char *text, bool number)
{
    bool formula = !number && text[0] && strchr("=+-@\t\r", text[0]), quoted = strpbrk(text, ",\"\r\n") != NULL;
    if (quoted)
        qf_buf_char(out, '"');
    if (formula)
        qf_buf_char(out, '\'');
    for (; *text; text++) {
        if (*text == '"')
            qf_buf_char(out, '"');
        qf_buf_char(out, *text);
    }
    if (quoted)
        qf_buf_char(out, '"');
}

static void put_plain(struct qf_buf *out, const char *text)
{
    for (; *text; text++)
        qf_buf_char(out, (unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text);
}

static void put(struct qf_buf *out, const char *text, bool number, bool csv)
{
    if (csv)
        put_csv(out, text, number);
    else
        put_plain(out, text);
}

void tui_list_head(struct qf_buf *out, const struct qf_rec *rec, bool csv)
{
    bool first = true;
    for (int i = 0; i < rec->count; i++) {
        if (!is_shown(&rec->fields[i]))
            continue;
        if (!first)
            qf_buf_char(out, csv ? ',' : '\t');
        put(out, rec->fields[i].name, false, csv);
        first = false;
    }
    qf_buf_str(out, csv ? "\r\n" : "\n");
}

void tui_list_row(struct qf_buf *out, const struct qf_rec *rec, const void *row, bool csv)
{
    bool first = true;
    for (int i = 0; i < rec->count; i++) {
        char text[4096];
        const struct qf_field *f = &rec->fields[i];
        if (!is_shown(f))
            continue;
        text[0] = '\0';
        if (qf_rec_has(rec, row, f))
            qf_field_text(f, rec, row, text, sizeof text);
        if (!first)
            qf_buf_char(out, csv ? ',' : '\t');
        put(out, text, is_number(f), csv);
        first = false;
    }
    qf_buf_str(out, csv ? "\r\n" : "\n");
}
