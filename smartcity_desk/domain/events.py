"""Every kind of event, its payload, and who may cause it. An event is what somebody did; it is never edited."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from smartcity_desk.domain.actor import Actor as Actor  # noqa: PLC0414 - part of an event's vocabulary
from smartcity_desk.domain.actor import Role as Role  # noqa: PLC0414 - part of an event's vocabulary
from smartcity_desk.domain.policy import Policy
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
    REPORTER_ANSWERED = "reporter.answered"
    REPORT_REOPENED = "report.reopened"
    CLOCK_PAUSED = "clock.paused"
    CLOCK_RESUMED = "clock.resumed"
    COMPLETION_CLAIMED = "completion.claimed"
    COMPLETION_ACCEPTED = "completion.accepted"
    COMPLETION_REFUSED = "completion.refused"
    CLAIM_TAKEN = "claim.taken"
    CLAIM_RELEASED = "claim.released"
    INCIDENT_JOINED = "incident.joined"
    INCIDENT_SEPARATED = "incident.separated"
    EXCLUSION_SET = "exclusion.set"
    EXCLUSION_LIFTED = "exclusion.lifted"
    REVIEW_RECORDED = "review.recorded"
    COURSE_CHOSEN = "course.chosen"
    COURSE_REFUSED = "course.refused"
    MARK_RAISED = "mark.raised"
    MARK_NOTIFIED = "mark.notified"
    MARK_SERVED = "mark.served"
    MARK_PROPOSED = "mark.proposed"
    MARK_DECIDED = "mark.decided"
    MARK_ARCHIVED = "mark.archived"
    MARK_WITHDRAWN = "mark.withdrawn"
    OBJECTION_FILED = "objection.filed"
    OBJECTION_EXTENDED = "objection.extended"
    OBJECTION_TAKEN = "objection.taken"
    OBJECTION_DECIDED = "objection.decided"
    CALAMITY_DECLARED = "calamity.declared"
    CALAMITY_ENDED = "calamity.ended"
    POLICY_PROPOSED = "policy.proposed"
    POLICY_APPROVED = "policy.approved"
    POLICY_WITHDRAWN = "policy.withdrawn"
    NOTICE_SENT = "notice.sent"
    LIST_PRINTED = "list.printed"
    PERSONAL_DATA_REVEALED = "personal_data.revealed"
    QUARANTINE_REVEALED = "quarantine.revealed"


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
class ReporterAnswered:
    """What the unit itself tells the reporter, through the channel that the report came by. It stops no clock."""

    text: str


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
    """The report joins or leaves an incident. `base` is the incident that the actor saw it in (None = in none)."""

    incident: str
    reason: str = ""
    base: str | None = None


@dataclass(frozen=True, slots=True)
class ExclusionChanged:
    """A custody segment (by id) of `office` stops or starts to count. Un-coded exclusion cannot be written down."""

    segment: str
    office: str
    code: ExclusionCode
    reason: str


@dataclass(frozen=True, slots=True)
class SecondReview:
    """A second person, blind to the first, says whether the answer to a completion (`event`) was to accept (F20)."""

    event: str
    accept: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CourseChosen:
    """Of the courses that were `offered`, best first, the actor took `course`, the `rank`-th (from 1).

    `knowledge` is the edition of the routing knowledge under which they were offered.
    """

    course: str
    rank: int
    offered: tuple[str, ...]
    knowledge: str


@dataclass(frozen=True, slots=True)
class CourseRefused:
    """The actor says that an offered course is not the one. Nothing follows from it but this record."""

    course: str
    rank: int
    offered: tuple[str, ...]
    knowledge: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CountedWindow:
    """The items of an office that count in one window: `since` to before `until`, ms UTC.

    `on_time` are the segments that were answered in time, `late` those that were not: slow or silent.
    """

    since: int
    until: int
    on_time: tuple[str, ...]
    late: tuple[str, ...]

    @property
    def span(self) -> tuple[int, int]:
        """From and to, ms UTC, half-open."""
        return self.since, self.until

    @property
    def segments(self) -> tuple[str, ...]:
        """All that count."""
        return self.on_time + self.late


@dataclass(frozen=True, slots=True)
class MarkRaised:
    """An office becomes a candidate under one version of the rule.

    `windows`, oldest first, name every item that was counted: whoever decides holds the mark to the rule by them.
    `routers` are the accounts that routed those items (none of them may review), `evidence` the SHA-256 of the data
    snapshot.
    """

    office: str
    windows: tuple[CountedWindow, ...]
    policy: str
    routers: tuple[str, ...]
    evidence: str
    reason: str = ""

    @property
    def segments(self) -> tuple[str, ...]:
        """The items that were counted, window by window."""
        return tuple(name for window in self.windows for name in window.segments)


@dataclass(frozen=True, slots=True)
class MarkNotified:
    """The notice goes to the office with its dossier (`dossier` = SHA-256 of the manifest)."""

    dossier: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MarkStepped:
    """A step of a mark that needs its reason only: served, archived, withdrawn."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class MarkProposed:
    """The office is proposed for evaluation (*diusulkan*) in the list with this number."""

    reason: str
    list_number: str = ""


