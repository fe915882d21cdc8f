"""Kesehatan: what each condition looks like, its trouble in words, trials, and the quarantine."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QScrollArea

from smartcity_desk import config, i18n
from smartcity_desk.config import ChannelSettings
from smartcity_desk.domain.errors import DeskError, Forbidden, Offline
from smartcity_desk.domain.events import QuarantineRevealed
from smartcity_desk.domain.opening import item_name
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, SECOND
from smartcity_desk.store import ChannelState, Quarantined
from smartcity_desk.store.health import HourBar, day_name
from smartcity_desk.sync.channel import TestResult
from smartcity_desk.sync.reread import Reread
from smartcity_desk.ui import restyle
from smartcity_desk.ui.bridge import Connection, Link
from smartcity_desk.ui.health.condition import SIGNS, WORST_FIRST, Condition, of_channel
from smartcity_desk.ui.health.layers import LayerLine
from smartcity_desk.ui.health.layers import read as layer_lines
from smartcity_desk.ui.health.pulse import Pulse
from smartcity_desk.ui.health.quarantine import QuarantineWindow, shown_raw
from smartcity_desk.ui.health.screen import CENTRAL, HealthScreen, trial_sentence
from smartcity_desk.ui.theme import make
from smartcity_desk.ui.triage.choosers import ReasonDialog
from tests.store.helpers import raw_of
from tests.ui.kit import NOW, OPERATOR, Kit, make_report, press, show
from tests.ui.test_login import with_session
from tests.ui.triage.conftest import dialog, gone

OK = ChannelState("x", last_ok_at=NOW - MINUTE)


@pytest.mark.parametrize(
    ("state", "enabled", "expected"),
    [
        (None, False, Condition.OFF),
        (OK, False, Condition.OFF),
        (None, True, Condition.WAITING),
        (ChannelState("x"), True, Condition.WAITING),
        (OK, True, Condition.RUNNING),
        (ChannelState("x", last_ok_at=NOW - HOUR), True, Condition.LATE),
        (ChannelState("x", last_error_code="offline"), True, Condition.OFFLINE),
        (ChannelState("x", last_ok_at=NOW, last_error_code="transient"), True, Condition.TROUBLE),
        (
            ChannelState("x", last_error_code="auth_expired", paused_reason="auth_expired"),
            True,
            Condition.STOPPED,
        ),
    ],
)
def test_conditions(state: ChannelState | None, enabled: bool, expected: Condition) -> None:
    assert of_channel(state, enabled=enabled, interval_ms=5 * MINUTE, now=NOW) is expected


def test_every_condition_has_a_sign() -> None:
    assert set(SIGNS) == set(Condition) == set(WORST_FIRST)


def test_a_channel_that_answers_and_gives_nothing_is_silent_and_one_that_is_late_is_late() -> None:
    assert of_channel(OK, enabled=True, interval_ms=5 * MINUTE, now=NOW, silent=True) is Condition.SILENT
    old = ChannelState("x", last_ok_at=NOW - HOUR)
    assert of_channel(old, enabled=True, interval_ms=5 * MINUTE, now=NOW, silent=True) is Condition.LATE


def screen(kit: Kit) -> HealthScreen:
    made = HealthScreen(kit.desk)
    show(made)
    made.activate()
    kit.settle()
    return made


def enable(kit: Kit, *names: str) -> None:
    for name in names:
        kit.desk.settings.set_channel(name, ChannelSettings(True, "http://127.0.0.1:1", {}))


def test_a_failing_channel_is_told_in_words_with_its_numbers(kit: Kit) -> None:
    enable(kit, "petabencana", "waze", "x")
    store = kit.desk.store
    store.record_channel_ok("petabencana", next_try_at=NOW + MINUTE, now=NOW - 12 * SECOND)
    store.record_channel_failure(
        "waze",
        "transient",
        {},
        attempts=3,
        next_try_at=NOW + 90 * SECOND,
        now=NOW - 20 * SECOND,
        paused_reason=None,
    )
    store.record_channel_failure(
        "x", "auth_expired", {}, attempts=1, next_try_at=None, now=NOW - HOUR, paused_reason="auth_expired"
    )
    made = screen(kit)
    well, ill, stopped = (made.cards[name] for name in ("petabencana", "waze", "x"))
    assert (well.sign.text(), well.word.text()) == ("●", "berjalan")
    assert not well.trouble.isVisible()
    assert "12 dtk" in [value.text() for value in well.values]
    assert (ill.sign.text(), ill.word.text()) == ("▲", "terganggu")
    assert ill.trouble.isVisible()
    assert "20 dtk lalu: Pihak sana sedang terganggu." in ill.trouble.text()
    assert "dalam 1 m" in [value.text() for value in ill.values]
    assert stopped.sign.text() == "‖"
    assert "Masuk lagi" in stopped.trouble.text()
    made.deactivate()


def test_a_channel_that_is_off_offers_no_retry(kit: Kit) -> None:
    made = screen(kit)
    card = made.cards["waze"]
    assert card.word.text() == "tidak dipakai"
    assert not card.retry_button.isEnabled()
    assert card.trial_button.isEnabled()
    made.deactivate()


def test_a_cut_line_is_explained_once(kit: Kit) -> None:
    kit.desk.settings.set_channel("x", ChannelSettings(enabled=True))
    away: dict[str, Any] = {"attempts": 1, "next_try_at": NOW + MINUTE, "now": NOW, "paused_reason": None}
    kit.desk.store.record_channel_failure("x", "offline", {}, **away)
    made = screen(kit)
    card = made.cards["x"]
    assert (
        "periksa kabel" in card.trouble.text()
    )  # the central server answers: it is this channel's own trouble
    kit.desk.bridge.set_connection(Connection(Link.OFFLINE, NOW - HOUR, 0, 0, "offline", (), NOW + MINUTE))
    made.show_all()
    assert card.trouble.text().endswith("Tidak ada sambungan.")
    assert "periksa kabel" in made.cards[CENTRAL].trouble.text()
    made.deactivate()


def test_the_central_server_has_its_row(kit: Kit) -> None:
    made = screen(kit)
    card = made.cards[CENTRAL]
    kit.desk.bridge.set_connection(
        Connection(Link.OFFLINE, NOW - HOUR, 3, 1, "offline", (), NOW + 30 * SECOND)
    )
    made.show_all()
    assert card.word.text() == "luring"
    assert "Tidak ada sambungan" in card.trouble.text()
    assert [value.text() for value in card.values][:4] == ["1 j 00 m lalu", "dalam 30 dtk", "3", "1"]
    kit.desk.bridge.set_connection(Connection(Link.SIGNED_OUT))
    made.show_all()
    wanted: list[int] = []
    kit.desk.commands.bind("app.login", lambda: wanted.append(1))
    assert card.retry_button.text() == "Masuk …"
    card.retry_button.click()
    assert wanted == [1]
    made.deactivate()


def test_news_refreshes_the_screen_that_is_looked_at(kit: Kit) -> None:
    enable(kit, "waze")
    made = screen(kit)
    assert made.cards["waze"].word.text() == "menunggu giliran"
    kit.desk.store.record_channel_ok("waze", next_try_at=None, now=NOW)
    kit.desk.bridge.channel_changed.emit({"channel": "waze"})
    made._settle.setInterval(0)
    made._settle.start()
    from tests.ui.kit import until

    until(lambda: made.cards["waze"].word.text() == "berjalan")
    made.deactivate()


def test_retry_without_a_child_says_so(kit: Kit) -> None:
    enable(kit, "waze")
    made = screen(kit)
    made.cards["waze"].retry_button.click()
    assert "belum menyala" in made.cards["waze"].outcome.text()
    made.deactivate()


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (TestResult(ok=True, items=12), "12 butir"),
        (TestResult(ok=True, items=1, newest_at=NOW - MINUTE), "1 m lalu"),
        (TestResult(ok=False), "tidak seperti seharusnya"),
        (TestResult(ok=False, error=Forbidden()), "tidak berhak"),
        (TestResult(ok=False, error=Offline()), "Tidak ada sambungan"),
    ],
)
def test_a_trial_is_one_sentence(result: TestResult, words: str) -> None:
    assert words in trial_sentence(result, NOW)


def test_a_trial_runs_off_the_interface_thread(kit: Kit) -> None:
    threads: list[str] = []

    def tester(name: str) -> TestResult:
        threads.append(threading.current_thread().name)
        return TestResult(ok=True, items=3)

    kit.desk.tester = tester
    made = screen(kit)
    made.cards["x"].trial_button.click()
    assert "Sedang mencoba" in made.cards["x"].outcome.text()
    kit.settle()
    assert "3 butir" in made.cards["x"].outcome.text()
    assert threads[0].startswith("errand")
    made.deactivate()


@pytest.mark.parametrize(
    ("answer", "skew", "words"),
    [(None, 0, "Berhasil"), (None, 90_000, "jamnya berbeda 1 m"), (Offline(), 0, "Tidak ada sambungan")],
)
def test_the_central_server_can_be_tried(kit: Kit, answer: DeskError | None, skew: int, words: str) -> None:
    door = with_session(kit)
    door.answer, door.skew = answer, skew
    kit.desk.bridge.set_connection(Connection(Link.ONLINE))
    made = screen(kit)
    made.cards[CENTRAL].trial_button.click()
    kit.settle()
    assert words in made.cards[CENTRAL].outcome.text()
    made.deactivate()


HOSTILE = '{"text": "<img src=x onerror=alert(1)>\\u202eevil", "n": 1}'


def quarantined(kit: Kit) -> None:
    kit.desk.store.ingest(
        "waze",
        [],
        quarantined=[
            Quarantined("pubMillis", HOSTILE, {"field": "pubMillis"}),
            Quarantined("uuid", "not json {", {}),
        ],
        checkpoint=None,
        now=NOW - MINUTE,
    )


def test_the_quarantine_shows_items_as_plain_text_once_a_reason_is_written_down(kit: Kit) -> None:
    quarantined(kit)
    made = screen(kit)
    card = made.cards["waze"]
    assert card.quarantine_button.isVisible()
    assert card.quarantine_button.text() == "Karantina (2)"
    card.quarantine_button.click()
    kit.settle()
    window = next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QuarantineWindow))
    assert len(window.rows) == 2
    window.list.selectAll()
    assert "onerror" not in window.raw.toPlainText()
    assert "not json" not in window.raw.toPlainText()
    press(window, "Shift+R")
    reason = dialog()
    assert isinstance(reason, ReasonDialog)
    press(reason, "Return")
    assert reason.isVisible(), "not without a reason"
    assert kit.desk.store.ops() == []
    reason.reason.setEditText("membetulkan kanal ini")
    press(reason, "Return")
    gone()
    kit.settle()
    [op] = kit.desk.store.ops()
    payload = op.payload
    assert isinstance(payload, QuarantineRevealed)
    assert (payload.channel, payload.reason, op.user) == ("waze", "membetulkan kanal ini", OPERATOR.user)
    assert payload.items == tuple(item_name(row.raw) for row in window.rows)
    assert not window.reveal.isEnabled()
    both = set()
    for at in range(2):
        window.list.setCurrentItem(window.list.topLevelItem(at))
        both.add(window.raw.toPlainText())
    shown = "\n".join(both)
    assert "<img src=x onerror=alert(1)>" in shown
    assert "\u202e" not in shown
    assert "not json {" in shown
    assert window.raw.isReadOnly()
    window.close()
    made.deactivate()


def test_a_huge_item_is_cut(kit: Kit) -> None:
    kit.desk.store.ingest(
        "waze", [], quarantined=[Quarantined("k", "x" * 900_000, {})], checkpoint=None, now=NOW
    )
    row = kit.desk.store.quarantine("waze", 1)[0]
    assert len(shown_raw(row, opened=True)) < 101_000
    assert len(shown_raw(row, opened=False)) < 1_000


def test_items_can_be_put_away_and_read_again(kit: Kit) -> None:
    quarantined(kit)
    asked: list[tuple[str, int]] = []

    def reread(channel: str, ids: object) -> Reread:
        asked.append((channel, len(list(ids))))  # type: ignore[call-overload]
        return Reread(1, 0)

    kit.desk.reread = reread
    window = QuarantineWindow(kit.desk, "waze")
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    show(window, 860, 560)
    kit.settle()
    window.again.click()
    kit.settle()
    assert asked == [("waze", 1)]
    assert any("Terbaca: 1" in message.text for message in kit.said)
    window.put_away.click()
    kit.settle()
    assert len(window.rows) == 1
    window.list.selectAll()
    window.put_away.click()
    kit.settle()
    assert "kosong" in window.text.text()
    assert not window.again.isEnabled()
    assert window.raw.toPlainText() == ""
    window.close()


def test_the_screen_speaks_another_language_at_once(kit: Kit) -> None:
    from smartcity_desk import i18n

    kit.desk.settings.set(config.CENTRAL_URL, "")
    made = screen(kit)
    i18n.set_language("en")
    kit.desk.bridge.language_changed.emit()
    assert made.cards[CENTRAL].title.text() == "Central server"
    assert made.cards["waze"].word.text() == "not used"
    made.deactivate()


def lively(kit: Kit, name: str, a_day: int = 1_440) -> None:
    """Three weeks in which a channel brought as much every hour."""
    with raw_of(kit.desk.store.path) as raw:
        raw.executemany(
            "INSERT INTO channel_hour (channel, hour, n) VALUES (?, ?, ?)",
            [(name, NOW // HOUR - back, a_day // 24) for back in range(1, 21 * 24)],
        )
        raw.commit()


def heard(kit: Kit, name: str, ago: int) -> None:
    """A report came a while ago; since then the channel has answered and given nothing."""
    kit.desk.store.ingest(
        name, [make_report(1, channel=name, reported_at=NOW - ago)], checkpoint=None, now=NOW - ago
    )
    kit.desk.store.record_channel_ok(name, next_try_at=NOW + MINUTE, now=NOW)


def test_a_silent_channel_says_so_in_words_and_stands_before_those_that_are_well(kit: Kit) -> None:
    enable(kit, "petabencana", "waze", "x")
    for name, ago in (("petabencana", MINUTE), ("waze", HOUR), ("x", MINUTE)):
        lively(kit, name)
        heard(kit, name, ago)
    assert kit.desk.store.health.watch(["petabencana", "waze", "x"], NOW) == ["waze"]
    made = screen(kit)
    card = made.cards["waze"]
    assert (card.sign.text(), card.word.text()) == ("◇", "sunyi")
    assert card.silence.isVisible()
    assert "Sunyi sejak 1 j 00 m: biasanya sekitar 60 butir" in card.silence.text()
    assert made._order[1] == "waze"
    assert made._order[0] == CENTRAL
    assert card.pulse.isVisible()
    assert len(card.pulse.bars) == 24
    assert "24 jam" in card.pulse.accessibleDescription()
    assert card.accessibleName() == "Waze: sunyi"
    well = made.cards["x"]
    assert not well.silence.isVisible()
    assert "0 dari ±60" in [value.text() for value in well.values]
    well.more_button.click()
    assert "ditandai sunyi" in well.details.text()
    made.deactivate()


def test_counts_that_differ_outages_and_numbers_that_never_came_are_told(kit: Kit) -> None:
    enable(kit, "petabencana")
    store = kit.desk.store
    store.ingest(
        "petabencana", [make_report(n) for n in range(200) if n not in (7, 8)], checkpoint=None, now=NOW
    )
    store.record_channel_failure(
        "petabencana", "transient", {}, attempts=1, next_try_at=None, now=NOW - 2 * HOUR
    )
    store.record_channel_ok("petabencana", next_try_at=None, now=NOW - HOUR)
    day = day_name(NOW)
    store.health.count_days(day, source={"petabencana": 3}, central={"petabencana": 0}, now=NOW)
    made = screen(kit)
    card = made.cards["petabencana"]
    card.more_button.click()
    assert card.reread_button.isVisible()
    assert f"{day}: sumber 3, meja ini 0, server 0. Ada selisih." in card.days.text()
    assert "Nomor 400.007–400.008 tidak pernah datang." in card.details.text()
    assert "(1 j 00 m): tidak dihitung untuk tenggat (E8)." in card.details.text()
    assert "Belum cukup data" in card.details.text()
    card.reread_button.click()
    assert "belum menyala" in card.outcome.text()
    card.more_button.click()
    assert not card.reread_button.isVisible()
    made.deactivate()


def test_counts_of_earlier_days_that_differ_are_told_without_looking_closely(kit: Kit) -> None:
    enable(kit, "petabencana")
    store = kit.desk.store
    store.record_channel_ok("petabencana", next_try_at=None, now=NOW)
    made = screen(kit)
    card = made.cards["petabencana"]
    assert not card.silence.isVisible()
    made.deactivate()
    newer, older = day_name(NOW - DAY), day_name(NOW - 3 * DAY)
    for at in (NOW, NOW - DAY, NOW - 3 * DAY, NOW - 9 * DAY):
        store.health.count_days(day_name(at), source={"petabencana": 3}, central={}, now=NOW)
    made = screen(kit)
    shown = made.cards["petabencana"].silence
    assert shown.isVisible()
    assert (
        shown.text()
        == f"{newer}: sumber 3, meja ini 0, server —. Ada selisih. 1 hari lain juga; lihat Rincian."
    )
    assert older in made.cards["petabencana"].days.text()
    made.deactivate()


def test_the_screen_is_as_long_as_its_texts_and_names_a_source_by_its_title(kit: Kit) -> None:
    names = ("petabencana", "waze", "x", "facebook", "open311", "lapor", "qlue")
    enable(kit, *names)
    for name in names:
        kit.desk.store.record_channel_failure(
            name, "bad_data", {"channel": name, "key": "json"}, attempts=1, next_try_at=NOW + MINUTE, now=NOW
        )
    made = screen(kit)
    made.resize(1_280, 680)
    kit.settle()
    inside = made.findChild(QScrollArea).widget()
    assert inside.height() == inside.heightForWidth(inside.width())
    assert "Jawaban dari Waze bukan JSON" in made.cards["waze"].trouble.text()
    made.deactivate()


def test_another_theme_is_taken_at_once(kit: Kit) -> None:
    enable(kit, "petabencana")
    made = screen(kit)
    pulse = made.cards["petabencana"].pulse
    pulse.show_bars("X", [HourBar(n, 5, 3.0, 9.0) for n in range(24)])
    before = kit.desk.theme
    other = "light" if before.name != "light" else "dark"
    kit.desk.theme = make(other)
    kit.desk.bridge.theme_changed.emit()
    kit.settle()
    image = pulse.grab().toImage()
    colours = {image.pixelColor(x, image.height() - 2).name() for x in range(image.width())}
    assert kit.desk.theme.tokens.accent in colours
    assert before.tokens.accent not in colours
    made.deactivate()


def test_the_pulse_is_painted_in_every_scheme_and_height(kit: Kit) -> None:
    pulse = Pulse(kit.desk.theme)
    assert pulse.grab().width() > 0
    bars = [HourBar(n, n % 7, 3.0, 9.0) for n in range(24)]
    pulse.show_bars("X", bars)
    pulse.resize(pulse.sizeHint())
    image = pulse.grab().toImage()
    colours = {image.pixelColor(x, image.height() - 2).name() for x in range(image.width())}
    tokens = kit.desk.theme.tokens
    assert {tokens.accent, tokens.soon} <= colours


def test_layers_that_nobody_asks_for_are_no_line(kit: Kit) -> None:
    from smartcity_desk.place.layers.plans import change

    assert layer_lines(kit.desk, NOW) == ()
    change(kit.desk.settings, "spbu", enabled=True)
    [line] = layer_lines(kit.desk, NOW)
    assert (line.title, line.old_at, line.error) == ("SPBU", None, "")


def test_layers_have_a_card_with_what_is_wrong_first(kit: Kit) -> None:
    made = screen(kit)
    made.layers.show_lines((), NOW)
    assert not made.layers.isVisible()
    lines = (
        LayerLine("Menara", NOW - HOUR, stale=False, error="transient"),
        LayerLine("SPBU", NOW - HOUR, stale=True, error=""),
        LayerLine("Pintu air", NOW - MINUTE, stale=False, error=""),
        LayerLine("Restoran", None, stale=False, error=""),
    )
    made._layer_lines = lines
    made.show_all()
    assert made.layers.isVisible()
    shown = made.layers.text.text().splitlines()
    assert [line[0] for line in shown] == ["▲", "◌", "●", "○"]
    assert shown[0] == "▲ Menara: 1 j 00 m lalu. Pihak sana sedang terganggu."
    assert shown[2] == "● Pintu air: 1 m lalu"
    wanted: list[str] = []
    kit.desk.bridge.navigate.connect(wanted.append)
    made.layers.button.click()
    assert wanted == ["settings"]
    made.deactivate()


@pytest.mark.parametrize("percent", [100, 150, 200])
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_nothing_lies_beside_the_screen_at_any_text_size(kit: Kit, percent: int, language: str) -> None:
    restyle.set_language(kit.desk, language)
    restyle.set_percent(kit.desk, percent)
    enable(kit, "petabencana", "lapor")
    kit.desk.store.record_channel_ok("lapor", next_try_at=NOW + MINUTE, now=NOW - 12 * HOUR - 33 * MINUTE)
    made = HealthScreen(kit.desk)
    show(made, 1206, 600)  # what the rail leaves of 1366 at twice the size
    made.activate()
    kit.settle()
    (area,) = [one for one in made.findChildren(QScrollArea) if one.isVisible()]
    card = made.cards["lapor"]
    assert area.horizontalScrollBar().maximum() == 0
    beside = card.values[0].mapTo(card, QPoint()).y() < card.word.mapTo(card, QPoint()).y() + 2
    assert beside is (percent == 100)
    restyle.set_percent(kit.desk, 100)
    made.restyle()
    kit.settle()
    assert card.values[0].mapTo(card, QPoint()).x() > card.title.mapTo(card, QPoint()).x() + 100
    made.deactivate()
    made.close()
