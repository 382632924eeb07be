/* A storm over a real desk: eight connections place orders while the market runs as fast as it can; in the rough kind qfd is killed,
 * PostgreSQL is killed and frozen at random moments. Afterwards nothing acknowledged may be missing or there twice, the money has to
 * add up to the last digit, and a restarted desk has to be the same desk.
 *
 *   storm full     no faults: 5,000 orders, replay of $QF_SHARED/data/intraday/crypto_btc_1m.csv.gz as fast as possible; its ten
 *                  days are over in half a second, so few orders meet a price
 *   storm calm     the same, ten days in five seconds: most orders are filled
 *   storm rough    kill -9 of qfd at 20 moments, of PostgreSQL at 10, PostgreSQL frozen for 3 s at 5
 *   storm broken   like rough, but an order whose answer was lost is sent again under a new reference: this run has to find orders
 *                  that were placed twice, else the storm proves nothing
 * $QF_SCALE multiplies orders and faults. The output is TAP. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/str.h"
#include "tests/fault/ledger_check.h"
#include "tests/help/proc.h"
#include "tests/help/rpc.h"

#define THREADS 8
#define ACKS_MAX 400000

struct ack {
    char ref[24];
    int64_t id;
    uint64_t body; /* hash of the answer's bytes */
};

struct placer {
    pthread_t thread;
    int number;
    unsigned seed;
    long target;
    struct ack *acks;
    uint32_t acks_n;
    long refused, lost, repeated, differing;
};

static struct proc desk;
static struct placer placers[THREADS];
static volatile bool faults_over;
static bool full, broken, rough;
static const char *const symbols[] = {"ADABTC", "DASHBTC", "ETCBTC", "ETHBTC", "LTCBTC", "XLMBTC", "XMRBTC", "ZECBTC"};

static int tests_done, tests_failed;
static void check(bool ok, const char *what, long long a, long long b)
{
    printf("%sok %d - %s (%lld, %lld)\n", ok ? "" : "not ", ++tests_done, what, a, b);
    fflush(stdout);
    tests_failed += !ok;
}

/* ---------------------------------------------------------------- placing */

static bool connected(struct placer *p, struct rpc *r)
{
    for (int i = 0; r->fd < 0 && i < 2400; i++) {
        if (rpc_connect(r, desk.socket)) return true;
        usleep(25000);
    }
    (void)p;
    return r->fd >= 0;
}

static void make_order(struct placer *p, struct qf_order_place *o, long n)
{
    *o = (struct qf_order_place){.side = (int32_t)(rand_r(&p->seed) % 2), .tif = (int32_t)(rand_r(&p->seed) % 3)};
    qf_str_copy(o->symbol, sizeof o->symbol, symbols[(size_t)rand_r(&p->seed) % QF_LEN(symbols)]);
    o->quantity = (1 + rand_r(&p->seed) % 300) * (QF_ONE / 100);
    qf_str_fmt(o->account, sizeof o->account, "a%d", p->number);
    qf_str_fmt(o->client_ref, sizeof o->client_ref, "s%d-%ld", p->number, n);
    qf_rec_fill(&qf_rec_order_place, o);
    QF_SET(o, order_place, account);
    QF_SET(o, order_place, tif);
}

/* Words after which the same reference may simply be sent again. */
static bool try_again(const struct qf_line *line)
{
    static const char *const words[] = {"NOT_DONE", "NOT_READY", "DB_SLOW", "BUSY", "UNKNOWN_OUTCOME", "NOT_SIGNED_IN"};
    for (size_t i = 0; i < QF_LEN(words); i++)
        if (qf_str_eq(words[i], line->reason)) return true;
    return false;
}

static void remember(struct placer *p, const struct qf_order_place *o, const struct qf_order *order, const struct qf_line *line)
{
    struct ack *a = &p->acks[p->acks_n++];
    qf_str_copy(a->ref, sizeof a->ref, o->client_ref);
    a->id = order->id;
    a->body = qf_hash(line->body, line->body_n);
}

