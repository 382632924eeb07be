#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/proto/proto.h"
#include "common/proto/value.h"
#include "common/str.h"

/* --- the tables as a whole */

static size_t width_of(const struct qf_field *f)
{
    switch (f->type) {
    case QF_T_bool:
        return 1;
    case QF_T_text:
        return (size_t)f->max + 1;
    case QF_T_enum:
        return 4;
    case QF_T_money:
    case QF_T_cost:
    case QF_T_str:
    case QF_T_json:
        return 16;
    default:
        return 8;
    }
}

/* No two fields share a byte of the struct, and none lies on `has` or outside. */
static void check_layout(const struct qf_rec *rec)
{
    char *used = calloc(1, rec->size);
    memset(used, 1, sizeof(uint64_t));
    for (const struct qf_field *f = rec->fields; f->name != NULL; f++) {
        assert_true(f->off + width_of(f) <= rec->size);
        for (size_t i = 0; i < width_of(f); i++)
            if (used[f->off + i]++ != 0)
                fail_msg("%s.%s overlaps", rec->name, f->name);
        if (f->type == QF_T_list)
            assert_true(f->off_n > f->off && f->off_n + 4U <= rec->size);
    }
    free(used);
}

static void check_field(const struct qf_rec *rec, const struct qf_field *f)
{
    char key[80];
    qf_str_fmt(key, sizeof key, "\"%s\":", f->name);
    assert_string_equal(f->key, key);
    assert_int_equal(f->key_n, strlen(key));
    assert_int_equal(f->name_n, strlen(f->name));
    assert_true(f->words != NULL && f->words[0] != '\0');
    assert_int_equal(f->type == QF_T_enum, f->en != NULL);
    assert_int_equal(f->type == QF_T_list, f->item != NULL);
    assert_ptr_equal(qf_rec_field(rec, f->name, strlen(f->name)), f);
    assert_true(f->min <= f->max);
    if (f->type == QF_T_text || f->type == QF_T_str || f->type == QF_T_list)
        assert_true(f->min >= 0 && f->max > 0);
    if (qf_value_scale(f->type) >= 0)
        assert_true(f->min < f->max);
}

static void every_record_is_sound(void **state)
{
    (void)state;
    int count = 0;
    for (const struct qf_rec *const *r = qf_recs; *r != NULL; r++, count++) {
        const struct qf_rec *rec = *r;
        int fields = 0;
        uint64_t must = 0, asked = 0;
        for (const struct qf_field *f = rec->fields; f->name != NULL; f++, fields++) {
            check_field(rec, f);
            must |= (f->flags & QF_F_OPT) == 0 ? 1ULL << fields : 0;
            asked |= (f->flags & (QF_F_OPT | QF_F_READONLY | QF_F_VIRTUAL | QF_F_HIDDEN)) == 0 ? 1ULL << fields : 0;
        }
        assert_int_equal(fields, rec->count);
        assert_true(rec->must == must);
        assert_true(*rec->asked == asked);
        check_layout(rec);
    }
    assert_true(count > 50);
}

static void every_enum_has_its_words(void **state)
{
    (void)state;
    for (const struct qf_enum *const *e = qf_enums; *e != NULL; e++) {
        assert_true((*e)->count > 0);
        for (int i = 0; i < (*e)->count; i++) {
            assert_non_null((*e)->words[i]);
            assert_int_equal(qf_enum_find(*e, (*e)->texts[i], strlen((*e)->texts[i])), i);
        }
    }
}

