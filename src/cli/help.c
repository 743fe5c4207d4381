/* The table of commands as plain text of 80 columns. */
#include "cli/help.h"

#include <glib.h>
#include <string.h>

#include "cli/text.h"

#define COMMAND_COLUMN 22
#define OPTION_COLUMN  28

/* "  title   text", the text at `column`, on a line of its own when the title is too long. */
static void append_entry(GString *out, const char *title, const char *text, size_t column)
{
    size_t width = 2 + rp_text_width(title);
    g_string_append_printf(out, "  %s", title);
    if (width + 2 > column) {
        g_string_append_c(out, '\n');
        width = 0;
    }
    rp_text_pad(out, column - width);
    rp_text_wrap(out, text, column, column);
}

char *rp_help_option_title(const rp_option *option)
{
    GString *out = g_string_new(NULL);
    if (option->letter != 0)
        g_string_append_printf(out, "-%c, ", option->letter);
    g_string_append_printf(out, "--%s", option->name);
    if (option->alias != NULL)
        g_string_append_printf(out, ", --%s", option->alias);
    if (option->value != NULL)
        g_string_append_printf(out, " %s", option->value);
    return g_string_free(out, FALSE);
}

char *rp_help_option_sources(const rp_option *option)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    if (option->environment != NULL)
        g_ptr_array_add(parts, g_strdup(option->environment));
    if (option->key != NULL)
        g_ptr_array_add(parts, g_strdup_printf("%s in repoint.yaml", option->key));
    if (option->fallback != NULL)
        g_ptr_array_add(parts, g_strdup_printf("default %s", option->fallback));
    if (parts->len == 0)
        return NULL;
    g_ptr_array_add(parts, NULL);
    return g_strjoinv("; ", (char **)parts->pdata);
}

static void append_option(GString *out, const rp_option *option)
{
    g_autofree char *title = rp_help_option_title(option);
    g_autofree char *sources = rp_help_option_sources(option);
    g_autofree char *text =
        sources == NULL ? g_strdup(option->help) : g_strdup_printf("%s (%s)", option->help, sources);
    /* Long names stand below one another, whether a letter stands before them or not. */
    g_autofree char *aligned = g_strconcat(option->letter == 0 ? "    " : "", title, NULL);
    append_entry(out, aligned, text, OPTION_COLUMN);
}

static void append_options(GString *out, const char *title, const rp_option *options)
{
    g_string_append_printf(out, "\n%s:\n", title);
    for (; options->name != NULL; options++)
        append_option(out, options);
}

static void append_exits(GString *out, const rp_exit *exits)
{
    for (; exits != NULL && exits->code != 0; exits++) {
        g_autofree char *code = g_strdup_printf("%d", exits->code);
        append_entry(out, code, exits->meaning, 7);
    }
}

static void append_command(GString *out, const rp_command *command)
{
    append_entry(out, command->name, command->summary, COMMAND_COLUMN);
}

static void append_section(GString *out, const rp_section *section)
{
    const rp_command *command = rp_section_next(section, NULL);
    if (command == NULL)
        return;
    g_string_append_printf(out, "\n%s:\n", section->title);
    for (; command != NULL; command = rp_section_next(section, command))
        append_command(out, command);
}

char *rp_help_overview(void)
{
    GString *out = g_string_new("usage: repoint COMMAND [ARGUMENT]… [OPTION]…\n\n");
    rp_text_wrap(
        out,
        "repoint decides when readers see a new version of your tables: all at once, only when it is "
        "complete, and with a way back.",
        0, 0);
    for (const rp_section *section = rp_sections; section->title != NULL; section++)
        append_section(out, section);
    g_string_append(out, "\nTopics:\n");
    for (const rp_topic *topic = rp_topics; topic->name != NULL; topic++)
        append_entry(out, topic->name, topic->summary, COMMAND_COLUMN);
    append_options(out, "Options of every command", rp_global_options);
    g_string_append(out, "\nExit codes:\n");
    append_entry(out, "0", "done, or nothing to do", 7);
    append_exits(out, rp_common_exits);
    g_string_append(out, "\n\"repoint help COMMAND\" explains a command.\n");
    return g_string_free(out, FALSE);
}

char *rp_help_family(const rp_command_family *family)
{
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "usage: repoint %s COMMAND [ARGUMENT]… [OPTION]…\n\n%s\n\nCommands:\n",
                           family->name, family->summary);
    for (const rp_command *command = rp_command_next(NULL); command != NULL;
         command = rp_command_next(command))
        if (rp_command_is_of_family(command, family))
            append_command(out, command);
    return g_string_free(out, FALSE);
}

char *rp_help_topic(const rp_topic *topic)
{
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "%s: %s\n\n", topic->name, topic->summary);
    rp_text_wrap(out, topic->about, 0, 0);
    return g_string_free(out, FALSE);
}

char *rp_help_usage(const rp_command *command)
{
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "repoint %s", command->name);
    for (const rp_operand *operand = command->operands; operand != NULL && operand->name != NULL; operand++)
        g_string_append_printf(out, operand->optional ? " [%s]%s" : " %s%s", operand->name,
                               operand->repeated ? "…" : "");
    for (const rp_option_group *const *group = command->groups; *group != NULL; group++)
        if ((*group)->usage != NULL)
            g_string_append_printf(out, " %s", (*group)->usage);
    g_string_append(out, " [OPTION]…");
    return g_string_free(out, FALSE);
}

static void append_operands(GString *out, const rp_operand *operand)
{
    if (operand == NULL)
        return;
    g_string_append(out, "\nArguments:\n");
    for (; operand->name != NULL; operand++)
        append_entry(out, operand->name, operand->help, OPTION_COLUMN);
}

static void append_examples(GString *out, const rp_example *example)
{
    if (example == NULL)
        return;
    g_string_append(out, "\nExamples:\n");
    for (; example->line != NULL; example++)
        g_string_append_printf(out, "  %s\n      %s\n", example->line, example->help);
}

static void append_common_options(GString *out, const rp_command *command)
{
    g_string_append(out, "\nOptions of every command, among others:\n");
    if (command->writes)
        append_option(out, rp_option_find(NULL, "dry-run", strlen("dry-run")));
    append_option(out, rp_option_find(NULL, "output", strlen("output")));
    g_string_append(out, "\n\"repoint help\" explains all of them, and the exit codes of every command.\n");
}

char *rp_help_command(const rp_command *command)
{
    GString *out = g_string_new("usage: ");
    g_autofree char *usage = rp_help_usage(command);
    g_string_append_printf(out, "%s\n\n", usage);
    rp_text_wrap(out, command->summary, 0, 0);
    if (command->about != NULL) {
        g_string_append_c(out, '\n');
        rp_text_wrap(out, command->about, 0, 0);
    }
    append_operands(out, command->operands);
    for (const rp_option_group *const *group = command->groups; *group != NULL; group++)
        append_options(out, (*group)->title, (*group)->options);
    if (command->exits != NULL)
        g_string_append(out, "\nExit codes:\n");
    append_exits(out, command->exits);
    append_examples(out, command->examples);
    append_common_options(out, command);
    return g_string_free(out, FALSE);
}
