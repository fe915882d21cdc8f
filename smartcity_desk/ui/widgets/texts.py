"""Texts that follow the language: say once where a text goes, and the switch of language says it again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from smartcity_desk.i18n import tr
from smartcity_desk.ui.loop import alive


class Texts:
    """The fixed texts of one screen or dialog."""

    def __init__(self) -> None:
        self._bound: list[tuple[str, Callable[[str], object], dict[str, object]]] = []

    def bind(self, key: str, setter: Callable[[str], object], **params: object) -> None:
        """Give the text of `key` to `setter` now, and again whenever the language changes."""
        setter(tr(key, **params))
        self._bound.append((key, setter, params))

    def name(self, key: str, widget: QWidget, *, tip: bool = False) -> None:
        """Give a control its name for the screen reader, and as its tool tip if asked."""
        self.bind(key, widget.setAccessibleName)
        if tip:
            self.bind(key, widget.setToolTip)

    def retranslate(self) -> None:
        """Say every text again in the language spoken now. Setters of widgets that are gone fall out."""
        kept = []
        for key, setter, params in self._bound:
            owner = getattr(setter, "__self__", None)
            if isinstance(owner, QObject) and not alive(owner):
                continue
            setter(tr(key, **params))
            kept.append((key, setter, params))
        self._bound = kept
