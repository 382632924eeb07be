#include "daemon/store/cluster_roles.h"

#include "common/str.h"
#include "daemon/store/db_wait.h"

static const char roles_text[] = "DO $$ BEGIN"
                                 " IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '" CLUSTER_OWNER
                                 "') THEN CREATE ROLE " CLUSTER_OWNER " LOGIN; END IF;"
                                 " IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '" CLUSTER_DAEMON
                                 "') THEN CREATE ROLE " CLUSTER_DAEMON " LOGIN; END IF;"
                                 " END $$;"
                                 /* the system screen shows locks, sizes and write-ahead log of the whole server */
                                 " GRANT pg_monitor TO " CLUSTER_DAEMON;

static const char find_text[] = "SELECT count(*) FROM pg_database WHERE datname = '" CLUSTER_DATABASE "'";

/* Collation C: texts compare by their bytes, which is what the daemon does too, and twice as fast. */
static const char create_text[] = "CREATE DATABASE " CLUSTER_DATABASE " OWNER " CLUSTER_OWNER
                                  " ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8' TEMPLATE template0";

static const char rights_text[] = "REVOKE ALL ON DATABASE " CLUSTER_DATABASE " FROM PUBLIC;"
                                  " GRANT CONNECT ON DATABASE " CLUSTER_DATABASE " TO " CLUSTER_DAEMON ";"
                                  " ALTER DATABASE " CLUSTER_DATABASE " SET search_path = qf";

static enum qf_err run(struct db_wait *w, struct db_error *error)
{
    int64_t there = 0;
    enum qf_err err = db_wait_script(w, roles_text, error);
    if (err == QF_OK)
        err = db_wait_i64(w, find_text, NULL, 0, 0, &there, error);
    if (err == QF_OK && there == 0)
        err = db_wait_script(w, create_text, error);
    return err == QF_OK ? db_wait_script(w, rights_text, error) : err;
}

enum qf_err cluster_make_roles(const char *admin_conninfo, char ret_why[CLUSTER_WHY])
{
    const struct db_conf conf = { .conninfo = admin_conninfo, .name = "qfd setup", .statement_ms = 60000 };
    struct db_wait *w = NULL;
    struct db_error error = { .why = "" };
    enum qf_err err = db_wait_open(&conf, &w, &error);
    if (err == QF_OK)
        err = run(w, &error);
    if (err != QF_OK)
        qf_str_fmt(ret_why, CLUSTER_WHY, "roles and database: %s", error.why);
    db_wait_close(w);
    return err;
}
