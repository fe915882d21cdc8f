"""No widget is given words that stand in the code: every text comes from a catalogue, by key."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import smartcity_desk

PACKAGE = Path(smartcity_desk.__file__).parent

METHODS = {
    "addAction", "addButton", "addItem", "addItems", "addMenu", "addRow", "addSection", "addTab", "addToolBar",
    "drawText",
    "insertItem", "insertTab", "setAccessibleDescription", "setAccessibleName", "setButtonText", "setCancelButtonText",
    "setDetailedText", "setHeaderLabels", "setHorizontalHeaderLabels", "setHtml", "setInformativeText", "setItemText",
    "setLabelText", "setMarkdown", "setPlaceholderText", "setPlainText", "setPrefix", "setStatusTip", "setSubTitle",
    "setSuffix", "setTabText", "setTabToolTip", "setText", "setTitle", "setToolTip", "setVerticalHeaderLabels",
    "setWhatsThis", "setWindowTitle", "showMessage", "showText",
}  # fmt: skip
BOXES = {
    "information",
    "warning",
    "critical",
    "question",
    "about",
    "getText",
    "getItem",
    "getOpenFileName",
    "getSaveFileName",
}
CLASSES = {
    "QAction", "QCheckBox", "QCommandLinkButton", "QDockWidget", "QGroupBox", "QLabel", "QLineEdit", "QListWidgetItem",
    "QMenu", "QMessageBox", "QPlainTextEdit", "QProgressDialog", "QPushButton", "QRadioButton", "QStandardItem",
    "QTableWidgetItem", "QTextEdit", "QToolBar", "QToolButton", "QTreeWidgetItem",
}  # fmt: skip


def literal_texts(source: str) -> list[tuple[int, str]]:
    """Return line and text of every literal with a letter in it that goes to a widget."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and gives_text(node.func):
            given = [
                *node.args,
                *(keyword.value for keyword in node.keywords if keyword.arg in {"text", "title", "label"}),
            ]
            for argument in given:
                found += [(node.lineno, text) for text in words(argument)]
    return found


def gives_text(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in CLASSES
    if isinstance(function, ast.Attribute):
        owner = function.value
        if function.attr in BOXES:
            return isinstance(owner, ast.Name) and owner.id in {"QMessageBox", "QInputDialog", "QFileDialog"}
        return function.attr in METHODS or function.attr in CLASSES
    return False


def words(node: ast.expr) -> Iterator[str]:
    """Yield the literals of an expression that would be shown; a call inside it, as to tr(), makes its own words."""
    match node:
        case ast.Constant(value=str(text)) if any(letter.isalpha() for letter in text):
            yield text
        case ast.JoinedStr(values=values) | ast.List(elts=values) | ast.Tuple(elts=values):
            for value in values:
                yield from words(value)
        case ast.BinOp(left=left, right=right) | ast.IfExp(body=left, orelse=right):
            yield from words(left)
            yield from words(right)
        case ast.BoolOp(values=values):
            for value in values:
                yield from words(value)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            yield text


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "ui").rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix()
)
def test_no_literal_text_in_widgets(path: Path) -> None:
    assert literal_texts(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        'label.setText("Simpan")',
        'QLabel("Simpan")',
        'QtWidgets.QPushButton("Simpan", parent)',
        'menu.addAction(icon, "Buka")',
        'self.setWindowTitle("Meja " + name)',
        'box.setToolTip(f"{n} laporan")',
        'edit.setPlaceholderText("Cari" if wide else "")',
        'QMessageBox.warning(self, tr("a.b"), "Gagal")',
        'label.setText("{} baru".format(n))',
        'table.setHorizontalHeaderLabels(["Waktu", tr("a.b")])',
        'QAction(text="Buka")',
    ],
)
def test_the_check_sees_a_literal(line: str) -> None:
    assert len(literal_texts(line)) == 1


@pytest.mark.parametrize(
    "line",
    [
        'label.setText(tr("triage.empty.title"))',
        'label.setText("")',
        'label.setText(f"{a} · {b}")',
        'button.setObjectName("save")',
        'logger.warning("could not open")',
        'QLabel(tr("a.b") if wide else tr("a.c"))',
        'box.setToolTip(command.title())',
    ],
)  # fmt: skip
def test_the_check_leaves_alone_what_is_no_text(line: str) -> None:
    assert literal_texts(line) == []
