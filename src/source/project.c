/*
 * Where a SQLMesh or dbt project keeps its state, read from the project's own YAML as those programs read it.
 *
 * Both fill {{ env_var('NAME') }} in before they read the YAML; so does this file, and leaves other templates
 * as they are. Only a value that is needed and still has one is an error: most of such a file is none of
 * repoint's business. What a file says ends as the URL that repoint_store_open() takes.
 */
#include "repoint/project.h"

#include <libfyaml.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

#define MAX_FILE_SIZE (4 * 1024 * 1024)

typedef struct fy_node yaml_node;

/* A file that was read: the nodes of the document point into its text. */
typedef struct yaml_file {
    char *text;
    struct fy_document *document;
} yaml_file;

static void yaml_file_clear(yaml_file *file)
{
    fy_document_destroy(file->document);
    g_free(file->text);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(yaml_file, yaml_file_clear)

void repoint_project_clear(repoint_project *project)
{
    if (project == NULL)
        return;
    g_free(project->url);
    g_free(project->schema);
    g_free(project->file);
    *project = (repoint_project){0};
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(repoint_project, repoint_project_clear)

/* ---- templates ---- */

static gboolean fill_in_variable(const GMatchInfo *match, GString *result, gpointer context)
{
    (void)context;
    g_autofree char *name = g_match_info_fetch_named(match, "name");
    g_autofree char *fallback = g_match_info_fetch_named(match, "default");
    g_autofree char *whole = g_match_info_fetch(match, 0);
    const char *value = g_getenv(name);
    bool has_fallback = strchr(whole, ',') != NULL;
    g_string_append(result, value != NULL ? value : has_fallback ? fallback : whole);
    return FALSE;
}

static char *fill_in(const char *text)
{
    static const char pattern[] =
        "\\{\\{-?\\s*env_var\\(\\s*['\"](?<name>\\w+)['\"]\\s*"
        "(?:,\\s*['\"](?<default>[^'\"]*)['\"]\\s*)?\\)\\s*(?:\\|\\s*\\w+\\s*)?-?\\}\\}";
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
    return g_regex_replace_eval(regex, text, -1, 0, 0, fill_in_variable, NULL, NULL);
}

/* ---- files ---- */

/* Aliases are followed where they are met, and not expanded: what they could amount to has no bound. libfyaml
 * prints what it does not like, unless it collects it. */
static struct fy_document *parse(const char *text)
{
    struct fy_diag_cfg diag_config;
    fy_diag_cfg_default(&diag_config);
    diag_config.fp = NULL;
    struct fy_diag *diag = fy_diag_create(&diag_config);
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = diag};
    struct fy_document *document = fy_document_build_from_string(&config, text, FY_NT);
    fy_diag_destroy(diag);
    return document;
}

static repoint_status read_yaml(const char *path, yaml_file *file, repoint_error *error)
{
    g_autofree char *text = NULL;
    gsize size = 0;
    g_autoptr(GError) problem = NULL;
    if (!g_file_get_contents(path, &text, &size, &problem))
        return rp_fail(error, REPOINT_INVALID, NULL, "%s cannot be read: %s", path, problem->message);
    if (size > MAX_FILE_SIZE || !g_utf8_validate(text, (gssize)size, NULL))
        return rp_fail(error, REPOINT_INVALID, NULL, "%s is %s", path,
                       size > MAX_FILE_SIZE ? "larger than 4 MiB" : "not UTF-8");
    file->text = fill_in(text);
    if (file->text != NULL)
        file->document = parse(file->text);
    if (file->document == NULL || !fy_node_is_mapping(fy_document_root(file->document)))
        return rp_fail(error, REPOINT_INVALID, NULL, "%s is not YAML with keys at its top", path);
    return REPOINT_OK;
}

static yaml_node *child(yaml_node *node, const char *key)
{
    yaml_node *value =
        node != NULL && fy_node_is_mapping(node) ? fy_node_mapping_lookup_by_string(node, key, FY_NT) : NULL;
    return value != NULL && fy_node_is_alias(value) ? fy_node_resolve_alias(value) : value;
}

/* The text of the first of these keys that is there; NULL when none is, or it is null. */
static char *text_at(yaml_node *node, const char *key)
{
    yaml_node *value = child(node, key);
    size_t length = 0;
    const char *text = value != NULL && fy_node_is_scalar(value) ? fy_node_get_scalar(value, &length) : NULL;
    bool is_plain = text != NULL && fy_node_get_style(value) == FYNS_PLAIN;
    if (text == NULL ||
        (is_plain && (length == 0 || (length == 4 && g_ascii_strncasecmp(text, "null", 4) == 0))))
        return NULL;
    return g_strndup(text, length);
}

static char *first_text_at(yaml_node *node, const char *key, const char *other)
{
    char *text = text_at(node, key);
    return text != NULL ? text : text_at(node, other);
}

/* ---- connections ---- */

/* The same in both programs' files, under other names. */
typedef struct connection {
    char *type;
    char *host;
    char *port;
    char *user;
    char *password;
    char *database;
    char *sslmode;
    char *role;
} connection;

static void connection_clear(connection *of)
{
    char **texts[] = {&of->type,     &of->host,     &of->port,    &of->user,
                      &of->password, &of->database, &of->sslmode, &of->role};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_clear_pointer(texts[i], g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(connection, connection_clear)

static repoint_status check_filled_in(const connection *of, const char *file, repoint_error *error)
{
    const char *const texts[] = {of->type,     of->host,     of->port,   of->user,
                                 of->password, of->database, of->sslmode};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (texts[i] != NULL && strstr(texts[i], "{{") != NULL)
            return rp_fail(error, REPOINT_INVALID, "set the variable that it names, or give the store's URL",
                           "%s: repoint cannot fill in the template %s", file, texts[i]);
    }
    return REPOINT_OK;
}

static void append_escaped(GString *url, const char *text)
{
    g_autofree char *escaped = g_uri_escape_string(text, NULL, FALSE);
    g_string_append(url, escaped);
}

static void append_parameter(GString *url, const char *key, const char *value)
{
    if (value == NULL)
        return;
    g_string_append(url, strchr(url->str, '?') == NULL ? "?" : "&");
    g_string_append_printf(url, "%s=", key);
    append_escaped(url, value);
}

static char *server_url(const char *scheme, const connection *of)
{
    GString *url = g_string_new(scheme);
    bool is_folder = of->host != NULL && *of->host == '/'; /* of a socket */
    g_string_append(url, "://");
    if (of->user != NULL) {
        append_escaped(url, of->user);
        if (of->password != NULL) {
            g_string_append_c(url, ':');
            append_escaped(url, of->password);
        }
        g_string_append_c(url, '@');
    }
    if (!is_folder && of->host != NULL)
        g_string_append_printf(url, strchr(of->host, ':') != NULL ? "[%s]" : "%s", of->host);
    if (of->port != NULL)
        g_string_append_printf(url, ":%s", of->port);
    g_string_append_c(url, '/');
    append_escaped(url, of->database != NULL ? of->database : "");
    if (is_folder)
        append_parameter(url, strcmp(scheme, "mysql") == 0 ? "socket" : "host", of->host);
    append_parameter(url, "sslmode", of->sslmode);
    g_autofree char *role = of->role != NULL ? g_strdup_printf("-c role=%s", of->role) : NULL;
    append_parameter(url, "options", role);
    return g_string_free(url, FALSE);
}

/* A file that the project names lies where the project lies. */
static repoint_status duckdb_url(const connection *of, const char *file, char **ret_url, repoint_error *error)
{
    if (of->database == NULL || *of->database == '\0' || strcmp(of->database, ":memory:") == 0)
        return rp_fail(error, REPOINT_REFUSED, "name a database of its own for the state",
                       "%s: the state is in a DuckDB in memory, which ends with its program", file);
    g_autofree char *folder = g_path_get_dirname(file);
    g_autofree char *path = g_path_is_absolute(of->database) || strcmp(folder, ".") == 0
                                ? g_strdup(of->database)
                                : g_build_filename(folder, of->database, NULL);
    *ret_url = g_strconcat("duckdb:", path, NULL);
    return REPOINT_OK;
}

static repoint_status url_of(const connection *of, const char *file, char **ret_url, repoint_error *error)
{
    repoint_status status = check_filled_in(of, file, error);
    if (status != REPOINT_OK)
        return status;
    if (of->type == NULL)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s: the connection of the state has no type", file);
    if (strcmp(of->type, "duckdb") == 0)
        return duckdb_url(of, file, ret_url, error);
    bool is_postgres = strcmp(of->type, "postgres") == 0;
    if (!is_postgres && strcmp(of->type, "mysql") != 0)
        return rp_fail(error, REPOINT_REFUSED, "give the project a state_connection of its own",
                       "%s: repoint keeps no state on %s", file, of->type);
    *ret_url = server_url(is_postgres ? "postgresql" : "mysql", of);
    return REPOINT_OK;
}

/* ---- SQLMesh ---- */

static void read_connection(yaml_node *node, connection *ret)
{
    *ret = (connection){
        .type = text_at(node, "type"),
        .host = first_text_at(node, "host", "server"),
        .port = text_at(node, "port"),
        .user = first_text_at(node, "user", "username"),
        .password = first_text_at(node, "password", "pass"),
        .sslmode = text_at(node, "sslmode"),
        .role = text_at(node, "role"),
        .database = first_text_at(node, "database", "dbname"),
    };
    if (ret->database == NULL)
        ret->database = first_text_at(node, "path", "schema");
}

/* The gateway that is used when none is named: default_gateway, else "", else the first; `gateways` may also
 * be the only one itself. Names are compared in lower case. */
static yaml_node *find_gateway(yaml_node *root)
{
    yaml_node *gateways = child(root, "gateways");
    if (gateways == NULL || child(child(gateways, "connection"), "type") != NULL)
        return gateways;
    g_autofree char *named = text_at(root, "default_gateway");
    const char *wanted = named != NULL ? named : "";
    yaml_node *first = NULL;
    void *position = NULL;
    struct fy_node_pair *pair;
    while ((pair = fy_node_mapping_iterate(gateways, &position)) != NULL) {
        size_t length = 0;
        const char *name = fy_node_get_scalar(fy_node_pair_key(pair), &length);
        if (name != NULL && length == strlen(wanted) && g_ascii_strncasecmp(name, wanted, length) == 0)
            return fy_node_pair_value(pair);
        if (first == NULL)
            first = fy_node_pair_value(pair);
    }
    return named == NULL ? first : NULL;
}

static repoint_status find_in_sqlmesh(const char *path, repoint_project *project, repoint_error *error)
{
    g_auto(yaml_file) file = {0};
    repoint_status status = read_yaml(path, &file, error);
    if (status != REPOINT_OK)
        return status;
    yaml_node *root = fy_document_root(file.document);
    yaml_node *gateway = find_gateway(root);
    yaml_node *node = child(gateway, "state_connection");
    if (node == NULL)
        node = child(gateway, "connection");
    if (node == NULL)
        node = child(root, "default_connection");
    if (node == NULL)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s: the default gateway has no connection", path);
    g_auto(connection) found = {0};
    read_connection(node, &found);
    project->schema = text_at(gateway, "state_schema");
    return url_of(&found, path, &project->url, error);
}

/* ---- dbt ---- */

static char *find_profiles(const char *folder)
{
    const char *given = g_getenv("DBT_PROFILES_DIR");
    g_autofree char *own = g_build_filename(g_get_home_dir(), ".dbt", NULL);
    const char *const folders[] = {given, folder, own};
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        char *path = folders[i] != NULL ? g_build_filename(folders[i], "profiles.yml", NULL) : NULL;
        if (path != NULL && g_file_test(path, G_FILE_TEST_IS_REGULAR))
            return path;
        g_free(path);
    }
    return NULL;
}

static repoint_status find_in_profile(const char *path, const char *profile, repoint_project *project,
                                      repoint_error *error)
{
    g_auto(yaml_file) file = {0};
    repoint_status status = read_yaml(path, &file, error);
    if (status != REPOINT_OK)
        return status;
    yaml_node *node = child(fy_document_root(file.document), profile);
    if (node == NULL)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s has no profile %s", path, profile);
    g_autofree char *named = text_at(node, "target");
    const char *target = named != NULL ? named : "default";
    yaml_node *output = child(child(node, "outputs"), target);
    if (output == NULL)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s: profile %s has no target %s", path, profile,
                       target);
    g_auto(connection) found = {0};
    read_connection(output, &found);
    return url_of(&found, path, &project->url, error);
}

