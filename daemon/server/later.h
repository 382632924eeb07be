/* Answers that come later: a worker has to finish, or a page has to come from the database. */
#ifndef QF_SERVER_LATER_H
#define QF_SERVER_LATER_H

#include "daemon/server/job.h"

/* Asks the table `requests` for the answer to a ref that is known; false when it cannot be asked now. */
bool later_stored(struct server *s, const struct job *j);
void later_free(struct later *l);

#endif
