"""A desk that is killed 200 times, behind a line that drops, repeats and delays: nothing lost, nothing doubled.

Half of the ends come after a random time, half at a named point: around each transaction and each request. Whatever
the operator was told is his ("kept", "withdrawn") is compared with what the central server has in the end.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from smartcity_desk.directory import category_table, load_policy
from smartcity_desk.domain.ids import report_id, time_ordered_id
from smartcity_desk.domain.query import Filter
from smartcity_desk.domain.times import HOUR
from smartcity_desk.store import OpState, Store
from tests.cli.kit import flood, petabencana
from tests.conftest import ROOT
from tests.e2e.kit import Central, central
from tests.fakes.lying_proxy import lying_proxy

KILLS = int(os.environ.get("SMARTCITY_KILLS", "200"))
SEED = 20261122
LIES = {
    "honest": 6.0,
    "drop_before": 1,
    "drop_after": 2,
    "repeat": 2,
    "delay": 1.5,
    "cut_answer": 1,
    "refuse": 0.5,
}
POINTS = {"before transaction", "before commit", "after commit", "before request", "after answer"}
NOW = time.time_ns() // 1_000_000


class Nursery:
    """The process that forks lives and ends them; what they said is kept."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        self.kept: dict[str, str | None] = {}
        self.withdrawing: set[str] = set()
        self.withdrawn: set[str] = set()
        self.points: Counter[str] = Counter()

    def live(self, **order: Any) -> int:
        """Run one life to its end; its exit code (negative: the signal)."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.process.stdin.flush()
        while True:
            fact = json.loads(self.process.stdout.readline())
            assert "crash" not in fact, fact
            assert "problem" not in fact, fact
            if "kept" in fact:
                self.kept[fact["kept"]] = fact["note"]
            elif "withdrawing" in fact:
                self.withdrawing.add(fact["withdrawing"])
            elif "withdrawn" in fact:
                self.withdrawn.add(fact["withdrawn"])
            elif "point" in fact:
                self.points[fact["point"]] += 1
            else:
                return int(fact["ended"])

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def _contradict(server: Central, token: str, dice: random.Random) -> None:
    """Another operator's machine, on a good line, decides about the same reports."""
    at = time.time_ns() // 1_000_000
    number = dice.randint(1, 12)
    report = report_id("petabencana", str(number))
    detail = [e for e in server.events(token) if e["subject"] == report and e["kind"] == "category.set"]
    base = detail[-1]["payload"]["category"] if detail else "banjir"
    payload = {"category": dice.choice(list(category_table())[:4]), "base": base}
    action = {"id": time_ordered_id(at, dice.randbytes(10)), "report": report, "kind": "category.set", "at": at,
              "payload": payload}  # fmt: skip
    server.call("/v1/actions", {"actions": [action]}, token)


def test_two_hundred_deaths_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    dice = random.Random(SEED)
    folder = tmp_path / "desk"
    folder.mkdir()
    with (
        central(tmp_path / "central") as server,
        petabencana(*(flood(n, NOW - n * HOUR) for n in range(1, 13))) as source,
        lying_proxy(server.url, SEED, LIES) as proxy,
    ):
        token, other = server.token("sari"), server.token("budi")
        nursery = Nursery()
        killed = life = 0
        try:
            while killed < KILLS:
                life += 1
                if life % 8 == 0:
                    source.items.append(flood(100 + life, NOW - life * 60_000))
                    _contradict(server, other, dice)
                order: dict[str, Any] = {
                    "seed": life, "folder": str(folder), "central": proxy.url, "source": source.url, "token": token,
                    # each life is later than the last, so that what waits for another try is tried
                    "offset_ms": life * 30_000,
                }  # fmt: skip
                if life % 2:
                    order["after_ms"] = dice.uniform(20, 300)
                else:
                    order["point"] = dice.randint(1, 80)
                killed += nursery.live(**order) == -9
            last = {**order, "seed": 0, "point": None, "after_ms": None, "drain": True, "central": server.url}
            assert nursery.live(**{**last, "offset_ms": (life + 1) * 30_000}) == 0
        finally:
            nursery.close()
        log = server.events(token)
        assert set(nursery.points) == POINTS, "every kind of end has been met"
        assert set(proxy.told) == set(LIES), "every lie has been told"

    store = Store.open(folder / "desk.sqlite3", now=NOW, policy=load_policy())
    try:
        ops = {op.id: op for op in store.ops(None, limit=100_000)}
        check = [row for row in store.self_check() if not row.ok]
        reports = list(store.iterate(Filter(), now=NOW))
        cursor = store.central.cursor().event_seq
        timeline = {event.id for line in reports for event in (store.report(line.pk) or _none()).timeline}
    finally:
        store.close()

    lost = set(nursery.kept) - set(ops)
    assert not lost, f"{len(lost)} confirmed actions are gone"
    assert not {op.id for op in ops.values() if op.state in {OpState.QUEUED, OpState.SENDING}}
    by_action: dict[str, list[dict[str, Any]]] = {}
    for event in log:
        by_action.setdefault(event["action"], []).append(event)
    for op in ops.values():
        events = by_action.get(op.id, [])
        assert bool(events) == (op.state is OpState.CONFIRMED), (op.state, op.id, len(events))
        assert len(events) <= 1, "an effect was doubled"
    mine = {event["action"] for event in log if event["user"] == "sari"}
    assert mine <= set(ops), "the server has an action that this desk never made"
    assert not mine & nursery.withdrawn, "what was taken back was sent all the same"
    notes = Counter(event["payload"]["text"] for event in log if event["kind"] == "note.added")
    assert set(notes.values()) == {1}
    for op_id, note in nursery.kept.items():
        if ops[op_id].state is OpState.WITHDRAWN:
            assert op_id in nursery.withdrawing, "nobody took it back"
        elif note is not None:
            assert notes[note] == 1, "a note that the operator was told is kept"
    assert timeline == {event["id"] for event in log}
    assert cursor == log[-1]["seq"]
    assert not check
    assert len(reports) == len(source.items)
    assert len(nursery.kept) > KILLS, "the lives did something"
    assert {op.state for op in ops.values()} >= {OpState.CONFIRMED, OpState.CONFLICT, OpState.WITHDRAWN}


def _none() -> Any:
    raise AssertionError("a listed report cannot be opened")
