/* The maxima of common/limits.h with their values, for the log at the start and for `qfd print limits`. */
#ifndef QF_SERVER_LIMITS_LIST_H
#define QF_SERVER_LIMITS_LIST_H

#include "common/base.h"

typedef void (*limits_fn)(void *arg, const char *name, int64_t value, const char *words);
void limits_list(limits_fn fn, void *arg);

#endif
