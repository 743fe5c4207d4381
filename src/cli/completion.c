/*
 * The table of commands as completion scripts. Each script is a list of facts from the table between two
 * pieces of fixed text; nothing in it calls repoint.
 */
#include <glib.h>
#include <string.h>

#include "cli/help.h"

/* Text in single quotes for a shell: ' becomes '\''. */
static char *quote(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "'", -1);
    g_autofree char *joined = g_strjoinv("'\\''", parts);
    return g_strdup_printf("'%s'", joined);
}

static void append_names(GString *out, const rp_command *command)
{
    const rp_option *option;
    for (size_t i = 0; (option = rp_option_at(command, i)) != NULL; i++) {
        g_string_append_printf(out, "%s--%s", i == 0 ? "" : " ", option->name);
        if (option->alias != NULL)
            g_string_append_printf(out, " --%s", option->alias);
    }
}

/* First words of commands, each once, or with a family its second words; separated by blanks. */
static void append_commands(GString *out, const rp_command_family *family)
{
    const char *separator = "";
    for (const rp_command *command = rp_command_next(NULL); command != NULL;
         command = rp_command_next(command)) {
        if (family != NULL && rp_command_is_of_family(command, family))
            g_string_append_printf(out, "%s%s", separator, command->name + strlen(family->name) + 1);
        else if (family == NULL && strchr(command->name, ' ') == NULL)
            g_string_append_printf(out, "%s%s", separator, command->name);
        else
            continue;
        separator = " ";
    }
    for (const rp_command_family *row = rp_command_families; family == NULL && row->name != NULL; row++)
        if (rp_command_family_find(row->name) != NULL)
            g_string_append_printf(out, "%s%s", separator, row->name);
}

/* What follows a command's options: the operand that decides is the last one. */
static rp_operand_kind operand_kind(const rp_command *command)
{
    rp_operand_kind kind = RP_OPERAND_TEXT;
    for (const rp_operand *operand = command->operands; operand != NULL && operand->name != NULL; operand++)
        kind = operand->kind;
    return kind;
}

/* ---- bash ---- */

static const char bash_head[] =
    "# bash completion for repoint\n"
    "_repoint() {\n"
    "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
    "    local command= word options operands=\n"
    "    if [[ $current == '=' ]]; then\n"
    "        current=\n"
    "    elif [[ $previous == '=' ]]; then\n"
    "        previous=${COMP_WORDS[COMP_CWORD-2]}\n"
    "    fi\n"
    "    COMPREPLY=()\n"
    "    case $previous in\n";

static const char bash_middle[] = "    esac\n"
                                  "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
                                  "        case \"$command $word\" in\n";

static const char bash_tail[] = "    esac\n"
                                "    if [[ $current == -* ]]; then\n"
                                "        COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
                                "    elif [[ $operands == @files ]]; then\n"
                                "        COMPREPLY=($(compgen -f -- \"$current\"))\n"
                                "    else\n"
                                "        COMPREPLY=($(compgen -W \"$operands\" -- \"$current\"))\n"
                                "    fi\n"
                                "}\n"
                                "complete -o filenames -F _repoint repoint\n";

static void bash_value(GString *out, const rp_option *option)
{
    if (option->kind == RP_OPTION_FLAG)
        return;
    g_string_append_printf(out, "    --%s", option->name);
    if (option->alias != NULL)
        g_string_append_printf(out, "|--%s", option->alias);
    if (option->letter != 0)
        g_string_append_printf(out, "|-%c", option->letter);
    if (option->kind == RP_OPTION_CHOICE) {
        g_auto(GStrv) words = rp_option_choices(option);
        g_autofree char *list = g_strjoinv(" ", words);
        g_string_append_printf(out, ") COMPREPLY=($(compgen -W '%s' -- \"$current\")); return ;;\n", list);
    } else if (option->kind == RP_OPTION_FILE)
        g_string_append(out, ") COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n");
    else if (option->kind == RP_OPTION_DIRECTORY)
        g_string_append(out, ") COMPREPLY=($(compgen -d -- \"$current\")); return ;;\n");
    else
        g_string_append(out, ") return ;;\n");
}

/* Each option once, however many commands share it: of one name, all take the same kind of value. */
static void bash_values(GString *out)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    const rp_command *command = NULL;
    do {
        const rp_option *option;
        for (size_t i = 0; (option = rp_option_at(command, i)) != NULL; i++)
            if (g_hash_table_add(seen, (void *)option->name))
                bash_value(out, option);
        command = rp_command_next(command);
    } while (command != NULL);
}

