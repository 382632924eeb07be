/* qfd verify: whether the tables agree with each other, and whether every link of the audit trail holds. */
#ifndef QF_SERVER_VERIFY_ALL_H
#define QF_SERVER_VERIFY_ALL_H

#include <stdio.h>

#include "common/base.h"

/* Prints a line a finding and one at the end. Waits. Returns how many things do not hold, -1 (and why) when it could not be looked at. */
int verify_all(const char *conninfo, FILE *out, char *why, size_t why_cap);

#endif
