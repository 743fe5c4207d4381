/* `repoint push FILE…`: adds the snapshots of files that the store does not have. */
#include "cli/cmd.h"
#include "cli/document.h"
#include "cli/fail.h"
#include "cli/page.h"

typedef struct pushed_file {
    const char *path;
    size_t added;
    size_t total;
} pushed_file;

/* The library adds one file in one transaction; who hears of a failure must hear of the files before it, too.
 */
static void remark_done(rp_cli *cli, const GArray *files)
{
    for (guint i = 0; i < files->len; i++) {
        const pushed_file *file = &g_array_index(files, pushed_file, i);
        if (!cli->dry_run)
            rp_warn(cli, "%s was pushed before this: %zu of its %zu snapshots were new", file->path,
                    file->added, file->total);
    }
}

static repoint_status push_files(rp_cli *cli, GArray *files, repoint_error *error)
{
    repoint_store *store = NULL;
    repoint_status status = rp_cli_store(cli, &store, error);
    const char *const *paths = rp_cli_operands(cli, 0);
    for (; status == REPOINT_OK && *paths != NULL; paths++) {
        pushed_file file = {.path = *paths};
        status = repoint_push_file(store, file.path, &file.added, &file.total, error);
        if (status == REPOINT_OK)
            g_array_append_val(files, file);
        else
            remark_done(cli, files);
    }
    return status;
}

static void print_text(const rp_cli *cli, const GArray *files)
{
    for (guint i = 0; i < files->len; i++) {
        const pushed_file *file = &g_array_index(files, pushed_file, i);
        g_autofree char *total = rp_text_count(file->total, "snapshot");
        rp_print(cli, "%s: %s %zu of %s, the others are stored already\n", file->path,
                 cli->dry_run ? "would add" : "added", file->added, total);
    }
    rp_print_dry_run(cli);
}

static void print_json(rp_cli *cli, const GArray *files)
{
    g_autoptr(yyjson_mut_doc) document = rp_document_new();
    yyjson_mut_val *array = yyjson_mut_obj_add_arr(document, yyjson_mut_doc_get_root(document), "files");
    for (guint i = 0; i < files->len; i++) {
        const pushed_file *file = &g_array_index(files, pushed_file, i);
        yyjson_mut_val *object = yyjson_mut_arr_add_obj(document, array);
        rp_document_add_text(document, object, "file", file->path);
        yyjson_mut_obj_add_uint(document, object, "added", file->added);
        yyjson_mut_obj_add_uint(document, object, "total", file->total);
    }
    rp_document_add_dry_run(document, cli);
    rp_print_json(cli, document);
}

repoint_status rp_cmd_push(rp_cli *cli, repoint_error *error)
{
    g_autoptr(GArray) files = g_array_new(FALSE, FALSE, sizeof(pushed_file));
    repoint_status status = push_files(cli, files, error);
    if (status != REPOINT_OK)
        return status;
    if (cli->json)
        print_json(cli, files);
    else
        print_text(cli, files);
    return REPOINT_OK;
}
