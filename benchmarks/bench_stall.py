"""How long the interface stands still while a hundred thousand reports arrive, against the same window left alone.

The whole desk runs as it does for an operator: its window on a file of earlier reports, its sync child, and a real
central server in a third process that has the new ones. A heart beats every 5 ms on the interface thread; a stall is
how much later than that a beat comes. The idle control is taken before and after, in the same window.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.figure import Figure, Options, percentile

if TYPE_CHECKING:
    from smartcity_desk.domain.report import Report
    from smartcity_desk.ui.sitting import Sitting

ARRIVING: Final = 100_000
CACHED: Final = 100_000
BEAT_MS: Final = 5
IDLE_S: Final = 8.0
USER: Final = "ukur"
PASSWORD: Final = "sandi untuk mengukur"
LONGEST: Final = 540.0


def run(options: Options) -> list[Figure]:
    """One run; what counts is the ratio within it."""
    arriving = options.size(ARRIVING, 2_000)
    with tempfile.TemporaryDirectory(prefix="bench-stall-") as folder:
        found = measure(Path(folder), arriving, options.size(CACHED, 1_000))
    idle, busy = found["idle"], found["busy"]
    name = f"interface stall while {arriving:,} reports arrive"
    idle_p99, idle_worst = percentile(idle, 99), max(idle)
    return [
        Figure(
            f"{name}, p99",
            percentile(busy, 99),
            "ms",
            target=min(16.0, max(2 * idle_p99, 1.0)),
            control=idle_p99,
            control_name="idle",
            details={
                "p50": percentile(busy, 50),
                "p95": percentile(busy, 95),
                "idle p95": percentile(idle, 95),
                "reports a second": found["rate"][0],
            },
            note=f"{found['rate'][0]:,.0f} reports a second; a control below 0.5 ms counts as 0.5",
        ),
        Figure(f"{name}, worst", max(busy), "ms", target=100, control=idle_worst, control_name="idle"),
    ]


def measure(folder: Path, arriving: int, cached: int) -> dict[str, list[float]]:
    """Start server and desk in processes of their own; return stalls in ms and the rate of arrival."""
    from benchmarks import bigstore
    from smartcity_desk import config
    from smartcity_desk.config import Settings
    from smartcity_desk.paths import Paths

    paths = Paths.of(folder / "desk").prepare()
    bigstore.copy_to(paths.database, cached)
    forget_events(paths.database)
    settings = Settings.load(paths.settings)
    settings.set(config.WELCOMED, True)
    settings.set(config.LAST_VIEW, "all")
    settings.save()
    module = [sys.executable, "-m", "benchmarks.bench_stall"]
    server = subprocess.Popen(
        [*module, "central", str(folder / "central"), str(arriving)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        if not url:
            raise RuntimeError("the central server did not start")
        environment = os.environ | {
            "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }
        finished = subprocess.run(
            [*module, "desk", str(folder / "desk"), url, str(arriving)],
            capture_output=True,
            text=True,
            env=environment,
            timeout=LONGEST,
            check=False,
        )
    finally:
        server.kill()
        server.communicate()
    if finished.returncode != 0 or not finished.stdout.strip():
        raise RuntimeError(finished.stderr[-2000:])
    return dict(json.loads(finished.stdout.splitlines()[-1]))


def forget_events(database: Path) -> None:
    """Take the confirmed events out of a copy: the server of this measurement has no past that they could be of."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("DROP TRIGGER event_no_delete")
        connection.execute("DELETE FROM event")
        connection.commit()


# ---------------------------------------------------------------- the server's process


