"""A claimed completion is looked at before it is accepted: by two keys, with its hints, and blind the second time."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialog

from smartcity_desk.domain.events import (
    Actor,
    AttachmentAdded,
    CompletionAnswered,
    CompletionClaimed,
    Delivered,
    Event,
    EventKind,
    Payload,
    Role,
    RoutingSent,
)
from smartcity_desk.domain.reviews import drawn
from smartcity_desk.photos.hints import HintCode as PictureCode
from smartcity_desk.store import OpState
from smartcity_desk.store.pictures import Claim, StoredHint
from smartcity_desk.ui.triage.screen import TriageScreen
from smartcity_desk.ui.verify.dialog import VerifyDialog
from smartcity_desk.ui.verify.hints import CODES, PICTURE_CODES, hint_sentence
from smartcity_desk.ui.verify.view import Mode
from tests.sync.test_pictures import street
from tests.ui.kit import NOW, SUPERVISOR, TEBET_TIMUR, Kit, make_report, press, until
from tests.ui.triage.conftest import gone, opened

K = EventKind
LURAH = Actor("lurah", Role.OFFICIAL, TEBET_TIMUR)


def happened(kit: Kit, report: str, *steps: tuple[EventKind, Payload, Actor, str]) -> None:
    before = kit.desk.store.central.newest_event()
    first = 1 if before is None else before.seq + 1
    events = [
        Event(name, report, kind, NOW - 1000 + n, actor, payload, first + n, f"a-{name}")
        for n, (kind, payload, actor, name) in enumerate(steps)
    ]
    kit.desk.store.central.apply_events(events, cursor=events[-1].seq or 0, now=NOW)


def keep(kit: Kit, content: bytes) -> str:
    name = hashlib.sha256(content).hexdigest()
    path: Path = kit.desk.paths.attachments / name[:2] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return name


def claimed(kit: Kit, report: str, *, before: str = "", after: tuple[str, ...] = (), tag: str = "") -> None:
    steps: list[tuple[EventKind, Payload, Actor, str]] = [
        (K.ROUTING_SENT, RoutingSent(TEBET_TIMUR, "sesuai wilayah"), SUPERVISOR, f"route{tag}"),
        (K.REPORT_DELIVERED, Delivered(TEBET_TIMUR), LURAH, f"delivered{tag}"),
    ]
    if before:
        steps.append(
            (K.ATTACHMENT_ADDED, AttachmentAdded(before, "image/jpeg", 1), SUPERVISOR, f"photo{tag}")
        )
    done = CompletionClaimed(TEBET_TIMUR, "saluran sudah <b>dibersihkan</b>", after)
    steps.append((K.COMPLETION_CLAIMED, done, LURAH, f"claim{tag}"))
    happened(kit, report, *steps)


def dialog() -> VerifyDialog:
    until(lambda: isinstance(QApplication.activeModalWidget(), QDialog))
    found = QApplication.activeModalWidget()
    assert isinstance(found, VerifyDialog)
    until(lambda: found._evidence is not None)
    return found


@pytest.fixture
def screen(kit: Kit) -> TriageScreen:
    kit.ingest([make_report(0)])
    return opened(kit)


def report_of(screen: TriageScreen) -> str:
    row = screen.model.row_data(0)
    assert row is not None
    return row.id


def test_two_keys_show_swipe_and_difference_and_a_third_accepts(screen: TriageScreen, kit: Kit) -> None:
    report = report_of(screen)
    claimed(kit, report, before=keep(kit, street(1)), after=(keep(kit, street(2)),))
    kit.desk.store.evidence.set_hints(
        Claim(report, "claim"), [StoredHint("too_far", {"distance_m": 812, "allowed_m": 150})], NOW
    )
    screen.model.take_in()
    kit.settle()
    press(screen, "V")
    asked = dialog()
    until(lambda: asked.view.comparable)
    assert "812" in asked.hints.text()
    assert "<b>dibersihkan</b>" in asked.said.text(), "what somebody wrote is shown as text"
    for key, mode in (("G", Mode.SWIPE), ("B", Mode.DIFFERENCE), ("B", Mode.SIDE), ("G", Mode.SWIPE)):
        press(asked, key)
        assert asked.view.mode is mode
        assert not asked.view.grab().isNull()
    at = asked.view.at
    press(asked, "Left")
    assert asked.view.at < at
    press(asked, "V")
    gone()
    kit.settle()
    assert [op.kind for op in kit.desk.store.ops([OpState.QUEUED])] == [K.COMPLETION_ACCEPTED]


def test_a_refusal_needs_its_reason_and_letters_typed_there_are_no_commands(
    screen: TriageScreen, kit: Kit
) -> None:
    claimed(kit, report_of(screen))
    screen.model.take_in()
    kit.settle()
    press(screen, "V")
    asked = dialog()
    press(asked, "Shift+V")
    assert asked.trouble.isVisible()
    assert asked.reason.hasFocus()
    for letter in "VGB":
        press(asked.reason, letter)
    assert asked.reason.text().upper() == "VGB"
    asked.reason.setText("belum bersih sama sekali")
    asked.refuse.click()
    gone()
    kit.settle()
    [op] = kit.desk.store.ops([OpState.QUEUED])
    assert (op.kind, op.payload.reason) == (K.COMPLETION_REFUSED, "belum bersih sama sekali")  # type: ignore[union-attr]


def test_without_pictures_it_says_so(screen: TriageScreen, kit: Kit) -> None:
    claimed(kit, report_of(screen), after=("ab" * 32,))
    screen.model.take_in()
    kit.settle()
    press(screen, "V")
    asked = dialog()
    until(lambda: bool(asked.state.text()) and asked.state.isVisible())
    assert "1 foto" in asked.state.text()
    assert asked.hints.text().startswith("◌")
    press(asked, "Esc")
    gone()
    assert kit.desk.store.ops([OpState.QUEUED]) == []


def test_the_second_review_is_drawn_by_nobody_and_blind(screen: TriageScreen, kit: Kit) -> None:
    report = report_of(screen)
    claimed(kit, report)
    name = next(f"answer-{n}" for n in range(1000) if drawn(f"answer-{n}", 5))
    other = Actor("budi", Role.OPERATOR)
    happened(kit, report, (K.COMPLETION_REFUSED, CompletionAnswered("masih kotor sekali"), other, name))
    assert kit.desk.store.offices.next_review("budi") is None, "not one's own"
    screen.model.take_in()
    kit.settle()
    press(screen, "Ctrl+Shift+V")
    asked = dialog()
    texts = " ".join(label.text() for label in (asked.subject, asked.said, asked.hints, asked.state))
    assert "masih kotor sekali" not in texts, "the first answer is not shown"
    press(asked, "V")
    gone()
    kit.settle()
    [op] = kit.desk.store.ops([OpState.QUEUED])
    assert (op.kind, op.payload.event, op.payload.accept) == (K.REVIEW_RECORDED, name, True)  # type: ignore[union-attr]


def test_about_five_of_a_hundred_are_drawn() -> None:
    hits = sum(drawn(f"event-{n}", 5) for n in range(10_000))
    assert 400 < hits < 600
    assert not any(drawn(f"event-{n}", 0) for n in range(1000))
    assert all(drawn(f"event-{n}", 100) for n in range(1000))


@pytest.mark.parametrize("code", CODES)
def test_every_hint_has_words(code: str) -> None:
    params = dict.fromkeys(("distance_m", "allowed_m", "n", "still", "taken_at", "routed_at", "seen_at"), 1)
    params |= dict.fromkeys(("duration_ms", "apart_ms", "after_ms"), 60_000)
    hint = StoredHint(code, params | {"report": "abc", "name": "GIMP"})
    assert "{" not in hint_sentence(hint)


def test_the_codes_of_pictures_are_those_of_the_library() -> None:
    assert set(PICTURE_CODES) == {code.value for code in PictureCode}


def test_pictures_of_officials_are_decoded_in_a_process_of_their_own(
    screen: TriageScreen, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The desk itself reads nothing but copies of our own making; a file that kills the decoder is one not there."""
    from smartcity_desk.photos import reading

    one, two = street(1), street(2)
    decoded: list[bytes] = []
    whole = reading.read

    def watched(data: bytes, **more: object) -> object:
        decoded.append(data)
        return whole(data, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "read", watched)
    claimed(kit, report_of(screen), before=keep(kit, one), after=(keep(kit, two),))
    screen.model.take_in()
    kit.settle()
    press(screen, "V")
    asked = dialog()
    until(lambda: asked.view.comparable)
    assert len(decoded) == 2
    assert not {one, two} & set(decoded)
    assert all(data.startswith(b"\xff\xd8\xff") for data in decoded)
    assert kit.desk.darkroom is not None
    press(asked, "Escape")
    gone()
