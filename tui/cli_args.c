#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <termios.h>
#include <unistd.h>

#include "common/str.h"
#include "tui/cli.h"

/* Options of every command; what is not in here is a field of the request. */
static bool common_option(struct cli *cli, const char *name)
{
    static const struct {
        const char *name;
        enum cli_format format;
    } formats[] = {{"json", CLI_JSON}, {"csv", CLI_CSV}, {"ndjson", CLI_NDJSON}, {"plain", CLI_TEXT}};
    for (size_t i = 0; i < QF_LEN(formats); i++) {
        if (!qf_str_eq(formats[i].name, name)) continue;
        cli->formats++;
        cli->format = formats[i].format;
        return true;
    }
    if (qf_str_eq(name, "no-header")) cli->no_header = true;
    return qf_str_eq(name, "no-header");
}

/* Options people expect under another name than the field has. */
static const char *alias(const char *name)
{
    static const char *const pairs[][2] = {{"ref", "client_ref"}, {"book", "account"}, {"qty", "quantity"}, {"until", "tif"}};
    for (size_t i = 0; i < QF_LEN(pairs); i++)
        if (qf_str_eq(pairs[i][0], name)) return pairs[i][1];
    return name;
}

static const struct qf_field *field_of(const struct qf_rec *rec, const char *option, size_t n)
{
    char name[64];
    if (!qf_str_copyn(name, sizeof name, option, n)) return NULL;
    for (char *p = name; *p; p++)
        if (*p == '-') *p = '_';
    const struct qf_field *f = qf_rec_field(rec, name, strlen(name));
    if (!f) f = qf_rec_field(rec, alias(name), strlen(alias(name)));
    return f && !(f->flags & (QF_F_HIDDEN | QF_F_READONLY | QF_F_VIRTUAL)) && f->type != QF_T_list ? f : NULL;
}

/* Words of enums may be typed in any case: `buy` for BUY. */
static const char *enum_word(const struct qf_field *f, const char *text)
{
    for (int i = 0; f->type == QF_T_enum && i < f->en->count; i++)
        if (strcasecmp(f->en->texts[i], text) == 0) return f->en->texts[i];
    return text;
}

static int set_field(struct cli *cli, const struct qf_field *f, const struct qf_rec *rec, void *req, const char *text)
{
    const char *why = "";
    text = enum_word(f, text);
    if (qf_rec_has(rec, req, f)) { /* which one is meant nobody can know, and one of them would be an order */
        cli_say("%s is given twice", f->name);
        return CLI_USAGE;
    }
    if (f->flags & QF_F_SECRET) {
        cli_say("%s is never given in the arguments, where others can see it; it is asked for", f->name);
        return CLI_USAGE;
    }
    if (qf_field_parse(f, rec, req, text, strlen(text), &cli->arena, &why) == QF_OK) return CLI_DONE;
    cli_say("%s: \"%s\" %s", f->name, text, why);
    return CLI_USAGE;
}

/* A line from the terminal without echo, or from standard input when that is none. */
static bool ask_secret(const char *prompt, char *out, size_t cap)
{
    struct termios old, quiet;
    bool tty = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &old) == 0;
    if (tty) {
        fprintf(stderr, "%s: ", prompt);
        quiet = old;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    bool ok = fgets(out, (int)cap, stdin) != NULL;
    if (tty) {
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
        fputc('\n', stderr);
    }
    if (ok) out[strcspn(out, "\r\n")] = 0;
    return ok;
}

static int ask_secrets(struct cli *cli, const struct qf_rec *rec, void *req)
{
    char text[256];
    const char *why = "";
    for (int i = 0; i < rec->count; i++) {
        const struct qf_field *f = &rec->fields[i];
        if (!(f->flags & QF_F_SECRET) || qf_rec_has(rec, req, f)) continue;
        if (!ask_secret(f->words, text, sizeof text)) {
            if (f->flags & QF_F_OPT) continue;
            cli_say("%s is needed", f->name);
            return CLI_USAGE;
        }
        if (!text[0] && (f->flags & QF_F_OPT)) continue;
        enum qf_err e = qf_field_parse(f, rec, req, text, strlen(text), &cli->arena, &why);
        explicit_bzero(text, sizeof text);
        if (e != QF_OK) {
            cli_say("%s: %s", f->name, why);
            return CLI_USAGE;
        }
    }
    return CLI_DONE;
}

