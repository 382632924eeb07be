/* What the state of the database means for the desk. */
#ifndef QF_SERVER_TROUBLE_H
#define QF_SERVER_TROUBLE_H

struct server;
/* commit_trouble may be another thing now. */
void trouble_moved(struct server *s);

#endif
