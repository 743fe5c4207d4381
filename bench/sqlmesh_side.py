"""One operation by SQLMesh, timed inside; run by bench/side_by_side, with what it is to do as JSON. When the time is up it is
ended by the signal that says so."""

import json
import signal
import sys
import tempfile
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

from sqlmesh.core.config import connection as connections  # noqa: E402
from sqlmesh.core.console import NoopConsole  # noqa: E402
from sqlmesh.core.environment import Environment  # noqa: E402
from sqlmesh.core.snapshot import SnapshotIntervals  # noqa: E402
from sqlmesh.core.state_sync import EngineAdapterStateSync  # noqa: E402
from sqlmesh.core.state_sync.common import ExpiredBatchRange  # noqa: E402
from sqlmesh.core.state_sync.export_import import export_state, import_state  # noqa: E402

DAY = 86400000


def connect(request, side):
    settings, schema = request["sides"][side]
    adapter = getattr(connections, request["config"])(**settings).create_engine_adapter()
    cache = Path(tempfile.mkdtemp(prefix="cache-", dir=request["work"]))
    return EngineAdapterStateSync(adapter, schema=schema, console=NoopConsole(), cache_dir=cache)


def operation(request, state_sync):
    """What is timed, everything that it is given at hand."""
    label, work = request["label"], Path(request["work"])
    if label == "push":
        source = connect(request, 1)
        snapshots = list(source.get_snapshots(source.get_environment("dev").snapshots).values())
        source.close()
        return lambda: state_sync.push_snapshots(snapshots)
    if label.startswith("promote"):
        plan = Environment.model_validate(json.loads((work / "plan.json").read_text()))
        return lambda: state_sync.promote(plan, None if label == "promote" else set())
    if label == "get environment":
        return lambda: state_sync.get_environment("prod").snapshots
    if label == "add intervals":
        day = 1900000000000 // DAY * DAY
        added = [SnapshotIntervals(name=table.name, identifier=table.identifier, version=table.version,
                                   dev_version=table.dev_version, intervals=[(day, day + DAY)])
                 for table in state_sync.get_environment("prod").snapshots]
        return lambda: state_sync.add_snapshots_intervals(added)
    if label == "export":
        return lambda: export_state(state_sync, work / "by-sqlmesh.json", environment_names=["prod"])
    if label == "import":
        return lambda: import_state(state_sync, work / "prod.json")
    batch = ExpiredBatchRange.all_batch_range()
    return lambda: state_sync.delete_expired_snapshots(batch, ignore_ttl=True)


def main():
    request = json.loads(sys.argv[1])
    state_sync = connect(request, 0)
    state_sync.get_versions()
    run = operation(request, state_sync)
    signal.setitimer(signal.ITIMER_REAL, request["limit"])
    began = time.perf_counter()
    run()
    print(time.perf_counter() - began)


main()
