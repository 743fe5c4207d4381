"""Deployments: changing an environment together with the views that its readers see."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, TypedDict

from repoint._calls import Call, Connection, Texts, take_text, text_in, text_out
from repoint._native import ffi, lib
from repoint.errors import ClosedError, Gap, InterruptedCallError, InvalidError, RepointError, SnapshotId, gaps_of
from repoint.times import TimeLike, from_ms, to_text
from repoint.values import Environment

if TYPE_CHECKING:
    from repoint._deployments import Deployments

_UNTIL: dict[str, int] = {
    "finalized": lib.REPOINT_UNTIL_FINALIZED,
    "draft": lib.REPOINT_UNTIL_DRAFT,
    "candidate": lib.REPOINT_UNTIL_CANDIDATE,
    "checked": lib.REPOINT_UNTIL_CHECKED,
}

_CHECK_KINDS: dict[str, int] = {
    "sql": lib.REPOINT_CHECK_SQL,
    "rows": lib.REPOINT_CHECK_ROWS,
    "freshness": lib.REPOINT_CHECK_FRESHNESS,
    "command": lib.REPOINT_CHECK_COMMAND,
}


# ---- plans ----


class PlannedModel(NamedTuple):
    """What a plan does to one model."""

    name: str
    change: str
    """"added", "changed", "metadata" (the same table), "removed" or "unchanged"."""
    kind: str | None
    old: SnapshotId | None
    new: SnapshotId | None


class PlannedView(NamedTuple):
    """What a plan does to one view."""

    view: str
    model: str | None
    """None: somebody else's view, which stands on one of these."""
    action: str
    """"create", "replace", "drop" or "remake"."""
    table: str | None
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]
    columns_retyped: tuple[str, ...]
    columns_reordered: bool
    rebuilt: bool
    """Dropped and made again, with what was set on it."""
    owner: str | None


class Obstacle(NamedTuple):
    """What a deployment would be refused for."""

    code: str
    """As `RepointError.code`."""
    name: str
    message: str


def _views(rows: Iterable[Mapping[str, Any]]) -> tuple[PlannedView, ...]:
    return tuple(
        PlannedView(
            view=row["view"],
            model=row["model"],
            action=row["action"],
            table=row["table"],
            columns_added=tuple(row["columns_added"]),
            columns_removed=tuple(row["columns_removed"]),
            columns_retyped=tuple(row["columns_retyped"]),
            columns_reordered=bool(row["columns_reordered"]),
            rebuilt=bool(row["rebuilt"]),
            owner=row["owner"],
        )
        for row in rows
    )


def _side(name: str, side: Mapping[str, Any] | None) -> SnapshotId | None:
    return None if side is None else SnapshotId(name, side["identifier"])


