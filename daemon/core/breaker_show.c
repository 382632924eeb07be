/* What readers get of the breakers: rows with what they see now. Nothing is changed here. */
#include "daemon/core/breaker_in.h"

/* The worst of the strategies a row '*' watches. */
static void see_worst(const struct desk *d, const struct breaker_world *w, const struct qf_breaker *b, struct breaker_sight *ret)
{
    struct breaker_sight one;
    *ret = (struct breaker_sight){ .has = false };
    for (uint32_t g = 0; g < d->group_count; g++) {
        if (d->groups[g].scope != QF_SCOPE_STRATEGY || !breaker_covers(d, b, d->groups[g].name))
            continue;
        breaker_see(d, w, b, g, &one);
        if (!one.has || (ret->has && one.now <= ret->now))
            continue;
        *ret = one;
        qf_str_copy(ret->subject, sizeof(ret->subject), d->groups[g].name);
    }
}

static void see_row(const struct desk *d, const struct breaker_world *w, const struct qf_breaker *b, struct breaker_sight *ret)
{
    *ret = (struct breaker_sight){ .has = false };
    uint32_t strategy = b->scope == QF_SCOPE_FIRM || breaker_is_star(b) ? TAB_NONE : group_find(d, QF_SCOPE_STRATEGY, b->name);
    if (breaker_is_star(b))
        see_worst(d, w, b, ret);
    else if (b->scope == QF_SCOPE_FIRM || strategy != TAB_NONE)
        breaker_see(d, w, b, strategy, ret);
}

static void take_setting(const struct desk *d, struct qf_breaker *ret)
{
    const struct qf_breaker *setting = breaker_setting(d, ret);
    QF_DROP(ret, breaker, level);
    if (setting == NULL)
        return;
    ret->window_s = setting->window_s;
    ret->action = setting->action;
    if (!QF_HAS(setting, breaker, level))
        return;
    ret->level = setting->level;
    QF_SET(ret, breaker, level);
}

static void put_sight(const struct breaker_sight *s, struct qf_breaker *ret)
{
    qf_i128 share;
    if (!s->has)
        return;
    ret->now = s->now;
    QF_SET(ret, breaker, now);
    if (s->subject[0] != '\0') {
        qf_str_copy(ret->subject, sizeof(ret->subject), s->subject);
        QF_SET(ret, breaker, subject);
    }
    if (!QF_HAS(ret, breaker, level) || qf_muldiv(s->now > 0 ? s->now : 0, 10000, ret->level, &share) != QF_OK || share > INT64_MAX)
        return;
    ret->used_bp = (int64_t)share;
    QF_SET(ret, breaker, used_bp);
}

void breaker_row(struct desk *d, const struct breaker_world *w, const struct qf_breaker *b, struct qf_breaker *ret)
{
    struct breaker_sight s;
    struct qf_breaker row = *b;
    const struct breaker_trip *t = breaker_trip_of(d, (enum qf_breaker_code)b->code, b->name);
    row.has &= ~(QF_BIT(breaker, now) | QF_BIT(breaker, subject) | QF_BIT(breaker, used_bp));
    qf_rec_fill(&qf_rec_breaker, &row);
    if (row.follows)
        take_setting(d, &row);
    if (t != NULL)
        breaker_put_trip(&row, t);
    see_row(d, w, &row, &s);
    put_sight(&s, &row);
    *ret = row;
}

/* By kind and name; the tables are small and read once a second. */
static bool before(const struct qf_breaker *a, const struct qf_breaker *b)
{
    return a->code != b->code ? a->code < b->code : strcmp(a->name, b->name) < 0;
}

static void put_sorted(struct qf_breaker *out, uint32_t n, const struct qf_breaker *row)
{
    uint32_t at = n;
    for (; at > 0 && before(row, &out[at - 1]); at--)
        out[at] = out[at - 1];
    out[at] = *row;
}

/* Strategies that tripped by '*' and whose own row is not written yet. */
static uint32_t add_pending(struct desk *d, const struct breaker_world *w, struct qf_breaker *out, uint32_t n, uint32_t most)
{
    struct qf_breaker blank, row;
    for (uint32_t i = 0; i < d->watch->trips_n && n < most; i++) {
        const struct breaker_trip *t = &d->watch->trips[i];
        if (t->strategy[0] == '\0' || breaker_find(d, t->code, t->strategy) != NULL)
            continue;
        breaker_blank(t->code, t->strategy, &blank);
        blank.follows = true;
        breaker_row(d, w, &blank, &row);
        put_sorted(out, n++, &row);
    }
    return n;
}

uint32_t breaker_rows(struct desk *d, const struct breaker_world *w, struct qf_breaker *out, uint32_t most)
{
    struct qf_breaker blank, row;
    uint32_t n = 0, i = 0, firm;
    for (; n < QF_breaker_code_COUNT && n < most; n++) {
        const struct qf_breaker *b = breaker_find(d, (enum qf_breaker_code)n, "");
        breaker_blank((enum qf_breaker_code)n, "", &blank);
        breaker_row(d, w, b == NULL ? &blank : b, &out[n]);
    }
    firm = n;
    for (const struct qf_breaker *b; n < most && (b = tab_next(&d->breakers, &i)) != NULL;) {
        if (b->scope == QF_SCOPE_FIRM)
            continue;
        breaker_row(d, w, b, &row);
        put_sorted(out + firm, n++ - firm, &row);
    }
    return firm + add_pending(d, w, out + firm, n - firm, most - firm);
}

int64_t breaker_tripped(const struct desk *d)
{
    uint32_t i = 0;
    int64_t n = 0;
    for (const struct qf_breaker *b; (b = tab_next(&d->breakers, &i)) != NULL;)
        n += b->tripped && breaker_trip_of(d, (enum qf_breaker_code)b->code, b->name) == NULL;
    return n + d->watch->trips_n;
}
