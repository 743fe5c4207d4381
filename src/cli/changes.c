/* Parts of a plan as text: see changes.h. */
#include "cli/changes.h"

#include <string.h>

#include "cli/grid.h"
#include "cli/page.h"
#include "cli/text.h"
#include "cli/text_name.h"
#include "cli/text_time.h"

static const char *text_of(yyjson_val *object, const char *key)
{
    const char *text = yyjson_get_str(yyjson_obj_get(object, key));
    return text == NULL ? "" : text;
}

/* ---- models ---- */

typedef struct change_style {
    const char *change; /* as the plan calls it */
    const char *mark;
    const char *color;
} change_style;

static const change_style *style_of(const char *change)
{
    static const change_style styles[] = {{"added", "+", "\033[32m"},
                                          {"removed", "-", "\033[31m"},
                                          {"changed", "~", "\033[33m"},
                                          {"metadata", "~", "\033[33m"}};
    for (size_t i = 0; i < G_N_ELEMENTS(styles); i++)
        if (strcmp(styles[i].change, change) == 0)
            return &styles[i];
    return NULL;
}

/* What changes, in versions, which are what tables are named after. */
static char *describe(yyjson_val *model)
{
    const char *from = text_of(yyjson_obj_get(model, "from"), "version");
    const char *to = text_of(yyjson_obj_get(model, "to"), "version");
    const char *change = text_of(model, "change");
    if (strcmp(change, "metadata") == 0)
        return g_strdup_printf("version %s stays; metadata changes", to);
    if (*from != '\0' && *to != '\0')
        return g_strdup_printf("version %s -> %s", from, to);
    return g_strdup_printf("version %s", *to != '\0' ? to : from);
}

static size_t widest_name(yyjson_val *models)
{
    size_t width = 0, index, count;
    yyjson_val *model;
    yyjson_arr_foreach (models, index, count, model) {
        g_autofree char *name = rp_text_name(text_of(model, "name"));
        width = MAX(width, style_of(text_of(model, "change")) == NULL ? 0 : rp_text_width(name));
    }
    return width;
}

static void append_model(GString *out, yyjson_val *model, const change_style *style, size_t width, bool color)
{
    g_autofree char *name = rp_text_name(text_of(model, "name"));
    g_autofree char *description = describe(model);
    g_autofree char *printable = rp_text_printable(description);
    g_string_append_printf(out, "  %s%s %s", color ? style->color : "", style->mark, name);
    rp_text_pad(out, width - rp_text_width(name) + 2);
    g_string_append_printf(out, "%s%s\n", printable, color ? "\033[0m" : "");
}

void rp_print_model_changes(const rp_cli *cli, yyjson_val *models)
{
    g_autoptr(GString) out = g_string_new(NULL);
    size_t width = widest_name(models), unchanged = 0, index, count;
    yyjson_val *model;
    yyjson_arr_foreach (models, index, count, model) {
        const change_style *style = style_of(text_of(model, "change"));
        if (style == NULL)
            unchanged++;
        else
            append_model(out, model, style, width, cli->color);
    }
    g_autofree char *counted = rp_text_count(unchanged, "model");
    if (unchanged > 0)
        g_string_append_printf(out, "  %s unchanged\n", counted);
    rp_print(cli, "%s", out->str);
}

/* ---- gaps ---- */

/* A range of the plan is a pair of times as the library writes them. */
static char *range_text(yyjson_val *range)
{
    repoint_interval interval;
    const char *start = yyjson_get_str(yyjson_arr_get(range, 0)),
               *end = yyjson_get_str(yyjson_arr_get(range, 1));
    if (start == NULL || end == NULL || !rp_text_time_parse(start, &interval.start_ts) ||
        !rp_text_time_parse(end, &interval.end_ts))
        return g_strdup_printf("%s until %s", start, end);
    return rp_text_interval(interval);
}

static void print_gap(const rp_cli *cli, yyjson_val *gap)
{
    size_t index, count;
    yyjson_val *range;
    g_autofree char *name = rp_text_name(text_of(gap, "name"));
    rp_print(cli, "  %s\n", name);
    yyjson_arr_foreach (yyjson_obj_get(gap, "ranges"), index, count, range) {
        g_autofree char *text = range_text(range);
        rp_print(cli, "      %s\n", text);
    }
}

void rp_print_gaps(const rp_cli *cli, yyjson_val *gaps)
{
    size_t index, count;
    yyjson_val *gap;
    yyjson_arr_foreach (gaps, index, count, gap)
        print_gap(cli, gap);
}

/* ---- views ---- */

static char *joined(yyjson_val *strings)
{
    GString *out = g_string_new(NULL);
    size_t index, count;
    yyjson_val *text;
    yyjson_arr_foreach (strings, index, count, text)
        g_string_append_printf(out, "%s%s", index > 0 ? ", " : "", yyjson_get_str(text));
    return g_string_free(out, FALSE);
}

static void print_columns(const rp_cli *cli, const char *label, yyjson_val *columns)
{
    if (yyjson_arr_size(columns) == 0)
        return;
    g_autofree char *names = joined(columns);
    g_autofree char *printable = rp_text_printable(names);
    rp_print(cli, "           columns %s: %s\n", label, printable);
}

static void print_view(const rp_cli *cli, yyjson_val *view)
{
    g_autofree char *name = rp_text_printable(text_of(view, "view"));
    g_autofree char *table = rp_text_printable(text_of(view, "table"));
    rp_print(cli, "  %-7s  %s\n", text_of(view, "action"), name);
    if (*table != '\0')
        rp_print(cli, "           reads %s\n", table);
    print_columns(cli, "added", yyjson_obj_get(view, "columns_added"));
    print_columns(cli, "removed", yyjson_obj_get(view, "columns_removed"));
    print_columns(cli, "of another type", yyjson_obj_get(view, "columns_retyped"));
    if (yyjson_get_bool(yyjson_obj_get(view, "columns_reordered")))
        rp_print(cli, "           columns are in another order\n");
    if (yyjson_get_bool(yyjson_obj_get(view, "rebuilt")))
        rp_print(cli, "           dropped and made again, with what was set on it\n");
    if (yyjson_is_null(yyjson_obj_get(view, "model")))
        rp_print(cli, "           of %s, on top of a view that is dropped\n", text_of(view, "owner"));
}

void rp_print_view_changes(const rp_cli *cli, yyjson_val *views)
{
    size_t index, count;
    yyjson_val *view;
    yyjson_arr_foreach (views, index, count, view)
        print_view(cli, view);
}
