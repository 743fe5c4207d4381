"""A store on a connection that the caller has already: include/repoint/driver.h, filled for the DB-API.

The C library calls these functions in the thread that has called it, and holds the interpreter lock during them
alone. What a statement raises is kept, and becomes the cause of the library's exception.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Callable

from repoint._adapter import Adapter
from repoint._native import ffi, lib
from repoint.errors import RefusedError

_OK: int = lib.REPOINT_OK


class Rows:
    """The rows of a query, one at a time as C values."""

    def __init__(self, columns: int, rows: list[Any]) -> None:
        self.handle = ffi.new_handle(self)
        self.columns = columns
        self._rows: Iterator[Any] = iter(rows)
        self._values = ffi.new("repoint_value[]", max(columns, 1))
        self._texts: list[Any] = []  # what the values point to

    def next(self) -> Any:
        row = next(self._rows, None)
        if row is None:
            return ffi.NULL
        self._texts.clear()
        for index, value in enumerate(row):
            self._put(self._values[index], value)
        return self._values

    def _put(self, out: Any, value: Any) -> None:
        if value is None:
            out.type = lib.REPOINT_NULL
        elif isinstance(value, bool):
            out.type = lib.REPOINT_BOOLEAN
            out.integer = value
        elif isinstance(value, int):
            out.type = lib.REPOINT_INTEGER
            out.integer = value
        elif isinstance(value, Decimal) and value == value.to_integral_value():
            out.type = lib.REPOINT_INTEGER
            out.integer = int(value)
        else:
            text = bytes(value) if isinstance(value, (bytes, bytearray, memoryview)) else str(value).encode()
            pointer = ffi.from_buffer("char[]", text)
            self._texts.append(pointer)
            out.type = lib.REPOINT_TEXT
            out.text = pointer
            out.size = len(text)


class Given:
    """A caller's connection, ready for the C library."""

    def __init__(self, adapter: Adapter, name: str, *, is_own: bool = False) -> None:
        self.adapter = adapter
        self._is_own = is_own
        self.failure: BaseException | None = None
        """What the last statement that failed has raised."""
        self.rows: dict[Any, Rows] = {}
        self._in_transaction = False
        self.handle = ffi.new_handle(self)
        self._texts = [ffi.new("char[]", text.encode()) for text in (adapter.dialect, name)]
        self.table = ffi.new(
            "repoint_driver *",
            {
                "version": lib.REPOINT_DRIVER_VERSION,
                "dialect": self._texts[0],
                "placeholder": adapter.placeholder,
                "name": self._texts[1],
                "execute": lib.repoint_python_execute,
                "query": lib.repoint_python_query,
                "rows_next": lib.repoint_python_rows_next,
                "rows_close": lib.repoint_python_rows_close,
                "begin": lib.repoint_python_begin,
                "commit": lib.repoint_python_commit,
                "rollback": lib.repoint_python_rollback,
                "interrupt": lib.repoint_python_stop if adapter.can_stop else ffi.NULL,
                "close": ffi.NULL,
            },
        )

    def close(self) -> None:
        """The library is done with it. A connection of the caller's stays open."""
        if self._is_own:
            self.adapter.connection.close()

    def was_broken_off(self, signalled: bool) -> bool:
        """Was the last failure none of the database's: Ctrl-C, or what a signal's handler has raised?"""
        if self.failure is None or isinstance(self.failure, self.told_by_database()):
            return False
        return signalled or not isinstance(self.failure, Exception)

    def keep_failure(self, failure: BaseException) -> None:
        """What comes of putting things back after Ctrl-C is not what is told."""
        if self.failure is None or isinstance(self.failure, self.told_by_database()):
            self.failure = failure

    def told_by_database(self) -> tuple[type[BaseException], ...]:
        return (*self.adapter.errors, RefusedError)

    def take_failure(self) -> BaseException | None:
        failure, self.failure = self.failure, None
        return failure

    # -- statements --

    def guarded(self, work: Callable[[], None], error: Any) -> int:
        """Does it; what it raises is kept, and told to the library."""
        try:
            work()
            return _OK
        except BaseException as failure:  # noqa: BLE001 - it is raised where the library's call ends
            self.keep_failure(failure)
            status = self._tell(failure, error)
            if status == lib.REPOINT_UNREACHABLE:  # and the transaction with it
                self._in_transaction = False
            return status

    def _tell(self, failure: BaseException, error: Any) -> int:
        status, code, sqlstate, message = lib.REPOINT_FAILED, 0, "", f"{type(failure).__name__}: {failure}"
        if isinstance(failure, RefusedError):
            status, message = lib.REPOINT_REFUSED, failure.message
        elif not isinstance(failure, Exception):
            status = lib.REPOINT_INTERRUPTED
        elif isinstance(failure, self.adapter.errors):
            if self.adapter.is_lost(failure):
                status, message = lib.REPOINT_UNREACHABLE, str(failure)
            else:
                status, code, sqlstate, message = self.adapter.failure(failure)
        elif isinstance(failure, (UnicodeError, ValueError, OverflowError)):
            status = lib.REPOINT_INVALID
        text = message.encode(errors="replace").replace(b"\0", b"")
        return int(lib.repoint_driver_fail(error, status, code, sqlstate.encode(errors="replace"), text))

    def alone(self, work: Callable[[], None]) -> None:
        """Outside of a transaction a statement is one."""
        if self._in_transaction:
            work()
            return
        self.adapter.enter()
        try:
            work()
        finally:
            self.adapter.leave()

    def begin(self, sql: str) -> None:
        if isinstance(self.failure, self.told_by_database()):
            self.failure = None  # of an earlier try
        self.adapter.enter()
        self._in_transaction = True
        try:
            self.adapter.run(sql, [])
        except BaseException:
            # Ctrl-C may have come after the database's answer.
            if not self._is_over():
                self._roll_back_twice()
            self._end()
            raise

    def commit(self) -> None:
        self.adapter.run("COMMIT", [])
        self._end()

    def roll_back(self) -> None:
        try:
            if self._in_transaction and not self._is_over():
                self._roll_back_twice()
        finally:
            self._end()

    def _is_over(self) -> bool:
        try:
            return not self.adapter.is_in_transaction()
        except Exception:  # noqa: BLE001 - then the rollback says it
            return False

    def _roll_back_twice(self) -> None:
        """Whatever keeps it from working the first time, Ctrl-C for example: it must not stay open."""
        try:
            self.adapter.run("ROLLBACK", [])
        except BaseException:
            if not self._is_over():
                self.adapter.run("ROLLBACK", [])
            raise

    def _end(self) -> None:
        if self._in_transaction:
            self._in_transaction = False
            self.adapter.leave()


