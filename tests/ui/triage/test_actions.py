"""Each decision by key, from the dialog to the row in the outbox, and back by Z."""

from __future__ import annotations

import asyncio
import threading

import pytest
from PySide6.QtWidgets import QApplication

from smartcity_desk.domain.decide import LEASE_MS
from smartcity_desk.domain.events import Actor as Who
from smartcity_desk.domain.events import (
    CategorySet,
    ClaimTaken,
    CompletionClaimed,
    Delivered,
    Event,
    EventKind,
    NoteAdded,
    PauseCode,
    Paused,
    PlaceSet,
    RejectCode,
    ReporterAnswered,
    ReportRejected,
    Role,
    RoutingReturned,
    RoutingSent,
)
from smartcity_desk.domain.ids import event_id
from smartcity_desk.domain.query import BUILTIN_VIEWS
from smartcity_desk.domain.receipt import Outlet
from smartcity_desk.domain.report import Status
from smartcity_desk.domain.times import DAY, MINUTE
from smartcity_desk.store import OpResult, OpRow, OpState
from smartcity_desk.ui.triage import answering
from smartcity_desk.ui.triage.choosers import NoteDialog, RouteDialog
from smartcity_desk.ui.triage.claims import RENEWALS
from smartcity_desk.ui.triage.preview import PreviewDialog
from smartcity_desk.ui.triage.screen import TriageScreen
from tests.ui.kit import (
    NOW,
    SUPERVISOR,
    TEBET_TIMUR,
    Kit,
    focus_of,
    make_report,
    pause,
    press,
    type_in,
    until,
)
from tests.ui.triage.conftest import dialog, gone

K = EventKind
ALL = next(view.filter for view in BUILTIN_VIEWS if view.key == "all")


def queued(kit: Kit) -> list[OpRow]:
    """The ops that wait, oldest first."""
    return kit.desk.store.ops([OpState.QUEUED])[::-1]


def current(triage: TriageScreen) -> str:
    row = triage.model.row_data(triage.view.currentIndex().row())
    assert row is not None
    return row.id


def official(
    kit: Kit, report: str, seq: int, kind: EventKind, payload: object, office: str = TEBET_TIMUR
) -> None:
    """Something that an office did, confirmed by the central server."""
    action = f"action-{seq}"
    event = Event(
        event_id(action),
        report,
        kind,
        NOW,
        Who("lurah", Role.OFFICIAL, office),
        payload,
        seq,
        action,  # type: ignore[arg-type]
    )
    kit.desk.store.central.apply_events([event], cursor=seq, now=NOW)


def routed(kit: Kit, report: str) -> None:
    """The report is with Tebet Timur, and the central server knows."""
    event = Event(
        event_id("r"), report, K.ROUTING_SENT, NOW, SUPERVISOR, RoutingSent(TEBET_TIMUR, "sesuai"), 1, "r"
    )
    kit.desk.store.central.apply_events([event], cursor=1, now=NOW)
    official(kit, report, 2, K.REPORT_DELIVERED, Delivered(TEBET_TIMUR))


def look_again(triage: TriageScreen, kit: Kit) -> None:
    triage.model.refresh()
    kit.settle()


def test_category(triage: TriageScreen, kit: Kit) -> None:
    report = current(triage)
    press(triage, "C")
    dialog()
    type_in(triage, "pohon tum")
    press(triage, "Return")
    gone()
    kit.settle()
    op = queued(kit)[0]
    assert (op.report_id, op.payload) == (report, CategorySet("pohon_tumbang", base=None))
    assert op.not_before == NOW + 5_000  # held, so that Z can take it back whole
    row = triage.model.row_data(0)
    assert row is not None
    assert (row.category, row.pending) == ("pohon_tumbang", True)
    assert kit.said[-1].text == "400059: kategori Pohon tumbang"


def test_place_tells_namesakes_apart(triage: TriageScreen, kit: Kit) -> None:
    press(triage, "L")
    asked = dialog()
    lines = [asked.pick.list.item(at).text() for at in range(3)]  # type: ignore[attr-defined]
    assert "Tebet Timur · Kec. Tebet, Jakarta Selatan" in lines[0]  # the channel's own hint comes first
    type_in(triage, "tebet tim")
    press(triage, "Return")
    gone()
    kit.settle()
    assert queued(kit)[0].payload == PlaceSet(TEBET_TIMUR)


