/* URLs: mysql://user:password@host:port/database?socket=/path&ssl-ca=/path&ssl-mode=verify-full */
#include <string.h>

#include "db/mysql/session.h"

#define DEFAULT_CONNECT_SECONDS 10

typedef struct option {
    const char *key;
    size_t member; /* offset in mysql_target, of a char * */
} option;

static const option text_options[] = {
    {"socket", offsetof(mysql_target, socket)},   {"unix_socket", offsetof(mysql_target, socket)},
    {"ssl-ca", offsetof(mysql_target, ssl_ca)},   {"ssl-cert", offsetof(mysql_target, ssl_cert)},
    {"ssl-key", offsetof(mysql_target, ssl_key)},
};

static bool read_tls(const char *value, mysql_tls *ret_tls)
{
    static const struct {
        const char *name;
        mysql_tls tls;
    } modes[] = {{"required", MYSQL_TLS_REQUIRED},
                 {"verify-ca", MYSQL_TLS_VERIFY_CA},
                 {"verify-full", MYSQL_TLS_VERIFY_FULL}};
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
        if (g_ascii_strcasecmp(value, modes[i].name) == 0) {
            *ret_tls = modes[i].tls;
            return true;
        }
    }
    return false;
}

static repoint_status read_option(mysql_target *target, const char *key, const char *value,
                                  repoint_error *error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(text_options); i++) {
        if (strcmp(text_options[i].key, key) != 0)
            continue;
        char **member = &G_STRUCT_MEMBER(char *, target, text_options[i].member);
        g_free(*member);
        *member = g_strdup(value);
        return REPOINT_OK;
    }
    guint64 seconds = 0;
    if (strcmp(key, "connect-timeout") == 0 &&
        g_ascii_string_to_unsigned(value, 10, 1, 3600, &seconds, NULL)) {
        target->connect_seconds = (unsigned)seconds;
        return REPOINT_OK;
    }
    if (strcmp(key, "ssl-mode") == 0 && read_tls(value, &target->tls))
        return REPOINT_OK;
    return rp_fail(
        error, REPOINT_INVALID,
        "known are socket, ssl-ca, ssl-cert, ssl-key, ssl-mode=required, verify-ca or verify-full, "
        "connect-timeout=SECONDS",
        "the database URL has the unknown option, or value of, \"%.40s\"", key);
}

static repoint_status read_options(mysql_target *target, const char *query, repoint_error *error)
{
    GUriParamsIter iterator;
    char *key = NULL, *value = NULL;
    repoint_status status = REPOINT_OK;
    if (query == NULL)
        return status;
    g_uri_params_iter_init(&iterator, query, -1, "&", G_URI_PARAMS_NONE);
    while (status == REPOINT_OK && g_uri_params_iter_next(&iterator, &key, &value, NULL)) {
        status = read_option(target, key, value, error);
        g_free(key);
        g_free(value);
    }
    return status;
}

/* Who gives certificates means them: a connection without TLS is none that was asked for. */
static repoint_status settle_tls(mysql_target *target, repoint_error *error)
{
    mysql_tls least = target->ssl_ca != NULL     ? MYSQL_TLS_VERIFY_CA
                      : target->ssl_cert != NULL ? MYSQL_TLS_REQUIRED
                                                 : MYSQL_TLS_ANY;
    target->tls = MAX(target->tls, least);
    if (target->tls < MYSQL_TLS_VERIFY_CA || target->ssl_ca != NULL)
        return REPOINT_OK;
    return rp_fail(error, REPOINT_INVALID, "add ssl-ca=FILE, the certificates of who signed the server's",
                   "the database URL wants the server's certificate verified and does not say by what");
}

static char *or_null(const char *text)
{
    return text != NULL && *text != '\0' ? g_strdup(text) : NULL;
}

repoint_status rp_mysql_target_parse(const char *scheme, const char *text, mysql_target *target,
                                     repoint_error *error)
{
    g_autofree char *url = g_strconcat(scheme, ":", text, NULL);
    GUriFlags flags = G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED_QUERY;
    GUri *uri = g_uri_parse(url, flags, NULL);
    if (uri == NULL) /* GLib's words repeat the URL, password and all */
        return rp_fail(error, REPOINT_INVALID,
                       "write mysql://user@host:port/database?option=value, special characters as %25",
                       "the database URL is not one that repoint understands");
    const char *path = g_uri_get_path(uri);
    target->host = or_null(g_uri_get_host(uri));
    target->port = g_uri_get_port(uri) > 0 ? (unsigned)g_uri_get_port(uri) : 0;
    target->user = or_null(g_uri_get_user(uri));
    target->password = or_null(g_uri_get_password(uri));
    target->database = or_null(*path == '/' ? path + 1 : path);
    target->connect_seconds = DEFAULT_CONNECT_SECONDS;
    target->name =
        g_strdup_printf("the MariaDB server on %s", target->host != NULL ? target->host : "this machine");
    repoint_status status = read_options(target, g_uri_get_query(uri), error);
    g_uri_unref(uri);
    return status == REPOINT_OK ? settle_tls(target, error) : status;
}

void rp_mysql_target_clear(mysql_target *target)
{
    char *texts[] = {target->host,   target->user,     target->password, target->database, target->socket,
                     target->ssl_ca, target->ssl_cert, target->ssl_key,  target->name};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    *target = (mysql_target){0};
}
