/* `repoint help [COMMAND | TOPIC]`, and what --help prints; with -o json {"help": TEXT}. */
#include <string.h>

#include "cli/cmd.h"
#include "cli/fail.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/suggest.h"

static const rp_topic *find_topic(const char *name)
{
    for (const rp_topic *topic = rp_topics; topic->name != NULL; topic++)
        if (strcmp(topic->name, name) == 0)
            return topic;
    return NULL;
}

/* The text about a command, a family or a topic, to be freed with g_free(); NULL when there is nothing. */
static char *text_about(const char *name)
{
    const rp_command *command = rp_command_find(name);
    if (command != NULL)
        return rp_help_command(command);
    const rp_command_family *family = rp_command_family_find(name);
    if (family != NULL)
        return rp_help_family(family);
    const rp_topic *topic = find_topic(name);
    return topic == NULL ? NULL : rp_help_topic(topic);
}

static repoint_status nothing_about(const char *name, repoint_error *error)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (const rp_command *command = rp_command_next(NULL); command != NULL;
         command = rp_command_next(command))
        g_ptr_array_add(words, (void *)command->name);
    for (const rp_topic *topic = rp_topics; topic->name != NULL; topic++)
        g_ptr_array_add(words, (void *)topic->name);
    const char *nearest = rp_suggest(name, words);
    g_autofree char *hint = nearest == NULL ? g_strdup("\"repoint help\" lists the commands and topics")
                                            : g_strdup_printf("did you mean \"%s\"?", nearest);
    return rp_cli_fail(error, REPOINT_INVALID, hint, "there is no command or topic \"%s\"", name);
}

static void print_text(rp_cli *cli, const char *text)
{
    if (!cli->json) {
        rp_print(cli, "%s", text);
        return;
    }
    g_autoptr(yyjson_mut_doc) document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(document);
    yyjson_mut_doc_set_root(document, root);
    yyjson_mut_obj_add_str(document, root, "help", text);
    rp_print_json(cli, document);
}

/* What --help asks about is the command that it stands with; `repoint help` names it in its operands. */
static char *subject(const rp_cli *cli)
{
    const rp_arguments *arguments = cli->arguments;
    if (arguments->family != NULL)
        return g_strdup(arguments->family->name);
    if (arguments->command == NULL)
        return NULL;
    if (arguments->command->run != rp_cmd_help || rp_cli_flag(cli, "help"))
        return g_strdup(arguments->command->name);
    return rp_cli_operand(cli, 0) == NULL ? NULL : g_strjoinv(" ", (char **)rp_cli_operands(cli, 0));
}

repoint_status rp_cmd_help(rp_cli *cli, repoint_error *error)
{
    g_autofree char *name = subject(cli);
    g_autofree char *text = name == NULL ? rp_help_overview() : text_about(name);
    if (text == NULL)
        return nothing_about(name, error);
    print_text(cli, text);
    return REPOINT_OK;
}
