"""A report: what a channel said, once, and never edited here."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from operator import attrgetter
from typing import Final

from smartcity_desk.domain.location import Location


class ReportKind(StrEnum):
    """A complaint asks an office for work. Context (Waze traffic) informs, and never enters an official's clock."""

    COMPLAINT = "complaint"
    CONTEXT = "context"


class Status(StrEnum):
    """Where a report stands for everybody (channels paper 12; JAKI statuses beside them)."""

    NEW = "new"  # baru / Menunggu
    ROUTED = "routed"  # diteruskan / Koordinasi, Disposisi
    IN_PROGRESS = "in_progress"  # dikerjakan / Proses
    AWAITING_VERIFICATION = "awaiting_verification"  # menunggu verifikasi
    DONE = "done"  # selesai
    REJECTED = "rejected"  # ditolak
    ENDED = "ended"  # context only: no longer in the feed's snapshot


OPEN_STATUSES = frozenset({Status.NEW, Status.ROUTED, Status.IN_PROGRESS, Status.AWAITING_VERIFICATION})
CLOSED_STATUSES = frozenset({Status.DONE, Status.REJECTED, Status.ENDED})


class PlaceQuality(StrEnum):
    """What the channel's position is worth before anybody looked at it."""

    EXACT = "exact"  # a point from the reporter's device
    COARSE = "coarse"  # the middle of a named place or box
    NONE = "none"  # no position, or 0,0
    OUTSIDE = "outside"  # a position far from the city; kept


@dataclass(frozen=True, slots=True)
class Report:
    """One report as a channel's mapping read it. Texts are masked (`domain.privacy`); `raw` is the item itself.

    `reported_at`/`changed_at` in ms UTC. `lat`/`lon` in degrees (EPSG:4326), both or neither. `accuracy_m` in metres,
    None when the channel does not say. `category` is one of ours or None; `category_raw`/`state_raw` are the channel's
    own words. `author` is a keyed pseudonym, never a name. `unmasked` holds title and text as they came, only where
    masking changed them; it lives apart from everything that lists, searches, prints or exports.
    `raw` is the original JSON text of the item. `location` is the kelurahan that a desk found when the report came in,
    with the edition of the boundaries; None when nobody looked. `path` is the road that traffic context lies along, as
    (latitude, longitude) in degrees; empty for what is a point.
    `withdrawn_at` says since when (ms UTC) it is known that the source no longer has the item, `expired_at` when its
    time of keeping was over: either is a tombstone, without content and without its point.
    """

    id: str
    channel: str
    external_id: str
    kind: ReportKind
    reported_at: int
    text: str
    title: str = ""
    changed_at: int | None = None
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    place_quality: PlaceQuality = PlaceQuality.NONE
    place_hint: str = ""
    category: str | None = None
    category_raw: str = ""
    source_status: Status = Status.NEW
    state_raw: str = ""
    author: str | None = None
    link: str | None = None
    media: tuple[str, ...] = ()
    private: bool = False
    unmasked: str | None = None
    raw: str = ""
    location: Location | None = None
    path: tuple[tuple[float, float], ...] = ()
    withdrawn_at: int | None = None
    expired_at: int | None = None

    @property
    def erased(self) -> bool:
        """Whether this is a tombstone."""
        return self.withdrawn_at is not None or self.expired_at is not None


_FIELDS: Final = tuple(item.name for item in fields(Report))
_WHERE: Final = _FIELDS.index("location")
_values: Final = attrgetter(*_FIELDS)


def located(report: Report, location: Location) -> Report:
    """The report with the place that was found for it: `replace` in a third of the time, for every report there is."""
    values = list(_values(report))
    values[_WHERE] = location
    return Report(*values)


def withdrawn(report: Report, at: int) -> Report:
    """The tombstone of a report that its source no longer has."""
    return replace(_emptied(report), withdrawn_at=at)


def expired(report: Report, at: int) -> Report:
    """The tombstone of a report whose time of keeping is over."""
    return replace(_emptied(report), expired_at=at)


def _emptied(report: Report) -> Report:
    """Without what a person said, who it was and the point; what counts and clocks are made of stays."""
    return replace(
        report,
        title="",
        text="",
        lat=None,
        lon=None,
        accuracy_m=None,
        place_hint="",
        author=None,
        link=None,
        media=(),
        unmasked=None,
        raw="",
        path=(),
    )


def withheld(report: Report) -> Report:
    """What may leave the unit of a channel whose terms allow no export: number, times, kind and state."""
    return _emptied(report)


def veiled(report: Report) -> Report:
    """What may be shown of a private report (*rahasia*) without a logged reason: neither words, pictures nor point.

    Any other report comes back as it is.
    """
    return _emptied(report) if report.private else report
