"""Files of SQLite, where the package has a copy of SQLite of its own, as a wheel has.

Locks on files belong to processes: two copies of SQLite in one process do not see each other's locks, write over one
another, and let go of each other's locks. So a file that something else in the process has open is refused.
"""

from __future__ import annotations

import functools
import os
import threading

from repoint._duckdb import identity_of, is_open_here
from repoint.errors import RefusedError

_lock = threading.Lock()
_open: dict[tuple[int, int], int] = {}
"""How many stores use each file, by device and inode."""


@functools.cache
def has_own_copy() -> bool:
    """Is SQLite one of the libraries that came with the package?"""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
            return any("repoint.libs/libsqlite3" in line for line in maps)
    except OSError:
        return False


class Claim:
    """A file that a store uses, by what it is when the store is opened."""

    def __init__(self, path: str) -> None:
        self._pid = os.getpid()
        with _lock:
            identity = identity_of(path)
            if identity is not None and identity not in _open and is_open_here(identity):
                raise RefusedError(
                    f"{path} is open in this process already, by another copy of SQLite than repoint's: neither would"
                    " see the other's locks",
                    hint="give repoint that connection, repoint.Store(connection), or close it first",
                )
            self._identity: tuple[int, int] | None = None
            self._path = path
            self._count(identity)

    def _count(self, identity: tuple[int, int] | None) -> None:
        self._identity = identity
        if identity is not None:
            _open[identity] = _open.get(identity, 0) + 1

    def opened(self) -> None:
        """The store is open, and its file there."""
        with _lock:
            if self._identity is None:
                self._count(identity_of(self._path))

    def close(self) -> None:
        identity, self._identity = self._identity, None
        if identity is None or os.getpid() != self._pid:
            return
        with _lock:
            _open[identity] -= 1
            if _open[identity] == 0:
                del _open[identity]


def claim(*urls: str | None) -> list[Claim]:
    """For those of the URLs whose file only one copy of SQLite may have open."""
    claims: list[Claim] = []
    try:
        for url in urls:
            path = url[len("sqlite:") :] if url is not None and url.startswith("sqlite:") else ""
            if path and "\0" not in path and has_own_copy():
                claims.append(Claim(path))
    except BaseException:
        for one in claims:
            one.close()
        raise
    return claims