static void rows_become_what_they_say(void **state)
{
    (void)state;
    const struct qf_field *f = &qf_rec_order_place.fields[QF_order_place_quantity];
    assert_string_equal(f->name, "quantity");
    assert_int_equal(f->type, QF_T_qty);
    assert_true(f->min == 1 && f->max == QF_PRICE_MAX);
    f = &qf_rec_order_place.fields[QF_order_place_price];
    assert_true(f->min == -QF_PRICE_MAX && f->max == QF_PRICE_MAX);
    assert_int_equal(f->flags, QF_F_OPT);
    f = &qf_rec_cash_move.fields[QF_cash_move_amount]; /* a minimum alone */
    assert_true(f->min == 1 && f->max == QF_MONEY_MAX);
    f = &qf_rec_order.fields[QF_order_value];
    assert_true(f->min == -QF_COST_MAX && f->max == QF_COST_MAX);
    f = &qf_rec_order.fields[QF_order_fills];
    assert_true(f->min == INT64_MIN && f->max == INT64_MAX);
    f = &qf_rec_user.fields[QF_user_password];
    assert_int_equal(f->flags, QF_F_HIDDEN | QF_F_OPT);
    f = &qf_rec_quote_publish.fields[QF_quote_publish_quotes];
    assert_ptr_equal(f->item, &qf_rec_quote_in);
    assert_true(f->max == 500);
    assert_int_equal(f->off_n, offsetof(struct qf_quote_publish, quotes_n));
    assert_int_equal(qf_rec_none.count, 0);
    assert_int_equal(qf_cmds[QF_CMD_order_place].cls, QF_CLASS_WRITE);
    assert_int_equal(qf_cmds[QF_CMD_order_place].perm, QF_P_TRADE);
    assert_ptr_equal(qf_cmds[QF_CMD_order_place].rep, &qf_rec_order);
    assert_int_equal(qf_tables[QF_TABLE_executions].mode, QF_MODE_APPEND);
}

/* --- finding by name */

static void commands_and_topics_are_found(void **state)
{
    (void)state;
    for (int i = 0; i < QF_CMD_COUNT; i++)
        assert_int_equal(qf_cmd_find(qf_cmds[i].name, strlen(qf_cmds[i].name)), i);
    for (int i = 0; i < QF_TOPIC_COUNT; i++)
        assert_int_equal(qf_topic_find(qf_topics[i].name, strlen(qf_topics[i].name)), i);
    assert_int_equal(qf_cmd_find("order.plac", 10), -1);
    assert_int_equal(qf_cmd_find("order.places", 12), -1);
    assert_int_equal(qf_cmd_find("order.place", 10), -1);
    assert_int_equal(qf_cmd_find("order.place\0", 12), -1);
    assert_int_equal(qf_cmd_find("", 0), -1);
    assert_int_equal(qf_cmd_find("Order.place", 11), -1);
    assert_int_equal(qf_topic_find("nothing", 7), -1);
    for (int i = 0; i < 5000; i++) { /* every chain of slots ends */
        char name[16];
        size_t n = qf_str_fmt(name, sizeof name, "no.%d", i);
        assert_int_equal(qf_cmd_find(name, n), -1);
    }
}

static void reasons_are_found(void **state)
{
    (void)state;
    assert_int_equal(qf_reason_find("FORBIDDEN", 9), QF_R_FORBIDDEN);
    assert_int_equal(qf_reason_find("FORBID", 6), -1);
    assert_int_equal(qf_reasons[QF_R_PARSE].code, -32700);
    assert_int_equal(qf_reasons[QF_R_NOT_SIGNED_IN].status, 4);
    for (int i = 0; i < QF_R_COUNT; i++)
        for (int k = 0; k < i; k++)
            assert_int_not_equal(qf_reasons[i].code, qf_reasons[k].code);
}

/* --- has and keys */

static void fill_sets_what_is_not_optional(void **state)
{
    (void)state;
    struct qf_order o = { 0 };
    QF_SET(&o, order, price);
    qf_rec_fill(&qf_rec_order, &o);
    assert_true(QF_HAS(&o, order, id) && QF_HAS(&o, order, updated) && QF_HAS(&o, order, price));
    assert_false(QF_HAS(&o, order, reason));
    QF_DROP(&o, order, price);
    assert_false(QF_HAS(&o, order, price));
    assert_true(qf_rec_has(&qf_rec_order, &o, &qf_rec_order.fields[QF_order_id]));
    assert_false(qf_rec_has(&qf_rec_order, &o, &qf_rec_order.fields[QF_order_price]));
}

