/*
 * Reads repoint.yaml with libfyaml. The keys are those that the table of options names; their parts nest
 * ("state.url" is url below state). A key that nobody knows is an error, for a misspelled one would otherwise
 * be ignored in silence. libfyaml prints what it does not like; its diagnostics are collected instead, and
 * the first one becomes the message.
 */
#include "cli/config_file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <libfyaml.h>
#include <stdio.h>
#include <string.h>

#include "cli/config_reader.h"
#include "cli/fail.h"
#include "cli/suggest.h"

/* Keys that other versions use; whatever stands below them is accepted. */
static const char *const reserved_keys[] = {"snapshots", NULL};

/* What all of the functions below need to know. */
typedef struct config_reader {
    const char *path;
    rp_arguments *arguments;
    rp_config *sections;
    repoint_error *error;
} config_reader;

G_DEFINE_AUTOPTR_CLEANUP_FUNC(FILE, fclose)

char *rp_config_file_find(void)
{
    g_autofree char *directory = g_get_current_dir();
    for (;;) {
        char *path = g_build_filename(directory, RP_CONFIG_FILE_NAME, NULL);
        if (g_file_test(path, G_FILE_TEST_EXISTS))
            return path;
        g_free(path);
        char *parent = g_path_get_dirname(directory);
        bool at_root = strcmp(parent, directory) == 0;
        g_free(directory);
        directory = parent;
        if (at_root)
            return NULL;
    }
}

/* ---- the keys ---- */

/* Calls `visit` with every key that an option of any command has, until it says true. */
static bool any_key(bool (*visit)(const char *key, void *context), void *context)
{
    for (const rp_command *command = rp_command_next(NULL); command != NULL;
         command = rp_command_next(command)) {
        const rp_option *option;
        for (size_t i = 0; (option = rp_option_at(command, i)) != NULL; i++)
            if (option->key != NULL && visit(option->key, context))
                return true;
    }
    return false;
}

static bool is_below(const char *key, void *part)
{
    size_t length = strlen(part);
    return strncmp(key, part, length) == 0 && key[length] == '.';
}

static bool is_equal(const char *key, void *other)
{
    return strcmp(key, other) == 0;
}

static bool add_key(const char *key, void *keys)
{
    g_ptr_array_add(keys, g_strdup(key));
    g_ptr_array_add(keys, g_strndup(key, strcspn(key, ".")));
    return false;
}

static rp_value *value_for_key(const rp_arguments *arguments, const char *key)
{
    for (guint i = 0; i < arguments->values->len; i++) {
        rp_value *value = &g_array_index(arguments->values, rp_value, i);
        if (g_strcmp0(value->option->key, key) == 0)
            return value;
    }
    return NULL;
}

/* The known keys, and their first parts, for the suggestion. Elements and array are the caller's. */
static GPtrArray *known_keys(void)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
    any_key(add_key, keys);
    for (const char *const *key = rp_config_names; *key != NULL; key++)
        g_ptr_array_add(keys, g_strdup(*key));
    for (const char *const *key = reserved_keys; *key != NULL; key++)
        g_ptr_array_add(keys, g_strdup(*key));
    return keys;
}

static repoint_status unknown_key(const config_reader *reader, const char *key, int line)
{
    g_autoptr(GPtrArray) keys = known_keys();
    const char *nearest = rp_suggest(key, keys);
    g_autofree char *hint = nearest == NULL ? g_strdup("\"repoint help config\" shows the keys")
                                            : g_strdup_printf("did you mean %s?", nearest);
    return rp_cli_fail(reader->error, REPOINT_INVALID, hint, "%s, line %d: there is no key %s", reader->path,
                       line, key);
}

/* ---- values ---- */

static int line_of(struct fy_node *node)
{
    struct fy_token *token = fy_node_is_scalar(node) ? fy_node_get_scalar_token(node) : NULL;
    const struct fy_mark *mark = token == NULL ? NULL : fy_token_start_mark(token);
    return mark == NULL ? 0 : mark->line + 1;
}

/* The text of a scalar, to be freed with g_free(); NULL for what is no text (a list, an alias, a NUL inside).
 */
static char *text_of(struct fy_node *node)
{
    size_t length;
    const char *text =
        fy_node_is_scalar(node) && !fy_node_is_alias(node) ? fy_node_get_scalar(node, &length) : NULL;
    return text != NULL && g_utf8_validate(text, (gssize)length, NULL) ? g_strndup(text, length) : NULL;
}

