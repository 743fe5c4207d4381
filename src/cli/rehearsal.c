/* Dry runs of deployments as text. See rehearsal.h. */
#include "cli/rehearsal.h"

#include <inttypes.h>
#include <string.h>

#include "cli/grid.h"
#include "cli/page.h"
#include "cli/text.h"

static const char *text_at(yyjson_val *object, const char *key)
{
    return yyjson_get_str(yyjson_obj_get(object, key));
}

static size_t count_at(yyjson_val *object, const char *key)
{
    return yyjson_arr_size(yyjson_obj_get(object, key));
}

static bool has_step(yyjson_val *deployment, const char *step)
{
    size_t index, count;
    yyjson_val *one;
    yyjson_arr_foreach (yyjson_obj_get(yyjson_obj_get(deployment, "would"), "steps"), index, count, one)
        if (yyjson_equals_str(one, step))
            return true;
    return false;
}

void rp_print_rehearsal_headline(const rp_cli *cli, yyjson_val *deployment)
{
    const char *environment = text_at(deployment, "environment"), *state = text_at(deployment, "state");
    bool awaits = has_step(deployment, "approve");
    if (state != NULL)
        rp_print(cli, "a deployment of %s is open: %s\n", environment, state);
    else if (has_step(deployment, "cutover") && !awaits)
        rp_print(cli, "%s would be deployed\n", environment);
    else
        rp_print(cli, "a deployment of %s would be open%s\n", environment,
                 awaits ? ", and wait for approvals" : "");
}

/* ---- steps ---- */

static size_t count_checks(yyjson_val *would, bool after_cutover)
{
    size_t index, count, found = 0;
    yyjson_val *check;
    yyjson_arr_foreach (yyjson_obj_get(would, "checks"), index, count, check)
        found += yyjson_get_bool(yyjson_obj_get(check, "after_cutover")) == after_cutover;
    return found;
}

static char *describe_candidates(yyjson_val *would, const char *verb)
{
    yyjson_val *candidates = yyjson_obj_get(would, "candidates");
    g_autofree char *count = rp_text_count(yyjson_arr_size(candidates), "candidate view");
    g_autofree char *first = rp_text_printable(
        yyjson_arr_size(candidates) > 0 ? yyjson_get_str(yyjson_arr_get_first(candidates)) : "");
    return g_strdup_printf("%s %s%s%s%s", verb, count, *first != '\0' ? ": " : "", first,
                           yyjson_arr_size(candidates) > 1 ? ", ..." : "");
}

static char *describe_restore(yyjson_val *would)
{
    yyjson_val *previous = yyjson_obj_get(would, "restores");
    const char *plan_id = text_at(previous, "plan_id");
    if (plan_id == NULL)
        return g_strdup("remove the environment, which was not there before");
    return g_strdup_printf("put back the record of plan %s%s", plan_id,
                           yyjson_is_null(yyjson_obj_get(previous, "finalized_ts")) ? "" : ", finalized");
}

static char *describe_step(yyjson_val *deployment, const char *step)
{
    yyjson_val *would = yyjson_obj_get(deployment, "would");
    g_autofree char *views = rp_text_count(count_at(deployment, "views"), "view");
    if (strcmp(step, "candidate") == 0)
        return describe_candidates(would, "make");
    if (strcmp(step, "abandon") == 0)
        return count_at(would, "candidates") > 0 ? describe_candidates(would, "end the deployment and drop")
                                                 : g_strdup("end the deployment");
    if (strcmp(step, "restore") == 0)
        return describe_restore(would);
    if (strcmp(step, "check") == 0 || strcmp(step, "check_after") == 0) {
        bool after = strcmp(step, "check_after") == 0;
        size_t count = count_checks(would, after);
        g_autofree char *checks = rp_text_count(count, "check");
        if (count == 0)
            return g_strdup("call it checked: there are no checks");
        return g_strdup_printf("run %s on %s", checks,
                               after ? "what readers see then" : "the candidate views");
    }
    if (strcmp(step, "cutover") == 0)
        return g_strdup_printf("change record and views at one instant: %s", views);
    if (strcmp(step, "switch") == 0)
        return g_strdup_printf("change the views, which are the old ones still: %s", views);
    if (strcmp(step, "finalize") == 0)
        return g_strdup(has_step(deployment, "switch")
                            ? "finalize the record"
                            : "finalize the record: the views are the new ones already");
    if (strcmp(step, "approve") == 0)
        return g_strdup("wait for approvals; what follows is for \"repoint cutover\"");
    if (strcmp(step, "cleanup") == 0)
        return g_strdup("drop the candidate views and end the deployment");
    return g_strdup("open the deployment");
}

