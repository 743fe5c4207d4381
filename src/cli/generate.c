/* Generated files, at build time: see generate.h. */
#include "cli/generate.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "cli/fail.h"
#include "cli/help.h"

#define MAN_OPTION        "--generate-man"
#define COMPLETION_OPTION "--generate-completion"

bool rp_generate_is_asked(char *const *argv)
{
    return argv[1] != NULL && (strcmp(argv[1], MAN_OPTION) == 0 || strcmp(argv[1], COMPLETION_OPTION) == 0);
}

/* `command` NULL is the page of repoint itself. */
static repoint_status write_page(const rp_command *command, const char *directory, repoint_error *error)
{
    g_autofree char *name = rp_man_page_name(command);
    g_autofree char *path = g_strdup_printf("%s/%s.1", directory, name);
    g_autofree char *page = command == NULL ? rp_man_overview() : rp_man_command(command);
    g_autoptr(GError) failure = NULL;
    if (g_file_set_contents(path, page, -1, &failure))
        return REPOINT_OK;
    return rp_cli_fail(error, REPOINT_FAILED, NULL, "%s", failure->message);
}

static repoint_status write_pages(const char *directory, repoint_error *error)
{
    const rp_command *command = NULL;
    do {
        repoint_status status = write_page(command, directory, error);
        if (status != REPOINT_OK)
            return status;
        command = rp_command_next(command);
    } while (command != NULL);
    return REPOINT_OK;
}

static repoint_status generate_man(const char *name, const char *directory, repoint_error *error)
{
    if (name == NULL || directory == NULL)
        return rp_cli_fail(error, REPOINT_INVALID, NULL, "write " MAN_OPTION " COMMAND|all DIR");
    if (strcmp(name, "all") == 0)
        return write_pages(directory, error);
    const rp_command *command = rp_command_find(name);
    if (command == NULL && strcmp(name, "repoint") != 0)
        return rp_cli_fail(error, REPOINT_INVALID, NULL, "there is no command \"%s\"", name);
    return write_page(command, directory, error);
}

static repoint_status generate_completion(const char *shell, repoint_error *error)
{
    g_autofree char *script = shell == NULL ? NULL : rp_completion(shell);
    if (script == NULL)
        return rp_cli_fail(error, REPOINT_INVALID, NULL, "write " COMPLETION_OPTION " bash|zsh|fish");
    fputs(script, stdout);
    return REPOINT_OK;
}

repoint_status rp_generate(char *const *argv, repoint_error *error)
{
    if (strcmp(argv[1], MAN_OPTION) == 0)
        return generate_man(argv[2], argv[2] == NULL ? NULL : argv[3], error);
    return generate_completion(argv[2], error);
}
