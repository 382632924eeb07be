#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/proto/wire.h"
#include "common/str.h"

static struct qf_arena arena;
static struct qf_buf buf;
static struct qf_wire_error error;

static enum qf_err decode(const struct qf_rec *rec, enum qf_wire_mode mode, void *o, const char *text)
{
    struct qf_json j;
    qf_arena_reset(&arena);
    memset(&error, 'x', sizeof error);
    qf_json_begin(&j, text, strlen(text));
    return qf_wire_decode(&j, rec, mode, o, &arena, &error);
}

static const char *encode(const struct qf_rec *rec, const void *o)
{
    qf_buf_clear(&buf);
    qf_wire_encode(&buf, rec, o, false);
    assert_false(buf.failed);
    assert_int_equal(qf_json_validate(buf.p, buf.len, NULL), QF_OK);
    return qf_buf_cstr(&buf);
}

static const char order_text[] = "{\"symbol\":\"AAPL\",\"side\":\"BUY\",\"quantity\":\"100\",\"type\":\"LIMIT\",\"price\":\"190.25\",\"tif\":\"DAY\","
                                 "\"account\":\"main\",\"client_ref\":\"r1\"}";

/* --- decoding */

static void assert_order(const struct qf_order_place *o)
{
    assert_string_equal(o->symbol, "AAPL");
    assert_int_equal(o->side, QF_SIDE_BUY);
    assert_true(o->quantity == 100 * QF_ONE);
    assert_int_equal(o->type, QF_TYPE_LIMIT);
    assert_true(o->price == 19025000000);
    assert_int_equal(o->tif, QF_TIF_DAY);
    assert_string_equal(o->account, "main");
    assert_string_equal(o->client_ref, "r1");
}

static void an_order_is_decoded(void **state)
{
    (void)state;
    struct qf_order_place o;
    memset(&o, 0xAA, sizeof o);
    assert_int_equal(decode(&qf_rec_order_place, QF_WIRE_STRICT, &o, order_text), QF_OK);
    assert_true(o.has == (1ULL << QF_order_place_FIELDS) - 1);
    assert_order(&o);
}

static void the_order_of_fields_and_blanks_do_not_matter(void **state)
{
    (void)state;
    static const char *const texts[] = {
        " { \"client_ref\" : \"r1\" , \"account\":\"main\",\"tif\":\"DAY\",\"price\":\"190.25\",\"type\":\"LIMIT\",\"quantity\":\"100\","
        "\"side\":\"BUY\",\n\"symbol\":\"AAPL\"}",
        "{\"s\\u0079mbol\":\"AA\\u0050L\",\"side\":\"B\\u0055Y\",\"quantity\":\"1\\u00300\",\"account\":\"main\",\"client_ref\":\"r1\",\"type\":\"LIMIT\","
        "\"tif\":\"DAY\",\"price\":\"190.250000000\"}",
    };
    for (size_t i = 0; i < QF_LEN(texts); i++) {
        struct qf_order_place o;
        assert_int_equal(decode(&qf_rec_order_place, QF_WIRE_STRICT, &o, texts[i]), QF_OK);
        assert_order(&o);
    }
}

static void what_is_left_out_has_no_bit(void **state)
{
    (void)state;
    struct qf_order_place o;
    assert_int_equal(decode(&qf_rec_order_place, QF_WIRE_STRICT, &o, "{\"symbol\":\"A\",\"side\":\"SELL\",\"quantity\":\"1\",\"client_ref\":\"x\"}"), QF_OK);
    assert_false(QF_HAS(&o, order_place, price) || QF_HAS(&o, order_place, type) || QF_HAS(&o, order_place, account));
    assert_true(o.price == 0 && o.account[0] == '\0');
    assert_true(QF_HAS(&o, order_place, symbol) && QF_HAS(&o, order_place, client_ref));
}

/* `%s` in the template is the field; the message has to be the whole sentence. */
static void refused(const struct qf_rec *rec, const char *text, const char *field, const char *message)
{
    union {
        struct qf_order_place a;
        struct qf_quote_publish b;
        struct qf_page_query c;
        struct qf_user d;
        struct qf_approval e;
        struct qf_instrument_set f;
        struct qf_bar_query g;
        struct qf_limit_set h;
        struct qf_cash i;
    } o;
    enum qf_err err = decode(rec, QF_WIRE_STRICT, &o, text);
    assert_true(err == QF_ESYNTAX || err == QF_ERANGE);
    assert_string_equal(error.field, field);
    assert_string_equal(error.message, message);
}

