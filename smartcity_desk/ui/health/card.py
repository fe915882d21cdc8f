"""One source on the health screen: its condition, its numbers, its trouble in words, and what can be done."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton, QWidget

from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import errors_text, formats
from smartcity_desk.ui.health.condition import SIGNS, Condition
from smartcity_desk.ui.widgets import basic

PLACES = 6
"""Numbers that stand side by side."""


class Card(QFrame):
    """`name` is the channel's, or `central`. Signals bring that name."""

    retry = Signal(str)
    trial = Signal(str)
    quarantine = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.setProperty("ground", "card")
        self.sign = basic.label(step=1, bold=True)
        self.title = basic.label(step=1, bold=True)
        self.word = basic.label(bold=True)
        self.captions = [basic.label(tone="muted", step=-1) for _ in range(PLACES)]
        self.values = [basic.label() for _ in range(PLACES)]
        numbers = basic.row(spacing=24)
        for caption, value in zip(self.captions, self.values, strict=True):
            numbers.addLayout(basic.column(caption, value, spacing=2), 1)
        self.trouble = basic.label(tone="overdue", wrap=True)
        self.outcome = basic.label(tone="muted", wrap=True)
        self.retry_button = self._button(self.retry)
        self.trial_button = self._button(self.trial)
        self.quarantine_button = self._button(self.quarantine)
        head = basic.row(
            self.sign, self.title, self.word, 0, self.quarantine_button, self.trial_button, self.retry_button
        )
        self.setLayout(
            basic.column(head, numbers, self.trouble, self.outcome, spacing=8, margins=(16, 12, 16, 12))
        )
        self.trouble.hide()
        self.outcome.hide()

    def _button(self, signal: object) -> QPushButton:
        made = basic.button()
        made.clicked.connect(lambda: signal.emit(self.name))  # type: ignore[attr-defined]  # a bound signal
        return made

    def show_condition(self, title: str, condition: Condition) -> None:
        """Show name and condition; the buttons that make no sense now are not offered."""
        sign, tone = SIGNS[condition]
        self.sign.setText(sign)
        self.title.setText(title)
        self.word.setText(tr(f"health.condition.{condition.value}"))
        for part in (self.sign, self.word):
            basic.set_tone(part, tone)
        self.setAccessibleName(f"{title}: {self.word.text()}")
        self.retry_button.setText(tr("common.retry"))
        self.trial_button.setText(tr("common.test"))
        self.retry_button.setAccessibleName(tr("health.retry.name", source=title))
        self.trial_button.setAccessibleName(tr("health.trial.name", source=title))
        off = condition is Condition.OFF
        self.retry_button.setEnabled(not off)

    def show_numbers(self, *numbers: tuple[str, str, str]) -> None:
        """Show (name, value, tip) from left to right; places that are left over stay empty."""
        for at, (caption, value) in enumerate(zip(self.captions, self.values, strict=True)):
            name, text, tip = numbers[at] if at < len(numbers) else ("", "", "")
            caption.setText(tr(f"health.number.{name}") if name else "")
            value.setText(text)
            value.setToolTip(formats.tip(tip))

    def show_quarantine(self, title: str, n: int) -> None:
        """Offer the quarantine while there is something in it."""
        self.quarantine_button.setVisible(n > 0)
        self.quarantine_button.setText(trn("health.quarantine.open", n))
        self.quarantine_button.setAccessibleName(f"{title}: {self.quarantine_button.text()}")

    def show_trouble(self, code: str | None, params: dict[str, object], since: int | None, now: int) -> None:
        """Say what is wrong, in three sentences, and since when it was last seen."""
        self.trouble.setVisible(code is not None)
        if code is not None:
            words = errors_text.of_code(code, params)
            when = f"{formats.ago(since, now)}: " if since is not None else ""
            self.trouble.setText(f"{when}{words.whole}")
            basic.set_tone(
                self.trouble,
                "soon" if errors_text.is_away(code, params) or code == "rate_limited" else "overdue",
            )

    def show_outcome(self, text: str) -> None:
        """Show what a trial or a retry found; nothing hides the line."""
        self.outcome.setText(text)
        self.outcome.setVisible(bool(text))