/* Sends until there is an answer. In the broken kind a lost answer gets a new reference: that is the fault to be found. */
static void place(struct placer *p, struct rpc *r, struct qf_order_place *o)
{
    static _Thread_local struct qf_line line;
    const void *rep = NULL;
    for (int tries = 0; tries < 4000 && connected(p, r); tries++) {
        enum rpc_result e = rpc_call(r, QF_CMD_order_place, o, &rep, &line);
        if (e == RPC_OK) {
            remember(p, o, rep, &line);
            return;
        }
        if (e == RPC_LOST) {
            p->lost++;
            if (broken) qf_str_fmt(o->client_ref, sizeof o->client_ref, "s%d-x%ld-%d", p->number, p->lost, tries);
            continue;
        }
        if (!try_again(&line)) {
            p->refused++;
            return;
        }
        if (qf_str_eq(line.reason, "NOT_SIGNED_IN")) rpc_close(r);
        usleep(20000);
    }
    printf("# %s never got an answer\n", o->client_ref);
    tests_failed++;
}

/* The same reference again has to give the same bytes. */
static void repeat_one(struct placer *p, struct rpc *r, struct qf_order_place *sent)
{
    static _Thread_local struct qf_line line;
    const void *rep = NULL;
    const struct ack *a = &p->acks[p->acks_n - 1];
    if (!qf_str_eq(a->ref, sent->client_ref)) return;
    if (r->fd < 0 || rpc_call(r, QF_CMD_order_place, sent, &rep, &line) != RPC_OK) return;
    p->repeated++;
    if (qf_hash(line.body, line.body_n) != a->body) p->differing++;
}

static void *placing(void *arg)
{
    struct placer *p = arg;
    struct qf_order_place o;
    struct rpc r;
    rpc_init(&r);
    for (long n = 0; ((long)p->acks_n < p->target || !faults_over) && p->acks_n < ACKS_MAX / THREADS && p->refused < 100 * p->target; n++) {
        make_order(p, &o, n);
        uint32_t before = p->acks_n;
        place(p, &r, &o);
        if (p->acks_n > before && n % 50 == 7) repeat_one(p, &r, &o);
        if (rough) usleep(broken ? 2000 : 20000); /* the quicker, the more answers are under way when the desk is killed */
        if (p->acks_n == before) usleep(1000); /* no price yet */
    }
    rpc_release(&r);
    return NULL;
}

/* ---------------------------------------------------------------- faults */

static void pause_random(unsigned *seed)
{
    usleep(150000 + (unsigned)rand_r(seed) % 500000);
}

static void one_fault(int kind)
{
    if (kind == 0) {
        proc_signal(&desk, SIGKILL);
        if (!proc_start(&desk)) check(false, "qfd starts again after kill -9", 0, 0);
    } else if (kind == 1) {
        pid_t master = proc_postmaster(&desk);
        if (master > 0) (void)kill(master, SIGKILL);
    } else {
        proc_signal_postgres(&desk, SIGSTOP);
        usleep(3000000);
        proc_signal_postgres(&desk, SIGCONT);
    }
}

static void storm(long scale)
{
    long left[3] = {20 * scale, 10 * scale, 5 * scale};
    unsigned seed = 20261122;
    while (left[0] + left[1] + left[2] > 0) {
        int kind = rand_r(&seed) % 3;
        if (left[kind] == 0) continue;
        left[kind]--;
        pause_random(&seed);
        one_fault(kind);
    }
    printf("# storm over\n");
}

/* ---------------------------------------------------------------- the desk it happens to */

static bool call_ok(struct rpc *r, enum qf_cmd_id cmd, const void *req)
{
    static struct qf_line line;
    if (rpc_call(r, cmd, req, NULL, &line) == RPC_OK) return true;
    printf("# %s: %s %s\n", qf_cmds[cmd].name, line.reason, line.refusal.message);
    return false;
}

