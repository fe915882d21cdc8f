"""Incidents at the central server: the same lead and followers as on every desk, and what an older database becomes."""

from __future__ import annotations

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, inspect, select, update

from smartcity_desk import codec
from smartcity_desk.central import incidents, schema
from smartcity_desk.central.db import Database
from smartcity_desk.central.pages.evidence import Evidence, gather
from smartcity_desk.domain import incident
from smartcity_desk.domain.events import (
    EventKind,
    IncidentChanged,
    Payload,
    RejectCode,
    Reopened,
    ReportRejected,
    RoutingSent,
)
from smartcity_desk.domain.fold import apply
from smartcity_desk.domain.ids import event_id, incident_name
from smartcity_desk.domain.incident import Member, Tie, member
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.state import initial
from smartcity_desk.domain.times import DAY, HOUR
from tests.central.pages.browser import Browser
from tests.central.pages.scene import Scene
from tests.central.world import NOW, TEBET, World, report

K = EventKind
ONE, OTHER = event_id("one"), event_id("other")
REPORTS = [report(number) for number in (1, 2, 3)]


def join(world: World, *reports: Report, name: str = ONE, base: str | None = None) -> list[str]:
    payload = IncidentChanged(name, "tempat dan waktu sama", base)
    done = world.act("oki", *(world.action(one.id, K.INCIDENT_JOINED, payload) for one in reports))
    return [one["outcome"] for one in done]


def ties(world: World) -> dict[str, Tie]:
    return world.db.read_now(lambda connection: incidents.ties(connection, [one.id for one in REPORTS]))


def test_the_earliest_leads_and_what_follows_is_e3(world: World) -> None:
    world.push(*REPORTS)
    assert join(world, *REPORTS) == ["accepted"] * 3
    found = ties(world)
    first = REPORTS[0].id
    assert {name: (tie.lead, tie.follows, tie.others) for name, tie in found.items()} == {
        one.id: (first, one.id != first, 2) for one in REPORTS
    }
    named = [one.id for one in REPORTS[1:]]
    excluded = world.db.read_now(lambda connection: incidents.following(connection, named))
    assert {*excluded} == {*named}
    assert {(one.code.value, one.user, one.reason) for one in excluded.values()} == {
        ("E3", "oki", "tempat dan waktu sama")
    }
    assert {one.event for one in excluded.values()} <= {event["id"] for event in world.all_events()}


def test_joined_elsewhere_meanwhile_is_for_a_person_to_decide(world: World) -> None:
    world.push(*REPORTS)
    join(world, REPORTS[0])
    assert join(world, REPORTS[0], name=OTHER) == ["conflict"]
    assert join(world, REPORTS[0], name=OTHER, base=ONE) == ["accepted"]


def test_an_official_joins_nothing(world: World) -> None:
    world.push(REPORTS[0])
    route = world.action(REPORTS[0].id, K.ROUTING_SENT, RoutingSent(TEBET, "wilayahnya"))
    assert world.act("oki", route)[0]["outcome"] == "accepted"
    (answer,) = world.act("lurah.tebet", world.action(REPORTS[0].id, K.INCIDENT_JOINED, IncidentChanged(ONE)))
    assert (answer["outcome"], answer["code"]) == ("rejected", "role_not_allowed")


def test_a_report_that_becomes_private_leaves_and_a_rejected_lead_hands_on(world: World) -> None:
    world.push(*REPORTS)
    join(world, *REPORTS)
    spam = world.action(REPORTS[0].id, K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM))
    world.act("oki", spam)
    assert {tie.lead for tie in ties(world).values()} == {REPORTS[1].id}
    world.push(report(2, private=True, changed_at=NOW))
    assert ties(world) == {}, "the third one is alone now"


