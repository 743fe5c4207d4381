/*
 * Sections of repoint.yaml. See config_sections.h, and commands.c for what they look like to users. What is
 * wrong is said with file and line, before anything is opened.
 */
#include "cli/config_sections.h"

#include <string.h>

#include "cli/config_fields.h"
#include "cli/config_reader.h"

#define MOST_ENTRIES 1000 /* of a section */

const char *const rp_config_names[] = {"checks", "approvals", "hooks", "candidate", "retain", NULL};

rp_config *rp_config_new(void)
{
    rp_config *sections = g_new0(rp_config, 1);
    sections->checks = g_array_new(FALSE, TRUE, sizeof(repoint_check));
    sections->approvals = g_array_new(FALSE, TRUE, sizeof(repoint_approval_rule));
    sections->hooks = g_array_new(FALSE, TRUE, sizeof(repoint_hook));
    sections->owned = g_ptr_array_new_with_free_func(g_free);
    return sections;
}

void rp_config_free(rp_config *sections)
{
    if (sections == NULL)
        return;
    g_array_unref(sections->checks);
    g_array_unref(sections->approvals);
    g_array_unref(sections->hooks);
    g_ptr_array_unref(sections->owned);
    g_free(sections->directory);
    g_free(sections);
}

void rp_config_apply(const rp_config *sections, repoint_deploy_options *options)
{
    options->checks = (const repoint_check *)(void *)sections->checks->data;
    options->check_count = sections->checks->len;
    options->approvals = (const repoint_approval_rule *)(void *)sections->approvals->data;
    options->approval_count = sections->approvals->len;
    options->hooks = (const repoint_hook *)(void *)sections->hooks->data;
    options->hook_count = sections->hooks->len;
    options->candidate_readers = sections->readers;
    options->directory = sections->directory;
}

/* ---- lists ---- */

typedef repoint_status (*entry_reader)(const rp_config_reader *reader, struct fy_node *node);

static repoint_status read_entries(const rp_config_reader *reader, struct fy_node *node, const char *section,
                                   entry_reader read)
{
    void *iterator = NULL;
    struct fy_node *entry;
    int count = 0;
    repoint_status status = REPOINT_OK;
    if (!fy_node_is_sequence(node))
        return rp_config_fail(reader, node, "begin each of its entries with a dash", "%s is a list", section);
    while (status == REPOINT_OK && (entry = fy_node_sequence_iterate(node, &iterator)) != NULL) {
        if (++count > MOST_ENTRIES)
            return rp_config_fail(reader, entry, NULL, "%s has more than %d entries", section, MOST_ENTRIES);
        status = read(reader, entry);
    }
    return status;
}

/* ---- checks ---- */

/* As it stands in the file. */
typedef struct raw_check {
    repoint_check check;
    struct fy_node *rows;
    struct fy_node *freshness;
    struct fy_node *severity;
    struct fy_node *on_failure;
} raw_check;

#define CHECK_FIELD(name) offsetof(raw_check, check) + offsetof(repoint_check, name)

static const rp_field check_fields[] = {
    {"name", RP_FIELD_TEXT, CHECK_FIELD(name)},
    {"sql", RP_FIELD_TEXT, CHECK_FIELD(sql)},
    {"command", RP_FIELD_COMMAND, CHECK_FIELD(command)},
    {"model", RP_FIELD_TEXT, CHECK_FIELD(model)},
    {"rows", RP_FIELD_NODE, offsetof(raw_check, rows)},
    {"freshness", RP_FIELD_NODE, offsetof(raw_check, freshness)},
    {"timeout", RP_FIELD_DURATION, CHECK_FIELD(timeout_seconds)},
    {"severity", RP_FIELD_NODE, offsetof(raw_check, severity)},
    {"after_cutover", RP_FIELD_FLAG, CHECK_FIELD(after_cutover)},
    {"on_failure", RP_FIELD_NODE, offsetof(raw_check, on_failure)},
    {"environments", RP_FIELD_WORDS, CHECK_FIELD(environments)},
    {0},
};

