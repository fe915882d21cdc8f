"""Qt's own dialogs speak the operator's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QDialogButtonBox, QLineEdit

from smartcity_desk import i18n
from smartcity_desk.ui import qt_texts
from tests.ui.kit import Kit


def words() -> dict[str, str]:
    standard = QDialogButtonBox.StandardButton
    box = QDialogButtonBox(standard.Ok | standard.Cancel | standard.Save | standard.Close | standard.Discard)
    found = {
        button.name: box.button(button).text().replace("&", "") for button in (standard.Ok, standard.Cancel)
    }
    found |= {
        button.name: box.button(button).text().replace("&", "") for button in (standard.Save, standard.Close)
    }
    box.deleteLater()
    return {str(name): text for name, text in found.items()}


def test_standard_buttons_follow_the_language(kit: Kit) -> None:
    assert words() == {"Ok": "Oke", "Cancel": "Batal", "Save": "Simpan", "Close": "Tutup"}
    i18n.set_language("en")
    qt_texts.install()
    assert words() == {"Ok": "OK", "Cancel": "Cancel", "Save": "Save", "Close": "Close"}
    i18n.set_language("id")
    qt_texts.install()
    assert words()["Cancel"] == "Batal"


def test_the_menu_of_a_text_field_is_indonesian(kit: Kit) -> None:
    field = QLineEdit()
    menu = field.createStandardContextMenu()
    texts = [action.text().split("\t")[0].replace("&", "") for action in menu.actions() if action.text()]
    menu.deleteLater()
    field.deleteLater()
    assert texts == ["Urungkan", "Ulangi", "Potong", "Salin", "Tempel", "Hapus", "Pilih semua"]


def test_what_the_catalogue_does_not_know_stays_qts_own(kit: Kit) -> None:
    assert QCoreApplication.translate("QAnything", "Never heard of") == "Never heard of"
    assert QCoreApplication.translate("QProcess", "Process crashed") == "Process crashed"


def test_numbers_and_dates_follow_too(kit: Kit) -> None:
    assert QLocale().toString(1_234_567) == "1.234.567"
    i18n.set_language("en")
    qt_texts.install()
    assert QLocale().toString(1_234_567) == "1,234,567"
    i18n.set_language("id")
    qt_texts.install()
