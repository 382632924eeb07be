#include "daemon/store/migrate.h"

#include "common/str.h"
#include "daemon/store/db_wait.h"

#define MIGRATIONS_MAX 10000

/* The lock of the migrations: two programs started at once must not both apply. Any constant does. */
static const char lock_text[] = "SELECT pg_advisory_lock(7157001)";
static const char base_text[] = "CREATE SCHEMA IF NOT EXISTS qf;"
                                " CREATE TABLE IF NOT EXISTS qf.schema_migrations (number integer PRIMARY KEY, name "
                                "text NOT NULL, checksum text NOT NULL,"
                                " applied timestamptz NOT NULL DEFAULT now())";
static const char begin_text[] = "BEGIN";
static const char there_text[] = "SELECT to_regclass('qf.schema_migrations') IS NOT NULL";
/* The server computes the checksum: one hash function in two places would be one too many. Text, because bytes are
 * compared. */
static const char compare_text[] = "SELECT m.number, m.name, m.checksum IS NOT DISTINCT FROM "
                                   "encode(sha256(convert_to($2, 'UTF8')), 'hex') AND m.name = $3"
                                   " FROM schema_migrations m WHERE m.number = $1::bigint";
static const char count_text[] = "SELECT count(*) FROM schema_migrations";
static const char last_text[] = "SELECT number, name FROM schema_migrations ORDER BY number DESC LIMIT 1";
static const char insert_text[] = "INSERT INTO schema_migrations (number, name, checksum)"
                                  " VALUES ($1::bigint, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex'))";

struct run {
    struct db_wait *w;
    struct db_error error;
    const struct qf_migration *files;
    int known;
    char *why;
};

static int count_files(const struct qf_migration *files)
{
    int n = 0;
    while (files[n].number != 0) {
        qf_assert(files[n].number == n + 1 && n < MIGRATIONS_MAX);
        n++;
    }
    return n;
}

static enum qf_err from_server(struct run *r, enum qf_err err, const char *what)
{
    if (err != QF_OK)
        qf_str_fmt(r->why, MIGRATE_WHY, "%s: %s", what, r->error.why);
    return err;
}

struct found {
    bool there, same;
    char name[96];
    int64_t number;
};

static void on_compared(void *arg, const struct db_answer *a)
{
    struct found *f = arg;
    if (a->kind != DB_ROWS || db_rows_count(a->rows) == 0)
        return;
    f->there = true;
    f->number = db_rows_i64(a->rows, 0, 0, 0);
    db_rows_text(a->rows, 0, 1, f->name, sizeof f->name);
    f->same = db_rows_columns(a->rows) < 3 || db_rows_i64(a->rows, 0, 2, 0) != 0;
}

/* Every migration of the database must be one of ours, with the text it had then. */
static enum qf_err compare_one(struct run *r, const struct qf_migration *m)
{
    struct found f = { .there = false };
    unsigned char room[8];
    const struct db_param p[] = { db_i64(m->number, room), db_text(m->text), db_text(m->name) };
    enum qf_err err =
        from_server(r, db_wait_query(r->w, compare_text, p, 3, on_compared, &f, &r->error), "reading migrations");
    if (err != QF_OK)
        return err;
    if (!f.there)
        qf_str_fmt(r->why, MIGRATE_WHY, "migration %s is missing in the database", m->name);
    else if (!f.same)
        qf_str_fmt(r->why, MIGRATE_WHY, "migration %s was applied with another text than this program's %s", f.name,
                   m->name);
    return f.there && f.same ? QF_OK : QF_EVERSION;
}

static enum qf_err compare_all(struct run *r, int64_t *ret_there)
{
    struct found last = { .number = 0 };
    int64_t count = 0;
    enum qf_err err =
        from_server(r, db_wait_query(r->w, last_text, NULL, 0, on_compared, &last, &r->error), "reading migrations");
    if (err == QF_OK)
        err = from_server(r, db_wait_i64(r->w, count_text, NULL, 0, 0, &count, &r->error), "reading migrations");
    if (err != QF_OK)
        return err;
    if (last.number > r->known) {
        qf_str_fmt(r->why, MIGRATE_WHY, "the database is newer (%s) than this program (%d migrations)", last.name,
                   r->known);
        return QF_EVERSION;
    }
    for (int64_t i = 0; i < last.number && err == QF_OK; i++)
        err = compare_one(r, &r->files[i]);
    if (err == QF_OK && count != last.number) {
        qf_str_fmt(r->why, MIGRATE_WHY, "the database knows %lld migrations, the last is number %lld", (long long)count,
                   (long long)last.number);
        err = QF_EVERSION;
    }
    *ret_there = last.number;
    return err;
}

