#include "daemon/server/latency.h"

#include <string.h>

/* Below 8 each value has its own count; above, the three bits behind the leading one choose among eight. */
static uint32_t size_of(int64_t us)
{
    if (us < 8)
        return us < 0 ? 0 : (uint32_t)us;
    int e = 63 - __builtin_clzll((unsigned long long)us);
    uint32_t i = (uint32_t)(e - 2) * 8 + (uint32_t)(us >> (e - 3) & 7);
    return i < LATENCY_SIZES ? i : LATENCY_SIZES - 1;
}

/* The largest value counted there. */
static int64_t most_of(uint32_t size)
{
    if (size < 8)
        return size;
    return ((8 + (int64_t)(size % 8) + 1) << (size / 8 - 1)) - 1;
}

static qf_time slot_begin(qf_time wall)
{
    return wall - wall % SAMPLER_SLOT_US;
}

static size_t slot_index(qf_time begin)
{
    return (size_t)(begin / SAMPLER_SLOT_US) % SAMPLER_SLOTS;
}

void latency_add(struct latency *l, int64_t us, qf_time wall)
{
    qf_time begin = slot_begin(wall);
    struct latency_slot *s = &l->slot[slot_index(begin)];
    if (s->at != begin) {
        memset(s, 0, sizeof *s);
        s->at = begin;
    }
    int le = 0;
    while (le < 5 && us > 500LL << le)
        le++;
    s->le[le]++;
    s->count[size_of(us)]++;
    if (us > s->max)
        s->max = us;
}

/* The slot `back` before the running one; NULL when nothing was counted in it. */
static const struct latency_slot *slot_at(const struct latency *l, qf_time wall, int back)
{
    qf_time begin = slot_begin(wall) - back * SAMPLER_SLOT_US;
    const struct latency_slot *s = &l->slot[slot_index(begin)];
    return s->at == begin ? s : NULL;
}

static int64_t percentile(const uint64_t *count, uint64_t total, uint64_t per_cent, int64_t max)
{
    uint64_t rank = (total * per_cent + 99) / 100, seen = 0;
    for (uint32_t i = 0; i < LATENCY_SIZES; i++) {
        seen += count[i];
        if (seen >= rank && seen > 0)
            return most_of(i) < max ? most_of(i) : max;
    }
    return max;
}

void latency_sum(const struct latency *l, qf_time wall, int slots, struct latency_sum *ret)
{
    uint64_t count[LATENCY_SIZES] = { 0 }, total = 0;
    *ret = (struct latency_sum){ 0 };
    for (int back = 0; back < slots; back++) {
        const struct latency_slot *s = slot_at(l, wall, back);
        for (uint32_t i = 0; s && i < LATENCY_SIZES; i++) {
            count[i] += s->count[i];
            total += s->count[i];
        }
        if (s && s->max > ret->max)
            ret->max = s->max;
    }
    if (total > 0) {
        ret->p50 = percentile(count, total, 50, ret->max);
        ret->p99 = percentile(count, total, 99, ret->max);
    }
}

void latency_rows(const struct latency *l, qf_time wall, struct qf_latency_slot *out)
{
    for (int i = 0; i < SAMPLER_SLOTS; i++) {
        int back = SAMPLER_SLOTS - 1 - i;
        const struct latency_slot *s = slot_at(l, wall, back);
        struct qf_latency_slot *o = &out[i];
        *o = (struct qf_latency_slot){ .at = slot_begin(wall) - back * SAMPLER_SLOT_US };
        if (s) {
            o->le_500us = s->le[0];
            o->le_1ms = s->le[1];
            o->le_2ms = s->le[2];
            o->le_4ms = s->le[3];
            o->le_8ms = s->le[4];
            o->more = s->le[5];
            o->max_us = s->max;
        }
        qf_rec_fill(&qf_rec_latency_slot, o);
    }
}
