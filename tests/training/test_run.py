"""The city as a process: lines on standard output, a port file, a cable that can be cut, and an orderly end."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.domain.times import DAY
from smartcity_desk.locks import InstanceLock
from smartcity_desk.training.channels import CHANNELS
from smartcity_desk.training.city import City
from smartcity_desk.training.run import Options, RunningCity, city_folder, read_running, run
from tests.training.conftest import NOW, SEED, Clock
from tests.training.conftest import run as await_

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
from pathlib import Path
from smartcity_desk.training.run import Options, run
sys.exit(run(Options(Path(sys.argv[1]), seed=7, scale=0.01, days=20, speed=float(sys.argv[2]))))
"""


@contextmanager
def process(folder: Path, speed: float = 1.0) -> Iterator[tuple[subprocess.Popen[str], list[dict[str, Any]]]]:
    """A running city and the lines that it wrote until it was ready."""
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), str(speed)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    lines: list[dict[str, Any]] = []
    try:
        for line in child.stdout:
            lines.append(json.loads(line))
            if lines[-1].get("ready"):
                break
        yield child, lines
    finally:
        child.kill()
        child.wait(30)
        child.stdin.close()
        child.stdout.close()


def test_a_city_says_where_it_is_and_ends_with_its_input(tmp_path: Path) -> None:
    folder = city_folder(tmp_path)
    with process(folder) as (child, lines):
        ready = lines[-1]
        assert {
            "ready",
            "central",
            "control",
            "channels",
            "users",
            "secrets",
            "options",
            "layers",
            "pictures",
            "city",
        } <= set(ready)
        assert set(ready["channels"]) == {*CHANNELS}
        stages = [line["stage"] for line in lines[:-1]]
        assert list(dict.fromkeys(stages)) == ["directory", "history", "events", "servers", "ready"]
        shares = [line["progress"] for line in lines[:-1]]
        assert shares == sorted(shares)
        assert shares[-1] == 1.0
        port_file = folder / "running.json"
        assert read_running(port_file) == ready
        if os.name == "posix":
            assert stat.S_IMODE(port_file.stat().st_mode) == 0o600
        roles = {user["user"]: user["role"] for user in ready["users"]}
        staff = {"sari", "budi", "ratna", "rani", "dewi", "dian", "tamu", "admin"}
        assert staff < set(roles)
        assert len({user["password"] for user in ready["users"]}) == len(roles)
        for user in ready["users"]:
            body = {"grant": "password", "user": user["user"], "password": user["password"], "device": "uji"}
            granted = httpx.post(ready["central"] + "/v1/token", json=body).json()
            assert granted["role"] == user["role"]
        with pytest.raises(StoreProblem) as caught:
            run(Options(folder))
        assert caught.value.kind == "second_instance"
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(30) == 0
        assert read_running(port_file) is None
    with process(folder) as (child, lines):
        assert lines[-1]["city"] == ready["city"]
        assert [line["stage"] for line in lines[:-1]] == ["servers", "ready"]
        child.send_signal(signal.SIGTERM)
        assert child.wait(30) == 0


def test_control_ends_a_city(tmp_path: Path) -> None:
    with process(city_folder(tmp_path), speed=5) as (child, lines):
        control = lines[-1]["control"]
        assert httpx.get(control + "/status").json()["speed"] == 5
        assert httpx.post(control + "/stop", json={}).json() == {"stopping": True}
        assert child.wait(30) == 0


def test_a_city_of_yesterday_or_of_another_seed_is_made_anew(folder: Path) -> None:
    def opened(now: int, seed: int = SEED, scale: float = 0.03) -> City:
        return City.open(folder, seed=seed, scale=scale, clock=Clock(now))

    first = opened(NOW)
    assert opened(NOW + DAY - 1).facts == first.facts
    other = City.open(folder, seed=SEED + 1, scale=0.005, days=5, clock=Clock(NOW))
    assert other.facts.city != first.facts.city
    assert other.facts.passwords != first.facts.passwords
    assert not (folder / "arrivals.jsonl").exists()
    again = City.open(folder, seed=SEED + 1, scale=0.005, days=5, clock=Clock(NOW + DAY))
    assert again.facts.made_at == NOW + DAY
    assert again.facts.city != other.facts.city
    back = City.open(folder, seed=SEED + 1, scale=0.005, days=5, clock=Clock(NOW))
    assert back.facts.made_at == NOW  # a clock that was set back: the past must not lie ahead


def test_a_damaged_city_is_made_anew_and_a_cut_line_is_left_out(folder: Path, clock: Clock) -> None:
    city = City.open(folder, seed=SEED, scale=0.03, clock=clock)
    city.arrive(3)
    with (folder / "arrivals.jsonl").open("ab") as stream:
        stream.write(b'[1,"x","12')
    assert City.open(folder, seed=SEED, scale=0.03, clock=clock).arrived == 3
    (folder / "city.json").write_text("{", encoding="utf-8")
    fresh = City.open(folder, seed=SEED, scale=0.005, days=5, clock=clock)
    assert fresh.facts.city != city.facts.city


