/* The console's own copy of the topics' rows. Screens read from here and from nowhere else, so a draw never waits. */
#ifndef QF_TUI_CACHE_H
#define QF_TUI_CACHE_H

#include "tui/link.h"

struct tui_cache;

/* Told of every row as it is taken: before (NULL when it is new) and now (NULL when it was deleted). initial: it came
 * with the first rows of a subscription, so it is not news. */
typedef void (*tui_cache_fn)(void *arg, enum qf_topic_id topic, const void *before, const void *now, bool initial);

struct tui_cache *tui_cache_new(void);
void tui_cache_free(struct tui_cache *c);
void tui_cache_watch(struct tui_cache *c, tui_cache_fn fn, void *arg);

/* Takes a push that came at `now`. from = 0 replaces all rows; from = the last seq adds to them. False: it is neither,
 * rows are missing; nothing was taken and the topic has to be fetched again. */
bool tui_cache_push(struct tui_cache *c, const struct tui_push *push, qf_time now) QF_MUST_CHECK;
/* The topic is not followed any more: its rows are gone and it is loading again. */
void tui_cache_drop(struct tui_cache *c, enum qf_topic_id topic);

/* Rows in no order that means anything. *ret is valid until the next push of the topic. */
size_t tui_cache_rows(const struct tui_cache *c, enum qf_topic_id topic, const void *const **ret);
/* The row with the KEY fields of `key` (a record of the topic), or NULL. */
const void *tui_cache_find(const struct tui_cache *c, enum qf_topic_id topic, const void *key);
/* Its only row, for topics that have one; NULL when there is none. */
const void *tui_cache_one(const struct tui_cache *c, enum qf_topic_id topic);

bool tui_cache_loaded(const struct tui_cache *c, enum qf_topic_id topic);
qf_time tui_cache_got(const struct tui_cache *c, enum qf_topic_id topic); /* wall time of the last push; 0 = none yet */
uint64_t tui_cache_version(const struct tui_cache *c, enum qf_topic_id topic); /* another one after every push */
uint64_t tui_cache_changes(const struct tui_cache *c);                         /* the same over all topics */

/* The rows screens ask for most. NULL when not there. */
const struct qf_desk_status *tui_cache_desk(const struct tui_cache *c);
const struct qf_quote *tui_cache_quote(const struct tui_cache *c, const char *symbol);

/* Is the order still at work? */
bool tui_order_open(const struct qf_order *o);

/* A copy of a record with its texts and lists, as one piece of memory for free(). */
void *tui_record_copy(const struct qf_rec *rec, const void *o);

#endif
