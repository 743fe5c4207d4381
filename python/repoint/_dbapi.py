"""What DB-API connections differ in, one class a module: transactions, cursors, errors.

`repoint._given` works on a connection through one of these. Each keeps the connection as its user left it between
the calls of the library: `enter` refuses one that has a transaction open and makes statements commit by themselves;
`leave` puts that back.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from repoint._native import lib
from repoint.errors import InvalidError, RefusedError


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

    # -- what they have in common --

    def enter(self) -> None:
        if self.is_in_transaction():
            raise RefusedError(_IN_TRANSACTION)
        self.begin_autocommit()

    def leave(self) -> None:
        self.end_autocommit()

    def run(self, sql: str, values: list[Any]) -> int:
        cursor = self.cursor()
        try:
            self.send(cursor, sql, values)
            return max(int(cursor.rowcount), 0)
        finally:
            cursor.close()

    def read(self, sql: str, values: list[Any]) -> tuple[int, list[Any]]:
        """How many columns, and all rows: others may run before these are read."""
        cursor = self.cursor()
        try:
            self.send(cursor, sql, values)
            return len(cursor.description or ()), list(cursor.fetchall())
        finally:
            cursor.close()

    def send(self, cursor: Any, sql: str, values: list[Any]) -> None:
        if values:
            cursor.execute(sql, values)
        else:
            cursor.execute(sql)


def first_line(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0]


# ---- SQLite ----


class Sqlite(Adapter):
    """sqlite3.Connection."""

    dialect = "sqlite"

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        import sqlite3

        self.errors = (sqlite3.Error,)
        if getattr(connection, "autocommit", None) is False:
            raise InvalidError(
                "a connection of sqlite3 with autocommit=False has a transaction open at all times",
                hint="connect with autocommit=True, or with isolation_level alone",
            )

    def is_in_transaction(self) -> bool:
        return bool(self.connection.in_transaction)

    def cursor(self) -> Any:
        cursor = self.connection.cursor()
        cursor.row_factory = None
        return cursor

    def begin_autocommit(self) -> None:
        # Else sqlite3 begins transactions of its own before statements that write.
        self.isolation_level = self.connection.isolation_level
        if self.isolation_level is not None:
            self.connection.isolation_level = None

    def end_autocommit(self) -> None:
        if self.isolation_level is not None:
            self.connection.isolation_level = self.isolation_level

    def is_lost(self, error: BaseException) -> bool:
        return "closed database" in str(error)

    def failure(self, error: BaseException) -> Failure:
        if "created in a thread" in str(error):
            return Failure(lib.REPOINT_REFUSED, message=first_line(error))
        return Failure(lib.REPOINT_FAILED, code=getattr(error, "sqlite_errorcode", 0) or 0, message=first_line(error))

    def stop(self) -> None:
        self.connection.interrupt()


# ---- DuckDB ----


class DuckDB(Adapter):
    """duckdb.DuckDBPyConnection."""

    dialect = "duckdb"
    placeholder = lib.REPOINT_DOLLAR_NUMBER

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        import duckdb

        self.errors = (duckdb.Error,)

    def is_in_transaction(self) -> bool:
        # Outside of one, each statement has a transaction of its own.
        ask = "SELECT txid_current()"
        try:
            return self.read(ask, [])[1] == self.read(ask, [])[1]
        except self.errors as error:
            if "transaction is aborted" in str(error):
                return True
            raise

    def run(self, sql: str, values: list[Any]) -> int:
        # Its cursors are connections; how many rows a statement changed is the row that it gives.
        rows = self.read(sql, values)[1]
        return int(rows[0][0]) if rows and isinstance(rows[0][0], int) else 0

    def read(self, sql: str, values: list[Any]) -> tuple[int, list[Any]]:
        self.send(self.connection, sql, values)
        description = self.connection.description or ()
        return len(description), list(self.connection.fetchall()) if description else []

    def is_lost(self, error: BaseException) -> bool:
        return "Connection already closed" in str(error) or "database has been invalidated" in str(error)

    def stop(self) -> None:
        self.connection.interrupt()


# ---- PostgreSQL ----


class Psycopg(Adapter):
    """psycopg.Connection, of Psycopg 3."""

    dialect = "postgres"
    placeholder = lib.REPOINT_PERCENT_S

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self.was_autocommit = True
        self.use_module()

    def use_module(self) -> None:
        import psycopg

        self.errors = (psycopg.Error,)

    def is_in_transaction(self) -> bool:
        return int(self.connection.info.transaction_status) != 0 and not self.connection.closed

    def begin_autocommit(self) -> None:
        self.was_autocommit = bool(self.connection.autocommit)
        if not self.was_autocommit:
            self.connection.autocommit = True

    def end_autocommit(self) -> None:
        if not self.was_autocommit and not self.connection.closed:
            self.connection.autocommit = False

    def cursor(self) -> Any:
        import psycopg.rows

        return psycopg.Cursor(self.connection, row_factory=psycopg.rows.tuple_row)

    def send(self, cursor: Any, sql: str, values: list[Any]) -> None:
        cursor.execute(sql, values or None, prepare=False)  # nothing is left behind in the session

    def is_lost(self, error: BaseException) -> bool:
        return bool(self.connection.closed)

    def failure(self, error: BaseException) -> Failure:
        if "NUL" in str(error):
            return Failure(lib.REPOINT_INVALID, message=first_line(error))
        sqlstate = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""
        diagnostics = getattr(error, "diag", None)
        message = getattr(diagnostics, "message_primary", None) or first_line(error)
        return Failure(lib.REPOINT_FAILED, sqlstate=sqlstate, message=message)

    def stop(self) -> None:
        self.connection.cancel()


class Psycopg2(Psycopg):
    """psycopg2.extensions.connection."""

    def use_module(self) -> None:
        import psycopg2

        self.errors = (psycopg2.Error,)

    def cursor(self) -> Any:
        from psycopg2.extensions import cursor

        return self.connection.cursor(cursor_factory=cursor)

    def send(self, cursor: Any, sql: str, values: list[Any]) -> None:
        cursor.execute(sql, values or None)


# ---- MariaDB and MySQL ----

_IN_TRANS = 1  # of the server's status
_FOUND_ROWS = 2  # of the client's flags


class PyMySQL(Adapter):
    """pymysql.connections.Connection."""

    dialect = "mysql"
    placeholder = lib.REPOINT_PERCENT_S
    can_stop = False

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        import pymysql

        self.errors = (pymysql.err.Error,)
        self.was_autocommit = True
        if not connection.client_flag & _FOUND_ROWS:
            raise InvalidError(
                "the connection counts only rows that an UPDATE has changed, not those that it found",
                hint="connect with client_flag=pymysql.constants.CLIENT.FOUND_ROWS",
            )

    def is_in_transaction(self) -> bool:
        return bool(self.connection.open and self.connection.server_status & _IN_TRANS)

    def begin_autocommit(self) -> None:
        self.was_autocommit = bool(self.connection.get_autocommit())
        if not self.was_autocommit:
            self.connection.autocommit(True)

    def end_autocommit(self) -> None:
        if not self.was_autocommit and self.connection.open:
            self.connection.autocommit(False)

    def cursor(self) -> Any:
        import pymysql.cursors

        return self.connection.cursor(pymysql.cursors.Cursor)

    def is_lost(self, error: BaseException) -> bool:
        return not self.connection.open

    def failure(self, error: BaseException) -> Failure:
        code, message = error.args[:2] if len(error.args) >= 2 else (0, first_line(error))
        return Failure(lib.REPOINT_FAILED, code=code if isinstance(code, int) else 0, message=str(message))


# ---- all of them ----

_ADAPTERS: dict[str, type[Adapter]] = {
    "sqlite3": Sqlite,
    "duckdb": DuckDB,
    "_duckdb": DuckDB,
    "psycopg": Psycopg,
    "psycopg2": Psycopg2,
    "pymysql": PyMySQL,
}


def adapter_of(connection: Any) -> Adapter:
    """The adapter for a connection, by the module that its class, or one that this is derived from, comes from.

    Raises:
        InvalidError: It is not a connection of a module that the library knows.
    """
    for kind in type(connection).__mro__:
        adapter = _ADAPTERS.get(kind.__module__.split(".")[0])
        if adapter is not None and "onnection" in kind.__name__:
            return adapter(connection)
    raise InvalidError(
        f"{type(connection).__module__}.{type(connection).__qualname__} is neither a URL nor a connection that"
        " repoint knows",
        hint="known are connections of sqlite3, duckdb, psycopg, psycopg2 and pymysql",
    )