static void wrong_values_are_named(void **state)
{
    (void)state;
    const struct qf_rec *r = &qf_rec_order_place;
    refused(r, "{\"symbol\":7}", "symbol", "symbol must be text in quotes");
    refused(r, "{\"symbol\":null}", "symbol", "symbol must be text in quotes");
    refused(r, "{\"symbol\":\"\"}", "symbol", "symbol must not be empty");
    refused(r, "{\"symbol\":\"ABCDEFGHIJKLMNOPQ\"}", "symbol", "symbol must be at most 16 bytes long");
    refused(r, "{\"side\":\"HOLD\"}", "side", "side must be one of BUY, SELL");
    refused(r, "{\"side\":\"buy\"}", "side", "side must be one of BUY, SELL");
    refused(r, "{\"side\":0}", "side", "side must be one of BUY, SELL");
    refused(r, "{\"quantity\":100}", "quantity", "quantity must be a decimal in quotes, such as \"100.25\"");
    refused(r, "{\"quantity\":\"1e3\"}", "quantity", "quantity must be a decimal in quotes, such as \"100.25\"");
    refused(r, "{\"quantity\":\" 1\"}", "quantity", "quantity must be a decimal in quotes, such as \"100.25\"");
    refused(r, "{\"quantity\":\"0\"}", "quantity", "quantity must be above zero");
    refused(r, "{\"quantity\":\"-1\"}", "quantity", "quantity must be above zero");
    refused(r, "{\"quantity\":\"92000000000.1\"}", "quantity", "quantity must be at most 92000000000");
    refused(r, "{\"price\":\"0.123456789\"}", "price", "price must have at most 8 decimals");
    refused(r, "{\"price\":190.25}", "price", "price must be a decimal in quotes, such as \"100.25\"");
    r = &qf_rec_page_query;
    refused(r, "{\"limit\":501}", "limit", "limit must be at most 500");
    refused(r, "{\"limit\":0}", "limit", "limit must be at least 1");
    refused(r, "{\"limit\":\"5\"}", "limit", "limit must be a whole number");
    refused(r, "{\"limit\":1.5}", "limit", "limit must be a whole number");
    refused(r, "{\"before\":9223372036854775808}", "before", "before must be at most 9223372036854775807");
    refused(r, "{\"before\":-9223372036854775809}", "before", "before must be at least 1");
    refused(&qf_rec_instrument_set, "{\"negative\":1}", "negative", "negative must be true or false");
    refused(&qf_rec_bar_query, "{\"from\":\"today\"}", "from", "from must be a time in quotes, such as \"2026-09-24T14:32:07Z\"");
    refused(&qf_rec_bar_query, "{\"from\":1790260327}", "from", "from must be a time in quotes, such as \"2026-09-24T14:32:07Z\"");
    refused(&qf_rec_limit_set, "{\"control\":\"NOTHING\"}", "control",
            "control must be one of HALTED, NOT_AUTHORISED, UNKNOWN_SYMBOL, MAX_QTY, MAX_NOTIONAL, PRICE_BAND, TICK, LOT, MD_STALE, DUPLICATE, "
            "MSG_RATE, POSITION, GROSS_EXPOSURE, CASH, NO_RATE, CAPACITY, NET_EXPOSURE, VAR_99_1D");
}

static void hostile_text_is_refused(void **state)
{
    (void)state;
    const struct qf_rec *r = &qf_rec_order_place;
    refused(r, "{\"symbol\":\"A\\u0000B\"}", "symbol", "symbol is wrong: the character U+0000 in a text");
    refused(r, "{\"symbol\":\"A\\u001b[2J\"}", "symbol", "symbol is wrong: a character that must not be in a text");
    refused(r, "{\"symbol\":\"A\xE2\x80\xAE\"}", "symbol", "symbol is wrong: a character that must not be in a text");
    refused(r, "{\"symbol\":\"\\ud800\"}", "symbol", "symbol is wrong: half of a surrogate pair in a text");
    refused(r, "{\"symbol\":\"\xFF\"}", "symbol", "symbol is wrong: a text that is not UTF-8");
    refused(r, "{\"a\\u202eb\":1}", "", "there is a field whose name is no name");
    refused(r, "{\"\":1}", "", "there is a field whose name is no name");
    refused(r, "{\"a\\u0000\":1}", "", "there is a field whose name is no name");
    refused(r, "{\"0123456789012345678901234567890123456789012345678901234567890123456789\":1}", "", "there is a field whose name is no name");
}

