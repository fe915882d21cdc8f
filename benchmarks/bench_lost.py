"""One million items through real HTTP with everything that goes wrong: each is kept or in quarantine, none is lost.

Items come late, repeated, edited, out of order, malformed, with emoji, from right to left, without coordinates and as
large as 10 MB; answers come cut, broken, as HTML, as errors or not at all, for moments and for hours; and the process
that reads is killed in the middle of its work and started again. Whoever counts knows the items by their numbers.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
import re
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any, Final

from benchmarks import troubled
from benchmarks.figure import AT_MOST, Figure, Options
from smartcity_desk.config import ChannelSettings, Settings
from smartcity_desk.directory import load_policy
from smartcity_desk.domain.times import DAY
from smartcity_desk.secrets import SecretStore
from smartcity_desk.store import Store
from smartcity_desk.store.engine import connect
from smartcity_desk.sync.engine import Engine
from smartcity_desk.sync.transport import Transport

ITEMS: Final = 1_000_000
EACH: Final = 2_000
"""Items of the source with a window between two rounds: two hours of them are one answer of some twelve megabytes."""
KILLS: Final = 12
_MARK: Final = re.compile(r"n-(\d+)\.")
_WINDOWED, _MARKED, _LISTED = "petabencana", "x", "open311"
_ALL: Final = (_WINDOWED, _MARKED, _LISTED)
_SPAWN: Final = multiprocessing.get_context("spawn")


def run(options: Options) -> list[Figure]:
    """Read everything once, with all faults; then count."""
    count = through(options.size(ITEMS, 4_000), kills=KILLS if options.scale >= 1 else 3)
    print(count.table())
    return [
        Figure(
            f"{count.items:,} items with all faults and {count.kills} kills: lost",
            float(count.lost),
            "items",
            0.0,
            AT_MOST,
            details={
                "kept": float(count.kept),
                "quarantined": float(count.quarantined),
                "repeats": float(count.repeats),
                "seconds": count.seconds,
            },
            note="kept + quarantined = sent; every number is looked for",
        )
    ]


@dataclass(frozen=True, slots=True)
class Count:
    """What was sent and what became of it. `given` counts items in whole answers, `kept` and `quarantined` numbers."""

    items: int
    given: int
    kept: int
    quarantined: int
    both: int
    lost: int
    wrong: int
    requests: int
    kills: int
    seconds: float

    @property
    def repeats(self) -> int:
        """Items of whole answers that were known already, or came in an answer whose reader was killed."""
        return self.given - self.items

    def table(self) -> str:
        """The numbers, a line each."""
        rows = (
            ("items sent", self.items),
            ("given in whole answers", self.given),
            ("of these repeats", self.repeats),
            ("kept as reports", self.kept),
            ("kept in quarantine", self.quarantined - self.both),
            ("lost", self.lost),
            ("reports of what is no report", self.wrong),
            ("requests", self.requests),
            ("kills of the reader", self.kills),
            ("seconds", round(self.seconds)),
        )
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"  {name.ljust(width)}  {n:>12,}" for name, n in rows)


def through(items: int, *, each: int = EACH, kills: int) -> Count:
    """Let a desk read so many items while everything goes wrong, and count what it has."""
    plan = troubled.Plan.of(items, min(each, max(100, items // 20)))
    clock: Synchronized[int] = _SPAWN.Value("q", troubled.START + troubled.POLL)
    calm: Synchronized[int] = _SPAWN.Value("b", 0)
    done: Synchronized[int] = _SPAWN.Value("b", 0)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as name, _source(plan, clock, calm) as url:
        folder = Path(name)
        Store.open(folder / "desk.sqlite3", now=troubled.START, policy=load_policy()).close()
        dice, killed = random.Random(items), 0
        while not done.value:
            reader = _SPAWN.Process(target=_read, args=(folder, url, plan, clock, calm, done))
            reader.start()
            # While there are kills left, one comes after some rounds: in the middle of whatever is being done then.
            until = clock.value + dice.randrange(1, max(2, plan.rounds // (kills + 1))) * troubled.POLL
            while killed < kills and reader.is_alive() and not done.value:
                if clock.value >= until:
                    time.sleep(dice.random() * 0.3)
                    reader.kill()
                    killed += 1
                    break
                time.sleep(0.02)
            reader.join()
        with urllib.request.urlopen(f"{url}/counts") as answer:
            counts: dict[str, int] = json.load(answer)
        return _counted(folder / "desk.sqlite3", plan, counts, killed, time.monotonic() - begun)


@contextmanager
def _source(plan: troubled.Plan, clock: Synchronized[int], calm: Synchronized[int]) -> Iterator[str]:
    hear, tell = _SPAWN.Pipe(duplex=False)
    server = _SPAWN.Process(target=troubled.serve, args=(plan, clock, calm, tell))
    server.start()
    try:
        yield f"http://127.0.0.1:{hear.recv()}"
    finally:
        server.terminate()
        server.join()


def _read(
    folder: Path,
    url: str,
    plan: troubled.Plan,
    clock: Synchronized[int],
    calm: Synchronized[int],
    done: Synchronized[int],
) -> None:
    """Be the reader: a real engine on the file, one round after the other, until everything could be had."""
    asyncio.run(_rounds(folder, url, plan, clock, calm, done))


async def _rounds(
    folder: Path,
    url: str,
    plan: troubled.Plan,
    clock: Synchronized[int],
    calm: Synchronized[int],
    done: Synchronized[int],
) -> None:
    async def sleep(seconds: float) -> None:
        clock.value += int(seconds * 1000)

    def now() -> int:
        return clock.value

    store = Store.open(folder / "desk.sqlite3", now=now(), policy=load_policy(), migrate=False)
    settings = Settings(folder / "settings.json")
    settings.set_channel(_WINDOWED, ChannelSettings(True, url, {}))
    settings.set_channel(_MARKED, ChannelSettings(True, url, {"mode": "search"}))
    settings.set_channel(_LISTED, ChannelSettings(True, url + troubled.LISTED, {"changes": "none"}))
    engine = Engine(
        store,
        settings,
        SecretStore.in_memory({"privacy/pseudonym_key": "00" * 32}),
        clock=now,
        transport=Transport(clock=now, sleep=sleep),
    )
    try:
        while now() < plan.end:
            await engine.run_once(_ALL, with_central=False)
            clock.value += troubled.POLL
        calm.value = 1
        for _ in range(100):
            result = await engine.run_once(_ALL, with_central=False)
            clock.value += troubled.POLL
            pulled = [each.pulled.seen for each in result.channels if each.pulled is not None]
            if not result.errors and pulled[1] == 0:
                break
        # What is published days later is found by the daily look at the last days: wait for the last one.
        clock.value = max(clock.value, plan.end + troubled.VERY_LATE + DAY)
        for _ in range(100):
            await engine.run_once([_LISTED], with_central=False)
            clock.value += troubled.POLL
            if not {"walk"} & {*_leg(store, "created"), *_leg(store, "late")}:
                break
        done.value = 1
    finally:
        await engine.close()
        store.close()


def _leg(store: Store, name: str) -> dict[str, Any]:
    """A walk of the source with pages, as it stands in the file."""
    found = store.channel_state(_LISTED).cursor.get(name)
    return found if isinstance(found, dict) else {}


def _counted(path: Path, plan: troubled.Plan, counts: dict[str, int], killed: int, seconds: float) -> Count:
    """Look for every number, among the reports and in quarantine."""
    first = {_WINDOWED: 0, _MARKED: troubled.FIRST_POST, _LISTED: troubled.FIRST_REQUEST}
    kept: dict[str, set[int]] = {channel: set() for channel in _ALL}
    aside: dict[str, set[int]] = {channel: set() for channel in _ALL}
    with closing(connect(path, writable=True)) as raw:
        for channel, external_id in raw.execute("SELECT channel, external_id FROM report"):
            kept[channel].add(int(external_id) - first[channel])
        rows: Any = raw.execute("SELECT channel, substr(raw, 1, 4000) FROM quarantine")
        for channel, text in rows:
            aside[channel].update(int(found) for found in _MARK.findall(text))
    wanted = {
        _WINDOWED: set(range(plan.windowed)),
        _MARKED: set(range(plan.marked)),
        _LISTED: set(range(plan.listed)),
    }
    lost = sum(len(wanted[channel] - kept[channel] - aside[channel]) for channel in wanted)
    invented = sum(len((kept[channel] | aside[channel]) - wanted[channel]) for channel in wanted)
    wrong = sum(
        troubled.kind_of(number) in troubled.BAD - {"huge"} for channel in wanted for number in kept[channel]
    )
    return Count(
        items=plan.windowed + plan.marked + plan.listed,
        given=counts["given"],
        kept=sum(len(found) for found in kept.values()),
        quarantined=sum(len(found) for found in aside.values()),
        both=sum(len(kept[channel] & aside[channel]) for channel in wanted),
        lost=lost + invented,
        wrong=wrong,
        requests=counts["requests"],
        kills=killed,
        seconds=seconds,
    )
