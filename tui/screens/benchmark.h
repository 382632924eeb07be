/* The benchmarks one can measure against. */
#ifndef QF_TUI_BENCHMARK_H
#define QF_TUI_BENCHMARK_H

#include "tui/overlays.h"

/* Chooses one of those there are, EQUAL or an instrument; fn gets its name. */
void benchmark_open(struct tui_app *app, tui_pick_fn fn, void *arg);

/* Its name as the desk has it, from whatever case it was typed in; NULL when there is none of that name. */
const char *benchmark_named(const struct tui_app *app, const char *typed);

#endif
