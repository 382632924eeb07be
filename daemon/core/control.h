/* The controls of the gate as one table; only gate.c asks them. */
#ifndef QF_CORE_CONTROL_H
#define QF_CORE_CONTROL_H

#include "daemon/core/core.h"

/* One order being asked about: what several controls need, worked out once. */
struct ask {
    const struct desk *d;
    const struct intent *in;
    bool all;          /* every line is written down, else only the first that refuses */
    bool duplicates;   /* DUPLICATE is asked */
    struct gate_answer *ret;
    /* NULL or TAB_NONE where unknown */
    const struct core_instrument *instrument;
    const struct core_account *account;
    const struct core_position *position;
    const struct currency *currency;
    uint32_t slot;                /* of the instrument */
    const struct group *binding[DESK_GROUPS]; /* those groups of the order that have any limit */
    size_t binding_n;
    uint32_t bound;               /* controls that any of them has a limit of */
    qf_qty held, open_buy, open_sell;
    /* signed: held with every open order of this side filled, before and after this one */
    qf_i128 worst_now, worst_after;
    bool has_mid, has_price, fits, has_base;
    qf_price mid, price;          /* price: the limit, or where a market order would trade now */
    qf_cost cost;                 /* exact, signed like the price */
};

/* false: it refuses (and a line says so). */
typedef bool (*control_fn)(struct ask *k);
struct control {
    enum qf_control_code code;
    bool blind;        /* can be asked when account or instrument is unknown */
    control_fn ask;
    const char *field; /* of the order, for the refusal */
    const char *unit;
    const char *noun;  /* "gross" would be so and so much; NULL: the control's words are the sentence */
};
extern const struct control controls[QF_control_code_COUNT]; /* in the order they are asked */

#endif
