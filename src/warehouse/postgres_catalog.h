/*
 * What PostgreSQL's catalog says about views and what hangs on them, read in as many queries for four
 * thousand views as for one.
 *
 *     load         the relations of some names, with their columns
 *     dependents   the views that stand on some of them, at whatever distance, and which columns they use
 *     facts        what is set on some of them: options, comments, grants, ...
 *
 * Somebody may drop a view meanwhile: what it was then fails to be printed, and it is looked at again without
 * it. REPOINT_BUSY when that does not end, or something else goes away.
 */
#ifndef RP_WAREHOUSE_POSTGRES_CATALOG_H
#define RP_WAREHOUSE_POSTGRES_CATALOG_H

#include "warehouse/views.h"

typedef struct pg_column {
    char *name;
    char *quoted; /* as the server prints it */
    char *type;   /* with its modifier: "numeric(10,2)" */
    int64_t type_id;
    int64_t collation;
} pg_column;

typedef enum pg_fact_kind {
    PG_OPTION,         /* name, text */
    PG_COMMENT,        /* text; of the column, or of the relation */
    PG_GRANT,          /* name: to whom, NULL is everybody; text: the privilege; grantor */
    PG_OWNER_LACKS,    /* text: a privilege that the owner has taken from himself */
    PG_DEFAULT_GRANT,  /* name: who gets something on a relation that we make there, by itself */
    PG_COLUMN_DEFAULT, /* text: the expression */
    PG_INDEX,          /* name; text: its statement; grantor: its tablespace */
    PG_PART,           /* text: something of its own that is not put back: "rule keep on view orders" */
    PG_USER,           /* text: something that is no view and needs it: "function total()" */
} pg_fact_kind;

typedef struct pg_fact {
    pg_fact_kind kind;
    char *column; /* NULL: the whole relation */
    char *name;
    char *text;
    char *grantor;
    bool flag;    /* a grant: with grant option; an index: the relation is clustered on it */
    bool is_ours; /* we may act as the grantor */
} pg_fact;

/* A view reads a column of a relation, or (NULL) the relation. */
typedef struct pg_use {
    int64_t by;
    int64_t of;
    char *column;
} pg_use;

typedef struct pg_relation {
    int64_t id;
    rp_relation name;
    char kind; /* pg_class.relkind */
    char *owner;
    bool is_ours;          /* we may act as its owner */
    bool owner_may_create; /* its owner may have a new relation in its schema */
    bool we_may_create;    /* we may make one there */
    bool is_visible;       /* without its schema */
    bool is_populated;     /* a materialized view */
    char *definition;      /* a view's query, as the server prints it */
    int64_t reads;         /* the one relation that a view reads; 0: none, or several */
    char *quoted_schema;
    char *quoted_name;
    char *tablespace;    /* NULL: the database's own */
    char *access_method; /* of a materialized view */
    unsigned depth;      /* of a dependent: how many views are under it, at most */
    GPtrArray *columns;  /* of pg_column */
    GPtrArray *facts;    /* of pg_fact; empty until they are loaded */
} pg_relation;

#define RP_PG_SAVEPOINT "repoint_look"

typedef struct pg_catalog {
    GHashTable *by_id;   /* of pg_relation, owned */
    GHashTable *by_name; /* rp_relation_key() -> pg_relation */
    GPtrArray *uses;     /* of pg_use */
    bool has_savepoint;  /* RP_PG_SAVEPOINT: the transaction goes back there before something is read again */
} pg_catalog;

pg_catalog rp_pg_catalog_new(void);
void rp_pg_catalog_clear(pg_catalog *catalog);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(pg_catalog, rp_pg_catalog_clear)

/* Loads those of `names` (of rp_relation) that are there. */
repoint_status rp_pg_catalog_load(rp_db *db, pg_catalog *catalog, const GPtrArray *names,
                                  repoint_error *error);
/* Loads every view that stands on one of `relations` (of pg_relation), and their uses of each other. */
repoint_status rp_pg_catalog_load_dependents(rp_db *db, pg_catalog *catalog, const GPtrArray *relations,
                                             repoint_error *error);
repoint_status rp_pg_catalog_load_facts(rp_db *db, const pg_catalog *catalog, const GPtrArray *relations,
                                        repoint_error *error);

/* Does the view that `name` means, as SQL text, read one of `relations` (of pg_relation)? */
repoint_status rp_pg_catalog_reads_any(rp_db *db, const char *name, const GPtrArray *relations,
                                       bool *ret_reads, repoint_error *error);

const pg_relation *rp_pg_relation_find(const pg_catalog *catalog, const rp_db *db, const rp_relation *name);
const pg_column *rp_pg_column_find(const pg_relation *relation, const char *name);
/* The first fact of this kind about `column` (NULL: the relation). */
const pg_fact *rp_pg_fact_find(const pg_relation *relation, pg_fact_kind kind, const char *column);

#endif
