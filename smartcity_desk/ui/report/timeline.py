"""Events in words: who did what and when, and how far this desk's own have come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from smartcity_desk import saying
from smartcity_desk.domain import why as reasons
from smartcity_desk.domain.events import (
    AttachmentAdded,
    CategorySet,
    ClaimReleased,
    ClaimTaken,
    CourseChosen,
    CourseRefused,
    Event,
    IncidentChanged,
    NoteAdded,
    Paused,
    PlaceSet,
    ReportRejected,
    Role,
    RoutingReturned,
    RoutingSent,
)
from smartcity_desk.domain.ids import incident_name
from smartcity_desk.domain.office import UPT, Directory
from smartcity_desk.domain.policy import SOON_MS
from smartcity_desk.domain.report import ReportKind
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.theme import SHAPES, State
from smartcity_desk.ui.triage import words

if TYPE_CHECKING:
    from smartcity_desk.domain.reply import Reply
    from smartcity_desk.store.rows import OpRow, ReportDetail

SHOWN: Final = 60
"""How many events the panel shows; the newest ones."""
_QUOTE: Final = 600


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline. `way` says how far an own action has come, or nothing."""

    at: int
    text: str
    who: str = ""
    way: str = ""
    tone: str = "text"


def lines(detail: ReportDetail, directory: Directory, user: str) -> list[Line]:
    """The history of a report, oldest first: arrival, then each event."""
    report = detail.report
    channel = words.channel_name(report.channel)
    shown = [Line(report.reported_at, tr("report.arrived", channel=channel))]
    ops = {op.id: op for op in detail.ops}
    for event in detail.timeline[-SHOWN:]:
        shown.append(_line(event, directory, user, ops.get(event.action or "")))
    hidden = len(detail.timeline) - SHOWN
    if hidden > 0:
        shown.insert(1, Line(report.reported_at, tr("report.earlier", n=formats.number(hidden))))
    _weave(shown, [_reply(reply, report.private) for reply in detail.replies[-SHOWN:]])
    for op in detail.ops:
        if op.error_code is not None and op.state.value in ("rejected", "conflict"):
            words_of = tr(f"report.op.{op.state.value}")
            shown.append(Line(op.at, words_of, op.user, tone="overdue"))
    return shown


def _weave(shown: list[Line], replies: list[Line]) -> None:
    """Put replies where they belong by their times; events keep the order in which they count."""
    for reply in replies:
        at = len(shown)
        while at > 1 and shown[at - 1].at > reply.at:
            at -= 1
        shown.insert(at, reply)


def _reply(reply: Reply, private: bool) -> Line:
    channel = words.channel_name(reply.channel)
    who = tr("report.reply.official" if reply.official else "report.reply.citizen", channel=channel)
    if reply.withdrawn_at is not None:
        return Line(reply.at, tr("report.reply.withdrawn"), who, tone="muted")
    said = formats.one_line(reply.text, _QUOTE)
    if not said and (reply.private or private):
        said = tr("triage.text.private")
    if reply.state_raw:
        state = tr("report.reply.state", state=formats.one_line(reply.state_raw, 80))
        said = f"{state}: {said}" if said else state
    return Line(reply.at, said or tr("report.reply.empty"), who, formats.one_line(reply.link or "", 200))


def _line(event: Event, directory: Directory, user: str, op: OpRow | None) -> Line:
    way, tone = "", "text"
    if event.seq is None:
        sent = op is not None and op.sent
        way, tone = tr("report.way.sent") if sent else tr("report.way.stored"), "verify"
    elif event.actor.user == user:
        way = tr("report.way.received")
    return Line(event.at, event_words(event, directory), actor_words(event, directory), way, tone)


def actor_words(event: Event, directory: Directory) -> str:
    """Who did it: an account, the office that an official speaks for, or the system."""
    if event.actor.role is Role.SYSTEM:
        return tr("report.actor.system")
    if event.actor.office is not None:
        return words.office_name(directory, event.actor.office)
    return formats.one_line(event.actor.user, 40)