static repoint_status read_choice(const rp_config_reader *reader, struct fy_node *node, const char *key,
                                  const char *usual, const char *other, bool *ret_is_other)
{
    if (node == NULL)
        return REPOINT_OK;
    const char *text = rp_config_text(reader, node);
    *ret_is_other = g_strcmp0(text, other) == 0;
    return *ret_is_other || g_strcmp0(text, usual) == 0
               ? REPOINT_OK
               : rp_config_fail(reader, node, NULL, "%s is %s or %s", key, usual, other);
}

static repoint_status read_rows(const rp_config_reader *reader, raw_check *raw)
{
    struct bounds {
        int64_t min, max;
        struct fy_node *change;
    } bounds = {0};
    static const rp_field fields[] = {{"min", RP_FIELD_COUNT, offsetof(struct bounds, min)},
                                      {"max", RP_FIELD_COUNT, offsetof(struct bounds, max)},
                                      {"change", RP_FIELD_NODE, offsetof(struct bounds, change)},
                                      {0}};
    repoint_check *check = &raw->check;
    check->kind = REPOINT_CHECK_ROWS;
    repoint_status status = rp_fields_read(reader, raw->rows, "rows", fields, &bounds);
    if (status == REPOINT_OK && bounds.change != NULL)
        status = rp_field_read(reader, bounds.change, RP_FIELD_PERCENT, "change of rows",
                               &check->max_change_percent);
    check->min_rows = bounds.min;
    check->max_rows = bounds.max;
    check->limits_change = bounds.change != NULL;
    if (status == REPOINT_OK && bounds.min == 0 && bounds.max == 0 && bounds.change == NULL)
        status = rp_config_fail(reader, raw->rows, "give it min, max or change", "rows has no bound");
    if (status == REPOINT_OK && bounds.max > 0 && bounds.min > bounds.max)
        status = rp_config_fail(reader, raw->rows, NULL, "rows has a min above its max");
    if (status == REPOINT_OK && check->limits_change && check->after_cutover)
        status = rp_config_fail(reader, raw->rows, "compare before the cutover",
                                "after the cutover there is no view of before to compare with");
    return status;
}

static repoint_status read_freshness(const rp_config_reader *reader, raw_check *raw)
{
    static const rp_field fields[] = {
        {"column", RP_FIELD_TEXT, offsetof(repoint_check, column)},
        {"within", RP_FIELD_DURATION, offsetof(repoint_check, within_seconds)},
        {"not_older", RP_FIELD_FLAG, offsetof(repoint_check, not_older)},
        {0},
    };
    repoint_check *check = &raw->check;
    check->kind = REPOINT_CHECK_FRESHNESS;
    repoint_status status = rp_fields_read(reader, raw->freshness, "freshness", fields, check);
    if (status == REPOINT_OK && check->column == NULL)
        status = rp_config_fail(reader, raw->freshness, NULL, "freshness has no column");
    if (status == REPOINT_OK && check->within_seconds == 0 && !check->not_older)
        status = rp_config_fail(reader, raw->freshness, "give it within: 2 days, or not_older: true",
                                "freshness has no bound");
    if (status == REPOINT_OK && check->not_older && check->after_cutover)
        status = rp_config_fail(reader, raw->freshness, "compare before the cutover",
                                "after the cutover there is no view of before to compare with");
    return status;
}

