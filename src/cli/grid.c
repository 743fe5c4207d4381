/*
 * Aligned columns. What a program or a file reads is never shortened; on a terminal that is too narrow the
 * columns that allow it give way, the widest first, so that each row stays one line.
 */
#include "cli/grid.h"

#include "cli/output.h"
#include "cli/text.h"

#define GAP              2
#define SHRUNK_MIN_WIDTH 12

struct rp_grid {
    const rp_column *columns;
    size_t count;
    GPtrArray *rows; /* of char **, each NULL-terminated */
};

rp_grid *rp_grid_new(const rp_column *columns)
{
    rp_grid *grid = g_new0(rp_grid, 1);
    grid->columns = columns;
    while (columns[grid->count].title != NULL)
        grid->count++;
    grid->rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    return grid;
}

void rp_grid_free(rp_grid *grid)
{
    if (grid == NULL)
        return;
    g_ptr_array_unref(grid->rows);
    g_free(grid);
}

void rp_grid_add(rp_grid *grid, const char *const *cells)
{
    char **row = g_new0(char *, grid->count + 1);
    for (size_t i = 0; i < grid->count; i++)
        row[i] = rp_text_printable(cells[i] == NULL ? "" : cells[i]);
    g_ptr_array_add(grid->rows, row);
}

static size_t *natural_widths(const rp_grid *grid)
{
    size_t *widths = g_new(size_t, grid->count);
    for (size_t i = 0; i < grid->count; i++) {
        widths[i] = rp_text_width(grid->columns[i].title);
        for (guint j = 0; j < grid->rows->len; j++) {
            char **row = g_ptr_array_index(grid->rows, j);
            widths[i] = MAX(widths[i], rp_text_width(row[i]));
        }
    }
    return widths;
}

static size_t total_width(const rp_grid *grid, const size_t *widths)
{
    size_t total = (grid->count - 1) * GAP;
    for (size_t i = 0; i < grid->count; i++)
        total += widths[i];
    return total;
}

/* The widest column that may still give way, or NULL. */
static size_t *widest_shrinkable(const rp_grid *grid, size_t *widths)
{
    size_t *widest = NULL;
    for (size_t i = 0; i < grid->count; i++)
        if (grid->columns[i].shrink && widths[i] > SHRUNK_MIN_WIDTH &&
            (widest == NULL || widths[i] > *widest))
            widest = &widths[i];
    return widest;
}

static void shrink(const rp_grid *grid, size_t *widths, size_t limit)
{
    size_t *widest;
    while (total_width(grid, widths) > limit && (widest = widest_shrinkable(grid, widths)) != NULL)
        (*widest)--;
}

static void append_cell(GString *out, const rp_column *column, const char *text, size_t width, bool is_last)
{
    g_autofree char *shown = column->shrink ? rp_text_shorten(text, width) : g_strdup(text);
    size_t blanks = width - MIN(width, rp_text_width(shown));
    if (column->right)
        rp_text_pad(out, blanks);
    g_string_append(out, shown);
    if (!column->right && !is_last)
        rp_text_pad(out, blanks);
    if (!is_last)
        rp_text_pad(out, GAP);
}

static void append_titles(GString *out, const rp_grid *grid, const size_t *widths, bool color)
{
    g_string_append(out, color ? "\033[1m" : "");
    for (size_t i = 0; i < grid->count; i++)
        append_cell(out, &grid->columns[i], grid->columns[i].title, widths[i], i + 1 == grid->count);
    g_string_append(out, color ? "\033[0m\n" : "\n");
}

/* Without blanks at its end, where the last cells are empty. */
static void append_row(GString *out, const rp_grid *grid, char *const *row, const size_t *widths)
{
    for (size_t i = 0; i < grid->count; i++)
        append_cell(out, &grid->columns[i], row[i], widths[i], i + 1 == grid->count);
    while (g_str_has_suffix(out->str, " "))
        g_string_truncate(out, out->len - 1);
    g_string_append_c(out, '\n');
}

void rp_grid_print(const rp_grid *grid, const rp_cli *cli)
{
    if (grid->rows->len == 0)
        return;
    g_autofree size_t *widths = natural_widths(grid);
    size_t limit = rp_output_columns();
    if (limit > 0)
        shrink(grid, widths, limit);

    GString *out = g_string_new(NULL);
    append_titles(out, grid, widths, cli->color);
    for (guint j = 0; j < grid->rows->len; j++)
        append_row(out, grid, g_ptr_array_index(grid->rows, j), widths);
    rp_print(cli, "%s", out->str);
    g_string_free(out, TRUE);
}
