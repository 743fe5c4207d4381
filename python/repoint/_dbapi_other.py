"""Connections of modules that the library does not know: by the DB-API (PEP 249) alone, and the database's own SQL.

The connection must be in autocommit mode, because only its module knows how to leave and enter that.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any, Callable

from repoint._adapter import Adapter, Failure, by_name, first_line, with_names
from repoint._dbapi_mysql import LOST, refuses_settings
from repoint._native import lib
from repoint.errors import InvalidError

# How a statement is written for C, and how values by name are written instead of its %s.
_STYLES: dict[str, tuple[int, str]] = {
    "qmark": (lib.REPOINT_QUESTION_MARK, ""),
    "numeric": (lib.REPOINT_COLON_NUMBER, ""),
    "numeric_dollar": (lib.REPOINT_DOLLAR_NUMBER, ""),  # sqlite3 and others have it beyond PEP 249
    "format": (lib.REPOINT_PERCENT_S, ""),
    "pyformat": (lib.REPOINT_PERCENT_S, "%({})s"),
    "named": (lib.REPOINT_PERCENT_S, ":{}"),
}


# ---- is a transaction open? ----


def _begins_none(adapter: Adapter) -> bool:
    """SQLite: there is none inside of another; this one has no lock, and is over at once."""
    try:
        adapter.run("BEGIN", [])
    except adapter.errors as error:
        if "within a transaction" in str(error):
            return True
        raise
    adapter.run("ROLLBACK", [])
    return False


def _stands_still(question: str) -> Callable[[Adapter], bool]:
    """What is another one in each transaction."""

    def ask(adapter: Adapter) -> bool:
        try:
            return adapter.read(question, [])[1] == adapter.read(question, [])[1]
        except adapter.errors as error:
            if "transaction is aborted" in str(error):
                return True
            raise

    return ask


_ASK: dict[str, Callable[[Adapter], bool]] = {
    "sqlite": _begins_none,
    "postgres": _stands_still("SELECT transaction_timestamp()"),
    "duckdb": _stands_still("SELECT txid_current()"),
    "mysql": refuses_settings,
    "mariadb": refuses_settings,
}
DIALECTS = tuple(_ASK)


# ---- the adapter ----


def _modules_of(connection: Any) -> Iterator[ModuleType]:
    """Those of its classes, and the packages around them."""
    for kind in type(connection).__mro__:
        name = kind.__module__
        while name:
            if name in sys.modules and name != "builtins":
                yield sys.modules[name]
            name = name.rpartition(".")[0]


def _first(modules: Iterable[ModuleType], name: str) -> Any:
    return next((getattr(module, name) for module in modules if hasattr(module, name)), None)


class Other(Adapter):
    """A connection of any module, and the dialect of its database."""

    can_stop = False

    def __init__(self, connection: Any, dialect: str) -> None:
        super().__init__(connection)
        self.dialect = dialect
        style = _first(_modules_of(connection), "paramstyle")
        error = getattr(connection, "Error", None) or _first(_modules_of(connection), "Error")
        name = f"{type(connection).__module__}.{type(connection).__qualname__}"
        if style is None or not isinstance(error, type):
            raise InvalidError(
                f"the module of {name} has no paramstyle or no Error, which the DB-API asks for",
                hint="give the connection itself, not what a pool or a framework has put around it",
            )
        if style not in _STYLES:
            known = ", ".join(_STYLES)
            raise InvalidError(f"the paramstyle {style!r} of {name} is not known", hint=f"known are {known}")
        if getattr(connection, "autocommit", None) is False:
            raise InvalidError(
                f"{name} is not in autocommit mode, and how to change that its module alone knows",
                hint="connect with autocommit, or set it before the store is opened",
            )
        self.placeholder, self.form = _STYLES[style]
        self.errors = (error,)
        interface_error = _first(_modules_of(connection), "InterfaceError")
        self.interface_errors = (interface_error,) if isinstance(interface_error, type) else ()

    def is_in_transaction(self) -> bool:
        return _ASK[self.dialect](self)

    def send(self, cursor: Any, sql: str, values: list[Any]) -> None:
        if not values:
            cursor.execute(sql)
        elif self.form:
            cursor.execute(with_names(sql, self.form), by_name(values))
        else:
            cursor.execute(sql, values)

    def read(self, sql: str, values: list[Any]) -> tuple[int, list[Any]]:
        columns, rows = super().read(sql, values)
        return columns, [list(row.values()) if isinstance(row, Mapping) else row for row in rows]

    def run(self, sql: str, values: list[Any]) -> int:
        if self.dialect != "duckdb":
            return super().run(sql, values)
        rows = super().read(sql, values)[1]  # how many rows a statement changed is the row that it gives
        return int(rows[0][0]) if rows and isinstance(rows[0][0], int) else 0

    def is_lost(self, error: BaseException) -> bool:
        if self.dialect not in ("sqlite", "duckdb") and isinstance(error, self.interface_errors):
            return True
        if self._sqlstate(error).startswith(("08", "57P0")) or "closed" in str(error).lower():
            return True
        return self.dialect in ("mysql", "mariadb") and self._code(error) in LOST

    def failure(self, error: BaseException) -> Failure:
        return Failure(
            lib.REPOINT_FAILED, code=self._code(error), sqlstate=self._sqlstate(error), message=first_line(error)
        )

    def _code(self, error: BaseException) -> int:
        first = error.args[0] if error.args else None
        for code in (getattr(error, "sqlite_errorcode", None), getattr(error, "errno", None), first):
            if isinstance(code, int):
                return code
        return 0

    def _sqlstate(self, error: BaseException) -> str:
        found = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
        return found if isinstance(found, str) else ""
