"""Eight channels polled for an hour in which nothing happens: what it costs of one core, and whether memory grows.

They are the eight that the city named, each with its own client over its own protocol, two of them mailboxes that are
listened to. The hour passes sixty times as fast: the loop's time, its waits and the engine's clock run by the same
hurried clock, so that every poll, timer and look of the watch happens as often as in an hour. The sources are the
training city's servers, in a process of their own, so that only the desk's own work counts; their time stands still
after some reports, so nothing new ever comes.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import selectors
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from benchmarks.figure import AT_MOST, Figure, Options
from smartcity_desk.config import ChannelSettings, Settings
from smartcity_desk.directory import builtin_directory, load_policy
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.secrets import SecretStore, channel_secret
from smartcity_desk.store import Store
from smartcity_desk.sync import registry
from smartcity_desk.sync.engine import Engine
from smartcity_desk.sync.transport import Transport
from smartcity_desk.sync.watch import Watch
from smartcity_desk.training.channel import SocketServer, Stage
from smartcity_desk.training.channels import CHANNELS
from smartcity_desk.training.network import listener, serve
from smartcity_desk.training.record import Citizen

HASTE: Final = 60
START: Final = 1_790_000_000_000
HOUR_MINUTES: Final = 60
SETTLED_MINUTES: Final = 20
"""After so long everything is loaded and every cache is full: what grows then grows for ever."""
CPU_REACH: Final = 1.0
GROWTH_REACH: Final = 2.0
"""MB: less than one answer of the largest source; a leak of one answer a poll would be two hundred."""
REPORTS: Final = 60
"""What each source has of the last hours; after the first round all of it is known."""
NAMES: Final = ("qlue", "email", "x", "facebook", "balai_warga", "petabencana", "lapor", "waze")
_SECRET: Final = "hanya-untuk-diukur"


class _Hurried(asyncio.SelectorEventLoop):
    """A loop whose time passes faster than the wall's."""

    def __init__(self) -> None:
        super().__init__(_Shortened())
        self._begun = time.monotonic()

    def time(self) -> float:
        return self._begun + (time.monotonic() - self._begun) * HASTE


class _Shortened(selectors.DefaultSelector):
    """Waits that are as much shorter."""

    def select(self, timeout: float | None = None) -> Any:
        return super().select(timeout if timeout is None or timeout <= 0 else timeout / HASTE)


def run(options: Options) -> list[Figure]:
    """One hour at scale 1; a smaller scale is a shorter one, told for the whole."""
    minutes = options.size(HOUR_MINUTES, SETTLED_MINUTES + 10)
    with (
        tempfile.TemporaryDirectory() as name,
        _sources() as urls,
        asyncio.Runner(loop_factory=_Hurried) as runner,
    ):
        found = runner.run(_hour(Path(name), urls, minutes))
    note = f"{found['polls']:.0f} polls of {len(NAMES)} channels in {minutes} minutes"
    return [
        Figure(
            "idle: share of one core",
            found["cpu"] / (minutes * 60) * 100,
            "%",
            CPU_REACH,
            details=found,
            note=note,
        ),
        Figure(
            "idle: memory grown after the first twenty minutes",
            found["grown_mb"],
            "MB",
            GROWTH_REACH,
            AT_MOST,
            note=f"{found['objects']:+.0f} objects",
        ),
    ]


