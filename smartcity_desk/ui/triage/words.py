"""A row of the store put into the words that the table shows and a screen reader speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from smartcity_desk import directory as builtin
from smartcity_desk import i18n
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.policy import DueBand, band
from smartcity_desk.domain.report import PlaceQuality, ReportKind, Status
from smartcity_desk.domain.shortcodes import CODED, report_code
from smartcity_desk.domain.standing import told_apart
from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import formats
from smartcity_desk.ui.formats import one_line
from smartcity_desk.ui.theme import SHAPES, State
from smartcity_desk.ui.triage.suggest import office_label

if TYPE_CHECKING:
    from smartcity_desk.domain.report import Report
    from smartcity_desk.store.rows import RowData

STATUS_SHAPES: Final[dict[Status, str]] = {
    Status.NEW: "○",
    Status.ROUTED: "→",
    Status.IN_PROGRESS: "◐",
    Status.AWAITING_VERIFICATION: SHAPES[State.VERIFY],
    Status.DONE: "✓",
    Status.REJECTED: "×",
    Status.ENDED: "–",
}
"""Shapes of a status that no clock runs on; the clock's own shapes are the theme's."""

BADGE_PENDING: Final = "⇡"
BADGE_CONFLICT: Final = "⚠"
BADGE_CLAIMED: Final = "◉"
BADGE_UNREAD: Final = "✉"
BADGE_RETURNED: Final = "↩"
BADGE_LEAD: Final = "❐"
BADGE_FOLLOWS: Final = "↳"
NOTHING: Final = "—"

_BANDS: Final[dict[DueBand, State]] = {
    DueBand.OVERDUE: State.OVERDUE,
    DueBand.SOON: State.SOON,
    DueBand.IN_TIME: State.IN_TIME,
    DueBand.PAUSED: State.PAUSED,
}


@dataclass(frozen=True, slots=True)
class RowWords:
    """One row as it is shown. `tone` names the colour token of the state; texts are plain and on one line."""

    shape: str
    tone: str
    state: str
    badges: str
    channel: str
    category: str
    text: str
    place: str
    office: str
    age: str


def status_name(status: Status) -> str:
    """The word of a status."""
    return tr(f"state.status.{status.value}")


def source_word(report: Report, here: Status) -> str:
    """What its source says of a report, where that is another status than the one here; its own word behind it."""
    if not told_apart(report.source_status, here):
        return ""
    name, own = status_name(report.source_status), one_line(report.state_raw, 40)
    return f"{name} (“{own}”)" if own and own.casefold() != name.casefold() else name


def channel_name(channel: str) -> str:
    """What people call a channel; one that has no text is called as it calls itself."""
    key = f"triage.channel.{channel}"
    return tr(key) if channel.isidentifier() and i18n.has_text(key) else one_line(channel, 20)


def category_name(directory: Directory, code: str | None) -> str:
    """The name of a category in the language spoken now, its code when nobody knows it, a dash for none."""
    if code is None:
        return NOTHING
    return one_line(builtin.category_name(code, i18n.language(), directory), 60)


def office_name(directory: Directory, code: str | None) -> str:
    """The name of an office as the table shows it; None is the unit itself."""
    if code is None:
        return NOTHING
    known = directory.offices.get(code)
    return one_line(code, 60) if known is None else office_label(known)


def place_name(directory: Directory, code: str | None) -> str:
    """The name of a kelurahan without a prefix, or a dash."""
    if code is None:
        return NOTHING
    known = directory.offices.get(code)
    return one_line(known.name if known else code, 60)


def state_words(row: RowData, now: int) -> tuple[str, str, str]:
    """(shape, colour token, words) of where a report stands and how its clock runs."""
    kind = band(row.due_at, row.paused, now)
    rest = None if row.due_at is None else row.due_at - now
    if row.lead is not None:
        return BADGE_FOLLOWS, "muted", tr("triage.state.follows")
    if row.status is Status.AWAITING_VERIFICATION:
        urgent = kind in (DueBand.OVERDUE, DueBand.SOON)
        state = _BANDS[kind] if urgent else State.VERIFY
        words = (
            tr("triage.state.verify")
            if rest is None
            else tr("triage.state.verify_due", span=formats.left(row.due_at or 0, now))
        )
        return SHAPES[state], state.value, words
    if kind is DueBand.PAUSED:
        return SHAPES[State.PAUSED], State.PAUSED.value, tr("state.paused")
    if rest is None:
        return STATUS_SHAPES[row.status], "muted", status_name(row.status)
    state = _BANDS[kind]
    return SHAPES[state], state.value, formats.left(row.due_at or 0, now)


def badges(row: RowData, now: int) -> str:
    """The marks of a row: conflict, a new reply, pending, handed back, claimed, and how many follow it."""
    shown = "".join(badge for badge, _ in _marks(row, now))
    return f"{shown}{BADGE_LEAD}{formats.number(row.members)}" if row.members else shown


def _marks(row: RowData, now: int) -> list[tuple[str, str]]:
    """The marks that hold, with their names."""
    claimed = row.claimed_by is not None and (row.claim_until is None or row.claim_until > now)
    shown = (
        (row.conflict, BADGE_CONFLICT, "conflict"),
        (row.unread, BADGE_UNREAD, "unread"),
        (row.pending, BADGE_PENDING, "pending"),
        (row.return_pending, BADGE_RETURNED, "returned"),
        (claimed, BADGE_CLAIMED, "claimed"),
    )
    return [(badge, name) for holds, badge, name in shown if holds]


def words(row: RowData, directory: Directory, now: int) -> RowWords:
    """What the table shows of a row."""
    shape, tone, state = state_words(row, now)
    place = place_name(directory, row.place)
    if row.place_doubt:
        place = f"{SHAPES[State.UNCERTAIN]} {place}"
    elif row.place is None and row.place_hint:
        place = f"{SHAPES[State.UNCERTAIN]} {one_line(row.place_hint, 60)}"
    elif row.place is None and row.place_quality is PlaceQuality.COARSE:
        place = SHAPES[State.UNCERTAIN]
    text = unsaid(row) or one_line(
        f"{row.title} — {row.text}" if _adds(row.title, row.text) else row.text or row.title
    )
    return RowWords(
        shape=shape,
        tone=tone,
        state=state,
        badges=badges(row, now),
        channel=channel_name(row.channel),
        category=category_name(directory, row.category),
        text=text,
        place=place,
        office=NOTHING if row.kind is ReportKind.CONTEXT else office_name(directory, row.office),
        age=formats.duration(max(0, now - row.reported_at)),
    )


def number_of(row: RowData, most: int) -> str:
    """What a report is called: its number in its channel, or the short code of one that was entered by hand."""
    return report_code(row.id) if row.channel == CODED else one_line(row.external_id, most)


def unsaid(row: RowData) -> str:
    """What stands where a report's words may not, or no longer: private, gone at its source, kept long enough."""
    if row.withdrawn:
        return tr("triage.text.withdrawn")
    if row.expired:
        return tr("triage.text.expired")
    return tr("triage.text.private") if row.private else ""


