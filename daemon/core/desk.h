/* The desk: everything the firm has and allows, in memory, as a pure state machine. No I/O, no clock, no allocation, no
 * thread, no floating point. Other rooms read its tables; only core changes them, always with the open batch in hand.
 *
 * Three kinds of memory:
 *   rows      tabs of records; every change is saved for undo and written by the batch
 *   kept      marks, trading states, cancel requests: never undone
 *   derived   sums by group, links between rows: rebuilt by desk_rebuild after loading or undo
 */
#ifndef QF_CORE_DESK_H
#define QF_CORE_DESK_H

#include "daemon/core/tab.h"

#define DESK_NO_RATE (-1)
#define DESK_CURRENCIES 512

/* The latest price of an instrument (by slot). Not undone, not stored. */
struct mark {
    bool has_bid, has_ask, has_last, has_close;
    qf_price bid, ask, last;
    qf_price close;        /* of the market day before `day` */
    qf_qty bid_size, ask_size; /* 0 = not known */
    qf_qty volume;         /* of `day` */
    qf_time day;           /* market day of `at` */
    qf_time at;            /* market time */
    qf_time received;      /* wall time */
    int64_t max_age;       /* us, from its feed */
    int64_t bad;           /* prices kept out, by desk_mark_bad */
};

/* Sums over what belongs together: the firm, a strategy, a trader, an account, a sector, a symbol. Base currency,
 * 10^-8. Derived. */
struct group {
    uint32_t limit[QF_control_code_COUNT]; /* slot in limits that binds it (its own, else '*'), TAB_NONE */
    uint32_t bound;        /* bit of each control that has one: what the gate looks at first */
    qf_money gross; /* sum over positions of max(|q + open buys|, |q - open sells|) x mark: what GROSS_EXPOSURE uses */
    qf_money net_high, net_low; /* sum of market values with every open buy filled, every open sale: what NET_EXPOSURE uses */
    uint32_t unpriced;     /* positions not flat without mark or rate: its sums are incomplete */
    qf_money value_gross;  /* sum of |market value| */
    qf_money value_net, value_long, value_short;
    qf_money reserved;     /* cash held by open buys, fees in it */
    int64_t open_orders;
    uint32_t state;        /* slot in states (strategy and firm), TAB_NONE */
    uint32_t account;      /* trader: slot of its first open account by name, TAB_NONE */
    uint32_t own_open;     /* trader: its open accounts */
    int64_t rate_second;   /* MSG_RATE: wall second counted; kept over a rebuild */
    int64_t rate_count;
    enum qf_scope scope;
    char name[33];
};

/* What a group holds of one instrument: what POSITION compares. One for each symbol, (trader, symbol) and (strategy,
 * symbol). Derived. */
struct net {
    uint32_t group, instrument;
    qf_money quantity, open_buy, open_sell; /* sums of quantities, wider than one of them */
};

/* Sums in one currency, exact; a total in the base currency is made from them when it is read, so nothing drifts.
 * Derived. */
struct currency {
    char name[9];
    uint32_t rate;           /* slot in rates, TAB_NONE: the base currency or none */
    qf_price now;            /* worth of one unit in the base currency at 10^-8, DESK_NO_RATE */
    uint32_t first_instrument; /* linked by core_instrument.next_currency */
    qf_money cash, flows;    /* of all accounts */
    qf_money realized, fees; /* of all positions */
    qf_money cost;           /* sum over positions of their cost as money */
};