def test_the_standard_route_takes_six_keys(triage: TriageScreen, kit: Kit) -> None:
    kit.desk.store.act(
        K.PLACE_SET,
        PlaceSet(TEBET_TIMUR),
        [current(triage)],
        actor=SUPERVISOR,
        now=NOW,
        randomness=kit.desk.randomness,
    )
    look_again(triage, kit)
    report, keys = current(triage), 0
    for key, opens, closes in (
        ("C", True, False),
        ("1", False, True),
        ("R", True, False),
        ("Return", False, False),
        ("Return", False, True),
    ):
        press(triage, key)
        keys += 1
        dialog() if opens else None
        gone() if closes else None
        kit.settle() if closes else None
    kinds = [op.kind for op in queued(kit)]
    assert kinds == [K.PLACE_SET, K.CATEGORY_SET, K.ROUTING_SENT]
    sent = queued(kit)[-1].payload
    assert isinstance(sent, RoutingSent)
    assert sent.office in (TEBET_TIMUR, "SUDIN-SDA-JS")
    assert len(sent.reason) >= 5
    assert current(triage) != report, "it goes on to the next report by itself"
    assert keys <= 6


def test_route_needs_a_reason(triage: TriageScreen, kit: Kit) -> None:
    press(triage, "R")
    asked = dialog()
    type_in(triage, "dinas penangg")
    press(triage, "Return")
    asked.reason.setEditText("x")  # type: ignore[attr-defined]
    press(triage, "Return")
    assert asked.isVisible()
    assert "paling sedikit 5" in asked.trouble.text()  # type: ignore[attr-defined]
    asked.reason.setEditText("Kebakaran di lapak")  # type: ignore[attr-defined]
    press(triage, "Return")
    gone()
    kit.settle()
    assert queued(kit)[0].payload == RoutingSent("DINAS-GULKARMAT", "Kebakaran di lapak", base=None)


def test_a_third_party_gets_no_report_without_a_place_unless_a_person_settles_it(
    triage: TriageScreen, kit: Kit
) -> None:
    nowhere = make_report(990, lat=None, lon=None, place_hint="", text="Gardu listrik meledak")
    kit.ingest([nowhere])
    triage.on_show.open("all")
    kit.settle()
    triage.open_report(nowhere.id)
    kit.settle()
    press(triage, "R")
    asked = dialog()
    assert isinstance(asked, RouteDialog)
    type_in(triage, "tebet timur")
    assert asked.warning.isHidden(), "an office of the city finds its own way"
    asked.pick.line.setText("pln")
    assert asked.warning.isVisible()
    assert "tanpa titik dan tanpa kelurahan" in asked.warning.text()
    assert asked.centre.isHidden(), "there is no kelurahan to settle"
    press(triage, "Esc")
    gone()
    kit.desk.store.act(
        K.PLACE_SET,
        PlaceSet(TEBET_TIMUR),
        [nowhere.id],
        actor=SUPERVISOR,
        now=NOW,
        randomness=kit.desk.randomness,
    )
    look_again(triage, kit)
    triage.open_report(nowhere.id)
    kit.settle()
    for ticked in (False, True):
        press(triage, "R")
        asked = dialog()
        assert isinstance(asked, RouteDialog)
        asked.pick.line.setText("pln")
        assert "Shift+L" in asked.warning.text()
        assert not asked.centre.isChecked(), "nobody sends along what nobody has decided"
        assert "Tebet Timur" in asked.centre.text()
        asked.centre.setChecked(ticked)
        asked.reason.setEditText("Gardu milik PLN")
        asked.finish()
        gone()
        kit.settle()
        kinds = [op.kind for op in queued(kit)]
        if not ticked:
            assert kinds == [K.PLACE_SET, K.ROUTING_SENT]
            press(triage, "Z")
            kit.settle()
            triage.open_report(nowhere.id)
            kit.settle()
    assert kinds == [K.PLACE_SET, K.PLACE_SET, K.ROUTING_SENT]
    placed = queued(kit)[-2].payload
    assert isinstance(placed, PlaceSet)
    office = kit.desk.directory.offices[TEBET_TIMUR]
    assert (placed.place, placed.lat, placed.lon) == (TEBET_TIMUR, office.lat, office.lon)


