/* The commands about environments: looking at them and changing them. See command.h for what a row means. */
#include "cli/cmd.h"

static const rp_option_group source_options = {
    "SOURCE: what the environment should point to", "SOURCE",
    (const rp_option[]){
        {.name = "from",
         .kind = RP_OPTION_TEXT,
         .value = "ENV",
         .help = "to the snapshots of another environment"},
        {.name = "snapshots",
         .kind = RP_OPTION_FILE,
         .value = "FILE",
         .help = "to those of a state file, or of a JSON array of {\"name\", \"identifier\"}"},
        {.name = "set",
         .kind = RP_OPTION_TEXT,
         .value = "NAME=IDENTIFIER",
         .help = "to what it points to now, but this model to this snapshot; may be repeated",
         .repeated = true},
        {.name = "drop",
         .kind = RP_OPTION_TEXT,
         .value = "NAME",
         .help = "to what it points to now without this model; may be repeated and mixed with --set",
         .repeated = true},
        {.name = "latest", .help = "for each of its models to the newest snapshot known"},
        {.name = "record",
         .kind = RP_OPTION_FILE,
         .value = "FILE",
         .help = "to a whole environment object in SQLMesh's JSON, taken as it is"},
        {0}}};

static const rp_option_group gap_options = {
    "Gaps", NULL,
    (const rp_option[]){{.name = "check-gaps",
                         .alias = "no-gaps",
                         .kind = RP_OPTION_TEXT,
                         .value = "all|none|NAME,…",
                         .help = "the models that must not lose time ranges",
                         .fallback = "all"},
                        {0}}};

static const rp_option_group plan_options = {
    "Plan", NULL,
    (const rp_option[]){
        {.name = "plan-id",
         .kind = RP_OPTION_TEXT,
         .value = "ID",
         .help = "the identity of this change; a new one when absent"},
        {.name = "expect-plan-id",
         .kind = RP_OPTION_TEXT,
         .value = "ID|none",
         .help = "refuse unless this is the environment's current plan; none: it must not exist yet"},
        {.name = "start",
         .kind = RP_OPTION_TEXT,
         .value = "TIME",
         .help = "where the environment's data begins; as before when absent"},
        {.name = "end", .kind = RP_OPTION_TEXT, .value = "TIME", .help = "where it ends; open when absent"},
        {.name = "ttl",
         .kind = RP_OPTION_TEXT,
         .value = "TTL",
         .help = "how long the environment lives, e.g. \"in 1 week\"; prod never expires"},
        {.name = "suffix",
         .kind = RP_OPTION_CHOICE,
         .value = "schema|table|catalog",
         .help = "which part of a view's name carries the environment's name; for a new environment"},
        {.name = "message", .kind = RP_OPTION_TEXT, .value = "TEXT", .help = "why, for the history"},
        {.name = "statements",
         .kind = RP_OPTION_FILE,
         .value = "FILE",
         .help = "the environment's statements, a JSON array, instead of those it has"},
        {0}}};

static const rp_option_group plan_output_options = {
    "Options", NULL,
    (const rp_option[]){{.name = "out",
                         .kind = RP_OPTION_FILE,
                         .value = "FILE",
                         .help = "save the plan for repoint deploy --plan-file"},
                        {.name = "exit-code", .help = "exit 7 when something would change"},
                        {0}}};

static const rp_option_group deploy_options = {
    "Deployment", NULL,
    (const rp_option[]){
        {.name = "plan-file",
         .kind = RP_OPTION_FILE,
         .value = "FILE",
         .help = "deploy a saved plan; refuse if anything has moved since"},
        {.name = "until",
         .kind = RP_OPTION_CHOICE,
         .value = "draft|candidate|checked",
         .help = "stop there, with the next command"},
        {.name = "wait", .help = "wait for what is awaited instead of stopping"},
        {.name = "cutover-timeout",
         .kind = RP_OPTION_SECONDS,
         .value = "SECONDS",
         .help = "how long to wait for readers before giving up"},
        {.name = "drop-foreign-views", .help = "drop views of others that depend on views to be dropped"},
        {.name = "allow-empty",
         .kind = RP_OPTION_TEXT,
         .value = "NAME",
         .help = "this model's table may be empty; may be repeated",
         .repeated = true},
        {.name = "allow-forward-only",
         .kind = RP_OPTION_TEXT,
         .value = "NAME",
         .help = "this model's forward-only change is applied already; may be repeated",
         .repeated = true},
        {0}}};

