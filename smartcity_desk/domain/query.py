"""Filters as values: what a view shows, independent of how it is fetched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from smartcity_desk.domain.policy import DueBand
from smartcity_desk.domain.report import OPEN_STATUSES, ReportKind, Status


class Order(StrEnum):
    """Sorts that an index answers; no other is offered."""

    NEWEST = "newest"
    OLDEST = "oldest"
    DUE = "due"


class Presence(StrEnum):
    """Whether a value must be there."""

    ANY = "any"
    WITH = "with"
    WITHOUT = "without"


@dataclass(frozen=True, slots=True)
class Filter:
    """All conditions hold together; an empty set means no condition. Instants in ms UTC, half-open.

    `office` matches the holder; `area` matches a place by code prefix (`31.74` = Jakarta Selatan). `claimed_by` means a
    live lease. `text` is words for full-text search, all of them, each as a prefix when it ends in `*`. `due` bands are
    relative to the moment of the query. `doubtful` asks for a place that a machine found and nobody has decided;
    `joined=False` leaves out the reports that follow another one of their incident; `alike` asks for reports that
    probably tell of the same thing as another one, as long as nobody has joined or refused it; `unread` for those with
    a citizen's reply that nobody has read at this desk.
    """

    kinds: frozenset[ReportKind] = frozenset()
    statuses: frozenset[Status] = frozenset()
    channels: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    office: str | None = None
    area: str | None = None
    place: Presence = Presence.ANY
    due: frozenset[DueBand] = frozenset()
    claimed_by: str | None = None
    returned: bool | None = None
    pending: bool | None = None
    doubtful: bool | None = None
    joined: bool | None = None
    alike: bool | None = None
    unread: bool | None = None
    since: int | None = None
    before: int | None = None
    text: str = ""
    order: Order = Order.NEWEST


@dataclass(frozen=True, slots=True)
class View:
    """A filter with a name. Built-in ones are named by the interface's catalogue (`view.<key>`)."""

    key: str
    filter: Filter
    name: str = ""
    builtin: bool = False


_COMPLAINT = frozenset({ReportKind.COMPLAINT})
ME = "@me"
"""Stands for the logged-in user in a saved view, so that a view can be shared."""


def for_user(view: Filter, user: str) -> Filter:
    """The filter with `ME` replaced by a user's name."""
    return replace(view, claimed_by=user) if view.claimed_by == ME else view


BUILTIN_VIEWS: tuple[View, ...] = (
    View("new", Filter(kinds=_COMPLAINT, joined=False, statuses=frozenset({Status.NEW})), builtin=True),
    View("mine", Filter(kinds=_COMPLAINT, claimed_by=ME), builtin=True),
    View(
        "soon",
        Filter(
            kinds=_COMPLAINT,
            statuses=OPEN_STATUSES,
            due=frozenset({DueBand.SOON}),
            order=Order.DUE,
        ),
        builtin=True,
    ),
    View(
        "overdue",
        Filter(
            kinds=_COMPLAINT,
            statuses=OPEN_STATUSES,
            due=frozenset({DueBand.OVERDUE}),
            order=Order.DUE,
        ),
        builtin=True,
    ),
    View(
        "verify",
        Filter(kinds=_COMPLAINT, joined=False, statuses=frozenset({Status.AWAITING_VERIFICATION})),
        builtin=True,
    ),
    View(
        "returned",
        Filter(kinds=_COMPLAINT, joined=False, statuses=OPEN_STATUSES, returned=True),
        builtin=True,
    ),
    View(
        "no_place",
        Filter(kinds=_COMPLAINT, joined=False, statuses=OPEN_STATUSES, place=Presence.WITHOUT),
        builtin=True,
    ),
    View(
        "doubtful",
        Filter(kinds=_COMPLAINT, joined=False, statuses=OPEN_STATUSES, doubtful=True),
        builtin=True,
    ),
    View("alike", Filter(kinds=_COMPLAINT, joined=False, statuses=OPEN_STATUSES, alike=True), builtin=True),
    View("replied", Filter(kinds=_COMPLAINT, unread=True), builtin=True),
    View(
        "paused",
        Filter(kinds=_COMPLAINT, joined=False, statuses=OPEN_STATUSES, due=frozenset({DueBand.PAUSED})),
        builtin=True,
    ),
    View("open", Filter(kinds=_COMPLAINT, joined=False, statuses=OPEN_STATUSES), builtin=True),
    View(
        "traffic",
        Filter(kinds=frozenset({ReportKind.CONTEXT}), statuses=frozenset({Status.NEW})),
        builtin=True,
    ),
    View("all", Filter(), builtin=True),
)
"""The views that every desk has, in the order of the side bar. `all` is everything there is, context included."""