static repoint_status check_shape(const rp_config_reader *reader, struct fy_node *node, raw_check *raw)
{
    repoint_check *check = &raw->check;
    int ways =
        (check->sql != NULL) + (check->command != NULL) + (raw->rows != NULL) + (raw->freshness != NULL);
    if (check->name == NULL)
        return rp_config_fail(reader, node, NULL, "a check has no name");
    if (ways != 1)
        return rp_config_fail(reader, node, NULL,
                              "the check %s has %s: it is one of sql, rows, freshness and command",
                              check->name, ways == 0 ? "nothing to do" : "several things to do");
    bool measures = raw->rows != NULL || raw->freshness != NULL;
    if (measures != (check->model != NULL))
        return rp_config_fail(reader, node, NULL, "the check %s %s", check->name,
                              measures ? "has no model" : "has a model, which only rows and freshness take");
    if (raw->on_failure != NULL && !check->after_cutover)
        return rp_config_fail(reader, raw->on_failure, "add after_cutover: true",
                              "the check %s runs before the cutover, where its failure stops the deployment "
                              "anyway",
                              check->name);
    return REPOINT_OK;
}

static repoint_status check_unique(const rp_config_reader *reader, struct fy_node *node, const char *name)
{
    const GArray *checks = reader->sections->checks;
    for (guint i = 0; i < checks->len; i++)
        if (strcmp(g_array_index(checks, repoint_check, i).name, name) == 0)
            return rp_config_fail(reader, node, NULL, "two checks have the name %s", name);
    return REPOINT_OK;
}

static repoint_status read_check(const rp_config_reader *reader, struct fy_node *node)
{
    raw_check raw = {0};
    repoint_check *check = &raw.check;
    repoint_status status = rp_fields_read(reader, node, "a check", check_fields, &raw);
    if (status == REPOINT_OK)
        status = check_shape(reader, node, &raw);
    if (status == REPOINT_OK)
        status = check_unique(reader, node, check->name);
    if (status == REPOINT_OK)
        status = read_choice(reader, raw.severity, "severity", "error", "warn", &check->is_warning);
    if (status == REPOINT_OK)
        status = read_choice(reader, raw.on_failure, "on_failure", "tell", "rollback", &check->rolls_back);
    if (status == REPOINT_OK && check->rolls_back && check->is_warning)
        status = rp_config_fail(reader, raw.on_failure, NULL,
                                "the check %s is of severity warn, which never "
                                "does anything but tell",
                                check->name);
    if (check->command != NULL)
        check->kind = REPOINT_CHECK_COMMAND;
    if (status == REPOINT_OK && raw.rows != NULL)
        status = read_rows(reader, &raw);
    if (status == REPOINT_OK && raw.freshness != NULL)
        status = read_freshness(reader, &raw);
    if (status == REPOINT_OK)
        g_array_append_val(reader->sections->checks, *check);
    return status;
}

/* ---- approvals ---- */

static repoint_status read_rule(const rp_config_reader *reader, struct fy_node *environment,
                                struct fy_node *node)
{
    struct rule {
        int64_t count;
        const char *const *roles;
    } rule = {.count = 1};
    static const rp_field fields[] = {{"count", RP_FIELD_COUNT, offsetof(struct rule, count)},
                                      {"roles", RP_FIELD_WORDS, offsetof(struct rule, roles)},
                                      {0}};
    const char *name = rp_config_text(reader, environment);
    if (name == NULL || *name == '\0')
        return rp_config_fail(reader, environment, NULL, "an environment's name is not a text");
    g_autofree char *what = g_strdup_printf("approvals for %s", name);
    repoint_status status = rp_fields_read(reader, node, what, fields, &rule);
    if (status == REPOINT_OK && (rule.count < 1 || rule.count > 100))
        status = rp_config_fail(reader, node, "take the environment out to need none",
                                "count of %s is from 1 to 100", what);
    repoint_approval_rule kept = {name, (int)rule.count, rule.roles};
    if (status == REPOINT_OK)
        g_array_append_val(reader->sections->approvals, kept);
    return status;
}