static bool open_accounts(struct rpc *r)
{
    bool ok = true;
    for (int i = 0; i < THREADS && ok; i++) {
        struct qf_account_add a = {0};
        struct qf_cash_move m = {.amount = (qf_money)1000000 * QF_ONE};
        qf_str_fmt(a.name, sizeof a.name, "a%d", i);
        qf_str_copy(a.owner, sizeof a.owner, "tester");
        qf_str_fmt(a.client_ref, sizeof a.client_ref, "acct-%d", i);
        qf_rec_fill(&qf_rec_account_add, &a);
        qf_str_copy(m.account, sizeof m.account, a.name);
        qf_str_fmt(m.client_ref, sizeof m.client_ref, "cash-%d", i);
        qf_rec_fill(&qf_rec_cash_move, &m);
        ok = call_ok(r, QF_CMD_account_add, &a) && call_ok(r, QF_CMD_cash_deposit, &m);
    }
    return ok;
}

/* Until every symbol has a price. */
static bool wait_prices(struct rpc *r)
{
    const void *rep = NULL;
    for (int i = 0; i < 4000; i++) {
        if (rpc_call(r, QF_CMD_quote_list, NULL, &rep, NULL) == RPC_OK) {
            const struct qf_quote_list *l = rep;
            uint32_t priced = 0;
            for (uint32_t k = 0; k < l->quotes_n; k++) priced += QF_HAS(&l->quotes[k], quote, bid);
            if (priced >= QF_LEN(symbols)) return true;
        }
        usleep(5000);
    }
    return false;
}

/* At full speed the ten days are over within half a second: in the calm kind they begin when orders come already. */
static bool begin_replay(void)
{
    struct qf_feed_set f = {0};
    struct rpc r;
    if (rough) return true;
    qf_str_copy(f.name, sizeof f.name, "btc");
    qf_str_copy(f.client_ref, sizeof f.client_ref, "begin");
    qf_rec_fill(&qf_rec_feed_set, &f);
    rpc_init(&r);
    bool ok = rpc_connect(&r, desk.socket) && call_ok(&r, QF_CMD_feed_resume, &f);
    rpc_release(&r);
    return ok;
}

static bool start(const char *shared)
{
    char conf[1024];
    struct rpc r;
    qf_str_fmt(conf, sizeof conf,
               "[feed btc]\nkind = replay\nfile = %s/data/intraday/crypto_btc_1m.csv.gz\nautocreate = yes\ncurrency = BTC\n"
               "speed = %d\nhalf_spread_bp_e2 = 200\nmax_age_ms = 864000000\npaused = %s\n",
               shared, full || rough ? 0 : 172800, rough ? "no" : "yes");
    proc_make(&desk, conf);
    proc_set(&desk, "base_currency", "BTC");
    if (!proc_adduser(&desk, "tester", "admin", (long)getuid()) || !proc_start(&desk)) return false;
    rpc_init(&r);
    bool ok = rpc_connect(&r, desk.socket) && open_accounts(&r) && (!rough || wait_prices(&r));
    rpc_release(&r);
    return ok;
}

/* ---------------------------------------------------------------- afterwards */

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const struct ack *)a)->id, y = ((const struct ack *)b)->id;
    return (x > y) - (x < y);
}

static struct ack *all_acks(uint32_t *ret_n)
{
    struct ack *all = qf_xalloc(ACKS_MAX * sizeof *all);
    uint32_t n = 0;
    for (int i = 0; i < THREADS; i++) {
        memcpy(all + n, placers[i].acks, placers[i].acks_n * sizeof *all);
        n += placers[i].acks_n;
    }
    qsort(all, n, sizeof *all, by_id);
    *ret_n = n;
    return all;
}