static bool is_null(struct fy_node *node)
{
    g_autofree char *text = text_of(node);
    return text != NULL && fy_node_get_style(node) == FYNS_PLAIN &&
           (*text == '\0' || strcmp(text, "~") == 0 || g_ascii_strcasecmp(text, "null") == 0);
}

/*
 * A database file that the configuration names lies where the configuration lies, from wherever repoint is
 * started: "sqlite:state.db" becomes "sqlite:/srv/shop/state.db" when the file is not in the working
 * directory.
 */
static char *locate(const char *path, const char *text)
{
    static const char *const schemes[] = {"sqlite:", "duckdb:"};
    g_autofree char *directory = g_path_get_dirname(path);
    g_autofree char *here = g_get_current_dir();
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++) {
        const char *file = text + strlen(schemes[i]);
        if (!g_str_has_prefix(text, schemes[i]) || *file == '\0' || *file == ':' || g_path_is_absolute(file))
            continue;
        if (strcmp(directory, ".") == 0 || strcmp(directory, here) == 0)
            continue;
        g_autofree char *moved = g_build_filename(directory, file, NULL);
        return g_strconcat(schemes[i], moved, NULL);
    }
    return g_strdup(text);
}

static repoint_status apply_value(const config_reader *reader, rp_value *value, struct fy_node *node,
                                  int line)
{
    const char *key = value->option->key;
    if (is_null(node))
        return REPOINT_OK;
    g_autofree char *text = text_of(node);
    if (text == NULL)
        return rp_cli_fail(reader->error, REPOINT_INVALID, "write one word or a text in quotes",
                           "%s, line %d: %s is not a text", reader->path, line, key);

    g_autofree char *located =
        value->option->kind == RP_OPTION_URL ? locate(reader->path, text) : g_strdup(text);
    g_autofree char *where = g_strdup_printf("%s, line %d: %s", reader->path, line, key);
    if (value->origin <= RP_ORIGIN_FILE)
        value->line = line;
    return rp_value_set(value, RP_ORIGIN_FILE, where, located, reader->error);
}

static repoint_status read_section(const config_reader *reader, const char *key, int line,
                                   struct fy_node *node)
{
    rp_config_reader section = {reader->path, reader->sections, &line, reader->error};
    return is_null(node) ? REPOINT_OK : rp_config_read(&section, key, line, node);
}

static repoint_status apply_mapping(const config_reader *reader, const char *above, struct fy_node *mapping);

static repoint_status apply_pair(const config_reader *reader, const char *above, struct fy_node_pair *pair)
{
    struct fy_node *key_node = fy_node_pair_key(pair), *node = fy_node_pair_value(pair);
    int line = line_of(key_node);
    g_autofree char *word = text_of(key_node);
    if (word == NULL)
        return rp_cli_fail(reader->error, REPOINT_INVALID, NULL, "%s, line %d: a key is not a text",
                           reader->path, line);
    if (above == NULL && g_strv_contains(reserved_keys, word))
        return REPOINT_OK;
    if (above == NULL && rp_config_is_one(word))
        return read_section(reader, word, line, node);

    g_autofree char *key = above == NULL ? g_strdup(word) : g_strdup_printf("%s.%s", above, word);
    rp_value *value = strchr(word, '.') == NULL ? value_for_key(reader->arguments, key) : NULL;
    if (value != NULL)
        return apply_value(reader, value, node, line);
    if (any_key(is_equal, key)) /* of another command */
        return REPOINT_OK;
    if (!any_key(is_below, key))
        return unknown_key(reader, key, line);
    if (is_null(node))
        return REPOINT_OK;
    if (!fy_node_is_mapping(node))
        return rp_cli_fail(reader->error, REPOINT_INVALID, "put its keys below it, indented by two blanks",
                           "%s, line %d: %s has keys below it, not a value", reader->path, line, key);
    return apply_mapping(reader, key, node);
}

static repoint_status apply_mapping(const config_reader *reader, const char *above, struct fy_node *mapping)
{
    void *iterator = NULL;
    struct fy_node_pair *pair;
    while ((pair = fy_node_mapping_iterate(mapping, &iterator)) != NULL) {
        repoint_status status = apply_pair(reader, above, pair);
        if (status != REPOINT_OK)
            return status;
    }
    return REPOINT_OK;
}

/* ---- the file ---- */

