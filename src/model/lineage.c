/*
 * Where the data of a set of models begins. A model without a start of its own begins when the earliest of
 * its parents does, and one that inherits nothing begins one tick of its cron before the last.
 *
 * Chains of models are as deep as people make them, so the walk up to the parents keeps its own stack. What
 * it finds stays valid until another `relative_to` is asked for, which starts a new generation. Snapshots
 * cannot have parents in a circle; if damaged state says so, the parent that closes it is left out.
 */
#include "base/time.h"
#include "model/schedule.h"

typedef enum model_state { MODEL_UNKNOWN, MODEL_OPEN, MODEL_KNOWN } model_state;

typedef struct model {
    const rp_schedule *schedule;
    const char *const *parents;
    unsigned generation; /* that `state` and `start_ts` belong to */
    model_state state;   /* open: its parents are being looked at */
    int64_t start_ts;
} model;

struct rp_lineage {
    GHashTable *models; /* name to model, owned */
    unsigned generation;
    int64_t relative_to_ts; /* of this generation */
};

rp_lineage *rp_lineage_new(void)
{
    rp_lineage *lineage = g_new0(rp_lineage, 1);
    lineage->models = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    return lineage;
}

void rp_lineage_free(rp_lineage *lineage)
{
    if (lineage == NULL)
        return;
    g_hash_table_unref(lineage->models);
    g_free(lineage);
}

void rp_lineage_add(rp_lineage *lineage, const char *name, const rp_schedule *schedule,
                    const char *const *parents)
{
    model *added = g_new0(model, 1);
    added->schedule = schedule;
    added->parents = parents;
    g_hash_table_replace(lineage->models, (char *)name, added);
    lineage->generation++;
}

static model_state state_of(const rp_lineage *lineage, const model *one)
{
    return one->generation == lineage->generation ? one->state : MODEL_UNKNOWN;
}

static void set_state(const rp_lineage *lineage, model *one, model_state state)
{
    one->generation = lineage->generation;
    one->state = state;
}

static void push_unknown_parents(const rp_lineage *lineage, const model *one, GPtrArray *stack)
{
    for (const char *const *name = one->parents; *name != NULL; name++) {
        model *parent = g_hash_table_lookup(lineage->models, *name);
        if (parent != NULL && state_of(lineage, parent) == MODEL_UNKNOWN)
            g_ptr_array_add(stack, parent);
    }
}

/* Once its parents are known. */
static int64_t inherited_start(const rp_lineage *lineage, const model *one)
{
    int64_t earliest_ts = INT64_MAX;
    for (const char *const *name = one->parents; *name != NULL; name++) {
        const model *parent = g_hash_table_lookup(lineage->models, *name);
        if (parent != NULL && state_of(lineage, parent) == MODEL_KNOWN)
            earliest_ts = MIN(earliest_ts, parent->start_ts);
    }
    if (earliest_ts != INT64_MAX)
        return earliest_ts;
    const rp_cron *cron = one->schedule->cron;
    return rp_cron_prev(cron, rp_cron_floor(cron, lineage->relative_to_ts));
}

/* A model without a start is met twice: its parents go on top of it, and when it is on top again they are
 * known. */
static void find_start(const rp_lineage *lineage, model *wanted)
{
    g_autoptr(GPtrArray) stack = g_ptr_array_new();
    g_ptr_array_add(stack, wanted);
    while (stack->len > 0) {
        model *top = g_ptr_array_index(stack, stack->len - 1);
        model_state state = state_of(lineage, top);
        if (state == MODEL_UNKNOWN && !top->schedule->has_start) {
            set_state(lineage, top, MODEL_OPEN);
            push_unknown_parents(lineage, top, stack);
            continue;
        }
        if (state != MODEL_KNOWN) {
            top->start_ts =
                top->schedule->has_start ? top->schedule->start_ts : inherited_start(lineage, top);
            set_state(lineage, top, MODEL_KNOWN);
        }
        g_ptr_array_set_size(stack, (int)stack->len - 1);
    }
}

static int64_t start_of(rp_lineage *lineage, model *one, int64_t relative_to_ts)
{
    if (one->schedule->has_start)
        return one->schedule->start_ts;
    if (lineage->relative_to_ts != relative_to_ts) {
        lineage->relative_to_ts = relative_to_ts;
        lineage->generation++;
    }
    if (state_of(lineage, one) != MODEL_KNOWN)
        find_start(lineage, one);
    return one->start_ts;
}

static model *find_model(const rp_lineage *lineage, const char *name)
{
    model *found = g_hash_table_lookup(lineage->models, name);
    g_assert(found != NULL);
    return found;
}

int64_t rp_lineage_start(rp_lineage *lineage, const char *name, int64_t relative_to_ts)
{
    return start_of(lineage, find_model(lineage, name), relative_to_ts);
}

int64_t rp_lineage_earliest(rp_lineage *lineage, int64_t relative_to_ts)
{
    if (g_hash_table_size(lineage->models) == 0)
        return rp_unit_floor(RP_UNIT_DAY, relative_to_ts) - RP_MS_PER_DAY;

    int64_t earliest_ts = INT64_MAX;
    GHashTableIter models;
    void *one;
    g_hash_table_iter_init(&models, lineage->models);
    while (g_hash_table_iter_next(&models, NULL, &one))
        earliest_ts = MIN(earliest_ts, start_of(lineage, one, relative_to_ts));
    return earliest_ts;
}

repoint_status rp_lineage_missing(rp_lineage *lineage, const char *name, const rp_intervals *have,
                                  const rp_time_range *range, const rp_missing_options *options,
                                  int64_t now_ts, GArray **ret_missing, repoint_error *error)
{
    model *one = find_model(lineage, name);
    const rp_schedule *schedule = one->schedule;
    rp_time_range own = *range;
    own.start_ts = MAX(own.start_ts, start_of(lineage, one, range->end_ts));
    if (own.start_ts > own.end_ts || !rp_schedule_is_evaluatable(schedule)) {
        *ret_missing = g_array_new(FALSE, FALSE, sizeof(rp_interval));
        return REPOINT_OK;
    }
    if (schedule->has_end && schedule->end_ts < own.end_ts) {
        own.end_ts = schedule->end_ts;
        own.end_is_date = schedule->end_is_date;
    }
    return rp_schedule_missing(schedule, have, &own, options, now_ts, ret_missing, error);
}
