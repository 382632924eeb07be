/* Commands whose rows are there before their handlers: each is refused and says so. */
#include "daemon/api/help.h"

#define PENDING(ident) \
    API(ident) \
    { \
        (void)in_; \
        (void)out_; \
        return help_refuse(c, QF_R_NOT_FOUND, "", "not built yet"); \
    }
PENDING(risk_run)
PENDING(risk_metrics)
PENDING(risk_correlation)
PENDING(risk_stress)
PENDING(scenario_list)
PENDING(scenario_set)
PENDING(performance_get)
PENDING(performance_groups)
PENDING(performance_compute)
PENDING(job_list)
PENDING(job_cancel)
PENDING(job_read)
PENDING(export_start)
PENDING(report_make)
PENDING(breaker_list)
PENDING(breaker_set)
PENDING(breaker_rearm)
PENDING(risk_degrade)
PENDING(risk_flatten_plan)
PENDING(risk_flatten)
