"""State files as values that can be compared.

What is left out is said here and nowhere else: the time stamp of the export, and the order of the snapshots, which
SQLMesh leaves open.
"""

import json
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
SHOP = TESTS.parent / "examples/shop/state.json"
HISTORY = TESTS / "data/shop-history.json"


def identity(snapshot):
    return snapshot["name"], json.dumps(snapshot["fingerprint"], sort_keys=True)


def read(path):
    state = json.loads(Path(path).read_text(encoding="utf-8"))
    del state["metadata"]["timestamp"]
    state["snapshots"].sort(key=identity)
    return state


def write(path, state):
    """The other way round, for a test that has changed a state."""
    stamped = {**state, "metadata": {"timestamp": "2026-01-01 00:00:00+00:00", **state["metadata"]}}
    Path(path).write_text(json.dumps(stamped), encoding="utf-8")
    return path


def differences(expected, found, where="state"):
    """Each place at which two JSON values differ, as a line of text."""
    if isinstance(expected, dict) and isinstance(found, dict):
        lines = []
        for key in sorted({*expected, *found}):
            if key not in found:
                lines.append(f"{where}.{key}: missing, expected {expected[key]!r}")
            elif key not in expected:
                lines.append(f"{where}.{key}: {found[key]!r} is not expected")
            else:
                lines += differences(expected[key], found[key], f"{where}.{key}")
        return lines
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found))
        return [line for i, (a, b) in pairs for line in differences(a, b, f"{where}[{i}]")]
    if isinstance(expected, list) and isinstance(found, list):
        missing = [f"{where}: missing {item!r}" for item in expected if item not in found]
        return missing + [f"{where}: {item!r} is not expected" for item in found if item not in expected] or [
            f"{where}: {len(found)} items, expected {len(expected)}"
        ]
    # 1 and True and 1.0 are equal in Python, and three values in JSON.
    if json.dumps(expected, sort_keys=True) == json.dumps(found, sort_keys=True):
        return []
    return [f"{where}: {found!r}, expected {expected!r}"]


def assert_same(test, expected, found, what):
    lines = differences(expected, found)
    if lines:
        test.fail(f"{what}:\n" + "\n".join(line[:500] for line in lines[:20]))
