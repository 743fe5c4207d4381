/* The tables that a rollback would need. See retained.h. */
#include "cli/retained.h"

#include <inttypes.h>
#include <string.h>

#include "cli/page.h"
#include "cli/text_name.h"
#include "cli/text_time.h"

static const char *text_at(yyjson_val *object, const char *key)
{
    return yyjson_get_str(yyjson_obj_get(object, key));
}

static int64_t number_at(yyjson_val *object, const char *key)
{
    return yyjson_get_sint(yyjson_obj_get(object, key));
}

/* Of one revision: the first table of a kind, and how many there are. */
typedef struct problem {
    yyjson_val *first;
    size_t count;
} problem;

static char *name_of(const problem *of)
{
    g_autofree char *name = rp_text_name(text_at(of->first, "name"));
    g_autofree char *others = of->count > 1 ? g_strdup_printf(" and %zu more", of->count - 1) : g_strdup("");
    return g_strconcat(name, others, NULL);
}

static void attend(const char *environment, int64_t revision, const problem *gone, const problem *expiring,
                   GPtrArray *attention)
{
    if (gone->count > 0) {
        g_autofree char *name = name_of(gone);
        g_ptr_array_add(attention,
                        g_strdup_printf("%s cannot go back to revision %" PRId64 ": the table of %s is gone",
                                        environment, revision, name));
    }
    if (expiring->count > 0) {
        g_autofree char *name = name_of(expiring);
        g_autofree char *when = rp_text_time(number_at(expiring->first, "expires_ts"));
        g_ptr_array_add(attention,
                        g_strdup_printf("revision %" PRId64 " of %s needs the table of %s, which SQLMesh's "
                                        "janitor may drop from %s on; \"repoint janitor\" would not",
                                        revision, environment, name, when));
    }
}

static void attend_all(yyjson_val *problems, GPtrArray *attention)
{
    size_t index = 0, count = yyjson_arr_size(problems);
    while (index < count) {
        yyjson_val *first = yyjson_arr_get(problems, index);
        const char *environment = text_at(first, "environment");
        int64_t revision = number_at(first, "revision");
        problem gone = {0}, expiring = {0};
        for (; index < count; index++) {
            yyjson_val *one = yyjson_arr_get(problems, index);
            if (number_at(one, "revision") != revision ||
                strcmp(text_at(one, "environment"), environment) != 0)
                break;
            problem *of = strcmp(text_at(one, "problem"), "gone") == 0 ? &gone : &expiring;
            of->first = of->count++ == 0 ? one : of->first;
        }
        attend(environment, revision, &gone, &expiring, attention);
    }
}

repoint_status rp_retained_load(const rp_cli *cli, repoint_store *store, yyjson_doc **ret_problems,
                                GPtrArray *attention, repoint_error *error)
{
    g_auto(rp_library_text) json = NULL;
    repoint_error failure = REPOINT_ERROR_INIT;
    repoint_status status = repoint_retained_check(store, cli->sections->retain, &json, &failure);
    if (status == REPOINT_UNREACHABLE)
        g_ptr_array_add(attention, g_strdup(failure.message));
    else if (status != REPOINT_OK) {
        *error = failure;
        return status;
    }
    repoint_error_clear(&failure);
    const char *text = json != NULL ? json : "[]";
    *ret_problems = yyjson_read(text, strlen(text), 0);
    attend_all(yyjson_doc_get_root(*ret_problems), attention);
    return REPOINT_OK;
}
