"""Environments: what a store has, promotion and finalization."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from repoint._calls import Texts, take_text, text_in, text_in_or_null
from repoint._connected import Connected
from repoint._inputs import checked_environment, ms_or_zero, statements_text
from repoint._native import ffi, lib
from repoint.values import Environment, EnvironmentRow, Promotion, environment_row, promotion_of


class Environments(Connected):
    """The part of `repoint.Store` about environments."""

    # -- environments --

    def environment(self, name: str) -> Environment:
        """The environment of this name. Raises NotFoundError."""
        text = text_in(name, "the environment's name")
        out = ffi.new("repoint_environment **")
        self._run(lambda store, error: lib.repoint_environment_get(store, text, out, error))
        return Environment.from_pointer(ffi.gc(out[0], lib.repoint_environment_free))

    def environments(self) -> Iterator[EnvironmentRow]:
        """All environments, by name, expired ones included.

        They are read at one moment, in one short transaction, before the first is given: pages would be of several
        moments, and a transaction as long as your loop would keep writers waiting, or the server from cleaning up.
        """
        rows = self._rows(
            environment_row,
            lambda store, context, error: lib.repoint_environments_list(
                store, lib.repoint_python_environment_row, context, error
            ),
        )
        return iter(rows)

    def expired_environments(self, name: str | None = None, *, at: datetime | None = None) -> Iterator[EnvironmentRow]:
        """The environments, or the one of this name, that have expired at a moment; None: now."""
        text, at_ms = text_in_or_null(name, "the environment's name"), ms_or_zero(at)
        rows = self._rows(
            environment_row,
            lambda store, context, error: lib.repoint_environments_expired(
                store, text, at_ms, lib.repoint_python_environment_row, context, error
            ),
        )
        return iter(rows)

    def delete_expired_environments(
        self, name: str | None = None, *, at: datetime | None = None
    ) -> Iterator[EnvironmentRow]:
        """Deletes them, with their statements, and gives those that it has deleted. Their views are the caller's."""
        text, at_ms = text_in_or_null(name, "the environment's name"), ms_or_zero(at)
        rows = self._rows(
            environment_row,
            lambda store, context, error: lib.repoint_environments_delete_expired(
                store, text, at_ms, lib.repoint_python_environment_row, context, error
            ),
        )
        return iter(rows)

    def invalidate(self, name: str, *, protect_prod: bool = True) -> bool:
        """Lets an environment expire now. Is there one? RefusedError for "prod" unless `protect_prod` is false."""
        text = text_in(name, "the environment's name")
        found = ffi.new("bool *")
        self._run(
            lambda store, error: lib.repoint_environment_invalidate(store, text, bool(protect_prod), found, error)
        )
        return bool(found[0])

    def statements(self, name: str) -> list[dict[str, Any]]:
        """The statements of an environment (SQLMesh's objects); [] when it has none."""
        text = text_in(name, "the environment's name")
        out = ffi.new("char **")
        self._run(lambda store, error: lib.repoint_environment_statements(store, text, out, error))
        statements: list[dict[str, Any]] = json.loads(take_text(out[0]))
        return statements

    # -- promote and finalize --

    def promote(
        self,
        environment: Environment,
        *,
        no_gaps: Iterable[str] | None = None,
        exact_names: bool = False,
        statements: Sequence[Mapping[str, Any]] | None = None,
        ahead: bool = False,
    ) -> Promotion:
        """Phase 1 of a change: writes what the environment should point to, as a draft. Views are not touched.

        Args:
            environment: The record to write; see `Environment.new_plan()`.
            no_gaps: The models that must not lose time ranges: full names, or unambiguous ends of them such as
                "orders". None is every model, an empty set is none.
            exact_names: Only full names count, and unknown ones are ignored, as SQLMesh does.
            statements: Replaces the environment's statements; None leaves them.
            ahead: The views will follow, in one transaction with the finalization: `open_deployment()` and `cutover()`,
                or `resume()`. What it replaces is kept, for `Deployment.abandon()`.

        Raises:
            MissingSnapshotsError: It names snapshots that are not stored.
            ConflictError: The stored environment is not at the plan that this one follows; or, `ahead`, somebody
                deploys it.
            HeldError: `ahead`, and it was rolled back, and nobody has released it.
            RefusedError: `ahead`, and state and views cannot change in one transaction.
            GapsError: Models would lose time ranges.
            NotFoundError: `no_gaps` names a model that neither the new nor the stored environment has.
        """
        pointer = checked_environment(environment)._pointer
        names = Texts(() if no_gaps is None else no_gaps, "no_gaps")
        check = lib.REPOINT_GAPS_ALL if no_gaps is None else lib.REPOINT_GAPS_NAMED
        statements_json = ffi.NULL if statements is None else ffi.new("char[]", statements_text(statements))
        options = ffi.new(
            "repoint_promote_options *",
            {
                "gap_check": check if no_gaps is None or names.count else lib.REPOINT_GAPS_NONE,
                "gap_names": names.pointer,
                "gap_names_exact": bool(exact_names),
                "statements_json": statements_json,
            },
        )
        out = ffi.new("repoint_promotion **")
        promote = lib.repoint_promote_ahead if ahead else lib.repoint_promote
        self._run(lambda store, error: promote(store, pointer, options, out, error))
        return promotion_of(environment, out[0])

    def finalize(self, environment: Environment) -> Environment:
        """Phase 2 of a change: declares that the environment is what it should be. Gives it, finalized.

        Raises:
            ConflictError: It is at another plan by now.
            NotFoundError: It is gone.
        """
        # C notes the time in the value it gets; nobody else has this one.
        pointer = checked_environment(environment)._pointer
        finalized = ffi.gc(lib.repoint_environment_copy(pointer), lib.repoint_environment_free)
        self._run(lambda store, error: lib.repoint_finalize(store, finalized, error))
        return Environment.from_pointer(finalized)
