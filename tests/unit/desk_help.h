/* A small desk for tests: people, accounts, instruments, prices, and short words for what tests do with them.
 *
 *   USD is the base currency; EUR is worth 1.10.
 *   people       bo and cy (traders), ana (risk), sys (admin)
 *   accounts     desk (bo), alpha (bo, strategy mom), beta (cy, strategy mom), gamma (cy), each with 1,000,000 USD
 *   instruments  AAPL NVDA (Tech, tick 0.01, lot 1), JPM (Bank), ES (Index, multiplier 50, tick 0.25), SAP (Tech, EUR),
 *                BTC (Crypto, tick 0.01, lot 0.00000001), OIL (no sector, prices below zero allowed)
 * Numbers are written as decimal text and read by num(). */
#ifndef QF_TESTS_DESK_HELP_H
#define QF_TESTS_DESK_HELP_H

#include "daemon/core/state.h"

struct kit {
    struct desk *d;
    struct batch *b;
    uint64_t no;               /* of the open batch */
    qf_time wall, market;      /* clocks; market starts on 2026-09-24 14:30 */
    struct actor bo, cy, ana, sys;
    struct qf_refusal refusal; /* of the last call that can refuse */
    int64_t fills;             /* makes exec ids */
};

/* 2026-09-24T14:30:00Z */
#define KIT_START 1790260200000000LL

/* Empty: base currency and people only. */
struct kit *kit_bare(void);
/* With all that stands above, but no prices and no limits. */
struct kit *kit_new(void);
void kit_free(struct kit *k);
/* Seals the open batch and begins the next one, as if it had become durable. */
void kit_commit(struct kit *k);
/* Lets both clocks run on. */
void kit_wait(struct kit *k, int64_t us);

/* "1.5" as an integer at 10^-8; aborts on what is no decimal. */
qf_money num(const char *text);
static inline int64_t num64(const char *text)
{
    return (int64_t)num(text);
}

void kit_instrument(struct kit *k, const char *symbol, const char *sector, const char *currency, const char *tick,
                    const char *lot, int64_t multiplier, bool negative);
void kit_account(struct kit *k, const char *name, const char *owner, const char *strategy);
void kit_cash(struct kit *k, const char *account, const char *currency, const char *amount);
void kit_rate(struct kit *k, const char *currency, const char *value, const char *symbol);
void kit_limit(struct kit *k, enum qf_scope scope, const char *name, enum qf_control_code control, const char *hard);
/* A quote at the present market time, good for an hour. */
void kit_price(struct kit *k, const char *symbol, const char *bid, const char *ask);
/* AAPL 100/100.02, NVDA 120/120.02, JPM 210/210.02, ES 5000/5000.25, SAP 180/180.02, BTC
 * 60000/60000.10, OIL 70/70.01 */
void kit_prices(struct kit *k);

/* price NULL: a market order. account NULL: the actor's own. */
void kit_intent(const struct kit *k, const struct actor *who, const char *account, enum qf_side side,
                const char *quantity, const char *symbol, const char *price, struct intent *ret);
/* Order number, 0 when refused (k->refusal). */
int64_t kit_place(struct kit *k, const struct actor *who, const char *account, enum qf_side side, const char *quantity,
                  const char *symbol, const char *price);
/* Asks the gate only; the code that refuses, -1 when it passes. */
int kit_ask(struct kit *k, const struct actor *who, const char *account, enum qf_side side, const char *quantity,
            const char *symbol, const char *price);
bool kit_report(struct kit *k, int64_t order, enum report_kind kind);
bool kit_fill(struct kit *k, int64_t order, const char *quantity, const char *price, const char *fee);
/* A fill that belongs to no order. */
enum qf_err kit_book(struct kit *k, const char *account, enum qf_side side, const char *quantity, const char *symbol,
                     const char *price, const char *fee);
struct qf_position kit_position(const struct kit *k, const char *account, const char *symbol);
struct qf_cash kit_cash_row(const struct kit *k, const char *account, const char *currency);
struct qf_order kit_order(const struct kit *k, int64_t id);

/* --- whole-desk checks */
/* Rebuilds and fails when any sum, list or look-up is not what it was: what was counted step by step equals what is
 * counted anew. */
void kit_check_sums(struct kit *k);
/* The identities of ledger.c for every account and the firm: cash + value = flows + realised - fees + unrealised, to
 * the last digit. */
void kit_check_identity(const struct kit *k);
/* A copy of every undone table, and the comparison with it, byte by byte. */
struct snapshot;
struct snapshot *kit_snapshot(const struct kit *k);
void kit_check_same(const struct kit *k, struct snapshot *s); /* frees it */

/* Chance that is the same every time. */
uint64_t chance(uint64_t *state);
static inline uint64_t chance_below(uint64_t *state, uint64_t n)
{
    return chance(state) % n;
}

#endif
