/* `repoint diff A B`: what B has that A has not, model by model. */
#include <string.h>

#include "cli/changes.h"
#include "cli/cmd.h"
#include "cli/document.h"
#include "cli/fail.h"
#include "cli/handles.h"

/* Either side of a model; NULL where the environment does not have it. */
typedef struct model_pair {
    const repoint_table *from;
    const repoint_table *to;
} model_pair;

static repoint_status load(repoint_store *store, const char *name, repoint_environment **ret_environment,
                           repoint_error *error)
{
    if (strchr(name, '@') != NULL)
        return rp_cli_fail(error, REPOINT_INVALID, "compare two environments as they are now",
                           "%s: earlier revisions cannot be compared yet", name);
    return repoint_environment_get(store, name, ret_environment, error);
}

/* ---- comparing ---- */

/* The models of both, by name: a tree from names to pairs, all of it but the tables owned. */
static GTree *pair_models(const repoint_environment *a, const repoint_environment *b)
{
    GTree *pairs = g_tree_new_full((GCompareDataFunc)(void (*)(void))strcmp, NULL, NULL, g_free);
    for (size_t i = 0; i < repoint_environment_table_count(a); i++) {
        model_pair *pair = g_new0(model_pair, 1);
        pair->from = repoint_environment_table(a, i);
        g_tree_insert(pairs, (gpointer)repoint_table_name(pair->from), pair);
    }
    for (size_t i = 0; i < repoint_environment_table_count(b); i++) {
        const repoint_table *table = repoint_environment_table(b, i);
        model_pair *pair = g_tree_lookup(pairs, repoint_table_name(table));
        if (pair == NULL) {
            pair = g_new0(model_pair, 1);
            g_tree_insert(pairs, (gpointer)repoint_table_name(table), pair);
        }
        pair->to = table;
    }
    return pairs;
}

/* The words are those of a plan. */
static const char *change_of(const model_pair *pair)
{
    if (pair->from == NULL)
        return "added";
    if (pair->to == NULL)
        return "removed";
    if (strcmp(repoint_table_identifier(pair->from), repoint_table_identifier(pair->to)) == 0)
        return "unchanged";
    bool same_version = strcmp(repoint_table_version(pair->from), repoint_table_version(pair->to)) == 0;
    return same_version ? "metadata" : "changed";
}

/* ---- the document, from which text is printed too ---- */

typedef struct writing {
    yyjson_mut_doc *document;
    yyjson_mut_val *models;
    bool differ;
} writing;

static void add_side(yyjson_mut_doc *document, yyjson_mut_val *model, const char *key,
                     const repoint_table *table)
{
    if (table == NULL) {
        yyjson_mut_obj_add_null(document, model, key);
        return;
    }
    yyjson_mut_val *side = yyjson_mut_obj_add_obj(document, model, key);
    rp_document_add_text(document, side, "identifier", repoint_table_identifier(table));
    rp_document_add_text(document, side, "version", repoint_table_version(table));
}

static gboolean add_model(gpointer name, gpointer value, gpointer context)
{
    writing *to = context;
    const model_pair *pair = value;
    const char *change = change_of(pair);
    yyjson_mut_val *model = yyjson_mut_arr_add_obj(to->document, to->models);
    rp_document_add_text(to->document, model, "name", name);
    rp_document_add_text(to->document, model, "change", change);
    rp_document_add_text(to->document, model, "kind",
                         repoint_table_kind(pair->to != NULL ? pair->to : pair->from));
    add_side(to->document, model, "from", pair->from);
    add_side(to->document, model, "to", pair->to);
    to->differ = to->differ || strcmp(change, "unchanged") != 0;
    return FALSE;
}

static yyjson_mut_doc *compare(const repoint_environment *a, const repoint_environment *b, bool *ret_differ)
{
    yyjson_mut_doc *document = rp_document_new();
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    rp_document_add_text(document, root, "a", repoint_environment_name(a));
    rp_document_add_text(document, root, "b", repoint_environment_name(b));
    writing to = {.document = document, .models = yyjson_mut_obj_add_arr(document, root, "models")};
    GTree *pairs = pair_models(a, b);
    g_tree_foreach(pairs, add_model, &to);
    g_tree_destroy(pairs);
    *ret_differ = to.differ;
    return document;
}

static void print_text(const rp_cli *cli, const yyjson_mut_doc *document, bool differ)
{
    g_autoptr(yyjson_doc) read_only = yyjson_mut_doc_imut_copy((yyjson_mut_doc *)document, NULL);
    yyjson_val *root = yyjson_doc_get_root(read_only);
    const char *a = yyjson_get_str(yyjson_obj_get(root, "a")), *b = yyjson_get_str(yyjson_obj_get(root, "b"));
    if (!differ) {
        rp_print(cli, "%s and %s point to the same snapshots\n", a, b);
        return;
    }
    rp_print(cli, "from %s to %s\n", a, b);
    rp_print_model_changes(cli, yyjson_obj_get(root, "models"));
}

repoint_status rp_cmd_diff(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_autoptr(repoint_environment) a = NULL;
    g_autoptr(repoint_environment) b = NULL;
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status == REPOINT_OK)
        status = load(store, rp_cli_operand(cli, 0), &a, error);
    if (status == REPOINT_OK)
        status = load(store, rp_cli_operand(cli, 1), &b, error);
    if (status != REPOINT_OK)
        return status;

    bool differ = false;
    g_autoptr(yyjson_mut_doc) document = compare(a, b, &differ);
    if (cli->json)
        rp_print_json(cli, document);
    else
        print_text(cli, document, differ);
    if (rp_cli_flag(cli, "exit-code") && differ)
        cli->exit_code = RP_EXIT_FOUND;
    return REPOINT_OK;
}
