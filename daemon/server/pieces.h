/* Bytes from a worker's thread to a reader that comes for them piece by piece: the reader's asking is the credit the writer goes on
 * by. Every piece but the last holds QF_PIECE_BYTES, so a reader knows where the next ones begin and may ask for two at once.
 *
 * The writer may be PIECES_AHEAD pieces ahead of what was handed out, then it waits; the last two handed out can be asked for again.
 * So four pieces are in memory at most. Knows nothing of jobs, sockets or loops. */
#ifndef QF_SERVER_PIECES_H
#define QF_SERVER_PIECES_H

#include <stdatomic.h>

#include "common/base.h"
#include "common/limits.h"

#define PIECES_AHEAD 2

struct pieces;

/* wake(arg) is called on the writer's thread when a piece is complete and when it has ended; it must not block or call back. */
struct pieces *pieces_new(void (*wake)(void *arg), void *arg);
/* Only when no writer is inside any more. NULL is fine. */
void pieces_free(struct pieces *p);

/* --- the writer's thread */
/* Copies n bytes, waiting for the reader as long as it takes. false: cancelled, nobody wants more. */
bool pieces_write(struct pieces *p, const void *bytes, size_t n) QF_MUST_CHECK;
/* Nothing comes any more: what is there is all. */
void pieces_end(struct pieces *p);

/* --- any thread */
/* The writer is let go and nothing can be asked for any more. */
void pieces_cancel(struct pieces *p);
bool pieces_cancelled(const struct pieces *p);
/* For scan_open: true once it is cancelled; lives as long as p. */
const atomic_bool *pieces_flag(const struct pieces *p);
int64_t pieces_written(const struct pieces *p); /* bytes, so far */

/* --- the reader's thread */
enum pieces_got {
    PIECES_READY,
    PIECES_LATER, /* not made yet: wake tells when to ask again */
    PIECES_WRONG  /* no piece begins there, it is gone, or it is further ahead than may be asked for */
};
struct piece {
    const char *p; /* until two pieces further on were handed out */
    size_t n;
    bool end;      /* nothing comes behind it */
};
/* The piece at an offset. Beyond the end: an empty one with `end`. */
enum pieces_got pieces_ask(struct pieces *p, int64_t offset, struct piece *ret);
/* Where the next piece that was not handed out begins. */
int64_t pieces_next(struct pieces *p);
/* Is something there that was not handed out? */
bool pieces_ready(struct pieces *p);

#endif