@dataclass(frozen=True, slots=True)
class MarkDecided:
    """What became of the proposal, as a text of the deciding authority. The program knows no penalty."""

    outcome: str
    reason: str


class ObjectionOutcome(StrEnum):
    """What a reviewer says to an objection (domain paper 3.2)."""

    ACCEPTED = "accepted"
    PARTLY = "partly"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class ObjectionFiled:
    """A *sanggahan* against single segments of a mark. Without a code it is allowed, and flagged.

    `attachments` are hashes of the evidence. `letter` is the number of a letter that the desk entered.
    """

    objection: str
    segments: tuple[str, ...]
    text: str
    code: ExclusionCode | None = None
    attachments: tuple[str, ...] = ()
    letter: str = ""


@dataclass(frozen=True, slots=True)
class ObjectionExtended:
    """The window is longer because the dossier was incomplete."""

    reason: str


@dataclass(frozen=True, slots=True)
class ObjectionTaken:
    """A reviewer has begun to look at an objection."""

    objection: str


@dataclass(frozen=True, slots=True)
class ObjectionDecided:
    """The reviewer's answer. `segments` are those that no longer count; none when it is rejected."""

    objection: str
    outcome: ObjectionOutcome
    segments: tuple[str, ...]
    code: ExclusionCode | None
    reason: str


@dataclass(frozen=True, slots=True)
class CalamityDeclared:
    """Clocks that stand still by declaration: a calamity (E7) or an outage (E8), ms UTC.

    `offices` are codes, each with everything below it; empty = the whole city. `channels` narrows an outage to reports
    of some channels. A calamity never stops the clock of a life-safety category.
    """

    code: PauseCode
    offices: tuple[str, ...]
    since: int
    until: int | None
    reason: str
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CalamityEnded:
    """The declared event was over at `until`."""

    until: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PolicyProposed:
    """Somebody wants these rules from their own effective date on."""

    policy: Policy
    reason: str


