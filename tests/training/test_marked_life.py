"""Offices in the present: they read a notice, object to single items in time, and show pictures of what they claim."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from pathlib import Path

import pytest

from smartcity_desk.central import attachments
from smartcity_desk.directory import load_policy
from smartcity_desk.domain.events import (
    Actor,
    AttachmentAdded,
    CompletionClaimed,
    Delivered,
    Event,
    EventKind,
    MarkNotified,
    MarkRaised,
    MarkStepped,
    ObjectionFiled,
    Responded,
    Role,
    RoutingSent,
)
from smartcity_desk.domain.fairness import windows
from smartcity_desk.domain.ids import mark_id
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from smartcity_desk.photos.reading import read
from smartcity_desk.training.city import City
from smartcity_desk.training.objecting import Marked, Notices, late_segments, reactions
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.steps import Open
from tests.domain.marked import counted
from tests.training.conftest import NOW, SEED, Clock, run
from tests.training.world import World, living

K = EventKind
RATNA = Actor("ratna", Role.SUPERVISOR)
SYSTEM = Actor("system", Role.SYSTEM)


def held_by(events: list[Event], count: int) -> dict[str, list[str]]:
    """The kelurahan with the most work, each with the events that brought it there."""
    found: dict[str, list[str]] = defaultdict(list)
    for event in events:
        if isinstance(event.payload, RoutingSent) and event.payload.office.count(".") == 3:
            found[event.payload.office].append(event.id)
    return dict(sorted(found.items(), key=lambda one: (-len(one[1]), one[0]))[:count])


async def raised(world: World, office: str, segments: list[str]) -> str:
    """The unit marks an office and tells it."""
    policy = load_policy()
    spans = windows(world.clock(), policy.marking)
    name = mark_id(office, spans[-1][1])
    payload = MarkRaised(office, counted(spans, segments), policy.version, ("sari",), "a" * 64)
    assert await world.act(RATNA, name, K.MARK_RAISED, payload) == "accepted"
    return name


def test_offices_that_are_told_of_a_mark_open_it_and_in_part_object(city: City, clock: Clock) -> None:
    async def go() -> None:
        async with living(city, clock) as world:
            marks: dict[str, tuple[str, list[str]]] = {}
            for office, segments in held_by(await world.events(0), 8).items():
                marks[await raised(world, office, segments)] = office, segments
            await world.pass_time(2 * HOUR, HOUR)
            subjects = set(marks)
            assert not [
                event
                for event in await world.events()
                if event.subject in subjects and event.actor.role is Role.OFFICIAL
            ]  # nobody acts on what he was not told
            for name in marks:
                assert await world.act(RATNA, name, K.MARK_NOTIFIED, MarkNotified("b" * 64)) == "accepted"
            told_at = clock.now
            await world.pass_time(30 * HOUR, 30 * MINUTE)
            mine = [event for event in await world.events() if event.subject in subjects]
            served = [event for event in mine if event.kind is K.MARK_SERVED]
            filed = [event for event in mine if isinstance(event.payload, ObjectionFiled)]
            assert len(served) >= 4
            assert 1 <= len(filed) < len(marks)
            for event in [*served, *filed]:
                office, segments = marks[event.subject]
                assert event.actor.office == office
                assert event.actor.user.startswith("lurah.")
                assert told_at < event.at <= told_at + 24 * HOUR
            for event in filed:
                payload = event.payload
                assert isinstance(payload, ObjectionFiled)
                assert 1 <= len(payload.segments) <= 4
                assert set(payload.segments) <= set(marks[event.subject][1])
                assert len(payload.text) > 20
            again = len(mine)
            await world.pass_time(4 * HOUR, HOUR)
            assert len([one for one in await world.events() if one.subject in subjects]) == again

    run(go())


def test_a_seeded_mark_is_known_when_it_is_notified_now() -> None:
    """The mark was raised before the city's present; what it rests on lies in the city's folder."""
    notices = Notices({"m": Marked("31.74.01.1001", ("s1", "s2"))})
    notified = Event("n", "m", K.MARK_NOTIFIED, NOW, RATNA, MarkNotified("b" * 64), 1, "a")
    found = notices.hear(notified)
    assert found is not None
    assert found.segments == ("s1", "s2")
    assert notices.hear(Event("s", "m", K.MARK_SERVED, NOW, RATNA, MarkStepped(), 2, "b")) is None
    assert Notices({}).hear(notified) is None


def test_what_was_to_come_of_a_mark_comes(city: City, clock: Clock) -> None:
    """An office opens the notice after the end of the past, as its own account."""

    async def go() -> None:
        async with living(city, clock) as world:
            office = "31.74.01.1001"
            name = await raised(world, office, ["s1"])
            await world.act(RATNA, name, K.MARK_NOTIFIED, MarkNotified("b" * 64))
            city.facts.last_seq = (await world.events())[-1].seq or 0  # the past goes as far as this
        city.pending.append(Open(clock.now + 20 * MINUTE, name, K.MARK_SERVED, office, {}))
        async with living(city, clock) as world:
            await world.pass_time(HOUR, 10 * MINUTE)
            served = [event for event in await world.events() if event.kind is K.MARK_SERVED]
            assert [event.actor.office for event in served] == [office]

    run(go())


def test_the_office_looks_for_what_it_did_not_answer_in_its_own_log() -> None:
    office, at = "31.74.01.1001", NOW - 10 * DAY
    lurah = Actor("lurah", Role.OFFICIAL, office)

    def life(report: str, answered: int | None) -> list[Event]:
        events = [
            Event(f"{report}-r", report, K.ROUTING_SENT, at, RATNA, RoutingSent(office, "wilayahnya"), 1),
            Event(f"{report}-d", report, K.REPORT_DELIVERED, at + 1, SYSTEM, Delivered(office), 2),
        ]
        if answered is not None:
            said = Responded(office, "Petugas sudah turun ke lokasi.")
            events.append(Event(f"{report}-a", report, K.REPORT_RESPONDED, at + answered, lurah, said, 3))
        return events

    log = [*life("quick", HOUR), *life("slow", 30 * HOUR), *life("silent", None)]
    every = {"quick-r", "slow-r", "silent-r"}
    assert late_segments(log, office, every) == ["silent-r", "slow-r"]
    assert late_segments(log, office, {"slow-r"}) == ["slow-r"]
    assert late_segments(log, "31.74.01.1002", every) == []


def test_the_same_notice_has_the_same_consequences() -> None:
    notice = Event("n-17", "m", K.MARK_NOTIFIED, NOW, RATNA, MarkNotified("b" * 64), 9, "a")
    mark = Marked("31.74.01.1001", tuple(f"s{number}" for number in range(30)))
    assert reactions(SEED, notice, mark, ["s3"]) == reactions(SEED, notice, mark, ["s3"])
    many = [
        reactions(
            SEED, Event(f"n{number}", "m", K.MARK_NOTIFIED, NOW, RATNA, MarkNotified("b" * 64)), mark, []
        )
        for number in range(300)
    ]
    kinds = [[step.kind for step in steps] for steps in many]
    assert sum(K.OBJECTION_FILED in one for one in kinds) == pytest.approx(180, abs=35)
    assert sum(K.MARK_SERVED in one for one in kinds) == pytest.approx(255, abs=25)
    filed = [s.payload for steps in many for s in steps if isinstance(s.payload, ObjectionFiled)]
    assert {len(one.segments) for one in filed} == {1, 2, 3, 4}
    assert sum(one.code is None for one in filed) < 60
    assert len({one.code for one in filed}) >= 6


# ---------------------------------------------------------------- pictures


def test_claims_of_the_present_show_pictures_that_the_server_has(city: City, clock: Clock) -> None:
    async def go() -> None:
        async with living(city, clock) as world:
            records: list[Citizen] = []
            while len(records) < 14:
                records += [r for r in city.arrive(4) if r.competent == r.place and not r.spam and r.picture]
            await world.push(records)
            for record in records:
                await world.route(record, record.place)
            await world.pass_time(60 * HOUR, 30 * MINUTE)
            ids = {record.id: record for record in records}
            mine = [event for event in await world.events() if event.subject in ids]
            passed_on = [event for event in mine if isinstance(event.payload, AttachmentAdded)]
            assert {event.subject for event in passed_on} == set(ids)
            assert len(passed_on) == len(ids)
            claims = [event for event in mine if isinstance(event.payload, CompletionClaimed)]
            pictured = [event for event in claims if event.payload.attachments]  # type: ignore[union-attr]
            assert len(pictured) >= 4
            for event in passed_on:
                assert isinstance(event.payload, AttachmentAdded)
                assert len(content(city, event.payload.sha256)) == event.payload.size
            for event in pictured:
                assert isinstance(event.payload, CompletionClaimed)
                (sha256,) = event.payload.attachments
                assert read(content(city, sha256)).pixels.shape[2] == 3
                shown = await world.accounts.log_of(event.actor.user)
                assert event.id in {one.id for one in shown}

    run(go())


def content(city: City, sha256: str) -> bytes:
    data = Path(attachments.path(city.settings, sha256)).read_bytes()
    assert hashlib.sha256(data).hexdigest() == sha256
    return data


def test_a_report_that_the_city_never_sent_has_no_picture(city: City, clock: Clock) -> None:
    async def go() -> None:
        async with living(city, clock) as world:
            case = city.case("no-such-report", "31.74.01.1001")
            payload = CompletionClaimed("31.74.01.1001", "Pekerjaan selesai.")
            actor = Actor("lurah.31.74.01.1001", Role.OFFICIAL, "31.74.01.1001")
            assert await world.life._uploads.with_pictures(payload, case, actor) == payload

    run(go())
