"""A FeatureServer that somebody else wrote: Koop over a file of ours, read by name, by pages, and by its errors."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartcity_desk.domain.errors import Rejected
from smartcity_desk.locks import waiting_lock
from smartcity_desk.place.layers.known import known
from smartcity_desk.place.layers.making import make
from smartcity_desk.sync.layers import arcgis
from smartcity_desk.sync.layers.wire import Wire
from smartcity_desk.sync.transport import Transport
from tests.absent import not_run
from tests.cli.kit import Shell
from tests.place import city as small
from tests.sync.test_layers import DIRECTORY, NOW

FOLDER = Path(__file__).resolve().parents[1] / "fakes" / "koop"
COUNT = 1_205
pytestmark = pytest.mark.timeout(600)  # the very first run fetches Koop's packages


@pytest.fixture(scope="module")
def koop_program() -> Path:
    """Koop, installed once a machine into the user's cache exactly as the lock file pins it."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        not_run("koop", "node and npm are not installed")
    lock = (FOLDER / "package-lock.json").read_bytes()
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "smartcity-desk-tests"
    target = root / f"koop-{hashlib.sha256(lock).hexdigest()[:12]}"
    root.mkdir(parents=True, exist_ok=True)
    with waiting_lock(root / "koop.lock"):
        if not (target / "ready").exists():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(FOLDER, target)
            made = subprocess.run(
                [npm, "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"],
                cwd=target,
                capture_output=True,
                text=True,
                timeout=540,
            )
            if made.returncode != 0:
                not_run("koop", f"its packages cannot be installed: {made.stderr.strip()[-200:]}")
            (target / "ready").touch()
    shutil.copyfile(FOLDER / "server.js", target / "server.js")
    return target


@pytest.fixture(scope="module")
def koop(koop_program: Path) -> Iterator[str]:
    """The address of a running Koop with a file of towers and one of routes."""
    with tempfile.TemporaryDirectory() as place:
        data = Path(place) / "data"
        data.mkdir()
        towers = [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [106.7 + n / 1e4, -6.15 - n / 1e4]},
                "properties": {"nama": f"Menara {n}", "tinggi_m": 20 + n % 50},
            }
            for n in range(COUNT)
        ]
        route = {
            "type": "LineString",
            "coordinates": [[106.808, -6.236], [106.812, -6.239], [106.818, -6.241]],
        }
        routes = [{"type": "Feature", "geometry": route, "properties": {"nama": "Ruas contoh A"}}]
        areas = small.features(small.units())["features"]
        for name, features in (("menara", towers), ("serat", routes), ("kelurahan", areas)):
            (data / f"{name}.geojson").write_text(
                json.dumps({"type": "FeatureCollection", "features": features})
            )
        environment = {"PATH": os.environ.get("PATH", ""), "SUPPRESS_NO_CONFIG_WARNING": "1"}
        node = shutil.which("node")
        assert node is not None
        with subprocess.Popen(
            [node, str(koop_program / "server.js")],
            cwd=place,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout is not None
            try:
                said = next((line for line in process.stdout if line.startswith("port ")), "")
                assert said, "Koop ended before it listened"
                yield f"http://127.0.0.1:{int(said.split()[1])}/file-geojson/rest/services"
            finally:
                process.terminate()


def fetched(url: str, part: str = "") -> arcgis.Brought:
    async def run() -> arcgis.Brought:
        async def at_once(_: float) -> None:
            await asyncio.sleep(0)

        transport = Transport(clock=lambda: NOW, sleep=at_once)
        try:
            found = await arcgis.fetch(Wire(transport, lambda: NOW), url, part, "")
        finally:
            await transport.close()
        assert found is not None
        return found[0]

    return asyncio.run(run())


def test_a_layer_of_koop_comes_whole_by_pages(koop: str) -> None:
    brought = fetched(f"{koop}/menara/FeatureServer/0")
    made = make(known("menara"), brought, DIRECTORY)
    assert (made.new.count, made.notes) == (COUNT, {})
    assert brought.features is not None
    names = {one["nama"] for one in brought.features.properties}
    assert len(names) == COUNT


def test_its_lines_are_found_by_the_name_of_the_layer(koop: str) -> None:
    brought = fetched(f"{koop}/serat/FeatureServer", "serat.geojson")
    assert make(known("serat_optik"), brought, DIRECTORY).new.points == 3


def test_boundaries_are_built_from_it_and_taken_in(
    koop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offices = small.directory(small.units())
    monkeypatch.setattr("smartcity_desk.directory.builtin_directory", lambda _now: offices)
    desk, out = Shell(tmp_path), str(tmp_path / "batas.zip")
    address = f"{koop}/kelurahan/FeatureServer/0"
    (built,) = desk("place", "build", address, "--licence", "CC0", "--out", out, "--json").rows
    assert (built["ok"], built["facts"]["kelurahan"]) == (True, 13)
    (brought,) = desk("place", "import", out, "--json").rows
    assert (brought["installed"], brought["edition"]) == (True, built["edition"])


def test_its_errors_inside_a_success_are_errors(koop: str) -> None:
    with pytest.raises(Rejected):
        fetched(f"{koop}/tidakada/FeatureServer/0")