def serve(folder: Path, count: int) -> None:
    """A central server that knows `count` reports; says its address and lives until it is ended."""
    from smartcity_desk.central import admin
    from smartcity_desk.central.history import load_history
    from smartcity_desk.central.serve import serve as serve_central
    from smartcity_desk.central.settings import CentralSettings
    from smartcity_desk.domain.events import Role

    folder.mkdir(parents=True)
    settings = CentralSettings.at(folder)
    admin.init(settings, password=PASSWORD)
    admin.add_user(settings, USER, Role.OPERATOR, password=PASSWORD)
    admin.load_builtin_directory(settings)
    with admin.opened(settings) as db:
        load_history(db, reports(count), ())
    serve_central("127.0.0.1", 0, settings, ready=lambda url: print(url, flush=True))


def reports(count: int) -> Iterator[Report]:
    """New reports of another channel than the cached ones have."""
    from smartcity_desk.domain.ids import report_id
    from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind

    now = time.time_ns() // 1_000_000
    words = "banjir setinggi lutut di depan sekolah, saluran tersumbat sampah, mohon segera ditindak petugas"
    for number in range(count):
        external = f"arriving-{number}"
        yield Report(
            id=report_id("petabencana", external),
            channel="petabencana",
            external_id=external,
            kind=ReportKind.COMPLAINT,
            reported_at=now - (count - number) * 1_000,
            text=f"{words}; nomor {number}",
            lat=-6.2,
            lon=106.8,
            place_quality=PlaceQuality.EXACT,
            category="banjir",
        )


# ---------------------------------------------------------------- the desk's process


def desk(folder: str, url: str, arriving: int) -> None:
    """The desk; says its stalls as one line of JSON when all has arrived."""
    from smartcity_desk.app import Start
    from smartcity_desk.app import run as run_desk

    found: dict[str, list[float]] = {"idle": [], "busy": []}

    def started(sitting: Sitting) -> None:
        sitting.desk.tasks.spawn(watch(sitting, url, arriving, found), name="bench")

    run_desk(Start(data_dir=folder, dialogs=False, started=started))
    print(json.dumps(found))


async def watch(sitting: Sitting, url: str, arriving: int, found: dict[str, list[float]]) -> None:
    """Idle, then the flood, then idle again."""
    import asyncio

    from PySide6.QtCore import Qt, QTimer

    from smartcity_desk import config

    desk = sitting.desk
    while sitting.window is None:  # noqa: ASYNC110 - there is nothing to wait on before it is made
        await asyncio.sleep(0.05)
    sitting.window.resize(1366, 768)
    await asyncio.sleep(3)
    stalls = found["idle"]
    last = time.perf_counter()
    heart = QTimer()
    heart.setTimerType(Qt.TimerType.PreciseTimer)

    def beat() -> None:
        nonlocal last
        now = time.perf_counter()
        stalls.append(max(0.0, (now - last) * 1000 - BEAT_MS))
        last = now

    heart.timeout.connect(beat)
    heart.start(BEAT_MS)
    await asyncio.sleep(IDLE_S)
    desk.settings.set(config.CENTRAL_URL, url)
    await desk.errands.run(desk.settings.save)
    await sitting.session.log_in(USER, PASSWORD)
    arrived, enough = 0, asyncio.get_event_loop().create_future()

    def more(change: object) -> None:
        nonlocal arrived
        if isinstance(change, dict):
            arrived += int(change.get("new") or 0)
        if arrived >= arriving and not enough.done():
            enough.set_result(None)

    desk.bridge.reports_changed.connect(more)
    stalls = found["busy"]
    began = time.perf_counter()
    desk.bridge.settings_changed.emit(config.CENTRAL_URL.name)
    await asyncio.wait_for(enough, LONGEST)
    found["rate"] = [arrived / (time.perf_counter() - began)]
    stalls = []  # what is still being counted and painted belongs to neither
    assert desk.sync is not None
    await desk.sync.stop()
    await asyncio.sleep(3)
    stalls = found["idle"]
    await asyncio.sleep(IDLE_S)
    heart.stop()
    sitting.leave()


if __name__ == "__main__":
    if sys.argv[1] == "central":
        serve(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        desk(sys.argv[2], sys.argv[3], int(sys.argv[4]))
