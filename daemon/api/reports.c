/* report.*: a day, a tear sheet, a risk report. */
#include "daemon/api/help.h"
#include "daemon/server/report_run.h"

HANDLER(report_make, report_make, job)
{
    if (QF_HAS(in, report_make, benchmark) && !qf_str_eq(in->benchmark, "EQUAL") &&
        !desk_instrument(c->desk, in->benchmark))
        return help_refuse(c, QF_R_NOT_FOUND, "benchmark", "there is no instrument %s to compare with", in->benchmark);
    return report_start(c, in, out);
}
