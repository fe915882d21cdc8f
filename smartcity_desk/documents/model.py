"""What goes on paper: frozen values that a caller fills from the store. Nothing here formats, reads or computes.

Everything that is printed says where it comes from: a number is a `Figure`, an instant a `Moment`, a foreign text a
`Quote`, and each names the events that made it, or a source that is no event (`policy:2026-default`,
`directory:EDITION`). A number without an origin cannot be built. The reporter has no field: no name, no telephone, no
NIK; foreign texts are masked once more when they are laid out.

Units: instants are whole ms UTC, lengths whole ms, shares tenths of a percent (618 = 61,8 %), rates hundredths.
Texts come in the paper's own language; codes of closed vocabularies get their words from the catalogues.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from smartcity_desk.domain.charts import Position
from smartcity_desk.domain.custody import Stay
from smartcity_desk.domain.events import ExclusionCode, PauseCode
from smartcity_desk.domain.fairness import TAIL
from smartcity_desk.domain.items import Outcome
from smartcity_desk.domain.marking import Marking
from smartcity_desk.domain.marks import MarkStep, Standing
from smartcity_desk.domain.office import OfficeLevel

Content = bytes | Path | Callable[[], bytes]
"""The bytes of a file: themselves, where they lie, or how to get them (called from a worker's thread). Read when
the paper is made, a few at a time."""


# ---------------------------------------------------------------- what is printed, and where it comes from


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that is printed. `events` are the ids that produced it; `source` names what is no event.

    Raises `ValueError` without either: a number that nobody can open does not go on paper.
    """

    value: int
    events: tuple[str, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        _with_origin(self.events, self.source)


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant that is printed (ms UTC), with its origin. Raises `ValueError` without one."""

    at: int
    events: tuple[str, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        _with_origin(self.events, self.source)


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody's own words, and the event they stand in. Masked and cleaned when printed. Empty needs no origin."""

    text: str
    events: tuple[str, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        if self.text:
            _with_origin(self.events, self.source)


def _with_origin(events: tuple[str, ...], source: str) -> None:
    if not source and not any(events):
        raise ValueError("a printed value names its events or its source")


# ---------------------------------------------------------------- both papers


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The head of an official letter: lines above the unit's name, the name, lines below. `logo`: PNG, JPEG or SVG."""

    name: str
    above: tuple[str, ...] = ()
    address: tuple[str, ...] = ()
    logo: bytes | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """One block to be signed: what for (*Mengetahui*), the post, the name, place and date, the NIP if there is one."""

    title: str
    name: str
    lead: str = ""
    place: str = ""
    at: int | None = None
    number: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a paper is made from: the data as of an instant, the rules, and the directory, each named or hashed.

    `policies` are the versions in force in the windows, oldest first; `rules_sha256` is the hash of their text.
    `snapshot_sha256` is the hash of the data. The same origin and model give the same bytes.
    """

    data_at: int
    policies: tuple[str, ...]
    rules_sha256: str
    snapshot_sha256: str
    directory: str = ""


@dataclass(frozen=True, slots=True)
class Holder:
    """A person in an office, and since when (ms UTC). `acting` is a Plt; `until` is None while it lasts."""

    name: str
    since: int
    until: int | None = None
    acting: bool = False


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """One office in one window, half-open (ms UTC). Shares in tenths of a percent; None where n says too little."""

    since: int
    until: int
    n: Figure
    on_time: Figure
    silent: Figure
    slow: Figure
    empty: Figure
    excluded: Figure
    target: Figure
    share: Figure | None = None
    lower: Figure | None = None
    upper: Figure | None = None


@dataclass(frozen=True, slots=True)
class Method:
    """The numbers of the marking rule, as one policy version says them. Shares in tenths of a percent."""

    window_days: Figure
    windows: Figure
    least_n: Figure
    target: Figure
    confidence: Figure
    prior_weight: Figure
    prior_share: Figure

    @classmethod
    def of(cls, marking: Marking, version: str) -> Method:
        """The method of a policy version."""
        source = f"policy:{version}"
        tail, whole = TAIL
        return cls(
            window_days=Figure(marking.window_days, source=source),
            windows=Figure(marking.windows, source=source),
            least_n=Figure(marking.least_n, source=source),
            target=Figure(marking.target_percent * 10, source=source),
            confidence=Figure(1000 - 1000 * tail // whole, source="rule:marking"),
            prior_weight=Figure(marking.prior_weight, source=source),
            prior_share=Figure(1000 * marking.prior_on_time // marking.prior_weight, source=source),
        )


@dataclass(frozen=True, slots=True)
class Annex:
    """An annex in words: a title and paragraphs."""

    title: str
    paragraphs: tuple[Quote, ...]


# ---------------------------------------------------------------- the list


@dataclass(frozen=True, slots=True)
class ObjectionMark:
    """Where one objection against a row stands, and the event that says it."""

    standing: Standing
    event: str


@dataclass(frozen=True, slots=True)
class ListRow:
    """One office of the list. `code` is the short code that opens its dossier; `manifest` that dossier's manifest hash.

    `windows` are as many as the list's, oldest first. `superior` is the office above. `events` are those of the mark.
    """

    code: str
    office: str
    office_name: str
    superior: str
    holder: Holder | None
    windows: tuple[WindowFigures, ...]
    state: MarkStep
    objections: tuple[ObjectionMark, ...] = ()
    manifest: str = ""
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SilentReport:
    """One report without an answer, of an office with too few for a share. No score stands beside it.

    `answered` is a late answer, if one came after all.
    """

    office: str
    office_name: str
    number: str
    category: str
    place: str
    delivered: Moment
    due: Moment
    answered: Moment | None = None


@dataclass(frozen=True, slots=True)
class Superseded:
    """An earlier list that this one replaces, and why."""

    number: str
    printed_at: int
    reason: Quote


@dataclass(frozen=True, slots=True)
class Overview:
    """The city in a line: offices watched, with enough data, with too little, and held back by an open objection."""

    offices: Figure
    enough: Figure
    not_enough: Figure
    held_back: Figure


@dataclass(frozen=True, slots=True)
class EscalationList:
    """The numbered list for the Governor. `printed_at` belongs to the number: a reprint carries it unchanged."""

    number: str
    printed_at: int
    origin: Origin
    letterhead: Letterhead
    method: Method
    windows: tuple[tuple[int, int], ...]
    rows: tuple[ListRow, ...]
    signatures: tuple[Signature, ...]
    addressee: str = ""
    overview: Overview | None = None
    silent: tuple[SilentReport, ...] = ()
    supersedes: tuple[Superseded, ...] = ()
    notes: tuple[Quote, ...] = ()
    annexes: tuple[Annex, ...] = ()
    language: str = "id"


# ---------------------------------------------------------------- the dossier


class PhotoKind(StrEnum):
    """What a picture shows."""

    BEFORE = "before"
    AFTER = "after"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture. `sha256` is the hash of its original; one without `content` is named and not shown."""

    sha256: str
    kind: PhotoKind
    event: str
    caption: str = ""
    content: Content | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of the dossier that is not printed in it. With `content` it goes into the folder byte for byte.

    Where it is not at hand, `media_type` is empty and `size` 0.
    """

    sha256: str
    name: str
    media_type: str
    size: int
    event: str
    content: Content | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which a holder's clock stood still. `code` is one of E5-E9; `until` is None while it lasts."""

    code: PauseCode
    since: int
    until: int | None
    reason: Quote
    event: str


@dataclass(frozen=True, slots=True)
class Custody:
    """One stretch of the custody bar (ms UTC; `until` None while it lasts). `own` marks the dossier's office."""

    holder: str
    stay: Stay
    own: bool
    since: int
    until: int | None
    opened_by: str
    closed_by: str | None = None
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A line of an item's timeline: what happened, by whom of the city's staff, and the words that went with it.

    Without an `event` it is what the report's own channel said later, and `text` are its words.
    """

    at: int
    event: str
    what: str
    by: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An item that does not count: the code, who set it, why, and the event that says it.

    Without `who` it follows from the events themselves, and `reason` is then a code of the domain (`return_accepted`).
    """

    code: ExclusionCode
    who: str
    reason: str
    at: int
    event: str


@dataclass(frozen=True, slots=True)
class DossierItem:
    """One item of the office: what it counts as, its clock, its life and its evidence.

    `charged` and `allowance` are lengths in ms. `window` is the index of the window it falls in.
    """

    segment: str
    number: str
    channel: str
    category: str
    place: str
    outcome: Outcome
    empty: bool
    window: int
    due: Moment
    allowance: Figure
    charged: Figure
    delivered: Moment | None = None
    answered: Moment | None = None
    contested: bool = False
    exclusion: Exclusion | None = None
    custody: tuple[Custody, ...] = ()
    timeline: tuple[Step, ...] = ()
    photos: tuple[Photo, ...] = ()


class Duty(StrEnum):
    """What the unit itself owed."""

    ROUTING = "routing"
    VERIFICATION = "verification"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class OwnDelay:
    """A time that the unit itself missed on one of these reports. `late` is a length in ms."""

    number: str
    duty: Duty
    due: Moment
    done: Moment | None
    late: Figure


@dataclass(frozen=True, slots=True)
class DossierObjection:
    """A *sanggahan* in full. `segments` are numbers of reports; `attachments` hashes of its evidence."""

    filed: Moment
    by: str
    letter: str
    text: Quote
    code: ExclusionCode | None
    segments: tuple[str, ...]
    standing: Standing
    decided: Moment | None = None
    decided_by: str = ""
    answer: Quote = field(default_factory=lambda: Quote(""))
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """Between which shares an office with n items lies by chance, 2 and 3 sigma. For drawing; 0 to 1."""

    n: int
    low_3: float
    low_2: float
    high_2: float
    high_3: float


@dataclass(frozen=True, slots=True)
class Funnel:
    """The office among all others in the newest window. `others` are (n, share 0 to 1), nameless, for drawing."""

    position: Position
    centre: Figure
    low_2: Figure | None = None
    low_3: Figure | None = None
    curve: tuple[Limit, ...] = ()
    others: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Capacity:
    """What an office has to cope with. `per_thousand` in hundredths of a report per 1,000 people."""

    population: Figure | None = None
    per_thousand: Figure | None = None
    crew: Figure | None = None
    holders: tuple[Holder, ...] = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """*Berkas bukti*: one office in its windows, with everything that counts for and against it.

    It carries no time of printing: the same snapshot is the same paper.
    """

    code: str
    office: str
    office_name: str
    level: OfficeLevel
    superior: str
    origin: Origin
    letterhead: Letterhead
    method: Method
    windows: tuple[WindowFigures, ...]
    items: tuple[DossierItem, ...]
    state: MarkStep
    funnel: Funnel | None = None
    own_delays: tuple[OwnDelay, ...] = ()
    objections: tuple[DossierObjection, ...] = ()
    capacity: Capacity = field(default_factory=Capacity)
    attachments: tuple[Attachment, ...] = ()
    notes: tuple[Quote, ...] = ()
    language: str = "id"
