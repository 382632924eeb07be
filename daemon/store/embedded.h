/* The SQL that is built into the daemon: sql/migrations/NNNN_name.sql as they are, and the statements of
 * sql/queries/MODULE.sql, each behind its line "-- name: WORD". The data is made at build time by sql/embed. */
#ifndef QF_STORE_EMBEDDED_H
#define QF_STORE_EMBEDDED_H

#include <stddef.h>

struct qf_migration {
    int number;       /* 1, 2, ... without a hole; 0 ends the list */
    const char *name; /* "0001_desk" */
    const char *text; /* the whole file */
};
struct qf_query {
    const char *name; /* unique over all files; NULL ends the list */
    const char *text; /* without the name line */
};

extern const struct qf_migration qf_migrations[];
extern const struct qf_query qf_queries[];

#endif