def event_words(event: Event, directory: Directory) -> str:
    """What happened, as one sentence; the person's own words behind it."""
    name = event.kind.value.replace(".", "_")
    params, quote = _params(event.payload, directory)
    sentence = tr(f"report.event.{name}", **params)
    return f"{sentence}: {quote}" if quote else sentence


def _params(payload: Any, directory: Directory) -> tuple[dict[str, str], str]:
    maker = _PARAMS.get(type(payload))
    params = {"value": ""} if maker is None else {"value": maker(payload, directory)}
    quote = getattr(payload, "text", "") or getattr(payload, "reason", "")
    return params, formats.one_line(str(quote), _QUOTE)


def _office(code: str | None, directory: Directory) -> str:
    return tr("report.unit") if code in (None, UPT) else words.office_name(directory, code)


def _pause(payload: Paused, _directory: Directory) -> str:
    return f"{tr(f'action.pause.{payload.code.value}')}, {formats.date_time(payload.until)}"


def _returned(payload: RoutingReturned, directory: Directory) -> str:
    return words.NOTHING if payload.competent is None else _office(payload.competent, directory)


_PARAMS: Final[dict[type, Callable[[Any, Directory], str]]] = {
    CategorySet: lambda payload, directory: words.category_name(directory, payload.category),
    PlaceSet: lambda payload, directory: words.place_name(directory, payload.place),
    RoutingSent: lambda payload, directory: _office(payload.office, directory),
    RoutingReturned: _returned,
    ReportRejected: lambda payload, _: tr(f"action.reject.{payload.code.value}"),
    Paused: _pause,
    ClaimTaken: lambda payload, _: formats.one_line(payload.user, 40),
    ClaimReleased: lambda payload, _: formats.one_line(payload.user, 40),
    AttachmentAdded: lambda payload, _: formats.one_line(payload.name or payload.media_type, 80),
    IncidentChanged: lambda payload, _: incident_name(payload.incident),
    CourseChosen: lambda payload, directory: saying.course_name(payload.course, directory),
    CourseRefused: lambda payload, directory: saying.course_name(payload.course, directory),
    NoteAdded: lambda _payload, _directory: "",
}


def due_words(detail: ReportDetail, now: int) -> tuple[str, str]:
    """(colour token, words) of the due line."""
    state = detail.state
    if detail.tie is not None and detail.tie.follows:
        name = incident_name(detail.tie.joined.incident)
        return "muted", f"{words.BADGE_FOLLOWS} {tr('report.due.follows', incident=name)}"
    if state.paused(now) and state.pause is not None:
        until = formats.near(state.pause.until, now)
        return State.PAUSED.value, f"{SHAPES[State.PAUSED]} {tr('report.due.paused', at=until)}"
    if detail.due_at is None:
        return "muted", tr("report.due.none")
    when = formats.near(detail.due_at, now)
    if detail.due_at <= now:
        left = formats.duration(now - detail.due_at)
        return State.OVERDUE.value, f"{SHAPES[State.OVERDUE]} {tr('report.due.over', at=when, span=left)}"
    left = formats.duration(detail.due_at - now)
    soon = detail.due_at - now <= SOON_MS
    which = State.SOON if soon else State.IN_TIME
    return which.value, f"{SHAPES[which]} {tr('report.due.left', at=when, span=left)}"


def why(detail: ReportDetail, directory: Directory, now: int) -> str:
    """Why the due date is what it is, or why there is none: at most twelve lines, each with its event."""
    if detail.state.kind is ReportKind.CONTEXT or not detail.segments:
        return tr("report.why.context")
    lines = reasons.why(detail.segments[-1], detail.law, now, detail.tie)
    return "\n".join(saying.why_lines(lines, directory))
