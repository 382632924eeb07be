/* job.*: long work and its pieces. */
#include "daemon/api/help.h"
#include "daemon/server/jobs.h"

HANDLER(job_list, none, job_list)
{
    (void)in;
    c->plain = true;
    out->jobs = help_rows(c, JOBS_KEPT, sizeof *out->jobs);
    if (!out->jobs)
        return REFUSED;
    out->jobs_n = jobs_rows(c->s, out->jobs);
    return HANDLED;
}

HANDLER(job_read, job_read, job_piece)
{
    return jobs_read(c, in, out);
}

HANDLER(job_cancel, job_id, job)
{
    enum handled h = jobs_cancel(c, in->id, out);
    if (h == HANDLED)
        qf_str_fmt(c->detail, sizeof c->detail, "job %lld, %s", (long long)out->id, out->title);
    return h;
}