static void fields_must_be_the_right_ones(void **state)
{
    (void)state;
    const struct qf_rec *r = &qf_rec_order_place;
    refused(r, "{\"colour\":\"red\"}", "colour", "colour is no field here");
    refused(r, "{\"symbol\":\"A\",\"symbol\":\"B\"}", "symbol", "symbol is given twice");
    refused(r, "{\"symbol\":\"A\",\"s\\u0079mbol\":\"B\"}", "symbol", "symbol is given twice");
    refused(r, "{}", "symbol", "symbol is missing");
    refused(r, "{\"symbol\":\"A\",\"side\":\"BUY\",\"quantity\":\"1\"}", "client_ref", "client_ref is missing");
    refused(&qf_rec_user, "{\"created\":\"2026-01-01\"}", "created", "created cannot be set");
    refused(&qf_rec_user, "{\"sessions\":1}", "sessions", "sessions cannot be set");
    refused(&qf_rec_cash, "{\"reserved\":\"1\"}", "reserved", "reserved cannot be set");
    refused(&qf_rec_user, "{\"password\":\"x\"}", "password", "password is no field here");
}

static void broken_bytes_are_told(void **state)
{
    (void)state;
    const struct qf_rec *r = &qf_rec_order_place;
    refused(r, "[]", "", "params must be an object");
    refused(r, "", "", "params must be an object");
    refused(r, "{\"symbol\":\"A\"", "", "params is wrong: it ends too early");
    refused(r, "{\"symbol\":\"A\" \"side\":\"BUY\"}", "", "params is wrong: a comma or a closing bracket is missing");
    refused(r, "{\"symbol\":\"A\",}", "", "params is wrong: a key in quotes is missing");
}

static void rows_of_lists_have_their_path(void **state)
{
    (void)state;
    const struct qf_rec *r = &qf_rec_quote_publish;
    refused(r, "{\"quotes\":{}}", "quotes", "quotes must be a list");
    refused(r, "{\"quotes\":[7]}", "quotes[0]", "quotes[0] must be an object");
    refused(r, "{\"quotes\":[{\"symbol\":\"A\"},{\"symbol\":\"B\",\"bid\":1.5}]}", "quotes[1].bid",
            "quotes[1].bid must be a decimal in quotes, such as \"100.25\"");
    refused(r, "{\"quotes\":[{\"symbol\":\"A\"},{\"bid\":\"1\"}]}", "quotes[1].symbol", "quotes[1].symbol is missing");
    refused(r, "{\"quotes\":[{\"symbol\":\"A\"},]}", "quotes[1]", "quotes[1] must be an object");
    refused(r, "{\"quotes\":[{\"symbol\":\"A\"}", "quotes", "quotes is wrong: it ends too early");
}