def test_note(triage: TriageScreen, kit: Kit) -> None:
    press(triage, "M")
    asked = dialog()
    type_in(triage, "sudah")
    press(triage, "Return")
    type_in(triage, "ditelepon")
    assert asked.isVisible()
    press(triage, "Ctrl+Return")
    gone()
    kit.settle()
    assert queued(kit)[0].payload == NoteAdded("sudah\nditelepon")


def test_an_answer_is_for_the_reporter(triage: TriageScreen, kit: Kit) -> None:
    press(triage, "Shift+M")
    asked = dialog()
    assert isinstance(asked, NoteDialog)
    type_in(triage, "petugas sedang ke lokasi")
    assert asked.warning.isVisible(), "while it is typed, too"
    assert "bukan untuk rekan" in asked.warning.text()
    assert asked.accept_button.text() == "Jawab pelapor  Ctrl+Enter"
    press(triage, "Ctrl+Return")
    gone()
    kit.settle()
    assert queued(kit)[0].payload == ReporterAnswered("petugas sedang ke lokasi")


def test_that_a_channel_carries_no_answer_is_said_before_one_is_written(
    triage: TriageScreen, kit: Kit
) -> None:
    store = kit.desk.store
    others = make_report(50, channel="qlue")
    kit.ingest([others], "qlue")
    off, live = Outlet("petabencana", "kota", "off", 1), Outlet("petabencana", "kota", "on", 1)

    def said() -> str:
        press(triage, "Shift+M")
        asked = dialog()
        assert isinstance(asked, NoteDialog)
        text = asked.warning.text()
        press(triage, "Esc")
        gone()
        kit.settle()
        return text

    usual = said()
    assert "tidak dapat dijawab otomatis" not in usual  # no server has told: nothing is claimed
    for outlets in ([], [off]):
        store.central.apply_receipts([], outlets, cursor=1)
        assert "Jawaban hanya dicatat: kanal PetaBencana tidak dapat dijawab otomatis" in said()
    store.central.apply_receipts([], [live], cursor=2)
    assert said() == usual
    rows = list(store.rows(store.ids(ALL, now=kit.now), now=kit.now).values())
    partly = kit.run(answering.warning(kit.desk, rows))
    assert partly == f"{usual} Hanya dicatat untuk QLUE: tidak dapat dijawab otomatis."


def test_reject(triage: TriageScreen, kit: Kit) -> None:
    press(triage, "T")
    dialog()
    press(triage, "4", "Return")
    gone()
    kit.settle()
    assert queued(kit)[0].payload == ReportRejected(RejectCode.TOO_VAGUE, "", base=Status.NEW)


def test_pause_and_resume(triage: TriageScreen, kit: Kit) -> None:
    press(triage, "P")
    dialog()
    press(triage, "1", "Return", "Return")
    gone()
    kit.settle()
    payload = queued(kit)[0].payload
    assert isinstance(payload, Paused)
    assert (payload.code, payload.until) == (PauseCode.WAITING_REPORTER, NOW + 10 * DAY)
    press(triage, "P")
    kit.settle()
    assert [op.kind for op in queued(kit)] == [K.CLOCK_PAUSED, K.CLOCK_RESUMED]


def test_a_refusal_is_read_in_the_dialog(triage: TriageScreen, kit: Kit) -> None:
    press(triage, "P")
    asked = dialog()
    press(triage, "2", "Return", "Return")
    until(lambda: asked.trouble.isVisible())  # type: ignore[attr-defined]
    assert asked.isVisible()
    assert asked.trouble.text()
    assert queued(kit) == []
    press(triage, "Esc")
    gone()


