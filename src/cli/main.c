/*
 * The program: understands the command line, completes it from the environment and repoint.yaml, runs the
 * command and turns what it says into an exit code. What it can do stands in commands.c; each command is a
 * cmd_<name>.c.
 */
#include <string.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "cli/cmd.h"
#include "cli/fail.h"
#include "cli/generate.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/settings.h"

static bool wants_color(const rp_cli *cli)
{
    const char *when = rp_cli_text(cli, "color");
    return strcmp(when, "always") == 0 || (strcmp(when, "auto") == 0 && isatty(STDOUT_FILENO));
}

/* `repoint promote --help` and `repoint --version` are the commands help and version. */
static const rp_command *command_to_run(const rp_cli *cli)
{
    const rp_arguments *arguments = cli->arguments;
    if (rp_cli_flag(cli, "help"))
        return rp_command_find("help");
    if (rp_cli_flag(cli, "version"))
        return rp_command_find("version");
    return arguments->command;
}

/* Help and version are for everybody, above all for who has a broken configuration. */
static bool needs_settings(const rp_command *command)
{
    return command->run != rp_cmd_help && command->run != rp_cmd_version;
}

static repoint_status no_command(repoint_error *error)
{
    return rp_cli_fail(error, REPOINT_INVALID, "\"repoint help\" lists the commands", "no command is given");
}

static repoint_status run(rp_cli *cli, rp_arguments *arguments, char **ret_config_file, repoint_error *error)
{
    if (arguments->command == NULL && !rp_cli_flag(cli, "help") && !rp_cli_flag(cli, "version"))
        return no_command(error);
    const rp_command *command = command_to_run(cli);
    repoint_status status = REPOINT_OK;
    if (needs_settings(command))
        status = rp_settings_complete(arguments, cli->sections, ret_config_file, error);
    if (status != REPOINT_OK)
        return status;

    cli->config_file = *ret_config_file;
    cli->quiet = rp_cli_flag(cli, "quiet");
    cli->verbose = rp_cli_flag(cli, "verbose");
    cli->dry_run = rp_cli_flag(cli, "dry-run");
    cli->color = needs_settings(command) && wants_color(cli);
    return command->run(cli, error);
}

/*
 * A signal also cuts short what waits for a pipe or a terminal, which looks like a failure of that file. The
 * hint stays: it may say what had been done by then. Likewise the wait for a file that somebody else has
 * open, before there is a store that could be told.
 */
static repoint_status explain_interrupt(repoint_status status, repoint_error *error)
{
    if ((status != REPOINT_FAILED && status != REPOINT_BUSY) || rp_interrupt_signal() == 0)
        return status;
    g_free(error->message);
    error->message = g_strdup("interrupted");
    error->status = REPOINT_INTERRUPTED;
    return REPOINT_INTERRUPTED;
}

static repoint_status run_command_line(rp_cli *cli, char *const *argv, repoint_error *error)
{
    g_autoptr(rp_arguments) arguments = NULL;
    g_autoptr(rp_config) sections = rp_config_new();
    g_autofree char *config_file = NULL;
    repoint_status status = rp_arguments_parse(argv, &arguments, error);
    if (status != REPOINT_OK)
        return status;
    cli->arguments = arguments;
    cli->sections = sections;
    cli->json = g_strcmp0(rp_cli_text(cli, "output"), "json") == 0;

    status = explain_interrupt(run(cli, arguments, &config_file, error), error);
    rp_progress_clear(cli);
    if (cli->close != NULL)
        cli->close(cli);
    cli->arguments = NULL;
    cli->config_file = NULL;
    cli->sections = NULL;
    return status;
}

/*
 * A result that could not be written is a failure of the command; an error that could not be written does not
 * change the exit code, which says more.
 */
static int finish(rp_cli *cli, repoint_status status, repoint_error *error)
{
    int exit_code = status == REPOINT_OK ? cli->exit_code : rp_print_error(cli, error);
    repoint_error lost = REPOINT_ERROR_INIT;
    if (rp_output_finish(&lost) != REPOINT_OK && status == REPOINT_OK) {
        cli->is_printed = true; /* no second document where the first one failed */
        exit_code = rp_print_error(cli, &lost);
    }
    repoint_error_clear(&lost);
    repoint_error_clear(error);
    return exit_code;
}

#define LARGE_SIZE (1 << 20)

int main(int argc, char **argv)
{
    (void)argc;
#ifdef __GLIBC__
    /* Records of megabytes come and go: each is given back, rather than kept for the next one. */
    mallopt(M_MMAP_THRESHOLD, LARGE_SIZE);
#endif
    rp_cli cli = {.json = rp_arguments_want_json(argv)};
    repoint_error error = REPOINT_ERROR_INIT;
    rp_interrupt_install();
    repoint_status status =
        rp_generate_is_asked(argv) ? rp_generate(argv, &error) : run_command_line(&cli, argv, &error);
    return finish(&cli, status, &error);
}
