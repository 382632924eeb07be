#include "daemon/core/breaker_in.h"

size_t watch_size(void)
{
    return sizeof(struct watch);
}

/* --- rows */

static struct qf_breaker *find(const struct desk *d, enum qf_breaker_code code, const char *strategy)
{
    struct qf_breaker like;
    like.code = (int32_t)code;
    like.scope = strategy[0] == '\0' ? QF_SCOPE_FIRM : QF_SCOPE_STRATEGY;
    return qf_str_copy(like.name, sizeof(like.name), strategy) ? tab_find(&d->breakers, &like) : NULL;
}

const struct qf_breaker *breaker_find(const struct desk *d, enum qf_breaker_code code, const char *strategy)
{
    return find(d, code, strategy);
}

void breaker_blank(enum qf_breaker_code code, const char *strategy, struct qf_breaker *ret)
{
    *ret = (struct qf_breaker){ .code = (int32_t)code, .window_s = breaker_kinds[code].window_s, .action = (int32_t)breaker_kinds[code].action,
                                .scope = strategy[0] == '\0' ? QF_SCOPE_FIRM : QF_SCOPE_STRATEGY };
    qf_str_copy(ret->name, sizeof(ret->name), strategy);
    qf_rec_fill(&qf_rec_breaker, ret);
}

const struct qf_breaker *breaker_setting(const struct desk *d, const struct qf_breaker *b)
{
    return b->follows ? find(d, (enum qf_breaker_code)b->code, "*") : b;
}

bool breaker_covers(const struct desk *d, const struct qf_breaker *b, const char *strategy)
{
    if (!breaker_is_star(b))
        return strcmp(b->name, strategy) == 0;
    const struct qf_breaker *own = find(d, (enum qf_breaker_code)b->code, strategy);
    return own == NULL || own->follows;
}

/* The strategy's own row, made to follow '*'. NULL when there is no room. */
static struct qf_breaker *own_row(struct desk *d, struct batch *b, enum qf_breaker_code code, const char *strategy, qf_time wall)
{
    struct qf_breaker image, *row = find(d, code, strategy);
    if (row != NULL)
        return row;
    breaker_blank(code, strategy, &image);
    image.follows = strategy[0] != '\0';
    image.updated = wall;
    qf_str_copy(image.owner, sizeof(image.owner), "breaker");
    qf_str_copy(image.reason, sizeof(image.reason), image.follows ? "follows *" : "");
    return tab_add(&d->breakers, b, &image);
}

/* --- what is counted */

/* Has the firm's row of this kind been reached? Told apart from tripping, which is for breaker_look. */
static void count(struct desk *d, struct ring *r, enum qf_breaker_code code, qf_time wall)
{
    r->at[r->count++ & (WATCH_RING - 1)] = wall;
    const struct qf_breaker *b = find(d, code, "");
    if (b == NULL || !QF_HAS(b, breaker, level))
        return;
    int64_t n = (int64_t)((b->level + QF_ONE - 1) / QF_ONE);
    if (ring_reached(r, n, wall, b->window_s * QF_SEC))
        d->watch->hit = true;
}

void watch_reject(struct desk *d, qf_time wall)
{
    count(d, &d->watch->rejects, QF_BRK_REJECT_STORM, wall);
}

void watch_message(struct desk *d, qf_time wall)
{
    count(d, &d->watch->messages, QF_BRK_MESSAGE_RATE, wall);
}

void breaker_forget_messages(struct desk *d)
{
    d->watch->messages.count = 0;
}

bool breaker_hit(struct desk *d)
{
    bool hit = d->watch->hit;
    d->watch->hit = false;
    return hit;
}

/* A row changes only when its count does; where nobody watches, nothing is counted. */
static void count_round_trip(struct desk *d, struct batch *b, const char *strategy, bool lost)
{
    struct qf_breaker *row = find(d, QF_BRK_LOSS_STREAK, strategy);
    if (row == NULL && lost && strategy[0] != '\0' && find(d, QF_BRK_LOSS_STREAK, "*") != NULL)
        row = own_row(d, b, QF_BRK_LOSS_STREAK, strategy, 0);
    if (row == NULL || (!lost && row->streak == 0) || row->streak == INT64_MAX - 1)
        return;
    tab_edit(&d->breakers, b, row);
    row->streak = lost ? row->streak + 1 : 0;
}

