/* Passwords: Argon2id strings, and the rule a new one has to keep. Hashing and verifying take a tenth of a second and
 * tens of MiB: on a worker's thread only. */
#ifndef QF_SERVER_PASSWD_H
#define QF_SERVER_PASSWD_H

#include "common/base.h"

#define PASSWD_STRING 129 /* bytes of an Argon2id string with its NUL */
#define PASSWD_LEAST 15   /* characters without a second factor */

struct passwd_cost {
    int64_t ops;     /* passes */
    int64_t mem_kib;
};

/* Before anything else of this file, token.h or throttle.h, and before threads are made. */
enum qf_err passwd_init(void) QF_MUST_CHECK;
/* QF_ENOMEM when the memory asked for cannot be had. */
enum qf_err passwd_hash(const char *password, const struct passwd_cost *cost, char out[PASSWD_STRING]) QF_MUST_CHECK;
/* A string of this cost that belongs to no password: verifying against it takes what verifying a real one takes. */
void passwd_nobodys(const struct passwd_cost *cost, char out[PASSWD_STRING]);
/* Constant time in the comparison; false also when stored is no Argon2id string or there is no memory. */
bool passwd_verify(const char *stored, const char *password);
/* Was it made at another cost? */
bool passwd_outdated(const char *stored, const struct passwd_cost *cost);
/* NULL when it will do, else the rule it breaks, as a sentence. */
const char *passwd_rule(const char *user, const char *password);
/* Overwrites a password that is not needed any more; not optimised away. */
void passwd_wipe(void *p, size_t n);

#endif
