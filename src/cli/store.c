/*
 * The state store of a command, opened when it is first needed: what the settings become in
 * repoint_store_options. See cli.h.
 */
#include "cli/cli.h"

#include <string.h>

#include "cli/fail.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/secret.h"
#include "cli/text_time.h"
#include "cli/warehouse.h"

static int64_t fixed_now(void *context)
{
    return ((const rp_cli *)context)->now_ts;
}

static void trace(void *context, const char *statement, double milliseconds, int64_t rows)
{
    rp_trace(context, "%.1f ms, %" G_GINT64_FORMAT " rows: %s", milliseconds, rows, statement);
}

static void interrupt(void *store)
{
    repoint_store_interrupt(store);
}

/* --now: an ISO date or date-time, UTC unless it says otherwise, or milliseconds since 1970. */
static repoint_status parse_now(const char *text, int64_t *ret_ts, repoint_error *error)
{
    if (g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, ret_ts, NULL))
        return REPOINT_OK;
    g_autofree char *whole =
        strchr(text, ':') == NULL ? g_strconcat(text, "T00:00:00", NULL) : g_strdup(text);
    if (rp_text_time_parse(whole, ret_ts))
        return REPOINT_OK;
    return rp_cli_fail(error, REPOINT_INVALID, "write a time such as 2026-01-31T08:00:00Z",
                       "--now cannot be \"%s\"", text);
}

/* How long to wait for the locks of other writers; 0 leaves it to the library. */
static double busy_seconds(const rp_cli *cli)
{
    return rp_cli_has_option(cli, "cutover-timeout") ? rp_cli_seconds(cli, "cutover-timeout") : 0;
}

static repoint_status store_options(rp_cli *cli, repoint_store_options *ret_options, repoint_error *error)
{
    const char *now = rp_cli_text(cli, "now");
    repoint_status status = now == NULL ? REPOINT_OK : parse_now(now, &cli->now_ts, error);
    if (status != REPOINT_OK)
        return status;
    *ret_options = (repoint_store_options){
        .schema = rp_cli_text(cli, "schema"),
        .now = now == NULL ? NULL : fixed_now,
        .trace = rp_cli_flag(cli, "trace") ? trace : NULL,
        .progress = rp_progress_update,
        .context = cli,
        .timeout_seconds = rp_cli_seconds(cli, "timeout"),
        .busy_seconds = busy_seconds(cli),
        .warehouse_url = rp_cli_warehouse(cli),
        .dry_run = cli->dry_run,
        .views_one_by_one = strcmp(rp_cli_text(cli, "warehouse-views"), "one-by-one") == 0};
    return REPOINT_OK;
}

static void close_store(rp_cli *cli)
{
    rp_interrupt_set_hook(NULL, NULL);
    repoint_store_close(cli->store);
    cli->store = NULL;
}

static void keep(rp_cli *cli, repoint_store *store)
{
    cli->store = store;
    cli->close = close_store;
    rp_interrupt_set_hook(interrupt, store);
    g_autofree char *url = rp_secret_mask(rp_cli_text(cli, "state"));
    rp_remark_verbose(cli, "the state store is %s", url);
}

repoint_status rp_cli_store(rp_cli *cli, repoint_store **ret_store, repoint_error *error)
{
    if (cli->store == NULL) {
        repoint_store_options options;
        repoint_store *store = NULL;
        repoint_status status = store_options(cli, &options, error);
        if (status == REPOINT_OK)
            status = repoint_store_open(rp_cli_text(cli, "state"), &options, &store, error);
        if (status != REPOINT_OK)
            return status;
        keep(cli, store);
    }
    *ret_store = cli->store;
    return REPOINT_OK;
}

repoint_status rp_cli_store_create(rp_cli *cli, const repoint_versions *versions, repoint_store **ret_store,
                                   bool *ret_created, repoint_error *error)
{
    g_assert(cli->store == NULL);
    repoint_store_options options;
    repoint_store *store = NULL;
    repoint_status status = store_options(cli, &options, error);
    if (status == REPOINT_OK)
        status =
            repoint_store_create(rp_cli_text(cli, "state"), &options, versions, &store, ret_created, error);
    if (status != REPOINT_OK)
        return status;
    keep(cli, store);
    *ret_store = store;
    return REPOINT_OK;
}