void watch_round_trip(struct desk *d, struct batch *b, const struct core_account *a, bool lost)
{
    count_round_trip(d, b, "", lost);
    if (a->group_strategy != TAB_NONE)
        count_round_trip(d, b, d->groups[a->group_strategy].name, lost);
}

void watch_inherit(struct desk *d, const struct desk *old)
{
    memcpy(d->watch, old->watch, offsetof(struct watch, day_pnl));
    d->watch->sums_version = UINT64_MAX; /* no version: they are summed again */
}

/* --- tripped */

struct breaker_trip *breaker_trip_of(const struct desk *d, enum qf_breaker_code code, const char *strategy)
{
    for (uint32_t i = 0; i < d->watch->trips_n; i++) {
        struct breaker_trip *t = &d->watch->trips[i];
        if (t->code == code && strcmp(t->strategy, strategy) == 0)
            return t;
    }
    return NULL;
}

bool breaker_latched(const struct desk *d, enum qf_breaker_code code, const char *strategy)
{
    const struct qf_breaker *b = find(d, code, strategy);
    return (b != NULL && b->tripped) || breaker_trip_of(d, code, strategy) != NULL;
}

bool breaker_latch(struct desk *d, const struct breaker_trip *t)
{
    if (breaker_latched(d, t->code, t->strategy) || d->watch->trips_n == QF_MAX_BREAKERS)
        return false;
    d->watch->trips[d->watch->trips_n++] = *t;
    d->version++;
    return true;
}

void breaker_put_trip(struct qf_breaker *row, const struct breaker_trip *t)
{
    row->tripped = true;
    row->since = t->since;
    qf_str_copy(row->trip, sizeof(row->trip), t->words);
    QF_SET(row, breaker, since);
    QF_SET(row, breaker, trip);
}

void breaker_trip_row(const struct breaker_trip *t, struct qf_breaker *ret)
{
    breaker_blank(t->code, t->strategy, ret);
    ret->action = (int32_t)t->action;
    breaker_put_trip(ret, t);
}

uint32_t breaker_trips(const struct desk *d, const struct breaker_trip **ret)
{
    *ret = d->watch->trips;
    return d->watch->trips_n;
}

enum qf_err breaker_write(struct desk *d, struct batch *b, const struct breaker_trip *t, qf_time wall)
{
    struct qf_breaker *row = own_row(d, b, t->code, t->strategy, wall);
    if (row == NULL)
        return QF_EFULL;
    tab_edit(&d->breakers, b, row);
    breaker_put_trip(row, t);
    row->updated = wall;
    d->version++;
    return QF_OK;
}

/* --- looking */

static void number_text(const struct breaker_kind *k, qf_money v, char out[QF_DEC_TEXT + 4])
{
    if (strcmp(k->unit, "percent") == 0) {
        size_t n = qf_dec_pretty(v * 100, QF_SCALE, 2, true, false, out);
        memcpy(out + n, " %", 3);
    } else if (strcmp(k->unit, "money") == 0) {
        qf_dec_pretty(v, QF_SCALE, 2, true, false, out);
    } else {
        qf_dec_pretty(v, QF_SCALE, 0, true, false, out);
        core_append(out, QF_DEC_TEXT + 4, strcmp(k->unit, "seconds") == 0 ? " s" : strcmp(k->unit, "milliseconds") == 0 ? " ms" : "");
    }
}

/* "STALE_FEED SAP 61 s, level 60 s" */
static void trip_words(const struct breaker_kind *k, const struct breaker_sight *s, qf_money level, char out[BREAKER_TEXT])
{
    char number[QF_DEC_TEXT + 4];
    core_join(out, BREAKER_TEXT, qf_enum_text(&qf_enum_breaker_code, (int32_t)k->code), " ");
    if (s->subject[0] != '\0') {
        core_append(out, BREAKER_TEXT, s->subject);
        core_append(out, BREAKER_TEXT, " ");
    }
    number_text(k, s->now, number);
    core_append(out, BREAKER_TEXT, number);
    number_text(k, level, number);
    core_append(out, BREAKER_TEXT, ", level ");
    core_append(out, BREAKER_TEXT, number);
}

