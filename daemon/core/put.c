/* Settings as rows: users, sessions, instruments, rates, accounts, limits, approvals. */
#include "daemon/core/core.h"

/* Replaces the row of the image's key, or adds it. NULL: full. */
static void *put_row(struct desk *d, struct tab *t, struct batch *b, const void *image, bool *ret_new)
{
    void *row = tab_find(t, image);
    *ret_new = row == NULL;
    if (row == NULL) {
        row = tab_add(t, b, image);
    } else {
        tab_edit(t, b, row);
        memcpy(row, image, t->rec->size);
    }
    d->version++;
    return row;
}

enum qf_err desk_put_user(struct desk *d, struct batch *b, const struct qf_user *image)
{
    bool new;
    if (put_row(d, &d->users, b, image, &new) == NULL)
        return QF_EFULL;
    group_get(d, QF_SCOPE_TRADER, image->name); /* so that limits of the trader bind a user without an account too */
    return QF_OK;
}

enum qf_err desk_put_session(struct desk *d, struct batch *b, const struct qf_session *image)
{
    bool new;
    struct qf_session *row = tab_find(&d->sessions, image);
    if (row == NULL && QF_HAS(image, session, ended)) {
        batch_image(b, QF_TABLE_sessions, image);
        return QF_OK;
    }
    row = put_row(d, &d->sessions, b, image, &new);
    if (row == NULL)
        return QF_EFULL;
    if (QF_HAS(image, session, ended))
        tab_drop(&d->sessions, b, row);
    return QF_OK;
}

/* What moves rows from one group to another, or changes what they are worth. */
static bool instrument_moves(const struct qf_instrument *a, const struct qf_instrument *b)
{
    return strcmp(a->sector, b->sector) != 0 || strcmp(a->currency, b->currency) != 0 || a->multiplier != b->multiplier;
}

enum qf_err desk_put_instrument(struct desk *d, struct batch *b, const struct qf_instrument *image)
{
    const struct core_instrument *was = desk_instrument(d, image->symbol);
    qf_assert(image->tick > 0 && image->lot > 0 && image->multiplier > 0 && image->multiplier <= QF_MULT_MAX);
    bool new, moves = was != NULL && instrument_moves(&was->row, image);
    if (currency_get(d, image->currency) == TAB_NONE)
        return QF_EFULL;
    struct core_instrument *i = put_row(d, &d->instruments, b, image, &new);
    if (i == NULL)
        return QF_EFULL;
    if (new) {
        memset(&d->marks[tab_slot(&d->instruments, i)], 0, sizeof(struct mark));
        instrument_link(d, i);
        rates_refresh(d); /* a rate may have waited for this symbol */
    } else if (moves) {
        desk_rebuild(d);
    }
    return QF_OK;
}

enum qf_err desk_put_rate(struct desk *d, struct batch *b, const struct qf_rate *image)
{
    bool new;
    if (currency_get(d, image->currency) == TAB_NONE || put_row(d, &d->rates, b, image, &new) == NULL)
        return QF_EFULL;
    rates_refresh(d);
    return QF_OK;
}

enum qf_err desk_put_account(struct desk *d, struct batch *b, const struct qf_account *image)
{
    bool new;
    if (currency_get(d, image->currency) == TAB_NONE)
        return QF_EFULL;
    struct core_account *a = put_row(d, &d->accounts, b, image, &new);
    if (a == NULL)
        return QF_EFULL;
    if (new)
        account_link(d, a);
    else
        desk_rebuild(d); /* owner, strategy or closed: rare, and everything may hang on it */
    return QF_OK;
}

enum qf_err desk_put_limit(struct desk *d, struct batch *b, const struct qf_limit *image)
{
    bool new;
    qf_assert(image->scope >= 0 && image->scope < QF_scope_COUNT && image->control >= 0 &&
              image->control < QF_control_code_COUNT);
    if (put_row(d, &d->limits, b, image, &new) == NULL)
        return QF_EFULL;
    groups_bind(d, (enum qf_scope)image->scope, (enum qf_control_code)image->control);
    return QF_OK;
}

enum qf_err desk_put_breaker(struct desk *d, struct batch *b, const struct qf_breaker *image)
{
    bool new;
    qf_assert(image->code >= 0 && image->code < QF_breaker_code_COUNT && image->action > QF_STATE_ACTIVE &&
              image->action < QF_desk_state_COUNT && (image->scope == QF_SCOPE_FIRM) == (image->name[0] == '\0'));
    return put_row(d, &d->breakers, b, image, &new) == NULL ? QF_EFULL : QF_OK;
}

enum qf_err desk_put_scenario(struct desk *d, struct batch *b, const struct qf_scenario *image)
{
    bool new;
    return put_row(d, &d->scenarios, b, image, &new) == NULL ? QF_EFULL : QF_OK;
}

void desk_risk_taken(struct desk *d, bool known, qf_money var_99, qf_money es_975, bool incomplete)
{
    d->has_var = known;
    d->var_99 = var_99;
    d->es_975 = es_975;
    d->var_incomplete = incomplete;
    d->version++;
}

/* --- approvals: their arguments are bytes of somebody else's arena and are copied to a place that
 * goes with the slot */

static void keep_args(struct desk *d, struct batch *b, struct qf_approval *a, struct qf_str args)
{
    char *own = d->approval_args[tab_slot(&d->approvals, a)];
    uint32_t n = args.n < sizeof(*d->approval_args) ? args.n : (uint32_t)sizeof(*d->approval_args) - 1;
    if (b != NULL)
        batch_save(b, own, sizeof(*d->approval_args));
    if (n > 0)
        memmove(own, args.p, n);
    a->args = (struct qf_str){ .p = own, .n = n };
}

/* Those that were granted go last: a limit that was loosened for a time goes back to what stands in them, and one person alone can make
 * any number of the others. */
static void drop_oldest_decided(struct desk *d, struct batch *b)
{
    struct qf_approval *oldest = NULL;
    uint32_t i = 0;
    for (struct qf_approval *a; (a = tab_next(&d->approvals, &i)) != NULL;) {
        bool granted = a->state == QF_APPROVAL_GRANTED, was = oldest != NULL && oldest->state == QF_APPROVAL_GRANTED;
        if (a->state != QF_APPROVAL_PENDING && (oldest == NULL || (granted == was ? a->id < oldest->id : was)))
            oldest = a;
    }
    if (oldest != NULL)
        tab_drop(&d->approvals, b, oldest);
}

enum qf_err desk_put_approval(struct desk *d, struct batch *b, const struct qf_approval *image)
{
    bool new;
    if (d->approvals.count == d->approvals.cap && tab_find(&d->approvals, image) == NULL)
        drop_oldest_decided(d, b);
    struct qf_approval *a = put_row(d, &d->approvals, b, image, &new);
    if (a == NULL)
        return QF_EFULL;
    keep_args(d, b, a, image->args);
    return QF_OK;
}
