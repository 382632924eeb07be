/* A desk that is always the same, behind the console's link: what goldens and the demo draw. Time stands unless it is
 * told to move. */
#ifndef QF_TESTS_TUI_FAKE_H
#define QF_TESTS_TUI_FAKE_H

#include "tui/link.h"

#define FAKE_NOW 1790260327000000LL /* 2026-09-24 14:32:07 UTC */

struct fake;

/* role: enum qf_role of who is signed in; -1 = nobody, the login screen shows. */
struct fake *fake_new(int role);
void fake_free(struct fake *f);
struct tui_link fake_link(struct fake *f);

qf_time fake_now(void *fake); /* the clock, for tui_app_options */
void fake_advance(struct fake *f, int64_t us);
/* Delivers answers and pushes that wait, as an event loop would. */
void fake_pump(struct fake *f);
/* The market moves one step and everything that follows from it is pushed. */
void fake_step(struct fake *f);

void fake_role(struct fake *f, int role); /* whoever is signed in has another role now */
void fake_lose(struct fake *f);            /* the link goes */
void fake_back(struct fake *f);            /* and comes back */
void fake_halt(struct fake *f);            /* the firm is HALTED by ana */
/* A stop of the firm and an older one of a strategy, both number 14. */
void fake_two_stops(struct fake *f);
void fake_stale(struct fake *f, bool on);  /* all prices are old */
void fake_empty(struct fake *f);           /* no positions, orders, events, limits */
void fake_silent(struct fake *f, bool on); /* subscriptions and calls get no answer */
void fake_slow(struct fake *f, bool on); /* jobs have nothing to give yet */
/* The next write is answered with this reason instead of done; QF_R_COUNT = lost. -1 = as usual. */
void fake_refuse(struct fake *f, int reason);
void fake_refuse_reads(struct fake *f, int reason); /* the same for every read, until -1 */
/* Every write sent since the last call of this, one line each: "order.cancel id=48219 client_ref=qf-0123". */
const char *fake_sent(struct fake *f);
int fake_refetches(const struct fake *f);
void fake_unpriced(struct fake *f); /* two names are not in the risk figures */
void fake_ask(struct fake *f, const char *by); /* the request is by that person */
void fake_replan(struct fake *f);   /* the next flatten plan is another one */
/* A push that leaves a gap. */
void fake_gap(struct fake *f, enum qf_topic_id topic);

#endif
