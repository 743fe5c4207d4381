"""Could these operations on one register have happened one after the other?

The register is an environment's plan id. `promote` is a compare-and-set: it expects one plan id (None: no environment)
and writes another; `read` gives the plan id. Each operation has the moments between which it took place. A history is
linearizable if the operations can be put in one order that agrees with those moments and in which each gives what it
gave. This is the search of Wing and Gong, which remembers where it has been (Lowe).
"""

from dataclasses import dataclass
from typing import Optional

DONE, CONFLICT, UNKNOWN = "done", "conflict", "unknown"


@dataclass(frozen=True)
class Operation:
    start: float
    end: float
    kind: str  # "promote" or "read"
    expected: Optional[str] = None  # by a promote
    value: Optional[str] = None  # what a promote writes; what a read gave
    outcome: str = DONE


def steps(operation, value):
    """The values that the register may have afterwards; none if the operation cannot happen now."""
    if operation.kind == "read":
        return [value] if operation.value == value else []
    if operation.outcome == DONE:
        return [operation.value] if operation.expected == value else []
    if operation.outcome == CONFLICT:
        return [value] if operation.expected != value else []
    return [operation.value, value] if operation.expected == value else [value]  # unknown: it happened, or not


def is_linearizable(history, value=None):
    """`value` is what the register has at first."""
    operations = tuple(sorted(history, key=lambda operation: operation.start))
    waiting = [(frozenset(range(len(operations))), value)]
    seen = set(waiting)
    while waiting:
        left, value = waiting.pop()
        if not left:
            return True
        first_end = min(operations[i].end for i in left)
        for i in left:
            if operations[i].start > first_end:
                continue  # something else was over before it began
            for after in steps(operations[i], value):
                state = (left - {i}, after)
                if state not in seen:
                    seen.add(state)
                    waiting.append(state)
    return False
