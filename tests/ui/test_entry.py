"""*Laporan baru*: what is typed is a draft at once, what is missing is said, and what is saved can be taken back."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from smartcity_desk import i18n
from smartcity_desk.config import HOLD_SECONDS
from smartcity_desk.domain.entry import Via
from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.domain.query import BUILTIN_VIEWS
from smartcity_desk.domain.report import PlaceQuality
from smartcity_desk.domain.shortcodes import report_code
from smartcity_desk.domain.times import HOUR, MINUTE, SECOND
from smartcity_desk.evidence.issuing import Stopped, Told
from smartcity_desk.ui import sheets
from smartcity_desk.ui.entry import dialog as entries
from smartcity_desk.ui.entry import saving
from smartcity_desk.ui.entry.dialog import EntryDialog
from smartcity_desk.ui.entry.drafts import Draft, Drafts
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.main_window import MainWindow
from smartcity_desk.ui.notify import Level
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.sitting import PLACES
from smartcity_desk.ui.working import WorkStrip
from tests.ui import crawl
from tests.ui.calls import drafts, ground, opened
from tests.ui.kit import NOW, TEBET_TIMUR, Kit, make_report, pause, press, show, type_in, until

ALL = next(view.filter for view in BUILTIN_VIEWS if view.key == "all")
TEXT = "Lampu jalan mati di depan sekolah, hubungi 0812-3456-7890"


@pytest.fixture
def window(kit: Kit) -> QWidget:
    return ground(kit)


@pytest.fixture
def whole(kit: Kit) -> MainWindow:
    """The real window with its table."""
    made = MainWindow(kit.desk, list(PLACES))
    sheets.bind(kit.desk, made)
    show(made)
    kit.settle()
    return made


def reports(kit: Kit) -> list[str]:
    store = kit.desk.store
    return [row.text for row in store.rows(store.ids(ALL, now=kit.now), now=kit.now).values()]


def waited(kit: Kit, dialog: EntryDialog, done: Callable[[], bool]) -> None:
    until(done)
    kit.settle()


def test_a_key_opens_it_and_typing_is_a_draft_that_only_this_user_may_read(
    kit: Kit, whole: MainWindow
) -> None:
    press(whole, "Ctrl+N")
    kit.settle()
    dialog = whole.findChild(EntryDialog)
    assert dialog is not None
    type_in(dialog, "Pohon tumbang menutup jalan")
    waited(kit, dialog, lambda: bool(drafts(kit)))
    (draft,) = drafts(kit)
    assert draft.fields["text"] == "Pohon tumbang menutup jalan"
    path = next((kit.desk.paths.profile_dir / "drafts").iterdir())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    press(dialog, "Esc")
    kit.settle()
    # as after a kill: another window reads the same file
    again = opened(kit, whole)
    assert again.text.toPlainText() == "Pohon tumbang menutup jalan"
    assert "Melanjutkan draf" in again.state.text()
    again.discard.click()
    kit.settle()
    assert drafts(kit) == []
    assert again.empty
    again.close()


def test_a_draft_is_saved_while_a_paper_is_being_made(kit: Kit, window: QWidget) -> None:
    """Two seconds of a dossier are two seconds in which a kill would take the words along."""
    begun, ended, gate = threading.Event(), threading.Event(), threading.Event()
    threads: list[str] = []

    def paper(told: Told) -> None:
        threads.append(threading.current_thread().name)
        begun.set()
        try:
            while told(0.5):
                assert gate.wait(20)
            raise Stopped
        finally:
            ended.set()

    strip = WorkStrip(kit.desk)
    strip.setParent(window)
    making = kit.loop.create_task(strip.run("Berkas", paper))
    until(begun.is_set)
    dialog = opened(kit, window)
    type_in(dialog, "Pohon tumbang menutup jalan")
    until(lambda: bool(drafts(kit)))
    assert drafts(kit)[0].fields["text"] == "Pohon tumbang menutup jalan"
    assert not ended.is_set()
    assert strip.busy
    strip.cancel.click()
    gate.set()
    until(making.done)
    assert making.result() is None
    assert threads[0].startswith("paper")
    assert "Dibatalkan" in kit.said[-1].text
    dialog.close()


def test_what_is_missing_is_said_where_the_eyes_are(kit: Kit, window: QWidget) -> None:
    dialog = opened(kit, window)
    dialog.finish()
    assert "10 huruf" in dialog.trouble.text()
    dialog.text.setPlainText(TEXT)
    dialog.place.coordinates.setText("bukan titik")
    dialog.finish()
    assert "tidak terbaca" in dialog.trouble.text()
    dialog.place.coordinates.setText("48.1, 11.5")
    dialog.finish()
    assert "jauh di luar kota" in dialog.trouble.text()
    dialog.place.coordinates.setText("")
    dialog.when.setDateTime(dialog.when.dateTime().addSecs(3 * 3600))
    dialog.finish()
    assert "masa depan" in dialog.trouble.text()
    assert reports(kit) == []
    dialog.close()
    kit.settle()


def test_a_saved_report_is_in_the_table_and_the_caller_is_in_no_list(kit: Kit, whole: MainWindow) -> None:
    kit.ingest([make_report(n) for n in range(3)])
    dialog = opened(kit, whole)
    dialog.via.setCurrentIndex(dialog.via.findData(Via.VISIT.value))
    dialog.text.setPlainText(TEXT)
    dialog.name.setText("Warga Contoh")
    dialog.phone.setText("0812 3456 7890")
    dialog.place.words.setText("Kel. Tebet Timur")
    dialog.place.words.textEdited.emit("")
    waited(kit, dialog, lambda: dialog.place.kelurahan is not None)
    waited(kit, dialog, lambda: dialog.category.currentData() == "lampu_jalan")
    assert "lampu" in dialog.why.text()
    dialog.finish()
    kit.settle()
    screen = whole.shown
    assert screen is not None
    waited(
        kit,
        dialog,
        lambda: screen.panel.detail is not None and screen.panel.detail.report.channel == "manual",
    )  # type: ignore[attr-defined]
    detail = screen.panel.detail  # type: ignore[attr-defined]
    assert detail.report.text == "Lampu jalan mati di depan sekolah, hubungi [telepon]"
    assert (detail.report.category, detail.state.place or detail.report.location.place) == (
        "lampu_jalan",
        TEBET_TIMUR,
    )
    assert detail.report.author is not None
    assert "Operator · Datang langsung" in screen.panel._number.text()  # type: ignore[attr-defined]
    assert "Warga" not in repr(detail)
    assert "3456" not in repr(detail.report.author)
    raw, unmasked = kit.desk.store.unmasked(detail.report.id) or ("", "")
    assert json.loads(unmasked or "")["name"] == "Warga Contoh"
    assert json.loads(raw)["via"] == "datang"
    assert drafts(kit) == []
    assert "tersimpan di komputer ini" in kit.said[-1].text
    # what can be read to the caller is told, stands in the panel, and is what is copied
    code = report_code(detail.report.id)
    assert kit.said[-1].detail == f"Kode untuk pelapor: {code}"
    assert f"kode {code}" in screen.panel._number.text()  # type: ignore[attr-defined]
    assert kit.desk.commands.run("triage.copy")
    assert QGuiApplication.clipboard().text() == code


def test_a_saved_report_is_held_back_and_can_be_taken_back_until_it_is_over(
    kit: Kit, window: QWidget
) -> None:
    hold = kit.desk.settings.get(HOLD_SECONDS) * SECOND
    dialog = opened(kit, window)
    dialog.text.setPlainText(TEXT)
    dialog.place.choose(TEBET_TIMUR)
    dialog.finish()
    kit.settle()
    store = kit.desk.store
    assert len(reports(kit)) == 1
    assert store.central.unpushed_reports(10) == []
    assert store.held_due(kit.now) == 0
    deed = kit.said[-1].deed
    assert deed is not None
    deed.call()
    kit.settle()
    assert reports(kit) == []
    assert "draf lagi" in kit.said[-1].text
    (draft,) = drafts(kit)
    assert draft.fields["text"] == TEXT
    again = opened(kit, window)
    assert again.text.toPlainText() == TEXT
    again.finish()
    kit.settle()
    late = kit.said[-1].deed
    kit.now += hold + 1
    assert store.held_due(kit.now) == 1
    assert store.release_held(kit.now) == 1
    assert [report.text for report in store.central.unpushed_reports(10)] == [
        "Lampu jalan mati di depan sekolah, hubungi [telepon]"
    ]
    assert late is not None
    late.call()
    kit.settle()
    assert len(reports(kit)) == 1
    assert "sudah dikirim" in kit.said[-1].text
    assert [row for row in store.self_check() if not row.ok] == []


def test_an_ambiguous_place_is_asked_about_and_may_stay_open(kit: Kit, window: QWidget) -> None:
    dialog = opened(kit, window)
    dialog.text.setPlainText("Tumpukan sampah tidak diangkut")
    dialog.place.words.setText("Jatinegara")
    dialog.place.words.textEdited.emit("")
    waited(kit, dialog, lambda: dialog.place.ambiguous)
    assert dialog.place.list.count() > 1
    dialog.finish()
    assert "Pilih kelurahannya" in dialog.trouble.text()
    assert reports(kit) == []
    first = dialog.place.list.item(0)
    dialog.place.list.itemClicked.emit(first)
    assert dialog.place.kelurahan is not None
    dialog.finish()
    kit.settle()
    assert len(reports(kit)) == 1
    (op,) = kit.desk.store.ops()  # what a hand chose is a decision
    assert op.kind.value == "place.set"


def test_a_point_is_put_by_click_and_by_keys(kit: Kit, window: QWidget) -> None:
    dialog = opened(kit, window)
    dialog.place.coordinates.setText("-6,2272 106,8527")
    dialog.place.coordinates.textEdited.emit("")
    waited(kit, dialog, lambda: dialog.place.kelurahan is not None)
    assert dialog.place.point == (-6.2272, 106.8527)
    dialog.place.map.setFocus()
    press(dialog, "Right", "Up", "-", "Return")
    moved = dialog.place.point
    assert moved is not None
    assert moved[0] > -6.2272
    assert moved[1] > 106.8527
    dialog.close()
    kit.settle()


def test_what_sounds_alike_is_shown_while_typing(kit: Kit, window: QWidget) -> None:
    known = make_report(
        9,
        text="Lampu jalan mati di depan sekolah Jl. Tebet Timur Dalam sejak kemarin malam",
        category="lampu_jalan",
        lat=-6.2271,
        lon=106.8526,
        place_quality=PlaceQuality.EXACT,
        reported_at=NOW - HOUR,
    )
    kit.ingest([known])
    opened_reports: list[str] = []
    kit.desk.bridge.open_report.connect(opened_reports.append)
    dialog = opened(kit, window)
    dialog.place.coordinates.setText("-6.2272, 106.8527")
    dialog.text.setPlainText("Lampu jalan mati di depan sekolah Jl. Tebet Timur Dalam")
    waited(kit, dialog, lambda: dialog.similar.list.count() == 1)
    dialog.similar.list.itemActivated.emit(dialog.similar.list.item(0))
    assert opened_reports == [known.id]
    dialog.close()
    kit.settle()


def test_several_drafts_wait_side_by_side(kit: Kit, window: QWidget) -> None:
    book = Drafts(kit.desk.paths.profile_dir)
    for n in (1, 2):
        book.save(Draft(f"01936f3c-1000-7000-8000-00000000000{n}", NOW - n * MINUTE, {"text": f"draf {n}"}))
    (kit.desk.paths.profile_dir / "drafts" / "01936f3c-1000-7000-8000-000000000009.json").write_text("{")
    dialog = opened(kit, window)
    assert dialog.text.toPlainText() == "draf 1"
    menu = dialog.others.menu()
    assert menu is not None
    assert "draf 2" in menu.actions()[0].text()
    menu.actions()[0].trigger()
    kit.settle()
    assert dialog.text.toPlainText() == "draf 2"
    dialog.retranslate()
    assert dialog.text.toPlainText() == "draf 2"
    dialog.close()
    kit.settle()
    assert len(drafts(kit)) == 2


def test_photos_are_kept_with_the_report(kit: Kit, window: QWidget, tmp_path: Path) -> None:
    photo = tmp_path / "foto.png"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 40)
    dialog = opened(kit, window)
    dialog.text.setPlainText(TEXT)
    dialog._set_photos([photo])
    dialog.finish()
    kit.settle()
    (report,) = [detail.report for detail in [kit.desk.store.report(1)] if detail is not None]
    assert len(report.media) == 1
    assert report.media[0].startswith("enclosed:")
    dialog = opened(kit, window)
    dialog.text.setPlainText("Laporan kedua dengan berkas yang hilang")
    dialog._set_photos([tmp_path / "tiada.png"])
    dialog.finish()
    kit.settle()
    assert dialog.trouble.text()
    assert len(reports(kit)) == 1
    dialog.close()
    kit.settle()


def test_what_was_thought_of_other_words_is_not_shown_beside_these(
    kit: Kit, window: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = opened(kit, window)
    asked = entries._topics
    may_go_on = threading.Event()

    def slow(desk: Desk, text: str) -> Any:
        assert may_go_on.wait(20)
        return asked(desk, text)

    monkeypatch.setattr(entries, "_topics", slow)
    dialog.text.setPlainText("Lampu jalan mati di depan sekolah")
    dialog._think()
    pause(1)
    dialog.begin()
    may_go_on.set()
    kit.settle()
    assert dialog.category.currentData() == ""
    dialog.close()
    kit.settle()


def test_nothing_else_is_begun_while_one_is_being_saved(
    kit: Kit, window: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on, made = threading.Event(), saving._made

    def slow(*values: Any) -> Any:
        assert may_go_on.wait(20)
        return made(*values)

    monkeypatch.setattr(saving, "_made", slow)
    dialog = opened(kit, window)
    dialog.text.setPlainText(TEXT)
    dialog.finish()
    dialog._switch(None)
    dialog.discard.click()
    pause(1)
    assert dialog.text.toPlainText() == TEXT
    may_go_on.set()
    kit.settle()
    assert len(reports(kit)) == 1
    assert drafts(kit) == []


def test_who_leaves_while_it_is_being_saved_is_told_and_the_words_stay_a_draft(
    kit: Kit, window: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = threading.Event()

    def full(*_: Any) -> Any:
        assert may_go_on.wait(20)
        raise StoreProblem("disk_full")

    monkeypatch.setattr(saving, "_made", full)
    dialog = opened(kit, window)
    dialog.text.setPlainText(TEXT)
    dialog.finish()
    pause(1)
    dialog.close()
    until(lambda: not alive(dialog))
    may_go_on.set()
    kit.settle()
    assert kit.said[0].level is Level.WARNING
    (draft,) = drafts(kit)
    assert draft.fields["text"] == TEXT


@pytest.mark.parametrize(("spoken", "other"), [("id", "en"), ("en", "id")])
def test_every_control_has_a_name_in_the_language_spoken(
    kit: Kit, window: QWidget, spoken: str, other: str
) -> None:
    i18n.set_language(other)
    dialog = opened(kit, window)
    i18n.set_language(spoken)
    kit.desk.bridge.language_changed.emit()
    kit.settle()
    assert crawl.nameless(dialog) == []
    assert crawl.out_of_reach(dialog) == []
    assert crawl.strangers(dialog, spoken, other) == []
    dialog.close()
    kit.settle()
