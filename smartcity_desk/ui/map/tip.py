"""What stands beside the pointer when it rests on a report: the row's own words, nothing that the table hides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smartcity_desk.ui.formats import one_line
from smartcity_desk.ui.triage import words

if TYPE_CHECKING:
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.store.rows import RowData

TEXT_SHOWN: Final = 140


def report_tip(row: RowData, directory: Directory, now: int) -> str:
    """Three short lines of plain text."""
    found = words.words(row, directory, now)
    return "\n".join(
        (
            f"{found.shape} {found.state} · {found.category}",
            one_line(found.text, TEXT_SHOWN),
            f"{found.channel} {one_line(row.external_id, 40)} · {found.place} · {found.age}",
        )
    )
