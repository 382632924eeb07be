#include <stdlib.h>
#include <string.h>

#include "common/proto/csv_row.h"
#include "common/str.h"
#include "tui/cli_cell.h"

/* Only on a terminal is a text cut, with ~; a number never. */
static void cut(char *text, size_t width)
{
    size_t used = 0, i = 0, n = strlen(text);
    while (i < n) {
        uint32_t cp = 0;
        size_t k = qf_utf8_next(text + i, n - i, &cp), w = k ? qf_cp_columns(cp) : 1;
        if (used + w + 1 > width) break;
        used += w;
        i += k ? k : 1;
    }
    qf_str_copy(text + i, 2, "~");
}

static void put_cell(struct qf_buf *b, const struct cli_column *c, char *text, bool last)
{
    size_t w = qf_str_columns(text);
    if (w > c->width && !c->right) cut(text, c->width), w = qf_str_columns(text);
    size_t pad = c->width > w ? c->width - w : 0;
    if (c->right) qf_buf_fmt(b, "%*s", (int)pad, "");
    qf_buf_str(b, text);
    if (!c->right && !last) qf_buf_fmt(b, "%*s", (int)pad, "");
    while (last && b->len > 0 && b->p[b->len - 1] == ' ') b->len--; /* no line ends in blanks */
    qf_buf_str(b, last ? "\n" : "  ");
}

static const void *row_at(const struct qf_rec *rec, const void *rows, uint32_t i)
{
    return (const char *)rows + (size_t)i * rec->size;
}

static void widen(struct cli_column *c, const char *text)
{
    size_t w = qf_str_columns(text);
    if (w > c->width) c->width = w;
}

/* The label of the foot stands in the first column. */
static void foot_width(struct cli_column *cols, int n, uint32_t count)
{
    char text[32];
    qf_str_fmt(text, sizeof text, "Total %u", count);
    for (int i = 0; i < n; i++)
        if (cols[i].total) return widen(&cols[0], text);
}

/* First pass: widths and totals. */
static void measure(struct cli_column *cols, int n, const struct qf_rec *rec, const void *rows, uint32_t count)
{
    char text[CLI_CELL];
    for (uint32_t r = 0; r < count; r++)
        for (int i = 0; i < n; i++) {
            const void *row = row_at(rec, rows, r);
            cli_cell(&cols[i], rec, row, text);
            widen(&cols[i], text);
            if (cols[i].total && qf_rec_has(rec, row, cols[i].f)) cols[i].sum += cli_decimal(cols[i].f, row);
        }
    for (int i = 0; i < n; i++) {
        if (!cols[i].total) continue;
        cli_sum(&cols[i], rec, rows, text);
        widen(&cols[i], text);
    }
    foot_width(cols, n, count);
}

static size_t total_width(const struct cli_column *cols, int n)
{
    size_t total = 0;
    for (int i = 0; i < n; i++) total += cols[i].width + (i ? 2 : 0);
    return total;
}

/* Nothing in any row; or many rows, and the one account or currency of the desk in all of them. */
static bool says_nothing(const struct cli_column *c, const struct qf_rec *rec, const void *rows, uint32_t count)
{
    const bool common = count > 1 && (qf_str_eq(c->f->name, "account") || qf_str_eq(c->f->name, "currency"));
    char text[CLI_CELL], first[CLI_CELL] = "";
    for (uint32_t r = 0; r < count; r++) {
        cli_cell(c, rec, row_at(rec, rows, r), text);
        if (r == 0) qf_str_copy(first, sizeof first, text);
        if (common ? !qf_str_eq(text, first) : text[0] && !qf_str_eq(text, "-")) return false;
    }
    return common || !(c->f->flags & QF_F_KEY);
}

/* Where a terminal is too narrow: columns that say nothing go, the widest texts (no times) are cut to a readable rest, then columns go from the
 * right. Returns how many are left. */
static int fit(struct cli_column *cols, int n, size_t room, const struct qf_rec *rec, const void *rows, uint32_t count)
{
    int kept = 0;
    if (total_width(cols, n) <= room) return n;
    for (int i = 0; i < n; i++)
        if (!says_nothing(&cols[i], rec, rows, count)) cols[kept++] = cols[i];
    if (kept == 0) return n;
    foot_width(cols, kept, count);
    while (total_width(cols, kept) > room) {
        struct cli_column *widest = NULL;
        for (int i = 0; i < kept; i++)
            if (!cols[i].right && cols[i].f->type != QF_T_time && cols[i].width > 12 && (!widest || cols[i].width > widest->width)) widest = &cols[i];
        if (widest)
            widest->width--;
        else if (kept > 2)
            kept--;
        else
            break;
    }
    return kept;
}

