/* The gate: one table of controls, walked in order on the const desk. Each refusal carries code, limit, used and after.
 *
 * An order that only closes - with every open order of its side filled the position still does not pass zero - is never
 * refused by POSITION, GROSS_EXPOSURE, NET_EXPOSURE, VAR_99_1D or CASH, and is what CLOSE_ONLY lets through. Closing one leg of a
 * hedge can bring the sum of values beyond its limit: that is let through all the same, or nobody could get out. */
#ifndef QF_CORE_GATE_H
#define QF_CORE_GATE_H

#include "daemon/core/desk.h"

/* An order somebody wants. Everything is decided: defaults are filled in by order_intent. */
struct intent {
    const struct actor *who;
    struct core_instrument *instrument; /* NULL: unknown symbol */
    struct core_account *account;       /* NULL: none */
    char symbol[17], account_name[25];
    enum qf_side side;
    enum qf_order_type type;
    enum qf_tif tif;
    qf_qty quantity;
    bool has_price;
    qf_price price;
};

#define GATE_LINES 64
struct gate_line {
    enum qf_control_code control;
    char scope[48];
    bool has_now, has_after, has_limit;
    qf_money now, after, limit; /* 10^-8 in the control's unit */
    bool pass;
};
struct gate_answer {
    bool pass;
    int count;
    struct gate_line lines[GATE_LINES]; /* with `all`: every line; else only the first that refuses */
    qf_money notional, base_notional, fee; /* fee: estimate, in the instrument's currency */
    bool has_notional;
    bool reduces;        /* closes only: also when all open orders of its side fill, the position does not pass zero */
};

/* Asks every control. all = false stops at the first refusal (the hot path). Changes nothing. */
void gate_ask(const struct desk *d, const struct intent *in, bool all, struct gate_answer *ret);
/* The largest quantity (a multiple of the lot) that passes, by bisection; false when none does. whole: what gate_ask said to all controls
 * of the same intent, which makes the search shorter; NULL = not known. */
bool gate_largest(const struct desk *d, const struct intent *in, const struct gate_answer *whole, qf_qty *ret);
/* The first refusing line as a refusal, with the largest quantity that passes. */
void gate_refusal(const struct desk *d, const struct intent *in, const struct gate_answer *a, struct qf_refusal *ret);
/* MSG_RATE counts every order and cancel of an actor's groups; called for those that were let through. */
void gate_count(struct desk *d, const struct intent *in);
/* How the number of a control is meant: "quantity", "money", "percent", "count", "seconds", "". */
const char *gate_unit(enum qf_control_code code);

#endif
