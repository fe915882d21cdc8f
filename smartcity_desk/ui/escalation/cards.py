"""A card in words: what stands on it, line by line, and the whole of it in one utterance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smartcity_desk.domain.fairness import Finding
from smartcity_desk.domain.marks import MarkStep, standing, window_closes
from smartcity_desk.domain.times import DAY
from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import formats
from smartcity_desk.ui.escalation import words
from smartcity_desk.ui.escalation.board import OVER
from smartcity_desk.ui.escalation.deeds import no_longer
from smartcity_desk.ui.offices import words as offices

if TYPE_CHECKING:
    from smartcity_desk.domain.law import Law
    from smartcity_desk.domain.marks import MarkState
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.ui.escalation.board import Card


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a card; a long one is broken into two at most. `tone` names a colour token."""

    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class CardWords:
    """A card as it is painted and as it is spoken. `badge` is shape and word."""

    key: str
    title: str
    badge: str
    tone: str
    lines: tuple[Line, ...]

    @property
    def spoken(self) -> str:
        """All of it in one utterance."""
        return ". ".join([self.title, self.badge, *(line.text for line in self.lines)])


def card_words(card: Card, law: Law, directory: Directory, now: int) -> CardWords:
    """The words of a card at `now`."""
    if card.rising is not None:
        from smartcity_desk.ui.escalation.rising import rising_words

        return rising_words(card, directory, now)
    said = words.step(card.step)
    lines = [
        _holder(card, law, directory, now),
        *_figures(card),
        *_no_longer(card),
        *_dates(card, law, now),
        *_objections(card, law, now),
        *_earlier(card),
        *_waiting(card, now),
    ]
    return CardWords(card.key, words.office(directory, card.office), said.text, said.tone, tuple(lines))


def _holder(card: Card, law: Law, directory: Directory, now: int) -> Line:
    tenure = law.holder(card.office, now)
    if tenure is None:
        return Line(tr("escalation.card.vacant"), "muted")
    name = offices.holder(tenure, directory)
    return Line(tr("escalation.card.holder", name=name, since=offices.day(tenure.valid_from)), "muted")


def _figures(card: Card) -> list[Line]:
    if card.policy is None:
        return []
    marking = card.policy.marking
    head = tr(
        "escalation.card.rule",
        policy=formats.one_line(card.policy.version, 40),
        target=offices.share(marking.target_percent / 100),
    )
    windows = () if card.figures is None else card.figures.windows
    return [Line(head), *(Line(words.window_line(at, one)) for at, one in enumerate(windows))]


def _no_longer(card: Card) -> list[Line]:
    if card.step in OVER or not no_longer(card):
        return []
    assert card.figures is not None
    few = card.figures.verdict.finding is Finding.NOT_ENOUGH
    text = tr("escalation.card.too_few") if few else tr("escalation.card.no_longer")
    return [Line(text, "uncertain")]


def _dates(card: Card, law: Law, now: int) -> list[Line]:
    mark, where = card.mark, card.step
    if mark is None:
        return []
    if where is MarkStep.CANDIDATE:
        text = tr(
            "escalation.card.raised", user=formats.one_line(mark.raised_by, 40), ago=_ago(mark.raised_at, now)
        )
        return [Line(text, "muted")]
    if where is MarkStep.NOTIFIED and card.deadline is not None:
        return [
            Line(tr("escalation.card.opens", at=words.moment(card.deadline, now))),
            *_closes(mark, law, now),
        ]
    if where is MarkStep.WINDOW:
        return _closes(mark, law, now)
    if where in (MarkStep.OBJECTED, MarkStep.REVIEWED) and card.deadline is not None:
        tone = "overdue" if card.deadline - now < DAY else "soon"
        return [Line(tr("escalation.card.review", at=words.moment(card.deadline, now)), tone)]
    return _later_dates(mark, where, law, now)


def _closes(mark: MarkState, law: Law, now: int) -> list[Line]:
    closes = window_closes(mark, law)
    if closes is None:
        return []
    text = tr("escalation.card.closes", at=words.moment(closes, now))
    if mark.extended_at is not None:
        text = f"{text} · {tr('escalation.card.extended')}"
    return [Line(text, "soon" if closes - now < DAY else "")]


def _later_dates(mark: MarkState, where: MarkStep, law: Law, now: int) -> list[Line]:
    if where is MarkStep.ELIGIBLE:
        closed = window_closes(mark, law)
        return [] if closed is None else [Line(tr("escalation.card.closed", at=words.absolute(closed)))]
    told = {
        MarkStep.PROPOSED: ("proposed", mark.proposed_at, mark.proposed_by, mark.list_number),
        MarkStep.DECIDED: ("decided", mark.decided_at, mark.decided_by, mark.outcome),
        MarkStep.ARCHIVED: ("archived", mark.archived_at, "", mark.outcome),
        MarkStep.WITHDRAWN: ("withdrawn", mark.withdrawn_at, mark.withdrawn_by, mark.reason),
    }.get(where)
    if told is None:
        return []
    name, at, user, text = told
    line = tr(
        f"escalation.card.{name}",
        ago=_ago(at, now),
        user=formats.one_line(user, 40),
        text=formats.one_line(text, 120) or offices.NOTHING,
    )
    return [Line(line)]


def _objections(card: Card, law: Law, now: int) -> list[Line]:
    mark = card.mark
    if mark is None or not mark.objections:
        if card.step in (MarkStep.WINDOW, MarkStep.ELIGIBLE, MarkStep.PROPOSED):
            return [Line(tr("escalation.card.no_objection"), "muted")]
        return []
    counts = Counter(standing(mark, one, law, now) for one in mark.objections)
    told = []
    for found, n in counts.items():
        said = words.standing(found)
        told.append(f"{said.shape} {formats.number(n)} {said.word}")
    return [Line(tr("escalation.card.objections", told=", ".join(told)))]


def _earlier(card: Card) -> list[Line]:
    past = card.earlier
    if past is None:
        return []
    if past.withdrawn_at is not None:
        when = formats.short_date(past.withdrawn_at)
        return [
            Line(
                tr("escalation.card.earlier.withdrawn", date=when, text=formats.one_line(past.reason, 80)),
                "muted",
            )
        ]
    when = formats.short_date(past.archived_at or past.raised_at or 0)
    return [Line(tr("escalation.card.earlier", date=when), "muted")]


def _waiting(card: Card, now: int) -> list[Line]:
    found = []
    for op in card.waiting:
        said = words.way(op, now)
        found.append(Line(f"{said.text} · {words.act(op.kind)}", said.tone))
    return found


def _ago(at: int | None, now: int) -> str:
    return tr("common.never") if at is None else formats.ago(min(at, now), now)


def count_words(column: str, n: int) -> str:
    """How many cards stand in a column, for its head."""
    return trn(f"escalation.column.{column}.count", n)
