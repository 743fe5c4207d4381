/* The commands about deployments: the whole of one, its steps, and what was. See command.h for a row. */
#include "cli/cmd.h"
#include "cli/command_groups.h"

static const rp_option_group deploy_options = {
    "Deployment", NULL,
    (const rp_option[]){
        {.name = "plan-file",
         .kind = RP_OPTION_FILE,
         .value = "FILE",
         .help = "what \"repoint plan --out\" saved, instead of SOURCE; refused if anything has moved since"},
        {.name = "until",
         .kind = RP_OPTION_CHOICE,
         .value = "draft|candidate|checked",
         .help = "stop there and leave the deployment open; \"repoint resume\" goes on"},
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
        {.name = "drop-foreign-views",
         .help = "drop other people's views that cannot stay, instead of refusing"},
        {0}}};

static const rp_option_group step_options = {
    "Waiting", NULL,
    (const rp_option[]){
        {.name = "wait", .help = "wait for whoever holds the environment, at most as long as --timeout says"},
        {0}}};

const rp_option_group rp_pace_options = {
    "Pace", NULL,
    (const rp_option[]){
        {.name = "cutover-timeout",
         .kind = RP_OPTION_SECONDS,
         .value = "SECONDS",
         .help = "how long to try to get in between readers and other writers; 30 when absent",
         .key = "deploy.cutover_timeout"},
        {.name = "lease",
         .kind = RP_OPTION_SECONDS,
         .value = "SECONDS",
         .help = "how long others wait for this process should it vanish; 60 when absent",
         .environment = "REPOINT_LEASE",
         .key = "deploy.lease"},
        {0}}};

static const rp_option_group approve_options = {
    "Options", NULL,
    (const rp_option[]){{.name = "plan-id",
                         .kind = RP_OPTION_TEXT,
                         .value = "ID",
                         .help = "the deployment that is meant; refused if another one is open"},
                        {.name = "message",
                         .kind = RP_OPTION_TEXT,
                         .value = "TEXT",
                         .help = "why, in at most 1000 characters; kept in the history"},
                        {0}}};

static const rp_option_group wait_options = {
    "Options", NULL,
    (const rp_option[]){{.name = "plan-id",
                         .kind = RP_OPTION_TEXT,
                         .value = "ID",
                         .help = "the deployment that is meant; the one that is open when absent"},
                        {0}}};

static const rp_option_group rollback_options = {
    "Rollback", NULL,
    (const rp_option[]){{.name = "to",
                         .kind = RP_OPTION_TEXT,
                         .value = "REVISION",
                         .help = "a number that \"repoint history\" lists; the one before when absent"},
                        {.name = "keep",
                         .kind = RP_OPTION_TEXT,
                         .value = "NAME",
                         .help = "leave this model where it is; may be repeated",
                         .repeated = true},
                        {.name = "plan-id",
                         .kind = RP_OPTION_TEXT,
                         .value = "ID",
                         .help = "the identity of this change; a new one when absent"},
                        {.name = "message",
                         .kind = RP_OPTION_TEXT,
                         .value = "TEXT",
                         .help = "why, in at most 1000 characters; kept in the history"},
                        {0}}};

static const rp_option_group verify_options = {
    "Options", NULL,
    (const rp_option[]){{.name = "repair", .help = "make changed and missing views what they should be"},
                        {.name = "exit-code", .help = "exit 7 when something was found"},
                        {0}}};

static const rp_operand environment_operand[] = {{.name = "ENV", .help = "the environment's name"}, {0}};
static const rp_operand planned_operand[] = {
    {.name = "ENV", .help = "the environment's name; a plan file has it", .optional = true}, {0}};

static const rp_exit step_exits[] = {
    {3, "refused by a rule, or waiting for one: readers and environment are as before, the draft stays open"},
    {4, "somebody else changed the environment, holds it, or reads it; nothing was changed"},
    {5, "no such environment, snapshot or deployment"},
    {8, "the connection was lost during the commit: run repoint resume"},
    {0}};