static repoint_status read_approvals(const rp_config_reader *reader, struct fy_node *node)
{
    void *iterator = NULL;
    struct fy_node_pair *pair;
    repoint_status status = REPOINT_OK;
    if (!fy_node_is_mapping(node))
        return rp_config_fail(reader, node, "write prod: {count: 2, roles: [release_managers]} below it",
                              "approvals has environments below it");
    while (status == REPOINT_OK && (pair = fy_node_mapping_iterate(node, &iterator)) != NULL)
        status = read_rule(reader, fy_node_pair_key(pair), fy_node_pair_value(pair));
    return status;
}

/* ---- hooks ---- */

static const rp_field hook_fields[] = {
    {"events", RP_FIELD_WORDS, offsetof(repoint_hook, events)},
    {"command", RP_FIELD_COMMAND, offsetof(repoint_hook, command)},
    {"required", RP_FIELD_FLAG, offsetof(repoint_hook, required)},
    {"timeout", RP_FIELD_DURATION, offsetof(repoint_hook, timeout_seconds)},
    {"environments", RP_FIELD_WORDS, offsetof(repoint_hook, environments)},
    {0},
};

static repoint_status check_events(const rp_config_reader *reader, struct fy_node *node,
                                   const repoint_hook *hook)
{
    static const char *const known[] = {"promoted", "checked",     "approved", "finalized",
                                        "failed",   "rolled_back", NULL};
    static const char *const stoppable[] = {"promoted", "checked", "approved", NULL};
    g_autofree char *list = g_strjoinv(", ", (char **)known);
    for (size_t i = 0; hook->events[i] != NULL; i++) {
        if (!g_strv_contains(known, hook->events[i]))
            return rp_config_fail(reader, node, NULL, "there is no event %s: they are %s", hook->events[i],
                                  list);
        if (hook->required && !g_strv_contains(stoppable, hook->events[i]))
            return rp_config_fail(reader, node, "only promoted, checked and approved come before the cutover",
                                  "a hook on %s cannot be required", hook->events[i]);
    }
    return REPOINT_OK;
}

static repoint_status read_hook(const rp_config_reader *reader, struct fy_node *node)
{
    repoint_hook hook = {0};
    repoint_status status = rp_fields_read(reader, node, "a hook", hook_fields, &hook);
    if (status == REPOINT_OK && (hook.events == NULL || hook.command == NULL))
        status = rp_config_fail(reader, node, NULL, "a hook has no %s",
                                hook.events == NULL ? "events" : "command");
    if (status == REPOINT_OK)
        status = check_events(reader, node, &hook);
    if (status == REPOINT_OK)
        g_array_append_val(reader->sections->hooks, hook);
    return status;
}

/* ---- the others ---- */

static repoint_status read_candidate(const rp_config_reader *reader, struct fy_node *node)
{
    static const rp_field fields[] = {{"readers", RP_FIELD_WORDS, offsetof(rp_config, readers)}, {0}};
    return rp_fields_read(reader, node, "candidate", fields, reader->sections);
}

static repoint_status read_retain(const rp_config_reader *reader, struct fy_node *node)
{
    int64_t number = 0;
    repoint_status status = rp_field_read(reader, node, RP_FIELD_COUNT, "retain", &number);
    if (status == REPOINT_OK && (number < 1 || number > 1000))
        status = rp_config_fail(reader, node, NULL, "retain is from 1 to 1000");
    reader->sections->retain = (int)number;
    return status;
}

bool rp_config_is_one(const char *key)
{
    return g_strv_contains(rp_config_names, key);
}

repoint_status rp_config_read(const rp_config_reader *reader, const char *key, int line, struct fy_node *node)
{
    size_t index = 0;
    while (strcmp(rp_config_names[index], key) != 0)
        index++;
    reader->sections->lines[index] = line;
    switch (index) {
    case 0: return read_entries(reader, node, key, read_check);
    case 1: return read_approvals(reader, node);
    case 2: return read_entries(reader, node, key, read_hook);
    case 3: return read_candidate(reader, node);
    default: return read_retain(reader, node);
    }
}
