"""Which events stay inside of the unit. One list for the log that offices read, their pages, and every dossier."""

from __future__ import annotations

from typing import Final

from smartcity_desk.domain.events import EventKind

UNIT_ONLY: Final = frozenset(
    {
        EventKind.NOTE_ADDED,
        EventKind.CLAIM_TAKEN,
        EventKind.CLAIM_RELEASED,
        EventKind.COURSE_CHOSEN,
        EventKind.COURSE_REFUSED,
        EventKind.PERSONAL_DATA_REVEALED,
    }
)
"""What stays inside the unit: an office sees of these only what its own people did."""
NO_EVIDENCE: Final = UNIT_ONLY | {EventKind.REVIEW_RECORDED}
"""What no dossier tells: the official sees exactly the evidence that the Governor sees (domain paper 3.2, rule 5)."""
