/* Statements as MariaDB takes them: values written into the text by one function. */
#ifndef RP_DB_MYSQL_TEXT_H
#define RP_DB_MYSQL_TEXT_H

#include "db/driver.h"

/* A statement in rp_sql()'s spelling with its values written out. */
GString *rp_mysql_text(const char *sql, const rp_db_value *values, size_t count);

/* Appends "(1, 'a', NULL)". */
void rp_mysql_append_row(GString *text, const rp_db_value *values, size_t count);

/* Does the statement commit the transaction in which it runs? */
bool rp_mysql_commits_implicitly(const char *sql);

#endif
