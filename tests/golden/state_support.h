/* What the golden tests of the state store share: a store as it was at one moment, and what is in it
 * afterwards. */
#ifndef TEST_STATE_SUPPORT_H
#define TEST_STATE_SUPPORT_H

#include "model/interval.h"
#include "state/store.h"
#include "support.h"

/* A store of one golden case. `file` is the golden file, whose "snapshots" and "table_infos" give objects by
 * key such as "orders@a". */
typedef struct world {
    yyjson_val *file;
    int64_t now; /* what the store's clock shows */
    repoint_store *store;
} world;

G_DEFINE_AUTOPTR_CLEANUP_FUNC(repoint_table, repoint_table_free)

/* Runs the golden file `name` once on a store in memory and once on a file: the whole of a test's main().
 * `run` gets the store's URL as its context. */
int golden_state_main(const char *name, golden_case run);

/* An empty store at `url`; what was there is removed. */
void world_open(world *of, const char *url, yyjson_val *file, int64_t now);
void world_close(world *of);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(world, world_close)

/* GOLDEN_SKIP, printing once for each `what` why. */
char *golden_leave(const char *what, const char *reason);

/* ---- given ---- */

void given_sql(const world *of, const char *sql, const rp_db_value *values, size_t count);
void given_snapshots(const world *of, yyjson_val *keys); /* an array of keys, or the string "all" */
void given_environments(const world *of, yyjson_val *rows);
void given_statements(const world *of, yyjson_val *rows);
void given_intervals(const world *of, yyjson_val *rows);

/* ---- values ---- */

repoint_snapshot *snapshot_of_key(const world *of, const char *key);
repoint_table *table_of_key(const world *of, const char *key);
repoint_environment *environment_of_text(const char *text);
/* The key of a table by its name and fingerprint; "?" for one that the file does not have. */
const char *key_of_table(const world *of, const repoint_table *table);
const char *key_of_fingerprint(const world *of, const char *name, const char *fingerprint_text);
/* The table infos, or the ids, of an array of keys as SQLMesh writes them into a row. */
char *tables_of_keys(const world *of, yyjson_val *keys);
char *ids_of_keys(const world *of, yyjson_val *keys);

/* ---- then ---- */

/* Each returns NULL, or what is wrong (g_free()). */
char *wrong_environments(const world *of, yyjson_val *expected);
char *wrong_statements(const world *of, yyjson_val *expected);
/* Compares `actual` with the compact text of `expected`. */
char *wrong_text(const char *what, const char *actual, yyjson_val *expected);
/* Compares the elements' compact texts, whatever their order. `actual` is of char *. */
char *wrong_set(const char *what, GPtrArray *actual, yyjson_val *expected);
/* Compares the status with what the golden case says: "result", or an "error" of a kind. */
char *wrong_status(yyjson_val *one_case, repoint_status status, const repoint_error *error);

/* The columns of the current row as an object's fields. */
void write_text_column(rp_json_writer *writer, const char *key, const rp_rows *rows, size_t column);
void write_integer_column(rp_json_writer *writer, const char *key, const rp_rows *rows, size_t column);
void write_boolean_column(rp_json_writer *writer, const char *key, const rp_rows *rows, size_t column);

char *compact_text(yyjson_val *value);

#endif