static repoint_status read_file(const config_reader *reader, char **ret_text, size_t *ret_size)
{
    g_autoptr(FILE) file = g_fopen(reader->path, "rb");
    if (file == NULL)
        return rp_cli_fail(reader->error, REPOINT_INVALID, NULL, "cannot read %s: %s", reader->path,
                           g_strerror(errno));
    g_autofree char *text = g_malloc(RP_CONFIG_FILE_MAX_SIZE + 1);
    size_t size = fread(text, 1, RP_CONFIG_FILE_MAX_SIZE + 1, file);
    if (ferror(file))
        return rp_cli_fail(reader->error, REPOINT_INVALID, NULL, "cannot read %s: %s", reader->path,
                           g_strerror(errno));
    if (size > RP_CONFIG_FILE_MAX_SIZE)
        return rp_cli_fail(reader->error, REPOINT_INVALID, NULL, "%s is larger than 1 MiB", reader->path);
    if (!g_utf8_validate(text, (gssize)size, NULL))
        return rp_cli_fail(reader->error, REPOINT_INVALID, NULL, "%s is not UTF-8 text", reader->path);
    text[size] = '\0';
    *ret_text = g_steal_pointer(&text);
    *ret_size = size;
    return REPOINT_OK;
}

/* The first thing that libfyaml did not like, or NULL. */
static struct fy_diag_error *first_error(struct fy_diag *diag)
{
    void *iterator = NULL;
    return fy_diag_errors_iterate(diag, &iterator);
}

static repoint_status syntax_error(const config_reader *reader, struct fy_diag *diag)
{
    struct fy_diag_error *first = first_error(diag);
    if (first == NULL)
        return rp_cli_fail(reader->error, REPOINT_INVALID, NULL, "%s is not YAML", reader->path);
    g_autofree char *message = g_strstrip(g_strdup(first->msg));
    return rp_cli_fail(reader->error, REPOINT_INVALID,
                       "values that end in a colon, such as \"memory:\", need quotes; \"repoint help "
                       "config\" shows an example",
                       "%s, line %d: %s", reader->path, first->line, message);
}

static repoint_status apply_document(const config_reader *reader, struct fy_document *document)
{
    struct fy_node *root = fy_document_root(document);
    if (root == NULL || is_null(root))
        return REPOINT_OK;
    if (!fy_node_is_mapping(root))
        return rp_cli_fail(reader->error, REPOINT_INVALID, "\"repoint help config\" shows an example",
                           "%s does not consist of keys and values", reader->path);
    return apply_mapping(reader, NULL, root);
}

/* Nothing but blank lines and comments? */
static bool is_blank(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        const char *start = *line + strspn(*line, " \t\r");
        if (*start != '\0' && *start != '#')
            return false;
    }
    return true;
}

/* A file is one document. */
static repoint_status apply_documents(const config_reader *reader, struct fy_parser *parser,
                                      struct fy_diag *diag)
{
    struct fy_document *document = fy_parse_load_document(parser);
    if (document == NULL)
        return syntax_error(reader, diag);
    repoint_status status = apply_document(reader, document);
    fy_parse_document_destroy(parser, document);
    if (status != REPOINT_OK)
        return status;

    document = fy_parse_load_document(parser);
    if (document != NULL) {
        fy_parse_document_destroy(parser, document);
        return rp_cli_fail(reader->error, REPOINT_INVALID, NULL, "%s holds more than one document",
                           reader->path);
    }
    return first_error(diag) != NULL ? syntax_error(reader, diag) : REPOINT_OK;
}

repoint_status rp_config_file_apply(const char *path, rp_arguments *arguments, rp_config *sections,
                                    repoint_error *error)
{
    config_reader reader = {path, arguments, sections, error};
    g_free(sections->directory);
    sections->directory = g_path_get_dirname(path);
    g_autofree char *text = NULL;
    size_t size = 0;
    repoint_status status = read_file(&reader, &text, &size);
    if (status != REPOINT_OK || is_blank(text))
        return status;

    struct fy_diag_cfg diag_config;
    fy_diag_cfg_default(&diag_config);
    struct fy_diag *diag = fy_diag_create(&diag_config);
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = diag};
    struct fy_parser *parser = fy_parser_create(&config);
    g_assert(parser != NULL);

    fy_parser_set_string(parser, text, size);
    status = apply_documents(&reader, parser, diag);
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    return status;
}
