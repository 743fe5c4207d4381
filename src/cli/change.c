/*
 * A change as the command line describes it: see change.h. The commands share groups of options but not all of them;
 * an option that a command does not have counts as not given.
 */
#include "cli/change.h"

#include <string.h>

#include "cli/fail.h"

/* ---- options that not every command has ---- */

static bool has_option(const rp_cli *cli, const char *option)
{
    return rp_option_find(cli->arguments->command, option, strlen(option)) != NULL;
}

static const char *text_or_null(const rp_cli *cli, const char *option)
{
    return has_option(cli, option) ? rp_cli_text(cli, option) : NULL;
}

static const char *const *list_or_null(const rp_cli *cli, const char *option)
{
    return has_option(cli, option) ? rp_cli_list(cli, option) : NULL;
}

/* ---- SOURCE ---- */

static const char *const *list_if_given(const rp_cli *cli, const char *option)
{
    return rp_cli_is_given(cli, option) ? rp_cli_list(cli, option) : NULL;
}

/* The kinds of source that were given, as written; --set and --drop are one kind. */
static GPtrArray *kinds_given(const rp_cli *cli)
{
    static const char *const kinds[] = {"from", "snapshots", "latest", "record"};
    GPtrArray *given = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (rp_cli_is_given(cli, kinds[i]))
            g_ptr_array_add(given, g_strconcat("--", kinds[i], NULL));
    if (rp_cli_is_given(cli, "set") || rp_cli_is_given(cli, "drop"))
        g_ptr_array_add(given, g_strdup(rp_cli_is_given(cli, "set") ? "--set" : "--drop"));
    return given;
}

static repoint_status check_one_kind(const rp_cli *cli, repoint_error *error)
{
    g_autoptr(GPtrArray) given = kinds_given(cli);
    const char *command = cli->arguments->command->name;
    if (given->len == 0)
        return rp_cli_fail(error, REPOINT_INVALID,
                           "say what it should point to: --from ENV, --snapshots FILE, --set NAME=IDENTIFIER, --drop "
                           "NAME, --latest or --record FILE",
                           "%s %s needs a SOURCE", command, rp_cli_operand(cli, 0));
    if (given->len == 1)
        return REPOINT_OK;
    g_ptr_array_add(given, NULL);
    g_autofree char *all = g_strjoinv(", ", (char **)given->pdata);
    return rp_cli_fail(error, REPOINT_INVALID, "only --set and --drop go together",
                       "%s %s takes one kind of SOURCE, not several: %s", command, rp_cli_operand(cli, 0), all);
}

static repoint_status read_source(const rp_cli *cli, repoint_plan_source *ret_source, repoint_error *error)
{
    repoint_status status = check_one_kind(cli, error);
    if (status != REPOINT_OK)
        return status;
    *ret_source = (repoint_plan_source){.from_environment = rp_cli_text(cli, "from"),
                                        .snapshots_path = rp_cli_text(cli, "snapshots"),
                                        .record_path = rp_cli_text(cli, "record"),
                                        .latest = rp_cli_flag(cli, "latest"),
                                        .set = list_if_given(cli, "set"),
                                        .drop = list_if_given(cli, "drop")};
    return REPOINT_OK;
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
        return rp_cli_fail(error, REPOINT_INVALID, "write all, none, or names such as shop.orders,shop.customers",
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
                                  .allow_forward_only = list_or_null(cli, "allow-forward-only")};
}

repoint_status rp_cli_plan(rp_cli *cli, repoint_store **ret_store, repoint_plan **ret_plan, repoint_error *error)
{
    repoint_store *store = NULL;
    repoint_plan_source source;
    repoint_plan_options options = read_options(cli);
    g_autoptr(GPtrArray) gap_names = NULL;
    repoint_status status = read_source(cli, &source, error);
    if (status == REPOINT_OK)
        status = read_gap_check(cli, &options.gap_check, &gap_names, error);
    if (status == REPOINT_OK)
        status = rp_cli_store(cli, &store, error);
    if (status != REPOINT_OK)
        return status;

    options.gap_names = gap_names == NULL ? NULL : (const char *const *)gap_names->pdata;
    status = repoint_plan_create(store, rp_cli_operand(cli, 0), &source, &options, ret_plan, error);
    if (status == REPOINT_OK)
        *ret_store = store;
    return status;
}