async def _hour(folder: Path, urls: Mapping[str, str], minutes: int) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    polls: Counter[str] = Counter()

    def clock() -> int:
        return START + int((loop.time() - begun) * 1000)

    def notify(notice: Any) -> None:
        if notice.kind == "channel":
            polls[notice.data["channel"]] += 1
            # Two seconds of the wall are two minutes here: where the machine is busy, an answer may come after them.
            if not notice.data["ok"] and notice.data["params"].get("reason") != "timeout":
                raise RuntimeError(f"a source does not answer: {dict(notice.data)}")

    store = Store.open(folder / "desk.sqlite3", now=START, policy=load_policy())
    settings = Settings(folder / "settings.json")
    secrets = SecretStore.in_memory(
        {
            "privacy/pseudonym_key": "00" * 32,
            **{channel_secret(name, field): _SECRET for name in NAMES for field in CHANNELS[name].secrets},
        }
    )
    for name in NAMES:
        settings.set_channel(name, ChannelSettings(False, "", dict(CHANNELS[name].options)))
        registry.place_url(name, urls[name], settings, secrets)
    engine = Engine(
        store,
        settings,
        secrets,
        clock=clock,
        notify=notify,
        transport=Transport(clock=clock),
        watch=Watch(store, clock=clock, notify=notify, randomness=bytes),
    )
    stop = asyncio.Event()
    following = asyncio.create_task(engine.follow(stop))
    try:
        cpu = time.process_time()
        await _pass(following, SETTLED_MINUTES)
        gc.collect()
        memory, objects = _resident(), len(gc.get_objects())
        await _pass(following, minutes - SETTLED_MINUTES)
        cpu = time.process_time() - cpu
        gc.collect()
        for name in NAMES:
            if polls[name] < 2 or store.channel_state(name).fetched_total == 0:
                raise RuntimeError(f"{name} was not asked, or had nothing to give")
        return {
            "cpu": cpu,
            "polls": float(polls.total()),
            "grown_mb": (_resident() - memory) / 1e6,
            "objects": float(len(gc.get_objects()) - objects),
        }
    finally:
        stop.set()
        await following
        await engine.close()
        store.close()


async def _pass(following: asyncio.Task[None], minutes: int) -> None:
    """Let so many minutes of the hurried clock go by; an engine that fails is heard at once."""
    await asyncio.wait([following], timeout=minutes * MINUTE / 1000)
    if following.done():
        following.result()


def _resident() -> int:
    """Bytes of this process in memory; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
    except OSError:
        return 0


@contextmanager
def _sources() -> Iterator[Mapping[str, str]]:
    context = multiprocessing.get_context("spawn")
    hear, tell = context.Pipe(duplex=False)
    server = context.Process(target=_serve, args=(tell,))
    server.start()
    try:
        yield hear.recv()
    finally:
        server.terminate()
        server.join()


def _serve(told: Connection) -> None:
    asyncio.run(_serving(told))


async def _serving(told: Connection) -> None:
    """Serve every channel, and tell their addresses."""
    directory = builtin_directory(START)
    urls: dict[str, str] = {}
    tasks: list[asyncio.Task[None]] = []
    for name in NAMES:
        channel, sock = CHANNELS[name], listener()
        stage = Stage(directory, 1, lambda: START, dict.fromkeys(channel.secrets, _SECRET))
        server = channel.server([_citizen(name, number) for number in range(REPORTS)], stage)
        if isinstance(server, SocketServer):
            tasks.append(asyncio.create_task(server.serve(sock)))
            urls[name] = f"{server.scheme}://127.0.0.1:{sock.getsockname()[1]}"
        else:
            tasks.append(asyncio.create_task(serve(server.app(), None).serve(sockets=[sock])))
            urls[name] = f"http://127.0.0.1:{sock.getsockname()[1]}{server.path}"
    told.send(urls)
    await asyncio.gather(*tasks)


def _citizen(channel: str, number: int) -> Citizen:
    at = START - (REPORTS - number) * 2 * MINUTE
    return Citizen(
        number=number,
        channel=channel,
        external_id=CHANNELS[channel].external_id(number, at),
        at=at,
        text=f"Sampah menumpuk di gang {number}, mohon diangkut",
        author=number,
        category="sampah",
        place="31.74.01.1001",
        placed="31.74.01.1001",
        competent="31.74.01.1001",
        incident=number,
        lat=-6.2 - number / 100_000,
        lon=106.8 + number / 100_000,
        disaster="flood",
        depth=30,
    )
