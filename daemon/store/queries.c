#include "daemon/store/queries.h"

#include "common/str.h"

const char *query_text(const char *name)
{
    const struct qf_query *q = qf_queries;
    while (q->name != NULL && !qf_str_eq(q->name, name))
        q++;
    qf_assert(q->name != NULL);
    return q->text;
}
