/* Topics from the rows of batches and from the desk. */
#ifndef QF_SERVER_PUBLISH_H
#define QF_SERVER_PUBLISH_H

#include "daemon/server/commit.h"
#include "daemon/server/server.h"

/* A batch is sealed: rows whose pushed form needs the desk (a position's value) are made now, when the desk is as it leaves it. */
void publish_sealed(struct server *s, const struct batch *b);
/* Before the answers of a durable batch: sessions and answered requests. */
void publish_settled(struct server *s, const struct batch *b);
/* A batch is durable: its rows go to their topics. */
void publish_rows(struct server *s, const struct batch *b);
void publish_pushes(struct server *s, const struct push *first);
/* The desk was loaded (anew): every topic that shows its rows begins from them. */
void publish_all(struct server *s);

#endif
