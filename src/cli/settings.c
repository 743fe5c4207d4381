/*
 * Flags win over the environment, the environment over the file, the file over the project (SQLMesh's or
 * dbt's own files say where its state is), the project over the default. rp_value_set() keeps the higher
 * origin, so the order of the layers here is free; the file comes last because --config and REPOINT_CONFIG
 * say which one it is.
 */
#include "cli/settings.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "cli/config_file.h"
#include "cli/fail.h"
#include "repoint/project.h"

bool rp_option_is_setting(const rp_option *option)
{
    return option->environment != NULL || option->key != NULL || option->fallback != NULL;
}

static repoint_status change_directory(const rp_arguments *arguments, repoint_error *error)
{
    const char *directory = rp_value_text(rp_arguments_value(arguments, "directory"));
    if (directory == NULL || g_chdir(directory) == 0)
        return REPOINT_OK;
    return rp_cli_fail(error, REPOINT_INVALID, NULL, "cannot go to %s: %s", directory, g_strerror(errno));
}

static repoint_status apply_environment(rp_value *value, repoint_error *error)
{
    const rp_option *option = value->option;
    const char *text = option->environment == NULL ? NULL : g_getenv(option->environment);
    if (text == NULL || *text == '\0')
        return REPOINT_OK;
    if (!g_utf8_validate(text, -1, NULL))
        return rp_cli_fail(error, REPOINT_INVALID, NULL, "%s is not UTF-8", option->environment);
    if (option->environment_means != NULL)
        text = option->environment_means;
    return rp_value_set(value, RP_ORIGIN_ENVIRONMENT, option->environment, text, error);
}

static repoint_status apply_layers(rp_arguments *arguments, repoint_error *error)
{
    for (guint i = 0; i < arguments->values->len; i++) {
        rp_value *value = &g_array_index(arguments->values, rp_value, i);
        repoint_status status = apply_environment(value, error);
        if (status == REPOINT_OK && value->option->fallback != NULL)
            status =
                rp_value_set(value, RP_ORIGIN_DEFAULT, value->option->name, value->option->fallback, error);
        if (status != REPOINT_OK)
            return status;
    }
    return REPOINT_OK;
}

/* Whoever has a project here means its store. A project that does not say where it is, is no error: most
 * commands can do without, and the others say which store they miss. */
static repoint_status apply_project(rp_arguments *arguments, repoint_error *error)
{
    static const char where[] = "the project's files";
    repoint_project project = {0};
    if (rp_arguments_value(arguments, "state")->origin > RP_ORIGIN_DEFAULT ||
        repoint_project_find(".", &project, NULL) != REPOINT_OK)
        return REPOINT_OK;
    repoint_status status = REPOINT_OK;
    for (guint i = 0; i < arguments->values->len && status == REPOINT_OK; i++) {
        rp_value *value = &g_array_index(arguments->values, rp_value, i);
        if (strcmp(value->option->name, "state") == 0)
            status = rp_value_set(value, RP_ORIGIN_PROJECT, where, project.url, error);
        else if (strcmp(value->option->name, "schema") == 0)
            status = rp_value_set(value, RP_ORIGIN_PROJECT, where, project.schema, error);
    }
    repoint_project_clear(&project);
    return status;
}

repoint_status rp_settings_complete(rp_arguments *arguments, rp_config *sections, char **ret_config_file,
                                    repoint_error *error)
{
    repoint_status status = change_directory(arguments, error);
    if (status == REPOINT_OK)
        status = apply_layers(arguments, error);
    if (status != REPOINT_OK)
        return status;

    const char *given = rp_value_text(rp_arguments_value(arguments, "config"));
    g_autofree char *path = given == NULL ? rp_config_file_find() : g_strdup(given);
    if (path != NULL)
        status = rp_config_file_apply(path, arguments, sections, error);
    if (status == REPOINT_OK)
        status = apply_project(arguments, error);
    if (status == REPOINT_OK)
        *ret_config_file = g_steal_pointer(&path);
    return status;
}

char *rp_value_place(const rp_value *value, const char *config_file)
{
    switch (value->origin) {
    case RP_ORIGIN_FLAG: return g_strdup_printf("--%s", value->option->name);
    case RP_ORIGIN_ENVIRONMENT: return g_strdup(value->option->environment);
    case RP_ORIGIN_FILE: return g_strdup_printf("%s, line %d", config_file, value->line);
    case RP_ORIGIN_PROJECT: return g_strdup("the project's files");
    case RP_ORIGIN_DEFAULT: return g_strdup("default");
    case RP_ORIGIN_NONE: break;
    }
    return g_strdup("not set");
}
