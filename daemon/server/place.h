/* Where a desk lives: its folders and its database, brought up in order before anything is served. */
#ifndef QF_SERVER_PLACE_H
#define QF_SERVER_PLACE_H

#include "common/loop.h"
#include "daemon/server/conf.h"

#define PLACE_WHY 400

struct place;

/* Folders, then the private cluster (started, or adopted when it runs) unless conf names a server, then the migrations. Blocks.
 * false: why is one line; nothing is left open. */
bool place_open(const struct conf *conf, struct place **ret, char why[PLACE_WHY]);
/* Without the migrations: for looking at what is there. */
bool place_open_as_is(const struct conf *conf, struct place **ret, char why[PLACE_WHY]);
bool place_migrate(const struct conf *conf, struct place *p, char why[PLACE_WHY]);
/* From now on a server that dies is started again; said is called with a line for the log. */
void place_watch(struct place *p, struct qf_loop *loop, void (*said)(void *arg, const char *line), void *arg);
/* Connection string of the daemon's own role; lives as long as p. */
const char *place_conninfo(const struct place *p);
/* stop: also a server that ran before us. Otherwise only one that we have started. */
void place_close(struct place *p, bool stop);

#endif
