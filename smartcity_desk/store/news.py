"""Which replies nobody has read at this desk. Each desk has its own list: who read something elsewhere has not told it.

The first page of a start asks for it, so this module loads neither the codec nor what writes reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from smartcity_desk.store.engine import Raw, chunks, marks

UNREAD: Final = (
    "SELECT DISTINCT n.pk AS pk FROM reply p INDEXED BY ix_reply_unread CROSS JOIN report n ON n.id = p.report_id "
    "WHERE p.unread = 1"
)
"""The reports (pk) with a reply that nobody has read: few at any moment."""
IS_UNREAD: Final = (
    "EXISTS (SELECT 1 FROM reply p INDEXED BY ix_reply_unread WHERE p.unread = 1 AND p.report_id = r.id)"
)
"""Whether the report `r` is one of them."""


def mark_read(raw: Raw, report_id: str, seen: Sequence[str]) -> int:
    """Somebody has looked at these replies (ids) about a report. Returns how many were unread."""
    done = 0
    for part in chunks(list(seen)):
        done += raw.execute(
            "UPDATE reply SET unread = 0 WHERE pk IN (SELECT p.pk FROM reply p INDEXED BY ix_reply_unread "
            f"WHERE p.unread = 1 AND p.report_id = ? AND p.id IN ({marks(len(part))}))",
            (report_id, *part),
        ).rowcount
    return done
