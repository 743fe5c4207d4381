"""Calls into librepoint: one connection, errors as exceptions, what C calls back, signals.

The C library is used by one thread at a time a handle, and cffi releases the interpreter lock during each call. So
a `Connection` is in the hands of one caller at a time (`repoint.store` sees to it), and every value that is shared
between threads is never changed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from typing import Any, Callable, Generic, TypeVar

from repoint._given import Given
from repoint._native import ffi, lib
from repoint.errors import InvalidError, RepointError, error_of

T = TypeVar("T")

Call = Callable[[Any, Any], int]
"""What is done with a store and an error, both pointers; it gives the status."""

# How often a call begins anew because a signal came whose handler raised nothing; then signals wait for its end.
_MOST_INTERRUPTIONS = 3

_OK: int = lib.REPOINT_OK
_INTERRUPTED: int = lib.REPOINT_INTERRUPTED
_LOST = frozenset((lib.REPOINT_UNREACHABLE, lib.REPOINT_OUTCOME_UNKNOWN, lib.REPOINT_TIMEOUT, lib.REPOINT_INTERRUPTED))


# ---- text ----


def text_in(value: str, what: str) -> bytes:
    """Text for C, which must not have a NUL inside."""
    if not isinstance(value, str):
        raise TypeError(f"{what} must be text, not {type(value).__name__}")
    if "\0" in value:
        raise InvalidError(f"{what} has a NUL character inside")
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise InvalidError(f"{what} is not valid Unicode: {error.reason}") from None


def text_in_or_null(value: str | None, what: str) -> Any:
    return ffi.NULL if value is None else text_in(value, what)


def text_out(pointer: Any) -> str:
    """Text of C, or "" for NULL."""
    return "" if pointer == ffi.NULL else ffi.string(pointer).decode()


def text_out_or_none(pointer: Any) -> str | None:
    return None if pointer == ffi.NULL else ffi.string(pointer).decode()


def take_text(pointer: Any) -> str:
    """Text that the caller owns, and releases."""
    text = text_out(pointer)
    lib.repoint_free(pointer)
    return text


class Texts:
    """A list of texts for C, NULL at its end; it lives as long as this object."""

    def __init__(self, values: Iterable[str], what: str) -> None:
        if isinstance(values, (str, bytes)):
            raise TypeError(f"{what} must be several texts, not one")
        self._texts = [ffi.new("char[]", text_in(value, what)) for value in values]
        self.pointer = ffi.new("char *[]", [*self._texts, ffi.NULL])
        self.count = len(self._texts)


# ---- errors ----


def exception_of(error: Any) -> RepointError:
    """The exception for a filled error, which is cleared."""
    names = []
    if error.names != ffi.NULL:
        index = 0
        while error.names[index] != ffi.NULL:
            names.append(text_out(error.names[index]))
            index += 1
    exception = error_of(
        text_out(lib.repoint_status_name(error.status)),
        text_out(error.message),
        text_out_or_none(error.hint),
        names,
        text_out_or_none(error.detail),
        text_out(error.sqlstate),
    )
    lib.repoint_error_clear(error)
    return exception


def checked(function: Any, *arguments: Any) -> None:
    """Calls a function that needs no store; raises what it says."""
    error = ffi.new("repoint_error *")
    if function(*arguments, error) != _OK:
        raise exception_of(error)


# ---- what C calls back ----


class Callbacks:
    """The caller's clock, trace and progress. What one of them raises ends the call, and is raised by it."""

    def __init__(
        self,
        now: Callable[[], int] | None,
        trace: Callable[[str, float, int], object] | None,
        progress: Callable[[str, int, int | None], object] | None,
    ) -> None:
        self.now = now
        self.trace = trace
        self.progress = progress
        self.failure: BaseException | None = None
        self.store = ffi.NULL

    def failed(self, failure: BaseException) -> None:
        if self.failure is None:
            self.failure = failure
        if self.store != ffi.NULL:
            lib.repoint_store_interrupt(self.store)


def _failed(_kind: Any, failure: BaseException, traceback: Any) -> None:
    """Whatever a callback raises, a signal's handler before its first line included."""
    ffi.from_handle(traceback.tb_frame.f_locals["context"]).failed(failure)


