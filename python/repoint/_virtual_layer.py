"""SQLMesh's plans, with all views of an environment changed in one transaction.

SQLMesh applies a plan in stages: it promotes the record, alters and fills tables, replaces the views one by one, and
finalizes. Here the record is promoted ahead of its views, with what it replaces kept in the store, and views and
finalization are one transaction of repoint's, which unpauses the snapshots, too. Killed in between, a plan is an open
deployment: `repoint resume` changes the views, `repoint abandon` puts the record back, and another plan starts from it.

`on_virtual_update` statements run when all views have changed: they may read each other's.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

from sqlmesh.core.macros import RuntimeStage
from sqlmesh.core.plan import stages
from sqlmesh.core.plan.evaluator import BuiltInPlanEvaluator
from sqlmesh.core.snapshot.definition import to_view_mapping
from sqlmesh.core.state_sync import CachingStateSync, StateSync
from sqlmesh.core.state_sync.base import DelegatingStateSync
from sqlmesh.utils.date import now

if TYPE_CHECKING:
    from sqlmesh.core.plan.definition import EvaluatablePlan
    from sqlmesh.core.snapshot import SnapshotId

    from repoint.sqlmesh import RepointStateSync

logger = logging.getLogger("repoint.sqlmesh")

_said: set[str] = set()


def _say_once(why: str) -> None:
    if why not in _said:
        _said.add(why)
        logger.warning("Views are replaced one by one, as SQLMesh does it: %s.", why)


class AtomicPlanEvaluator(BuiltInPlanEvaluator):
    """SQLMesh's own, but for the stages that change record and views.

    Args:
        why_not: Why views cannot change in one transaction with the state; None: they can.
        timeout: How long to try to get in between readers, in seconds.
    """

    def __init__(self, *arguments: Any, why_not: str | None, timeout: float, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._why_not = why_not
        self._timeout = timeout
        self._is_ahead = False  # the record was promoted, and repoint is to change its views
        self._is_finalized = False
        self._unpause: stages.UnpauseStage | None = None

    def _is_atomic(self, plan: EvaluatablePlan) -> bool:
        why_not = self._why_not
        if plan.environment.gateway_managed:
            why_not = "models of other gateways have their views elsewhere"
        elif plan.environment.suffix_target.is_catalog:
            why_not = "the environment's views are in a catalog of its own"
        if why_not is not None:
            _say_once(why_not)
        return why_not is None

    def visit_environment_record_update_stage(
        self, stage: stages.EnvironmentRecordUpdateStage, plan: EvaluatablePlan
    ) -> None:
        self._is_ahead = self._is_atomic(plan)
        self._is_finalized, self._unpause = False, None
        if not self._is_ahead:
            super().visit_environment_record_update_stage(stage, plan)
            return
        self._own_state().promote_ahead(
            plan.environment,
            no_gaps_snapshot_names=stage.no_gaps_snapshot_names if plan.no_gaps else set(),
            environment_statements=plan.environment_statements,
        )

    def visit_unpause_stage(self, stage: stages.UnpauseStage, plan: EvaluatablePlan) -> None:
        if self._is_ahead:
            self._unpause = stage
        else:
            super().visit_unpause_stage(stage, plan)

    def visit_virtual_layer_update_stage(self, stage: stages.VirtualLayerUpdateStage, plan: EvaluatablePlan) -> None:
        if not self._is_ahead:
            super().visit_virtual_layer_update_stage(stage, plan)
            return
        self.console.start_promotion_progress(
            [*stage.promoted_snapshots, *stage.demoted_snapshots], plan.environment.naming_info, self.default_catalog
        )
        completed = False
        try:
            self._cut_over(plan)
            for snapshot in stage.promoted_snapshots:
                self._run_on_virtual_update(stage, plan, snapshot.snapshot_id)
                self.console.update_promotion_progress(snapshot, True)
            for snapshot in stage.demoted_snapshots:
                self.console.update_promotion_progress(snapshot, False)
            completed = True
        finally:
            self.console.stop_promotion_progress(success=completed)

    def visit_finalize_environment_stage(self, stage: stages.FinalizeEnvironmentStage, plan: EvaluatablePlan) -> None:
        if not self._is_ahead:
            super().visit_finalize_environment_stage(stage, plan)
        elif not self._is_finalized:  # there were no views to change
            self._cut_over(plan)

    def _own_state(self) -> RepointStateSync:
        """The state sync without SQLMesh's cache around it, which forgets what is about to change."""
        own: StateSync = self.state_sync
        while isinstance(own, DelegatingStateSync):
            if isinstance(own, CachingStateSync):
                own.snapshot_cache.clear()
            own = own.state_sync
        return cast("RepointStateSync", own)

    def _cut_over(self, plan: EvaluatablePlan) -> None:
        self._own_state().cut_over(plan.environment, self._timeout)
        self._is_finalized = True
        if self._unpause is not None:
            super().visit_unpause_stage(self._unpause, plan)  # they are, but SQLMesh has its own idea of since when

    def _run_on_virtual_update(
        self, stage: stages.VirtualLayerUpdateStage, plan: EvaluatablePlan, snapshot_id: SnapshotId
    ) -> None:
        """As SQLMesh does it when it has replaced the view."""
        snapshot = stage.all_snapshots[snapshot_id]
        if not snapshot.model.on_virtual_update:
            return
        adapter = self.snapshot_evaluator.adapter
        arguments: dict[str, Any] = {
            "start": plan.start,
            "end": plan.end,
            "execution_time": plan.execution_time or now(),
            "engine_adapter": adapter,
            "deployability_index": stage.deployability_index,
            "table_mapping": to_view_mapping(
                stage.all_snapshots.values(),
                plan.environment.naming_info,
                default_catalog=self.default_catalog,
                dialect=adapter.dialect,
            ),
            "runtime_stage": RuntimeStage.PROMOTING,
        }
        by_name = {one.name: one for one in stage.all_snapshots.values()}
        with adapter.transaction(), adapter.session(snapshot.model.render_session_properties(**arguments)):
            adapter.execute(snapshot.model.render_on_virtual_update(snapshots=by_name, **arguments))
