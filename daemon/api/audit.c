/* audit.*: the trail and its chain. */
#include "daemon/api/help.h"
#include "daemon/api/pages.h"

HANDLER(audit_list, audit_query, audit_page)
{
    (void)out;
    return pages_audit(c, in);
}

HANDLER(audit_verify, none, audit_verdict)
{
    (void)in;
    (void)out;
    return pages_audit_verify(c);
}