static void print_steps(const rp_cli *cli, yyjson_val *deployment)
{
    yyjson_val *steps = yyjson_obj_get(yyjson_obj_get(deployment, "would"), "steps"), *step;
    size_t index, count;
    if (yyjson_arr_size(steps) == 0) {
        rp_print(cli, "\nNothing would be done\n");
        return;
    }
    rp_print(cli, "\nWould be done\n");
    yyjson_arr_foreach (steps, index, count, step) {
        g_autofree char *line = describe_step(deployment, yyjson_get_str(step));
        rp_print(cli, "  %zu. %s\n", index + 1, line);
    }
}

/* ---- checks, approvals, obstacles ---- */

static char *joined(yyjson_val *texts, const char *between)
{
    g_autoptr(GString) out = g_string_new(NULL);
    size_t index, count;
    yyjson_val *text;
    yyjson_arr_foreach (texts, index, count, text)
        g_string_append_printf(out, "%s%s", index > 0 ? between : "", yyjson_get_str(text));
    return rp_text_printable(out->str);
}

static void print_check(const rp_cli *cli, yyjson_val *check)
{
    g_autofree char *name = rp_text_printable(text_at(check, "name"));
    g_autofree char *expects = rp_text_printable(text_at(check, "expects"));
    g_autofree char *views = joined(yyjson_obj_get(check, "views"), ", ");
    rp_print(cli, "  %-5s  %s%s\n", text_at(check, "severity"), name,
             yyjson_get_bool(yyjson_obj_get(check, "after_cutover")) ? ", after the cutover" : "");
    if (*views != '\0')
        rp_print(cli, "         on %s\n", views);
    rp_print(cli, "         %s; within %g seconds\n", expects,
             yyjson_get_num(yyjson_obj_get(check, "timeout_seconds")));
}

static void print_checks(const rp_cli *cli, yyjson_val *checks)
{
    size_t index, count;
    yyjson_val *check;
    if (yyjson_arr_size(checks) == 0)
        return;
    rp_print(cli, "\nChecks\n");
    yyjson_arr_foreach (checks, index, count, check)
        print_check(cli, check);
}

static void print_approvals(const rp_cli *cli, yyjson_val *approvals)
{
    if (yyjson_is_null(approvals))
        return;
    g_autofree char *given = joined(yyjson_obj_get(approvals, "given"), ", ");
    g_autofree char *roles = joined(yyjson_obj_get(approvals, "roles"), " or ");
    rp_print(cli, "\nApprovals\n  %" PRId64 " needed%s%s; given by %s; missing: %" PRId64 "\n",
             yyjson_get_sint(yyjson_obj_get(approvals, "needed")), *roles != '\0' ? " of members of " : "",
             roles, *given != '\0' ? given : "nobody", yyjson_get_sint(yyjson_obj_get(approvals, "missing")));
}

static void print_obstacles(const rp_cli *cli, yyjson_val *obstacles)
{
    size_t index, count;
    yyjson_val *obstacle;
    if (yyjson_arr_size(obstacles) == 0)
        return;
    rp_print(cli, "\nIn the way\n");
    yyjson_arr_foreach (obstacles, index, count, obstacle)
        rp_print_sentence(cli, text_at(obstacle, "message"));
}

void rp_print_rehearsal(const rp_cli *cli, yyjson_val *deployment)
{
    yyjson_val *would = yyjson_obj_get(deployment, "would");
    print_steps(cli, deployment);
    print_checks(cli, yyjson_obj_get(would, "checks"));
    print_approvals(cli, yyjson_obj_get(would, "approvals"));
    print_obstacles(cli, yyjson_obj_get(would, "obstacles"));
}
