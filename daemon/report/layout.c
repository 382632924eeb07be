#include "daemon/report/layout.h"

#include <string.h>

#include "common/str.h"

static double width(const struct layout_measure *m, const char *text, size_t n, bool strong)
{
    return m->width(m->arg, text, n, strong);
}

static double most(double a, double b)
{
    return a > b ? a : b;
}

static void measure_column(const struct doc_table *t, size_t k, const struct layout_measure *m,
                           struct layout_column *ret)
{
    const struct doc_column *c = &t->columns[k];
    *ret = (struct layout_column){.width = width(m, c->head, strlen(c->head), true), .shown = true};
    double whole = 0;
    for (size_t r = 0; r < t->n_rows; r++) {
        const struct doc_cell *cell = &t->rows[r].cells[k];
        size_t n = strlen(cell->text), point = doc_point(cell->text);
        bool strong = t->rows[r].total || cell->tone == DOC_STRONG || cell->tone == DOC_BAD;
        whole = most(whole, cell->share >= 0 ? m->bar : width(m, cell->text, n, strong));
        if (c->align != DOC_NUMBER || point == n) /* a whole number's right part is empty */
            ret->left =
                most(ret->left, c->align == DOC_NUMBER && n > 0 && cell->text[n - 1] >= '0' && cell->text[n - 1] <= '9'
                                    ? width(m, cell->text, n, strong)
                                    : 0);
        else {
            ret->left = most(ret->left, width(m, cell->text, point, strong));
            ret->right = most(ret->right, width(m, cell->text + point, n - point, strong));
        }
    }
    ret->width = most(most(ret->width, whole), ret->left + ret->right);
}

static double sum(const struct doc_table *t, const struct layout_measure *m, const struct layout_column *columns)
{
    double all = 0;
    for (size_t k = 0; k < t->n_columns; k++)
        if (columns[k].shown)
            all +=
                (all > 0 ? m->gap : 0) +
                (t->columns[k].flows ? (columns[k].width < m->least ? columns[k].width : m->least) : columns[k].width);
    return all;
}

static bool drop_one(const struct doc_table *t, struct layout_column *columns)
{
    size_t worst = t->n_columns;
    for (size_t k = 0; k < t->n_columns; k++)
        if (columns[k].shown && t->columns[k].drop > 0 &&
            (worst == t->n_columns || t->columns[k].drop >= t->columns[worst].drop))
            worst = k;
    if (worst == t->n_columns)
        return false;
    columns[worst].shown = false;
    return true;
}

double layout_table(const struct doc_table *t, double room, const struct layout_measure *m, struct layout_column *ret)
{
    for (size_t k = 0; k < t->n_columns; k++)
        measure_column(t, k, m, &ret[k]);
    while (sum(t, m, ret) > room && drop_one(t, ret))
        ;
    double used = sum(t, m, ret);
    for (size_t k = 0; k < t->n_columns; k++) {
        if (!ret[k].shown || !t->columns[k].flows)
            continue;
        double had = ret[k].width < m->least ? ret[k].width : m->least;
        double left = room - used + had;
        double got = ret[k].width < left ? ret[k].width : left;
        used += got - had;
        ret[k].width = got;
    }
    return used;
}

size_t layout_line(const char *text, double room, const struct layout_measure *m, bool strong, size_t *ret_skip)
{
    size_t n = strlen(text), fits = 0, blank = 0;
    *ret_skip = 0;
    if (width(m, text, n, strong) <= room)
        return n;
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        size_t len = qf_utf8_next(text + i, n - i, &cp);
        qf_assert(len > 0);
        if (cp == ' ')
            blank = i;
        if (width(m, text, i + len, strong) > room && fits > 0)
            break;
        i += len;
        fits = i;
    }
    if (fits == n)
        return n;
    if (blank > 0) {
        while (text[blank + *ret_skip] == ' ')
            ++*ret_skip;
        return blank;
    }
    return fits;
}
