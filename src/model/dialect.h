/* The dialects of SQL that model names are written in (SQLGlot: NormalizationStrategy). */
#ifndef RP_MODEL_DIALECT_H
#define RP_MODEL_DIALECT_H

#include "base/error.h"

typedef enum rp_case_rule {
    RP_CASE_LOWER,             /* unquoted identifiers become lower case */
    RP_CASE_UPPER,             /* unquoted identifiers become upper case */
    RP_CASE_SENSITIVE,         /* every identifier stays as it is */
    RP_CASE_INSENSITIVE,       /* every identifier becomes lower case, quoted ones too */
    RP_CASE_INSENSITIVE_UPPER, /* every identifier becomes upper case, quoted ones too */
} rp_case_rule;

typedef struct rp_dialect {
    const char *name;
    rp_case_rule rule;
    const char *quotes;        /* pairs of characters that open and close a quoted identifier */
    const char *string_quotes; /* characters around a string, which may stand for a quoted identifier */
    const char *word_extras;   /* what an unquoted identifier may have besides word characters */
    bool words_may_start_with_digit;
    bool splits_quoted_dots;    /* `project.dataset.table` in one pair of quotes is three parts */
    bool keeps_qualified_names; /* with its own rule, a table that is qualified is case-sensitive */
} rp_dialect;

/*
 * The dialect that `text` names: "postgres", "" for the default one, or with settings after it as in
 * "mysql, normalization_strategy = lowercase". Fails with REPOINT_INVALID for one that is not known.
 */
repoint_status rp_dialect_find(const char *text, rp_dialect *ret_dialect, repoint_error *error);

/* An identifier as the dialect resolves it. Free with g_free(). */
char *rp_dialect_fold(const rp_dialect *dialect, const char *identifier, bool is_quoted);

#endif
