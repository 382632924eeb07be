/* Judges stops by the audit trail: what was accepted and what the venue said, and when. */
#ifndef QF_TEST_STOPS_JUDGE_H
#define QF_TEST_STOPS_JUDGE_H

#include "tests/help/rpc.h"

#define STOPS_ACCOUNTS 8   /* a0 to a7 */
#define STOPS_STRATEGIES 2 /* s0: a4 and a5, s1: a6 and a7; the others belong to none */
#define STOPS_SYMBOLS 4

static inline int stops_strategy(int account)
{
    return account < 4 ? -1 : (account - 4) / 2;
}

struct stops_seen {
    int64_t id;
    bool pending; /* had not left when the stop was made */
};
struct stops_window {
    char strategy[8];     /* "" = the firm */
    qf_time acked, ended; /* wall time the acknowledgement was here; the lifting was sent */
    struct stops_seen *orders; /* by falling number */
    uint32_t orders_n;
    bool whole;           /* they are all there */
};
struct stops_found {
    long accepted, left, unknown; /* violations */
    long withheld, known;         /* how many orders the stops caught before and behind the door */
};

/* Reads the trail from *io_read_to on (moved to its end) and judges the windows, in order of time. ret adds up; ret_early: the same
 * windows as if each stop had been acknowledged 25 ms before. false: the trail cannot be read. */
bool stops_judge(struct rpc *r, int64_t *io_read_to, const struct stops_window *windows, uint32_t n, struct stops_found *ret,
                 struct stops_found *ret_early);

#endif
