/* Documents made from the rows: OpenRPC for rpc.discover, the tables of the manual pages, bash completion. */
#ifndef QF_DOC_H
#define QF_DOC_H

#include "common/proto/proto.h"

/* The OpenRPC 1.2 document of the whole protocol: methods with their parameters, records as schemas, reason words as errors; class and
 * permission of a method, topics and controls as members x-... About 150 KiB. */
void qf_doc_openrpc(struct qf_buf *out);
/* A table of a manual page as an mdoc list; `what` is methods, records, topics, reasons, roles or controls. Writes nothing for any
 * other word. */
void qf_doc_mdoc(struct qf_buf *out, const char *what);
/* One line a command: "order place symbol side quantity ...", for completion. */
void qf_doc_words(struct qf_buf *out);

#endif
