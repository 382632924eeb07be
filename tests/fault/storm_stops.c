/* Stops at random moments under full load: eight connections trade on the simulated market while one person stops the firm or a
 * strategy and two let it go on, again and again. After each acknowledged stop nothing of its scope may leave for the venue until it
 * is lifted. What left is judged afterwards from the audit trail, where the venue's own words stand:
 *
 *   accepted   an order placed between the acknowledgement and the lifting
 *   left       an order that the acknowledgement said had not left yet, and that the venue has acknowledged or filled
 *   unknown    an order the venue spoke of in between, that the acknowledgement did not name
 *
 * The judge is tried as well: told that stops were acknowledged earlier than they were, it has to find orders.
 * It needs no recorded data. $QF_SCALE multiplies the rounds of 1,000 stops. The output is TAP. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/str.h"
#include "tests/fault/stops_judge.h"
#include "tests/help/proc.h"
#include "tests/help/rpc.h"

#define THREADS STOPS_ACCOUNTS
#define ROUND 1000
#define PASSWORD "a long enough password"

static struct proc desk;
static struct rpc ann, boss; /* ann stops and asks, boss grants */
static volatile bool over;
static useconds_t breath; /* between two orders of a connection: a day's references are 7 million */
static qf_price far_below[STOPS_SYMBOLS];
static const char *const symbols[STOPS_SYMBOLS] = {"KO", "JPM", "AAPL", "NVDA"};

static int tests_done, tests_failed;
static void check(bool ok, const char *what, long long a, long long b)
{
    printf("%sok %d - %s (%lld, %lld)\n", ok ? "" : "not ", ++tests_done, what, a, b);
    fflush(stdout);
    tests_failed += !ok;
}

static void new_ref(char out[65])
{
    static long n;
    qf_str_fmt(out, 65, "stops-%ld", __atomic_add_fetch(&n, 1, __ATOMIC_RELAXED));
}

/* Has to be done; says why when it is not. */
static const void *done(struct rpc *r, enum qf_cmd_id cmd, const void *req)
{
    static struct qf_line line;
    const void *rep = NULL;
    if (rpc_call(r, cmd, req, &rep, &line) == RPC_OK) return rep;
    printf("# %s: %s %s\n", qf_cmds[cmd].name, line.reason, line.refusal.message);
    return NULL;
}

/* ---------------------------------------------------------------- load */

struct placer {
    pthread_t thread;
    int number;
    unsigned seed;
    long accepted, refused;
};
static struct placer placers[THREADS];

/* One in eight rests three percent below the market; the others are filled or gone at once. */
static void make_order(struct placer *p, struct qf_order_place *o)
{
    size_t symbol = (size_t)rand_r(&p->seed) % STOPS_SYMBOLS;
    bool rests = rand_r(&p->seed) % 8 == 0;
    *o = (struct qf_order_place){.side = rests ? QF_SIDE_BUY : rand_r(&p->seed) % 2, .tif = rests ? QF_TIF_DAY : QF_TIF_IOC};
    qf_str_copy(o->symbol, sizeof o->symbol, symbols[symbol]);
    qf_str_fmt(o->account, sizeof o->account, "a%d", p->number);
    o->quantity = (1 + rand_r(&p->seed) % 5) * QF_ONE;
    o->price = far_below[symbol];
    new_ref(o->client_ref);
    qf_rec_fill(&qf_rec_order_place, o);
    QF_SET(o, order_place, account);
    QF_SET(o, order_place, tif);
    if (rests) QF_SET(o, order_place, price);
}

static void *placing(void *arg)
{
    struct placer *p = arg;
    struct qf_order_place o;
    struct rpc r;
    rpc_init(&r);
    bool ok = rpc_connect(&r, desk.socket);
    while (ok && !over) {
        make_order(p, &o);
        enum rpc_result e = rpc_call(&r, QF_CMD_order_place, &o, NULL, NULL);
        ok = e != RPC_LOST;
        p->accepted += e == RPC_OK;
        p->refused += e == RPC_REFUSED;
        if (breath) usleep(breath);
        if (e == RPC_REFUSED) usleep(200); /* stopped: asking again at once would only fill the trail */
    }
    rpc_release(&r);
    return NULL;
}

static void load_begins(void)
{
    over = false;
    for (int i = 0; i < THREADS; i++) {
        placers[i].number = i;
        placers[i].seed += (unsigned)(i + 1);
        qf_assert(pthread_create(&placers[i].thread, NULL, placing, &placers[i]) == 0);
    }
}

static void load_ends(void)
{
    over = true;
    for (int i = 0; i < THREADS; i++) (void)pthread_join(placers[i].thread, NULL);
}

/* ---------------------------------------------------------------- stopping and going on */

