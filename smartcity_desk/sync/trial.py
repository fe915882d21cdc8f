"""What a trial of a channel found, in plain sentences: for the settings, the health screen and the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from smartcity_desk.domain.report import Report
from smartcity_desk.domain.text import one_line
from smartcity_desk.i18n import has_text, tr, trn
from smartcity_desk.sync.channel import Manifest, TestResult

_TEXT: Final = 110
_REASONS: Final = 4


def sentences(result: TestResult, about: Manifest, when: Callable[[int], str]) -> list[str]:
    """What came, what would be imported, what could not be read and why, and the terms. Of a trial that went well.

    `when` writes an instant (ms UTC) as the place does that shows it. The samples are masked as all reports are.
    """
    said = [tr("channel.trial.note")] if not about.polled else []
    if about.polled:
        said.append(trn("channel.trial.items", result.items))
    if result.newest_at is not None:
        said.append(tr("channel.trial.newest", when=when(result.newest_at)))
    if about.polled and not result.items:
        said.append(tr("channel.trial.none"))
    if result.sample:
        said.append(tr("channel.trial.sample"))
        said += [f"  · {sample_line(report, when)}" for report in result.sample]
    if result.unreadable:
        said.append(trn("channel.trial.unreadable", result.unreadable))
        reasons = sorted(result.reasons.items(), key=lambda one: (-one[1], one[0]))
        said += [f"  · {reason_line(key, n)}" for key, n in reasons[:_REASONS]]
    if result.note_key and has_text(result.note_key):
        said.append(tr(result.note_key))
    said.append(tr("channel.trial.terms", terms=tr(about.terms_key)))
    return said


def sample_line(report: Report, when: Callable[[int], str]) -> str:
    """One report as it would be imported: when, what, and where if it says so. Of a private one only that it is one."""
    if report.private:
        return f"{when(report.reported_at)} · {tr('channel.trial.private')}"
    text = one_line(": ".join(part for part in (report.title, report.text) if part), _TEXT) or "—"
    where = one_line(report.place_hint, 40)
    if not where and report.lat is not None and report.lon is not None:
        where = f"{report.lat:.3f}, {report.lon:.3f}"  # some hundred metres: enough to see that it is a place
    return " · ".join(part for part in (when(report.reported_at), text, where) if part)


def reason_line(key: str, n: int) -> str:
    """Why so many items could not be read: the field that stopped them."""
    return trn("channel.trial.reason", n, field=one_line(key, 60))
