#include "daemon/server/verify_all.h"

#include <inttypes.h>

#include "common/str.h"
#include "daemon/server/audit.h"
#include "daemon/store/reader.h"
#include "daemon/store/verify.h"

#define PAGE 1000
#define WAIT_US (100 * QF_MS)
#define WAIT_TRIES 300 /* 30 s for a page */

struct chain {
    struct audit_check check;
    struct reader *reader;
    bool over, waiting;
    enum qf_err err;
};

static void on_found(void *arg, const struct qf_event *e)
{
    fprintf(arg, "%s: %" PRId64 " rows: %s\n", e->source, e->id, e->message);
}

static void on_links(void *arg, enum qf_err err, const void *rows, uint32_t n)
{
    struct chain *c = arg;
    const struct qf_control *row = rows;
    c->waiting = false;
    c->err = err;
    for (uint32_t i = 0; err == QF_OK && i < n; i++)
        audit_check_row(&c->check, &row[i]);
    c->over = err != QF_OK || n < PAGE;
}

static bool walk_chain(struct chain *c, const char *conninfo)
{
    struct qf_loop *loop = qf_loop_new();
    c->reader = reader_new(loop, conninfo);
    audit_check_begin(&c->check);
    for (int idle = 0; !c->over && idle < WAIT_TRIES;) {
        if (!c->waiting && reader_up(c->reader))
            c->waiting = reader_audit(c->reader, c->check.next, PAGE, on_links, c) == QF_OK;
        int64_t before = c->check.rows;
        qf_loop_once(loop, WAIT_US);
        idle = c->check.rows > before ? 0 : idle + 1;
    }
    reader_free(c->reader);
    qf_loop_free(loop);
    return c->over && c->err == QF_OK;
}

int verify_all(const char *conninfo, FILE *out, char *why, size_t why_cap)
{
    struct qf_verify_report report = { 0 };
    struct chain chain = { .over = false };
    char said[VERIFY_WHY];
    if (verify_wait(conninfo, &report, on_found, out, said) != QF_OK) {
        qf_str_copy(why, why_cap, said);
        return -1;
    }
    if (!walk_chain(&chain, conninfo)) {
        qf_str_copy(why, why_cap, "the audit trail could not be read");
        return -1;
    }
    if (chain.check.broken_at)
        fprintf(out, "audit: the chain does not hold from row %" PRId64 " on\n", chain.check.broken_at);
    bool ok = report.broken == 0 && !chain.check.broken_at;
    fprintf(out, "%" PRId64 " orders, %" PRId64 " executions, %" PRId64 " rows of the audit trail: %s\n", report.orders,
            report.executions, chain.check.rows, ok ? "everything holds" : "NOT everything holds");
    return (int)(report.broken > 0) + (chain.check.broken_at > 0);
}
