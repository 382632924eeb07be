/* The database is slow, in doubt, away or back: what follows for trading, and what people are told. */
#include "daemon/server/trouble.h"

#include "common/log.h"
#include "daemon/core/degrade.h"
#include "daemon/server/inside.h"

static void show_state(struct server *s)
{
    struct qf_trading_state row;
    if (state_shown(s->desk, NULL, &row))
        topic_row(s->topics, QF_TOPIC_states, &row);
}

/* What follows stands in the table of degradations. */
static void set_cause(struct server *s, enum qf_cause cause, bool on)
{
    if (degrade_set(s->desk, cause, on, qf_now_wall()))
        show_state(s);
}

/* The new cause first, then the old ones go: so that nothing is let through between two of them. */
static void set_causes(struct server *s, enum commit_trouble is)
{
    static const struct { enum commit_trouble trouble; enum qf_cause cause; } causes[] = {
        { TROUBLE_SLOW, QF_CAUSE_DATABASE_SLOW }, { TROUBLE_DOUBT, QF_CAUSE_DATABASE_DOUBT }, { TROUBLE_DOWN, QF_CAUSE_DATABASE_LOST },
        { TROUBLE_LOADING, QF_CAUSE_DATABASE_LOST },
    };
    int now = -1;
    for (size_t i = 0; i < QF_LEN(causes); i++)
        if (causes[i].trouble == is)
            now = (int)causes[i].cause;
    if (now >= 0)
        set_cause(s, (enum qf_cause)now, true);
    for (size_t i = 0; i < QF_LEN(causes); i++)
        if ((int)causes[i].cause != now)
            set_cause(s, causes[i].cause, false);
}

void trouble_journal(struct server *s, bool failed)
{
    set_cause(s, QF_CAUSE_JOURNAL_FAILED, failed);
}

static const char *words(enum commit_trouble t)
{
    static const char *const w[] = {
        [TROUBLE_NONE] = "answers", [TROUBLE_SLOW] = "is slow: no new risk", [TROUBLE_DOUBT] = "did not answer: a batch is in doubt",
        [TROUBLE_DOWN] = "is away: no new risk", [TROUBLE_LOADING] = "is back: the desk is being read",
    };
    return w[t];
}

/* Slow for a moment is for the log; everything worse is an event. */
static void tell(struct server *s, enum commit_trouble was, enum commit_trouble is)
{
    if (is == TROUBLE_DOUBT || is == TROUBLE_DOWN)
        server_event(s, QF_SEV_ERROR, "database", "the database %s", words(is));
    else if (is == TROUBLE_NONE && was != TROUBLE_SLOW)
        server_event(s, QF_SEV_INFO, "database", "the database %s", words(is));
    else
        qf_log(QF_LOG_INFO, "commit", "the database %s", words(is));
}

void trouble_moved(struct server *s)
{
    enum commit_trouble was = s->trouble, is = commit_trouble(s->commit);
    if (was == is || !s->loaded)
        return;
    s->trouble = is;
    set_causes(s, is);
    tell(s, was, is);
}
