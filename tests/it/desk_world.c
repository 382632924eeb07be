#include "tests/it/desk_world.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/str.h"

static const char conf[] =
    "[auth]\nargon_ops = 1\nargon_mem_kib = 8\n"
    "[feed sim]\nkind = simulated\nseed = 7\n"
    "[feed outside]\nkind = publish\n";

static void add_user(struct desk_world *w, const char *name, const char *role)
{
    assert_true(proc_adduser_password(&w->proc, name, role, WORLD_PASSWORD));
}

void world_start(struct desk_world *w)
{
    memset(w, 0, sizeof *w);
    proc_make(&w->proc, conf);
    assert_true(proc_adduser(&w->proc, "boss", "admin", (long)getuid()));
    assert_true(proc_start(&w->proc));
    add_user(w, "ann", "risk"); /* with the daemon running: the other way of adduser */
    add_user(w, "bob", "trader");
    add_user(w, "vic", "viewer");
    add_user(w, "tick", "feed");
    rpc_init(&w->boss);
    assert_true(rpc_connect(&w->boss, w->proc.socket));
}

void world_stop(struct desk_world *w)
{
    rpc_release(&w->boss);
    proc_free(&w->proc);
}

void world_restart(struct desk_world *w)
{
    rpc_close(&w->boss);
    proc_stop(&w->proc);
    assert_true(proc_start(&w->proc));
    assert_true(rpc_connect(&w->boss, w->proc.socket));
}

void world_sign_in(struct desk_world *w, struct rpc *r, const char *user)
{
    struct qf_login in = { .has = 0 };
    qf_str_copy(in.user, sizeof in.user, user);
    qf_str_copy(in.password, sizeof in.password, WORLD_PASSWORD);
    qf_rec_fill(&qf_rec_login, &in);
    rpc_init(r);
    assert_true(rpc_connect(r, w->proc.socket));
    const struct qf_signed_in *who = world_do(w, r, QF_CMD_auth_login, &in);
    assert_string_equal(who->user, user);
    assert_true(QF_HAS(who, signed_in, token));
}

void world_ref(struct desk_world *w, char out[65])
{
    qf_str_fmt(out, 65, "it-%ld-%lld", (long)getpid(), (long long)++w->refs);
}

const void *world_do(struct desk_world *w, struct rpc *r, enum qf_cmd_id cmd, const void *req)
{
    const void *rep = NULL;
    enum rpc_result e = rpc_call(r, cmd, req, &rep, &w->line);
    if (e != RPC_OK)
        fail_msg("%s: %s %s", qf_cmds[cmd].name, e == RPC_LOST ? "lost" : w->line.reason, w->line.refusal.message);
    return rep;
}

void world_refused(struct desk_world *w, struct rpc *r, enum qf_cmd_id cmd, const void *req, const char *word)
{
    assert_int_equal(rpc_call(r, cmd, req, NULL, &w->line), RPC_REFUSED);
    assert_string_equal(w->line.reason, word);
}

void world_wait_prices(struct desk_world *w)
{
    for (int i = 0; i < 200; i++) {
        const struct qf_quote_list *l = world_do(w, &w->boss, QF_CMD_quote_list, NULL);
        uint32_t priced = 0;
        for (uint32_t k = 0; k < l->quotes_n; k++)
            priced += QF_HAS(&l->quotes[k], quote, bid) && !l->quotes[k].stale;
        if (l->quotes_n >= 20 && priced >= 20)
            return;
        usleep(50000);
    }
    fail_msg("no prices");
}

int64_t world_order(struct desk_world *w, struct rpc *r, const char *symbol, enum qf_side side, int64_t quantity, qf_price price)
{
    struct qf_order_place in = { .side = (int32_t)side, .quantity = quantity * QF_ONE, .price = price };
    qf_str_copy(in.symbol, sizeof in.symbol, symbol);
    qf_str_copy(in.account, sizeof in.account, "desk");
    world_ref(w, in.client_ref);
    qf_rec_fill(&qf_rec_order_place, &in);
    QF_SET(&in, order_place, account);
    if (price)
        QF_SET(&in, order_place, price);
    return ((const struct qf_order *)world_do(w, r, QF_CMD_order_place, &in))->id;
}

qf_price world_below(struct desk_world *w, const char *symbol)
{
    const struct qf_quote_list *l = world_do(w, &w->boss, QF_CMD_quote_list, NULL);
    for (uint32_t i = 0; i < l->quotes_n; i++)
        if (qf_str_eq(l->quotes[i].symbol, symbol)) {
            qf_price p = l->quotes[i].bid / 100 * 97;
            return p - p % l->quotes[i].tick;
        }
    fail_msg("no quote of %s", symbol);
    return 0;
}

enum qf_order_state world_state(struct desk_world *w, int64_t id, const struct qf_order_detail **ret_detail)
{
    struct qf_order_id in = { .id = id };
    qf_rec_fill(&qf_rec_order_id, &in);
    const struct qf_order_detail *d = world_do(w, &w->boss, QF_CMD_order_show, &in);
    assert_int_equal(d->order_n, 1);
    if (ret_detail)
        *ret_detail = d;
    return (enum qf_order_state)d->order[0].state;
}

void world_wait_state(struct desk_world *w, int64_t id, enum qf_order_state state)
{
    enum qf_order_state is = QF_ORDER_PENDING;
    for (int i = 0; i < 300; i++) {
        is = world_state(w, id, NULL);
        if (is == state)
            return;
        usleep(20000);
    }
    fail_msg("order %lld is %s, not %s", (long long)id, qf_enum_text(&qf_enum_order_state, (int32_t)is),
             qf_enum_text(&qf_enum_order_state, (int32_t)state));
}

void world_start_two(struct desk_world *w, struct rpc *ann, struct rpc *bob)
{
    world_start(w);
    world_wait_prices(w);
    world_sign_in(w, ann, "ann");
    world_sign_in(w, bob, "bob");
}

void world_stop_two(struct desk_world *w, struct rpc *ann, struct rpc *bob)
{
    proc_signal_postgres(&w->proc, SIGCONT); /* a test may have left it frozen */
    rpc_release(ann);
    rpc_release(bob);
    world_stop(w);
}
