"""What will climb in the next day: notices that go by themselves, and steps that wait for a person's word."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from smartcity_desk.domain import ladder
from smartcity_desk.domain.decision import Accepted, Action, Contradicted, Refused
from smartcity_desk.domain.events import Actor, EventKind
from smartcity_desk.domain.ids import inbox_id
from smartcity_desk.domain.ladder import Digest
from smartcity_desk.domain.marks import open_objections
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.domain.outward import InboxState
from smartcity_desk.domain.subjects import Context, decide_subject
from smartcity_desk.i18n import has_text, tr, trn
from smartcity_desk.ui import formats
from smartcity_desk.ui.escalation import words
from smartcity_desk.ui.escalation.cards import CardWords, Line
from smartcity_desk.ui.escalation.deeds import NOBODY
from smartcity_desk.ui.offices.items import report_name
from smartcity_desk.ui.theme import SHAPES, State
from smartcity_desk.ui.triage.popover import Popover

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smartcity_desk.domain.law import Law
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.store import Store
    from smartcity_desk.store.rows import ReportLine
    from smartcity_desk.ui.escalation.board import Card
    from smartcity_desk.ui.services import Desk

_HOLDERS_SHOWN: Final = 3
LINES_MOST: Final = 300


@dataclass(frozen=True, slots=True)
class Rising:
    """One digest to come. `waiting` = it can be approved now; `box` is what its office was told before."""

    key: str
    digest: Digest
    inbox: str
    box: InboxState
    waiting: bool


def read_rising(store: Store, law: Law, now: int) -> tuple[Rising, ...]:
    """Proposals that wait, and what the next day brings if no event intervenes. Blocks."""
    offices = store.offices
    items = offices.open_items(now=now)
    boxes = ladder.boxes_of(offices.inboxes().values())
    objections = open_objections(offices.marks().values(), law, now)
    waiting = ladder.proposals(items, law, boxes, now, objections)
    coming = ladder.forecast(items, law, boxes, now, objections)
    seen: Counter[str] = Counter()
    found = []
    for digest, is_waiting in (*((one, True) for one in waiting), *((one, False) for one in coming)):
        name = f"{digest.office}|{digest.urgent:d}|{digest.needs_person:d}|{is_waiting:d}"
        seen[name] += 1
        found.append(
            Rising(
                f"{name}|{seen[name]}",
                digest,
                inbox_id(digest.office),
                boxes.get(digest.office, InboxState(digest.office)),
                is_waiting,
            )
        )
    return tuple(found)


def approval(card: Card, actor: Actor | None, law: Law, now: int) -> Refused | Contradicted | None:
    """Why a step cannot be approved by this account now, or None."""
    rising = card.rising
    assert rising is not None
    if actor is None:
        return Refused(NOBODY)
    if not rising.digest.needs_person:
        return Refused("no_change")
    action = Action("", rising.inbox, EventKind.NOTICE_SENT, rising.digest.notice(), actor, now)
    decision = decide_subject(rising.box, action, Context(law))
    return None if isinstance(decision, Accepted) else decision


# ---------------------------------------------------------------- words


def receiver(directory: Directory, code: str) -> str:
    """Who is told: an office, or a rung that is no office of the directory."""
    known = directory.offices.get(code)
    if known is None:
        key = f"escalation.rung.{code.lower()}"
        return tr(key) if has_text(key) else words.office(directory, code)
    name = words.office(directory, code)
    return tr("escalation.rung.kota", name=name) if known.level is OfficeLevel.KOTA else name


def rising_words(card: Card, directory: Directory, now: int) -> CardWords:
    """The card of a digest to come."""
    rising = card.rising
    assert rising is not None
    digest = rising.digest
    if digest.needs_person:
        shape, tone = ("◆", State.SOON.value) if rising.waiting else ("◇", State.SOON.value)
        badge = (
            f"{shape} {tr('escalation.rising.waits' if rising.waiting else 'escalation.rising.will_wait')}"
        )
    else:
        tone = "accent"
        badge = f"➜ {tr('escalation.rising.goes')}"
    lines = []
    if not rising.waiting:
        soon = digest.at <= now
        when = tr("escalation.rising.next") if soon else words.moment(digest.at, now)
        lines.append(Line(tr("escalation.rising.at", at=when)))
    reports = len({one.report for one in digest.climbs})
    lines.append(Line(trn("escalation.rising.reports", reports)))
    lines.append(Line(_holders(digest, directory), "muted"))
    if digest.urgent:
        lines.append(Line(f"{SHAPES[State.OVERDUE]} {tr('escalation.rising.urgent')}", State.OVERDUE.value))
    for op in card.waiting:
        said = words.way(op, now)
        lines.append(Line(f"{said.text} · {words.act(op.kind)}", said.tone))
    return CardWords(card.key, receiver(directory, digest.office), badge, tone, tuple(lines))


def _holders(digest: Digest, directory: Directory) -> str:
    """Whose reports they are, the most first."""
    counts = Counter(one.holder for one in digest.climbs)
    if list(counts) == [digest.office]:
        return tr("escalation.rising.own")
    named = [
        tr("escalation.rising.holder", office=words.office(directory, code), n=formats.number(n))
        for code, n in counts.most_common(_HOLDERS_SHOWN)
    ]
    rest = len(counts) - len(named)
    if rest > 0:
        named.append(trn("escalation.rising.more", rest))
    return ", ".join(named)


class RisingDialog(Popover):
    """A digest in full: each report, who holds it, and when its step was due. Enter approves where that is possible."""

    def __init__(
        self,
        desk: Desk,
        card: Card,
        lines: Mapping[str, ReportLine],
        refusal: Refused | Contradicted | None,
        parent: QWidget | None,
    ) -> None:
        assert card.rising is not None
        digest, now = card.rising.digest, desk.clock()
        made = rising_words(card, desk.directory, now)
        super().__init__(desk, made.title, made.badge, parent)
        self._refusal = refusal
        self.body.addWidget(
            self.label(trn("escalation.rising.reports", len({one.report for one in digest.climbs})))
        )
        self.list = QListWidget(self)
        self.list.setAccessibleName(tr("escalation.rising.list"))
        self.list.setUniformItemSizes(True)
        for climb in digest.climbs[:LINES_MOST]:
            text = tr(
                "escalation.rising.line",
                report=report_name(lines.get(climb.report), climb.report),
                office=words.office(desk.directory, climb.holder),
                at=formats.short(climb.at, now),
            )
            item = QListWidgetItem(text, self.list)
            item.setToolTip(formats.tip(text))
        if len(digest.climbs) > LINES_MOST:
            QListWidgetItem(trn("escalation.rising.more_lines", len(digest.climbs) - LINES_MOST), self.list)
        self.body.addWidget(self.list, 1)
        if not digest.needs_person:
            self.body.addWidget(self.label(tr("escalation.rising.goes.text")))
        elif refusal is not None:
            self.complain(words.refusal(refusal).whole)
        self.accept_button.setText(tr("escalation.approve.do"))
        self.accept_button.setVisible(digest.needs_person)
        self.accept_button.setEnabled(refusal is None)
        self.accept_button.setDefault(True)
        self.cancel.setText(tr("action.button.cancel" if digest.needs_person else "common.close"))
        self.resize(desk.theme.pixels(640), desk.theme.pixels(480))
        (self.accept_button if refusal is None and digest.needs_person else self.list).setFocus()

    def ready(self) -> str | None:
        """What is refused stays refused."""
        return None if self._refusal is None else words.refusal(self._refusal).whole
