/* Shared by reload.c (the desk), keeping.c (small work beside it) and start.c (the first start). */
#ifndef QF_SERVER_RELOAD_INSIDE_H
#define QF_SERVER_RELOAD_INSIDE_H

#include "daemon/server/audit.h"
#include "daemon/server/reload.h"
#include "daemon/store/load.h"

struct bulk;
struct reload {
    struct server *server;
    const char *conninfo;
    struct loader *loader;
    struct qf_timer *again;
    struct desk *desk;       /* that is being filled */
    void *memory;
    struct qf_arena texts;
    struct qf_instrument *instruments; /* held back until all are there */
    uint32_t instruments_n;
    int64_t head_no, epoch;
    char head[DIGEST_HEX];
    /* keeping.c: what the database said of itself last */
    struct bulk *bulk;
    struct sampler_in said;
    char version[33];
    uint32_t asked;
    bool asking;
};

void keeping_open(struct reload *r);
void keeping_close(struct reload *r);
/* start.c: the desk is loaded for the first time. */
void start_desk(struct server *s);

#endif
