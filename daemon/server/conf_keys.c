#include "daemon/server/conf_keys.h"

#include "common/log.h"
#include "common/mem.h"
#include "common/str.h"

#include <stddef.h>

#ifndef QF_PG_BINDIR
#define QF_PG_BINDIR "/usr/lib/postgresql/15/bin"
#endif

static const char *const level_texts[] = {
    [QF_LOG_DEBUG] = "debug",
    [QF_LOG_INFO] = "info",
    [QF_LOG_WARN] = "warn",
    [QF_LOG_ERROR] = "error",
};
static const struct qf_enum levels = {
    .name = "log_level", .texts = level_texts, .words = level_texts, .count = QF_LEN(level_texts)
};

#define DAY_MS 86400000
#define SIM (1U << QF_FEED_SIMULATED)
#define REPLAY (1U << QF_FEED_REPLAY)
#define PUBLISH (1U << QF_FEED_PUBLISH)
#define ANY (SIM | REPLAY | PUBLISH)

#define AT(sec, key, kind, member) .section = #sec, .name = #key, .type = kind, .off = offsetof(struct conf, member)
#define FEED_AT(key, kind, member) \
    .section = "feed", .name = #key, .type = kind, .off = offsetof(struct conf_feed, member)
/* The capacity of a text is that of its member. */
#define CAP(member) (int64_t)sizeof(((struct conf *)0)->member) - 1
#define TEXT_AS(sec, key, member, kind, least, dflt, about) \
    { AT(sec, key, kind, member), .min = least, .max = CAP(member), .fallback = dflt, .words = about }
#define TEXT(sec, key, kind, least, dflt, about) TEXT_AS(sec, key, key, kind, least, dflt, about)
#define INT(sec, key, lo, hi, dflt, about) \
    { AT(sec, key, CONF_INT, key), .min = lo, .max = hi, .fallback = dflt, .words = about }
#define FEED_INT(key, lo, hi, dflt, which, about) \
    { FEED_AT(key, CONF_INT, key), .min = lo, .max = hi, .fallback = dflt, .kinds = which, .words = about }
#define FEED_BOOL(key, dflt, which, about) \
    { FEED_AT(key, CONF_BOOL, key), .fallback = dflt, .kinds = which, .words = about }

