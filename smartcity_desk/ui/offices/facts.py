"""What is known of an office beside its items: what the rule says and why, who held it, its marks and objections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from smartcity_desk.domain.fairness import Finding
from smartcity_desk.domain.figures import judging_policy
from smartcity_desk.domain.marks import (
    MarkStep,
    Standing,
    review_due,
    standing,
    step,
    window_closes,
)
from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import formats
from smartcity_desk.ui.offices import words
from smartcity_desk.ui.offices.lines import Line, Lines
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.domain.law import Law
    from smartcity_desk.domain.marks import MarkState, Objection
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.ui.offices.book import OfficePage
    from smartcity_desk.ui.services import Desk

_STANDING_TONES = {
    Standing.OPEN: "soon",
    Standing.UNDER_REVIEW: "verify",
    Standing.ACCEPTED: "in_time",
    Standing.PARTLY: "in_time",
    Standing.DEFAULT: "in_time",
    Standing.REJECTED: "muted",
}


class OfficeFacts(QScrollArea):
    """Three short lists under their headings."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._page: OfficePage | None = None
        self._code = ""
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        inside = basic.frame(ground="surface")
        self._heads = {name: basic.label(bold=True) for name in ("rule", "holders", "marks")}
        self.rule = Lines()
        self.holders = Lines()
        self.marks = Lines()
        inside.setLayout(
            basic.column(
                self._heads["rule"],
                self.rule,
                6,
                self._heads["holders"],
                self.holders,
                6,
                self._heads["marks"],
                self.marks,
                0,
                spacing=6,
                margins=(14, 10, 14, 14),
            )
        )
        self.setWidget(inside)
        self.retranslate()

    def show_page(self, code: str, page: OfficePage | None) -> None:
        """The facts of an office; None while they are being read."""
        self._code, self._page = code, page
        self._fill()

    def _fill(self) -> None:
        page, directory, now = self._page, self._desk.directory, self._desk.clock()
        if page is None:
            self.rule.show_lines([("", tr("report.loading"), "muted", "")])
            self.holders.show_lines([])
            self.marks.show_lines([])
            return
        self.rule.show_lines([("", line, "", "") for line in rule_words(page)])
        self.holders.show_lines(holder_lines(self._code, page.law, directory, now))
        lines = [line for mark in page.marks for line in mark_lines(mark, page.law, now)]
        self.marks.show_lines(lines or [("", tr("offices.marks.none"), "muted", "")])

    def retranslate(self) -> None:
        """Every text anew."""
        self.setAccessibleName(tr("offices.facts.name"))
        for name, head in self._heads.items():
            head.setText(tr(f"offices.facts.{name}"))
        self._fill()


def rule_words(page: OfficePage) -> list[str]:
    """What the rule says of each window, with the number that it comes down to, and what is open now."""
    figures, rule = page.figures, judging_policy(page.law, page.at).marking
    told = [tr("offices.rule", target=words.share(rule.target_percent / 100), n=rule.least_n)]
    for window, result in zip(figures.windows, figures.verdict.windows, strict=True):
        span = tr(
            "offices.span",
            since=formats.day_month(window.window[0]),
            until=formats.short_date(window.window[1] - 1),
        )
        counts = window.tally
        if counts.n < rule.least_n:
            told.append(tr("offices.rule.too_few", span=span, n=counts.n))
            continue
        key = "offices.rule.holds" if result.holds else "offices.rule.not"
        most = words.NOTHING if result.most_on_time is None else formats.number(result.most_on_time)
        told.append(tr(key, span=span, n=counts.n, on_time=counts.on_time, most=most))
    told.append(tr(f"offices.rule.{figures.verdict.finding.value}"))
    if figures.verdict.finding is not Finding.NOT_ENOUGH:
        told.append(tr("offices.rule.proposal"))
    told.append(
        tr(
            "offices.rule.open",
            running=formats.number(figures.open_items),
            overdue=formats.number(figures.overdue),
        )
    )
    return told


def holder_lines(code: str, law: Law, directory: Directory, now: int) -> list[Line]:
    """Who held the office, the latest first."""
    found: list[Line] = []
    for tenure in reversed(law.tenures(code)):
        until = tr("offices.now") if tenure.valid_to is None else words.day(tenure.valid_to)
        span = tr("offices.span", since=words.day(tenure.valid_from), until=until)
        tone = "" if tenure.covers(now) else "muted"
        found.append((span, words.holder(tenure, directory), tone, ""))
    return found or [("", tr("offices.holders.none"), "muted", "")]


def mark_lines(mark: MarkState, law: Law, now: int) -> list[Line]:
    """A mark with its dates, and each objection below it with where it stands."""
    where = step(mark, law, now)
    over = where in (MarkStep.WITHDRAWN, MarkStep.ARCHIVED, MarkStep.NONE)
    closes = window_closes(mark, law)
    until = "" if closes is None else tr("offices.mark.closes", at=formats.near(closes, now))
    raised = tr("offices.mark.raised", user=formats.one_line(mark.raised_by, 40))
    head = f"⚑ {words.step_word(where)}\n{raised} {until}".strip()
    lines: list[Line] = [
        (_date(mark.raised_at, now), head, "muted" if over else "candidate", _whole(mark.raised_at))
    ]
    lines += [
        (_date(at, now), f"{tr(f'offices.mark.{name}')}{detail}", "", _whole(at))
        for name, at, detail in (
            ("notified", mark.notified_at, _user(mark.notified_by)),
            ("served", mark.served_at, ""),
            ("extended", mark.extended_at, ""),
            ("proposed", mark.proposed_at, _user(mark.proposed_by)),
            ("decided", mark.decided_at, _quote(mark.outcome)),
            ("archived", mark.archived_at, ""),
            ("withdrawn", mark.withdrawn_at, _quote(mark.reason)),
        )
        if at is not None
    ]
    for one in mark.objections:
        lines.append(_objection_line(mark, one, law, now))
    return lines


def _objection_line(mark: MarkState, one: Objection, law: Law, now: int) -> Line:
    found = standing(mark, one, law, now)
    code = tr("offices.objection.no_code") if one.code is None else one.code.value
    head = tr(
        "offices.objection",
        segments=trn("offices.objection.segments", len(one.segments)),
        code=code,
        standing=tr(f"offices.standing.{found.value}"),
    )
    if found in (Standing.OPEN, Standing.UNDER_REVIEW):
        head += " " + tr("offices.objection.due", at=formats.near(review_due(mark, one, law), now))
    words_of = [head, formats.one_line(one.text, 300)]
    if one.answer:
        words_of.append(
            tr(
                "offices.objection.answer",
                user=formats.one_line(one.decided_by or "", 40),
                text=formats.one_line(one.answer, 300),
            )
        )
    return (_date(one.filed_at, now), "\n".join(words_of), _STANDING_TONES[found], _whole(one.filed_at))


def _date(at: int | None, now: int) -> str:
    return "" if at is None else formats.short(at, now)


def _whole(at: int | None) -> str:
    return "" if at is None else formats.date_time(at)


def _user(user: str) -> str:
    return f" · {formats.one_line(user, 40)}" if user else ""


def _quote(text: str) -> str:
    return f": {formats.one_line(text, 300)}" if text else ""
