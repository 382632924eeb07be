/* The root of trust: who owns the state folder can add a user, or give one a password or an operating system's user.
 *
 * The writing goes through the door like everything else, so that there is a row in the audit trail and one chain. When the daemon runs,
 * the request is left in the state folder (adduser.request, 0600, its owner the folder's or root) and taken from there within half a
 * second; the answer comes back as adduser.answer. When no daemon runs, the program is the daemon for that one command. */
#ifndef QF_SERVER_ADDUSER_H
#define QF_SERVER_ADDUSER_H

#include "daemon/server/server.h"

struct adduser {
    char name[33];
    int role;
    bool has_uid, has_password;
    int64_t uid;
    char password[129];  /* Argon2id string */
};

/* Leaves the request and waits for its answer. true: done. why: one sentence in any case. */
bool adduser_leave(const struct conf *conf, const struct adduser *in, char *why, size_t why_cap);
/* In the daemon: looks whether there is one, twice a second. */
void adduser_look(struct server *s);
/* At once, through the door; done(arg, ok, why) when it is durable. */
void adduser_do(struct server *s, const struct adduser *in, void (*done)(void *arg, bool ok, const char *why), void *arg);

#endif
