/* What the wire costs: nanoseconds to read an order.place line as the daemon does (envelope, find the method, decode strictly), to
 * write an order record, and to write an overview of about 2 KB. Each figure is the median of nine rounds, with the smallest and the
 * largest. Nothing passes or fails. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/proto/frame.h"
#include "common/str.h"

#define ROUNDS 9

static const char line[] =
    "{\"jsonrpc\":\"2.0\",\"id\":184467,\"method\":\"order.place\",\"params\":{\"symbol\":\"MSFT\",\"side\":\"BUY\",\"quantity\":\"1500\","
    "\"price\":\"412.35\",\"account\":\"ALPHA-1\",\"client_ref\":\"QF000000184467\"}}";

static struct qf_arena arena;
static struct qf_buf out;
static struct qf_order_place placed;
static struct qf_order order;
static struct qf_overview overview;

static void read_order(void)
{
    struct qf_frame frame;
    struct qf_refusal refusal;
    struct qf_wire_error error;
    struct qf_json j;
    if (qf_frame_read(line, sizeof line - 1, &frame, &refusal) != QF_OK)
        abort();
    int cmd = qf_cmd_find(frame.method, strlen(frame.method));
    qf_json_begin(&j, frame.params, frame.params_n);
    if (qf_wire_decode(&j, qf_cmds[cmd].req, QF_WIRE_STRICT, &placed, &arena, &error) != QF_OK)
        abort();
    qf_arena_reset(&arena);
}

static void validate_line(void)
{
    if (qf_json_validate(line, sizeof line - 1, NULL) != QF_OK)
        abort();
}

static void write_order(void)
{
    qf_buf_clear(&out);
    qf_wire_encode(&out, &qf_rec_order, &order, false);
}

static void write_overview(void)
{
    qf_buf_clear(&out);
    qf_wire_encode(&out, &qf_rec_overview, &overview, false);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(const char *what, size_t bytes, void (*fn)(void), int times)
{
    double ns[ROUNDS];
    for (int r = 0; r < ROUNDS; r++) {
        int64_t start = qf_now_mono();
        for (int i = 0; i < times; i++)
            fn();
        ns[r] = (double)(qf_now_mono() - start) / times;
    }
    qsort(ns, ROUNDS, sizeof ns[0], by_size);
    printf("%-44s %5zu bytes %8.0f ns (%.0f-%.0f)\n", what, bytes, ns[ROUNDS / 2], ns[0], ns[ROUNDS - 1]);
}

static void make_order(struct qf_order *o, int64_t id)
{
    *o = (struct qf_order){ .id = id, .side = QF_SIDE_BUY, .type = QF_TYPE_LIMIT, .quantity = 1500 * QF_ONE, .price = 41235000000,
                            .filled = 700 * QF_ONE, .fees = 123450000, .state = QF_ORDER_PARTIAL, .fills = 3,
                            .at = 1790260327123456, .created = 1790260327123999, .updated = 1790260328000000 };
    o->value = qf_cost_of(41235000000, 700 * QF_ONE, 1);
    qf_str_copy(o->ref, sizeof o->ref, "QF000000184467");
    qf_str_copy(o->account, sizeof o->account, "ALPHA-1");
    qf_str_copy(o->symbol, sizeof o->symbol, "MSFT");
    qf_str_copy(o->by, sizeof o->by, "trader");
    qf_str_copy(o->venue, sizeof o->venue, "paper");
    qf_rec_fill(&qf_rec_order, o);
    QF_SET(o, order, price);
}

/* Totals and three working orders: what a console shows first, about 2 KB. */
static void make_overview(void)
{
    static struct qf_desk_status status = { .equity = (qf_money)1012345678912 * 1000000, .cash = 50000000000000, .day_pnl = 1234567800000,
                                            .gross = (qf_money)2450000005 * 10000000, .net = 3100000025000000, .working = 3,
                                            .state_since = 1790260327000000 };
    static struct qf_order orders[3];
    for (int i = 0; i < 3; i++)
        make_order(&orders[i], 184467 + i);
    qf_str_copy(status.name, sizeof status.name, "main");
    qf_str_copy(status.base, sizeof status.base, "USD");
    qf_rec_fill(&qf_rec_desk_status, &status);
    overview = (struct qf_overview){ .desk = &status, .desk_n = 1, .orders = orders, .orders_n = 3 };
    qf_rec_fill(&qf_rec_overview, &overview);
}

int main(void)
{
    qf_arena_init(&arena, 1 << 20);
    qf_buf_init(&out, 1 << 20);
    make_order(&order, 184467);
    make_overview();
    measure("read order.place: envelope, method, params", sizeof line - 1, read_order, 200000);
    measure("  of that the validator alone", sizeof line - 1, validate_line, 200000);
    write_order();
    measure("write an order", out.len, write_order, 200000);
    write_overview();
    measure("write an overview", out.len, write_overview, 50000);
    qf_arena_release(&arena);
    qf_buf_release(&out);
    return 0;
}
