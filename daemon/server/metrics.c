/* Figures for /metrics that are in no sample. */
#include "common/str.h"
#include "daemon/server/inside.h"
#include "daemon/server/marketdoor.h"
#include "daemon/server/run.h"

static void put(http_add_fn add, void *to, const char *name, const char *help, bool counter, int64_t value)
{
    add(to, &(struct http_metric){ .name = name, .help = help, .counter = counter, .value = value });
}

static void put_feeds(struct server *s, http_add_fn add, void *to)
{
    for (int i = 0; i < feeds_count(market_feeds(s)); i++) {
        struct qf_feed row;
        char labels[64];
        feeds_row(market_feeds(s), i, &row);
        qf_str_fmt(labels, sizeof labels, "feed=\"%s\"", row.name);
        add(to, &(struct http_metric){ .name = "qf_feed_prices_total", .help = "Prices taken.", .counter = true, .labels = labels,
                                       .value = row.ticks });
    }
}

void server_metrics(struct server *s, http_add_fn add, void *to)
{
    put(add, to, "qf_requests_total", "Request lines read.", true, (int64_t)s->requests_total);
    put(add, to, "qf_answers_total", "Answers given.", true, (int64_t)s->answers_total);
    put(add, to, "qf_pushes_total", "Topic updates sent.", true, (int64_t)topics_pushed(s->topics));
    put(add, to, "qf_readers_dropped_total", "Subscriptions ended because their reader did not keep up.", true,
        (int64_t)topics_dropped(s->topics));
    put(add, to, "qf_unsettled_commands", "Commands not yet durable.", false, server_unsettled(s));
    put(add, to, "qf_waiting_facts", "Reports of venues that wait for the database.", false, commit_waiting(s->commit));
    put(add, to, "qf_known_references", "Client references of the last days in memory.", false, (int64_t)requests_count(s->requests));
    put(add, to, "qf_open_orders", "Open orders.", false, s->desk->open_count);
    put(add, to, "qf_desk_state", "0 ACTIVE, 1 CLOSE_ONLY, 2 CANCEL_ONLY, 3 HALTED.", false, (int64_t)state_effective(s->desk, NULL));
    put_feeds(s, add, to);
}
