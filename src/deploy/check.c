/* Running checks. See deploy/check.h. */
#include "deploy/check.h"

#include <inttypes.h>
#include <string.h>

#include "base/child.h"
#include "deploy/check_query.h"
#include "deploy/event.h"
#include "deploy/jobs.h"
#include "deploy/rehearsal.h"
#include "warehouse/candidates.h"

#define AT_A_TIME       4
#define DEFAULT_SECONDS 300
#define LONGEST_MESSAGE 500                  /* bytes */
#define GRACE_US        (G_USEC_PER_SEC / 2) /* for a query to notice by itself that its time is over */

typedef struct check_job {
    rp_job job;
    const repoint_store *store; /* for its address alone */
    const repoint_check *check;
    const char *directory;
    rp_check_query query;
    char *input;  /* of a command */
    char *output; /* likewise */
    atomic_bool is_cut_short;
    GMutex lock;
    rp_db *db; /* under the lock; NULL: not asking */
    rp_check_result result;
} check_job;

static void check_job_free(gpointer data)
{
    check_job *of = data;
    rp_check_query_clear(&of->query);
    rp_check_result_clear(&of->result);
    g_free(of->input);
    g_free(of->output);
    g_mutex_clear(&of->lock);
    g_free(of);
}

static double seconds_of(const repoint_check *check)
{
    return check->timeout_seconds > 0 ? check->timeout_seconds : DEFAULT_SECONDS;
}

/* ---- at work ---- */

static void break_off(check_job *of, const char *message)
{
    of->result.outcome = RP_CHECK_BROKEN;
    of->result.message = g_strdup(message);
}

/* False when it has been cut short already. */
static bool set_connection(check_job *of, rp_db *db)
{
    g_mutex_lock(&of->lock);
    of->db = db;
    g_mutex_unlock(&of->lock);
    return !atomic_load(&of->is_cut_short);
}

static void ask(check_job *of)
{
    g_autoptr(rp_db) db = NULL;
    repoint_error failure = REPOINT_ERROR_INIT;
    gint64 deadline_us = g_get_monotonic_time() + (gint64)(seconds_of(of->check) * G_USEC_PER_SEC);
    of->result.rows = -1;
    atomic_store(&of->job.until_us, deadline_us + GRACE_US);
    repoint_status status = rp_store_warehouse_again(of->store, deadline_us, &db, &failure);
    if (status != REPOINT_OK)
        break_off(of, failure.message);
    else if (set_connection(of, db))
        rp_check_query_ask(&of->query, db, &of->result);
    set_connection(of, NULL);
    bool is_late = g_get_monotonic_time() >= deadline_us;
    if (of->result.outcome == RP_CHECK_TIMED_OUT || (of->result.outcome == RP_CHECK_BROKEN && is_late)) {
        of->result.outcome = RP_CHECK_TIMED_OUT;
        g_free(of->result.message);
        of->result.message = g_strdup_printf("it took longer than %g seconds", seconds_of(of->check));
    }
    repoint_error_clear(&failure);
}

/* The last line that a program wrote says most. */
static char *last_line(const char *output)
{
    g_autofree char *text = g_strchomp(g_strdup(output));
    const char *line = strrchr(text, '\n');
    return g_strdup(line != NULL ? line + 1 : text);
}

static void run_command(check_job *of)
{
    rp_child child = {.argv = of->check->command,
                      .directory = of->directory,
                      .input = of->input,
                      .timeout_seconds = seconds_of(of->check),
                      .stop = &of->is_cut_short};
    g_autofree char *reason = NULL;
    rp_child_end end = rp_child_run(&child, &of->output, &reason);
    g_autofree char *line = last_line(of->output);
    of->result.rows = -1;
    if (end == RP_CHILD_SUCCEEDED)
        return;
    of->result.outcome = end == RP_CHILD_TIMED_OUT ? RP_CHECK_TIMED_OUT : RP_CHECK_FAILED;
    of->result.message =
        *line != '\0' && end == RP_CHILD_FAILED ? g_strdup_printf("%s: %s", reason, line) : g_strdup(reason);
}

static void work(rp_job *job)
{
    check_job *of = (check_job *)job;
    gint64 began_us = g_get_monotonic_time();
    if (of->check->kind == REPOINT_CHECK_COMMAND)
        run_command(of);
    else
        ask(of);
    of->result.duration_us = g_get_monotonic_time() - began_us;
}

static void cut_short(rp_job *job)
{
    check_job *of = (check_job *)job;
    atomic_store(&of->is_cut_short, true);
    g_mutex_lock(&of->lock);
    if (of->db != NULL)
        rp_db_break_off(of->db);
    g_mutex_unlock(&of->lock);
}

/* ---- getting ready ---- */

