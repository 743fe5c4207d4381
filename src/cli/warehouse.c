/*
 * Is the warehouse the state store's database? A file has many names, so SQLite's are compared by what they
 * lead to; of a server's URLs only equal texts are known to mean the same.
 */
#include "cli/warehouse.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The path of a sqlite: URL, or NULL for another URL. */
static const char *sqlite_path(const char *url)
{
    static const char scheme[] = "sqlite:";
    return g_str_has_prefix(url, scheme) ? url + strlen(scheme) : NULL;
}

/* Where a file that need not exist is or would be, links in its folder followed. Free with g_free(). */
static char *place_of(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(path);
    char *real = realpath(folder, NULL);
    char *place = real == NULL ? g_strdup(path) : g_build_filename(real, name, NULL);
    free(real);
    return place;
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat of_a, of_b;
    bool a_exists = stat(a, &of_a) == 0, b_exists = stat(b, &of_b) == 0;
    if (a_exists && b_exists)
        return of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
    if (a_exists || b_exists)
        return false;
    g_autofree char *place_of_a = place_of(a);
    g_autofree char *place_of_b = place_of(b);
    return strcmp(place_of_a, place_of_b) == 0;
}

static bool is_same_database(const char *a, const char *b)
{
    if (strcmp(a, b) == 0)
        return true;
    return sqlite_path(a) != NULL && sqlite_path(b) != NULL && is_same_file(sqlite_path(a), sqlite_path(b));
}

const char *rp_cli_warehouse(const rp_cli *cli)
{
    const char *warehouse = rp_cli_text(cli, "warehouse"), *state = rp_cli_text(cli, "state");
    return warehouse == NULL || is_same_database(warehouse, state) ? NULL : warehouse;
}
