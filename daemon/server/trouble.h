/* What the state of the database means for the desk. */
#ifndef QF_SERVER_TROUBLE_H
#define QF_SERVER_TROUBLE_H

#include <stdbool.h>

struct server;
/* commit_trouble may be another thing now. */
void trouble_moved(struct server *s);
/* The journal of the stop cannot be written, or can again. */
void trouble_journal(struct server *s, bool failed);

#endif
