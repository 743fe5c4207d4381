/*
 * Points prod at the tables of another environment, in the two phases of the library.
 *
 *     cc -std=c17 promote.c -o promote $(pkg-config --cflags --libs repoint)
 *     ./promote sqlite:shop.db dev daily_revenue
 *
 * Only the state changes here. Whoever calls promote and finalize changes the views in between; repoint_deploy()
 * does all of it in one transaction.
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include <repoint/repoint.h>

/* Makes `prod` a new plan that has every table of the environment `from`. */
static repoint_status plan_from(repoint_store *store, const char *from, repoint_environment *prod,
                                repoint_error *error)
{
    char plan_id[64];
    snprintf(plan_id, sizeof plan_id, "promote-from-%.20s-%" PRId64, from, (int64_t)time(NULL));

    repoint_environment *source = NULL;
    repoint_status status = repoint_environment_get(store, from, &source, error);
    if (status == REPOINT_OK)
        status = repoint_environment_begin_plan(prod, plan_id, error);
    for (size_t i = 0; status == REPOINT_OK && i < repoint_environment_table_count(source); i++)
        status = repoint_environment_set_table(prod, repoint_environment_table(source, i), error);
    repoint_environment_free(source);
    return status;
}

static void print_promotion(const repoint_promotion *promotion)
{
    for (size_t i = 0; i < repoint_promotion_added_count(promotion); i++) {
        const repoint_table *table = repoint_promotion_added(promotion, i);
        printf("+ %s@%s\n", repoint_table_name(table), repoint_table_identifier(table));
    }
    for (size_t i = 0; i < repoint_promotion_removed_count(promotion); i++)
        printf("- %s\n", repoint_table_name(repoint_promotion_removed(promotion, i)));
}

/* Both phases. `model` must not lose time ranges; the others are not checked. */
static repoint_status promote(repoint_store *store, const char *from, const char *model, repoint_error *error)
{
    repoint_environment *prod = NULL;
    repoint_promotion *promotion = NULL;
    const char *const gap_names[] = {model, NULL};
    const repoint_promote_options options = {.gap_check = REPOINT_GAPS_NAMED, .gap_names = gap_names};

    repoint_status status = repoint_environment_get(store, "prod", &prod, error);
    if (status == REPOINT_OK)
        status = plan_from(store, from, prod, error);
    if (status == REPOINT_OK)
        status = repoint_promote(store, prod, &options, &promotion, error);
    if (status == REPOINT_OK) {
        print_promotion(promotion);
        /* Here the caller changes views, runs checks, asks somebody. */
        status = repoint_finalize(store, prod, error);
    }
    if (status == REPOINT_OK)
        printf("prod is finalized, plan %s\n", repoint_environment_plan_id(prod));

    repoint_promotion_free(promotion);
    repoint_environment_free(prod);
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: %s STORE ENVIRONMENT MODEL\n", argv[0]);
        return 2;
    }

    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = NULL;
    repoint_status status = repoint_store_open(argv[1], NULL, &store, &error);
    if (status == REPOINT_OK)
        status = promote(store, argv[2], argv[3], &error);
    if (status != REPOINT_OK) {
        fprintf(stderr, "%s\n", error.message);
        if (error.hint != NULL)
            fprintf(stderr, "%s\n", error.hint);
    }
    repoint_store_close(store);
    repoint_error_clear(&error);
    return repoint_status_exit_code(status);
}