/* Every write has a reference; when none was given we make one, so that a doubt can be settled with the same. */
static void make_ref(const struct qf_rec *rec, void *req)
{
    const struct qf_field *f = qf_rec_field(rec, "client_ref", 10);
    unsigned char r[8];
    char text[32];
    const char *why;
    if (!f || qf_rec_has(rec, req, f) || getrandom(r, sizeof r, 0) != (ssize_t)sizeof r) return;
    size_t n = qf_str_fmt(text, sizeof text, "c-%02x%02x%02x%02x%02x%02x%02x%02x", r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7]);
    (void)!qf_field_parse(f, rec, req, text, n, NULL, &why);
}

static int check_complete(const struct qf_cmd *cmd, const void *req)
{
    for (int i = 0; i < cmd->req->count; i++) {
        const struct qf_field *f = &cmd->req->fields[i];
        if ((f->flags & QF_F_OPT) || f->type == QF_T_list || qf_rec_has(cmd->req, req, f)) continue;
        const bool telling = !qf_str_eq(f->name, f->words);
        cli_say("%s needs --%s%s%s%s", cmd->name, f->name, telling ? " (" : "", telling ? f->words : "", telling ? ")" : "");
        return CLI_USAGE;
    }
    return CLI_DONE;
}

/* The firm has no name: the word behind `firm` is the next field's. */
static bool is_firm(const struct qf_rec *rec, const void *req, const struct qf_field *f)
{
    const struct qf_field *scope = qf_rec_field(rec, "scope", 5);
    return qf_str_eq(f->name, "name") && scope && scope->en == &qf_enum_scope && qf_rec_has(rec, req, scope) &&
           *(const int32_t *)((const char *)req + scope->off) == QF_SCOPE_FIRM;
}

/* The field a bare word fills: KEY fields first, then required ones in order. */
static const struct qf_field *next_positional(const struct qf_rec *rec, const void *req)
{
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < rec->count; i++) {
            const struct qf_field *f = &rec->fields[i];
            bool fits = pass == 0 ? (f->flags & QF_F_KEY) != 0 && !is_firm(rec, req, f) : !(f->flags & QF_F_OPT);
            if (fits && !(f->flags & QF_F_SECRET) && f->type != QF_T_list && !qf_str_eq(f->name, "client_ref") && !qf_rec_has(rec, req, f))
                return f;
        }
    return NULL;
}

/* --limit of a list that comes as a whole. */
static bool take_limit(struct cli *cli, const char *text)
{
    char *end = NULL;
    long n = strspn(text, "0123456789") > 0 && strlen(text) < 9 ? strtol(text, &end, 10) : 0;
    cli->limit = n > 0 && !*end ? (uint32_t)n : 0;
    if (cli->limit == 0) cli_say("limit: \"%s\" must be a whole number above zero", text);
    return cli->limit > 0;
}

