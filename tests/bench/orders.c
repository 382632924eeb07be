/* Rows of orders that look like a desk's: 10 accounts, 500 symbols. */
#include <string.h>

#include "common/str.h"
#include "tests/bench/raw.h"

#define ACCOUNTS 10
#define SYMBOLS 500
#define WALL 1760000000000000LL
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct maker {
    orders_fn row;
    void *arg;
    char account[25], symbol[17], ref[65];
    int64_t id;
    uint8_t seen[ACCOUNTS][SYMBOLS / 8 + 1], cash[ACCOUNTS]; /* keys that were given in this batch */
};

static void give(struct maker *m, enum qf_table_id table, void *row)
{
    const uint64_t has = *(uint64_t *)row;
    qf_rec_fill(qf_tables[table].rec, row);
    *(uint64_t *)row |= has;
    m->row(m->arg, table, row);
}

static void give_order(struct maker *m, bool filled)
{
    struct qf_order o = { .id = m->id,
                          .type = QF_TYPE_LIMIT,
                          .tif = QF_TIF_IOC,
                          .quantity = 100 * QF_ONE,
                          .price = 190 * QF_ONE,
                          .filled = filled ? 100 * QF_ONE : 0,
                          .state = filled ? QF_ORDER_FILLED : QF_ORDER_PENDING,
                          .by = "trader",
                          .venue = "paper",
                          .at = WALL,
                          .created = WALL,
                          .updated = WALL,
                          .fills = filled,
                          .arrival = 190 * QF_ONE };
    QF_SET(&o, order, price);
    QF_SET(&o, order, arrival);
    if (filled)
        o.value = qf_cost_of(o.price, o.quantity, 1);
    qf_str_copy(o.ref, sizeof o.ref, m->ref);
    qf_str_copy(o.account, sizeof o.account, m->account);
    qf_str_copy(o.symbol, sizeof o.symbol, m->symbol);
    give(m, QF_TABLE_orders, &o);
}

static void give_trail(struct maker *m, int64_t cmd_no, const char *method)
{
    static const char args[] =
        "{\"symbol\":\"SYM123\",\"side\":\"BUY\",\"quantity\":\"100\",\"price\":\"190\",\"client_ref\":\"bench-1\"}";
    static const char detail[] = "48213 BUY SYM123 100";
    struct qf_control c = { .cmd_no = cmd_no,
                            .at = WALL,
                            .username = "trader",
                            .role = "trader",
                            .session = 1,
                            .source = "unix",
                            .outcome = QF_OUTCOME_DONE,
                            .args = { args, sizeof args - 1 },
                            .detail = { detail, sizeof detail - 1 },
                            .prev = HASH,
                            .hash = HASH };
    QF_SET(&c, control, session);
    QF_SET(&c, control, ref);
    QF_SET(&c, control, detail);
    qf_str_copy(c.method, sizeof c.method, method);
    qf_str_copy(c.ref, sizeof c.ref, m->ref);
    give(m, QF_TABLE_control_log, &c);
}

static void give_request(struct maker *m, int64_t cmd_no)
{
    static const char answer[] =
        "\"result\":{\"id\":48213,\"account\":\"acct1\",\"symbol\":\"SYM123\",\"side\":\"BUY\",\"type\":\"LIMIT\","
        "\"tif\":"
        "\"IOC\",\"quantity\":\"100\",\"price\":\"190\",\"filled\":\"0\",\"state\":\"PENDING\",\"by\":\"trader\"}";
    struct qf_request r = { .username = "trader", .method = "order.place", .args_hash = HASH, .cmd_no = cmd_no,
                            .answer = { answer, sizeof answer - 1 }, .at = WALL };
    qf_str_copy(r.ref, sizeof r.ref, m->ref);
    give(m, QF_TABLE_requests, &r);
}

