/* In which manner the views of a warehouse change. */
#ifndef RP_WAREHOUSE_MANNER_H
#define RP_WAREHOUSE_MANNER_H

#include "state/store.h"

typedef enum rp_manner {
    RP_MANNER_TRANSACTION, /* all of them in one transaction */
    RP_MANNER_RENAME,      /* all of them by one statement (warehouse/rename.h) */
    RP_MANNER_ONE_BY_ONE,  /* one after another (warehouse/one_by_one.h) */
} rp_manner;

/* By what the database can, unless the store's options say that this one cannot. */
rp_manner rp_manner_of(const repoint_store *store, const rp_db *warehouse);

#endif
