"""Pejabat: 267 points painted, beside a bare scatter plot of pyqtgraph; and a score opened down to its events.

The way to the events is the operator's: Enter on an office of the training city's 90 days, Enter on an item of it, each
until everything is painted. Drawn offscreen by Qt's raster engine, as on a machine without a graphics card.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks import citystore, seeded
from benchmarks.figure import Figure, Options, middle, percentile
from smartcity_desk.domain.charts import Funnel, funnel
from smartcity_desk.domain.fairness import Tally
from smartcity_desk.domain.marking import Marking

if TYPE_CHECKING:
    from smartcity_desk.ui.offices.screen import OfficesScreen
    from tests.ui.kit import Kit

WIDTH: Final = 1366
HEIGHT: Final = 768
PLOT: Final = (690, 300)
"""The funnel's place on a small screen, in pixels."""
ROUNDS: Final = 15
STEPS: Final = 40
OPENED: Final = 12
"""So many offices are opened: those with the most items, for these take longest."""


def run(options: Options) -> list[Figure]:
    """Measure painting, then the way from a score to its events."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from smartcity_desk.domain.events import Actor, Role
    from tests.ui.kit import desk_in, show, until

    app = QApplication.instance() or QApplication([])  # held here: without a name Python would let it go
    store = citystore.open_at(citystore.ensure(options.scale))
    with (
        TemporaryDirectory() as folder,
        desk_in(Path(folder), actor=Actor("ratna", Role.SUPERVISOR), store=store) as kit,
    ):
        kit.now = citystore.NOW
        kit.desk.directory = store.directory()
        painting = _painting(kit)
        from smartcity_desk.ui.offices.screen import OfficesScreen

        screen = OfficesScreen(kit.desk)
        show(screen, WIDTH, HEIGHT)
        began = time.perf_counter()
        screen.activate()
        until(lambda: screen.book is not None, 120)
        figures_there = time.perf_counter() - began
        until(lambda: screen.overview.charts.mix.canvas is not None and screen._office is not None, 120)
        kit.settle()
        chosen = _choosing(screen)
        opening = _opening(kit, screen)
        screen.close()
    del app
    return [
        *painting,
        Figure("next office under the cursor, table and charts painted, p95", chosen, "ms", 100),
        *opening,
        Figure(
            "figures of the city on screen, from opening Pejabat",
            figures_there,
            "s",
            note="worked out off the interface thread; what was there before stays on screen",
        ),
    ]


# ---------------------------------------------------------------- painting


def points() -> Funnel:
    """A funnel with 267 points, all of them placed: sizes as in the seeded city, and 20 more for each."""
    random = np.random.default_rng(seeded.SEED)
    tallies = {}
    for number in range(seeded.OFFICES):
        n = 20 + int(random.poisson(random.gamma(1.2, 45 / 1.2)))
        on_time = int(random.binomial(n, random.beta(45, 5)))
        tallies[f"{number:03}"] = Tally(n, on_time, silent=n - on_time)
    return funnel(tallies, Marking().least_n)


def _painting(kit: Kit) -> list[Figure]:
    import pyqtgraph as pg
    from PySide6.QtWidgets import QApplication

    from smartcity_desk.ui.offices.charts.funnel import FunnelCanvas
    from tests.ui.kit import show

    found = points()
    shares = [point.share or 0.0 for point in found.points]
    sizes = [point.tally.n for point in found.points]
    ours, bare = FunnelCanvas(kit.desk), pg.PlotWidget()
    scatter = pg.ScatterPlotItem(pxMode=True)
    bare.addItem(scatter)
    for window in (ours, bare):
        show(window, *PLOT)

    def draw_ours() -> None:
        ours._funnel = None  # as after new figures: lines, points and words anew
        ours.show_funnel(found, 0.8, ("003",), None)
        ours.viewport().repaint()

    def draw_bare() -> None:
        scatter.setData(x=sizes, y=shares)
        bare.viewport().repaint()

    times: dict[str, list[float]] = {"ours": [], "bare": [], "filter": []}
    some = frozenset(f"{number:03}" for number in range(0, seeded.OFFICES, 3))
    draw_ours()
    draw_bare()
    for turn in range(ROUNDS):  # in turns, so that a busy second falls on both
        times["ours"].append(_ms(draw_ours))
        times["bare"].append(_ms(draw_bare))
        matching = some if turn % 2 else None
        times["filter"].append(_ms(lambda matching=matching: _refilter(ours, found, matching)))  # type: ignore[misc]
    drawn = len(ours.scatter.points())
    for window in (ours, bare):
        window.close()
        window.deleteLater()
    QApplication.processEvents()
    assert drawn == seeded.OFFICES
    return [
        Figure(
            f"funnel with limits and words, {drawn} points painted",
            middle(times["ours"]),
            "ms",
            100,
            control=middle(times["bare"]),
            control_name="bare ScatterPlotItem",
            details={"most": max(times["ours"]), "mean": fmean(times["ours"])},
        ),
        Figure(f"another filter on {drawn} points painted", middle(times["filter"]), "ms", 100),
    ]


def _refilter(canvas: object, found: Funnel, matching: frozenset[str] | None) -> None:
    from smartcity_desk.ui.offices.charts.funnel import FunnelCanvas

    assert isinstance(canvas, FunnelCanvas)
    canvas.show_funnel(found, 0.8, ("003",), matching)
    canvas.viewport().repaint()


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


# ---------------------------------------------------------------- the operator's way


def _choosing(screen: OfficesScreen) -> float:
    """From the key to the row and the ring on screen."""
    return percentile([_ms(lambda: _step(screen)) for _ in range(STEPS)], 95)


def _step(screen: OfficesScreen) -> None:
    overview = screen.overview
    overview.step(1)
    overview.grid.viewport().repaint()
    overview.charts.funnel.canvas.viewport().repaint()


def _opening(kit: Kit, screen: OfficesScreen) -> list[Figure]:
    """Enter on an office until its items are painted, Enter on an item until its events are."""
    from smartcity_desk.ui.offices import book as books
    from tests.ui.kit import press, until

    assert screen.book is not None
    offices = screen.book.figures.offices
    largest = sorted(offices, key=lambda code: -offices[code].latest.tally.n)[:OPENED]
    both, first, second, reads, items = [], [], [], [], 0
    for code in largest:
        screen.show_overview()
        screen.overview.choose(code)
        kit.settle()
        reads.append(_ms(lambda code=code: books.read_page(kit.desk.store, code, kit.now)))  # type: ignore[misc]
        began = time.perf_counter()
        press(screen.overview.grid, "Return")
        until(lambda: screen.office.page is not None)
        screen.office.items.viewport().repaint()
        opened = time.perf_counter()
        items = max(items, len(screen.office.items.table.shown))
        kit.settle()
        again = time.perf_counter()
        press(screen.office.items, "Return")
        until(lambda: screen.office.detail.detail is not None)
        screen.office.detail.viewport().repaint()
        done = time.perf_counter()
        kit.settle()
        first.append((opened - began) * 1000)
        second.append((done - again) * 1000)
        both.append(first[-1] + second[-1])
    return [
        Figure(
            "a score down to its events in 2 actions, both together, p95",
            percentile(both, 95),
            "ms",
            200,
            control=percentile(reads, 95),
            control_name="reading the office without a screen",
            note=f"the {OPENED} offices with the most items, up to {items:,}",
            details={"office, p95": percentile(first, 95), "item, p95": percentile(second, 95)},
        )
    ]
