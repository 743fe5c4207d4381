/*
 * Building the record of a change, field by field, from a target environment and a source.
 *
 * What becomes of each field is the table in docs/architecture.md (*The record of a change*); the reference's
 * plan decides in the same way where it has the case at all.
 */
#include <string.h>

#include "deploy/record.h"
#include "state/environments.h"

#define MAX_NAME_SIZE    200
#define CANDIDATE_SUFFIX "__next"
#define DEFAULT_TTL      "in 1 week"

static bool has_items(const char *const *list)
{
    return list != NULL && list[0] != NULL;
}

/* ---- checks of what was asked ---- */

static repoint_status check_source(const repoint_plan_source *source, repoint_error *error)
{
    int kinds = (source->from_environment != NULL) + (source->snapshots_path != NULL) +
                (source->record_path != NULL) + source->latest +
                (has_items(source->set) || has_items(source->drop));
    if (kinds == 1)
        return REPOINT_OK;
    return rp_fail(error, REPOINT_INVALID,
                   "give one of --from, --snapshots, --latest, --record, or --set and --drop together",
                   kinds == 0 ? "nothing says what the environment should point to"
                              : "more than one source says what the environment should point to");
}

static repoint_status check_name(const char *text, char **ret_name, repoint_error *error)
{
    if (*text == '\0')
        return rp_fail(error, REPOINT_INVALID, NULL, "the environment's name is empty");
    if (strlen(text) > MAX_NAME_SIZE)
        return rp_fail(error, REPOINT_INVALID, NULL, "the environment's name is longer than %d bytes: %.40s…",
                       MAX_NAME_SIZE, text);
    if (!g_utf8_validate(text, -1, NULL))
        return rp_fail(error, REPOINT_INVALID, NULL, "the environment's name is not valid UTF-8");
    g_autofree char *name = rp_environment_name_sanitize(text);
    if (g_str_has_suffix(name, CANDIDATE_SUFFIX))
        return rp_fail(error, REPOINT_INVALID, "choose another name",
                       "environment %s would be taken for a candidate: names that end in %s are reserved",
                       name, CANDIDATE_SUFFIX);
    *ret_name = g_steal_pointer(&name);
    return REPOINT_OK;
}

static repoint_status check_expected(const rp_building *work, const char *name, repoint_error *error)
{
    const char *expected = work->options->expect_plan_id;
    const repoint_environment *stored = work->plan->stored;
    if (expected == NULL)
        return REPOINT_OK;
    const char *found = stored != NULL ? stored->plan_id : "none";
    if (strcmp(expected, found) == 0)
        return REPOINT_OK;
    return rp_fail(error, REPOINT_CONFLICT, "look at what it is now, then plan again",
                   "environment %s is at plan id %s, not at %s", name, found, expected);
}

bool rp_plan_is_new(const repoint_plan *plan, int64_t now_ts)
{
    return plan->stored == NULL || rp_environment_is_expired(plan->stored, now_ts);
}

/* ---- the fields beside the snapshots ---- */

/* What the environment pointed to when it was last finalized; a new one starts from prod's, as the reference.
 */
static repoint_status set_previous_finalized(rp_building *work, repoint_error *error)
{
    repoint_environment *record = work->plan->record;
    g_autoptr(repoint_environment) prod = NULL;
    const rp_tables *previous = NULL;
    if (!rp_plan_is_new(work->plan, work->now)) {
        previous = rp_environment_is_finalized(work->plan->stored) ? &work->plan->stored->tables
                                                                   : &work->plan->stored->previous_finalized;
    } else if (work->from != NULL && strcmp(work->from->naming.name, RP_PROD) == 0) {
        previous = &work->from->tables;
    } else {
        repoint_status status = rp_environment_load_shown(work->store, RP_PROD, false, &prod, error);
        if (status != REPOINT_OK)
            return status;
        previous = prod != NULL ? &prod->tables : NULL;
    }
    record->has_previous_finalized = true;
    if (previous != NULL)
        record->previous_finalized = rp_tables_copy(previous);
    return REPOINT_OK;
}

