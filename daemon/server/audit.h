/* The audit trail: rows of control_log, each carrying the hash of the one before. The head of the chain lies in memory and is put
 * back with the batch it grew in.
 *
 * hash = BLAKE2b-256 over: one byte 1 (version), then as fields cmd_no, prev (64 hexadecimal digits) and those of the record
 * `control` in the order of their rows, cmd_no, prev and hash left out. Each field has its length in front (4 bytes, big-endian);
 * text and str give their bytes, enums their word, i64 and time 8 bytes big-endian; a field that is not there is the length
 * 0xffffffff and nothing behind it. The first row's prev is 64 zeros. */
#ifndef QF_SERVER_AUDIT_H
#define QF_SERVER_AUDIT_H

#include "daemon/core/batch.h"
#include "daemon/server/digest.h"

#define AUDIT_ARGS_MAX 4096   /* bytes of the arguments kept; longer ones are kept as their length and hash */
#define AUDIT_DETAIL_MAX 1024

struct audit {
    int64_t cmd_no;           /* of the last row; 0 = none yet */
    char head[DIGEST_HEX];    /* its hash */
};

/* An empty chain. */
void audit_init(struct audit *a);
/* Takes the head found in the database. */
void audit_set(struct audit *a, int64_t cmd_no, const char *hash);
/* Gives row its number, prev and hash and appends it to b. Text of args and detail need only live until this returns. */
void audit_append(struct audit *a, struct batch *b, struct qf_control *row);
/* The hash of a row, from its fields and its prev. */
void audit_hash(const struct qf_control *row, char ret[DIGEST_HEX]);

/* Checking a chain row by row, oldest first. */
struct audit_check {
    int64_t rows, broken_at;  /* broken_at: cmd_no of the first row that does not hold, 0 = none */
    int64_t next;
    char head[DIGEST_HEX];
};
void audit_check_begin(struct audit_check *c);
void audit_check_row(struct audit_check *c, const struct qf_control *row);

#endif