static repoint_status find_in_dbt(const char *folder, const char *path, repoint_project *project,
                                  repoint_error *error)
{
    g_auto(yaml_file) file = {0};
    repoint_status status = read_yaml(path, &file, error);
    if (status != REPOINT_OK)
        return status;
    g_autofree char *profile = text_at(fy_document_root(file.document), "profile");
    if (profile == NULL)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s names no profile", path);
    project->file = find_profiles(folder);
    if (project->file == NULL)
        return rp_fail(error, REPOINT_INVALID, "set DBT_PROFILES_DIR", "there is no profiles.yml for %s",
                       path);
    return find_in_profile(project->file, profile, project, error);
}

/* ---- any ---- */

static char *file_in(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    return g_file_test(path, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer(&path) : NULL;
}

repoint_status repoint_project_find(const char *folder, repoint_project *ret_project, repoint_error *error)
{
    g_auto(repoint_project) project = {0};
    g_autofree char *dbt = file_in(folder, "dbt_project.yml");
    g_autofree char *program = file_in(folder, "config.py");
    repoint_status status;
    project.file = file_in(folder, "config.yaml");
    if (project.file == NULL)
        project.file = file_in(folder, "config.yml");
    if (project.file != NULL)
        status = find_in_sqlmesh(project.file, &project, error);
    else if (dbt != NULL)
        status = find_in_dbt(folder, dbt, &project, error);
    else if (program != NULL)
        status = rp_fail(error, REPOINT_REFUSED, "give the store's URL",
                         "%s is a program, which repoint does not run", program);
    else
        status = rp_fail(error, REPOINT_NOT_FOUND, "go to the project's folder, or give the store's URL",
                         "there is no SQLMesh or dbt project in %s", folder);
    if (status != REPOINT_OK)
        return status;
    if (project.schema == NULL)
        project.schema = g_strdup("sqlmesh");
    *ret_project = project;
    project = (repoint_project){0};
    return REPOINT_OK;
}
