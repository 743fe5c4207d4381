/*
 * The statements of a SQLMesh project that belong to an environment (before_all, after_all) and to its models
 * (on_virtual_update).
 *
 *     before_all           before the cutover, in one transaction of the warehouse
 *     on_virtual_update    of each model whose view is made or replaced, after all views, in their
 * transaction after_all            once readers see the new tables, in one transaction
 *
 * That is when the reference runs them. Only what needs no macros can be run here: a statement with @ or {{
 * is stored, not run, and plan says so; so is every one where SQLMesh itself would not run (SQLite). After a
 * crash they are run again, as a second plan of SQLMesh would. On MariaDB, whose views change by one
 * statement, on_virtual_update comes after it, and a crash between the two leaves it out.
 */
#ifndef RP_DEPLOY_STATEMENTS_H
#define RP_DEPLOY_STATEMENTS_H

#include "deploy/facts.h"
#include "deploy/plan.h"

/* Finds what is to be run for a plan whose changes are known; warns of what is not. */
repoint_status rp_statements_find(repoint_store *store, repoint_plan *plan, const rp_facts *facts,
                                  repoint_error *error);

/* Runs a list of the plan in a transaction of its own. */
repoint_status rp_statements_run(rp_db *warehouse, const GPtrArray *statements, repoint_error *error);

#endif
