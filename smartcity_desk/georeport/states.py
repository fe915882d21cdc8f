"""The states of Open311 and its updates, and what they are here (channels paper 12). A time goes out as the strictest
server takes it: UTC, `Z`, whole seconds."""

from __future__ import annotations

from typing import Final

from smartcity_desk.domain.report import Status
from smartcity_desk.domain.times import SECOND, to_datetime

UNCHANGED: Final = "unchanged"
"""An update that says something and leaves the state as it is."""

STATES: Final[dict[str, Status]] = {
    "open": Status.NEW,
    "for_triage": Status.NEW,
    "internal_referral": Status.ROUTED,
    "investigating": Status.ROUTED,
    "in_progress": Status.IN_PROGRESS,
    "action_scheduled": Status.IN_PROGRESS,
    "planned": Status.IN_PROGRESS,
    "reopen": Status.IN_PROGRESS,
    "fixed": Status.AWAITING_VERIFICATION,  # said to be done, and not yet closed
    "closed": Status.DONE,
    "not_councils_responsibility": Status.REJECTED,
    "no_further_action": Status.REJECTED,
    "duplicate": Status.REJECTED,
    "cancelled": Status.REJECTED,
}
"""Their word in small letters to ours. A word that is not here is a new report whose `state_raw` says it."""

_WORDS: Final[dict[Status, str]] = {
    Status.NEW: "OPEN",
    Status.ROUTED: "INVESTIGATING",
    Status.IN_PROGRESS: "IN_PROGRESS",
    Status.AWAITING_VERIFICATION: "IN_PROGRESS",  # nobody has seen yet that it is done
    Status.DONE: "CLOSED",  # a person has seen that it is done
    Status.REJECTED: "NO_FURTHER_ACTION",
    Status.ENDED: "CLOSED",
}


def status_of(word: str) -> Status:
    """What a state is here; blanks and hyphens count as underscores."""
    return STATES.get(word.strip().lower().replace(" ", "_").replace("-", "_"), Status.NEW)


def word_of(status: Status) -> str:
    """The word for a status in an update that goes out. Capitals: the adapter's schema takes no others."""
    return _WORDS[status]


def instant(at: int) -> str:
    """`2026-11-22T02:15:00Z` for ms UTC, rounded down."""
    return to_datetime(at - at % SECOND).isoformat(timespec="seconds").replace("+00:00", "Z")
