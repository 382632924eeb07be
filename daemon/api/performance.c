/* performance.*: answered by a worker. */
#include "daemon/api/help.h"
#include "daemon/server/performance.h"

HANDLER(performance_get, performance_query, performance)
{
    (void)out;
    return performance_get(c, in);
}

HANDLER(performance_groups, performance_groups, performance_group_list)
{
    (void)out;
    return performance_groups(c, in);
}

HANDLER(performance_compute, performance_compute, performance)
{
    (void)out;
    return performance_compute(c, in);
}
