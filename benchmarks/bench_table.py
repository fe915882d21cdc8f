"""The triage table over a million reports, beside a bare `QTableView` on `QSqlQueryModel` in the same run."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from benchmarks import bigstore
from benchmarks.figure import Figure, Options, middle, percentile
from smartcity_desk.domain.query import BUILTIN_VIEWS

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractScrollArea, QTableView

    from smartcity_desk.ui.triage.screen import TriageScreen

WIDTH: Final = 1366
HEIGHT: Final = 768
REPAINTS: Final = 120
WHEELS: Final = 400
JUMPS: Final = 60
_SQL: Final = (
    "SELECT s.due_at, s.pending, s.channel, s.category, substr(r.text, 1, 240), s.place, s.office, s.reported_at "
    "FROM report_state s JOIN report r ON r.pk = s.pk ORDER BY s.reported_at DESC, s.pk DESC"
)


def run(options: Options) -> list[Figure]:
    """Measure view changes, scrolling, repainting and memory; all offscreen, drawn by Qt's raster engine."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from smartcity_desk.domain.events import Actor, Role
    from smartcity_desk.ui.triage.screen import TriageScreen
    from tests.ui.kit import desk_in, show

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    path = bigstore.ensure(options.size(bigstore.MILLION))
    with (
        TemporaryDirectory() as folder,
        desk_in(
            Path(folder),
            actor=Actor(bigstore.USER, Role.OPERATOR),
            store=bigstore.open_at(path, migrate=False),
        ) as kit,
    ):
        kit.now = bigstore.NOW
        screen = TriageScreen(kit.desk)
        show(screen, WIDTH, HEIGHT)
        screen.activate()
        kit.settle()
        memory = {"first view": _resident_mb()}
        changes = _view_changes(screen, kit.settle, options)
        whole = _whole_list(screen, kit.settle)
        memory["all views"] = _resident_mb()
        screen.view.go_to(screen.model.rowCount() // 2)
        kit.settle()
        wheel, repaint = _wheel(screen.view), _repaint(screen.view)
        jumps = _jumps(screen)
        kit.settle()
        memory["scrolled"] = _resident_mb()
        bare = _bare(path, screen.view.viewport().width(), screen.view.viewport().height(), screen)
        bare_repaint, bare_wheel = _repaint(bare), _wheel(bare)
        bare.close()
        bare.deleteLater()
        screen.close()
    worst = max(changes.values())
    return [
        Figure("view change to first painted page, worst of 11", worst, "ms", 100, details=changes),
        Figure("the whole list of ids is there", whole, "ms", note="off the interface thread"),
        Figure(
            "wheel by three rows, p99", wheel, "ms", 16, control=bare_wheel, control_name="bare QTableView"
        ),
        Figure(
            "full repaint, median",
            repaint,
            "ms",
            bare_repaint,
            control=bare_repaint,
            control_name="bare QTableView on QSqlQueryModel",
        ),
        Figure("jump to a row with its data painted, p95", jumps, "ms"),
        Figure("memory with a million reports open", max(memory.values()), "MB", 600, details=memory),
    ]


def _view_changes(screen: TriageScreen, settle: Callable[[], None], options: Options) -> dict[str, float]:
    """Median ms per view, from the key to the page on screen, after one round that warms the cache."""
    from tests.ui.kit import until

    times: dict[str, list[float]] = {view.key: [] for view in BUILTIN_VIEWS}
    for _ in range(1 + max(3, options.repeats)):
        for view in BUILTIN_VIEWS:
            done: list[float] = []

            def painted(done: list[float] = done) -> None:
                screen.view.viewport().repaint()
                done.append(time.perf_counter())

            connection = screen.model.first_page.connect(painted)
            began = time.perf_counter()
            screen.on_show.open(view.key)
            until(lambda done=done: bool(done))  # type: ignore[misc]  # a list of this round
            screen.model.first_page.disconnect(connection)
            times[view.key].append((done[0] - began) * 1000)
            settle()
    return {key: middle(found[1:]) for key, found in times.items()}


def _whole_list(screen: TriageScreen, settle: Callable[[], None]) -> float:
    done: list[float] = []
    connection = screen.model.complete.connect(lambda _: done.append(time.perf_counter()))
    began = time.perf_counter()
    screen.on_show.open("all")
    settle()
    screen.model.complete.disconnect(connection)
    return (done[0] - began) * 1000


def _repaint(view: QAbstractScrollArea) -> float:
    times = []
    for _ in range(REPAINTS):
        began = time.perf_counter()
        view.viewport().repaint()
        times.append((time.perf_counter() - began) * 1000)
    return middle(times)


def _wheel(view: QTableView) -> float:
    """From the turn of the wheel to the painted rows, p99 in ms; rows that were not read show as loading."""
    from PySide6.QtCore import QPoint, QPointF, Qt
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    from tests.ui.kit import pause

    times = []
    at = QPointF(200, 200)
    for turn in range(WHEELS):
        down = -120 if turn < WHEELS // 2 else 120
        event = QWheelEvent(
            at,
            at,
            QPoint(),
            QPoint(0, down),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        began = time.perf_counter()
        QApplication.sendEvent(view.viewport(), event)
        QApplication.processEvents()
        times.append((time.perf_counter() - began) * 1000)
        pause(5)
    return percentile(times, 99)


def _jumps(screen: TriageScreen) -> float:
    """From a jump of the scroll bar to the data on screen, p95 in ms."""
    from tests.ui.kit import until

    chance, times = random.Random(1), []
    bar = screen.view.verticalScrollBar()
    for _ in range(JUMPS):
        began = time.perf_counter()
        bar.setValue(chance.randrange(max(1, bar.maximum())))
        screen.view.viewport().repaint()
        first, last = screen.view.window_rows()
        until(lambda first=first, last=last: all(screen.model.entry(row) for row in range(first, last + 1)))  # type: ignore[misc]
        screen.view.viewport().repaint()
        times.append((time.perf_counter() - began) * 1000)
    return percentile(times, 95)


def _bare(path: Path, width: int, height: int, screen: TriageScreen) -> QTableView:
    """What Qt itself offers: the same columns of the same rows, in a window of the same size."""
    from PySide6.QtSql import QSqlDatabase, QSqlQueryModel
    from PySide6.QtWidgets import QTableView

    from tests.ui.kit import show

    base = QSqlDatabase.addDatabase("QSQLITE", "bare")
    base.setDatabaseName(str(path))
    base.setConnectOptions("QSQLITE_OPEN_READONLY")
    if not base.open():
        raise RuntimeError(base.lastError().text())
    view = QTableView()
    model = QSqlQueryModel(view)
    model.setQuery(_SQL, base)
    view.setModel(model)
    view.setWordWrap(False)
    view.verticalHeader().hide()
    view.verticalHeader().setDefaultSectionSize(screen.desk.theme.row_height)
    shown = [cell.width for cell in screen.view.cells]
    for column in range(model.columnCount()):
        view.setColumnHidden(column, column >= len(shown))
        if column < len(shown):
            view.setColumnWidth(column, shown[column])
    show(view, width + 14, height + screen.view.horizontalHeader().height())
    while model.canFetchMore() and model.rowCount() < 3 * WHEELS:
        model.fetchMore()
    return view


def _resident_mb() -> float:
    """What the process holds in memory now, in MB."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1_000_000
    import resource  # elsewhere only the peak can be asked for

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000_000
