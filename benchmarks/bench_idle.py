"""Eight channels polled for an hour in which nothing happens: what it costs of one core, and whether memory grows.

The hour passes sixty times as fast: the loop's time, its waits and the engine's clock run by the same hurried clock, so
that every poll, timer and look of the watch happens as often as in an hour. HTTP is real; the sources answer from a
process of their own, so that only the desk's own work counts.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import selectors
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.figure import AT_MOST, Figure, Options
from smartcity_desk.config import ChannelSettings, Settings
from smartcity_desk.directory import load_policy
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.secrets import SecretStore
from smartcity_desk.store import Store
from smartcity_desk.sync import registry
from smartcity_desk.sync.engine import Engine
from smartcity_desk.sync.transport import Transport
from smartcity_desk.sync.watch import Watch

HASTE: Final = 60
START: Final = 1_790_000_000_000
HOUR_MINUTES: Final = 60
SETTLED_MINUTES: Final = 20
"""After so long everything is loaded and every cache is full: what grows then grows for ever."""
CPU_REACH: Final = 1.0
GROWTH_REACH: Final = 2.0
"""MB: less than one answer of the largest source; a leak of one answer a poll would be two hundred."""
ALERTS: Final = 400
_NAMES: Final = ("petabencana", "waze", "x", "open311", "lapor")
_COPIES: Final = {"x_2": "x", "open311_2": "open311", "petabencana_2": "petabencana"}


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
        _sources() as url,
        asyncio.Runner(loop_factory=_Hurried) as runner,
    ):
        found = runner.run(_hour(Path(name), url, minutes))
    note = f"{found['polls']:.0f} polls of {len(_NAMES) + len(_COPIES)} channels in {minutes} minutes"
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


async def _hour(folder: Path, url: str, minutes: int) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    polls = 0

    def clock() -> int:
        return START + int((loop.time() - begun) * 1000)

    def notify(notice: Any) -> None:
        nonlocal polls
        polls += notice.kind == "channel"
        if notice.kind == "channel" and not notice.data["ok"]:
            raise RuntimeError(f"a source does not answer: {dict(notice.data)}")

    for copy, original in _COPIES.items():
        entry = registry.CHANNELS[original]
        registry.CHANNELS[copy] = replace(entry, manifest=replace(entry.manifest, name=copy))
    store = Store.open(folder / "desk.sqlite3", now=START, policy=load_policy())
    settings = Settings(folder / "settings.json")
    for name in (*_NAMES, *_COPIES):
        options = {"mode": "search"} if name.startswith("x") else {}
        settings.set_channel(name, ChannelSettings(True, f"{url}/{name}", options))
    engine = Engine(
        store,
        settings,
        SecretStore.in_memory({}),
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
        return {
            "cpu": cpu,
            "polls": float(polls),
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
def _sources() -> Iterator[str]:
    context = multiprocessing.get_context("spawn")
    hear, tell = context.Pipe(duplex=False)
    server = context.Process(target=_serve, args=(tell,))
    server.start()
    try:
        yield f"http://127.0.0.1:{hear.recv()}"
    finally:
        server.terminate()
        server.join()


def _serve(told: Connection) -> None:
    """Answer as each kind of source does when nothing is new: an unchanged tag, the same snapshot, an empty page."""
    alert = {
        "type": "HAZARD",
        "subtype": "HAZARD_ON_ROAD_POT_HOLE",
        "pubMillis": START - MINUTE,
        "location": {"x": 106.83, "y": -6.2},
        "reliability": 6,
        "street": "Jl. Jenderal Sudirman",
    }
    alerts = [{**alert, "uuid": f"a-{number}"} for number in range(ALERTS)]
    bodies = {
        "waze": msgspec.json.encode({"alerts": alerts, "jams": [], "irregularities": []}),
        "x": b'{"meta":{"result_count":0}}',
        "petabencana": b'{"statusCode":200,"result":{"type":"FeatureCollection","features":[]}}',
        "open311": b"[]",
        "lapor": b"[]",
    }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            kind = self.path.split("/")[1].removesuffix("_2")
            body, tagged = bodies[kind], kind == "petabencana"
            unchanged = tagged and self.headers.get("If-None-Match") == '"1"'
            self.send_response(304 if unchanged else 200)
            self.send_header("Content-Type", "application/json")
            if tagged:
                self.send_header("ETag", '"1"')
            if not unchanged:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if not unchanged:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.send(server.server_port)
    server.serve_forever()
