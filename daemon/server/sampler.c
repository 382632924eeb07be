#include "daemon/server/sampler.h"

#include "common/limits.h"
#include "common/mem.h"
#include "common/str.h"
#include "daemon/server/latency.h"
#include "daemon/server/machine.h"

#include <stdlib.h>
#include <string.h>

#define TICK_US (25 * QF_MS)  /* how often the loop is asked whether it is late */
#define COMMIT_SLOTS 4        /* commit latencies are those of the last minute */

struct sampler {
    char dir[256];
    int64_t begin; /* CLOCK_MONOTONIC ns */
    struct qf_timer *tick;
    int64_t tick_at;      /* when it came last */
    int64_t stall_us;     /* longest since the last sample */
    /* the sample before, to make rates */
    bool first;
    int64_t taken_at;     /* CLOCK_MONOTONIC ns */
    struct machine machine;
    struct sampler_in in;
    /* */
    struct qf_sample now;
    struct qf_sample past[SAMPLER_HISTORY - 1]; /* a ring */
    uint32_t past_at, past_n;
    qf_time past_slot;
    struct latency *by_cmd[QF_CMD_COUNT]; /* made at the first use */
    struct latency commits;
    int64_t batches, batch_most;          /* since the last sample */
};

/* --- pauses of the loop */
static void on_tick(void *arg)
{
    struct sampler *s = arg;
    int64_t now = qf_now_mono(), late = (now - s->tick_at) / 1000 - TICK_US;
    if (late > s->stall_us)
        s->stall_us = late;
    s->tick_at = now;
}

struct sampler *sampler_new(struct qf_loop *loop, const char *state_dir, qf_time wall)
{
    struct sampler *s = qf_xalloc(sizeof *s);
    qf_str_copy(s->dir, sizeof s->dir, state_dir);
    s->begin = s->tick_at = qf_now_mono();
    s->past_slot = wall / SAMPLER_EVERY_US;
    s->first = true;
    if (loop) {
        s->tick = qf_timer_new(loop, on_tick, s);
        qf_timer_every(s->tick, TICK_US);
    }
    return s;
}

void sampler_free(struct sampler *s)
{
    if (!s)
        return;
    if (s->tick)
        qf_timer_free(s->tick);
    for (int i = 0; i < QF_CMD_COUNT; i++)
        free(s->by_cmd[i]);
    free(s);
}

/* --- a sample */
static int64_t per_second(uint64_t now, uint64_t before, int64_t us)
{
    return now > before && us > 0 ? (int64_t)((qf_u128)(now - before) * QF_SEC / (qf_u128)us) : 0;
}

static int64_t share_bp(int64_t part, int64_t whole)
{
    if (part <= 0 || whole <= 0)
        return 0;
    return (int64_t)((qf_i128)part * 10000 / whole);
}

static void put_machine(struct qf_sample *o, const struct machine *m)
{
    o->cpus = m->cpus;
    o->load_centi = m->load_centi;
    o->memory_used = m->memory_used;
    o->memory_total = m->memory_total;
    o->disk_used = m->disk_used;
    o->disk_total = m->disk_total;
    o->qfd_rss = m->rss;
    o->files = m->files;
    o->files_max = m->files_max;
}

static void put_server(struct qf_sample *o, const struct sampler_in *in)
{
    o->commands = in->commands;
    o->connections = in->connections;
    o->connections_max = QF_MAX_CONNECTIONS;
    o->push_queue = in->push_queue;
    o->bar_queue = in->bar_queue;
    o->db = (int32_t)in->db;
    o->db_epoch = in->db_epoch;
    o->db_size = in->db_size;
    o->db_connections = in->db_connections;
    o->db_locks_waiting = in->db_locks_waiting;
    qf_str_copy(o->db_version, sizeof o->db_version, in->db_version ? in->db_version : "");
}