class Plan:
    """A change of an environment, and what was found when it was compared with what is there. It never changes.

    `Store.plan()`, `Store.load_plan()` and `Store.plan_rollback()` make one.
    """

    def __init__(self, pointer: Any) -> None:
        """For the package's own use."""
        self._pointer = ffi.gc(pointer, lib.repoint_plan_free)
        self._facts: dict[str, Any] = json.loads(take_text(lib.repoint_plan_to_json(self._pointer)))

    @property
    def environment(self) -> str:
        """The environment's name."""
        return str(self._facts["environment"])

    @property
    def plan_id(self) -> str:
        return str(self._facts["plan_id"])

    @property
    def previous_plan_id(self) -> str | None:
        return None if self._facts["previous_plan_id"] is None else str(self._facts["previous_plan_id"])

    @property
    def is_new(self) -> bool:
        """The environment does not exist yet, or has expired."""
        return bool(self._facts["is_new"])

    @property
    def record(self) -> Environment:
        """What would be promoted."""
        copy = lib.repoint_environment_copy(lib.repoint_plan_environment(self._pointer))
        return Environment.from_pointer(ffi.gc(copy, lib.repoint_environment_free))

    @property
    def models(self) -> tuple[PlannedModel, ...]:
        """All models of the environment as it is and as it would be."""
        return tuple(
            PlannedModel(
                row["name"],
                row["change"],
                row["kind"],
                _side(row["name"], row["from"]),
                _side(row["name"], row["to"]),
            )
            for row in self._facts["models"]
        )

    @property
    def changes(self) -> tuple[PlannedModel, ...]:
        """The models that do not stay as they are."""
        return tuple(model for model in self.models if model.change != "unchanged")

    @property
    def has_changes(self) -> bool:
        return bool(lib.repoint_plan_has_changes(self._pointer))

    @property
    def views(self) -> tuple[PlannedView, ...]:
        """The views that do not stay as they are."""
        return _views(self._facts["views"])

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The time ranges that models would lose."""
        return gaps_of(self._facts["gaps"])

    @property
    def obstacles(self) -> tuple[Obstacle, ...]:
        return tuple(Obstacle(row["code"], row["name"], row["message"]) for row in self._facts["obstacles"])

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(self._facts["warnings"])

    def to_json(self) -> str:
        """What was decided, as a document that `Store.load_plan()` reads from a file."""
        return take_text(lib.repoint_plan_save(self._pointer))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes `to_json()` to a file."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.to_json())

    def __repr__(self) -> str:
        return f"<Plan {self.plan_id} of {self.environment}, {len(self.changes)} changes>"


class PlanArguments:
    """The options of a plan for C; they live as long as this object."""

    def __init__(
        self,
        *,
        no_gaps: Iterable[str] | None,
        plan_id: str | None,
        expect_plan_id: str | None = None,
        start: TimeLike | None = None,
        end: TimeLike | None = None,
        ttl: str | None = None,
        suffix_target: str | None = None,
        allow_empty: Iterable[str] = (),
        allow_forward_only: Iterable[str] = (),
        drop_foreign_views: bool = False,
    ) -> None:
        keep = Kept()
        names = keep.texts(() if no_gaps is None else no_gaps, "no_gaps")
        all_or_named = lib.REPOINT_GAPS_ALL if no_gaps is None else lib.REPOINT_GAPS_NAMED
        self._keep = keep
        self.pointer = ffi.new(
            "repoint_plan_options *",
            {
                "gap_check": all_or_named if no_gaps is None or names.count else lib.REPOINT_GAPS_NONE,
                "gap_names": names.pointer,
                "plan_id": keep.text(plan_id, "a plan id"),
                "expect_plan_id": keep.text(expect_plan_id, "a plan id"),
                "start": keep.text(None if start is None else to_text(start), "a time"),
                "end": keep.text(None if end is None else to_text(end), "a time"),
                "ttl": keep.text(ttl, "the time to live"),
                "suffix_target": keep.text(suffix_target, "the suffix target"),
                "allow_empty": keep.texts(allow_empty, "allow_empty").pointer,
                "allow_forward_only": keep.texts(allow_forward_only, "allow_forward_only").pointer,
                "drop_foreign_views": bool(drop_foreign_views),
            },
        )


class Kept:
    """What structures for C point to: it lives as long as this object."""

    def __init__(self) -> None:
        self._values: list[Any] = []

    def text(self, value: str | None, what: str) -> Any:
        if value is None:
            return ffi.NULL
        self._values.append(ffi.new("char[]", text_in(value, what)))
        return self._values[-1]

    def texts(self, values: Iterable[str], what: str) -> Texts:
        texts = Texts(values, what)
        self._values.append(texts)
        return texts

    def texts_or_null(self, values: Iterable[str] | None, what: str) -> Any:
        return ffi.NULL if values is None else self.texts(values, what).pointer

    def array(self, ctype: str, values: Sequence[Any]) -> Any:
        self._values.append(ffi.new(ctype, list(values)))
        return self._values[-1]


# ---- what a deployment has to pass, and who is told ----


class Check(NamedTuple):
    """A condition on the tables that readers are about to see."""

    name: str
    kind: str = "sql"
    """"sql" (a query that must return no rows), "rows", "freshness" or "command" (must end with exit status 0)."""
    sql: str | None = None
    """`{shop.orders}` stands for the view of that model."""
    command: Sequence[str] | None = None
    model: str | None = None
    """Of "rows" and "freshness"."""
    min_rows: int = 0
    max_rows: int = 0
    """0: no bound."""
    max_change_percent: float | None = None
    """How far the number of rows may be from that of the view that readers see now."""
    column: str | None = None
    """Of "freshness": a time, whose newest value counts."""
    within_seconds: float = 0.0
    not_older: bool = False
    """Not older than what readers see now."""
    timeout_seconds: float = 0.0
    """0: 300."""
    is_warning: bool = False
    after_cutover: bool = False
    rolls_back: bool = False
    environments: Sequence[str] | None = None
    """None: all."""


class ApprovalRule(NamedTuple):
    """How many others than its author have to approve a deployment of an environment."""

    environment: str
    needed: int
    roles: Sequence[str] | None = None
    """Of the database; None: anybody."""


class Hook(NamedTuple):
    """A program that is told, as JSON on its standard input, what happens to a deployment."""

    events: Sequence[str]
    """Of "promoted", "checked", "approved", "finalized", "failed", "rolled_back"."""
    command: Sequence[str]
    required: bool = False
    """Its failure stops the deployment, on the first three events."""
    timeout_seconds: float = 0.0
    """0: 60."""
    environments: Sequence[str] | None = None


EventHandler = Callable[[str, dict[str, Any]], object]
"""Called with an event's name and what hooks get. What it raises stops the deployment, on the first three events."""

