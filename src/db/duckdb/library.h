/*
 * DuckDB's C library, loaded at run time: who does not use DuckDB need not have its 60 MB. Declared here is
 * what the driver uses of it; the names are the library's own, without "duckdb_".
 */
#ifndef RP_DB_DUCKDB_LIBRARY_H
#define RP_DB_DUCKDB_LIBRARY_H

#include "base/error.h"

/* Handles of the library. */
typedef struct duck_database *duck_database;
typedef struct duck_connection *duck_connection;
typedef struct duck_config *duck_config;
typedef struct duck_statement *duck_statement;
typedef struct duck_pending *duck_pending;
typedef struct duck_value *duck_value;
typedef struct duck_type *duck_type;
typedef struct duck_chunk *duck_chunk;
typedef struct duck_vector *duck_vector;

/* duckdb_result, which the caller allocates; only its last field is of use. */
typedef struct duck_result {
    uint64_t deprecated_counts[3];
    void *deprecated_columns;
    char *deprecated_error;
    void *internal;
} duck_result;

/* duckdb_string_t: short texts lie inside. */
typedef union duck_string {
    struct {
        uint32_t size;
        char bytes[12];
    } inside;
    struct {
        uint32_t size;
        char prefix[4];
        const char *bytes;
    } outside;
} duck_string;

enum { DUCK_OK = 0 }; /* duckdb_state */

/* duckdb_type */
enum {
    DUCK_BOOLEAN = 1,
    DUCK_TINYINT = 2,
    DUCK_SMALLINT = 3,
    DUCK_INTEGER = 4,
    DUCK_BIGINT = 5,
    DUCK_HUGEINT = 16,
    DUCK_VARCHAR = 17,
    DUCK_SQLNULL = 36,
};

/* duckdb_pending_state */
enum {
    DUCK_PENDING_READY = 0,
    DUCK_PENDING_NOT_READY = 1,
    DUCK_PENDING_ERROR = 2,
    DUCK_PENDING_NO_TASKS = 3
};

/* Every function that is used: X(result, name, parameters). */
#define DUCK_FUNCTIONS(X)                                                                                    \
    X(const char *, library_version, (void))                                                                 \
    X(void, free, (void *))                                                                                  \
    X(int, create_config, (duck_config *))                                                                   \
    X(int, set_config, (duck_config, const char *, const char *))                                            \
    X(void, destroy_config, (duck_config *))                                                                 \
    X(int, open_ext, (const char *, duck_database *, duck_config, char **))                                  \
    X(void, close, (duck_database *))                                                                        \
    X(int, connect, (duck_database, duck_connection *))                                                      \
    X(void, interrupt, (duck_connection))                                                                    \
    X(void, disconnect, (duck_connection *))                                                                 \
    X(int, prepare, (duck_connection, const char *, duck_statement *))                                       \
    X(const char *, prepare_error, (duck_statement))                                                         \
    X(void, destroy_prepare, (duck_statement *))                                                             \
    X(int, bind_value, (duck_statement, uint64_t, duck_value))                                               \
    X(duck_value, create_varchar_length, (const char *, uint64_t))                                           \
    X(duck_value, create_int64, (int64_t))                                                                   \
    X(duck_value, create_bool, (bool))                                                                       \
    X(duck_value, create_null_value, (void))                                                                 \
    X(duck_value, create_list_value, (duck_type, duck_value *, uint64_t))                                    \
    X(void, destroy_value, (duck_value *))                                                                   \
    X(duck_type, create_logical_type, (int))                                                                 \
    X(duck_type, create_list_type, (duck_type))                                                              \
    X(void, destroy_logical_type, (duck_type *))                                                             \
    X(int, pending_prepared_streaming, (duck_statement, duck_pending *))                                     \
    X(const char *, pending_error, (duck_pending))                                                           \
    X(int, pending_execute_task, (duck_pending))                                                             \
    X(int, execute_pending, (duck_pending, duck_result *))                                                   \
    X(void, destroy_pending, (duck_pending *))                                                               \
    X(const char *, result_error, (duck_result *))                                                           \
    X(uint64_t, rows_changed, (duck_result *))                                                               \
    X(uint64_t, column_count, (duck_result *))                                                               \
    X(int, column_type, (duck_result *, uint64_t))                                                           \
    X(void, destroy_result, (duck_result *))                                                                 \
    X(duck_chunk, fetch_chunk, (duck_result))                                                                \
    X(uint64_t, data_chunk_get_size, (duck_chunk))                                                           \
    X(duck_vector, data_chunk_get_vector, (duck_chunk, uint64_t))                                            \
    X(void *, vector_get_data, (duck_vector))                                                                \
    X(uint64_t *, vector_get_validity, (duck_vector))                                                        \
    X(void, destroy_data_chunk, (duck_chunk *))

#define DUCK_MEMBER(result, name, parameters) result(*name) parameters;
typedef struct duck_library {
    DUCK_FUNCTIONS(DUCK_MEMBER)
} duck_library;
#undef DUCK_MEMBER

/*
 * The library, found by REPOINT_DUCKDB_LIBRARY, else as libduckdb.so; loaded once. REPOINT_INVALID, saying
 * how to get it, when there is none. Never unloaded.
 */
repoint_status rp_duck_library(const duck_library **ret_library, repoint_error *error);

#endif
