"""What can go wrong, as exceptions by kind.

Every error of the library is a `RepointError`. Unless it is an `OutcomeUnknownError`, nothing was written.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repoint.times import Interval


class RepointError(Exception):
    """Something that the library refused or could not do.

    Attributes:
        message: One sentence that says what happened.
        hint: What to do about it, or None.
        names: The names concerned: models, snapshots, environments; may be empty.
        detail: The facts as the library gives them (JSON object), may be empty.
        sqlstate: The database's code for its own error, or an empty string.
        code: The kind of error as one word, the same as in the command line's JSON, such as "gaps".
    """

    code = "failed"

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        names: Sequence[str] = (),
        detail: Mapping[str, Any] | None = None,
        sqlstate: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.names = tuple(names)
        self.detail: dict[str, Any] = dict(detail or {})
        self.sqlstate = sqlstate

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.message, self.hint, self.names, self.detail, self.sqlstate)


def _restore(
    kind: type[RepointError],
    message: str,
    hint: str | None,
    names: Sequence[str],
    detail: Mapping[str, Any],
    sqlstate: str,
) -> RepointError:
    return kind(message, hint=hint, names=names, detail=detail, sqlstate=sqlstate)


class InvalidError(RepointError, ValueError):
    """An argument, an expression, a configuration or an input file is wrong."""

    code = "invalid"


class NotAStoreError(RepointError):
    """The database holds no state store."""

    code = "not_a_store"


class SchemaVersionError(RepointError):
    """The state store has a schema version that this repoint does not know.

    `detail` has `schema_version`, `sqlmesh_version` and `sqlglot_version` as they are recorded.
    """

    code = "schema_version"


class Gap(NamedTuple):
    """The time ranges that one model would lose."""

    name: str
    """The model's full quoted name."""
    ranges: tuple[Interval, ...]
    """Half-open ranges, in order."""


class GapsError(RepointError):
    """Models would lose time ranges: the new version has no data for what the current one covers."""

    code = "gaps"

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The models with the ranges that each lacks."""
        return gaps_of(self.detail.get("gaps", ()))


def gaps_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Gap, ...]:
    """Gaps from the library's JSON."""
    return tuple(Gap(row["name"], tuple(_range(start, end) for start, end in row["ranges"])) for row in rows)


def _range(start: str, end: str) -> Interval:
    from repoint.times import Interval

    return Interval(*(datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (start, end)))


class SnapshotId(NamedTuple):
    """The identity of a snapshot: one version of a model."""

    name: str
    """The model's full quoted name."""
    identifier: str


class MissingSnapshotsError(RepointError):
    """An environment would name snapshots that the store does not have."""

    code = "missing_snapshots"

    @property
    def snapshots(self) -> tuple[SnapshotId, ...]:
        """The snapshots that are not stored."""
        return tuple(SnapshotId(one["name"], one["identifier"]) for one in self.detail.get("missing_snapshots", ()))


class MissingTablesError(RepointError):
    """The warehouse does not have the physical tables that views would read; `names` has them."""

    code = "missing_tables"


class RefusedError(RepointError):
    """Another rule forbids it."""

    code = "refused"


class ConflictError(RepointError):
    """Somebody else changed the environment meanwhile; nothing was written."""

    code = "conflict"

    @property
    def plan_id(self) -> str | None:
        """The plan that the environment is at now, where the library knows it."""
        return self.detail.get("plan_id")

    @property
    def holder(self) -> str | None:
        """Who holds the lease on the environment, where that is why: user and host."""
        lease = self.detail.get("lease") or {}
        author, host = lease.get("author"), lease.get("host")
        return f"{author} on {host}" if author and host else author or host

    @property
    def since(self) -> datetime | None:
        """Since when, where somebody holds a lease on it."""
        from repoint.times import from_ms

        since = (self.detail.get("lease") or {}).get("since_ts")
        return None if since is None else from_ms(since)


class BusyError(RepointError):
    """Somebody else holds a lock for longer than the store's busy time; nothing was written."""

    code = "busy"


class NotFoundError(RepointError, LookupError):
    """There is no such environment, snapshot or name."""

    code = "not_found"


class UnreachableError(RepointError, ConnectionError):
    """The database cannot be reached, or the connection was lost; nothing was written."""

    code = "unreachable"


class TimedOutError(RepointError, TimeoutError):
    """The time limit of the store passed; nothing was written."""

    code = "timeout"


class OutcomeUnknownError(RepointError):
    """The connection was lost during the commit: it may have happened, or not. Look before trying again."""

    code = "outcome_unknown"


class InterruptedCallError(RepointError):
    """`Store.interrupt()` ended the call before its commit; nothing was written."""

    code = "interrupted"


class HeldError(RepointError):
    """The environment was rolled back, and nobody has released it: see `Store.release()`."""

    code = "held"


class AwaitingApprovalError(RepointError):
    """A deployment waits for somebody to approve it; it stays open."""

    code = "awaiting_approval"

    @property
    def needed(self) -> int:
        """How many approvals it needs."""
        return int(self._approvals().get("needed", 0))

    @property
    def missing(self) -> int:
        """How many of them are missing."""
        return int(self._approvals().get("missing", 0))

    @property
    def given(self) -> tuple[str, ...]:
        """Who has approved it."""
        return tuple(self._approvals().get("given", ()))

    def _approvals(self) -> Mapping[str, Any]:
        approvals: Mapping[str, Any] = self.detail.get("approvals", {})
        return approvals


class CheckFailedError(RepointError):
    """A check of a deployment failed; it stays open, unless the environment was rolled back."""

    code = "check_failed"

    @property
    def checks(self) -> tuple[dict[str, Any], ...]:
        """What each check said: name, severity, outcome, rows, message, duration_ms."""
        return tuple(self.detail.get("checks", ()))

    @property
    def rolled_back(self) -> bool:
        """It failed after the cutover, and the environment is back where it was, on hold."""
        return bool(self.detail.get("rolled_back", False))


class ClosedError(RepointError, ValueError):
    """The store is closed, or belongs to another process."""

    code = "closed"


_KINDS: dict[str, type[RepointError]] = {
    kind.code: kind
    for kind in (
        RepointError,
        InvalidError,
        NotAStoreError,
        SchemaVersionError,
        GapsError,
        MissingSnapshotsError,
        MissingTablesError,
        RefusedError,
        ConflictError,
        BusyError,
        NotFoundError,
        UnreachableError,
        TimedOutError,
        OutcomeUnknownError,
        InterruptedCallError,
        HeldError,
        AwaitingApprovalError,
        CheckFailedError,
    )
}


def error_of(
    code: str, message: str, hint: str | None, names: Sequence[str], detail: str | None, sqlstate: str
) -> RepointError:
    """The exception for an error of the library."""
    kind = _KINDS.get(code, RepointError)
    return kind(message, hint=hint, names=names, detail=json.loads(detail) if detail else None, sqlstate=sqlstate)