static void bash_command(GString *out, const rp_command *command)
{
    g_string_append_printf(out, "    '%s')\n        options='", command->name);
    append_names(out, command);
    g_string_append(out, "'\n");
    if (operand_kind(command) == RP_OPERAND_FILE)
        g_string_append(out, "        operands=@files\n");
    if (operand_kind(command) == RP_OPERAND_COMMAND) {
        g_string_append(out, "        operands='");
        append_commands(out, NULL);
        g_string_append(out, "'\n");
    }
    g_string_append(out, "        ;;\n");
}

static void bash_words(GString *out)
{
    for (const rp_command *command = rp_command_next(NULL); command != NULL;
         command = rp_command_next(command)) {
        bool is_single = strchr(command->name, ' ') == NULL;
        g_string_append_printf(out, "        '%s%s') command='%s' ;;\n", is_single ? " " : "", command->name,
                               command->name);
    }
    for (const rp_command_family *family = rp_command_families; family->name != NULL; family++)
        if (rp_command_family_find(family->name) != NULL)
            g_string_append_printf(out, "        ' %s') command='%s' ;;\n", family->name, family->name);
    g_string_append(out, "        esac\n    done\n    case $command in\n");
}

static char *bash_script(void)
{
    GString *out = g_string_new(bash_head);
    bash_values(out);
    g_string_append(out, bash_middle);
    bash_words(out);
    for (const rp_command *command = rp_command_next(NULL); command != NULL;
         command = rp_command_next(command))
        bash_command(out, command);
    for (const rp_command_family *family = rp_command_families; family->name != NULL; family++) {
        if (rp_command_family_find(family->name) == NULL)
            continue;
        g_string_append_printf(out, "    '%s') operands='", family->name);
        append_commands(out, family);
        g_string_append(out, "' ;;\n");
    }
    g_string_append(out, "    *)\n        options='");
    append_names(out, NULL);
    g_string_append(out, "'\n        operands='");
    append_commands(out, NULL);
    g_string_append(out, "'\n        ;;\n");
    g_string_append(out, bash_tail);
    return g_string_free(out, FALSE);
}

/* ---- zsh ---- */

/* Escapes what _arguments and _describe read themselves: brackets and colons. */
static char *zsh_text(const char *text)
{
    GString *out = g_string_new(NULL);
    for (; *text != '\0'; text++) {
        if (strchr("[]:\\", *text) != NULL)
            g_string_append_c(out, '\\');
        g_string_append_c(out, *text);
    }
    return g_string_free(out, FALSE);
}

static char *zsh_action(const rp_option *option)
{
    if (option->kind == RP_OPTION_FILE)
        return g_strdup("_files");
    if (option->kind == RP_OPTION_DIRECTORY)
        return g_strdup("_files -/");
    if (option->kind != RP_OPTION_CHOICE)
        return g_strdup(" ");
    g_auto(GStrv) words = rp_option_choices(option);
    g_autofree char *list = g_strjoinv(" ", words);
    return g_strdup_printf("(%s)", list);
}

static void zsh_spelling(GString *out, const rp_option *option, const char *spelling)
{
    bool is_flag = option->kind == RP_OPTION_FLAG, is_long = spelling[1] == '-';
    g_autofree char *help = zsh_text(option->help);
    g_autofree char *action = is_flag ? NULL : zsh_action(option);
    g_autofree char *value = is_flag ? NULL : zsh_text(option->value);
    g_autofree char *text = g_strdup_printf("%s%s%s[%s]%s%s%s%s", option->repeated ? "*" : "", spelling,
                                            is_flag   ? ""
                                            : is_long ? "="
                                                      : "+",
                                            help, is_flag ? "" : ":", is_flag ? "" : value,
                                            is_flag ? "" : ":", is_flag ? "" : action);
    g_autofree char *quoted = quote(text);
    g_string_append_printf(out, " \\\n            %s", quoted);
}

static void zsh_options(GString *out, const rp_command *command)
{
    const rp_option *option;
    for (size_t i = 0; (option = rp_option_at(command, i)) != NULL; i++) {
        g_autofree char *name = g_strconcat("--", option->name, NULL);
        zsh_spelling(out, option, name);
        if (option->alias != NULL) {
            g_autofree char *alias = g_strconcat("--", option->alias, NULL);
            zsh_spelling(out, option, alias);
        }
        if (option->letter != 0)
            zsh_spelling(out, option, (char[]){'-', option->letter, '\0'});
    }
}

static void zsh_command(GString *out, const rp_command *command)
{
    g_string_append_printf(out, "    '%s')\n        _arguments -s", command->name);
    zsh_options(out, command);
    if (operand_kind(command) == RP_OPERAND_FILE)
        g_string_append(out, " \\\n            '*:file:_files'");
    if (operand_kind(command) == RP_OPERAND_COMMAND) {
        g_string_append(out, " \\\n            '*:command:(");
        append_commands(out, NULL);
        g_string_append(out, ")'");
    }
    g_string_append(out, "\n        ;;\n");
}

