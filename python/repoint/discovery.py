"""Finding the state store of a project."""

from __future__ import annotations

import os
from typing import NamedTuple


class FoundStore(NamedTuple):
    """Where a project keeps its state."""

    url: str
    schema: str


def find_store(folder: str | os.PathLike[str] = ".") -> FoundStore:
    raise NotImplementedError
