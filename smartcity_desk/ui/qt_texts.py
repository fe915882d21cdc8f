"""The texts of Qt's own dialogs in the language spoken now: Qt ships none in Indonesian.

A source text that our catalogue `qt` does not know stays as Qt wrote it.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from smartcity_desk import i18n
from smartcity_desk.i18n import key, tr
from smartcity_desk.ui import formats

TEXTS: Final[dict[str, str]] = {
    "OK": key("qt.ok"),
    "&OK": key("qt.ok"),
    "Cancel": key("qt.cancel"),
    "&Cancel": key("qt.cancel"),
    "Close": key("qt.close"),
    "&Close": key("qt.close"),
    "Save": key("qt.save"),
    "&Save": key("qt.save"),
    "Open": key("qt.open"),
    "&Open": key("qt.open"),
    "&Yes": key("qt.yes"),
    "&No": key("qt.no"),
    "Yes": key("qt.yes"),
    "No": key("qt.no"),
    "Apply": key("qt.apply"),
    "Reset": key("qt.reset"),
    "Discard": key("qt.discard"),
    "Help": key("qt.help"),
    "Retry": key("qt.retry"),
    "Ignore": key("qt.ignore"),
    "Abort": key("qt.abort"),
    "Show Details...": key("qt.details.show"),
    "Hide Details...": key("qt.details.hide"),
    "&Undo": key("qt.undo"),
    "&Redo": key("qt.redo"),
    "Cu&t": key("qt.cut"),
    "&Copy": key("qt.copy"),
    "&Paste": key("qt.paste"),
    "Delete": key("qt.delete"),
    "Select All": key("qt.select_all"),
    "Copy &Link Location": key("qt.copy_link"),
    "Clear": key("qt.clear"),
    "Press shortcut": key("qt.press_keys"),
    "File &name:": key("qt.file.name"),
    "Files of type:": key("qt.file.type"),
    "Look in:": key("qt.file.look_in"),
    "Directory:": key("qt.file.folder"),
    "Back": key("qt.file.back"),
    "Forward": key("qt.file.forward"),
    "Parent Directory": key("qt.file.parent"),
    "Create New Folder": key("qt.file.new_folder"),
    "List View": key("qt.file.list"),
    "Detail View": key("qt.file.detail"),
    "All Files (*)": key("qt.file.all"),
    "&Print": key("qt.print"),
    "Print": key("qt.print"),
    "&Step up": key("qt.step_up"),
    "Step &down": key("qt.step_down"),
}
"""Qt's source text (without its context: one word is one word) to our key."""


class QtTexts(QTranslator):
    """Answers Qt's questions for a translation from our catalogue. In English Qt's own texts are right as they are."""

    def translate(
        self, context: str, source: str, disambiguation: str | None = None, n: int = -1
    ) -> str | None:
        """Return our words for `source`, or None: only Qt's null text means "ask somebody else"."""
        del context, disambiguation, n
        known = TEXTS.get(source)
        return None if known is None else tr(known)

    def isEmpty(self) -> bool:
        """Tell Qt that there is something to ask for."""
        return False


_installed: list[QtTexts] = []


def install() -> None:
    """Speak to Qt in the language spoken now; also sets its numbers and dates."""
    QLocale.setDefault(formats.locale())
    app = QCoreApplication.instance()
    assert app is not None
    for old in _installed:
        app.removeTranslator(old)
    _installed.clear()
    if i18n.language() == "en":
        return  # Qt's own texts are right as they are
    made = QtTexts(app)
    _installed.append(made)
    app.installTranslator(made)