static bool stop(struct stops_window *w)
{
    struct qf_risk_stop in = {.has = 0};
    qf_str_copy(in.reason, sizeof in.reason, "storm");
    QF_SET(&in, risk_stop, reason);
    if (*w->strategy) {
        qf_str_copy(in.strategy, sizeof in.strategy, w->strategy);
        QF_SET(&in, risk_stop, strategy);
    }
    const struct qf_stop_report *r = done(&ann, QF_CMD_risk_stop, &in);
    w->acked = qf_now_wall();
    if (!r || r->state != QF_STATE_HALTED) return false;
    w->whole = r->orders_n == r->requested;
    w->orders_n = r->orders_n;
    w->orders = qf_xalloc((r->orders_n + 1) * sizeof *w->orders);
    for (uint32_t i = 0; i < r->orders_n; i++)
        w->orders[i] = (struct stops_seen){.id = r->orders[i].id, .pending = r->orders[i].state == QF_ORDER_PENDING};
    return true;
}

static bool lift(const char *strategy, qf_time *ret_began)
{
    struct qf_risk_resume in = {.has = 0};
    struct qf_approval_id id = {.has = 0};
    qf_str_copy(in.reason, sizeof in.reason, "storm");
    new_ref(in.client_ref);
    qf_rec_fill(&qf_rec_risk_resume, &in);
    if (*strategy) {
        qf_str_copy(in.strategy, sizeof in.strategy, strategy);
        QF_SET(&in, risk_resume, strategy);
    }
    const struct qf_approval *a = done(&ann, QF_CMD_risk_resume, &in);
    if (!a) return false;
    id.id = a->id;
    new_ref(id.client_ref);
    qf_rec_fill(&qf_rec_approval_id, &id);
    *ret_began = qf_now_wall();
    return done(&boss, QF_CMD_approval_grant, &id) != NULL;
}

/* One stop in eight is the firm's. HALTED is left into CLOSE_ONLY and from there. */
static bool one_stop(struct stops_window *w, unsigned *seed)
{
    qf_time ignored;
    unsigned kind = (unsigned)rand_r(seed) % 8;
    if (kind) qf_str_fmt(w->strategy, sizeof w->strategy, "s%u", kind % STOPS_STRATEGIES);
    usleep((unsigned)rand_r(seed) % 12000);
    bool ok = stop(w);
    usleep((unsigned)rand_r(seed) % 6000);
    return ok && lift(w->strategy, &w->ended) && lift(w->strategy, &ignored);
}

/* ---------------------------------------------------------------- the desk it happens to */

static bool open_accounts(void)
{
    bool ok = true;
    for (int i = 0; i < THREADS && ok; i++) {
        struct qf_account_add a = {0};
        struct qf_cash_move m = {.amount = (qf_money)1000000000 * QF_ONE};
        qf_str_fmt(a.name, sizeof a.name, "a%d", i);
        qf_str_copy(a.owner, sizeof a.owner, "tester");
        new_ref(a.client_ref);
        qf_rec_fill(&qf_rec_account_add, &a);
        if (stops_strategy(i) >= 0) {
            qf_str_fmt(a.strategy, sizeof a.strategy, "s%d", stops_strategy(i));
            QF_SET(&a, account_add, strategy);
        }
        qf_str_copy(m.account, sizeof m.account, a.name);
        new_ref(m.client_ref);
        qf_rec_fill(&qf_rec_cash_move, &m);
        ok = done(&boss, QF_CMD_account_add, &a) && done(&boss, QF_CMD_cash_deposit, &m);
    }
    return ok;
}

/* What a new desk begins with would refuse and trip long before a thousand stops: two people put it out of the way. */
static void ask_to_loosen(void)
{
    const struct qf_limit_list *l = done(&ann, QF_CMD_limit_list, NULL);
    struct qf_limit limits[16];
    uint32_t n = l && l->limits_n < QF_LEN(limits) ? l->limits_n : 0;
    for (uint32_t i = 0; i < n; i++) limits[i] = l->limits[i];
    for (uint32_t i = 0; i < n; i++) {
        struct qf_limit_set in = {.control = limits[i].control, .scope = limits[i].scope, .hard = (qf_money)1000000000000 * QF_ONE};
        if (limits[i].control == QF_CTL_PRICE_BAND) continue;
        qf_str_copy(in.name, sizeof in.name, limits[i].name);
        qf_str_copy(in.reason, sizeof in.reason, "storm");
        new_ref(in.client_ref);
        qf_rec_fill(&qf_rec_limit_set, &in);
        if (*in.name) QF_SET(&in, limit_set, name);
        (void)rpc_call(&ann, QF_CMD_limit_set, &in, NULL, NULL); /* TOO_LOOSE: a request waits */
    }
    for (int code = 0; code < QF_breaker_code_COUNT; code++) {
        bool each = code == QF_BRK_LOSS_STREAK;
        struct qf_breaker_set in = {.code = code, .scope = each ? QF_SCOPE_STRATEGY : QF_SCOPE_FIRM};
        qf_str_copy(in.name, sizeof in.name, each ? "*" : "");
        qf_str_copy(in.reason, sizeof in.reason, "storm");
        new_ref(in.client_ref);
        qf_rec_fill(&qf_rec_breaker_set, &in);
        if (each) QF_SET(&in, breaker_set, scope);
        if (each) QF_SET(&in, breaker_set, name);
        (void)rpc_call(&ann, QF_CMD_breaker_set, &in, NULL, NULL);
    }
}

