/* What the C tests share: cmocka, golden files, the list of deliberate differences. */
#ifndef TEST_SUPPORT_H
#define TEST_SUPPORT_H

/* clang-format off: cmocka needs these four before it, in this order */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/json.h"

/* Fails the test, printing the error, unless `status` is REPOINT_OK. */
void assert_ok(repoint_status status, const repoint_error *error);

/* The golden file tests/golden/data/<name>.json; never NULL. Release with rp_json_unref(). */
rp_json *golden_load(const char *name);

/*
 * Calls `run` for each case of the file's "cases". `run` returns NULL when the case holds, else what was wrong
 * (freed with g_free()). A case that docs/compatibility.md lists as deliberately different must not hold; every
 * other must. Prints each failure and the counts; fails the test when there is one, or when no case ran.
 * A case that `run` leaves to another test is told by returning GOLDEN_SKIP.
 */
typedef char *(*golden_case)(yyjson_val *file, yyjson_val *one_case, void *context);
void golden_run(const char *name, golden_case run, void *context);
extern char GOLDEN_SKIP[];

/* Field access for test data: abort the test when the field is not there. */
yyjson_val *field(yyjson_val *object, const char *key);
const char *text_of(yyjson_val *object, const char *key); /* NULL for null or absent */
int64_t int_of(yyjson_val *object, const char *key);
bool bool_of(yyjson_val *object, const char *key); /* false for null or absent */

#endif
