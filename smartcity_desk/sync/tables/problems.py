"""What a file of reports can be refused for: `BadData("table", "table_…")`, with words in the catalogue `errors`."""

from __future__ import annotations

from typing import Final

from smartcity_desk.domain.errors import BadData

TABLE: Final = "table"
"""Where `BadData` says it comes from."""
KEYS: Final = frozenset({"missing", "too_large", "not_xlsx", "hostile", "empty", "no_columns"})


def bad(key: str, **params: str | float) -> BadData:
    """The refusal for one of `KEYS`."""
    return BadData(TABLE, f"table_{key}", **params)
