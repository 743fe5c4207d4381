/* The manner in which views change. See warehouse/manner.h. */
#include "warehouse/manner.h"

#include "warehouse/rename.h"

rp_manner rp_manner_of(const repoint_store *store, const rp_db *warehouse)
{
    if (store->options.views_one_by_one)
        return RP_MANNER_ONE_BY_ONE;
    return rp_rename_is_used(warehouse) ? RP_MANNER_RENAME : RP_MANNER_TRANSACTION;
}
