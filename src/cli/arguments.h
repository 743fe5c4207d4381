/*
 * What the user asked for: the command, its operands, and a value for each option, from the command line and
 * later (settings.h) from the environment, repoint.yaml and the defaults.
 */
#ifndef RP_CLI_ARGUMENTS_H
#define RP_CLI_ARGUMENTS_H

#include <glib.h>

#include "cli/command.h"

/* Where a value came from; the higher wins. */
typedef enum rp_origin {
    RP_ORIGIN_NONE,
    RP_ORIGIN_DEFAULT,
    RP_ORIGIN_PROJECT, /* the SQLMesh or dbt project in the working directory */
    RP_ORIGIN_FILE,
    RP_ORIGIN_ENVIRONMENT,
    RP_ORIGIN_FLAG
} rp_origin;

typedef struct rp_value {
    const rp_option *option;
    rp_origin origin;
    int line;         /* in repoint.yaml, when it came from there */
    GPtrArray *texts; /* one, or several of a repeated option, owned; NULL-terminated; a flag's is "true" or
                         "false" */
} rp_value;

typedef struct rp_arguments {
    const rp_command *command;       /* NULL when none was given */
    const rp_command_family *family; /* given without its second word, which only help allows; else NULL */
    GArray *values;                  /* rp_value, in the order of rp_option_at() */
    GPtrArray *operands;             /* owned strings, NULL-terminated */
} rp_arguments;

/*
 * Reads the command line. Options may stand before or after the command and its operands; "--" ends them. An
 * option that is not repeated and given twice has its last value. The number of operands is right afterwards,
 * unless --help or --version was given. Fails with REPOINT_INVALID.
 */
repoint_status rp_arguments_parse(char *const *argv, rp_arguments **ret_arguments, repoint_error *error);
void rp_arguments_free(rp_arguments *arguments);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(rp_arguments, rp_arguments_free)

/* The value of an option by its long name. There must be such an option. */
rp_value *rp_arguments_value(const rp_arguments *arguments, const char *name);
/* Its last text, or NULL; and for a flag, whether it is set. */
const char *rp_value_text(const rp_value *value);
bool rp_value_is_set(const rp_value *value);

/*
 * Gives a value that comes from `origin`, replacing one from a lower origin; `where` names the place in
 * messages ("--timeout", "REPOINT_TRACE", "repoint.yaml:3"). Fails with REPOINT_INVALID when the text is not
 * of the option's kind.
 */
repoint_status rp_value_set(rp_value *value, rp_origin origin, const char *where, const char *text,
                            repoint_error *error);

/*
 * Was `-o json` asked for? For errors found before, or while, the command line is understood.
 */
bool rp_arguments_want_json(char *const *argv);

#endif
