/* Model kinds and change categories, and what follows from them (SQLMesh: ModelKindName,
 * SnapshotChangeCategory). */
#ifndef RP_MODEL_KIND_H
#define RP_MODEL_KIND_H

#include <stdbool.h>

typedef enum rp_kind {
    RP_KIND_NONE, /* a standalone audit */
    RP_KIND_INCREMENTAL_BY_TIME_RANGE,
    RP_KIND_INCREMENTAL_BY_UNIQUE_KEY,
    RP_KIND_INCREMENTAL_BY_PARTITION,
    RP_KIND_INCREMENTAL_UNMANAGED,
    RP_KIND_FULL,
    RP_KIND_SCD_TYPE_2,
    RP_KIND_SCD_TYPE_2_BY_TIME,
    RP_KIND_SCD_TYPE_2_BY_COLUMN,
    RP_KIND_VIEW,
    RP_KIND_EMBEDDED,
    RP_KIND_SEED,
    RP_KIND_EXTERNAL,
    RP_KIND_CUSTOM,
    RP_KIND_MANAGED,
    RP_KIND_DBT_CUSTOM,
} rp_kind;

typedef enum rp_change_category {
    RP_CATEGORY_NONE, /* not categorised yet */
    RP_CATEGORY_BREAKING = 1,
    RP_CATEGORY_NON_BREAKING = 2,
    RP_CATEGORY_FORWARD_ONLY = 3, /* old rows only */
    RP_CATEGORY_INDIRECT_BREAKING = 4,
    RP_CATEGORY_INDIRECT_NON_BREAKING = 5,
    RP_CATEGORY_METADATA = 6,
} rp_change_category;

bool rp_kind_from_name(const char *name, rp_kind *ret_kind); /* NULL is RP_KIND_NONE */

bool rp_kind_is_incremental(rp_kind kind);
bool rp_kind_is_symbolic(rp_kind kind);     /* has no table of its own: embedded, external */
bool rp_kind_is_materialized(rp_kind kind); /* its physical object is a table */
bool rp_kind_is_full_history_restatement_only(rp_kind kind);

#endif