OutputHandler = Callable[[str, str], object]
"""Called with the name of a check, or a hook's event, and a line that its command has written."""


class DeployOptions(TypedDict, total=False):
    """The keywords of `Store.deploy()`, which says what they mean, and of whatever else begins or goes on with one."""

    until: str
    message: str | None
    lease_seconds: float
    wait_seconds: float
    cutover_timeout: float
    candidate_readers: Iterable[str] | None
    checks: Iterable[Check]
    approvals: Iterable[ApprovalRule]
    hooks: Iterable[Hook]
    directory: str | os.PathLike[str] | None
    on_event: EventHandler | None
    on_output: OutputHandler | None


class DeployArguments:
    """The options of a deployment for C, which copies nothing of them; and what its callbacks need."""

    def __init__(
        self,
        *,
        until: str = "finalized",
        message: str | None = None,
        lease_seconds: float = 60.0,
        wait_seconds: float = 0.0,
        cutover_timeout: float = 30.0,
        candidate_readers: Iterable[str] | None = None,
        checks: Iterable[Check] = (),
        approvals: Iterable[ApprovalRule] = (),
        hooks: Iterable[Hook] = (),
        directory: str | os.PathLike[str] | None = None,
        on_event: EventHandler | None = None,
        on_output: OutputHandler | None = None,
    ) -> None:
        if until not in _UNTIL:
            raise InvalidError(f"a deployment goes until {', '.join(_UNTIL)}, not {until!r}")
        self.on_event = on_event
        self.on_output = on_output
        self.failure: BaseException | None = None
        self._keep = keep = Kept()
        self._handle = ffi.new_handle(self)
        c_checks = [self._check(check) for check in checks]
        c_approvals = [
            {
                "environment": keep.text(rule.environment, "an environment"),
                "count": int(rule.needed),
                "roles": keep.texts_or_null(rule.roles, "roles"),
            }
            for rule in approvals
        ]
        c_hooks = [
            {
                "events": keep.texts(hook.events, "events").pointer,
                "command": keep.texts(hook.command, "a command").pointer,
                "required": bool(hook.required),
                "timeout_seconds": float(hook.timeout_seconds),
                "environments": keep.texts_or_null(hook.environments, "environments"),
            }
            for hook in hooks
        ]
        self.pointer = ffi.new(
            "repoint_deploy_options *",
            {
                "until": _UNTIL[until],
                "message": keep.text(message, "the message"),
                "lease_seconds": float(lease_seconds),
                "wait_seconds": float(wait_seconds),
                "cutover_timeout_seconds": float(cutover_timeout),
                "candidate_readers": keep.texts_or_null(candidate_readers, "candidate_readers"),
                "checks": keep.array("repoint_check[]", c_checks),
                "check_count": len(c_checks),
                "approvals": keep.array("repoint_approval_rule[]", c_approvals),
                "approval_count": len(c_approvals),
                "hooks": keep.array("repoint_hook[]", c_hooks),
                "hook_count": len(c_hooks),
                "directory": keep.text(None if directory is None else os.fspath(directory), "a folder"),
                "event": ffi.NULL if on_event is None else lib.repoint_python_event,
                "output": ffi.NULL if on_output is None else lib.repoint_python_output,
                "context": self._handle,
            },
        )

    def _check(self, check: Check) -> dict[str, Any]:
        keep = self._keep
        if check.kind not in _CHECK_KINDS:
            raise InvalidError(f"checks are of kind {', '.join(_CHECK_KINDS)}, not {check.kind!r}")
        return {
            "name": keep.text(check.name, "a check's name"),
            "kind": _CHECK_KINDS[check.kind],
            "sql": keep.text(check.sql, "a check's SQL"),
            "command": keep.texts_or_null(check.command, "a command"),
            "model": keep.text(check.model, "a model"),
            "min_rows": int(check.min_rows),
            "max_rows": int(check.max_rows),
            "limits_change": check.max_change_percent is not None,
            "max_change_percent": float(check.max_change_percent or 0.0),
            "column": keep.text(check.column, "a column"),
            "within_seconds": float(check.within_seconds),
            "not_older": bool(check.not_older),
            "timeout_seconds": float(check.timeout_seconds),
            "is_warning": bool(check.is_warning),
            "after_cutover": bool(check.after_cutover),
            "rolls_back": bool(check.rolls_back),
            "environments": keep.texts_or_null(check.environments, "environments"),
        }

    def failed(self, failure: BaseException) -> None:
        if self.failure is None:
            self.failure = failure

    def take_failure(self) -> BaseException | None:
        failure, self.failure = self.failure, None
        return failure


