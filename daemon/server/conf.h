/* Settings of the daemon from an INI file: strict, all or nothing, one message with file and line. */
#ifndef QF_SERVER_CONF_H
#define QF_SERVER_CONF_H

#include "common/limits.h"
#include "common/proto/proto.h"

struct conf_feed {
    char name[25];
    int kind;                 /* enum qf_feed_kind */
    char files[8][256];       /* replay: CSV files, plain or .gz */
    int file_count;
    int64_t speed;            /* times real time; 0 = as fast as possible */
    int64_t seed;             /* simulated */
    int64_t max_age_ms;       /* 0 = the default of its kind */
    int64_t half_spread_bp_e2;/* bars: bid and ask = close -/+ this, 1/100 of a basis point */
    int64_t jump_bp;          /* a larger jump is bad data */
    int64_t step_ms;          /* simulated: market time between two rounds of prices */
    bool paused;              /* waits for feed.resume */
    bool autocreate;          /* replay: makes instruments it meets */
    char currency[9];         /* of the instruments it makes */
};

struct conf {
    /* [desk] */
    char name[33];
    char base_currency[9];
    int mode;                 /* enum qf_money_mode */
    char state_dir[200], runtime_dir[100];
    int64_t duplicate_window_ms;
    int64_t equity_every_s;   /* market time between two equity points */
    /* [database] */
    char conninfo[512];       /* empty: the private cluster under state_dir */
    char owner_conninfo[512]; /* for `qfd migrate` on an outside server; empty = conninfo */
    char cluster_user[33];    /* who runs the private cluster when qfd is root */
    char pg_bindir[200];
    /* [listen] */
    char socket[108];         /* default runtime_dir/qfd.sock */
    char socket_group[33];    /* group that may connect (mode 0660), empty = own */
    char tcp_address[64];     /* empty = no TCP */
    int64_t tcp_port;
    char tls_cert[256], tls_key[256], tls_ca[256];
    char http_address[64];    /* health and metrics, loopback only; empty = none */
    int64_t http_port;
    /* [auth] */
    int64_t token_minutes;
    int64_t argon_ops, argon_mem_kib;
    /* [paper] */
    int64_t latency_us;       /* market time */
    int64_t fee_bp_e2;        /* 1/100 of a basis point of notional */
    qf_money fee_min;
    int64_t seed;
    int64_t fill_share_bp;    /* of the volume a resting order gets when sizes are not known */
    /* [risk] */
    int64_t risk_window, risk_seed, risk_paths;
    /* [feed NAME] */
    struct conf_feed feeds[QF_MAX_FEEDS];
    int feed_count;
    /* [log] */
    int log_level;
    bool log_text;
    char log_file[256];
};

#define CONF_FILE_MAX (64 * 1024)
#define CONF_LINE_MAX 2000

/* Defaults, then the file. false: why holds "FILE:LINE: what"; *ret untouched. */
bool conf_read(const char *file, struct conf *ret, char *why, size_t why_cap);
/* The same from bytes; file is the name used in messages. */
bool conf_parse(const char *file, const char *text, size_t n, struct conf *ret, char *why, size_t why_cap);
/* Prints every setting with its meaning and default, as an mdoc list (for qfd.conf(5)) or as plain text. */
void conf_print(struct qf_buf *out, bool mdoc);

#endif