struct core_instrument {
    struct qf_instrument row;
    /* derived */
    uint32_t first_position; /* slots of positions, linked by core_position.next_same */
    uint32_t first_order;    /* open orders, linked by core_order.next_inst */
    uint32_t group_sector, group_symbol; /* sector: TAB_NONE when it has none */
    uint32_t currency;       /* index in desk.currencies */
    uint32_t next_currency;
    bool is_base;            /* its currency is the base currency */
    bool is_rate;            /* a row of rates takes its price */
};
struct core_account {
    struct qf_account row;
    uint32_t group_account, group_trader, group_strategy; /* strategy: TAB_NONE when it has none */
    uint32_t first_position; /* linked by core_position.next_account */
    uint32_t first_cash;     /* linked by core_cash.next */
};
struct core_cash {
    struct qf_cash row;
    uint32_t next, account, currency;
};
#define DESK_GROUPS 6        /* a position counts in at most so many: one a scope */
struct core_position {
    struct qf_position row;
    uint32_t account, instrument;
    uint32_t next_same, next_account;
    uint32_t first_lot, last_lot; /* open lots, oldest first, linked by core_lot.next */
    uint32_t groups[DESK_GROUPS]; /* by enum qf_scope; TAB_NONE where there is none */
    uint32_t nets[3];             /* of symbol, trader, strategy (TAB_NONE) */
    qf_qty open_buy, open_sell;   /* left of open orders, UNKNOWN ones at their worst */
    qf_money reserved;            /* cash its open buys hold, in the instrument's currency */
    qf_money net_high, net_low;   /* value with its open buys filled, with its open sales filled; as the next three */
    qf_money gross, value, base_reserved; /* what is in the groups' sums for it now, base currency */
    bool priced;                  /* false: no mark or no rate; value counts 0 and the desk is incomplete */
    bool counted, counted_unpriced; /* it is in desk.not_flat, in desk.unpriced */
};
struct core_order {
    struct qf_order row;
    uint32_t account, instrument, position;
    uint32_t next_inst, prev_inst; /* open orders of the instrument */
    uint32_t next_open, prev_open; /* all open orders, newest first; ended ones: by age, for eviction */
    qf_money reserved;             /* instrument's currency; in its position's sum now */
};
struct core_lot {
    struct qf_lot row;
    uint32_t next, position;
};
struct core_state {
    struct qf_trading_state row;   /* what is persisted: set and lifted by people, or latched */
    struct qf_trading_state raised; /* the last raise: an undo that takes back a lowering must not take this back with it */
    int64_t stored_n;              /* the n the database is known to have */
    int64_t last_n;                /* highest ever given out, also by a change that was undone */
    int32_t soft; /* a degradation that lifts itself (state_raise with latched = false); QF_STATE_ACTIVE = none */
    qf_time soft_since;
    char soft_reason[121], soft_by[33];
};

/* Numbers handed out by desk_next; undone with the batch. */
struct desk_seq {
    int64_t order, execution, lot, trade, ledger, event, session, approval, incident, cmd;
};

struct desk_conf {
    char name[33];
    char base[9];                 /* base currency */
    enum qf_money_mode mode;
    int64_t duplicate_window_us;  /* DUPLICATE: identical orders within this market time and this wall time; 1 s */
    int64_t fee_bp_e2;            /* estimate used by the gate: fee in 1/100 of a basis point of notional */
};

/* The newest equity point of the firm and of each account, and the rates they were made with: what the next ones are held
 * against. at = 0: none yet. */
struct core_points {
    bool has_rates;                            /* false after loading: the rates of then are not stored */
    uint32_t rates_n;
    qf_price rates[DESK_CURRENCIES];           /* by currency, DESK_NO_RATE */
    struct qf_equity firm;
    struct qf_equity accounts[QF_MAX_ACCOUNTS]; /* by slot */
};

struct seen;   /* (venue, exec_id) that are booked already: seen.c */
struct recent; /* the last orders, for DUPLICATE: recent.c */
struct watch;  /* what breakers count, and those that tripped: breaker.c */

#define DESK_MAX_GROUPS 16384U
#define DESK_GROUP_PLACES 32768U
#define DESK_MAX_NETS 139264U
#define DESK_NET_PLACES 524288U
#define DESK_HOLDING_PLACES 131072U /* twice as many as positions */

