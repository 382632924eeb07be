/* Which writes were answered already: (user, client_ref) of the last three days as 128-bit hashes, and the newest answers whole.
 *
 * The hashes say for certain that a ref is new (a chance of 2^-87 at 8 million refs that it is not); a known one whose answer is no
 * longer here is asked of the table `requests`. One set holds one day; the oldest day goes as a whole. */
#ifndef QF_SERVER_REQUESTS_H
#define QF_SERVER_REQUESTS_H

#include "common/clock.h"
#include "daemon/core/batch.h"
#include "daemon/server/digest.h"

#define REQUESTS_KEPT 65536                   /* newest answers in memory; about two minutes at 500 writes a second */
#define REQUESTS_KEPT_BYTES (32u * 1024 * 1024)

struct requests;

enum request_found {
    REQUEST_NEW,    /* never seen: decide it */
    REQUEST_FLYING, /* decided, its batch is not durable yet: the answer is known, but must not leave before */
    REQUEST_DONE,   /* answered */
    REQUEST_OTHER,  /* this ref had another content: REF_REUSED */
    REQUEST_STORED  /* answered a while ago: the database knows how */
};
struct request_answer {
    const char *body; /* from "result" or "error" on; valid until the next call of this room */
    size_t n;
    uint64_t batch;   /* REQUEST_FLYING: number of its batch */
};

struct requests *requests_new(void);
void requests_free(struct requests *r);

/* A row of the table at start or after a reload. QF_EFULL when the day's set is full. */
enum qf_err requests_load(struct requests *r, const char *user, const char *ref, qf_time at) QF_MUST_CHECK;
enum request_found requests_find(struct requests *r, const char *user, const char *ref, const unsigned char hash[DIGEST_BYTES],
                                 struct request_answer *ret);
/* Has the day of `at` room for another ref? Asked before a command is decided. */
bool requests_room(struct requests *r, qf_time at);
/* Remembers an answer that joins batch b: the set's word is saved for undo, the answer is REQUEST_FLYING. */
void requests_add(struct requests *r, struct batch *b, const char *user, const char *ref, const unsigned char hash[DIGEST_BYTES],
                  qf_time at, const char *body, size_t n);
/* The batch of this number is durable: its answers are DONE. */
void requests_durable(struct requests *r, uint64_t batch);
/* The batch of this number was undone (batch_undo has put the sets back): its answers are forgotten. */
void requests_undone(struct requests *r, uint64_t batch);
/* The database does not know it after all (it was older than what is kept): the next time it is new. */
void requests_forget(struct requests *r, const char *user, const char *ref);
/* Refs known, for the sampler. */
uint64_t requests_count(const struct requests *r);

#endif
