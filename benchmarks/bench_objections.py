"""An accepted objection in the training city: from the unit's answer to the office's new figures."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import citystore
from benchmarks.figure import Figure, Options, middle, percentile
from smartcity_desk.domain.events import (
    Actor,
    EventKind,
    ExclusionCode,
    MarkNotified,
    ObjectionDecided,
    ObjectionFiled,
    ObjectionOutcome,
    Payload,
    Role,
)
from smartcity_desk.domain.fairness import Finding
from smartcity_desk.domain.ids import mark_id
from smartcity_desk.domain.raising import raised
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.evidence.gathering import digest
from smartcity_desk.store import Store

K = EventKind
RATNA: Final = Actor("ratna", Role.SUPERVISOR)
DEWI: Final = Actor("dewi", Role.REVIEWER)
ANSWERS: Final = 20


def run(options: Options) -> list[Figure]:
    """Mark a candidate, and answer objections to one item each."""
    path = citystore.ensure(options.scale)
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "desk.sqlite3"
        shutil.copyfile(path, copy)
        store = citystore.open_at(copy)
        try:
            return _measured(store)
        finally:
            store.close()


def _measured(store: Store) -> list[Figure]:
    now = citystore.NOW
    known = store.offices.marks().keys()
    city = store.offices.city_figures(now=now)
    office = next(
        code
        for code, found in sorted(city.offices.items())
        if found.verdict.finding is Finding.CANDIDATE and mark_id(code, found.latest.window[1]) not in known
    )
    before = store.offices.office_figures(office, now=now)
    mark = raised(before, city.policy.version, digest)
    name = mark_id(office, mark.windows[-1].until)

    def act(kind: EventKind, payload: Payload, actor: Actor, at: int) -> None:
        done = store.act(kind, payload, [name], actor=actor, now=at, randomness=os.urandom)
        assert not done.refused, done.refused

    act(K.MARK_RAISED, mark, RATNA, now)
    act(K.MARK_NOTIFIED, MarkNotified("0" * 64), RATNA, now)
    times, read = [], []
    for number, segment in enumerate(mark.windows[-1].late[:ANSWERS]):
        at = now + (number + 1) * MINUTE
        filed = ObjectionFiled(
            f"o{number}", (segment,), "bukan wilayah kami", ExclusionCode.MISROUTED, letter=f"{number}/2026"
        )
        act(K.OBJECTION_FILED, filed, RATNA, at)
        answer = ObjectionDecided(
            f"o{number}", ObjectionOutcome.ACCEPTED, (segment,), ExclusionCode.MISROUTED, "terbukti dari peta"
        )
        n = store.offices.office_figures(office, now=at).latest.tally.excluded
        began = time.perf_counter()
        act(K.OBJECTION_DECIDED, answer, DEWI, at)
        found = store.offices.office_figures(office, now=at)
        times.append(time.perf_counter() - began)
        began = time.perf_counter()
        store.offices.office_figures(office, now=at)
        read.append(time.perf_counter() - began)
        assert found.latest.tally.excluded == n + 1
    return [
        Figure(
            "an accepted objection re-scores its office, p95",
            percentile(times, 95),
            "s",
            1,
            control=middle(read),
            control_name="reading the figures alone",
            note=f"{len(times)} objections, {before.latest.tally.n} items in the window",
        )
    ]
