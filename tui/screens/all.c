/* All screens of this release, and the console made of them. A screen of a module to come is one more line. */
#include "tui/console.h"
#include "tui/run.h"
#include "tui/screens/screens.h"

const struct tui_screen *const screens_all[] = {&screen_overview, &screen_live,  &screen_risk,
                                                &screen_performance, &screen_system, &screen_admin,
                                                NULL};

int console_run(struct qf_loop *loop, const struct tui_link *link, const char *theme)
{
    struct tui_run_options options = {.link = link, .screens = screens_all, .login = &screen_login, .theme = theme};
    return tui_run(loop, &options);
}
