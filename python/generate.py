"""Writes the C source of repoint._native from the public headers: whatever they declare can be called from Python.

Usage: generate.py OUTPUT.c HEADER…
"""

import re
import sys
from pathlib import Path

import cffi

# What python/native.h declares, and the functions of repoint._calls, repoint._given and repoint.deploy that C
# calls back.
OWN_DECLARATIONS = """
repoint_store *repoint_python_guard(repoint_store *store);
bool repoint_python_unguard(repoint_store *outer);
void repoint_python_close(repoint_store *store);

extern "Python" {
    int64_t repoint_python_now(void *);
    void repoint_python_trace(void *, const char *, double, int64_t);
    void repoint_python_progress(void *, const char *, uint64_t, uint64_t);
    bool repoint_python_snapshot_row(void *, const repoint_snapshot_row *);
    bool repoint_python_environment_row(void *, const repoint_environment_row *);
    bool repoint_python_interval_end(void *, const repoint_interval_end *);
    repoint_status repoint_python_event(void *, const char *, const char *);
    void repoint_python_output(void *, const char *, const char *);

    repoint_status repoint_python_execute(void *, const char *, const repoint_value *, size_t, int64_t *,
                                          repoint_driver_error *);
    repoint_status repoint_python_query(void *, const char *, const repoint_value *, size_t, void **, size_t *,
                                        repoint_driver_error *);
    repoint_status repoint_python_rows_next(void *, void *, const repoint_value **, repoint_driver_error *);
    void repoint_python_rows_close(void *, void *);
    repoint_status repoint_python_begin(void *, const char *, repoint_driver_error *);
    repoint_status repoint_python_commit(void *, repoint_driver_error *);
    void repoint_python_rollback(void *);
    void repoint_python_stop(void *);
}
"""


def declarations(text):
    """A public header without what is not C for cffi: comments, the preprocessor's lines, C++."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"#ifdef __cplusplus\b.*?#endif", "", text, flags=re.S)
    text = re.sub(r"#if defined\(_WIN32\).*?#endif", "", text, flags=re.S)
    numbers = re.findall(r"^#define REPOINT_\w+ +\d+\b", text, flags=re.M)
    text = re.sub(r"^[ \t]*#.*$", "", text, flags=re.M)
    return "\n".join(numbers) + text.replace("REPOINT_API", "")


def main():
    output, *headers = sys.argv[1:]
    builder = cffi.FFI()
    for header in headers:
        builder.cdef(declarations(Path(header).read_text(encoding="utf-8")))
    builder.cdef(OWN_DECLARATIONS)
    builder.set_source("repoint._native", '#include "native.h"', py_limited_api=True)
    builder.emit_c_code(output)


main()