_numbers = itertools.count(1000, 10)
STEPS = st.lists(
    st.tuples(st.sampled_from([0, 1, 2]), st.sampled_from(["one", "other", "apart", "spam", "again"])),
    min_size=4,
    max_size=12,
)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(STEPS)
def test_server_and_desk_agree_on_lead_and_followers(world: World, steps: list[tuple[int, str]]) -> None:
    """The server reads its columns, a desk folds the events that it was sent."""
    start = next(_numbers)
    told = [report(start + 2 - place // 2) for place in (0, 2, 4)]  # the last one pushed is the earliest
    world.push(*told)
    targets = {name: event_id(f"{name}-{start}") for name in ("one", "other")}
    for place, step in steps:
        subject = told[place].id
        deeds: dict[str, tuple[EventKind, Payload]] = {
            "apart": (K.INCIDENT_SEPARATED, IncidentChanged(targets["one"])),
            "spam": (K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM)),
            "again": (K.REPORT_REOPENED, Reopened("ternyata bukan")),
        }
        kind, payload = deeds.get(step, (K.INCIDENT_JOINED, IncidentChanged(targets.get(step, ""))))
        world.act("oki", world.action(subject, kind, payload))
    states = {one.id: initial(one) for one in told}
    for body in world.all_events():
        event = codec.event_from_wire(body)
        if event.subject in states:
            states[event.subject] = apply(states[event.subject], event)
    members: dict[str, list[Member]] = {}
    for one in told:
        found = member(one.id, one.reported_at, states[one.id])
        if found is not None:
            members.setdefault(found.joined.incident, []).append(found)
    desk = {
        one.report: tie
        for those in members.values()
        for one in those
        if (tie := incident.tie(those, one.report)) is not None
    }
    assert world.db.read_now(lambda connection: incidents.ties(connection, states)) == desk


def test_an_older_database_learns_of_incidents(world: World) -> None:
    world.push(*REPORTS)

    def age(connection: Connection) -> None:
        connection.exec_driver_sql("DROP INDEX report_incident")
        connection.exec_driver_sql("ALTER TABLE report DROP COLUMN incident")
        for later in (schema.outgoing, schema.outgoing_target, schema.reply):
            later.drop(connection)
        connection.execute(delete(schema.head).where(schema.head.c.name.in_(("reply", "outgoing"))))
        connection.execute(update(schema.meta).where(schema.meta.c.key == "version").values(value="1"))

    world.db.write_now(age)
    db = Database(world.settings.database)
    try:
        assert db.read_now(lambda connection: connection.execute(select(schema.report.c.incident)).all())
        names = db.read_now(lambda connection: inspect(connection).get_indexes("report"))
        assert "report_incident" in {one["name"] for one in names}
    finally:
        db.close()
    assert join(world, *REPORTS) == ["accepted"] * 3


# ---------------------------------------------------------------- the officials' pages


def test_an_official_sees_one_report_and_what_else_was_said(lurah: Browser, scene: Scene) -> None:
    first = scene.push(1, NOW - 3 * DAY, text="Lampu mati di gang 1, hubungi 0812-3456-7890")
    second = scene.push(2, NOW - 2 * DAY, text="PJU padam dekat musala, hubungi 0812-3456-7891")
    for one in (first, second):
        scene.send(one, NOW - DAY)
        scene.act("oki", one.id, K.INCIDENT_JOINED, IncidentChanged(ONE, "titik sama"), NOW - DAY + 1)
    page = lurah.get("/kantor/")
    assert "+1 laporan serupa" in page.text
    assert f"Mengikuti {incident_name(ONE)}" in page.text
    own = lurah.get(f"/kantor/laporan/{first.id}")
    assert "PJU padam dekat musala" in own.text
    assert "7891" not in own.text
    behind = lurah.get(f"/kantor/laporan/{second.id}")
    assert f"Tenggat {incident_name(ONE)} berjalan pada laporan paling awal" in behind.text
    assert "Jawaban ditunggu sampai" not in behind.text
    scene.answer(first, NOW - HOUR, "Lampu sudah kami ganti tadi pagi.")
    behind = lurah.get(f"/kantor/laporan/{second.id}")
    assert "Lampu sudah kami ganti tadi pagi." in behind.text


def test_a_mark_s_evidence_does_not_count_what_follows(world: World, scene: Scene) -> None:
    name, segments = scene.mark(100, notified_at=NOW - DAY)

    def look(connection: Connection) -> Evidence:
        found = gather(connection, name, TEBET, scene.law, NOW)
        assert found is not None
        return found

    before = world.db.read_now(look)
    late = [one for one in before.items if one.segment.id in segments[-2:]]
    for one in late:
        scene.act(
            "oki", one.segment.report, K.INCIDENT_JOINED, IncidentChanged(ONE, "satu titik"), NOW - HOUR
        )
    after = world.db.read_now(look)
    by_segment = {one.segment.id: one.excluded for one in after.items if one.excluded is not None}
    assert len(by_segment) == 1, "the earlier of the two leads and counts"
    (found,) = by_segment.values()
    assert (found.code.value, found.user) == ("E3", "oki")
    assert after.figures.latest.tally.n == before.figures.latest.tally.n - 1
