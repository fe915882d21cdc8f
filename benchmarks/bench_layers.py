"""Layers of the city: ten thousand features read, checked and kept, and the map with every layer of the portal on.

The file is made up: towers over the whole city with four properties each. The yardstick of reading is the standard
library's `json.loads` of the same bytes. The map runs as for an operator, pictures drawn by software; moving it with
all layers on stands beside moving it with none.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from benchmarks.figure import Figure, Options, middle
from smartcity_desk.directory import builtin_directory
from smartcity_desk.place.layers.known import known
from smartcity_desk.place.layers.making import make
from smartcity_desk.place.layers.shelf import LayerShelf
from smartcity_desk.sync.layers import files

FEATURES: Final = 10_000
REPORTS: Final = 2_000
MOVES: Final = 16
WIDTH: Final = 1366
HEIGHT: Final = 768
_CONTROL: Final = "json.loads"


def run(options: Options) -> list[Figure]:
    """Measure reading a large layer; then the map with none and with all layers."""
    figures = _reading(options)
    with TemporaryDirectory() as folder:
        return figures + _moving(Path(folder), options)


def _reading(options: Options) -> list[Figure]:
    many = options.size(FEATURES, least=100)
    data = _towers(many)
    directory = builtin_directory(0)
    about = known("menara")
    plain, whole, kept = [], [], []
    for _ in range(options.repeats):
        plain.append(_timed(lambda: json.loads(data))[0])
        took, made = _timed(lambda: make(about, files.read(data, "menara.geojson"), directory))
        whole.append(took)
        with TemporaryDirectory() as folder:
            shelf, begun = LayerShelf(Path(folder) / "layers"), time.perf_counter()
            shelf.put("menara", made.new, now=1)
            kept.append(time.perf_counter() - begun)
    note = f"{many:,} points, {len(data) / 1e6:.1f} MB"
    return [
        Figure(
            "layers: read and check a layer",
            middle(whole) * 1000,
            "ms",
            1_000,
            control=middle(plain) * 1000,
            control_name=_CONTROL,
            note=note,
        ),
        Figure("layers: keep it as an edition", middle(kept) * 1000, "ms", note="written down to the disk"),
    ]


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def _towers(many: int) -> bytes:
    draw = np.random.default_rng(20_261)
    x, y = draw.uniform(106.69, 106.97, many), draw.uniform(-6.37, -6.09, many)
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [round(float(x[n]), 6), round(float(y[n]), 6)]},
            "properties": {
                "nama": f"Menara {n}",
                "pemilik": f"Operator {n % 7}",
                "tinggi_m": n % 60,
                "aktif": True,
            },
        }
        for n in range(many)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def _moving(folder: Path, options: Options) -> list[Figure]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_QUICK_BACKEND", "software")
    os.environ.setdefault("QTWEBENGINE_CHROMIUM_FLAGS", "--disable-gpu")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")  # Chromium refuses to be sandboxed as root
    from PySide6.QtCore import QCoreApplication, Qt
    from PySide6.QtWidgets import QApplication

    from smartcity_desk import paths
    from tests.layered import fill
    from tests.ui.kit import NOW, desk_in
    from tests.ui.map.conftest import placed

    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    directory = builtin_directory(NOW)
    shelf = fill(paths.Paths.of(folder, "test").layers, directory, NOW)
    towers = make(known("menara"), files.read(_towers(options.size(FEATURES, least=100)), "x"), directory)
    shelf.put("menara", towers.new, now=NOW)
    total = sum(about.count for name in shelf.names() if (about := shelf.about(name)) is not None)
    with desk_in(folder, scheme="light") as kit:
        kit.ingest([placed(n) for n in range(options.size(REPORTS, least=100))])
        return _moves(kit, total, options.size(MOVES, least=4))


def _moves(kit: Any, total: int, moves: int) -> list[Figure]:
    from tests.ui.kit import until
    from tests.ui.triage.conftest import opened

    screen = opened(kit)
    screen.resize(WIDTH, HEIGHT)
    drawn: list[Any] = []
    screen.show_face("map")
    face = screen.map.face
    face.drawn.connect(drawn.append)
    screen.activate()
    until(lambda: bool(drawn) and bool(face.layering.offers), 60)
    kit.settle()

    def move(by: int) -> float:
        before, begun = len(drawn), time.perf_counter()
        face.pan(by, 0)
        until(lambda: len(drawn) > before, 30)
        return time.perf_counter() - begun

    ways = [1 if n % 4 < 2 else -1 for n in range(moves)]
    without = [move(by) for by in ways]
    keys = [offer.key for offer in face.layering.offers if offer.key.startswith("city.")]
    begun = time.perf_counter()
    for key in keys:
        face.show_layer(key)

    def laid() -> set[str]:
        answer: list[Any] = []
        assert face.stage.view is not None
        face.stage.view.web.page().runJavaScript("desk.laid().join()", 0, answer.append)
        until(lambda: bool(answer), 30)
        return set(str(answer[0]).split(","))

    until(lambda: set(keys) <= laid(), 60)
    shown = time.perf_counter() - begun
    with_all = [move(by) for by in ways]
    kit.settle()
    screen.deactivate()
    screen.close()
    kit.settle()
    note = f"{len(keys)} layers, {total:,} features"
    return [
        Figure("layers: all of the portal on the map", shown * 1000, "ms", 3_000, note=note),
        Figure(
            "layers: pan with all of them on, median",
            middle(with_all) * 1000,
            "ms",
            150,
            control=middle(without) * 1000,
            control_name="with none",
            note=note,
        ),
    ]
