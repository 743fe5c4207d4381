"""Finding the state store of a project in the project's own files."""

from __future__ import annotations

import os
from typing import NamedTuple

from repoint._calls import checked, text_in, text_out
from repoint._native import ffi, lib


class FoundStore(NamedTuple):
    """Where a project keeps its state."""

    url: str
    """What `Store()` takes; it may have a password."""
    schema: str
    """Where the tables are."""
    file: str
    """The file that says so."""


def find_store(folder: str | os.PathLike[str] = ".") -> FoundStore:
    """The state store of the SQLMesh or dbt project in a folder.

    Reads SQLMesh's `config.yaml` (the default gateway's `state_connection`, else its connection), else dbt's
    `dbt_project.yml` with the target of its profile in `profiles.yml`. `{{ env_var('NAME') }}` is filled in.

    Raises:
        NotFoundError: The folder holds no project.
        RefusedError: The state is on a database that repoint cannot use, or `config.py` says where it is.
        InvalidError: The file cannot be read, or does not say where the state is.
    """
    found = ffi.new("repoint_project *")
    checked(lib.repoint_project_find, text_in(os.fspath(folder), "the folder"), found)
    try:
        return FoundStore(text_out(found.url), text_out(found.schema), text_out(found.file))
    finally:
        lib.repoint_project_clear(found)
