"""The connections of a store: how a call gets one, and what becomes of it."""

from __future__ import annotations

import json
import os
import threading
import time
import weakref
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from repoint import _calls
from repoint._calls import Call, Connection, Options, Rows, take_text, text_out
from repoint._duckdb import File
from repoint._given import Given
from repoint._native import ffi, lib
from repoint._sqlite import Claim
from repoint.errors import ClosedError

if TYPE_CHECKING:
    from repoint.deploy import Deployment

Self = TypeVar("Self", bound="Connected")


def lib_open(arguments: Any, error: Any) -> int:
    target, options, ret_store = arguments
    if isinstance(target, Given):
        return int(lib.repoint_store_open_driver(target.table, target.handle, options, ret_store, error))
    return int(lib.repoint_store_open(target, options, ret_store, error))


class Connected:
    """What the calls of a store stand on."""

    _is_closed = True  # until it is open

    @property
    def url(self) -> str:
        return self._options.url.decode()

    @property
    def schema(self) -> str:
        return text_out(self._options.schema)

    # -- connections --

    def _connect(
        self, options: Options, open_store: Call, *, files: Sequence[File | Claim], is_one: bool, timeout: float | None
    ) -> None:
        """Opens it. `is_one`: there is one connection, and calls wait for one another."""
        self._options = options
        self._files = files
        self._pid = os.getpid()
        self._until = None if timeout is None else time.monotonic() + float(timeout)
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        self._in_use: set[Connection] = set()
        self._memory = threading.Lock() if options.is_memory or is_one else None
        self._memory_user: int | None = None
        self._deployments: weakref.WeakSet[Deployment] = weakref.WeakSet()
        try:
            self._idle.append(_calls.connect(options, self._time_left(), open_store))
        except BaseException:
            for file in files:
                file.close()
            raise
        self._is_closed = False

    def _time_left(self) -> float | None:
        # Zero would be "no limit".
        return None if self._until is None else max(self._until - time.monotonic(), 0.001)

    def _take(self) -> Connection:
        if os.getpid() != self._pid:
            raise ClosedError(
                f"the store was opened by process {self._pid}, not by this one", hint="open one in this process"
            )
        if self._memory is not None:
            self._wait_for_memory(self._memory)
        try:
            with self._lock:
                if self._is_closed:
                    raise ClosedError("the store is closed")
                if self._idle:
                    connection = self._idle.pop()
                    self._in_use.add(connection)
                    return connection
            if self._options.is_memory:
                raise ClosedError("the store was in memory, and an interrupt has ended it")
            connection = _calls.connect(self._options, self._time_left(), lib_open)
            with self._lock:
                self._in_use.add(connection)
            return connection
        except BaseException:
            self._leave_memory()
            raise

    def _wait_for_memory(self, memory: threading.Lock) -> None:
        if self._memory_user == threading.get_ident():
            raise ClosedError("a store of one connection cannot be used by what its own call calls back")
        memory.acquire()
        self._memory_user = threading.get_ident()

    def _leave_memory(self) -> None:
        if self._memory is not None and self._memory_user == threading.get_ident():
            self._memory_user = None
            self._memory.release()

    def _give_back(self, connection: Connection) -> None:
        with self._lock:
            self._in_use.discard(connection)
            is_kept = connection.keep() and not self._is_closed
            if is_kept:
                self._idle.append(connection)
        if not is_kept:
            connection.close()
        self._leave_memory()

    def _run(self, call: Call) -> None:
        _calls.run(self._take, self._give_back, call)

    def interrupt(self) -> None:
        """Ends every call that is going on in other threads, unless it is committing: each raises
        InterruptedCallError and has changed nothing. Later calls are not concerned."""
        with self._lock:
            if self._pid == os.getpid():
                for connection in self._in_use:
                    connection.interrupt()

    def close(self) -> None:
        """Closes the connections. A call that is going on in another thread is finished first. May be called
        again, and in a forked process, where it only forgets them. Open deployments give their leases back."""
        for deployment in list(self._deployments):
            deployment.close()
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
        for file in self._files:
            file.close()

    def recycle(self) -> None:
        """Closes the connections that no call is using; later calls open new ones. A store in memory keeps its own."""
        if self._options.is_memory:
            return
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        scheme = self.url.split(":", 1)[0]  # the rest may have a password
        return f"<Store {scheme} schema={self.schema}{' closed' if self._is_closed else ''}>"

    # -- helpers --

    def _rows(self, convert: Callable[[Any], Any], visit: Callable[[Any, Any, Any], int]) -> list[Any]:
        rows: Rows[Any] = Rows(convert)

        def call(store: Any, error: Any) -> int:
            context = rows.begin()
            return int(visit(store, context, error))

        self._run(call)
        return rows.end()

    def _json(self, call: Callable[[Any, Any, Any], int]) -> Any:
        out = ffi.new("char **")
        self._run(lambda store, error: call(store, out, error))
        return json.loads(take_text(out[0]))
