#include "tests/bench/raw.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "daemon/store/row.h"

#define PARAMS 64

struct raw {
    PGconn *conn;
    struct qf_buf rows[QF_TABLE_COUNT];
    uint32_t n[QF_TABLE_COUNT];
    struct qf_buf encoded;
};

static void die(struct raw *r, const char *what)
{
    fprintf(stderr, "%s: %s\n", what, PQerrorMessage(r->conn));
    exit(1);
}

static void prepare(struct raw *r, const char *name, const char *text)
{
    PGresult *res = PQprepare(r->conn, name, text, 0, NULL);
    if (PQresultStatus(res) != PGRES_COMMAND_OK)
        die(r, name);
    PQclear(res);
}

struct raw *raw_open(const char *conninfo)
{
    struct raw *r = qf_xalloc(sizeof *r);
    struct qf_buf text;
    memset(r, 0, sizeof *r);
    r->conn = PQconnectdb(conninfo);
    if (PQstatus(r->conn) != CONNECTION_OK)
        die(r, "connect");
    qf_buf_init(&text, 65536);
    qf_buf_init(&r->encoded, 256 * 1024 * 1024);
    prepare(r, "begin", "BEGIN");
    prepare(r, "commit", "COMMIT");
    for (int t = 0; t < QF_TABLE_COUNT; t++) {
        qf_buf_init(&r->rows[t], 256 * 1024 * 1024);
        qf_buf_clear(&text);
        row_insert_text(&qf_tables[t], &text);
        prepare(r, qf_tables[t].name, qf_buf_cstr(&text));
    }
    qf_buf_release(&text);
    if (!PQenterPipelineMode(r->conn))
        die(r, "pipeline");
    return r;
}

void raw_close(struct raw *r)
{
    PQfinish(r->conn);
    for (int t = 0; t < QF_TABLE_COUNT; t++)
        qf_buf_release(&r->rows[t]);
    qf_buf_release(&r->encoded);
    free(r);
}

static void keep_row(void *arg, enum qf_table_id table, const void *row)
{
    struct raw *r = arg;
    qf_buf_add(&r->rows[table], row, qf_tables[table].rec->size);
    r->n[table]++;
}

static void send(struct raw *r, const char *name, const struct db_param *params, int n)
{
    const char *values[PARAMS];
    int lengths[PARAMS], formats[PARAMS];
    for (int i = 0; i < n; i++) {
        values[i] = params[i].p;
        lengths[i] = params[i].n;
        formats[i] = 1;
    }
    if (!PQsendQueryPrepared(r->conn, name, n, values, lengths, formats, 1))
        die(r, name);
}

static void send_table(struct raw *r, enum qf_table_id t)
{
    struct db_param params[ROW_COLUMNS_MAX];
    uint8_t cols[ROW_COLUMNS_MAX];
    if (r->n[t] == 0)
        return;
    if (!row_encode(qf_tables[t].rec, r->rows[t].p, r->n[t], &r->encoded, params))
        die(r, "too large");
    send(r, qf_tables[t].name, params, row_columns(qf_tables[t].rec, cols));
    qf_buf_clear(&r->rows[t]);
    r->n[t] = 0;
}

static void drain(struct raw *r)
{
    for (;;) {
        PGresult *res = PQgetResult(r->conn);
        if (res == NULL)
            continue;
        ExecStatusType s = PQresultStatus(res);
        if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK && s != PGRES_PIPELINE_SYNC)
            die(r, "batch");
        PQclear(res);
        if (s == PGRES_PIPELINE_SYNC)
            return;
    }
}

void raw_batch(struct raw *r, enum orders_kind kind, int64_t from, int n)
{
    orders_make(kind, from, n, keep_row, r);
    send(r, "begin", NULL, 0);
    for (int t = 0; t < QF_TABLE_COUNT; t++)
        send_table(r, (enum qf_table_id)t);
    send(r, "commit", NULL, 0);
    if (!PQpipelineSync(r->conn))
        die(r, "sync");
    drain(r);
}
