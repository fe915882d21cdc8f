"""Evidence files under their hashes: kept whole, read only as themselves; and what the file knows of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smartcity_desk.domain import filetypes
from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.events import (
    Actor,
    CompletionClaimed,
    Delivered,
    Event,
    EventKind,
    ObjectionFiled,
    Payload,
    Role,
    RoutingSent,
)
from smartcity_desk.domain.ids import mark_id
from smartcity_desk.domain.times import HOUR
from smartcity_desk.evidence.completion import Examiner
from smartcity_desk.photos.prints import probe
from smartcity_desk.photos.reading import read
from smartcity_desk.store import Store, files
from tests.domain.builders import ANI, POLICY, T0, TEBET
from tests.store.helpers import made, put
from tests.sync.test_pictures import street

K = EventKind
PDF = b"%PDF-1.4 surat"
LURAH = Actor("lurah", Role.OFFICIAL, TEBET)
MARK = mark_id(TEBET, T0)


def refused(call: Any, *args: Any) -> str:
    with pytest.raises(BadData) as caught:
        call(*args)
    return caught.value.key


def test_what_is_taken_in_lies_whole_under_its_hash_and_belongs_to_one_account(tmp_path: Path) -> None:
    source, home = tmp_path / "surat.pdf", tmp_path / "profil" / "lampiran"
    source.write_bytes(PDF)
    name = files.take_in(source, home)
    assert name == hashlib.sha256(PDF).hexdigest()
    assert files.read(home, name) == PDF
    assert files.find(home, name) == home / name[:2] / name
    if os.name == "posix":
        assert (home / name[:2]).stat().st_mode & 0o077 == 0
    assert [path.name for path in (home / name[:2]).iterdir()] == [name], "nothing is left beside it"
    files.path_of(home, name).write_bytes(b"%PDF-1.4 lain")
    assert refused(files.read, home, name) == "changed"
    assert refused(files.copy_out, home, name, tmp_path / "keluar.pdf") == "changed"
    assert files.take_in(source, home) == name
    assert files.read(home, name) == PDF, "choosing it again mends it"
    files.copy_out(home, name, tmp_path / "keluar.pdf")
    assert (tmp_path / "keluar.pdf").read_bytes() == PDF
    assert refused(files.copy_out, home, "ab" * 32, tmp_path / "x.pdf") == "no_file"


@pytest.mark.parametrize(
    ("content", "key"),
    [(b"", "unsupported_type"), (b"MZ\x90\x00", "unsupported_type"), (b" %PDF-1.4", "unsupported_type")],
)
def test_what_is_no_evidence_is_not_taken(tmp_path: Path, content: bytes, key: str) -> None:
    path = tmp_path / "surat.pdf"
    path.write_bytes(content)
    assert refused(files.look, path) == key
    assert refused(files.take_in, path, tmp_path / "lampiran") == key
    assert not (tmp_path / "lampiran").exists()


def test_a_file_of_one_byte_too_many_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filetypes, "MOST_BYTES", len(PDF))
    path = tmp_path / "surat.pdf"
    path.write_bytes(PDF)
    assert files.look(path).size == len(PDF)
    path.write_bytes(PDF + b"!")
    assert refused(files.look, path) == "too_large"
    assert refused(files.take_in, path, tmp_path / "lampiran") == "too_large"


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    assert refused(files.look, tmp_path) == "no_file"
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipa")
        assert refused(files.look, tmp_path / "pipa") == "no_file"
    with pytest.raises(FileNotFoundError):
        files.look(tmp_path / "tidak-ada")


def test_a_kept_file_that_cannot_be_finished_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.keep(tmp_path, "ab" * 32, PDF)
    assert list((tmp_path / "ab").iterdir()) == []


# ---------------------------------------------------------------- what the file knows


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "desk.sqlite3", now=T0, policy=POLICY)
    yield opened
    opened.close()


def told(store: Store, *items: tuple[str, EventKind, Payload, Actor]) -> None:
    start = store.central.cursor().event_seq
    events = [
        Event(f"e{seq}", subject, kind, T0 + seq, by, payload, seq=seq, action=f"a{seq}")
        for seq, (subject, kind, payload, by) in enumerate(items, start + 1)
    ]
    store.central.apply_events(events, cursor=start + len(events), now=T0 + HOUR)


def objection(*attachments: str) -> tuple[str, EventKind, Payload, Actor]:
    payload = ObjectionFiled(f"o{attachments[0][:4]}", ("s1",), "bukan kami", None, attachments)
    return MARK, K.OBJECTION_FILED, payload, LURAH


def claim(report: str, *attachments: str) -> list[tuple[str, EventKind, Payload, Actor]]:
    return [
        (report, K.ROUTING_SENT, RoutingSent(TEBET, "di sana"), ANI),
        (report, K.REPORT_DELIVERED, Delivered(TEBET), LURAH),
        (report, K.COMPLETION_CLAIMED, CompletionClaimed(TEBET, "sudah dikerjakan", attachments), LURAH),
    ]


def test_evidence_is_fetched_after_pictures_of_work_and_compared_with_nothing(store: Store) -> None:
    report = made(1)
    put(store, report)
    photo, scan, both = "aa" * 32, "bb" * 32, "cc" * 32
    told(store, *claim(report.id, photo, both), objection(scan, both))
    found = store.evidence.wanted(10, T0 + HOUR)
    assert [(one.sha256, one.compared) for one in found] == [(both, True), (photo, True), (scan, False)]
    assert store.evidence.awaited([photo, scan, "dd" * 32]).keys() == {photo, scan}
    for sha256 in (photo, both):
        store.evidence.arrived(sha256, b"\x01" * 16)
    assert len(store.evidence.prints()[0]) == 2, "of `both` only the picture of the work"
    assert [one.report for one in store.evidence.to_examine(5)] == [report.id], (
        "no claim waits for an objection"
    )
    store.evidence.arrived(scan, None)
    assert store.evidence.wanted(10, T0 + HOUR) == []
    assert len(store.evidence.prints()[0]) == 2
    assert [one.after for one in store.evidence.of_report(MARK)] == [False, False]


def test_a_picture_that_comes_late_is_known_to_the_next_look(store: Store, tmp_path: Path) -> None:
    """The index has passed its number already: pictures come in any order."""
    first, second, third = (made(number).id for number in (1, 2, 3))
    put(store, *(made(number) for number in (1, 2, 3)))
    late, early = street(1), street(2)
    names = {content: hashlib.sha256(content).hexdigest() for content in (late, early)}
    told(store, *claim(first, names[late]), *claim(second, names[early]), *claim(third, names[late]))
    examiner = Examiner(store, lambda sha256: files.find(tmp_path, sha256))

    def arrive(content: bytes) -> None:
        files.keep(tmp_path, names[content], content)
        store.evidence.arrived(names[content], probe(read(content).pixels).print.to_bytes())

    arrive(early)
    [ready] = store.evidence.to_examine(5)
    assert ready.report == second
    assert "seen_before" not in {hint.code for hint in examiner.examine(ready)}
    arrive(late)
    [again] = [one for one in store.evidence.to_examine(5) if one.report == third]
    seen = [hint for hint in examiner.examine(again) if hint.code == "seen_before"]
    assert [hint.params["report"] for hint in seen] == [first]


def test_a_file_that_could_not_be_had_is_asked_for_later_and_a_lost_one_at_once(store: Store) -> None:
    scan = "bb" * 32
    told(store, objection(scan))
    store.evidence.missed(scan, 0, T0 + HOUR)
    assert store.evidence.wanted(5, T0 + HOUR) == []
    assert store.evidence.awaited([scan])[scan].tries == 1
    assert store.evidence.awaited([scan])[scan].next_try_at > T0 + HOUR
    store.evidence.arrived(scan, None)
    assert store.evidence.awaited([scan]) == {}
    store.evidence.lost(scan)
    assert [one.sha256 for one in store.evidence.wanted(5, T0 + HOUR)] == [scan]
