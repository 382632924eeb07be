/* `qf help`: what there is, and what a command takes. */
#include <stdio.h>
#include <string.h>

#include "common/str.h"
#include "tui/cli.h"

static const char usage[] =
    "usage: qf [options]                       the console\n"
    "       qf [options] NOUN VERB [--field value ...]\n"
    "       qf buy|sell QUANTITY SYMBOL [@ PRICE] [--tif DAY|GTC|IOC|FOK] [--account NAME]\n"
    "       qf check buy|sell QUANTITY SYMBOL [@ PRICE]\n"
    "       qf overview | positions | orders | quotes | fills | trades | lots | cash | ledger | equity\n"
    "       qf risk | limits | breakers | degrade | scenarios | stress SCENARIO\n"
    "       qf performance [--scope S --name N] [--range R] | performance compute --returns FILE\n"
    "       qf cancel ID | stop [--strategy NAME] [--reason TEXT] | flatten [--strategy NAME] [--yes]\n"
    "       qf resume --reason TEXT | rearm BREAKER --reason TEXT | approvals | grant ID | deny ID\n"
    "       qf export WHAT [--format csv|ndjson] [-o FILE] | report KIND [--format F] [-o FILE] | jobs\n"
    "       qf watch TOPIC... | call METHOD [JSON] | login USER | logout | passwd\n"
    "       qf help [NOUN] | print WHAT\n"
    "options, before the command:\n"
    "  -s, --socket ADDRESS   a path, HOST:PORT on this machine, or tls:HOST:PORT\n"
    "      --ca FILE          certificates to trust for TLS\n"
    "      --theme NAME       dark light high-contrast colour-blind mono (console)\n"
    "      --plain            the desk as text instead of the console\n"
    "  -V, --version\n"
    "behind the command: --json --csv --ndjson --no-header --all --limit N --ref REFERENCE --help\n"
    "exit status: 0 done, 1 refused, 2 wrong use, 3 no daemon, 4 not signed in or not allowed\n";

int cli_usage(void)
{
    return fputs(usage, stdout) >= 0 ? CLI_DONE : CLI_REFUSED;
}

static void put_values(const struct qf_enum *en)
{
    for (int i = 0; i < en->count; i++) printf("%s%s", i ? "|" : "", en->texts[i]);
}

void cli_help_command(const struct qf_cmd *cmd, bool fields)
{
    printf("  %-22s %s\n", cmd->name, cmd->words);
    for (int i = 0; fields && i < cmd->req->count; i++) {
        const struct qf_field *f = &cmd->req->fields[i];
        const bool asked = (f->flags & QF_F_OPT) == 0 && !qf_str_eq(f->name, "client_ref"); /* a reference makes itself */
        if (f->type == QF_T_list || (f->flags & (QF_F_HIDDEN | QF_F_READONLY | QF_F_VIRTUAL))) continue; /* no options of ours */
        printf("      --%-18s %s%s", f->name, f->words, asked ? " (needed)" : "");
        if (f->type == QF_T_enum) printf(": "), put_values(f->en);
        putchar('\n');
    }
}

/* NOUN, NOUN.VERB, or one of the short forms. */
static bool is_about(const struct qf_cmd *cmd, const char *name, size_t n)
{
    return strncmp(cmd->name, name, n) == 0 && (cmd->name[n] == '.' || !cmd->name[n]);
}

int cli_help(int argc, char **argv)
{
    char name[64] = "";
    bool any = argc == 0;
    if (argc > 1) qf_str_fmt(name, sizeof name, "%s.%s", argv[0], argv[1]);
    else if (argc == 1) qf_str_copy(name, sizeof name, argv[0]);
    for (char *p = name; *p; p++)
        if (*p == '-') *p = '_';
    int one = argc == 1 ? cli_find_short(argv[0]) : -1;
    if (one >= 0) return cli_help_command(&qf_cmds[one], true), CLI_DONE;
    if (argc == 0) (void)cli_usage(), printf("commands:\n");
    for (int i = 0; i < QF_CMD_COUNT; i++) {
        if (argc > 0 && !is_about(&qf_cmds[i], name, strlen(name))) continue;
        cli_help_command(&qf_cmds[i], argc > 0);
        any = true;
    }
    if (!any) cli_say("there is nothing called `%s`; `qf help` lists what there is", argc > 1 ? name : argv[0]);
    return any ? CLI_DONE : CLI_USAGE;
}
