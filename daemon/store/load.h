/* Reads the desk after each connect: one step a table, through cursors inside one read-only snapshot of its own
 * connection, so many rows at a time that the loop is never held up. The lane's epoch has to be committed before it
 * begins: then nothing older can still come in behind it. */
#ifndef QF_STORE_LOAD_H
#define QF_STORE_LOAD_H

#include "common/loop.h"
#include "daemon/core/desk.h"

#define LOAD_ROWS 256 /* a slice: 0.1 ms for most tables [measured], 0.5 ms when a machine is slow */
#define LOAD_WHY 256

struct loader;

struct load_facts {
    struct desk_seq
        seq; /* highest numbers in the database: closed and ended rows are not read, but their numbers are taken */
    bool has_peak;
    qf_money peak;           /* highest equity of the firm with flows taken out */
    bool has_month, has_year;
    qf_money month_start, year_start; /* the same at the last close before the month, the year of the newest point */
    uint64_t rows;           /* read */
    int64_t us;              /* it took */
};

struct loader_callbacks {
    /* A row, in the order of load.sql. Only part of a record is read of executions (id, venue, exec_id: the newest
     * QF_MAX_EXEC_IDS, oldest first) and of requests (username, ref, at: of the last 72 h, oldest first); of
     * control_log only the head of the chain. What it returns other than QF_OK ends the loading. */
    enum qf_err (*row)(void *arg, enum qf_table_id table, const void *row);
    /* The two newest stored bars of each instrument and period, oldest first. */
    void (*bar)(void *arg, const struct qf_bar *row);
    /* Called once, one of them; the loader may be freed in it. */
    void (*done)(void *arg, const struct load_facts *facts);
    void (*failed)(void *arg, const char *why);
    void *arg;
};

/* texts: bytes of str fields are put there; it has to live as long as what keeps the rows. conninfo is copied. */
struct loader *loader_new(struct qf_loop *loop, const char *conninfo, struct qf_arena *texts,
                          const struct loader_callbacks *cb);
/* Stops it where it is, without a further call. NULL is fine. */
void loader_free(struct loader *l);

#endif
