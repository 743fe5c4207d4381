/*
 * The table of commands, joined: its sections, the options that every command has, and the lookups. The rows
 * stand in commands_state.c and commands_environment.c, and here for those that are about the program itself.
 */
#include "cli/command.h"

#include <glib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/command_groups.h"
#include "cli/config_example.h"

const rp_option rp_global_options[] = {
    {.name = "state",
     .kind = RP_OPTION_URL,
     .value = "URL",
     .help = "the state store: sqlite:PATH, postgresql://..., mysql://..., duckdb:PATH, or memory: for one "
             "that is gone at the end",
     .environment = "REPOINT_STATE",
     .key = "state.url",
     .fallback = "sqlite:repoint.db"},
    {.name = "schema",
     .kind = RP_OPTION_TEXT,
     .value = "NAME",
     .help = "the schema of the state store's tables; '' for names without one; SQLite has none",
     .environment = "REPOINT_SCHEMA",
     .key = "state.schema",
     .fallback = "sqlmesh"},
    {.name = "warehouse",
     .kind = RP_OPTION_URL,
     .value = "URL",
     .help = "where tables and views are; the state store's database when absent",
     .environment = "REPOINT_WAREHOUSE",
     .key = "warehouse.url"},
    {.name = "warehouse-views",
     .kind = RP_OPTION_CHOICE,
     .value = "together|one-by-one",
     .help =
         "one-by-one for a server that speaks a database's language and cannot change several views at one "
         "instant: readers may see a mixture meanwhile",
     .environment = "REPOINT_WAREHOUSE_VIEWS",
     .key = "warehouse.views",
     .fallback = "together"},
    {.name = "directory",
     .letter = 'C',
     .kind = RP_OPTION_DIRECTORY,
     .value = "DIR",
     .help = "go to DIR first"},
    {.name = "config",
     .kind = RP_OPTION_FILE,
     .value = "FILE",
     .help = "the configuration file, instead of the nearest repoint.yaml here or further up",
     .environment = "REPOINT_CONFIG"},
    {.name = "output",
     .letter = 'o',
     .kind = RP_OPTION_CHOICE,
     .value = "table|json",
     .help = "how results are printed; json is exactly one document on standard output, errors included",
     .fallback = "table"},
    {.name = "quiet", .letter = 'q', .help = "no progress and no remarks on standard error"},
    {.name = "verbose", .letter = 'v', .help = "more remarks on standard error"},
    {.name = "color",
     .kind = RP_OPTION_CHOICE,
     .value = "auto|always|never",
     .help = "colours; auto is on a terminal only",
     .environment = "NO_COLOR",
     .environment_means = "never",
     .fallback = "auto"},
    {.name = "yes", .letter = 'y', .help = "ask no questions; without a terminal there are none anyway"},
    {.name = "dry-run",
     .letter = 'n',
     .help = "say what would be written, and write nothing; for every command that writes"},
    {.name = "timeout",
     .kind = RP_OPTION_SECONDS,
     .value = "SECONDS",
     .help = "upper bound for the whole command"},
    {.name = "now",
     .kind = RP_OPTION_TEXT,
     .value = "TIME",
     .help = "for tests: the clock of state times, never of leases",
     .environment = "REPOINT_NOW"},
    {.name = "trace",
     .help = "each SQL statement with its time on standard error; secrets are never printed",
     .environment = "REPOINT_TRACE"},
    {.name = "help", .letter = 'h', .help = "what the command does, and its options"},
    {.name = "version", .letter = 'V', .help = "the program's version"},
    {0}};

const rp_exit rp_common_exits[] = {
    {1, "a failure that is none of the following, such as permission denied or a full disk; rolled back"},
    {2, "wrong usage, configuration or input, or not a state store of this version; nothing was touched"},
    {6, "the database cannot be reached, or it timed out; nothing was changed"},
    {8, "the outcome is unknown: the connection was lost during the commit"},
    {130, "interrupted before the commit: nothing was changed (143 when terminated)"},
    {0}};

const rp_command_family rp_command_families[] = {{"intervals", "the time ranges that tables have data for"},
                                                 {0}};

static const rp_command general_commands[] = {
    {.name = "config",
     .summary = "print each effective setting and where it came from",
     .about = "Flags win over the environment, the environment over repoint.yaml, the file over the default. "
              "Passwords are never printed.\n\n"
              "The nearest repoint.yaml in the working directory or one of those above it is read:\n\n"
              "  state:\n"
              "    url: sqlite:warehouse.db\n"
              "    schema: sqlmesh\n\n"
              "A relative path in a sqlite: URL of the file counts from the file's directory. repoint help "
              "configuration shows the other sections.",
     .groups = {&rp_pace_options},
     .examples = (const rp_example[]){{"repoint config", "what applies here"},
                                      {"repoint -C shop config -o json", "the same for the project in shop/"},
                                      {0}},
     .run = rp_cmd_config},
    {.name = "help",
     .summary = "explain repoint, or one of its commands",
     .operands = (const rp_operand[]){{.name = "COMMAND",
                                       .help = "the command to explain, or a topic",
                                       .kind = RP_OPERAND_COMMAND,
                                       .optional = true,
                                       .repeated = true},
                                      {0}},
     .run = rp_cmd_help},
    {.name = "version", .summary = "print the program's version", .run = rp_cmd_version},
    {0}};

