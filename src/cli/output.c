/*
 * Standard output and standard error: see output.h. Standard output is checked once, at the end, for a disk
 * that is full or a reader that has gone (SIGPIPE is ignored): stdio remembers that a write failed.
 */
#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/fail.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/secret.h"
#include "cli/text.h"

#define JSON_STYLE YYJSON_WRITE_PRETTY_TWO_SPACES

/* Why the first write to standard output failed: stdio remembers only that one did. */
static int first_failure;

static void remember_failure(int result)
{
    if (result < 0 && first_failure == 0)
        first_failure = errno;
}

void rp_print(const rp_cli *cli, const char *format, ...)
{
    g_assert(!cli->json);
    va_list arguments;
    va_start(arguments, format);
    remember_failure(vfprintf(stdout, format, arguments));
    va_end(arguments);
}

void rp_print_json(rp_cli *cli, const yyjson_mut_doc *document)
{
    g_assert(cli->json && !cli->is_printed);
    char *text = yyjson_mut_write(document, JSON_STYLE, NULL);
    g_assert(text != NULL);
    remember_failure(puts(text));
    free(text);
    cli->is_printed = true;
}

static void put(const char *text, size_t size)
{
    remember_failure(fwrite_unlocked(text, 1, size, stdout) == size ? 0 : EOF);
}

static void put_line_break(int depth)
{
    put("\n", 1);
    for (int level = 0; level < depth; level++)
        put("  ", 2);
}

/* The end of the string that begins at `at`, behind its closing quote. */
static const char *end_of_string(const char *at)
{
    for (at++; *at != '"'; at++)
        at += *at == '\\' ? 1 : 0;
    return at + 1;
}

/*
 * Compact JSON in the style of JSON_STYLE. A record of megabytes takes ten times as much when it is parsed
 * and written again as a whole, and here only white space is to be added.
 */
static void print_indented(const char *json)
{
    int depth = 0;
    for (const char *at = json; *at != '\0';) {
        const char *end = *at == '"' ? end_of_string(at) : at + 1;
        bool opens = *at == '{' || *at == '[', is_empty = opens && (at[1] == '}' || at[1] == ']');
        if (*at == '}' || *at == ']')
            put_line_break(--depth);
        end += is_empty ? 1 : 0;
        put(at, (size_t)(end - at));
        if (opens && !is_empty)
            put_line_break(++depth);
        else if (*at == ',')
            put_line_break(depth);
        else if (*at == ':')
            put(" ", 1);
        at = end;
    }
    put("\n", 1);
}

void rp_print_json_text(rp_cli *cli, const char *json)
{
    g_assert(cli->json && !cli->is_printed);
    print_indented(json);
    cli->is_printed = true;
}

static void print_line(rp_cli *cli, const char *start, const char *text)
{
    g_autofree char *masked = rp_secret_mask(text);
    g_autofree char *line = rp_text_printable(masked);
    rp_progress_clear(cli);
    fprintf(stderr, "%s%s\n", start, line);
}

static void print_line_va(rp_cli *cli, const char *start, const char *format, va_list arguments)
{
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    print_line(cli, start, text);
}

void rp_remark(rp_cli *cli, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!cli->quiet)
        print_line_va(cli, "", format, arguments);
    va_end(arguments);
}

void rp_remark_verbose(rp_cli *cli, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (cli->verbose && !cli->quiet)
        print_line_va(cli, "", format, arguments);
    va_end(arguments);
}

void rp_warn(rp_cli *cli, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line_va(cli, "repoint: warning: ", format, arguments);
    va_end(arguments);
}

void rp_trace(rp_cli *cli, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line_va(cli, "trace: ", format, arguments);
    va_end(arguments);
}

/* ---- errors ---- */

/* SIGTERM has its own code; the library knows only that it was interrupted. */
static int exit_code_of(const repoint_error *error)
{
    if (error->status == REPOINT_INTERRUPTED && rp_interrupt_signal() != 0)
        return 128 + rp_interrupt_signal();
    return repoint_status_exit_code(error->status);
}

/* The facts of the error; never NULL. */
static yyjson_mut_val *detail_of(yyjson_mut_doc *document, const repoint_error *error)
{
    yyjson_mut_val *detail = NULL;
    if (error->detail != NULL) {
        g_autoptr(yyjson_doc) facts =
            yyjson_read(error->detail, strlen(error->detail), YYJSON_READ_NUMBER_AS_RAW);
        if (facts != NULL && yyjson_is_obj(yyjson_doc_get_root(facts)))
            detail = yyjson_val_mut_copy(document, yyjson_doc_get_root(facts));
    }
    if (detail == NULL)
        detail = yyjson_mut_obj(document);
    if (error->names != NULL && yyjson_mut_obj_get(detail, "names") == NULL)
        yyjson_mut_obj_add_val(
            document, detail, "names",
            yyjson_mut_arr_with_strcpy(document, (const char **)error->names, g_strv_length(error->names)));
    if (error->sqlstate[0] != '\0')
        yyjson_mut_obj_add_strcpy(document, detail, "sqlstate", error->sqlstate);
    return detail;
}

static void add_masked(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key, const char *text)
{
    g_autofree char *masked = text == NULL ? NULL : rp_secret_mask(text);
    g_autofree char *valid = masked == NULL ? NULL : g_utf8_make_valid(masked, -1);
    if (valid == NULL)
        yyjson_mut_obj_add_null(document, object, key);
    else
        yyjson_mut_obj_add_strcpy(document, object, key, valid);
}

static void print_json_error(rp_cli *cli, const repoint_error *error)
{
    g_autoptr(yyjson_mut_doc) document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(document);
    yyjson_mut_val *object = yyjson_mut_obj_add_obj(document, root, "error");
    yyjson_mut_doc_set_root(document, root);
    yyjson_mut_obj_add_str(document, object, "code", repoint_status_name(error->status));
    yyjson_mut_obj_add_int(document, object, "exit", exit_code_of(error));
    add_masked(document, object, "message", error->message);
    add_masked(document, object, "hint", error->hint);
    yyjson_mut_obj_add_val(document, object, "detail", detail_of(document, error));
    rp_print_json(cli, document);
}

int rp_print_error(rp_cli *cli, const repoint_error *error)
{
    if (cli->json && !cli->is_printed)
        print_json_error(cli, error);
    print_line(cli,
               "repoint: ", error->message == NULL ? repoint_status_name(error->status) : error->message);
    if (error->hint != NULL)
        print_line(cli, "hint: ", error->hint);
    return exit_code_of(error);
}

repoint_status rp_output_finish(repoint_error *error)
{
    remember_failure(fflush(stdout));
    if (first_failure == 0 && !ferror(stdout))
        return REPOINT_OK;
    return rp_cli_fail(error, REPOINT_FAILED, "the command itself was carried out; only its output is lost",
                       "cannot write to standard output: %s",
                       first_failure == 0 ? "write error" : g_strerror(first_failure));
}

size_t rp_output_columns(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO))
        return 0;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}
