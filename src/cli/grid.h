/* Aligned columns on standard output, for people; with -o json a command prints a document instead. */
#ifndef RP_CLI_GRID_H
#define RP_CLI_GRID_H

#include "cli/cli.h"

typedef struct rp_column {
    const char *title; /* NULL ends an array */
    bool right;        /* numbers */
    bool shrink;       /* may be shortened on a narrow terminal; never set it for names and identifiers */
} rp_column;

typedef struct rp_grid rp_grid;

/* `columns` must outlive the grid. */
rp_grid *rp_grid_new(const rp_column *columns);
void rp_grid_free(rp_grid *grid);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(rp_grid, rp_grid_free)

/* Adds a row: as many strings as there are columns, copied; NULL is an empty cell. */
void rp_grid_add(rp_grid *grid, const char *const *cells);

/* Prints titles and rows; nothing at all when there are no rows. */
void rp_grid_print(const rp_grid *grid, const rp_cli *cli);

#endif
