/* Statements as PostgreSQL's protocol takes them: $1, $2, ... and their values in binary. */
#ifndef RP_DB_POSTGRES_WIRE_H
#define RP_DB_POSTGRES_WIRE_H

#include <libpq-fe.h>

#include "db/driver.h"

/* Type numbers of pg_type.h that a result or a parameter may have. */
enum { PG_BOOL = 16, PG_INT8 = 20, PG_INT2 = 21, PG_INT4 = 23, PG_OID = 26, PG_NUMERIC = 1700 };

/* A statement on its way. Short texts and numbers are borrowed from the caller's values. */
typedef struct pg_wire {
    GString *sql;
    GArray *types;     /* of Oid */
    GPtrArray *values; /* of const char *; NULL is SQL NULL */
    GArray *sizes;     /* of int */
    GArray *formats;   /* of int: all binary */
    GPtrArray *owned;  /* of what had to be made for it */
} pg_wire;

/* A statement in rp_sql()'s spelling, with its values: ?N becomes $M, and a key list one array a column. */
pg_wire *rp_pg_wire_new(const char *sql, const rp_db_value *values, size_t count);
/* An INSERT of rows, as one array a column. */
pg_wire *rp_pg_wire_insert(const rp_db *db, const rp_insert *into, const rp_db_value *values, size_t rows);
void rp_pg_wire_free(pg_wire *wire);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(pg_wire, rp_pg_wire_free)

/* Hands it to libpq, inside a pipeline. False when libpq refuses. */
bool rp_pg_wire_send(const pg_wire *wire, PGconn *connection);

/* The driver slot write_keys. */
void rp_pg_write_keys(const rp_db *db, GString *sql, unsigned parameter, const char *columns);

#endif
