"""The forecast is what the runs do, minute by minute; and weeks in which nothing goes as planned, held to an oracle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import ladder_weeks
from smartcity_desk.domain.custody import PauseSpan, Segment
from smartcity_desk.domain.events import PauseCode
from smartcity_desk.domain.items import Item, items
from smartcity_desk.domain.ladder import Digest, due_now, forecast, minute_of, proposals
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.office import Tenure
from smartcity_desk.domain.outward import InboxState
from smartcity_desk.domain.policy import Ladder, PolicyBook
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from tests.domain.builders import MENTENG, SUDIN, TEBET
from tests.domain.mark_world import CALENDARS, wib
from tests.domain.test_ladder import CITY, RULE, held, keep

NOW = wib("11-25 19:17")
OFFICES = (TEBET, MENTENG, SUDIN, "31.74.01", "31.74")


@st.composite
def open_segments(draw: st.DrawFn) -> Segment:
    """Something that is open at NOW: long overdue, due in the next hours, seen or not, paused or not."""
    due = NOW + draw(st.integers(-16 * 24, 24)) * HOUR + draw(st.integers(0, 3)) * 17 * MINUTE
    facts: dict[str, Any] = {"category": draw(st.sampled_from(["tree", "tree", "wire"]))}
    if draw(st.booleans()):
        facts["acknowledged_at"] = min(NOW, due + draw(st.integers(-24, 96)) * HOUR)
    if draw(st.integers(0, 3)) == 0:
        since = due + draw(st.integers(-12, 30)) * HOUR
        until = since + draw(st.integers(1, 60)) * HOUR
        facts["pauses"] = (PauseSpan(PauseCode.WAITING_REPORTER, since, until, "menunggu", "p"),)
    return held("x", draw(st.sampled_from(OFFICES)), due, **facts)


@st.composite
def laws(draw: st.DrawFn) -> Law:
    """The rule, perhaps another one from some hour on, and perhaps office-holders who change within the day."""
    book = [RULE]
    if draw(st.booleans()):
        start = NOW + draw(st.integers(1, 20)) * HOUR
        other = Ladder(
            digest_ms=draw(st.integers(0, 6)) * HOUR, quiet_from=22, quiet_to=draw(st.integers(0, 9))
        )
        book.append(replace(RULE, version="baru", effective_from=start, ladder=other))
    tenures: list[Tenure] = []
    for office in (TEBET, SUDIN):
        if draw(st.booleans()):
            turn = NOW + draw(st.integers(0, 25)) * HOUR + draw(st.integers(0, 1))
            back = turn + draw(st.integers(1, 12)) * HOUR
            tenures += [
                Tenure(office, "lama", 0, turn),
                Tenure(office, "pengganti", turn, back, acting=True),
                Tenure(office, draw(st.sampled_from(["lama", "baru"])), back),
            ]
    return Law(PolicyBook(book), CALENDARS, replace(CITY, tenures=tuple(tenures)))


def lived(
    those: Sequence[Segment], law: Law, boxes: dict[str, InboxState], objections: dict[str, int]
) -> list[tuple[int, str, bool, bool, tuple[str, ...]]]:
    """What one run a minute does in the day after NOW: what is sent, and what comes up for a person."""
    found = []
    start = NOW // MINUTE * MINUTE
    asked: set[str] | None = None
    for at in range(start, start + DAY + 1, MINUTE):
        now = at + 23_456  # whoever wakes once a minute does so at any second of it
        known: list[Item] = items(those, law, minute_of(now))
        digests = due_now(known, law, boxes, now)
        boxes = keep(boxes, digests, law)
        open_now = {office: until for office, until in objections.items() if now < until}
        up = proposals(known, law, boxes, now, open_now)
        fresh = [
            (one.office, one.urgent, tuple(step.key for step in one.climbs if step.key not in (asked or ())))
            for one in up
        ]
        found += [(one.at, one.office, one.urgent, False, one.keys) for one in digests]
        if asked is not None:
            found += [(at, office, urgent, True, keys) for office, urgent, keys in fresh if keys]
        asked = (asked or set()) | {key for one in up for key in one.keys}
    return found


def told(digests: Sequence[Digest]) -> list[tuple[int, str, bool, bool, tuple[str, ...]]]:
    return [(one.at, one.office, one.urgent, one.needs_person, one.keys) for one in digests]


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(
    those=st.lists(open_segments(), min_size=1, max_size=6),
    law=laws(),
    before=st.none() | st.integers(0, 30),
    over=st.none() | st.integers(1, 30),
)
def test_the_forecast_is_what_the_runs_of_the_next_day_do(
    those: list[Segment], law: Law, before: int | None, over: int | None
) -> None:
    those = [segment._replace(id=f"s{n}") for n, segment in enumerate(those)]
    boxes: dict[str, InboxState] = {}
    if before is not None:  # a run some hours ago told part of it
        then = NOW - before * HOUR
        boxes = keep(boxes, due_now(items(those, law, then), law, boxes, then), law)
    objections = {} if over is None else {TEBET: NOW + over * HOUR}
    listed = forecast(items(those, law, minute_of(NOW)), law, boxes, NOW, objections)
    assert sorted(told(listed)) == sorted(lived(those, law, boxes, objections))


def with_holders(*tenures: Tenure, book: PolicyBook | None = None) -> Law:
    return Law(book or PolicyBook([RULE]), CALENDARS, replace(CITY, tenures=tenures))


TONIGHT = wib("11-25 22:00")
MORNING = wib("11-26 06:00")
TOLD = InboxState(TEBET, frozenset(), (NOW - HOUR + 23_456,), (NOW - HOUR + 23_456,))


@pytest.mark.parametrize(
    ("law", "due", "boxes", "at"),
    [
        (with_holders(), TONIGHT, {}, MORNING),
        # The lurah changes in the night: what the former one left behind is not for the new one to be told of.
        (
            with_holders(Tenure(TEBET, "a", 0, TONIGHT + HOUR), Tenure(TEBET, "b", TONIGHT + HOUR)),
            TONIGHT,
            {},
            None,
        ),
        (with_holders(Tenure(TEBET, "a", 0, MORNING), Tenure(TEBET, "b", MORNING)), TONIGHT, {}, None),
        # Somebody stood in for her; from 10.00 on she is back, and what she left behind is hers again.
        (
            with_holders(
                Tenure(TEBET, "a", 0, NOW - HOUR),
                Tenure(TEBET, "b", NOW - HOUR, MORNING + 4 * HOUR, acting=True),
                Tenure(TEBET, "a", MORNING + 4 * HOUR),
            ),
            NOW - 2 * HOUR,
            {},
            MORNING + 4 * HOUR,
        ),
        (
            with_holders(
                Tenure(TEBET, "a", 0, NOW - HOUR),
                Tenure(TEBET, "b", NOW - HOUR, MORNING + 4 * HOUR + 1, acting=True),
                Tenure(TEBET, "a", MORNING + 4 * HOUR + 1),
            ),
            NOW - 2 * HOUR,
            {},
            MORNING + 4 * HOUR + MINUTE,
        ),
        # From 02.00 on a version holds under which the night is over at four.
        (
            with_holders(
                book=PolicyBook(
                    [
                        RULE,
                        replace(
                            RULE, version="baru", effective_from=wib("11-26 02:00"), ladder=Ladder(quiet_to=4)
                        ),
                    ]
                )
            ),
            TONIGHT,
            {},
            wib("11-26 04:00"),
        ),
        # From 19.00.30 on there is no quiet hour, but the last digest was at an odd second.
        (
            with_holders(book=PolicyBook([replace(RULE, ladder=Ladder(quiet_from=0, quiet_to=0))])),
            NOW,
            {TEBET: TOLD},
            NOW + 3 * HOUR + MINUTE,
        ),
    ],
)
def test_what_time_alone_turns_is_foreseen(
    law: Law, due: int, boxes: dict[str, InboxState], at: int | None
) -> None:
    those = [held("s1", due=due)]
    listed = told(forecast(items(those, law, minute_of(NOW)), law, boxes, NOW))
    office = [when for when, office, *_ in listed if office == TEBET]
    assert office == ([] if at is None else [at])
    assert sorted(listed) == sorted(lived(those, law, boxes, {}))


# ---------------------------------------------------------------- weeks


@pytest.mark.parametrize("seed", range(12))
def test_a_week_without_a_notice_too_many_or_too_few(seed: int) -> None:
    found = ladder_weeks.week(seed)
    assert found.notices > 5
    assert (found.duplicates, found.missing, found.different, found.broken) == (0, 0, 0, 0)


def _less(digest: Digest) -> Digest:
    return replace(digest, climbs=digest.climbs[1:])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda digests: digests[1:],  # a notice that never goes
        lambda digests: tuple(_less(one) for one in digests if len(one.climbs) > 1),
        lambda digests: tuple(replace(one, urgent=True) for one in digests),
        lambda digests: tuple(replace(one, at=one.at + 3 * HOUR) for one in digests),
    ],
)
def test_the_oracle_sees_a_ladder_that_is_wrong(
    spoil: Callable[[tuple[Digest, ...]], tuple[Digest, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ladder_weeks, "due_now", lambda *known: spoil(due_now(*known)))
    wrong = [ladder_weeks.week(seed) for seed in range(3)]
    assert sum(one.duplicates + one.missing + one.different + one.broken for one in wrong) > 0