static void lists_are_decoded_to_their_maximum(void **state)
{
    (void)state;
    static char text[64000];
    for (unsigned rows = 499; rows <= 501; rows++) {
        size_t n = qf_str_fmt(text, sizeof text, "{\"quotes\":[");
        for (unsigned i = 0; i < rows; i++)
            n += qf_str_fmt(text + n, sizeof text - n, "%s{\"symbol\":\"S%u\",\"last\":\"%u.5\"}", i > 0 ? "," : "", i, i + 1);
        qf_str_fmt(text + n, sizeof text - n, "]}");
        struct qf_quote_publish p;
        enum qf_err err = decode(&qf_rec_quote_publish, QF_WIRE_STRICT, &p, text);
        assert_int_equal(err, rows <= 500 ? QF_OK : QF_ERANGE);
        if (err != QF_OK) {
            assert_string_equal(error.message, "quotes must have at most 500 rows");
            continue;
        }
        assert_int_equal(p.quotes_n, rows);
        for (unsigned i = 0; i < rows; i++) {
            char symbol[17];
            qf_str_fmt(symbol, sizeof symbol, "S%u", i);
            assert_string_equal(p.quotes[i].symbol, symbol);
            assert_true(p.quotes[i].last == (qf_price)(i + 1) * QF_ONE + QF_ONE / 2);
            assert_false(QF_HAS(&p.quotes[i], quote_in, bid));
        }
    }
    struct qf_quote_publish p;
    assert_int_equal(decode(&qf_rec_quote_publish, QF_WIRE_STRICT, &p, "{\"quotes\":[]}"), QF_OK);
    assert_int_equal(p.quotes_n, 0);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    struct qf_arena small;
    struct qf_quote_publish p;
    struct qf_json j;
    static const char text[] = "{\"quotes\":[{\"symbol\":\"A\"},{\"symbol\":\"B\"}]}";
    qf_arena_init(&small, 100);
    qf_json_begin(&j, text, sizeof text - 1);
    assert_int_equal(qf_wire_decode(&j, &qf_rec_quote_publish, QF_WIRE_STRICT, &p, &small, &error), QF_ENOMEM);
    assert_string_equal(error.message, "quotes is too much for memory");
    qf_arena_release(&small);
}

/* Lists within lists: the rows of one must not run into those of another, and each takes the memory of its rows and no more. */
static void lists_in_lists_are_decoded(void **state)
{
    (void)state;
    static char text[40000];
    struct qf_spark_list list;
    size_t n = qf_str_fmt(text, sizeof text, "{\"sparks\":[");
    for (int i = 0; i < 30; i++) {
        n += qf_str_fmt(text + n, sizeof text - n, "%s{\"symbol\":\"S%d\",\"points\":[", i > 0 ? "," : "", i);
        for (int k = 0; k < i; k++)
            n += qf_str_fmt(text + n, sizeof text - n, "%s{\"p\":\"%d.%d\"}", k > 0 ? "," : "", i, k + 1);
        n += qf_str_fmt(text + n, sizeof text - n, "]}");
    }
    qf_str_fmt(text + n, sizeof text - n, "]}");
    assert_int_equal(decode(&qf_rec_spark_list, QF_WIRE_LENIENT, &list, text), QF_OK);
    assert_int_equal(list.sparks_n, 30);
    for (uint32_t i = 0; i < 30; i++) {
        assert_int_equal(list.sparks[i].points_n, i);
        for (uint32_t k = 0; k < i; k++) {
            char want[16], got[QF_DEC_TEXT];
            qf_str_fmt(want, sizeof want, "%u.%u", i, (k + 1) % 10 == 0 ? (k + 1) / 10 : k + 1);
            qf_dec_format(list.sparks[i].points[k].p, 8, got);
            assert_string_equal(got, want);
        }
    }
    /* 435 points without waste; the sparks lie four times, since points came between each doubling of their list */
    assert_int_equal(arena.used, 435 * sizeof(struct qf_price_point) + (4 + 8 + 16 + 32) * sizeof(struct qf_spark));
    assert_int_equal(decode(&qf_rec_quote_publish, QF_WIRE_STRICT, &(struct qf_quote_publish){ 0 }, "{\"quotes\":[{\"symbol\":\"A\"}]}"), QF_OK);
    assert_int_equal(arena.used, (sizeof(struct qf_quote_in) + 15) / 16 * 16);
}

static void long_text_lies_in_the_arena(void **state)
{
    (void)state;
    static char text[40000];
    struct qf_approval a;
    struct qf_json j;
    size_t n = qf_str_fmt(text, sizeof text, "{\"args\":\"");
    for (int i = 0; i < 4096; i++)
        n += qf_str_fmt(text + n, sizeof text - n, "\\u0041"); /* longest on the wire, just short enough when decoded */
    qf_str_fmt(text + n, sizeof text - n, "\"}");
    assert_int_equal(decode(&qf_rec_approval, QF_WIRE_LENIENT, &a, text), QF_OK);
    assert_int_equal(a.args.n, 4096);
    assert_memory_equal(a.args.p, "AAAA", 4);
    qf_str_fmt(text + n, sizeof text - n, "A\"}");
    qf_json_begin(&j, text, strlen(text));
    qf_arena_reset(&arena);
    assert_int_equal(qf_wire_decode(&j, &qf_rec_approval, QF_WIRE_STRICT, &a, &arena, &error), QF_ERANGE);
    assert_int_equal(arena.used, 0); /* refused before memory was asked for */
    assert_string_equal(error.message, "args must be at most 4096 bytes long");
    refused(&qf_rec_approval, "{\"args\":\"\\u001b\"}", "args", "args is wrong: a character that must not be in a text");
    refused(&qf_rec_approval, "{\"args\":{}}", "args", "args must be text in quotes");
}

