"""An objection's evidence goes to the server before the objection, and comes to every other desk."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from smartcity_desk.domain.decision import Action
from smartcity_desk.domain.errors import (
    AuthExpired,
    BadData,
    DeskError,
    Forbidden,
    Offline,
    Rejected,
    Transient,
)
from smartcity_desk.domain.events import (
    Actor,
    Event,
    EventKind,
    ExclusionCode,
    MarkNotified,
    MarkRaised,
    NoteAdded,
    ObjectionFiled,
    Role,
)
from smartcity_desk.domain.ids import mark_id
from smartcity_desk.domain.times import DAY, MINUTE
from smartcity_desk.store import files
from smartcity_desk.store.rows import OpResult, OpState
from smartcity_desk.sync.darkroom import Darkroom
from smartcity_desk.sync.pictures import Gallery
from smartcity_desk.sync.pusher import Pushed, push
from smartcity_desk.sync.uploads import Uploads
from smartcity_desk.ui.escalation import evidence
from tests.central.world import POLICY, TEBET
from tests.domain.marked import counted
from tests.fakes.central_server import Running
from tests.sync.bench import NOW, Bench
from tests.sync.test_central import act, desk_of, run, take_in
from tests.sync.test_pictures import Office, street

K = EventKind
SUSI, OKI = Actor("susi", Role.SUPERVISOR), Actor("oki", Role.OPERATOR)
WINDOWS = ((NOW - 56 * DAY, NOW - 28 * DAY), (NOW - 28 * DAY, NOW))
MARK = mark_id(TEBET, NOW)
HASH = "ab" * 32
PDF = b"%PDF-1.4\nsurat sanggahan\n"
_count = itertools.count(1)


def notified(desk: Bench) -> None:
    """TEBET is marked and was told, as far as this desk knows."""
    raised = MarkRaised(TEBET, counted(WINDOWS, ("s1", "s2", "s3")), POLICY.version, ("oki",), HASH)
    act(desk, K.MARK_RAISED, raised, MARK, SUSI)
    act(desk, K.MARK_NOTIFIED, MarkNotified(HASH), MARK, SUSI)


def kept(folder: Path, content: bytes) -> str:
    """A file that was chosen at the desk."""
    sha256 = hashlib.sha256(content).hexdigest()
    files.keep(folder, sha256, content)
    return sha256


def letter(*attachments: str, segment: str = "s1") -> ObjectionFiled:
    name = f"o{next(_count)}"
    return ObjectionFiled(
        name, (segment,), "Bukan wewenang kami", ExclusionCode.MISROUTED, attachments, "12/KEL"
    )


# ---------------------------------------------------------------- the pusher and a server that is played


class Played:
    """A server that takes everything, but for the files that are named with a trouble."""

    has_replies = has_receipts = False  # a server from before there were any

    def __init__(self, troubles: dict[str, list[DeskError]] | None = None) -> None:
        self.session = self
        self.troubles = troubles or {}
        self.said: list[str] = []
        self.files: dict[str, bytes] = {}

    async def push_reports(self, reports: Sequence[Any]) -> dict[str, str]:
        return {}

    async def push_replies(self, replies: Sequence[Any]) -> dict[str, str]:
        raise AssertionError("nobody asked for replies")

    async def people(self) -> tuple[str, ...]:
        return ("oki", "susi")

    def has_attachment(self, sha256: str) -> bool:
        return sha256 in self.files

    async def put_attachment(self, content: bytes, media_type: str, sha256: str) -> None:
        self.said.append(f"{media_type} {sha256[:6]}")
        waiting = self.troubles.get(sha256)
        if waiting:
            raise waiting.pop(0)
        self.files[sha256] = content

    async def push_actions(self, actions: Sequence[Action]) -> list[OpResult]:
        self.said += [f"{action.kind.value} {action.id}" for action in actions]
        return [OpResult(action.id, "conflict", field="x") for action in actions]


async def sent(desk: Bench, central: Played, folder: Path) -> Pushed:
    async def writer(call: Any, *args: Any, **more: Any) -> Any:
        return call(*args, **more)

    return await push(
        central,
        desk.store.central,
        writer,
        clock=desk.clock,
        share=lambda: 0.0,
        uploads=Uploads(folder),
    )


@pytest.fixture
def marked(tmp_path: Path) -> Iterator[tuple[Bench, str, Path]]:
    """A desk whose file has a mark, as the server gave it, and a report; and its folder of files."""
    made = Bench(tmp_path)
    (report,) = take_in(made, 1)
    made.store.central.mark_reports_pushed(made.store.central.unpushed_reports(5))
    raised = MarkRaised(TEBET, counted(WINDOWS, ("s1", "s2", "s3")), POLICY.version, ("oki",), HASH)
    events = [
        Event("e1", MARK, K.MARK_RAISED, NOW, SUSI, raised, seq=1, action="a1"),
        Event("e2", MARK, K.MARK_NOTIFIED, NOW, SUSI, MarkNotified(HASH), seq=2, action="a2"),
    ]
    made.store.central.apply_events(events, cursor=2, now=NOW)
    try:
        yield made, report, tmp_path / "lampiran"
    finally:
        asyncio.run(made.engine.close())
        made.store.close()


def op(desk: Bench, op_id: str) -> Any:
    return next(row for row in desk.store.ops() if row.id == op_id)


def say(desk: Bench, report: str) -> str:
    return act(desk, K.NOTE_ADDED, NoteAdded("catatan"), report, OKI)


Marked = tuple[Bench, str, Path]


def test_files_go_before_the_action_and_once_in_a_process(marked: Marked) -> None:
    desk, _, folder = marked
    scan, photo = kept(folder, PDF), kept(folder, street(1))
    first = act(desk, K.OBJECTION_FILED, letter(scan, photo), MARK, OKI)
    central = Played()
    run(lambda: sent(desk, central, folder))
    assert central.said == [
        f"application/pdf {scan[:6]}",
        f"image/jpeg {photo[:6]}",
        f"objection.filed {first}",
    ]
    assert central.files == {scan: PDF, photo: street(1)}
    second = act(desk, K.OBJECTION_FILED, letter(scan, segment="s2"), MARK, OKI)
    run(lambda: sent(desk, central, folder))
    assert central.said[3:] == [f"objection.filed {second}"]


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        ("unsupported_type", "unsupported_type"),
        ("http_415", "unsupported_type"),
        ("body_too_large", "body_too_large"),
        ("http_413", "body_too_large"),
        ("hash_mismatch", "hash_mismatch"),
    ],
)
def test_a_file_that_is_refused_ends_its_action_and_no_other(marked: Marked, refusal: str, code: str) -> None:
    desk, report, folder = marked
    scan = kept(folder, PDF)
    filed = act(desk, K.OBJECTION_FILED, letter(scan), MARK, OKI)
    said = say(desk, report)
    central = Played({scan: [Rejected(refusal)]})
    run(lambda: sent(desk, central, folder))
    row = op(desk, filed)
    assert (row.state, row.error_code) == (OpState.REJECTED, code)
    assert central.said[1:] == [f"note.added {said}"]
    assert desk.store.offices.marks()[MARK].objections == (), "what it did here is taken back"


@pytest.mark.parametrize(
    "trouble", [Offline(), AuthExpired(), Forbidden(reason="role_not_allowed"), Rejected("tls")]
)
def test_a_server_that_is_away_leaves_all_of_it_queued(marked: Marked, trouble: DeskError) -> None:
    desk, report, folder = marked
    scan = kept(folder, PDF)
    ids = [act(desk, K.OBJECTION_FILED, letter(scan), MARK, OKI), say(desk, report)]
    central = Played({scan: [trouble]})
    with pytest.raises(type(trouble)):
        run(lambda: sent(desk, central, folder))
    assert [(op(desk, one).state, op(desk, one).attempts) for one in ids] == [(OpState.QUEUED, 0)] * 2
    run(lambda: sent(desk, central, folder))
    assert central.said[1:] == [
        f"application/pdf {scan[:6]}",
        f"objection.filed {ids[0]}",
        f"note.added {ids[1]}",
    ], "the same keys, once it is back"


@pytest.mark.parametrize("trouble", [Transient(reason="timeout"), BadData("central", "json")])
def test_a_server_that_is_ill_over_a_file_holds_up_only_what_has_files(
    marked: Marked, trouble: DeskError
) -> None:
    desk, report, folder = marked
    scan = kept(folder, PDF)
    filed, said = act(desk, K.OBJECTION_FILED, letter(scan), MARK, OKI), say(desk, report)
    central = Played({scan: [trouble]})
    run(lambda: sent(desk, central, folder))
    row = op(desk, filed)
    assert (row.state, row.attempts, row.error_code) == (OpState.QUEUED, 1, trouble.code)
    assert row.next_try_at > desk.clock.now, "not again in the same round"
    assert central.said[1:] == [f"note.added {said}"]
    desk.clock.now = row.next_try_at
    run(lambda: sent(desk, central, folder))
    assert central.said[-1] == f"objection.filed {filed}"


def test_a_file_that_is_not_here_or_no_longer_itself_is_not_sent_and_holds_nothing_up(
    marked: Marked, caplog: pytest.LogCaptureFixture
) -> None:
    desk, _, folder = marked
    spoiled = kept(folder, PDF)
    files.path_of(folder, spoiled).write_bytes(PDF + b"lain")
    filed = act(desk, K.OBJECTION_FILED, letter("cd" * 32, spoiled), MARK, OKI)
    central = Played()
    with caplog.at_level(logging.WARNING):
        run(lambda: sent(desk, central, folder))
    assert central.said == [f"objection.filed {filed}"]
    assert "is not what its name says" in caplog.text
    assert spoiled not in caplog.text


# ---------------------------------------------------------------- the real server


def gallery_of(desk: Bench, folder: Path) -> Gallery:
    return Gallery(desk.store, folder, clock=desk.clock, notify=desk.notices.append)


async def fetch(desk: Bench, folder: Path) -> None:
    client = desk.engine.central()
    assert client is not None
    await gallery_of(desk, folder).round(client, desk.engine._on_writer)


def with_files(desk: Bench, folder: Path) -> None:
    """This desk has a folder of files from now on."""
    desk.engine._context.uploads = Uploads(folder)


def test_a_letter_and_an_officials_objection_reach_every_desk_with_their_evidence(
    server: Running, tmp_path: Path
) -> None:
    room = Darkroom()

    async def scenario() -> None:
        async with (
            desk_of(tmp_path, server.url, "susi") as susi,
            desk_of(tmp_path, server.url, "oki") as oki,
        ):
            mine, theirs = tmp_path / "lampiran-oki", tmp_path / "lampiran-susi"
            with_files(oki, mine)
            assert (await susi.once()).errors == ()
            notified(susi)
            susi.clock.now += 2 * MINUTE
            assert (await susi.once()).errors == ()
            oki.clock.now = susi.clock.now
            assert (await oki.once()).errors == ()
            scan, picture = kept(mine, PDF), street(7)
            act(oki, K.OBJECTION_FILED, letter(scan), MARK, OKI)
            result = await oki.once()
            assert result.errors == ()
            assert result.central.pushed.confirmed == 1
            at_server = server.settings.attachments / scan[:2] / scan
            assert at_server.read_bytes() == PDF
            office = Office(server.url, "lurah.tebet")
            shown = office.upload(picture)
            own = ObjectionFiled("lurah-1", ("s2",), "Sudah kami kerjakan", ExclusionCode.MISROUTED, (shown,))
            office.do(MARK, K.OBJECTION_FILED, own, oki.clock.now)
            office.close()
            for desk, folder in ((susi, theirs), (oki, mine)):
                assert (await desk.once()).errors == ()
                await fetch(desk, folder)
                assert files.read(folder, scan) == PDF
                assert files.read(folder, shown) == picture
                rows = evidence.look(desk.store, folder, (scan, shown, HASH))
                assert [(row.media_type, row.showable) for row in rows] == [
                    ("application/pdf", False),
                    ("image/jpeg", True),
                    (None, False),
                ]
                size = evidence.picture(folder, shown, room).size()
                assert size.toTuple() == (640, 480), "the desk shows it"
                assert desk.store.evidence.wanted(5, desk.clock.now) == []
                assert desk.store.evidence.prints() == ([], []), (
                    "evidence is no picture that others are compared with"
                )
                assert sorted(name for told in desk.told("files") for name in told["files"]) == sorted(
                    [scan, shown]
                )

    try:
        run(scenario)
    finally:
        room.close()


def test_a_file_that_the_real_server_does_not_take_comes_back_as_a_refusal(
    server: Running, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with desk_of(tmp_path, server.url, "susi") as susi:
            folder = tmp_path / "lampiran"
            with_files(susi, folder)
            assert (await susi.once()).errors == ()
            notified(susi)
            susi.clock.now += 2 * MINUTE
            assert (await susi.once()).errors == ()
            text = kept(folder, b"surat sebagai teks")
            filed = act(susi, K.OBJECTION_FILED, letter(text), MARK, SUSI)
            result = await susi.once()
            assert result.errors == ()
            assert result.central.pushed.rejected == 1
            assert op(susi, filed).error_code == "unsupported_type"
            client = susi.engine.central()
            assert client is not None
            assert [event.kind for event in (await client.events(0, 50)).events] == [
                K.MARK_RAISED,
                K.MARK_NOTIFIED,
            ]

    run(scenario)
