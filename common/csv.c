#include "common/csv.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"

#define CSV_BUFFER (2 * CSV_MAX_LINE)

enum place { AT_START, IN_PLAIN, IN_QUOTES, BEHIND_QUOTE, BEHIND_CR };

struct csv {
    struct source *source;
    char name[64];
    char why[QF_WHY_TEXT];
    enum qf_err failed;
    bool begun;             /* the byte order mark has been looked for */
    bool end;               /* the source has given all */
    int64_t line;           /* of the current record */
    int64_t next_line;      /* of the byte looked at */
    size_t columns;         /* of the first record; 0 = not seen yet */

    size_t start, scan, fill; /* in buf: the record, the byte looked at, the end of what was read */
    size_t write;           /* behind `start`: where the next byte of the cell goes; quotes drop out, so write <= scan */
    size_t cell;            /* behind `start`: the cell being read */
    enum place place;
    size_t count;
    size_t from[CSV_MAX_COLUMNS];
    struct csv_cell cells[CSV_MAX_COLUMNS];
    char buf[CSV_BUFFER];
};

static struct csv *csv_over(struct source *source, const char *name)
{
    struct csv *c = qf_xalloc(sizeof *c);

    memset(c, 0, offsetof(struct csv, buf));
    c->source = source;
    c->next_line = 1;
    qf_str_copy(c->name, sizeof c->name, name);
    return c;
}

struct csv *csv_open(const char *path, char why[QF_WHY_TEXT])
{
    struct source *source = source_open(path, why);
    const char *slash = strrchr(path, '/');

    if (source == NULL)
        return NULL;
    return csv_over(source, slash != NULL ? slash + 1 : path);
}

struct csv *csv_memory(const char *name, const void *p, size_t n)
{
    return csv_over(source_memory(p, n), name);
}

void csv_close(struct csv *c)
{
    if (c == NULL)
        return;
    source_close(c->source);
    free(c);
}

const char *csv_why(const struct csv *c)
{
    return c->why;
}

int64_t csv_line(const struct csv *c)
{
    return c->line;
}

enum qf_err csv_fault(struct csv *c, enum qf_err err, size_t column, const char *name, const char *what)
{
    c->failed = err;
    if (name != NULL)
        qf_str_fmt(c->why, sizeof c->why, "%s:%lld: column %zu (%s): %s", c->name, (long long)c->line, column + 1, name, what);
    else
        qf_str_fmt(c->why, sizeof c->why, "%s:%lld: column %zu: %s", c->name, (long long)c->line, column + 1, what);
    return err;
}

static enum qf_err line_fault(struct csv *c, enum qf_err err, const char *what)
{
    c->failed = err;
    qf_str_fmt(c->why, sizeof c->why, "%s:%lld: %s", c->name, (long long)c->line, what);
    return err;
}

static enum qf_err refuse(struct csv *c, const char *what)
{
    return csv_fault(c, QF_ESYNTAX, c->count, NULL, what);
}

/* Reads more; the record begun moves to the front of the buffer first. */
static enum qf_err more(struct csv *c)
{
    char why[QF_WHY_TEXT];
    size_t got = 0;

    if (c->fill - c->start > CSV_MAX_LINE)
        return line_fault(c, QF_ERANGE, "the line is longer than 131072 bytes");
    memmove(c->buf, c->buf + c->start, c->fill - c->start);
    c->scan -= c->start;
    c->fill -= c->start;
    c->start = 0;
    enum qf_err err = source_read(c->source, c->buf + c->fill, sizeof c->buf - c->fill, &got, why);
    if (err != QF_OK)
        return line_fault(c, err, why);
    c->fill += got;
    c->end = got == 0;
    return QF_OK;
}

static void skip_mark(struct csv *c)
{
    if (c->fill >= 3 && memcmp(c->buf, "\xef\xbb\xbf", 3) == 0)
        c->start = c->scan = 3;
    c->begun = true;
}

static enum qf_err begin(struct csv *c)
{
    while (c->fill < 3 && !c->end) {
        enum qf_err err = more(c);
        if (err != QF_OK)
            return err;
    }
    skip_mark(c);
    return QF_OK;
}

static void put(struct csv *c, char ch)
{
    c->buf[c->start + c->write] = ch;
    c->write++;
}

/* Closes the cell being read. */
static enum qf_err end_cell(struct csv *c)
{
    if (c->count == CSV_MAX_COLUMNS)
        return line_fault(c, QF_ERANGE, "more than 4097 columns");
    c->from[c->count] = c->cell;
    c->cells[c->count].n = c->write - c->cell;
    c->count++;
    c->cell = c->write;
    c->place = AT_START;
    return QF_OK;
}

