"""Every kind of event, its payload, and who may cause it. An event is what somebody did; it is never edited."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from smartcity_desk.domain.actor import Actor as Actor  # noqa: PLC0414 - part of an event's vocabulary
from smartcity_desk.domain.actor import Role as Role  # noqa: PLC0414 - part of an event's vocabulary
from smartcity_desk.domain.report import Status


class EventKind(StrEnum):
    """The closed list. The text before the dot names what it is about."""

    CATEGORY_SET = "category.set"
    PLACE_SET = "place.set"
    NOTE_ADDED = "note.added"
    ATTACHMENT_ADDED = "attachment.added"
    ROUTING_SENT = "routing.sent"
    ROUTING_RETURNED = "routing.returned"
    ROUTING_RETURN_ACCEPTED = "routing.return_accepted"
    ROUTING_RETURN_REFUSED = "routing.return_refused"
    REPORT_DELIVERED = "report.delivered"
    REPORT_SEEN = "report.seen"
    REPORT_ACKNOWLEDGED = "report.acknowledged"
    REPORT_RESPONDED = "report.responded"
    REPORT_REJECTED = "report.rejected"
    REPORT_REOPENED = "report.reopened"
    CLOCK_PAUSED = "clock.paused"
    CLOCK_RESUMED = "clock.resumed"
    COMPLETION_CLAIMED = "completion.claimed"
    COMPLETION_ACCEPTED = "completion.accepted"
    COMPLETION_REFUSED = "completion.refused"
    CLAIM_TAKEN = "claim.taken"
    CLAIM_RELEASED = "claim.released"
    # Their rules come with the clocks and the marks; the vocabulary is fixed now so that logs stay readable.
    INCIDENT_JOINED = "incident.joined"
    INCIDENT_SEPARATED = "incident.separated"
    EXCLUSION_SET = "exclusion.set"
    EXCLUSION_LIFTED = "exclusion.lifted"
    MARK_RAISED = "mark.raised"
    MARK_NOTIFIED = "mark.notified"
    MARK_PROPOSED = "mark.proposed"
    MARK_DECIDED = "mark.decided"
    MARK_WITHDRAWN = "mark.withdrawn"
    OBJECTION_FILED = "objection.filed"
    OBJECTION_EXTENDED = "objection.extended"
    OBJECTION_DECIDED = "objection.decided"
    CALAMITY_DECLARED = "calamity.declared"
    CALAMITY_ENDED = "calamity.ended"
    PERSONAL_DATA_REVEALED = "personal_data.revealed"


class RejectCode(StrEnum):
    """Why a report asks nobody for work (domain paper F2, F4)."""

    SPAM = "spam"
    OUTSIDE_CITY = "outside_city"
    NOT_A_COMPLAINT = "not_a_complaint"
    TOO_VAGUE = "too_vague"
    DUPLICATE = "duplicate"
    EMERGENCY_ELSEWHERE = "emergency_elsewhere"


class PauseCode(StrEnum):
    """Why time stands still for a holder. The values are the exclusion codes of domain paper 3.1."""

    WAITING_REPORTER = "E5"
    WAITING_THIRD_PARTY = "E6"
    CALAMITY = "E7"
    OUTAGE = "E8"
    LONG_WORK = "E9"


class ExclusionCode(StrEnum):
    """Why an item does not count against an office (domain paper 3.1)."""

    MISROUTED = "E1"
    OUT_OF_JURISDICTION = "E2"
    DUPLICATE = "E3"
    INVALID = "E4"
    WAITING_REPORTER = "E5"
    WAITING_THIRD_PARTY = "E6"
    CALAMITY = "E7"
    OUTAGE = "E8"
    LONG_WORK = "E9"
    NEW_HOLDER = "E10"
    AMBIGUOUS_PLACE = "E11"


@dataclass(frozen=True, slots=True)
class CategorySet:
    """The category becomes `category`. `base` is the value the actor saw."""

    category: str
    base: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceSet:
    """The report lies in `place`, a kelurahan code. `base` is what the actor saw; `lat`/`lon` if a point moved."""

    place: str
    base: str | None = None
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class NoteAdded:
    """A note inside the unit."""

    text: str


@dataclass(frozen=True, slots=True)
class AttachmentAdded:
    """A file by its content hash (SHA-256, hex). Bytes travel apart."""

    sha256: str
    media_type: str
    size: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class RoutingSent:
    """Disposisi: `office` holds the report from now on. `base` is the holder the actor saw (None = the unit)."""

    office: str
    reason: str
    base: str | None = None


@dataclass(frozen=True, slots=True)
class RoutingReturned:
    """The holder says *bukan wewenang*, with a reason, and may name the office that is competent."""

    office: str
    reason: str
    competent: str | None = None


@dataclass(frozen=True, slots=True)
class ReturnAnswered:
    """The unit's answer to a hand-back. A refused one charges the office that handed back (F1)."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The office's inbox has the report. No clock of that office starts before this (E8)."""

    office: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Shown in the holder's app."""

    office: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """First touch. Not a response."""

    office: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Responded:
    """A substantive response (domain paper 2.5). `work_order` is the office's own number, or empty."""

    office: str
    text: str
    work_order: str = ""


