"""Each deed by its keys, through the real store; and what is refused, with the words of the domain."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from smartcity_desk.documents.verify import verify
from smartcity_desk.domain.decision import Accepted, Action, Refused
from smartcity_desk.domain.events import (
    Actor,
    EventKind,
    ExclusionCode,
    MarkNotified,
    MarkProposed,
    MarkRaised,
    ObjectionDecided,
    ObjectionFiled,
    ObjectionOutcome,
    ObjectionTaken,
    Role,
)
from smartcity_desk.domain.ids import inbox_id
from smartcity_desk.domain.marks import MarkStep, step
from smartcity_desk.domain.subjects import Context, decide_subject
from smartcity_desk.domain.times import DAY, SECOND
from smartcity_desk.ui import dossiers
from smartcity_desk.ui.escalation.board import Column
from smartcity_desk.ui.escalation.cards import card_words
from smartcity_desk.ui.escalation.deeds import Deed, offers
from smartcity_desk.ui.escalation.dialogs import AllDeeds, AskDialog, DecideDialog, ProposeDialog
from smartcity_desk.ui.escalation.objections import AnswerObjection, FileObjection
from smartcity_desk.ui.escalation.rising import RisingDialog
from smartcity_desk.ui.escalation.screen import EscalationScreen
from tests.evidence.city import DEWI, RANI, RATNA, SARI, SILENT
from tests.ui.escalation.conftest import (
    act,
    become,
    confirm,
    gone,
    keys,
    later,
    marked,
    opened,
    reread,
    said,
    state,
    the_mark,
    waiting,
)
from tests.ui.kit import Kit, press, type_in, until

K = EventKind


def test_a_supervisor_marks_in_two_keys(kit: Kit, screen: EscalationScreen) -> None:
    keys(kit, screen, "M")
    dialog = opened(AskDialog)
    assert any("8 dari 25 tepat waktu" in line.text() for line in dialog.lines)
    press(screen, "Return")
    gone()
    kit.settle()
    [op] = waiting(kit, K.MARK_RAISED)
    assert isinstance(op.payload, MarkRaised)
    assert op.report_id == the_mark(kit)
    figures = kit.desk.store.offices.office_figures(SILENT, now=kit.now)
    counted = [one.segment.id for part in figures.windows for one in part.items if one.counts]
    assert list(op.payload.segments) == counted
    assert op.payload.routers == (SARI.user,)
    assert screen.board_page.current_key == f"mark:{op.report_id}"
    press(screen, "Z")
    kit.settle()
    assert waiting(kit) == []
    assert screen.board_page.current_key == f"new:{SILENT}"


def test_the_notice_carries_the_hash_of_the_dossier_that_was_made(kit: Kit, screen: EscalationScreen) -> None:
    name = marked(kit)
    reread(kit, screen)
    keys(kit, screen, "N")
    opened(AskDialog)
    press(screen, "Return")
    gone()
    kit.settle()
    [op] = waiting(kit, K.MARK_NOTIFIED)
    assert isinstance(op.payload, MarkNotified)
    [manifest] = dossiers.served_home(kit.desk).rglob("berkas.manifest.json")
    assert op.payload.dossier == hashlib.sha256(manifest.read_bytes()).hexdigest()
    assert verify(manifest.with_name("berkas.pdf")).ok
    assert state(kit, name).dossier == op.payload.dossier


def test_an_outward_act_is_held_for_a_minute_and_can_be_stopped(kit: Kit, screen: EscalationScreen) -> None:
    name = marked(kit)
    reread(kit, screen)
    keys(kit, screen, "N")
    press(screen, "Return")
    gone()
    kit.settle()
    [op] = waiting(kit, K.MARK_NOTIFIED)
    assert op.not_before == kit.now + 60 * SECOND
    kit.desk.store.hurry([op.id], kit.now)
    assert kit.desk.store.central.next_ops(9, kit.now + 59 * SECOND) == [], (
        "nobody shortens it, not even Keluar"
    )
    kit.now += 45 * SECOND
    screen._show_cards()
    card = next(one for one in screen.board_page.lists[Column.HEARING].model_.cards)
    assert "ditahan 15 dtk lagi" in card.spoken
    assert screen.deed_bar.buttons["escalation.stop"].isVisible()
    press(screen, "X")
    kit.settle()
    assert waiting(kit) == []
    assert step(state(kit, name), kit.desk.store.law(), kit.now) is MarkStep.CANDIDATE
    assert any("Dihentikan" in text for text in said(kit))


def test_after_the_minute_it_goes_and_is_no_longer_stopped(kit: Kit, screen: EscalationScreen) -> None:
    name = marked(kit)
    reread(kit, screen)
    keys(kit, screen, "N")
    press(screen, "Return")
    gone()
    kit.settle()
    kit.now += 60 * SECOND
    assert [action.kind for action in kit.desk.store.central.next_ops(9, kit.now)] == [K.MARK_NOTIFIED]
    reread(kit, screen)
    assert not screen.deed_bar.buttons["escalation.stop"].isVisible()
    press(screen, "X")
    press(screen, "Z")
    kit.settle()
    assert state(kit, name).notified_at is not None
    assert any("tetap tercatat" in message.detail for message in kit.said)


def test_served_and_longer(kit: Kit, screen: EscalationScreen) -> None:
    name = marked(kit, notified=True)
    reread(kit, screen)
    keys(kit, screen, "S")
    opened(AskDialog)
    press(screen, "Return")
    gone()
    kit.settle()
    assert state(kit, name).served_at == kit.now
    keys(kit, screen, "E")
    dialog = opened(AskDialog)
    assert "2 hari kerja" in dialog.lines[0].text()
    type_in(screen, "x")
    press(screen, "Return")
    assert dialog.isVisible(), "a letter is no reason"
    assert dialog.trouble.text()
    type_in(screen, " berkas tidak lengkap")
    press(screen, "Return")
    gone()
    kit.settle()
    assert state(kit, name).extended_at == kit.now


def test_an_objection_by_letter_names_items_letter_code_and_scans(
    kit: Kit, screen: EscalationScreen, tmp_path: Path
) -> None:
    name = marked(kit, served=True)
    become(kit, SARI)
    reread(kit, screen)
    scan = tmp_path / "surat.pdf"
    scan.write_bytes(b"%PDF-1.4 surat")
    keys(kit, screen, "O")
    dialog = opened(FileObjection)
    press(screen, "Ctrl+Return")
    assert dialog.trouble.text() == "Nomor surat belum diisi."
    type_in(screen, "12/SGH/2026")
    press(screen, "Ctrl+Return")
    assert "satu butir" in dialog.trouble.text()
    press(screen, "Tab")
    assert dialog.segments.hasFocus()
    press(screen, "Space", "Down", "Space")
    dialog.code.choose(ExclusionCode.MISROUTED)
    dialog.text.setFocus()
    type_in(screen, "Bukan wilayah kami.")
    dialog.add_files([scan])
    until(lambda: not dialog.files.busy)
    press(screen, "Ctrl+Return")
    gone()
    kit.settle()
    [objection] = state(kit, name).objections
    assert objection.segments == state(kit, name).segments[:2]
    assert (objection.letter, objection.code) == ("12/SGH/2026", ExclusionCode.MISROUTED)
    digest = hashlib.sha256(scan.read_bytes()).hexdigest()
    assert objection.attachments == (digest,)
    assert (kit.desk.paths.attachments / digest[:2] / digest).read_bytes() == scan.read_bytes()
    assert not objection.official


def objected(kit: Kit, *, code: ExclusionCode | None = ExclusionCode.MISROUTED, items: int = 2) -> str:
    """SILENT has objected by letter."""
    name = marked(kit, served=True)
    payload = ObjectionFiled(
        "satu", state(kit, name).segments[:items], "bukan wilayah kami", code, (), "1/2026"
    )
    act(kit, K.OBJECTION_FILED, payload, name, SARI)
    confirm(kit)
    return name


def test_only_a_reviewer_with_clean_hands_takes_and_answers(kit: Kit, screen: EscalationScreen) -> None:
    name = objected(kit)
    reread(kit, screen)
    keys(kit, screen, "T")
    assert "penyelia tidak boleh" in said(kit)[-1]
    become(kit, Actor(SARI.user, Role.REVIEWER))
    keys(kit, screen, "T")
    assert "sari sudah terlibat" in said(kit)[-1]
    become(kit, DEWI)
    keys(kit, screen, "T")
    kit.settle()
    assert state(kit, name).objections[0].taken_by == DEWI.user
    [op] = waiting(kit, K.OBJECTION_TAKEN)
    assert isinstance(op.payload, ObjectionTaken)


@pytest.mark.parametrize(
    ("ticks", "outcome"),
    [
        (("Space", "Down", "Space"), ObjectionOutcome.ACCEPTED),
        (("Space",), ObjectionOutcome.PARTLY),
        ((), ObjectionOutcome.REJECTED),
    ],
)
def test_the_ticks_are_the_answer(
    kit: Kit, screen: EscalationScreen, ticks: tuple[str, ...], outcome: ObjectionOutcome
) -> None:
    name = objected(kit)
    become(kit, DEWI)
    reread(kit, screen)
    keys(kit, screen, "D")
    dialog = opened(AnswerObjection)
    assert "bukan wilayah kami" in " ".join(part.text() for part in dialog.findChildren(type(dialog.heading)))
    press(screen, *ticks)
    assert dialog.outcome is outcome
    press(screen, "Ctrl+Return")
    gone()
    kit.settle()
    objection = state(kit, name).objections[0]
    assert objection.outcome is outcome
    assert len(objection.accepted) == sum(key == "Space" for key in ticks)
    assert objection.answer


def test_an_accepted_objection_scores_again_at_once(kit: Kit, screen: EscalationScreen) -> None:
    name = objected(kit, items=25)
    reread(kit, screen)
    assert screen.board is not None
    assert sum(one.contested for one in screen.board.figures[name].windows) == 25
    become(kit, DEWI)
    keys(kit, screen, "D")
    opened(AnswerObjection).segments.tick_all(on=True)
    press(screen, "Ctrl+Return")
    gone()
    kit.settle()
    assert screen.board is not None
    first, second = screen.board.figures[name].windows
    assert (first.tally.n, second.tally.n) == (0, 25)
    assert first.contested == second.contested == 0


def test_a_mark_that_objections_have_emptied_is_not_proposed(kit: Kit, screen: EscalationScreen) -> None:
    """The domain would take it; the list would not: the rule must hold when it is proposed."""
    name = objected(kit, items=25)
    become(kit, DEWI)
    reread(kit, screen)
    keys(kit, screen, "D")
    opened(AnswerObjection).segments.tick_all(on=True)
    press(screen, "Ctrl+Return")
    gone()
    confirm(kit)
    become(kit, RANI)
    later(kit, screen, 10 * DAY)
    card = screen.current()
    assert card is not None
    assert (card.mark_id, card.step) == (name, MarkStep.ELIGIBLE)
    shown = card_words(card, kit.desk.store.law(), kit.desk.directory, kit.now)
    assert "data belum cukup" in shown.spoken
    offered = next(
        one for one in offers(card, RANI, kit.desk.store.law(), kit.now) if one.deed is Deed.PROPOSE
    )
    assert offered.refusal == Refused("no_longer", {"office": SILENT})
    keys(kit, screen, "U")
    assert "Aturan tidak lagi terpenuhi" in said(kit)[-1]
    assert waiting(kit) == []


def test_an_answer_that_takes_out_needs_a_code(kit: Kit, screen: EscalationScreen) -> None:
    objected(kit, code=None)
    become(kit, DEWI)
    reread(kit, screen)
    keys(kit, screen, "D")
    dialog = opened(AnswerObjection)
    press(screen, "Space", "Ctrl+Return")
    assert "E1–E11" in dialog.trouble.text()
    dialog.code.choose(ExclusionCode.DUPLICATE)
    press(screen, "Ctrl+Return")
    gone()
    kit.settle()
    [op] = waiting(kit, K.OBJECTION_DECIDED)
    assert isinstance(op.payload, ObjectionDecided)
    assert op.payload.code is ExclusionCode.DUPLICATE


def test_nobody_proposes_before_the_window_has_closed_nor_his_own_mark(
    kit: Kit, screen: EscalationScreen
) -> None:
    name = marked(kit, served=True)
    become(kit, RANI)
    reread(kit, screen)
    keys(kit, screen, "U")
    assert "masa sanggah" in said(kit)[-1].lower()
    later(kit, screen, 8 * DAY)
    become(kit, RATNA)
    screen.board_page.choose(f"mark:{name}")
    keys(kit, screen, "U")
    assert "ratna sudah terlibat" in said(kit)[-1]
    assert waiting(kit) == []
    become(kit, RANI)
    keys(kit, screen, "U")
    opened(ProposeDialog)
    press(screen, "Return")
    gone()
    kit.settle()
    [op] = waiting(kit, K.MARK_PROPOSED)
    assert isinstance(op.payload, MarkProposed)
    assert op.not_before == kit.now + 60 * SECOND
    assert "Usulan evaluasi" in said(kit)[-1]


def test_decision_and_archive(kit: Kit, screen: EscalationScreen) -> None:
    name = marked(kit, served=True)
    kit.now += 8 * DAY
    act(kit, K.MARK_PROPOSED, MarkProposed("aturan terpenuhi"), name, RANI)
    confirm(kit)
    reread(kit, screen)
    screen.board_page.choose(f"mark:{name}")
    keys(kit, screen, "R")
    dialog = opened(DecideDialog)
    press(screen, "Ctrl+Return")
    assert dialog.trouble.text() == "Keputusannya belum diisi."
    type_in(screen, "Pembinaan oleh camat")
    press(screen, "Return", "Return")
    gone()
    kit.settle()
    assert state(kit, name).outcome == "Pembinaan oleh camat"
    confirm(kit)
    reread(kit, screen)
    keys(kit, screen, "Y")
    opened(AskDialog)
    press(screen, "Return")
    gone()
    kit.settle()
    assert state(kit, name).archived_at == kit.now
    assert screen.board_page.lists[Column.READY].keys == []


def test_withdrawing_needs_a_reason(kit: Kit, screen: EscalationScreen) -> None:
    name = marked(kit)
    reread(kit, screen)
    keys(kit, screen, "W")
    dialog = opened(AskDialog)
    assert dialog.reason is not None
    dialog.reason.setEditText("")
    press(screen, "Return")
    assert dialog.trouble.text()
    dialog.reason.setEditText("ditandai karena kekeliruan data")
    press(screen, "Return")
    gone()
    kit.settle()
    assert state(kit, name).withdrawn_at == kit.now


def test_every_deed_says_whether_and_why_not(kit: Kit, screen: EscalationScreen) -> None:
    keys(kit, screen, ".")
    dialog = opened(AllDeeds)
    assert dialog.list.count() == len(Deed)
    assert dialog.list.item(0).text().startswith("● Tandai calon")
    assert dialog.list.item(1).text().startswith("○")
    press(screen, "Down")
    assert not dialog.accept_button.isEnabled()
    assert dialog.why.text()
    press(screen, "Ctrl+Return")
    assert dialog.isVisible(), "what is refused is not done"
    press(screen, "Up", "Ctrl+Return")
    opened(AskDialog)  # the list itself is gone by now, to the last byte
    press(screen, "Esc")
    gone()
    kit.settle()


def test_without_a_person_nothing_is_done(kit: Kit, screen: EscalationScreen) -> None:
    become(kit, None)
    reread(kit, screen)
    keys(kit, screen, "M")
    assert waiting(kit) == []
    assert said(kit)


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.SYSTEM, Role.OFFICIAL)])
def test_what_is_offered_is_what_the_domain_takes(kit: Kit, screen: EscalationScreen, role: Role) -> None:
    """For each role and each step: the shown buttons are the deeds that are accepted, and no other."""
    actor = Actor("orang", role)
    law = kit.desk.store.law()
    names = {Deed.RAISE: "raise"}
    del names
    for prepare in (lambda: None, lambda: marked(kit), lambda: None):
        prepare()
        reread(kit, screen)
        become(kit, actor)
        card = screen.current()
        assert card is not None
        found = offers(card, actor, law, kit.now)
        shown = {deed for deed in Deed if screen.deed_bar.buttons[deed.command].isVisible()}
        assert shown == {one.deed for one in found if one.possible}


def test_an_offer_is_the_domains_own_answer(kit: Kit, screen: EscalationScreen) -> None:
    name = objected(kit)
    reread(kit, screen)
    law = kit.desk.store.law()
    card = screen.current()
    assert card is not None
    payload = ObjectionDecided("satu", ObjectionOutcome.REJECTED, (), None, "tidak cocok")
    for actor in (RATNA, RANI, DEWI, SARI, Actor(SARI.user, Role.REVIEWER)):
        offered = next(one for one in offers(card, actor, law, kit.now) if one.deed is Deed.ANSWER)
        action = Action("x", name, K.OBJECTION_DECIDED, payload, actor, kit.now)
        decision = decide_subject(state(kit, name), action, Context(law))
        assert offered.possible == isinstance(decision, Accepted)
        if not offered.possible:
            assert offered.refusal == decision


# ---------------------------------------------------------------- steps that need a person


def test_a_step_above_a_camat_is_approved_by_a_supervisor_only(kit: Kit, screen: EscalationScreen) -> None:
    keys(kit, screen, "H")
    card = screen.current()
    assert card is not None
    assert card.rising is not None
    assert card.rising.waiting
    become(kit, SARI)
    keys(kit, screen, "A")
    dialog = opened(RisingDialog)
    assert not dialog.accept_button.isEnabled()
    assert "penyelia" in dialog.trouble.text()
    press(screen, "Esc")
    gone()
    become(kit, RATNA)
    keys(kit, screen, "A")
    opened(RisingDialog)
    press(screen, "Return")
    gone()
    kit.settle()
    [op] = waiting(kit, K.NOTICE_SENT)
    assert op.report_id == inbox_id(card.rising.digest.office)
    assert op.payload == card.rising.digest.notice()


def test_a_notice_that_goes_by_itself_is_only_looked_at(kit: Kit, screen: EscalationScreen) -> None:
    cards = screen.board_page.lists[Column.RISING]
    plain = next(key for key in cards.keys if "|0|0|" in key)
    screen.board_page.choose(plain)
    screen.board_page.take_focus()
    keys(kit, screen, "Return")
    dialog = opened(RisingDialog)
    assert not dialog.accept_button.isVisible()
    assert dialog.list.count() > 0
    press(screen, "Esc")
    gone()
    kit.settle()
    assert waiting(kit) == []
