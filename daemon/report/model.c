#include "daemon/report/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/str.h"

void doc_begin(struct doc *d, struct qf_arena *arena)
{
    *d = (struct doc){.arena = arena, .title = "", .date = "", .mode = "", .desk = "", .snapshot = ""};
}

/* Each byte or character that must not be seen becomes one '?': the text never grows. */
static size_t clean(const char *s, size_t n, char *out)
{
    size_t to = 0;
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        size_t len = qf_utf8_next(s + i, n - i, &cp);
        if (len == 0 || qf_cp_forbidden(cp)) {
            out[to++] = '?';
            i += len == 0 ? 1 : len;
            continue;
        }
        memcpy(out + to, s + i, len);
        to += len;
        i += len;
    }
    return to;
}

const char *doc_copy(struct doc *d, const char *s)
{
    size_t n = strlen(s);
    char *out = d->failed ? NULL : qf_arena_alloc(d->arena, n + 1);
    if (out == NULL) {
        d->failed = true;
        return "";
    }
    out[clean(s, n, out)] = '\0';
    return out;
}

static const char *put(struct doc *d, const char *fmt, va_list args)
{
    char text[1024];
    int n = vsnprintf(text, sizeof text, fmt, args);
    qf_assert(n >= 0);
    if ((size_t)n >= sizeof text) /* nothing of ours is that long; a stored text may be */
        memcpy(text + sizeof text - 5, " ...", 5);
    return doc_copy(d, text);
}

const char *doc_fmt(struct doc *d, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *s = put(d, fmt, args);
    va_end(args);
    return s;
}

struct doc_item *doc_panel(struct doc *d, enum doc_kind kind, const char *title, const char *aside, bool half)
{
    qf_assert(d->n < DOC_ITEMS);
    struct doc_item *item = &d->items[d->n++];
    *item = (struct doc_item){
        .kind = kind, .title = doc_copy(d, title), .aside = doc_copy(d, aside), .half = half, .text = ""};
    item->notes_end = &item->notes;
    return item;
}

static struct doc_item *last(struct doc *d)
{
    qf_assert(d->n > 0);
    return &d->items[d->n - 1];
}

void doc_note(struct doc *d, enum doc_tone tone, const char *fmt, ...)
{
    struct doc_item *item = last(d);
    struct doc_note *note = d->failed ? NULL : qf_arena_alloc(d->arena, sizeof *note);
    if (note == NULL) {
        d->failed = true;
        return;
    }
    va_list args;
    va_start(args, fmt);
    *note = (struct doc_note){.text = put(d, fmt, args), .tone = (uint8_t)tone};
    va_end(args);
    *item->notes_end = note;
    item->notes_end = &note->next;
}

void doc_sentence(struct doc *d, enum doc_tone tone, const char *fmt, ...)
{
    struct doc_item *item = doc_panel(d, DOC_SENTENCE, "", "", false);
    va_list args;
    va_start(args, fmt);
    item->text = put(d, fmt, args);
    va_end(args);
    item->tone = (uint8_t)tone;
}

/* Makes room for one more: doubled, as the old piece cannot be given back. */
static void *more(struct doc *d, void *old, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return old;
    size_t want = *cap == 0 ? 8 : *cap * 2;
    void *p = d->failed ? NULL : qf_arena_alloc(d->arena, want * size);
    if (p == NULL) {
        d->failed = true;
        return NULL;
    }
    if (n > 0)
        memcpy(p, old, n * size);
    *cap = want;
    return p;
}

void doc_fact(struct doc *d, enum doc_tone tone, const char *label, const char *value, const char *beside)
{
    struct doc_item *item = last(d);
    struct doc_fact *facts = more(d, item->facts, item->n_facts, &item->cap_facts, sizeof *facts);
    if (facts == NULL)
        return;
    item->facts = facts;
    facts[item->n_facts++] =
        (struct doc_fact){doc_copy(d, label), doc_copy(d, value), doc_copy(d, beside), (uint8_t)tone};
}

struct doc_table *doc_table(struct doc *d, const char *title, const char *aside, bool half,
                            const struct doc_column *columns, size_t n, size_t cap)
{
    qf_assert(n > 0 && n <= DOC_COLUMNS);
    struct doc_item *item = doc_panel(d, DOC_TABLE, title, aside, half);
    struct doc_table *t = d->failed ? NULL : qf_arena_alloc(d->arena, sizeof *t);
    struct doc_row *rows = t == NULL ? NULL : qf_arena_alloc(d->arena, (cap + 1) * sizeof *rows);
    if (rows == NULL) {
        d->failed = true;
        return NULL;
    }
    *t = (struct doc_table){.doc = d, .columns = columns, .n_columns = n, .cap = cap, .rows = rows, .empty = "none"};
    item->table = t;
    return t;
}

static void row(struct doc_table *t, bool total)
{
    if (t == NULL || t->doc->failed)
        return;
    qf_assert(t->n_rows < t->cap);
    struct doc_cell *cells = qf_arena_alloc(t->doc->arena, t->n_columns * sizeof *cells);
    if (cells == NULL) {
        t->doc->failed = true;
        return;
    }
    for (size_t i = 0; i < t->n_columns; i++)
        cells[i] = (struct doc_cell){.text = "", .share = -1};
    t->rows[t->n_rows++] = (struct doc_row){cells, total};
    t->at = 0;
}

void doc_row(struct doc_table *t)
{
    row(t, false);
}

void doc_total(struct doc_table *t)
{
    row(t, true);
}

static struct doc_cell *next(struct doc_table *t)
{
    if (t == NULL || t->doc->failed)
        return NULL;
    qf_assert(t->n_rows > 0 && t->at < t->n_columns);
    return &t->rows[t->n_rows - 1].cells[t->at++];
}

void doc_cell(struct doc_table *t, enum doc_tone tone, const char *text)
{
    struct doc_cell *c = next(t);
    if (c == NULL)
        return;
    c->text = doc_copy(t->doc, text);
    c->tone = (uint8_t)tone;
}

void doc_cellf(struct doc_table *t, enum doc_tone tone, const char *fmt, ...)
{
    struct doc_cell *c = next(t);
    if (c == NULL)
        return;
    va_list args;
    va_start(args, fmt);
    c->text = put(t->doc, fmt, args);
    va_end(args);
    c->tone = (uint8_t)tone;
}

void doc_heat(struct doc_table *t, int heat, const char *text)
{
    struct doc_cell *c = next(t);
    if (c == NULL)
        return;
    c->text = doc_copy(t->doc, text);
    c->heat = (int8_t)(heat < -3 ? -3 : heat > 3 ? 3 : heat);
}

void doc_bar(struct doc_table *t, enum doc_tone tone, double share)
{
    struct doc_cell *c = next(t);
    if (c == NULL)
        return;
    c->share = (int16_t)(!(share > 0) ? 0 : share >= 1 ? 1000 : share * 1000);
    c->tone = (uint8_t)tone;
}

size_t doc_point(const char *text)
{
    size_t n = strlen(text), end = n;
    const char *dot = strrchr(text, '.');
    if (dot != NULL && dot[1] >= '0' && dot[1] <= '9')
        return (size_t)(dot - text);
    while (end > 0 && (text[end - 1] < '0' || text[end - 1] > '9'))
        end--;
    return end == 0 ? n : end;
}
