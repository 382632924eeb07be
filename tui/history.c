#include "tui/history.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"

#define SAMPLE_STEP (30 * QF_SEC)

struct spark {
    char symbol[17];
    int n;
    int64_t minute; /* of the last point; 0 = not known */
    double points[TUI_SPARK_MAX];
};

struct tui_history {
    struct spark *sparks; /* by symbol */
    int sparks_n, sparks_cap;
    struct tui_point equity[TUI_EQUITY_MAX];
    int equity_n;
    struct qf_sample samples[TUI_SAMPLES_MAX];
    int samples_n;
};

struct tui_history *tui_history_new(void)
{
    struct tui_history *h = qf_xalloc(sizeof *h);
    memset(h, 0, sizeof *h);
    return h;
}

void tui_history_free(struct tui_history *h)
{
    if (!h)
        return;
    free(h->sparks);
    free(h);
}

void tui_history_clear(struct tui_history *h)
{
    h->sparks_n = h->equity_n = h->samples_n = 0;
}

/* Where the symbol stands in the sorted array, or where it would go. */
static int spark_place(const struct tui_history *h, const char *symbol, bool *ret_there)
{
    int lo = 0, hi = h->sparks_n;
    while (lo < hi) {
        int mid = (lo + hi) / 2;
        if (strcmp(h->sparks[mid].symbol, symbol) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    *ret_there = lo < h->sparks_n && strcmp(h->sparks[lo].symbol, symbol) == 0;
    return lo;
}

static struct spark *spark_of(struct tui_history *h, const char *symbol)
{
    bool there;
    int at = spark_place(h, symbol, &there);
    if (there)
        return &h->sparks[at];
    if (h->sparks_n == h->sparks_cap) {
        h->sparks_cap = h->sparks_cap ? h->sparks_cap * 2 : 32;
        h->sparks = qf_xrealloc(h->sparks, (size_t)h->sparks_cap * sizeof *h->sparks);
    }
    memmove(&h->sparks[at + 1], &h->sparks[at], (size_t)(h->sparks_n - at) * sizeof *h->sparks);
    h->sparks_n++;
    memset(&h->sparks[at], 0, sizeof h->sparks[at]);
    qf_str_copy(h->sparks[at].symbol, sizeof h->sparks[at].symbol, symbol);
    return &h->sparks[at];
}

void tui_history_sparks(struct tui_history *h, const struct qf_spark_list *list)
{
    for (uint32_t i = 0; i < list->sparks_n; i++) {
        const struct qf_spark *from = &list->sparks[i];
        struct spark *to = spark_of(h, from->symbol);
        to->n = 0;
        to->minute = 0;
        for (uint32_t k = 0; k < from->points_n && to->n < TUI_SPARK_MAX; k++)
            to->points[to->n++] = (double)from->points[k].p;
    }
}

static void spark_append(struct spark *s, double v)
{
    /* an hour is enough: the daemon's own line is one point a minute */
    if (s->n >= 60) {
        memmove(s->points, s->points + 1, (size_t)(s->n - 1) * sizeof s->points[0]);
        s->n--;
    }
    s->points[s->n++] = v;
}

void tui_history_quote(struct tui_history *h, const struct qf_quote *q)
{
    if (!QF_HAS(q, quote, last) || !QF_HAS(q, quote, at))
        return;
    struct spark *s = spark_of(h, q->symbol);
    int64_t minute = q->at / QF_MIN;
    if (s->n == 0 || (s->minute && minute > s->minute))
        spark_append(s, (double)q->last);
    else
        s->points[s->n - 1] = (double)q->last;
    s->minute = minute;
}

int tui_history_spark(const struct tui_history *h, const char *symbol, const double **ret)
{
    bool there;
    int at = spark_place(h, symbol, &there);
    if (!there)
        return 0;
    *ret = h->sparks[at].points;
    return h->sparks[at].n;
}

static void equity_append(struct tui_history *h, const struct qf_equity *e)
{
    double v = (double)e->equity / (double)QF_ONE;
    if (h->equity_n && h->equity[h->equity_n - 1].at >= e->at) {
        if (h->equity[h->equity_n - 1].at == e->at)
            h->equity[h->equity_n - 1].v = v;
        return; /* older than what is there: it came with the answer */
    }
    if (h->equity_n == TUI_EQUITY_MAX) { /* every second one goes; a day of screens needs no more */
        for (int i = 0; i < TUI_EQUITY_MAX / 2; i++)
            h->equity[i] = h->equity[i * 2 + 1];
        h->equity_n = TUI_EQUITY_MAX / 2;
    }
    h->equity[h->equity_n++] = (struct tui_point){e->at, v};
}

void tui_history_equity(struct tui_history *h, const struct qf_equity_list *list)
{
    h->equity_n = 0;
    for (uint32_t i = 0; i < list->points_n; i++)
        equity_append(h, &list->points[i]);
}

void tui_history_equity_add(struct tui_history *h, const struct qf_equity *e)
{
    if (e->account[0] == '\0')
        equity_append(h, e);
}

int tui_history_equity_points(const struct tui_history *h, const struct tui_point **ret)
{
    *ret = h->equity;
    return h->equity_n;
}

void tui_history_samples(struct tui_history *h, const struct qf_sample_list *list)
{
    h->samples_n = 0;
    for (uint32_t i = 0; i < list->samples_n && h->samples_n < TUI_SAMPLES_MAX; i++)
        h->samples[h->samples_n++] = list->samples[i];
}

void tui_history_sample_add(struct tui_history *h, const struct qf_sample *s)
{
    int n = h->samples_n;
    if (n && h->samples[n - 1].at >= s->at)
        return;
    if (n >= 2 && h->samples[n - 1].at - h->samples[n - 2].at < SAMPLE_STEP) {
        h->samples[n - 1] = *s; /* the last one was only "now": it moves on */
        return;
    }
    if (n == TUI_SAMPLES_MAX) {
        memmove(h->samples, h->samples + 1, (size_t)(n - 1) * sizeof h->samples[0]);
        n = --h->samples_n;
    }
    h->samples[n] = *s;
    h->samples_n++;
}

int tui_history_machine(const struct tui_history *h, const struct qf_sample **ret)
{
    *ret = h->samples;
    return h->samples_n;
}
