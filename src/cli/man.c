/*
 * The table of commands as manual pages in man(7). They carry no date, so that the same source gives the same
 * pages.
 */
#include <glib.h>
#include <string.h>

#include "cli/help.h"

#ifndef REPOINT_VERSION
#error "REPOINT_VERSION must be the program's version as a string"
#endif

/* Backslashes and dashes mean something to troff everywhere, dots and quotes at the beginning of a line. */
static void append_line(GString *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        g_string_append(out, "\\&");
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            g_string_append(out, "\\e");
        else if (*text == '-')
            g_string_append(out, "\\-");
        else
            g_string_append_c(out, *text);
    }
    g_string_append_c(out, '\n');
}

static void append_macro(GString *out, const char *macro, const char *text)
{
    g_string_append_printf(out, "%s ", macro);
    append_line(out, text);
}

/* A paragraph that starts with two blanks stands as it is. */
static void append_prose(GString *out, const char *text)
{
    g_auto(GStrv) paragraphs = g_strsplit(text, "\n\n", -1);
    for (char **paragraph = paragraphs; *paragraph != NULL; paragraph++) {
        bool is_literal = g_str_has_prefix(*paragraph, "  ");
        g_auto(GStrv) lines = g_strsplit(*paragraph, "\n", -1);
        g_string_append(out, is_literal ? ".PP\n.nf\n" : ".PP\n");
        for (char **line = lines; *line != NULL; line++)
            append_line(out, *line);
        g_string_append(out, is_literal ? ".fi\n" : "");
    }
}

static void append_entry(GString *out, const char *title, const char *text)
{
    g_string_append(out, ".TP\n");
    append_macro(out, ".B", title);
    append_line(out, text);
}

static void append_option(GString *out, const rp_option *option)
{
    g_autofree char *title = rp_help_option_title(option);
    g_autofree char *sources = rp_help_option_sources(option);
    append_entry(out, title, option->help);
    if (sources != NULL) {
        g_autofree char *bracketed = g_strdup_printf("(%s)", sources);
        append_line(out, bracketed);
    }
}

static void append_options(GString *out, const char *title, const rp_option *options)
{
    append_macro(out, ".SS", title);
    for (; options->name != NULL; options++)
        append_option(out, options);
}

static void append_exits(GString *out, const rp_exit *exits)
{
    for (; exits != NULL && exits->code != 0; exits++) {
        g_autofree char *code = g_strdup_printf("%d", exits->code);
        append_entry(out, code, exits->meaning);
    }
}

char *rp_man_page_name(const rp_command *command)
{
    if (command == NULL)
        return g_strdup("repoint");
    char *name = g_strdup_printf("repoint-%s", command->name);
    return g_strdelimit(name, " ", '-');
}

static GString *begin_page(const rp_command *command, const char *summary)
{
    GString *out = g_string_new(NULL);
    g_autofree char *name = rp_man_page_name(command);
    g_autofree char *title = g_ascii_strup(name, -1);
    g_autofree char *line = g_strdup_printf("%s - %s", name, summary);
    g_string_append_printf(out, ".TH %s 1 \"\" \"repoint %s\" \"repoint manual\"\n.nh\n.ad l\n.SH NAME\n",
                           title, REPOINT_VERSION);
    append_line(out, line);
    g_string_append(out, ".SH SYNOPSIS\n");
    return out;
}

static void append_operands(GString *out, const rp_operand *operand)
{
    if (operand == NULL)
        return;
    g_string_append(out, ".SS Arguments\n");
    for (; operand->name != NULL; operand++)
        append_entry(out, operand->name, operand->help);
}

static void append_examples(GString *out, const rp_example *example)
{
    if (example == NULL)
        return;
    g_string_append(out, ".SH EXAMPLES\n");
    for (; example->line != NULL; example++)
        append_entry(out, example->line, example->help);
}

char *rp_man_command(const rp_command *command)
{
    GString *out = begin_page(command, command->summary);
    g_autofree char *usage = rp_help_usage(command);
    append_macro(out, ".B", usage);
    if (command->about != NULL) {
        g_string_append(out, ".SH DESCRIPTION\n");
        append_prose(out, command->about);
    }
    g_string_append(out, ".SH OPTIONS\n");
    append_operands(out, command->operands);
    for (const rp_option_group *const *group = command->groups; *group != NULL; group++)
        append_options(out, (*group)->title, (*group)->options);
    append_options(out, "Options of every command", rp_global_options);
    g_string_append(out, ".SH EXIT STATUS\n");
    append_entry(out, "0", "done, or nothing to do");
    append_exits(out, command->exits);
    append_exits(out, rp_common_exits);
    append_examples(out, command->examples);
    g_string_append(out, ".SH SEE ALSO\n.BR repoint (1)\n");
    return g_string_free(out, FALSE);
}

char *rp_man_overview(void)
{
    GString *out = begin_page(NULL, "decide when readers see a new version of your tables");
    g_string_append(out, ".B repoint\nCOMMAND [ARGUMENT]… [OPTION]…\n.SH COMMANDS\n");
    for (const rp_section *section = rp_sections; section->title != NULL; section++) {
        const rp_command *command = rp_section_next(section, NULL);
        if (command != NULL)
            append_macro(out, ".SS", section->title);
        for (; command != NULL; command = rp_section_next(section, command))
            append_entry(out, command->name, command->summary);
    }
    g_string_append(out, ".SH OPTIONS\n");
    append_options(out, "Options of every command", rp_global_options);
    for (const rp_topic *topic = rp_topics; topic->name != NULL; topic++) {
        g_autofree char *title = g_ascii_strup(topic->name, -1);
        append_macro(out, ".SH", title);
        append_prose(out, topic->about);
    }
    g_string_append(out, ".SH EXIT STATUS\n");
    append_entry(out, "0", "done, or nothing to do");
    append_exits(out, rp_common_exits);
    g_string_append(out, ".SH FILES\n");
    append_entry(out, "repoint.yaml", "the configuration, in the working directory or one of those above it");
    return g_string_free(out, FALSE);
}
