/* Breakers at work: what the desk cannot see by itself is put before it, and what trips goes through the door of the system user
 * "breaker": the state is raised as a stop raises it (memory, journal, cancels; the database when it can), the breaker's row follows,
 * and an event and an incident are written. */
#ifndef QF_SERVER_BREAKERS_H
#define QF_SERVER_BREAKERS_H

#include "daemon/core/breaker.h"
#include "daemon/server/server.h"

struct batch;
struct breakers;
struct breakers *breakers_new(void);
void breakers_free(struct breakers *b);

/* The world now; it points into the server and is good until the next turn of the loop. */
void breakers_world(struct server *s, struct breaker_world *ret);
/* Ten times a second. */
void breakers_tick(struct server *s, qf_time wall);
/* After each command: something that is counted may have reached its level. */
void breakers_event(struct server *s);
/* Once a second: every row with what it sees. */
void breakers_push(struct server *s);
/* The desk was loaded (anew): the topic begins from its rows. */
void breakers_show(struct server *s);
/* Rows of a batch that is being sealed. */
void breakers_sealed(struct server *s, const struct batch *b);
/* After the first load: a state that a breaker raised may be known, by the journal or the database, of which the breaker's own row was not
 * written any more. Then it has tripped. */
void breakers_recover(struct server *s);
/* The same for a trip that stands in the journal: told before breakers_recover, while the journal is read. */
void breakers_journaled(struct server *s, const struct qf_breaker *row);

#endif
