/* The database's side of the daemon: reading the desk at the start and after each reconnect, settling what was in doubt, and the
 * small work of every minute. */
#ifndef QF_SERVER_RELOAD_H
#define QF_SERVER_RELOAD_H

#include "daemon/server/sampler.h"
#include "daemon/server/server.h"

struct reload;
/* conninfo: of the daemon's role; kept by pointer. */
struct reload *reload_new(struct server *s, const char *conninfo);
void reload_free(struct reload *r);

/* The lane is connected: a second desk is filled in slices; then what is in doubt is settled, the desks change places, open orders
 * are offered again. */
void reload_begin(struct server *s, int64_t epoch);
/* The connection is lost: what was read so far is thrown away. */
void reload_abandon(struct server *s);

/* What the database says of itself. */
void reload_sample(struct server *s, struct sampler_in *in);
/* Answered requests of more than 72 h ago, and partitions for the bars to come. */
void reload_prune(struct server *s, qf_time wall);

#endif
