/* Settings from any bytes: no crash; what is refused has one message with file and line and leaves the settings as they
 * were; what is taken keeps every promise of the table. */
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/server/conf_keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(int ok)
{
    if (!ok)
        abort();
}

static void check_value(const struct conf_key *k, const void *base)
{
    const char *at = (const char *)base + k->off;
    if (k->type == CONF_INT) {
        int64_t v;
        memcpy(&v, at, sizeof v);
        require(v >= k->min && v <= k->max);
    } else if (k->type == CONF_WORD) {
        int v;
        memcpy(&v, at, sizeof v);
        require(v >= 0 && v < k->en->count);
    } else if (k->type == CONF_TEXT || k->type == CONF_NAME || k->type == CONF_PATH) {
        size_t len = strnlen(at, (size_t)k->max + 1);
        require(len <= (size_t)k->max && len >= (size_t)k->min && qf_utf8_valid(at, len));
        require(k->type != CONF_PATH || len == 0 || *at == '/');
    }
}

static void check(const struct conf *c)
{
    require(c->mode != QF_MODE_REAL && c->fee_min >= 0);
    require(strlen(c->runtime_dir) >= 1 && strlen(c->runtime_dir) <= 93 && *c->socket == '/');
    require(c->feed_count >= 0 && c->feed_count <= QF_MAX_FEEDS);
    for (int i = 0; i < conf_key_count; i++) {
        if (!qf_str_eq(conf_keys[i].section, "feed")) {
            check_value(&conf_keys[i], c);
            continue;
        }
        for (int f = 0; f < c->feed_count; f++)
            check_value(&conf_keys[i], &c->feeds[f]);
    }
    for (int f = 0; f < c->feed_count; f++) {
        require(*c->feeds[f].name && c->feeds[f].file_count <= 8);
        require((c->feeds[f].kind == QF_FEED_REPLAY) == (c->feeds[f].file_count > 0));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static struct conf c, before;
    char why[300] = "";
    memset(&c, 0x5a, sizeof c);
    before = c;
    if (conf_parse("x", (const char *)p, n, &c, why, sizeof why)) {
        require(*why == '\0');
        check(&c);
    } else {
        require(memcmp(&c, &before, sizeof c) == 0);
        require(strncmp(why, "x:", 2) == 0 && why[2] >= '1' && why[2] <= '9' && strstr(why, ": ") &&
                !strchr(why, '\n'));
    }
    return 0;
}
