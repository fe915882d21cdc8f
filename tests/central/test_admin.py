"""What the command line does to a database: founding, accounts, directory, versions, and a past in bulk."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from smartcity_desk import codec
from smartcity_desk.central import admin, attachments, directories, history, ledger, log_reader, schema
from smartcity_desk.central.admin import NewAccount
from smartcity_desk.central.app import create_app
from smartcity_desk.central.db import Database, database_url
from smartcity_desk.central.permissions import Principal
from smartcity_desk.central.settings import CentralSettings
from smartcity_desk.domain.decide import decide
from smartcity_desk.domain.decision import Accepted, Action
from smartcity_desk.domain.errors import BadData, ConfigProblem, StoreProblem
from smartcity_desk.domain.events import (
    Actor,
    Delivered,
    Event,
    EventKind,
    MarkNotified,
    MarkRaised,
    MarkStepped,
    NoteAdded,
    Payload,
    Responded,
    Role,
    RoutingSent,
)
from smartcity_desk.domain.fold import apply, fold
from smartcity_desk.domain.ids import mark_id, time_ordered_id
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.state import initial
from smartcity_desk.domain.times import DAY
from tests.central.conftest import NewDatabase
from tests.central.world import CITY, MENTENG, NOW, PASSWORD, POLICY, TEBET, World, report, settings_for
from tests.domain.marked import counted

K = EventKind


@pytest.fixture
def empty(new_database: NewDatabase, tmp_path: Path) -> CentralSettings:
    return settings_for(tmp_path, new_database(False))


def reason(told: pytest.ExceptionInfo[ConfigProblem]) -> object:
    return told.value.params["reason"]


def test_a_server_is_founded_once(empty: CentralSettings) -> None:
    made = admin.init(empty)
    assert (made.user, made.invented) == ("admin", True)
    assert len(made.password) >= 20
    with pytest.raises(ConfigProblem) as told:
        admin.init(empty)
    assert reason(told) == "already_initialised"
    (only,) = admin.list_users(empty)
    assert (only["user"], only["role"]) == ("admin", "admin")
    assert "password_hash" not in only


def test_a_password_of_ones_own_choosing_is_taken_and_not_shown(empty: CentralSettings) -> None:
    assert admin.init(empty, user="Kepala", password=PASSWORD) == admin.NewPassword("kepala", PASSWORD, False)
    with pytest.raises(ConfigProblem) as told:
        admin.add_user(empty, "siapa", Role.VIEWER, password="pendek")
    assert reason(told) == "password_too_short"


def test_nothing_works_before_the_founding(empty: CentralSettings) -> None:
    for call in (
        lambda: admin.list_users(empty),
        lambda: create_app(empty),
        lambda: admin.add_user(empty, "x", Role.VIEWER),
    ):
        with pytest.raises(ConfigProblem) as told:
            call()
        assert reason(told) == "not_initialised"


def test_accounts_from_the_command_line(world: World) -> None:
    settings = world.settings
    made = admin.add_user(settings, "Petugas.Baru", Role.OPERATOR, name="Petugas")
    assert (made.user, made.invented) == ("petugas.baru", True)
    body = {"grant": "password", "user": "petugas.baru", "password": made.password}
    token = world.call("POST", "/v1/token", body).body["access_token"]
    again = admin.set_password(settings, "petugas.baru")
    assert again.password != made.password
    assert world.call("GET", "/v1/me", token=token).status == 401
    body["password"] = again.password
    assert world.call("POST", "/v1/token", body).status == 200
    assert admin.end_sessions(settings, "petugas.baru") == 1
    admin.set_disabled(settings, "petugas.baru", True)
    assert world.call("POST", "/v1/token", body).status == 401
    admin.set_disabled(settings, "petugas.baru", False)
    assert world.call("POST", "/v1/token", body).status == 200


def test_accounts_that_the_command_line_refuses(world: World) -> None:
    settings = world.settings
    cases = {
        "user_exists": lambda: admin.add_user(settings, "oki", Role.VIEWER),
        "bad_user_name": lambda: admin.add_user(settings, "dua kata", Role.VIEWER),
        "office_needed": lambda: admin.add_user(settings, "lurah.baru", Role.OFFICIAL),
        "bad_office": lambda: admin.add_user(settings, "lurah.baru", Role.OFFICIAL, office="dua kata"),
        "unknown_user": lambda: admin.set_disabled(settings, "siapa", True),
        "last_admin": lambda: admin.set_disabled(settings, "admin", True),
    }
    for code, call in cases.items():
        with pytest.raises(ConfigProblem) as told:
            call()
        assert reason(told) == code
    with pytest.raises(ConfigProblem):
        admin.add_users(settings, [NewAccount("satu", Role.VIEWER), NewAccount("oki", Role.VIEWER)])
    assert "satu" not in [one["user"] for one in admin.list_users(settings)]


def test_a_directory_from_a_file(world: World, tmp_path: Path) -> None:
    path = tmp_path / "directory.json"
    path.write_text(json.dumps(directories.wire(replace(CITY, edition="berkas"), [POLICY])), encoding="utf-8")
    loaded = admin.load_directory_file(world.settings, path)
    assert (loaded.version, loaded.offices, loaded.categories) == (2, 6, 2)
    assert world.call("GET", "/v1/directory", user="oki").body["edition"] == "berkas"
    for content in ("{", "[]"):
        path.write_text(content, encoding="utf-8")
        with pytest.raises((ConfigProblem, BadData)):
            admin.load_directory_file(world.settings, path)
    with pytest.raises(ConfigProblem) as told:
        admin.load_directory_file(world.settings, tmp_path / "none.json")
    assert reason(told) == "unreadable_file"


def test_the_directory_that_ships(world: World) -> None:
    loaded = admin.load_builtin_directory(world.settings)
    assert loaded.offices > 267 + 44 + 6
    body = world.call("GET", "/v1/directory", user="oki").body
    assert len([office for office in body["offices"] if office["level"] == "kelurahan"]) == 267
    assert len(body["policies"]) == 1


def test_a_database_of_a_later_program_is_left_alone(world: World) -> None:
    later = update(schema.meta).where(schema.meta.c.key == "version").values(value=str(schema.VERSION + 1))
    world.db.write_now(lambda connection: connection.execute(later))
    with pytest.raises(StoreProblem) as told:
        Database(world.settings.database)
    assert told.value.kind == "too_new"


def test_an_older_database_is_brought_up_step_by_step(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def step(connection: object) -> None:
        connection.exec_driver_sql("ALTER TABLE account ADD COLUMN phone VARCHAR(20)")  # type: ignore[attr-defined]

    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    monkeypatch.setitem(schema.UPGRADES, schema.VERSION - 1, step)
    db = Database(world.settings.database)
    try:
        assert db.read_now(lambda c: c.exec_driver_sql("SELECT phone FROM account").all())
        assert db.read_now(lambda c: c.execute(select(schema.meta.c.value)).scalar()) == str(schema.VERSION)
    finally:
        db.close()


@pytest.mark.parametrize(
    "url", ["", "mysql://x/y", "sqlite://", "sqlite:///:memory:", "not a url", "postgresql"]
)
def test_a_url_of_no_database_of_ours(url: str) -> None:
    with pytest.raises(ConfigProblem) as told:
        database_url(url)
    assert reason(told) == "bad_url"


def test_urls_as_people_write_them() -> None:
    for url in ("postgres://u@h/d", "postgresql://u@h/d", "postgresql+psycopg://u@h/d"):
        assert database_url(url).drivername == "postgresql+psycopg"
    assert database_url("sqlite:////var/lib/x.db").database == "/var/lib/x.db"


# ---------------------------------------------------------------- a past in bulk


def past(count: int, each: int) -> tuple[list[Report], list[Event]]:
    """Reports with `each` events that really could have happened, in the order of their time."""
    reports = [report(number, reported_at=NOW + number * 1000) for number in range(count)]
    oki, lurah, system = (
        Actor("oki", Role.OPERATOR),
        Actor("lurah.tebet", Role.OFFICIAL, TEBET),
        Actor("s", Role.SYSTEM),
    )
    life: list[tuple[Actor, EventKind, Payload]] = [
        (oki, K.ROUTING_SENT, RoutingSent(TEBET, "wilayah Tebet")),
        (system, K.REPORT_DELIVERED, Delivered(TEBET)),
        (lurah, K.REPORT_RESPONDED, Responded(TEBET, "Tim kami sudah bekerja di lokasi.")),
        (oki, K.ROUTING_SENT, RoutingSent(MENTENG, "wilayah Menteng", TEBET)),
    ]
    events: list[Event] = []
    made = 0
    for position in range(each):
        for one in reports:
            actor, kind, payload = (
                life[position] if position < len(life) else (oki, K.NOTE_ADDED, NoteAdded("catatan"))
            )
            made += 1
            at = one.reported_at + (position + 1) * 60_000
            name = time_ordered_id(at, made.to_bytes(10, "big"))
            events.append(Event(name, one.id, kind, at, actor, payload, action=name))
    events.sort(key=lambda event: event.at)
    return reports, events


def test_a_past_is_loaded_as_if_it_had_been_lived(empty: CentralSettings, tmp_path: Path) -> None:
    reports, events = past(20, 6)
    db = Database(empty.database, durable=False, create=True)
    try:
        assert history.load_history(db, reports, events) == history.Loaded(20, 120)
        page = db.read_now(lambda connection: log_reader.page(connection, 0, 1000))
        got = [codec.event_from_wire(codec.decode(bytes(body), dict, key="e")) for body in page.bodies]
        assert [replace(event, seq=None) for event in got] == events
        assert [event.seq for event in got] == list(range(1, 121))
        assert db.read_now(log_reader.verify).broken_at is None
        rows = db.read_now(
            lambda c: c.execute(
                select(schema.report.c.id, schema.report.c.office, schema.report.c.status)
            ).all()
        )
        for row in rows:
            one = next(one for one in reports if one.id == row.id)
            state = fold(initial(one), [event for event in events if event.subject == one.id])
            assert (row.office, row.status) == (state.office, state.status.value)
        # The custody that an official's view rests on is that of a life lived event by event.
        tebet = db.read_now(lambda c: log_reader.page(c, 0, 1000, office=TEBET)).bodies
        assert len(tebet) == 20 * 4
        moment = events[60].at
        day = time.strftime("%Y-%m-%d", time.gmtime(moment / 1000 + 7 * 3600))
        assert db.read_now(lambda c: log_reader.anchor(c, day))["last_seq"] == 120
        with pytest.raises(ConfigProblem) as told:
            history.load_history(db, reports, events)
        assert reason(told) == "not_empty"
    finally:
        db.close()


def test_a_loaded_mark_is_known_to_its_office_from_the_notice_on(empty: CentralSettings) -> None:
    ratna = Actor("ratna", Role.SUPERVISOR)
    window = (NOW - 56 * DAY, NOW - 28 * DAY), (NOW - 28 * DAY, NOW)
    mark = mark_id(TEBET, NOW)
    steps: list[tuple[EventKind, Payload]] = [
        (K.MARK_RAISED, MarkRaised(TEBET, counted(window, ("s",)), "2026", (), "a" * 64)),
        (K.MARK_NOTIFIED, MarkNotified("b" * 64)),
        (K.MARK_SERVED, MarkStepped()),
    ]
    events = [
        Event(f"m{number}", mark, kind, NOW + number, ratna, payload, action=f"m{number}")
        for number, (kind, payload) in enumerate(steps)
    ]
    db = Database(empty.database, durable=False, create=True)
    try:
        history.load_history(db, [], events)
        assert log_ids(db, TEBET) == ["m1", "m2"]
        assert log_ids(db, MENTENG) == []
    finally:
        db.close()


def log_ids(db: Database, office: str) -> list[str]:
    bodies = db.read_now(lambda connection: log_reader.page(connection, 0, 1000, office=office)).bodies
    return [json.loads(bytes(body))["id"] for body in bodies]


def test_files_of_a_past_lie_under_their_hashes(empty: CentralSettings) -> None:
    lurah = Actor("lurah.tebet", Role.OFFICIAL, TEBET)
    data = b"\xff\xd8\xff" + b"picture" * 9
    sha256 = hashlib.sha256(data).hexdigest()
    db = Database(empty.database, durable=False, create=True)
    try:
        twice = [history.PastFile(data, lurah, NOW), history.PastFile(data, lurah, NOW + 1)]
        assert history.load_files(db, empty, twice) == 1
        assert attachments.path(empty, sha256).read_bytes() == data
        mine, other = (
            Principal(f"lurah.{office}", "", Role.OFFICIAL, office, "s") for office in (TEBET, MENTENG)
        )
        assert db.read_now(lambda c: attachments.find(c, sha256, mine)) == "image/jpeg"
        assert db.read_now(lambda c: attachments.find(c, sha256, other)) is None
        with pytest.raises(ConfigProblem) as told:
            history.load_files(db, empty, [history.PastFile(b"#!/bin/sh", lurah, NOW)])
        assert reason(told) == "unsupported_type"
    finally:
        db.close()


def test_life_goes_on_after_a_loaded_past(empty: CentralSettings) -> None:
    reports, events = past(2, 3)
    db = Database(empty.database, durable=False, create=True)
    try:
        history.load_history(db, reports, events)
        state = initial(reports[0])
        for event in events:
            if event.subject == reports[0].id:
                state = apply(state, event)
        asked = Action(
            "next",
            reports[0].id,
            K.ROUTING_SENT,
            RoutingSent(MENTENG, "pindah", TEBET),
            Actor("oki", Role.OPERATOR),
            NOW,
        )
        assert isinstance(decide(state, asked, CITY), Accepted)
        assert db.read_now(ledger.head).seq == 6
        assert db.read_now(lambda connection: ledger.head(connection, "report")).seq == 2
    finally:
        db.close()


def test_a_log_that_was_tampered_with_is_found_out(world: World) -> None:
    world.push(report(1))
    for number in range(4):
        world.act("oki", world.action(report(1).id, K.NOTE_ADDED, NoteAdded(f"catatan {number}")))

    def tamper(connection: object) -> None:
        run = connection.exec_driver_sql  # type: ignore[attr-defined]
        if world.db.sqlite:
            run("DROP TRIGGER event_no_update")
        else:
            run("ALTER TABLE event DISABLE TRIGGER event_append_only")
        run("UPDATE event SET body = replace(body, 'catatan 2', 'karangan') WHERE seq = 3")

    world.db.write_now(tamper)
    verdict = admin.verify_log(world.settings)
    assert (verdict.checked, verdict.broken_at) == (2, 3)


def test_a_log_whose_end_was_cut_off_is_found_out(world: World) -> None:
    world.push(report(1))
    world.act("oki", *(world.action(report(1).id, K.NOTE_ADDED, NoteAdded(str(n))) for n in range(3)))
    longer = update(schema.head).where(schema.head.c.name == "event").values(seq=4)
    world.db.write_now(lambda connection: connection.execute(longer))
    assert admin.verify_log(world.settings).broken_at == 4
