"""Eskalasi: the board, one dossier, and the Governor's lists. Reads on a reader, acts on the writer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from smartcity_desk.config import KEYMAP
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.outward import OUTWARD_KINDS
from smartcity_desk.domain.times import MINUTE, SECOND
from smartcity_desk.i18n import tr
from smartcity_desk.ui import dossiers, formats
from smartcity_desk.ui.beats import once
from smartcity_desk.ui.commands import ESCALATION
from smartcity_desk.ui.escalation import board as boards
from smartcity_desk.ui.escalation import words
from smartcity_desk.ui.escalation.acting import Acts
from smartcity_desk.ui.escalation.approving import Approvals
from smartcity_desk.ui.escalation.board import Board, Card, City
from smartcity_desk.ui.escalation.boardpage import BoardPage
from smartcity_desk.ui.escalation.cards import card_words
from smartcity_desk.ui.escalation.case import Case, read_case
from smartcity_desk.ui.escalation.casepage import SIDES, CasePage
from smartcity_desk.ui.escalation.decisions import Decisions
from smartcity_desk.ui.escalation.deedbar import DeedBar
from smartcity_desk.ui.escalation.deeds import Deed, offers
from smartcity_desk.ui.escalation.events import Events
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.notify import Level
from smartcity_desk.ui.shortcuts import ScreenKeys
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.screen import Screen
from smartcity_desk.ui.working import WorkStrip

if TYPE_CHECKING:
    from smartcity_desk.domain.law import Law
    from smartcity_desk.evidence.dossier import Subject
    from smartcity_desk.ui.escalation.listpage import ListPage
    from smartcity_desk.ui.escalation.lists import Lists
    from smartcity_desk.ui.services import Desk

GATHER_MS: Final = 400
"""So long what streams in is gathered before marks are read again."""
CITY_MS: Final = 30 * SECOND
"""The city's figures are seconds of work: never read more often than this unless something was done here."""
OLD_AFTER_MS: Final = 5 * MINUTE
_TICK_MS: Final = 1_000
_ITEM_MS: Final = 60
_WORDS_EVERY: Final = 15


