/* Files of the private cluster: its folders, its settings, and what postmaster.pid says. */
#ifndef QF_STORE_CLUSTER_FILES_H
#define QF_STORE_CLUSTER_FILES_H

#include "daemon/store/proc.h"

#define CLUSTER_PATH 512

struct cluster_paths {
    char dir[CLUSTER_PATH], data[CLUSTER_PATH], fresh[CLUSTER_PATH], run[CLUSTER_PATH], log[CLUSTER_PATH];
    char start_log[CLUSTER_PATH]; /* what the server says before its own log begins */
    char bin[CLUSTER_PATH];
    struct proc_user user;
    char daemon_user[33]; /* operating system's user of this process */
};

/* QF_ERANGE when a path is too long. */
enum qf_err cluster_paths(const char *dir, const char *socket_dir, const char *bin, struct cluster_paths *ret,
                          char why[PROC_WHY]);
/* The folders, owned by the cluster's user. */
enum qf_err cluster_make_folders(const struct cluster_paths *p, char why[PROC_WHY]) QF_MUST_CHECK;
bool cluster_exists(const struct cluster_paths *p);
/* A half-made cluster of an earlier try is taken away. */
enum qf_err cluster_clear_fresh(const struct cluster_paths *p, char why[PROC_WHY]) QF_MUST_CHECK;
/* Settings, pg_hba.conf and pg_ident.conf, written whole into the folder `data` (fresh or not). */
enum qf_err cluster_write_settings(const struct cluster_paths *p, const char *data, char why[PROC_WHY]) QF_MUST_CHECK;
/* The fresh cluster becomes the cluster. */
enum qf_err cluster_take_fresh(const struct cluster_paths *p, char why[PROC_WHY]) QF_MUST_CHECK;

struct cluster_pid_file {
    int pid;
    char socket_dir[CLUSTER_PATH];
    bool ready;
};
/* QF_ENOENT: no file, or one without a pid. */
enum qf_err cluster_read_pid(const struct cluster_paths *p, struct cluster_pid_file *ret) QF_MUST_CHECK;
/* Is the process `pid` a live server of this very cluster? Zombies are not, nor is another process that got the number.
 */
bool cluster_is_server(const struct cluster_paths *p, int pid);
/* Takes away a dead server's postmaster.pid and socket lock: a zombie or another process with its number would pass for
 * it. */
enum qf_err cluster_drop_pid(const struct cluster_paths *p, char why[PROC_WHY]) QF_MUST_CHECK;
/* The last fatal line of the server's log of today, else what it said before its log began; "" when it said nothing. */
void cluster_last_words(const struct cluster_paths *p, char *out, size_t cap);

#endif
