/*
 * Model kinds: one row a kind, with what the rest of repoint asks of it. See model/kind.h.
 *
 * Seeds, custom kinds and dbt's own are materialised but not incremental; that is the reference's choice, not
 * an omission.
 */
#include "model/kind.h"

#include <glib.h>
#include <string.h>

enum kind_trait {
    INCREMENTAL = 1 << 0,
    SYMBOLIC = 1 << 1,
    VIEW = 1 << 2,
    FULL_HISTORY_RESTATEMENT_ONLY = 1 << 3,
};

static const struct {
    const char *name;
    unsigned traits;
} kinds[] = {
    [RP_KIND_NONE] = {NULL, 0},
    [RP_KIND_INCREMENTAL_BY_TIME_RANGE] = {"INCREMENTAL_BY_TIME_RANGE", INCREMENTAL},
    [RP_KIND_INCREMENTAL_BY_UNIQUE_KEY] = {"INCREMENTAL_BY_UNIQUE_KEY",
                                           INCREMENTAL | FULL_HISTORY_RESTATEMENT_ONLY},
    [RP_KIND_INCREMENTAL_BY_PARTITION] = {"INCREMENTAL_BY_PARTITION",
                                          INCREMENTAL | FULL_HISTORY_RESTATEMENT_ONLY},
    [RP_KIND_INCREMENTAL_UNMANAGED] = {"INCREMENTAL_UNMANAGED", INCREMENTAL | FULL_HISTORY_RESTATEMENT_ONLY},
    [RP_KIND_FULL] = {"FULL", FULL_HISTORY_RESTATEMENT_ONLY},
    [RP_KIND_SCD_TYPE_2] = {"SCD_TYPE_2", INCREMENTAL | FULL_HISTORY_RESTATEMENT_ONLY},
    [RP_KIND_SCD_TYPE_2_BY_TIME] = {"SCD_TYPE_2_BY_TIME", INCREMENTAL | FULL_HISTORY_RESTATEMENT_ONLY},
    [RP_KIND_SCD_TYPE_2_BY_COLUMN] = {"SCD_TYPE_2_BY_COLUMN", INCREMENTAL | FULL_HISTORY_RESTATEMENT_ONLY},
    [RP_KIND_VIEW] = {"VIEW", VIEW | FULL_HISTORY_RESTATEMENT_ONLY},
    [RP_KIND_EMBEDDED] = {"EMBEDDED", SYMBOLIC},
    [RP_KIND_SEED] = {"SEED", 0},
    [RP_KIND_EXTERNAL] = {"EXTERNAL", SYMBOLIC},
    [RP_KIND_CUSTOM] = {"CUSTOM", 0},
    [RP_KIND_MANAGED] = {"MANAGED", FULL_HISTORY_RESTATEMENT_ONLY},
    [RP_KIND_DBT_CUSTOM] = {"DBT_CUSTOM", 0},
};

bool rp_kind_from_name(const char *name, rp_kind *ret_kind)
{
    if (name == NULL) {
        *ret_kind = RP_KIND_NONE;
        return true;
    }
    for (size_t i = RP_KIND_NONE + 1; i < G_N_ELEMENTS(kinds); i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            *ret_kind = (rp_kind)i;
            return true;
        }
    }
    return false;
}

bool rp_kind_is_incremental(rp_kind kind)
{
    return (kinds[kind].traits & INCREMENTAL) != 0;
}

bool rp_kind_is_symbolic(rp_kind kind)
{
    return (kinds[kind].traits & SYMBOLIC) != 0;
}

bool rp_kind_is_materialized(rp_kind kind)
{
    return kind != RP_KIND_NONE && (kinds[kind].traits & (SYMBOLIC | VIEW)) == 0;
}

bool rp_kind_is_full_history_restatement_only(rp_kind kind)
{
    return (kinds[kind].traits & FULL_HISTORY_RESTATEMENT_ONLY) != 0;
}
