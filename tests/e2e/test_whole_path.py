"""From a channel's server to an operator's decision, to the central server, to every other desk, and back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartcity_desk.domain.times import HOUR
from tests.cli.kit import Shell, Source, flood, petabencana
from tests.e2e.kit import MENTENG, PASSWORD, TEBET, Central, Desk, central

NOW = time.time_ns() // 1_000_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Central]:
    with central(tmp_path / "central") as found:
        yield found


@pytest.fixture
def source() -> Iterator[Source]:
    with petabencana(*(flood(n, NOW - n * HOUR) for n in range(1, 9))) as found:
        yield found


@pytest.fixture
def sari(tmp_path: Path, server: Central, source: Source) -> Desk:
    desk = Desk.at(tmp_path / "sari", "sari", server.url)
    assert desk("channel", "set", "petabencana", "--url", source.url).code == 0
    assert desk.sync().code == 0
    return desk


@pytest.fixture
def budi(tmp_path: Path, server: Central, sari: Desk) -> Desk:
    desk = Desk.at(tmp_path / "budi", "budi", server.url)
    assert desk.sync().code == 0
    return desk


def _categories() -> list[str]:
    from smartcity_desk.directory import category_table

    return [code for code in category_table() if code != "banjir"][:2]


def test_a_report_travels_to_another_desk_and_a_decision_with_it(sari: Desk, budi: Desk) -> None:
    assert len(budi("list", "--view", "all", "--json").rows) == 8, (
        "a desk without channels is filled by the server"
    )
    said = sari("do", "route", "petabencana:3", "--office", TEBET, "--reason", "banjir di RW 03", "--json")
    assert said.code == 0
    mine = sari.report("petabencana:3")
    assert (mine["office"], mine["pending"], mine["events"][0]["seq"]) == (TEBET, True, None)
    assert sari.sync().code == 0
    mine = sari.report("petabencana:3")
    assert (mine["office"], mine["pending"], mine["events"][0]["seq"]) == (TEBET, False, 1)
    assert sari("outbox", "--json").rows == []
    assert budi.report("petabencana:3")["office"] is None
    assert budi.sync().code == 0
    theirs = budi.report("petabencana:3")
    assert (theirs["office"], theirs["status"], theirs["events"]) == (TEBET, "routed", mine["events"])


@pytest.mark.parametrize("keep", ["mine", "theirs"])
def test_two_desks_that_contradict_each_other_meet_in_the_tray(sari: Desk, budi: Desk, keep: str) -> None:
    first, second = _categories()
    sari("do", "categorise", "petabencana:1", "--category", first)
    budi("do", "categorise", "petabencana:1", "--category", second)
    budi("do", "note", "petabencana:1", "--text", "warga menelepon")
    assert sari.sync().code == 0
    said = budi.sync()
    assert "1 conflict waits" in said.err
    (row,) = budi("conflicts", "--json").rows
    assert (row["field"], row["mine"], row["theirs"], row["base"]) == ("category", second, first, "banjir")
    now = budi.report("petabencana:1")
    assert (now["category"], now["conflict"], now["notes"]) == (first, True, 1), (
        "the note was never in anybody's way"
    )
    assert budi("resolve", row["op"], keep).code == 0
    assert budi("conflicts", "--json").rows == []
    assert budi.sync().code == 0
    assert sari.sync().code == 0
    expected = second if keep == "mine" else first
    for desk in (sari, budi):
        final = desk.report("petabencana:1")
        assert (final["category"], final["conflict"]) == (expected, False)
    assert sari.report("petabencana:1")["events"] == budi.report("petabencana:1")["events"]


def test_two_desks_that_agree_are_not_in_conflict(sari: Desk, budi: Desk) -> None:
    for desk in (sari, budi):
        desk("do", "route", "petabencana:2", "--office", TEBET, "--reason", "banjir di sana")
    assert sari.sync().code == 0
    assert budi.sync().code == 0
    assert budi("conflicts", "--json").rows == []
    assert budi("outbox", "--json").rows == []
    assert budi.report("petabencana:2")["office"] == TEBET


def test_work_goes_on_with_the_cable_pulled_and_all_of_it_arrives(
    sari: Desk, budi: Desk, server: Central
) -> None:
    server.stop()
    for number in range(1, 9):
        assert sari("do", "note", f"petabencana:{number}", "--text", f"catatan {number}").code == 0
    assert sari("do", "route", "petabencana:4", "--office", MENTENG, "--reason", "banjir di sana").code == 0
    said = sari.sync()
    assert said.code == 3
    assert "Try again later; the outbox is kept." in said.err
    waiting = sari("outbox", "--json").rows
    assert len(waiting) == 9
    assert {row["state"] for row in waiting} == {"queued"}
    assert sari.report("petabencana:4")["office"] == MENTENG
    server.start()
    assert sari.sync().code == 0
    assert sari("outbox", "--json").rows == []
    assert budi.sync().code == 0
    assert [budi.report(f"petabencana:{n}")["notes"] for n in range(1, 9)] == [1] * 8
    ours = [event for event in server.events(server.token("budi")) if event["user"] == "sari"]
    assert [event["payload"].get("text") for event in ours if event["kind"] == "note.added"] == [
        f"catatan {n}" for n in range(1, 9)
    ]


def test_a_claim_is_one_desk_s_only(sari: Desk, budi: Desk) -> None:
    for desk in (sari, budi):
        assert desk("do", "claim", "petabencana:5").code == 0
    assert sari.sync().code == 0
    assert "refused by the server" in budi.sync().err
    (refused,) = budi("outbox", "--json").rows
    assert (refused["state"], refused["error"], refused["error_params"]["user"]) == (
        "rejected", "claimed_by_other", "sari",
    )  # fmt: skip
    assert budi.report("petabencana:5")["claimed_by"] == "sari"


def test_an_official_claims_completion_and_an_operator_looks(sari: Desk, server: Central) -> None:
    sari("do", "route", "petabencana:6", "--office", TEBET, "--reason", "banjir di sana")
    assert sari.sync().code == 0
    report = sari.report("petabencana:6")["id"]
    token = server.token("lurah.tebet")
    at = time.time_ns() // 1_000_000
    from smartcity_desk.domain.ids import time_ordered_id

    for number, (kind, payload) in enumerate(
        [
            ("report.delivered", {"office": TEBET}),
            ("completion.claimed", {"office": TEBET, "text": "sudah surut dan dibersihkan"}),
        ]
    ):
        action = {
            "id": time_ordered_id(at + number, bytes(10)), "report": report, "kind": kind, "at": at, "payload": payload,
        }  # fmt: skip
        (result,) = server.call("/v1/actions", {"actions": [action]}, token)["results"]
        assert result["outcome"] == "accepted", result
    assert sari.sync().code == 0
    assert sari.report("petabencana:6")["status"] == "awaiting_verification"
    assert [row["external_id"] for row in sari("list", "--view", "verify", "--json").rows] == ["6"]
    assert sari("do", "refuse", "petabencana:6", "--reason", "fotonya lama").code == 0
    assert sari.report("petabencana:6")["status"] == "in_progress"
    assert sari.sync().code == 0
    assert sari.report("petabencana:6")["due_at"] is not None


@pytest.mark.parametrize("skew", [-90_000, 90_000])
def test_a_clock_that_is_90_seconds_wrong_loses_nothing_and_is_told(
    sari: Desk, server: Central, source: Source, skew: int
) -> None:
    sari.shell.clock = time.time_ns() // 1_000_000 + skew
    source.items.append(flood(50, sari.shell.clock - 1_000))
    for words in (
        ("claim", "petabencana:7"),
        ("route", "petabencana:7", "--office", TEBET, "--reason", "banjir di sana"),
        ("pause", "petabencana:7", "--code", "E5", "--until", "+10d", "--reason", "menunggu alamat"),
    ):
        assert sari("do", *words).code == 0
    said = sari.sync()
    assert said.code == 0, said
    assert "clock" in said.err
    assert sari("outbox", "--json").rows == []
    assert sari("conflicts", "--json").rows == []
    row = sari.report("petabencana:7")
    assert (row["office"], row["paused"], row["pending"]) == (TEBET, True, False)
    assert sari.report("petabencana:50")["status"] == "new"


def test_a_wrong_password_is_code_4_and_says_so(tmp_path: Path, server: Central) -> None:
    shell = Shell(tmp_path / "x")
    said = shell(
        "login",
        "--server",
        server.url,
        "--user",
        "sari",
        "--password-stdin",
        "--json",
        stdin="salah sekali\n",
    )
    assert said.code == 4
    assert said.error["what"] == "The name or the password is wrong."
    assert PASSWORD not in said.out + said.err


def test_a_server_that_is_killed_in_its_work_has_kept_what_it_confirmed(sari: Desk, server: Central) -> None:
    for number in range(1, 9):
        sari("do", "note", f"petabencana:{number}", "--text", "dicek")
    assert sari.sync().code == 0
    before = server.events(server.token("sari"))
    server.stop(kill=True)
    server.start()
    assert server.events(server.token("sari")) == before
    assert len(before) == 8
