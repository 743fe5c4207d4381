/*
 * The least that an operation can cost: the rows that it reads and writes, by bare SQLite calls, with every
 * byte ready-made. No JSON is parsed or written, nothing is compared, no error is explained.
 *
 *     floor NAME DATABASE AFTER [FILE]
 *
 * AFTER is a database in which repoint has done the operation. What has to be written is read from there, and
 * what has to be looked at is derived from it, before the clock starts; then the same rows change in
 * DATABASE, under the settings of the library's connections (WAL, synchronous FULL).
 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- SQLite, any failure ending the program ---- */

static sqlite3 *database;

static void check(bool is_right)
{
    if (is_right)
        return;
    fprintf(stderr, "floor: %s\n", sqlite3_errmsg(database));
    exit(1);
}

static void run(const char *sql)
{
    check(sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK);
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *statement = NULL;
    check(sqlite3_prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK);
    return statement;
}

/* ---- rows in memory ---- */

typedef struct row_set {
    int columns;
    size_t count;
    size_t room;
    sqlite3_value **values; /* row by row */
} row_set;

static row_set load(const char *sql)
{
    sqlite3_stmt *statement = prepare(sql);
    row_set rows = {.columns = sqlite3_column_count(statement)};
    while (sqlite3_step(statement) == SQLITE_ROW) {
        if (rows.count == rows.room) {
            rows.room = rows.room == 0 ? 64 : rows.room * 2;
            rows.values = realloc(rows.values, rows.room * (size_t)rows.columns * sizeof *rows.values);
        }
        for (int i = 0; i < rows.columns; i++)
            rows.values[rows.count * (size_t)rows.columns + (size_t)i] =
                sqlite3_value_dup(sqlite3_column_value(statement, i));
        rows.count++;
    }
    sqlite3_finalize(statement);
    return rows;
}

static size_t bytes_read; /* keeps the reading from being left out */

/* Runs the statement once a row, with the row's values as ?1, ?2, ..., and reads what it returns. */
static void for_each(const row_set *rows, const char *sql)
{
    sqlite3_stmt *statement = prepare(sql);
    int parameters = sqlite3_bind_parameter_count(statement);
    for (size_t row = 0; row < rows->count; row++) {
        for (int i = 0; i < parameters; i++) {
            sqlite3_value *value = rows->values[row * (size_t)rows->columns + (size_t)i];
            if (sqlite3_value_type(value) == SQLITE_TEXT)
                sqlite3_bind_text(statement, i + 1, (const char *)sqlite3_value_text(value),
                                  sqlite3_value_bytes(value), SQLITE_STATIC);
            else
                sqlite3_bind_value(statement, i + 1, value);
        }
        int code;
        while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
            for (int i = 0; i < sqlite3_column_count(statement); i++) {
                sqlite3_column_text(statement, i);
                bytes_read += (size_t)sqlite3_column_bytes(statement, i);
            }
        }
        check(code == SQLITE_DONE);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
}

static void read_rows(const char *sql)
{
    row_set once = {.count = 1};
    for_each(&once, sql);
}

