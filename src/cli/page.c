/* Output for people: see page.h. */
#include "cli/page.h"

#include "cli/output.h"
#include "cli/secret.h"
#include "cli/text.h"

#define LABEL_WIDTH 14

void rp_print_fact(const rp_cli *cli, const char *label, const char *value)
{
    if (value == NULL)
        return;
    g_autofree char *printable = rp_text_printable(value);
    rp_print(cli, "%-*s%s\n", LABEL_WIDTH, label, printable);
}

void rp_print_facts(const rp_cli *cli, const char *label, const char *const *values)
{
    g_autofree char *joined = g_strjoinv(", ", (char **)values);
    g_autofree char *printable = rp_text_printable(values[0] == NULL ? "none" : joined);
    g_autoptr(GString) out = g_string_new(NULL);
    g_string_append_printf(out, "%-*s", LABEL_WIDTH, label);
    rp_text_wrap(out, printable, LABEL_WIDTH, LABEL_WIDTH);
    rp_print(cli, "%s", out->str);
}

void rp_print_sentence(const rp_cli *cli, const char *sentence)
{
    g_autofree char *printable = rp_text_printable(sentence);
    g_autoptr(GString) out = g_string_new("  ! ");
    rp_text_wrap(out, printable, 4, 4);
    rp_print(cli, "%s", out->str);
}

void rp_print_dry_run(const rp_cli *cli)
{
    if (cli->dry_run)
        rp_print(cli, "dry run: nothing was written\n");
}

char *rp_text_count(size_t count, const char *noun)
{
    return g_strdup_printf("%zu %s%s", count, noun, count == 1 ? "" : "s");
}

char *rp_text_versions(const repoint_versions *versions)
{
    return g_strdup_printf("schema %d, SQLMesh %s, SQLGlot %s", versions->schema_version,
                           versions->sqlmesh_version, versions->sqlglot_version);
}

char *rp_text_store(const rp_cli *cli)
{
    return rp_secret_mask(rp_cli_text(cli, "state"));
}
