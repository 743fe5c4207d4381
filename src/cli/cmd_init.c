/* `repoint init`: the state store and, where there is none, a repoint.yaml that explains itself. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/config_example.h"
#include "cli/config_file.h"
#include "cli/document.h"
#include "cli/fail.h"
#include "cli/page.h"
#include "cli/secret.h"

/* What was done, or with --dry-run would be. */
typedef struct outcome {
    bool created;
    bool wrote_config;
    repoint_versions versions;
} outcome;

/* ---- the versions that a new store records ---- */

static repoint_status take_version(const rp_cli *cli, const char *option, char *ret_version, size_t size,
                                   repoint_error *error)
{
    const char *text = rp_cli_text(cli, option);
    if (g_strlcpy(ret_version, text, size) < size && *text != '\0')
        return REPOINT_OK;
    return rp_cli_fail(error, REPOINT_INVALID, "write a version such as 0.236.4", "--%s cannot be \"%s\"",
                       option, text);
}

static repoint_status take_versions(const rp_cli *cli, repoint_versions *ret_versions, repoint_error *error)
{
    repoint_versions versions = {0};
    repoint_status status = take_version(cli, "sqlmesh-version", versions.sqlmesh_version,
                                         sizeof versions.sqlmesh_version, error);
    if (status == REPOINT_OK)
        status = take_version(cli, "sqlglot-version", versions.sqlglot_version,
                              sizeof versions.sqlglot_version, error);
    if (status == REPOINT_OK)
        *ret_versions = versions;
    return status;
}

/* ---- repoint.yaml ---- */

/* "  url: 'sqlite:state.db'", commented out when nobody chose it or when it holds a password, which belongs
 * in no file. */
static char *url_line(const rp_cli *cli)
{
    const char *url = rp_cli_text(cli, "state");
    g_autofree char *masked = rp_secret_mask(url);
    bool is_known = rp_cli_is_given(cli, "state") && strcmp(url, masked) == 0;
    g_auto(GStrv) parts = g_strsplit(masked, "'", -1);
    g_autofree char *quoted = g_strjoinv("''", parts);
    return g_strdup_printf("  %surl: '%s'", is_known ? "" : "# ", quoted);
}

/* "  deploy:" becomes "# deploy:". */
static char *commented(const char *example)
{
    GString *text = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(example, "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        if (**line != '\0')
            g_string_append_printf(text, "# %s\n", *line + 2);
    return g_string_free(text, FALSE);
}

static char *config_text(const rp_cli *cli)
{
    g_autofree char *url = url_line(cli);
    g_autofree char *example = commented(RP_CONFIG_EXAMPLE);
    return g_strdup_printf(
        "# The configuration of repoint; \"repoint config\" prints what applies and why.\n"
        "# Flags and environment variables win over this file.\n"
        "\n"
        "state:\n"
        "  # Where the state store is: sqlite:PATH (from this file's folder), postgresql://..., "
        "mysql://...,\n"
        "  # duckdb:PATH.\n"
        "%s\n"
        "  # The schema of its tables, '' for none; SQLite has none.\n"
        "  # schema: sqlmesh\n"
        "\n"
        "# Where tables and views are. The state store's database when absent.\n"
        "# warehouse:\n"
        "#   url: sqlite:warehouse.db\n"
        "#   views: one-by-one     # for a server that cannot change several views at one instant\n"
        "\n"
        "# What a deployment has to pass, and who is told; \"repoint help configuration\" says more.\n"
        "%s",
        url, example);
}

static repoint_status fail_to_write(repoint_error *error)
{
    return rp_cli_fail(error, REPOINT_FAILED, "the state store is there; only the configuration file is not",
                       "cannot write %s: %s", RP_CONFIG_FILE_NAME, g_strerror(errno));
}

/* *ret_wrote stays false when somebody else has written one since the program started. */
static repoint_status write_config(const rp_cli *cli, bool *ret_wrote, repoint_error *error)
{
    g_autofree char *text = config_text(cli);
    int file = open(RP_CONFIG_FILE_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0)
        return errno == EEXIST ? REPOINT_OK : fail_to_write(error);
    bool is_written = write(file, text, strlen(text)) == (ssize_t)strlen(text);
    if (close(file) != 0 || !is_written) {
        repoint_status status = fail_to_write(error);
        unlink(RP_CONFIG_FILE_NAME);
        return status;
    }
    *ret_wrote = true;
    return REPOINT_OK;
}

/* ---- the command ---- */

static repoint_status create(rp_cli *cli, outcome *done, repoint_error *error)
{
    repoint_store *store = NULL;
    repoint_status status = take_versions(cli, &done->versions, error);
    if (status == REPOINT_OK)
        status = rp_cli_store_create(cli, &done->versions, &store, &done->created, error);
    if (status == REPOINT_OK && !(cli->dry_run && done->created))
        status = repoint_store_versions(store, &done->versions, error);
    if (status == REPOINT_OK && rp_cli_flag(cli, "deployments") && !cli->dry_run)
        status = repoint_deployments_prepare(store, error);
    if (status == REPOINT_OK && cli->config_file == NULL) {
        if (cli->dry_run)
            done->wrote_config = true;
        else
            status = write_config(cli, &done->wrote_config, error);
    }
    return status;
}

static void print_text(const rp_cli *cli, const outcome *done)
{
    g_autofree char *url = rp_text_store(cli);
    const char *verb = cli->dry_run ? "would create" : "created";
    if (done->created)
        rp_print(cli, "%s the state store %s\n", verb, url);
    else
        rp_print(cli, "the state store %s is there already (schema %d)\n", url,
                 done->versions.schema_version);
    if (done->wrote_config)
        rp_print(cli, "%s %s\n", verb, RP_CONFIG_FILE_NAME);
    if (rp_cli_flag(cli, "deployments"))
        rp_print(cli, "the tables that deployments need %s\n", cli->dry_run ? "would be there" : "are there");
    if (done->created && !cli->dry_run)
        rp_print(cli, "next: \"repoint import FILE\" reads what \"sqlmesh state export\" wrote\n");
    rp_print_dry_run(cli);
}

static void print_json(rp_cli *cli, const outcome *done)
{
    g_autofree char *url = rp_text_store(cli);
    g_autoptr(yyjson_mut_doc) document = rp_document_new();
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    rp_document_add_text(document, root, "state", url);
    yyjson_mut_obj_add_bool(document, root, "created", done->created);
    rp_document_add_text(document, root, "config_file",
                         done->wrote_config ? RP_CONFIG_FILE_NAME : cli->config_file);
    yyjson_mut_obj_add_bool(document, root, "config_file_created", done->wrote_config);
    rp_document_add_dry_run(document, cli);
    rp_print_json(cli, document);
}

repoint_status rp_cmd_init(rp_cli *cli, repoint_error *error)
{
    outcome done = {0};
    repoint_status status = create(cli, &done, error);
    if (status != REPOINT_OK)
        return status;
    if (cli->json)
        print_json(cli, &done);
    else
        print_text(cli, &done);
    return REPOINT_OK;
}
