/* Open deployments, leases and holds. See open_deployments.h. */
#include "cli/open_deployments.h"

#include <string.h>

#include "cli/change.h"
#include "cli/grid.h"
#include "cli/handles.h"
#include "cli/text_time.h"

repoint_status rp_open_deployments_load(repoint_store *store, yyjson_doc **ret_list, repoint_error *error)
{
    g_auto(rp_library_text) json = NULL;
    repoint_status status = repoint_deployments_list(store, &json, error);
    if (status == REPOINT_OK)
        *ret_list = yyjson_read(json, strlen(json), 0);
    return status;
}

static const char *text_at(yyjson_val *object, const char *key)
{
    return yyjson_get_str(yyjson_obj_get(object, key));
}

/* "2026-01-05 07:00:05"; g_free() it. */
static char *time_at(yyjson_val *object, const char *key)
{
    return rp_text_time(yyjson_get_sint(yyjson_obj_get(object, key)));
}

static bool is_true(yyjson_val *object, const char *key)
{
    return yyjson_get_bool(yyjson_obj_get(object, key));
}

/* ---- what needs attention ---- */

static void attend_deployment(const rp_cli *cli, const char *environment, yyjson_val *open, bool is_worked_on,
                              GPtrArray *attention)
{
    g_autofree char *since = time_at(open, "created_ts");
    const char *state = text_at(open, "state");
    if (strcmp(state, "promoted") == 0 && text_at(open, "digest") == NULL)
        return; /* without views that are to follow: the environment's own row says it */
    g_autofree char *resume = rp_text_command_on(cli, "resume", environment, false);
    g_ptr_array_add(attention,
                    g_strdup_printf("a deployment of %s is open: plan %s by %s, since %s UTC, state %s%s%s%s",
                                    environment, text_at(open, "plan_id"), text_at(open, "author"), since,
                                    state, is_worked_on ? "; somebody works on it" : "; \"",
                                    is_worked_on ? "" : resume, is_worked_on ? "" : "\" goes on with it"));
    if (strcmp(state, "switching") == 0 && strcmp(rp_cli_text(cli, "warehouse-views"), "one-by-one") == 0)
        g_ptr_array_add(attention, g_strdup_printf("the views of %s change one by one: readers may see new "
                                                   "tables in some of them and old ones in others",
                                                   environment));
}

static void attend_lease(const char *environment, yyjson_val *lease, GPtrArray *attention)
{
    g_autofree char *since = time_at(lease, "since_ts");
    g_autofree char *until = time_at(lease, "expires_ts");
    const char *author = text_at(lease, "author"), *host = text_at(lease, "host");
    if (is_true(lease, "is_dead"))
        g_ptr_array_add(attention,
                        g_strdup_printf("%s was held by %s on %s since %s UTC (%s), whose process "
                                        "has died; whoever comes next takes over",
                                        environment, author, host, since, text_at(lease, "doing")));
    else if (is_true(lease, "is_expired"))
        g_ptr_array_add(attention,
                        g_strdup_printf("%s was held by %s on %s since %s UTC (%s), whose lease has "
                                        "expired at %s UTC; whoever comes next takes over",
                                        environment, author, host, since, text_at(lease, "doing"), until));
    else
        g_ptr_array_add(attention, g_strdup_printf("%s is held by %s on %s since %s UTC (%s)", environment,
                                                   author, host, since, text_at(lease, "doing")));
}

static void attend_hold(const rp_cli *cli, const char *environment, yyjson_val *hold, GPtrArray *attention)
{
    g_autofree char *since = time_at(hold, "since_ts");
    g_autofree char *release = rp_text_command_on(cli, "release", environment, false);
    g_ptr_array_add(attention,
                    g_strdup_printf("%s is on hold since %s UTC: %s rolled it back to revision "
                                    "%" G_GINT64_FORMAT "; \"%s\" lifts the hold",
                                    environment, since, text_at(hold, "author"),
                                    (gint64)yyjson_get_sint(yyjson_obj_get(hold, "revision")), release));
}

void rp_open_deployments_attend(const rp_cli *cli, yyjson_doc *list, GPtrArray *attention)
{
    size_t index, count;
    yyjson_val *entry;
    yyjson_arr_foreach (yyjson_doc_get_root(list), index, count, entry) {
        const char *environment = text_at(entry, "environment");
        yyjson_val *open = yyjson_obj_get(entry, "deployment"), *lease = yyjson_obj_get(entry, "lease");
        yyjson_val *hold = yyjson_obj_get(entry, "hold");
        bool is_held = yyjson_is_obj(lease);
        bool is_worked_on = is_held && !is_true(lease, "is_dead") && !is_true(lease, "is_expired");
        if (yyjson_is_obj(open))
            attend_deployment(cli, environment, open, is_worked_on, attention);
        if (is_held)
            attend_lease(environment, lease, attention);
        if (yyjson_is_obj(hold))
            attend_hold(cli, environment, hold, attention);
    }
}

/* ---- the table ---- */

static const char *lease_text(yyjson_val *lease)
{
    if (!yyjson_is_obj(lease))
        return "nobody";
    if (is_true(lease, "is_dead"))
        return "a dead process";
    return is_true(lease, "is_expired") ? "an expired lease" : text_at(lease, "author");
}

void rp_open_deployments_print(const rp_cli *cli, yyjson_doc *list)
{
    static const rp_column columns[] = {{.title = "DEPLOYMENT"},
                                        {.title = "STATE"},
                                        {.title = "BY"},
                                        {.title = "SINCE"},
                                        {.title = "HELD BY"},
                                        {.title = "ON HOLD"},
                                        {0}};
    if (yyjson_arr_size(yyjson_doc_get_root(list)) == 0)
        return;
    g_autoptr(rp_grid) grid = rp_grid_new(columns);
    size_t index, count;
    yyjson_val *entry;
    yyjson_arr_foreach (yyjson_doc_get_root(list), index, count, entry) {
        yyjson_val *open = yyjson_obj_get(entry, "deployment");
        g_autofree char *since = time_at(open, "created_ts");
        rp_grid_add(grid, (const char *[]){text_at(entry, "environment"),
                                           yyjson_is_obj(open) ? text_at(open, "state") : "none",
                                           text_at(open, "author"), since,
                                           lease_text(yyjson_obj_get(entry, "lease")),
                                           yyjson_is_obj(yyjson_obj_get(entry, "hold")) ? "yes" : "no"});
    }
    rp_print(cli, "\n");
    rp_grid_print(grid, cli);
}
