/* All screens of this release. A screen of a module to come is one more line. */
#include "tui/screens/screens.h"

const struct tui_screen *const screens_all[] = {&screen_overview, &screen_live,  &screen_risk,
                                                &screen_performance, &screen_system, &screen_admin,
                                                NULL};
