"""Servers that end, lie or fall silent: a line-by-line script stands for each, and each has its word."""

from __future__ import annotations

import asyncio
import base64
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from smartcity_desk.domain.errors import (
    AuthExpired,
    BadData,
    ConfigProblem,
    DeskError,
    Offline,
    Rejected,
    Transient,
)
from smartcity_desk.i18n import has_text
from smartcity_desk.sync.channel import Position, Setup
from smartcity_desk.sync.mailbox import client as client_module
from smartcity_desk.sync.mailbox import session as module
from smartcity_desk.sync.mailbox.letter import Mail, read
from smartcity_desk.sync.registry import CHANNELS
from tests.sync.mailbox.world import ARRIVED, Desk, mail

Answer = Callable[[str, str], bytes | None]
"""What the server says to a command (tag, rest of the line); None = nothing, ever; b"" = it hangs up."""


@contextmanager
def scripted(answer: Answer, greeting: bytes = b"* OK siap\r\n") -> Iterator[tuple[str, list[str]]]:
    """A server that answers as told: its address, and what it was sent."""
    heard: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def speak(line: socket.socket) -> None:
        with line, line.makefile("rb") as reader:
            line.sendall(greeting)
            for raw in reader:
                text = raw.decode("latin-1").rstrip("\r\n")
                heard.append(text)
                tag, _, rest = text.partition(" ")
                said = answer(tag, rest)
                if said == b"":
                    return
                if said is None:
                    ended.wait(20)
                    return
                line.sendall(said)

    def accept() -> None:
        while not ended.is_set():
            try:
                line, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=quietly, args=(line,), daemon=True).start()

    def quietly(line: socket.socket) -> None:
        try:
            speak(line)
        except OSError:
            return

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"imap://127.0.0.1:{listener.getsockname()[1]}", heard
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def pull(url: str, desk: Desk | None = None, **options: str) -> DeskError | None:
    secrets = {"password": "rahasia", "token": "tanda"}
    found = Setup(url, {"user": "dki", **options}, secrets, lambda _: "nama")
    return (desk or Desk()).pull(CHANNELS["email"].build(found))


def ordinary(letters: dict[int, bytes], *, next_uid: bool = True) -> Answer:
    """A server of the plainest kind: no extension at all, and perhaps no UIDNEXT."""

    def answer(tag: str, rest: str) -> bytes | None:
        command = rest.upper()
        done = f"{tag} OK selesai\r\n".encode()
        if command.startswith("CAPABILITY"):
            return b"* CAPABILITY IMAP4rev1\r\n" + done
        if command.startswith("EXAMINE"):
            head = f"* {len(letters)} EXISTS\r\n* OK [UIDVALIDITY 7] ya\r\n".encode()
            return head + (f"* OK [UIDNEXT {max(letters) + 1}] ya\r\n".encode() if next_uid else b"") + done
        if command.startswith("UID SEARCH"):
            named = command.split()[-1]
            if ":" in named:
                # `n:*` names the last letter, wherever n lies
                first = min(int(named.split(":")[0]), max(letters))
                found = [uid for uid in sorted(letters) if uid >= first]
            else:
                found = sorted({int(uid) for uid in named.split(",")} & set(letters))
            return f"* SEARCH {' '.join(map(str, found))}\r\n".encode() + done
        if command.startswith("UID FETCH"):
            said = b""
            for number, uid in enumerate(sorted(letters), 1):
                if str(uid) not in command.split()[2].split(","):
                    continue
                size = len(letters[uid])
                said += f"* {number} FETCH (UID {uid} RFC822.SIZE {size}".encode()
                if "BODY.PEEK[]" in command:
                    said += f' INTERNALDATE "22-Nov-2026 02:11:15 +0000" BODY[] {{{size}}}\r\n'.encode()
                    said += letters[uid]
                said += b")\r\n"
            return said + done
        return done

    return answer


@pytest.mark.parametrize("next_uid", [True, False])
def test_the_plainest_server_is_read_and_the_last_letter_only_once(next_uid: bool) -> None:
    letters = {3: mail(1), 900_000_000: mail(2)}
    desk = Desk()
    with scripted(ordinary(letters, next_uid=next_uid)) as (url, heard):
        assert pull(url, desk) is None
        assert pull(url, desk) is None
    assert desk.taken == ["1@surat.example", "2@surat.example"]
    assert desk.position.cursor["last_uid"] == 900_000_000
    assert not any("STORE" in line or "SELECT " in line for line in heard)
    assert len(heard) < 40, "a mailbox with few letters and large numbers is not walked number by number"


def refusing(where: str, said: str) -> Answer:
    plain = ordinary({1: mail(1)})

    def answer(tag: str, rest: str) -> bytes | None:
        if rest.upper().startswith(where):
            return said.replace("TAG", tag).encode()
        return plain(tag, rest)

    return answer