#define DEPLOYMENT_JSON                                                                                      \
    "\n\n-o json: {\"environment\", \"plan_id\", \"previous_plan_id\", \"state\": "                          \
    "draft|candidate|checked|finalized or null, \"rollback_to\", \"digest\", \"added\", \"removed\", "       \
    "\"views\", "                                                                                            \
    "\"checks\", \"finalized_ts\", \"warnings\", \"dry_run\"}; the lists are those of promote and of plan. " \
    "A "                                                                                                     \
    "refusal that leaves a draft has {\"draft\", \"next\"} in its detail. With --dry-run there is also "     \
    "\"would\": {\"steps\", \"candidates\", \"checks\": [{\"name\", \"severity\", \"kind\", "                \
    "\"after_cutover\", \"views\", \"expects\", \"timeout_seconds\"}], \"approvals\", \"obstacles\", "       \
    "\"restores\"}, in the detail of what it would refuse too."

const rp_command rp_deployment_commands[] = {
    {.name = "deploy",
     .run = rp_cmd_deploy,
     .summary = "draft, candidate views, checks, then views and record at one instant",
     .about = "Readers see the old set of tables or the new one, never a mixture. Until then everybody else "
              "sees the environment as it is. What repoint plan lists as gaps or as in the way is refused, "
              "before anything is written." DEPLOYMENT_JSON,
     .writes = true,
     .operands = planned_operand,
     .groups = {&rp_source_options, &rp_gap_options, &rp_plan_options, &deploy_options, &step_options,
                &rp_pace_options},
     .exits = step_exits,
     .examples = (const rp_example[]){{"repoint deploy prod --from staging", "staging goes live"},
                                      {"repoint deploy prod --from staging --until candidate",
                                       "look at it in shop__prod__next first"},
                                      {0}}},
    {.name = "check",
     .run = rp_cmd_check,
     .summary = "run the checks of the open deployment",
     .about =
         "Makes the candidate views, if they are not there yet. --dry-run tells which checks would run on "
         "which views, and what each expects." DEPLOYMENT_JSON,
     .writes = true,
     .operands = environment_operand,
     .groups = {&step_options, &rp_pace_options},
     .exits = step_exits},
    {.name = "approve",
     .run = rp_cmd_approve,
     .summary = "agree to the open deployment, as the database's user that you are",
     .about = "An approval is for the very text of a plan: it is worth nothing for another one, nor if you "
              "have begun the deployment yourself. It needs the rights to read the open deployment and to "
              "insert an approval; docs/security.md has the SQL.\n\n"
              "-o json: {\"environment\", \"plan_id\", \"digest\", \"approver\", \"author\", "
              "\"is_new\", \"needed\", \"roles\", \"message\", \"dry_run\"}.",
     .writes = true,
     .operands = environment_operand,
     .groups = {&approve_options},
     .exits = step_exits,
     .examples = (const rp_example[]){{"repoint approve prod", "the deployment that is open on prod"}, {0}}},
    {.name = "cutover",
     .run = rp_cmd_cutover,
     .summary = "let readers see the open deployment",
     .about =
         "Looks again at everything that may have moved meanwhile, then changes the views, the record "
         "and the history at one instant. --dry-run looks at all of that without taking the lease, tells "
         "what "
         "would be done, and ends as the cutover would: 3 where an approval is missing or something is in "
         "the way." DEPLOYMENT_JSON,
     .writes = true,
     .operands = environment_operand,
     .groups = {&step_options, &rp_pace_options},
     .exits = step_exits},
    {.name = "resume",
     .run = rp_cmd_resume,
     .summary = "go on with the open deployment, also after a crash",
     .about = "Finishes or repeats the step at which it was left: it finds out, and never "
              "guesses. --dry-run tells where it was left, and what would be done." DEPLOYMENT_JSON,
     .writes = true,
     .operands = environment_operand,
     .groups = {&step_options, &rp_pace_options},
     .exits = step_exits},
    {.name = "abandon",
     .run = rp_cmd_abandon,
     .summary = "put the open deployment away, or take a promotion back",
     .about = "The environment is as it was before. Once its views have changed, only going on is "
              "left. --dry-run tells what would be put back and put away." DEPLOYMENT_JSON,
     .writes = true,
     .operands = environment_operand,
     .groups = {&step_options, &rp_pace_options},
     .exits = step_exits},
    {.name = "rollback",
     .run = rp_cmd_rollback,
     .summary = "go back to an earlier revision, and hold the environment there",
     .about = "A deployment to what the environment pointed to before. Afterwards repoint deploys nothing to "
              "it until repoint release; the hold does not stop sqlmesh plan." DEPLOYMENT_JSON,
     .writes = true,
     .operands = environment_operand,
     .groups = {&rollback_options, &rp_gap_options, &step_options, &rp_pace_options},
     .exits = step_exits,
     .examples =
         (const rp_example[]){{"repoint rollback prod", "as it was before the last deployment"}, {0}}},
    {.name = "release",
     .run = rp_cmd_release,
     .summary = "lift the hold that a rollback left",
     .about = "-o json: {\"environment\", \"was_held\", \"dry_run\"}.",
     .writes = true,
     .operands = environment_operand,
     .exits = step_exits},
    {.name = "history",
     .run = rp_cmd_history,
     .summary = "list the revisions of an environment, and who did what to it",
     .about =
         "-o json: {\"environment\", \"revisions\": [{\"revision\", \"plan_id\", \"origin\": "
         "deploy|rollback|promote|found, \"author\", \"message\", \"finalized_ts\", \"models\"}], \"steps\": "
         "[{\"sequence\", \"plan_id\", \"step\", \"outcome\", \"author\", \"host\", \"token\", \"at_ts\", "
         "\"duration_ms\", \"detail\"}], \"approvals\": [{\"plan_id\", \"digest\", \"approver\", "
         "\"message\", \"at_ts\"}]}, oldest first. A revision that was found had been finalized by "
         "another program.",
     .operands = environment_operand},
    {.name = "verify",
     .run = rp_cmd_verify,
     .summary = "compare the views of an environment with its record",
     .about =
         "Views that were changed by hand, that are missing, or that somebody added: in a schema of the "
         "environment's own, or, for prod, reading a table of its models. --repair mends what is changed or "
         "missing, in one transaction; what was added is never dropped.\n\n-o json: {\"environment\", "
         "\"plan_id\", \"is_finalized\", \"views\": [{\"view\", \"finding\": changed|missing|added, "
         "\"model\", \"table\", \"owner\"}], \"obstacles\": [{\"code\", \"name\", \"message\"}], "
         "\"repaired\", \"dry_run\"}.",
     .writes = true,
     .operands = environment_operand,
     .groups = {&verify_options},
     .exits = (const rp_exit[]){{3, "not finalized, or something is in the way of a repair"},
                                {4, "somebody holds the environment or reads it; nothing was changed"},
                                {5, "no such environment"},
                                {7, "with --exit-code: something was found"},
                                {0}},
     .examples = (const rp_example[]){{"repoint verify prod", "does anybody see something else?"}, {0}}},
    {.name = "wait",
     .run = rp_cmd_wait,
     .summary = "wait until a deployment is finalized, or has failed",
     .about = "For scripts: exit 0 when the environment shows it; 3 when it was abandoned, or its last step "
              "failed and nobody works on it; 6 when --timeout is over. While it waits for approvals or for "
              "readers, so does this command.\n\n"
              "-o json: {\"environment\", \"plan_id\", \"state\": \"finalized\"}.",
     .operands = environment_operand,
     .groups = {&wait_options},
     .exits = (const rp_exit[]){{3, "the deployment has failed, or was abandoned"},
                                {5, "no such environment or deployment"},
                                {0}},
     .examples = (const rp_example[]){{"repoint wait prod --timeout 3600", "at most an hour"}, {0}}},
    {0}};