static void give_execution(struct maker *m)
{
    struct qf_execution e = { .id = m->id,
                              .order_id = m->id,
                              .quantity = 100 * QF_ONE,
                              .price = 190 * QF_ONE,
                              .fee = QF_ONE / 2,
                              .currency = "USD",
                              .amount = -19000 * (qf_money)QF_ONE,
                              .venue = "paper",
                              .at = WALL,
                              .recorded = WALL };
    struct qf_lot l = { .id = m->id,
                        .quantity = 100 * QF_ONE,
                        .remaining = 100 * QF_ONE,
                        .price = 190 * QF_ONE,
                        .execution = m->id,
                        .opened = WALL };
    QF_SET(&e, execution, order_id);
    qf_str_fmt(e.exec_id, sizeof e.exec_id, "%lld-1", (long long)m->id);
    qf_str_copy(e.account, sizeof e.account, m->account);
    qf_str_copy(e.symbol, sizeof e.symbol, m->symbol);
    qf_str_copy(l.account, sizeof l.account, m->account);
    qf_str_copy(l.symbol, sizeof l.symbol, m->symbol);
    give(m, QF_TABLE_executions, &e);
    give(m, QF_TABLE_lots, &l);
}

static void give_ledger(struct maker *m)
{
    for (int i = 0; i < 2; i++) {
        struct qf_ledger l = { .id = 2 * m->id + i,
                               .currency = "USD",
                               .kind = i == 0 ? QF_LEDGER_TRADE : QF_LEDGER_FEE,
                               .amount = i == 0 ? -19000 * (qf_money)QF_ONE : -QF_ONE / 2,
                               .execution = m->id,
                               .by = "paper",
                               .at = WALL,
                               .recorded = WALL };
        QF_SET(&l, ledger, execution);
        qf_str_copy(l.account, sizeof l.account, m->account);
        give(m, QF_TABLE_ledger, &l);
    }
}

/* The last image of each key in the batch: once. */
static void give_states(struct maker *m, int account, int symbol)
{
    const uint8_t bit = (uint8_t)(1U << symbol % 8);
    if ((m->seen[account][symbol / 8] & bit) == 0) {
        struct qf_position p = { .quantity = 100 * QF_ONE,
                                 .cost = qf_cost_of(190 * QF_ONE, 100 * QF_ONE, 1),
                                 .fees = QF_ONE,
                                 .currency = "USD",
                                 .trade_id = account * SYMBOLS + symbol + 1,
                                 .day = WALL,
                                 .updated = WALL };
        struct qf_trade t = { .id = account * SYMBOLS + symbol + 1,
                              .state = QF_TRADE_OPEN,
                              .opened = WALL,
                              .quantity = m->id * QF_ONE,
                              .entry_cost = p.cost,
                              .fees = QF_ONE,
                              .executions = m->id,
                              .currency = "USD" };
        p.fifo_cost = p.cost;
        QF_SET(&p, position, trade_id);
        qf_str_copy(p.account, sizeof p.account, m->account);
        qf_str_copy(p.symbol, sizeof p.symbol, m->symbol);
        qf_str_copy(t.account, sizeof t.account, m->account);
        qf_str_copy(t.symbol, sizeof t.symbol, m->symbol);
        give(m, QF_TABLE_positions, &p);
        give(m, QF_TABLE_trades, &t);
        m->seen[account][symbol / 8] |= bit;
    }
    if (m->cash[account] == 0) {
        struct qf_cash c = { .currency = "USD", .balance = m->id * (qf_money)QF_ONE, .updated = WALL };
        qf_str_copy(c.account, sizeof c.account, m->account);
        give(m, QF_TABLE_cash, &c);
        m->cash[account] = 1;
    }
}

void orders_make(enum orders_kind kind, int64_t from, int n, orders_fn row, void *arg)
{
    struct maker m = { .row = row, .arg = arg };
    for (m.id = from; m.id < from + n; m.id++) {
        const uint64_t h = qf_hash(&m.id, sizeof m.id);
        const int account = (int)(h % ACCOUNTS), symbol = (int)(h / ACCOUNTS % SYMBOLS);
        qf_str_fmt(m.account, sizeof m.account, "acct%d", account);
        qf_str_fmt(m.symbol, sizeof m.symbol, "SYM%d", symbol);
        qf_str_fmt(m.ref, sizeof m.ref, "bench-%lld", (long long)m.id);
        give_order(&m, kind == ORDERS_FILLED);
        give_trail(&m, kind == ORDERS_FILLED ? 2 * m.id : m.id, "order.place");
        give_request(&m, kind == ORDERS_FILLED ? 2 * m.id : m.id);
        if (kind == ORDERS_FILLED) {
            give_execution(&m);
            give_ledger(&m);
            give_states(&m, account, symbol);
            give_trail(&m, 2 * m.id + 1, "venue.fill");
        }
    }
}