static const rp_option_group finalize_options = {
    "Options", NULL,
    (const rp_option[]){{.name = "expect-plan-id",
                         .kind = RP_OPTION_TEXT,
                         .value = "ID",
                         .help = "refuse unless this is the environment's current plan"},
                        {0}}};

static const rp_option_group gaps_exit_options = {
    "Options", NULL, (const rp_option[]){{.name = "exit-code", .help = "exit 7 when there are gaps"}, {0}}};

static const rp_option_group diff_options = {
    "Options", NULL, (const rp_option[]){{.name = "exit-code", .help = "exit 7 when they differ"}, {0}}};

static const rp_operand environment_operand[] = {{.name = "ENV", .help = "the environment's name"}, {0}};

static const rp_exit not_found_exit[] = {{5, "no such environment, or no such snapshot"}, {0}};
static const rp_exit change_exits[] = {
    {3, "refused by a rule: gaps, missing snapshots or tables; readers and environment are as before"},
    {4, "somebody else changed the environment, or holds it; nothing was changed"},
    {5, "no such environment, or no such snapshot"},
    {0}};
static const rp_exit found_exits[] = {
    {5, "no such environment, or no such snapshot"}, {7, "with --exit-code: something was found"}, {0}};

const rp_command rp_environment_commands[] = {
    {.name = "environments",
     .run = rp_cmd_environments,
     .summary = "list the environments"},
    {.name = "environment",
     .run = rp_cmd_environment,
     .summary = "show one environment: its plan, its models, when it was finalized",
     .operands = (const rp_operand[]){{.name = "NAME", .help = "the environment's name"}, {0}},
     .exits = not_found_exit},
    {.name = "plan",
     .run = rp_cmd_plan,
     .summary = "show what a promotion would do, and change nothing",
     .about =
         "Models added, changed and removed; gaps; views created, replaced and dropped; columns that change; "
         "readers' grants; foreign views in the way.",
     .operands = environment_operand,
     .groups = {&source_options, &gap_options, &plan_options, &plan_output_options},
     .exits = found_exits,
     .examples = (const rp_example[]){{"repoint plan prod --from staging", "what is new in staging"},
                                      {"repoint plan prod --from staging --out prod.plan", "the same, saved"},
                                      {0}}},
    {.name = "promote",
     .run = rp_cmd_promote,
     .summary = "phase 1, state only: record what the environment should point to",
     .about =
         "The environment is unfinalized until repoint finalize; its views stay as they are. Refused when a "
         "snapshot is missing, when somebody else changed the environment, or when a model would lose time "
         "ranges.",
     .writes = true,
     .operands = environment_operand,
     .groups = {&source_options, &gap_options, &plan_options},
     .exits = change_exits,
     .examples =
         (const rp_example[]){{"repoint promote prod --from staging", "prod should be what staging is"},
                              {"repoint promote prod --set shop.orders=1281222509", "one model alone"},
                              {0}}},
    {.name = "finalize",
     .run = rp_cmd_finalize,
     .summary = "phase 2, state only: declare the environment ready",
     .about = "Warns when views do not point where the state says.",
     .writes = true,
     .operands = environment_operand,
     .groups = {&finalize_options},
     .exits = change_exits},
    {.name = "deploy",
     .run = rp_cmd_deploy,
     .summary = "promote, change the views and finalize, in one transaction where the database can",
     .about =
         "Readers see the old set of tables or the new one, never a mixture. Where something is awaited it "
         "stops and says which command comes next.",
     .writes = true,
     .operands = environment_operand,
     .groups = {&source_options, &gap_options, &plan_options, &deploy_options},
     .exits = change_exits,
     .examples =
         (const rp_example[]){{"repoint deploy prod --from staging", "staging goes live"},
                              {"repoint deploy prod --plan-file prod.plan", "exactly what was planned"},
                              {0}}},
    {.name = "gaps",
     .run = rp_cmd_gaps,
     .summary = "report which models would lose which time ranges",
     .operands = environment_operand,
     .groups = {&source_options, &gap_options, &gaps_exit_options},
     .exits = found_exits},
    {.name = "diff",
     .run = rp_cmd_diff,
     .summary = "compare two environments model by model",
     .operands = (const rp_operand[]){{.name = "A", .help = "an environment"},
                                      {.name = "B", .help = "another one"},
                                      {0}},
     .groups = {&diff_options},
     .exits = found_exits},
    {0}};
