"""Nothing that stands in a report can run in the page, and nothing in the page can reach the network."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from tests.ui.kit import until
from tests.ui.map.conftest import OpenMap, placed

HOSTILE = (
    "<script>window.ran = 1</script><img src=x onerror='window.ran = 2'>",
    "</script><script>window.ran = 3</script>",
    "<a href='javascript:window.ran=4'>klik</a> javascript:window.ran=5",
    "\u202egnalib atad\u202c <svg/onload=window.ran=6>",
    "${window.ran=7} {{window.ran=8}} `;window.ran=9;//",
    "\u2028window.ran=10\u2029\x00<iframe srcdoc='<script>parent.ran=11</script>'>",
    "A" * 1_000_000 + "<script>window.ran = 12</script>",
)


def test_the_text_of_a_report_is_only_ever_text(city_map: OpenMap) -> None:
    base = 1_000
    reports = [
        placed(base + n, text=text, lat=-6.15 - n / 100, lon=106.75, place_hint=text[:200])
        for n, text in enumerate(HOSTILE)
    ]
    city_map.kit.ingest(reports)
    city_map.kit.desk.bridge.reports_changed.emit({"pks": None})
    until(lambda: city_map.face.viewer.book.newest == 60 + len(HOSTILE))
    city_map.after(lambda: city_map.kit.desk.commands.run("triage.take_new"))
    shown = []
    for report in reports:
        city_map.after(lambda report=report: city_map.face.go_to(report.lat, report.lon, 17))
        hover = f"deskMap.fire('mousemove', {{latlng: L.latLng({report.lat}, {report.lon})}}); 1"
        city_map.js(hover)
        until(lambda: bool(city_map.js(TIP)))
        shown.append(city_map.js(TIP))
        assert city_map.js("document.querySelectorAll('.leaflet-tooltip *').length") == 1
        city_map.js("deskMap.fire('mouseout'); 1")
    assert "<script>" in shown[0]
    assert all(len(text) < 2_000 for text in shown)
    assert city_map.js("window.ran || 0") == 0
    assert city_map.face.stage.view is not None
    assert city_map.face.stage.view.guard.refused == 0


TIP = "(document.querySelector('.leaflet-tooltip') || {}).textContent || ''"


class Listener:
    """Counts who comes to a port of this machine."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0.05)
        self.port = self.socket.getsockname()[1]
        self.visits = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self.socket.accept()
            except TimeoutError:
                continue
            self.visits += 1
            connection.close()

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self.socket.close()


ATTEMPTS = Path(__file__).with_name("attempts.js")


def test_whatever_the_page_tries_nothing_leaves_it(city_map: OpenMap) -> None:
    listener = Listener()
    try:
        refused = city_map.js(f"var PORT = {listener.port};\n{ATTEMPTS.read_text(encoding='utf-8')}")
        assert refused >= 2  # eval and its like throw at once
        rounds = [city_map.after(lambda: city_map.face.zoom(1)) for _ in range(2)]
        assert rounds
        assert listener.visits == 0
        assert city_map.js("window.ran || 0") == 0
        assert city_map.js("location.href").endswith("/page.html")
    finally:
        listener.close()


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="counts sockets where the kernel lists them")
def test_opening_and_moving_the_map_opens_no_socket(city_map: OpenMap) -> None:
    before = inet_sockets(os.getpid())
    for _ in range(3):
        city_map.after(lambda: city_map.face.zoom(1))
        city_map.after(lambda: city_map.face.pan(1, 1))
        assert inet_sockets(os.getpid()) - before == set()
    for helper in helpers(os.getpid()):
        assert inet_sockets(helper) == set()
    assert helpers(os.getpid()), "there is a web process to look at"


def inet_sockets(process: int) -> set[str]:
    """The internet sockets that a process holds, by inode."""
    known: set[str] = set()
    for name in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
        table = Path(f"/proc/net/{name}")
        if table.exists():
            known |= {line.split()[9] for line in table.read_text().splitlines()[1:]}
    held = set()
    try:
        for handle in Path(f"/proc/{process}/fd").iterdir():
            try:
                target = str(handle.readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                held.add(target[8:-1])
    except OSError:
        return set()
    return held & known


def helpers(process: int) -> set[int]:
    """The web processes below a process."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "stat").read_text()
            except OSError:
                continue
            name, rest = words[words.index("(") + 1 :].rsplit(")", 1)
            parents[int(folder.name)], names[int(folder.name)] = int(rest.split()[1]), name
    found = {process}
    for _ in range(6):
        found |= {child for child, parent in parents.items() if parent in found}
    return {child for child in found - {process} if "WebEngine" in names.get(child, "")}