class EscalationScreen(Screen):
    """Wires the parts. Everything that touches the store runs in a lane and comes back here."""

    key: ClassVar[str] = "escalation"
    title_key: ClassVar[str] = "shell.screen.escalation"
    icon: ClassVar[str] = "escalation"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.board: Board | None = None
        self.city: City | None = None
        self.case: Case | None = None
        self.list_page: ListPage | None = None
        self.lists: Lists | None = None
        self._cards: dict[str, Card] = {}
        self._active = False
        self._over = False
        self._stale = True
        self._reading_city = False
        self._beat = 0
        self._subject: Subject | None = None
        self._report = ""
        self.strip = WorkStrip(desk)
        self.board_page = BoardPage(desk)
        self.case_page = CasePage(desk)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.board_page)
        self.pages.addWidget(self.case_page)
        self.deed_bar = DeedBar(desk)
        whole = basic.column(self.strip, spacing=0)
        whole.addWidget(self.pages, 1)
        whole.addWidget(self.deed_bar)
        self.setLayout(whole)
        self.acts = Acts(desk, self)
        self.decisions = Decisions(
            desk, self.acts, self.strip, self.current, self._law, self._objection, self
        )
        self.approvals = Approvals(desk, self.acts, self.current, self._law, self)
        self.events = Events(desk, self.acts, self)
        self._gather = once(self, GATHER_MS, self._reread)
        self._item_timer = once(self, _ITEM_MS, self._read_item)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._second)
        self._connect()
        self._bind()
        self.keys = ScreenKeys(desk.commands, ESCALATION, self)
        self.retranslate()

    def _connect(self) -> None:
        bridge = self.desk.bridge
        bridge.reports_changed.connect(self._data_changed)
        bridge.outbox_changed.connect(self._outbox_changed)
        bridge.directory_changed.connect(self._data_changed)
        bridge.actor_changed.connect(self._show_deeds)
        bridge.settings_changed.connect(self._setting_changed)
        bridge.open_dossier.connect(self.open_code)
        self.board_page.chosen.connect(lambda _: self._show_deeds())
        self.board_page.opened.connect(self.open_card)
        self.case_page.left.connect(self.show_board)
        self.case_page.item_chosen.connect(self._item_chosen)
        self.acts.changed.connect(lambda _: self._acted())

    def _bind(self) -> None:
        bind, page = self.desk.commands.bind, self.board_page
        bind("escalation.next", partial(self._step, 1))
        bind("escalation.previous", partial(self._step, -1))
        bind("escalation.left", partial(self._aside, -1))
        bind("escalation.right", partial(self._aside, 1))
        bind("escalation.open", lambda: self.open_card(page.current_key), self._at_board)
        bind("escalation.back", self._back)
        for deed in Deed:
            bind(deed.command, partial(self.decisions.do, deed), self._not_lists)
        bind("escalation.all", self.decisions.all, self._not_lists)
        bind("escalation.approve", self.approvals.open, self._at_board)
        bind("escalation.undo", self.acts.undo_soon)
        bind("escalation.stop", self._stop, lambda: self._held_op() is not None)
        bind("escalation.dossier", self._make_dossier, lambda: self._not_lists() and self._has_office())
        bind("escalation.report", self._open_report, lambda: self.case_page.report is not None)
        bind("escalation.print", self.show_lists)
        bind("escalation.events", self.events.open)
        bind("escalation.over", self._toggle_over)
        for at, name in enumerate(SIDES, start=1):
            bind(f"escalation.side_{at}", partial(self.case_page.show_side, name), self._at_case)
        self._bind_lists()

    def _bind_lists(self) -> None:
        bind = self.desk.commands.bind

        def lists(call: str, *args: object) -> object:
            return lambda: getattr(self._lists, call)(*args)

        def pdf(call: str, *args: object) -> object:
            return lambda: getattr(self._lists_page.pdf, call)(*args)

        for name, call in (
            ("issue", lists("issue")),
            ("save_pdf", lists("save", "pdf")),
            ("save_csv", lists("save", "csv")),
            ("save_xlsx", lists("save", "xlsx")),
            ("to_printer", lists("to_printer")),
        ):
            bind(f"escalation.{name}", call, partial(self._list_button, f"escalation.{name}"))  # type: ignore[arg-type]  # a call
        for name, call in (
            ("zoom_in", pdf("zoom", 1)),
            ("zoom_out", pdf("zoom", -1)),
            ("zoom_fit", pdf("zoom", 0)),
            ("page_next", pdf("turn", 1)),
            ("page_previous", pdf("turn", -1)),
        ):
            bind(f"escalation.{name}", call, self._at_lists)  # type: ignore[arg-type]  # a call

    # -- shown and hidden --------------------------------------------------------------------------------------

    def activate(self) -> None:
        """Shown: read what may have changed."""
        self._active = True
        self._tick.start()
        self._reread()
        self._take_focus()

    def deactivate(self) -> None:
        """Hidden: nothing is read until it is shown again."""
        self._active = False
        for timer in (self._tick, self._gather, self._item_timer):
            timer.stop()

    def hideEvent(self, event: QHideEvent) -> None:
        """The window closes: nothing may start any more."""
        super().hideEvent(event)
        if not self.isVisible() and not self.window().isMinimized():
            self.deactivate()

    def _data_changed(self, _what: object = None) -> None:
        self._stale = True
        if self.lists is not None:
            self.lists.outdate()
        self._outbox_changed()

    def _outbox_changed(self, _what: object = None) -> None:
        if self._active and not self._gather.isActive():
            self._gather.start()

    def _setting_changed(self, name: str) -> None:
        if name == KEYMAP.name:
            self.keys.bind()
            self.retranslate()

    def _second(self) -> None:
        """Holds run out and terms come nearer; every few seconds the words of all cards are made anew."""
        self._beat += 1
        held = any(card.waiting for card in self._cards.values())
        if held or self._beat % _WORDS_EVERY == 0:
            self._show_cards()
        if self.list_page is not None and self._at_lists():
            self.list_page.say_times()
        if self._beat % _WORDS_EVERY == 0:
            self.case_page.refresh()
            if self._city_is_old():
                self._reread()

    # -- reading -----------------------------------------------------------------------------------------------

    def _city_is_old(self) -> bool:
        if self.city is None:
            return True
        age = self.desk.clock() - self.city.at
        return age >= OLD_AFTER_MS or (self._stale and age >= CITY_MS)

    def _reread(self) -> None:
        self.desk.tasks.replace("escalation.read", self._read())

    async def _read(self) -> None:
        desk = self.desk
        try:
            self.board = await desk.readers.run(boards.read_board, desk.store, desk.clock(), self.city)
            if not alive(self):
                return
            self._show_cards()
            await self._read_case()
            if self.lists is not None and self._at_lists():
                await self.lists.read()
        except DeskError as problem:
            desk.notify.error(problem)
        if alive(self) and self._city_is_old() and not self._reading_city:
            self._reading_city = True
            desk.tasks.spawn(self._read_city(), name="escalation.city")

    async def _read_city(self) -> None:
        """Apart from the rest: what streams in asks for the marks anew, and must not begin this from its start."""
        desk = self.desk
        self.board_page.set_busy(busy=True)
        self._stale = False  # what changes from here on may have been read before it did
        try:
            city = await desk.readers.run(boards.read_city, desk.store, desk.clock())
        except DeskError as problem:
            self._stale = True
            desk.notify.error(problem)
            return
        finally:
            self._reading_city = False
            if alive(self):
                self.board_page.set_busy(busy=False)
        if alive(self):
            self.city = city
            self._reread()

    async def _read_case(self) -> None:
        wanted = self._subject
        if wanted is None:
            return
        case = await self.desk.readers.run(read_case, self.desk.store, wanted, self.desk.clock())
        if alive(self) and self._subject is wanted:
            self.case = case
            self.case_page.show_case(case, self._case_card(case))
            self._show_deeds()

    def _acted(self) -> None:
        """Something was done here: the figures of that office are new as well."""
        self._reread()

    def _show_cards(self) -> None:
        board, now = self.board, self.desk.clock()
        if board is None:
            self.board_page.show_cards({}, loaded=False)
            return
        found = boards.cards(board, now, over=self._over)
        self._cards = {card.key: card for cards in found.values() for card in cards}
        made = {
            column: [card_words(card, board.law, self.desk.directory, now) for card in cards]
            for column, cards in found.items()
        }
        self.board_page.show_cards(made, loaded=board.city is not None)
        at = self.city.at if self.city is not None else board.at
        self.board_page.caption.set_text(tr("escalation.caption", at=formats.near(at, now)))
        self._show_deeds()

    # -- the card that is meant --------------------------------------------------------------------------------

    def current(self) -> Card | None:
        """The card under the cursor, or that of the dossier on show."""
        if self._at_case():
            return None if self.case is None else self._case_card(self.case)
        return self._cards.get(self.board_page.current_key)

    def _law(self) -> Law | None:
        return None if self.board is None else self.board.law

    def _objection(self) -> str | None:
        return self.case_page.chosen_objection if self._at_case() else None

    def _has_office(self) -> bool:
        card = self.current()
        return card is not None and card.rising is None

    def _case_card(self, case: Case) -> Card:
        return boards.card_of(case, self.desk.clock(), self.board)

    def _show_deeds(self) -> None:
        if self._at_lists():
            self.deed_bar.show_offers((), any_card=False)
            return
        card, law = self.current(), self._law()
        if card is None or law is None or card.rising is not None:
            self.deed_bar.show_offers((), any_card=False)
            return
        now = self.desk.clock()
        held = card.held_until is not None and card.held_until > now
        self.deed_bar.show_offers(offers(card, self.desk.actor, law, now), any_card=True, held=held)

    # -- pages -------------------------------------------------------------------------------------------------

    def _at_board(self) -> bool:
        return self.pages.currentWidget() is self.board_page

    def _at_case(self) -> bool:
        return self.pages.currentWidget() is self.case_page

    def _at_lists(self) -> bool:
        return self.list_page is not None and self.pages.currentWidget() is self.list_page

    def _not_lists(self) -> bool:
        return not self._at_lists()

    def show_board(self) -> None:
        """Back to the columns."""
        self._subject = self.case = None
        self.pages.setCurrentWidget(self.board_page)
        self._show_deeds()
        self.board_page.take_focus()

    def open_card(self, key: str) -> None:
        """Open the dossier of a card, or the digest of a notice."""
        card = self._cards.get(key)
        if card is None:
            return
        if card.rising is not None:
            self.approvals.open()
            return
        from smartcity_desk.evidence.dossier import Subject

        self._open(Subject(card.office, card.mark_id, card.mark, spans_of(card, None)))

    def _open(self, subject: Subject) -> None:
        self._subject, self.case = subject, None
        self.case_page.show_case(None, None)
        self.pages.setCurrentWidget(self.case_page)
        self._show_deeds()
        self.case_page.take_focus()
        self._reread()

    def open_code(self, code: str) -> None:
        """Open the dossier that a short code from paper names."""
        self.desk.tasks.replace("escalation.code", self._opened(code))

    async def _opened(self, code: str) -> None:
        from smartcity_desk.evidence.finding import of_code

        desk = self.desk

        def look() -> Subject | None:
            law, marks = desk.store.law(), desk.store.offices.marks()
            return of_code(code, law, marks, desk.clock())

        subject = await desk.readers.run(look)
        if not alive(self):
            return
        if subject is None:
            desk.notify.say(
                tr("escalation.code.unknown", code=formats.one_line(code, 20)),
                Level.WARNING,
                detail=tr("escalation.code.unknown.next"),
                replaces="escalation.code",
            )
            return
        self._open(subject)

    def show_lists(self) -> None:
        """The Governor's lists; asked for there, the draft is drawn up anew."""
        if self._at_lists():
            self._lists.draw_up()
            return
        lists = self._lists
        self.pages.setCurrentWidget(self._lists_page)
        self._show_deeds()
        self._lists_page.take_focus()
        lists.open()

    @property
    def _lists(self) -> Lists:
        """Loaded when lists are first wanted: Qt's PDF code comes with it."""
        if self.lists is None:
            from smartcity_desk.ui.escalation.listpage import ListPage
            from smartcity_desk.ui.escalation.lists import Lists

            self.list_page = ListPage(self.desk)
            self.list_page.left.connect(self.show_board)
            self.lists = Lists(self.desk, self.acts, self.list_page)
            self.pages.addWidget(self.list_page)
        return self.lists

    @property
    def _lists_page(self) -> ListPage:
        assert self._lists is not None
        assert self.list_page is not None
        return self.list_page

    def _list_button(self, name: str) -> bool:
        return self._at_lists() and self._lists_page.buttons[name].isEnabled()

    def _take_focus(self) -> None:
        if self._at_board():
            self.board_page.take_focus()
        elif self._at_case():
            self.case_page.take_focus()
        else:
            self._lists_page.take_focus()

    # -- keys --------------------------------------------------------------------------------------------------

    def _step(self, by: int) -> None:
        if self._at_board():
            self.board_page.step(by)
        elif self._at_case():
            self.case_page.step(by)
        else:
            self._lists_page.pdf.scroll_by(by)

    def _aside(self, by: int) -> None:
        if self._at_board():
            self.board_page.aside(by)
        elif self._at_case():
            self.case_page.next_side(by)

    def _back(self) -> None:
        if not self._at_board():
            self.show_board()
        else:
            self.board_page.take_focus()

    def _held_op(self) -> str | None:
        """The act on the card, or the issue of the list on show, that can still be stopped."""
        now = self.desk.clock()
        if self._at_lists():
            one = self._lists_page.current_issued
            return one.op.id if one is not None and one.op is not None and one.held(now) else None
        card = self.current()
        ops = () if card is None else card.waiting
        held = [op.id for op in ops if op.kind in OUTWARD_KINDS and not op.sent and op.not_before > now]
        return held[-1] if held else None

    def _stop(self) -> None:
        held = self._held_op()
        if held is not None:
            self.acts.stop_soon(held)

    def _toggle_over(self) -> None:
        self._over = not self._over
        self.board_page.say_over(on=self._over)
        self._show_cards()

    def _open_report(self) -> None:
        report = self.case_page.report
        if report is not None:
            self.desk.bridge.open_report.emit(report)

    def _item_chosen(self, report: str) -> None:
        self._report = report
        self._item_timer.start()

    def _read_item(self) -> None:
        if self._report:
            self.desk.tasks.replace("escalation.item", self._item(self._report))

    async def _item(self, report: str) -> None:
        try:
            detail = await self.desk.readers.run(self.desk.store.report, report)
        except DeskError as problem:
            self.desk.notify.error(problem)
            return
        if alive(self) and report == self._report:
            self.case_page.show_detail(detail)

    def _make_dossier(self) -> None:
        card = self.current()
        if card is None or self.strip.busy:
            return
        name = words.office(self.desk.directory, card.office)
        chosen = partial(boards.subject_in, card.mark_id, card.office, spans_of(card, self.case))
        self.desk.tasks.spawn(
            dossiers.ask_and_make(self.desk, self, self.strip, chosen, name), name="escalation.dossier"
        )

    # -- look --------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Every text anew."""
        super().retranslate()
        parts = (self.board_page, self.case_page, self.deed_bar, self.strip)
        for part in parts:
            part.retranslate()
        if self.list_page is not None:
            self.list_page.retranslate()
        self._show_cards()

    def restyle(self) -> None:
        """The new theme."""
        self.board_page.restyle()
        self.case_page.restyle()


def spans_of(card: Card, case: Case | None) -> tuple[tuple[int, int], ...]:
    """The windows that a card is about."""
    if case is not None and case.subject.mark_id == card.mark_id:
        return tuple(case.subject.spans)
    if card.mark is not None:
        return card.mark.windows
    return () if card.figures is None else tuple(one.window for one in card.figures.windows)
