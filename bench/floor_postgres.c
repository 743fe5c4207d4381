/*
 * The floor on PostgreSQL: bare SQL, every byte ready-made. Runs the steps of a script in one transaction and
 * prints the microseconds that they took; connecting and reading the files are not counted. A line is one of
 *
 *     R<TAB>SQL[<TAB>FILE...]    a query with the files as text parameters; its rows are fetched
 *     C<TAB>SQL<TAB>FILE         COPY ... FROM STDIN of the file
 *     W<TAB>FILE<TAB>FILE        the bytes of a file written to another, through to the disk
 *
 *     floor-postgres URL SCRIPT
 */
#include <fcntl.h>
#include <glib.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_PARAMETERS 16

typedef struct step {
    char **fields;
    char *contents[MAX_PARAMETERS]; /* of its files */
    gsize sizes[MAX_PARAMETERS];
    int files;
} step;

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "floor-postgres: %s: %s\n", what, why);
    exit(1);
}

static void check(PGconn *connection, PGresult *result, const char *sql)
{
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_IN)
        fail(sql, PQerrorMessage(connection));
    PQclear(result);
}

static void execute(PGconn *connection, const char *sql)
{
    check(connection, PQexec(connection, sql), sql);
}

static GPtrArray *read_script(const char *path)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        fail(path, "cannot be read");
    GPtrArray *steps = g_ptr_array_new();
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (size_t i = 0; lines[i] != NULL && *lines[i] != '\0'; i++) {
        step *one = g_new0(step, 1);
        one->fields = g_strsplit(lines[i], "\t", -1);
        for (int j = *lines[i] == 'W' ? 1 : 2; one->fields[j] != NULL && one->files < MAX_PARAMETERS; j++) {
            if (*lines[i] == 'W' && j == 2)
                break; /* the file that is written */
            if (!g_file_get_contents(one->fields[j], &one->contents[one->files], &one->sizes[one->files],
                                     NULL))
                fail(one->fields[j], "cannot be read");
            one->files++;
        }
        g_ptr_array_add(steps, one);
    }
    return steps;
}

static void copy_in(PGconn *connection, const step *one)
{
    execute(connection, one->fields[1]);
    if (PQputCopyData(connection, one->contents[0], (int)one->sizes[0]) != 1 ||
        PQputCopyEnd(connection, NULL) != 1)
        fail(one->fields[1], PQerrorMessage(connection));
    for (PGresult *result = PQgetResult(connection); result != NULL; result = PQgetResult(connection))
        check(connection, result, one->fields[1]);
}

static void write_file(const step *one)
{
    int file = open(one->fields[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || write(file, one->contents[0], one->sizes[0]) != (ssize_t)one->sizes[0] ||
        fsync(file) != 0)
        fail(one->fields[2], "cannot be written");
    close(file);
}

static void run(PGconn *connection, const step *one)
{
    switch (*one->fields[0]) {
    case 'R':
        check(connection,
              PQexecParams(connection, one->fields[1], one->files, NULL, (const char *const *)one->contents,
                           NULL, NULL, 0),
              one->fields[1]);
        break;
    case 'C': copy_in(connection, one); break;
    case 'W': write_file(one); break;
    default: fail(one->fields[0], "no such step");
    }
}

int main(int argc, char **argv)
{
    if (argc != 3)
        fail("usage", "floor-postgres URL SCRIPT");
    GPtrArray *steps = read_script(argv[2]);
    PGconn *connection = PQconnectdb(argv[1]);
    if (PQstatus(connection) != CONNECTION_OK)
        fail("connecting", PQerrorMessage(connection));
    gint64 began = g_get_monotonic_time();
    execute(connection, "BEGIN");
    for (guint i = 0; i < steps->len; i++)
        run(connection, g_ptr_array_index(steps, i));
    execute(connection, "COMMIT");
    printf("%" G_GINT64_FORMAT "\n", g_get_monotonic_time() - began);
    PQfinish(connection);
    return 0;
}
