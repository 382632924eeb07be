#include "daemon/api/help.h"

#include <stdarg.h>
#include <stdio.h>

void *help_rows(struct ctx *c, size_t n, size_t size)
{
    void *rows = qf_arena_alloc(c->arena, n * size + 1);
    if (!rows)
        qf_refuse(&c->refusal, QF_R_TOO_LARGE, "", NULL);
    return rows;
}

enum handled help_refuse(struct ctx *c, enum qf_reason reason, const char *field, const char *fmt, ...)
{
    char message[512] = "";
    if (fmt) {
        va_list ap;
        va_start(ap, fmt);
        (void)vsnprintf(message, sizeof message, fmt, ap);
        va_end(ap);
    }
    qf_refuse(&c->refusal, reason, field, *message ? "%s" : NULL, message);
    return REFUSED;
}

bool help_known(struct ctx *c, const char *account, const char *symbol)
{
    if (account && !desk_account(c->desk, account))
        help_refuse(c, QF_R_NOT_FOUND, "account", "there is no account %s", account);
    else if (symbol && !desk_instrument(c->desk, symbol))
        help_refuse(c, QF_R_NOT_FOUND, "symbol", "there is no instrument %s", symbol);
    else
        return true;
    return false;
}

enum handled help_failed(struct ctx *c, enum qf_err err, const char *field)
{
    switch (err) {
    case QF_ENOENT: return help_refuse(c, QF_R_NOT_FOUND, field, NULL);
    case QF_EEXIST: return help_refuse(c, QF_R_ALREADY, field, NULL);
    case QF_ERANGE: return help_refuse(c, QF_R_INVALID_PARAMS, field, "out of range");
    case QF_EDENIED: return help_refuse(c, QF_R_BAD_STATE, field, "not that much is there");
    default:
        qf_refuse(&c->refusal, QF_R_REFUSED, field, "the table is full");
        c->refusal.control = QF_CTL_CAPACITY;
        return REFUSED;
    }
}

const char *help_dec(qf_i128 v, char room[QF_DEC_TEXT])
{
    qf_dec_format(v, QF_SCALE, room);
    return room;
}
