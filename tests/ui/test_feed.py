"""From the sync child's lines to what the screens hear."""

from __future__ import annotations

from typing import Any

import pytest

from smartcity_desk import config
from smartcity_desk.domain.events import EventKind, NoteAdded
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.secrets import CENTRAL_REFRESH
from smartcity_desk.ui.bridge import Link
from smartcity_desk.ui.feed import FLOOD_MS, GATHER_MS, MOST_PKS, Feed
from smartcity_desk.ui.syncprocess import SyncState
from tests.ui.kit import NOW, OPERATOR, Kit, make_report, until
from tests.ui.test_login import with_session


@pytest.fixture
def feed(kit: Kit) -> Feed:
    return Feed(kit.desk)


def listen(kit: Kit) -> list[Any]:
    heard: list[Any] = []
    kit.desk.bridge.reports_changed.connect(heard.append)
    return heard


def test_a_flood_of_pages_is_one_change(kit: Kit, feed: Feed) -> None:
    heard = listen(kit)
    for page in range(50):
        feed.take(
            {
                "kind": "reports",
                "channel": "x",
                "new": 2,
                "changed": 1,
                "pks": [page * 3 + n for n in range(3)],
            }
        )
    until(lambda: bool(heard))
    kit.settle()
    assert heard == [{"channels": ["x"], "new": 100, "changed": 50, "pks": frozenset(range(150))}]


def test_a_lone_change_is_quick_and_a_flood_is_told_rarely(kit: Kit) -> None:
    now = 100.0
    feed, heard = Feed(kit.desk, lambda: now), listen(kit)
    page = {"kind": "reports", "channel": "x", "new": 1, "pks": [1]}
    feed.take(page)
    assert feed._gather.interval() == GATHER_MS
    until(lambda: len(heard) == 1)
    now += 0.5
    feed.take(page)
    assert feed._gather.interval() == FLOOD_MS
    until(lambda: len(heard) == 2)
    now += 10
    feed.take(page)
    assert feed._gather.interval() == GATHER_MS
    until(lambda: len(heard) == 3)
    kit.settle()


def test_too_many_rows_are_told_as_anything(kit: Kit, feed: Feed) -> None:
    heard = listen(kit)
    for start in range(0, MOST_PKS * 3, 500):
        feed.take({"kind": "reports", "channel": "x", "new": 500, "pks": list(range(start, start + 500))})
    until(lambda: bool(heard))
    kit.settle()
    assert heard[0]["pks"] is None
    assert heard[0]["new"] == MOST_PKS * 3


@pytest.mark.parametrize(
    "line",
    [
        {},
        {"kind": "from_the_future"},
        {"kind": "reports", "pks": "no", "new": "x"},
        {"kind": "error", "params": 1},
    ],
)
def test_odd_lines_do_no_harm(kit: Kit, feed: Feed, line: dict[str, Any]) -> None:
    feed.take(line)
    kit.settle()
    assert kit.said == []


def test_the_connection_follows_what_the_child_says(kit: Kit, feed: Feed) -> None:
    with_session(kit)
    feed.start()
    connection = lambda: kit.desk.bridge.connection  # noqa: E731 - one word for what changes under us
    assert connection().link is Link.STARTING
    feed.take({"kind": "central", "ok": True, "clock_offset": 0})
    assert connection().link is Link.ONLINE
    feed.take({"kind": "central", "ok": False, "code": "offline", "params": {}, "next_try_at": NOW + MINUTE})
    assert connection().link is Link.OFFLINE
    assert connection().next_try_at == NOW + MINUTE
    feed.take({"kind": "central", "ok": False, "code": "transient", "params": {"place": "central"}})
    assert connection().link is Link.TROUBLE
    assert connection().code == "transient"
    feed.take({"kind": "central", "ok": False, "code": "transient", "params": {"reason": "cut"}})
    assert connection().link is Link.OFFLINE
    feed.take({"kind": "central", "ok": False, "code": "auth_expired", "params": {}})
    feed.take({"kind": "auth", "place": "central", "code": "auth_expired"})
    assert connection().link is Link.SIGNED_OUT
    assert kit.desk.session is not None
    assert kit.desk.session.signed_in is False
    assert [message.text for message in kit.said] == ["Sesi berakhir. Masuk lagi supaya tindakan terkirim."]
    feed.take({"kind": "auth", "place": "central", "code": "auth_expired"})
    assert len(kit.said) == 1
    feed.take({"kind": "central", "ok": True})
    assert connection().link is Link.ONLINE
    assert connection().code is None
    kit.settle()


