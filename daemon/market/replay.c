#include "daemon/market/replay.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"

#define REPLAY_LOOK 1000 /* rows read at most without a tick, about 0.5 ms */

struct file {
    struct csv *csv;
    struct format format;
    const struct csv_cell *cells; /* the row being handed out */
    size_t columns;
    char (*symbols)[17];          /* FORMAT_DAILY_WIDE: by column */
    size_t column;                /* FORMAT_DAILY_WIDE: the close that comes next */
    enum qf_err state;            /* QF_OK: `next` is there; QF_EBUSY: not found yet */
    struct market_tick next;
};

struct replay {
    struct replay_conf conf;
    struct file files[REPLAY_MAX_FILES];
    size_t count;
    int64_t rows, passed;
    const char *why;
};

/* --- headers */

static void keep_symbols(struct file *f)
{
    f->symbols = qf_xalloc(f->columns * sizeof *f->symbols);
    for (size_t i = 0; i < f->columns; i++)
        (void)qf_str_copyn(f->symbols[i], sizeof f->symbols[i], f->cells[i].p, f->cells[i].n);
    f->column = f->columns;
}

static enum qf_err read_header(struct file *f, const struct replay_conf *conf)
{
    char what[QF_WHY_TEXT];
    enum qf_err err = csv_next(f->csv, &f->cells, &f->columns);

    if (err == QF_ENOENT)
        return csv_fault(f->csv, QF_ESYNTAX, 0, NULL, "the file is empty");
    if (err != QF_OK)
        return err;
    err = format_recognise(f->cells, f->columns, conf->exchange_time, &f->format, what);
    if (err != QF_OK)
        return csv_fault(f->csv, err, 0, NULL, what);
    if (f->format.kind == FORMAT_DAILY_ONE && conf->symbol == NULL)
        return csv_fault(f->csv, QF_ESYNTAX, 0, NULL, "the file names no symbol and none was given beside it");
    if (f->format.kind == FORMAT_DAILY_WIDE)
        keep_symbols(f);
    return QF_OK;
}

/* --- rows */

/* The symbol of the tick that comes next. */
static enum qf_err row_symbol(const struct replay_conf *conf, const struct file *f, const char **ret_p, size_t *ret_n)
{
    int col = f->format.column[ROLE_SYMBOL];

    if (f->format.kind == FORMAT_DAILY_WIDE) {
        *ret_p = f->symbols[f->column];
        *ret_n = strlen(*ret_p);
    } else if (col >= 0) {
        *ret_p = f->cells[col].p;
        *ret_n = f->cells[col].n;
        if (!format_is_symbol(*ret_p, *ret_n))
            return csv_fault(f->csv, QF_ESYNTAX, (size_t)col, "symbol", "not a symbol");
    } else {
        *ret_p = conf->symbol;
        *ret_n = strlen(conf->symbol);
    }
    return QF_OK;
}

/* Reads a row when the current one is used up. */
static enum qf_err read_row(struct replay *r, struct file *f)
{
    bool wide = f->format.kind == FORMAT_DAILY_WIDE;

    if (wide && ++f->column < f->columns)
        return QF_OK;
    enum qf_err err = csv_next(f->csv, &f->cells, &f->columns);
    if (err != QF_OK)
        return err;
    f->column = 1;
    r->rows++;
    return QF_OK;
}

/* One row or, in a wide file, one close. *ret_none: nothing for us in it. */
static enum qf_err read_tick(struct replay *r, struct file *f, bool *ret_none)
{
    struct replay_name name = { 0 };
    const char *p = NULL;
    size_t n = 0;
    qf_time at = 0;

    enum qf_err err = read_row(r, f);
    if (err == QF_OK)
        err = row_symbol(&r->conf, f, &p, &n);
    if (err != QF_OK)
        return err;
    if (!r->conf.resolve(r->conf.arg, p, n, &name)) {
        r->passed++;
        *ret_none = true;
        return QF_OK;
    }
    err = format_time(&f->format, f->csv, f->cells, &at);
    if (err == QF_OK)
        err = format_row(&f->format, f->csv, f->cells, f->column, at, name.tick_size, &r->conf.spread, &f->next, ret_none);
    if (err == QF_OK && !*ret_none) {
        f->next.slot = name.slot;
        f->next.bar.slot = name.slot;
    }
    return err;
}

