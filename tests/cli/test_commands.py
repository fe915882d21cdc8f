"""The commands on a real store and real loopback servers: data, words, and codes that a script can rely on."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartcity_desk.commands.exits import Exit
from smartcity_desk.domain.ids import report_id
from smartcity_desk.domain.times import DAY, HOUR
from tests import absent
from tests.cli.kit import Shell, Source, flood, petabencana, run_process
from tests.conftest import ROOT

NOW = time.time_ns() // 1_000_000
TEBET = "31.74.01.1001"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "data")


@pytest.fixture
def source() -> Iterator[Source]:
    with petabencana(*(flood(n, NOW - n * HOUR) for n in range(1, 6))) as found:
        yield found


@pytest.fixture
def filled(shell: Shell, source: Source) -> Shell:
    assert shell("channel", "set", "petabencana", "--url", source.url).code == Exit.OK
    assert shell("sync", "--once").code == Exit.OK
    return shell


def _id(number: int) -> str:
    return report_id("petabencana", str(number))


# ---------------------------------------------------------------- reading


def test_list_has_one_object_a_line_with_the_promised_keys(filled: Shell) -> None:
    rows = filled("list", "--view", "all", "--json").rows
    assert len(rows) == 5
    promised = {"id", "channel", "external_id", "reported_at", "text", "lat", "lon", "office", "status"}
    assert all(promised <= row.keys() for row in rows)
    first = next(row for row in rows if row["external_id"] == "1")
    assert first["id"] == _id(1)
    assert (first["channel"], first["status"], first["office"]) == ("petabencana", "new", None)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["reported_at"])
    assert first["lat"] == pytest.approx(-6.23)
    assert [row["external_id"] for row in rows] == ["1", "2", "3", "4", "5"], "newest first"


def test_filters_and_limit(filled: Shell) -> None:
    assert len(filled("list", "--view", "all", "--json", "--limit", "2").rows) == 2
    assert len(filled("list", "--view", "all", "--json", "--since", "+150m").rows) == 2
    assert [r["external_id"] for r in filled("list", "--view", "all", "--json", "--text", "gang 3").rows] == [
        "3"
    ]
    assert filled("list", "--view", "all", "--json", "--channel", "x").rows == []
    oldest = filled("list", "--view", "all", "--json", "--order", "oldest").rows
    assert oldest[0]["external_id"] == "5"
    assert filled("list", "--view", "all", "--json", "--status", "done").rows == []


def test_a_table_for_people(filled: Shell) -> None:
    said = filled("list", "--view", "all")
    assert said.code == Exit.OK
    assert said.out.splitlines()[0].split() == ["id", "channel", "reported", "status", "holder", "report"]
    assert len(said.out.splitlines()) == 6
    assert "5 of 5 reports." in said.err


def test_show_by_id_by_prefix_and_by_the_channel_s_own_id(filled: Shell) -> None:
    for name in (_id(2), _id(2)[:8], _id(2)[:8].upper(), "petabencana:2"):
        (row,) = filled("show", name, "--json").rows
        assert row["id"] == _id(2)
        assert row["events"] == []
    assert "Banjir di gang 2" in filled("show", "petabencana:2").out


def test_show_tells_an_act_in_words_of_a_person(filled: Shell) -> None:
    assert filled("do", "claim", "petabencana:1").code == Exit.OK
    (told,) = [line for line in filled("show", "petabencana:1").out.splitlines() if "claim.taken" in line]
    assert "False" not in told
    assert not re.search(r"\d{13}", told)


def test_courses_say_what_could_be_done_and_do_nothing(filled: Shell) -> None:
    (found,) = filled("courses", "petabencana:1", "--json").rows
    assert found["report"] == _id(1)
    assert len(found["courses"]) >= 3
    promised = {"rank", "course", "title", "points", "authority", "comparable", "risk", "text", "reasons"}
    assert all(promised <= one.keys() for one in found["courses"])
    assert all(one["points"] == sum(why["points"] for why in one["reasons"]) for one in found["courses"])
    assert not found["courses"][0]["comparable"]["enough"]
    said = filled("courses", "petabencana:1")
    assert said.out.startswith("1. ")
    assert "fewer than 10" in said.out
    assert filled("outbox", "--json").rows == []


def test_reports_that_are_not_there_and_prefixes_that_are_too_short(filled: Shell) -> None:
    said = filled("show", "petabencana:99")
    assert said.code == Exit.FAILED
    assert len(said.err.splitlines()) == 2, "what happened, and the next step"
    assert said.out == ""
    assert filled("show", "abc").code == Exit.USAGE
    assert filled("show", "zzzzzz").code == Exit.FAILED


def test_two_reports_with_the_same_beginning_are_not_guessed_at(filled: Shell, source: Source) -> None:
    start = ""
    numbers = range(1000)
    by_start: dict[str, int] = {}
    for number in numbers:
        start = _id(number)[:4]
        if start in by_start:
            source.items = [flood(by_start[start], NOW - HOUR), flood(number, NOW - HOUR)]
            break
        by_start[start] = number
    assert filled("sync", "--once").code == Exit.OK
    said = filled("show", start, "--json")
    assert (said.code, said.error["code"]) == (Exit.USAGE, "ambiguous_report")


def test_an_unknown_view_names_those_that_there_are(filled: Shell) -> None:
    said = filled("list", "--view", "nowhere", "--json")
    assert said.code == Exit.USAGE
    assert "overdue" in said.error["next"]


def test_a_view_that_the_operator_saved_is_known_by_its_name(filled: Shell) -> None:
    settings = filled.folder / "profiles" / "default" / "settings.json"
    stored = json.loads(settings.read_text())
    stored["triage.views"] = [
        {"key": "own1", "name": "Gang tiga", "filter": {"text": "gang 3"}},
        {"key": "own2", "name": "dari masa depan", "filter": {"order": "moon"}},
    ]
    settings.write_text(json.dumps(stored))
    assert [row["external_id"] for row in filled("list", "--view", "gang TIGA", "--json").rows] == ["3"]
    assert filled("list", "--view", "dari masa depan").code == Exit.USAGE


# ---------------------------------------------------------------- acting


ACTIONS: dict[str, list[str]] = {
    "categorise": ["--category", "banjir"],
    "place": ["--place", TEBET],
    "route": ["--office", TEBET, "--reason", "banjir di sana"],
    "note": ["--text", "warga menelepon"],
    "reject": ["--code", "spam"],
    "pause": ["--code", "E5", "--until", "+3d", "--reason", "menunggu alamat"],
    "claim": [],
    "answer": ["--text", "Petugas sedang ke lokasi"],
}


def test_every_action_that_a_new_report_allows(filled: Shell) -> None:
    categories = filled("do", "categorise", "petabencana:1", "--category", "nothing-like-this", "--json")
    assert categories.code == Exit.REFUSED
    code = _a_category()
    for number, (name, options) in enumerate(ACTIONS.items()):
        words = [code if word == "banjir" else word for word in options]
        said = filled("do", name, f"petabencana:{number % 5 + 1}", *words, "--json")
        assert said.code == Exit.OK, (name, said)
        assert said.rows[0]["outcome"] == "queued"
    (state,) = filled("show", "petabencana:3", "--json").rows
    assert (state["office"], state["status"], state["pending"]) == (TEBET, "routed", True)
    (rejected,) = filled("show", "petabencana:5", "--json").rows
    assert rejected["status"] == "rejected"
    assert filled("do", "reopen", "petabencana:5", "--reason", "bukan spam").code == Exit.OK
    assert filled("do", "resume", "petabencana:1").code == Exit.OK
    assert filled("do", "release", "petabencana:2").code == Exit.OK


def _a_category() -> str:
    from smartcity_desk.directory import category_table

    return next(iter(category_table()))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("accept", "petabencana:1"), "nothing_claimed_done"),
        (("refuse", "petabencana:1", "--reason", "foto lama"), "nothing_claimed_done"),
        (("accept-return", "petabencana:1"), "nothing_returned"),
        (("refuse-return", "petabencana:1", "--reason", "tetap di sana"), "nothing_returned"),
        (("resume", "petabencana:1"), "not_paused"),
        (("release", "petabencana:1"), "not_claimed"),
        (("route", "petabencana:1", "--office", "NOWHERE", "--reason", "entah ke mana"), "unknown_office"),
        (("pause", "petabencana:1", "--code", "E6", "--until", "+3d", "--reason", "menunggu PLN"),
         "pause_needs_supervisor"),
        (("pause", "petabencana:1", "--code", "E5", "--until", "+90d", "--reason", "menunggu"), "pause_too_long"),
    ],
)  # fmt: skip
def test_what_a_rule_refuses_says_so_and_queues_nothing(
    filled: Shell, words: tuple[str, ...], code: str
) -> None:
    said = filled("do", *words, "--json")
    assert said.code == Exit.REFUSED
    (row,) = said.rows
    assert (row["outcome"], row["code"], row["report"]) == ("refused", code, _id(1))
    assert row["what"]
    assert row["next"]
    assert filled("outbox", "--json").rows == []


@pytest.mark.parametrize(
    "words",
    [
        ("categorise", "petabencana:1"),
        ("route", "petabencana:1", "--office", TEBET),
        ("pause", "petabencana:1", "--code", "spam", "--until", "+1d", "--reason", "menunggu"),
        ("reject", "petabencana:1", "--code", "E5"),
        ("pause", "petabencana:1", "--code", "E5", "--until", "besok", "--reason", "menunggu"),
        ("fly", "petabencana:1"),
        ("note", "-", "--text", "x"),
    ],
)
def test_a_command_that_is_written_wrong_is_told_apart(filled: Shell, words: tuple[str, ...]) -> None:
    said = filled("do", *words)
    assert said.code == Exit.USAGE
    assert len(said.err.splitlines()) == 2
    assert filled("outbox", "--json").rows == []


def test_many_reports_through_standard_input(filled: Shell) -> None:
    ids = "\n".join(row["id"] for row in filled("list", "--view", "all", "--json").rows)
    said = filled("do", "note", "-", "--text", "dicek", "--json", stdin=ids + "\n\n")
    assert said.code == Exit.OK
    assert len(said.rows) == 5


def test_some_done_and_some_refused_is_told_one_by_one(filled: Shell) -> None:
    filled("do", "reject", "petabencana:1", "--code", "spam")
    said = filled("do", "reject", "petabencana:1", "petabencana:2", "--code", "spam", "--json")
    assert said.code == Exit.REFUSED
    assert {row["report"]: row["outcome"] for row in said.rows} == {_id(1): "refused", _id(2): "queued"}


def test_undo_takes_back_what_was_not_sent(filled: Shell) -> None:
    for number in (1, 2, 3):
        filled("do", "note", f"petabencana:{number}", "--text", "dicek")
    assert len(filled("undo", "2", "--json").rows) == 2
    assert [row["external_id"] for row in filled("outbox", "--json").rows] == ["1"]
    assert filled("undo").code == Exit.OK
    assert filled("undo").code == Exit.FAILED
    assert {row["state"] for row in filled("outbox", "--all", "--json").rows} == {"withdrawn"}


def test_without_a_server_the_note_says_where_the_action_is(filled: Shell) -> None:
    said = filled("do", "note", "petabencana:1", "--text", "dicek")
    assert "no central server yet" in said.err
    assert "Kept" in said.out


# ---------------------------------------------------------------- channels, quarantine, sync


def test_join_and_separate_and_what_show_and_list_say_of_it(filled: Shell) -> None:
    said = filled(
        "join", "petabencana:1", "petabencana:2", "petabencana:5", "--reason", "titik sama", "--json"
    )
    assert said.code == Exit.OK
    *done, last = said.rows
    assert [row["outcome"] for row in done] == ["queued"] * 3
    assert last["lead"] == _id(5), "the oldest one"
    (lead,) = filled("show", "petabencana:5", "--json").rows
    assert (lead["incident"], lead["lead"], len(lead["members"])) == (last["incident"], None, 3)
    (behind,) = filled("show", "petabencana:1", "--json").rows
    assert (behind["lead"], behind["lead_status"], behind["due_at"]) == (_id(5), "new", None)
    assert "follows" in filled("show", "petabencana:1").out
    rows = {row["external_id"]: row for row in filled("list", "--view", "all", "--json").rows}
    assert (rows["5"]["members"], rows["2"]["lead"], rows["3"]["incident"]) == (2, _id(5), None)
    assert {row["external_id"] for row in filled("list", "--view", "open", "--json").rows} == {"3", "4", "5"}
    assert "clock of INS-" in filled("explain", "petabencana:1").out
    assert filled("separate", "petabencana:1").code == Exit.OK
    (apart,) = filled("show", "petabencana:1", "--json").rows
    assert (apart["incident"], apart["lead"]) == (None, None)
    assert apart["due_at"] is not None
    assert filled("separate", "petabencana:2", "--all").code == Exit.OK
    assert len(filled("list", "--view", "open", "--json").rows) == 5
    assert filled("separate", "petabencana:2").code == Exit.REFUSED
    assert filled("join", "petabencana:1").code == Exit.USAGE


def test_channels_are_set_listed_and_tried(shell: Shell, source: Source) -> None:
    assert (
        shell("channel", "set", "petabencana", "--url", source.url, "--option", "admin=ID-JK").code == Exit.OK
    )
    rows = {row["name"]: row for row in shell("channel", "list", "--json").rows}
    assert (rows["petabencana"]["enabled"], rows["petabencana"]["url"]) == (True, source.url)
    assert rows["petabencana"]["options"]["admin"] == "ID-JK"
    assert rows["x"]["missing_secrets"] == ["token"]
    (tried,) = shell("channel", "test", "petabencana", "--json").rows
    assert (tried["ok"], tried["items"]) == (True, 5)
    assert shell("channel", "set", "petabencana", "--disable").code == Exit.OK
    (done,) = shell("sync", "--once", "--json").rows
    assert done == {"kind": "done", "failed": [], "channels": {}, "central": None}


@pytest.mark.parametrize(
    ("words", "stdin", "code"),
    [
        (("set", "nowhere", "--url", "http://127.0.0.1:1"), "", Exit.USAGE),
        (("set", "petabencana", "--url", "ftp://127.0.0.1"), "", Exit.USAGE),
        (("set", "petabencana", "--url", "http://user:secret@127.0.0.1"), "", Exit.USAGE),
        (("set", "petabencana", "--option", "admin=nonsense!"), "", Exit.USAGE),
        (("set", "petabencana", "--option", "admin"), "", Exit.USAGE),
        (("set", "petabencana", "--option", "no=1"), "", Exit.USAGE),
        (("set", "qlue", "--secret-stdin"), "x\n", Exit.USAGE),
        (("set", "crm", "--enable"), "", Exit.USAGE),  # nobody has confirmed that it may be asked
        (("set", "x", "--option", "token=abc"), "", Exit.USAGE),
        (("set", "x", "--enable", "--secret-stdin"), "", Exit.USAGE),
        (("set", "x", "--enable", "--secret-stdin"), "a-token\n", Exit.LOCAL),  # no keyring to keep it
        (("test", "nowhere"), "", Exit.USAGE),
        (("test", "waze"), "", Exit.USAGE),
        (("test", "x"), "", Exit.LOGIN),
    ],
)
def test_channel_mistakes_have_their_codes(
    shell: Shell, words: tuple[str, ...], stdin: str, code: Exit
) -> None:
    said = shell("channel", *words, stdin=stdin)
    assert said.code == code, said
    assert len(said.err.splitlines()) == 2
    assert "a-token" not in said.out + said.err


def test_a_secret_from_the_environment_is_used_and_never_shown(shell: Shell, tmp_path: Path) -> None:
    said = run_process(
        tmp_path / "data",
        "channel",
        "list",
        "--json",
        environment={"SMARTCITY_CHANNEL_X_TOKEN": "s3cret-value"},
    )
    rows = {row["name"]: row for row in said.rows}
    assert rows["x"]["missing_secrets"] == []
    assert "s3cret-value" not in said.out + said.err


def test_a_channel_that_is_away_is_code_3_and_the_others_go_on(shell: Shell, source: Source) -> None:
    shell("channel", "set", "petabencana", "--url", source.url)
    shell("channel", "set", "waze", "--url", "http://127.0.0.1:9/feed")
    said = shell("sync", "--once")
    assert said.code == Exit.OFFLINE
    assert "petabencana: 5 items read, 5 new" in said.out
    assert said.err.startswith("waze: ")
    assert shell("sync", "--once", "--channel", "nowhere").code == Exit.USAGE


def test_a_central_server_that_is_away_keeps_no_channel_waiting(shell: Shell, source: Source) -> None:
    shell("channel", "set", "petabencana", "--url", source.url)
    settings = shell.folder / "profiles" / "default" / "settings.json"
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "central.url": "http://127.0.0.1:9"}))
    said = shell("sync", "--once", "--user", "sari", "--password-stdin", stdin="x\n")
    assert said.code == Exit.OFFLINE
    assert "petabencana: 5 items read, 5 new" in said.out
    assert said.err.startswith("central: ")


def test_a_source_that_refuses_is_told_with_its_own_remedy(filled: Shell, source: Source) -> None:
    source.answers += [(401, b"{}"), (403, b"{}"), (404, b"{}")]
    for expected in (Exit.LOGIN, Exit.LOGIN, Exit.REFUSED):
        said = filled("sync", "--once")
        assert said.code == expected
        assert "channel test petabencana" in said.err
        assert "login --user" not in said.err.splitlines()[1]


def test_an_ill_channel_is_told_and_nothing_is_lost(filled: Shell, source: Source) -> None:
    source.answers += [(500, b"{}"), (200, b"<html>"), (429, b"{}"), (200, b"{"), (403, b"{}")]
    codes = [filled("sync", "--once").code for _ in range(5)]
    assert codes == [Exit.OFFLINE, Exit.OFFLINE, Exit.OFFLINE, Exit.FAILED, Exit.LOGIN]
    assert len(filled("list", "--view", "all", "--json").rows) == 5
    assert filled("sync", "--once").code == Exit.OK


def test_what_cannot_be_read_lies_in_quarantine_whole(filled: Shell, source: Source) -> None:
    source.items.append(flood(77, NOW - HOUR, created_at="kemarin sore"))
    assert filled("sync", "--once").code == Exit.OK
    (row,) = filled("quarantine", "--json").rows
    assert (row["channel"], row["opened"]) == ("petabencana", False)
    assert json.loads(row["raw"])["properties"]["pkey"] == "<text 2>"
    assert "kemarin sore" not in filled("quarantine").out
    assert filled("quarantine", "--json", "--reason", "-").code == Exit.FAILED
    (row,) = filled("quarantine", "--json", "--reason", "membetulkan kanal").rows
    assert json.loads(row["raw"])["properties"]["pkey"] == "77"
    (op,) = filled("outbox", "--json").rows
    assert (op["kind"], op["payload"]["reason"]) == ("quarantine.revealed", "membetulkan kanal")
    remains = {"read": 0, "left": 1, "reasons": {"properties.created_at": 1}}
    assert filled("quarantine", "--retry", "--json").rows == [remains]
    assert "created_at" in filled("quarantine").out
    assert filled("quarantine", "--channel", "nowhere").code == Exit.USAGE


def test_the_same_round_again_changes_nothing(filled: Shell) -> None:
    rows = filled("sync", "--once", "--json").rows
    assert [row["kind"] for row in rows] == ["channel", "done"]
    assert rows[-1] == {
        "kind": "done",
        "failed": [],
        "channels": {
            "petabencana": {"seen": 5, "new": 0, "changed": 0, "replies": 0, "withdrawn": 0, "quarantined": 0}
        },
        "central": None,
    }


# ---------------------------------------------------------------- hostile texts


HOSTILE = [
    "\x1b[2J\x1b]0;owned\x07 layar bersih",
    "\u202egnirts desrever\u202c",
    "<script>alert(1)</script>",
    "=HYPERLINK(\"http://x\")",
    "baris\r\n  satu\tdua\x00tiga",
    "\u009b31m merah",
    "x" * 100_000,
    "\u2066tersembunyi\u2069 \ufeff",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_reaches_the_terminal_as_text(shell: Shell, text: str) -> None:
    with petabencana(flood(1, NOW - HOUR, text=text)) as source:
        shell("channel", "set", "petabencana", "--url", source.url)
        assert shell("sync", "--once").code == Exit.OK
    forbidden = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
    for words in (("list", "--view", "all"), ("show", "petabencana:1")):
        said = shell(*words)
        assert said.code == Exit.OK
        assert not forbidden.search(said.out.replace("\t", ""))
    for words in (("list", "--view", "all", "--json"), ("show", "petabencana:1", "--json")):
        said = shell(*words)
        assert not forbidden.search(said.out)
        (row,) = said.rows
        assert row["text"].replace("\ufffd", "\x00").strip() == text.strip(), (
            "escaped, and still the same text"
        )


def test_hostile_arguments_come_back_as_text(shell: Shell) -> None:
    said = shell("list", "--view", "\x1b[31mmerah\u202e")
    assert "\x1b" not in said.err
    assert "\u202e" not in said.err


# ---------------------------------------------------------------- the folder


def _unwritable(folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)


def test_a_read_only_folder_is_code_7(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        blocker = tmp_path / "file"
        blocker.write_text("a file where the folder should be")
        shell = Shell(blocker / "data")
    else:
        _unwritable(tmp_path / "locked")
        shell = Shell(tmp_path / "locked" / "data")
    for words in (
        ("list",),
        ("do", "note", "petabencana:1", "--text", "x"),
        ("sync", "--once"),
        ("self-check",),
    ):
        said = shell(*words, "--json")
        assert said.code == Exit.LOCAL, words
        assert said.error["params"]["kind"] == "read_only"
        assert said.out == "" or words[0] == "self-check"


def test_a_bad_profile_name_and_a_bad_language(shell: Shell) -> None:
    assert shell("--profile", "../x", "list").code == Exit.USAGE
    assert run_process(shell.folder, "--language", "fr", "list").code == Exit.USAGE


def test_profiles_are_apart(filled: Shell) -> None:
    assert filled("--profile", "other", "list", "--view", "all", "--json").rows == []


def test_beside_an_open_desk_reading_and_acting_work_and_syncing_waits_its_turn(filled: Shell) -> None:
    from smartcity_desk.locks import InstanceLock

    home = filled.folder / "profiles" / "default"
    with InstanceLock(home / "desk.lock"), InstanceLock(home / "sync.lock"):
        assert len(filled("list", "--view", "all", "--json").rows) == 5
        assert filled("do", "note", "petabencana:1", "--text", "dicek").code == Exit.OK
        said = filled("sync", "--once", "--json")
        assert (said.code, said.error["params"]["kind"]) == (Exit.LOCAL, "second_instance")


def test_self_check_is_well_on_a_sound_folder(filled: Shell) -> None:
    said = filled("self-check", "--json")
    assert said.code == Exit.OK, said.out
    checks = {row["check"]: row["ok"] for row in said.rows}
    assert checks["store_whole"] is True
    assert checks["keyring"] is None, "worth knowing, nothing broken"


# ---------------------------------------------------------------- log-in without a server


def test_log_in_mistakes(shell: Shell) -> None:
    assert shell("login", "--user", "sari", "--password-stdin", stdin="x\n").code == Exit.USAGE
    said = shell("login", "--server", "http://127.0.0.1:9", "--user", "sari", "--password-stdin", stdin="x\n")
    assert said.code == Exit.OFFLINE
    assert shell("login", "--server", "http://127.0.0.1:9", "--user", "sari").code == Exit.USAGE
    assert shell("logout").code == Exit.OK


def test_with_a_server_but_nobody_ever_logged_in_acting_asks_for_it(filled: Shell) -> None:
    settings = filled.folder / "profiles" / "default" / "settings.json"
    stored = json.loads(settings.read_text())
    settings.write_text(json.dumps({**stored, "central.url": "http://127.0.0.1:9"}))
    said = filled("do", "note", "petabencana:1", "--text", "dicek", "--json")
    assert said.code == Exit.LOGIN
    assert "login" in said.error["next"]


# ---------------------------------------------------------------- the real entry point


def test_the_command_itself_speaks_and_never_loads_qt(tmp_path: Path) -> None:
    said = run_process(tmp_path / "data", "--version")
    assert said.code == 0
    assert said.out.startswith("smartcity-desk ")
    code = (
        "import sys; from smartcity_desk import cli; code = cli.main(sys.argv[1:]); "
        "loaded = [name for name in sys.modules if name.startswith(('PySide6', 'qasync', 'shiboken6'))]; "
        "sys.exit(code if not loaded else 99)"
    )
    for words in (
        ["list", "--json"],
        ["self-check"],
        ["sync", "--once"],
        ["channel", "list"],
        ["quarantine"],
    ):
        done = subprocess.run(
            [sys.executable, "-c", code, "--data-dir", str(tmp_path / "data"), *words], cwd=ROOT, timeout=60
        )
        assert done.returncode == 0, words


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "smartcity_desk",
            "--data-dir",
            str(tmp_path / "data"),
            "channel",
            "list",
            "--json",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    trouble = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 0
    assert trouble == b""


@pytest.mark.parametrize("closed", ["stdin", "stdout", "stderr"])
def test_closed_streams_stop_no_work(tmp_path: Path, closed: str) -> None:
    number = ["stdin", "stdout", "stderr"].index(closed)
    code = (
        f"import os, sys; os.close({number}); "
        "os.execv(sys.executable, [sys.executable, '-m', 'smartcity_desk', *sys.argv[1:]])"
    )
    words = ["--data-dir", str(tmp_path / "data"), "channel", "set", "petabencana", "--disable"]
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert (done.returncode, done.stderr) == (Exit.OK, b"")
    assert "petabencana" in (tmp_path / "data" / "profiles" / "default" / "settings.json").read_text()


def test_an_unreadable_settings_file_is_set_aside_and_told(filled: Shell) -> None:
    settings = filled.folder / "profiles" / "default" / "settings.json"
    settings.write_text("{ not json")
    said = filled("sync", "--once")
    assert said.code == Exit.OK
    (aside,) = settings.parent.glob("settings.json.unreadable*")
    assert aside.name in said.err.splitlines()[0]
    assert "channel set" in said.err.splitlines()[1]
    assert aside.name not in filled("sync", "--once").err


def test_a_limit_beyond_any_number_of_the_file_is_all(filled: Shell) -> None:
    assert len(filled("list", "--view", "all", "--limit", "9" * 30, "--json").rows) == 5


def test_ctrl_c_ends_a_running_engine_quietly(tmp_path: Path) -> None:
    if os.name != "posix":
        absent.not_run("signals", "this system has no SIGINT for another process")
    process = subprocess.Popen(
        [sys.executable, "-m", "smartcity_desk", "--data-dir", str(tmp_path / "data"), "sync", "--follow"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    log = tmp_path / "data" / "profiles" / "default" / "desk.sqlite3"
    deadline = time.monotonic() + 30
    while not log.exists() and time.monotonic() < deadline:
        threading.Event().wait(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode in {0, 130}, (out, err)
    assert b"Traceback" not in err


def test_units_of_time_in_arguments() -> None:
    from smartcity_desk.commands.grammar import instant
    from smartcity_desk.domain.times import from_iso

    assert instant("+3d") == -3 * DAY
    assert instant("+12h") == -12 * HOUR
    assert instant("2026-11-22") == from_iso("2026-11-21T17:00:00Z"), "a date begins at midnight in Jakarta"
    assert instant("2026-11-22T09:00:00Z") == from_iso("2026-11-22T09:00:00Z")
