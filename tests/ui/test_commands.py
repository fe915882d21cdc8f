"""The table of commands: no clash, a title in both languages, remapped by the user, found by the palette."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from smartcity_desk import i18n
from smartcity_desk.domain.shortcodes import report_code
from smartcity_desk.ui import help_sheet
from smartcity_desk.ui.commands import COMMANDS, OUTBOX, TRIAGE, Command, CommandRegistry, Group, key_table
from smartcity_desk.ui.offices.screen import OfficesScreen
from smartcity_desk.ui.outbox.screen import OutboxScreen
from smartcity_desk.ui.palette import Palette
from smartcity_desk.ui.triage.screen import TriageScreen
from tests.ui.kit import Kit, make_report, press, show, type_in, until
from tests.ui.triage.conftest import opened


def test_no_key_means_two_things() -> None:
    assert CommandRegistry().clashes() == []


def test_the_clash_check_sees_one() -> None:
    commands = [
        Command("a.b", ("Ctrl+X",)),
        Command("c.d", ("Ctrl+x",), screen=TRIAGE),
        Command("e.f", ("Ctrl+X",), screen=OUTBOX),
    ]
    assert CommandRegistry(commands).clashes() == [("Ctrl+X", "a.b", "c.d"), ("Ctrl+X", "a.b", "e.f")]


def test_ids_are_unique_and_keys_are_keys() -> None:
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)
    for command in COMMANDS:
        for key in command.keys:
            assert QKeySequence(key).toString() != "", key


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_command_and_group_has_a_title(language: str) -> None:
    i18n.set_language(language)
    registry = CommandRegistry()
    assert all(registry.title(command.id) for command in COMMANDS)
    assert all(i18n.tr(f"command.group.{group.value}") for group in Group)


def test_the_user_chooses_other_keys(kit: Kit) -> None:
    registry = CommandRegistry(keymap={"report.category": ["G"], "no.such": ["X"], "report.note": "M"})
    assert registry.keys("report.category") == ("G",)
    assert registry.keys("report.note") == ("M",)
    assert registry.shown_key("report.category") == "G"
    done: list[str] = []
    registry.bind("report.category", lambda: done.append("c"), lambda: not done)
    assert registry.run("report.category")
    assert not registry.run("report.category")
    assert not registry.run("report.note")
    assert done == ["c"]


def test_the_table_of_keys_names_every_key() -> None:
    table = key_table(CommandRegistry(), "en")
    assert "| `C` | Category |" in table
    assert "| `J` `↓` | Next report |" in table
    assert "| `1` … `9` |" in table
    assert i18n.language() == "id"


def test_every_command_of_a_screen_does_something_by_its_keys(kit: Kit) -> None:
    kit.ingest([make_report(n) for n in range(5)])
    triage, outbox, offices = TriageScreen(kit.desk), OutboxScreen(kit.desk), OfficesScreen(kit.desk)
    commands = kit.desk.commands
    for screen, keys in ((triage, triage.keys), (outbox, outbox.keys), (offices, offices.keys)):
        own = commands.of_screen(screen.key)
        assert [command.id for command in own if not commands.bound(command.id)] == []
        bound = {shortcut.key().toString() for shortcut in keys._shortcuts}
        wanted = {QKeySequence(key).toString() for command in own for key in commands.keys(command.id)}
        assert bound == wanted


def test_keys_follow_a_new_keymap(kit: Kit) -> None:
    from smartcity_desk.config import KEYMAP

    kit.ingest([make_report(n) for n in range(3)])
    screen = opened(kit, "all")
    kit.desk.commands.set_keymap({"triage.next": ["Q"]})
    kit.desk.bridge.settings_changed.emit(KEYMAP.name)
    press(screen.view, "J")
    assert screen.view.currentIndex().row() == 0
    press(screen.view, "Q")
    assert screen.view.currentIndex().row() == 1
    kit.settle()
    screen.close()


# -- the palette -----------------------------------------------------------------------------------------------


@pytest.fixture
def window(kit: Kit) -> TriageScreen:
    kit.ingest([make_report(n) for n in range(40)])
    return opened(kit, "all")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("teruskan", "Teruskan"),
        ("route", "Teruskan"),
        ("overdue", "Lewat tenggat"),
        ("lewat", "Lewat tenggat"),
        ("tebet tim", "Kel. Tebet Timur"),
        ("dinas sda", "Dinas Sumber Daya Air"),
    ],
)
def test_the_palette_finds_in_either_language(kit: Kit, window: QWidget, typed: str, found: str) -> None:
    palette = Palette(kit.desk, window)
    assert found in [entry.label for entry in palette.index.find(typed)[:3]]
    kit.settle()
    window.close()


def test_the_palette_opens_a_report_by_its_number(kit: Kit, window: TriageScreen) -> None:
    window.on_show.open("paused")
    kit.settle()
    kit.desk.commands.run("app.palette")
    until(lambda: window.isVisible() and Palette.__name__ in {type(w).__name__ for w in window.children()})
    type_in(window, "400012")
    palette = window.findChild(Palette)
    assert isinstance(palette, Palette)
    until(lambda: palette.list.count() > 0 and "400012" in palette.list.item(0).text())
    press(window, "Return")
    until(lambda: _number(window) == "400012")
    kit.settle()
    window.close()


@pytest.mark.parametrize("way", [str, str.lower, lambda code: code.replace("-", " ")])
def test_the_palette_opens_a_report_by_the_code_that_its_caller_was_told(
    kit: Kit, window: TriageScreen, way: Callable[[str], str]
) -> None:
    """Two reports of a desk may share a code: then both are there. One of another channel has none."""
    first = make_report(90, channel="manual", text="Pohon tumbang")
    code = report_code(first.id)
    beside = first.id[:14]  # what the code is made of
    twin = replace(first, id=f"{beside}5000-8000-000000000000", external_id="another", text="Banjir di gang")
    other = make_report(91, id=f"{beside}5000-8000-000000000001")
    kit.ingest([first, twin], "manual")
    kit.ingest([other])
    palette = Palette(kit.desk, window)
    palette.show()
    palette.line.setFocus()
    type_in(palette, way(code))
    until(lambda: bool(palette._entries) and code in palette._entries[0].label)
    found = [entry.label for entry in palette._entries if entry.sort == "laporan"]
    assert sorted(label.split(" · ")[1] for label in found) == ["Banjir di gang", "Pohon tumbang"]
    assert all(code in label for label in found)
    kit.settle()
    palette.close()
    window.close()


def _number(screen: TriageScreen) -> str:
    row = screen.model.row_data(screen.view.currentIndex().row())
    return "" if row is None else row.external_id


def test_the_palette_answers_in_thirty_milliseconds(kit: Kit, window: QWidget) -> None:
    palette = Palette(kit.desk, window)
    took = []
    for typed in ("t", "te", "teb", "kel", "jakarta", "zzz"):
        began = time.perf_counter()
        palette._typed(typed)
        took.append(time.perf_counter() - began)
    assert sorted(took)[len(took) // 2] < 0.03
    kit.settle()
    window.close()


def test_the_sheet_of_keys_shows_every_command_with_a_key(kit: Kit, window: QWidget) -> None:
    sheet = help_sheet.HelpSheet(kit.desk, window)
    show(sheet)
    from PySide6.QtWidgets import QLabel

    texts = {label.text() for label in sheet.findChildren(QLabel)}
    for command in COMMANDS:
        if (command.keys or command.native) and not command.is_digit:
            assert kit.desk.commands.title(command.id) in texts
    sheet.close()
    window.close()