static void readers_of_answers_are_lenient(void **state)
{
    (void)state;
    struct qf_order o;
    static const char text[] = "{\"news\":{\"a\":[1,{}]},\"id\":0,\"symbol\":\"A\\u001bB\",\"quantity\":\"0\",\"price\":null,\"side\":\"SELL\","
                               "\"0123456789012345678901234567890123456789012345678901234567890123456789\":[],\"id\":5,\"at\":\"2026-01-01T00:00:00Z\"}";
    assert_int_equal(decode(&qf_rec_order, QF_WIRE_LENIENT, &o, text), QF_OK);
    assert_int_equal(o.id, 5);
    assert_string_equal(o.symbol, "A\x1B" "B");
    assert_true(QF_HAS(&o, order, quantity) && QF_HAS(&o, order, at));
    assert_false(QF_HAS(&o, order, price) || QF_HAS(&o, order, account) || QF_HAS(&o, order, state));
    struct qf_user u; /* READONLY and VIRTUAL fields are what answers are for */
    assert_int_equal(decode(&qf_rec_user, QF_WIRE_LENIENT, &u, "{\"name\":\"ann\",\"password\":\"x\",\"created\":\"2026-01-01\",\"sessions\":2}"), QF_OK);
    assert_true(QF_HAS(&u, user, created) && u.sessions == 2);
    assert_false(QF_HAS(&u, user, password));
    assert_string_equal(u.password, "");
    assert_int_equal(decode(&qf_rec_order, QF_WIRE_LENIENT, &o, "{\"quantity\":7}"), QF_ESYNTAX);
    assert_int_equal(decode(&qf_rec_order, QF_WIRE_LENIENT, &o, "{\"quantity\":\"99999999999999999999\"}"), QF_ERANGE);
}

/* --- encoding */

static void records_are_written_by_their_rows(void **state)
{
    (void)state;
    struct qf_order_place o;
    assert_int_equal(decode(&qf_rec_order_place, QF_WIRE_STRICT, &o, order_text), QF_OK);
    assert_string_equal(encode(&qf_rec_order_place, &o), order_text);
    QF_DROP(&o, order_place, symbol);
    QF_DROP(&o, order_place, price);
    assert_string_equal(encode(&qf_rec_order_place, &o),
                        "{\"side\":\"BUY\",\"quantity\":\"100\",\"type\":\"LIMIT\",\"tif\":\"DAY\",\"account\":\"main\",\"client_ref\":\"r1\"}");
    struct qf_none none = { 0 };
    assert_string_equal(encode(&qf_rec_none, &none), "{}");
    o.has = 0;
    assert_string_equal(encode(&qf_rec_order_place, &o), "{}");
}

static void texts_are_escaped(void **state)
{
    (void)state;
    struct qf_order o = { 0 };
    qf_str_copy(o.reason, sizeof o.reason, "say \"no\"\n\x1B caf\xC3\xA9 \xFF");
    QF_SET(&o, order, reason);
    assert_string_equal(encode(&qf_rec_order, &o), "{\"reason\":\"say \\\"no\\\"\\n\\u001b caf\xC3\xA9 \xEF\xBF\xBD\"}");
}

/* A record that just fits is written though the room made for a field at a time is larger than what is left. */
static void a_buffer_is_used_to_its_last_byte(void **state)
{
    (void)state;
    struct qf_order_place o;
    assert_int_equal(decode(&qf_rec_order_place, QF_WIRE_STRICT, &o, order_text), QF_OK);
    for (size_t max = 0; max <= sizeof order_text; max++) {
        struct qf_buf b;
        qf_buf_init(&b, max);
        qf_wire_encode(&b, &qf_rec_order_place, &o, false);
        assert_int_equal(b.failed, max < sizeof order_text - 1);
        assert_true(b.len <= max && b.cap <= max + 1);
        if (!b.failed)
            assert_string_equal(qf_buf_cstr(&b), order_text);
        qf_buf_release(&b);
    }
}

