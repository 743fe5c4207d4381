"""Plans and deployments: what a store can do to an environment and its views."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable

from repoint._calls import Connection, Texts, text_in
from repoint._connected import Connected
from repoint._inputs import checked_plan, path_text
from repoint._native import ffi, lib
from repoint.deploy import (
    DeployArguments,
    Deployment,
    DeploymentInfo,
    DeployOptions,
    Kept,
    Plan,
    PlanArguments,
    info_of,
    run_on,
)
from repoint.errors import ClosedError
from repoint.times import TimeLike
from repoint.values import Environment

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Deployments(Connected):
    """The part of `repoint.Store` about plans and deployments."""

    # -- plans and deployments --

    def plan(
        self,
        environment: str,
        *,
        from_environment: str | None = None,
        snapshots_path: str | os.PathLike[str] | None = None,
        record_path: str | os.PathLike[str] | None = None,
        latest: bool = False,
        set: Mapping[str, str] | None = None,
        drop: Iterable[str] = (),
        no_gaps: Iterable[str] | None = None,
        plan_id: str | None = None,
        expect_plan_id: str | None = None,
        start: TimeLike | None = None,
        end: TimeLike | None = None,
        ttl: str | None = None,
        suffix_target: str | None = None,
        allow_empty: Iterable[str] = (),
        allow_forward_only: Iterable[str] = (),
        drop_foreign_views: bool = False,
    ) -> Plan:
        """What a change of an environment would do, and what is in its way. Reads only, and refuses nothing.

        Exactly one source says what the environment should point to.

        Args:
            environment: Its name; it need not exist.
            from_environment: Source: what this one points to.
            snapshots_path: Source: a state file, or a JSON array of {"name", "identifier"}.
            record_path: Source: a whole environment object in JSON, taken as it is.
            latest: Source: of each model that the environment has, the newest snapshot.
            set: Source, with `drop`: identifiers by model's name, which replace or are added.
            drop: Names of models that go.
            no_gaps: The models that must not lose time ranges; None is every model, an empty set is none.
            plan_id: None: a new one.
            expect_plan_id: ConflictError unless the environment is at this plan ("none": must not exist).
            start, end: The range of the environment; None: as it is.
            ttl: The time to live of a new environment.
            suffix_target: Of a new environment: "schema", "table" or "catalog".
            allow_empty: Models whose table may be empty.
            allow_forward_only: Models whose forward-only change was applied by hand.
            drop_foreign_views: Drop views of others that cannot stay, instead of refusing.
        """
        keep = Kept()
        changes = [f"{name}={identifier}" for name, identifier in (set or {}).items()]
        dropped = keep.texts(drop, "drop")
        source = ffi.new(
            "repoint_plan_source *",
            {
                "from_environment": keep.text(from_environment, "an environment"),
                "snapshots_path": keep.text(path_text(snapshots_path), "a path"),
                "record_path": keep.text(path_text(record_path), "a path"),
                "latest": bool(latest),
                "set": keep.texts_or_null(changes or None, "set"),
                "drop": dropped.pointer if dropped.count else ffi.NULL,
            },
        )
        arguments = PlanArguments(
            no_gaps=no_gaps,
            plan_id=plan_id,
            expect_plan_id=expect_plan_id,
            start=start,
            end=end,
            ttl=ttl,
            suffix_target=suffix_target,
            allow_empty=allow_empty,
            allow_forward_only=allow_forward_only,
            drop_foreign_views=drop_foreign_views,
        )
        name = text_in(environment, "the environment's name")
        out = ffi.new("repoint_plan **")
        self._run(lambda store, error: lib.repoint_plan_create(store, name, source, arguments.pointer, out, error))
        return Plan(out[0])

    def load_plan(self, path: str | os.PathLike[str]) -> Plan:
        """A plan that `Plan.save()` or `repoint plan --out` has written, compared anew with what is there.

        ConflictError when the environment, or the data of what it is about to show, have changed since.
        """
        text = text_in(os.fspath(path), "a path")
        out = ffi.new("repoint_plan **")
        self._run(lambda store, error: lib.repoint_plan_load(store, text, out, error))
        return Plan(out[0])

    def plan_rollback(
        self,
        environment: str,
        *,
        revision: int = 0,
        keep: Iterable[str] | None = None,
        no_gaps: Iterable[str] | None = None,
        plan_id: str | None = None,
        allow_empty: Iterable[str] = (),
        allow_forward_only: Iterable[str] = (),
        drop_foreign_views: bool = False,
    ) -> Plan:
        """The plan that goes back to an earlier finalized revision; 0 is the one before the present one.

        `keep` are models that stay where they are. NotFoundError without such a revision; RefusedError for models
        whose table has been altered since.
        """
        arguments = PlanArguments(
            no_gaps=no_gaps,
            plan_id=plan_id,
            allow_empty=allow_empty,
            allow_forward_only=allow_forward_only,
            drop_foreign_views=drop_foreign_views,
        )
        name = text_in(environment, "the environment's name")
        kept = ffi.NULL if keep is None else Texts(keep, "keep")
        pointer = kept.pointer if isinstance(kept, Texts) else kept
        out = ffi.new("repoint_plan **")
        self._run(
            lambda store, error: lib.repoint_plan_rollback(
                store, name, int(revision), pointer, arguments.pointer, out, error
            )
        )
        return Plan(out[0])

    def deploy(self, plan: Plan, **options: Unpack[DeployOptions]) -> DeploymentInfo:
        """Changes the environment and its views, in one transaction where state and views are in one database.

        A deployment that fails after its draft was made stays open: see `resume()` and `open_deployment()`.

        Args:
            plan: What to do.
            until: How far to go: "finalized" (the default), or "draft", "candidate", "checked", and then it stays open.
            message: Why; it is kept in the history.
            lease_seconds: How long others wait for a holder that is gone; 60.
            wait_seconds: How long to wait for somebody else's lease; 0, the default: not at all.
            cutover_timeout: How long to try to get in between readers, in seconds; 30.
            candidate_readers: Roles that may read the candidate views.
            checks: What has to be true of the tables that readers are about to see.
            approvals: Who has to approve it.
            hooks: Programs that are told what happens.
            directory: Where commands run; None: the working directory.
            on_event: Called as hooks are.
            on_output: Called with each line that a check's or hook's command writes.

        Raises:
            GapsError, MissingSnapshotsError, MissingTablesError, RefusedError: The plan has gaps or obstacles.
            ConflictError: Somebody holds the environment (`holder`, `since`), another deployment is open, or the
                environment is not what was planned on.
            HeldError: It was rolled back, and nobody has released it.
            CheckFailedError, AwaitingApprovalError: See `Deployment.cutover()`.
        """
        pointer = checked_plan(plan)._pointer
        arguments = DeployArguments(**options)
        return self._deploy(
            arguments, lambda store, out, error: lib.repoint_deploy(store, pointer, arguments.pointer, out, error)
        )

    def resume(self, environment: str, **options: Unpack[DeployOptions]) -> DeploymentInfo:
        """Goes on with what is open on the environment, wherever it was left. Takes the options of `deploy()`.

        NotFoundError when nothing is open.
        """
        name = text_in(environment, "the environment's name")
        arguments = DeployArguments(**options)
        return self._deploy(
            arguments, lambda store, out, error: lib.repoint_resume(store, name, arguments.pointer, out, error)
        )

    def rollback(
        self,
        environment: str,
        *,
        revision: int = 0,
        keep: Iterable[str] | None = None,
        **options: Unpack[DeployOptions],
    ) -> DeploymentInfo:
        """Goes back to an earlier finalized revision, and holds the environment there until `release()`.

        `plan_rollback()` and `deploy()` in one: takes the options of `deploy()` too. Gaps are no obstacle.
        """
        plan = self.plan_rollback(environment, revision=revision, keep=keep, no_gaps=())
        return self.deploy(plan, **options)

    def begin_deployment(self, plan: Plan, **options: Unpack[DeployOptions]) -> Deployment:
        """Opens the deployment of a plan under a lease, or goes on with it if it is open. See `Deployment`.

        Takes the options of `deploy()`, and raises what it raises.
        """
        pointer = checked_plan(plan)._pointer
        arguments = DeployArguments(**options)
        return self._open_deployment(
            arguments,
            lambda store, out, error: lib.repoint_deployment_begin(store, pointer, arguments.pointer, out, error),
        )

    def open_deployment(self, environment: str, **options: Unpack[DeployOptions]) -> Deployment:
        """The deployment that is open on the environment. Takes the options of `deploy()`. Raises NotFoundError."""
        name = text_in(environment, "the environment's name")
        arguments = DeployArguments(**options)
        return self._open_deployment(
            arguments, lambda store, out, error: lib.repoint_deployment_open(store, name, arguments.pointer, out, error)
        )

    def _deploy(self, arguments: DeployArguments, start: Callable[[Any, Any, Any], int]) -> DeploymentInfo:
        out = ffi.new("repoint_deployment **")
        connection = self._take()
        try:
            run_on(connection, lambda store, error: start(store, out, error), arguments)
            return info_of(out[0])
        finally:
            lib.repoint_deployment_close(out[0])
            self._give_back(connection)

    def _open_deployment(self, arguments: DeployArguments, start: Callable[[Any, Any, Any], int]) -> Deployment:
        out = ffi.new("repoint_deployment **")
        connection = self._take()
        is_kept = self._memory is None
        try:
            run_on(connection, lambda store, error: start(store, out, error), arguments)
        except BaseException:
            lib.repoint_deployment_close(out[0])
            is_kept = False
            raise
        finally:
            if not is_kept:
                self._give_back(connection)
        deployment = Deployment(self, connection, out[0], arguments)
        self._deployments.add(deployment)
        return deployment

    @contextmanager
    def _using(self, connection: Connection) -> Iterator[Connection]:
        """A deployment's connection: its own, or the only one that this store has."""
        if self._memory is None:
            if os.getpid() != self._pid:
                raise ClosedError(f"the deployment was opened by process {self._pid}, not by this one")
            yield connection
            return
        only = self._take()
        try:
            if only is not connection:
                raise ClosedError("the connection of the deployment was lost", hint="open the deployment again")
            yield only
        finally:
            self._give_back(only)

    def _close_deployment(self, deployment: Deployment, connection: Connection, pointer: Any) -> None:
        self._deployments.discard(deployment)
        if os.getpid() != self._pid or connection.pointer == ffi.NULL:
            return  # somebody else's, or gone with its connection
        if self._memory is None:
            lib.repoint_deployment_close(pointer)
            self._give_back(connection)
        else:
            with self._using(connection):
                lib.repoint_deployment_close(pointer)

    def approve(self, environment: str, *, plan_id: str | None = None, message: str | None = None) -> dict[str, Any]:
        """Approves the deployment that is open on an environment, as whom the database takes this connection for.

        Gives environment, plan_id, digest, approver, author, is_new, needed and roles. ConflictError if another plan
        than `plan_id` is open; RefusedError to its author, and to who is not in a role that is asked for.
        """
        keep = Kept()
        name = text_in(environment, "the environment's name")
        plan, why = keep.text(plan_id, "a plan id"), keep.text(message, "the message")
        approval: dict[str, Any] = self._json(
            lambda store, out, error: lib.repoint_approve(store, name, plan, why, out, error)
        )
        return approval

    def release(self, environment: str) -> bool:
        """Lifts the hold that a rollback left. Was there one?"""
        name = text_in(environment, "the environment's name")
        out = ffi.new("bool *")
        self._run(lambda store, error: lib.repoint_release(store, name, out, error))
        return bool(out[0])

    def history(self, environment: str) -> dict[str, Any]:
        """What was done to an environment, oldest first: `revisions`, `steps`, `approvals`; see deploy.h."""
        name = text_in(environment, "the environment's name")
        history: dict[str, Any] = self._json(lambda store, out, error: lib.repoint_history(store, name, out, error))
        return history

    def revision(self, environment: str, number: int) -> Environment:
        """The record of a revision. Raises NotFoundError."""
        name = text_in(environment, "the environment's name")
        out = ffi.new("repoint_environment **")
        self._run(lambda store, error: lib.repoint_revision_get(store, name, int(number), out, error))
        return Environment.from_pointer(ffi.gc(out[0], lib.repoint_environment_free))

    def deployment_status(self, environment: str) -> dict[str, Any]:
        """Its open `deployment`, the `lease` on it and the `hold`, each None where there is none; see deploy.h."""
        name = text_in(environment, "the environment's name")
        status: dict[str, Any] = self._json(
            lambda store, out, error: lib.repoint_deployment_status(store, name, out, error)
        )
        return status

    def deployments(self) -> list[dict[str, Any]]:
        """These for all environments with an open deployment, a lease that is held, or a hold."""
        deployments: list[dict[str, Any]] = self._json(lib.repoint_deployments_list)
        return deployments

    def prepare_deployments(self) -> None:
        """Makes the tables that deployments need, so that who deploys needs no right to make tables."""
        self._run(lib.repoint_deployments_prepare)

    def verify(self, environment: str, *, repair: bool = False) -> dict[str, Any]:
        """Does each view show what the record says? Gives `views`, `obstacles` and `repaired`; see deploy.h.

        With `repair` views that are changed or missing are made what they should be. RefusedError: it is not
        finalized, or something is in the way.
        """
        name = text_in(environment, "the environment's name")
        verdict: dict[str, Any] = self._json(
            lambda store, out, error: lib.repoint_verify(store, name, bool(repair), out, error)
        )
        return verdict

    def janitor(
        self, *, environment: str | None = None, ignore_ttl: bool = False, retain: int = 0, limit: int = 0
    ) -> dict[str, Any]:
        """Removes expired environments and snapshots, then drops the tables and views that nothing needs any more.

        Args:
            environment: Only this one, if it has expired; None: everything.
            ignore_ttl: Also what nothing points to, but may still be kept.
            retain: How many revisions of each environment keep their tables; 0: 5.
            limit: How many tables and views to drop at most; 0: all.

        Gives `environments`, `snapshots`, `dropped`, `needed`, `failed`, `rows_before`, `rows_after`; see deploy.h.
        """
        keep = Kept()
        options = ffi.new(
            "repoint_janitor_options *",
            {
                "environment": keep.text(environment, "the environment's name"),
                "ignore_ttl": bool(ignore_ttl),
                "retain": int(retain),
                "limit": int(limit),
            },
        )
        report: dict[str, Any] = self._json(lambda store, out, error: lib.repoint_janitor(store, options, out, error))
        return report