def test_a_cut_cable_drops_everything_but_the_control(folder: Path) -> None:
    async def go() -> None:
        running = await RunningCity.started(City.open(folder, seed=SEED, scale=0.03, clock=Clock()))
        ready = running.ready
        addresses = {
            "central": ready["central"] + "/v1/health",
            "petabencana": ready["channels"]["petabencana"] + "/reports?geoformat=geojson&timeperiod=604800",
            "waze": ready["channels"]["waze"],
            "x": ready["channels"]["x"] + "/2/users/by/username/jakartagoid",
        }
        headers = {"Authorization": f"Bearer {ready['secrets']['x']['token']}"}
        async with httpx.AsyncClient(headers=headers) as kept:
            for url in addresses.values():
                assert (await kept.get(url)).status_code == 200
            status = (await kept.get(ready["control"] + "/status")).json()
            assert status["up"] is True
            assert status["requests"] == dict.fromkeys(addresses, 1)
            assert (await kept.post(ready["control"] + "/network", json={"up": False})).json() == {
                "up": False
            }
            for url in addresses.values():
                # both the connection that was open and a new one
                with pytest.raises(httpx.TransportError):
                    await kept.get(url)
                async with httpx.AsyncClient(headers=headers) as fresh:
                    with pytest.raises(httpx.TransportError):
                        await fresh.get(url)
            assert (await kept.get(ready["control"] + "/status")).json()["up"] is False
            await kept.post(ready["control"] + "/network", json={"up": True})
            for url in addresses.values():
                assert (await kept.get(url)).status_code == 200
        await running.close()

    await_(go())


def test_a_running_stream_breaks_off_when_the_cable_is_cut(folder: Path) -> None:
    async def go() -> None:
        running = await RunningCity.started(City.open(folder, seed=SEED, scale=0.03, clock=Clock()))
        user = running.ready["users"][0]
        async with httpx.AsyncClient(base_url=running.ready["central"]) as client:
            body = {"grant": "password", "user": user["user"], "password": user["password"], "device": "uji"}
            token = (await client.post("/v1/token", json=body)).json()["access_token"]
            with pytest.raises(httpx.TransportError):  # noqa: PT012 - the stream breaks while it is read
                async with client.stream(
                    "GET", "/v1/stream", headers={"Authorization": f"Bearer {token}"}
                ) as stream:
                    assert stream.status_code == 200
                    running.city.network.cut()
                    async for _ in stream.aiter_lines():
                        pass
        await running.close()

    await_(go())


def test_a_cut_answer_breaks_the_connection(folder: Path) -> None:
    async def go() -> None:
        running = await RunningCity.started(City.open(folder, seed=SEED, scale=0.03, clock=Clock()))
        async with httpx.AsyncClient() as client:
            order = {"channel": "waze", "fault": "cut", "count": 1}
            answer = await client.post(running.ready["control"] + "/faults", json=order)
            assert answer.json() == {"faults": {"waze": {"cut": 1}}}
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(running.ready["channels"]["waze"])
            assert (await client.get(running.ready["channels"]["waze"])).status_code == 200
        await running.close()

    await_(go())


def test_control_hears_loopback_and_json_only(folder: Path) -> None:
    async def go() -> None:
        running = await RunningCity.started(City.open(folder, seed=SEED, scale=0.03, clock=Clock()))
        async with httpx.AsyncClient(base_url=running.ready["control"]) as client:
            foreign = await client.post("/network", json={"up": False}, headers={"Host": "jahat.example"})
            assert (foreign.status_code, foreign.json()["code"]) == (403, "foreign_host")
            form = await client.post("/network", data={"up": "false"})
            assert (form.status_code, form.json()["code"]) == (415, "json_needed")
            for path, body, code in (
                ("/network", {"up": "no"}, "bad_value"),
                ("/speed", {"speed": -1}, "out_of_range"),
                ("/speed", {"speed": True}, "out_of_range"),
                ("/faults", {"channel": "x", "fault": "rain"}, "unknown_fault"),
                ("/faults", {"channel": "x", "fault": "html", "count": "2"}, "bad_value"),
                ("/arrivals", {"count": 0}, "out_of_range"),
            ):
                answer = await client.post(path, json=body)
                assert (answer.status_code, answer.json()["code"]) == (400, code)
            broken = await client.post("/speed", content=b"{", headers={"Content-Type": "application/json"})
            assert broken.json()["code"] == "bad_json"
            listed = await client.post("/speed", json=[1])
            assert listed.json()["code"] == "bad_json"
            assert running.city.network.up
            assert (await client.post("/speed", json={"speed": 30})).json() == {"speed": 30.0}
            before = running.city.arrived
            assert (await client.post("/arrivals", json={"count": 50})).json()["arrived"] == 50
            assert running.city.arrived >= before + 50
            await client.post("/faults", json={"channel": "x", "fault": "html", "count": 9})
            assert (await client.delete("/faults")).json() == {"faults": {}}
        await running.close()

    await_(go())


def test_the_lock_is_free_after_the_end(tmp_path: Path) -> None:
    folder = city_folder(tmp_path)
    with process(folder) as (child, _):
        child.kill()
        child.wait(30)
    with InstanceLock(folder.with_name("city.lock")):
        assert (
            read_running(folder / "running.json") is not None
        )  # a killed city leaves its note; the lock tells
