"""The board: what stands in which column, moving by keys, empty states, languages, sizes."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractButton, QLabel

from smartcity_desk import i18n
from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.domain.events import EventKind, MarkDecided, MarkProposed, MarkStepped
from smartcity_desk.domain.marks import MarkStep
from smartcity_desk.domain.times import DAY, MINUTE
from smartcity_desk.store import Store
from smartcity_desk.ui import restyle
from smartcity_desk.ui.commands import ESCALATION
from smartcity_desk.ui.escalation import board as boards
from smartcity_desk.ui.escalation.board import Column
from smartcity_desk.ui.escalation.boardpage import BoardPage
from smartcity_desk.ui.escalation.cards import CardWords
from smartcity_desk.ui.escalation.screen import CITY_MS, OLD_AFTER_MS, EscalationScreen
from tests.evidence.city import NOW, RANI, RATNA, SILENT, SMALL
from tests.ui import crawl
from tests.ui.escalation.conftest import act, confirm, keys, later, marked, reread
from tests.ui.kit import Kit, show, until

K = EventKind


def column(screen: EscalationScreen, name: Column) -> list[str]:
    return screen.board_page.lists[name].keys


def words(screen: EscalationScreen, key: str) -> str:
    for cards in screen.board_page.lists.values():
        for card in cards.model_.cards:
            if card.key == key:
                return card.spoken
    raise AssertionError(f"no card {key}")


def test_the_rules_candidate_waits_to_be_marked_and_says_on_what(kit: Kit, screen: EscalationScreen) -> None:
    assert column(screen, Column.HEARING) == [f"new:{SILENT}"]
    spoken = words(screen, f"new:{SILENT}")
    assert "Kelurahan Tebet Timur" in spoken
    assert "calon, belum ditandai" in spoken
    assert "target 80,0 %" in spoken
    assert "8 dari 25 tepat waktu" in spoken
    assert not any(SMALL in key for key in column(screen, Column.HEARING))


def test_a_mark_wanders_through_the_columns(kit: Kit, screen: EscalationScreen) -> None:
    name = marked(kit)
    reread(kit, screen)
    assert column(screen, Column.HEARING) == [f"mark:{name}"]
    assert "calon, ditandai" in words(screen, f"mark:{name}")
    act(kit, K.MARK_WITHDRAWN, MarkStepped("keliru data"), name, RATNA)
    reread(kit, screen)
    assert f"mark:{name}" not in column(screen, Column.READY)
    keys(kit, screen, "V")
    assert f"mark:{name}" in column(screen, Column.READY)
    assert "keliru data" in words(screen, f"mark:{name}")


def test_a_notified_one_is_heard_until_its_window_closes_by_itself(
    kit: Kit, screen: EscalationScreen
) -> None:
    name = marked(kit, served=True)
    reread(kit, screen)
    spoken = words(screen, f"mark:{name}")
    assert "masa sanggah" in spoken
    assert "24.00" in spoken, "the term is absolute as well as relative"
    assert "Tidak ada sanggahan" in spoken
    later(kit, screen, 8 * DAY)
    assert column(screen, Column.READY) == [f"mark:{name}"]
    act(kit, K.MARK_PROPOSED, MarkProposed("aturan terpenuhi"), name, RANI)
    confirm(kit)
    act(kit, K.MARK_DECIDED, MarkDecided("pembinaan", "sesuai disposisi"), name, RATNA)
    reread(kit, screen)
    assert "pembinaan" in words(screen, f"mark:{name}")


def test_one_who_was_withdrawn_before_says_so_when_the_rule_names_him_again(
    kit: Kit, screen: EscalationScreen
) -> None:
    name = marked(kit)
    act(kit, K.MARK_WITHDRAWN, MarkStepped("keliru data"), name, RATNA)
    reread(kit, screen)
    assert column(screen, Column.HEARING) == [], "the same windows are not marked twice"
    screen.city = None
    later(kit, screen, DAY)
    assert column(screen, Column.HEARING) == [f"new:{SILENT}"]
    assert "dicabut" in words(screen, f"new:{SILENT}")


def test_what_will_climb_has_what_waits_for_a_person_on_top(kit: Kit, screen: EscalationScreen) -> None:
    cards = [screen._cards[key] for key in column(screen, Column.RISING)]
    assert cards
    waits = [card.rising.waiting for card in cards if card.rising is not None]
    assert True in waits
    assert waits == sorted(waits, reverse=True)
    assert {card.rising.digest.needs_person for card in cards if card.rising is not None} == {True, False}


def test_keys_move_within_and_between_columns(kit: Kit, screen: EscalationScreen) -> None:
    page = screen.board_page
    assert page.column is Column.HEARING
    keys(kit, screen, "H")
    assert page.column is Column.RISING
    first = page.current_key
    keys(kit, screen, "J")
    assert page.current_key == page.lists[Column.RISING].keys[1]
    keys(kit, screen, "K")
    assert page.current_key == first
    keys(kit, screen, "Down", "Down", "Up")
    assert page.current_key == page.lists[Column.RISING].keys[1]
    keys(kit, screen, "Right", "L")
    assert page.column is Column.READY
    keys(kit, screen, "Left")
    assert page.column is Column.HEARING
    assert page.current_key == f"new:{SILENT}"


def test_the_cursor_stays_where_it_was_when_cards_change(kit: Kit, screen: EscalationScreen) -> None:
    keys(kit, screen, "H", "J", "J")
    at = screen.board_page.current_key
    marked(kit)
    reread(kit, screen)
    assert screen.board_page.current_key == at
    assert screen.board_page.lists[Column.RISING].hasFocus()


def test_empty_columns_teach(kit: Kit, screen: EscalationScreen) -> None:
    page = screen.board_page
    assert "layak diusulkan" in page.teach[Column.READY].text()
    keys(kit, screen, "L")
    assert page.teach[Column.READY].hasFocus(), "the hand is seen there as well"


def test_the_hand_is_put_where_there_are_cards_and_left_there(kit: Kit) -> None:
    """Where only what will climb has cards, Enter works at once; a column that empties later keeps the hand."""
    page = BoardPage(kit.desk)
    show(page)
    page.show_cards({}, loaded=False)
    page.take_focus()
    assert page.teach[Column.HEARING].hasFocus()
    page.show_cards({}, loaded=True)
    card = CardWords("up:1", "Wali Kota/Bupati", "◆ perlu persetujuan", "soon", ())
    page.show_cards({Column.RISING: [card]}, loaded=True)
    assert (page.column, page.current_key) == (Column.RISING, "up:1")
    assert page.lists[Column.RISING].hasFocus()
    page.show_cards({Column.READY: [card]}, loaded=True)
    assert page.column is Column.RISING
    assert page.teach[Column.RISING].hasFocus()
    page.close()


def test_an_empty_file_teaches_in_every_column(kit: Kit, tmp_path: object) -> None:
    kit.desk.store.close()
    kit.desk.store = Store.open(
        kit.desk.paths.profile_dir / "empty.sqlite3", now=NOW, policy=kit.desk.store._rules.base
    )
    kit.desk.store.set_directory(kit.desk.directory, "e", NOW)
    made = EscalationScreen(kit.desk)
    show(made)
    made.activate()
    assert made.board_page.teach[Column.HEARING].text() == i18n.tr("escalation.loading")
    kit.settle()
    for name in Column:
        assert made.board_page.lists[name].keys == []
        assert made.board_page.teach[name].text() == i18n.tr(f"escalation.empty.{name.value}")
    made.deactivate()
    made.close()


def test_every_key_of_the_screen_does_something(kit: Kit, screen: EscalationScreen) -> None:
    commands = kit.desk.commands
    assert [one.id for one in commands.of_screen(ESCALATION) if not commands.bound(one.id)] == []


def test_every_control_has_a_name_and_is_reached_by_keyboard(kit: Kit, screen: EscalationScreen) -> None:
    for pressed in ((), ("Return",), ("2",), ("3",), ("4",), ("Esc", "P")):
        keys(kit, screen, *pressed)
        kit.settle()
        assert crawl.nameless(screen) == [], pressed
        assert crawl.out_of_reach(screen) == [], pressed


@pytest.mark.parametrize(("spoken", "other"), [("id", "en"), ("en", "id")])
def test_a_switch_of_language_leaves_nothing_of_the_other(
    kit: Kit, screen: EscalationScreen, spoken: str, other: str
) -> None:
    restyle.set_language(kit.desk, other)
    keys(kit, screen, "Return", "2", "Esc", "P")
    kit.settle()
    restyle.set_language(kit.desk, spoken)
    kit.settle()
    assert crawl.strangers(screen, spoken, other) == []


@pytest.mark.parametrize("percent", [100, 200])
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_no_button_cuts_its_text(kit: Kit, screen: EscalationScreen, percent: int, language: str) -> None:
    restyle.set_language(kit.desk, language)
    restyle.set_percent(kit.desk, percent)
    screen.resize(1366 - 80 * percent // 100, 640)
    for pressed in ((), ("Return",), ("Esc", "P")):
        keys(kit, screen, *pressed)
        kit.settle()
        cut = [
            button.text()
            for button in screen.findChildren(QAbstractButton)
            if button.isVisible()
            and QFontMetrics(button.font()).horizontalAdvance(button.text()) > button.width()
        ]
        assert cut == [], pressed


def test_where_there_is_room_for_one_column_the_heads_lead_to_the_others(
    kit: Kit, screen: EscalationScreen
) -> None:
    page = screen.board_page
    screen.resize(700, 600)
    kit.settle()
    assert [name for name in Column if page._columns[name].isVisible()] == [Column.HEARING]
    page.heads[Column.RISING].click()
    assert [name for name in Column if page._columns[name].isVisible()] == [Column.RISING]
    assert page.lists[Column.RISING].hasFocus()
    screen.resize(1300, 600)
    assert all(page._columns[name].isVisible() for name in Column)


def test_no_word_is_a_verdict_and_nothing_demotes(kit: Kit, screen: EscalationScreen) -> None:
    keys(kit, screen, "Return")
    said = " ".join(part.text() for part in screen.findChildren(QLabel)).lower()
    assert "usulan evaluasi" in said
    assert "bukan putusan" in said


def test_a_city_is_not_read_again_and_again(
    kit: Kit, screen: EscalationScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    real = boards.read_city

    def counted(store: Store, now: int) -> boards.City:
        reads.append(now)
        return real(store, now)

    monkeypatch.setattr(boards, "read_city", counted)
    for _ in range(5):
        kit.desk.bridge.reports_changed.emit(None)
        reread(kit, screen)
    assert reads == [], "within half a minute what is here is new enough"
    kit.now += MINUTE
    reread(kit, screen)
    assert len(reads) == 1


def test_step_none_has_words(kit: Kit, screen: EscalationScreen) -> None:
    from smartcity_desk.ui.escalation import words as said

    shapes = {said.step(where).shape for where in MarkStep}
    assert len(shapes) == len(MarkStep), "each step has a shape of its own"
    assert all(said.step(where).word for where in MarkStep)


def test_a_flood_of_news_does_not_begin_the_citys_figures_again_and_again(
    kit: Kit, screen: EscalationScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The figures are seconds of work: what streams in while they are read must not throw them away."""
    may_go_on, began, read = threading.Event(), list[int](), boards.read_city

    def slow(store: Store, now: int) -> boards.City:
        began.append(now)
        assert may_go_on.wait(20)
        return read(store, now)

    monkeypatch.setattr(boards, "read_city", slow)
    kit.now += OLD_AFTER_MS
    screen._reread()
    until(lambda: bool(began))
    at = kit.now
    for _ in range(5):
        kit.now += 1
        screen._data_changed()
        screen._reread()
        until(lambda: len(kit.desk.tasks) == 1, 20)
    assert began == [at], "one reading, and marks are read beside it"
    may_go_on.set()
    kit.settle()
    assert screen.city is not None
    assert screen.city.at == at
    assert screen._stale, "what came meanwhile is read when its time comes"


def test_figures_that_could_not_be_read_are_read_again(
    kit: Kit, screen: EscalationScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> boards.City:
        raise StoreProblem("locked")

    kit.now += CITY_MS
    screen._data_changed()
    with monkeypatch.context() as patch:
        patch.setattr(boards, "read_city", locked)
        reread(kit, screen)
    reread(kit, screen)
    assert screen.city is not None
    assert screen.city.at == kit.now
