"""`central …` and `training …` from the command line."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from smartcity_desk.commands.exits import Exit
from tests.cli.kit import Shell
from tests.conftest import ROOT

PASSWORD = "sebuah sandi panjang"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "data")


def test_a_server_is_made_with_its_accounts_and_its_directory(shell: Shell) -> None:
    (made,) = shell("central", "init", "--json").rows
    assert made["user"] == "admin"
    assert len(made["password"]) >= 10, "invented, and shown this once"
    assert shell("central", "init").code == Exit.USAGE
    said = shell(
        "central", "user", "add", "sari", "--role", "operator", "--password-stdin", "--json", stdin=PASSWORD
    )
    assert said.rows == [{"user": "sari", "password": None}]
    assert PASSWORD not in said.out + said.err
    assert shell("central", "user", "add", "sari", "--role", "operator").code == Exit.USAGE
    assert shell("central", "user", "add", "lurah.x", "--role", "official").code == Exit.USAGE
    assert (
        shell("central", "user", "password", "sari", "--password-stdin", stdin="pendek\n").code == Exit.USAGE
    )
    assert shell("central", "user", "disable", "sari").code == Exit.OK
    assert shell("central", "user", "enable", "sari").code == Exit.OK
    assert shell("central", "user", "disable", "admin").code == Exit.USAGE, "the last administrator"
    assert shell("central", "user", "disable", "nobody").code == Exit.USAGE
    rows = shell("central", "user", "list", "--json").rows
    assert {row["user"]: row["role"] for row in rows} == {"admin": "admin", "sari": "operator"}
    assert "password" not in json.dumps(rows)
    (loaded,) = shell("central", "directory", "load", "--json").rows
    assert loaded["offices"] > 317
    (verdict,) = shell("central", "verify", "--json").rows
    assert verdict == {"ok": True, "events": 0, "broken_at": None}


def test_mistakes_with_a_server_have_their_words(shell: Shell, tmp_path: Path) -> None:
    said = shell("central", "run", "--json")
    assert (said.code, said.error["params"]["reason"]) == (Exit.USAGE, "not_initialised")
    assert shell("central", "user", "list").code == Exit.USAGE
    shell("central", "init")
    broken = tmp_path / "directory.json"
    broken.write_text("{")
    assert shell("central", "directory", "load", str(broken)).code == Exit.USAGE
    broken.write_text('{"offices": [1]}')
    assert shell("central", "directory", "load", str(broken)).code == Exit.FAILED
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = shell("central", "run", "--port", str(taken.getsockname()[1]), "--json")
    assert (said.code, said.error["params"]["reason"]) == (Exit.USAGE, "cannot_listen")
    assert shell("central", "init", "--database", "oracle://x").code == Exit.USAGE


def test_without_a_city_its_switch_says_so(shell: Shell) -> None:
    for deed in ("cut", "mend", "status"):
        said = shell("training", deed, "--json")
        assert (said.code, said.error["code"]) == (Exit.FAILED, "no_city")


def test_a_training_city_runs_and_its_network_is_cut_and_mended(shell: Shell, tmp_path: Path) -> None:
    elsewhere = tmp_path / "where.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "smartcity_desk", "--data-dir", str(shell.folder), "training",
         "--scale", "0.02", "--seed", "7", "--port-file", str(elsewhere)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        ready = {}
        while not ready.get("ready"):
            line = process.stdout.readline()
            assert line, "the city ended before it was ready"
            ready = json.loads(line)
        (status,) = shell("training", "status", "--json").rows
        assert (status["up"], status["central"]) == (True, ready["central"])
        assert json.loads(elsewhere.read_text("utf-8")) == ready
        assert shell("training", "status", "--port-file", str(elsewhere)).code == Exit.OK
        training = Shell(shell.folder)
        words = ("--profile", "other")
        for name, url in ready["channels"].items():
            options = [f"--option={key}={value}" for key, value in ready["options"][name].items()]
            said = training(*words, "channel", "set", name, "--url", url, *options)
            assert said.code == Exit.OK, said
        assert shell("training", "cut").code == Exit.OK
        assert training(*words, "channel", "test", "petabencana").code == Exit.OFFLINE
        assert "network is cut" in shell("training", "status").out
        assert shell("training", "mend").code == Exit.OK
        assert training(*words, "channel", "test", "petabencana").code == Exit.OK
        (known,) = shell("training", "fault", "--json").rows
        assert "429" in known["lapor"]
        assert "expunge" in known["email"]
        assert "stale" in known["pintu_air"]
        (waiting,) = shell("training", "fault", "petabencana", "html-error", "--json").rows
        assert waiting == {"faults": {"petabencana": {"html": 1}}}
        assert training(*words, "channel", "test", "petabencana").code != Exit.OK
        assert training(*words, "channel", "test", "petabencana").code == Exit.OK
        assert shell("training", "fault", "petabencana", "flood", "--json").error["code"] == "unknown_fault"
        assert shell("training", "fault", "petabencana", "--json").error["code"] == "fault_needed"
        user = ready["users"][0]
        assert training(*words, "login", "--server", ready["central"], "--user", user["user"], "--password-stdin",
                        stdin=user["password"]).code == Exit.LOGIN  # fmt: skip
        said = training(
            *words, "sync", "--once", "--channel", "petabencana", "--channel", "waze", "--user", user["user"],
            "--password-stdin", stdin=user["password"],
        )  # fmt: skip
        assert said.code == Exit.OK, said
        rows = training(*words, "list", "--view", "all", "--json").rows
        assert {row["channel"] for row in rows} >= {"petabencana", "waze"}
        assert all(row["office"] is None for row in rows if row["kind"] == "context")
    finally:
        assert process.stdin is not None
        process.stdin.close()
        assert process.stdout is not None
        process.stdout.read()
        process.stdout.close()
        assert process.wait(30) == 0
    assert not elsewhere.exists()
    assert shell("training", "status").code == Exit.FAILED
