"""Start to a usable window on a million cached reports, against a bare window; and the memory that it takes.

Usable means: the window is shown and the first page of the open view is painted in it. Both are measured from the
moment at which the process is made, in turns, each in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.figure import Figure, Options, middle

if TYPE_CHECKING:
    from smartcity_desk.ui.sitting import Sitting

LONGEST: Final = 180.0
ROUNDS: Final = 3
"""Starts of each kind for one repeat that is asked for."""


def run(options: Options) -> list[Figure]:
    """Measure both in turns; the file is in the system's cache from the second start on, which is what counts."""
    from benchmarks import bigstore
    from smartcity_desk import config
    from smartcity_desk.config import Settings
    from smartcity_desk.paths import Paths

    reports = options.size(bigstore.MILLION, 1_000)
    with tempfile.TemporaryDirectory(prefix="bench-startup-") as folder:
        paths = Paths.of(folder).prepare()
        bigstore.copy_to(paths.database, reports)
        settings = Settings.load(paths.settings)
        settings.set(config.WELCOMED, True)
        settings.set(config.LAST_VIEW, "all")
        settings.save()
        start("desk", folder)  # migrates or checks once, as the first start after an update does
        bare: list[float] = []
        desk: list[dict[str, float]] = []
        for _ in range(max(ROUNDS, options.repeats * ROUNDS)):
            bare.append(start("bare", folder)["painted"])
            desk.append(start("desk", folder))
    seconds = middle(one["painted"] for one in desk)
    control = middle(bare)
    return [
        Figure(
            f"start to a usable window, {reports:,} reports",
            seconds,
            "s",
            target=2 * control,
            control=control,
            control_name="bare window",
            details={
                "window shown": middle(one["shown"] for one in desk),
                "worst": max(one["painted"] for one in desk),
            },
        ),
        Figure(
            f"memory with {reports:,} reports open",
            middle(one["megabytes"] for one in desk),
            "MB",
            target=600,
            note="resident, every report of the view in the table's list; without the sync child",
        ),
    ]


def start(kind: str, folder: str) -> dict[str, float]:
    """Start one process and return what it measured. Raises RuntimeError when it failed."""
    environment = os.environ | {
        "BENCH_BEGAN": repr(time.monotonic()),
        "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    finished = subprocess.run(
        [sys.executable, "-m", "benchmarks.bench_startup", kind, folder],
        capture_output=True,
        text=True,
        env=environment,
        timeout=LONGEST,
        check=False,
    )
    lines = finished.stdout.splitlines()
    if finished.returncode != 0 or not lines:
        raise RuntimeError(f"{kind}: {finished.stderr[-2000:]}")
    return {name: float(value) for name, value in json.loads(lines[-1]).items()}


def since_birth() -> float:
    """Seconds since the parent made this process."""
    return time.monotonic() - float(os.environ["BENCH_BEGAN"])


def bare() -> None:
    """The yardstick: a window with nothing in it."""
    from PySide6.QtWidgets import QApplication, QWidget

    app = QApplication([])
    window = QWidget()
    window.resize(1366, 768)
    window.show()
    app.processEvents()
    window.repaint()
    print(json.dumps({"painted": since_birth()}))


def desk(folder: str) -> None:
    """The desk itself, as `smartcity-desk` starts it."""
    from smartcity_desk.app import Start
    from smartcity_desk.app import run as run_desk

    measured: dict[str, float] = {}
    run_desk(Start(data_dir=folder, dialogs=False, started=lambda sitting: watch(sitting, measured)))
    print(json.dumps(measured))


def watch(sitting: Sitting, measured: dict[str, float]) -> None:
    """Look every millisecond whether the first page is there; then wait for the whole list and leave."""
    from PySide6.QtCore import QTimer

    timer = QTimer()
    timer.setInterval(1)

    def look() -> None:
        window = sitting.window
        screen: Any = None if window is None else window.screens.get("triage")
        if window is None or screen is None or not window.isVisible():
            return
        measured.setdefault("shown", since_birth())
        if "painted" not in measured and screen.model.rowCount() and screen.model.row_data(0) is not None:
            screen.view.viewport().repaint()
            measured["painted"] = since_birth()
        if "painted" in measured and not screen.model.busy:
            timer.stop()
            QTimer.singleShot(500, leave)

    def leave() -> None:
        measured["megabytes"] = resident_megabytes()
        sitting.leave()

    timer.timeout.connect(look)
    timer.start()
    sitting.desk.bridge.setProperty("bench_timer", timer)  # lives as long as the sitting


def resident_megabytes() -> float:
    """Memory of this process that is in use, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024 / 1e6
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        bare()
    else:
        desk(sys.argv[2])
