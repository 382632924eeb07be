/* `qf import FILE.csv`: a broker's fills in pieces of 500. Each piece has a reference made from its rows, and each row the broker's own
 * id, so that sending the file again, or going on after a lost link, books nothing twice. */
#include <string.h>

#include "common/csv.h"
#include "common/str.h"
#include "tui/cli.h"

#define PIECE 500
#define COLUMNS_MAX 32

struct import {
    struct cli *cli;
    struct csv *csv;
    struct qf_fill_import req;
    struct qf_fill_row rows[PIECE];
    const struct qf_field *columns[COLUMNS_MAX]; /* by column; NULL = not ours, skipped */
    size_t columns_n;
    int64_t taken, known;
};

/* The header line says which column is which; every field of a fill has to be there. */
static bool read_header(struct import *in)
{
    const struct csv_cell *cells;
    uint64_t seen = 0;
    if (csv_next(in->csv, &cells, &in->columns_n) != QF_OK || in->columns_n > COLUMNS_MAX) {
        cli_say("%s", csv_why(in->csv)[0] ? csv_why(in->csv) : "the file has no header line, or more than 32 columns");
        return false;
    }
    for (size_t i = 0; i < in->columns_n; i++) {
        in->columns[i] = qf_rec_field(&qf_rec_fill_row, cells[i].p, cells[i].n);
        if (in->columns[i]) seen |= 1ULL << (in->columns[i] - qf_rec_fill_row.fields);
    }
    for (int i = 0; i < qf_rec_fill_row.count; i++) {
        if (seen >> i & 1) continue;
        cli_say("the file has no column %s (%s)", qf_rec_fill_row.fields[i].name, qf_rec_fill_row.fields[i].words);
        return false;
    }
    return true;
}

/* Brokers write buy and sell as they like. */
static enum qf_err parse_cell(const struct qf_field *f, struct qf_fill_row *row, const struct csv_cell *cell, const char **why)
{
    char upper[8];
    if (f->type != QF_T_enum || cell->n >= sizeof upper) return qf_field_parse(f, &qf_rec_fill_row, row, cell->p, cell->n, NULL, why);
    for (size_t i = 0; i < cell->n; i++) upper[i] = (char)(cell->p[i] >= 'a' && cell->p[i] <= 'z' ? cell->p[i] - 32 : cell->p[i]);
    return qf_field_parse(f, &qf_rec_fill_row, row, upper, cell->n, NULL, why);
}

/* Fills the next piece. *ret_end: the file is over. */
static bool read_piece(struct import *in, bool *ret_end)
{
    const struct csv_cell *cells;
    const char *why = "";
    size_t n = 0;
    in->req.rows_n = 0;
    memset(in->rows, 0, sizeof in->rows);
    while (in->req.rows_n < PIECE) {
        enum qf_err e = csv_next(in->csv, &cells, &n);
        *ret_end = e == QF_ENOENT;
        if (e == QF_ENOENT) return true;
        for (size_t i = 0; e == QF_OK && i < n; i++) {
            if (!in->columns[i] || parse_cell(in->columns[i], &in->rows[in->req.rows_n], &cells[i], &why) == QF_OK) continue;
            e = csv_fault(in->csv, QF_ESYNTAX, i, in->columns[i]->name, why);
        }
        if (e != QF_OK) {
            cli_say("%s", csv_why(in->csv));
            return false;
        }
        in->req.rows_n++;
    }
    return true;
}

static int send_piece(struct import *in)
{
    struct cli_answer a;
    struct qf_buf text;
    in->req.rows = in->rows;
    /* The reference follows from account, broker and rows: the same piece of the same file is the same request. */
    qf_buf_init(&text, QF_FRAME_MAX);
    QF_DROP(&in->req, fill_import, client_ref);
    in->req.client_ref[0] = 0;
    qf_wire_encode(&text, &qf_rec_fill_import, &in->req, false);
    qf_str_fmt(in->req.client_ref, sizeof in->req.client_ref, "import-%016llx-%u", (unsigned long long)qf_hash(text.p, text.len),
               (unsigned)in->req.rows_n);
    QF_SET(&in->req, fill_import, client_ref);
    qf_buf_release(&text);
    int status = cli_call(in->cli, QF_CMD_fill_import, &in->req, &a);
    if (status != CLI_DONE) return status;
    in->taken += ((const struct qf_imported *)a.rep)->taken;
    in->known += ((const struct qf_imported *)a.rep)->known;
    return CLI_DONE;
}

static int run(struct import *in)
{
    bool end = false;
    int status = read_header(in) ? cli_connect(in->cli, true) : CLI_USAGE;
    QF_SET(&in->req, fill_import, rows);
    while (status == CLI_DONE && !end) {
        if (!read_piece(in, &end)) return CLI_USAGE;
        if (in->req.rows_n > 0) status = send_piece(in);
        if (in->cli->tty) cli_say("%lld booked, %lld known already", (long long)in->taken, (long long)in->known);
    }
    if (status != CLI_DONE && in->taken + in->known > 0) cli_say("stopped after %lld rows; send the same file again to go on", (long long)(in->taken + in->known));
    return status;
}

int cli_import(struct cli *cli, int argc, char **argv)
{
    static struct import in; /* 500 rows are too much for the stack */
    char why[QF_WHY_TEXT];
    in = (struct import){.cli = cli};
    if (argc < 1 || argv[0][0] == '-') {
        cli_say("usage: qf import FILE.csv --account NAME --broker NAME");
        return CLI_USAGE;
    }
    /* The rows come from the file, so the request is complete without them. */
    int status = cli_args(cli, &qf_cmds[QF_CMD_fill_import], argc - 1, argv + 1, &in.req);
    if (status != CLI_DONE) return status;
    in.csv = csv_open(argv[0], why);
    if (!in.csv) {
        cli_say("%s", why);
        return CLI_USAGE;
    }
    status = run(&in);
    csv_close(in.csv);
    if (status == CLI_DONE && cli->format == CLI_TEXT)
        qf_buf_fmt(&cli->out, "%lld booked, %lld known already\n", (long long)in.taken, (long long)in.known);
    else if (status == CLI_DONE)
        qf_buf_fmt(&cli->out, "{\"taken\":%lld,\"known\":%lld}\n", (long long)in.taken, (long long)in.known);
    cli_flush(cli);
    return status;
}