void breaker_see(const struct desk *d, const struct breaker_world *w, const struct qf_breaker *b, uint32_t strategy,
                struct breaker_sight *ret)
{
    *ret = (struct breaker_sight){ .has = false };
    breaker_kinds[b->code].see(d, w, b, strategy, ret);
}

struct looking {
    struct desk *d;
    const struct breaker_world *w;
    void (*fn)(void *arg, const struct breaker_trip *t);
    void *arg;
};

static void look_at(const struct looking *l, const struct qf_breaker *setting, uint32_t strategy)
{
    struct breaker_sight s;
    struct breaker_trip t = { .code = (enum qf_breaker_code)setting->code, .action = (enum qf_desk_state)setting->action, .since = l->w->wall };
    qf_str_copy(t.strategy, sizeof(t.strategy), strategy == TAB_NONE ? "" : l->d->groups[strategy].name);
    if (breaker_latched(l->d, t.code, t.strategy))
        return;
    breaker_see(l->d, l->w, setting, strategy, &s);
    if (!s.has || s.now < setting->level)
        return;
    trip_words(&breaker_kinds[t.code], &s, setting->level, t.words);
    l->fn(l->arg, &t);
}

static void look_at_strategies(const struct looking *l, const struct qf_breaker *b)
{
    for (uint32_t g = 0; g < l->d->group_count; g++)
        if (l->d->groups[g].scope == QF_SCOPE_STRATEGY && breaker_covers(l->d, b, l->d->groups[g].name))
            look_at(l, b, g);
}

void breaker_look(struct desk *d, const struct breaker_world *w, void (*fn)(void *arg, const struct breaker_trip *t), void *arg)
{
    const struct looking l = { d, w, fn, arg };
    uint32_t i = 0;
    for (const struct qf_breaker *b; (b = tab_next(&d->breakers, &i)) != NULL;) {
        if (!QF_HAS(b, breaker, level) || b->follows)
            continue; /* off, or '*' looks for it */
        if (b->scope == QF_SCOPE_FIRM)
            look_at(&l, b, TAB_NONE);
        else
            look_at_strategies(&l, b);
    }
}

/* --- watching again */

/* Says no while the figure is still where it trips: it would trip at once. */
static bool still_there(const struct desk *d, const struct breaker_world *w, const struct qf_breaker *row, struct qf_refusal *r)
{
    const struct qf_breaker *setting = breaker_setting(d, row);
    const struct breaker_kind *k = &breaker_kinds[row->code];
    struct breaker_sight s;
    char words[BREAKER_TEXT];
    uint32_t strategy = row->scope == QF_SCOPE_FIRM ? TAB_NONE : group_find(d, QF_SCOPE_STRATEGY, row->name);
    if (k->resets || setting == NULL || !QF_HAS(setting, breaker, level) || (row->scope != QF_SCOPE_FIRM && strategy == TAB_NONE))
        return false;
    breaker_see(d, w, setting, strategy, &s);
    if (!s.has || s.now < setting->level)
        return false;
    trip_words(k, &s, setting->level, words);
    core_refuse(r, QF_R_BAD_STATE, "code", "it would trip again at once: ");
    core_append(r->message, sizeof(r->message), words);
    return true;
}

static void forget_trip(struct desk *d, const struct qf_breaker *row)
{
    struct breaker_trip *t = breaker_trip_of(d, (enum qf_breaker_code)row->code, row->name);
    if (t != NULL)
        *t = d->watch->trips[--d->watch->trips_n];
}

bool breaker_rearm(struct desk *d, struct batch *b, const struct breaker_world *w, enum qf_breaker_code code, const char *strategy,
                   struct qf_refusal *ret_refusal)
{
    struct qf_breaker *row = find(d, code, strategy);
    if (row == NULL || !row->tripped) {
        core_refuse(ret_refusal, row == NULL ? QF_R_NOT_FOUND : QF_R_ALREADY, "code", "it has not tripped");
        return false;
    }
    if (still_there(d, w, row, ret_refusal))
        return false;
    if (b == NULL)
        return true;
    tab_edit(&d->breakers, b, row);
    row->tripped = false;
    QF_DROP(row, breaker, since);
    QF_DROP(row, breaker, trip);
    row->streak = 0;
    row->updated = w->wall;
    forget_trip(d, row); /* when the batch is undone the row is a tripped one again */
    d->version++;
    return true;
}
