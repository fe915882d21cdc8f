"""A letter that the server itself does not hand out stops nobody else's, and is not lost: it can be asked for again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from smartcity_desk.domain.errors import DeskError, Offline
from smartcity_desk.sync.channel import UNFETCHED, Position, Setup
from smartcity_desk.sync.mailbox import client as module
from smartcity_desk.sync.registry import CHANNELS
from smartcity_desk.sync.reread import reread
from tests.sync.bench import NOW, bench
from tests.sync.mailbox.test_scripted import ordinary, pull, scripted
from tests.sync.mailbox.world import Desk, mail

BAD = "2"


def asks_for(rest: str, what: str) -> bool:
    words = rest.upper().split()
    return words[:2] == ["UID", "FETCH"] and BAD in words[2].split(",") and what in rest.upper()


def refused(tag: str, _rest: str) -> bytes:
    return f"{tag} NO [SERVERBUG] Internal error occurred\r\n".encode()


def hangs_up(_tag: str, _rest: str) -> bytes:
    return b""


def nothing(tag: str, rest: str) -> bytes:
    """The letter is left out of the answer as if it had been taken out of the mailbox."""
    uids = [uid for uid in rest.split()[2].split(",") if uid != BAD]
    left = f"UID FETCH {','.join(uids)} {rest.split(maxsplit=3)[3]}"
    return PLAIN(tag, left) or b"" if uids else f"{tag} OK selesai\r\n".encode()


def no_body(tag: str, rest: str) -> bytes:
    if "," in rest.split()[2]:
        return refused(tag, rest)
    return f"* 2 FETCH (UID {BAD} RFC822.SIZE 99 BODY[] NIL)\r\n{tag} OK selesai\r\n".encode()


LETTERS = {number: mail(number) for number in range(1, 5)}
PLAIN = ordinary(LETTERS)


class Server:
    """Keeps its second letter to itself until it is mended."""

    def __init__(self, spoils: Callable[[str, str], bytes], what: str) -> None:
        self.spoils, self.what, self.ill, self.asked = spoils, what, True, 0

    def __call__(self, tag: str, rest: str) -> bytes | None:
        if self.ill and asks_for(rest, self.what):
            self.asked += 1
            return self.spoils(tag, rest)
        return PLAIN(tag, rest)


KINDS = [
    (refused, "BODY"),
    (hangs_up, "BODY"),
    (nothing, "BODY"),
    (no_body, "BODY"),
    (refused, "RFC822.SIZE"),
    (nothing, "RFC822.SIZE"),
]


@pytest.mark.parametrize(("spoils", "what"), KINDS)
def test_after_some_tries_its_number_is_kept_and_the_others_go_on(
    spoils: Callable[[str, str], bytes], what: str
) -> None:
    server, desk = Server(spoils, what), Desk()
    with scripted(server) as (url, _):
        for _ in range(module.TRIES - 1):
            error = pull(url, desk)
            assert isinstance(error, DeskError), "in between the channel waits as after any failure"
            assert error.retryable or error.offline
            assert desk.taken == ["1@surat.example"]
            assert desk.unreadable == []
        assert pull(url, desk) is None
        assert desk.taken == [f"{number}@surat.example" for number in (1, 3, 4)]
        [kept] = desk.unreadable
        assert (kept.key, kept.external_id) == (UNFETCHED, f"7:{BAD}")
        item = json.loads(kept.raw)
        assert (item["uid"], item["validity"]) == (2, 7)
        assert item[UNFETCHED]
        asked = server.asked
        assert pull(url, desk) is None
        assert server.asked == asked, "it stands in nobody's way any more"
        assert "hurdle" not in desk.position.cursor


def test_a_server_that_is_mended_in_time_gives_it_after_all() -> None:
    server, desk = Server(refused, "BODY"), Desk()
    with scripted(server) as (url, _):
        assert pull(url, desk) is not None
        server.ill = False
        assert pull(url, desk) is None
    assert desk.taken == [f"{number}@surat.example" for number in range(1, 5)]
    assert desk.unreadable == []


def test_a_line_that_is_down_is_no_fault_of_a_letter() -> None:
    """The letter dies with the line; nobody can log in afterwards. However often that happens, it is not given up."""
    desk, gone = Desk(), [False]

    def answer(tag: str, rest: str) -> bytes | None:
        if gone[0] or asks_for(rest, "BODY"):
            gone[0] = True
            return b""
        return PLAIN(tag, rest)

    with scripted(answer) as (url, _):
        for _ in range(module.TRIES + 2):
            gone[0] = False
            assert isinstance(pull(url, desk), Offline)
    assert desk.unreadable == []
    assert "hurdle" not in desk.position.cursor


def test_a_server_that_numbers_anew_with_every_connection_does_not_hold_a_round_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "CONNECTIONS", 5)
    server, opened = Server(refused, "BODY"), [0]

    def answer(tag: str, rest: str) -> bytes | None:
        found = server(tag, rest)
        if rest.upper().startswith("EXAMINE") and found is not None:
            opened[0] += 1
            return found.replace(b"UIDVALIDITY 7", b"UIDVALIDITY %d" % (7 + opened[0]))
        return found

    desk = Desk()
    with scripted(answer) as (url, _):
        pull(url, desk)
    assert opened[0] <= 10


def test_a_letter_that_was_taken_out_meanwhile_is_none_of_these() -> None:
    def answer(tag: str, rest: str) -> bytes | None:
        if "SEARCH" in rest and ":" not in rest:
            return f"* SEARCH\r\n{tag} OK selesai\r\n".encode()
        return nothing(tag, rest) if asks_for(rest, "BODY") else PLAIN(tag, rest)

    desk = Desk()
    with scripted(answer) as (url, _):
        assert pull(url, desk) is None
    assert desk.taken == [f"{number}@surat.example" for number in (1, 3, 4)]
    assert desk.unreadable == []


def test_reading_the_mailbox_again_asks_for_it_once_and_stops_at_nothing() -> None:
    server = Server(refused, "BODY")
    with scripted(server) as (url, _):
        client = CHANNELS["email"].build(Setup(url, {"user": "dki"}, {"password": "x"}, lambda _: "nama"))
        desk = Desk(position=Position(client.rewound(0)))  # type: ignore[attr-defined]
        assert desk.pull(client) is None
        assert desk.taken == [f"{number}@surat.example" for number in (1, 3, 4)]
        assert [item.external_id for item in desk.unreadable] == ["7:2"]


def test_what_is_handed_out_after_all_leaves_the_quarantine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TRIES", 1)
    server = Server(refused, "BODY")

    async def run(url: str) -> None:
        async with bench(tmp_path, {"channel/email/password": "rahasia"}) as desk:
            desk.channel("email", url, user="dki")
            assert (await desk.once("email")).errors == ()
            [row] = desk.store.quarantine("email")
            assert (row.key, row.params["external_id"]) == (UNFETCHED, "7:2")
            alone = reread(desk.store, "email", None, pseudonym=lambda _: None, now=NOW)
            assert (alone.read, alone.left, alone.reasons) == (0, 1, ((UNFETCHED, 1),))
            assert (await desk.engine.read_again("email", 0)).ok
            assert len(desk.store.quarantine("email")) == 1, "still not handed out"
            server.ill = False
            assert (await desk.engine.read_again("email", 0)).ok
            assert desk.store.quarantine("email") == []
            assert {line.report.external_id for line in desk.lines()} == {
                f"{number}@surat.example" for number in range(1, 5)
            }

    with scripted(server) as (url, _):
        asyncio.run(run(url))