static repoint_status set_naming(rp_building *work, const char *name, repoint_error *error)
{
    repoint_environment *record = work->plan->record;
    const char *suffix = work->options->suffix_target;
    if (work->plan->stored != NULL) {
        rp_environment_naming_copy(&record->naming, &work->plan->stored->naming);
        if (suffix == NULL || strcmp(suffix, rp_suffix_target_name(record->naming.suffix_target)) == 0)
            return REPOINT_OK;
        return rp_fail(error, REPOINT_INVALID,
                       "leave --suffix out: an environment keeps what it was made with",
                       "environment %s has the suffix target %s", name,
                       rp_suffix_target_name(record->naming.suffix_target));
    }
    record->naming.name = g_strdup(name);
    record->naming.normalize_name = true;
    if (suffix != NULL && !rp_suffix_target_from_name(suffix, &record->naming.suffix_target))
        return rp_fail(error, REPOINT_INVALID, "it is schema, table or catalog",
                       "\"%.100s\" is not a suffix target", suffix);
    return REPOINT_OK;
}

/* Is `text` a time at all? What is stored is the text itself. */
static repoint_status check_time(const rp_building *work, const char *option, const char *text,
                                 repoint_error *error)
{
    int64_t ts = 0;
    repoint_status status = text != NULL ? rp_time_to_ts(text, work->now, &ts, error) : REPOINT_OK;
    if (status != REPOINT_OK)
        rp_error_prefix(error, "%s", option);
    return status;
}

/* The earliest interval that any snapshot of the store has, as text; today without any. */
static repoint_status earliest_interval(const rp_building *work, char **ret_text, repoint_error *error)
{
    g_autofree char *sql =
        rp_sql(work->store->db, "SELECT MIN(start_ts) FROM %n", work->store->schema, "_intervals");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(work->store->db, sql, RP_NO_VALUES, &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status == REPOINT_OK)
        *ret_text = rp_time_format_us(rp_rows_integer(rows, 0, work->now - work->now % RP_MS_PER_DAY) * 1000);
    return status;
}

static repoint_status set_times(rp_building *work, repoint_error *error)
{
    repoint_environment *record = work->plan->record;
    const repoint_environment *like = work->plan->stored != NULL ? work->plan->stored : work->from;
    repoint_status status = check_time(work, "--start", work->options->start, error);
    if (status == REPOINT_OK)
        status = check_time(work, "--end", work->options->end, error);
    if (status != REPOINT_OK)
        return status;
    record->end_at = g_strdup(work->options->end);
    if (work->options->start != NULL) {
        record->start_at = g_strdup(work->options->start);
    } else if (like != NULL) {
        record->start_at = g_strdup(like->start_at);
        record->start_is_number = like->start_is_number;
    } else {
        return earliest_interval(work, &record->start_at, error);
    }
    return REPOINT_OK;
}

static repoint_status set_expiration(rp_building *work, repoint_error *error)
{
    repoint_environment *record = work->plan->record;
    const char *ttl = work->options->ttl;
    record->expiration_ts = RP_TS_NONE;
    if (!rp_environment_is_dev(record)) {
        if (ttl != NULL)
            return rp_fail(error, REPOINT_INVALID, "leave --ttl out", "environment %s never expires",
                           RP_PROD);
        return REPOINT_OK;
    }
    bool never_expires = work->plan->stored != NULL && work->plan->stored->expiration_ts == RP_TS_NONE;
    if (ttl == NULL && never_expires)
        return REPOINT_OK;
    return rp_ttl_expiration_ts(ttl != NULL ? ttl : DEFAULT_TTL, work->now, &record->expiration_ts, error);
}

