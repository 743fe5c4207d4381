"""The SQL that docs/security.md gives its readers."""

import re
from pathlib import Path

SECURITY = Path(__file__).resolve().parents[2] / "docs/security.md"


def blocks(language):
    """The blocks that begin with ```sql LANGUAGE, in their order."""
    return re.findall(rf"(?ms)^```sql {language}\n(.*?)^```$", SECURITY.read_text(encoding="utf-8"))