void cli_fit_lines(struct cli *cli, size_t from)
{
    char *text = cli->width && cli->out.len > from ? qf_arena_copy(&cli->arena, qf_buf_cstr(&cli->out) + from, cli->out.len - from + 1) : NULL;
    if (!text) return;
    cli->out.len = from;
    for (char *line = text, *end; *line; line = end) {
        size_t n = strcspn(line, "\n");
        bool more = line[n] == '\n';
        end = line + n + (more ? 1 : 0);
        line[n] = 0;
        if (qf_str_columns(line) > cli->width) cut(line, cli->width);
        qf_buf_str(&cli->out, line);
        if (more) qf_buf_char(&cli->out, '\n');
    }
}

/* A sum over several currencies would be a lie: totals only where all rows have the same. */
static bool one_currency(const struct qf_rec *rec, const void *rows, uint32_t n)
{
    const struct qf_field *f = qf_rec_field(rec, "currency", 8);
    for (uint32_t i = 1; f && i < n; i++)
        if (!qf_str_eq((const char *)row_at(rec, rows, 0) + f->off, (const char *)row_at(rec, rows, i) + f->off)) return false;
    return true;
}

/* One row for many: their number and, where all have the same currency, their sums. `sum` of the columns is what is printed. */
static void put_sums(struct cli *cli, struct cli_column *cols, int n, const struct qf_rec *rec, const void *rows, const char *label, bool sums)
{
    char text[CLI_CELL];
    for (int i = 0; i < n; i++) {
        text[0] = 0;
        if (i == 0) qf_str_copy(text, sizeof text, label);
        if (cols[i].total && sums) cli_sum(&cols[i], rec, rows, text);
        put_cell(&cli->out, &cols[i], text, i == n - 1);
    }
}

/* What is beyond --limit, as one row that makes the total add up. */
static void put_others(struct cli *cli, const struct cli_column *cols, int n, const struct qf_rec *rec, const void *rows, uint32_t from,
                       uint32_t count, bool sums)
{
    struct cli_column part[CLI_COLUMNS];
    char label[32];
    memcpy(part, cols, (size_t)n * sizeof *cols);
    for (int i = 0; i < n; i++) {
        part[i].sum = 0;
        for (uint32_t r = from; part[i].total && r < count; r++)
            if (qf_rec_has(rec, row_at(rec, rows, r), part[i].f)) part[i].sum += cli_decimal(part[i].f, row_at(rec, rows, r));
    }
    qf_str_fmt(label, sizeof label, "%u more", count - from);
    put_sums(cli, part, n, rec, rows, label, sums);
}

static void put_foot(struct cli *cli, struct cli_column *cols, int n, const struct qf_rec *rec, const void *rows, uint32_t shown, uint32_t count)
{
    const bool sums = one_currency(rec, rows, count);
    char label[32];
    bool any = false;
    for (int i = 0; i < n; i++) any |= cols[i].total;
    if (shown < count) put_others(cli, cols, n, rec, rows, shown, count, sums);
    if (!any || count < 2 || !sums) return;
    qf_str_fmt(label, sizeof label, "Total %u", count);
    put_sums(cli, cols, n, rec, rows, label, true);
}

void cli_table(struct cli *cli, const struct qf_rec *rec, const void *rows, uint32_t count)
{
    struct cli_column cols[CLI_COLUMNS];
    const uint32_t shown = cli->limit && cli->limit < count ? cli->limit : count;
    char text[CLI_CELL];
    int n = cli_columns(rec, cols);
    if (count == 0) {
        qf_buf_fmt(&cli->out, "none\n");
        return;
    }
    measure(cols, n, rec, rows, count);
    if (cli->width) n = fit(cols, n, cli->width, rec, rows, count);
    for (int i = 0; i < n; i++) put_cell(&cli->out, &cols[i], cols[i].head, i == n - 1);
    for (uint32_t r = 0; r < shown; r++)
        for (int i = 0; i < n; i++) {
            cli_cell(&cols[i], rec, row_at(rec, rows, r), text);
            put_cell(&cli->out, &cols[i], text, i == n - 1);
        }
    put_foot(cli, cols, n, rec, rows, shown, count);
}

void cli_pairs(struct cli *cli, const struct qf_rec *rec, const void *o)
{
    struct cli_column cols[CLI_COLUMNS];
    char text[CLI_CELL];
    size_t width = 0;
    int n = cli_columns(rec, cols);
    for (int i = 0; i < n; i++)
        if (qf_rec_has(rec, o, cols[i].f) && cols[i].width > width) width = cols[i].width;
    for (int i = 0; i < n; i++) {
        if (!qf_rec_has(rec, o, cols[i].f) && !cols[i].defined) continue;
        cli_cell(&cols[i], rec, o, text);
        qf_buf_fmt(&cli->out, "%s%*s  %s\n", cols[i].head, (int)(width - cols[i].width), "", text);
    }
}

/* ---------------------------------------------------------------- CSV and NDJSON */

/* RFC 4180; a text that a spreadsheet would take for a formula gets an apostrophe in front. */
static void put_csv(struct qf_buf *b, const char *text, bool is_text)
{
    bool risky = is_text && qf_csv_risky(text, strlen(text));
    bool quote = risky || strpbrk(text, ",\"\r\n");
    if (quote) qf_buf_char(b, '"');
    if (risky) qf_buf_char(b, '\'');
    for (; *text; text++) {
        if (*text == '"') qf_buf_char(b, '"');
        qf_buf_char(b, *text);
    }
    if (quote) qf_buf_char(b, '"');
}

