#include "daemon/server/export.h"

#include <stdlib.h>

#include "common/proto/csv_row.h"
#include "common/proto/wire.h"
#include "common/str.h"
#include "daemon/store/scan.h"

#define GATHER (64 * 1024)                      /* bytes made before they are handed on */
#define ROW_MAX (1024 * 1024)                   /* a row is never longer: an audit row with every byte escaped is 40 KiB */

const struct export_kind export_kinds[QF_export_what_COUNT] = {
    [QF_EXPORT_ORDERS] = { &qf_rec_order, "export_orders", "export_orders_total", QF_CMD_order_list, true, true, true },
    [QF_EXPORT_EXECUTIONS] = { &qf_rec_execution, "export_executions", "export_executions_total", QF_CMD_execution_list, true, true,
                               true },
    [QF_EXPORT_TRADES] = { &qf_rec_trade, "export_trades", "export_trades_total", QF_CMD_trade_list, true, true, true },
    [QF_EXPORT_POSITIONS] = { &qf_rec_position, "export_positions", "export_positions_total", QF_CMD_position_list, true, true, false },
    [QF_EXPORT_AUDIT] = { &qf_rec_control, "export_audit", "export_audit_total", QF_CMD_audit_list, false, false, true },
    [QF_EXPORT_LEDGER] = { &qf_rec_ledger, "export_ledger", "export_ledger_total", QF_CMD_ledger_list, true, true, true },
    [QF_EXPORT_EQUITY] = { &qf_rec_equity, "export_equity", NULL, QF_CMD_equity_points, true, false, true },
};

struct export {
    const struct export_kind *kind;
    const char *conninfo;
    struct qf_export_start in;
    bool csv;
    struct qf_csv columns;
    struct qf_buf made;
    int64_t rows, total;
};

struct export *export_new(const char *conninfo, const struct qf_export_start *in)
{
    struct export *x = qf_xalloc(sizeof *x);
    x->kind = &export_kinds[in->what];
    x->conninfo = conninfo;
    x->in = *in;
    x->csv = !QF_HAS(in, export_start, format) || in->format == QF_FORMAT_CSV;
    x->total = -1;
    qf_csv_init(&x->columns, x->kind->rec, QF_F_VIRTUAL); /* what is stored */
    qf_buf_init(&x->made, GATHER + ROW_MAX);
    return x;
}

void export_free(void *export)
{
    struct export *x = export;
    qf_buf_release(&x->made);
    free(x);
}

/* --- on the thread */

static bool hand_on(struct export *x, struct jobs_run *run)
{
    if (x->made.failed) {
        jobs_failed(run, "row %lld is longer than %d bytes", (long long)x->rows, ROW_MAX);
        return false;
    }
    bool taken = jobs_write(run, x->made.p, x->made.len);
    qf_buf_clear(&x->made);
    return taken;
}

static bool put_rows(struct export *x, struct jobs_run *run, const char *row, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++, row += x->kind->rec->size) {
        x->rows++;
        if (x->csv)
            qf_csv_row(&x->columns, &x->made, row);
        else
            qf_wire_encode(&x->made, x->kind->rec, row, true);
        qf_buf_str(&x->made, x->csv ? "\r\n" : "\n");
        if ((x->made.len >= GATHER || x->made.failed) && !hand_on(x, run))
            return false;
    }
    jobs_progress(run, x->rows, x->total);
    return true;
}

static bool is_filtered(const struct qf_export_start *in)
{
    return QF_HAS(in, export_start, account) || QF_HAS(in, export_start, symbol) || QF_HAS(in, export_start, from) ||
           QF_HAS(in, export_start, to);
}

static bool take_total(void *arg, const void *row)
{
    *(int64_t *)arg = ((const struct qf_job *)row)->total;
    return false;
}

static enum qf_err find_total(struct export *x, struct scan *s)
{
    if (!x->kind->total || is_filtered(&x->in))
        return QF_OK;
    return scan_part(s, x->kind->total, &qf_rec_job, NULL, 0, take_total, &x->total);
}

static enum qf_err begin(struct export *x, struct scan *s)
{
    unsigned char from[8], to[8];
    const struct qf_export_start *in = &x->in;
    const struct db_param none = { .p = NULL };
    const struct db_param p[] = { QF_HAS(in, export_start, account) ? db_text(in->account) : none,
                                  QF_HAS(in, export_start, symbol) ? db_text(in->symbol) : none,
                                  QF_HAS(in, export_start, from) ? db_time(in->from, from) : none,
                                  QF_HAS(in, export_start, to) ? db_time(in->to, to) : none };
    return scan_begin(s, x->kind->query, x->kind->rec, false, p, (int)QF_LEN(p));
}

static bool put_all(struct export *x, struct scan *s, struct jobs_run *run)
{
    const void *rows = NULL;
    uint32_t n = 1;
    enum qf_err err = find_total(x, s);
    if (err == QF_OK)
        err = begin(x, s);
    if (x->csv) {
        qf_csv_head(&x->columns, &x->made);
        qf_buf_str(&x->made, "\r\n");
    }
    while (err == QF_OK && n > 0) {
        err = scan_next(s, &rows, &n);
        if (err == QF_OK && !put_rows(x, run, rows, n))
            return false;
    }
    if (err != QF_OK) {
        jobs_failed(run, "%s", scan_why(s));
        return false;
    }
    jobs_progress(run, x->rows, x->rows);
    return hand_on(x, run);
}

bool export_run(struct jobs_run *run, void *export)
{
    struct scan *s = NULL;
    char why[DB_WHY] = "";
    if (scan_open(((struct export *)export)->conninfo, jobs_cancelled(run), &s, why, sizeof why) != QF_OK) {
        jobs_failed(run, "%s", why);
        return false;
    }
    bool ok = put_all(export, s, run);
    scan_close(s);
    return ok;
}
