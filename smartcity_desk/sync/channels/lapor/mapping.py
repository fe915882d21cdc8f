"""One LAPOR! complaint to a report. Pure.

The tracking id is the request's id, the topic its service, *instansi tujuan* the office it names, and the last
*disposisi* its note (channels paper 6.2). *Rahasia* makes a report private; *anonim* hides the reporter, of whom this
channel never reads anything, and then the item as it came is kept without the fields that name a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from smartcity_desk.domain.report import Report, Status
from smartcity_desk.georeport.states import status_of
from smartcity_desk.sync.georeport import mapping
from smartcity_desk.sync.georeport.mapping import Dialect, Words

NAME: Final = "lapor"
PUBLIC_PAGE: Final = "https://www.lapor.go.id/pengaduan/{id}"
STATES: Final[dict[str, Status]] = {
    "belum ditindaklanjuti": Status.NEW,
    "disposisi": Status.ROUTED,
    "proses": Status.IN_PROGRESS,
    "selesai": Status.DONE,
    "arsip": Status.REJECTED,
}
"""Its own words to ours (channels paper 12); everything else is read as Open311 means it."""


def state_of(words: Words) -> tuple[Status, str]:
    """How a complaint stands. One that is still open, and was handed to an office, is with that office."""
    own = STATES.get(" ".join(words.status.lower().replace("_", " ").split()))
    status = own or status_of(words.status)
    if status is Status.NEW and words.notes.strip().lower().startswith("disposisi"):
        status = Status.ROUTED
    return status, words.joined(words.notes, words.agency)


PLAIN: Final = Dialect(NAME, PUBLIC_PAGE, state=state_of, guarded=True)
"""A server of which nothing else is known."""


def dialect(options: Mapping[str, str]) -> Dialect:
    """How this profile reads the server."""
    codes, own = mapping.categories_of(options.get("categories", ""))
    return Dialect(NAME, PUBLIC_PAGE, codes, own, state_of, guarded=True)


def to_report(item: Any) -> Report:
    """The report of one complaint, its options unknown. Raises `BadData` that names the field."""
    return mapping.to_report(item, PLAIN)
