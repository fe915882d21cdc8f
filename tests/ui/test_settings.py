"""Pengaturan: saved where it belongs, refused with words, in force at once."""

from __future__ import annotations

import json

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QComboBox, QLineEdit

from smartcity_desk import config, i18n
from smartcity_desk.config import ChannelSettings
from smartcity_desk.domain.errors import Offline
from smartcity_desk.secrets import channel_secret
from smartcity_desk.sync.channel import TestResult
from smartcity_desk.ui.settings.appearance import SIZES, AppearanceSection
from smartcity_desk.ui.settings.channel_card import ChannelCard
from smartcity_desk.ui.settings.channel_list import ChannelSection
from smartcity_desk.ui.settings.keys import KeysSection
from smartcity_desk.ui.settings.screen import SECTIONS, SettingsScreen
from smartcity_desk.ui.settings.server import ServerSection
from tests.ui.kit import NOW, Kit, make_report, show, until
from tests.ui.test_login import with_session


def section(kit: Kit, kind: type) -> object:
    screen = SettingsScreen(kit.desk)
    kit.__dict__["held"] = screen  # a window that nobody holds is gone
    show(screen)
    screen.list.setCurrentRow(SECTIONS.index(kind))
    kit.settle()
    return screen.sections[SECTIONS.index(kind)]


def stored(kit: Kit) -> dict[str, object]:
    path = kit.desk.settings._path
    return dict(json.loads(path.read_text())) if path.exists() else {}


def cards(kit: Kit) -> dict[str, ChannelCard]:
    page = section(kit, ChannelSection)
    assert isinstance(page, ChannelSection)
    return {card.manifest.name: card for card in page.channel_cards}


def test_every_channel_of_the_program_has_a_card(kit: Kit) -> None:
    from smartcity_desk.sync.registry import CHANNELS

    assert set(cards(kit)) == set(CHANNELS)


def test_a_channel_is_saved_and_its_secret_goes_to_the_secret_store_only(kit: Kit) -> None:
    told: list[str] = []
    kit.desk.bridge.settings_changed.connect(told.append)
    card = cards(kit)["x"]
    card.enabled.setChecked(True)
    card.url.setText("http://127.0.0.1:9")
    card.secrets["token"].setText("sangat-rahasia")
    card.save.click()
    kit.settle()
    assert kit.desk.settings.channel("x").enabled
    assert kit.desk.settings.channel("x").url == "http://127.0.0.1:9"
    assert kit.desk.secrets.get(channel_secret("x")) == "sangat-rahasia"
    assert "sangat-rahasia" not in json.dumps(stored(kit))
    assert card.secrets["token"].text() == ""
    assert "tersimpan" in card.secrets["token"].placeholderText()
    assert told == ["channel.x"]
    assert "sampai aplikasi ditutup" in card.outcome.text()
    card.save.click()
    kit.settle()
    assert kit.desk.secrets.get(channel_secret("x")) == "sangat-rahasia"  # an empty field changes nothing
    card.enabled.setChecked(False)
    card.save.click()
    kit.settle()
    assert not kit.desk.settings.channel("x").enabled
    assert stored(kit)["channel.x"]["enabled"] is False  # type: ignore[index]


@pytest.mark.parametrize("url", ["pusat", "ftp://a", "http://budi:sandi@127.0.0.1"])
def test_a_bad_address_is_refused_with_words(kit: Kit, url: str) -> None:
    card = cards(kit)["petabencana"]
    card.url.setText(url)
    card.save.click()
    kit.settle()
    assert "Alamat" in card.outcome.text()
    assert kit.desk.settings.channel("petabencana").url == ""
    assert "channel.petabencana" not in stored(kit)


def test_a_choice_of_nothing_says_what_that_means(kit: Kit) -> None:
    found = cards(kit)
    for channel, option, key in (
        ("crm", "confirmed", "channel.crm.option.confirmed.none"),
        ("petabencana", "archive", "channel.petabencana.option.archive.none"),
        ("petabencana", "disaster", "settings.channel.any"),
    ):
        box = found[channel].options[option]
        assert isinstance(box, QComboBox)
        for language in ("en", "id"):
            i18n.set_language(language)
            found[channel].retranslate()
            assert box.itemText(box.findData("")) == i18n.tr(key)


def test_a_bad_option_is_refused_with_words(kit: Kit) -> None:
    card = cards(kit)["x"]
    account = card.options["account"]
    account.setText("bukan nama akun!")  # type: ignore[union-attr]
    card.save.click()
    kit.settle()
    assert "tidak sah" in card.outcome.text()


def test_a_trial_tries_what_is_saved(kit: Kit) -> None:
    asked: list[str] = []

    def tester(name: str) -> TestResult:
        asked.append(kit.desk.settings.channel(name).url)
        return TestResult(ok=True, items=7)

    kit.desk.tester = tester
    card = cards(kit)["petabencana"]
    card.url.setText("http://127.0.0.1:9")
    card.trial.click()
    kit.settle()
    assert asked == ["http://127.0.0.1:9"]
    assert "7 butir" in card.outcome.text()


