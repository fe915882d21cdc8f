"""Keluar: what waits and why, and fifty contradictions by keyboard."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt

from smartcity_desk.domain.events import CategorySet, ClaimTaken, Event, EventKind, NoteAdded
from smartcity_desk.domain.ids import event_id
from smartcity_desk.domain.receipt import Receipt, ReceiptState
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.store import OpResult, OpState
from smartcity_desk.ui.bridge import Link
from smartcity_desk.ui.outbox.models import OP_COLUMNS, REFUSED_COLUMNS
from smartcity_desk.ui.outbox.screen import OutboxScreen
from tests.ui import crawl
from tests.ui.kit import NOW, OPERATOR, SUPERVISOR, Kit, focus_of, make_report, press, show, type_in, until
from tests.ui.triage.conftest import dialog, gone

K = EventKind


def note(kit: Kit, n: int, text: str, hold_ms: int = 0) -> str:
    """A note on the n-th report; the op's id."""
    result = kit.desk.store.act(
        K.NOTE_ADDED,
        NoteAdded(text),
        [make_report(n).id],
        actor=OPERATOR,
        now=kit.now,
        randomness=kit.desk.randomness,
        hold_ms=hold_ms,
    )
    return result.done[0].id


def conflict(kit: Kit, n: int) -> None:
    """My category of the n-th report meets another that somebody set first."""
    report = make_report(n).id
    kit.desk.store.act(
        K.CATEGORY_SET,
        CategorySet("banjir"),
        [report],
        actor=OPERATOR,
        now=kit.now,
        randomness=kit.desk.randomness,
        fill_base=True,
    )
    action = kit.desk.store.central.next_ops(1, kit.now)[0]
    theirs = Event(
        event_id(f"t{n}"), report, K.CATEGORY_SET, kit.now, SUPERVISOR, CategorySet("kabel"), n + 1, f"t{n}"
    )
    kit.desk.store.central.apply_events([theirs], cursor=n + 1, now=kit.now)
    result = OpResult(action.id, "conflict", field="category", base=None, mine="banjir", theirs="kabel")
    kit.desk.store.central.settle([result], kit.now)


@pytest.fixture
def outbox(kit: Kit) -> Iterator[OutboxScreen]:
    kit.ingest([make_report(n, category=None) for n in range(60)])
    screen = OutboxScreen(kit.desk)
    show(screen)
    screen.activate()
    kit.settle()
    yield screen
    kit.settle()
    screen.deactivate()
    screen.close()


def look_again(outbox: OutboxScreen, kit: Kit) -> None:
    kit.desk.bridge.outbox_changed.emit(None)
    until(lambda: not outbox._timer.isActive())
    kit.settle()


def cells(outbox: OutboxScreen, row: int = 0) -> dict[str, str]:
    model = outbox.ops
    return {name: model.data(model.index(row, at)) for at, name in enumerate(OP_COLUMNS)}


def test_an_empty_outbox_says_that_all_is_received(outbox: OutboxScreen) -> None:
    assert outbox._empty.isVisible()
    assert outbox._empty.text().startswith("Semua tindakan sudah diterima server")
    assert focus_of(outbox) is outbox._empty


def test_what_waits_for_the_line_says_so(outbox: OutboxScreen, kit: Kit) -> None:
    note(kit, 1, "kabel dicabut")
    look_again(outbox, kit)
    assert (cells(outbox)["next"], cells(outbox)["why"]) == ("sekarang", "")
    bridge = kit.desk.bridge
    bridge.set_connection(bridge.connection.changed(link=Link.OFFLINE))
    assert (cells(outbox)["next"], cells(outbox)["why"]) == ("saat daring", "Tidak ada sambungan.")


def test_each_state_has_shape_and_word(outbox: OutboxScreen, kit: Kit) -> None:
    note(kit, 1, "ditolak nanti")
    kit.desk.store.central.settle(
        [OpResult(kit.desk.store.central.next_ops(1, kit.now)[0].id, "rejected", code="unknown_report")],
        kit.now,
    )
    note(kit, 2, "sedang dikirim")
    kit.desk.store.central.next_ops(1, kit.now)
    op = note(kit, 3, "gagal dikirim")
    kit.desk.store.central.next_ops(1, kit.now)
    kit.desk.store.central.settle([OpResult(op, "unknown", code="transient")], kit.now)
    note(kit, 4, "antre")
    note(kit, 5, "ditahan", hold_ms=5_000)
    look_again(outbox, kit)
    assert [cells(outbox, row)["state"] for row in range(5)] == [
        "◔ tersimpan, ditahan",
        "⇡ tersimpan di komputer ini",
        "⇡ tersimpan di komputer ini",
        "◐ terkirim, tunggu jawaban",
        "× ditolak server",
    ]
    assert cells(outbox, 2)["attempts"] == "1"
    assert "dalam" in cells(outbox, 2)["next"]
    assert cells(outbox, 2)["why"]
    assert cells(outbox, 4)["why"]
    assert "catatan: antre" in cells(outbox, 1)["what"]
    assert "PetaBencana 400004" in cells(outbox, 1)["report"]


