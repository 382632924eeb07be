/* The one place where the version stands; configure reads it from here. */
#ifndef QF_VERSION_H
#define QF_VERSION_H

#define QF_VERSION "0.1.0"

#endif