static void hidden_fields_stay_inside_and_secrets_are_masked(void **state)
{
    (void)state;
    struct qf_user u = { .role = QF_ROLE_RISK, .disabled = true };
    qf_str_copy(u.name, sizeof u.name, "ann");
    qf_str_copy(u.password, sizeof u.password, "$argon2id$");
    QF_SET(&u, user, name);
    QF_SET(&u, user, role);
    QF_SET(&u, user, password);
    QF_SET(&u, user, disabled);
    assert_string_equal(encode(&qf_rec_user, &u), "{\"name\":\"ann\",\"role\":\"risk\",\"disabled\":true}");
    struct qf_login l = { 0 };
    qf_str_copy(l.user, sizeof l.user, "ann");
    qf_str_copy(l.password, sizeof l.password, "geheim");
    qf_rec_fill(&qf_rec_login, &l);
    assert_string_equal(encode(&qf_rec_login, &l), "{\"user\":\"ann\",\"password\":\"geheim\"}");
    qf_buf_clear(&buf);
    qf_wire_encode(&buf, &qf_rec_login, &l, true);
    assert_string_equal(qf_buf_cstr(&buf), "{\"user\":\"ann\",\"password\":\"***\"}");
}

static void lists_and_all_types_are_written(void **state)
{
    (void)state;
    struct qf_lot lots[2] = { { .id = 1, .quantity = -5 * QF_ONE, .price = 1, .opened = 1790260327LL * QF_SEC + 1000 }, { .id = 2 } };
    QF_SET(&lots[0], lot, id);
    QF_SET(&lots[0], lot, quantity);
    QF_SET(&lots[0], lot, price);
    QF_SET(&lots[0], lot, opened);
    QF_SET(&lots[1], lot, id);
    struct qf_lot_list list = { .lots = lots, .lots_n = 2 };
    qf_rec_fill(&qf_rec_lot_list, &list);
    assert_string_equal(encode(&qf_rec_lot_list, &list), "{\"lots\":[{\"id\":1,\"quantity\":\"-5\",\"price\":\"0.00000001\","
                                                         "\"opened\":\"2026-09-24T14:32:07.001Z\"},{\"id\":2}]}");
    list.lots_n = 0;
    assert_string_equal(encode(&qf_rec_lot_list, &list), "{\"lots\":[]}");
    struct qf_incident i = { .detail = { "a\"b", 3 } };
    QF_SET(&i, incident, detail);
    assert_string_equal(encode(&qf_rec_incident, &i), "{\"detail\":\"a\\\"b\"}");
}

/* real and json stand in no row yet; they have to work when one comes. */
static void reals_and_raw_json_go_round(void **state)
{
    (void)state;
    struct odd {
        uint64_t has;
        double r;
        struct qf_str j;
    } o, back;
    static const struct qf_field fields[] = {
        { .name = "r", .key = "\"r\":", .name_n = 1, .key_n = 4, .type = QF_T_real, .off = offsetof(struct odd, r) },
        { .name = "j", .key = "\"j\":", .name_n = 1, .key_n = 4, .type = QF_T_json, .off = offsetof(struct odd, j), .max = 20 },
        { .name = NULL },
    };
    static const uint64_t asked = 3;
    static const struct qf_rec rec = { .name = "odd", .fields = fields, .count = 2, .size = sizeof(struct odd), .asked = &asked, .must = 3 };
    assert_int_equal(decode(&rec, QF_WIRE_STRICT, &o, "{\"r\":-0.1e1,\"j\": {\"a\": [1]} }"), QF_OK);
    assert_true(o.r == -1.0);
    assert_string_equal(encode(&rec, &o), "{\"r\":-1,\"j\":{\"a\": [1]}}");
    assert_int_equal(decode(&rec, QF_WIRE_STRICT, &back, "{\"r\":null,\"j\":7}"), QF_OK);
    assert_true(isnan(back.r));
    assert_string_equal(encode(&rec, &back), "{\"r\":null,\"j\":7}");
    assert_int_equal(decode(&rec, QF_WIRE_STRICT, &back, "{\"r\":\"1\",\"j\":7}"), QF_ESYNTAX);
    assert_int_equal(decode(&rec, QF_WIRE_STRICT, &back, "{\"r\":1e999,\"j\":7}"), QF_ERANGE);
    assert_int_equal(decode(&rec, QF_WIRE_STRICT, &back, "{\"r\":1,\"j\":\"0123456789012345678901\"}"), QF_ERANGE);
}

