/*
 * The table of commands and options: what parsing, --help, the manual pages and the shell completions are
 * all driven by. commands.c joins its parts; one row is one command.
 *
 * Texts are prose: sentences with full stops in `about`, summaries and option helps without. A blank line
 * separates paragraphs; a line that starts with two blanks stands as it is.
 */
#ifndef RP_CLI_COMMAND_H
#define RP_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "repoint/error.h"

typedef struct rp_cli rp_cli;

typedef enum rp_option_kind {
    RP_OPTION_FLAG, /* takes no value */
    RP_OPTION_TEXT,
    RP_OPTION_URL,       /* of a database; its password is never printed */
    RP_OPTION_FILE,      /* a path; completed as one */
    RP_OPTION_DIRECTORY, /* likewise */
    RP_OPTION_SECONDS,   /* a positive number, fractions allowed */
    RP_OPTION_CHOICE     /* one of the words of `value`, separated by "|" */
} rp_option_kind;

typedef struct rp_option {
    const char *name;  /* the long name without its dashes; NULL ends an array */
    const char *alias; /* another long name for the same, or NULL */
    char letter;       /* the short name, or 0 */
    rp_option_kind kind;
    const char *value; /* how help names the value, e.g. "URL"; the words of a choice; NULL for a flag */
    const char *help;
    bool repeated; /* each occurrence adds a value; otherwise the last one counts */

    /* Where else the value comes from, each NULL when it does not; flags win over all of them. */
    const char *environment;       /* variable; set but empty counts as not set */
    const char *environment_means; /* the value that the variable stands for, whatever it holds (NO_COLOR) */
    const char *key;               /* in repoint.yaml, e.g. "state.url" */
    const char *fallback;          /* the default */
} rp_option;

/* Options that belong together under one heading of the help, and may be shared by commands. */
typedef struct rp_option_group {
    const char *title;
    const char *usage; /* the word for them in the usage line when the command needs one of them, or NULL */
    const rp_option *options;
} rp_option_group;

typedef enum rp_operand_kind { RP_OPERAND_TEXT, RP_OPERAND_FILE, RP_OPERAND_COMMAND } rp_operand_kind;

/* A positional argument. Optional ones follow the others; only the last may be repeated. */
typedef struct rp_operand {
    const char *name; /* as help shows it, e.g. "ENV"; NULL ends an array */
    const char *help;
    rp_operand_kind kind; /* what the completions offer */
    bool optional;
    bool repeated;
} rp_operand;

typedef struct rp_example {
    const char *line; /* NULL ends an array */
    const char *help;
} rp_example;

typedef struct rp_exit {
    int code; /* 0 ends an array: that code needs no words */
    const char *meaning;
} rp_exit;

/* What a command with --exit-code sets cli->exit_code to when it found something. */
#define RP_EXIT_FOUND 7

#define RP_COMMAND_MAX_GROUPS 6

/*
 * A row without a run function is a command that this version does not have: the lookups below never return
 * it, so that nothing lists, parses, documents or completes it.
 */
typedef struct rp_command {
    const char *name; /* one word, or two ("intervals add"); NULL ends an array */
    const char *summary;
    const char *about; /* or NULL */
    bool writes;       /* --dry-run has a meaning for it */
    const rp_operand *operands;
    const rp_option_group *groups[RP_COMMAND_MAX_GROUPS + 1];
    const rp_exit *exits; /* beside those that every command has */
    const rp_example *examples;
    /*
     * Does the work. Prints its result, once and at the end, on cli's output. On failure it has printed
     * nothing there and fills `error`; the caller reports it. To succeed with another exit code than 0 it
     * sets cli->exit_code.
     */
    repoint_status (*run)(rp_cli *cli, repoint_error *error);
} rp_command;

typedef struct rp_section {
    const char *title; /* NULL ends an array */
    const rp_command *commands;
} rp_section;

/* Two-word commands with the same first word. */
typedef struct rp_command_family {
    const char *name; /* NULL ends an array */
    const char *summary;
} rp_command_family;

/* Something else to explain: `repoint help TOPIC`. */
typedef struct rp_topic {
    const char *name; /* NULL ends an array */
    const char *summary;
    const char *about;
} rp_topic;

extern const rp_section rp_sections[];
extern const rp_topic rp_topics[];
extern const rp_command_family rp_command_families[];
extern const rp_option rp_global_options[];
extern const rp_exit rp_common_exits[];

extern const rp_command rp_state_commands[];
extern const rp_command rp_environment_commands[];
extern const rp_command rp_deployment_commands[];

/* The command of this name, or NULL. */
const rp_command *rp_command_find(const char *name);
/* The family of this name if any of its commands exists, or NULL. */
const rp_command_family *rp_command_family_find(const char *name);
bool rp_command_is_of_family(const rp_command *command, const rp_command_family *family);

/* The commands in the order of the help: `previous` NULL starts, NULL ends. */
const rp_command *rp_command_next(const rp_command *previous);
/* The same within one section. */
const rp_command *rp_section_next(const rp_section *section, const rp_command *previous);

/* The options of `command` (NULL: none) by number, the global ones first; NULL past the last. */
const rp_option *rp_option_at(const rp_command *command, size_t index);
/* By long name or alias, of which `length` bytes count; NULL when there is none. */
const rp_option *rp_option_find(const rp_command *command, const char *name, size_t length);
const rp_option *rp_option_find_letter(const rp_command *command, char letter);
/* The words of a choice, to be freed with g_strfreev(). */
char **rp_option_choices(const rp_option *option);

#endif
