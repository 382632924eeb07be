/* Child processes that run with another user's rights: PostgreSQL refuses to run as root. */
#ifndef QF_STORE_PROC_H
#define QF_STORE_PROC_H

#include <sys/types.h>

#include "common/base.h"

#define PROC_WHY 256
#define PROC_GROUPS 64

struct proc_user {
    char name[33];
    uid_t uid;
    gid_t gid;
    gid_t groups[PROC_GROUPS];
    int group_count;
    bool drop; /* we are root and have to become this user */
};

/* Whom children run as: `name` when we are root, else ourselves. QF_ENOENT: there is no such user, or it is root. */
enum qf_err proc_user_find(const char *name, struct proc_user *ret) QF_MUST_CHECK;

/* Starts argv[0] (a path) as that user in a session of its own: working folder cwd, standard input empty, output
 * appended to log_path, no other descriptor, a clean environment. Returns its pid, or -1 (errno). The caller waits for
 * it. */
pid_t proc_spawn(const struct proc_user *u, const char *cwd, const char *log_path, char *const argv[]) QF_MUST_CHECK;
/* Waits for a child. 0 when it ended with status 0, else its exit status, or 128 + signal. */
int proc_wait(pid_t pid);

/* Runs fn in a child process with the user's rights and waits. What fn writes into why comes back in ret_why. For file
 * work at start, before there are threads: a folder the user owns may hold links root must not follow. */
typedef enum qf_err (*proc_fn)(void *arg, char why[PROC_WHY]);
enum qf_err proc_call(const struct proc_user *u, proc_fn fn, void *arg, char ret_why[PROC_WHY]) QF_MUST_CHECK;

#endif