static void compare_orders(const struct ledger_check *l)
{
    uint32_t n;
    struct ack *all = all_acks(&n);
    long missing = 0, twice = 0, strange = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct qf_order *o = ledger_order(l, all[i].id);
        if (i > 0 && all[i].id == all[i - 1].id) twice++;
        if (!o || !qf_str_eq(o->ref, all[i].ref)) missing++;
    }
    for (uint32_t i = 0; i < l->orders_n; i++) {
        struct ack like = {.id = l->orders[i].id};
        if (!bsearch(&like, all, n, sizeof like, by_id)) strange++;
    }
    check(missing == 0, "every acknowledged order is there", missing, n);
    check(twice == 0, "no two acknowledgements name one order", twice, n);
    if (broken)
        check(strange > 0, "with the references broken on purpose there are orders nobody knows of", strange, l->orders_n);
    else
        check(strange == 0, "no order is there that was not acknowledged", strange, l->orders_n);
    free(all);
}

/* For the reader of a failure: how far the market had come. */
static void tell_feeds(void)
{
    const void *rep = NULL;
    struct rpc r;
    rpc_init(&r);
    if (rpc_connect(&r, desk.socket) && rpc_call(&r, QF_CMD_feed_list, NULL, &rep, NULL) == RPC_OK) {
        const struct qf_feed_list *l = rep;
        for (uint32_t i = 0; i < l->feeds_n; i++)
            printf("# feed %s %s, %lld prices\n", l->feeds[i].name, qf_enum_text(&qf_enum_feed_status, l->feeds[i].status),
                   (long long)l->feeds[i].ticks);
    }
    rpc_release(&r);
}

static void judge(void)
{
    struct ledger_check before, after;
    long lost = 0, repeated = 0, differing = 0, refused = 0;
    uint32_t acked = 0;
    for (int i = 0; i < THREADS; i++) {
        lost += placers[i].lost, repeated += placers[i].repeated, differing += placers[i].differing;
        refused += placers[i].refused, acked += placers[i].acks_n;
    }
    tell_feeds();
    printf("# acknowledged %u, refused %ld, answers lost %ld, repeated %ld\n", acked, refused, lost, repeated);
    check(differing == 0 && repeated > 0, "a repeated client_ref returns the first answer byte for byte", differing, repeated);
    check(ledger_read(&before, desk.socket), "the desk can be read back", 0, 0);
    compare_orders(&before);
    ledger_judge(&before, check);
    proc_stop(&desk);
    check(proc_start(&desk), "the desk starts again", 0, 0);
    check(ledger_read(&after, desk.socket), "and can be read back", 0, 0);
    check(ledger_same(&before, &after), "restarted it is the same desk", before.executions_n, after.executions_n);
    proc_stop(&desk);
    int verify = proc_verify(&desk);
    check(verify == 0, "qfd verify is clean", verify, 0);
    ledger_free(&before);
    ledger_free(&after);
}

int main(int argc, char **argv)
{
    const char *shared = getenv("QF_SHARED"), *scale_text = getenv("QF_SCALE");
    long scale = scale_text ? strtol(scale_text, NULL, 10) : 1;
    full = argc > 1 && qf_str_eq(argv[1], "full");
    broken = argc > 1 && qf_str_eq(argv[1], "broken");
    rough = broken || (argc > 1 && qf_str_eq(argv[1], "rough"));
    if (!shared) {
        bool must = getenv("QF_REQUIRE_SHARED") != NULL;
        printf(must ? "1..1\nnot ok 1 - QF_SHARED is not set\n" : "1..0 # skipped: QF_SHARED is not set\n");
        return must;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    check(start(shared), "a desk starts on the replay", 0, 0);
    for (int i = 0; i < THREADS && !tests_failed; i++) {
        placers[i] = (struct placer){.number = i, .seed = (unsigned)(i + 1), .target = 5000 * scale / THREADS};
        placers[i].acks = qf_xalloc(ACKS_MAX / THREADS * sizeof(struct ack));
        qf_assert(pthread_create(&placers[i].thread, NULL, placing, &placers[i]) == 0);
    }
    if (!tests_failed) {
        check(begin_replay(), "the market runs", 0, 0);
        if (rough) storm(scale);
        faults_over = true;
        for (int i = 0; i < THREADS; i++) (void)pthread_join(placers[i].thread, NULL);
        judge();
    }
    proc_free(&desk);
    printf("1..%d\n", tests_done);
    return tests_failed != 0;
}
