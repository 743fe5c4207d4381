/* The table of commands as text: help, manual pages, completions. Results are to be freed with g_free(). */
#ifndef RP_CLI_HELP_H
#define RP_CLI_HELP_H

#include "cli/command.h"

/* `repoint help`, `repoint help intervals`, `repoint help COMMAND`, `repoint help times`. */
char *rp_help_overview(void);
char *rp_help_family(const rp_command_family *family);
char *rp_help_command(const rp_command *command);
char *rp_help_topic(const rp_topic *topic);

/* "repoint promote ENV SOURCE [OPTION]…" */
char *rp_help_usage(const rp_command *command);
/* "-o, --output table|json" */
char *rp_help_option_title(const rp_option *option);
/* Where else an option's value comes from: "REPOINT_STATE; state.url in repoint.yaml; default x"; NULL:
 * nowhere. */
char *rp_help_option_sources(const rp_option *option);

/* Manual pages in man(7): repoint(1), or that of a command; and a page's file name without its ".1". */
char *rp_man_overview(void);
char *rp_man_command(const rp_command *command);
char *rp_man_page_name(const rp_command *command); /* NULL is repoint itself */

/* A completion script for "bash", "zsh" or "fish"; NULL for another shell. */
char *rp_completion(const char *shell);

#endif
