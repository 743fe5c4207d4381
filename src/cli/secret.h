/* Keeping passwords out of what is printed. */
#ifndef RP_CLI_SECRET_H
#define RP_CLI_SECRET_H

/*
 * A copy of `text` (a URL, a key=value connection string, or a sentence with such things in it) in which each
 * password is "***". When in doubt it hides too much. Free with g_free().
 */
char *rp_secret_mask(const char *text);

#endif
