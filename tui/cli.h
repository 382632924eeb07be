/* The command line: `qf NOUN VERB --field value`, made from the command table, and the short forms a desk types all day. */
#ifndef QF_TUI_CLI_H
#define QF_TUI_CLI_H

#include "tui/client.h"

enum cli_status { CLI_DONE = 0, CLI_REFUSED = 1, CLI_USAGE = 2, CLI_NO_DAEMON = 3, CLI_NOT_ALLOWED = 4,
                  CLI_WAITS = 5 /* not done: asked for, a second person decides */ };
enum cli_format { CLI_TEXT, CLI_JSON, CLI_CSV, CLI_NDJSON };

struct cli {
    struct qf_loop *loop;
    struct client *client;
    struct tui_link link;
    struct client_conf conf;
    enum cli_format format;
    int formats;     /* how often one was given */
    bool no_header;  /* leave out the line of as-of, age and money mode */
    uint32_t limit;  /* --limit of a list that has no pages: so many rows, the others as one; 0 = all */
    bool all;        /* --all: nothing is left out of a text answer */
    bool lost;       /* part of the answer could not be written */
    bool tty;        /* data goes to a terminal: colours, progress */
    size_t width;    /* columns of that terminal: longer lines are cut or wrapped; 0 = none are */
    struct qf_arena arena;
    struct qf_buf out; /* what goes to standard output */
};

/* The answer of one command. */
struct cli_answer {
    const char *body; /* result as JSON, in the arena */
    size_t body_n;
    const void *rep;  /* the reply record, in the arena; NULL for rpc.discover */
};

/* Whole program without console. argv from the first word behind the options on. Returns the exit status. */
int cli_main(struct cli *cli, int argc, char **argv);

/* The command a short form stands for (enum qf_cmd_id), -1 when it is none. */
int cli_find_short(const char *word);

/* --- cli_help.c. help: argv are the words behind `help`. All of it goes to standard output. */
int cli_usage(void);
int cli_help(int argc, char **argv);
void cli_help_command(const struct qf_cmd *cmd, bool fields);

/* Connects and signs in as far as it goes by itself. CLI_DONE, or says why not and returns the status. `who`: somebody must be
 * signed in. */
int cli_connect(struct cli *cli, bool who);
/* Sends a command and waits. On a refusal or a lost link it has been said on standard error. */
int cli_call(struct cli *cli, enum qf_cmd_id cmd, const void *req, struct cli_answer *ret);
/* Says a refusal in the words of the manual; returns its exit status. */
int cli_refused(const struct qf_line *line);
/* "qf: ..." on standard error. */
void cli_say(const char *fmt, ...) QF_PRINTF(1, 2);
/* Makes controls, bidi characters and broken UTF-8 into question marks, in place. */
void cli_make_safe(char *s);
/* The line that says when, how old and what kind of money, in front of a text answer. */
void cli_header(struct cli *cli);
/* Writes what is in cli->out and empties it. */
void cli_flush(struct cli *cli);

/* --- cli_args.c: words to a request record. Positional words fill KEY fields first, then the others in order. */
int cli_args(struct cli *cli, const struct qf_cmd *cmd, int argc, char **argv, void *req);
/* "buy 100 AAPL @ 190.25" in front of the options. */
int cli_order_args(struct cli *cli, const struct qf_cmd *cmd, int argc, char **argv, void *req);

/* --- cli_out.c: records to text, CSV, NDJSON */
void cli_print(struct cli *cli, enum qf_cmd_id cmd, const struct cli_answer *a);
/* A table of n records of one kind. title: "" = none. */
void cli_table(struct cli *cli, const struct qf_rec *rec, const void *rows, uint32_t n);
void cli_pairs(struct cli *cli, const struct qf_rec *rec, const void *o);
/* On a terminal: cuts what stands in cli->out from that byte on to its width, with ~. Piped output is never cut. */
void cli_fit_lines(struct cli *cli, size_t from);
/* A money amount for people. */
const char *cli_money(qf_i128 v, int decimals, bool sign);

/* --- cli_desk.c: commands with a form of their own */
int cli_overview(struct cli *cli, int argc, char **argv);
int cli_positions(struct cli *cli, int argc, char **argv);
int cli_check(struct cli *cli, int argc, char **argv);
int cli_stop(struct cli *cli, int argc, char **argv);
int cli_watch(struct cli *cli, int argc, char **argv);
int cli_raw(struct cli *cli, int argc, char **argv);
int cli_login(struct cli *cli, int argc, char **argv);
int cli_import(struct cli *cli, int argc, char **argv);
/* cli_risk.c, cli_flatten.c */
int cli_risk(struct cli *cli, int argc, char **argv);
int cli_flatten(struct cli *cli, int argc, char **argv);
/* cli_performance.c: `performance get`, `groups`, and `compute` of a file */
int cli_performance(struct cli *cli, int argc, char **argv);
/* cli_jobs.c: what makes a file */
int cli_export(struct cli *cli, int argc, char **argv);
int cli_report(struct cli *cli, int argc, char **argv);

#endif
