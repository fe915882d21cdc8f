"""Everything around the work: problems, sizes, headers, directory, accounts, files, counts and anchors."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from dataclasses import replace
from typing import Any

import pytest

from smartcity_desk import codec
from smartcity_desk.central import admin, attachments, directories
from smartcity_desk.central.app import create_app
from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.domain.events import AttachmentAdded, EventKind, NoteAdded, RoutingSent
from smartcity_desk.domain.policy import Policy
from smartcity_desk.domain.routing import RouteRule, Routing
from smartcity_desk.domain.times import DAY, HOUR
from tests.central.world import CITY, MENTENG, NOW, PASSWORD, POLICY, TEBET, Answer, World, report

K = EventKind
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 3


def is_problem(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.body["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.body["type"] == f"about:blank#{code}"
    assert answer.body["status"] == status


def test_every_way_to_fail_is_a_problem(world: World) -> None:
    is_problem(world.call("GET", "/v1/nothing"), 404, "not_found")
    is_problem(world.call("PUT", "/v1/events"), 405, "method_not_allowed")
    assert "GET" in world.call("PUT", "/v1/events").headers["allow"]
    is_problem(world.call("GET", "/v1/me"), 401, "auth_required")
    is_problem(world.call("GET", "/v1/users", user="oki"), 403, "role_not_allowed")
    is_problem(world.call("GET", "/v1/events", user="oki", limit="many"), 400, "bad_request")
    is_problem(world.call("GET", "/v1/events", user="oki", after=2**63), 400, "bad_request")
    is_problem(world.call("GET", "/v1/events", user="oki", limit=2001), 400, "bad_request")
    is_problem(world.call("GET", "/v1/counts", user="oki", day="2026-02-30"), 400, "bad_day")
    is_problem(world.call("GET", "/v1/counts", user="oki", day="0000-01-01"), 400, "bad_day")


def test_what_is_not_the_json_asked_for_is_refused(world: World) -> None:
    headers: dict[str, str | bytes] = {"Content-Type": "application/json"}
    deep, half = b"[" * 100_000, b'{"actions": ["\\ud800"]}'
    for content in (b"", b"{", b"<html>", b'{"actions": NaN}', deep, half, b"\xff\xfe", b"null", b"[]"):
        answer = world.call("POST", "/v1/actions", user="oki", content=content, headers=headers)
        is_problem(answer, 400, "bad_request")


def test_a_problem_never_repeats_what_was_sent(world: World) -> None:
    body = {"grant": "password", "user": "oki", "password": ["rahasia sekali"]}
    answer = world.call("POST", "/v1/token", body)
    is_problem(answer, 400, "bad_request")
    assert b"rahasia" not in answer.raw


def test_bodies_have_their_size(world: World) -> None:
    most = world.settings.small_body_bytes
    headers: dict[str, str | bytes] = {"Content-Type": "application/json"}
    big = world.call("POST", "/v1/token", content=b" " * (most + 1), headers=headers)
    is_problem(big, 413, "body_too_large")
    assert big.body["params"] == {"most": most}

    async def drip() -> Any:  # without a length, so it shows only as it comes
        for _ in range(most // 1000 + 2):
            yield b" " * 1000

    streamed = world.call("POST", "/v1/token", content=drip(), headers=headers)
    is_problem(streamed, 413, "body_too_large")
    many = {"actions": [{"id": str(number)} for number in range(501)]}
    is_problem(world.call("POST", "/v1/actions", many, user="oki"), 400, "bad_request")


def test_a_fault_inside_shows_nothing_of_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("rahasia di dalam")

    monkeypatch.setattr("smartcity_desk.central.log_reader.counts", broken)
    answer = world.call("GET", "/v1/counts", user="oki", day="2026-09-21")
    is_problem(answer, 500, "server_error")
    assert b"rahasia" not in answer.raw


def test_a_database_that_is_away_is_said_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    token = world.run(world.atoken("oki"))

    def gone(_work: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(world.db, "read_now", gone)
    answer = world.call("GET", "/v1/me", token=token)
    is_problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "5"


def test_every_answer_is_marked_as_data(world: World) -> None:
    for answer in (world.call("GET", "/v1/health"), world.call("GET", "/v1/nothing")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert world.call("GET", "/docs").status == 404


def test_health_needs_no_log_in(world: World) -> None:
    body = world.call("GET", "/v1/health").body
    assert (body["ok"], body["server_time"]) == (True, NOW)


def test_nothing_secret_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = world.run(world.atoken("oki"))
    world.push(report(1, text="kata rahasia warga"))
    world.act("oki", world.action(report(1).id, K.NOTE_ADDED, NoteAdded("catatan rahasia")))
    world.call("POST", "/v1/token", {"grant": "password", "user": "oki", "password": "salah rahasia"})
    assert token not in caplog.text
    assert "rahasia" not in caplog.text
    assert PASSWORD not in caplog.text


# ---------------------------------------------------------------- directory


def test_the_directory_comes_once_and_then_only_when_it_changed(world: World) -> None:
    first = world.call("GET", "/v1/directory", user="lurah.tebet")
    assert codec.directory_from_wire(first.body) == CITY
    assert codec.convert(first.body["policies"], list[Policy], key="policies") == [POLICY]
    tag = first.headers["etag"]
    same = world.call("GET", "/v1/directory", user="oki", headers={"If-None-Match": tag})
    assert (same.status, same.raw, same.headers["etag"]) == (304, b"", tag)
    wider = directories.wire(replace(CITY, edition="test-2"), [POLICY])
    loaded = world.call("PUT", "/v1/directory", wider, user="admin").body
    assert loaded["version"] == 2
    changed = world.call("GET", "/v1/directory", user="oki", headers={"If-None-Match": f'W/"x", {tag}'})
    assert (changed.status, changed.body["edition"]) == (200, "test-2")
    assert changed.headers["etag"] == f'"{loaded["etag"]}"'
    assert world.call("PUT", "/v1/directory", wider, user="admin").body["version"] == 2


def test_routing_comes_with_the_directory_and_stays_when_another_says_nothing_of_it(world: World) -> None:
    first = world.call("GET", "/v1/directory", user="oki")
    assert "routing" not in first.body
    known = Routing(
        "kota-1", NOW, (RouteRule("sampah", TEBET, "uji", "uji", areas=("31.74",)),), {"31.74": "JS"}
    )
    told = world.call("PUT", "/v1/directory", directories.wire(CITY, [POLICY], [known]), user="admin")
    assert told.status == 200
    changed = world.call(
        "GET", "/v1/directory", user="vina", headers={"If-None-Match": first.headers["etag"]}
    )
    assert codec.convert(changed.body["routing"], list[Routing], key="routing") == [known]
    world.call(
        "PUT", "/v1/directory", directories.wire(replace(CITY, edition="test-9"), [POLICY]), user="admin"
    )
    assert len(world.call("GET", "/v1/directory", user="oki").body["routing"]) == 1
    blank = replace(known, rules=(replace(known.rules[0], basis=" "),))
    for wrong in ("x", [{"version": 1}], [codec.builtins(blank)]):
        body = {**directories.wire(CITY, [POLICY]), "routing": wrong}
        is_problem(world.call("PUT", "/v1/directory", body, user="admin"), 400, "bad_directory")
    world.call("PUT", "/v1/directory", {**directories.wire(CITY, [POLICY]), "routing": []}, user="admin")
    assert "routing" not in world.call("GET", "/v1/directory", user="oki").body


def test_a_version_of_the_routing_is_added_once_and_never_changed(world: World) -> None:
    known = Routing("kota-1", NOW, (RouteRule("sampah", TEBET, "uji", "uji"),))
    edition = admin.add_routing(world.settings, known)
    assert admin.add_routing(world.settings, known) == edition
    with pytest.raises(ConfigProblem, match="version_taken"):
        admin.add_routing(world.settings, replace(known, effective_from=NOW + 1))
    assert (
        admin.add_routing(world.settings, replace(known, version="kota-2", effective_from=NOW + 1))
        == edition + 1
    )
    body = world.call("GET", "/v1/directory", user="oki").body
    assert [one["version"] for one in body["routing"]] == ["kota-1", "kota-2"]
    assert body["edition"] == "test-1"


def test_a_directory_that_cannot_be_read_changes_nothing(world: World) -> None:
    wrong = {"offices": [{"code": "1", "name": "x", "level": "kingdom"}]}
    answer = world.call("PUT", "/v1/directory", wrong, user="admin")
    is_problem(answer, 400, "bad_directory")
    assert answer.body["params"] == {"key": "offices"}
    for code in ("nol\0", "x" * 61, "", "dua kata"):
        strange = {"offices": [{"code": code, "name": "x", "level": "sudin"}]}
        is_problem(world.call("PUT", "/v1/directory", strange, user="admin"), 400, "bad_directory")
    assert world.call("GET", "/v1/directory", user="oki").body["edition"] == "test-1"


def test_a_new_directory_counts_for_the_next_action(world: World) -> None:
    world.push(report(1))
    early = world.action(report(1).id, K.ROUTING_SENT, RoutingSent("99", "kantor baru"))
    assert world.act("oki", early)[0]["code"] == "unknown_office"
    office = {"code": "99", "name": "Kantor Baru", "level": "sudin"}
    wire = directories.wire(CITY, [POLICY])
    world.call("PUT", "/v1/directory", {**wire, "offices": [*wire["offices"], office]}, user="admin")
    late = world.action(report(1).id, K.ROUTING_SENT, RoutingSent("99", "kantor baru"))
    assert world.act("oki", late)[0]["outcome"] == "accepted"


# ---------------------------------------------------------------- accounts


def test_an_administrator_makes_and_changes_accounts(world: World) -> None:
    asked = {"user": "baru", "role": "operator", "password": PASSWORD, "name": "Orang Baru"}
    made = world.call("POST", "/v1/users", asked, user="admin")
    assert (made.status, made.body["role"], made.body["disabled_at"]) == (201, "operator", None)
    assert "password" not in json.dumps(made.body)
    is_problem(world.call("POST", "/v1/users", asked, user="admin"), 409, "user_exists")
    assert world.call("GET", "/v1/me", user="baru").body["name"] == "Orang Baru"
    changed = world.call("PATCH", "/v1/users/baru", {"role": "supervisor"}, user="admin").body
    assert changed["role"] == "supervisor"
    assert world.call("GET", "/v1/me", user="baru").status == 401  # an old token keeps no old rights
    assert "baru" in [one["user"] for one in world.call("GET", "/v1/users", user="admin").body["users"]]


def test_accounts_that_cannot_be(world: World) -> None:
    base = {"user": "baru", "role": "operator", "password": PASSWORD}
    is_problem(
        world.call("POST", "/v1/users", {**base, "user": "Dua Kata"}, user="admin"), 400, "bad_request"
    )
    is_problem(world.call("POST", "/v1/users", {**base, "role": "king"}, user="admin"), 400, "bad_request")
    is_problem(
        world.call("POST", "/v1/users", {**base, "role": "official"}, user="admin"), 400, "office_needed"
    )
    is_problem(
        world.call("POST", "/v1/users", {**base, "password": "x"}, user="admin"), 400, "password_too_short"
    )
    is_problem(world.call("PATCH", "/v1/users/siapa", {"name": "x"}, user="admin"), 404, "unknown_user")
    is_problem(world.call("PATCH", "/v1/users/admin", {"disabled": True}, user="admin"), 409, "last_admin")
    is_problem(world.call("PATCH", "/v1/users/admin", {"role": "viewer"}, user="admin"), 409, "last_admin")


# ---------------------------------------------------------------- files


def upload(
    world: World, data: bytes, user: str = "oki", kind: str = "image/png", sha: str | None = None
) -> Answer:
    headers: dict[str, str | bytes] = {
        "Content-Type": kind,
        "X-SHA256": hashlib.sha256(data).hexdigest() if sha is None else sha,
    }
    return world.call("POST", "/v1/attachments", user=user, content=data, headers=headers)


def test_a_file_is_kept_under_its_hash(world: World) -> None:
    sha = hashlib.sha256(PNG).hexdigest()
    first = upload(world, PNG)
    assert (first.status, first.body) == (201, {"sha256": sha, "size": len(PNG), "media_type": "image/png"})
    assert upload(world, PNG, kind="application/octet-stream").status == 200
    got = world.call("GET", f"/v1/attachments/{sha}", user="vina")
    assert (got.raw, got.headers["content-type"]) == (PNG, "image/png")
    assert got.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in got.headers["content-security-policy"]
    assert [path.name for path in world.settings.attachments.rglob("*") if path.is_file()] == [sha]


@pytest.mark.skipif(
    os.name != "posix", reason="a folder cannot be opened here, and a rename lasts without it"
)
def test_a_file_is_on_the_disk_before_an_action_can_name_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha, synced = hashlib.sha256(PNG).hexdigest(), list[tuple[str, bool]]()
    place = attachments.path(world.settings, sha)

    def fsync(handle: int) -> None:
        found = os.fstat(handle)
        folders = {folder.stat().st_ino: folder.name for folder in (place.parent, world.settings.attachments)}
        synced.append((folders.get(found.st_ino, "a file"), place.is_file()))

    monkeypatch.setattr(os, "fsync", fsync)
    place.parent.mkdir(parents=True)
    assert upload(world, PNG).status == 201
    assert synced == [("a file", False), (sha[:2], True), (world.settings.attachments.name, True)], (
        "its bytes, its name, and the name of its folder"
    )


def test_files_that_are_not_what_they_say(world: World) -> None:
    is_problem(upload(world, PNG, sha="0" * 64), 400, "hash_mismatch")
    is_problem(upload(world, PNG, sha="../../etc/passwd"), 400, "bad_request")
    is_problem(upload(world, PNG, kind="image/jpeg"), 415, "unsupported_type")
    is_problem(upload(world, b"<script>alert(1)</script>", kind="image/png"), 415, "unsupported_type")
    is_problem(upload(world, b"MZ\x90\x00", kind="application/octet-stream"), 415, "unsupported_type")
    is_problem(upload(world, b"", kind="image/png"), 415, "unsupported_type")
    is_problem(world.call("POST", "/v1/attachments", user="oki", content=PNG), 400, "bad_request")
    is_problem(world.call("GET", f"/v1/attachments/{'0' * 64}", user="oki"), 404, "unknown_attachment")
    assert not [path for path in world.settings.attachments.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"%PDF-1.7", "application/pdf"),
    ],
)
def test_pictures_and_documents_that_are_taken(world: World, start: bytes, kind: str) -> None:
    answer = upload(world, start + b"\0" * 50, kind=kind)
    assert (answer.status, answer.body["media_type"]) == (201, kind)


def test_a_file_too_big_leaves_nothing_behind(world: World) -> None:
    async def drip() -> Any:
        for _ in range(world.settings.attachment_bytes // 1_000_000 + 2):
            yield b"\x89PNG\r\n\x1a\n" + b"\0" * 1_000_000

    headers: dict[str, str | bytes] = {"Content-Type": "image/png", "X-SHA256": "0" * 64}
    answer = world.call("POST", "/v1/attachments", user="oki", content=drip(), headers=headers)
    is_problem(answer, 413, "body_too_large")
    assert not [path for path in world.settings.attachments.rglob("*") if path.is_file()]


def test_an_official_gets_the_files_of_his_reports_and_his_own(world: World) -> None:
    sha = hashlib.sha256(PNG).hexdigest()
    upload(world, PNG)
    assert world.call("GET", f"/v1/attachments/{sha}", user="lurah.tebet").status == 404
    one = report(1)
    world.push(one)
    world.act(
        "oki",
        world.action(one.id, K.ROUTING_SENT, RoutingSent(TEBET, "wilayah Tebet")),
        world.action(one.id, K.ATTACHMENT_ADDED, AttachmentAdded(sha, "image/png", len(PNG))),
    )
    assert world.call("GET", f"/v1/attachments/{sha}", user="lurah.tebet").status == 200
    assert world.call("GET", f"/v1/attachments/{sha}", user="lurah.menteng").status == 404
    own = PNG + b"bukti"
    upload(world, own, user="lurah.menteng")
    name = hashlib.sha256(own).hexdigest()
    assert world.call("GET", f"/v1/attachments/{name}", user="lurah.menteng").status == 200
    assert world.call("GET", f"/v1/attachments/{name}", user="lurah.tebet").status == 404


# ---------------------------------------------------------------- reconciliation

MIDNIGHT = NOW - (NOW + 7 * HOUR) % DAY
"""When the day began in Jakarta that NOW lies in."""


def test_counts_are_by_the_day_in_jakarta(world: World) -> None:
    day, before = "2026-09-21", "2026-09-20"
    assert MIDNIGHT <= NOW < MIDNIGHT + DAY
    world.push(
        report(1, reported_at=MIDNIGHT - 1),
        report(2, reported_at=MIDNIGHT),
        report(3, reported_at=MIDNIGHT + DAY - 1),
        report(4, reported_at=MIDNIGHT + DAY),
    )
    world.act(
        "oki",
        world.action(report(1).id, K.NOTE_ADDED, NoteAdded("kemarin"), at=MIDNIGHT - 1),
        world.action(report(1).id, K.NOTE_ADDED, NoteAdded("hari ini"), at=MIDNIGHT),
        world.action(report(1).id, K.ROUTING_SENT, RoutingSent(MENTENG, "-")),
    )
    today = world.call("GET", "/v1/counts", user="vina", day=day).body
    assert today == {"day": day, "reports": {"petabencana": 2}, "events": 1, "actions": 1}
    assert world.call("GET", "/v1/counts", user="vina", day=before).body["events"] == 1


def test_an_anchor_is_the_logs_end_when_the_day_ended(world: World) -> None:
    one = report(1)
    world.push(one)
    day, before, after = "2026-09-21", "2026-09-20", "2026-09-22"
    world.clock.at = MIDNIGHT + 5
    world.act("oki", world.action(one.id, K.NOTE_ADDED, NoteAdded("pagi")))
    world.clock.at = MIDNIGHT + DAY
    world.act("oki", world.action(one.id, K.NOTE_ADDED, NoteAdded("besok"), at=MIDNIGHT))
    world.clock.at = MIDNIGHT + 10  # a clock that was set back does not reopen a day
    world.act("oki", world.action(one.id, K.NOTE_ADDED, NoteAdded("jam mundur")))
    anchors = {
        name: world.call("GET", "/v1/anchor", user="vina", day=name).body for name in (before, day, after)
    }
    assert anchors[before] == {"day": before, "last_seq": 0, "hash": "0" * 64}
    assert [anchors[name]["last_seq"] for name in (day, after)] == [1, 3]
    first = world.all_events()[0]
    text = json.dumps(first, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert anchors[day]["hash"] == hashlib.sha256(("0" * 64 + text).encode()).hexdigest()


def test_a_server_without_tables_does_not_start(world: World, tmp_path: Any) -> None:
    from smartcity_desk.domain.errors import ConfigProblem

    missing = replace(world.settings, database=f"sqlite:///{tmp_path / 'none.sqlite3'}")
    with pytest.raises(ConfigProblem) as told:
        create_app(missing)
    assert told.value.params["reason"] == "not_initialised"
    assert not (tmp_path / "none.sqlite3").exists()