def _failed(_kind: Any, failure: BaseException, traceback: Any) -> None:
    ffi.from_handle(traceback.tb_frame.f_locals["context"]).failed(failure)


@ffi.def_extern(error=lib.REPOINT_FAILED, onerror=_failed)  # type: ignore[untyped-decorator]
def repoint_python_event(context: Any, event: Any, text: Any) -> int:
    arguments: DeployArguments = ffi.from_handle(context)
    assert arguments.on_event is not None
    arguments.on_event(text_out(event), json.loads(text_out(text)))
    return int(lib.REPOINT_OK)


@ffi.def_extern(onerror=_failed)  # type: ignore[untyped-decorator]
def repoint_python_output(context: Any, name: Any, line: Any) -> None:
    arguments: DeployArguments = ffi.from_handle(context)
    assert arguments.on_output is not None
    arguments.on_output(text_out(name), text_out(line))


# ---- deployments ----


class DeploymentInfo(NamedTuple):
    """What is known of a deployment."""

    environment: str
    plan_id: str | None
    previous_plan_id: str | None
    state: str | None
    """"draft", "candidate", "checked", "switching", "promoted" or "finalized"; None after it was abandoned."""
    digest: str | None
    """Of the plan's text: what approvals are for."""
    added: tuple[SnapshotId, ...]
    removed: tuple[SnapshotId, ...]
    views: tuple[PlannedView, ...]
    checks: tuple[dict[str, Any], ...]
    """Those that ran: name, severity ("error", "warn"), outcome ("passed", "failed", "timeout", "error"), rows,
    message, duration_ms."""
    finalized_at: datetime | None
    warnings: tuple[str, ...]