const struct conf_key conf_keys[] = {
    TEXT(desk, name, CONF_NAME, 1, "main", "Name of the desk, shown everywhere."),
    TEXT(desk, base_currency, CONF_NAME, 3, "USD",
         "Currency in which totals, limits and profit are counted. It cannot change once there are positions."),
    { AT(desk, mode, CONF_WORD, mode), .en = &qf_enum_money_mode, .fallback = "SIMULATED",
      .words = "What kind of money the desk moves. A simulated feed needs SIMULATED." },
    TEXT(desk, state_dir, CONF_PATH, 1, NULL,
         "Folder of everything that lasts: the private database, the key of tokens, the stop journal."),
    TEXT(desk, runtime_dir, CONF_PATH, 0, "",
         "Folder of sockets, at most 93 bytes. When left out: run under state_dir."),
    INT(desk, duplicate_window_ms, 0, 60000, "1000",
        "Two equal orders within this market time are taken for one sent twice; 0 = never."),
    INT(desk, equity_every_s, 1, 86400, "60", "Market seconds between two equity points."),

    TEXT(database, conninfo, CONF_TEXT, 0, "",
         "An outside PostgreSQL 15 or newer, as libpq's connection string with the daemon's own role; numeric "
         "addresses only. Empty: a private cluster under state_dir, started and stopped with qfd."),
    TEXT(database, owner_conninfo, CONF_TEXT, 0, "",
         "The same with the role that owns the tables, for qfd migrate. Empty: conninfo."),
    TEXT(database, cluster_user, CONF_NAME, 1, "quantumfond",
         "Who runs the private cluster when qfd is started as root."),
    TEXT(database, pg_bindir, CONF_PATH, 1, QF_PG_BINDIR, "Folder of PostgreSQL's server programs."),

    TEXT(listen, socket, CONF_PATH, 0, "", "The Unix socket. When left out: qfd.sock under runtime_dir."),
    TEXT(listen, socket_group, CONF_NAME, 0, "",
         "Group whose members may connect to it. Empty: the group qfd runs as."),
    TEXT(listen, tcp_address, CONF_TEXT, 0, "",
         "Numeric address to take TCP connections on; empty: none. Beyond loopback tls_cert and tls_key are needed."),
    INT(listen, tcp_port, 0, 65535, "7443", "Its port; 0 = one the system chooses."),
    TEXT(listen, tls_cert, CONF_PATH, 0, "", "Certificate chain for TLS 1.3, PEM."),
    TEXT(listen, tls_key, CONF_PATH, 0, "", "Its private key, PEM, not readable by others."),
    TEXT(listen, tls_ca, CONF_PATH, 0, "", "When given, peers must show a certificate signed by one of these."),
    TEXT(listen, http_address, CONF_TEXT, 0, "",
         "Numeric loopback address for /livez, /readyz and /metrics; empty: none."),
    INT(listen, http_port, 0, 65535, "7480", "Its port; 0 = one the system chooses."),

    INT(auth, token_minutes, 1, 1440, "15", "A session ends after so long without a command."),
    INT(auth, argon_ops, 1, 16, "2", "Argon2id passes over the memory for a password."),
    INT(auth, argon_mem_kib, 8, 1048576, "65536",
         "Argon2id memory for a password in KiB. Below 19456 it is good for tests only."),

    INT(paper, latency_us, 0, 60000000, "500",
         "Market time between an order and the paper venue's answer."),
    INT(paper, fee_bp_e2, 0, 100000, "50", "Fee in 1/100 of a basis point of an order's value."),
    { AT(paper, fee_min, CONF_MONEY, fee_min), .fallback = "0",
      .words = "Least fee of a fill, in the instrument's currency." },
    INT(paper, seed, 0, INT64_MAX, "1", "Seed of the paper venue's draws."),
    INT(paper, fill_share_bp, 1, 10000, "2500",
         "Share, in 1/10,000, of traded volume that a resting order gets where a feed has no sizes."),

    { AT(risk, window, CONF_INT, risk_window), .min = 30, .max = 1000, .fallback = "500",
      .words = "Daily returns the portfolio's risk is worked out from, or as many as are stored." },
    { AT(risk, seed, CONF_INT, risk_seed), .min = 0, .max = INT64_MAX, .fallback = "7", .words = "Seed of its Monte Carlo." },
    { AT(risk, paths, CONF_INT, risk_paths), .min = 1000, .max = 200000, .fallback = "20000",
      .words = "Paths of its Monte Carlo." },

    { FEED_AT(kind, CONF_WORD, kind), .en = &qf_enum_feed_kind, .kinds = ANY,
      .words = "Where its prices come from." },
    { FEED_AT(file, CONF_FILES, files), .min = 1, .max = 255,
      .fallback = "", .kinds = REPLAY, .words = "A recording, CSV, plain or .gz. Repeat the key for up to eight." },
    FEED_INT(speed, 0, 1000000, "1", SIM | REPLAY, "Times real time; 0 = as fast as possible."),
    FEED_INT(seed, 0, INT64_MAX, "1", SIM, "Seed of the simulated market: the same seed gives the same prices."),
    FEED_INT(step_ms, 1, DAY_MS, "500", SIM, "Market time between two rounds of prices."),
    FEED_INT(max_age_ms, 0, 30LL * DAY_MS, "0", ANY, "A price older than this is stale; 0 = what fits its kind."),
    FEED_INT(half_spread_bp_e2, 0, 1000000, "100", REPLAY,
         "Bars have no bid and ask: the close less and plus this, in 1/100 of a basis point."),
    FEED_INT(jump_bp, 1, 1000000, "2000", ANY, "A price further than this from the one before, in 1/10,000, is bad."),
    FEED_BOOL(paused, "no", SIM | REPLAY, "Waits for feed.resume at the start."),
    FEED_BOOL(autocreate, "no", REPLAY, "Makes the instruments it meets."),
    { FEED_AT(currency, CONF_NAME, currency), .min = 3, .max = 8,
      .fallback = "USD", .kinds = SIM | REPLAY, .words = "Currency of the instruments it makes." },

    { AT(log, level, CONF_WORD, log_level), .en = &levels, .fallback = "info",
      .words = "Least important lines that are written." },
    { AT(log, text, CONF_BOOL, log_text), .fallback = "no",
      .words = "Plain lines instead of JSON." },
    TEXT_AS(log, file, log_file, CONF_PATH, 0, "", "File they go to; empty: standard error."),
};
const int conf_key_count = QF_LEN(conf_keys);

