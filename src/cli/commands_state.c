/* The commands about the state store itself. See command.h for what a row means. */
#include "cli/cmd.h"

static const rp_option_group init_options = {
    "Options", NULL,
    (const rp_option[]){{.name = "sqlmesh-version",
                         .kind = RP_OPTION_TEXT,
                         .value = "VERSION",
                         .help = "the SQLMesh version that the store records",
                         .fallback = "0.236.4"},
                        {.name = "sqlglot-version",
                         .kind = RP_OPTION_TEXT,
                         .value = "VERSION",
                         .help = "the SQLGlot version that the store records",
                         .fallback = "30.8.0"},
                        {.name = "deployments",
                         .help = "also make the tables that deployments need, so that who deploys needs no "
                                 "right to make tables"},
                        {0}}};

static const rp_option_group push_options = {
    "Options", NULL,
    (const rp_option[]){{.name = "format",
                         .kind = RP_OPTION_CHOICE,
                         .value = "sqlmesh",
                         .help = "what FILE is: a SQLMesh state file",
                         .fallback = "sqlmesh"},
                        {0}}};

static const rp_option_group range_options = {
    "Range", NULL,
    (const rp_option[]){{.name = "start",
                         .kind = RP_OPTION_TEXT,
                         .value = "TIME",
                         .help = "where the range begins; see repoint help times"},
                        {.name = "end",
                         .kind = RP_OPTION_TEXT,
                         .value = "TIME",
                         .help = "where it ends; a date includes its whole day"},
                        {0}}};

static const rp_option_group dev_options = {
    "Options", NULL,
    (const rp_option[]){{.name = "dev", .help = "of the development table instead of the version's table"},
                        {0}}};

static const rp_option_group remove_options = {
    "Options", NULL,
    (const rp_option[]){{.name = "shared", .help = "for every snapshot of the same version"}, {0}}};

static const rp_option_group list_options = {
    "Options", NULL,
    (const rp_option[]){{.name = "dev", .help = "of the development table instead of the version's table"},
                        {.name = "pending", .help = "the restatements that are not done yet instead"},
                        {0}}};

static const rp_option_group export_options = {
    "Options", NULL,
    (const rp_option[]){{.name = "environment",
                         .kind = RP_OPTION_TEXT,
                         .value = "NAME",
                         .help = "only this environment and its snapshots; may be repeated",
                         .repeated = true},
                        {0}}};

static const rp_option_group import_options = {
    "Options", NULL,
    (const rp_option[]){{.name = "replace", .help = "empty the store first, in the same transaction"}, {0}}};

static const rp_option_group migrate_options = {
    "Options", NULL,
    (const rp_option[]){{.name = "rollback", .help = "back to the backup that the last migration made"},
                        {.name = "skip-backup", .help = "make no backup of the tables"},
                        {0}}};

static const rp_option_group janitor_options = {
    "Options", NULL,
    (const rp_option[]){{.name = "ignore-ttl",
                         .help = "remove snapshots that no environment points to, however young they are"},
                        {.name = "environment",
                         .kind = RP_OPTION_TEXT,
                         .value = "NAME",
                         .help = "only this environment, if it has expired; no snapshots"},
                        {0}}};

/* One snapshot, as several commands take it, and a range of its intervals. */
#define SNAPSHOT_OPERAND                                                                                     \
    {                                                                                                        \
        .name = "NAME[@IDENTIFIER]",                                                                         \
        .help = "a model's name, quoted or not, or an unambiguous end of it (shop.orders, orders); the "     \
                "identifier chooses among several snapshots"                                                 \
    }
static const rp_operand snapshot_operand[] = {SNAPSHOT_OPERAND, {0}};
static const rp_operand snapshot_range_operands[] = {
    SNAPSHOT_OPERAND,
    {.name = "START", .help = "the same as --start, in front of END", .optional = true},
    {.name = "END", .help = "the same as --end", .optional = true},
    {0}};

static const rp_exit not_found_exit[] = {{5, "no such snapshot"}, {0}};
static const rp_exit conflict_exit[] = {{4, "somebody else changed it meanwhile, or holds it"}, {0}};
static const rp_exit snapshot_write_exits[] = {
    {4, "somebody else changed it meanwhile, or holds it"}, {5, "no such snapshot"}, {0}};