static void keys_agree_by_value(void **state)
{
    (void)state;
    struct qf_cash a = { 0 }, b;
    qf_str_copy(a.account, sizeof a.account, "main");
    qf_str_copy(a.currency, sizeof a.currency, "USD");
    b = a;
    b.balance = 7;
    b.account[6] = 'x'; /* left over behind the NUL */
    assert_true(qf_rec_same_key(&qf_rec_cash, &a, &b));
    assert_true(qf_rec_hash_key(&qf_rec_cash, &a) == qf_rec_hash_key(&qf_rec_cash, &b));
    qf_str_copy(b.currency, sizeof b.currency, "EUR");
    assert_false(qf_rec_same_key(&qf_rec_cash, &a, &b));
    assert_true(qf_rec_hash_key(&qf_rec_cash, &a) != qf_rec_hash_key(&qf_rec_cash, &b));
    struct qf_cash c = { 0 }, d = { 0 }; /* the same texts, the other way round */
    qf_str_copy(c.account, sizeof c.account, "USD");
    qf_str_copy(c.currency, sizeof c.currency, "main");
    assert_true(qf_rec_hash_key(&qf_rec_cash, &a) != qf_rec_hash_key(&qf_rec_cash, &c));
    qf_str_copy(d.account, sizeof d.account, "mainU");
    qf_str_copy(d.currency, sizeof d.currency, "SD");
    assert_false(qf_rec_same_key(&qf_rec_cash, &a, &d));
    struct qf_limit l = { .scope = QF_SCOPE_FIRM }, m = { .scope = QF_SCOPE_SECTOR };
    assert_false(qf_rec_same_key(&qf_rec_limit, &l, &m));
}

/* --- text */

static struct qf_arena arena;

static enum qf_err parse(const struct qf_rec *rec, void *o, const char *field, const char *text, const char **ret_why)
{
    const struct qf_field *f = qf_rec_field(rec, field, strlen(field));
    assert_non_null(f);
    return qf_field_parse(f, rec, o, text, strlen(text), &arena, ret_why);
}

static void assert_text(const struct qf_rec *rec, const void *o, const char *field, const char *want)
{
    char out[200];
    const struct qf_field *f = qf_rec_field(rec, field, strlen(field));
    assert_int_equal(qf_field_text(f, rec, o, out, sizeof out), strlen(want));
    assert_string_equal(out, want);
}

static void values_go_to_text_and_back(void **state)
{
    (void)state;
    static const char *const rows[][2] = { { "id", "4711" }, { "symbol", "AAPL" }, { "side", "SELL" }, { "quantity", "1234567.5" },
                                           { "price", "-0.00000001" }, { "value", "10025.0000000000000001" }, { "fees", "-12.5" },
                                           { "state", "PARTIAL" }, { "at", "2026-09-24T14:32:07.500Z" }, { "fills", "-9223372036854775808" } };
    struct qf_order o = { 0 };
    const char *why;
    for (size_t i = 0; i < QF_LEN(rows); i++) {
        assert_text(&qf_rec_order, &o, rows[i][0], "");
        assert_int_equal(parse(&qf_rec_order, &o, rows[i][0], rows[i][1], &why), QF_OK);
        assert_text(&qf_rec_order, &o, rows[i][0], rows[i][1]);
    }
    assert_int_equal(o.id, 4711);
    assert_int_equal(o.side, QF_SIDE_SELL);
    assert_true(o.quantity == 123456750000000);
    assert_true(QF_HAS(&o, order, price) && !QF_HAS(&o, order, reason));
}

static void other_types_go_to_text_and_back(void **state)
{
    (void)state;
    const char *why;
    struct qf_instrument in = { 0 };
    assert_int_equal(parse(&qf_rec_instrument, &in, "negative", "True", &why), QF_OK);
    assert_text(&qf_rec_instrument, &in, "negative", "yes");
    assert_int_equal(parse(&qf_rec_instrument, &in, "negative", "no", &why), QF_OK);
    assert_text(&qf_rec_instrument, &in, "negative", "no");
    assert_int_equal(parse(&qf_rec_instrument, &in, "status", "suspended", &why), QF_OK); /* people type words in any case */
    assert_text(&qf_rec_instrument, &in, "status", "SUSPENDED");
    struct qf_incident inc = { 0 };
    assert_int_equal(parse(&qf_rec_incident, &inc, "detail", "caf\xC3\xA9", &why), QF_OK);
    assert_text(&qf_rec_incident, &inc, "detail", "caf\xC3\xA9");
    struct qf_risk_state rs = { .states_n = 3 };
    qf_rec_fill(&qf_rec_risk_state, &rs);
    assert_text(&qf_rec_risk_state, &rs, "states", "3");
    assert_int_equal(parse(&qf_rec_risk_state, &rs, "states", "3", &why), QF_ESTATE);
}

static void assert_refused(const char *field, const char *text, const char *want)
{
    struct qf_order o = { 0 };
    const char *why = "";
    assert_int_not_equal(parse(&qf_rec_order, &o, field, text, &why), QF_OK);
    assert_string_equal(why, want);
    static const struct qf_order zero;
    assert_memory_equal(&o, &zero, sizeof o);
}