def test_without_a_server_it_is_local_work(kit: Kit, feed: Feed) -> None:
    feed.start()
    kit.settle()
    assert kit.desk.bridge.connection.link is Link.NONE
    kit.desk.settings.set(config.CENTRAL_URL, "https://pusat.example.org")
    kit.desk.bridge.actor_changed.emit()
    assert kit.desk.bridge.connection.link is Link.STARTING


def test_the_counts_are_the_outbox(kit: Kit, feed: Feed) -> None:
    kit.ingest([make_report(n) for n in range(3)])
    kit.desk.store.act(
        EventKind.NOTE_ADDED,
        NoteAdded("catatan"),
        [make_report(n).id for n in range(3)],
        actor=OPERATOR,
        now=NOW,
        randomness=kit.desk.randomness,
    )
    feed.start()
    kit.settle()
    assert kit.desk.bridge.connection.waiting == 3
    kit.desk.bridge.outbox_changed.emit({})
    until(lambda: not feed._gather.isActive())
    kit.settle()
    assert kit.desk.bridge.connection.waiting == 3


def test_a_renewed_token_is_kept_for_the_next_child(kit: Kit, feed: Feed) -> None:
    feed.take({"kind": "secret", "name": CENTRAL_REFRESH, "value": "neu"})
    kit.run(kit.desk.errands.run(lambda: None))
    until(lambda: kit.desk.secrets.get(CENTRAL_REFRESH) == "neu")
    assert kit.said == []


def test_a_channel_that_needs_a_person_says_so(kit: Kit, feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartcity_desk.ui.channels.title", lambda name: name.upper())
    feed.take({"kind": "auth", "place": "x", "code": "forbidden", "params": {"place": "x"}})
    assert (
        kit.said[0].text == "X: Sumber tidak mengizinkan permintaan ini."
    )  # and not "akun ini", which is a log-in's
    went: list[str] = []
    kit.desk.bridge.navigate.connect(went.append)
    assert kit.said[0].deed is not None
    kit.said[0].deed.call()
    assert went == ["settings"]


def test_a_full_disk_in_the_child_is_told_here(kit: Kit, feed: Feed) -> None:
    feed.take({"kind": "error", "code": "store_problem", "params": {"kind": "disk_full", "path": "/x"}})
    assert "penuh" in kit.said[0].text


def test_a_new_directory_is_read_and_told(kit: Kit, feed: Feed) -> None:
    told: list[int] = []
    kit.desk.bridge.directory_changed.connect(lambda: told.append(1))
    kit.desk.directory = type(kit.desk.directory)()
    feed.take({"kind": "directory", "edition": "2"})
    kit.settle()
    assert told == [1]
    assert len(kit.desk.directory.offices) > 267


def test_a_child_that_is_given_up_on_is_told_with_a_way_out(kit: Kit, feed: Feed) -> None:
    started: list[int] = []

    class Child:
        def start(self) -> None:
            started.append(1)

    feed._child(SyncState.GIVEN_UP)
    message = kit.said[-1]
    assert message.seconds is None
    assert message.deed is not None
    message.deed.call()
    kit.desk.sync = Child()  # type: ignore[assignment]
    message.deed.call()
    kit.desk.sync = None
    assert started == [1]
    withdrawn: list[str] = []
    kit.desk.notify.withdrawn.connect(withdrawn.append)
    feed._child(SyncState.RUNNING)
    assert withdrawn == ["sync"]


def test_a_channel_that_falls_silent_is_told_once_with_the_way_to_it(kit: Kit, feed: Feed) -> None:
    heard: list[Any] = []
    shown: list[str] = []
    kit.desk.bridge.channel_changed.connect(heard.append)
    kit.desk.bridge.navigate.connect(shown.append)
    feed.take({"kind": "silent", "channel": "x"})
    (message,) = kit.said
    assert message.text.startswith("X sunyi")
    assert message.replaces == "silent.x"
    assert message.deed is not None
    message.deed.call()
    assert (shown, [line["channel"] for line in heard]) == (["health"], ["x"])
    kit.settle()


def test_what_a_second_reading_brought_is_said(kit: Kit, feed: Feed) -> None:
    feed.take({"kind": "reread", "channel": "x", "ok": True, "new": 3, "seen": 40})
    feed.take({"kind": "reread", "channel": "x", "ok": False, "code": "transient"})
    assert "3 laporan baru" in kit.said[0].text
    assert "terganggu" in kit.said[1].text
    kit.settle()