@ffi.def_extern(onerror=_failed)  # type: ignore[untyped-decorator]
def repoint_python_now(context: Any) -> int:
    callbacks: Callbacks = ffi.from_handle(context)
    assert callbacks.now is not None
    return int(callbacks.now())


@ffi.def_extern(onerror=_failed)  # type: ignore[untyped-decorator]
def repoint_python_trace(context: Any, statement: Any, milliseconds: float, rows: int) -> None:
    callbacks: Callbacks = ffi.from_handle(context)
    assert callbacks.trace is not None
    callbacks.trace(text_out(statement), milliseconds, rows)


@ffi.def_extern(onerror=_failed)  # type: ignore[untyped-decorator]
def repoint_python_progress(context: Any, what: Any, done: int, total: int) -> None:
    callbacks: Callbacks = ffi.from_handle(context)
    assert callbacks.progress is not None
    callbacks.progress(text_out(what), done, total or None)


class Rows(Generic[T]):
    """The rows that a call visits, as values."""

    def __init__(self, convert: Callable[[Any], T]) -> None:
        self.convert = convert
        self.rows: list[T] = []
        self.failure: BaseException | None = None

    def begin(self) -> Any:
        """The context for C; rows of an earlier try are forgotten."""
        self.rows.clear()
        self.failure = None
        return ffi.new_handle(self)

    def failed(self, failure: BaseException) -> None:
        self.failure = failure

    def end(self) -> list[T]:
        if self.failure is not None:
            raise self.failure
        return self.rows


def _take_row(context: Any, row: Any) -> bool:
    rows: Rows[Any] = ffi.from_handle(context)
    rows.rows.append(rows.convert(row))
    return True


for _name in ("snapshot_row", "environment_row", "interval_end"):
    # One that fails answers 0: no more rows.
    ffi.def_extern(f"repoint_python_{_name}", onerror=_failed)(_take_row)


# ---- connections ----


class Options:
    """How a store is opened."""

    def __init__(
        self,
        url: str,
        schema: str,
        *,
        given_of: Callable[[], Given] | None = None,
        warehouse: str | None = None,
        busy_timeout: float,
        dry_run: bool,
        views_one_by_one: bool,
        now: Callable[[], int] | None,
        trace: Callable[[str, float, int], object] | None,
        progress: Callable[[str, int, int | None], object] | None,
    ) -> None:
        self.url = text_in(url, "the URL")
        self.schema = ffi.new("char[]", text_in(schema, "the schema"))
        self.warehouse = ffi.NULL if warehouse is None else ffi.new("char[]", text_in(warehouse, "the warehouse"))
        self.busy_timeout = float(busy_timeout)
        self.dry_run = bool(dry_run)
        self.views_one_by_one = bool(views_one_by_one)
        self.now = now
        self.trace = trace
        self.progress = progress
        self.given_of = given_of
        self.is_memory = url == "memory:"
        self.waits_for_network = given_of is None and not url.startswith(("memory:", "sqlite:", "duckdb:"))

    def callbacks(self) -> Callbacks | None:
        if self.now is None and self.trace is None and self.progress is None:
            return None
        return Callbacks(self.now, self.trace, self.progress)

    def to_c(self, context: Any, timeout: float | None) -> Any:
        return ffi.new(
            "repoint_store_options *",
            {
                "schema": self.schema,
                "now": lib.repoint_python_now if self.now is not None else ffi.NULL,
                "trace": lib.repoint_python_trace if self.trace is not None else ffi.NULL,
                "progress": lib.repoint_python_progress if self.progress is not None else ffi.NULL,
                "context": context,
                "warehouse_url": self.warehouse,
                "timeout_seconds": timeout or 0.0,
                "busy_seconds": self.busy_timeout,
                "dry_run": self.dry_run,
                "views_one_by_one": self.views_one_by_one,
            },
        )


