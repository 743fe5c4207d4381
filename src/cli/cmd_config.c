/* `repoint config`: each effective setting and where it came from. */
#include "cli/cmd.h"
#include "cli/document.h"
#include "cli/grid.h"
#include "cli/page.h"
#include "cli/secret.h"
#include "cli/settings.h"

/* The value as it may be shown, to be freed with g_free(); NULL when there is none. */
static char *shown(const rp_value *value)
{
    const char *text = rp_value_text(value);
    return text == NULL ? NULL : rp_secret_mask(text);
}

static const rp_value *setting_at(const rp_cli *cli, guint index)
{
    const rp_value *value = &g_array_index(cli->arguments->values, rp_value, index);
    return rp_option_is_setting(value->option) ? value : NULL;
}

/* ---- sections ---- */

/* What a section holds, in short; NULL when the file does not have it. g_free() it. */
static char *section_text(const rp_config *sections, size_t index)
{
    if (sections->lines[index] == 0)
        return NULL;
    switch (index) {
    case 0: return rp_text_count(sections->checks->len, "check");
    case 1: return rp_text_count(sections->approvals->len, "environment");
    case 2: return rp_text_count(sections->hooks->len, "hook");
    case 3: return sections->readers != NULL ? g_strjoinv(", ", (GStrv)sections->readers) : NULL;
    default: return g_strdup_printf("%d", sections->retain);
    }
}

static char *section_place(const rp_cli *cli, size_t index)
{
    int line = cli->sections->lines[index];
    return line == 0 ? g_strdup("not set") : g_strdup_printf("%s, line %d", cli->config_file, line);
}

static void add_sections_to_grid(const rp_cli *cli, rp_grid *grid)
{
    for (size_t i = 0; rp_config_names[i] != NULL; i++) {
        g_autofree char *text = section_text(cli->sections, i);
        g_autofree char *place = section_place(cli, i);
        rp_grid_add(grid, (const char *[]){rp_config_names[i], text, place});
    }
}

/* Passwords in URLs are not shown; null for no words. */
static void add_words(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key,
                      const char *const *words)
{
    g_autoptr(GPtrArray) shown_words = g_ptr_array_new_with_free_func(g_free);
    if (words == NULL) {
        yyjson_mut_obj_add_null(document, object, key);
        return;
    }
    for (size_t i = 0; words[i] != NULL; i++)
        g_ptr_array_add(shown_words, rp_secret_mask(words[i]));
    g_ptr_array_add(shown_words, NULL);
    rp_document_add_list(document, object, key, (const char *const *)shown_words->pdata);
}

static void add_check(yyjson_mut_doc *document, yyjson_mut_val *array, const repoint_check *check)
{
    static const char *const kinds[] = {[REPOINT_CHECK_SQL] = "sql",
                                        [REPOINT_CHECK_ROWS] = "rows",
                                        [REPOINT_CHECK_FRESHNESS] = "freshness",
                                        [REPOINT_CHECK_COMMAND] = "command"};
    yyjson_mut_val *object = yyjson_mut_arr_add_obj(document, array);
    rp_document_add_text(document, object, "name", check->name);
    rp_document_add_text(document, object, "kind", kinds[check->kind]);
    rp_document_add_text(document, object, "severity", check->is_warning ? "warn" : "error");
    yyjson_mut_obj_add_bool(document, object, "after_cutover", check->after_cutover);
    rp_document_add_text(document, object, "on_failure", check->rolls_back ? "rollback" : "tell");
    add_words(document, object, "environments", check->environments);
}

static void add_rule(yyjson_mut_doc *document, yyjson_mut_val *object, const repoint_approval_rule *rule)
{
    yyjson_mut_val *key = yyjson_mut_strcpy(document, rule->environment);
    yyjson_mut_val *value = yyjson_mut_obj(document);
    yyjson_mut_obj_add(object, key, value);
    yyjson_mut_obj_add_int(document, value, "count", rule->count);
    add_words(document, value, "roles", rule->roles);
}