static void refusals_say_why(void **state)
{
    (void)state;
    assert_refused("quantity", "ten", "must be a decimal such as 100.25");
    assert_refused("quantity", "", "must be a decimal such as 100.25");
    assert_refused("quantity", "1,000", "must be a decimal such as 100.25");
    assert_refused("quantity", "0", "must be above zero");
    assert_refused("quantity", "-5", "must be above zero");
    assert_refused("quantity", "92000000000.00000001", "must be at most 92000000000");
    assert_refused("quantity", "99999999999999999999999999999999999999999999", "must be at most 92000000000");
    assert_refused("quantity", "0.123456789", "must have at most 8 decimals");
    assert_refused("price", "-99999999999999999999999999999999999999999999", "must be at least -92000000000");
    assert_refused("id", "0", "must be at least 1");
    assert_refused("id", "1.0", "must be a whole number");
    assert_refused("id", "9223372036854775808", "must be at most 9223372036854775807");
    assert_refused("side", "HOLD", "must be one of BUY, SELL");
    assert_refused("symbol", "", "must not be empty");
    assert_refused("symbol", "ABCDEFGHIJKLMNOPQ", "must be at most 16 bytes long");
    assert_refused("symbol", "A\x1B[2J", "has characters that cannot be shown");
    assert_refused("symbol", "A\xE2\x80\xAE", "has characters that cannot be shown");
    assert_refused("symbol", "\xFF", "has characters that cannot be shown");
    assert_refused("at", "yesterday", "must be a time such as 2026-09-24T14:32:07Z or a day such as 2026-09-24");
}

static void the_longest_list_of_words_fits(void **state)
{
    (void)state;
    char why[QF_PHRASE];
    for (const struct qf_enum *const *e = qf_enums; *e != NULL; e++) {
        qf_value_enum_why(*e, why);
        const char *last = (*e)->texts[(*e)->count - 1];
        assert_true(strlen(why) > strlen(last));
        assert_string_equal(why + strlen(why) - strlen(last), last);
    }
}

static void text_is_cut_to_fit(void **state)
{
    (void)state;
    char out[4];
    struct qf_order o = { .id = 123456 };
    qf_rec_fill(&qf_rec_order, &o);
    assert_int_equal(qf_field_text(&qf_rec_order.fields[QF_order_id], &qf_rec_order, &o, out, sizeof out), 3);
    assert_string_equal(out, "123");
    assert_int_equal(qf_field_text(&qf_rec_order.fields[QF_order_at], &qf_rec_order, &o, out, sizeof out), 3);
}

static void reals_keep_their_bits(void **state)
{
    (void)state;
    static const double values[] = { 0, -0.0, 0.1, 1.0 / 3, 1e308, 5e-324, -123456.789, 1e21, 0.30000000000000004 };
    char text[QF_REAL_TEXT];
    for (size_t i = 0; i < QF_LEN(values); i++) {
        double back = 7;
        size_t n = qf_value_real_text(values[i], text);
        assert_int_equal(qf_value_real(text, n, &back), QF_OK);
        assert_memory_equal(&back, &values[i], sizeof back);
    }
    qf_value_real_text(0.1, text);
    assert_string_equal(text, "0.1");
    double v = 7;
    assert_int_equal(qf_value_real("1e999", 5, &v), QF_ERANGE);
    assert_true(v == 7);
}

static int start(void **state)
{
    (void)state;
    qf_arena_init(&arena, 1 << 20);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    qf_arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_is_sound),
        cmocka_unit_test(every_enum_has_its_words),
        cmocka_unit_test(rows_become_what_they_say),
        cmocka_unit_test(commands_and_topics_are_found),
        cmocka_unit_test(reasons_are_found),
        cmocka_unit_test(fill_sets_what_is_not_optional),
        cmocka_unit_test(keys_agree_by_value),
        cmocka_unit_test(values_go_to_text_and_back),
        cmocka_unit_test(other_types_go_to_text_and_back),
        cmocka_unit_test(refusals_say_why),
        cmocka_unit_test(the_longest_list_of_words_fits),
        cmocka_unit_test(text_is_cut_to_fit),
        cmocka_unit_test(reals_keep_their_bits),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
