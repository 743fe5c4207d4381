"""repoint decides when the world sees a new version of your tables.

A state store (`Store`) remembers table versions (`Snapshot`), the time ranges that they have data for, and
environments (`Environment`): named sets of pointers to snapshots, which readers see as views. A change has two phases:

    with repoint.Store("postgresql:///analytics") as store:
        draft = store.environment("prod").new_plan(store.environment("dev").snapshots)
        promotion = store.promote(draft)    # records what prod should point to, after checking that nothing is lost
        ...                                 # change views, run checks, ask somebody
        store.finalize(draft)               # declares that it is so

`Store.plan()` and `Store.deploy()` do both, and change the views with them, in one transaction. The tables of the
store and their JSON are SQLMesh's: either program continues what the other wrote.
`repoint.sqlmesh` has the state sync with which SQLMesh itself runs on this library.
"""

from repoint.deploy import (
    ApprovalRule,
    Check,
    Deployment,
    DeploymentInfo,
    DeployOptions,
    Hook,
    Obstacle,
    Plan,
    PlannedModel,
    PlannedView,
)
from repoint.discovery import FoundStore, find_store
from repoint.errors import (
    AwaitingApprovalError,
    BusyError,
    CheckFailedError,
    ClosedError,
    ConflictError,
    Gap,
    GapsError,
    HeldError,
    InterruptedCallError,
    InvalidError,
    MissingSnapshotsError,
    MissingTablesError,
    NotAStoreError,
    NotFoundError,
    OutcomeUnknownError,
    RefusedError,
    RepointError,
    SchemaVersionError,
    SnapshotId,
    TimedOutError,
    UnreachableError,
)
from repoint.store import Store
from repoint.times import Interval, TimeLike
from repoint.values import (
    CleanupTask,
    Counts,
    Environment,
    EnvironmentRow,
    ExpiredSnapshots,
    IntervalRow,
    Promotion,
    RowBoundary,
    Snapshot,
    SnapshotRow,
    TableInfo,
    Versions,
    new_plan_id,
)

__all__ = [
    "ApprovalRule",
    "AwaitingApprovalError",
    "BusyError",
    "Check",
    "CheckFailedError",
    "CleanupTask",
    "ClosedError",
    "ConflictError",
    "Counts",
    "DeployOptions",
    "Deployment",
    "DeploymentInfo",
    "Environment",
    "EnvironmentRow",
    "ExpiredSnapshots",
    "FoundStore",
    "Gap",
    "GapsError",
    "HeldError",
    "Hook",
    "InterruptedCallError",
    "Interval",
    "IntervalRow",
    "InvalidError",
    "MissingSnapshotsError",
    "MissingTablesError",
    "NotAStoreError",
    "NotFoundError",
    "Obstacle",
    "OutcomeUnknownError",
    "Plan",
    "PlannedModel",
    "PlannedView",
    "Promotion",
    "RefusedError",
    "RepointError",
    "RowBoundary",
    "SchemaVersionError",
    "Snapshot",
    "SnapshotId",
    "SnapshotRow",
    "Store",
    "TableInfo",
    "TimeLike",
    "TimedOutError",
    "UnreachableError",
    "Versions",
    "find_store",
    "new_plan_id",
]
