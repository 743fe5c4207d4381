/* Reading a mapping of repoint.yaml into a struct, by a table of its keys. */
#ifndef RP_CLI_CONFIG_FIELDS_H
#define RP_CLI_CONFIG_FIELDS_H

#include <libfyaml.h>
#include <stdbool.h>

#include "cli/config_sections.h"

typedef struct rp_config_reader {
    const char *path; /* of the file, for messages */
    rp_config *sections;
    int *line; /* of the key read last: where a value stands that says nothing about itself */
    repoint_error *error;
} rp_config_reader;

typedef enum rp_field_kind {
    RP_FIELD_TEXT,     /* const char * */
    RP_FIELD_FLAG,     /* bool: true or false */
    RP_FIELD_COUNT,    /* int64_t, not negative */
    RP_FIELD_DURATION, /* double, seconds: 90, or "2 days" */
    RP_FIELD_PERCENT,  /* double: 20% */
    RP_FIELD_WORDS,    /* const char *const *: a list of texts, or one text */
    RP_FIELD_COMMAND,  /* likewise: a list of words, or a text for the shell */
    RP_FIELD_NODE,     /* struct fy_node *: for the caller to read */
} rp_field_kind;

typedef struct rp_field {
    const char *key; /* NULL ends a table */
    rp_field_kind kind;
    size_t offset; /* in the struct */
} rp_field;

/* The line of what a node begins with; 0 when it is not known. */
int rp_node_line(struct fy_node *node);

/* "repoint.yaml, line 3: MESSAGE", exit 2. */
repoint_status rp_config_fail(const rp_config_reader *reader, struct fy_node *node, const char *hint,
                              const char *format, ...) G_GNUC_PRINTF(4, 5);

/* Reads one value; `what` names it ("rows.min"). */
repoint_status rp_field_read(const rp_config_reader *reader, struct fy_node *node, rp_field_kind kind,
                             const char *what, void *to);

/* Reads a mapping into `to`. A key that the table does not have is an error. `what` names the mapping. */
repoint_status rp_fields_read(const rp_config_reader *reader, struct fy_node *mapping, const char *what,
                              const rp_field *fields, void *to);

/* The text of a scalar, kept by the sections; NULL for what is no text. */
const char *rp_config_text(const rp_config_reader *reader, struct fy_node *node);

#endif