/* Reads on to the file's next tick; looks at no more than REPLAY_LOOK rows that are not for us, then says QF_EBUSY. */
static void advance(struct replay *r, struct file *f)
{
    bool none = true;

    f->state = QF_OK;
    for (int i = 0; i < REPLAY_LOOK && none && f->state == QF_OK; i++) {
        none = false;
        f->state = read_tick(r, f, &none);
    }
    if (f->state == QF_OK && none)
        f->state = QF_EBUSY;
    else if (f->state != QF_OK && f->state != QF_ENOENT && r->why == NULL)
        r->why = csv_why(f->csv);
}

/* --- open and close */

static enum qf_err add_file(struct replay *r, struct csv *csv)
{
    struct file *f = &r->files[r->count++];

    f->csv = csv;
    f->state = read_header(f, &r->conf);
    if (f->state != QF_OK)
        r->why = csv_why(csv);
    else
        advance(r, f);
    return f->state == QF_ENOENT || f->state == QF_EBUSY ? QF_OK : f->state;
}

static struct replay *replay_new(const struct replay_conf *conf)
{
    struct replay *r = qf_xalloc(sizeof *r);

    memset(r, 0, sizeof *r);
    r->conf = *conf;
    return r;
}

static struct replay *opened(struct replay *r, enum qf_err err, char why[QF_WHY_TEXT])
{
    if (err == QF_OK)
        return r;
    if (r->why != NULL)
        qf_str_fmt(why, QF_WHY_TEXT, "%s", r->why);
    replay_close(r);
    return NULL;
}

struct replay *replay_open(const struct replay_conf *conf, char why[QF_WHY_TEXT])
{
    struct replay *r = replay_new(conf);
    enum qf_err err = QF_OK;

    if (conf->file_count == 0 || conf->file_count > REPLAY_MAX_FILES) {
        qf_str_fmt(why, QF_WHY_TEXT, "a replay needs 1 to %d files", REPLAY_MAX_FILES);
        err = QF_ERANGE;
    }
    for (size_t i = 0; err == QF_OK && i < conf->file_count; i++) {
        struct csv *csv = csv_open(conf->files[i], why);
        err = csv != NULL ? add_file(r, csv) : QF_EIO;
    }
    return opened(r, err, why);
}

struct replay *replay_open_memory(const struct replay_conf *conf, const char *name, const void *p, size_t n, char why[QF_WHY_TEXT])
{
    struct replay *r = replay_new(conf);

    return opened(r, add_file(r, csv_memory(name, p, n)), why);
}

void replay_close(struct replay *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->count; i++) {
        csv_close(r->files[i].csv);
        free(r->files[i].symbols);
    }
    free(r);
}

/* --- the stream */

/* The file whose tick comes next; NULL: none has one left. An error in any file stops all: what follows it in time is not known. */
static enum qf_err earliest(struct replay *r, struct file **ret)
{
    struct file *best = NULL;

    for (size_t i = 0; i < r->count; i++) {
        struct file *f = &r->files[i];
        if (f->state == QF_EBUSY)
            advance(r, f);
        if (f->state == QF_ENOENT)
            continue;
        if (f->state != QF_OK)
            return f->state;
        if (best == NULL || f->next.price.at < best->next.price.at)
            best = f;
    }
    *ret = best;
    return best != NULL ? QF_OK : QF_ENOENT;
}

enum qf_err replay_peek(struct replay *r, qf_time *ret)
{
    struct file *f = NULL;
    enum qf_err err = earliest(r, &f);

    if (err == QF_OK)
        *ret = f->next.price.at;
    return err;
}

enum qf_err replay_next(struct replay *r, struct market_tick *ret)
{
    struct file *f = NULL;
    enum qf_err err = earliest(r, &f);

    if (err != QF_OK)
        return err;
    *ret = f->next;
    advance(r, f);
    return QF_OK;
}

const char *replay_why(const struct replay *r)
{
    return r->why != NULL ? r->why : "";
}

int64_t replay_rows(const struct replay *r)
{
    return r->rows;
}

int64_t replay_passed(const struct replay *r)
{
    return r->passed;
}

int64_t replay_max_age(const struct replay *r)
{
    int64_t most = 0;

    for (size_t i = 0; i < r->count; i++) {
        int64_t age = format_max_age(r->files[i].format.kind);
        most = age > most ? age : most;
    }
    return most;
}

int32_t replay_jump_bp(const struct replay *r)
{
    int32_t most = 0;

    for (size_t i = 0; i < r->count; i++) {
        int32_t jump = format_jump_bp(r->files[i].format.kind);
        most = jump > most ? jump : most;
    }
    return most;
}
