/* Which engine a connection has. See warehouse/engine.h. */
#include "warehouse/engine.h"

#include <string.h>

static const struct {
    const char *scheme;
    const rp_view_engine *engine;
} engines[] = {
    {"postgresql", &rp_postgres_views}, {"postgres", &rp_postgres_views}, {"duckdb", &rp_duckdb_views},
    {"mysql", &rp_mysql_views},         {"mariadb", &rp_mysql_views},     {"sqlite", &rp_sqlite_views},
    {"memory", &rp_sqlite_views},
};

const rp_view_engine *rp_view_engine_of(const rp_db *db)
{
    for (size_t i = 0; i < G_N_ELEMENTS(engines); i++) {
        if (strcmp(engines[i].scheme, db->driver->scheme) == 0)
            return engines[i].engine;
    }
    return &rp_sqlite_views;
}