@pytest.mark.parametrize(
    ("keys", "kind"), [(("V", "V"), K.COMPLETION_ACCEPTED), (("Shift+V", "Return"), K.COMPLETION_REFUSED)]
)
def test_claimed_completion(triage: TriageScreen, kit: Kit, keys: tuple[str, ...], kind: EventKind) -> None:
    report = current(triage)
    routed(kit, report)
    official(kit, report, 3, K.COMPLETION_CLAIMED, CompletionClaimed(TEBET_TIMUR, "sudah diangkut"))
    look_again(triage, kit)
    press(triage, keys[0])
    if len(keys) > 1:
        dialog()
        press(triage, *keys[1:])
        gone()
    kit.settle()
    assert [op.kind for op in queued(kit)] == [kind]
    assert current(triage) != report


@pytest.mark.parametrize(
    ("keys", "kind"), [(("H",), K.ROUTING_RETURN_ACCEPTED), (("Shift+H", "Return"), K.ROUTING_RETURN_REFUSED)]
)
def test_hand_back(triage: TriageScreen, kit: Kit, keys: tuple[str, ...], kind: EventKind) -> None:
    report = current(triage)
    routed(kit, report)
    official(
        kit, report, 3, K.ROUTING_RETURNED, RoutingReturned(TEBET_TIMUR, "bukan wewenang kami", "DINAS-SDA")
    )
    look_again(triage, kit)
    press(triage, "R")
    asked = dialog()
    assert "Dinas Sumber Daya Air" in asked.pick.list.item(0).text()  # type: ignore[attr-defined]
    press(triage, "Esc")
    gone()
    press(triage, keys[0])
    if len(keys) > 1:
        dialog()
        press(triage, *keys[1:])
        gone()
    kit.settle()
    assert [op.kind for op in queued(kit)] == [kind]


def test_claim_release_and_takeover(triage: TriageScreen, kit: Kit) -> None:
    press(triage, "Shift+K")
    kit.settle()
    assert [op.kind for op in queued(kit)] == [K.CLAIM_TAKEN]
    assert queued(kit)[0].not_before <= NOW, "a claim that waits protects nobody"
    assert "◉" in triage.model.data(triage.model.index(0, 1))
    press(triage, "Shift+K")
    kit.settle()
    assert [op.kind for op in queued(kit)] == [K.CLAIM_TAKEN, K.CLAIM_RELEASED]
    kit.desk.actor = SUPERVISOR
    press(triage, "Shift+K")
    kit.settle()
    kit.desk.actor = Who("sari", Role.OPERATOR)
    press(triage, "Shift+K")
    kit.settle()
    assert "budi sedang memegang" in kit.said[-1].text


def test_a_claim_is_renewed_while_its_holder_is_busy_with_the_report(triage: TriageScreen, kit: Kit) -> None:
    keeper = triage.decisions.asking.keeper
    press(triage, "Shift+K")
    kit.settle()
    press(triage, "M")
    note = dialog()
    kit.now += 6 * MINUTE
    keeper.look()
    kit.run(asyncio.sleep(0))
    assert len(queued(kit)) == 1, "it has four minutes left"
    kit.now += 2 * MINUTE
    keeper.look()
    until(lambda: len(queued(kit)) == 2)
    renewed = queued(kit)[-1]
    assert renewed.kind is K.CLAIM_TAKEN
    assert isinstance(renewed.payload, ClaimTaken)
    assert renewed.payload.until == kit.now + LEASE_MS
    assert kit.desk.store.rows([60], now=kit.now)[60].claim_until == kit.now + LEASE_MS
    kit.now += LEASE_MS + 1
    keeper.look()
    note.reject()
    gone()
    kit.settle()
    assert len(queued(kit)) == 2, "what has run out is not taken again"
    press(triage, "Z")  # takes back the claim, not its renewal
    kit.settle()
    assert "dipegang" in kit.said[-1].text or "pegang" in kit.said[-1].text


def test_a_claim_is_not_renewed_for_ever_nor_for_another(triage: TriageScreen, kit: Kit) -> None:
    keeper = triage.decisions.asking.keeper
    press(triage, "Shift+K")
    kit.settle()
    press(triage, "M")
    note = dialog()
    for _ in range(RENEWALS + 2):
        kit.now += 8 * MINUTE
        keeper.look()
        until(lambda: not any(task.get_name() == "claim.renew" for task in kit.desk.tasks._tasks))
    note.reject()
    gone()
    kit.settle()
    assert len(queued(kit)) == 1 + RENEWALS
    keeper.begin(triage.model.row_data(3))
    assert not keeper._timer.isActive(), "nobody holds this one"


