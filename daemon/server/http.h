/* Health and figures over HTTP on loopback, for monitors: GET /livez /readyz /metrics, nothing else. */
#ifndef QF_SERVER_HTTP_H
#define QF_SERVER_HTTP_H

#include "common/loop.h"
#include "common/proto/proto.h"

struct http;

/* One figure of /metrics. Names in base units with the suffixes Prometheus asks for: a counter ends in _total. */
struct http_metric {
    const char *name;   /* "qf_commands_total" */
    const char *help;   /* one sentence */
    bool counter;       /* else a gauge */
    const char *labels; /* NULL, or `name="value"` pairs already written out */
    int64_t value;
    int decimals;       /* value is at 10^-decimals: microseconds as seconds have 6 */
};
typedef void (*http_add_fn)(void *to, const struct http_metric *m);

struct http_callbacks {
    /* May it take commands? false: /readyz answers 503 with why. */
    bool (*ready)(void *arg, char *why, size_t why_cap);
    /* The newest sample; false when there is none yet. */
    bool (*sample)(void *arg, struct qf_sample *ret);
    /* Calls add(to, ...) for each figure that is not in the sample. Figures of one name follow each other. NULL = none.
     */
    void (*metrics)(void *arg, http_add_fn add, void *to);
    void *arg;
};

/* address: numeric, loopback; anything else is refused. port 0: the system chooses. NULL: why holds one sentence. */
struct http *http_start(struct qf_loop *loop, const char *address, int port, const struct http_callbacks *cb, char *why,
                        size_t why_cap);
void http_stop(struct http *h);
int http_port(const struct http *h);
/* The text of /metrics. */
void http_metrics(const struct http_callbacks *cb, struct qf_buf *out);

#endif
