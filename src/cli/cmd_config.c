/* `repoint config`: each effective setting and where it came from. */
#include "cli/cmd.h"
#include "cli/document.h"
#include "cli/grid.h"
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
