"""Short messages to the operator: any screen may say one, the frame shows them at one place.

Texts are ready sentences in the language spoken now. A message that `replaces` another takes its place, so that a
storm of equal trouble is one line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.ui import errors_text


class Level(StrEnum):
    """How loud a message is: each has its own shape and colour."""

    DONE = "done"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Deed:
    """What the message offers to do about it: a word on a button, and the call behind it."""

    text: str
    call: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `seconds` None stays until it is dismissed; `replaces` names the slot it takes."""

    text: str
    level: Level = Level.INFO
    detail: str = ""
    deed: Deed | None = None
    seconds: float | None = 6.0
    replaces: str | None = None


class Notify(QObject):
    """Where messages are said. The frame listens to `said` and `withdrawn`."""

    said = Signal(object)
    withdrawn = Signal(str)

    def say(
        self,
        text: str,
        level: Level = Level.INFO,
        *,
        detail: str = "",
        deed: Deed | None = None,
        seconds: float | None = 6.0,
        replaces: str | None = None,
    ) -> None:
        """Show a sentence."""
        self.said.emit(Message(text, level, detail, deed, seconds, replaces))

    def done(self, text: str, *, deed: Deed | None = None, replaces: str | None = None) -> None:
        """Say that something was done, perhaps with a way back."""
        self.say(text, Level.DONE, deed=deed, replaces=replaces)

    def error(self, problem: DeskError, *, deed: Deed | None = None, replaces: str | None = None) -> None:
        """Say what happened, what it means for the work, and the next step."""
        words = errors_text.of_error(problem)
        self.say(
            words.what,
            Level.ERROR,
            detail=words.rest,
            deed=deed,
            seconds=20.0,
            replaces=replaces or f"error.{problem.code}",
        )

    def withdraw(self, slot: str) -> None:
        """Take back the message in a slot: the trouble is over."""
        self.withdrawn.emit(slot)
