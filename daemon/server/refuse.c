/* Refusals that come before a command's handler: malformed lines, what somebody may not do, what cannot be taken now. Each is
 * answered at once. The audit trail gets a row of each; of one kind beyond ten a second and session, one row a second that counts. */
#include <string.h>

#include "common/str.h"
#include "daemon/server/inside.h"

#define ROWS_A_SECOND 10

struct refused {
    struct qf_refusal refusal;
    uint32_t count; /* 0 = one, with all it says */
};

static enum handled write_refused(struct ctx *c, const void *in_, void *out)
{
    const struct refused *in = in_;
    (void)out;
    c->refusal = in->refusal;
    c->counted = in->count > 0;
    if (in->count)
        qf_str_fmt(c->refusal.message, sizeof c->refusal.message, "%u more within a second", in->count);
    return REFUSED_NOTED;
}

static void note(struct server *s, const struct job *j, const struct qf_refusal *r, uint32_t count)
{
    struct refused in = { *r, count };
    (void)door_fact_of(s, j, write_refused, &in, sizeof in); /* when too many wait, the newest are not written */
}

static void refusal_of(enum refused_kind kind, struct qf_refusal *ret)
{
    static const enum qf_reason reasons[] = { QF_R_REFUSED, QF_R_INVALID_PARAMS, QF_R_FORBIDDEN };
    *ret = (struct qf_refusal){ .control = -1 };
    qf_refuse(ret, reasons[kind], "", NULL);
    ret->control = kind == REFUSED_RATE ? QF_CTL_MSG_RATE : -1;
}

/* The second of the counters is over: what was only counted becomes a row. */
static void turn_second(struct server *s, struct conn *c, int64_t second)
{
    struct who *w = conn_who(c);
    if (w->second == second)
        return;
    for (int kind = 0; kind < 3; kind++) {
        uint32_t n = w->refused_in_second[kind];
        w->refused_in_second[kind] = 0;
        if (n <= ROWS_A_SECOND)
            continue;
        struct job j;
        struct qf_refusal r;
        struct qf_frame_id id = { .n = 0 };
        job_begin(s, &j, c, QF_CMD_hello, &id, w->second * QF_SEC);
        j.method = "?";
        j.args = (struct qf_str){ "{}", 2 };
        refusal_of((enum refused_kind)kind, &r);
        note(s, &j, &r, n - ROWS_A_SECOND);
    }
    w->second = second;
}

/* A stranger's errors are no rows: anybody could fill the disk with them. He is cut off instead. */
static void stranger(struct conn *c)
{
    if (++conn_who(c)->errors_unsigned > QF_MAX_UNSIGNED_ERRORS)
        conn_close(c);
}

void refuse_line(struct server *s, struct conn *c, struct job *j, enum refused_kind kind, const struct qf_refusal *r)
{
    struct waiter w = job_waiter(j);
    struct who *who = conn_who(c);
    bool known = who->signed_in;
    if (known) {
        turn_second(s, c, j->wall / QF_SEC);
        if (++who->refused_in_second[kind] <= ROWS_A_SECOND) {
            if (!j->args.p)
                j->args = (struct qf_str){ "{}", 2 };
            note(s, j, r, 0);
        }
    }
    answer_refusal(s, &w, r);
    if (!known)
        stranger(c);
}

bool refuse_uncounted(struct server *s, const struct job *j)
{
    struct conn *c = j->conn ? conn_find(s->conns, j->conn) : NULL;
    if (!c || j->system)
        return true;
    turn_second(s, c, j->wall / QF_SEC);
    return ++conn_who(c)->refused_in_second[REFUSED_RATE] <= ROWS_A_SECOND;
}

static void tick_conn(void *arg, struct conn *c)
{
    struct server *s = arg;
    turn_second(s, c, qf_now_wall() / QF_SEC);
}

void refuse_tick(struct server *s, qf_time wall)
{
    (void)wall;
    conn_each(s->conns, tick_conn, s);
}
