/* How long things take: counts by size in slots of 15 s over the last ten minutes. Pure memory. */
#ifndef QF_SERVER_LATENCY_H
#define QF_SERVER_LATENCY_H

#include "daemon/server/sampler.h"

#define LATENCY_SIZES 208 /* eight steps for each doubling: a percentile is at most 1/8 too high; up to 2^28 us */

struct latency_slot {
    qf_time at; /* begin of its 15 s; another one: nothing of now */
    uint32_t count[LATENCY_SIZES];
    uint32_t le[6]; /* as in the record: 0.5, 1, 2, 4, 8 ms, more */
    int64_t max;
};

struct latency {
    struct latency_slot slot[SAMPLER_SLOTS];
};

void latency_add(struct latency *l, int64_t us, qf_time wall);

struct latency_sum {
    int64_t p50, p99, max; /* us; 0 when there was nothing */
};
/* Over the last `slots` slots, the running one included. */
void latency_sum(const struct latency *l, qf_time wall, int slots, struct latency_sum *ret);
/* All slots that end with the running one, oldest first: SAMPLER_SLOTS rows. */
void latency_rows(const struct latency *l, qf_time wall, struct qf_latency_slot *out);

#endif
