/* What config_file.c needs of the sections. */
#ifndef RP_CLI_CONFIG_READER_H
#define RP_CLI_CONFIG_READER_H

#include "cli/config_fields.h"

bool rp_config_is_one(const char *key);
/* Reads the section of this key, which stands on this line. Fails with REPOINT_INVALID. */
repoint_status rp_config_read(const rp_config_reader *reader, const char *key, int line,
                              struct fy_node *node);

#endif
