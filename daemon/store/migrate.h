/* The schema, step by step: the embedded migrations, each in one transaction, under an advisory lock, remembered with a
 * checksum in qf.schema_migrations. A schema this program does not know is left alone. */
#ifndef QF_STORE_MIGRATE_H
#define QF_STORE_MIGRATE_H

#include "common/base.h"
#include "daemon/store/embedded.h"

#define MIGRATE_WHY 320

struct migrate_report {
    int known;   /* migrations this program has */
    int there;   /* of them in the database before */
    int applied; /* now */
};

/* Brings the database up to the last of `files` (qf_migrations; ends with number 0) as its owner. Waits; up to 60 s for
 * the lock. QF_EVERSION: the database has a migration that is not among them, or one of another text; nothing was
 * changed. QF_ESTATE: a migration failed and left nothing behind, those before it stay. QF_ECLOSED: no connection.
 * ret_why is one line, ret_report tells how far it came. */
enum qf_err migrate_run(const char *owner_conninfo, const struct qf_migration *files, struct migrate_report *ret_report,
                        char ret_why[MIGRATE_WHY]) QF_MUST_CHECK;

/* Is the database exactly at the last of `files`? Any role that may read the schema. QF_EVERSION when not; else as
 * above. */
enum qf_err migrate_check(const char *conninfo, const struct qf_migration *files,
                          char ret_why[MIGRATE_WHY]) QF_MUST_CHECK;

#endif