const rp_topic rp_topics[] = {
    {"configuration", "what repoint.yaml says about deployments",
     "Beside the settings that repoint config prints, repoint.yaml has the sections below. Commands run in "
     "its folder.\n\n" RP_CONFIG_EXAMPLE "\n"
     "Checks run several at a time, each on a connection of its own that only reads; a failure of severity "
     "error leaves the deployment open, exit 3. They run again if time ranges change before the cutover.\n\n"
     "The rule for approvals goes into the plan when a deployment begins; who cuts over has to meet that "
     "one, and the one of his own file.\n\n"
     "A rollback runs no checks and needs no approvals, and no hook stops it."},
    {"times", "how times and ranges of time are written",
     "Times without an offset are UTC.\n\n"
     "  2026-01-31, 20260131        a day\n"
     "  2026-01-31 08:00:00         an instant; also with T, a fraction, Z or +01:00\n"
     "  1769846400000               milliseconds since 1970-01-01T00:00:00Z\n"
     "  now, today, yesterday       relative to the clock, or to --now\n"
     "  3 days ago, in 1 week       likewise\n\n"
     "A range goes from its start to its end. An end that is a day includes that day; an end that is an "
     "instant does not belong to the range."},
    {0}};

const rp_section rp_sections[] = {{"State", rp_state_commands},
                                  {"Environments", rp_environment_commands},
                                  {"Deployments", rp_deployment_commands},
                                  {"General", general_commands},
                                  {0}};

const rp_command *rp_section_next(const rp_section *section, const rp_command *previous)
{
    const rp_command *command = previous == NULL ? section->commands : previous + 1;
    while (command->name != NULL && command->run == NULL)
        command++;
    return command->name == NULL ? NULL : command;
}

static const rp_section *section_of(const rp_command *command)
{
    for (const rp_section *section = rp_sections; section->title != NULL; section++)
        for (const rp_command *row = section->commands; row->name != NULL; row++)
            if (row == command)
                return section;
    g_assert_not_reached();
}

const rp_command *rp_command_next(const rp_command *previous)
{
    const rp_section *section = previous == NULL ? rp_sections : section_of(previous);
    const rp_command *command = rp_section_next(section, previous);
    while (command == NULL && (++section)->title != NULL)
        command = rp_section_next(section, NULL);
    return command;
}

const rp_command *rp_command_find(const char *name)
{
    const rp_command *command = rp_command_next(NULL);
    while (command != NULL && strcmp(command->name, name) != 0)
        command = rp_command_next(command);
    return command;
}

bool rp_command_is_of_family(const rp_command *command, const rp_command_family *family)
{
    size_t length = strlen(family->name);
    return strncmp(command->name, family->name, length) == 0 && command->name[length] == ' ';
}

static bool family_has_commands(const rp_command_family *family)
{
    for (const rp_command *command = rp_command_next(NULL); command != NULL;
         command = rp_command_next(command))
        if (rp_command_is_of_family(command, family))
            return true;
    return false;
}

const rp_command_family *rp_command_family_find(const char *name)
{
    for (const rp_command_family *family = rp_command_families; family->name != NULL; family++)
        if (strcmp(family->name, name) == 0)
            return family_has_commands(family) ? family : NULL;
    return NULL;
}

/* The index-th of an array of options, or NULL with what is left of the index. */
static const rp_option *option_in(const rp_option *options, size_t *index)
{
    for (; options->name != NULL; options++)
        if ((*index)-- == 0)
            return options;
    return NULL;
}

const rp_option *rp_option_at(const rp_command *command, size_t index)
{
    const rp_option *option = option_in(rp_global_options, &index);
    if (command == NULL)
        return option;
    for (const rp_option_group *const *group = command->groups; option == NULL && *group != NULL; group++)
        option = option_in((*group)->options, &index);
    return option;
}

static bool is_named(const char *candidate, const char *name, size_t length)
{
    return candidate != NULL && strlen(candidate) == length && memcmp(candidate, name, length) == 0;
}

const rp_option *rp_option_find(const rp_command *command, const char *name, size_t length)
{
    const rp_option *option;
    for (size_t i = 0; (option = rp_option_at(command, i)) != NULL; i++)
        if (is_named(option->name, name, length) || is_named(option->alias, name, length))
            return option;
    return NULL;
}

const rp_option *rp_option_find_letter(const rp_command *command, char letter)
{
    const rp_option *option;
    for (size_t i = 0; (option = rp_option_at(command, i)) != NULL; i++)
        if (option->letter == letter)
            return option;
    return NULL;
}

char **rp_option_choices(const rp_option *option)
{
    g_assert(option->kind == RP_OPTION_CHOICE);
    return g_strsplit(option->value, "|", -1);
}
