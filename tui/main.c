/* qf: the console without arguments, the command line with them. */
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/proto/doc.h"
#include "common/str.h"
#include "common/version.h"
#include "tui/cli.h"
#include "tui/keys.h"
#include "tui/prefs.h"
#include "tui/run.h"
#include "tui/screens/screens.h"

/* Tables for the manual pages and for completion; no daemon needed. */
static int print_tables(int argc, char **argv)
{
    struct qf_buf b;
    qf_buf_init(&b, 4u << 20);
    if (argc == 2 && qf_str_eq(argv[1], "openrpc"))
        qf_doc_openrpc(&b);
    else if (argc == 2 && qf_str_eq(argv[1], "words"))
        qf_doc_words(&b);
    else if (argc == 2 && qf_str_eq(argv[1], "keys"))
        tui_keys_mdoc(&b);
    else if (argc == 2)
        qf_doc_mdoc(&b, argv[1]);
    if (b.len == 0) {
        cli_say("usage: qf print methods|records|topics|reasons|roles|controls|keys|words|openrpc");
        qf_buf_release(&b);
        return CLI_USAGE;
    }
    fwrite(b.p, 1, b.len, stdout);
    qf_buf_release(&b);
    return CLI_DONE;
}

static int run_console(struct cli *cli, const char *theme)
{
    cli->client = client_new(cli->loop, &cli->conf);
    cli->link = client_link(cli->client);
    char prefs[256];
    tui_prefs_default(prefs, sizeof prefs);
    const struct tui_run_options options = {
        .link = &cli->link, .screens = screens_all, .login = &screen_login, .theme = theme, .prefs = prefs};
    return tui_run(cli->loop, &options);
}

static int run(struct cli *cli, int argc, char **argv, bool plain, const char *theme)
{
    static char overview[] = "overview";
    char *desk[] = {overview, NULL};
    if (argc > 0) {
        cli->conf.once = true;
        return cli_main(cli, argc, argv);
    }
    if (!plain && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) return run_console(cli, theme);
    cli->conf.once = true;
    return cli_main(cli, 1, desk);
}

static bool address(struct client_conf *conf, const char *socket, const char *ca)
{
    char text[200];
    const char *why = "";
    client_default_address(text, sizeof text);
    if (ca) qf_str_copy(conf->sock.ca, sizeof conf->sock.ca, ca);
    client_default_token_file(conf->token_file, sizeof conf->token_file);
    if (sock_address(socket ? socket : text, &conf->sock, &why)) return true;
    cli_say("%s: %s", socket ? socket : text, why);
    return false;
}

/* 0 = standard output is no terminal: nothing is cut there. */
static size_t terminal_width(void)
{
    struct winsize w;
    if (!isatty(STDOUT_FILENO)) return 0;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= 40 ? w.ws_col : 80;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"socket", required_argument, NULL, 's'}, {"ca", required_argument, NULL, 'c'},
                                            {"theme", required_argument, NULL, 't'},  {"plain", no_argument, NULL, 'p'},
                                            {"version", no_argument, NULL, 'V'},      {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct cli cli = {.tty = isatty(STDOUT_FILENO), .width = terminal_width()};
    const char *socket = NULL, *ca = NULL, *theme = NULL;
    bool plain = false;
    int o;
    setlocale(LC_ALL, "");
    (void)signal(SIGPIPE, SIG_IGN);
    while ((o = getopt_long(argc, argv, "+s:Vh", options, NULL)) != -1) {
        if (o == 's') socket = optarg;
        if (o == 'c') ca = optarg;
        if (o == 't') theme = optarg;
        if (o == 'p') plain = true;
        if (o == 'V') return printf("qf %s\n", QF_VERSION) > 0 ? CLI_DONE : CLI_REFUSED;
        if (o == 'h') return cli_usage();
        if (o == '?') return CLI_USAGE;
    }
    argc -= optind;
    argv += optind;
    if (argc > 0 && qf_str_eq(argv[0], "help")) return cli_help(argc - 1, argv + 1);
    if (argc > 0 && qf_str_eq(argv[0], "print")) return print_tables(argc, argv);
    if (!address(&cli.conf, socket, ca)) return CLI_USAGE;
    cli.loop = qf_loop_new();
    qf_arena_init(&cli.arena, 64u << 20);
    qf_buf_init(&cli.out, 256u << 20);
    int status = run(&cli, argc, argv, plain, theme);
    if (status == CLI_DONE && cli.lost) status = CLI_REFUSED; /* done, but who asked does not have it */
    client_free(cli.client);
    qf_buf_release(&cli.out);
    qf_arena_release(&cli.arena);
    qf_loop_free(cli.loop);
    return status;
}
