"""The map over 200,000 and a million reports without a graphics card, beside folium's own cluster page of the same.

Everything runs as it does for an operator: the table's screen on a real store, the page in its web process, pictures
drawn by software. A time ends when the picture is on screen, not when it was asked for.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from benchmarks import bigstore
from benchmarks.figure import AT_LEAST, Figure, Options, middle, percentile
from smartcity_desk.store.positions import LINE, LON_BITS, MICRO

if TYPE_CHECKING:
    from PySide6.QtWebEngineCore import QWebEngineUrlRequestJob

    from smartcity_desk.ui.map.said import Said
    from smartcity_desk.ui.triage.screen import TriageScreen
    from tests.ui.kit import Kit

MANY: Final = 200_000
WIDTH: Final = 1366
HEIGHT: Final = 768
MOVES: Final = 24
PLAY_SECONDS: Final = 4.0
VIEWS: Final = ("open", "all", "new", "all", "overdue", "all")
_CONTROL: Final = "folium FastMarkerCluster"


def run(options: Options) -> list[Figure]:
    """Measure first picture, moving and changing the filter; then folium's page; then a million."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_QUICK_BACKEND", "software")
    os.environ.setdefault("QTWEBENGINE_CHROMIUM_FLAGS", "--disable-gpu")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")  # Chromium refuses to be sandboxed as root
    from PySide6.QtCore import QCoreApplication, Qt
    from PySide6.QtWidgets import QApplication

    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    figures: list[Figure] = []
    with TemporaryDirectory() as folder:
        profile = Path(folder)
        _first_page(profile)
        with _desk(profile, options.size(MANY)) as kit:
            figures += _many(kit, options)
        with _desk(profile, options.size(bigstore.MILLION)) as kit:
            figures += _million(kit)
    return figures


def _first_page(folder: Path) -> None:
    """Make the page once, as the very first opening of a desk does: later ones take it from the shelf."""
    from smartcity_desk import paths
    from smartcity_desk.ui import theme
    from smartcity_desk.ui.map.page import PageShelf

    profile = paths.Paths.of(folder, "test").prepare()
    PageShelf(profile.cache / "map").take("light", theme.SCHEMES["light"])


def _desk(folder: Path, reports: int) -> AbstractContextManager[Kit]:
    from smartcity_desk.domain.events import Actor, Role
    from tests.ui.kit import desk_in

    store = bigstore.open_at(bigstore.ensure(reports), migrate=False)
    return desk_in(folder, actor=Actor(bigstore.USER, Role.OPERATOR), scheme="light", store=store)