static enum qf_err end_record(struct csv *c, bool *ret_done)
{
    enum qf_err err = end_cell(c);

    if (err == QF_OK)
        *ret_done = true;
    return err;
}

static bool is_control(char ch)
{
    return (unsigned char)ch < 0x20 && ch != '\t';
}

/* A byte outside of quotes that is part of the value or ends it. */
static enum qf_err plain_byte(struct csv *c, char ch, bool *ret_done)
{
    if (ch == ',')
        return end_cell(c);
    if (ch == '\n')
        return end_record(c, ret_done);
    if (ch == '\r') {
        c->place = BEHIND_CR;
        return QF_OK;
    }
    if (c->place == BEHIND_QUOTE)
        return refuse(c, "something stands behind the closing quote");
    if (ch == '"')
        return refuse(c, "a quote inside a value that does not begin with one");
    if (is_control(ch))
        return refuse(c, "a control character");
    c->place = IN_PLAIN;
    put(c, ch);
    return QF_OK;
}

static enum qf_err quoted_byte(struct csv *c, char ch)
{
    if (ch == '"')
        c->place = BEHIND_QUOTE;
    else if (is_control(ch) && ch != '\n' && ch != '\r')
        return refuse(c, "a control character");
    else
        put(c, ch);
    return QF_OK;
}

static enum qf_err take(struct csv *c, char ch, bool *ret_done)
{
    switch (c->place) {
    case IN_QUOTES:
        return quoted_byte(c, ch);
    case BEHIND_CR:
        return ch == '\n' ? end_record(c, ret_done) : refuse(c, "a carriage return without a line end");
    case BEHIND_QUOTE:
    case AT_START:
        if (ch == '"') {
            if (c->place == BEHIND_QUOTE)
                put(c, '"'); /* a doubled quote is one quote */
            c->place = IN_QUOTES;
            return QF_OK;
        }
        return plain_byte(c, ch, ret_done);
    case IN_PLAIN:
        break;
    }
    return plain_byte(c, ch, ret_done);
}

/* At the end of the file: a last line without its end is a line, an open quote is not. */
static enum qf_err last(struct csv *c, bool *ret_done)
{
    if (c->place == IN_QUOTES)
        return refuse(c, "the file ends inside quotes");
    if (c->place == BEHIND_CR)
        return refuse(c, "a carriage return without a line end");
    if (c->count == 0 && c->place == AT_START)
        return QF_ENOENT;
    return end_record(c, ret_done);
}

/* Reads on until a record is complete. */
static enum qf_err scan_record(struct csv *c)
{
    bool done = false;
    enum qf_err err = QF_OK;

    while (err == QF_OK && !done) {
        if (c->scan < c->fill) {
            char ch = c->buf[c->scan++];
            if (ch == '\n')
                c->next_line++;
            err = take(c, ch, &done);
        } else if (c->end) {
            err = last(c, &done);
        } else {
            err = more(c);
        }
    }
    return err;
}

static void next_record(struct csv *c)
{
    c->start = c->scan;
    c->write = c->cell = c->count = 0;
    c->place = AT_START;
    c->line = c->next_line;
}

/* The cells' offsets become pointers only now: the buffer may have moved while the record was read. */
static enum qf_err finish(struct csv *c)
{
    if (c->scan - c->start > CSV_MAX_LINE + 2)
        return line_fault(c, QF_ERANGE, "the line is longer than 131072 bytes");
    if (c->columns == 0)
        c->columns = c->count;
    if (c->count != c->columns) {
        char what[80];
        qf_str_fmt(what, sizeof what, "%zu columns where the first line has %zu", c->count, c->columns);
        return line_fault(c, QF_ESYNTAX, what);
    }
    for (size_t i = 0; i < c->count; i++)
        c->cells[i].p = c->buf + c->start + c->from[i];
    return QF_OK;
}

/* Nothing but the line's end: no record. An empty value in quotes is one. */
static bool is_empty_line(const struct csv *c)
{
    return c->count == 1 && c->cells[0].n == 0 && c->buf[c->start] != '"';
}

enum qf_err csv_next(struct csv *c, const struct csv_cell **ret_cells, size_t *ret_n)
{
    enum qf_err err = c->failed;

    if (err == QF_OK && !c->begun) {
        c->line = 1;
        err = begin(c);
    }
    while (err == QF_OK) {
        next_record(c);
        err = scan_record(c);
        if (err != QF_OK || !is_empty_line(c))
            break;
    }
    if (err == QF_OK)
        err = finish(c);
    if (err != QF_OK)
        return err;
    *ret_cells = c->cells;
    *ret_n = c->count;
    return QF_OK;
}
