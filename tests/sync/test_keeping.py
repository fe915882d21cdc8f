"""Asking every day whether a source still has what it gave, and erasing what was kept as long as it may be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from smartcity_desk.config import ChannelSettings
from smartcity_desk.domain import ids
from smartcity_desk.domain.errors import AuthExpired, DeskError
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report, ReportKind, Status
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from smartcity_desk.sync import registry
from smartcity_desk.sync.channel import (
    ChannelKind,
    ChannelType,
    Fetched,
    Manifest,
    Position,
    Rechecks,
    TestResult,
)
from smartcity_desk.sync.keeping import SLICE, Swept, is_due
from smartcity_desk.sync.ratelimit import Rate
from smartcity_desk.sync.transport import Http
from tests.sync.bench import NOW, Bench, bench

NAME = "wall"


def post(number: int, **changes: Any) -> Report:
    made = Report(
        ids.report_id(NAME, str(number)),
        NAME,
        str(number),
        ReportKind.COMPLAINT,
        NOW - 10 * DAY + number,
        f"Keluhan {number}",
    )
    return replace(made, **changes)


def comment(number: int, about: int) -> Reply:
    name = f"c{number}"
    return Reply(
        ids.reply_id(NAME, name), NAME, name, str(about), NOW - 9 * DAY + number, f"Balasan {number}"
    )


@dataclass
class Wall:
    """A source that forgets, and remembers what it was asked."""

    gone: set[str] = field(default_factory=set)
    changed: dict[str, Report] = field(default_factory=dict)
    asked: list[Sequence[str]] = field(default_factory=list)
    error: DeskError | None = None

    async def pull(self, _position: Position, _http: Http, _now: int) -> AsyncGenerator[Fetched, None]:
        yield Fetched(Position())

    async def test(self, _http: Http, _now: int) -> TestResult:
        return TestResult(ok=True)

    async def recheck(self, ids: Sequence[str], _http: Http, _now: int) -> AsyncGenerator[Fetched, None]:
        self.asked.append(ids)
        if self.error is not None:
            raise self.error
        yield Fetched(
            None,
            reports=tuple(self.changed[name] for name in ids if name in self.changed),
            gone=tuple(name for name in ids if name in self.gone),
        )


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    made = Wall()
    assert isinstance(made, Rechecks)
    about = Manifest(
        name=NAME,
        title_key="channel.x.name",
        kind=ChannelKind.SINCE,
        poll_interval_ms=MINUTE,
        rate=Rate(100, 1),
        report_kind=ReportKind.COMPLAINT,
        terms_key="channel.x.terms",
        exportable=False,
        forgets=True,
        default_url="http://127.0.0.1:9",
    )
    monkeypatch.setitem(registry.CHANNELS, NAME, ChannelType(about, lambda _: made))
    return made


@asynccontextmanager
async def desk_with(folder: Path, *reports: Report) -> AsyncIterator[Bench]:
    async with bench(folder) as desk:
        desk.settings.set_channel(NAME, ChannelSettings(enabled=True))
        desk.store.ingest(NAME, reports, checkpoint=None, now=NOW)
        yield desk


def texts(desk: Bench) -> dict[str, str]:
    return {line.report.external_id: line.report.text for line in desk.lines()}


def test_all_that_is_here_is_asked_for_newest_first_and_what_is_gone_goes(wall: Wall, tmp_path: Path) -> None:
    async def scenario() -> None:
        posts = [post(number) for number in range(SLICE + 20)]
        async with desk_with(tmp_path, *posts) as desk:
            desk.store.ingest(NAME, (), checkpoint=None, now=NOW, replies=[comment(1, 3), comment(2, 4)])
            wall.gone = {"3", "119", "c2"}
            wall.changed = {"5": post(5, text="Sudah diubah", changed_at=NOW)}
            state = await desk.engine.recheck(NAME)
            assert (state.asked, state.gone, state.changed, state.error) == (SLICE + 21, 3, 1, "")
            assert state.done_at == NOW
            # what was said of a post that is gone went with it
            newest_first = [str(number) for number in reversed(range(SLICE + 20))]
            assert [name for names in wall.asked for name in names] == [*newest_first, "c2"]
            found = texts(desk)
            assert (found["3"], found["119"], found["5"], found["4"]) == ("", "", "Sudah diubah", "Keluhan 4")
            detail = desk.store.find(NAME, "5")
            assert detail is not None
            assert [one.report.text for one in detail.revisions] == [""]
            wall.asked.clear()
            await desk.engine.recheck(NAME)
            again = {name for names in wall.asked for name in names}
            assert not again & {"3", "119", "c1", "c2"}

    asyncio.run(scenario())


def test_a_walk_goes_on_where_a_restart_left_it(wall: Wall, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with desk_with(tmp_path, *(post(number) for number in range(SLICE + 5))) as desk:
            keeper = desk.engine._keeper
            assert await keeper.ask_due(desk.settings)
            assert len(wall.asked) == 1
            other = desk.new_engine()
            while await other._keeper.ask_due(desk.settings):
                pass
            await other.close()
            names = [name for part in wall.asked for name in part]
            assert len(names) == len(set(names)) == SLICE + 5
            assert not await keeper.ask_due(desk.settings), "once a day is enough"
            assert len([part for part in wall.asked if part]) == 2
            desk.clock.now += DAY
            assert await keeper.ask_due(desk.settings)

    asyncio.run(scenario())


def test_trouble_waits_and_is_told_and_the_walk_goes_on(wall: Wall, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with desk_with(tmp_path, post(1)) as desk:
            wall.error = AuthExpired(place=NAME)
            keeper = desk.engine._keeper
            await keeper.ask_due(desk.settings)
            (state,) = desk.store.keeping.rechecks()
            assert (state.error, state.done_at) == ("auth_expired", None)
            assert not is_due(state, NOW + HOUR)
            assert is_due(state, NOW + 6 * HOUR)
            wall.error, wall.gone = None, {"1"}
            desk.clock.now += 6 * HOUR
            while await keeper.ask_due(desk.settings):
                pass
            (state,) = desk.store.keeping.rechecks()
            assert (state.error, state.gone) == ("", 1)

    asyncio.run(scenario())


def test_what_is_still_here_is_asked_for_however_old_it_is(wall: Wall, tmp_path: Path) -> None:
    """An open report outlives its retention; while its words are here, the duty to forget them holds."""

    async def scenario() -> None:
        old = {"reported_at": NOW - 40 * DAY}
        reports = (post(1), post(2, **old), post(3, source_status=Status.DONE, **old))
        async with desk_with(tmp_path, *reports) as desk:
            desk.settings.set_channel(NAME, ChannelSettings(enabled=True, retention_days=30))
            await desk.engine.sweep()
            wall.gone = {"2"}
            await desk.engine.recheck(NAME)
            assert sorted(name for names in wall.asked for name in names) == ["1", "2"]
            assert texts(desk) == {"1": "Keluhan 1", "2": "", "3": ""}

    asyncio.run(scenario())


def test_what_was_kept_long_enough_is_erased_once_it_is_closed(wall: Wall, tmp_path: Path) -> None:
    async def scenario() -> None:
        old = {"reported_at": NOW - 40 * DAY}
        reports = (
            post(1, source_status=Status.DONE, **old),
            post(2, **old),
            post(3, source_status=Status.DONE),
        )
        async with desk_with(tmp_path, *reports) as desk:
            assert await desk.engine.sweep() == {}, "a channel without a limit keeps what it has"
            desk.settings.set_channel(NAME, ChannelSettings(enabled=True, retention_days=30))
            assert await desk.engine.sweep() == {NAME: Swept(1, 1)}, "the open one stays, and that is told"
            assert texts(desk) == {"1": "", "2": "Keluhan 2", "3": "Keluhan 3"}
            detail = desk.store.find(NAME, "1")
            assert detail is not None
            assert (detail.report.expired_at, detail.report.withdrawn_at) == (NOW, None)
            assert desk.store.keeping.swept_at() == NOW
            desk.clock.now += HOUR
            await desk.engine._keeper.sweep_due(desk.settings)
            assert desk.store.keeping.swept_at() == NOW
            desk.clock.now += DAY
            await desk.engine._keeper.sweep_due(desk.settings)
            assert desk.store.keeping.swept_at() == desk.clock.now

    asyncio.run(scenario())
