#include "tui/form.h"

#include <string.h>

#include "common/str.h"

void tui_form_init(struct tui_form *f, const struct qf_rec *rec)
{
    memset(f, 0, sizeof *f);
    f->rec = rec;
}

static struct tui_field *add(struct tui_form *f, const char *label)
{
    qf_assert(f->n < TUI_FORM_FIELDS);
    struct tui_field *field = &f->fields[f->n++];
    field->label = label;
    return field;
}

int tui_form_add(struct tui_form *f, const char *name, const char *label)
{
    const struct qf_field *row = qf_rec_field(f->rec, name, strlen(name));
    qf_assert(row != NULL);
    struct tui_field *field = add(f, label);
    bool text = row->type == QF_T_text || row->type == QF_T_str;
    field->row = row;
    field->max = text && row->max > 0 && row->max < TUI_FIELD_TEXT - 1 ? (size_t)row->max
                 : text                                                ? TUI_FIELD_TEXT - 1
                                                                       : 40;
    field->secret = (row->flags & QF_F_SECRET) != 0;
    return f->n - 1;
}

int tui_form_add_text(struct tui_form *f, const char *label, size_t max, bool secret)
{
    struct tui_field *field = add(f, label);
    field->max = max < TUI_FIELD_TEXT - 1 ? max : TUI_FIELD_TEXT - 1;
    field->secret = secret;
    return f->n - 1;
}

void tui_form_set(struct tui_form *f, int i, const char *text)
{
    qf_str_copy(f->fields[i].text, sizeof f->fields[i].text, text);
}

const char *tui_form_text(const struct tui_form *f, int i)
{
    return f->fields[i].text;
}

void tui_form_wipe(struct tui_form *f)
{
    for (int i = 0; i < f->n; i++)
        explicit_bzero(f->fields[i].text, sizeof f->fields[i].text);
}

bool tui_form_move(struct tui_form *f, int step)
{
    for (int i = f->focus + step; i >= 0 && i < f->n; i += step)
        if (!f->fields[i].fixed) {
            f->focus = i;
            return true;
        }
    return false;
}

/* --- choices */

static bool is_choice(const struct tui_field *field)
{
    return field->row && (field->row->type == QF_T_enum || field->row->type == QF_T_bool);
}

static int choice_count(const struct tui_field *field)
{
    return field->row->type == QF_T_bool ? 2 : field->row->en->count;
}

static const char *choice_text(const struct tui_field *field, int i)
{
    return field->row->type == QF_T_bool ? (i ? "true" : "false") : qf_enum_text(field->row->en, i);
}

int tui_form_choice(const struct tui_form *f, int i)
{
    const struct tui_field *field = &f->fields[i];
    for (int k = 0; k < choice_count(field); k++)
        if (strcmp(choice_text(field, k), field->text) == 0)
            return k;
    return -1;
}

static void turn_choice(struct tui_form *f, int step)
{
    struct tui_field *field = &f->fields[f->focus];
    int n = choice_count(field), now = tui_form_choice(f, f->focus);
    int next = now < 0 ? (step > 0 ? 0 : n - 1) : (now + step + n) % n;
    qf_str_copy(field->text, sizeof field->text, choice_text(field, next));
}

/* A letter takes the next choice that begins with it. */
static bool jump_choice(struct tui_form *f, tui_key key)
{
    const struct tui_field *field = &f->fields[f->focus];
    int n = choice_count(field), now = tui_form_choice(f, f->focus);
    for (int i = 1; i <= n; i++) {
        const char *text = choice_text(field, (now + i + n) % n);
        if (((unsigned char)text[0] | 0x20U) == (key | 0x20U)) {
            tui_form_set(f, f->focus, text);
            return true;
        }
    }
    return false;
}

static bool choice_key(struct tui_form *f, tui_key key)
{
    if (key == ' ' || key == TUI_KEY_RIGHT)
        turn_choice(f, 1);
    else if (key == TUI_KEY_LEFT)
        turn_choice(f, -1);
    else if (key < 0x80)
        return jump_choice(f, key);
    else
        return false;
    return true;
}

/* --- typing */

