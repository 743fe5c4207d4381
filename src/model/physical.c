/* The names of physical tables. See model/naming.h. */
#include <string.h>

#include "base/hash.h"
#include "model/naming.h"

#define SCHEMA_PREFIX  "sqlmesh__"
#define MD5_PREFIX     "sqlmesh_md5__"
#define DEFAULT_SCHEMA "default"

/* What the name of a physical table is made from. */
typedef struct recipe {
    const rp_name *base;
    const char *schema;
    const char *version;
    const char *suffix; /* NULL: the table of the version itself */
    rp_table_naming naming;
} recipe;

char *rp_physical_part_sanitize(const char *part)
{
    GString *sanitized = g_string_sized_new(strlen(part));
    for (const char *at = part; *at != '\0'; at = g_utf8_next_char(at))
        g_string_append_c(sanitized, g_ascii_isalnum(*at) ? *at : '_');
    return g_string_free(sanitized, FALSE);
}

static char *readable_table(const recipe *from)
{
    g_autofree char *table = rp_physical_part_sanitize(from->base->table);
    if (from->naming == RP_NAMING_TABLE_ONLY || from->base->schema == NULL)
        return g_strjoin("__", table, from->version, NULL);
    g_autofree char *schema = rp_physical_part_sanitize(from->base->schema);
    return g_strjoin("__", schema, table, from->version, NULL);
}

static rp_name build(const recipe *from);

/* A name of constant length: the hash of the whole name that the table would have otherwise. */
static char *hashed_table(const recipe *from)
{
    recipe readable = *from;
    readable.naming = RP_NAMING_SCHEMA_AND_TABLE;
    rp_name name = build(&readable);
    g_autofree char *whole = rp_name_to_display(&name);
    rp_name_clear(&name);
    g_autofree char *hash = rp_hash_md5((const char *[]){whole}, 1);
    return g_strconcat(MD5_PREFIX, hash, NULL);
}

static rp_name build(const recipe *from)
{
    g_autofree char *table = from->naming == RP_NAMING_HASH_MD5 ? hashed_table(from) : readable_table(from);
    bool has_suffix = from->suffix != NULL && *from->suffix != '\0';
    return (rp_name){
        .catalog = g_strdup(from->base->catalog),
        .schema = *from->schema != '\0' ? g_strdup(from->schema) : NULL,
        .table = has_suffix ? g_strjoin("__", table, from->suffix, NULL) : g_steal_pointer(&table),
    };
}

/* Is the data in a table that has the model's own name? Then nothing of repoint's or SQLMesh's is in it. */
static bool lies_in_model(const repoint_table *table, bool dev)
{
    return table->kind == RP_KIND_EXTERNAL || (!dev && !table->is_virtual_environment_full);
}

static repoint_status check_has_table(const repoint_table *table, repoint_error *error)
{
    if (!table->is_model)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s is an audit and has no physical table", table->name);
    if (table->version == NULL || *table->version == '\0')
        return rp_fail(error, REPOINT_INVALID, "Let SQLMesh plan the change first.",
                       "%s has no version yet and so no physical table", table->name);
    return REPOINT_OK;
}

/* The name that the table's is made from: the model's, unless a migration recorded another. */
static repoint_status base_name(const repoint_table *table, rp_name *ret_base, repoint_error *error)
{
    const char *override = table->base_table_name_override;
    if (override == NULL || *override == '\0')
        return rp_name_from_fqn(table->name, ret_base, error);
    rp_name base = {0};
    repoint_status status = rp_name_from_fqn(override, &base, error);
    if (status == REPOINT_OK && base.catalog == NULL) {
        rp_name model = {0};
        status = rp_name_from_fqn(table->name, &model, error);
        base.catalog = g_steal_pointer(&model.catalog);
        rp_name_clear(&model);
    }
    if (status != REPOINT_OK) {
        rp_name_clear(&base);
        return status;
    }
    *ret_base = base;
    return REPOINT_OK;
}

repoint_status rp_physical_name(const repoint_table *table, bool dev, rp_name *ret_name, repoint_error *error)
{
    repoint_status status = check_has_table(table, error);
    if (status != REPOINT_OK)
        return status;
    if (lies_in_model(table, dev))
        return rp_name_from_fqn(table->name, ret_name, error);
    rp_name base = {0};
    status = base_name(table, &base, error);
    if (status != REPOINT_OK)
        return status;
    *ret_name = build(&(recipe){
        .base = &base,
        .schema = table->physical_schema,
        .version = dev ? rp_table_dev_version(table) : table->version,
        .suffix = dev ? table->dev_table_suffix : NULL,
        .naming = table->naming,
    });
    rp_name_clear(&base);
    return REPOINT_OK;
}

char *repoint_table_physical_name(const repoint_table *table, bool dev)
{
    rp_name name = {0};
    if (rp_physical_name(table, dev, &name, NULL) != REPOINT_OK)
        return NULL;
    /* The reference prints a model's own name as it stores it, with every part quoted. */
    char *text = lies_in_model(table, dev) ? g_strdup(table->name) : rp_name_to_display(&name);
    rp_name_clear(&name);
    return text;
}

repoint_status rp_model_schema(const char *fqn, char **ret_schema, repoint_error *error)
{
    rp_name name = {0};
    repoint_status status = rp_name_from_fqn(fqn, &name, error);
    if (status != REPOINT_OK)
        return status;
    *ret_schema = name.schema != NULL ? g_steal_pointer(&name.schema) : g_strdup(DEFAULT_SCHEMA);
    rp_name_clear(&name);
    return REPOINT_OK;
}

char *rp_physical_schema(const char *fqn)
{
    g_autofree char *schema = NULL;
    if (rp_model_schema(fqn, &schema, NULL) != REPOINT_OK)
        schema = g_strdup(DEFAULT_SCHEMA);
    return g_strconcat(SCHEMA_PREFIX, schema, NULL);
}
