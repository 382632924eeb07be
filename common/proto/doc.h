/* Documents made from the rows: OpenRPC for rpc.discover, the tables of the manual pages, bash completion. */
#ifndef QF_DOC_H
#define QF_DOC_H

#include "common/proto/proto.h"

/* The OpenRPC 1.2 document of the whole protocol. */
void qf_doc_openrpc(struct qf_buf *out);
/* mdoc lists: methods with arguments, records, topics, reason words, roles and permissions, gate controls. */
void qf_doc_mdoc(struct qf_buf *out, const char *what); /* methods records topics reasons roles controls */
/* One line a command: "order place symbol side quantity ...", for completion. */
void qf_doc_words(struct qf_buf *out);

#endif
