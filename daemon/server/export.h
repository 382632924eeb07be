/* An export on its worker's thread: rows of a table from one snapshot, as CSV or NDJSON, however many there are. */
#ifndef QF_SERVER_EXPORT_H
#define QF_SERVER_EXPORT_H

#include "daemon/server/jobs.h"

/* What can be exported. */
struct export_kind {
    const struct qf_rec *rec;
    const char *query;       /* of sql/queries/export.sql: account, symbol, from, to */
    const char *total;       /* its number of rows when no filter is given; NULL = not known before */
    enum qf_cmd_id like;     /* the command that shows the same rows page by page: who may not do that may not export them */
    bool by_account, by_symbol, by_time; /* filters that mean something here */
};
extern const struct export_kind export_kinds[QF_export_what_COUNT];

/* Everything the thread needs, in one block. */
struct export;
/* in: checked against the kind's filters by the caller. conninfo has to live as long. */
struct export *export_new(const char *conninfo, const struct qf_export_start *in);
void export_free(void *export);
/* For jobs_work: export is the struct. */
bool export_run(struct jobs_run *run, void *export);

#endif
