/* A load generator for line protocols: many connections of one thread, each with so many requests in flight. The same code drives
 * qfd and what it is compared with, so what it costs itself is in both. */
#ifndef QF_BENCH_LOAD_H
#define QF_BENCH_LOAD_H

#include "common/base.h"

struct load {
    const char *path;     /* Unix socket */
    int connections;
    int in_flight;        /* requests a connection has unanswered */
    int lines;            /* '\n' an answer ends after: 1, 2 for a redis bulk reply */
    double seconds;
    double rate;          /* requests a second in all; 0 = as fast as they are answered */
    /* Writes the next request to out[cap], returns its length. n counts up over all connections. */
    size_t (*make)(void *arg, uint64_t n, char *out, size_t cap);
    /* May look at an answer line; NULL: not wanted. Returns false for lines that are no answer (pushes). */
    bool (*look)(void *arg, const char *line, size_t n);
    void *arg;
};

struct load_result {
    double rate;          /* answers a second */
    double p50, p99, p999, max; /* us from sending to the answer */
    uint64_t answers;
};

/* Runs it. false: could not connect, or a connection broke. */
bool load_run(const struct load *l, struct load_result *ret);

/* --- interleaved pairs: median, min and max of some rounds */
struct series {
    double v[64];
    int n;
};
void series_add(struct series *s, double v);
double series_median(const struct series *s);
double series_min(const struct series *s);
double series_max(const struct series *s);

#endif