/* A COMMIT inside the file would end our transaction and leave half a migration behind a crash. */
static enum qf_err still_inside(struct run *r, const struct qf_migration *m)
{
    if (!db_wait_outside_transaction(r->w))
        return QF_OK;
    qf_str_fmt(r->why, MIGRATE_WHY, "migration %s ends the transaction it runs in", m->name);
    return QF_ESTATE;
}

static enum qf_err apply_inside(struct run *r, const struct qf_migration *m)
{
    unsigned char room[8];
    const struct db_param p[] = { db_i64(m->number, room), db_text(m->name), db_text(m->text) };
    enum qf_err err = from_server(r, db_wait_script(r->w, m->text, &r->error), m->name);
    if (err == QF_OK)
        err = still_inside(r, m);
    if (err == QF_OK)
        err = from_server(r, db_wait_query(r->w, insert_text, p, 3, NULL, NULL, &r->error), m->name);
    return err;
}

static enum qf_err apply_one(struct run *r, const struct qf_migration *m)
{
    struct db_error ignored;
    enum qf_err err = from_server(r, db_wait_script(r->w, begin_text, &r->error), m->name);
    if (err == QF_OK)
        err = apply_inside(r, m);
    if (err == QF_OK)
        return from_server(r, db_wait_script(r->w, "COMMIT", &r->error), m->name);
    if (db_wait_script(r->w, "ROLLBACK", &ignored) != QF_OK)
        return err; /* the connection is gone, and with it the transaction */
    return err;
}

static enum qf_err open_run(struct run *r, const char *conninfo, const struct qf_migration *files,
                            char why[MIGRATE_WHY])
{
    const struct db_conf conf = { .conninfo = conninfo, .name = "qfd migrate", .lock_ms = 60000 };
    *r = (struct run){ .files = files, .known = count_files(files), .why = why };
    why[0] = '\0';
    return from_server(r, db_wait_open(&conf, &r->w, &r->error), "no connection");
}

enum qf_err migrate_run(const char *owner_conninfo, const struct qf_migration *files, struct migrate_report *ret_report,
                        char ret_why[MIGRATE_WHY])
{
    struct run r;
    int64_t there = 0;
    enum qf_err err = open_run(&r, owner_conninfo, files, ret_why);
    *ret_report = (struct migrate_report){ .known = r.known };
    if (err == QF_OK)
        err = from_server(&r, db_wait_query(r.w, lock_text, NULL, 0, NULL, NULL, &r.error), "waiting for the lock");
    if (err == QF_OK)
        err = from_server(&r, db_wait_script(r.w, base_text, &r.error), "making schema_migrations");
    if (err == QF_OK)
        err = compare_all(&r, &there);
    ret_report->there = (int)there;
    for (int64_t i = there; i < r.known && err == QF_OK; i++) {
        err = apply_one(&r, &files[i]);
        ret_report->applied += err == QF_OK ? 1 : 0;
    }
    db_wait_close(r.w);
    return err;
}

enum qf_err migrate_check(const char *conninfo, const struct qf_migration *files, char ret_why[MIGRATE_WHY])
{
    struct run r;
    int64_t there = 0, exists = 0;
    enum qf_err err = open_run(&r, conninfo, files, ret_why);
    if (err == QF_OK)
        err = from_server(&r, db_wait_i64(r.w, there_text, NULL, 0, 0, &exists, &r.error), "reading migrations");
    if (err == QF_OK && exists != 0)
        err = compare_all(&r, &there);
    if (err == QF_OK && there < r.known) {
        qf_str_fmt(ret_why, MIGRATE_WHY, "the database has %lld of %d migrations: run qfd migrate", (long long)there,
                   r.known);
        err = QF_EVERSION;
    }
    db_wait_close(r.w);
    return err;
}