def test_retry_now_goes_out_at_once(outbox: OutboxScreen, kit: Kit) -> None:
    op = note(kit, 1, "gagal dikirim")
    kit.desk.store.central.next_ops(1, kit.now)
    kit.desk.store.central.settle([OpResult(op, "unknown", code="transient")], kit.now)
    look_again(outbox, kit)
    assert kit.desk.store.central.next_ops(1, kit.now) == []
    press(outbox, "R")
    kit.settle()
    assert [action.id for action in kit.desk.store.central.next_ops(1, kit.now)] == [op]


def test_markup_in_a_persons_words_stays_text_in_the_tip(outbox: OutboxScreen, kit: Kit) -> None:
    note(kit, 1, "<img src='file:///x'>")
    look_again(outbox, kit)
    shown = outbox.ops.data(outbox.ops.index(0, OP_COLUMNS.index("what")), Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in shown
    assert "&lt;img" in shown


def test_an_action_of_another_operator_says_whose_log_in_it_waits_for(outbox: OutboxScreen, kit: Kit) -> None:
    note(kit, 1, "dari giliran pagi")
    look_again(outbox, kit)
    why = outbox.ops.index(0, OP_COLUMNS.index("why"))
    assert outbox.ops.data(why) == ""
    kit.desk.actor = SUPERVISOR
    assert OPERATOR.user in outbox.ops.data(why)


def test_discard_takes_back_what_was_never_sent_and_z_brings_it_back(outbox: OutboxScreen, kit: Kit) -> None:
    op = note(kit, 1, "salah tulis")
    look_again(outbox, kit)
    press(outbox, "D")
    kit.settle()
    assert kit.desk.store.ops([OpState.QUEUED]) == []
    assert outbox._empty.isVisible()
    assert focus_of(outbox) is outbox._empty
    press(outbox, "Z")
    kit.settle()
    assert [row.id for row in kit.desk.store.ops([OpState.QUEUED])] == [op]


def test_what_may_have_arrived_cannot_be_discarded(outbox: OutboxScreen, kit: Kit) -> None:
    note(kit, 1, "mungkin sampai")
    kit.desk.store.central.next_ops(1, kit.now)
    look_again(outbox, kit)
    press(outbox, "D")
    kit.settle()
    assert len(kit.desk.store.ops([OpState.SENDING])) == 1
    assert "tidak bisa dibuang" in kit.said[-1].text


def test_a_refusal_is_put_away_once_read(outbox: OutboxScreen, kit: Kit) -> None:
    op = note(kit, 1, "ditolak")
    kit.desk.store.central.next_ops(1, kit.now)
    kit.desk.store.central.settle([OpResult(op, "rejected", code="unknown_report")], kit.now)
    look_again(outbox, kit)
    press(outbox, "R")
    kit.settle()
    assert "Server sudah menolak" in kit.said[-1].text
    press(outbox, "D")
    kit.settle()
    assert outbox.ops.rowCount() == 0


def test_a_note_is_edited_before_it_is_sent(outbox: OutboxScreen, kit: Kit) -> None:
    note(kit, 1, "salah")
    look_again(outbox, kit)
    press(outbox, "E")
    asked = dialog()
    press(outbox, "Ctrl+A")
    type_in(outbox, "benar sekarang")
    press(outbox, "Ctrl+Return")
    gone()
    kit.settle()
    assert asked is not None
    assert [op.payload for op in kit.desk.store.ops([OpState.QUEUED])] == [NoteAdded("benar sekarang")]


def test_what_has_no_words_of_its_own_is_not_edited(outbox: OutboxScreen, kit: Kit) -> None:
    kit.desk.store.act(
        K.CLAIM_TAKEN,
        ClaimTaken("sari", NOW + MINUTE),
        [make_report(1).id],
        actor=OPERATOR,
        now=kit.now,
        randomness=kit.desk.randomness,
    )
    look_again(outbox, kit)
    press(outbox, "E")
    kit.settle()
    assert "Hanya catatan atau alasan" in kit.said[-1].text


def test_enter_opens_the_report(outbox: OutboxScreen, kit: Kit) -> None:
    opened: list[str] = []
    kit.desk.bridge.open_report.connect(opened.append)
    note(kit, 7, "lihat")
    look_again(outbox, kit)
    press(outbox, "Return")
    assert opened == [make_report(7).id]


def test_fifty_conflicts_are_solved_by_keyboard(outbox: OutboxScreen, kit: Kit) -> None:
    for n in range(50):
        conflict(kit, n)
    look_again(outbox, kit)
    assert outbox._tray_title.text() == "⚠ 50 konflik menunggu pilihan Anda"
    assert focus_of(outbox) is outbox.conflict_view
    row = {
        name: outbox.conflicts.data(outbox.conflicts.index(0, at))
        for at, name in enumerate(("report", "field", "mine", "theirs", "base"))
    }
    assert (row["field"], row["mine"], row["theirs"], row["base"]) == (
        "kategori",
        "Banjir",
        "Kabel semrawut",
        "—",
    )
    began = time.monotonic()
    for n in range(50):
        press(outbox, "1" if n % 2 else "2")
        kit.settle()
    assert time.monotonic() - began < 60
    assert outbox.conflicts.rowCount() == 0
    assert not outbox._tray.isVisible()
    kept = kit.desk.store.rows(range(1, 51), now=kit.now)
    assert [kept[n + 1].category for n in range(50)] == ["banjir" if n % 2 else "kabel" for n in range(50)]
    assert len(kit.desk.store.ops([OpState.QUEUED])) == 25
    assert focus_of(outbox) is outbox.op_view


def test_a_key_works_only_on_the_table_that_has_the_focus(outbox: OutboxScreen, kit: Kit) -> None:
    conflict(kit, 1)
    note(kit, 2, "antre")
    look_again(outbox, kit)
    outbox.conflict_view.setFocus()
    press(outbox, "D", "R", "E")
    kit.settle()
    assert len(kit.desk.store.ops([OpState.QUEUED])) == 1
    assert kit.said == []
    outbox.op_view.setFocus()
    press(outbox, "1", "2")
    kit.settle()
    assert len(kit.desk.store.conflicts()) == 1


def test_tab_goes_between_tray_and_queue(outbox: OutboxScreen, kit: Kit) -> None:
    conflict(kit, 1)
    note(kit, 2, "antre")
    note(kit, 3, "antre juga")
    look_again(outbox, kit)
    press(outbox, "Tab")
    assert focus_of(outbox) is outbox.op_view
    press(outbox, "J")
    assert outbox.op_view.currentIndex().row() == 1
    press(outbox, "K", "Tab")
    assert focus_of(outbox) is outbox.conflict_view


def test_a_refresh_keeps_the_cursor_on_its_action(outbox: OutboxScreen, kit: Kit) -> None:
    for n in range(5):
        note(kit, n, f"catatan {n}")
    look_again(outbox, kit)
    press(outbox, "J", "J")
    chosen = outbox._op()
    note(kit, 9, "lebih baru")
    look_again(outbox, kit)
    assert outbox._op() == chosen
    assert outbox.op_view.currentIndex().row() == 3


def test_everything_is_named_and_reached_by_key(outbox: OutboxScreen, kit: Kit) -> None:
    conflict(kit, 1)
    note(kit, 2, "antre")
    look_again(outbox, kit)
    assert crawl.nameless(outbox) == []
    assert crawl.out_of_reach(outbox) == []
    spoken = outbox.ops.data(outbox.ops.index(0, 0), 11)
    assert "Keadaan ⇡ tersimpan" in spoken
    assert "PetaBencana 400002" in spoken


def test_answers_that_were_refused_stand_apart_with_the_channels_words(
    outbox: OutboxScreen, kit: Kit
) -> None:
    assert outbox._refused.isHidden()
    refused = Receipt(
        "a", make_report(3).id, "kota", "update", 9, ReceiptState.REFUSED, kit.now, kit.now, kit.now, 1,
        "http_404", "nomor tidak dikenal",
    )  # fmt: skip
    kit.desk.store.central.apply_receipts([refused], [], cursor=1)
    kit.desk.bridge.reports_changed.emit(None)
    until(lambda: not outbox._timer.isActive())
    kit.settle()
    assert outbox._refused.isVisible()
    model = outbox.refused
    row = {name: model.data(model.index(0, at)) for at, name in enumerate(REFUSED_COLUMNS)}
    assert row["why"] == "kode 404: “nomor tidak dikenal”"
    assert (row["what"], row["target"]) == ("Jawaban", "kota")
    note(kit, 1, "menunggu")
    look_again(outbox, kit)
    outbox.op_view.setFocus()
    press(outbox.op_view, "Tab")
    until(outbox.refused_view.hasFocus)
    assert not outbox._has_op(), "a key for the queue does not work from here"
    opened: list[str] = []
    kit.desk.bridge.open_report.connect(opened.append)
    press(outbox.refused_view, "Return")
    assert opened == [make_report(3).id]