static repoint_status set_statements(rp_building *work, repoint_error *error)
{
    if (work->options->statements_path != NULL) {
        g_autoptr(rp_json) json = NULL;
        repoint_status status = rp_record_read_json(work->options->statements_path, &json, error);
        if (status == REPOINT_OK)
            status = rp_statements_check(rp_json_root(json), RP_STRICT, error);
        if (status != REPOINT_OK)
            return status;
        GString *text = g_string_new(NULL);
        rp_json_value(&RP_JSON_WRITER(text, RP_JSON_PYTHON), rp_json_root(json));
        work->plan->statements_json = g_string_free(text, FALSE);
        return REPOINT_OK;
    }
    if (work->from == NULL)
        return REPOINT_OK;
    return repoint_environment_statements(work->store, work->from->naming.name, &work->plan->statements_json,
                                          error);
}

/* ---- together ---- */

static repoint_status build_fields(rp_building *work, const char *name, repoint_error *error)
{
    repoint_plan *plan = work->plan;
    plan->record = g_new0(repoint_environment, 1);
    plan->record->finalized_ts = RP_TS_NONE;
    plan->record->plan_id =
        work->options->plan_id != NULL ? g_strdup(work->options->plan_id) : rp_store_new_id(work->store);
    if (!rp_plan_is_new(plan, work->now))
        plan->record->previous_plan_id = g_strdup(plan->stored->plan_id);
    repoint_status status = set_naming(work, name, error);
    if (status == REPOINT_OK)
        status = rp_record_set_snapshots(work, error);
    if (status == REPOINT_OK)
        status = set_times(work, error);
    if (status == REPOINT_OK)
        status = set_expiration(work, error);
    if (status == REPOINT_OK)
        status = set_previous_finalized(work, error);
    return status == REPOINT_OK ? set_statements(work, error) : status;
}

/* --record: the object as it is; only its name must be the one that was asked for. */
static repoint_status take_record(rp_building *work, const char *name, repoint_error *error)
{
    const char *path = work->source->record_path;
    g_autofree char *text = NULL;
    gsize size = 0;
    repoint_status status = rp_record_read_file(path, &text, &size, error);
    if (status == REPOINT_OK)
        status = rp_environment_parse(text, size, path, RP_STRICT, &work->plan->record, error);
    g_clear_pointer(&text, g_free);
    if (status == REPOINT_OK && strcmp(work->plan->record->naming.name, name) != 0)
        status = rp_fail(error, REPOINT_INVALID, NULL, "%s is the record of environment %s, not of %s", path,
                         work->plan->record->naming.name, name);
    return status == REPOINT_OK ? set_statements(work, error) : status;
}

static repoint_status load_source_environment(rp_building *work, repoint_error *error)
{
    const char *name = work->source->from_environment;
    repoint_status status = rp_environment_load_shown(work->store, name, false, &work->from, error);
    if (status == REPOINT_OK && work->from == NULL)
        status = rp_environment_fail_unknown(work->store, name, error);
    return status;
}

repoint_status rp_record_build(repoint_store *store, const char *environment,
                               const repoint_plan_source *source, const repoint_plan_options *options,
                               repoint_plan *plan, repoint_error *error)
{
    rp_building work = {store, source, options, plan, NULL, rp_store_now(store)};
    g_autofree char *name = NULL;
    repoint_status status = check_source(source, error);
    if (status == REPOINT_OK)
        status = check_name(environment, &name, error);
    if (status == REPOINT_OK && options->plan_id != NULL &&
        (*options->plan_id == '\0' || strlen(options->plan_id) > 200))
        status = rp_fail(error, REPOINT_INVALID, NULL, "the plan id is empty or longer than 200 bytes");
    if (status == REPOINT_OK)
        status = rp_environment_load_shown(store, name, false, &plan->stored, error);
    if (status == REPOINT_OK)
        status = check_expected(&work, name, error);
    if (status == REPOINT_OK && source->from_environment != NULL)
        status = load_source_environment(&work, error);
    if (status == REPOINT_OK)
        status =
            source->record_path != NULL ? take_record(&work, name, error) : build_fields(&work, name, error);
    repoint_environment_free(work.from);
    return status;
}