@dataclass(frozen=True, slots=True)
class ReportRejected:
    """The report asks nobody for work, and says why. `base` is the status the actor saw."""

    code: RejectCode
    reason: str = ""
    base: Status | None = None


@dataclass(frozen=True, slots=True)
class Reopened:
    """A closed report is open again. `base` is the status the actor saw."""

    reason: str
    base: Status | None = None


@dataclass(frozen=True, slots=True)
class Paused:
    """The holder's clock stands still until `until` (ms UTC) at the latest. `base` is the status the actor saw."""

    code: PauseCode
    reason: str
    until: int
    base: Status | None = None


@dataclass(frozen=True, slots=True)
class Resumed:
    """The holder's clock runs again."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class CompletionClaimed:
    """The holder says that the work is done. It waits for a person (capability 5)."""

    office: str
    text: str
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CompletionAnswered:
    """A person looked at the claimed completion. `base` is the status the actor saw."""

    reason: str = ""
    base: Status | None = None


@dataclass(frozen=True, slots=True)
class ClaimTaken:
    """A lease: `user` works on the report until `until` (ms UTC). `takeover` needs a supervisor and a reason."""

    user: str
    until: int
    takeover: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ClaimReleased:
    """The lease ends early."""

    user: str


@dataclass(frozen=True, slots=True)
class IncidentChanged:
    """The report joins or leaves an incident."""

    incident: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ExclusionChanged:
    """A custody segment (office, from) stops or starts to count. Un-coded exclusion cannot be written down."""

    office: str
    segment_from: int
    code: ExclusionCode
    reason: str


@dataclass(frozen=True, slots=True)
class MarkChanged:
    """A step of a mark on an office for one window (ms UTC, half-open). `policy` names the rule's version."""

    office: str
    window_from: int
    window_to: int
    policy: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ObjectionChanged:
    """A step of an objection (*sanggahan*) against single segments of a mark."""

    mark: str
    segments: tuple[str, ...]
    code: ExclusionCode | None = None
    outcome: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CalamityChanged:
    """A declared event: offices (codes) and time (ms UTC) whose non-emergency clocks pause (E7)."""

    offices: tuple[str, ...]
    since: int
    until: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class PersonalDataRevealed:
    """Somebody saw unmasked data, and why."""

    reason: str


Payload = (
    CategorySet
    | PlaceSet
    | NoteAdded
    | AttachmentAdded
    | RoutingSent
    | RoutingReturned
    | ReturnAnswered
    | Delivered
    | Seen
    | Acknowledged
    | Responded
    | ReportRejected
    | Reopened
    | Paused
    | Resumed
    | CompletionClaimed
    | CompletionAnswered
    | ClaimTaken
    | ClaimReleased
    | IncidentChanged
    | ExclusionChanged
    | MarkChanged
    | ObjectionChanged
    | CalamityChanged
    | PersonalDataRevealed
)

