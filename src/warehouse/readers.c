/* Readers with old snapshots: where there can be any, the engine knows them. See warehouse/readers.h. */
#include "warehouse/readers.h"

#include "warehouse/engine.h"

repoint_status rp_data_mark_take(rp_db *db, char **ret_mark, repoint_error *error)
{
    const rp_view_engine *engine = rp_view_engine_of(db);
    *ret_mark = NULL;
    return engine->take_mark != NULL ? engine->take_mark(db, ret_mark, error) : REPOINT_OK;
}

repoint_status rp_data_mark_check(rp_db *db, const char *mark, repoint_error *error)
{
    const rp_view_engine *engine = rp_view_engine_of(db);
    return engine->check_mark != NULL && mark != NULL ? engine->check_mark(db, mark, error) : REPOINT_OK;
}

repoint_status rp_data_mark_warning(rp_db *db, char **ret_warning, repoint_error *error)
{
    const rp_view_engine *engine = rp_view_engine_of(db);
    *ret_warning = NULL;
    return engine->mark_warning != NULL ? engine->mark_warning(db, ret_warning, error) : REPOINT_OK;
}
