/* What the commands' output for people has in common beside tables (grid.h). */
#ifndef RP_CLI_PAGE_H
#define RP_CLI_PAGE_H

#include <glib.h>

#include "cli/cli.h"

/* A line "label       value", the values below one another; nothing when `value` is NULL. */
void rp_print_fact(const rp_cli *cli, const char *label, const char *value);
/* The same for a list of names, wrapped; "none" when it is empty. */
void rp_print_facts(const rp_cli *cli, const char *label, const char *const *values);

/* "  ! SENTENCE", wrapped: one of several things that somebody should know. */
void rp_print_sentence(const rp_cli *cli, const char *sentence);

/* With --dry-run, at the end of what a command says: "dry run: nothing was written". */
void rp_print_dry_run(const rp_cli *cli);

/* "1 snapshot", "2 snapshots"; g_free() it. */
char *rp_text_count(size_t count, const char *noun);
/* "schema 102, SQLMesh 0.236.4, SQLGlot 30.8.0"; g_free() it. */
char *rp_text_versions(const repoint_versions *versions);
/* The URL of the state store without its password; g_free() it. */
char *rp_text_store(const rp_cli *cli);

#endif