@pytest.mark.parametrize(
    ("where", "said", "kind", "reason"),
    [
        ("LOGIN", "TAG NO [AUTHENTICATIONFAILED] salah\r\n", AuthExpired, "refused"),
        ("LOGIN", "TAG NO [UNAVAILABLE] nanti\r\n", Transient, "login"),
        ("LOGIN", "* BYE berhenti\r\n", Transient, "bye"),
        ("LOGIN", "", Transient, "bye"),
        ("EXAMINE", "TAG NO [NONEXISTENT] tidak ada\r\n", Rejected, "unknown_folder"),
        ("EXAMINE", "TAG BAD apa\r\n", Rejected, "bad_command"),
        ("EXAMINE", "TAG NO entah\r\n", Transient, "refused"),
        ("EXAMINE", "TAG OK tanpa angka\r\n", BadData, None),
        ("UID SEARCH", "* BYE berhenti\r\n", Transient, "bye"),
        ("UID SEARCH", "", Offline, "cut"),
        ("UID FETCH", "* 1 FETCH (UID satu\r\nTAG OK x\r\n", BadData, None),
        ("UID FETCH", "TAG NO [LIMIT] nanti\r\n", Transient, "refused"),
    ],
)
def test_every_refusal_has_its_word(where: str, said: str, kind: type[DeskError], reason: str | None) -> None:
    with scripted(refusing(where, said)) as (url, _):
        error = pull(url)
    assert type(error) is kind
    if reason is not None:
        assert error.params["reason"] == reason


def test_a_greeting_that_says_goodbye() -> None:
    with scripted(ordinary({1: mail(1)}), b"* BYE penuh\r\n") as (url, _):
        error = pull(url)
    assert isinstance(error, Transient)
    assert error.params["reason"] == "bye"


def test_two_log_ins_and_not_one_more() -> None:
    with scripted(refusing("LOGIN", "TAG NO salah\r\n")) as (url, heard):
        assert isinstance(pull(url), AuthExpired)
        assert sum("LOGIN" in line for line in heard) == 2
        client = CHANNELS["email"].build(Setup(url, {"user": "dki"}, {"password": "x"}))
        result = asyncio.run(client.test(None, ARRIVED))  # type: ignore[arg-type]
        assert isinstance(result.error, AuthExpired)
        assert sum("LOGIN" in line for line in heard) == 3


@pytest.mark.parametrize(
    ("login", "sent"),
    [
        ("xoauth2", "user=dki\x01auth=Bearer tanda\x01\x01"),
        ("oauthbearer", "n,a=dki,\x01auth=Bearer tanda\x01\x01"),
    ],
)
def test_what_a_token_is_sent_as(login: str, sent: str) -> None:
    plain = ordinary({1: mail(1)})

    def answer(tag: str, rest: str) -> bytes | None:
        if rest.upper().startswith("AUTHENTICATE"):
            waiting.append(tag)
            return b"+ \r\n"
        if waiting and not rest:
            return f"{waiting.pop()} OK masuk\r\n".encode()
        return plain(tag, rest)

    waiting: list[str] = []
    desk = Desk()
    with scripted(answer) as (url, heard):
        assert pull(url, desk, login=login) is None
    assert len(desk.reports) == 1
    assert base64.b64encode(sent.encode()).decode() in heard