static void add_hook(yyjson_mut_doc *document, yyjson_mut_val *array, const repoint_hook *hook)
{
    yyjson_mut_val *object = yyjson_mut_arr_add_obj(document, array);
    add_words(document, object, "events", hook->events);
    add_words(document, object, "command", hook->command);
    yyjson_mut_obj_add_bool(document, object, "required", hook->required);
    add_words(document, object, "environments", hook->environments);
}

static void add_sections(yyjson_mut_doc *document, yyjson_mut_val *root, const rp_config *sections)
{
    yyjson_mut_val *checks = yyjson_mut_obj_add_arr(document, root, "checks");
    for (guint i = 0; i < sections->checks->len; i++)
        add_check(document, checks, &g_array_index(sections->checks, repoint_check, i));
    yyjson_mut_val *approvals = yyjson_mut_obj_add_obj(document, root, "approvals");
    for (guint i = 0; i < sections->approvals->len; i++)
        add_rule(document, approvals, &g_array_index(sections->approvals, repoint_approval_rule, i));
    yyjson_mut_val *hooks = yyjson_mut_obj_add_arr(document, root, "hooks");
    for (guint i = 0; i < sections->hooks->len; i++)
        add_hook(document, hooks, &g_array_index(sections->hooks, repoint_hook, i));
    yyjson_mut_val *candidate = yyjson_mut_obj_add_obj(document, root, "candidate");
    add_words(document, candidate, "readers", sections->readers);
    if (sections->retain > 0)
        yyjson_mut_obj_add_int(document, root, "retain", sections->retain);
    else
        yyjson_mut_obj_add_null(document, root, "retain");
}

/* ---- settings ---- */

static void print_grid(const rp_cli *cli)
{
    static const rp_column columns[] = {
        {.title = "SETTING"}, {.title = "VALUE"}, {.title = "FROM", .shrink = true}, {0}};
    g_autoptr(rp_grid) grid = rp_grid_new(columns);
    for (guint i = 0; i < cli->arguments->values->len; i++) {
        const rp_value *value = setting_at(cli, i);
        if (value == NULL)
            continue;
        g_autofree char *text = shown(value);
        g_autofree char *place = rp_value_place(value, cli->config_file);
        rp_grid_add(grid, (const char *[]){value->option->name, text, place});
    }
    add_sections_to_grid(cli, grid);
    rp_grid_print(grid, cli);
}

static const char *origin_name(rp_origin origin)
{
    static const char *const names[] = {
        [RP_ORIGIN_NONE] = NULL,   [RP_ORIGIN_DEFAULT] = "default",         [RP_ORIGIN_PROJECT] = "project",
        [RP_ORIGIN_FILE] = "file", [RP_ORIGIN_ENVIRONMENT] = "environment", [RP_ORIGIN_FLAG] = "flag"};
    return names[origin];
}

static void print_json(rp_cli *cli)
{
    g_autoptr(yyjson_mut_doc) document = rp_document_new();
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    rp_document_add_text(document, root, "config_file", cli->config_file);
    yyjson_mut_val *settings = yyjson_mut_obj_add_obj(document, root, "settings");
    for (guint i = 0; i < cli->arguments->values->len; i++) {
        const rp_value *value = setting_at(cli, i);
        if (value == NULL)
            continue;
        g_autofree char *text = shown(value);
        g_autofree char *place = rp_value_place(value, cli->config_file);
        yyjson_mut_val *setting = yyjson_mut_obj_add_obj(document, settings, value->option->name);
        rp_document_add_text(document, setting, "value", text);
        rp_document_add_text(document, setting, "from", origin_name(value->origin));
        rp_document_add_text(document, setting, "place", value->origin == RP_ORIGIN_NONE ? NULL : place);
    }
    add_sections(document, root, cli->sections);
    rp_print_json(cli, document);
}

repoint_status rp_cmd_config(rp_cli *cli, repoint_error *error)
{
    (void)error;
    if (cli->json)
        print_json(cli);
    else
        print_grid(cli);
    return REPOINT_OK;
}
