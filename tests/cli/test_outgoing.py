"""`central outgoing …` from the command line, against an Open311 server on loopback."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from smartcity_desk.central import admin
from smartcity_desk.central.outgoing import feed, sending, targets
from smartcity_desk.central.settings import CentralSettings
from smartcity_desk.commands import source_arguments
from smartcity_desk.commands.exits import Exit
from tests.central.world import report
from tests.cli.kit import Shell
from tests.sync.bench import NOW
from tests.sync.georeport.world import listening, people, server_of

KEY = "sebuah-kunci-rahasia"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path / "data")
    cheap = replace(settings(made), password_time_cost=1, password_memory_kib=8)
    admin.init(cheap, user="admin", password="sebuah sandi panjang")
    return made


@contextmanager
def open311() -> Iterator[str]:
    """A server in a thread of its own: commands run their own loop."""
    ready, stop, where = threading.Event(), asyncio.Event(), [""]
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        server = server_of(people(1), lambda: NOW)
        async with listening(server.app()) as origin:
            where[0] = origin + server.path
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        assert ready.wait(20)
        yield where[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.close()


def settings(shell: Shell) -> CentralSettings:
    return CentralSettings.at(shell.folder / "central")


def test_a_target_is_named_shown_tried_and_turned_on(shell: Shell) -> None:
    with open311() as url:
        (made,) = shell(
            *(
                "central",
                "outgoing",
                "set",
                "lapor",
                "--url",
                url,
                "--answers",
                "lapor",
                "--service",
                "sampah",
            ),
            *("--services", "banjir=lainnya jalan=x", "--key-stdin", "--json"),
            stdin=KEY,
        ).rows
        assert (made["mode"], made["services"]) == ("dry", {"banjir": "lainnya", "jalan": "x"})
        (tried,) = shell("central", "outgoing", "test", "lapor", "--json").rows
        assert tried["has_key"]
        assert tried["unknown_services"] == ["x"]
        assert "services: x" in shell("central", "outgoing", "test", "lapor").out
    said = shell("central", "outgoing", "test", "lapor")
    assert (said.code, "offline" in said.err) == (Exit.OFFLINE, True)
    assert shell("central", "outgoing", "set", "lapor", "--mode", "on").code == Exit.OK
    shown = shell("central", "outgoing", "list")
    assert "sending" in shown.out
    assert KEY not in shown.out + shell("central", "outgoing", "list", "--json").out
    assert targets.key_of(settings(shell).keys, "lapor", {}) == KEY


def test_lines_are_listed_and_sent_again(shell: Shell) -> None:
    shell("central", "outgoing", "set", "kota", "--url", "http://127.0.0.1:9", "--reports", "manual")
    target = targets.Target("kota", "http://127.0.0.1:9", targets.Mode.ON, reports="manual")
    rows = list(feed._request(report(1), None, (None, None), target, 1, NOW, ""))
    with admin.opened(settings(shell)) as db:
        db.write_now(lambda c: feed._insert(c, rows))
        db.write_now(
            lambda c: c.execute(sending.schema.outgoing.update().values(state="refused", code="http_400"))
        )
    (line,) = shell("central", "outgoing", "list", "--queue", "refused", "--json").rows
    assert (line["code"], line["target"]) == ("http_400", "kota")
    assert "Banjir" not in shell("central", "outgoing", "list", "--queue", "all").out, "texts are not listed"
    assert shell("central", "outgoing", "retry", "--json").rows == [{"waiting": 1}]
    assert shell("central", "outgoing", "list", "--queue", "refused", "--json").rows == []
    (shown,) = shell("central", "outgoing", "list", "--json").rows
    assert shown["lines"] == {"waiting": 1}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("set", "baru"), "outgoing_url_needed"),
        (("set", "baru", "--url", "https://x.invalid"), "config_problem"),
        (("set", "Baru!", "--url", "https://x.invalid", "--answers", "x"), "config_problem"),
        (
            ("set", "baru", "--url", "https://x.invalid", "--answers", "x", "--services", "a"),
            "config_problem",
        ),
        (("test", "tidak_ada"), "config_problem"),
    ],
)
def test_mistakes_have_their_words(shell: Shell, words: tuple[str, ...], code: str) -> None:
    said = shell("central", "outgoing", *words, "--json")
    assert (said.code, said.error["code"]) == (Exit.USAGE, code)


def test_the_words_of_the_command_line_are_those_of_the_server() -> None:
    assert tuple(mode.value for mode in targets.Mode) == source_arguments.OUTGOING_MODES
    assert feed.STATES == source_arguments.OUTGOING_STATES
