/* repoint.yaml: finding it and reading it. */
#ifndef RP_CLI_CONFIG_FILE_H
#define RP_CLI_CONFIG_FILE_H

#include "cli/arguments.h"
#include "cli/config_sections.h"

#define RP_CONFIG_FILE_NAME     "repoint.yaml"
#define RP_CONFIG_FILE_MAX_SIZE ((size_t)1 << 20)

/* The nearest repoint.yaml in the working directory or above it, to be freed with g_free(); NULL: none. */
char *rp_config_file_find(void);

/*
 * Gives the options of `arguments` whose key the file has their value, and fills `sections`. Fails with
 * REPOINT_INVALID, naming the line, for what is not YAML, a key that is not known, and a value of the wrong
 * kind.
 */
repoint_status rp_config_file_apply(const char *path, rp_arguments *arguments, rp_config *sections,
                                    repoint_error *error);

#endif
