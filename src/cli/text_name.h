/* Names of models and kinds as people write them. Results are to be freed with g_free(). */
#ifndef RP_CLI_TEXT_NAME_H
#define RP_CLI_TEXT_NAME_H

/*
 * A full quoted name without the quotes that it does not need: "\"shop\".\"orders\"" becomes "shop.orders".
 * Every command takes it in this form too. Nothing in it can trouble a terminal.
 */
char *rp_text_name(const char *full_name);

/* "INCREMENTAL_BY_TIME_RANGE" becomes "by time range", "FULL" "full"; a kind that is NULL is an audit. */
char *rp_text_kind(const char *kind_name);

#endif
