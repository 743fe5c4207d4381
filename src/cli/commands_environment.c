/* The commands about environments: looking at them and changing them. See command.h for what a row means. */
#include "cli/cmd.h"
#include "cli/command_groups.h"

const rp_option_group rp_source_options = {
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

const rp_option_group rp_gap_options = {
    "Gaps", NULL,
    (const rp_option[]){{.name = "check-gaps",
                         .alias = "no-gaps",
                         .kind = RP_OPTION_TEXT,
                         .value = "all|none|NAME,…",
                         .help = "the models that must not lose time ranges",
                         .fallback = "all"},
                        {0}}};

const rp_option_group rp_plan_options = {
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
        {.name = "statements",
         .kind = RP_OPTION_FILE,
         .value = "FILE",
         .help = "the environment's statements, a JSON array, instead of those it has"},
        {.name = "message",
         .kind = RP_OPTION_TEXT,
         .value = "TEXT",
         .help = "why, in at most 1000 characters; a deployment keeps it in the history"},
        {0}}};

static const rp_option_group plan_exit_options = {
    "Options", NULL,
    (const rp_option[]){{.name = "exit-code", .help = "exit 7 when something would change"},
                        {.name = "out",
                         .kind = RP_OPTION_FILE,
                         .value = "FILE",
                         .help = "save the plan, for \"repoint deploy --plan-file\""},
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
     .summary = "list the environments",
     .about = "A draft has been promoted and not finalized yet. Times are UTC.\n\n-o json: "
              "{\"environments\": [{\"name\", \"state\": finalized|draft|expired, \"plan_id\", "
              "\"previous_plan_id\", \"start_at\", \"end_at\", \"finalized_ts\", \"finalized_at\", "
              "\"expiration_ts\", \"expires_at\", \"is_expired\"}]}."},
    {.name = "environment",
     .run = rp_cmd_environment,
     .summary = "show one environment: its plan, its models, when it was finalized",
     .about = "-o json: the environment object of SQLMesh's state files.",
     .operands = (const rp_operand[]){{.name = "NAME", .help = "the environment's name"}, {0}},
     .exits = not_found_exit},
    {.name = "plan",
     .run = rp_cmd_plan,
     .summary = "show what a promotion would do, and change nothing",
     .about =
         "Models added (+), changed (~) and removed (-); views created, replaced and dropped, and columns "
         "that change; who may read them: grants that stay, come (+) and go (-), counted, with --verbose "
         "view "
         "by view, and new views that nobody may read; gaps; what would stand in the way of a deployment; "
         "and "
         "the next command.\n\n-o json: "
         "{\"environment\", \"plan_id\", \"previous_plan_id\", \"is_new\", \"models\": [{\"name\", "
         "\"change\": added|changed|metadata|removed|unchanged, \"kind\", \"from\", \"to\"}], \"gaps\": "
         "[{\"name\", \"ranges\": [[START, END]]}], \"views\": [{\"view\", \"model\", \"action\": "
         "create|replace|drop|remake, \"table\", \"columns_added\", \"columns_removed\", "
         "\"columns_retyped\", \"columns_reordered\", \"rebuilt\", \"owner\"}], \"grants\": [{\"view\", "
         "\"grantee\", \"privilege\", \"column\", \"grantable\", \"now\", \"afterwards\", \"source\": "
         "own|snapshot|default|schema}], \"unread\": [VIEW], \"obstacles\": "
         "[{\"code\", \"name\", \"message\"}], \"warnings\", \"message\"}. \"from\" and \"to\" are "
         "{\"identifier\", "
         "\"version\"} or null; an END does not belong to its range.",
     .operands = environment_operand,
     .groups = {&rp_source_options, &rp_gap_options, &rp_plan_options, &plan_exit_options},
     .exits = found_exits,
     .examples = (const rp_example[]){{"repoint plan prod --from staging", "what is new in staging"},
                                      {"repoint plan prod --latest --exit-code", "is there anything newer?"},
                                      {0}}},
    {.name = "promote",
     .run = rp_cmd_promote,
     .summary = "phase 1, state only: record what the environment should point to",
     .about =
         "The environment is a draft until repoint finalize; its views stay as they are. Refused when a "
         "snapshot is missing, when somebody else changed the environment, or when a model would lose time "
         "ranges.\n\n-o json: {\"environment\", \"plan_id\", \"previous_plan_id\", \"added\": [{\"name\", "
         "\"identifier\", \"version\"}], \"removed\", \"removed_environment_naming_info\", \"finalized_ts\": "
         "null, \"message\", \"dry_run\"}. \"added\" are the views to create or replace, \"removed\" those "
         "to remove. A "
         "refusal because of gaps has {\"gaps\": [{\"name\", \"ranges\"}]} as its detail.",
     .writes = true,
     .operands = environment_operand,
     .groups = {&rp_source_options, &rp_gap_options, &rp_plan_options},
     .exits = change_exits,
     .examples =
         (const rp_example[]){{"repoint promote prod --from staging", "prod should be what staging is"},
                              {"repoint promote prod --set shop.orders=1281222509", "one model alone"},
                              {0}}},
    {.name = "finalize",
     .run = rp_cmd_finalize,
     .summary = "phase 2, state only: declare the environment ready",
     .about = "It is finalized only if it is still at the plan that was read. Views are neither changed nor "
              "looked at.\n\n-o json: {\"environment\", \"plan_id\", \"finalized_ts\", \"finalized_at\", "
              "\"dry_run\"}.",
     .writes = true,
     .operands = environment_operand,
     .groups = {&finalize_options},
     .exits = change_exits},
    {.name = "invalidate",
     .run = rp_cmd_invalidate,
     .summary = "let an environment expire now, so that the janitor removes it",
     .about = "prod is refused. Until the janitor comes the environment is as it was, and a promotion may "
              "replace it.\n\n-o json: {\"environment\", \"dry_run\"}.",
     .writes = true,
     .operands = environment_operand,
     .exits = change_exits},
    {.name = "gaps",
     .run = rp_cmd_gaps,
     .summary = "report which models would lose which time ranges",
     .about = "The same check as that of promote, which refuses what is listed here.\n\n-o json: "
              "{\"environment\", \"gaps\": [{\"name\", \"ranges\": [[START, END]]}]}; an END does not belong "
              "to its range.",
     .operands = environment_operand,
     .groups = {&rp_source_options, &rp_gap_options, &gaps_exit_options},
     .exits = found_exits},
    {.name = "diff",
     .run = rp_cmd_diff,
     .summary = "compare two environments model by model",
     .about = "What has to change so that A becomes B: added (+), changed (~) and removed (-) models.\n\n-o "
              "json: {\"a\", \"b\", \"models\"}, the models as repoint plan lists them.",
     .operands = (const rp_operand[]){{.name = "A", .help = "an environment"},
                                      {.name = "B", .help = "another one"},
                                      {0}},
     .groups = {&diff_options},
     .exits = found_exits},
    {0}};