/* INSERT INTO table VALUES (?, ?, ...) for each row. */
static void insert(const row_set *rows, const char *table)
{
    char sql[256];
    int length = snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (?", table);
    for (int i = 1; i < rows->columns; i++)
        length += snprintf(sql + length, sizeof sql - (size_t)length, ", ?");
    snprintf(sql + length, sizeof sql - (size_t)length, ")");
    for_each(rows, sql);
}

/* ---- the clock ---- */

static int64_t started_us;

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void start(void)
{
    run("DETACH after"); /* what came from it is in memory by now */
    started_us = now_us();
}

static void stop(void)
{
    printf("%lld\n", (long long)(now_us() - started_us));
}

/* ---- the operations ---- */

static void push(const char *ignored)
{
    (void)ignored;
    row_set added = load("SELECT * FROM after._snapshots WHERE (name, identifier) NOT IN "
                         "(SELECT name, identifier FROM main._snapshots)");
    start();
    run("BEGIN IMMEDIATE");
    for_each(&added, "SELECT 1 FROM _snapshots WHERE name = ?1 AND identifier = ?2");
    insert(&added, "_snapshots");
    run("COMMIT");
    stop();
}

/* A promotion's rows: what it names, what it takes out and puts in, and the record. */
typedef struct promotion {
    row_set named;
    row_set demoted;
    row_set added;
    row_set versions; /* of the demoted and the added */
    row_set record;
    row_set touched_ts;
} promotion;

static promotion load_promotion(void)
{
    /* prod's snapshots are unpaused, dev's are not; those that drop out were touched. */
    run("CREATE TEMP TABLE demoted AS SELECT s.name, s.identifier, s.version, a.updated_ts FROM "
        "main._snapshots s "
        "JOIN after._snapshots a USING (name, identifier) WHERE s.updated_ts <> a.updated_ts");
    run("CREATE TEMP TABLE added AS SELECT s.name, s.identifier, s.version FROM main._snapshots s "
        "WHERE s.unpaused_ts IS NULL AND s.name IN (SELECT name FROM demoted)");
    return (promotion){
        .named =
            load("SELECT name, identifier FROM added UNION ALL SELECT name, identifier FROM main._snapshots "
                 "WHERE unpaused_ts IS NOT NULL AND name NOT IN (SELECT name FROM demoted)"),
        .demoted = load("SELECT name, identifier, updated_ts FROM demoted"),
        .added = load("SELECT name, identifier FROM added"),
        .versions = load("SELECT DISTINCT name, version FROM demoted UNION SELECT name, version FROM added"),
        .record = load("SELECT name, snapshots, start_at, end_at, plan_id, previous_plan_id, expiration_ts, "
                       "finalized_ts, promoted_snapshot_ids, suffix_target, catalog_name_override, "
                       "previous_finalized_snapshots, normalize_name, requirements, gateway_managed "
                       "FROM after._environments WHERE name = 'prod'"),
    };
}

/* With `gaps`, also what the check must see: both sides' snapshots, and the log of their versions. */
static void promote_with(bool gaps)
{
    static const char read_snapshot[] =
        "SELECT snapshot, updated_ts, unpaused_ts, unrestorable, forward_only FROM _snapshots "
        "WHERE name = ?1 AND identifier = ?2";
    promotion plan = load_promotion();
    run("DROP TABLE demoted; DROP TABLE added");
    start();
    run("BEGIN IMMEDIATE");
    for_each(&plan.named, "SELECT 1 FROM _snapshots WHERE name = ?1 AND identifier = ?2");
    read_rows("SELECT * FROM _environments WHERE name = 'prod'");
    if (gaps) {
        for_each(&plan.demoted, read_snapshot);
        for_each(&plan.added, read_snapshot);
        for_each(&plan.versions, "SELECT * FROM _intervals WHERE name = ?1 AND version = ?2");
    }
    for_each(&plan.demoted, "UPDATE _snapshots SET updated_ts = ?3 WHERE name = ?1 AND identifier = ?2");
    for_each(&plan.record,
             "UPDATE _environments SET snapshots = ?2, start_at = ?3, end_at = ?4, plan_id = ?5, "
             "previous_plan_id = ?6, expiration_ts = ?7, finalized_ts = ?8, promoted_snapshot_ids = ?9, "
             "suffix_target = ?10, catalog_name_override = ?11, previous_finalized_snapshots = ?12, "
             "normalize_name = ?13, requirements = ?14, gateway_managed = ?15 WHERE name = ?1");
    run("COMMIT");
    stop();
}

static void promote(const char *ignored)
{
    (void)ignored;
    promote_with(true);
}

static void promote_unchecked(const char *ignored)
{
    (void)ignored;
    promote_with(false);
}

static void get(const char *ignored)
{
    (void)ignored;
    start();
    read_rows("SELECT * FROM _environments WHERE name = 'prod'");
    stop();
}

static void finalize(const char *ignored)
{
    (void)ignored;
    row_set record = load("SELECT name, plan_id, finalized_ts FROM after._environments WHERE name = 'prod'");
    start();
    run("BEGIN IMMEDIATE");
    for_each(&record, "UPDATE _environments SET finalized_ts = ?3 WHERE name = ?1 AND plan_id = ?2");
    run("COMMIT");
    stop();
}

static void add_intervals(const char *ignored)
{
    (void)ignored;
    row_set added = load("SELECT * FROM after._intervals WHERE id NOT IN (SELECT id FROM main._intervals)");
    start();
    run("BEGIN IMMEDIATE");
    insert(&added, "_intervals");
    run("COMMIT");
    stop();
}

static void compact(const char *ignored)
{
    (void)ignored;
    row_set added = load("SELECT * FROM after._intervals WHERE id NOT IN (SELECT id FROM main._intervals)");
    row_set removed =
        load("SELECT id FROM main._intervals WHERE id NOT IN (SELECT id FROM after._intervals)");
    start();
    run("BEGIN IMMEDIATE");
    read_rows("SELECT * FROM _intervals ORDER BY name, version, created_ts");
    insert(&added, "_intervals");
    for_each(&removed, "DELETE FROM _intervals WHERE id = ?1");
    run("COMMIT");
    stop();
}

/* `path` becomes a copy of itself, from memory. */
static void export_prod(const char *path)
{
    FILE *file = fopen(path, "rb");
    check(file != NULL && fseek(file, 0, SEEK_END) == 0);
    size_t size = (size_t)ftell(file);
    char *text = malloc(size);
    rewind(file);
    check(fread(text, 1, size, file) == size);
    fclose(file);

    row_set ids = load("SELECT name, identifier, version FROM main._snapshots WHERE unpaused_ts IS NOT NULL");
    start();
    run("BEGIN");
    read_rows("SELECT * FROM _environments WHERE name = 'prod'");
    for_each(&ids, "SELECT * FROM _snapshots WHERE name = ?1 AND identifier = ?2");
    for_each(&ids, "SELECT i.*, ?2 FROM _intervals i WHERE name = ?1 AND version = ?3");
    run("COMMIT");
    file = fopen(path, "wb");
    check(file != NULL && fwrite(text, 1, size, file) == size && fflush(file) == 0 &&
          fsync(fileno(file)) == 0 && fclose(file) == 0);
    stop();
}

static void import_file(const char *path)
{
    row_set snapshots = load("SELECT * FROM after._snapshots");
    row_set intervals = load("SELECT * FROM after._intervals");
    row_set environments = load("SELECT * FROM after._environments");
    char buffer[65536];
    start();
    FILE *file = fopen(path, "rb");
    check(file != NULL);
    while (fread(buffer, 1, sizeof buffer, file) > 0)
        continue;
    fclose(file);
    run("BEGIN IMMEDIATE");
    insert(&snapshots, "_snapshots");
    insert(&intervals, "_intervals");
    insert(&environments, "_environments");
    run("COMMIT");
    stop();
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(const char *file);
    } operations[] = {
        {"push", push},       {"promote", promote},    {"promote-unchecked", promote_unchecked},
        {"get", get},         {"finalize", finalize},  {"add-intervals", add_intervals},
        {"compact", compact}, {"export", export_prod}, {"import", import_file},
    };
    for (size_t i = 0; argc >= 4 && i < sizeof operations / sizeof *operations; i++) {
        if (strcmp(argv[1], operations[i].name) != 0)
            continue;
        check(sqlite3_open(argv[2], &database) == SQLITE_OK);
        run("PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL");
        sqlite3_stmt *attach = prepare("ATTACH ?1 AS after");
        sqlite3_bind_text(attach, 1, argv[3], -1, SQLITE_STATIC);
        check(sqlite3_step(attach) == SQLITE_DONE);
        sqlite3_finalize(attach);
        operations[i].run(argc > 4 ? argv[4] : NULL);
        check(sqlite3_close(database) == SQLITE_OK);
        return 0;
    }
    fprintf(stderr, "usage: floor NAME DATABASE AFTER [FILE]\n");
    return 2;
}