def test_without_a_log_in_nothing_is_done(triage: TriageScreen, kit: Kit) -> None:
    kit.desk.actor = None
    press(triage, "C")
    kit.settle()
    assert QApplication.activeModalWidget() is None
    assert kit.said[-1].text.startswith("Masuk dulu")


def test_without_a_log_in_the_second_review_says_so(triage: TriageScreen, kit: Kit) -> None:
    kit.desk.actor = None
    press(triage, "Ctrl+Shift+V")
    kit.settle()
    assert kit.said[-1].text.startswith("Masuk dulu")


# -- the way back ----------------------------------------------------------------------------------------------


def test_undo_and_redo_walk_two_hundred_steps(triage: TriageScreen, kit: Kit) -> None:
    codes = ["banjir", "sampah"] * 100
    report = current(triage)
    before = kit.desk.store.rows([60], now=NOW)[60]
    for at, code in enumerate(codes):
        kit.now += 1
        row = kit.desk.store.rows([60], now=NOW)[60]
        kit.run(triage.deeds.act(K.CATEGORY_SET, CategorySet(code, base=row.category), [row]))
        assert kit.desk.store.rows([60], now=NOW)[60].category == code, at
    after = kit.desk.store.rows([60], now=NOW)[60]
    assert after.id == report
    for _ in codes:
        kit.run(triage.deeds.undo())
    assert kit.desk.store.rows([60], now=NOW)[60] == before
    assert kit.said[-1].deed is not None
    for _ in codes:
        kit.run(triage.deeds.redo())
    assert kit.desk.store.rows([60], now=NOW)[60] == after
    press(triage, "Z")
    kit.settle()
    assert kit.desk.store.rows([60], now=NOW)[60].category == "banjir"
    press(triage, "Shift+Z")
    kit.settle()
    assert kit.desk.store.rows([60], now=NOW)[60].category == "sampah"


def test_undo_after_a_restart_takes_back_what_was_not_sent(triage: TriageScreen, kit: Kit) -> None:
    row = kit.desk.store.rows([60], now=NOW)[60]
    kit.run(triage.deeds.act(K.NOTE_ADDED, NoteAdded("halo semua"), [row]))
    triage.deeds._undo.clear()
    kit.run(triage.deeds.undo())
    assert queued(kit) == []


def sent_and_confirmed(kit: Kit) -> None:
    """The sync child sends what waits and the central server accepts it."""
    kit.now += 10_000
    actions = kit.desk.store.central.next_ops(50, kit.now)
    results = []
    for at, action in enumerate(actions):
        seq = 100 + kit.now % 1_000_000 + at
        event = Event(
            event_id(action.id),
            action.report,
            action.kind,
            action.at,
            action.actor,
            action.payload,
            seq,
            action.id,
        )
        results.append(OpResult(action.id, "accepted", events=(event,), seq=seq))
    kit.desk.store.central.settle(results, kit.now)


def test_what_was_sent_is_undone_by_its_opposite(triage: TriageScreen, kit: Kit) -> None:
    row = kit.desk.store.rows([56], now=NOW)[56]  # its channel gave it a category
    assert row.category == "sampah"
    kit.run(triage.deeds.act(K.CATEGORY_SET, CategorySet("banjir", base="sampah"), [row]))
    sent_and_confirmed(kit)
    kit.run(triage.deeds.undo())
    kit.settle()
    assert kit.desk.store.rows([56], now=NOW)[56].category == "sampah"
    assert queued(kit)[-1].payload == CategorySet("sampah", base="banjir")
    assert kit.said[-1].text.startswith("Sudah terkirim, jadi dibalik")


def test_what_has_no_opposite_is_explained(triage: TriageScreen, kit: Kit) -> None:
    row = kit.desk.store.rows([60], now=NOW)[60]
    kit.run(triage.deeds.act(K.NOTE_ADDED, NoteAdded("halo semua"), [row]))
    sent_and_confirmed(kit)
    kit.run(triage.deeds.undo())
    kit.settle()
    assert queued(kit) == []
    assert kit.said[-1].text.startswith("Sudah terkirim dan tidak bisa ditarik")
    assert "tidak pernah dihapus" in kit.said[-1].detail