static char *zsh_script(void)
{
    GString *out = g_string_new("#compdef repoint\n"
                                "_repoint() {\n"
                                "    local command= word\n"
                                "    for word in ${words[2,CURRENT-1]}; do\n"
                                "        case \"$command $word\" in\n");
    bash_words(out);
    for (const rp_command *command = rp_command_next(NULL); command != NULL;
         command = rp_command_next(command))
        zsh_command(out, command);
    for (const rp_command_family *family = rp_command_families; family->name != NULL; family++) {
        if (rp_command_family_find(family->name) == NULL)
            continue;
        g_string_append_printf(out, "    '%s')\n        _values command ", family->name);
        append_commands(out, family);
        g_string_append(out, "\n        ;;\n");
    }
    g_string_append(out, "    *)\n        _arguments -s");
    zsh_options(out, NULL);
    g_string_append(out, " \\\n            '*:command:(");
    append_commands(out, NULL);
    g_string_append(out, ")'\n        ;;\n    esac\n}\n_repoint \"$@\"\n");
    return g_string_free(out, FALSE);
}

/* ---- fish ---- */

/* The condition under which a line counts: the words of the command have been typed. */
static char *fish_condition(const rp_command *command)
{
    g_auto(GStrv) words = g_strsplit(command->name, " ", -1);
    GString *out = g_string_new(NULL);
    for (char **word = words; *word != NULL; word++)
        g_string_append_printf(out, "%s__fish_seen_subcommand_from %s", word == words ? "" : "; and ", *word);
    return g_string_free(out, FALSE);
}

static void fish_option(GString *out, const char *condition, const rp_option *option, const char *name)
{
    g_autofree char *help = quote(option->help);
    g_string_append_printf(out, "complete -c repoint%s%s%s -l %s", condition == NULL ? "" : " -n '",
                           condition == NULL ? "" : condition, condition == NULL ? "" : "'", name);
    if (option->letter != 0)
        g_string_append_printf(out, " -s %c", option->letter);
    if (option->kind == RP_OPTION_FILE || option->kind == RP_OPTION_DIRECTORY)
        g_string_append(out, " -r -F");
    else if (option->kind == RP_OPTION_CHOICE) {
        g_auto(GStrv) words = rp_option_choices(option);
        g_autofree char *list = g_strjoinv(" ", words);
        g_string_append_printf(out, " -x -a '%s'", list);
    } else if (option->kind != RP_OPTION_FLAG)
        g_string_append(out, " -x");
    g_string_append_printf(out, " -d %s\n", help);
}

static void fish_options(GString *out, const char *condition, const rp_option *options)
{
    for (; options->name != NULL; options++) {
        fish_option(out, condition, options, options->name);
        if (options->alias != NULL)
            fish_option(out, condition, options, options->alias);
    }
}

static void fish_command(GString *out, const rp_command *command)
{
    g_autofree char *condition = fish_condition(command);
    g_autofree char *summary = quote(command->summary);
    const char *blank = strchr(command->name, ' ');
    if (blank == NULL)
        g_string_append_printf(out, "complete -c repoint -n __fish_use_subcommand -a %s -d %s\n",
                               command->name, summary);
    else
        g_string_append_printf(out, "complete -c repoint -n '__fish_seen_subcommand_from %.*s' -a %s -d %s\n",
                               (int)(blank - command->name), command->name, blank + 1, summary);
    for (const rp_option_group *const *group = command->groups; *group != NULL; group++)
        fish_options(out, condition, (*group)->options);
    if (operand_kind(command) == RP_OPERAND_FILE)
        g_string_append_printf(out, "complete -c repoint -n '%s' -F\n", condition);
    if (operand_kind(command) == RP_OPERAND_COMMAND) {
        g_string_append_printf(out, "complete -c repoint -n '%s' -a '", condition);
        append_commands(out, NULL);
        g_string_append(out, "'\n");
    }
}

static char *fish_script(void)
{
    GString *out = g_string_new("# fish completion for repoint\ncomplete -c repoint -f\n");
    fish_options(out, NULL, rp_global_options);
    for (const rp_command *command = rp_command_next(NULL); command != NULL;
         command = rp_command_next(command))
        fish_command(out, command);
    for (const rp_command_family *family = rp_command_families; family->name != NULL; family++)
        if (rp_command_family_find(family->name) != NULL)
            g_string_append_printf(out, "complete -c repoint -n __fish_use_subcommand -a %s -d '%s'\n",
                                   family->name, family->summary);
    return g_string_free(out, FALSE);
}

char *rp_completion(const char *shell)
{
    static const struct {
        const char *shell;
        char *(*script)(void);
    } scripts[] = {{"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}};
    for (size_t i = 0; i < G_N_ELEMENTS(scripts); i++)
        if (strcmp(scripts[i].shell, shell) == 0)
            return scripts[i].script();
    return NULL;
}
