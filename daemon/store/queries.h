/* The embedded statements by their names. */
#ifndef QF_STORE_QUERIES_H
#define QF_STORE_QUERIES_H

#include "daemon/store/embedded.h"

/* Text of a statement of sql/queries; asserts that there is one of that name. */
const char *query_text(const char *name);

#endif
