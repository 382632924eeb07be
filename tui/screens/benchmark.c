#include "tui/screens/benchmark.h"

#include <stdlib.h>
#include <strings.h>

#include "common/mem.h"

void benchmark_open(struct tui_app *app, tui_pick_fn fn, void *arg)
{
    size_t n;
    const struct qf_instrument *i = tui_app_instruments(app, &n);
    const char **names = qf_xalloc((n + 1) * sizeof *names);
    names[0] = "EQUAL";
    for (size_t k = 0; k < n; k++)
        names[k + 1] = i[k].symbol;
    tui_app_open(app, tui_pick_new("Benchmark, EQUAL = all instruments alike", names, (int)n + 1, fn, arg));
    free(names);
}

const char *benchmark_named(const struct tui_app *app, const char *typed)
{
    size_t n;
    const struct qf_instrument *i = tui_app_instruments(app, &n);
    if (strcasecmp(typed, "EQUAL") == 0)
        return "EQUAL";
    for (size_t k = 0; k < n; k++)
        if (strcasecmp(i[k].symbol, typed) == 0)
            return i[k].symbol;
    return NULL;
}
