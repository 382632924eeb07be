#include "daemon/quant/stress.h"

#include <math.h>
#include <string.h>

#include "common/str.h"
#include "daemon/quant/stats.h"

#define DECIMALS 4
#define PER_CENT_MOST 1000
#define PIECE_SHOWN 40

/* Bytes of the text, not terminated. */
struct piece {
    const char *p;
    size_t n;
};

static struct piece trimmed(const char *p, size_t n)
{
    while (n > 0 && p[0] == ' ')
        p++, n--;
    while (n > 0 && p[n - 1] == ' ')
        n--;
    return (struct piece){ p, n };
}

static bool is(struct piece a, const char *word)
{
    return qf_str_eqn(word, a.p, a.n);
}

/* --- "-12.5" */

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whole units of 10^-DECIMALS per cent: exact as long as it is read. */
static bool read_units(struct piece t, int64_t *ret)
{
    bool minus = t.n > 0 && t.p[0] == '-', dot = false;
    size_t at = minus || (t.n > 0 && t.p[0] == '+'), decimals = 0, digits = 0;
    int64_t units = 0;
    for (; at < t.n; at++) {
        if (t.p[at] == '.' && !dot && digits > 0) {
            dot = true;
            continue;
        }
        if (!digit(t.p[at]) || ++digits > 8 || decimals == DECIMALS)
            return false;
        units = units * 10 + (t.p[at] - '0');
        decimals += dot;
    }
    if (digits == 0 || (dot && decimals == 0))
        return false;
    for (; decimals < DECIMALS; decimals++)
        units *= 10;
    *ret = minus ? -units : units;
    return true;
}

static bool read_move(struct piece t, double *ret)
{
    int64_t units, one = 10000;
    if (!read_units(t, &units) || units < -100 * one || units > PER_CENT_MOST * one)
        return false;
    *ret = (double)units / (double)(100 * one);
    return true;
}

/* --- pieces */

static enum qf_err wrong(struct piece t, const char *what, char *why, size_t why_cap)
{
    char shown[PIECE_SHOWN + 1];
    bool whole = qf_str_copyn(shown, sizeof shown, t.p, t.n);
    qf_str_fmt(why, why_cap, "\"%s%s\": %s", shown, whole ? "" : "~", what);
    return QF_ESYNTAX;
}

/* The first word, the number at the end, and the name between them (empty for `all`). */
static enum qf_err read_piece(struct piece t, struct stress_shock *ret, char *why, size_t why_cap)
{
    size_t word = 0, last = t.n;
    while (word < t.n && t.p[word] != ' ')
        word++;
    while (last > 0 && t.p[last - 1] != ' ')
        last--;
    if (last <= word)
        return wrong(t, t.n == 0 ? "an empty piece between commas" : "wanted all, sector NAME or symbol NAME, and then a move in per cent",
                     why, why_cap);
    struct piece kind = { t.p, word }, name = trimmed(t.p + word, last - word), move = { t.p + last, t.n - last };
    if (!is(kind, "all") && !is(kind, "sector") && !is(kind, "symbol"))
        return wrong(t, "begins with none of all, sector and symbol", why, why_cap);
    ret->on = is(kind, "all") ? STRESS_ALL : is(kind, "sector") ? STRESS_SECTOR : STRESS_SYMBOL;
    if ((ret->on == STRESS_ALL) != (name.n == 0))
        return wrong(t, ret->on == STRESS_ALL ? "all takes a move only" : "the name is missing", why, why_cap);
    if (!qf_str_copyn(ret->name, sizeof ret->name, name.p, name.n))
        return wrong(t, "the name is too long", why, why_cap);
    return read_move(move, &ret->move) ? QF_OK : wrong(t, "its move is no number of per cent from -100 to 1000", why, why_cap);
}

static bool said_already(const struct stress_plan *p, const struct stress_shock *s)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->shocks[i].on == s->on && qf_str_eq(p->shocks[i].name, s->name))
            return true;
    return false;
}

enum qf_err stress_parse(const char *text, struct stress_plan *ret, char *why, size_t why_cap)
{
    struct stress_plan plan = { .n = 0 };
    for (const char *p = text; p != NULL;) {
        const char *comma = strchr(p, ',');
        struct piece t = trimmed(p, comma != NULL ? (size_t)(comma - p) : strlen(p));
        struct stress_shock s = { .move = 0 };
        enum qf_err err = read_piece(t, &s, why, why_cap);
        if (err != QF_OK)
            return err;
        if (said_already(&plan, &s))
            return wrong(t, "the same is said twice", why, why_cap);
        if (plan.n == STRESS_SHOCKS) {
            qf_str_fmt(why, why_cap, "more than %d pieces", STRESS_SHOCKS);
            return QF_EFULL;
        }
        plan.shocks[plan.n++] = s;
        p = comma != NULL ? comma + 1 : NULL;
    }
    *ret = plan;
    return QF_OK;
}

double stress_move(const struct stress_plan *p, const char *symbol, const char *sector)
{
    const struct stress_shock *best = NULL;
    for (size_t i = 0; i < p->n; i++) {
        const struct stress_shock *s = &p->shocks[i];
        bool about = s->on == STRESS_ALL || qf_str_eq(s->name, s->on == STRESS_SECTOR ? sector : symbol);
        if (about && (best == NULL || s->on > best->on))
            best = s;
    }
    return best != NULL ? best->move : 0;
}

void stress_add_up(const double *mv, const double *moves, size_t n, struct stress_sum *ret)
{
    double most = 0;
    *ret = (struct stress_sum){ .worst = n };
    for (size_t i = 0; i < n; i++) {
        double pnl = mv[i] * moves[i];
        if (!isfinite(pnl)) {
            ret->missing++;
            continue;
        }
        ret->pnl += pnl;
        if (pnl < most) {
            most = pnl;
            ret->worst = i;
        }
    }
}

size_t stress_worst_span(const double *returns, size_t n, size_t span)
{
    size_t at = n;
    double least = INFINITY;
    for (size_t i = 0; i + span <= n && span > 0; i++) {
        double grown = 1;
        for (size_t k = 0; k < span; k++)
            grown *= 1 + returns[i + k];
        if (isnan(grown))
            return n;
        if (grown < least) {
            least = grown;
            at = i;
        }
    }
    return at;
}
