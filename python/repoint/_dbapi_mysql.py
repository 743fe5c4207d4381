"""Connections to MariaDB and MySQL: of pymysql, mysqlclient and mysql-connector-python.

None of them can end its statement from another thread. Ctrl-C reaches those that are written in Python in the middle of
an answer: then the connection is closed, as pymysql does by itself. mysqlclient's C waits for the answer first.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from repoint._adapter import Adapter, Failure, by_name, first_line, with_names
from repoint._native import lib
from repoint.errors import InvalidError

_FOUND_ROWS = 2  # of the client's flags
_IN_TRANS = 1  # of the server's status
LOST = frozenset((2002, 2003, 2006, 2013, 2055))  # of the client's errors: gone, or lost during the query


_CANNOT_CHANGE = 1568  # the characteristics of a transaction, while one is in progress


def refuses_settings(adapter: Adapter) -> bool:
    """Is a transaction in progress? Then its characteristics cannot be set; these are a next one's usual ones."""
    try:
        adapter.run("SET TRANSACTION READ WRITE", [])
        return False
    except adapter.errors as error:
        if adapter.failure(error).code == _CANNOT_CHANGE:
            return True
        raise


class MySQL(Adapter):
    """What they have in common."""

    dialect = "mysql"
    placeholder = lib.REPOINT_PERCENT_S
    can_stop = False

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self.was_autocommit = True
        flags, how_to_count = self.flags()
        if not flags & _FOUND_ROWS:
            raise InvalidError(
                "the connection counts only rows that an UPDATE has changed, not those that it found",
                hint=f"connect with {how_to_count}",
            )
        if self.charset() != "utf8mb4":
            raise InvalidError(
                f"the connection's character set is {self.charset()}, which has not every character",
                hint='connect with charset="utf8mb4"',
            )

    def flags(self) -> tuple[int, str]:
        """The client's flags, and how to say that rows are counted as found."""
        raise NotImplementedError

    def charset(self) -> str:
        return str(self.connection.charset)

    def is_open(self) -> bool:
        return bool(self.connection.open)

    def get_autocommit(self) -> bool:
        return bool(self.connection.get_autocommit())

    def set_autocommit(self, is_on: bool) -> None:
        self.connection.autocommit(is_on)

    def begin_autocommit(self) -> None:
        with self.whole():
            self.was_autocommit = self.get_autocommit()
            if not self.was_autocommit:
                self.set_autocommit(True)

    def end_autocommit(self) -> None:
        if not self.was_autocommit and self.is_open():
            with self.whole(), suppress(*self.errors):  # that the connection is lost has been said
                self.set_autocommit(False)

    def is_lost(self, error: BaseException) -> bool:
        return not self.is_open() or self.code(error) in LOST

    def code(self, error: BaseException) -> int:
        code = error.args[0] if error.args else 0
        return code if isinstance(code, int) else 0

    def failure(self, error: BaseException) -> Failure:
        message = str(error.args[1]) if len(error.args) >= 2 else first_line(error)
        return Failure(lib.REPOINT_FAILED, code=self.code(error), message=message)


class PyMySQL(MySQL):
    """pymysql.connections.Connection."""

    def __init__(self, connection: Any) -> None:
        import pymysql

        self.errors = (pymysql.err.Error,)
        super().__init__(connection)

    def flags(self) -> tuple[int, str]:
        return self.connection.client_flag, "client_flag=pymysql.constants.CLIENT.FOUND_ROWS"

    def is_in_transaction(self) -> bool:
        return bool(self.is_open() and self.connection.server_status & _IN_TRANS)

    def cursor(self) -> Any:
        import pymysql.cursors

        return self.connection.cursor(pymysql.cursors.Cursor)

    def broken_off(self) -> None:
        if self.is_open():
            self.connection.close()


class MySQLClient(MySQL):
    """MySQLdb.connections.Connection, of mysqlclient."""

    def __init__(self, connection: Any) -> None:
        import MySQLdb

        self.errors = (MySQLdb.MySQLError,)
        super().__init__(connection)

    def flags(self) -> tuple[int, str]:
        return self.connection.client_flag, "client_flag=MySQLdb.constants.CLIENT.FOUND_ROWS"

    def charset(self) -> str:
        return str(self.connection.character_set_name())

    def is_in_transaction(self) -> bool:
        """It does not show the server's status. Outside of a transaction this says what is so."""
        return refuses_settings(self)

    def cursor(self) -> Any:
        from MySQLdb.cursors import Cursor

        return self.connection.cursor(Cursor)

    def broken_off(self) -> None:
        with suppress(*self.errors):  # the answer is complete, and need not have been fetched
            self.connection.discard_result()


class Connector(MySQL):
    """A connection of mysql-connector-python, by its own protocol or by the C library, pooled or not."""

    def __init__(self, connection: Any) -> None:
        import mysql.connector

        self.errors = (mysql.connector.Error,)
        super().__init__(getattr(connection, "_cnx", connection))  # without the pool's cover

    def flags(self) -> tuple[int, str]:
        found = self.connection.isset_client_flag(_FOUND_ROWS)
        return (_FOUND_ROWS if found else 0), "client_flags=[mysql.connector.ClientFlag.FOUND_ROWS]"

    def is_open(self) -> bool:
        return bool(self.connection.is_connected())

    def is_in_transaction(self) -> bool:
        return bool(self.connection.in_transaction) and self.is_open()

    def get_autocommit(self) -> bool:
        return bool(self.connection.autocommit)

    def set_autocommit(self, is_on: bool) -> None:
        self.connection.autocommit = is_on

    def cursor(self) -> Any:
        return self.connection.cursor(buffered=True, raw=False)

    def send(self, cursor: Any, sql: str, values: list[Any]) -> None:
        if values:  # between %s a doubled % would stay doubled
            cursor.execute(with_names(sql, "%({})s"), by_name(values))
        else:
            cursor.execute(sql)

    def code(self, error: BaseException) -> int:
        return getattr(error, "errno", None) or 0

    def failure(self, error: BaseException) -> Failure:
        return Failure(
            lib.REPOINT_FAILED, code=self.code(error), message=getattr(error, "msg", None) or first_line(error)
        )

    def broken_off(self) -> None:
        self.connection.shutdown()
