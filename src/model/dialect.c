/* Dialects: one row each. See model/dialect.h. */
#include "model/dialect.h"

#include <string.h>

#include "model/word.h"

/* The rows follow SQLGlot 30.8; an empty word_extras is left out. */
static const rp_dialect dialects[] = {
    {"", RP_CASE_LOWER, "\"\"", "'"},
    {"athena", RP_CASE_LOWER, "\"\"``", "'"},
    {"bigquery", RP_CASE_INSENSITIVE, "``", "'\"", .splits_quoted_dots = true, .keeps_qualified_names = true},
    {"clickhouse", RP_CASE_SENSITIVE, "\"\"``", "'", .words_may_start_with_digit = true},
    {"databricks", RP_CASE_INSENSITIVE, "``", "'\"", .words_may_start_with_digit = true},
    {"doris", RP_CASE_SENSITIVE, "``", "'\"", .words_may_start_with_digit = true},
    {"dremio", RP_CASE_LOWER, "\"\"", "'"},
    {"drill", RP_CASE_LOWER, "``", "'"},
    {"druid", RP_CASE_LOWER, "\"\"", "'"},
    {"duckdb", RP_CASE_INSENSITIVE, "\"\"", "'", "$"},
    {"dune", RP_CASE_INSENSITIVE, "\"\"", "'"},
    {"exasol", RP_CASE_UPPER, "\"\"[]", "'"},
    {"fabric", RP_CASE_SENSITIVE, "[]\"\"", "'", "#$@"},
    {"hive", RP_CASE_INSENSITIVE, "``", "'\"", .words_may_start_with_digit = true},
    {"materialize", RP_CASE_LOWER, "\"\"", "'", "$"},
    {"mysql", RP_CASE_SENSITIVE, "``", "'\"", .words_may_start_with_digit = true},
    {"oracle", RP_CASE_UPPER, "\"\"", "'", "#$@"},
    {"postgres", RP_CASE_LOWER, "\"\"", "'", "$"},
    {"presto", RP_CASE_INSENSITIVE, "\"\"", "'"},
    {"prql", RP_CASE_LOWER, "``", "'\""},
    {"redshift", RP_CASE_INSENSITIVE, "\"\"", "'", "$"},
    {"risingwave", RP_CASE_LOWER, "\"\"", "'", "$"},
    {"singlestore", RP_CASE_SENSITIVE, "``", "'\"", .words_may_start_with_digit = true},
    {"snowflake", RP_CASE_UPPER, "\"\"", "", "$"},
    {"solr", RP_CASE_INSENSITIVE, "``", "'"},
    {"spark", RP_CASE_INSENSITIVE, "``", "'\"", .words_may_start_with_digit = true},
    {"spark2", RP_CASE_INSENSITIVE, "``", "'\"", .words_may_start_with_digit = true},
    {"sqlite", RP_CASE_INSENSITIVE, "\"\"[]``", "'"},
    {"starrocks", RP_CASE_SENSITIVE, "``", "'\"", .words_may_start_with_digit = true},
    {"tableau", RP_CASE_LOWER, "[]", "'\""},
    {"teradata", RP_CASE_LOWER, "\"\"", "'"},
    {"trino", RP_CASE_INSENSITIVE, "\"\"", "'"},
    {"tsql", RP_CASE_INSENSITIVE, "[]\"\"", "'", "#$@"},
};

static const char *const case_rule_names[] = {
    [RP_CASE_LOWER] = "LOWERCASE",
    [RP_CASE_UPPER] = "UPPERCASE",
    [RP_CASE_SENSITIVE] = "CASE_SENSITIVE",
    [RP_CASE_INSENSITIVE] = "CASE_INSENSITIVE",
    [RP_CASE_INSENSITIVE_UPPER] = "CASE_INSENSITIVE_UPPERCASE",
};

/* Fails for a word that is in no table here. */
static repoint_status unknown(const char *what, const char *word, const char *hint, repoint_error *error)
{
    g_autofree char *excerpt = g_utf8_make_valid(word, (gssize)MIN(strlen(word), 40));
    return rp_fail(error, REPOINT_INVALID, hint, "unknown %s \"%s\"", what, excerpt);
}

static const rp_dialect *find_by_name(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(dialects); i++) {
        if (g_ascii_strcasecmp(dialects[i].name, name) == 0)
            return &dialects[i];
    }
    return NULL;
}

static repoint_status set_case_rule(rp_dialect *dialect, const char *name, repoint_error *error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(case_rule_names); i++) {
        if (g_ascii_strcasecmp(case_rule_names[i], name) == 0) {
            dialect->rule = (rp_case_rule)i;
            return REPOINT_OK;
        }
    }
    return unknown("normalization_strategy", name,
                   "It is lowercase, uppercase, case_sensitive or case_insensitive.", error);
}

/* Reads one "key = value". Settings that have nothing to do with names are of no concern here. */
static repoint_status apply_setting(rp_dialect *dialect, const char *setting, repoint_error *error)
{
    g_auto(GStrv) pair = g_strsplit(setting, "=", 2);
    if (pair[0] == NULL || pair[1] == NULL || strcmp(g_strstrip(pair[0]), "normalization_strategy") != 0)
        return REPOINT_OK;
    return set_case_rule(dialect, g_strstrip(pair[1]), error);
}

repoint_status rp_dialect_find(const char *text, rp_dialect *ret_dialect, repoint_error *error)
{
    g_auto(GStrv) settings = g_strsplit(text, ",", -1);
    const rp_dialect *found = find_by_name(settings[0] == NULL ? "" : g_strstrip(settings[0]));
    if (found == NULL)
        return unknown("dialect", settings[0], NULL, error);
    rp_dialect dialect = *found;
    for (char **setting = settings; *setting != NULL; setting++) {
        repoint_status status = setting == settings ? REPOINT_OK : apply_setting(&dialect, *setting, error);
        if (status != REPOINT_OK)
            return status;
    }
    if (dialect.rule != found->rule)
        dialect.keeps_qualified_names = false;
    *ret_dialect = dialect;
    return REPOINT_OK;
}

char *rp_dialect_fold(const rp_dialect *dialect, const char *identifier, bool is_quoted)
{
    switch (dialect->rule) {
    case RP_CASE_LOWER: return is_quoted ? g_strdup(identifier) : rp_text_lower(identifier);
    case RP_CASE_UPPER: return is_quoted ? g_strdup(identifier) : rp_text_upper(identifier);
    case RP_CASE_INSENSITIVE: return rp_text_lower(identifier);
    case RP_CASE_INSENSITIVE_UPPER: return rp_text_upper(identifier);
    case RP_CASE_SENSITIVE: break;
    }
    return g_strdup(identifier);
}
