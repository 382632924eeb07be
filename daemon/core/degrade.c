#include "daemon/core/degrade.h"

#include "daemon/core/core.h"

/* --- what the desk sees itself */

static void add_name(char *names, const char *name)
{
    if (names[0] != '\0')
        core_append(names, DEGRADE_DETAIL, " ");
    core_append(names, DEGRADE_DETAIL, name);
}

/* Where prices are waited for: an instrument nobody can trade is not missed. */
static bool is_open(const struct core_instrument *i)
{
    return i->row.status == QF_INST_OPEN;
}

static int64_t count_silent(const struct desk *d, char *names)
{
    uint32_t i = 0;
    int64_t n = 0;
    qf_price price;
    for (const struct core_instrument *in; (in = tab_next(&d->instruments, &i)) != NULL;) {
        uint32_t slot = tab_slot(&d->instruments, in);
        if (!is_open(in) || !desk_mark_price(d, slot, &price) || !desk_stale(d, slot))
            continue;
        n++;
        add_name(names, in->row.symbol);
    }
    return n;
}

static int64_t count_unpriced(const struct desk *d, char *names)
{
    uint32_t i = 0;
    int64_t n = 0;
    qf_price price;
    for (const struct core_instrument *in; (in = tab_next(&d->instruments, &i)) != NULL;) {
        if (!is_open(in) || desk_mark_price(d, tab_slot(&d->instruments, in), &price))
            continue;
        n++;
        add_name(names, in->row.symbol);
    }
    return n;
}

/* Currencies that something is in: one that was only named once is not missed. */
static int64_t count_no_rate(const struct desk *d, char *names)
{
    int64_t n = 0;
    for (uint32_t k = 1; k < d->currency_count; k++) {
        const struct currency *c = &d->currencies[k];
        if (c->now != DESK_NO_RATE || (c->first_instrument == TAB_NONE && c->cash == 0))
            continue;
        n++;
        add_name(names, c->name);
    }
    return n;
}

static int64_t count_full(const struct desk *d, char *names)
{
    const struct tab *tabs[CAPACITY_TABS];
    int64_t n = 0;
    capacity_tabs(d, tabs);
    for (size_t i = 0; i < CAPACITY_TABS; i++) {
        if (!tab_tight(tabs[i]))
            continue;
        n++;
        add_name(names, qf_tables[tabs[i]->table].name);
    }
    return n;
}

/* --- the table */

#define NO_ANSWER "the database does not answer"
const struct degrade_row degrade_rows[QF_cause_COUNT] = {
    { QF_CAUSE_DATABASE_LOST, "firm", QF_STATE_CANCEL_ONLY, "DB_SLOW", "the database is back and the desk has been read", NO_ANSWER,
      "database", NULL },
    { QF_CAUSE_DATABASE_DOUBT, "firm", QF_STATE_CANCEL_ONLY, "DB_SLOW", "the database has said what became of the batch", NO_ANSWER,
      "database", NULL },
    { QF_CAUSE_DATABASE_SLOW, "firm", QF_STATE_CANCEL_ONLY, "DB_SLOW", "the batch is answered", NO_ANSWER, "database", NULL },
    { QF_CAUSE_FEED_LOST, "its symbols", QF_STATE_CLOSE_ONLY, "MD_STALE", "its next good price", NULL, NULL, count_silent },
    { QF_CAUSE_NO_PRICE, "its symbols", QF_STATE_CANCEL_ONLY, "MD_STALE", "its first good price", NULL, NULL, count_unpriced },
    { QF_CAUSE_NO_RATE, "instruments in its currency", QF_STATE_CANCEL_ONLY, "NO_RATE", "a rate, or a price of the instrument that gives it",
      NULL, NULL, count_no_rate },
    { QF_CAUSE_TABLE_FULL, "firm", QF_STATE_CLOSE_ONLY, "CAPACITY", "it is below 90 % again", NULL, NULL, count_full },
    { QF_CAUSE_JOURNAL_FAILED, "firm", QF_STATE_CLOSE_ONLY, "HALTED", "a line of state/stop.journal is on the disk again",
      "the stop's journal cannot be written", "journal", NULL },
};

bool degrade_allows(enum qf_cause cause, bool closes)
{
    return degrade_rows[cause].state == QF_STATE_ACTIVE || (degrade_rows[cause].state == QF_STATE_CLOSE_ONLY && closes);
}

/* The most severe row that holds for the firm; NULL: none. The first of equals. */
static const struct degrade_row *worst(const struct desk *d)
{
    const struct degrade_row *most = NULL;
    for (int c = 0; c < QF_cause_COUNT; c++)
        if ((d->causes >> c & 1) != 0 && (most == NULL || degrade_rows[c].state > most->state))
            most = &degrade_rows[c];
    return most;
}

bool degrade_set(struct desk *d, enum qf_cause cause, bool on, qf_time wall)
{
    const struct degrade_row *was = worst(d), *is;
    qf_assert(degrade_rows[cause].reason != NULL);
    d->causes = (d->causes & ~(1U << cause)) | (uint32_t)on << cause;
    is = worst(d);
    if (is == was || (is != NULL && was != NULL && is->state == was->state && strcmp(is->by, was->by) == 0))
        return false;
    bool changed = state_lift(d, NULL, NULL);
    return (is != NULL && state_raise(d, NULL, NULL, is->state, false, is->reason, is->by, wall, NULL)) || changed;
}

void degrade_show(const struct desk *d, enum qf_cause cause, struct qf_degradation *ret)
{
    const struct degrade_row *r = &degrade_rows[cause];
    *ret = (struct qf_degradation){ .cause = (int32_t)cause, .state = (int32_t)r->state };
    qf_str_copy(ret->applies, sizeof(ret->applies), r->applies);
    qf_str_copy(ret->control, sizeof(ret->control), r->control);
    qf_str_copy(ret->ends, sizeof(ret->ends), r->ends);
    ret->count = r->count != NULL ? r->count(d, ret->detail) : (d->causes >> cause & 1);
    ret->active = ret->count > 0;
    qf_rec_fill(&qf_rec_degradation, ret);
    QF_SET(ret, degradation, control);
    if (ret->detail[0] != '\0')
        QF_SET(ret, degradation, detail);
}
