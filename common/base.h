/* Words every file uses: compiler attributes, the error codes of the world, and the assertion that stays in release builds. */
#ifndef QF_BASE_H
#define QF_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__extension__ typedef __int128 qf_i128;
__extension__ typedef unsigned __int128 qf_u128;

#define QF_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define QF_MUST_CHECK __attribute__((warn_unused_result))
#define QF_WHY_TEXT 160 /* bytes of a message that says what is wrong, its NUL included */
#define QF_NORETURN __attribute__((noreturn))
#define QF_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* What the world can do to us. A bug is not in here: it asserts. A refusal is not in here either: it is a value
 * (struct qf_refusal in proto.h) that is answered and audited. Functions that fail leave their outputs untouched. */
enum qf_err {
    QF_OK = 0,
    QF_ENOMEM,    /* the memory given for this is used up */
    QF_EIO,       /* a system call failed; errno tells */
    QF_ESYNTAX,   /* the bytes are not what the format asks for */
    QF_ERANGE,    /* a value is outside what it may be */
    QF_EEXIST,    /* it is there already */
    QF_ENOENT,    /* it is not there */
    QF_EDENIED,   /* not allowed */
    QF_EBUSY,     /* in use by somebody else */
    QF_ETIMEOUT,  /* took longer than it may */
    QF_ECLOSED,   /* the peer is gone */
    QF_EFULL,     /* a queue or table has reached its maximum */
    QF_ESTATE,    /* not in this state */
    QF_EVERSION,  /* a version that is not known */
    QF_ERR_COUNT
};

/* One English phrase for a code, for example "out of range". Never NULL; valid for the life of the program. */
const char *qf_err_text(enum qf_err err);

/* A bug: says where and aborts, also in release builds. Never for what comes from outside. */
QF_NORETURN void qf_bug(const char *what, const char *file, int line);
#define qf_assert(cond) ((cond) ? (void)0 : qf_bug(#cond, __FILE__, __LINE__))

#endif