@dataclass(frozen=True, slots=True)
class PolicyStepped:
    """A second person approves a proposed policy, or somebody withdraws it."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class NoticeSent:
    """One digest to one office: which steps (`keys`) of the ladder it tells of. `urgent` = life-safety."""

    office: str
    keys: tuple[str, ...]
    segments: tuple[str, ...]
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class ListPrinted:
    """A numbered list for the Governor was made. `snapshot` and `document` are SHA-256 (hex); `data_at` in ms UTC."""

    number: str
    data_at: int
    snapshot: str
    document: str
    policies: tuple[str, ...]
    marks: tuple[str, ...]
    segments: tuple[str, ...]
    supersedes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonalDataRevealed:
    """Somebody saw unmasked data, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class QuarantineRevealed:
    """Somebody saw items of a channel that could not be read, as they came, and why. `items` by `opening.item_name`."""

    channel: str
    items: tuple[str, ...]
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
    | ReporterAnswered
    | Reopened
    | Paused
    | Resumed
    | CompletionClaimed
    | CompletionAnswered
    | ClaimTaken
    | ClaimReleased
    | IncidentChanged
    | ExclusionChanged
    | SecondReview
    | CourseChosen
    | CourseRefused
    | MarkRaised
    | MarkNotified
    | MarkStepped
    | MarkProposed
    | MarkDecided
    | ObjectionFiled
    | ObjectionExtended
    | ObjectionTaken
    | ObjectionDecided
    | CalamityDeclared
    | CalamityEnded
    | PolicyProposed
    | PolicyStepped
    | NoticeSent
    | ListPrinted
    | PersonalDataRevealed
    | QuarantineRevealed
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
    K.REPORTER_ANSWERED: ReporterAnswered,
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
    K.REVIEW_RECORDED: SecondReview,
    K.COURSE_CHOSEN: CourseChosen,
    K.COURSE_REFUSED: CourseRefused,
    K.MARK_RAISED: MarkRaised,
    K.MARK_NOTIFIED: MarkNotified,
    K.MARK_SERVED: MarkStepped,
    K.MARK_PROPOSED: MarkProposed,
    K.MARK_DECIDED: MarkDecided,
    K.MARK_ARCHIVED: MarkStepped,
    K.MARK_WITHDRAWN: MarkStepped,
    K.OBJECTION_FILED: ObjectionFiled,
    K.OBJECTION_EXTENDED: ObjectionExtended,
    K.OBJECTION_TAKEN: ObjectionTaken,
    K.OBJECTION_DECIDED: ObjectionDecided,
    K.CALAMITY_DECLARED: CalamityDeclared,
    K.CALAMITY_ENDED: CalamityEnded,
    K.POLICY_PROPOSED: PolicyProposed,
    K.POLICY_APPROVED: PolicyStepped,
    K.POLICY_WITHDRAWN: PolicyStepped,
    K.NOTICE_SENT: NoticeSent,
    K.LIST_PRINTED: ListPrinted,
    K.PERSONAL_DATA_REVEALED: PersonalDataRevealed,
    K.QUARANTINE_REVEALED: QuarantineRevealed,
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
    K.REPORTER_ANSWERED: _DESK,
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
    K.REVIEW_RECORDED: _DESK,
    K.COURSE_CHOSEN: _DESK,
    K.COURSE_REFUSED: _DESK,
    K.MARK_RAISED: _SENIOR | {Role.SYSTEM},
    K.MARK_NOTIFIED: _SENIOR,
    K.MARK_SERVED: _SENIOR | _OFFICE,
    K.MARK_PROPOSED: _SENIOR,
    K.MARK_DECIDED: _SENIOR,
    K.MARK_ARCHIVED: _SENIOR,
    K.MARK_WITHDRAWN: _SENIOR,
    K.OBJECTION_FILED: _DESK | {Role.OFFICIAL},
    K.OBJECTION_EXTENDED: frozenset({Role.SUPERVISOR, Role.REVIEWER}),
    K.OBJECTION_TAKEN: frozenset({Role.REVIEWER}),
    K.OBJECTION_DECIDED: frozenset({Role.REVIEWER}),
    # anybody's desk for an outage that it noticed by itself, a senior for all others (`calamity.decide_calamity`)
    K.CALAMITY_DECLARED: _DESK | {Role.SYSTEM},
    K.CALAMITY_ENDED: _DESK | {Role.SYSTEM},
    K.POLICY_PROPOSED: _SENIOR,
    K.POLICY_APPROVED: _SENIOR | {Role.REVIEWER},
    K.POLICY_WITHDRAWN: _SENIOR,
    K.NOTICE_SENT: _DESK | {Role.SYSTEM},
    K.LIST_PRINTED: _SENIOR,
    K.PERSONAL_DATA_REVEALED: _DESK,
    K.QUARANTINE_REVEALED: _DESK,
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
