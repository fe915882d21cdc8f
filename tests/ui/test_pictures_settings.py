"""Pictures may be turned off and have their share of the disk; both are saved and told to the helper."""

from __future__ import annotations

from smartcity_desk.config import PICTURES_FETCHED, PICTURES_MB, Settings
from smartcity_desk.store.media import MediaState
from smartcity_desk.ui.settings.pictures import PicturesSection
from smartcity_desk.ui.settings.screen import SECTIONS, SettingsScreen
from tests.ui.kit import NOW, Kit, make_report, show


def page(kit: Kit) -> PicturesSection:
    screen = SettingsScreen(kit.desk)
    kit.__dict__["held"] = screen
    show(screen)
    screen.list.setCurrentRow(SECTIONS.index(PicturesSection))
    kit.settle()
    found = screen.sections[SECTIONS.index(PicturesSection)]
    assert isinstance(found, PicturesSection)
    return found


def test_switch_and_share_are_saved(kit: Kit) -> None:
    found = page(kit)
    told: list[str] = []
    kit.desk.bridge.settings_changed.connect(told.append)
    found.fetched.setChecked(False)
    found.disk.setValue(2_048)
    found.disk.editingFinished.emit()
    found.disk.editingFinished.emit()
    kit.settle()
    stored = Settings.load(kit.desk.settings._path)
    assert (stored.get(PICTURES_FETCHED), stored.get(PICTURES_MB)) == (False, 2_048)
    assert told == [PICTURES_FETCHED.name, PICTURES_MB.name]


def test_it_says_how_it_stands_and_tries_again(kit: Kit) -> None:
    kit.ingest([make_report(1, media=("https://foto.example.invalid/a", "https://foto.example.invalid/b"))])
    media = kit.desk.store.media
    media.end(media.of_report(1)[0].pk, MediaState.REFUSED, "damaged", NOW)
    found = page(kit)
    assert found.stands.text() == "0 berkas, 0 MB. Ditunggu 1, tidak bisa diambil 1."
    found.retry.click()
    kit.settle()
    assert found.stands.text() == "0 berkas, 0 MB. Ditunggu 2, tidak bisa diambil 0."
    assert [message.text for message in kit.said] == ["1 berkas diminta lagi."]
