"""The files of an objection: chosen with care, looked at by mouse and keyboard, saved and never opened by us."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from smartcity_desk.domain import filetypes
from smartcity_desk.domain.events import EventKind, ExclusionCode, ObjectionFiled
from smartcity_desk.domain.times import HOUR
from smartcity_desk.store import files
from smartcity_desk.ui import formats
from smartcity_desk.ui.escalation import filerows
from smartcity_desk.ui.escalation.filerows import EvidenceRows
from smartcity_desk.ui.escalation.objections import AnswerObjection, FileObjection
from smartcity_desk.ui.escalation.screen import EscalationScreen
from smartcity_desk.ui.escalation.viewer import Viewer
from tests.evidence.city import DEWI, SARI
from tests.sync.test_pictures import street
from tests.ui.escalation.conftest import act, become, confirm, gone, keys, marked, opened, reread, state
from tests.ui.kit import Kit, press, type_in, until

K = EventKind
PDF = b"%PDF-1.4\n" + b"s" * 700_000
AWAY = "cd" * 32


def kept(kit: Kit, content: bytes) -> str:
    """A file that is at hand."""
    sha256 = hashlib.sha256(content).hexdigest()
    files.keep(kit.desk.paths.attachments, sha256, content)
    return sha256


def objected(kit: Kit, *attachments: str) -> str:
    """SILENT has objected, with evidence."""
    name = marked(kit, served=True)
    payload = ObjectionFiled(
        "satu",
        state(kit, name).segments[:2],
        "bukan wilayah kami",
        ExclusionCode.MISROUTED,
        attachments,
        "1/26",
    )
    act(kit, K.OBJECTION_FILED, payload, name, SARI)
    confirm(kit)
    return name


def at_the_objection(kit: Kit, screen: EscalationScreen) -> EvidenceRows:
    reread(kit, screen)
    keys(kit, screen, "Return", "3")
    kit.settle()
    return screen.case_page.files


def click(button: QPushButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def names(rows: EvidenceRows) -> list[str]:
    return [button.accessibleName() for button in rows.rows.buttons]


def test_each_file_has_a_row_that_says_what_it_is_and_what_can_be_done(
    kit: Kit, screen: EscalationScreen
) -> None:
    picture, paper = kept(kit, street(3)), kept(kit, PDF)
    objected(kit, picture, paper, AWAY)
    rows = at_the_objection(kit, screen)
    assert screen.case_page.files_caption.text() == "Lampiran"
    first, second, third = rows.rows.texts
    assert (
        first == f"Lampiran 1 · Gambar JPEG · {formats.size(len(street(3)))} · {picture[:4]} {picture[4:8]}"
    )
    assert second.startswith("Lampiran 2 · PDF · 684 kB · ")
    assert third == "Lampiran 3 · cdcd cdcd ◌ Belum diunduh. Diambil sendiri begitu server tersambung."
    assert names(rows) == [
        "Lihat lampiran 1",
        "Simpan lampiran 1 sebagai berkas",
        "Simpan lampiran 2 sebagai berkas",
    ]


def test_a_file_that_comes_later_changes_its_row_by_itself(kit: Kit, screen: EscalationScreen) -> None:
    late = hashlib.sha256(PDF).hexdigest()
    objected(kit, late)
    kit.desk.store.evidence.missed(late, 0, kit.now + HOUR)
    rows = at_the_objection(kit, screen)
    assert "Belum dapat diunduh dari server. Dicoba lagi" in rows.rows.texts[0]
    kept(kit, PDF)
    kit.desk.store.evidence.arrived(late, None)
    kit.desk.bridge.files_arrived.emit({"kind": "files", "files": ["ef" * 32]})
    kit.settle()
    assert "Belum dapat" in rows.rows.texts[0], "that was another one"
    kit.desk.bridge.files_arrived.emit({"kind": "files", "files": [late]})
    kit.settle()
    assert "PDF · 684 kB" in rows.rows.texts[0]
    assert len(rows.rows.buttons) == 1


def test_a_picture_opens_by_keyboard_and_comes_nearer(kit: Kit, screen: EscalationScreen) -> None:
    objected(kit, kept(kit, street(3)))
    rows = at_the_objection(kit, screen)
    press(screen, "Return")
    assert rows.rows.buttons[0].hasFocus()
    press(screen, "Space")
    viewer = opened(Viewer)
    assert viewer.canvas.pixels.size().toTuple() == (640, 480)
    assert viewer.factor is None
    fitting = viewer.canvas.width()
    press(viewer, "+")
    assert viewer.canvas.width() > fitting
    press(viewer, "-")
    press(viewer, "-")
    assert viewer.canvas.width() == fitting
    for _ in range(30):
        viewer.zoom(1.25)
    assert viewer.factor == 4.0
    press(viewer, "0")
    assert viewer.factor is None
    press(viewer, "Esc")
    gone()
    kit.settle()


def test_the_answer_is_given_with_the_evidence_in_sight(kit: Kit, screen: EscalationScreen) -> None:
    objected(kit, kept(kit, street(3)), AWAY)
    become(kit, DEWI)
    reread(kit, screen)
    keys(kit, screen, "D")
    dialog = opened(AnswerObjection)
    until(lambda: len(dialog.files.rows.texts) == 2)
    click(dialog.files.rows.buttons[0])
    viewer = opened(Viewer)
    assert viewer.parentWidget() is dialog
    click(viewer.findChildren(QPushButton)[-1])
    assert opened(AnswerObjection) is dialog
    until(lambda: len(kit.desk.tasks) == 1)
    press(dialog, "Esc")
    gone()
    kit.settle()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 400, "rusak atau terlalu besar"),
        (street(3)[:900], "rusak atau terlalu besar"),
    ],
)
def test_a_picture_that_is_none_is_told_in_words(
    kit: Kit, screen: EscalationScreen, content: bytes, told: str
) -> None:
    objected(kit, kept(kit, content))
    rows = at_the_objection(kit, screen)
    click(rows.rows.buttons[0])
    kit.settle()
    assert told in rows.trouble.text()
    assert rows.trouble.isVisible()


def test_a_file_that_is_no_longer_itself_is_not_opened_and_is_fetched_again(
    kit: Kit, screen: EscalationScreen
) -> None:
    picture = kept(kit, street(3))
    objected(kit, picture)
    kit.desk.store.evidence.arrived(picture, None)
    files.path_of(kit.desk.paths.attachments, picture).write_bytes(street(4))
    rows = at_the_objection(kit, screen)
    click(rows.rows.buttons[0])
    kit.settle()
    assert "bukan lagi yang tercatat" in rows.trouble.text()
    assert [one.sha256 for one in kit.desk.store.evidence.wanted(5, kit.now)] == [picture]


def test_a_kind_that_nobody_knows_is_neither_shown_nor_saved(kit: Kit, screen: EscalationScreen) -> None:
    objected(kit, kept(kit, b"MZ\x90\x00program"))
    rows = at_the_objection(kit, screen)
    assert "Bukan gambar dan bukan PDF, jadi tidak dibuka." in rows.rows.texts[0]
    assert rows.rows.buttons == []


def test_a_paper_is_saved_under_the_name_that_a_person_chooses(
    kit: Kit, screen: EscalationScreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, asked = tmp_path / "surat dari lurah.pdf", list[tuple[str, str]]()

    async def chosen(_parent: object, _title: str, name: str, kinds: str) -> Path:
        asked.append((name, kinds))
        return target

    monkeypatch.setattr(filerows, "save_file", chosen)
    paper = kept(kit, PDF)
    objected(kit, paper)
    rows = at_the_objection(kit, screen)
    click(rows.rows.buttons[0])
    kit.settle()
    assert asked == [(f"{paper[:16]}.pdf", "PDF (*.pdf)")]
    assert target.read_bytes() == PDF
    assert "surat dari lurah.pdf" in rows.trouble.text()
    target = tmp_path / "tidak-ada" / "x.pdf"
    click(rows.rows.buttons[0])
    kit.settle()
    assert "Tersimpan" not in rows.trouble.text()


# ---------------------------------------------------------------- choosing


def letter(kit: Kit, screen: EscalationScreen) -> FileObjection:
    """The form of a letter, filled in but for its scans."""
    become(kit, SARI)
    reread(kit, screen)
    keys(kit, screen, "O")
    dialog = opened(FileObjection)
    type_in(screen, "12/SGH/2026")
    press(screen, "Tab", "Space")
    dialog.text.setPlainText("Bukan wilayah kami.")
    return dialog


def looked(dialog: FileObjection) -> None:
    until(lambda: not dialog.files.busy)


def test_what_is_no_evidence_is_refused_where_it_is_chosen_and_nothing_typed_is_lost(
    kit: Kit, screen: EscalationScreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = marked(kit, served=True)
    dialog = letter(kit, screen)
    monkeypatch.setattr(filetypes, "MOST_BYTES", 1 << 20)
    good, text, large = tmp_path / "surat.pdf", tmp_path / "surat.docx", tmp_path / "peta.pdf"
    good.write_bytes(PDF)
    text.write_bytes(b"PK\x03\x04")
    large.write_bytes(PDF + PDF)
    dialog.add_files([good, text, large, tmp_path / "tidak-ada.pdf"])
    assert dialog.ready() == "Lampiran masih diperiksa. Coba lagi sebentar."
    looked(dialog)
    for sentence in (
        "“surat.docx” bukan gambar (JPEG, PNG, GIF, WebP, HEIC) dan bukan PDF.",
        "“peta.pdf” lebih besar dari 1 MB.",
        "“tidak-ada.pdf” tidak dapat dibaca.",
    ):
        assert sentence in dialog.trouble.text()
    assert dialog.files.rows.texts == ["surat.pdf PDF · 684 kB"]
    assert (dialog.letter.text(), len(dialog.segments.ticked)) == ("12/SGH/2026", 1)
    good.write_bytes(b"ditimpa sementara itu")
    press(screen, "Ctrl+Return")
    until(lambda: "“surat.pdf” bukan gambar" in dialog.trouble.text())
    assert dialog.isVisible()
    assert dialog.text.toPlainText() == "Bukan wilayah kami."
    assert state(kit, name).objections == ()
    good.write_bytes(PDF)
    press(screen, "Ctrl+Return")
    gone()
    kit.settle()
    [objection] = state(kit, name).objections
    assert objection.attachments == (hashlib.sha256(PDF).hexdigest(),)


def test_a_chosen_file_can_be_taken_out_again(kit: Kit, screen: EscalationScreen, tmp_path: Path) -> None:
    name = marked(kit, served=True)
    dialog = letter(kit, screen)
    sheets = [tmp_path / f"lembar-{n}.pdf" for n in (1, 2, 3)]
    for n, sheet in enumerate(sheets):
        sheet.write_bytes(b"%%PDF-1.4 %d" % n)
    dialog.add_files([*sheets, sheets[0]])
    looked(dialog)
    assert dialog.files.paths == sheets, "each once"
    assert not dialog.files.none.isVisible()
    buttons = dialog.files.rows.buttons
    assert buttons[1].accessibleName() == "Keluarkan “lembar-2.pdf”"
    buttons[1].setFocus()
    press(screen, "Space")
    assert dialog.files.paths == [sheets[0], sheets[2]]
    assert dialog.files.rows.buttons[1].hasFocus(), "the hand stays among the files"
    click(dialog.files.rows.buttons[1])
    press(screen, "Ctrl+Return")
    gone()
    kit.settle()
    assert state(kit, name).objections[0].attachments == (hashlib.sha256(b"%PDF-1.4 0").hexdigest(),)
