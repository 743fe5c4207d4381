/* The settings: the value of each option from where it counts most. */
#ifndef RP_CLI_SETTINGS_H
#define RP_CLI_SETTINGS_H

#include "cli/arguments.h"
#include "cli/config_sections.h"

/*
 * Completes what the command line gave: goes to the directory of -C, finds repoint.yaml, and fills each
 * option that was not given from the environment, else the file, else the default. *ret_config_file is the
 * file that was read (g_free() it), or NULL when there is none.
 */
repoint_status rp_settings_complete(rp_arguments *arguments, rp_config *sections, char **ret_config_file,
                                    repoint_error *error);

/* Is a global option a setting, that is, can it come from elsewhere than the command line? */
bool rp_option_is_setting(const rp_option *option);

/* Where a value came from, for people: "--state", "REPOINT_STATE", "repoint.yaml, line 3"; g_free() it. */
char *rp_value_place(const rp_value *value, const char *config_file);

#endif
