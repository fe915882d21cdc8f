"""One source on the health screen: its condition, its numbers, its trouble in words, and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QWidget

from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import errors_text, formats
from smartcity_desk.ui.health import words
from smartcity_desk.ui.health.condition import SIGNS, Condition
from smartcity_desk.ui.health.pulse import Pulse
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.store.health import ChannelHealth
    from smartcity_desk.ui.theme import Theme

PLACES = 6
"""Numbers that stand side by side."""


class Card(QFrame):
    """`name` is the channel's, or `central`. Signals bring that name."""

    retry = Signal(str)
    trial = Signal(str)
    quarantine = Signal(str)
    reread = Signal(str)

    def __init__(self, name: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self._troubled = False
        self._narrow = False
        self.setProperty("ground", "card")
        self.sign = basic.label(step=1, bold=True)
        self.title = basic.label(bold=True)
        self.word = basic.label(step=-1)
        self.captions = [basic.label(tone="muted", step=-1) for _ in range(PLACES)]
        self.values = [basic.label() for _ in range(PLACES)]
        self._numbers = QWidget()
        numbers = basic.row(spacing=12)
        self._numbers.setLayout(numbers)
        for caption, value in zip(self.captions, self.values, strict=True):
            numbers.addLayout(basic.column(caption, value, spacing=0), 1)
        self.pulse = Pulse(theme)
        self.trouble = basic.label(tone="overdue", wrap=True)
        self.silence = basic.label(tone="soon", wrap=True)
        self.outcome = basic.label(tone="muted", wrap=True)
        self.details = basic.label(tone="muted", step=-1, wrap=True)
        self.days = basic.label(step=-1, wrap=True)
        self.retry_button = self._button(self.retry)
        self.trial_button = self._button(self.trial)
        self.reread_button = self._button(self.reread)
        self.quarantine_button = self._button(self.quarantine)
        self.more_button = basic.button(kind="quiet")
        self.more_button.setCheckable(True)
        self.more_button.toggled.connect(self._unfold)
        names = basic.column(self.title, self.word, spacing=0)
        self._left = QWidget()
        self._left.setLayout(basic.row(self.sign, names, 0, spacing=8))
        line = QGridLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setHorizontalSpacing(12)
        line.setVerticalSpacing(2)
        line.setColumnStretch(1, 1)
        for at, part in enumerate(
            (self._left, self._numbers, self.pulse, self.quarantine_button, self.more_button)
        ):
            line.addWidget(part, 0, at)
        self._line = line
        kept = self.quarantine_button.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # the columns of all cards stand below each other
        self.quarantine_button.setSizePolicy(kept)
        wrong = basic.row(spacing=12)
        wrong.addWidget(self.trouble, 1)
        wrong.addWidget(self.retry_button, 0, Qt.AlignmentFlag.AlignRight)
        self._folded = QWidget()
        self._folded.setLayout(
            basic.column(
                self.details,
                self.days,
                basic.row(0, self.reread_button, self.trial_button),
                spacing=6,
            )
        )
        self.setLayout(
            basic.column(
                line,
                wrong,
                self.silence,
                self.outcome,
                self._folded,
                spacing=2,
                margins=(12, 2, 8, 2),
            )
        )
        for hidden in (
            self.trouble,
            self.silence,
            self.outcome,
            self._folded,
            self.pulse,
            self.reread_button,
        ):
            hidden.hide()
        self.restyle(theme)

    def restyle(self, theme: Theme) -> None:
        """Take a theme's measure and colours."""
        self._left.setFixedWidth(theme.pixels(176))
        self.sign.setFixedWidth(theme.pixels(16))
        self.quarantine_button.setMinimumWidth(theme.pixels(104))
        self.pulse.restyle(theme)

    def set_narrow(self, *, narrow: bool) -> None:
        """Put the numbers below the name, where there is no room for them beside it."""
        if narrow != self._narrow:
            self._narrow = narrow
            self._line.removeWidget(self._numbers)
            self._line.addWidget(self._numbers, *((1, 0, 1, -1) if narrow else (0, 1)))

    def _unfold(self, shown: bool) -> None:
        self._folded.setVisible(shown)
        self._say_more()
        self._offer_retry()

    def _offer_retry(self) -> None:
        """A new try is offered where something is wrong, and where somebody looks closely."""
        self.retry_button.setVisible(self._troubled or self.more_button.isChecked())

    def _say_more(self) -> None:
        self.more_button.setText(tr("health.less" if self.more_button.isChecked() else "health.more"))
        self.more_button.setAccessibleName(f"{self.title.text()}: {self.more_button.text()}")

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
        self.reread_button.setText(tr("health.reread"))
        self.reread_button.setAccessibleName(tr("health.reread.name", source=title))
        self._say_more()
        off = condition is Condition.OFF
        self.retry_button.setEnabled(not off)
        for part in (*self.captions, *self.values):
            part.setVisible(not off)

    def show_health(self, title: str, health: ChannelHealth | None, now: int) -> None:
        """Show volume, silence, outages and counts; nothing of a channel that is off (`health` None)."""
        self.pulse.setVisible(health is not None)
        self.reread_button.setVisible(health is not None)
        odd = [] if health is None else [words.silence_words(health, now), words.difference_words(health)]
        self.silence.setText("\n".join(filter(None, odd)))
        self.silence.setVisible(any(odd))
        lines = [] if health is None else words.details(health, now)
        self.details.setText("\n".join(lines))
        self.details.setVisible(bool(lines))
        self.days.setVisible(health is not None)
        if health is not None:
            self.pulse.show_bars(title, health.bars)
            self.days.setText("\n".join(words.day_words(day) for day in health.days))

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

    def show_trouble(
        self, code: str | None, params: dict[str, object], since: int | None, now: int, *, brief: bool = False
    ) -> None:
        """Say what is wrong, in three sentences or only the first, and since when it was last seen."""
        self.trouble.setVisible(code is not None)
        self._troubled = code is not None
        self._offer_retry()
        if code is not None:
            said = errors_text.of_code(code, params)
            when = f"{formats.ago(since, now)}: " if since is not None else ""
            self.trouble.setText(f"{when}{said.what if brief else said.whole}")
            basic.set_tone(
                self.trouble,
                "soon" if errors_text.is_away(code, params) or code == "rate_limited" else "overdue",
            )

    def show_outcome(self, text: str) -> None:
        """Show what a trial or a retry found; nothing hides the line."""
        self.outcome.setText(text)
        self.outcome.setVisible(bool(text))