const rp_command rp_state_commands[] = {
    {.name = "init",
     .run = rp_cmd_init,
     .summary = "create the state store and, where there is none, a commented repoint.yaml",
     .about = "The store is created at the newest schema version. One that is there already stays as it is. "
              "A URL with a password in it is not written to the file.\n\n-o json: {\"state\", \"created\", "
              "\"config_file\", \"config_file_created\", \"dry_run\"}.",
     .writes = true,
     .groups = {&init_options},
     .exits = conflict_exit,
     .examples = (const rp_example[]){{"repoint init", "a store in ./repoint.db"},
                                      {"repoint init --state sqlite:/srv/shop/shop.db",
                                       "one in the database of the tables"},
                                      {0}}},
    {.name = "status",
     .run = rp_cmd_status,
     .summary = "show the store, its environments, and what needs attention on one page",
     .about = "For each environment: whether it is finalized or a draft and since when, when it expires, and "
              "its plan; which deployments are open, who works on them, what is on hold, and whether the "
              "tables that a rollback would need are there.\n\n-o json: "
              "{\"state\", \"schema_version\", \"sqlmesh_version\", "
              "\"sqlglot_version\", \"snapshots\", \"expired_unused_snapshots\", \"environments\", "
              "\"deployments\": [{\"environment\", \"deployment\", \"lease\", \"hold\"}], \"retained\": "
              "[{\"environment\", \"revision\", \"name\", \"identifier\", \"problem\": gone|expiring, "
              "\"expires_ts\"}], "
              "\"attention\": [TEXT]}, the environments as repoint environments lists them; of a lease "
              "\"is_dead\" and \"is_expired\" say that nobody works on it any more."},
    {.name = "push",
     .run = rp_cmd_push,
     .summary = "add the snapshots of a state file",
     .about = "Snapshots that are stored already stay as they are; intervals are not read. Several files are "
              "added together or not at all.\n\n-o json: {\"added\", \"total\", \"dry_run\"}, counted over "
              "all files: the new snapshots, and those that the files hold.",
     .writes = true,
     .operands = (const rp_operand[]){{.name = "FILE",
                                       .help = "a SQLMesh state file; - is standard input",
                                       .kind = RP_OPERAND_FILE,
                                       .repeated = true},
                                      {0}},
     .groups = {&push_options},
     .exits = conflict_exit,
     .examples =
         (const rp_example[]){{"repoint push state.json", "everything that sqlmesh state export wrote"},
                              {"gunzip -c state.json.gz | repoint push -", "from a pipe"},
                              {0}}},
    {.name = "snapshots",
     .run = rp_cmd_snapshots,
     .summary = "list snapshots: versions, kinds, ages, whether they expire",
     .about = "By name, the oldest first. A snapshot that has expired and that no environment uses may be "
              "removed.\n\n-o json: {\"snapshots\": [{\"name\", \"identifier\", \"version\", "
              "\"dev_version\", \"kind_name\", \"updated_ts\", \"updated_at\", \"unpaused_ts\", "
              "\"unpaused_at\", \"ttl_ms\", \"is_expired\", \"unrestorable\", \"forward_only\", "
              "\"environments\": [NAME]}]}. A snapshot whose unpaused_ts is null is paused; is_expired says "
              "that its time to live has passed, whether it is in use or not.",
     .operands =
         (const rp_operand[]){{.name = "NAME", .help = "only those of this model", .optional = true}, {0}},
     .exits = not_found_exit},
    {.name = "snapshot",
     .run = rp_cmd_snapshot,
     .summary = "show one snapshot: version, table, intervals, the environments that use it",
     .about = "-o json: {\"name\", \"identifier\", \"version\", \"kind_name\", \"table\", \"dev_table\", "
              "\"intervals\": [{\"start\", \"end\", \"start_ts\", \"end_ts\"}], \"dev_intervals\", "
              "\"pending_restatement_intervals\", \"environments\": [NAME], \"snapshot\"}, the last being "
              "the object of SQLMesh's state files.",
     .operands = snapshot_operand,
     .exits = not_found_exit},
    {.name = "intervals add",
     .run = rp_cmd_intervals_add,
     .summary = "record that a snapshot's table has data for a time range",
     .about = "Recorded are the whole intervals inside the range; a range that holds none changes nothing. "
              "The range is given as START and END or as --start and --end.\n\n-o json: {\"name\", "
              "\"identifier\", \"version\", \"dev\", \"added\": [{\"start\", \"end\", \"start_ts\", "
              "\"end_ts\"}], \"dry_run\"}: what was recorded, as one list; an end does not belong to its "
              "interval.",
     .writes = true,
     .operands = snapshot_range_operands,
     .groups = {&range_options, &dev_options},
     .exits = snapshot_write_exits,
     .examples =
         (const rp_example[]){{"repoint intervals add shop.orders 2026-01-01 2026-01-31", "all of January"},
                              {0}}},
    {.name = "intervals remove",
     .run = rp_cmd_intervals_remove,
     .summary = "take a time range away, so that it is processed again",
     .about = "The range is widened to whole intervals. A model that is only ever rebuilt whole loses "
              "everything.\n\n-o json: {\"name\", \"identifier\", \"version\", \"shared\", \"removed\": "
              "[{\"start\", \"end\", \"start_ts\", \"end_ts\"}], \"dry_run\"}.",
     .writes = true,
     .operands = snapshot_range_operands,
     .groups = {&range_options, &remove_options},
     .exits = snapshot_write_exits},
    {.name = "intervals list",
     .run = rp_cmd_intervals_list,
     .summary = "list the time ranges that a snapshot's table has data for",
     .about = "Whole days are printed as the first and the last of them.\n\n-o json: {\"name\", "
              "\"identifier\", \"version\", \"intervals\": [{\"start\", \"end\", \"start_ts\", "
              "\"end_ts\"}]}; an end does not belong to its interval.",
     .operands = snapshot_operand,
     .groups = {&list_options},
     .exits = not_found_exit},
    {.name = "intervals missing",
     .run = rp_cmd_intervals_missing,
     .summary = "list the time ranges that a snapshot should have and does not",
     .about =
         "Without --start since the model's data begins, without --end until now.\n\n-o json: {\"name\", "
         "\"identifier\", \"version\", \"missing\": [{\"start\", \"end\", \"start_ts\", \"end_ts\"}]}.",
     .operands = snapshot_range_operands,
     .groups = {&range_options, &dev_options},
     .exits = not_found_exit},
    {.name = "intervals compact",
     .run = rp_cmd_intervals_compact,
     .summary = "merge the log of intervals into as few rows as possible",
     .about =
         "What is read afterwards is the same.\n\n-o json: {\"rows_before\", \"rows_after\", \"dry_run\"}.",
     .writes = true,
     .exits = conflict_exit},
    {.name = "export",
     .run = rp_cmd_export,
     .summary = "write a SQLMesh state file",
     .about = "The file holds the environments and the snapshots that they point to, at one moment of the "
              "store. It appears under its name only when it is whole.\n\n-o json: {\"file\", \"snapshots\", "
              "\"environments\", \"dry_run\"}; on standard output the state file itself is the one document.",
     .writes = true,
     .operands = (const rp_operand[]){{.name = "FILE",
                                       .help = "where to write; standard output when absent or -",
                                       .kind = RP_OPERAND_FILE,
                                       .optional = true},
                                      {0}},
     .groups = {&export_options},
     .exits = (const rp_exit[]){{5, "no such environment"}, {0}},
     .examples =
         (const rp_example[]){{"repoint export state.json", "everything"},
                              {"repoint export --environment prod | gzip > prod.json.gz", "production alone"},
                              {0}}},
    {.name = "import",
     .run = rp_cmd_import,
     .summary = "read a SQLMesh state file, all of it or nothing",
     .about =
         "Snapshots and environments of the file replace those of the same identity; intervals are united "
         "with what is there. With --replace the store then holds what the file holds and nothing "
         "else.\n\n-o json: {\"file\", \"replaced\", \"snapshots\", \"environments\", \"dry_run\"}.",
     .writes = true,
     .operands =
         (const rp_operand[]){
             {.name = "FILE", .help = "the state file; - is standard input", .kind = RP_OPERAND_FILE}, {0}},
     .groups = {&import_options},
     .exits = conflict_exit},
    {.name = "migrate",
     .run = rp_cmd_migrate,
     .summary = "move the store to the newest schema version",
     .about =
         "Where stored Python code would have to be spelled anew, only SQLMesh can do it, and the "
         "message says so. The tables are copied first (their names end in _backup); --rollback puts "
         "the copies back, and uses them up.\n\n-o json: {\"from_schema_version\", "
         "\"to_schema_version\", \"dry_run\"}, with --rollback {\"schema_version\", \"sqlmesh_version\", "
         "\"sqlglot_version\", \"dry_run\"}.",
     .writes = true,
     .groups = {&migrate_options},
     .exits = (const rp_exit[]){{3, "only SQLMesh can migrate this store"},
                                {4, "somebody else changed it meanwhile, or holds it"},
                                {5, "there is no backup to go back to"},
                                {0}}},
    {.name = "janitor",
     .run = rp_cmd_janitor,
     .summary = "remove what nothing points to any more: state first, then tables and views",
     .about =
         "Environments that have expired go, with their statements and views; then snapshots whose time to "
         "live has passed and that no environment, no open deployment and none of the last five revisions "
         "of an environment points to, with their intervals and tables; then the log of intervals is "
         "merged. A table or view that cannot be dropped, such as one that somebody's own view reads, is "
         "told with its reason and tried again by the next run. Where SQLMesh's janitor runs as well, it "
         "knows neither deployments nor revisions: let one of them run.\n\n-o json: {\"environments\": "
         "[{\"environment\", \"expired_ts\", \"expired_at\"}], \"snapshots\": [{\"name\", "
         "\"identifier\", \"expired_ts\", \"expired_at\"}], \"dropped\": [{\"object\", \"kind\", "
         "\"owner\"}], \"needed\", \"failed\": with \"attempts\" and \"reason\", \"rows_before\", "
         "\"rows_after\", \"dry_run\"}, the rows being those of the log of intervals.",
     .writes = true,
     .groups = {&janitor_options},
     .exits = conflict_exit,
     .examples = (const rp_example[]){{"repoint janitor --dry-run", "what would go, and why"}, {0}}},
    {.name = "reset",
     .run = rp_cmd_reset,
     .summary = "remove everything from the store",
     .about = "Its tables are made anew, empty; the recorded versions stay. Asks first; without a terminal "
              "--yes has to be given. Views and tables of the warehouse stay as they are.\n\n-o json: "
              "{\"state\", \"dry_run\"}.",
     .writes = true,
     .exits = conflict_exit},
    {0}};
