/* Shared by breaker.c (rows, trips), breaker_see.c (figures) and breaker_show.c (what readers get). */
#ifndef QF_CORE_BREAKER_IN_H
#define QF_CORE_BREAKER_IN_H

#include "daemon/core/breaker.h"
#include "daemon/core/core.h"

#define WATCH_RING 65536U /* newest events of a kind: the highest level of a count */

/* Wall times of the newest events. Exact for any window: the n-th newest is looked at, so asking costs the same for any level. */
struct ring {
    uint64_t count; /* ever; the newest is at count - 1 */
    qf_time at[WATCH_RING];
};

struct watch {
    uint32_t trips_n;
    bool hit;
    uint64_t sums_version;            /* of the desk the sums below are of */
    struct breaker_trip trips[QF_MAX_BREAKERS]; /* tripped, and not re-armed since */
    struct ring rejects, messages;
    qf_money day_pnl[DESK_MAX_GROUPS]; /* of strategies, by group; at the end: not carried over to another desk */
};

/* Did n events come within the window that ends now? */
bool ring_reached(const struct ring *r, int64_t n, qf_time wall, qf_time window);
int64_t ring_within(const struct ring *r, qf_time wall, qf_time window);

/* The row its level, window and action are read from: itself, or '*'; NULL: that row is gone. */
const struct qf_breaker *breaker_setting(const struct desk *d, const struct qf_breaker *b);
/* Does this row watch the strategy: by name, or as '*' for one without a row of its own, or whose row follows it? */
bool breaker_covers(const struct desk *d, const struct qf_breaker *b, const char *strategy);
static inline bool breaker_is_star(const struct qf_breaker *b)
{
    return strcmp(b->name, "*") == 0;
}
/* Its trip in kept memory, NULL when there is none; the row as that trip leaves it. */
struct breaker_trip *breaker_trip_of(const struct desk *d, enum qf_breaker_code code, const char *strategy);
void breaker_put_trip(struct qf_breaker *row, const struct breaker_trip *t);
/* The figure of the row's kind. */
void breaker_see(const struct desk *d, const struct breaker_world *w, const struct qf_breaker *b, uint32_t strategy,
                 struct breaker_sight *ret);
bool breaker_latched(const struct desk *d, enum qf_breaker_code code, const char *strategy);

#endif
