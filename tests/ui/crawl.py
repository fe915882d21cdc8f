"""Walks over every widget of a window: its texts, their language, its name for the reader, its way by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QScrollBar,
    QTreeWidget,
    QWidget,
)

from tools import i18n as catalogues

CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QKeySequenceEdit,
    QLineEdit,
    QPlainTextEdit,
)


def texts(root: QWidget) -> Iterator[tuple[QWidget, str]]:
    """Every text that a person could see or hear, with its widget."""
    for widget in [root, *root.findChildren(QWidget)]:
        for text in (widget.toolTip(), widget.accessibleName(), widget.windowTitle()):
            yield widget, text
        if isinstance(widget, QLabel | QAbstractButton | QLineEdit):
            yield widget, widget.text()
        if isinstance(widget, QLineEdit):
            yield widget, widget.placeholderText()
        if isinstance(widget, QComboBox):
            for at in range(widget.count()):
                yield widget, widget.itemText(at)
        if isinstance(widget, QListWidget):
            for at in range(widget.count()):
                yield widget, widget.item(at).text()
        if isinstance(widget, QTreeWidget):
            header = widget.headerItem()
            for at in range(widget.columnCount()):
                yield widget, header.text(at)


@cache
def phrases(language: str) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """The whole texts of a language, and patterns for those with parameters that have enough words to be told apart."""
    whole: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for path in catalogues.catalogue_files(catalogues.CATALOGUES, language).values():
        for text in catalogues.read_catalogue(path, language):
            for form in text.forms:
                if "{" not in form:
                    whole.add(form.strip())
                elif len(re.findall(r"[^\W\d_]{3,}", re.sub(r"\{\w+\}", " ", form))) >= 2:
                    parts = re.split(r"\{\w+\}", form)
                    patterns.append(re.compile(".+".join(map(re.escape, parts)), re.DOTALL))
    return frozenset(whole), tuple(patterns)


def speaks(text: str, language: str) -> bool:
    """Whether a text is one of a language's."""
    whole, patterns = phrases(language)
    return text.strip() in whole or any(pattern.fullmatch(text.strip()) for pattern in patterns)


def strangers(root: QWidget, spoken: str, other: str) -> list[str]:
    """Texts on a window that are of the other language and not of the one spoken."""
    return sorted(
        {text for _, text in texts(root) if text and speaks(text, other) and not speaks(text, spoken)}
    )


def controls(root: QWidget) -> list[QWidget]:
    """Every control that a person may use, without the inner parts of another control."""
    found = []
    for widget in root.findChildren(QWidget):
        inner = isinstance(widget.parent(), QComboBox | QAbstractSpinBox | QKeySequenceEdit | QLineEdit)
        if (
            isinstance(widget, CONTROLS)
            and not inner
            and not isinstance(widget, QScrollBar)
            and not _of_view(widget)
        ):
            found.append(widget)
    return found


def _of_view(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QAbstractItemView):
            return True
        parent = parent.parentWidget()
    return False


def nameless(root: QWidget) -> list[str]:
    """Controls on screen that a screen reader could not name."""
    return [
        f"{type(widget).__name__} {widget.objectName()}"
        for widget in controls(root)
        if widget.isVisible()
        and not (widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()))
    ]


def out_of_reach(root: QWidget) -> list[str]:
    """Enabled controls on screen that Tab never reaches."""
    return [
        f"{type(widget).__name__} {widget.accessibleName()}"
        for widget in controls(root)
        if widget.isVisible()
        and widget.isEnabled()
        and not widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
    ]