@pytest.mark.parametrize(
    "said",
    [
        b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\n" + b"x" * 500,
        b"* 1 FETCH (UID 1 BODY[] {2000000}\r\n" + b"x" * 2_000_000,
        b"* 1 FETCH (UID 1 BODY[] {" + b"9" * 5_000 + b"}\r\n",
        (b"* 1 FETCH (FLAGS (" + b"x" * 900 + b"))\r\n") * 2_000,
    ],
    ids=["announced", "sent", "number", "endless"],
)
def test_an_answer_larger_than_any_letter_is_broken_off(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_MOST", 1_000_000)
    plain = ordinary({1: mail(1)})
    with scripted(lambda tag, rest: said if "BODY" in rest else plain(tag, rest)) as (url, _):
        error = pull(url)
    assert isinstance(error, BadData)


def test_a_mailbox_of_many_letters_with_large_numbers_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = ordinary({3_000_000: mail(1)})
    many = " ".join(map(str, range(2_800_000, 3_000_001)))

    def answer(tag: str, rest: str) -> bytes | None:
        if rest.startswith("UID SEARCH") and ":" in rest:
            return f"* SEARCH {many}\r\n{tag} OK x\r\n".encode()
        return plain(tag, rest)

    monkeypatch.setattr(client_module, "SIZED", 250_000)
    with scripted(answer) as (url, _):
        desk = Desk()
        assert pull(url, desk) is None
    assert desk.taken == ["1@surat.example"]


def test_parts_that_nest_beyond_reading_leave_the_head() -> None:
    content = mail(1)
    plain = ordinary({1: content, 2: mail(2)})
    head = content.split(b"\r\n\r\n")[0] + b"\r\n\r\n"

    def answer(tag: str, rest: str) -> bytes | None:
        done = f"{tag} OK x\r\n".encode()
        if rest.startswith("UID FETCH") and "1" in rest.split()[2].split(","):
            if "BODYSTRUCTURE" in rest:
                return b"* 1 FETCH (UID 1 BODYSTRUCTURE " + b"(" * 50_000 + b")" * 50_000 + b")\r\n" + done
            if "HEADER" in rest:
                return b"* 1 FETCH (UID 1 BODY[HEADER] {%d}\r\n%s)\r\n" % (len(head), head) + done
            if "RFC822.SIZE" in rest:
                sizes = b"* 1 FETCH (UID 1 RFC822.SIZE 99000000)\r\n* 2 FETCH (UID 2 RFC822.SIZE 300)\r\n"
                return sizes + done
        return plain(tag, rest)

    desk = Desk()
    with scripted(answer) as (url, _):
        assert pull(url, desk) is None
    assert desk.taken == ["1@surat.example", "2@surat.example"]
    assert desk.reports["1@surat.example"].text.startswith("Banjir 1")


def test_a_trial_fetches_no_more_than_a_page() -> None:
    letters = {number: mail(number, "x" * 1_500_000) for number in range(1, 9)}
    plain = ordinary(letters)

    def answer(tag: str, rest: str) -> bytes | None:
        if rest.startswith("FETCH"):
            listed = "".join(f"* {number} FETCH (UID {number})\r\n" for number in letters)
            return f"{listed}{tag} OK x\r\n".encode()
        return plain(tag, rest)

    with scripted(answer) as (url, heard):
        client = CHANNELS["email"].build(Setup(url, {"user": "dki"}, {"password": "x"}))
        result = asyncio.run(client.test(None, ARRIVED))  # type: ignore[arg-type]
    assert result.ok
    assert [report.external_id for report in result.sample] != []
    [fetched] = [line.split()[3] for line in heard if "BODY.PEEK[]" in line]
    assert fetched == "6,7,8", "what fills a page of 8 MB, the newest of it"
    assert result.note_key == "channel.mail.note.no_idle"
    assert has_text(result.note_key)


def test_a_password_is_in_no_description_no_error_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    assert "rahasia" not in repr(module.Access("email", "imap://127.0.0.1", "dki", "rahasia"))
    with (
        caplog.at_level("DEBUG"),
        scripted(refusing("LOGIN", "TAG NO sandi rahasia salah\r\n")) as (url, heard),
    ):
        error = pull(url)
    assert any("rahasia" in line for line in heard)
    assert "rahasia" not in caplog.text + str(error) + repr(error) + repr(error.__cause__)


def test_silence_ends_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READ_SECONDS", 0.3)
    silent = ordinary({1: mail(1)})
    with scripted(lambda tag, rest: None if "SEARCH" in rest else silent(tag, rest)) as (url, _):
        error = pull(url)
    assert isinstance(error, Transient)
    assert error.params["reason"] == "timeout"


def test_a_pull_that_is_called_off_does_not_wait_for_a_silent_server() -> None:
    silent = ordinary({1: mail(1)})

    async def scenario(url: str, heard: list[str]) -> None:
        client = CHANNELS["email"].build(Setup(url, {"user": "dki"}, {"password": "x"}))

        async def walk() -> None:
            async for _ in client.pull(Position(), None, ARRIVED):  # type: ignore[arg-type]
                pass

        walking = asyncio.create_task(walk())
        while not any("SEARCH" in line for line in heard):  # noqa: ASYNC110 - another thread hears it
            await asyncio.sleep(0.01)
        walking.cancel()
        async with asyncio.timeout(5):
            await asyncio.gather(walking, return_exceptions=True)
        assert walking.cancelled()

    with scripted(lambda tag, rest: None if "SEARCH" in rest else silent(tag, rest)) as (url, heard):
        asyncio.run(scenario(url, heard))


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        url = f"imap://127.0.0.1:{probe.getsockname()[1]}"
    error = pull(url)
    assert isinstance(error, Offline)


@pytest.mark.parametrize("url", ["https://127.0.0.1:1", "imap://", "imap:"])
def test_an_address_that_is_no_mailbox(url: str) -> None:
    assert isinstance(pull(url), ConfigProblem)


def test_a_letter_that_breaks_us_costs_itself_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from smartcity_desk.sync.mailbox import client

    def breaking(one: Mail) -> object:
        if b"Banjir 2" in one.content:
            raise ZeroDivisionError
        return read(one)

    monkeypatch.setattr(client, "read", breaking)
    desk = Desk()
    with scripted(ordinary({1: mail(1), 2: mail(2), 3: mail(3), 4: b"X-Kosong: 1\r\n\r\n"})) as (url, _):
        assert pull(url, desk) is None
    assert sorted(desk.reports) == ["1@surat.example", "3@surat.example"]
    assert [(item.key, item.external_id) for item in desk.unreadable] == [
        ("unexpected", "7:2"),
        ("text", "7:4"),
    ]
    assert "Banjir 2" in desk.unreadable[0].raw
