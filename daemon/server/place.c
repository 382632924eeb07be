#include "daemon/server/place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/str.h"
#include "daemon/store/cluster.h"
#include "daemon/store/migrate.h"

struct place {
    struct cluster *cluster; /* NULL: an outside server */
    char *conninfo, *owner;
};

/* A folder and those above it. The state folder is entered by the database's own user when we are root, never read by him. */
static bool make_folder(const char *path, mode_t mode)
{
    char part[256];
    struct stat st;
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/'))
        if (!qf_str_copyn(part, sizeof part, path, (size_t)(slash - path)) || (mkdir(part, 0755) != 0 && errno != EEXIST))
            return false;
    if (mkdir(path, mode) == 0)
        return chmod(path, mode) == 0;
    return errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool make_folders(const struct conf *conf, char why[PLACE_WHY])
{
    const char *bad = NULL;
    if (!make_folder(conf->state_dir, geteuid() == 0 ? 0711 : 0700))
        bad = conf->state_dir;
    else if (!make_folder(conf->runtime_dir, 0755))
        bad = conf->runtime_dir;
    if (bad)
        qf_str_fmt(why, PLACE_WHY, "cannot make the folder %s: %s", bad, strerror(errno));
    return !bad;
}

static bool start_cluster(const struct conf *conf, struct place *p, char why[PLACE_WHY])
{
    char dir[256], socket_dir[160], said[CLUSTER_WHY];
    qf_str_fmt(dir, sizeof dir, "%s/pg", conf->state_dir);
    qf_str_fmt(socket_dir, sizeof socket_dir, "%s/pg", conf->runtime_dir);
    const struct cluster_conf cluster = { .dir = dir, .socket_dir = socket_dir, .bin_dir = conf->pg_bindir, .user = conf->cluster_user };
    if (cluster_start(&cluster, &p->cluster, said) != QF_OK) {
        qf_str_fmt(why, PLACE_WHY, "the private PostgreSQL does not start: %s", said);
        return false;
    }
    p->conninfo = qf_xstrdup(cluster_conninfo(p->cluster, CLUSTER_DAEMON));
    p->owner = qf_xstrdup(cluster_conninfo(p->cluster, CLUSTER_OWNER));
    return true;
}

bool place_open_as_is(const struct conf *conf, struct place **ret, char why[PLACE_WHY])
{
    struct place *p = qf_xalloc(sizeof *p);
    bool ok = make_folders(conf, why);
    if (ok && *conf->conninfo) {
        p->conninfo = qf_xstrdup(conf->conninfo);
        p->owner = qf_xstrdup(*conf->owner_conninfo ? conf->owner_conninfo : conf->conninfo);
    } else if (ok) {
        ok = start_cluster(conf, p, why);
    }
    if (ok)
        *ret = p;
    else
        place_close(p, false);
    return ok;
}

bool place_migrate(const struct conf *conf, struct place *p, char why[PLACE_WHY])
{
    struct migrate_report report;
    char said[MIGRATE_WHY];
    /* An outside server may have been migrated by somebody with more rights than ours: then only look. */
    bool own = p->cluster || *conf->owner_conninfo;
    enum qf_err err = own ? migrate_run(p->owner, qf_migrations, &report, said) : migrate_check(p->conninfo, qf_migrations, said);
    if (err != QF_OK)
        qf_str_fmt(why, PLACE_WHY, "the schema: %s", said);
    return err == QF_OK;
}

bool place_open(const struct conf *conf, struct place **ret, char why[PLACE_WHY])
{
    struct place *p;
    if (!place_open_as_is(conf, &p, why))
        return false;
    if (place_migrate(conf, p, why)) {
        *ret = p;
        return true;
    }
    place_close(p, false);
    return false;
}

void place_watch(struct place *p, struct qf_loop *loop, void (*said)(void *arg, const char *line), void *arg)
{
    if (p->cluster)
        cluster_watch(p->cluster, loop, said, arg);
}

const char *place_conninfo(const struct place *p)
{
    return p->conninfo;
}

void place_close(struct place *p, bool stop)
{
    if (!p)
        return;
    if (p->cluster && (stop || !cluster_adopted(p->cluster)))
        cluster_stop(p->cluster);
    else if (p->cluster)
        cluster_leave(p->cluster);
    free(p->conninfo);
    free(p->owner);
    free(p);
}
