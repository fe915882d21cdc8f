"""The Governor's list: preview, file and reprint are the same bytes; a number is held, can be stopped, and is kept."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from pypdf import PdfReader
from PySide6.QtCore import QSizeF
from PySide6.QtPdf import QPdfDocument
from PySide6.QtPrintSupport import QPrinter

from smartcity_desk.domain.events import EventKind, ListPrinted, NoteAdded
from smartcity_desk.domain.ids import list_id
from smartcity_desk.domain.times import DAY, MINUTE, SECOND
from smartcity_desk.ui.escalation import lists as lists_module
from smartcity_desk.ui.escalation import printing
from smartcity_desk.ui.escalation.dialogs import AskDialog
from smartcity_desk.ui.escalation.listpage import ListPage
from smartcity_desk.ui.escalation.screen import EscalationScreen
from tests.evidence.city import RATNA, SARI
from tests.ui.escalation.conftest import (
    act,
    confirm,
    gone,
    keys,
    marked,
    opened,
    reread,
    said,
    waiting,
)
from tests.ui.kit import Kit, press, until

K = EventKind


@pytest.fixture
def page(kit: Kit, screen: EscalationScreen) -> Iterator[ListPage]:
    """The page with the draft on show; one office is ready for the list."""
    marked(kit, served=True)
    kit.now += 8 * DAY
    act(kit, K.NOTE_ADDED, _note(), _report(kit), SARI)
    confirm(kit)
    reread(kit, screen)
    keys(kit, screen, "P")
    kit.settle()
    assert screen.list_page is not None
    yield screen.list_page
    kit.settle()


def _note() -> NoteAdded:
    return NoteAdded("data baru")  # a paper is as of the newest event, so time has to have brought one


def _report(kit: Kit) -> str:
    return kit.desk.store.offices.items(now=kit.now, office="31.74.01.1001")[0].segment.report


def issue(kit: Kit, screen: EscalationScreen) -> ListPrinted:
    keys(kit, screen, "I")
    opened(AskDialog)
    press(screen, "Return")
    gone()
    kit.settle()
    [op] = waiting(kit, K.LIST_PRINTED)
    assert isinstance(op.payload, ListPrinted)
    return op.payload


def to(monkeypatch: pytest.MonkeyPatch, target: Path | None) -> list[str]:
    """Answer the question where to save with `target`; returns the names that were proposed."""
    proposed: list[str] = []

    async def chosen(_parent: object, _title: str, name: str, _kinds: str) -> Path | None:
        proposed.append(name)
        return target

    monkeypatch.setattr(lists_module, "save_file", chosen)
    return proposed


def test_the_preview_is_the_very_file(
    kit: Kit, screen: EscalationScreen, page: ListPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert page.draft is not None
    assert len(page.draft.rows) == 1
    assert page.pdf.content == page.draft.paper.pdf
    assert bytes(page.pdf._buffer.data().data()) == page.draft.paper.pdf  # type: ignore[union-attr]
    assert page.pdf.pages == len(PdfReader(io.BytesIO(page.pdf.content)).pages)
    proposed = to(monkeypatch, tmp_path / "daftar.pdf")
    keys(kit, screen, "Ctrl+S")
    kit.settle()
    assert (tmp_path / "daftar.pdf").read_bytes() == page.pdf.content
    assert proposed == ["daftar-konsep.pdf"]
    assert "KONSEP" in PdfReader(tmp_path / "daftar.pdf").pages[0].extract_text()


def test_pages_and_zoom_by_keys(kit: Kit, screen: EscalationScreen, page: ListPage) -> None:
    wide = page.pdf.factor
    keys(kit, screen, "+")
    assert page.pdf.factor == pytest.approx(wide * 1.25)
    keys(kit, screen, "-", "-")
    assert page.pdf.factor == pytest.approx(wide / 1.25)
    keys(kit, screen, "0")
    assert page.pdf.factor == pytest.approx(wide)
    for _ in range(12):
        keys(kit, screen, "+")
    assert page.pdf.factor <= 5.0
    keys(kit, screen, "0", "]")
    assert page.pdf.page == min(2, page.pdf.pages)
    keys(kit, screen, "[")
    assert page.pdf.page == 1
    assert "Halaman 1 dari" in page.pdf.place.text()


def test_a_number_is_held_kept_and_reprinted_byte_by_byte(
    kit: Kit, screen: EscalationScreen, page: ListPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = issue(kit, screen)
    assert printed.number == "001/ESK/XII/2026"
    [op] = waiting(kit, K.LIST_PRINTED)
    assert op.not_before == kit.now + 60 * SECOND
    assert page.current_issued is not None
    assert page.current_issued.printed == printed
    first = page.pdf.content
    assert (kit.desk.paths.documents / f"{printed.document}.pdf").read_bytes() == first
    assert printed.number in PdfReader(io.BytesIO(first)).pages[0].extract_text()
    to(monkeypatch, tmp_path / "dini.pdf")
    keys(kit, screen, "Ctrl+S")
    kit.settle()
    assert not (tmp_path / "dini.pdf").exists(), "what can still be stopped is not carried away"
    assert "Ditahan" in page.note.text()
    kit.now += 61 * SECOND
    confirm(kit)
    reread(kit, screen)
    assert "diterima server" in page.list.currentItem().text()
    proposed = to(monkeypatch, tmp_path / "lagi.pdf")
    keys(kit, screen, "Ctrl+S")
    kit.settle()
    assert proposed == ["daftar-001-ESK-XII-2026.pdf"]
    assert (tmp_path / "lagi.pdf").read_bytes() == first
    kit.now += 3 * DAY
    reread(kit, screen)
    page.list.setCurrentRow(0)
    kit.settle()
    page.list.setCurrentRow(1)
    kit.settle()
    assert page.pdf.content == first


def test_a_stopped_number_is_free_again_and_leaves_no_file(
    kit: Kit, screen: EscalationScreen, page: ListPage
) -> None:
    printed = issue(kit, screen)
    kit.now += 30 * SECOND
    keys(kit, screen, "X")
    kit.settle()
    assert waiting(kit) == []
    assert page.issued == ()
    assert list(kit.desk.paths.documents.glob(f"{printed.document}*")) == []
    assert issue(kit, screen).number == printed.number


def test_who_may_not_issue_leaves_no_trace(kit: Kit, screen: EscalationScreen, page: ListPage) -> None:
    kit.desk.actor = SARI
    keys(kit, screen, "I")
    opened(AskDialog)
    press(screen, "Return")
    gone()
    kit.settle()
    assert waiting(kit) == []
    assert list(kit.desk.paths.documents.glob("*.pdf")) == []
    assert "operator" in next(message.detail for message in reversed(kit.said) if message.detail)


def test_tables_for_machines(
    kit: Kit, screen: EscalationScreen, page: ListPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to(monkeypatch, tmp_path / "d.csv")
    keys(kit, screen, "Ctrl+Shift+C")
    kit.settle()
    rows = list(csv.reader(io.StringIO((tmp_path / "d.csv").read_text("utf-8-sig")), delimiter=";"))
    assert len(rows) == 2
    assert len(list(tmp_path.glob("d*.csv"))) >= 2, "the dictionary lies beside it"
    to(monkeypatch, tmp_path / "d.xlsx")
    keys(kit, screen, "Ctrl+Shift+X")
    kit.settle()
    book = openpyxl.load_workbook(tmp_path / "d.xlsx")
    assert book.worksheets[0].max_row == 2


def test_calling_the_dialog_off_saves_nothing(
    kit: Kit, screen: EscalationScreen, page: ListPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    to(monkeypatch, None)
    keys(kit, screen, "Ctrl+S", "Ctrl+Shift+C", "Ctrl+Shift+X")
    kit.settle()
    assert said(kit) == []


def test_a_print_that_was_replaced_says_by_which(kit: Kit, screen: EscalationScreen, page: ListPage) -> None:
    first = issue(kit, screen)
    kit.now += 2 * MINUTE
    confirm(kit)
    second = replace(first, number="002/ESK/XII/2026", supersedes=(list_id(first.number),))
    act(kit, K.LIST_PRINTED, second, list_id(second.number), RATNA)
    confirm(kit)
    reread(kit, screen)
    older = next(one for one in page.issued if one.printed.number == first.number)
    assert older.replaced_by == second.number
    at = [one.printed.number for one in page.issued].index(first.number) + 1
    assert f"diganti oleh {second.number}" in page.list.item(at).text()
    page.show_lists(page.draft, [replace(older, replaced_by="", outdated=True)])
    assert "dikeluarkan" in page.list.item(1).text()
    kit.settle()


def test_it_goes_to_the_printer_at_300_dots(
    kit: Kit, screen: EscalationScreen, page: ListPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "kertas.pdf"

    async def chosen(_parent: object, _name: str, _pages: int) -> QPrinter:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        printer.setOutputFileName(str(target))
        return printer

    monkeypatch.setattr(printing, "ask_printer", chosen)
    keys(kit, screen, "Ctrl+P")
    kit.settle()
    assert len(PdfReader(target).pages) == page.pdf.pages
    assert said(kit)[-1] == "Dikirim ke pencetak."
    document = QPdfDocument()
    document.load(str(target))
    assert document.pagePointSize(0) == QSizeF(595, 842)
    image = printing.page_image(page.pdf._document, 0)
    assert image.width() == round(page.pdf._document.pagePointSize(0).width() * 300 / 72)


def test_long_work_is_called_off(kit: Kit, screen: EscalationScreen, page: ListPage) -> None:
    before = page.draft
    page.strip._look.setInterval(1)
    screen.lists.draw_up()  # type: ignore[union-attr]
    until(lambda: page.strip.busy)
    assert page.strip.isVisible()
    page.strip.cancel.click()
    kit.settle()
    assert page.draft is before
    assert any("Dibatalkan" in text for text in said(kit))
    assert not page.strip.isVisible()


def test_a_list_of_another_desk_is_named_and_cannot_be_reprinted_here(
    kit: Kit, screen: EscalationScreen, page: ListPage
) -> None:
    printed = issue(kit, screen)
    kit.now += 2 * MINUTE
    confirm(kit)
    (kit.desk.paths.documents / f"{printed.document}.pdf").unlink()
    reread(kit, screen)
    assert "tidak ada di komputer ini" in page.list.currentItem().text()
    kit.settle()
    assert page.pdf.content == b""
    assert not page.buttons["escalation.save_pdf"].isEnabled()
