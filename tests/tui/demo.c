/* The console on the fixed desk, in a real terminal: for looking at it. usage: demo [-r ROLE] [-t THEME] [-a] [-s]
 *   -r viewer|trader|risk|admin|none   -a ASCII only   -s the market stands still */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/loop.h"
#include "common/proto/proto.h"
#include "tests/tui/fake.h"
#include "tui/run.h"
#include "tui/screens/screens.h"

struct demo {
    struct fake *fake;
    bool still, lost;
};

static void on_timer(void *arg)
{
    struct demo *d = arg;
    if (!d->still) {
        fake_advance(d->fake, 100 * QF_MS);
        fake_step(d->fake);
    }
    fake_pump(d->fake);
}

/* SIGUSR1: the link goes and comes back; SIGUSR2: the firm is halted. */
static void on_signal(int signo, void *arg)
{
    struct demo *d = arg;
    if (signo == SIGUSR2)
        fake_halt(d->fake);
    else if ((d->lost = !d->lost))
        fake_lose(d->fake);
    else
        fake_back(d->fake);
}

static qf_time now(void *arg)
{
    return fake_now(((struct demo *)arg)->fake);
}

int main(int argc, char **argv)
{
    struct demo d = {NULL, false, false};
    struct tui_run_options o = {.screens = screens_all, .login = &screen_login, .now = now, .arg = &d};
    int role = QF_ROLE_RISK, c;
    while ((c = getopt(argc, argv, "r:t:as")) != -1) {
        if (c == 'r')
            role = strcmp(optarg, "none") == 0 ? -1 : qf_enum_find(&qf_enum_role, optarg, strlen(optarg));
        else if (c == 't')
            o.theme = optarg;
        else if (c == 'a')
            o.ascii = true;
        else if (c == 's')
            d.still = true;
        else
            return 2;
    }
    struct qf_loop *loop = qf_loop_new();
    d.fake = fake_new(role);
    struct tui_link link = fake_link(d.fake);
    o.link = &link;
    struct qf_timer *timer = qf_timer_new(loop, on_timer, &d);
    qf_timer_every(timer, 100 * QF_MS);
    struct qf_watch *usr1 = qf_signal_new(loop, SIGUSR1, on_signal, &d),
                    *usr2 = qf_signal_new(loop, SIGUSR2, on_signal, &d);
    int status = tui_run(loop, &o);
    qf_timer_free(timer);
    qf_watch_free(usr1);
    qf_watch_free(usr2);
    qf_loop_free(loop);
    fake_free(d.fake);
    return status;
}
