/* quantumfond/golden-pnl: a file of fills, snapshots on the way, the end and the total, for both cost methods. */
#include <math.h>
#include <string.h>

#include "common/csv.h"
#include "common/str.h"
#include "tests/vectors/fills.h"

#define ACCOUNT "golden"

struct line {
    char symbol[32], side[8], quantity[32], price[32], fee[32];
};

struct run {
    struct judge *j;
    struct kit *k;
    struct json_object *doc;
    struct tolerance tolerance;
    int64_t fills;
    size_t snapshots; /* judged */
};

/* Columns by name: where[i] is that of wanted[i]. */
static const char *const wanted[] = { "symbol", "side", "quantity", "price", "fee" };

static bool read_header(const struct csv_cell *cells, size_t n, size_t where[QF_LEN(wanted)])
{
    for (size_t w = 0; w < QF_LEN(wanted); w++) {
        where[w] = n;
        for (size_t i = 0; i < n; i++)
            if (qf_str_eqn(wanted[w], cells[i].p, cells[i].n))
                where[w] = i;
        if (where[w] == n)
            return false;
    }
    return true;
}

static bool read_line(const struct csv_cell *cells, const size_t where[QF_LEN(wanted)], struct line *l)
{
    const struct {
        char *p;
        size_t cap;
    } to[QF_LEN(wanted)] = { { l->symbol, sizeof(l->symbol) }, { l->side, sizeof(l->side) }, { l->quantity, sizeof(l->quantity) },
                             { l->price, sizeof(l->price) }, { l->fee, sizeof(l->fee) } };
    for (size_t w = 0; w < QF_LEN(wanted); w++)
        if (!qf_str_copyn(to[w].p, to[w].cap, cells[where[w]].p, cells[where[w]].n))
            return false;
    return true;
}

static struct json_object *of_method(const struct run *r, enum method m)
{
    return member(member(r->doc, "methods"), method_names[m]);
}

static void judge_snapshots(struct run *r, const struct line *l, const double realized[2])
{
    for (enum method m = AVERAGE; m <= FIFO; m++) {
        struct json_object *list = member(of_method(r, m), "snapshots");
        for (size_t i = 0; i < list_length(list); i++) {
            struct json_object *s = item(list, i);
            if (member_number(s, "after", 0) != (double)r->fills)
                continue;
            struct figures f = figures_of(r->k, ACCOUNT, l->symbol, m);
            f.realized_fill = realized[m];
            judge_begin(r->j, "%s after %lld", method_names[m], (long long)r->fills);
            judge_text(r->j, "symbol", l->symbol, member_text(s, "symbol"));
            judge_figures(r->j, s, &f, r->tolerance);
            judge_end(r->j);
            r->snapshots++;
        }
    }
}

static bool take_fill(struct run *r, const struct line *l)
{
    if (desk_instrument(r->k->d, l->symbol) == NULL)
        kit_instrument(r->k, l->symbol, "", "USD", "0.00000001", "0.00000001", 1, false);
    struct figures was[2] = { figures_of(r->k, ACCOUNT, l->symbol, AVERAGE), figures_of(r->k, ACCOUNT, l->symbol, FIFO) };
    r->fills++;
    judge_begin(r->j, "fill %lld", (long long)r->fills);
    if (!book_text(r->j, r->k, ACCOUNT, l->side, l->quantity, l->symbol, l->price, l->fee)) {
        judge_end(r->j);
        return false;
    }
    double realized[2];
    for (enum method m = AVERAGE; m <= FIFO; m++)
        realized[m] = figures_of(r->k, ACCOUNT, l->symbol, m).realized_gross - was[m].realized_gross;
    judge_snapshots(r, l, realized);
    return true;
}

static void add_figures(struct figures *sum, const struct figures *f)
{
    sum->realized_gross += f->realized_gross;
    sum->fees += f->fees;
    sum->unrealized += f->unrealized;
}

static void judge_end_of(struct run *r, enum method m)
{
    struct json_object *finals = member(of_method(r, m), "final"), *total = member(of_method(r, m), "total");
    struct figures sum = { 0 };
    json_object_object_foreach(object_of(finals), symbol, final)
    {
        struct figures f = figures_of(r->k, ACCOUNT, symbol, m);
        add_figures(&sum, &f);
        judge_begin(r->j, "%s final %s", method_names[m], symbol);
        judge_figures(r->j, final, &f, r->tolerance);
        judge_end(r->j);
    }
    if (total == NULL)
        return;
    judge_begin(r->j, "%s total", method_names[m]);
    judge_figures(r->j, total, &sum, r->tolerance);
    judge_end(r->j);
}

static void judge_finish(struct run *r)
{
    size_t listed = list_length(member(of_method(r, AVERAGE), "snapshots")) + list_length(member(of_method(r, FIFO), "snapshots"));
    judge_begin(r->j, "all fills and snapshots");
    json_object_object_foreach(object_of(member(r->doc, "marks")), symbol, mark)
    {
        if (desk_instrument(r->k->d, symbol) != NULL)
            (void)mark_text(r->j, r->k, symbol, text_of(mark));
    }
    judge_number(r->j, "fills", (double)r->fills, member_number(r->doc, "fills", (double)r->fills), (struct tolerance){ 0 });
    judge_number(r->j, "snapshots", (double)r->snapshots, (double)listed, (struct tolerance){ 0 });
    judge_end(r->j);
    for (enum method m = AVERAGE; m <= FIFO; m++)
        judge_end_of(r, m);
}

/* The input that is a list of fills: the only one there is. */
static const char *fills_file(struct json_object *doc)
{
    json_object_object_foreach(object_of(member(doc, "inputs")), name, hash)
    {
        (void)hash;
        return name;
    }
    return "";
}

static void judge_file(struct run *r, struct csv *csv)
{
    const struct csv_cell *cells;
    size_t n, where[QF_LEN(wanted)];
    struct line l;
    if (csv_next(csv, &cells, &n) != QF_OK || !read_header(cells, n, where)) {
        judge_broken(r->j, "fills", "no header with symbol, side, quantity, price and fee");
        return;
    }
    enum qf_err err;
    while ((err = csv_next(csv, &cells, &n)) == QF_OK) {
        if (!read_line(cells, where, &l)) {
            judge_broken(r->j, "fills", "a value is too long");
            return;
        }
        if (!take_fill(r, &l))
            return;
    }
    if (err != QF_ENOENT)
        judge_broken(r->j, "fills", "%s", csv_why(csv));
    else
        judge_finish(r);
}

void judge_pnl(struct judge *j, struct json_object *doc)
{
    struct run r = { .j = j, .doc = doc, .tolerance = tolerance_of(doc) };
    char path[1024], why[QF_WHY_TEXT] = "not found";
    const char *name = fills_file(doc);
    struct csv *csv = input_path(j, name, path, sizeof(path)) ? csv_open(path, why) : NULL;
    if (csv == NULL) {
        judge_broken(j, "fills", "%s: %s", name, why);
        return;
    }
    r.k = kit_bare();
    kit_account(r.k, ACCOUNT, "bo", NULL);
    judge_file(&r, csv);
    if (j->deep) {
        kit_check_identity(r.k);
        kit_check_sums(r.k);
    }
    kit_free(r.k);
    csv_close(csv);
}