@pytest.mark.parametrize(
    ("kind", "payload", "back"),
    [
        (K.ROUTING_SENT, RoutingSent(TEBET_TIMUR, "sesuai wilayah", None), K.ROUTING_SENT),
        (
            K.CLOCK_PAUSED,
            Paused(PauseCode.WAITING_REPORTER, "menunggu", NOW + DAY, Status.NEW),
            K.CLOCK_RESUMED,
        ),
        (K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM, "", Status.NEW), K.REPORT_REOPENED),
    ],
)
def test_opposites(triage: TriageScreen, kit: Kit, kind: EventKind, payload: object, back: EventKind) -> None:
    row = kit.desk.store.rows([60], now=NOW)[60]
    reply = kit.run(triage.deeds.act(kind, payload, [row]))  # type: ignore[arg-type]
    assert reply.done == 1
    sent_and_confirmed(kit)
    kit.run(triage.deeds.undo())
    kit.settle()
    assert [op.kind for op in queued(kit)] == [back]


# -- many at once ----------------------------------------------------------------------------------------------


def test_bulk_shows_before_it_changes_and_undoes_whole(triage: TriageScreen, kit: Kit) -> None:
    closed = kit.desk.store.rows([58, 59], now=NOW)
    for row in closed.values():
        kit.run(triage.deeds.act(K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM, "", Status.NEW), [row]))
    look_again(triage, kit)
    press(triage, "Ctrl+A", "R")
    dialog()
    type_in(triage, "damkar")
    press(triage, "Return", "Return")
    until(lambda: isinstance(QApplication.activeModalWidget(), PreviewDialog))
    asked = dialog()
    assert isinstance(asked, PreviewDialog)
    assert asked.changes == 58
    shown = [label.text() for label in asked.findChildren(type(asked.heading))]
    assert "58 laporan akan berubah" in shown
    assert [text for text in shown if text.startswith("→ ")] == [
        "→ Sudin Penanggulangan Kebakaran dan Penyelamatan Jakarta Barat"
    ], "and to whom"
    assert "2 laporan dilewati" in shown
    assert any(text.startswith("2 dilewati: ") for text in shown)
    assert len(queued(kit)) == 2, "nothing has happened yet"
    press(triage, "Return")
    gone()
    kit.settle()
    assert len(queued(kit)) == 60
    assert triage.view.marked == frozenset()
    press(triage, "Z")
    kit.settle()
    assert len(queued(kit)) == 2


def test_bulk_has_a_limit(triage: TriageScreen, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    from smartcity_desk.ui.triage import asking

    monkeypatch.setattr(asking, "BULK_MAX", 20)
    press(triage, "Ctrl+A", "Shift+K")
    kit.settle()
    assert kit.said[-1].text.startswith("Paling banyak 20")
    assert queued(kit) == []


def test_all_of_a_list_that_gives_way_to_another_one_is_nobodys(
    triage: TriageScreen, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smartcity_desk.store import Cancelled

    def interrupted(*_: object, **__: object) -> int:
        raise Cancelled

    monkeypatch.setattr(type(kit.desk.store), "count", interrupted)
    press(triage, "Ctrl+A", "Shift+K")
    kit.settle()
    assert (kit.errors, kit.said, queued(kit)) == ([], [], [])
    assert not triage.decisions.asking.busy


def test_esc_while_it_is_being_done_is_harmless(
    triage: TriageScreen, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = threading.Event()
    act = type(kit.desk.store).act

    def slow(*arguments: object, **named: object) -> object:
        assert may_go_on.wait(20)
        return act(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(type(kit.desk.store), "act", slow)
    press(triage, "C")
    dialog()
    press(triage, "1", "Esc")
    gone()
    pause(50)
    may_go_on.set()
    kit.settle()
    assert len(queued(kit)) == 1
    assert kit.errors == []


def test_focus_is_back_on_the_table_after_a_dialog(triage: TriageScreen, kit: Kit) -> None:
    press(triage, "C")
    dialog()
    press(triage, "Esc")
    gone()
    assert focus_of(triage) is triage.view
