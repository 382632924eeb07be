/* Commands whose rows are there before their handlers: each is refused and says so. */
#include "daemon/api/help.h"

#define PENDING(ident) \
    API(ident) \
    { \
        (void)in_; \
        (void)out_; \
        return help_refuse(c, QF_R_NOT_FOUND, "", "not built yet"); \
    }
