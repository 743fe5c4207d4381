/*
 * Where a command's words go. Results go to standard output: as text, or with -o json as exactly one
 * document. Remarks, progress and errors go to standard error.
 */
#ifndef RP_CLI_OUTPUT_H
#define RP_CLI_OUTPUT_H

#include <yyjson.h>

#include "cli/cli.h"

/* Text on standard output; not with -o json. */
void rp_print(const rp_cli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* The result of -o json: once. The document stays the caller's. */
void rp_print_json(rp_cli *cli, const yyjson_mut_doc *document);
/* The same for compact JSON, such as the library's; it is kept to the letter. */
void rp_print_json_text(rp_cli *cli, const char *json);

/* A line on standard error: unless -q; only with -v; always, behind "repoint: warning: " or "trace: ". */
void rp_remark(rp_cli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);
void rp_remark_verbose(rp_cli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);
void rp_warn(rp_cli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);
void rp_trace(rp_cli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);

/*
 * Reports why the command failed: a sentence and a hint on standard error, and with -o json the error object
 * on standard output, unless a document stands there already. Passwords are masked. Returns the exit code.
 */
int rp_print_error(rp_cli *cli, const repoint_error *error);

/* Has all of standard output really been written? */
repoint_status rp_output_finish(repoint_error *error);

/* Of the terminal that standard output is; 0 when it is none. */
size_t rp_output_columns(void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(yyjson_mut_doc, yyjson_mut_doc_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(yyjson_doc, yyjson_doc_free)

#endif
