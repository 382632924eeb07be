#include "daemon/server/limits_list.h"

#include "common/limits.h"

#define ROW(name, words) { #name, (int64_t)(QF_##name), words }

static const struct {
    const char *name;
    int64_t value;
    const char *words;
} rows[] = {
    ROW(MAX_INSTRUMENTS, "instruments"),
    ROW(MAX_ACCOUNTS, "accounts"),
    ROW(MAX_USERS, "users"),
    ROW(MAX_SESSIONS, "live sessions"),
    ROW(MAX_LIMITS, "limits"),
    ROW(MAX_RATES, "rates"),
    ROW(MAX_STATES, "states of strategies"),
    ROW(MAX_APPROVALS, "approvals in memory"),
    ROW(MAX_BREAKERS, "breakers"),
    ROW(MAX_SCENARIOS, "stress scenarios"),
    ROW(MAX_OPEN_ORDERS, "open orders"),
    ROW(KEEP_CLOSED_ORDERS, "ended orders in memory"),
    ROW(MAX_POSITIONS, "positions"),
    ROW(MAX_LOTS, "open lots"),
    ROW(MAX_CASH, "accounts times currencies"),
    ROW(MAX_OPEN_TRADES, "open round trips"),
    ROW(MAX_EXEC_IDS, "execution ids in memory"),
    ROW(MAX_REFS, "client references a day"),
    ROW(MAX_EVENTS, "events in memory"),
    ROW(BATCH_COMMANDS, "commands a batch"),
    ROW(BATCH_BYTES, "bytes a batch"),
    ROW(MAX_CONNECTIONS, "connections"),
    ROW(MAX_SUBSCRIPTIONS, "topics a connection"),
    ROW(MAX_IN_FLIGHT, "requests unanswered a connection"),
    ROW(MAX_OUT_BYTES, "bytes unread by a peer"),
    ROW(MAX_HELD_ANSWERS, "reads that wait for a batch"),
    ROW(MAX_HELD_BYTES, "their bytes"),
    ROW(MAX_UNSIGNED_ERRORS, "errors before a stranger is cut off"),
    ROW(PIECE_BYTES, "bytes of a piece of what a job makes"),
    ROW(MAX_FEEDS, "feeds"),
    ROW(BAR_QUEUE, "bars that wait for the database"),
    ROW(DB_SLOW_US, "us until new risk is refused"),
    ROW(DB_DOUBT_US, "us until a batch is in doubt"),
    ROW(REQUEST_KEEP_US, "us an answered request is kept"),
};

void limits_list(limits_fn fn, void *arg)
{
    for (size_t i = 0; i < QF_LEN(rows); i++)
        fn(arg, rows[i].name, rows[i].value, rows[i].words);
}