struct desk {
    struct desk_conf conf;
    struct tab users, sessions, instruments, rates, accounts, limits, breakers, scenarios, states, approvals, orders, lots, positions,
        trades, cash;
    struct desk_seq seq;
    uint64_t seq_saved;           /* number of the batch that holds seq for undo */
    qf_time market_now;           /* moved only by feeds, never back; 0 = no price yet */
    uint64_t version;             /* +1 with every change, marks too: key of cached answers */
    /* kept */
    qf_money peak;                /* highest equity less flows, persisted with equity points */
    qf_money day_open_equity;     /* equity less flows when day `day` began */
    qf_money last_equity;         /* equity less flows of the newest point */
    qf_time last_equity_at;       /* when that was; 0 = there is none */
    struct core_points *points;   /* the newest points of everybody */
    qf_time day;
    bool has_month, has_year;     /* is there a close of the month, the year before? */
    qf_money month_start, year_start; /* equity less flows at that close */
    bool has_var, var_incomplete; /* of the portfolio's last risk run, base currency, losses positive */
    qf_money var_99, es_975;
    uint32_t causes;              /* bit of each cause the firm is degraded for (enum qf_cause): degrade.c */
    struct watch *watch;
    uint32_t newest_mark;         /* slot of the instrument whose price came last, TAB_NONE */
    struct mark *marks;           /* by instrument slot */
    qf_time *cancel_asked;        /* by order slot: wall time, 0 = not asked */
    struct seen *seen;            /* undone entry by entry */
    char (*approval_args)[4096];  /* bytes of qf_approval.args by slot; undone */
    /* derived */
    struct group *groups;         /* [0] is the firm */
    struct group *groups_spare;   /* the other half: groups are built anew there by a rebuild */
    uint32_t *group_index;
    uint32_t group_count;
    uint32_t star[QF_scope_COUNT][QF_control_code_COUNT]; /* slot of the '*' limit of a scope, TAB_NONE */
    struct net *nets;
    uint32_t *net_index;
    uint32_t net_count;
    uint32_t *holdings;           /* (account, instrument) by slots: slot of the position + 1, 0 = empty */
    struct currency *currencies;  /* [0] is the base currency */
    uint32_t currency_count;
    uint32_t first_open;          /* open orders, newest first */
    uint32_t open_count;
    uint32_t first_ended, last_ended, ended_count; /* newest first; the last is dropped beyond QF_KEEP_CLOSED_ORDERS */
    uint32_t unpriced;            /* positions not flat that have no mark or rate */
    uint32_t not_flat;
    struct recent *recent;
    struct day_answer {           /* the day P&L walks all positions: its last answer and the version it belongs to */
        uint64_t version;
        qf_money pnl;
    } *day_answer;
};

/* Who does something, when. wall: microseconds UTC. */
struct actor {
    const char *user;
    int role;          /* enum qf_role */
    int64_t session;   /* 0 = none (system) */
    qf_time wall;
};

size_t desk_size(void);
/* mem: qf_map_lazy(desk_size()). Returns the empty desk inside it. */
struct desk *desk_init(void *mem, const struct desk_conf *conf);
/* Everything derived, anew from the rows. After loading and after undo. */
void desk_rebuild(struct desk *d);
/* Takes over what a new desk cannot load: marks (matched by symbol), market clock, raised states that are newer, cancel
 * requests. */
void desk_inherit(struct desk *d, const struct desk *old);

/* --- look-ups; NULL when there is none */
struct core_instrument *desk_instrument(const struct desk *d, const char *symbol);
struct core_account *desk_account(const struct desk *d, const char *name);
struct core_order *desk_order(const struct desk *d, int64_t id);
struct core_position *desk_position(const struct desk *d, const char *account, const char *symbol);
struct qf_user *desk_user(const struct desk *d, const char *name);
struct qf_user *desk_user_uid(const struct desk *d, int64_t uid);
struct qf_session *desk_session(const struct desk *d, int64_t id);
/* The group of that scope and name, NULL when nothing belongs to it. Firm: name "". */
struct group *desk_group(const struct desk *d, enum qf_scope scope, const char *name);
/* The account an order of this user goes to when it names none: the only open one it owns. */
struct core_account *desk_own_account(const struct desk *d, const char *user);
/* The same, and for risk and admin, who act on all accounts, the only account there is. */
struct core_account *desk_default_account(const struct desk *d, const char *user, int role);
/* There are several and none was named: false, and *ret_refusal names those to choose from. true: nothing to choose. */
bool desk_may_choose(const struct desk *d, const struct actor *who, struct qf_refusal *ret_refusal);
/* May this actor trade on this account? Owner; risk and admin on all. */
bool desk_owns(const struct actor *who, const struct qf_account *a);

