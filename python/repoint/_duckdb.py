"""Files of DuckDB inside Python.

Python's own module keeps one instance of a file for all connections that it makes; a second instance in the same
process, by another copy of DuckDB, would not know of the first, and what one of them commits would be lost. So the
package opens such a file through Python's module, where there is one: whoever connects later shares the instance.
A file that the process has open already, the package does not know through what, is refused.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Any

from repoint._dbapi import DuckDB
from repoint._given import Given
from repoint.errors import BusyError, InvalidError, NotAStoreError, RefusedError, RepointError, UnreachableError

_RETRY_SECONDS = 0.02
_MAGIC = b"DUCK"

_lock = threading.Lock()
_open: dict[tuple[int, int], tuple[Any, int]] = {}
"""A connection to each file that the package has open, by device and inode, and how many stores use it."""


def path_of(url: str) -> str | None:
    """The path of a URL that is opened here."""
    path = url[len("duckdb:") :] if url.startswith("duckdb:") else ""
    if not path or path.startswith(":") or "\0" in path:
        return None  # the library says what is wrong with it
    try:
        import duckdb  # noqa: F401
    except ImportError:
        return None
    return path


def identity_of(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreachableError(f"{path} cannot be opened: {error.strerror}") from error
    return status.st_dev, status.st_ino


def is_open_here(identity: tuple[int, int]) -> bool:
    """Opening and closing the file to find out would drop the process's locks on it."""
    folder = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"
    for name in os.listdir(folder):
        try:
            status = os.fstat(int(name))
        except (OSError, ValueError):
            continue
        if (status.st_dev, status.st_ino) == identity:
            return True
    return False


def _check(path: str, identity: tuple[int, int] | None, create: bool) -> None:
    if identity is None:
        if not create:
            raise UnreachableError(f"there is no file {path}", hint='create a state store there with "repoint init"')
        return
    if os.path.isdir(path):
        raise NotAStoreError(f"{path} is a folder, not a database")
    if is_open_here(identity):
        raise RefusedError(
            f"{path} is open in this process already, and a second instance of DuckDB would lose what one of the"
            " two commits",
            hint="give repoint that connection, repoint.Store(connection), or close it first",
        )
    try:
        with open(path, "rb") as file:
            head = file.read(12)
    except OSError:
        return  # DuckDB itself will say it
    if head and head[8:] != _MAGIC:
        raise NotAStoreError(f"{path} is not a DuckDB database")


def _error_of(path: str, error: BaseException) -> RepointError:
    text = str(error)
    if "lock on file" in text:
        holder = text.partition("PID ")[2].partition(")")[0]
        return BusyError(
            f"{path} is open in another process" + (f" (process {holder})" if holder.isdigit() else ""),
            hint="wait until it has closed the file, then try again",
        )
    if "different configuration" in text:
        return InvalidError(f"{path}: {text}", hint="give repoint the connection that is open")
    if "version number" in text:
        return RepointError(f"{path} has another storage version than this DuckDB reads")
    return UnreachableError(f"{path} cannot be opened: {text.splitlines()[0] if text else error!r}")


def _connect(path: str, busy_seconds: float) -> Any:
    import duckdb

    until = time.monotonic() + busy_seconds
    read_only = os.path.exists(path) and not os.access(path, os.W_OK)
    while True:
        try:
            return duckdb.connect(path, read_only=read_only)
        except duckdb.Error as error:
            known = _error_of(path, error)
            if not isinstance(known, BusyError) or time.monotonic() >= until:
                raise known from error
        time.sleep(_RETRY_SECONDS)


class File:
    """A file that the package has open: a connection for each that asks, all of one instance."""

    def __init__(self, path: str, *, create: bool, busy_seconds: float) -> None:
        self._path = path
        self._pid = os.getpid()
        self._identity: tuple[int, int] | None = None
        with _lock:
            identity = identity_of(path)
            if identity is None or identity not in _open:
                _check(path, identity, create)
                connection = _connect(path, busy_seconds)
                identity = identity_of(path)
                assert identity is not None
                _open[identity] = (connection, 0)
            self._connection, users = _open[identity]
            _open[identity] = (self._connection, users + 1)
            self._identity = identity

    def given(self) -> Given:
        """A connection of its own for one handle of the library."""
        return Given(DuckDB(self._connection.cursor()), self._path, is_own=True)

    def close(self) -> None:
        identity, self._identity = self._identity, None
        if identity is None or os.getpid() != self._pid:
            return
        with _lock:
            connection, users = _open[identity]
            if users > 1:
                _open[identity] = (connection, users - 1)
            else:
                del _open[identity]
                connection.close()


def opener(url: str, *, create: bool, busy_seconds: float) -> File | None:
    """The file of a URL, opened; None: the library opens it itself."""
    path = path_of(url)
    return None if path is None else File(path, create=create, busy_seconds=busy_seconds)
