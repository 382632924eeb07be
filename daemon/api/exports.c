/* export.*: tables as files. */
#include <string.h>

#include "daemon/api/help.h"
#include "daemon/server/export.h"

/* A filter that means nothing for this table would give another file than one expects. */
static bool fits(struct ctx *c, const struct qf_export_start *in)
{
    const struct export_kind *k = &export_kinds[in->what];
    const struct {
        const char *field;
        bool given, may;
    } filters[] = { { "account", QF_HAS(in, export_start, account), k->by_account },
                    { "symbol", QF_HAS(in, export_start, symbol), k->by_symbol },
                    { "from", QF_HAS(in, export_start, from), k->by_time },
                    { "to", QF_HAS(in, export_start, to), k->by_time } };
    for (size_t i = 0; i < QF_LEN(filters); i++)
        if (filters[i].given && !filters[i].may) {
            help_refuse(c, QF_R_INVALID_PARAMS, filters[i].field, "%s has no such filter", qf_enum_text(&qf_enum_export_what, in->what));
            return false;
        }
    return true;
}

static bool is_there(struct ctx *c, const struct qf_export_start *in)
{
    if (QF_HAS(in, export_start, account) && !desk_account(c->desk, in->account))
        help_refuse(c, QF_R_NOT_FOUND, "account", NULL);
    else if (QF_HAS(in, export_start, symbol) && !desk_instrument(c->desk, in->symbol))
        help_refuse(c, QF_R_NOT_FOUND, "symbol", NULL);
    else if (QF_HAS(in, export_start, from) && QF_HAS(in, export_start, to) && in->from >= in->to)
        help_refuse(c, QF_R_INVALID_PARAMS, "to", "is not behind `from`");
    else
        return true;
    return false;
}

static void add(char *title, size_t cap, const char *word, const char *value)
{
    size_t n = strlen(title);
    qf_str_fmt(title + n, cap - n, ", %s%s", word, value);
}

/* "executions as csv, account desk, AAPL, from 2026-09-24T00:00:00Z" */
static void title_of(const struct qf_export_start *in, char *title, size_t cap)
{
    char at[QF_TIME_TEXT];
    qf_str_fmt(title, cap, "%s as %s", qf_enum_text(&qf_enum_export_what, in->what),
               qf_enum_text(&qf_enum_export_format, QF_HAS(in, export_start, format) ? in->format : QF_FORMAT_CSV));
    if (QF_HAS(in, export_start, account))
        add(title, cap, "account ", in->account);
    if (QF_HAS(in, export_start, symbol))
        add(title, cap, "", in->symbol);
    if (QF_HAS(in, export_start, from) && qf_time_format(in->from, at))
        add(title, cap, "from ", at);
    if (QF_HAS(in, export_start, to) && qf_time_format(in->to, at))
        add(title, cap, "to ", at);
}

HANDLER(export_start, export_start, job)
{
    char title[81];
    if (!fits(c, in) || !is_there(c, in))
        return REFUSED;
    if (!server_conninfo(c->s))
        return help_refuse(c, QF_R_NOT_READY, "", NULL);
    title_of(in, title, sizeof title);
    const struct jobs_work work = { .kind = "export", .title = title, .like = export_kinds[in->what].like, .run = export_run,
                                    .release = export_free, .arg = export_new(server_conninfo(c->s), in) };
    enum handled h = jobs_start(c, &work, out);
    if (h == HANDLED)
        qf_str_fmt(c->detail, sizeof c->detail, "job %lld, %s", (long long)out->id, title);
    return h;
}