/* --- refusals */

static const char *refusal_text(const struct qf_refusal *r)
{
    qf_buf_clear(&buf);
    qf_wire_refusal(&buf, r);
    assert_int_equal(qf_json_validate(buf.p, buf.len, NULL), QF_OK);
    return qf_buf_cstr(&buf);
}

static void refusals_are_written(void **state)
{
    (void)state;
    struct qf_refusal r;
    qf_refuse(&r, QF_R_FORBIDDEN, NULL, NULL);
    assert_string_equal(refusal_text(&r), "{\"code\":-32002,\"message\":\"your role may not do this\",\"data\":{\"reason\":\"FORBIDDEN\"}}");
    qf_refuse(&r, QF_R_INVALID_PARAMS, "price", "%s must be %d", "price", 7);
    assert_string_equal(refusal_text(&r),
                        "{\"code\":-32602,\"message\":\"price must be 7\",\"data\":{\"reason\":\"INVALID_PARAMS\",\"field\":\"price\"}}");
    qf_refuse(&r, QF_R_REFUSED, "quantity", "too much");
    r.control = QF_CTL_MAX_NOTIONAL;
    qf_str_copy(r.scope, sizeof r.scope, "sector Tech");
    r.has_limit = r.has_used = r.has_after = r.has_largest = true;
    r.limit = 100 * QF_ONE;
    r.used = 0;
    r.after = 15025000000;
    r.largest = QF_ONE;
    assert_string_equal(refusal_text(&r), "{\"code\":-32010,\"message\":\"too much\",\"data\":{\"reason\":\"MAX_NOTIONAL\",\"field\":\"quantity\","
                                          "\"scope\":\"sector Tech\",\"limit\":\"100\",\"used\":\"0\",\"after\":\"150.25\",\"largest\":\"1\"}}");
    assert_string_equal(qf_refusal_word(&r), "MAX_NOTIONAL");
    r.control = -1;
    assert_string_equal(qf_refusal_word(&r), "REFUSED");
}

static void long_messages_are_cut_between_characters(void **state)
{
    (void)state;
    struct qf_refusal r;
    char text[400];
    for (size_t i = 0; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "\xC3\xA9", 3);
    qf_refuse(&r, QF_R_INTERNAL, text, "x%s", text);
    assert_true(qf_utf8_valid(r.message, strlen(r.message)));
    assert_in_range(strlen(r.message), sizeof r.message - 3, sizeof r.message - 1);
    assert_true(qf_utf8_valid(r.field, strlen(r.field)));
}

static int start(void **state)
{
    (void)state;
    qf_arena_init(&arena, 1 << 22);
    qf_buf_init(&buf, 1 << 20);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    qf_arena_release(&arena);
    qf_buf_release(&buf);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_is_decoded),
        cmocka_unit_test(the_order_of_fields_and_blanks_do_not_matter),
        cmocka_unit_test(what_is_left_out_has_no_bit),
        cmocka_unit_test(wrong_values_are_named),
        cmocka_unit_test(hostile_text_is_refused),
        cmocka_unit_test(fields_must_be_the_right_ones),
        cmocka_unit_test(broken_bytes_are_told),
        cmocka_unit_test(rows_of_lists_have_their_path),
        cmocka_unit_test(lists_are_decoded_to_their_maximum),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(lists_in_lists_are_decoded),
        cmocka_unit_test(long_text_lies_in_the_arena),
        cmocka_unit_test(readers_of_answers_are_lenient),
        cmocka_unit_test(records_are_written_by_their_rows),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(a_buffer_is_used_to_its_last_byte),
        cmocka_unit_test(hidden_fields_stay_inside_and_secrets_are_masked),
        cmocka_unit_test(lists_and_all_types_are_written),
        cmocka_unit_test(reals_and_raw_json_go_round),
        cmocka_unit_test(refusals_are_written),
        cmocka_unit_test(long_messages_are_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
