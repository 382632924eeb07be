/* The first start of a desk: what a simulated market begins with. */
#ifndef QF_SERVER_START_H
#define QF_SERVER_START_H

#include "daemon/server/server.h"

/* Adds an instrument through the door. */
bool start_instrument(struct server *s, const struct qf_instrument *row);
/* Puts the first contents into an empty desk with a simulated feed: instruments, an account with money for the first trader, limits. */
void start_seed(struct server *s);
/* A desk with a simulated feed whose first trader was added only now: his account. Looked at once a second. */
void start_late_account(struct server *s);
/* The past of the simulated market, as bars; done(arg) when they are written (or there is nothing to write). */
void start_history(struct server *s, void (*done)(void *arg), void *arg);

#endif