/* The next number of one of d->seq, for example desk_next(d, b, &d->seq.cmd); taken back when the batch is undone. */
int64_t desk_next(struct desk *d, struct batch *b, int64_t *counter);

/* --- loading: one row from the database, parents first, in the order of qf_tables and of ids; then desk_rebuild once.
 * The desk takes the highest numbers into seq. Rows that need no place in memory (closed lots and trades, ended
 * sessions, events) only count there. Executions: the newest QF_MAX_EXEC_IDS / 2 are enough, oldest first. QF_EEXIST:
 * the key is there already; QF_ENOENT: its account, instrument or position is not; QF_EFULL. */
enum qf_err desk_load(struct desk *d, enum qf_table_id table, const void *row) QF_MUST_CHECK;

/* --- settings as rows: add or replace; QF_EFULL when the table is full. image: a whole record. */
enum qf_err desk_put_user(struct desk *d, struct batch *b, const struct qf_user *image) QF_MUST_CHECK;
/* An ended one is written, then dropped from memory. */
enum qf_err desk_put_session(struct desk *d, struct batch *b, const struct qf_session *image) QF_MUST_CHECK;
enum qf_err desk_put_instrument(struct desk *d, struct batch *b, const struct qf_instrument *image) QF_MUST_CHECK;
enum qf_err desk_put_rate(struct desk *d, struct batch *b, const struct qf_rate *image) QF_MUST_CHECK;
enum qf_err desk_put_account(struct desk *d, struct batch *b, const struct qf_account *image) QF_MUST_CHECK;
enum qf_err desk_put_limit(struct desk *d, struct batch *b, const struct qf_limit *image) QF_MUST_CHECK;
enum qf_err desk_put_scenario(struct desk *d, struct batch *b, const struct qf_scenario *image) QF_MUST_CHECK;
enum qf_err desk_put_breaker(struct desk *d, struct batch *b, const struct qf_breaker *image) QF_MUST_CHECK;
/* Keeps a copy of args (at most 4,095 bytes are kept of it). When the table is full the oldest that is decided makes
 * room. */
enum qf_err desk_put_approval(struct desk *d, struct batch *b, const struct qf_approval *image) QF_MUST_CHECK;

/* --- prices (mark.c) */
/* A good price: moves the mark, the market clock (never back) and the sums of the positions in it. wall: received. */
struct tick {
    bool has_bid, has_ask, has_last;
    qf_price bid, ask, last;
    qf_qty bid_size, ask_size;  /* 0 = not known */
    qf_qty volume;              /* traded since the tick before */
    qf_time at;                 /* market time */
};
void desk_mark(struct desk *d, uint32_t instrument, const struct tick *t, qf_time wall, int64_t max_age_us);
/* One more bad price of the instrument that was kept out. */
void desk_mark_bad(struct desk *d, uint32_t instrument);
/* The close of the day before, from stored bars at start. Nothing when a price has come already. */
void desk_set_close(struct desk *d, uint32_t instrument, qf_price close);
/* Moves the market clock without a price (a feed's end of day). Never back. */
void desk_clock(struct desk *d, qf_time at);
/* The price a position is valued at: the middle of bid and ask, else last; false when there is none. */
bool desk_mark_price(const struct desk *d, uint32_t instrument, qf_price *ret);
/* Where an order of this side would trade now: ask for buys, bid for sells, else last. */
bool desk_touch(const struct desk *d, uint32_t instrument, enum qf_side side, qf_price *ret);
bool desk_stale(const struct desk *d, uint32_t instrument);
/* Rate of a currency to the base currency at 10^-8, DESK_NO_RATE when there is none. */
int64_t desk_rate(const struct desk *d, const char *currency);
/* Into the base currency, rounded half-even; false when there is no rate or it overflows. */
bool desk_to_base(const struct desk *d, const char *currency, qf_money v, qf_money *ret);

