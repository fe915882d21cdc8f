"""The panel shows a report's pictures as they are: small, in words where there is none, large on request."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from smartcity_desk import config, i18n
from smartcity_desk.domain.ids import reply_id
from smartcity_desk.domain.reply import Reply
from smartcity_desk.store import files
from smartcity_desk.store.media import Had, MediaState
from smartcity_desk.ui.report.gallery import GallerySection
from smartcity_desk.ui.report.pictures import PicturesViewer, save_copy
from tests.photos.files import at, exif, file, plain
from tests.ui.kit import NOW, Kit, make_report, until
from tests.ui.triage.conftest import opened

LINKS = tuple(f"https://foto.example.invalid/{name}.jpg" for name in "abcde")


def jpeg(width: int, height: int) -> bytes:
    return file(plain(width, height, (200, 60 + width % 90, 80)))


def keep(kit: Kit, pk: int, original: bytes, view: bytes, facts: str = "{}") -> str:
    """Let the file of a wanted row arrive, as the sync child does."""
    folder, sha256 = kit.desk.paths.media, hashlib.sha256(original).hexdigest()
    files.keep(folder, sha256, original)
    with Image.open(io.BytesIO(view)) as opened_view:
        width, height = opened_view.size
    for which in files.COPIES:
        files.replace(files.copy_of(folder, sha256, which), view)
    had = Had(sha256, "image/jpeg", len(original), len(original), width, height, facts)
    assert kit.desk.store.media.have(pk, had, NOW)
    return sha256


@pytest.fixture
def gallery(kit: Kit) -> GallerySection:
    """A report with two pictures, one that is refused, one that is gone, and one on its way."""
    kit.ingest([make_report(1, media=LINKS)])
    media = kit.desk.store.media
    rows = {one.url: one.pk for one in media.of_report(1)}
    taken = '{"taken_at":1795311665000,"lat":-6.2,"lon":106.8,"traces":[["editor","Snapseed"]]}'
    keep(kit, rows[LINKS[0]], b"one", jpeg(320, 200), taken)
    keep(kit, rows[LINKS[1]], b"two", jpeg(200, 320))
    media.end(rows[LINKS[2]], MediaState.REFUSED, "private_address", NOW)
    media.end(rows[LINKS[3]], MediaState.GONE, "gone", NOW)
    screen = opened(kit)
    found = screen.panel.gallery
    until(lambda: len(found.tiles) == len(LINKS))
    return found


def shot(widget: GallerySection | PicturesViewer, name: str) -> None:
    """Keep a picture of it for a person, where one is asked for."""
    folder = os.environ.get("SMARTCITY_SHOTS")
    if folder:
        widget.window().grab().save(str(Path(folder) / f"{name}.png"))


def test_every_file_says_what_became_of_it(kit: Kit, gallery: GallerySection) -> None:
    shown = [button for button in gallery.buttons if button.isVisible()]
    assert len(shown) == len(LINKS)
    assert [button.isEnabled() for button in shown] == [True, True, False, False, False]
    names = [button.accessibleName() for button in shown]
    assert names[0].startswith("Gambar 1 dari 5: 320 × 200 · diambil 22 Nov 2026")
    assert "titik di dalam berkas: -6.20000, 106.80000" in names[0]
    assert "Snapseed" in names[0]
    assert "tidak bisa diambil. Tautannya menunjuk ke jaringan dalam" in names[2]
    assert "sudah tidak ada di sumbernya" in names[3]
    assert names[4].endswith(": sedang diambil")
    assert "jaringan dalam" in gallery.why.text()
    shot(gallery, "gallery")
    kit.settle()


def test_a_picture_that_comes_while_one_looks_appears(kit: Kit, gallery: GallerySection) -> None:
    row = next(one for one in kit.desk.store.media.of_report(1) if one.url == LINKS[4])
    keep(kit, row.pk, b"five", jpeg(100, 100))
    kit.desk.bridge.media_changed.emit({"kind": "media", "pks": [99]})
    kit.desk.bridge.media_changed.emit({"kind": "media", "pks": [1]})
    until(lambda: gallery.tiles[4].image is not None)
    kit.settle()


def test_turned_off_is_said(kit: Kit, gallery: GallerySection) -> None:
    kit.desk.settings.set(config.PICTURES_FETCHED, False)
    gallery.retranslate()
    assert gallery.buttons[4].accessibleName().endswith("pengambilan gambar dimatikan")
    kit.settle()


def test_a_copy_that_is_gone_from_the_disk_is_no_crash(kit: Kit, gallery: GallerySection) -> None:
    sha256 = gallery.tiles[0].file.sha256
    files.copy_of(kit.desk.paths.media, sha256, "thumb").write_bytes(b"\x89PNG no jpeg")
    kit.desk.bridge.media_changed.emit({"kind": "media", "pks": [1]})
    until(lambda: gallery.tiles[0].image is None)
    assert "tidak ada di komputer ini" in gallery.buttons[0]._word
    kit.settle()


def test_a_confidential_report_shows_no_picture(kit: Kit) -> None:
    kit.ingest([make_report(1, media=LINKS, private=True)])
    keep(kit, kit.desk.store.media.of_report(1)[0].pk, b"one", jpeg(300, 200))
    screen = opened(kit)
    until(lambda: screen.panel.detail is not None)
    kit.settle()
    gallery = screen.panel.gallery
    assert not gallery.isVisible()
    assert gallery.tiles == []
    kit.desk.bridge.media_changed.emit({"kind": "media", "pks": [1]})
    kit.settle()
    assert gallery.tiles == []
    detail = kit.desk.store.report(1, revealed=True)
    assert detail is not None
    screen.panel.show_detail(detail, revealed=True)
    until(lambda: bool(gallery.tiles))
    assert gallery.isVisible()
    kit.settle()


def test_a_private_reply_under_an_open_report_shows_no_picture(kit: Kit) -> None:
    report = make_report(1, media=LINKS[:1])
    reply = Reply(
        id=reply_id("petabencana", "r1"),
        channel="petabencana",
        external_id="r1",
        about=report.external_id,
        at=NOW,
        text="rumah saya",
        media=LINKS[1:2],
        private=True,
    )
    kit.desk.store.ingest("petabencana", [report], checkpoint=None, now=NOW, replies=[reply])
    assert len(kit.desk.store.media.of_report(1)) == 2
    screen = opened(kit)
    until(lambda: len(screen.panel.gallery.tiles) == 1)
    detail = kit.desk.store.report(1, revealed=True)
    assert detail is not None
    screen.panel.show_detail(detail, revealed=True)
    until(lambda: len(screen.panel.gallery.tiles) == 2)
    kit.settle()


def viewer() -> PicturesViewer:
    until(lambda: isinstance(QApplication.activeModalWidget(), PicturesViewer))
    found = QApplication.activeModalWidget()
    assert isinstance(found, PicturesViewer)
    return found


def test_arrows_change_the_picture_while_it_fits_and_escape_closes(kit: Kit, gallery: GallerySection) -> None:
    gallery.buttons[0].click()
    window = viewer()
    until(lambda: window.canvas.pixels.width() == 320)
    shot(window, "viewer")
    assert not window.before.isEnabled()
    QTest.keyClick(window.area, Qt.Key.Key_Right)
    until(lambda: window.canvas.pixels.height() == 320)
    assert window.windowTitle() == "Gambar 2 dari 2"
    QTest.keyClick(window.area, Qt.Key.Key_Right)
    assert window.at == 1
    window.zoom(8.0)
    QTest.keyClick(window.area, Qt.Key.Key_Left)
    assert window.at == 1
    QTest.keyClick(window, Qt.Key.Key_PageUp)
    assert window.at == 0
    kit.settle()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    until(lambda: QApplication.activeModalWidget() is None)


def test_what_is_saved_tells_nothing_of_where_and_by_whom(kit: Kit, tmp_path: Path) -> None:
    """The bytes that leave are those of our own copy, and never the original's."""
    from smartcity_desk.photos.developing import develop

    about = exif({0x0110: "Telefon Budi"}, {0x9003: "2026:11:22 08:41:05"}, at(-6.2, 106.8))
    original = file(plain(900, 700), exif=about, xmp=b"<x:xmpmeta>budi</x:xmpmeta>", comment=b"budi")
    kit.ingest([make_report(1, media=LINKS[:1])])
    sha256 = keep(kit, kit.desk.store.media.of_report(1)[0].pk, original, develop(original).view)
    target = tmp_path / "salinan.jpg"
    save_copy(kit.desk.paths.media, sha256, target)
    content = target.read_bytes()
    for word in (b"Exif", b"budi", b"Budi", b"xmpmeta", b"2026:11", b"GPS"):
        assert word in original or word == b"GPS"
        assert word not in content
    with Image.open(io.BytesIO(content)) as opened_copy:
        assert not opened_copy.getexif()
        assert opened_copy.size == (900, 700)


def test_a_channel_whose_rows_stay_here_lends_no_copy(
    kit: Kit, gallery: GallerySection, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smartcity_desk.sync import registry

    for may in (True, False):
        monkeypatch.setattr(registry, "exportable", lambda *_, may=may: may)
        gallery.buttons[0].click()
        window = viewer()
        assert window.save.isVisible() is may
        kit.settle()
        window.reject()
        until(lambda: QApplication.activeModalWidget() is None)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_reason_has_words(language: str) -> None:
    i18n.set_language(language)
    from smartcity_desk.sync import darkroom

    known = {
        *darkroom._KEYS, "crashed", "too_slow", "bad_address", "private_address", "redirects", "redirect_to_plain",
        "tls", "forbidden", "gone", "no_file", "packed", "unreachable", "not_here", "unsupported_type", "disk", "page",
        "offline", "transient", "rate_limited",
    }  # fmt: skip
    for reason in known:
        assert i18n.has_text(f"report.media.reason.{reason}"), reason
    for state in MediaState:
        assert i18n.has_text(f"report.media.state.{state.value}"), state
