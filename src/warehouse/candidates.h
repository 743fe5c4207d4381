/*
 * Candidates: views that show a draft to those who look for them, before anybody else sees it.
 *
 * The candidate of view shop.orders in environment prod is shop__prod__next.orders; of shop__dev.orders in
 * dev it is shop__dev__next.orders, and likewise for the other suffixes. Where a candidate has to be in its
 * view's own schema (MariaDB), it is orders__repoint_next.
 */
#ifndef RP_WAREHOUSE_CANDIDATES_H
#define RP_WAREHOUSE_CANDIDATES_H

#include "warehouse/views.h"

/* The candidate of a view of `environment`. Clear with rp_relation_clear(). */
rp_relation rp_candidate_of(const rp_db *db, const rp_relation *view, const char *environment);

/* Makes a candidate for each view that the environment is to have, readable by the roles in `readers`
 * (NULL-terminated, or NULL). In the caller's transaction where views change with it. What is there already
 * is made anew. */
repoint_status rp_candidates_create(rp_db *db, const GPtrArray *changes, const char *environment,
                                    const char *const *readers, repoint_error *error);

/* Drops those candidates of `views` (of rp_relation) that are there, and the schemas that were made for them
 * when nothing is left in them; one that we could not make again stays. */
repoint_status rp_candidates_drop(rp_db *db, const GPtrArray *views, const char *environment,
                                  repoint_error *error);

#endif