/* One option, with its value behind '=' or in the next word. Returns the words used, or 0 with *status set. */
static int take_option(struct cli *cli, const struct qf_cmd *cmd, int left, char **argv, void *req, int *status)
{
    const char *name = argv[0] + 2;
    const char *eq = strchr(name, '=');
    size_t n = eq ? (size_t)(eq - name) : strlen(name);
    const struct qf_field *f = field_of(cmd->req, name, n);
    *status = CLI_DONE;
    if (!f && !eq && qf_str_eq(name, "all")) return cli->all = true, 1;
    if (!f && !eq && common_option(cli, name)) return 1;
    if (!f && cmd->cls == QF_CLASS_READ && n == 5 && strncmp(name, "limit", n) == 0) {
        *status = take_limit(cli, eq ? eq + 1 : left > 1 ? argv[1] : "") ? CLI_DONE : CLI_USAGE;
        return *status != CLI_DONE ? 0 : eq ? 1 : 2;
    }
    if (!f) {
        cli_say("%s has no option --%.*s; `qf help %s` shows what it has", cmd->name, (int)n, name, cmd->name);
        *status = CLI_USAGE;
        return 0;
    }
    if (eq) return (*status = set_field(cli, f, cmd->req, req, eq + 1)) == CLI_DONE ? 1 : 0;
    if (f->type == QF_T_bool && (left < 2 || (!qf_str_eq(argv[1], "true") && !qf_str_eq(argv[1], "false"))))
        return (*status = set_field(cli, f, cmd->req, req, "true")) == CLI_DONE ? 1 : 0;
    if (left < 2) {
        cli_say("--%s needs a value (%s)", f->name, f->words);
        *status = CLI_USAGE;
        return 0;
    }
    return (*status = set_field(cli, f, cmd->req, req, argv[1])) == CLI_DONE ? 2 : 0;
}

static int take_words(struct cli *cli, const struct qf_cmd *cmd, int argc, char **argv, void *req)
{
    int status = CLI_DONE;
    for (int i = 0; i < argc;) {
        if (strncmp(argv[i], "--", 2) == 0 && argv[i][2]) {
            int used = take_option(cli, cmd, argc - i, argv + i, req, &status);
            if (!used) return status;
            i += used;
            continue;
        }
        const struct qf_field *f = next_positional(cmd->req, req);
        if (!f) {
            cli_say("%s takes no word \"%s\"; `qf help %s` shows its options", cmd->name, argv[i], cmd->name);
            return CLI_USAGE;
        }
        status = set_field(cli, f, cmd->req, req, argv[i++]);
        if (status != CLI_DONE) return status;
    }
    return CLI_DONE;
}

int cli_args(struct cli *cli, const struct qf_cmd *cmd, int argc, char **argv, void *req)
{
    int status = take_words(cli, cmd, argc, argv, req);
    if (status == CLI_DONE) status = ask_secrets(cli, cmd->req, req);
    if (status == CLI_DONE && cli->formats > 1) {
        cli_say("the format of the answer is given twice");
        return CLI_USAGE;
    }
    make_ref(cmd->req, req);
    return status == CLI_DONE ? check_complete(cmd, req) : status;
}

/* Thousands separators are fine where people type a quantity: 12,000. */
static void without_commas(const char *text, char *out, size_t cap)
{
    size_t n = 0;
    for (; *text && n + 1 < cap; text++)
        if (*text != ',') out[n++] = *text;
    out[n] = 0;
}

int cli_order_args(struct cli *cli, const struct qf_cmd *cmd, int argc, char **argv, void *req)
{
    static const char *const order[] = {"side", "quantity", "symbol", "price"};
    char text[64];
    int at = 0, i = 0;
    bool price_due = false; /* an @ with nothing behind it must not become an order at any price */
    for (; i < argc && strncmp(argv[i], "--", 2) != 0 && at < (int)QF_LEN(order); i++) {
        if (at == 3 && (qf_str_eq(argv[i], "@") || strcasecmp(argv[i], "at") == 0)) {
            price_due = true;
            continue;
        }
        const struct qf_field *f = qf_rec_field(cmd->req, order[at], strlen(order[at]));
        without_commas(argv[i][0] == '@' ? argv[i] + 1 : argv[i], text, sizeof text);
        int status = set_field(cli, f, cmd->req, req, text);
        if (status != CLI_DONE) return status;
        at++;
    }
    if (price_due && at < (int)QF_LEN(order)) {
        cli_say("a price must follow @");
        return CLI_USAGE;
    }
    return cli_args(cli, cmd, argc - i, argv + i, req);
}