def test_a_trial_says_what_would_come_in_and_how_much_could_not_be_read(kit: Kit) -> None:
    reports = (make_report(1, text="Banjir di gang"), make_report(2, text="rahasia sekali", private=True))
    kit.desk.tester = lambda _: TestResult(
        True, 5, NOW, sample=reports, unreadable=3, reasons={"created_at": 2, "item": 1}
    )
    card = cards(kit)["petabencana"]
    card.trial.click()
    kit.settle()
    said = card.outcome.text()
    assert "Banjir di gang" in said
    assert "rahasia sekali" not in said
    assert "3 butir tidak terbaca" in said
    assert "created_at" in said
    assert "Syarat:" in said


def test_a_kept_secret_is_told_and_can_be_forgotten(kit: Kit) -> None:
    kit.desk.secrets.set(channel_secret("x"), "sangat-rahasia")
    card = cards(kit)["x"]
    kit.settle()
    state = card.states["token"]
    assert state.kept
    assert "tersimpan" in state.state.text()
    assert "sangat-rahasia" not in card.secrets["token"].text() + card.secrets["token"].placeholderText()
    state.forget.click()
    kit.settle()
    assert kit.desk.secrets.get(channel_secret("x")) is None
    assert not state.kept
    assert "belum diisi" in state.state.text()


def test_exports_that_the_terms_forbid_ask_for_leave_in_writing(kit: Kit) -> None:
    card = cards(kit)["waze"]
    card.url.setText("http://127.0.0.1:9/feed")
    assert not card.data.export.isChecked()
    assert card.data.leave.isHidden()
    card.data.export.setChecked(True)
    assert not card.data.leave.isHidden()
    card.save.click()
    kit.settle()
    assert "izin tertulis" in card.outcome.text()
    assert kit.desk.settings.channel("waze").export is None
    card.data.leave.setChecked(True)
    card.data.days.setValue(14)
    card.save.click()
    kit.settle()
    assert kit.desk.settings.channel("waze").export is True
    assert stored(kit)["channel.waze"]["retention_days"] == 14  # type: ignore[index]
    card.data.export.setChecked(False)
    card.data.days.setValue(card.manifest.retention_days)
    card.save.click()
    kit.settle()
    assert kit.desk.settings.channel("waze").export is None  # as the terms say: nothing to keep
    assert kit.desk.settings.channel("waze").retention_days is None


def test_the_list_names_every_channel_with_its_state(kit: Kit) -> None:
    page = section(kit, ChannelSection)
    assert isinstance(page, ChannelSection)
    names = {page.list.item(row).text().split("  ")[-1] for row in range(page.list.count())}
    assert {"PetaBencana", "Waze", "X", "Meja operator"} <= names
    page.choose("x")
    card = page.built["x"]
    assert card.isVisible()
    card.enabled.setChecked(True)
    card.secrets["token"].setText("t")
    card.save.click()
    kit.settle()
    (row,) = [n for n, one in enumerate(page.manifests) if one.name == "x"]
    assert "●" in page.list.item(row).text()
    assert page.list.item(row).toolTip() == "dipakai"
    page.choose("manual")
    assert page.built["manual"].enabled.isHidden()
    page.retranslate()


def test_the_servers_address_is_saved_and_told(kit: Kit) -> None:
    with_session(kit)
    told: list[str] = []
    kit.desk.bridge.settings_changed.connect(told.append)
    page = section(kit, ServerSection)
    assert isinstance(page, ServerSection)
    page.url.setText("https://lain.example.org/")
    page.save.click()
    kit.settle()
    assert kit.desk.settings.get(config.CENTRAL_URL) == "https://lain.example.org"
    assert stored(kit)["central.url"] == "https://lain.example.org"
    assert told == ["central.url"]
    page.url.setText("bukan alamat")
    page.save.click()
    kit.settle()
    assert "bukan alamat http" in page.outcome.text()
    assert kit.desk.settings.get(config.CENTRAL_URL) == "https://lain.example.org"


def test_the_server_can_be_tried_before_it_is_saved(kit: Kit) -> None:
    door = with_session(kit)
    page = section(kit, ServerSection)
    assert isinstance(page, ServerSection)
    page.url.setText("https://baru.example.org")
    page.trial.click()
    kit.settle()
    assert door.asked[-1] == ("probe", "https://baru.example.org")
    assert "Berhasil" in page.outcome.text()
    door.answer = Offline()
    page.trial.click()
    kit.settle()
    assert "Tidak ada sambungan" in page.outcome.text()


def test_appearance_is_in_force_at_once_and_kept(kit: Kit) -> None:
    page = section(kit, AppearanceSection)
    assert isinstance(page, AppearanceSection)
    changes: list[int] = []
    kit.desk.bridge.theme_changed.connect(lambda: changes.append(1))
    page.theme.setCurrentIndex(2)
    page.theme.activated.emit(2)
    assert kit.desk.theme.name == "dark"
    page.density.activated.emit(1)
    assert kit.desk.theme.row_height == 22
    page.percent.setValue(SIZES.index(200))
    assert kit.desk.theme.percent == 200
    assert page.percent_text.text() == "200%"
    kit.settle()
    assert len(changes) == 3
    assert (stored(kit)["theme"], stored(kit)["density"], stored(kit)["font.percent"]) == (
        "dark",
        "compact",
        200,
    )
    page.language.activated.emit(1)
    kit.settle()
    assert i18n.language() == "en"
    assert page.theme.itemText(1) == "Light"
    assert stored(kit)["language"] == "en"


