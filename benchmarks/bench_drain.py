"""Five thousand queued actions to the real central server over a line of 20 ms: until the outbox is empty."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from benchmarks.figure import Figure, Options
from smartcity_desk.config import CENTRAL_URL, Settings
from smartcity_desk.domain.events import Actor, CategorySet, EventKind, NoteAdded, Payload, Role
from smartcity_desk.domain.ids import report_id
from smartcity_desk.domain.report import Report, ReportKind
from smartcity_desk.secrets import SecretStore
from smartcity_desk.store import Store
from smartcity_desk.store.rows import OpState

ACTIONS: Final = 5_000
ROUND_TRIP_S: Final = 0.020
TARGET_S: Final = 60.0
USER: Final = "ukur"
PASSWORD: Final = "sandi untuk mengukur"
ONE_REPORT_EACH, FIFTY_PER_REPORT = 1, 50


def run(options: Options) -> list[Figure]:
    """Drain over the slow line, then the same without the delay as the yardstick; and with long queues per report."""
    actions = options.size(ACTIONS, 100)
    slow = _drained(actions, ONE_REPORT_EACH, ROUND_TRIP_S)
    near = _drained(actions, ONE_REPORT_EACH, 0.0)
    deep = _drained(actions, FIFTY_PER_REPORT, ROUND_TRIP_S)
    name = f"{actions:,} queued actions drained at {ROUND_TRIP_S * 1000:.0f} ms round trip"
    control = "the same without the delay"
    return [
        Figure(f"{name}, one a report", slow, "s", TARGET_S, control=near, control_name=control),
        Figure(
            f"{name}, {FIFTY_PER_REPORT} a report", deep, "s", TARGET_S, control=near, control_name=control
        ),
    ]


def _drained(actions: int, per_report: int, round_trip: float) -> float:
    with tempfile.TemporaryDirectory() as name, _central(Path(name)) as port, _line(port, round_trip) as far:
        return asyncio.run(_drain(Path(name), f"http://127.0.0.1:{far}", actions, per_report))


async def _drain(folder: Path, url: str, actions: int, per_report: int) -> float:
    from smartcity_desk.directory import load_policy
    from smartcity_desk.sync.engine import Engine

    def clock() -> int:
        return time.time_ns() // 1_000_000

    store = Store.open(folder / "desk.sqlite3", now=clock(), policy=load_policy())
    settings = Settings(folder / "settings.json")
    settings.set(CENTRAL_URL, url)
    engine = Engine(store, settings, SecretStore.in_memory(), clock=clock)
    try:
        client = engine.central()
        assert client is not None
        await client.session.login(USER, PASSWORD)
        reports = [_report(number, clock()) for number in range(actions // per_report)]
        store.ingest("petabencana", reports, checkpoint=None, now=clock())
        first = await engine.run_once(())
        assert first.errors == (), first.errors
        ids = [report.id for report in reports]
        for turn in range(per_report):
            kind: EventKind = EventKind.CATEGORY_SET if turn == 0 else EventKind.NOTE_ADDED
            payload: Payload = CategorySet("banjir") if turn == 0 else NoteAdded(f"catatan {turn}")
            done = store.act(
                kind, payload, ids, actor=Actor(USER, Role.OPERATOR), now=clock(), randomness=random.randbytes
            )
            assert not done.refused, done.refused[:3]
        waiting = store.summary().ops.get(OpState.QUEUED, 0)
        assert waiting == len(ids) * per_report
        began = time.perf_counter()
        result = await engine.run_once(())
        took = time.perf_counter() - began
        assert result.errors == (), result.errors
        assert store.summary().ops.get(OpState.QUEUED, 0) == 0
        assert store.summary().ops.get(OpState.CONFIRMED, 0) == waiting
        return took
    finally:
        await engine.close()
        store.close()


def _report(number: int, now: int) -> Report:
    return Report(
        id=report_id("petabencana", str(number)),
        channel="petabencana",
        external_id=str(number),
        kind=ReportKind.COMPLAINT,
        reported_at=now - number,
        text=f"Genangan di depan rumah nomor {number}",
        lat=-6.2,
        lon=106.8,
    )


# ---------------------------------------------------------------- the far side


@contextmanager
def _central(folder: Path) -> Iterator[int]:
    """A central server with the built-in directory, durable as in service, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(folder / "central", theirs))
    process.start()
    try:
        yield int(ours.recv())
    finally:
        process.terminate()
        process.join(30)


def _serve(folder: Path, told: Connection) -> None:
    from smartcity_desk.central import admin
    from smartcity_desk.central.app import create_app
    from smartcity_desk.central.serve import bind, build_server
    from smartcity_desk.central.settings import CentralSettings

    folder.mkdir()
    settings = CentralSettings.at(folder)
    admin.init(settings, user="pengelola", password=PASSWORD)
    admin.add_users(settings, [admin.NewAccount(USER, Role.OPERATOR, password=PASSWORD)])
    admin.load_builtin_directory(settings)
    listener = bind("127.0.0.1", 0)
    told.send(listener.getsockname()[1])
    asyncio.run(build_server(create_app(settings), settings).serve(sockets=[listener]))


@contextmanager
def _line(port: int, round_trip: float) -> Iterator[int]:
    """A line to a port of this machine on which every byte takes half of `round_trip` seconds each way."""
    ready: list[int] = []
    started, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        late: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            while True:
                due, piece = await late.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                if not piece:
                    writer.close()
                    return
                writer.write(piece)
                await writer.drain()

        delivering = asyncio.create_task(deliver())
        while piece := await reader.read(65_536):
            late.put_nowait((loop.time() + round_trip / 2, piece))
        late.put_nowait((loop.time() + round_trip / 2, b""))
        await delivering

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer), return_exceptions=True)

    async def live() -> None:
        listening = await asyncio.start_server(connect, "127.0.0.1", 0)
        ready.append(listening.sockets[0].getsockname()[1])
        started.set()
        await stop.wait()
        listening.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(live()))
    thread.start()
    started.wait(10)
    try:
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
