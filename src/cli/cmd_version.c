/* `repoint version`. */
#include "cli/cmd.h"
#include "cli/output.h"

#ifndef REPOINT_VERSION
#error "REPOINT_VERSION must be the program's version as a string"
#endif

repoint_status rp_cmd_version(rp_cli *cli, repoint_error *error)
{
    (void)error;
    if (!cli->json) {
        rp_print(cli, "repoint %s\n", REPOINT_VERSION);
        return REPOINT_OK;
    }
    g_autoptr(yyjson_mut_doc) document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(document);
    yyjson_mut_doc_set_root(document, root);
    yyjson_mut_obj_add_str(document, root, "version", REPOINT_VERSION);
    rp_print_json(cli, document);
    return REPOINT_OK;
}
