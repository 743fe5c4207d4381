/*
 * A change as the command line describes it: see change.h. The commands share groups of options but not all
 * of them; an option that a command does not have counts as not given.
 */
#include "cli/change.h"

#include <string.h>

#include "cli/fail.h"
#include "cli/page.h"
#include "cli/secret.h"

#define MAX_MESSAGE_LENGTH 1000 /* characters */

/* ---- options that not every command has ---- */

static const char *text_or_null(const rp_cli *cli, const char *option)
{
    return rp_cli_has_option(cli, option) ? rp_cli_text(cli, option) : NULL;
}

static const char *const *list_or_null(const rp_cli *cli, const char *option)
{
    return rp_cli_has_option(cli, option) ? rp_cli_list(cli, option) : NULL;
}

/* ---- SOURCE ---- */

static const char *const *list_if_given(const rp_cli *cli, const char *option)
{
    return rp_cli_is_given(cli, option) ? rp_cli_list(cli, option) : NULL;
}

/* That there is one kind of source, and one alone, is the library's rule and its message. */
static repoint_plan_source read_source(const rp_cli *cli)
{
    return (repoint_plan_source){.from_environment = rp_cli_text(cli, "from"),
                                 .snapshots_path = rp_cli_text(cli, "snapshots"),
                                 .record_path = rp_cli_text(cli, "record"),
                                 .latest = rp_cli_flag(cli, "latest"),
                                 .set = list_if_given(cli, "set"),
                                 .drop = list_if_given(cli, "drop")};
}

/* ---- gaps ---- */

/* The end of a name in a list: the next comma outside double quotes. */
static const char *end_of_name(const char *text)
{
    bool is_quoted = false;
    for (; *text != '\0' && (is_quoted || *text != ','); text++)
        if (*text == '"')
            is_quoted = !is_quoted;
    return text;
}

/* The names of "orders,shop.customers"; NULL when one of them is empty. */
static GPtrArray *split_names(const char *text)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (;; text++) {
        const char *end = end_of_name(text);
        if (end == text) {
            g_ptr_array_unref(names);
            return NULL;
        }
        g_ptr_array_add(names, g_strndup(text, (gsize)(end - text)));
        text = end;
        if (*text == '\0')
            break;
    }
    g_ptr_array_add(names, NULL);
    return names;
}

/* *ret_names, the owner of the names, is NULL unless there are some. */
static repoint_status read_gap_check(const rp_cli *cli, repoint_gap_check *ret_check, GPtrArray **ret_names,
                                     repoint_error *error)
{
    const char *text = rp_cli_text(cli, "check-gaps");
    if (strcmp(text, "all") == 0 || strcmp(text, "none") == 0) {
        *ret_check = strcmp(text, "all") == 0 ? REPOINT_GAPS_ALL : REPOINT_GAPS_NONE;
        return REPOINT_OK;
    }
    GPtrArray *names = split_names(text);
    if (names == NULL)
        return rp_cli_fail(error, REPOINT_INVALID,
                           "write all, none, or names such as shop.orders,shop.customers",
                           "--check-gaps cannot be \"%s\": a name in it is empty", text);
    *ret_check = REPOINT_GAPS_NAMED;
    *ret_names = names;
    return REPOINT_OK;
}

/* ---- the plan ---- */

static repoint_plan_options read_options(const rp_cli *cli)
{
    return (repoint_plan_options){.plan_id = text_or_null(cli, "plan-id"),
                                  .expect_plan_id = text_or_null(cli, "expect-plan-id"),
                                  .start = text_or_null(cli, "start"),
                                  .end = text_or_null(cli, "end"),
                                  .ttl = text_or_null(cli, "ttl"),
                                  .suffix_target = text_or_null(cli, "suffix"),
                                  .statements_path = text_or_null(cli, "statements"),
                                  .allow_empty = list_or_null(cli, "allow-empty"),
                                  .allow_forward_only = list_or_null(cli, "allow-forward-only"),
                                  .drop_foreign_views = rp_cli_has_option(cli, "drop-foreign-views") &&
                                                        rp_cli_flag(cli, "drop-foreign-views")};
}

/* A reason that fits into a list of changes, not a report. */
static repoint_status check_message(const rp_cli *cli, repoint_error *error)
{
    const char *message = text_or_null(cli, "message");
    if (message == NULL || g_utf8_strlen(message, -1) <= MAX_MESSAGE_LENGTH)
        return REPOINT_OK;
    return rp_cli_fail(error, REPOINT_INVALID, "say it shorter, or link to where the rest stands",
                       "--message has %ld characters, %d are allowed", g_utf8_strlen(message, -1),
                       MAX_MESSAGE_LENGTH);
}