static bool grant_all(void)
{
    int64_t ids[64];
    uint32_t n = 0;
    bool ok = true;
    const struct qf_approval_list *l = done(&ann, QF_CMD_approval_list, NULL);
    for (uint32_t i = 0; l && i < l->approvals_n && n < QF_LEN(ids); i++)
        if (l->approvals[i].state == QF_APPROVAL_PENDING) ids[n++] = l->approvals[i].id;
    for (uint32_t i = 0; i < n; i++) {
        struct qf_approval_id in = {.id = ids[i]};
        new_ref(in.client_ref);
        qf_rec_fill(&qf_rec_approval_id, &in);
        ok = done(&boss, QF_CMD_approval_grant, &in) && ok;
    }
    return ok && n > 0;
}

static bool wait_prices(void)
{
    for (int i = 0; i < 2000; i++) {
        const struct qf_quote_list *l = done(&boss, QF_CMD_quote_list, NULL);
        uint32_t priced = 0;
        for (uint32_t k = 0; l && k < l->quotes_n; k++)
            for (size_t s = 0; s < STOPS_SYMBOLS; s++)
                if (qf_str_eq(l->quotes[k].symbol, symbols[s]) && QF_HAS(&l->quotes[k], quote, bid)) {
                    far_below[s] = l->quotes[k].bid / 100 * 97;
                    far_below[s] -= far_below[s] % l->quotes[k].tick;
                    priced++;
                }
        if (priced == STOPS_SYMBOLS) return true;
        usleep(5000);
    }
    return false;
}

static bool start(void)
{
    struct qf_login in = {.has = 0};
    proc_make(&desk, "[auth]\nargon_ops = 1\nargon_mem_kib = 8\n[feed sim]\nkind = simulated\nseed = 7\n");
    if (!proc_adduser(&desk, "tester", "admin", (long)getuid()) || !proc_start(&desk)) return false;
    qf_str_copy(in.user, sizeof in.user, "ann");
    qf_str_copy(in.password, sizeof in.password, PASSWORD);
    qf_rec_fill(&qf_rec_login, &in);
    rpc_init(&ann);
    rpc_init(&boss);
    if (!proc_adduser_password(&desk, "ann", "risk", PASSWORD) || !rpc_connect(&ann, desk.socket) || !rpc_connect(&boss, desk.socket) ||
        !done(&ann, QF_CMD_auth_login, &in))
        return false;
    ask_to_loosen();
    return grant_all() && open_accounts() && wait_prices();
}

/* ---------------------------------------------------------------- rounds */

static struct stops_found total, early;

static bool one_round(unsigned *seed, long *ret_stops)
{
    struct stops_window *windows = qf_xalloc(ROUND * sizeof *windows);
    static int64_t read_to;
    uint32_t n = 0;
    bool ok = true;
    load_begins();
    while (n < ROUND && ok) ok = one_stop(&windows[n++], seed);
    load_ends();
    usleep(300000); /* the last words of the venue */
    ok = ok && stops_judge(&boss, &read_to, windows, n, &total, &early);
    for (uint32_t i = 0; i < n; i++) free(windows[i].orders);
    free(windows);
    *ret_stops += n;
    return ok;
}

int main(void)
{
    const char *scale_text = getenv("QF_SCALE");
    long rounds = scale_text ? strtol(scale_text, NULL, 10) : 1, stops = 0, accepted = 0, refused = 0;
    unsigned seed = 20261122;
    int64_t began = qf_now_mono();
    if (rounds > 60) breath = 1000;
    (void)signal(SIGPIPE, SIG_IGN);
    bool ok = start();
    check(ok, "a desk starts on the simulated market", 0, 0);
    for (long i = 0; i < (rounds < 1 ? 1 : rounds) && ok; i++) ok = one_round(&seed, &stops);
    for (int i = 0; i < THREADS; i++) accepted += placers[i].accepted, refused += placers[i].refused;
    printf("# %ld stops in %.1f s; orders accepted %ld, refused %ld; caught before they left %ld, known to the venue when stopped %ld\n", stops,
           (double)(qf_now_mono() - began) / 1e9, accepted, refused, total.withheld, total.known);
    check(ok, "every stop was acknowledged, lifted by two and judged", stops, rounds);
    check(total.accepted == 0, "no order was accepted after a stop was acknowledged", total.accepted, accepted);
    check(total.left == 0, "no order left that the stop had caught before", total.left, total.withheld);
    check(total.unknown == 0, "the venue spoke of no order the stop did not know", total.unknown, total.known);
    check(total.withheld > 0 && total.known > 0, "the stops did come in the middle of it", total.withheld, total.known);
    check(early.accepted > 0, "told a wrong moment, the judge finds orders", early.accepted, early.unknown);
    rpc_release(&ann);
    rpc_release(&boss);
    proc_stop(&desk);
    int verify = proc_verify(&desk);
    check(verify == 0, "qfd verify is clean", verify, 0);
    proc_free(&desk);
    printf("1..%d\n", tests_done);
    return tests_failed != 0;
}
