/* Every maximum with its reason. Printed at start. */
#ifndef QF_LIMITS_H
#define QF_LIMITS_H

/* --- the desk's memory, mapped lazily; 90 % of any of them refuses new risk with CAPACITY */
#define QF_MAX_INSTRUMENTS 4096
#define QF_MAX_ACCOUNTS 1024
#define QF_MAX_USERS 1024
#define QF_MAX_SESSIONS 4096
#define QF_MAX_LIMITS 4096
#define QF_MAX_RATES 256
#define QF_MAX_STATES 1024
#define QF_MAX_APPROVALS 512
#define QF_MAX_SCENARIOS 64         /* each is worked out with every run */
#define QF_MAX_BREAKERS 2048        /* a few of the firm, one or two a strategy */
#define QF_MAX_OPEN_ORDERS 65536
#define QF_KEEP_CLOSED_ORDERS 4096  /* the newest ended ones stay for reads */
#define QF_MAX_ORDERS (QF_MAX_OPEN_ORDERS + QF_KEEP_CLOSED_ORDERS)
#define QF_MAX_POSITIONS 65536
#define QF_MAX_LOTS 1048576
#define QF_MAX_CASH 4096
#define QF_MAX_OPEN_TRADES 65536
#define QF_MAX_EXEC_IDS 4194304     /* (venue, exec_id) seen, 16 bytes each; older ones are asked of the database */
#define QF_MAX_REFS 8388608         /* client_refs of the last 72 h, 32 bytes each */
#define QF_MAX_EVENTS 4096          /* newest in memory */

/* --- a batch */
#define QF_BATCH_COMMANDS 1024      /* larger gains nothing [measured: 50,000/s at 1,000, 54,000/s at 5,000] */
#define QF_BATCH_BYTES (1024 * 1024)
#define QF_BATCH_MEMORY (256ULL * 1024 * 1024) /* address space for rows and undo; a cancel of 65,536 orders fits */

/* --- connections */
#define QF_MAX_CONNECTIONS 1024
#define QF_RESERVED_UNIX 128        /* of them for the Unix socket only: the network cannot lock out who sits at the machine */
#define QF_MAX_SUBSCRIPTIONS 32     /* a connection */
#define QF_MAX_IN_FLIGHT 4096       /* requests a connection may have unanswered */
#define QF_MAX_OUT_BYTES (16 * 1024 * 1024) /* unread by a peer before it is dropped */
#define QF_MAX_HELD_ANSWERS 10000   /* reads that wait for a batch; then BUSY */
#define QF_MAX_HELD_BYTES (16 * 1024 * 1024)
#define QF_MAX_UNSIGNED_ERRORS 10   /* then a peer that is not signed in is cut off */
#define QF_ARENA_REQUEST (8 * 1024 * 1024)
#define QF_PIECE_BYTES (256 * 1024) /* of what a job makes, all but the last: six bytes for one, quoted at worst, stay below an answer's maximum */

#define QF_MAX_FEEDS 64
#define QF_BAR_QUEUE 65536          /* bars waiting for the database; a replay waits at half, live feeds drop and count */

#define QF_DB_SLOW_US 250000        /* a batch unanswered for so long: no new risk */
#define QF_DB_DOUBT_US 1000000      /* for so long: the connection is closed, the batch is in doubt */
#define QF_REQUEST_KEEP_US (72LL * 3600 * 1000000)
#define QF_TOKEN_US (15LL * 60 * 1000000)

#endif
