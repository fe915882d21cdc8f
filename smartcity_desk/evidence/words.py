"""Names that papers print: categories, places, channels, and what an event did."""

from __future__ import annotations

from typing import Any

from smartcity_desk import i18n
from smartcity_desk.directory import category_name
from smartcity_desk.domain.events import (
    Event,
    ExclusionChanged,
    IncidentChanged,
    Paused,
    ReportRejected,
    Role,
)
from smartcity_desk.domain.ids import incident_name
from smartcity_desk.domain.office import UPT, Directory
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report
from smartcity_desk.i18n import has_text, tr


def category(code: str | None, directory: Directory) -> str:
    """The name of a category, or a dash."""
    return "–" if code is None else category_name(code, i18n.language(), directory)


def office(code: str | None, directory: Directory) -> str:
    """The name of a holder."""
    if code in (None, UPT):
        return tr("report.unit")
    known = directory.offices.get(code or "")
    return code or "–" if known is None else known.name


def number(report: Report) -> str:
    """What a report is called: its channel's own number."""
    return f"{channel(report.channel)} {report.external_id}"


def channel(name: str) -> str:
    """The name of a channel."""
    key = f"channel.{name}.title"
    return tr(key) if has_text(key) else name


def what(event: Event, directory: Directory) -> str:
    """What happened, in a few words."""
    payload: Any = event.payload
    value = ""
    if isinstance(payload, Paused):
        value = tr(f"action.pause.{payload.code.value}")
    elif isinstance(payload, ReportRejected):
        value = tr(f"action.reject.{payload.code.value}")
    elif isinstance(payload, ExclusionChanged):
        value = payload.code.value
    elif isinstance(payload, IncidentChanged):
        value = incident_name(payload.incident)
    elif hasattr(payload, "office"):
        value = office(payload.office, directory)
    elif hasattr(payload, "category"):
        value = category(payload.category, directory)
    elif hasattr(payload, "place"):
        value = office(payload.place, directory)
    return tr(f"report.event.{event.kind.value.replace('.', '_')}", value=value)


def who(event: Event, directory: Directory) -> str:
    """Who did it: the office that an official speaks for, the system, or an account of the unit."""
    if event.actor.role is Role.SYSTEM:
        return tr("report.actor.system")
    if event.actor.office is not None:
        return office(event.actor.office, directory)
    return event.actor.user


def said(event: Event) -> str:
    """The words that went with it."""
    payload: Any = event.payload
    return str(getattr(payload, "text", "") or getattr(payload, "reason", "") or "")


def replied(reply: Reply) -> str:
    """Which side spoke through the channel."""
    return tr(f"evidence.reply.{'official' if reply.official else 'citizen'}", channel=channel(reply.channel))
