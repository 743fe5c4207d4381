/*
 * The floor on MariaDB: bare SQL, every byte ready-made. Runs the files of a list in one transaction and
 * prints the microseconds that they took; connecting and reading the files are not counted. A line of the
 * list is one of
 *
 *     S<TAB>FILE         a statement; its rows, if it has any, are fetched
 *     W<TAB>FILE<TAB>FILE  the bytes of a file written to another, through to the disk
 *
 *     floor-mysql USER PASSWORD HOST PORT SCHEMA LIST
 */
#include <fcntl.h>
#include <glib.h>
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct step {
    char **fields;
    char *content;
    gsize size;
} step;

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "floor-mysql: %s: %s\n", what, why);
    exit(1);
}

static GArray *read_list(const char *path)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        fail(path, "cannot be read");
    GArray *steps = g_array_new(FALSE, FALSE, sizeof(step));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (size_t i = 0; lines[i] != NULL && *lines[i] != '\0'; i++) {
        step one = {.fields = g_strsplit(lines[i], "\t", -1)};
        if (!g_file_get_contents(one.fields[1], &one.content, &one.size, NULL))
            fail(one.fields[1], "cannot be read");
        g_array_append_val(steps, one);
    }
    return steps;
}

static void execute(MYSQL *connection, const char *name, const char *sql, gsize size)
{
    if (mysql_real_query(connection, sql, size) != 0)
        fail(name, mysql_error(connection));
    mysql_free_result(mysql_store_result(connection)); /* NULL: there are no rows */
    if (mysql_errno(connection) != 0)
        fail(name, mysql_error(connection));
}

static void write_file(const step *one)
{
    int file = open(one->fields[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || write(file, one->content, one->size) != (ssize_t)one->size || fsync(file) != 0)
        fail(one->fields[2], "cannot be written");
    close(file);
}

int main(int argc, char **argv)
{
    if (argc != 7)
        fail("usage", "floor-mysql USER PASSWORD HOST PORT SCHEMA LIST");
    GArray *steps = read_list(argv[6]);
    MYSQL *connection = mysql_init(NULL);
    if (mysql_real_connect(connection, argv[3], argv[1], argv[2], argv[5], (unsigned)atoi(argv[4]), NULL,
                           0) == NULL)
        fail("connecting", mysql_error(connection));
    mysql_set_character_set(connection, "utf8mb4");
    gint64 began = g_get_monotonic_time();
    execute(connection, "BEGIN", "BEGIN", 5);
    for (guint i = 0; i < steps->len; i++) {
        const step *one = &g_array_index(steps, step, i);
        if (*one->fields[0] == 'W')
            write_file(one);
        else
            execute(connection, one->fields[1], one->content, one->size);
    }
    execute(connection, "COMMIT", "COMMIT", 6);
    printf("%" G_GINT64_FORMAT "\n", g_get_monotonic_time() - began);
    mysql_close(connection);
    return 0;
}