class Connection:
    """One handle of the library. It belongs to the process that made it: a fork must neither use nor close it."""

    def __init__(self, options: Options, timeout: float | None, open_store: Call) -> None:
        self.pid = os.getpid()
        self.is_lost = False
        self.pointer = ffi.NULL
        self.given = None if options.given_of is None else options.given_of()
        # A store in memory would be lost with its handle, and with a warehouse elsewhere no interrupt is taken back.
        self._is_memory = options.is_memory
        self._can_be_interrupted = not options.is_memory or options.warehouse == ffi.NULL
        self._callbacks = options.callbacks()
        self._handle = ffi.NULL if self._callbacks is None else ffi.new_handle(self._callbacks)
        c_options = options.to_c(self._handle, timeout)
        error = ffi.new("repoint_error *")
        store = ffi.new("repoint_store **")
        target = options.url if self.given is None else self.given
        status = open_store((target, c_options, store), error)
        self.pointer = store[0]
        if self._callbacks is not None:
            self._callbacks.store = self.pointer
        self._raise_failure(error, False)
        if status != _OK:
            cause = self._take_cause()
            if self.given is not None:
                self.given.close()
            raise exception_of(error) from cause

    def _raise_failure(self, error: Any, signalled: bool) -> None:
        """Raises what the caller's own code has raised, and what ended a statement, such as Ctrl-C."""
        failure: BaseException | None = None
        if self._callbacks is not None:
            failure, self._callbacks.failure = self._callbacks.failure, None
        if failure is None and self.given is not None and self.given.was_broken_off(signalled):
            failure = self.given.take_failure()
        if failure is None:
            return
        self.is_lost = True
        lib.repoint_error_clear(error)
        raise failure

    def _take_cause(self) -> BaseException | None:
        """What a statement on a given connection has raised."""
        return None if self.given is None else self.given.take_failure()

    def run(self, call: Call, guarded: bool) -> bool:
        """Does it; raises what it says. False when a signal ended it, whose handler has raised nothing."""
        error = ffi.new("repoint_error *")
        self._take_cause()  # of an earlier call
        signalled = False
        if guarded and self._can_be_interrupted and threading.get_ident() == threading.main_thread().ident:
            outer = lib.repoint_python_guard(self.pointer)
            try:
                status = call(self.pointer, error)
            finally:
                signalled = lib.repoint_python_unguard(outer)
                if signalled:
                    self.is_lost = True
        else:
            status = call(self.pointer, error)
        self._raise_failure(error, bool(signalled))
        if status == _OK:
            return True
        if status in _LOST:
            self.is_lost = True
        exception = exception_of(error)
        if signalled and status == _INTERRUPTED:
            return False
        raise exception from self._take_cause()

    def interrupt(self) -> None:
        self.is_lost = True
        lib.repoint_store_interrupt(self.pointer)

    def keep(self) -> bool:
        """After a call: may there be another one? A store in memory takes an interrupt back."""
        if self.is_lost and self._is_memory and self._can_be_interrupted:
            self.is_lost = not lib.repoint_store_proceed(self.pointer)
        return not self.is_lost

    def close(self) -> None:
        pointer, self.pointer = self.pointer, ffi.NULL
        if pointer != ffi.NULL and os.getpid() == self.pid:
            lib.repoint_python_close(pointer)
            if self.given is not None:
                self.given.close()

    def __del__(self) -> None:
        if getattr(self, "pointer", None):
            self.close()


def connect(options: Options, timeout: float | None, open_store: Call) -> Connection:
    """A connection. While the main thread waits for a server it can be interrupted, though there is no handle yet."""
    in_main = threading.get_ident() == threading.main_thread().ident
    if not (options.waits_for_network and in_main):
        return Connection(options, timeout, open_store)
    results: list[Connection] = []
    failures: list[BaseException] = []

    def work() -> None:
        try:
            results.append(Connection(options, timeout, open_store))
        except BaseException as failure:  # noqa: BLE001 - it is raised below
            failures.append(failure)

    # Left behind by Ctrl-C, it ends when the database answers or never does, and its connection is closed.
    thread = threading.Thread(target=work, name="repoint connects", daemon=True)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return results[0]


def run(connect_again: Callable[[], Connection], give_back: Callable[[Connection], None], call: Call) -> None:
    """Does a call on a connection, and again on another when a signal ended it and nobody minds."""
    tries = 0
    while True:
        connection = connect_again()
        try:
            if connection.run(call, tries < _MOST_INTERRUPTIONS):
                return
        finally:
            give_back(connection)
        tries += 1


def pointers(ctype: str, values: Sequence[Any]) -> Any:
    """An array of pointers for C; the values must live as long."""
    return ffi.new(ctype, list(values))