K = EventKind
PAYLOADS: Final[dict[EventKind, type[Payload]]] = {
    K.CATEGORY_SET: CategorySet,
    K.PLACE_SET: PlaceSet,
    K.NOTE_ADDED: NoteAdded,
    K.ATTACHMENT_ADDED: AttachmentAdded,
    K.ROUTING_SENT: RoutingSent,
    K.ROUTING_RETURNED: RoutingReturned,
    K.ROUTING_RETURN_ACCEPTED: ReturnAnswered,
    K.ROUTING_RETURN_REFUSED: ReturnAnswered,
    K.REPORT_DELIVERED: Delivered,
    K.REPORT_SEEN: Seen,
    K.REPORT_ACKNOWLEDGED: Acknowledged,
    K.REPORT_RESPONDED: Responded,
    K.REPORT_REJECTED: ReportRejected,
    K.REPORT_REOPENED: Reopened,
    K.CLOCK_PAUSED: Paused,
    K.CLOCK_RESUMED: Resumed,
    K.COMPLETION_CLAIMED: CompletionClaimed,
    K.COMPLETION_ACCEPTED: CompletionAnswered,
    K.COMPLETION_REFUSED: CompletionAnswered,
    K.CLAIM_TAKEN: ClaimTaken,
    K.CLAIM_RELEASED: ClaimReleased,
    K.INCIDENT_JOINED: IncidentChanged,
    K.INCIDENT_SEPARATED: IncidentChanged,
    K.EXCLUSION_SET: ExclusionChanged,
    K.EXCLUSION_LIFTED: ExclusionChanged,
    K.MARK_RAISED: MarkChanged,
    K.MARK_NOTIFIED: MarkChanged,
    K.MARK_PROPOSED: MarkChanged,
    K.MARK_DECIDED: MarkChanged,
    K.MARK_WITHDRAWN: MarkChanged,
    K.OBJECTION_FILED: ObjectionChanged,
    K.OBJECTION_EXTENDED: ObjectionChanged,
    K.OBJECTION_DECIDED: ObjectionChanged,
    K.CALAMITY_DECLARED: CalamityChanged,
    K.CALAMITY_ENDED: CalamityChanged,
    K.PERSONAL_DATA_REVEALED: PersonalDataRevealed,
}

_DESK: Final = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.REVIEWER, Role.ADMIN})
_SENIOR: Final = frozenset({Role.SUPERVISOR, Role.ADMIN})
_OFFICE: Final = frozenset({Role.OFFICIAL, Role.SYSTEM})

MAY_CAUSE: Final[dict[EventKind, frozenset[Role]]] = {
    K.CATEGORY_SET: _DESK,
    K.PLACE_SET: _DESK,
    K.NOTE_ADDED: _DESK | _OFFICE,
    K.ATTACHMENT_ADDED: _DESK | _OFFICE,
    K.ROUTING_SENT: _DESK,
    K.ROUTING_RETURNED: frozenset({Role.OFFICIAL}),
    K.ROUTING_RETURN_ACCEPTED: _DESK,
    K.ROUTING_RETURN_REFUSED: _DESK,
    K.REPORT_DELIVERED: _OFFICE,
    K.REPORT_SEEN: _OFFICE,
    K.REPORT_ACKNOWLEDGED: frozenset({Role.OFFICIAL}),
    K.REPORT_RESPONDED: frozenset({Role.OFFICIAL}),
    K.REPORT_REJECTED: _DESK,
    K.REPORT_REOPENED: _DESK | {Role.SYSTEM},
    K.CLOCK_PAUSED: _DESK,
    K.CLOCK_RESUMED: _DESK | {Role.SYSTEM},
    K.COMPLETION_CLAIMED: frozenset({Role.OFFICIAL}),
    K.COMPLETION_ACCEPTED: _DESK,
    K.COMPLETION_REFUSED: _DESK,
    K.CLAIM_TAKEN: _DESK,
    K.CLAIM_RELEASED: _DESK | {Role.SYSTEM},
    K.INCIDENT_JOINED: _DESK,
    K.INCIDENT_SEPARATED: _DESK,
    K.EXCLUSION_SET: _DESK | {Role.SYSTEM},
    K.EXCLUSION_LIFTED: _DESK,
    K.MARK_RAISED: _SENIOR | {Role.SYSTEM},
    K.MARK_NOTIFIED: _SENIOR,
    K.MARK_PROPOSED: _SENIOR,
    K.MARK_DECIDED: _SENIOR,
    K.MARK_WITHDRAWN: _SENIOR,
    K.OBJECTION_FILED: _DESK | {Role.OFFICIAL},
    K.OBJECTION_EXTENDED: frozenset({Role.SUPERVISOR, Role.REVIEWER}),
    K.OBJECTION_DECIDED: frozenset({Role.REVIEWER}),
    K.CALAMITY_DECLARED: _SENIOR,
    K.CALAMITY_ENDED: _SENIOR,
    K.PERSONAL_DATA_REVEALED: _DESK,
}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that somebody did. `at` is when, by the actor's corrected clock (ms UTC); `seq` is the central order.

    `subject` is a report's id; for marks, objections and calamities theirs. `seq` is None while only this desk has it;
    then `order` (the outbox position) says where it stands among the desk's own.
    """

    id: str
    subject: str
    kind: EventKind
    at: int
    actor: Actor
    payload: Payload
    seq: int | None = None
    action: str | None = None
    order: int = 0
