/* What symbols a replay's files hold, before it starts. */
#include "daemon/market/replay.h"

#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/mem.h"
#include "common/str.h"

#define SURVEY_INDEX 8192 /* twice QF_MAX_INSTRUMENTS, a power of two */

struct seen {
    char symbol[17];
    int price, size; /* decimals */
};

struct survey {
    struct seen seen[QF_MAX_INSTRUMENTS];
    uint16_t index[SURVEY_INDEX]; /* slot + 1 */
    uint32_t count;
};

/* The symbol's entry, a new one when it was not seen; NULL: the table is full and the symbol is left out. */
static struct seen *entry(struct survey *s, const char *p, size_t n)
{
    uint32_t at = (uint32_t)qf_hash(p, n) & (SURVEY_INDEX - 1);

    while (s->index[at] != 0) {
        struct seen *e = &s->seen[s->index[at] - 1];
        if (qf_str_eqn(e->symbol, p, n))
            return e;
        at = (at + 1) & (SURVEY_INDEX - 1);
    }
    if (s->count == QF_MAX_INSTRUMENTS)
        return NULL;
    struct seen *e = &s->seen[s->count++];
    s->index[at] = (uint16_t)s->count;
    (void)qf_str_copyn(e->symbol, sizeof e->symbol, p, n);
    return e;
}

/* Decimals of a number that are not trailing zeros. */
static int decimals(const struct csv_cell *c)
{
    const char *dot = memchr(c->p, '.', c->n);
    size_t n = c->n;

    if (dot == NULL)
        return 0;
    while (c->p[n - 1] == '0')
        n--;
    size_t count = n - (size_t)(dot - c->p) - 1;
    return count > QF_SCALE ? QF_SCALE : (int)count;
}

static const enum format_role price_roles[] = { ROLE_OPEN, ROLE_HIGH, ROLE_LOW, ROLE_CLOSE, ROLE_BID, ROLE_ASK, ROLE_PRICE,
                                                ROLE_BID_CLOSE, ROLE_ASK_CLOSE };
static const enum format_role size_roles[] = { ROLE_VOLUME, ROLE_SIZE, ROLE_BID_SIZE, ROLE_ASK_SIZE };

static void widest(const struct format *f, const struct csv_cell *cells, const enum format_role *roles, size_t n, int *most)
{
    for (size_t i = 0; i < n; i++) {
        int col = f->column[roles[i]];
        int d = col >= 0 ? decimals(&cells[col]) : 0;
        *most = d > *most ? d : *most;
    }
}

static void look_at_row(struct survey *s, const struct format *f, const struct csv_cell *cells, const char *symbol)
{
    int col = f->column[ROLE_SYMBOL];
    const char *p = col >= 0 ? cells[col].p : symbol;
    size_t n = col >= 0 ? cells[col].n : strlen(symbol);
    struct seen *e = format_is_symbol(p, n) ? entry(s, p, n) : NULL;

    if (e == NULL)
        return;
    widest(f, cells, price_roles, QF_LEN(price_roles), &e->price);
    widest(f, cells, size_roles, QF_LEN(size_roles), &e->size);
}

static void look_at_wide_row(struct survey *s, const struct csv_cell *cells, size_t n)
{
    for (size_t i = 1; i < n && i <= s->count; i++) {
        int d = decimals(&cells[i]);
        s->seen[i - 1].price = d > s->seen[i - 1].price ? d : s->seen[i - 1].price;
    }
}

static enum qf_err header(struct csv *csv, const struct replay_conf *conf, struct survey *s, struct format *ret)
{
    char what[QF_WHY_TEXT];
    const struct csv_cell *cells = NULL;
    size_t n = 0;
    enum qf_err err = csv_next(csv, &cells, &n);

    if (err != QF_OK)
        return err == QF_ENOENT ? csv_fault(csv, QF_ESYNTAX, 0, NULL, "the file is empty") : err;
    err = format_recognise(cells, n, false, ret, what);
    if (err != QF_OK)
        return csv_fault(csv, err, 0, NULL, what);
    if (ret->kind == FORMAT_DAILY_ONE && conf->symbol == NULL)
        return csv_fault(csv, QF_ESYNTAX, 0, NULL, "the file names no symbol and none was given beside it");
    for (size_t i = 1; ret->kind == FORMAT_DAILY_WIDE && i < n; i++) {
        /* a symbol that stands twice would shift the columns behind it against the entries */
        if (entry(s, cells[i].p, cells[i].n) != &s->seen[i - 1])
            return csv_fault(csv, QF_ESYNTAX, i, NULL, "the symbol stands twice in the header");
    }
    return QF_OK;
}

static enum qf_err look_at_file(struct csv *csv, const struct replay_conf *conf, int64_t rows, struct survey *s, struct format *f)
{
    const struct csv_cell *cells = NULL;
    size_t n = 0;
    enum qf_err err = header(csv, conf, s, f);

    for (int64_t i = 0; err == QF_OK && i < rows; i++) {
        err = csv_next(csv, &cells, &n);
        if (err == QF_OK && f->kind == FORMAT_DAILY_WIDE)
            look_at_wide_row(s, cells, n);
        else if (err == QF_OK)
            look_at_row(s, f, cells, conf->symbol);
    }
    return err == QF_ENOENT ? QF_OK : err;
}

enum qf_err replay_survey(const struct replay_conf *conf, int64_t rows, replay_symbol_fn fn, void *arg, char why[QF_WHY_TEXT])
{
    struct survey *s = qf_xalloc(sizeof *s);
    enum qf_err err = QF_OK;

    for (size_t i = 0; err == QF_OK && i < conf->file_count; i++) {
        struct format f;
        struct csv *csv = csv_open(conf->files[i], why);
        memset(s, 0, sizeof *s);
        err = csv != NULL ? look_at_file(csv, conf, rows, s, &f) : QF_EIO;
        if (err != QF_OK && csv != NULL)
            qf_str_fmt(why, QF_WHY_TEXT, "%s", csv_why(csv));
        for (uint32_t k = 0; err == QF_OK && k < s->count; k++)
            fn(arg, s->seen[k].symbol, f.kind, s->seen[k].price, s->seen[k].size);
        csv_close(csv);
    }
    free(s);
    return err;
}