/* The plan, and with it the candidates' names: {"candidates": {model: view}}. */
static char *plan_for_command(const repoint_deployment *deployment)
{
    const repoint_plan *plan = deployment->plan;
    char *text = repoint_plan_to_json(plan);
    GString *candidates = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(candidates, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    for (guint i = 0; i < plan->changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(plan->changes, i);
        if (change->action == RP_VIEW_DROP)
            continue;
        rp_relation candidate =
            rp_candidate_of(deployment->warehouse, &change->view, plan->record->naming.name);
        g_autofree char *display = rp_relation_display(&candidate);
        rp_json_put_string(&writer, change->model, display);
        rp_relation_clear(&candidate);
    }
    rp_json_end_object(&writer);
    char *end = strrchr(text, '}');
    *end = '\0';
    char *whole = g_strdup_printf("%s,\"candidates\":%s}", text, candidates->str);
    g_string_free(candidates, TRUE);
    repoint_free(text);
    return whole;
}

static repoint_status add_job(repoint_deployment *deployment, const repoint_check *check, GPtrArray *jobs,
                              repoint_error *error)
{
    check_job *of = g_new0(check_job, 1);
    of->job.work = work;
    of->job.cut_short = cut_short;
    of->store = deployment->store;
    of->check = check;
    of->directory = deployment->options.directory;
    atomic_init(&of->is_cut_short, false);
    g_mutex_init(&of->lock);
    g_ptr_array_add(jobs, of);
    if (check->kind != REPOINT_CHECK_COMMAND)
        return rp_check_query_make(deployment, check, &of->query, error);
    of->input = plan_for_command(deployment);
    return REPOINT_OK;
}

static repoint_status add_jobs(repoint_deployment *deployment, bool after_cutover, GPtrArray *jobs,
                               repoint_error *error)
{
    const repoint_deploy_options *options = &deployment->options;
    const char *environment = deployment->plan->record->naming.name;
    repoint_status status = REPOINT_OK;
    for (size_t i = 0; i < options->check_count && status == REPOINT_OK; i++) {
        const repoint_check *check = &options->checks[i];
        if (check->after_cutover == after_cutover && rp_concerns(check->environments, environment))
            status = add_job(deployment, check, jobs, error);
    }
    return status;
}

/* With one connection there is one thread. */
static repoint_status run_in_turn(repoint_deployment *deployment, const GPtrArray *jobs, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    for (guint i = 0; i < jobs->len && status == REPOINT_OK; i++) {
        check_job *of = g_ptr_array_index(jobs, i);
        gint64 began_us = g_get_monotonic_time();
        if (of->check->kind == REPOINT_CHECK_COMMAND)
            run_command(of);
        else
            rp_check_query_ask(&of->query, deployment->warehouse, &of->result);
        of->result.duration_us = g_get_monotonic_time() - began_us;
        status = rp_store_check(deployment->store, error);
    }
    return status;
}

/* ---- results ---- */

static const char *outcome_name(rp_check_outcome outcome)
{
    static const char *const names[] = {
        [RP_CHECK_PASSED] = "passed",
        [RP_CHECK_FAILED] = "failed",
        [RP_CHECK_TIMED_OUT] = "timeout",
        [RP_CHECK_BROKEN] = "error",
    };
    return names[outcome];
}

static void shorten(char *text)
{
    if (text == NULL || strlen(text) <= LONGEST_MESSAGE)
        return;
    const char *end = g_utf8_find_prev_char(text, text + LONGEST_MESSAGE);
    text[end != NULL ? end - text : 0] = '\0';
}

static void write_result(rp_json_writer *writer, const check_job *of)
{
    rp_json_begin_object(writer);
    rp_json_put_string(writer, "name", of->check->name);
    rp_json_put_string(writer, "severity", of->check->is_warning ? "warn" : "error");
    rp_json_put_string(writer, "outcome", outcome_name(of->result.outcome));
    rp_json_key(writer, "rows");
    if (of->result.rows >= 0)
        rp_json_integer(writer, of->result.rows);
    else
        rp_json_null(writer);
    rp_json_put_string(writer, "message", of->result.message);
    rp_json_put_integer(writer, "duration_ms", of->result.duration_us / 1000);
    rp_json_end_object(writer);
}

/* Keeps the results of these, behind those that ran before in this handle. */
static char *results_to_json(const GPtrArray *jobs)
{
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_array(&writer);
    for (guint i = 0; i < jobs->len; i++)
        write_result(&writer, g_ptr_array_index(jobs, i));
    rp_json_end_array(&writer);
    return g_string_free(text, FALSE);
}

static void tell_output(const repoint_deployment *deployment, const check_job *of)
{
    if (of->output != NULL)
        rp_tell_output(&deployment->options, of->check->name, of->output);
}

static void trace(const repoint_store *store, const check_job *of)
{
    if (store->options.trace != NULL && of->query.sql != NULL)
        store->options.trace(store->options.context, of->query.sql, (double)of->result.duration_us / 1000,
                             of->result.rows);
}

static repoint_status fail_checks(const repoint_deployment *deployment, const GPtrArray *failed, guint count,
                                  repoint_error *error)
{
    const char *environment = deployment->plan->record->naming.name;
    g_autoptr(GString) what = g_string_new(NULL);
    for (guint i = 0; i < failed->len && i < 5; i++) {
        const check_job *of = g_ptr_array_index(failed, i);
        g_string_append_printf(what, "%s%s (%s)", i > 0 ? ", " : "", of->check->name, of->result.message);
    }
    if (failed->len > 5)
        g_string_append_printf(what, ", and %u more", failed->len - 5);
    repoint_status status = rp_fail(
        error, REPOINT_CHECK_FAILED, "mend what they found, or \"repoint abandon\" ends the deployment",
        "%u of %u checks of environment %s failed: %s", failed->len, count, environment, what->str);
    for (guint i = 0; i < failed->len; i++)
        rp_error_add_name(error, ((check_job *)g_ptr_array_index(failed, i))->check->name);
    if (error != NULL)
        rp_error_take_detail(error, g_strdup_printf("{\"checks\":%s}", deployment->checks_json));
    return status;
}

static repoint_status judge(repoint_deployment *deployment, const GPtrArray *jobs, bool *ret_rolls_back,
                            repoint_error *error)
{
    g_autoptr(GPtrArray) failed = g_ptr_array_new();
    for (guint i = 0; i < jobs->len; i++) {
        check_job *of = g_ptr_array_index(jobs, i);
        shorten(of->result.message);
        tell_output(deployment, of);
        trace(deployment->store, of);
        if (of->result.outcome == RP_CHECK_PASSED)
            continue;
        if (of->check->is_warning) {
            g_ptr_array_add(deployment->warnings, g_strdup_printf("the check %s did not pass: %s",
                                                                  of->check->name, of->result.message));
            continue;
        }
        g_ptr_array_add(failed, of);
        if (ret_rolls_back != NULL && of->check->rolls_back)
            *ret_rolls_back = true;
    }
    g_free(deployment->checks_json);
    deployment->checks_json = results_to_json(jobs);
    return failed->len > 0 ? fail_checks(deployment, failed, jobs->len, error) : REPOINT_OK;
}

repoint_status rp_checks_run(repoint_deployment *deployment, bool after_cutover, bool *ret_rolls_back,
                             repoint_error *error)
{
    g_autoptr(GPtrArray) jobs = g_ptr_array_new_with_free_func(check_job_free);
    if (deployment->plan->rollback_to != 0)
        return REPOINT_OK;
    repoint_status status = add_jobs(deployment, after_cutover, jobs, error);
    if (status != REPOINT_OK || jobs->len == 0)
        return status;
    if (rp_store_has_more_connections(deployment->store))
        status = rp_jobs_run(deployment->store, &deployment->lease, (rp_job *const *)jobs->pdata, jobs->len,
                             AT_A_TIME, error);
    else
        status = run_in_turn(deployment, jobs, error);
    return status == REPOINT_OK ? judge(deployment, jobs, ret_rolls_back, error) : status;
}

/* ---- describing ---- */

static const char *kind_name(repoint_check_kind kind)
{
    static const char *const names[] = {
        [REPOINT_CHECK_SQL] = "sql",
        [REPOINT_CHECK_ROWS] = "rows",
        [REPOINT_CHECK_FRESHNESS] = "freshness",
        [REPOINT_CHECK_COMMAND] = "command",
    };
    return names[kind];
}

static void G_GNUC_PRINTF(2, 3) append(GString *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (text->len > 0)
        g_string_append(text, ", ");
    g_string_append_vprintf(text, format, arguments);
    va_end(arguments);
}

/* What makes it pass, for people. g_free() */
static char *expectation(const repoint_check *check)
{
    GString *text = g_string_new(NULL);
    g_autofree char *command =
        check->kind == REPOINT_CHECK_COMMAND ? g_strjoinv(" ", (GStrv)check->command) : NULL;
    if (check->kind == REPOINT_CHECK_SQL)
        append(text, "no rows");
    if (command != NULL)
        append(text, "exit status 0 of %s", command);
    if (check->min_rows > 0)
        append(text, "at least %" PRId64 " rows", check->min_rows);
    if (check->max_rows > 0)
        append(text, "at most %" PRId64 " rows", check->max_rows);
    if (check->limits_change)
        append(text, "at most %g%% more or fewer rows than now", check->max_change_percent);
    if (check->within_seconds > 0)
        append(text, "%s not older than %g seconds", check->column, check->within_seconds);
    if (check->not_older)
        append(text, "%s not older than now", check->column);
    return g_string_free(text, FALSE);
}

static char *describe(const check_job *of)
{
    const repoint_check *check = of->check;
    g_autofree char *expects = expectation(check);
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    rp_json_put_string(&writer, "name", check->name);
    rp_json_put_string(&writer, "severity", check->is_warning ? "warn" : "error");
    rp_json_put_string(&writer, "kind", kind_name(check->kind));
    rp_json_put_bool(&writer, "after_cutover", check->after_cutover);
    rp_json_key(&writer, "views");
    rp_json_begin_array(&writer);
    for (guint i = 0; of->query.views != NULL && i < of->query.views->len; i++)
        rp_json_string(&writer, g_ptr_array_index(of->query.views, i));
    rp_json_end_array(&writer);
    rp_json_put_string(&writer, "expects", expects);
    rp_json_key(&writer, "timeout_seconds");
    g_autofree char *seconds = g_strdup_printf("%g", seconds_of(check));
    rp_json_number_text(&writer, seconds);
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}

repoint_status rp_checks_describe(repoint_deployment *deployment, bool after_cutover, GPtrArray *texts,
                                  repoint_error *error)
{
    g_autoptr(GPtrArray) jobs = g_ptr_array_new_with_free_func(check_job_free);
    if (deployment->plan->rollback_to != 0)
        return REPOINT_OK;
    repoint_status status = add_jobs(deployment, after_cutover, jobs, error);
    for (guint i = 0; i < jobs->len && status == REPOINT_OK; i++)
        g_ptr_array_add(texts, describe(g_ptr_array_index(jobs, i)));
    return status;
}

/* ---- the step ---- */

/* What the checks said stands in the journal, in the row of the step. */
static char *checks_detail(const repoint_deployment *deployment)
{
    return deployment->checks_json != NULL ? g_strdup_printf("{\"checks\":%s}", deployment->checks_json)
                                           : NULL;
}

static repoint_status check(repoint_deployment *deployment, repoint_error *error)
{
    g_autofree char *detail = checks_detail(deployment);
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, deployment->store, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status = rp_lease_fence(deployment->store, &deployment->lease, error);
    if (status == REPOINT_OK)
        status = rp_draft_move(deployment->store, &deployment->draft, RP_DRAFT_CHECKED, error);
    if (status == REPOINT_OK)
        status = rp_deployment_note(deployment, "checked", deployment->checking_since_us, detail, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

/* The mark comes first: what is filled while checks run is noticed at the cutover. */
static repoint_status run_checks(repoint_deployment *deployment, repoint_error *error)
{
    repoint_error failure = REPOINT_ERROR_INIT;
    deployment->checking_since_us = g_get_monotonic_time();
    repoint_status status = rp_deployment_look(deployment, &failure);
    if (status == REPOINT_OK)
        status = rp_deployment_refresh_mark(deployment, &failure);
    if (status == REPOINT_OK)
        status = rp_checks_run(deployment, false, NULL, &failure);
    if (status == REPOINT_OK)
        status = rp_event_tell(deployment, "checked", &failure);
    if (status == REPOINT_OK)
        return status;
    rp_deployment_note_failure(deployment, "check", deployment->checking_since_us, &failure);
    rp_error_move(error, &failure);
    return status;
}

static repoint_status check_step(repoint_deployment *deployment, repoint_error *error)
{
    repoint_status status = repoint_deployment_candidate(deployment, error);
    if (status != REPOINT_OK || deployment->draft.state != RP_DRAFT_CANDIDATE)
        return status;
    status = run_checks(deployment, error);
    if (status == REPOINT_OK)
        status = rp_deployment_run(deployment, "check", check, error);
    if (status == REPOINT_OK)
        deployment->draft.state = RP_DRAFT_CHECKED;
    return status;
}

repoint_status repoint_deployment_check(repoint_deployment *deployment, repoint_error *error)
{
    return rp_deployment_step_public(deployment, check_step, rp_rehearse_check, error);
}

static repoint_status uncheck(repoint_deployment *deployment, repoint_error *error)
{
    gint64 began_us = g_get_monotonic_time();
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, deployment->store, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status = rp_lease_fence(deployment->store, &deployment->lease, error);
    if (status == REPOINT_OK)
        status = rp_draft_move(deployment->store, &deployment->draft, RP_DRAFT_CANDIDATE, error);
    if (status == REPOINT_OK)
        status = rp_deployment_note(deployment, "uncheck", began_us,
                                    "{\"reason\":\"time ranges changed since the checks\"}", error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

repoint_status rp_deployment_check_again(repoint_deployment *deployment, repoint_error *error)
{
    repoint_status status = rp_deployment_run(deployment, "uncheck", uncheck, error);
    if (status != REPOINT_OK)
        return status;
    deployment->draft.state = RP_DRAFT_CANDIDATE;
    return repoint_deployment_check(deployment, error);
}
