#include "common/base.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const texts[QF_ERR_COUNT] = {
    [QF_OK] = "done",
    [QF_ENOMEM] = "out of memory",
    [QF_EIO] = "input or output failed",
    [QF_ESYNTAX] = "not well formed",
    [QF_ERANGE] = "out of range",
    [QF_EEXIST] = "already there",
    [QF_ENOENT] = "not there",
    [QF_EDENIED] = "not allowed",
    [QF_EBUSY] = "in use",
    [QF_ETIMEOUT] = "timed out",
    [QF_ECLOSED] = "closed by the other side",
    [QF_EFULL] = "full",
    [QF_ESTATE] = "not possible in this state",
    [QF_EVERSION] = "unknown version",
};

const char *qf_err_text(enum qf_err err)
{
    return (unsigned)err < QF_ERR_COUNT ? texts[err] : "unknown error";
}

void qf_bug(const char *what, const char *file, int line)
{
    fprintf(stderr, "bug: %s does not hold at %s:%d\n", what, file, line);
    abort();
}
