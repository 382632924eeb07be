/* A blocking client of the socket for tests: one thread, one connection, records in and out. */
#ifndef QF_TEST_RPC_H
#define QF_TEST_RPC_H

#include "common/mem.h"
#include "common/proto/frame.h"

struct rpc {
    int fd;                /* -1 = not connected */
    struct qf_buf in, out;
    struct qf_arena arena; /* of the last answer */
    int64_t id;
    int timeout_ms;
};

void rpc_init(struct rpc *r);
void rpc_release(struct rpc *r);
/* false: nobody listens there. */
bool rpc_connect(struct rpc *r, const char *socket_path);
void rpc_close(struct rpc *r);

enum rpc_result { RPC_OK, RPC_REFUSED, RPC_LOST };
/* Sends and waits. RPC_OK: *ret_rep is the reply record in the arena (may be NULL to ignore). RPC_REFUSED: ret_line->refusal and
 * reason hold. RPC_LOST: the connection is gone or silent for timeout_ms; it is closed. ret_line may be NULL. */
enum rpc_result rpc_call(struct rpc *r, enum qf_cmd_id cmd, const void *req, const void **ret_rep, struct qf_line *ret_line);
/* The same with bytes: a whole request line without id; "%lld" of the id is put in. Sends only. Returns the id, 0 = lost. */
int64_t rpc_send(struct rpc *r, enum qf_cmd_id cmd, const void *req);
/* The next line that is no push, whatever its id. */
enum rpc_result rpc_receive(struct rpc *r, struct qf_line *ret_line);

#endif
