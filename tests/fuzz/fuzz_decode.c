/* Parameters of a command: the first line names it (any other first line picks one by its bytes), the rest are its params. What is decoded is written, decoded and written
 * again: both texts have to be the same byte for byte. Refusals have to name what is wrong in clean text. The same bytes are read the
 * lenient way as well, once as the request and once as the answer. */
#include <stdint.h>
#include <string.h>

#include "common/proto/wire.h"
#include "common/str.h"

#define ARENA_MAX (8 * 1024 * 1024)
#define TEXT_MAX (4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static struct qf_arena arena;
static struct qf_buf first, second;
static struct qf_wire_error error;

static _Alignas(16) unsigned char record[16384];

static enum qf_err decode(const struct qf_rec *rec, enum qf_wire_mode mode, const char *p, size_t n)
{
    struct qf_json j;
    memset(&error, 0x7F, sizeof error);
    qf_json_begin(&j, p, n);
    return qf_wire_decode(&j, rec, mode, record, &arena, &error);
}

static void encode(struct qf_buf *b, const struct qf_rec *rec, bool mask)
{
    qf_buf_clear(b);
    qf_wire_encode(b, rec, record, mask);
    qf_assert(!b->failed && qf_json_validate(b->p, b->len, NULL) == QF_OK);
}

static bool clean(const char *s)
{
    uint32_t cp;
    for (size_t n = strlen(s), k; n > 0; s += k, n -= k) {
        k = qf_utf8_next(s, n, &cp);
        if (k == 0 || qf_cp_forbidden(cp))
            return false;
    }
    return true;
}

static void check_round_trip(const struct qf_rec *rec, enum qf_wire_mode mode)
{
    encode(&first, rec, false);
    qf_assert(decode(rec, mode, first.p, first.len) == QF_OK);
    encode(&second, rec, false);
    qf_assert(first.len == second.len && memcmp(first.p, second.p, first.len) == 0);
    encode(&second, rec, true); /* as the audit trail has it */
}

static void check_fields(const struct qf_rec *rec)
{
    char text[8192];
    for (const struct qf_field *f = rec->fields; f->name != NULL; f++)
        qf_assert(qf_field_text(f, rec, record, text, sizeof text) < sizeof text && clean(text));
}

static void check_strict(const struct qf_rec *rec, const char *p, size_t n)
{
    enum qf_err err = decode(rec, QF_WIRE_STRICT, p, n);
    if (err == QF_OK) {
        qf_assert((*rec->asked & ~*(uint64_t *)(void *)record) == 0);
        check_fields(rec);
        check_round_trip(rec, QF_WIRE_STRICT);
    } else {
        qf_assert(error.message[0] != '\0' && clean(error.message) && clean(error.field));
        qf_assert(strlen(error.message) < sizeof error.message && strlen(error.field) < sizeof error.field);
    }
}

static const struct qf_cmd *pick(const char *name, size_t n)
{
    int i = qf_cmd_find(name, n);
    return &qf_cmds[i >= 0 ? (size_t)i : qf_hash(name, n) % QF_CMD_COUNT];
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    const char *text = n == 0 ? NULL : memchr(p, '\n', n);
    if (text == NULL)
        return 0;
    const struct qf_cmd *cmd = pick((const char *)p, (size_t)(text - (const char *)p));
    n -= (size_t)(++text - (const char *)p);
    if (arena.max == 0) {
        qf_arena_init(&arena, ARENA_MAX);
        qf_buf_init(&first, TEXT_MAX);
        qf_buf_init(&second, TEXT_MAX);
    }
    qf_assert(cmd->req->size <= sizeof record && cmd->rep->size <= sizeof record);
    check_strict(cmd->req, text, n);
    if (decode(cmd->req, QF_WIRE_LENIENT, text, n) == QF_OK)
        check_round_trip(cmd->req, QF_WIRE_LENIENT);
    if (decode(cmd->rep, QF_WIRE_LENIENT, text, n) == QF_OK)
        check_round_trip(cmd->rep, QF_WIRE_LENIENT);
    qf_arena_reset(&arena);
    return 0;
}
