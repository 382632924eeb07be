/* Figures of the machine, of qfd and of the database once a second, their last hour, and how long commands take. */
#ifndef QF_SERVER_SAMPLER_H
#define QF_SERVER_SAMPLER_H

#include "common/loop.h"
#include "common/proto/proto.h"

struct sampler;

#define SAMPLER_HISTORY 120            /* samples kept */
#define SAMPLER_EVERY_US (30 * QF_SEC) /* one of them each */
#define SAMPLER_SLOT_US (15 * QF_SEC)
#define SAMPLER_SLOTS 40

/* What the server hands in. Totals count since its start; rates are made from their differences. */
struct sampler_in {
    uint64_t requests, pushes;
    int64_t commands;           /* made durable, ever */
    int64_t connections, push_queue, bar_queue;
    enum qf_db_state db;
    int64_t db_epoch, db_size, db_connections, db_locks_waiting;
    int64_t db_wal_bytes;       /* written, ever; 0 = not known */
    const char *db_version;
};

/* state_dir: whose disk is looked at. loop: a timer on it measures its pauses; NULL = not measured. wall: now, for
 * uptime. */
struct sampler *sampler_new(struct qf_loop *loop, const char *state_dir, qf_time wall);
void sampler_free(struct sampler *s);
/* Takes a sample; once a second. Reads a few files of /proc: some 100 us. */
void sampler_take(struct sampler *s, qf_time wall, const struct sampler_in *in);
/* The newest one; zero before the first. */
const struct qf_sample *sampler_now(const struct sampler *s);
/* The last hour, oldest first, the newest behind them. out: SAMPLER_HISTORY entries. Returns how many. */
uint32_t sampler_history(const struct sampler *s, struct qf_sample *out);

/* A command was answered (durable, when it was a write) us after its line was read. */
void sampler_record(struct sampler *s, enum qf_cmd_id cmd, int64_t us, qf_time wall);
/* A batch of so many commands became durable us after it was sent. */
void sampler_commit(struct sampler *s, int64_t us, uint32_t commands, qf_time wall);
/* Latency of a command over ten minutes. slots: SAMPLER_SLOTS entries, ret->slots will point to them. */
void sampler_latency(const struct sampler *s, enum qf_cmd_id cmd, qf_time wall, struct qf_latency_slot *slots,
                     struct qf_latency *ret);

#endif