/* --- the manual */
static void put_kind(struct qf_buf *out, const struct conf_key *k)
{
    switch (k->type) {
    case CONF_INT:
        qf_buf_fmt(out, "A number from %lld", (long long)k->min);
        if (k->max < INT64_MAX)
            qf_buf_fmt(out, " to %lld", (long long)k->max);
        break;
    case CONF_BOOL:
        qf_buf_str(out, "yes or no");
        break;
    case CONF_WORD:
        for (int i = 0; i < k->en->count; i++)
            qf_buf_fmt(out, "%s%s", i == 0 ? "" : i + 1 < k->en->count ? ", " : " or ", k->en->texts[i]);
        break;
    case CONF_MONEY:
        qf_buf_str(out, "An amount, not negative");
        break;
    case CONF_PATH:
    case CONF_FILES:
        qf_buf_fmt(out, "A path from / on, at most %lld bytes", (long long)k->max);
        break;
    default:
        qf_buf_fmt(out, "At most %lld bytes", (long long)k->max);
        break;
    }
    if (k->fallback && *k->fallback)
        qf_buf_fmt(out, "; %s when left out", k->fallback);
    if (!k->fallback)
        qf_buf_str(out, "; it must be given");
    qf_buf_str(out, ".\n");
}

static void put_feeds(struct qf_buf *out, const struct conf_key *k)
{
    const char *sep = "For feeds of kind ";
    for (int i = 0; k->kinds && k->kinds != ANY && i < QF_feed_kind_COUNT; i++) {
        if (!(k->kinds >> i & 1U))
            continue;
        qf_buf_fmt(out, "%s%s", sep, qf_enum_feed_kind.texts[i]);
        sep = " and ";
    }
    if (k->kinds && k->kinds != ANY)
        qf_buf_str(out, ".\n");
}

static void put_section(struct qf_buf *out, const char *name, bool mdoc, bool first)
{
    const char *shown = qf_str_eq(name, "feed") ? "feed NAME" : name;
    if (mdoc)
        qf_buf_fmt(out, "%s.Ss \"[%s]\"\n.Bl -tag -width Ds\n", first ? "" : ".El\n", shown);
    else
        qf_buf_fmt(out, "%s[%s]\n", first ? "" : "\n", shown);
}

/* In mdoc every sentence begins a line of its own. */
static void put_words(struct qf_buf *out, const char *words, bool mdoc)
{
    for (const char *p = words; *p; p++)
        qf_buf_char(out, mdoc && *p == ' ' && p > words && p[-1] == '.' ? '\n' : *p);
    qf_buf_char(out, '\n');
}

static void put_key(struct qf_buf *out, const struct conf_key *k, bool mdoc)
{
    qf_buf_fmt(out, mdoc ? ".It Ic %s\n" : "%s\n    ", k->name);
    put_words(out, k->words, mdoc);
    if (!mdoc)
        qf_buf_str(out, "    ");
    put_kind(out, k);
    if (!mdoc && k->kinds && k->kinds != ANY)
        qf_buf_str(out, "    ");
    put_feeds(out, k);
}

void conf_print(struct qf_buf *out, bool mdoc)
{
    const char *section = "";
    for (int i = 0; i < conf_key_count; i++) {
        const struct conf_key *k = &conf_keys[i];
        if (!qf_str_eq(section, k->section))
            put_section(out, k->section, mdoc, i == 0);
        section = k->section;
        put_key(out, k, mdoc);
    }
    if (mdoc)
        qf_buf_str(out, ".El\n");
}