# ---- what C calls ----


def _given(connection: Any) -> Given:
    given: Given = ffi.from_handle(connection)
    return given


def _failed(_kind: Any, failure: BaseException, traceback: Any) -> None:
    """A signal's handler may raise before a function's first line."""
    _given(traceback.tb_frame.f_locals["connection"]).keep_failure(failure)


def _value(value: Any) -> Any:
    kind = value.type
    if kind == lib.REPOINT_TEXT:
        return ffi.unpack(value.text, value.size).decode()
    if kind == lib.REPOINT_INTEGER:
        return value.integer
    return bool(value.integer) if kind == lib.REPOINT_BOOLEAN else None


def _values(values: Any, count: int) -> list[Any]:
    return [_value(values[index]) for index in range(count)]


@ffi.def_extern(error=lib.REPOINT_FAILED, onerror=_failed)  # type: ignore[untyped-decorator]
def repoint_python_execute(connection: Any, sql: Any, values: Any, count: int, ret_changed: Any, error: Any) -> int:
    given = _given(connection)

    def work() -> None:
        ret_changed[0] = given.adapter.run(ffi.string(sql).decode(), _values(values, count))

    return given.guarded(lambda: given.alone(work), error)


@ffi.def_extern(error=lib.REPOINT_FAILED, onerror=_failed)  # type: ignore[untyped-decorator]
def repoint_python_query(
    connection: Any, sql: Any, values: Any, count: int, ret_rows: Any, ret_columns: Any, error: Any
) -> int:
    given = _given(connection)

    def work() -> None:
        rows = Rows(*given.adapter.read(ffi.string(sql).decode(), _values(values, count)))
        given.rows[rows.handle] = rows
        ret_rows[0] = rows.handle
        ret_columns[0] = rows.columns

    return given.guarded(lambda: given.alone(work), error)


@ffi.def_extern(error=lib.REPOINT_FAILED, onerror=_failed)  # type: ignore[untyped-decorator]
def repoint_python_rows_next(connection: Any, rows: Any, ret_values: Any, error: Any) -> int:
    def work() -> None:
        ret_values[0] = ffi.from_handle(rows).next()

    return _given(connection).guarded(work, error)


@ffi.def_extern(onerror=_failed)  # type: ignore[untyped-decorator]
def repoint_python_rows_close(connection: Any, rows: Any) -> None:
    _given(connection).rows.pop(rows, None)


@ffi.def_extern(error=lib.REPOINT_FAILED, onerror=_failed)  # type: ignore[untyped-decorator]
def repoint_python_begin(connection: Any, sql: Any, error: Any) -> int:
    given = _given(connection)
    return given.guarded(lambda: given.begin(ffi.string(sql).decode()), error)


@ffi.def_extern(error=lib.REPOINT_FAILED, onerror=_failed)  # type: ignore[untyped-decorator]
def repoint_python_commit(connection: Any, error: Any) -> int:
    given = _given(connection)
    return given.guarded(given.commit, error)


@ffi.def_extern(onerror=_failed)  # type: ignore[untyped-decorator]
def repoint_python_rollback(connection: Any) -> None:
    given = _given(connection)
    earlier = given.failure
    given.guarded(given.roll_back, ffi.NULL)
    if earlier is not None:  # why it is rolled back says more
        given.failure = earlier


@ffi.def_extern(onerror=_failed)  # type: ignore[untyped-decorator]
def repoint_python_stop(connection: Any) -> None:
    with contextlib.suppress(Exception):  # the statement has ended, or will by itself
        _given(connection).adapter.stop()