static void csv(struct cli *cli, const struct qf_rec *rec, const void *rows, uint32_t count)
{
    static char text[70000];
    const char *comma = "";
    for (int i = 0; i < rec->count; i++) {
        if (rec->fields[i].type == QF_T_list || (rec->fields[i].flags & QF_F_HIDDEN)) continue;
        qf_buf_fmt(&cli->out, "%s%s", comma, rec->fields[i].name);
        comma = ",";
    }
    qf_buf_char(&cli->out, '\n');
    for (uint32_t r = 0; r < count; r++) {
        comma = "";
        for (int i = 0; i < rec->count; i++) {
            const struct qf_field *f = &rec->fields[i];
            if (f->type == QF_T_list || (f->flags & QF_F_HIDDEN)) continue;
            qf_field_text(f, rec, row_at(rec, rows, r), text, sizeof text);
            qf_buf_str(&cli->out, comma);
            put_csv(&cli->out, text, f->type == QF_T_text || f->type == QF_T_str || f->type == QF_T_json);
            comma = ",";
        }
        qf_buf_char(&cli->out, '\n');
    }
}

static void ndjson(struct cli *cli, const struct qf_rec *rec, const void *rows, uint32_t count)
{
    for (uint32_t r = 0; r < count; r++) {
        qf_wire_encode(&cli->out, rec, row_at(rec, rows, r), false);
        qf_buf_char(&cli->out, '\n');
    }
}

/* The list an answer is about: its first one. NULL: the record itself is the one row. */
static const struct qf_field *list_of(const struct qf_rec *rec)
{
    for (int i = 0; i < rec->count; i++)
        if (rec->fields[i].type == QF_T_list) return &rec->fields[i];
    return NULL;
}

/* "Components: largest |part| first" */
static void put_title(struct cli *cli, const struct qf_field *f)
{
    static const char *const titles[][2] = {{"vars", "value at risk"}, {"days", "back-test"}, {"missing", "not counted"}};
    char name[32];
    qf_str_copy(name, sizeof name, f->name);
    for (size_t i = 0; i < QF_LEN(titles); i++)
        if (qf_str_eq(titles[i][0], name)) qf_str_copy(name, sizeof name, titles[i][1]);
    for (char *p = name; *p; p++)
        if (*p == '_') *p = ' ';
    if (name[0] >= 'a' && name[0] <= 'z') name[0] = (char)(name[0] - 'a' + 'A');
    qf_buf_fmt(&cli->out, "\n%s: %s\n", name, f->words);
}

/* What is said once, then its lists; a list that is all there is needs no title. */
static void text_answer(struct cli *cli, const struct qf_rec *rec, const void *o)
{
    struct cli_column cols[CLI_COLUMNS];
    int lists = 0, pairs = cli_columns(rec, cols);
    if (pairs == 1 && qf_str_eq(cols[0].f->name, "total")) pairs = 0; /* how many there are beyond this page */
    for (int i = 0; i < rec->count; i++) lists += rec->fields[i].type == QF_T_list;
    if (lists == 0 && cli_has_view(rec)) {
        cli_table(cli, rec, o, 1);
        return;
    }
    if (pairs > 0) cli_pairs(cli, rec, o);
    for (int i = 0, at = 0; i < rec->count; i++) {
        const struct qf_field *f = &rec->fields[i];
        if (f->type != QF_T_list) continue;
        if (pairs > 0 || at > 0) put_title(cli, f);
        cli_table(cli, f->item, *(const void *const *)((const char *)o + f->off), *(const uint32_t *)((const char *)o + f->off_n));
        at++;
    }
}

void cli_print(struct cli *cli, enum qf_cmd_id cmd, const struct cli_answer *a)
{
    const struct qf_rec *rec = qf_cmds[cmd].rep;
    const struct qf_field *list = list_of(rec);
    const void *rows = a->rep && list ? *(const void *const *)((const char *)a->rep + list->off) : a->rep;
    uint32_t n = a->rep && list ? *(const uint32_t *)((const char *)a->rep + list->off_n) : 1;
    if (cli->limit && cli->limit < n && cli->format != CLI_TEXT) n = cli->limit;
    const struct qf_rec *item = list ? list->item : rec;
    if (cli->format == CLI_JSON || !a->rep) {
        qf_buf_add(&cli->out, a->body, a->body_n);
        qf_buf_char(&cli->out, '\n');
    } else if (cli->format == CLI_CSV) {
        csv(cli, item, rows, n);
    } else if (cli->format == CLI_NDJSON) {
        ndjson(cli, item, rows, n);
    } else if (rec->count == 0) {
        qf_buf_str(&cli->out, "done\n");
    } else {
        text_answer(cli, rec, a->rep);
    }
}
