/* A request for a second person in words: what it is about, what stands there and what would stand there, and how much
 * of it would be used. Made from the request's own arguments, so that nothing is approved by its name alone. */
#ifndef QF_TUI_REQUEST_H
#define QF_TUI_REQUEST_H

#include "tui/app.h"

struct tui_request {
    char what[40];                        /* "loosen a limit" */
    char subject[96];                     /* "firm GROSS_EXPOSURE" */
    char before[128], after[128];         /* "30,000,000.00", "CLOSE_ONLY" */
    char used_before[24], used_after[24]; /* "79%"; "" = cannot be told */
    char until[48];                       /* "2026-09-25 20:00:00 UTC"; "" = for good */
    bool number;                          /* before and after are figures */
};

void tui_request_read(const struct tui_app *app, const struct qf_approval *a, struct tui_request *ret);
/* Was it this user who asked? */
bool tui_request_own(const struct tui_app *app, const struct qf_approval *a);
/* "you may decide: risk, and not max": who may, in one sentence for this user. */
void tui_request_who(const struct tui_app *app, const struct qf_approval *a, char *out, size_t cap);

#endif
