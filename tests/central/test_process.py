"""The server as a process: killed in the middle of batches, stopped in order, and its stream over a real socket."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from smartcity_desk import codec
from smartcity_desk.central import admin, reports
from smartcity_desk.central.db import Database
from smartcity_desk.domain.ids import time_ordered_id
from tests.central.conftest import NewDatabase
from tests.central.process import ROOT, Process, token
from tests.central.world import NOW, PASSWORD, report, settings_for

BATCHES, SIZE = 40, 50


def batches() -> list[list[dict[str, Any]]]:
    """Return notes on ten reports, by number."""
    targets = [report(number).id for number in range(10)]
    return [
        [
            {
                "id": time_ordered_id(NOW, (batch * SIZE + number).to_bytes(10, "big")),
                "report": targets[number % 10],
                "kind": "note.added",
                "at": NOW,
                "payload": {"text": f"catatan {batch}/{number}"},
            }
            for number in range(SIZE)
        ]
        for batch in range(BATCHES)
    ]


def test_a_server_killed_in_the_middle_loses_and_doubles_nothing(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    """Killed at moments around a batch until three answers were cut off; whatever was not answered is sent again."""
    url = new_database(True)
    chance = random.Random(20260922)
    confirmed: set[str] = set()
    cut = 0
    with Process(tmp_path, url, durable=True) as server:
        client = httpx.Client(base_url=server.url, timeout=30)
        headers = {"Authorization": token(client, "oki")}
        body = {"reports": [codec.report_to_wire(report(number)) for number in range(10)]}
        assert client.post("/v1/reports", json=body, headers=headers).json()["accepted"] == 10
        waiting = batches()
        while waiting:
            killer = None
            if cut < 3:
                killer = threading.Timer(chance.uniform(0.0, 0.010), server.kill)
                killer.start()
            try:
                answer = client.post("/v1/actions", json={"actions": waiting[0]}, headers=headers)
            except httpx.TransportError:
                answer = None
            if killer is not None:
                killer.join()
                client.close()
                server.start()
                client = httpx.Client(base_url=server.url, timeout=30)
            if answer is None:
                cut += 1
                continue
            results = answer.json()["results"]
            assert {one["outcome"] for one in results} <= {"accepted", "duplicate"}
            confirmed |= {one["id"] for one in results}
            waiting.pop(0)
        events: list[dict[str, Any]] = []
        more = True
        while more:
            after = events[-1]["seq"] if events else 0
            page = client.get("/v1/events", params={"after": after, "limit": 2000}, headers=headers).json()
            events += page["events"]
            more = page["more"]
        client.close()
    assert cut == 3
    asked = [one["id"] for batch in batches() for one in batch]
    assert confirmed == set(asked)
    assert [event["action"] for event in events] == asked
    assert [event["seq"] for event in events] == list(range(1, len(asked) + 1))
    verdict = admin.verify_log(settings_for(tmp_path, url))
    assert (verdict.checked, verdict.broken_at) == (len(asked), None)


@pytest.fixture
def server(new_database: NewDatabase, tmp_path: Path) -> Iterator[tuple[Process, str]]:
    url = new_database(True)
    with Process(tmp_path, url) as process:
        yield process, url


class Stream:
    """A reader of the stream; `next(kind)` waits for a frame."""

    def __init__(self, url: str, authorization: str, **headers: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=httpx.Timeout(10, read=20))
        self._context = self._client.stream(
            "GET", "/v1/stream", headers={"Authorization": authorization, **headers}
        )
        self._response = self._context.__enter__()
        assert self._response.headers["content-type"].startswith("text/event-stream")
        self.lines = self._response.iter_lines()

    def frames(self) -> Iterator[dict[str, Any]]:
        found: dict[str, Any] = {}
        for line in self.lines:
            name, _, value = line.partition(": ")
            if not line and found:
                yield {**found, "data": json.loads(found["data"])}
                found = {}
            elif line and not line.startswith(":"):
                found[name] = value

    def next(self, kind: str) -> dict[str, Any]:
        for frame in self.frames():
            if frame["event"] == kind:
                return frame
        raise AssertionError("the stream ended")

    def close(self) -> None:
        self._context.__exit__(None, None, None)
        self._client.close()


def test_the_stream_tells_of_events_reports_claims_and_people(server: tuple[Process, str]) -> None:
    process, _ = server
    with httpx.Client(base_url=process.url) as client:
        oki, susi = token(client, "oki"), token(client, "susi")
        stream = Stream(process.url, oki)
        assert stream.next("presence")["data"] == {"users": [{"user": "oki", "name": "Oki"}]}
        other = Stream(process.url, susi)
        assert [one["user"] for one in stream.next("presence")["data"]["users"]] == ["oki", "susi"]
        body = {"reports": [codec.report_to_wire(report(1))]}
        client.post("/v1/reports", json=body, headers={"Authorization": oki})
        assert stream.next("reports")["data"] == {"cursor": "1"}
        claim = client.post(
            "/v1/claims", json={"report": report(1).id}, headers={"Authorization": susi}
        ).json()
        assert stream.next("claim")["data"] == claim
        frame = stream.next("seq")
        assert (frame["id"], frame["data"]) == ("1", {"seq": 1})
        client.delete(f"/v1/claims/{report(1).id}", headers={"Authorization": susi})
        assert stream.next("claim")["data"] == {"report": report(1).id, "user": None, "until": None}
        other.close()
        assert [one["user"] for one in stream.next("presence")["data"]["users"]] == ["oki"]
        stream.close()
        # Coming back with the last number that was heard: what was missed is told at once.
        again = Stream(process.url, oki, **{"Last-Event-ID": "1"})
        assert again.next("seq")["data"] == {"seq": 2}
        again.close()


def test_what_another_process_commits_is_told_too(server: tuple[Process, str]) -> None:
    process, url = server
    with httpx.Client(base_url=process.url) as client:
        stream = Stream(process.url, token(client, "oki"))
        stream.next("presence")
        db = Database(url, durable=False)
        wire = [codec.report_to_wire(report(1))]
        db.write_now(lambda connection: reports.push(connection, wire, user="oki", now=NOW))
        db.close()
        assert stream.next("reports")["data"] == {"cursor": "1"}
        stream.close()


def test_an_official_hears_numbers_only(server: tuple[Process, str]) -> None:
    process, _ = server
    with httpx.Client(base_url=process.url) as client:
        oki = token(client, "oki")
        stream = Stream(process.url, token(client, "lurah.tebet"))
        body = {"reports": [codec.report_to_wire(report(1))]}
        client.post("/v1/reports", json=body, headers={"Authorization": oki})
        client.post("/v1/claims", json={"report": report(1).id}, headers={"Authorization": oki})
        assert next(stream.frames()) == {"id": "1", "event": "seq", "data": {"seq": 1}}
        stream.close()


def test_a_stream_ends_with_its_session(server: tuple[Process, str]) -> None:
    process, _ = server
    with httpx.Client(base_url=process.url) as client:
        oki, boss = token(client, "oki"), token(client, "admin")
        stream = Stream(process.url, oki)
        stream.next("presence")
        ended = client.delete("/v1/users/oki/sessions", headers={"Authorization": boss}).json()
        assert ended == {"ended": 1}
        assert list(stream.frames()) == []
        stream.close()


def test_the_line_is_kept_open(server: tuple[Process, str]) -> None:
    process, _ = server
    with httpx.Client(base_url=process.url) as client:
        stream = Stream(process.url, token(client, "oki"))
        stream.next("presence")
        for line in stream.lines:
            if line == ": still here":
                break
        stream.close()


def test_a_stop_is_quick_and_orderly_although_somebody_listens(server: tuple[Process, str]) -> None:
    process, _ = server
    with httpx.Client(base_url=process.url) as client:
        stream = Stream(process.url, token(client, "oki"))
        stream.next("presence")
        assert process.stop() in {0, -signal.SIGTERM}
        assert list(stream.frames()) == []
        stream.close()


def test_a_port_that_is_taken_is_said_so(server: tuple[Process, str], tmp_path: Path) -> None:
    process, url = server
    port = process.url.rpartition(":")[2]
    script = (
        "from pathlib import Path\n"
        "from smartcity_desk.central.serve import serve\n"
        "from smartcity_desk.central.settings import CentralSettings\n"
        f"serve('127.0.0.1', {port}, CentralSettings.at(Path({str(tmp_path)!r}), {url!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "cannot_listen" in done.stderr
    assert PASSWORD not in done.stderr