static void drop_last(struct tui_field *field)
{
    size_t n = strlen(field->text);
    while (n > 0 && ((unsigned char)field->text[n - 1] & 0xc0U) == 0x80U)
        n--;
    field->text[n > 0 ? n - 1 : 0] = '\0';
}

static bool type_in(struct tui_field *field, tui_key key)
{
    char utf8[4];
    if (key < ' ' || key > 0x10ffff || qf_cp_forbidden(key))
        return false;
    size_t have = strlen(field->text), n = qf_utf8_put(key, utf8);
    if (have + n > field->max)
        return true; /* full: the key was meant for it all the same */
    memcpy(field->text + have, utf8, n);
    field->text[have + n] = '\0';
    return true;
}

bool tui_form_key(struct tui_form *f, tui_key key)
{
    if (f->n == 0 || f->fields[f->focus].fixed)
        return false;
    struct tui_field *field = &f->fields[f->focus];
    if (key == TUI_CTRL('U')) {
        field->text[0] = '\0';
        return true;
    }
    if (is_choice(field))
        return choice_key(f, key);
    if (key == TUI_KEY_BACKSPACE || key == TUI_KEY_DELETE) {
        drop_last(field);
        return true;
    }
    return type_in(field, key);
}

/* --- reading */

static bool is_number(const struct qf_field *row)
{
    return row->type == QF_T_i64 || row->type == QF_T_price || row->type == QF_T_qty || row->type == QF_T_money ||
           row->type == QF_T_cost;
}

/* People write 12,000: the commas go before the strict reader sees it. */
static size_t plain(const struct tui_field *field, char *out)
{
    size_t n = 0;
    for (const char *p = field->text; *p; p++)
        if (!(is_number(field->row) && (*p == ',' || *p == ' ')))
            out[n++] = *p;
    out[n] = '\0';
    return n;
}

enum qf_err tui_form_read(const struct tui_form *f, void *o, struct qf_arena *arena, int *ret_bad, const char **ret_why)
{
    for (int i = 0; i < f->n; i++) {
        const struct tui_field *field = &f->fields[i];
        char text[TUI_FIELD_TEXT];
        if (!field->row)
            continue;
        size_t n = plain(field, text);
        if (n == 0 && field->row->flags & QF_F_OPT)
            continue;
        enum qf_err err = n == 0 ? QF_ESYNTAX : qf_field_parse(field->row, f->rec, o, text, n, arena, ret_why);
        explicit_bzero(text, sizeof text);
        if (err != QF_OK) {
            *ret_why = n == 0 ? "is needed" : *ret_why;
            *ret_bad = i;
            return err;
        }
    }
    return QF_OK;
}

/* --- drawing */

void tui_form_draw(const struct tui_form *f, int i, struct tui_canvas *c, int x, int y, int w, bool brackets,
                   bool focused)
{
    const struct tui_field *field = &f->fields[i];
    char shown[TUI_FIELD_TEXT];
    if (brackets) {
        tui_glyph(c, x, y, TUI_DIM, '[', '[');
        tui_glyph(c, x + w - 1, y, TUI_DIM, ']', ']');
        x++;
        w -= 2;
    }
    qf_str_copy(shown, sizeof shown, field->text);
    if (field->secret)
        memset(shown, '*', strlen(shown));
    enum tui_role role = field->fixed ? TUI_TEXT : TUI_FIELD;
    tui_fill(c, (struct tui_rect){x, y, w, 1}, role, ' ', ' ');
    int columns = (int)qf_str_columns(shown);
    bool focus_here = focused && !field->fixed;
    const char *part = shown;
    bool right = field->row && is_number(field->row);
    int spare = right || focus_here ? 1 : 0; /* the cursor's place; numbers keep it, so that they do not jump */
    while (columns > w - spare && *part && focus_here) { /* the end is where one types */
        part++;
        while (((unsigned char)*part & 0xc0U) == 0x80U)
            part++;
        columns = (int)qf_str_columns(part);
    }
    int at = right ? x + w - columns - spare : x;
    tui_text_fit(c, at < x ? x : at, y, w, role, part);
    if (!focus_here)
        return;
    if (is_choice(field))
        tui_mark(c, (struct tui_rect){x, y, w, 1}, TUI_F_REVERSE);
    else
        tui_canvas_cursor(c, (at < x ? x : at) + columns, y);
}
