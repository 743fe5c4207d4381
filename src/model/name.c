/*
 * Names of models: taking them apart, putting them together, and the full name that SQLMesh stores. See
 * model/naming.h; what environments make of them is in naming.c.
 */
#include <string.h>

#include "model/identifier.h"
#include "model/naming.h"
#include "model/word.h"

#define EXCERPT_SIZE 40

repoint_status rp_name_check(const char *name, size_t size, const char *what, repoint_error *error)
{
    if (size > RP_NAME_MAX) {
        g_autofree char *excerpt = g_utf8_make_valid(name, EXCERPT_SIZE);
        return rp_fail(error, REPOINT_INVALID, NULL, "\"%s\" is %zu bytes long, more than %d: %s...", what,
                       size, RP_NAME_MAX, excerpt);
    }
    if (memchr(name, '\0', size) != NULL)
        return rp_fail(error, REPOINT_INVALID, NULL, "\"%s\" has a NUL character inside", what);
    if (!g_utf8_validate_len(name, size, NULL))
        return rp_fail(error, REPOINT_INVALID, NULL, "\"%s\" is not UTF-8", what);
    return REPOINT_OK;
}

void rp_name_clear(rp_name *name)
{
    g_free(name->catalog);
    g_free(name->schema);
    g_free(name->table);
    *name = (rp_name){0};
}

bool rp_name_equal(const rp_name *a, const rp_name *b)
{
    return g_strcmp0(a->catalog, b->catalog) == 0 && g_strcmp0(a->schema, b->schema) == 0 &&
           g_strcmp0(a->table, b->table) == 0;
}

static repoint_status parse(const char *text, const rp_dialect *dialect, GArray **ret_identifiers,
                            repoint_error *error)
{
    repoint_status status = rp_name_check(text, strlen(text), "name", error);
    return status == REPOINT_OK ? rp_identifiers_parse(text, dialect, ret_identifiers, error) : status;
}

static repoint_status parse_in_default_dialect(const char *text, GArray **ret_identifiers,
                                               repoint_error *error)
{
    rp_dialect dialect;
    repoint_status status = rp_dialect_find("", &dialect, error);
    return status == REPOINT_OK ? parse(text, &dialect, ret_identifiers, error) : status;
}

static rp_identifier *part_at(GArray *parts, guint index)
{
    return &g_array_index(parts, rp_identifier, index);
}

repoint_status rp_name_from_fqn(const char *fqn, rp_name *ret_name, repoint_error *error)
{
    g_autoptr(GArray) parts = NULL;
    repoint_status status = parse_in_default_dialect(fqn, &parts, error);
    if (status != REPOINT_OK)
        return status;
    rp_name name = {.table = g_steal_pointer(&part_at(parts, parts->len - 1)->text)};
    if (parts->len >= 2)
        name.schema = g_steal_pointer(&part_at(parts, parts->len - 2)->text);
    if (parts->len >= 3) {
        g_autoptr(GString) catalog = g_string_new(part_at(parts, 0)->text);
        for (guint i = 1; i + 2 < parts->len; i++)
            g_string_append_printf(catalog, ".%s", part_at(parts, i)->text);
        name.catalog = g_strdup(catalog->str);
    }
    *ret_name = name;
    return REPOINT_OK;
}

static void append_quoted(GString *out, const char *part)
{
    g_string_append_c(out, '"');
    for (; *part != '\0'; part++) {
        if (*part == '"')
            g_string_append_c(out, '"');
        g_string_append_c(out, *part);
    }
    g_string_append_c(out, '"');
}

static void append_when_needed_quoted(GString *out, const char *part)
{
    if (rp_is_safe_identifier(part))
        g_string_append(out, part);
    else
        append_quoted(out, part);
}

/* Joins with dots the parts that there are. */
static char *join(const rp_name *name, void (*append_part)(GString *out, const char *part))
{
    const char *parts[] = {name->catalog, name->schema, name->table};
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (parts[i] == NULL)
            continue;
        if (text->len > 0)
            g_string_append_c(text, '.');
        append_part(text, parts[i]);
    }
    return g_string_free(text, FALSE);
}

char *rp_name_to_fqn(const rp_name *name)
{
    return join(name, append_quoted);
}

char *rp_name_to_display(const rp_name *name)
{
    return join(name, append_when_needed_quoted);
}

/* A name with a schema but no catalog gets the default one, which is written in the default dialect. */
static repoint_status add_default_catalog(GArray *parts, const char *default_catalog, repoint_error *error)
{
    if (default_catalog == NULL || *default_catalog == '\0' || parts->len != 2)
        return REPOINT_OK;
    rp_dialect dialect;
    repoint_status status = rp_name_check(default_catalog, strlen(default_catalog), "default catalog", error);
    if (status == REPOINT_OK)
        status = rp_dialect_find("", &dialect, error);
    if (status != REPOINT_OK)
        return status;
    rp_identifier catalog = rp_identifier_of(default_catalog, &dialect);
    g_array_prepend_val(parts, catalog);
    return REPOINT_OK;
}

repoint_status rp_model_fqn(const char *text, const char *default_catalog, const char *dialect_text,
                            char **ret_fqn, repoint_error *error)
{
    rp_dialect dialect;
    g_autoptr(GArray) parts = NULL;
    repoint_status status = rp_dialect_find(dialect_text == NULL ? "" : dialect_text, &dialect, error);
    if (status == REPOINT_OK)
        status = parse(text, &dialect, &parts, error);
    if (status == REPOINT_OK)
        status = add_default_catalog(parts, default_catalog, error);
    if (status != REPOINT_OK)
        return status;
    if (dialect.keeps_qualified_names && parts->len > 1)
        dialect.rule = RP_CASE_SENSITIVE;
    GString *fqn = g_string_new(NULL);
    for (guint i = 0; i < parts->len; i++) {
        g_autofree char *folded =
            rp_dialect_fold(&dialect, part_at(parts, i)->text, part_at(parts, i)->is_quoted);
        if (i > 0)
            g_string_append_c(fqn, '.');
        append_quoted(fqn, folded);
    }
    *ret_fqn = g_string_free(fqn, FALSE);
    return REPOINT_OK;
}