/* Differences to the sample before; none at the first. */
static void put_rates(struct sampler *s, struct qf_sample *o, const struct machine *m, const struct sampler_in *in,
                      int64_t us)
{
    if (s->first)
        return;
    o->cpu_bp = share_bp(m->cpu_busy - s->machine.cpu_busy, m->cpu_total - s->machine.cpu_total);
    o->qfd_cpu_bp = share_bp(m->self_cpu_us - s->machine.self_cpu_us, us);
    o->requests_per_s = per_second(in->requests, s->in.requests, us);
    o->pushes_per_s = per_second(in->pushes, s->in.pushes, us);
    if (s->in.db_wal_bytes > 0 && in->db_wal_bytes > s->in.db_wal_bytes)
        o->db_wal_per_s = per_second((uint64_t)in->db_wal_bytes, (uint64_t)s->in.db_wal_bytes, us);
}

static void put_commits(struct sampler *s, struct qf_sample *o, qf_time wall)
{
    struct latency_sum c;
    latency_sum(&s->commits, wall, COMMIT_SLOTS, &c);
    o->commit_p50_us = c.p50;
    o->commit_p99_us = c.p99;
    o->commit_max_us = c.max;
    o->batches = s->batches;
    o->batch_commands_max = s->batch_most;
    s->batches = s->batch_most = 0;
    o->loop_stall_us = s->stall_us;
    s->stall_us = 0;
}

/* The sample that was newest when its 30 s ended stays. */
static void remember(struct sampler *s, qf_time wall)
{
    if (wall / SAMPLER_EVERY_US == s->past_slot || s->first)
        return;
    s->past_slot = wall / SAMPLER_EVERY_US;
    s->past[s->past_at] = s->now;
    s->past_at = (s->past_at + 1) % QF_LEN(s->past);
    if (s->past_n < QF_LEN(s->past))
        s->past_n++;
}

void sampler_take(struct sampler *s, qf_time wall, const struct sampler_in *in)
{
    int64_t mono = qf_now_mono(), us = (mono - s->taken_at) / 1000;
    struct machine m = s->machine;
    struct qf_sample o = { .at = wall, .uptime = (mono - s->begin) / 1000000000 };
    remember(s, wall);
    machine_read(&m, "/proc", s->dir);
    put_machine(&o, &m);
    put_server(&o, in);
    put_rates(s, &o, &m, in, us);
    put_commits(s, &o, wall);
    qf_rec_fill(&qf_rec_sample, &o);
    s->now = o;
    s->machine = m;
    s->in = *in;
    s->in.db_version = NULL;
    s->taken_at = mono;
    s->first = false;
}

const struct qf_sample *sampler_now(const struct sampler *s)
{
    return &s->now;
}

uint32_t sampler_history(const struct sampler *s, struct qf_sample *out)
{
    uint32_t n = 0, len = QF_LEN(s->past);
    for (uint32_t i = 0; i < s->past_n; i++)
        out[n++] = s->past[(s->past_at + len - s->past_n + i) % len];
    if (!s->first)
        out[n++] = s->now;
    return n;
}

/* --- latencies */
void sampler_record(struct sampler *s, enum qf_cmd_id cmd, int64_t us, qf_time wall)
{
    qf_assert((unsigned)cmd < QF_CMD_COUNT);
    if (!s->by_cmd[cmd])
        s->by_cmd[cmd] = qf_xalloc(sizeof *s->by_cmd[cmd]);
    latency_add(s->by_cmd[cmd], us, wall);
}

void sampler_commit(struct sampler *s, int64_t us, uint32_t commands, qf_time wall)
{
    s->batches++;
    if (commands > s->batch_most)
        s->batch_most = commands;
    latency_add(&s->commits, us, wall);
}

void sampler_latency(const struct sampler *s, enum qf_cmd_id cmd, qf_time wall, struct qf_latency_slot *slots,
                     struct qf_latency *ret)
{
    static const struct latency nothing;
    const struct latency *l = s->by_cmd[cmd] ? s->by_cmd[cmd] : &nothing;
    struct latency_sum sum;
    latency_sum(l, wall, SAMPLER_SLOTS, &sum);
    latency_rows(l, wall, slots);
    *ret = (struct qf_latency){
        .p50_us = sum.p50, .p99_us = sum.p99, .max_us = sum.max, .slots = slots, .slots_n = SAMPLER_SLOTS
    };
    qf_str_copy(ret->method, sizeof ret->method, qf_cmds[cmd].name);
    qf_rec_fill(&qf_rec_latency, ret);
}
