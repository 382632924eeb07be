#include "daemon/api/table.h"

#define CMD(ident, name, req, rep, class, perm, words) enum handled api_##ident(struct ctx *c, const void *in, void *out);
#include "common/proto/all.def"

const handler_fn api_table[QF_CMD_COUNT] = {
#define CMD(ident, name, req, rep, class, perm, words) [QF_CMD_##ident] = api_##ident,
#include "common/proto/all.def"
};
