/* `repoint promote ENV SOURCE`: phase 1, the record of what the environment should point to. */
#include "cli/change.h"
#include "cli/cmd.h"
#include "cli/document.h"
#include "cli/page.h"
#include "cli/text_name.h"

typedef size_t (*table_count)(const repoint_promotion *promotion);
typedef const repoint_table *(*table_at)(const repoint_promotion *promotion, size_t index);

static void print_tables(const rp_cli *cli, const repoint_promotion *promotion, table_count count,
                         table_at at, const char *heading)
{
    if (count(promotion) == 0)
        return;
    rp_print(cli, "\n%s\n", heading);
    for (size_t i = 0; i < count(promotion); i++) {
        g_autofree char *name = rp_text_name(repoint_table_name(at(promotion, i)));
        rp_print(cli, "  %s (version %s)\n", name, repoint_table_version(at(promotion, i)));
    }
}

static void print_text(const rp_cli *cli, const repoint_environment *record,
                       const repoint_promotion *promotion)
{
    g_autofree char *finalize = rp_text_command(cli, "finalize", false);
    g_autofree char *abandon = rp_text_command(cli, "abandon", false);
    rp_print(cli, "%s %s a draft\n", repoint_environment_name(record), cli->dry_run ? "would be" : "is now");
    rp_print_fact(cli, "plan id", repoint_environment_plan_id(record));
    rp_print_fact(cli, "previous plan", repoint_environment_previous_plan_id(record));
    rp_print_message(cli);
    print_tables(cli, promotion, repoint_promotion_added_count, repoint_promotion_added,
                 "Views to create or replace");
    print_tables(cli, promotion, repoint_promotion_removed_count, repoint_promotion_removed,
                 "Views to remove");
    if (cli->dry_run)
        rp_print(cli, "\n");
    else
        rp_print(cli,
                 "\nReaders see what they saw before. Next: change the views, then\n  %s\n"
                 "or take it back:\n  %s\n",
                 finalize, abandon);
    rp_print_dry_run(cli);
}

static void add_tables(yyjson_mut_doc *document, const char *key, const repoint_promotion *promotion,
                       table_count count, table_at at)
{
    yyjson_mut_val *array = yyjson_mut_obj_add_arr(document, yyjson_mut_doc_get_root(document), key);
    for (size_t i = 0; i < count(promotion); i++) {
        const repoint_table *table = at(promotion, i);
        yyjson_mut_val *object = yyjson_mut_arr_add_obj(document, array);
        rp_document_add_text(document, object, "name", repoint_table_name(table));
        rp_document_add_text(document, object, "identifier", repoint_table_identifier(table));
        rp_document_add_text(document, object, "version", repoint_table_version(table));
    }
}

static void print_json(rp_cli *cli, const repoint_environment *record, const repoint_promotion *promotion)
{
    const char *naming = repoint_promotion_removed_naming_json(promotion);
    g_autoptr(yyjson_mut_doc) document = rp_document_new();
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    rp_document_add_text(document, root, "environment", repoint_environment_name(record));
    rp_document_add_text(document, root, "plan_id", repoint_environment_plan_id(record));
    rp_document_add_text(document, root, "previous_plan_id", repoint_environment_previous_plan_id(record));
    add_tables(document, "added", promotion, repoint_promotion_added_count, repoint_promotion_added);
    add_tables(document, "removed", promotion, repoint_promotion_removed_count, repoint_promotion_removed);
    rp_document_add_json(document, root, "removed_environment_naming_info", naming == NULL ? "null" : naming);
    yyjson_mut_obj_add_null(document, root, "finalized_ts");
    rp_document_add_message(document, cli);
    rp_document_add_dry_run(document, cli);
    rp_print_json(cli, document);
}

repoint_status rp_cmd_promote(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_autoptr(repoint_plan) plan = NULL;
    g_autoptr(repoint_promotion) promotion = NULL;
    repoint_status status = rp_cli_plan(cli, true, &store, &plan, error);
    if (status == REPOINT_OK)
        status = repoint_plan_promote(store, plan, true, &promotion, error);
    if (status != REPOINT_OK) {
        rp_cli_explain_gaps(cli, error);
        return status;
    }
    if (cli->json)
        print_json(cli, repoint_plan_environment(plan), promotion);
    else
        print_text(cli, repoint_plan_environment(plan), promotion);
    return REPOINT_OK;
}