repoint_status rp_cli_plan_options(const rp_cli *cli, repoint_plan_options *ret_options,
                                   GPtrArray **ret_gap_names, repoint_error *error)
{
    repoint_plan_options options = read_options(cli);
    g_autoptr(GPtrArray) gap_names = NULL;
    repoint_status status = read_gap_check(cli, &options.gap_check, &gap_names, error);
    if (status == REPOINT_OK)
        status = check_message(cli, error);
    if (status != REPOINT_OK)
        return status;
    options.gap_names = gap_names == NULL ? NULL : (const char *const *)gap_names->pdata;
    *ret_options = options;
    *ret_gap_names = g_steal_pointer(&gap_names);
    return REPOINT_OK;
}

repoint_status rp_cli_plan(rp_cli *cli, bool record_only, repoint_store **ret_store, repoint_plan **ret_plan,
                           repoint_error *error)
{
    repoint_store *store = NULL;
    repoint_plan_source source = read_source(cli);
    repoint_plan_options options;
    g_autoptr(GPtrArray) gap_names = NULL;
    repoint_status status = rp_cli_plan_options(cli, &options, &gap_names, error);
    if (status == REPOINT_OK)
        status = rp_cli_store(cli, &store, error);
    if (status != REPOINT_OK)
        return status;
    options.record_only = record_only;
    status = repoint_plan_create(store, rp_cli_operand(cli, 0), &source, &options, ret_plan, error);
    if (status == REPOINT_OK)
        *ret_store = store;
    return status;
}

void rp_document_add_message(yyjson_mut_doc *document, const rp_cli *cli)
{
    rp_document_add_text(document, yyjson_mut_doc_get_root(document), "message", rp_cli_text(cli, "message"));
}

void rp_print_message(const rp_cli *cli)
{
    const char *message = rp_cli_text(cli, "message");
    if (message != NULL)
        rp_print_facts(cli, "message", (const char *[]){message, NULL}); /* it may need several lines */
}

void rp_cli_explain_gaps(const rp_cli *cli, repoint_error *error)
{
    if (error->status != REPOINT_GAPS)
        return;
    g_autofree char *gaps = rp_text_command(cli, "gaps", true);
    char *hint = g_strdup_printf("%s; \"%s\" lists them all", error->hint, gaps);
    g_free(error->hint);
    error->hint = hint;
}

/* ---- the next command ---- */

/* Options that say where to work rather than what to do, or how to print it. */
static bool is_about_place(const rp_option *option)
{
    static const char *const names[] = {"state", "schema", "warehouse", "directory", "config", NULL};
    return g_strv_contains(names, option->name);
}

/* A word as a shell takes it: in quotes only where it needs them. */
static void append_word(GString *out, const char *word)
{
    static const char plain[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-./:=@,+%";
    if (*word != '\0' && strspn(word, plain) == strlen(word)) {
        g_string_append_printf(out, " %s", word);
        return;
    }
    g_autofree char *quoted = g_shell_quote(word);
    g_string_append_printf(out, " %s", quoted);
}

static void append_option(GString *out, const rp_value *value)
{
    const rp_option *option = value->option;
    g_autofree char *name =
        strcmp(option->name, "directory") == 0 ? g_strdup("-C") : g_strconcat("--", option->name, NULL);
    for (guint i = 0; i + 1 < value->texts->len; i++) {
        g_string_append_printf(out, " %s", name);
        if (option->kind != RP_OPTION_FLAG)
            append_word(out, g_ptr_array_index(value->texts, i));
    }
}

char *rp_text_command(const rp_cli *cli, const char *name, bool same_change)
{
    return rp_text_command_on(cli, name, rp_cli_operand(cli, 0), same_change);
}

char *rp_text_command_on(const rp_cli *cli, const char *name, const char *environment, bool same_change)
{
    const rp_command *command = rp_command_find(name);
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "repoint %s", name);
    append_word(out, environment);
    for (guint i = 0; i < cli->arguments->values->len; i++) {
        const rp_value *value = &g_array_index(cli->arguments->values, rp_value, i);
        const rp_option *option = value->option;
        bool is_global = rp_option_find(NULL, option->name, strlen(option->name)) != NULL;
        bool is_kept =
            is_global ? is_about_place(option)
                      : same_change && rp_option_find(command, option->name, strlen(option->name)) != NULL;
        if (value->origin == RP_ORIGIN_FLAG && is_kept)
            append_option(out, value);
    }
    g_autofree char *text = g_string_free(out, FALSE);
    return rp_secret_mask(text);
}
