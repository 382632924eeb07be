/* Every command's handler. A row of the one description (common/proto) without a handler does not link; a handler without a row does
 * not compile. */
#ifndef QF_API_TABLE_H
#define QF_API_TABLE_H

#include "daemon/server/server.h"

extern const handler_fn api_table[QF_CMD_COUNT];
/* Once a second, when the desk is loaded and commands are taken. */
void api_second(struct server *s, qf_time wall);

#endif