def test_a_key_can_be_changed_and_a_taken_one_is_refused(kit: Kit) -> None:
    page = section(kit, KeysSection)
    assert isinstance(page, KeysSection)
    choose(page, "report.note")
    page.edit.setKeySequence(QKeySequence("R"))
    page.set_key.click()
    assert "sudah dipakai" in page.outcome.text()
    assert kit.desk.commands.keys("report.note") == ("M",)
    page.edit.setKeySequence(QKeySequence("Q"))
    page.set_key.click()
    kit.settle()
    assert kit.desk.commands.keys("report.note") == ("Q",)
    kit.run(kit.desk.errands.run(lambda: None))
    assert page.chosen == "report.note"
    page.standard.click()
    assert kit.desk.commands.keys("report.note") == ("M",)


def choose(page: KeysSection, command: str) -> None:
    from PySide6.QtCore import Qt

    for at in range(page.tree.topLevelItemCount()):
        head = page.tree.topLevelItem(at)
        for below in range(head.childCount()):
            if head.child(below).data(0, Qt.ItemDataRole.UserRole) == command:
                page.tree.setCurrentItem(head.child(below))
                return
    raise LookupError(command)


def test_about_names_the_folders_and_checks_the_data(kit: Kit) -> None:
    from smartcity_desk.ui.settings.about import AboutSection

    page = section(kit, AboutSection)
    assert isinstance(page, AboutSection)
    assert str(kit.desk.paths.profile_dir) in page.facts.text()
    page.check.click()
    kit.settle()
    assert "Data utuh" in page.outcome.text()


def test_how_long_an_action_can_be_taken_back_is_chosen_here(kit: Kit) -> None:
    page = section(kit, ServerSection)
    assert isinstance(page, ServerSection)
    assert page.hold.text() == "5 detik"
    assert (page.hold.minimum(), page.hold.maximum()) == (0, 60)
    page.hold.setValue(0)
    assert page.hold.text() == "langsung dikirim"
    page.hold.setValue(12)
    kit.settle()
    until(lambda: stored(kit).get("actions.hold_seconds") == 12)
    i18n.set_language("en")
    page.retranslate()
    assert page.hold.text() == "12 s"


@pytest.mark.parametrize(("language", "hint"), [("id", "Tekan tombol"), ("en", "Press shortcut")])
def test_the_field_for_a_key_speaks_the_language(kit: Kit, language: str, hint: str) -> None:
    page = section(kit, KeysSection)
    assert isinstance(page, KeysSection)
    i18n.set_language(language)
    page.retranslate()
    line = page.edit.findChild(QLineEdit)
    assert line is not None
    assert line.placeholderText() == hint


def test_the_page_that_is_chosen_is_marked_from_edge_to_edge(kit: Kit) -> None:
    screen = SettingsScreen(kit.desk)
    show(screen)
    for focused in (True, False):
        (screen.list if focused else screen.sections[0].url).setFocus()  # type: ignore[attr-defined]  # its own
        kit.settle()
        assert screen.list.hasFocus() is focused
        picture = screen.list.grab().toImage()
        y = screen.list.viewport().y() + screen.list.visualItemRect(screen.list.item(0)).top() + 6
        wanted = kit.desk.theme.color("selection").name()
        found = [picture.pixelColor(x, y).name() for x in (4, 8, picture.width() - 8)]
        assert found == [wanted] * 3
    screen.close()


def test_an_address_that_is_a_secret_leaves_the_screen_once_it_is_kept(kit: Kit) -> None:
    card = cards(kit)["waze"]
    state = card.states["url"]
    assert not state.isHidden()
    assert not state.kept
    card.url.setText("https://www.waze.com/row-partnerhub-api/partners/1/waze-feeds/rahasia?format=1")
    card.save.click()
    kit.settle()
    assert card.url.text() == ""
    assert state.kept
    assert "rahasia" in str(kit.desk.secrets.get(channel_secret("waze", "url")))
    card.save.click()
    kit.settle()
    assert "rahasia" in str(kit.desk.secrets.get(channel_secret("waze", "url")))
    card.url.setText("http://127.0.0.1:9/umpan")
    card.save.click()
    kit.settle()
    assert card.url.text() == "http://127.0.0.1:9/umpan"  # opens no door: it stands in the settings
    assert state.isHidden()


def test_a_long_value_shows_its_beginning(kit: Kit) -> None:
    kit.desk.settings.set_channel("x", ChannelSettings(url="https://contoh.example/" + "a" * 300))
    assert cards(kit)["x"].url.cursorPosition() == 0