def info_of(pointer: Any) -> DeploymentInfo:
    facts = json.loads(take_text(lib.repoint_deployment_to_json(pointer)))
    return DeploymentInfo(
        environment=facts["environment"],
        plan_id=facts["plan_id"],
        previous_plan_id=facts["previous_plan_id"],
        state=facts["state"],
        digest=facts["digest"],
        added=tuple(SnapshotId(row["name"], row["identifier"]) for row in facts["added"]),
        removed=tuple(SnapshotId(row["name"], row["identifier"]) for row in facts["removed"]),
        views=_views(facts["views"]),
        checks=tuple(facts["checks"]),
        finalized_at=None if facts["finalized_ts"] is None else from_ms(facts["finalized_ts"]),
        warnings=tuple(facts["warnings"]),
    )


class Deployment:
    """An open deployment, and the lease on its environment.

        with store.begin_deployment(plan) as deployment:
            deployment.candidate()
            ...                         # look at shop__prod__next.orders
            deployment.cutover()

    Leaving the block gives the lease back. What is not finished stays open, and waits for `Store.open_deployment()`,
    `Store.resume()`, or the command `repoint resume`. Each step may be repeated. One thread uses it at a time; others
    wait. `Store.begin_deployment()` and `Store.open_deployment()` make one.
    """

    def __init__(self, store: Deployments, connection: Connection, pointer: Any, arguments: DeployArguments) -> None:
        """For the package's own use."""
        self._store = store
        self._connection = connection
        self._pointer = pointer
        self._arguments = arguments
        self._lock = threading.RLock()

    def _run(self, function: Any) -> None:
        with self._lock:
            if self._pointer == ffi.NULL:
                raise ClosedError("the deployment is closed")
            with self._store._using(self._connection) as connection:
                run_on(connection, lambda _store, error: function(self._pointer, error), self._arguments)

    def candidate(self) -> None:
        """Makes views beside those of the environment that show what these would: `shop__prod__next.orders`."""
        self._run(lib.repoint_deployment_candidate)

    def check(self) -> None:
        """Runs the checks against the candidate views. CheckFailedError: `checks` has what each of them said."""
        self._run(lib.repoint_deployment_check)

    def cutover(self) -> None:
        """Looks again at everything that may have moved, changes the environment and its views, and finalizes: in
        one transaction where state and views are in one database that can do it.

        Raises:
            AwaitingApprovalError: Somebody has to approve it.
            BusyError: Readers left no gap until the time was over; nothing was changed.
            CheckFailedError: A check. If `rolled_back`, one after the cutover, and the environment is what it was.
            ConflictError: The environment has moved, or the lease is lost; nothing was changed.
            OutcomeUnknownError: `Store.resume()` finds out.
        """
        self._run(lib.repoint_deployment_cutover)

    def abandon(self) -> None:
        """Puts draft and candidate away. RefusedError when the views have changed already."""
        self._run(lib.repoint_deployment_abandon)

    @property
    def state(self) -> str | None:
        """ "draft", "candidate", "checked", "switching", "promoted" or "finalized"; None after it was abandoned."""
        return self.info().state

    def info(self) -> DeploymentInfo:
        """What is known of it."""
        with self._lock:
            if self._pointer == ffi.NULL:
                raise ClosedError("the deployment is closed")
            return info_of(self._pointer)

    def close(self) -> None:
        """Gives the lease back. May be called again."""
        with self._lock:
            pointer, self._pointer = self._pointer, ffi.NULL
            if pointer != ffi.NULL:
                self._store._close_deployment(self, self._connection, pointer)

    def __enter__(self) -> Deployment:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_pointer", None):
            self.close()

    def __repr__(self) -> str:
        return "<Deployment closed>" if self._pointer == ffi.NULL else f"<Deployment {self.state}>"


def run_on(connection: Connection, call: Call, arguments: DeployArguments) -> None:
    """Does it on this very connection; what the caller's own handlers have raised is raised."""
    try:
        done = connection.run(call, True)
    except RepointError as error:
        failure = arguments.take_failure()
        if failure is not None:
            raise failure from error
        raise
    failure = arguments.take_failure()
    if failure is not None:
        raise failure
    if not done:
        raise InterruptedCallError("a signal ended the call", hint="the deployment is open: resume it")
