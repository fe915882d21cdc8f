"""One claimed completion, looked at by a person: pictures, words, hints; accepted or refused by key.

In a second review (F20) the same evidence is shown without the first person's answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import formats
from smartcity_desk.ui.darkroom import room_of
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.triage import words
from smartcity_desk.ui.verify import evidence
from smartcity_desk.ui.verify.evidence import Evidence
from smartcity_desk.ui.verify.hints import hint_sentence
from smartcity_desk.ui.verify.view import STEP, Mode, PairView
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.store.rows import RowData

Answer = Callable[[bool, str], Awaitable[str | None]]
"""Does it: accepted or not, with the reason; returns why it was refused, or None."""
_HINTS_SHOWN: Final = 6


class VerifyDialog(QDialog):
    """Modal to the window. V accepts, Shift+V refuses with the reason in the line; G swipes, B subtracts."""

    def __init__(
        self,
        desk: Desk,
        row: RowData,
        answer: Answer,
        parent: QWidget | None,
        *,
        reviewed: str | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._row = row
        self._answer = answer
        self._reviewed = reviewed
        self._evidence: Evidence | None = None
        self._pair = 0
        self._busy = False
        title = tr("verify.second_title" if reviewed else "verify.title")
        self.setWindowTitle(f"{title} · {formats.one_line(row.external_id, 40)}")
        self.subject = basic.label(formats.one_line(row.title or row.text, 160), bold=True, wrap=True)
        self.said = basic.label(wrap=True)
        self.hints = basic.label(wrap=True)
        self.view = PairView(desk.theme)
        self.view.setAccessibleName(tr("verify.pictures"))
        self.state = basic.label(tone="muted", wrap=True)
        self.reason = QLineEdit()
        self.reason.setPlaceholderText(tr("verify.reason"))
        self.reason.setAccessibleName(tr("verify.reason"))
        self.trouble = basic.label(tone="overdue", wrap=True)
        self.trouble.hide()
        self.swipe = self._button("verify.swipe", "G", partial(self._toggle, Mode.SWIPE))
        self.difference = self._button("verify.difference_key", "B", partial(self._toggle, Mode.DIFFERENCE))
        self.refuse = self._button("verify.refuse", "Shift+V", partial(self._decide, False))
        self.accept_button = self._button("verify.accept", "V", partial(self._decide, True))
        self.accept_button.setProperty("kind", "primary")
        self._keys("Left", lambda: self.view.move_swipe(self.view.at - STEP))
        self._keys("Right", lambda: self.view.move_swipe(self.view.at + STEP))
        self._keys("]", lambda: self._next(1))
        self._keys("[", lambda: self._next(-1))
        layout = basic.column(
            self.subject,
            self.said,
            self.hints,
            self.view,
            self.state,
            self.reason,
            self.trouble,
            basic.row(self.swipe, self.difference, 0, self.refuse, self.accept_button),
            spacing=8,
            margins=(20, 16, 20, 16),
        )
        layout.setStretch(3, 1)
        self.setLayout(layout)
        self.resize(desk.theme.pixels(980), desk.theme.pixels(680))
        self.view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.view.setFocus()
        self._show_state(tr("verify.loading"))
        desk.tasks.replace("verify.load", self._load())

    def _button(self, key: str, keys: str, deed: Callable[[], object]) -> QWidget:
        made = basic.button()
        made.setText(tr("verify.button", title=tr(key), key=keys))
        made.clicked.connect(lambda _=False: deed())
        made.setAutoDefault(False)
        self._keys(keys, deed)
        return made

    def _keys(self, keys: str, deed: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(keys), self)

        def pressed() -> None:
            if not self.reason.hasFocus():  # there they are letters of the reason
                deed()

        shortcut.activated.connect(pressed)

    # ------------------------------------------------------------ what is shown

    async def _load(self) -> None:
        desk = self._desk
        found = await desk.readers.run(
            evidence.gather, desk.store, desk.paths.attachments, self._row.id, answer=self._reviewed
        )
        if not alive(self):
            return
        self._evidence = found
        if found is None:
            self._show_state(tr("verify.nothing"))
            self.view.show_pair(None, tr("verify.no_pictures"))
            return
        office = words.office_name(desk.directory, self._row.office) if self._row.office else ""
        self.said.setText(
            tr(
                "verify.said",
                office=office,
                at=formats.date_time(found.claim.at),
                text=formats.clean(found.text, 600),
            )
        )
        self._show_hints(found)
        await self._show_pair()

    def _show_hints(self, found: Evidence) -> None:
        if found.hints is None:
            self.hints.setText(tr("verify.not_examined"))
            basic.set_tone(self.hints, "muted")
        elif not found.hints:
            self.hints.setText(tr("verify.no_hints"))
            basic.set_tone(self.hints, "muted")
        else:
            lines = [hint_sentence(one) for one in found.hints[:_HINTS_SHOWN]]
            self.hints.setText("\n".join(f"◆ {line}" for line in lines))
            basic.set_tone(self.hints, "soon")

    async def _show_pair(self) -> None:
        found = self._evidence
        assert found is not None
        pairs = found.pairs
        if not pairs:
            self.view.show_pair(None, tr("verify.no_pictures"))
            self._show_state(trn("verify.missing", found.missing) if found.missing else "")
            return
        shown = await self._desk.errands.run(evidence.load, pairs[self._pair], room_of(self._desk))
        if not alive(self):
            return
        self.view.show_pair(shown, tr("verify.unreadable"))
        self.view.set_mode(self.view.mode)
        parts = [tr("verify.pair", n=self._pair + 1, of=len(pairs))] if len(pairs) > 1 else []
        if shown.comparison is not None:
            parts.append(tr(f"verify.fit.{shown.comparison.fit.value}"))
        if found.missing:
            parts.append(trn("verify.missing", found.missing))
        self._show_state(" ".join(parts))

    def _show_state(self, text: str) -> None:
        self.state.setText(text)
        self.state.setVisible(bool(text))

    def _toggle(self, mode: Mode) -> None:
        self.view.set_mode(Mode.SIDE if self.view.mode is mode else mode)

    def _next(self, step: int) -> None:
        if self._evidence is not None and len(self._evidence.pairs) > 1:
            self._pair = (self._pair + step) % len(self._evidence.pairs)
            self._desk.tasks.replace("verify.load", self._show_pair())

    # ------------------------------------------------------------ the answer

    def _decide(self, accept: bool) -> None:
        if self._busy:
            return
        if not accept and not self.reason.text().strip():
            self.reason.setFocus()
            self._say(tr("verify.reason_needed"))
            return
        self._busy = True
        self._desk.tasks.replace("verify.answer", self._do(accept))

    async def _do(self, accept: bool) -> None:
        try:
            refusal = await self._answer(accept, self.reason.text().strip())
        finally:
            self._busy = False
        if not alive(self):
            return
        if refusal is None:
            self.accept()
        else:
            self._say(refusal)

    def _say(self, sentence: str) -> None:
        self.trouble.setText(sentence)
        self.trouble.show()