class _Map:
    """The screen with its map, and the clock on each picture."""

    def __init__(self, kit: Kit) -> None:
        from smartcity_desk.ui.triage.screen import TriageScreen
        from tests.ui.kit import show

        kit.now = bigstore.NOW
        self.kit = kit
        self.screen: TriageScreen = TriageScreen(kit.desk)
        self.drawn: list[Said] = []
        show(self.screen, WIDTH, HEIGHT)
        self.screen.activate()
        kit.settle()
        self.screen.on_show.open("all")
        kit.settle()

    def open(self) -> float:
        """Seconds from the key to the first picture with reports in it."""
        from tests.ui.kit import until

        began = time.perf_counter()
        self.screen.show_face("map")
        self.screen.map.face.drawn.connect(self.drawn.append)
        self.screen.activate()
        until(lambda: bool(self.drawn) and self.drawn[-1].total > 0, 120)
        took = time.perf_counter() - began
        self.kit.settle()
        return took

    def timed(self, deed: Callable[[], object]) -> float:
        """Milliseconds from a deed to its picture."""
        from tests.ui.kit import pause, until

        pause(60)
        before, began = len(self.drawn), time.perf_counter()
        deed()
        until(
            lambda: (
                len(self.drawn) > before
                and self.screen.model.whole
                and not self.screen.model.busy
                and self.drawn[-1].serial >= self.screen.map.face.viewer.serial
            ),
            60,
        )
        return (time.perf_counter() - began) * 1000

    def moves(self) -> tuple[list[float], list[float]]:
        """Pans and zooms over the busiest part of the city, from afar to near and back."""
        face, pans, zooms = self.screen.map.face, [], []
        self.timed(lambda: face.go_to(-6.23, 106.83, 11))
        for by in (1, 1, 1, 1, 1, -1, -1, -1, -1, -1):
            zooms.append(self.timed(lambda by=by: face.zoom(by)))  # type: ignore[misc]  # bound by its default
            for step in ((1, 0), (0, 1), (-1, 0), (0, -1))[: max(2, MOVES // 10)]:
                pans.append(self.timed(lambda step=step: face.pan(*step)))  # type: ignore[misc]  # the same
        return pans, zooms

    def play(self) -> float:
        """Pictures a second while the thirty days play."""
        from tests.ui.kit import pause

        face = self.screen.map.face
        face.go_to(-6.23, 106.83, 12)
        face.toggle_time()
        face.time.slider.setValue(1)
        pause(300)
        before, began = len(self.drawn), time.perf_counter()
        face.time.toggle()
        pause(round(PLAY_SECONDS * 1000))
        rate = (len(self.drawn) - before) / (time.perf_counter() - began)
        face.time.stop()
        face.toggle_time()
        return rate

    def close(self) -> None:
        """Put it away."""
        self.kit.settle()
        self.screen.deactivate()
        self.screen.close()
        self.screen.deleteLater()
        self.kit.settle()


def _many(kit: Kit, options: Options) -> list[Figure]:
    city = _Map(kit)
    first = city.open()
    pans, zooms = city.moves()
    changes = [city.timed(partial(city.screen.on_show.open, key)) for key in VIEWS * options.repeats]
    rate = city.play()
    reports = len(city.screen.model.snapshot)
    folium = _folium_page(kit)
    city.close()
    n = f"{reports:,} reports"
    return [
        Figure("map: first picture", first, "s", 1.5, control=folium, control_name=_CONTROL, note=n),
        Figure(
            "map: times sooner than folium's cluster page", folium / first, "times", 5.0, AT_LEAST, note=n
        ),
        _moved("map: pan", pans, 100, n),
        _moved("map: zoom", zooms, None, n),
        _moved("map: filter change", changes, 500, n),
        Figure(
            "map: thirty days playing",
            rate,
            "pictures/s",
            24,
            AT_LEAST,
            note=f"{n}, one picture an hour of time",
        ),
    ]


def _million(kit: Kit) -> list[Figure]:
    city = _Map(kit)
    first = city.open()
    pans, zooms = city.moves()
    n = f"{len(city.screen.model.snapshot):,} reports"
    city.close()
    return [
        Figure("map of a million: first picture", first, "s", note=n),
        _moved("map of a million: pan", pans, 150, n),
        _moved("map of a million: zoom", zooms, 150, n),
    ]


def _moved(name: str, times: list[float], target: float | None, note: str) -> Figure:
    details = {"p95": percentile(times, 95), "longest": max(times)}
    return Figure(name, middle(times), "ms", target, note=note, details=details)


def _folium_page(kit: Kit) -> float:
    """Seconds to the first picture of folium's own page: reading, making it, loading it, its clusters on screen."""
    import folium
    import xstatic.pkg.leaflet_markercluster as clusters
    from folium.plugins import FastMarkerCluster
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QUrl
    from PySide6.QtWebEngineCore import QWebEnginePage, QWebEngineProfile, QWebEngineUrlSchemeHandler
    from PySide6.QtWebEngineWidgets import QWebEngineView

    from smartcity_desk.ui.map.page import leaflet
    from tests.ui.kit import until

    where = {"leaflet": leaflet(), "cluster": Path(clusters.BASE_DIR)}
    began = time.perf_counter()
    lines = np.frombuffer(kit.desk.store.whereabouts().lines, dtype=np.int64).reshape(-1, LINE)[:, 1]
    points = np.stack(
        [(lines >> LON_BITS) / MICRO - 90.0, (lines & (1 << LON_BITS) - 1) / MICRO - 180.0], axis=1
    )
    made = folium.Map(location=(-6.23, 106.83), zoom_start=11, tiles=None, prefer_canvas=True)
    made.options["maxZoom"] = 18  # its base layer would say so, and there is none without a network
    made.default_js = [("leaflet", "desk://map/leaflet/leaflet.js")]
    made.default_css = [("leaflet_css", "desk://map/leaflet/leaflet.css")]
    layer = FastMarkerCluster(  # type: ignore[no-untyped-call]  # folium has no types
        points.tolist(),
        callback="function (row) { return L.marker(new L.LatLng(row[0], row[1])); }",
    )
    layer.default_js = [("cluster", "desk://map/cluster/leaflet.markercluster.js")]
    layer.default_css = [
        ("cluster_css", "desk://map/cluster/MarkerCluster.css"),
        ("cluster_default", "desk://map/cluster/MarkerCluster.Default.css"),
    ]
    layer.add_to(made)
    markup = made.get_root().render().encode()

    class Handler(QWebEngineUrlSchemeHandler):
        def requestStarted(self, job: QWebEngineUrlRequestJob) -> None:  # noqa: N802 - Qt's name
            path = job.requestUrl().path()
            parts = path.strip("/").split("/", 1)
            body = markup if path == "/page.html" else (where[parts[0]] / parts[1]).read_bytes()
            kinds = {"html": b"text/html", "js": b"text/javascript", "css": b"text/css", "png": b"image/png"}
            buffer = QBuffer(job)
            buffer.setData(QByteArray(body))
            buffer.open(QIODevice.OpenModeFlag.ReadOnly)
            job.reply(QByteArray(kinds[path.rsplit(".", 1)[-1]]), buffer)

    view = QWebEngineView()
    profile = QWebEngineProfile(view)
    handler = Handler(profile)
    profile.installUrlSchemeHandler(QByteArray(b"desk"), handler)
    page = QWebEnginePage(profile, view)
    view.setPage(page)
    view.resize(800, 600)
    view.show()
    page.load(QUrl("desk://map/page.html"))
    there: list[Any] = []

    def looked(count: Any) -> None:
        there[:] = [count]

    def clustered() -> bool:
        page.runJavaScript("document.querySelectorAll('.marker-cluster').length", 0, looked)
        return bool(there and there[0])

    until(clustered, 300)
    took = time.perf_counter() - began
    view.hide()
    page.deleteLater()
    view.deleteLater()
    return took
