"""What a connection of the DB-API is to the library: the base of the classes that know a module.

`repoint._given` works on a connection through one of these. Each keeps the connection as its user left it between
the calls of the library: `enter` refuses one that has a transaction open and makes statements commit by themselves;
`leave` puts that back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from repoint._native import lib
from repoint.errors import RefusedError


class Failure(NamedTuple):
    """What an exception of the module says to the library."""

    status: int
    code: int = 0
    sqlstate: str = ""
    message: str = ""


_IN_TRANSACTION = "it has a transaction open, which would be committed: commit or roll it back first"


class Adapter:
    """A connection, as the library uses it."""

    dialect = ""
    placeholder: int = lib.REPOINT_QUESTION_MARK
    can_stop = True
    errors: tuple[type[BaseException], ...] = ()
    """The module's own exceptions. Others that come out of it are not the database's."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    # -- what modules differ in --

    def is_in_transaction(self) -> bool:
        raise NotImplementedError

    def begin_autocommit(self) -> None:
        """From here on a statement is committed by itself; remembers what was before."""

    def end_autocommit(self) -> None:
        """As it was before."""

    def cursor(self) -> Any:
        """A cursor whose rows are tuples, whatever the user prefers."""
        return self.connection.cursor()

    def is_lost(self, error: BaseException) -> bool:
        """Does the error mean that the connection is no more?"""
        raise NotImplementedError

    def failure(self, error: BaseException) -> Failure:
        """What the error is to the library, if the connection lives."""
        return Failure(lib.REPOINT_FAILED, message=first_line(error))

    def stop(self) -> None:
        """Ends the statement that another thread is in."""

    def broken_off(self) -> None:
        """An exception that is none of the module's has left a statement: Ctrl-C, or what a handler raises.

        A module in Python may have been reading the answer, the rest of which would be taken for the next one.
        """

    # -- what they have in common --

    def enter(self) -> None:
        if self.is_in_transaction():
            raise RefusedError(_IN_TRANSACTION)
        self.begin_autocommit()

    def leave(self) -> None:
        self.end_autocommit()

    def run(self, sql: str, values: list[Any]) -> int:
        with self.statement() as cursor:
            self.send(cursor, sql, values)
            return max(int(cursor.rowcount), 0)

    def read(self, sql: str, values: list[Any]) -> tuple[int, list[Any]]:
        """How many columns, and all rows: others may run before these are read."""
        with self.statement() as cursor:
            self.send(cursor, sql, values)
            return len(cursor.description or ()), list(cursor.fetchall())

    @contextmanager
    def statement(self) -> Iterator[Any]:
        """A cursor for one statement."""
        cursor = self.cursor()
        try:
            with self.whole():
                yield cursor
        except BaseException:
            with suppress(Exception):
                cursor.close()
            raise
        cursor.close()

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Around what talks to the database."""
        try:
            yield
        except self.errors:
            raise
        except BaseException:
            self.broken_off()
            raise

    def send(self, cursor: Any, sql: str, values: list[Any]) -> None:
        if values:
            cursor.execute(sql, values)
        else:
            cursor.execute(sql)


def first_line(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0]


_PLACE = re.compile("%(%|s)")


def with_names(sql: str, form: str) -> str:
    """A statement with %s and %%, as modules want it that know values by name: `form` of the name."""
    count = iter(range(sql.count("%")))
    return _PLACE.sub(lambda found: "%" if found[1] == "%" else form.format(f"p{next(count)}"), sql)


def by_name(values: list[Any]) -> dict[str, Any]:
    return {f"p{index}": value for index, value in enumerate(values)}
