/* Groups of options that commands of several tables share. */
#ifndef RP_CLI_COMMAND_GROUPS_H
#define RP_CLI_COMMAND_GROUPS_H

#include "cli/command.h"

extern const rp_option_group rp_source_options;
extern const rp_option_group rp_gap_options;
extern const rp_option_group rp_plan_options;
extern const rp_option_group rp_pace_options;

#endif
