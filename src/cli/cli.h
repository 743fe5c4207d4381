/*
 * What a command's run function gets: the arguments and settings, the way results are printed, and the state
 * store, opened when it is first asked for. With output.h and grid.h this is all that a cmd_<name>.c needs.
 */
#ifndef RP_CLI_CLI_H
#define RP_CLI_CLI_H

#include <stdint.h>

#include "cli/arguments.h"
#include "cli/config_sections.h"
#include "repoint/store.h"

/* The state of the progress bar: progress.c alone looks inside. */
typedef struct rp_progress {
    int64_t started_us; /* when the work began, monotonic; 0: none going on */
    int64_t drawn_us;   /* when the bar was drawn last */
    bool is_drawn;      /* it stands on the terminal now */
} rp_progress;

struct rp_cli {
    const rp_arguments *arguments; /* every option has its effective value */
    const char *config_file;       /* the repoint.yaml that was read, or NULL */
    rp_config *sections;           /* what it says beside single values */

    bool json;       /* -o json */
    bool quiet;      /* -q */
    bool verbose;    /* -v */
    bool color;      /* standard output takes colours */
    bool dry_run;    /* -n: what rp_cli_store() opens rolls back instead of committing */
    bool is_printed; /* the one JSON document has been written */
    int exit_code;   /* set by a command that succeeds with another code than 0: 7 with --exit-code */

    rp_progress progress;
    int64_t now_ts;             /* --now, once rp_cli_store() was called */
    repoint_store *store;       /* use rp_cli_store() */
    void (*close)(rp_cli *cli); /* undoes what was opened on demand; NULL when nothing was */
};

/*
 * The options by their long names; asking for one that the command does not have in the table is a
 * programming error. Strings belong to cli.
 */
const char *rp_cli_text(const rp_cli *cli, const char *option); /* NULL when not given and without default */
bool rp_cli_flag(const rp_cli *cli, const char *option);
double rp_cli_seconds(const rp_cli *cli, const char *option); /* 0 when not given */
const char *const *rp_cli_list(const rp_cli *cli,
                               const char *option);          /* of a repeated one; NULL-terminated */
bool rp_cli_is_given(const rp_cli *cli, const char *option); /* not just its default */

/* Does the command have this option? Commands share code, but not all of their options. */
bool rp_cli_has_option(const rp_cli *cli, const char *option);

/* The operand of this number, from 0, or NULL; all from there on, NULL-terminated. */
const char *rp_cli_operand(const rp_cli *cli, size_t index);
const char *const *rp_cli_operands(const rp_cli *cli, size_t from);

/*
 * The state store of --state, opened with --schema, --timeout, --now, --trace and --dry-run, the progress bar
 * and the interrupt; closed when the command ends. The same one each time.
 */
repoint_status rp_cli_store(rp_cli *cli, repoint_store **ret_store, repoint_error *error);

/* The same, but creates the tables where there are none: `repoint init`. Before any call of rp_cli_store().
 */
repoint_status rp_cli_store_create(rp_cli *cli, const repoint_versions *versions, repoint_store **ret_store,
                                   bool *ret_created, repoint_error *error);

#endif