def _adds(title: str, text: str) -> bool:
    """Whether a title says more than the beginning of the text does."""
    return bool(title) and bool(text) and not text.casefold().startswith(title.casefold().rstrip("…. "))


def spoken(row: RowData, directory: Directory, now: int, marked: bool) -> str:
    """A row in one utterance: state, channel, number, category, place, holder, text, and what is special about it."""
    shown = words(row, directory, now)
    if row.due_at is not None and not row.paused and row.status is not Status.AWAITING_VERIFICATION:
        late = row.due_at <= now
        rest = formats.duration(row.due_at - now)
        state = tr("triage.spoken.late", span=rest) if late else tr("triage.spoken.left", span=rest)
        state = f"{status_name(row.status)}, {state}"
    else:
        state = shown.state
    parts = [
        state,
        f"{shown.channel} {number_of(row, 60)}",
        shown.category if row.category else tr("triage.spoken.no_category"),
        shown.place if row.place else tr("triage.spoken.no_place"),
        shown.office if row.office else tr("triage.spoken.unit"),
        shown.text,
    ]
    parts += badge_words(row, now)
    if marked:
        parts.append(tr("triage.spoken.marked"))
    return ". ".join(part for part in parts if part)


def badge_words(row: RowData, now: int) -> list[str]:
    """The marks of a row in words."""
    found = [tr(f"triage.badge.{name}") for _, name in _marks(row, now)]
    if row.members:
        found.append(trn("triage.badge.lead", row.members))
    if row.lead is not None:
        found.append(tr("triage.badge.follows"))
    return found
