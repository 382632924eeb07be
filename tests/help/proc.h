/* A desk of its own for a test: a temporary folder, a configuration, a real qfd with its private PostgreSQL. */
#ifndef QF_TEST_PROC_H
#define QF_TEST_PROC_H

#include <sys/types.h>

#include "common/base.h"

struct proc {
    char dir[96];       /* short: socket paths have to fit */
    char conf[128];
    char socket[128];
    char program[512];  /* qfd: $QFD, else ./qfd */
    pid_t pid;          /* 0 = not running */
};

/* Makes the folder and the configuration. more: further lines for the file (feeds, settings). */
void proc_make(struct proc *p, const char *more);
/* Adds a setting to [desk], before the first start. */
void proc_set(struct proc *p, const char *key, const char *value);
/* Runs `qfd adduser` for the test's own uid. Before the first start. */
bool proc_adduser(struct proc *p, const char *name, const char *role, long uid);
/* The same with a password instead of a uid; also while qfd runs. */
bool proc_adduser_password(struct proc *p, const char *name, const char *role, const char *password);
/* Starts qfd and waits until the socket answers. false: it ended, or did not within 60 s; its log is printed. */
bool proc_start(struct proc *p);
/* kill(2) and wait until it is gone. */
void proc_signal(struct proc *p, int signo);
void proc_stop(struct proc *p);
/* Process id of the private PostgreSQL's postmaster, 0 = none. */
pid_t proc_postmaster(const struct proc *p);
/* Every backend and helper of that postmaster gets the signal, itself too. */
void proc_signal_postgres(const struct proc *p, int signo);
/* Runs `qfd verify`; its exit status. */
int proc_verify(struct proc *p);
/* Ends everything that is left and removes the folder ($QF_KEEP keeps it and prints where). */
void proc_free(struct proc *p);

#endif