/* --- risk (put.c) */
/* What a run of the portfolio's risk found, base currency, losses positive; known false: it could not be worked out. */
void desk_risk_taken(struct desk *d, bool known, qf_money var_99, qf_money es_975, bool incomplete);

/* --- money */
/* DEPOSIT or WITHDRAWAL of amount > 0: a ledger row and the account's cash. QF_ENOENT: no such account; QF_ERANGE:
 * amount not positive or too large; QF_EDENIED: a withdrawal of more than is there and not held by open buys; QF_EFULL.
 * ret may be NULL. */
enum qf_err desk_cash_move(struct desk *d, struct batch *b, const struct actor *who, const char *account,
                           const char *currency, enum qf_ledger_kind kind, qf_money amount, const char *note,
                           struct qf_cash *ret) QF_MUST_CHECK;

/* --- what readers get: the record with its VIRTUAL fields filled */
void desk_position_row(const struct desk *d, const struct core_position *p, struct qf_position *ret);
void desk_quote_row(const struct desk *d, uint32_t instrument, struct qf_quote *ret);
void desk_limit_row(const struct desk *d, const struct qf_limit *l, struct qf_limit *ret);
void desk_cash_row(const struct desk *d, const struct qf_cash *c, struct qf_cash *ret);
void desk_rate_row(const struct desk *d, const struct qf_rate *r, struct qf_rate *ret);
/* Totals; alerts, unsettled and db are the server's to fill. O(1) but for the day P&L, which walks positions once per
 * version. */
void desk_status_row(const struct desk *d, struct qf_desk_status *ret);
/* An equity point of the firm (a = NULL) in the base currency, or of an account in its own, now. */
void desk_equity_row(const struct desk *d, const struct core_account *a, qf_time wall, struct qf_equity *ret);
/* Called with each equity point of the firm that is complete: keeps peak, day_open_equity, month_start and year_start. A point at
 * midnight is the close of the day before. desk_load calls it too. */
void desk_equity_taken(struct desk *d, const struct qf_equity *point);
/* After loading: equity less flows at the last close before the month and the year of the newest point. */
void desk_set_periods(struct desk *d, bool has_month, qf_money month_start, bool has_year, qf_money year_start);

/* --- the identity: equity = realised + unrealised - fees + flows, at each point and between two of one book.
 * All terms are at the rates of the point before; what the rates have done since to what is there now is a term of its own. In
 * one currency that term is 0 and everything exact; with conversions a gap of up to `rounding` is their rounding. */
struct equity_change {
    qf_money equity;                            /* is - was */
    qf_money realized, unrealized, fees, flows; /* at the rates of then */
    qf_money rates;
    qf_money gap;                               /* equity - (realized + unrealized - fees + flows + rates) */
    qf_money rounding;
    bool broken;                                /* |gap| > rounding */
};
/* was, is: points of one book, both complete; then: the book as it is now at the rates of `was` (`is` itself when no rate has moved). */
void equity_change(const struct qf_equity *was, const struct qf_equity *is, const struct qf_equity *then, qf_money rounding,
                   struct equity_change *ret);
/* Holds a new point (of the firm: a = NULL) against the one before it and takes its place. false: nothing to compare with, or one of
 * them is incomplete. With the first point after loading the rates of then are not known: what they have done is then inside the
 * other terms, each at the rates of its own point; the gap is the same. desk_points_rates afterwards, once all points of an
 * instant are taken. */
bool desk_points_take(struct desk *d, const struct core_account *a, const struct qf_equity *is, struct equity_change *ret);
void desk_points_rates(struct desk *d);

#endif
