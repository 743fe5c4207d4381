/*
 * Who may read the views that change. See readers.h.
 *
 * Views are counted for each privilege; privileges of one grantee that are on as many views share a line.
 */
#include "cli/readers.h"

#include <string.h>

#include "cli/page.h"
#include "cli/text.h"

#define NAMED 3 /* views that nobody may read, before they are only counted */

/* A privilege of a grantee, on so many views. */
typedef struct reader {
    const char *grantee; /* NULL: everybody */
    const char *source;
    bool is_now;
    bool is_afterwards;
    char *privileges; /* "SELECT", "SELECT (amount)" */
    char *view;       /* with --verbose */
    size_t views;
} reader;

static void reader_free(gpointer data)
{
    g_free(((reader *)data)->privileges);
    g_free(((reader *)data)->view);
    g_free(data);
}

static const char *text_at(yyjson_val *object, const char *key)
{
    return yyjson_get_str(yyjson_obj_get(object, key));
}

static bool flag_at(yyjson_val *object, const char *key)
{
    return yyjson_get_bool(yyjson_obj_get(object, key));
}

static char *privilege_of(yyjson_val *grant)
{
    const char *column = text_at(grant, "column"), *privilege = text_at(grant, "privilege");
    return column != NULL ? g_strdup_printf("%s (%s)", privilege, column) : g_strdup(privilege);
}

/* One for each grantee, privilege and fate, in the order in which they are found. */
static GPtrArray *count_views(yyjson_val *grants, bool by_view)
{
    GPtrArray *readers = g_ptr_array_new_with_free_func(reader_free);
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    size_t index, count;
    yyjson_val *grant;
    yyjson_arr_foreach (grants, index, count, grant) {
        const char *grantee = text_at(grant, "grantee"), *source = text_at(grant, "source");
        bool is_now = flag_at(grant, "now"), is_afterwards = flag_at(grant, "afterwards");
        g_autofree char *privilege = privilege_of(grant);
        char *key =
            g_strdup_printf("%d%d\1%s\1%s\1%s\1%s", is_now, is_afterwards, source,
                            grantee != NULL ? grantee : "", privilege, by_view ? text_at(grant, "view") : "");
        reader *one = g_hash_table_lookup(known, key);
        if (one == NULL) {
            one = g_new0(reader, 1);
            *one = (reader){grantee, source, is_now, is_afterwards, g_strdup(privilege), NULL, 0};
            one->view = by_view ? g_strdup(text_at(grant, "view")) : NULL;
            g_ptr_array_add(readers, one);
            g_hash_table_insert(known, key, one);
        } else {
            g_free(key);
        }
        one->views++;
    }
    return readers;
}

static bool share_a_line(const reader *a, const reader *b)
{
    return g_strcmp0(a->grantee, b->grantee) == 0 && strcmp(a->source, b->source) == 0 &&
           a->is_now == b->is_now && a->is_afterwards == b->is_afterwards && a->views == b->views &&
           g_strcmp0(a->view, b->view) == 0;
}

static void join_privileges(GPtrArray *readers)
{
    for (guint i = 0; i < readers->len; i++) {
        reader *one = g_ptr_array_index(readers, i);
        for (guint j = i + 1; j < readers->len;) {
            const reader *other = g_ptr_array_index(readers, j);
            if (!share_a_line(one, other)) {
                j++;
                continue;
            }
            char *both = g_strconcat(one->privileges, ", ", other->privileges, NULL);
            g_free(one->privileges);
            one->privileges = both;
            g_ptr_array_remove_index(readers, j);
        }
    }
}

static const char *reason_of(const reader *one)
{
    if (!one->is_afterwards)
        return ": goes";
    if (one->is_now)
        return "";
    if (strcmp(one->source, "snapshot") == 0)
        return ": granted by the model";
    return strcmp(one->source, "default") == 0 ? ": granted by default privileges" : ": granted already";
}

static char *name_of(const reader *one)
{
    return rp_text_printable(one->grantee != NULL ? one->grantee : "everybody");
}

static size_t widest_name(const GPtrArray *readers)
{
    size_t width = 0;
    for (guint i = 0; i < readers->len; i++) {
        g_autofree char *name = name_of(g_ptr_array_index(readers, i));
        width = MAX(width, rp_text_width(name));
    }
    return width;
}

static void print_reader(const rp_cli *cli, const reader *one, size_t width)
{
    const char *mark = !one->is_afterwards ? "-" : one->is_now ? " " : "+";
    g_autofree char *name = name_of(one);
    g_autoptr(GString) padded = g_string_new(name);
    rp_text_pad(padded, width - rp_text_width(name));
    g_autofree char *privileges = rp_text_printable(one->privileges);
    g_autofree char *views =
        one->view != NULL ? rp_text_printable(one->view) : rp_text_count(one->views, "view");
    rp_print(cli, "  %s %s  %s on %s%s\n", mark, padded->str, privileges, views, reason_of(one));
}

/* "nobody but its owner may read the new view shop.refunds" */
static void print_unread(const rp_cli *cli, yyjson_val *unread)
{
    g_autoptr(GString) sentence = g_string_new(NULL);
    size_t index, count;
    yyjson_val *view;
    if (yyjson_arr_size(unread) == 0)
        return;
    bool is_one = yyjson_arr_size(unread) == 1;
    g_string_append_printf(sentence, "nobody but %s owner may read the new view%s ", is_one ? "its" : "their",
                           is_one ? "" : "s");
    yyjson_arr_foreach (unread, index, count, view) {
        if (index >= NAMED && !cli->verbose)
            break;
        g_string_append_printf(sentence, "%s%s", index > 0 ? ", " : "", yyjson_get_str(view));
    }
    if (yyjson_arr_size(unread) > NAMED && !cli->verbose)
        g_string_append_printf(sentence, " and %zu more", yyjson_arr_size(unread) - NAMED);
    rp_print_sentence(cli, sentence->str);
}

void rp_print_readers(const rp_cli *cli, yyjson_val *plan)
{
    yyjson_val *grants = yyjson_obj_get(plan, "grants"), *unread = yyjson_obj_get(plan, "unread");
    if (yyjson_arr_size(grants) + yyjson_arr_size(unread) == 0)
        return;
    g_autoptr(GPtrArray) readers = count_views(grants, cli->verbose);
    join_privileges(readers);
    size_t width = widest_name(readers);
    rp_print(cli, "\nReaders\n");
    for (guint i = 0; i < readers->len; i++)
        print_reader(cli, g_ptr_array_index(readers, i), width);
    print_unread(cli, unread);
}
