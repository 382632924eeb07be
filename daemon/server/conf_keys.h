/* The table of settings: one row a key. conf.c reads by it, conf_print writes the manual from it. */
#ifndef QF_SERVER_CONF_KEYS_H
#define QF_SERVER_CONF_KEYS_H

#include "daemon/server/conf.h"

enum conf_type {
    CONF_TEXT,  /* char[max + 1], at least min bytes */
    CONF_NAME,  /* the same of letters, digits and . _ - */
    CONF_PATH,  /* the same, empty or from / on */
    CONF_FILES, /* of a feed: one path a line, the key may be repeated */
    CONF_INT,   /* int64_t from min to max */
    CONF_BOOL,  /* bool: yes or no */
    CONF_WORD,  /* int: one of the words */
    CONF_MONEY  /* qf_money, not negative */
};

struct conf_key {
    const char *section; /* "feed" stands for every [feed NAME] */
    const char *name;
    enum conf_type type;
    size_t off;          /* in struct conf, of feeds in struct conf_feed */
    int64_t min, max;
    const struct qf_enum *en; /* CONF_WORD */
    const char *fallback;     /* as it would be written; NULL = it must be given, or what conf.c says */
    unsigned kinds;           /* of feeds: bits of enum qf_feed_kind it is for */
    const char *words;
};

extern const struct conf_key conf_keys[];
extern const int conf_key_count;

#endif
