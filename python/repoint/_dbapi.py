"""The adapters of the modules that the library knows, and which one a connection gets."""

from __future__ import annotations

from typing import Any

from repoint._adapter import Adapter, Failure, first_line
from repoint._dbapi_mysql import Connector, MySQLClient, PyMySQL
from repoint._dbapi_other import DIALECTS, Other
from repoint._native import lib
from repoint.errors import InvalidError

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

_ACTIVE = 1  # a connection whose statement has not been answered


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

    def broken_off(self) -> None:
        """At Ctrl-C it sees to the rest of the answer itself, at what a handler of one's own raises it does not."""
        if int(self.connection.info.transaction_status) == _ACTIVE:
            self.connection.cancel()
            while self.connection.pgconn.get_result() is not None:
                pass


class Psycopg2(Psycopg):
    """psycopg2.extensions.connection, whose C waits for the whole answer."""

    def use_module(self) -> None:
        import psycopg2

        self.errors = (psycopg2.Error,)

    def cursor(self) -> Any:
        from psycopg2.extensions import cursor

        return self.connection.cursor(cursor_factory=cursor)

    def broken_off(self) -> None:
        pass

    def send(self, cursor: Any, sql: str, values: list[Any]) -> None:
        cursor.execute(sql, values or None)


class PG8000(Adapter):
    """pg8000.dbapi.Connection, or one of pg8000's older interface; a statement of its own is committed by itself."""

    dialect = "postgres"
    placeholder = lib.REPOINT_DOLLAR_NUMBER
    can_stop = False

    def __init__(self, connection: Any) -> None:
        import pg8000.exceptions

        super().__init__(connection)
        self.errors = (pg8000.exceptions.Error,)

    def is_in_transaction(self) -> bool:
        return self.connection._usock is not None and bool(self.connection._in_transaction)

    def run(self, sql: str, values: list[Any]) -> int:
        return max(int(self.execute(sql, values).row_count), 0)

    def read(self, sql: str, values: list[Any]) -> tuple[int, list[Any]]:
        answer = self.execute(sql, values)
        return len(answer.columns or ()), list(answer.rows or ())

    def execute(self, sql: str, values: list[Any]) -> Any:
        """Without a cursor, which would begin a transaction, and look for placeholders of the caller's choice."""
        with self.whole():
            return self.connection.execute_unnamed(sql, vals=values)

    def is_lost(self, error: BaseException) -> bool:
        import pg8000.exceptions

        return isinstance(error, pg8000.exceptions.InterfaceError)

    def failure(self, error: BaseException) -> Failure:
        fields = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
        message = fields.get("M") or first_line(error)
        return Failure(lib.REPOINT_FAILED, sqlstate=fields.get("C", ""), message=message)

    def broken_off(self) -> None:
        self.connection.close()


# ---- all of them ----

_ADAPTERS: dict[str, type[Adapter]] = {
    "sqlite3": Sqlite,
    "duckdb": DuckDB,
    "_duckdb": DuckDB,
    "psycopg": Psycopg,
    "psycopg2": Psycopg2,
    "pg8000": PG8000,
    "pymysql": PyMySQL,
    "MySQLdb": MySQLClient,
    "mysql": Connector,
}
_KNOWN = "sqlite3, duckdb, psycopg, psycopg2, pg8000, pymysql, mysqlclient and mysql-connector-python"


def _known(connection: Any) -> Adapter | None:
    """By the module that its class, or one that this is derived from, comes from."""
    for kind in type(connection).__mro__:
        adapter = _ADAPTERS.get(kind.__module__.split(".")[0])
        if adapter is not None and "onnection" in kind.__name__:
            return adapter(connection)
    return None


def adapter_of(connection: Any, dialect: str | None = None) -> Adapter:
    """The adapter for a connection; `dialect` is the database of one whose module the library does not know.

    Raises:
        InvalidError: It is not a connection, or nobody says to what.
    """
    if dialect is not None and dialect not in DIALECTS:
        raise InvalidError(f"the dialect {dialect!r} is not known", hint=f"known are {', '.join(DIALECTS)}")
    adapter = _known(connection)
    if adapter is not None:
        if dialect not in (None, adapter.dialect) and (dialect, adapter.dialect) != ("mariadb", "mysql"):
            raise InvalidError(f"this is a connection to {adapter.dialect}, not to {dialect}")
        return adapter
    name = f"{type(connection).__module__}.{type(connection).__qualname__}"
    if isinstance(connection, type) or not callable(getattr(connection, "cursor", None)):
        raise InvalidError(
            f"{name} is neither a URL nor a connection",
            hint=f"known are connections of {_KNOWN}, and with a dialect those of other modules of the DB-API",
        )
    if dialect is None:
        raise InvalidError(
            f"repoint does not know the module of {name}",
            hint=f'say its database, as in repoint.Store(connection, dialect="postgres"): {", ".join(DIALECTS)}',
        )
    return Other(connection, dialect)
