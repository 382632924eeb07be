/* Topics: whole rows by key to whoever subscribed. A topic keeps the newest encoded row of each key with the sequence
 * number that brought it; so a new reader gets all rows in one update, a reader that fell behind one line with the
 * newest row of each key that changed meanwhile, and everybody else one shared line.
 *
 * Some topics are streams (executions, audit, events, equity; of system the newest row): they keep their newest
 * TOPIC_STREAM rows only, and a reader that missed more gets those with from = 0. Of orders that have ended the newest
 * TOPIC_ENDED stay, older ones are sent as deleted. */
#ifndef QF_SERVER_TOPIC_H
#define QF_SERVER_TOPIC_H

#include "daemon/server/conn.h"

#define TOPIC_STREAM 256
#define TOPIC_ENDED 100
#define TOPIC_BEHIND_NS 30000000000LL /* a reader that could not be sent anything for so long is dropped */

struct topics;
struct topics *topics_new(struct conn_table *conns);
/* After its connections. */
void topics_free(struct topics *t);
/* Another patience than TOPIC_BEHIND_NS, for tests. */
void topics_patience(struct topics *t, int64_t ns);

/* A row is new or has changed: joins the topic's next update. The row is encoded now. Equal bytes are not sent again.
 */
void topic_row(struct topics *t, enum qf_topic_id id, const void *row);
/* A row is gone. key: a record with its KEY fields. */
void topic_delete(struct topics *t, enum qf_topic_id id, const void *key);
/* Sends what has gathered in all topics: one line a topic, encoded once (several when there is more than 1 MiB). Call
 * it at least once a second, also with nothing new: it drops readers that could not be sent anything for 30 s. */
void topics_flush(struct topics *t);
/* Forget everything (after the desk was loaded anew): the next update has from = 0 and holds all rows. */
void topic_clear(struct topics *t, enum qf_topic_id id);

/* QF_EEXIST, QF_EFULL (QF_MAX_SUBSCRIPTIONS). The first update (from 0) follows at once behind the answer: call
 * topic_start after it has been queued. *ret_seq = its seq. */
enum qf_err topic_subscribe(struct topics *t, enum qf_topic_id id, struct conn *c, uint64_t *ret_seq) QF_MUST_CHECK;
void topic_start(struct topics *t, enum qf_topic_id id, struct conn *c);
enum qf_err topic_unsubscribe(struct topics *t, enum qf_topic_id id, struct conn *c) QF_MUST_CHECK;
/* The connection is gone: its subscriptions end. */
void topic_leave(struct topics *t, struct conn *c);
/* Who sits on it has changed: subscriptions it may not have any more end, each with a `topic.dropped`. */
void topic_recheck(struct topics *t, struct conn *c, bool signed_in, int role);
/* Its queue is short again: what it missed is sent. */
void topic_drained(struct topics *t, struct conn *c);
bool topic_wanted(const struct topics *t, enum qf_topic_id id); /* has it any reader? */
uint64_t topics_pushed(const struct topics *t);  /* updates sent, ever */
uint64_t topics_dropped(const struct topics *t); /* subscriptions ended because their reader did not keep up, ever */
/* Rows a topic keeps now. */
uint32_t topic_rows(const struct topics *t, enum qf_topic_id id);

#endif
