"""Why two reports are probably of the same thing, in a few words: for the dialog that joins and for the panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from smartcity_desk.domain.lookalike import Reason, ReasonCode, Suggestion
from smartcity_desk.i18n import format_number, tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.triage import words

if TYPE_CHECKING:
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.store.shown import RowData

SHOWN: Final = 3
"""Reasons that one line tells: the weightiest."""


def reasons(found: Sequence[Reason], directory: Directory) -> str:
    """What speaks for it, the weightiest first: `80 m, selisih 2 j, kata: lubang, padam`."""
    telling = [one for one in found if one.points > 0][:SHOWN]
    return ", ".join(_reason(one, directory) for one in telling)


def _reason(reason: Reason, directory: Directory) -> str:
    params = reason.params
    shown = {name: _value(name, value) for name, value in params.items()}
    if reason.code is ReasonCode.CATEGORY:
        shown["category"] = words.category_name(directory, str(params["category"]))
    if reason.code is ReasonCode.NEIGHBOURS and not params.get("rt"):
        return tr("incident.reason.same_rw", **shown)
    return tr(f"incident.reason.{reason.code.value}", **shown)


def _value(name: str, value: str | int) -> str:
    if isinstance(value, str):
        return formats.one_line(value, 60)
    return formats.duration(value) if name.endswith("_ms") else format_number(value)


def line(row: RowData, suggestion: Suggestion, directory: Directory) -> str:
    """One suggestion in a list: how sure, which report, why."""
    return tr(
        "incident.suggestion",
        sure=f"{round(100 * suggestion.score)} %",
        report=f"{words.channel_name(row.channel)} {formats.one_line(row.external_id, 40)}",
        why=reasons(suggestion.reasons, directory),
        text=formats.one_line(row.title or row.text, 80),
    )


def reason_text(suggestions: Sequence[Suggestion], directory: Directory) -> str:
    """The reason that a join by suggestions writes down: what the weightiest of them rests on."""
    return reasons(suggestions[0].reasons, directory) if suggestions else ""
