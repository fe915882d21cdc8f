"""The ladder's run: each step is asked for once, whatever restarts, clocks and second desks do."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smartcity_desk.config import Settings
from smartcity_desk.directory import load_policy
from smartcity_desk.domain.decision import Action, plain_events
from smartcity_desk.domain.events import Actor, EventKind, NoticeSent, Role
from smartcity_desk.domain.ids import inbox_id
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from smartcity_desk.secrets import SecretStore
from smartcity_desk.store import OpResult, OpState, Store
from smartcity_desk.sync.central.answers import EventsPage, ReportsPage
from smartcity_desk.sync.central.round import central_round
from smartcity_desk.sync.notice import Notice
from smartcity_desk.sync.notices import Ladder, put_away
from smartcity_desk.sync.rounds import Context
from tests.evidence.city import NOW, SARI, SILENT, Town, town

CAMAT = "31.74.01"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path) as made:
        yield made


async def at_once(call: Callable[..., Any], *args: Any, **named: Any) -> Any:
    return call(*args, **named)


def climb(ladder: Ladder, store: Store, now: int, actor: Actor = SARI) -> int:
    return asyncio.run(ladder.run(store, at_once, actor, now))


def notices(store: Store) -> list[NoticeSent]:
    return [op.payload for op in store.ops() if isinstance(op.payload, NoticeSent)]


def test_what_is_due_is_queued_once_with_the_name_of_who_is_logged_in(place: Town) -> None:
    assert climb(Ladder(), place.store, NOW) > 0
    sent = notices(place.store)
    assert {one.office for one in sent} >= {SILENT, CAMAT}
    assert all(op.user == SARI.user and op.not_before <= NOW for op in place.store.ops())
    keys = [key for one in sent for key in one.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("later", [0, 30_000, MINUTE, 5 * MINUTE, HOUR, -HOUR, -DAY])
def test_a_restart_or_a_clock_that_was_turned_tells_nothing_again(place: Town, later: int) -> None:
    ladder = Ladder()
    first = climb(ladder, place.store, NOW)
    assert first > 0
    assert climb(ladder, place.store, NOW + later) == 0
    assert climb(Ladder(), place.store, NOW + later) == 0
    assert len(notices(place.store)) == first


def test_one_that_was_taken_back_is_not_asked_for_again_under_its_own_id(place: Town) -> None:
    climb(Ladder(), place.store, NOW)
    taken = place.store.undo([op.id for op in place.store.ops()], NOW)
    assert climb(Ladder(), place.store, NOW) == 0
    assert climb(Ladder(), place.store, NOW + MINUTE) == len(taken)


def test_two_desks_ask_for_the_very_same_thing(place: Town, tmp_path: Path) -> None:
    place.store._database.close()
    shutil.copy(place.store.path, tmp_path / "other.sqlite3")
    one = Store.open(place.store.path, now=NOW, policy=load_policy())
    two = Store.open(tmp_path / "other.sqlite3", now=NOW, policy=load_policy())
    climb(Ladder(), one, NOW + 4_000)
    climb(Ladder(), two, NOW + 51_000)
    assert {op.id for op in one.ops()} == {op.id for op in two.ops()} != set()
    assert {op.at for op in one.ops()} == {NOW // MINUTE * MINUTE}
    one.close()
    two.close()


def test_whoever_may_not_send_a_notice_sends_none(place: Town) -> None:
    assert climb(Ladder(), place.store, NOW, Actor("vera", Role.VIEWER)) == 0
    assert climb(Ladder(), place.store, NOW, Actor("lurah", Role.OFFICIAL, SILENT)) == 0
    assert notices(place.store) == []


def test_what_another_desk_was_quicker_with_leaves_the_outbox(place: Town) -> None:
    climb(Ladder(), place.store, NOW)
    first, second, third, *_ = place.store.central.next_ops(50, NOW)
    place.store.central.settle(
        [
            OpResult(first.id, "rejected", code="notice_already_sent"),
            OpResult(second.id, "rejected", code="payload_mismatch"),
            OpResult(third.id, "rejected", code="id_reused"),
        ],
        NOW,
    )
    assert put_away(place.store, NOW) == 2
    assert [op.id for op in place.store.ops([OpState.REJECTED])] == [second.id]


class Server:
    """A central server that takes everything, in its own order."""

    has_replies = has_receipts = False  # a server from before there were any

    same_log = may_push = True
    clock_offset = 0

    def forget_server(self) -> None:
        return None

    def __init__(self, store: Store, seq: int) -> None:
        self.session = self
        self.store = store
        self.seq = seq
        self.asked: list[str] = []
        self.actions: list[Action] = []

    async def actor(self) -> Actor:
        return SARI

    async def people(self) -> tuple[str, ...]:
        return (SARI.user,)

    async def events(self, after: int, _limit: int) -> EventsPage:
        self.asked.append("events")
        return EventsPage((), (), after, False)

    async def reports(self, cursor: str | None, _limit: int) -> ReportsPage:
        self.asked.append("reports")
        return ReportsPage((), (), cursor, False)

    async def push_reports(self, reports: Sequence[Any]) -> dict[str, str]:
        return {}

    async def push_actions(self, actions: Sequence[Action]) -> list[OpResult]:
        self.asked.append("push")
        self.actions += actions
        results = []
        for action in actions:
            self.seq += 1
            events = tuple(replace(event, seq=self.seq) for event in plain_events(action))
            results.append(OpResult(action.id, "accepted", events=events, seq=self.seq))
        return results


def test_a_round_climbs_on_what_it_has_just_read_and_sends_it(place: Town, tmp_path: Path) -> None:
    server, heard = Server(place.store, place.seq), list[Notice]()
    now = [NOW]
    context = Context(
        store=place.store,
        settings=Settings(tmp_path / "settings.json"),
        secrets=SecretStore.in_memory({}),
        transport=None,  # type: ignore[arg-type]
        writer=at_once,
        clock=lambda: now[0],
        notify=heard.append,
        chunk_rows=200,
        ladder=Ladder(),
    )
    outcome = asyncio.run(central_round(context, server, with_directory=False))  # type: ignore[arg-type]
    assert outcome.ok
    assert server.asked == ["events", "reports", "push"]
    assert {action.kind for action in server.actions} == {EventKind.NOTICE_SENT}
    assert outcome.pushed is not None
    assert outcome.pushed.confirmed == len(server.actions) > 0
    assert any(notice.kind == "outbox" and notice.data["waiting"] for notice in heard)
    assert place.store.ops([OpState.QUEUED, OpState.SENDING]) == []
    boxes = place.store.offices.inboxes()
    assert boxes[inbox_id(SILENT)].keys
    for minutes in (1, 2, 60):
        now[0] = NOW + minutes * MINUTE
        asyncio.run(central_round(context, server, with_directory=False))  # type: ignore[arg-type]
    keys = [key for action in server.actions for key in action.payload.keys]  # type: ignore[union-attr]
    assert len(keys) == len(set(keys))


def test_without_a_desk_nothing_climbs(place: Town, tmp_path: Path) -> None:
    server = Server(place.store, place.seq)
    context = Context(
        place.store, Settings(tmp_path / "s.json"), SecretStore.in_memory({}), None, at_once, lambda: NOW,  # type: ignore[arg-type]
        lambda _: None, 200,
    )  # fmt: skip
    asyncio.run(central_round(context, server, with_directory=False))  # type: ignore[arg-type]
    assert server.actions == []
