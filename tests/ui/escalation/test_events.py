"""Declared events: what they move is shown first, and the store then moves exactly that."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QScrollArea

from smartcity_desk import i18n
from smartcity_desk.domain.clock import clock
from smartcity_desk.domain.events import CalamityDeclared, CalamityEnded, EventKind, PauseCode
from smartcity_desk.domain.times import DAY, HOUR
from smartcity_desk.ui import theme
from smartcity_desk.ui.escalation.effect import of_declaration, of_end
from smartcity_desk.ui.escalation.events import DeclareDialog, EndDialog, EventsDialog, effect_words
from smartcity_desk.ui.escalation.screen import EscalationScreen
from tests.evidence.city import GOOD, SARI, SILENT
from tests.ui.escalation.conftest import act, become, confirm, gone, keys, opened, reread, waiting
from tests.ui.kit import Kit, press, show, type_in, until

K = EventKind


def declared(kit: Kit, *, hours: int = 30, offices: tuple[str, ...] = (SILENT,)) -> CalamityDeclared:
    since = kit.now - 20 * DAY
    return CalamityDeclared(PauseCode.CALAMITY, offices, since, since + hours * HOUR, "banjir setinggi lutut")


def due_dates(kit: Kit) -> dict[str, int]:
    law = kit.desk.store.law()
    found = kit.desk.store.offices.items(now=kit.now)
    return {one.segment.id: clock(one.segment, law).due_at or 0 for one in found}


@pytest.mark.parametrize("offices", [(SILENT,), (GOOD,), ("31.74.01",), ()])
def test_what_is_shown_is_what_moves(kit: Kit, offices: tuple[str, ...]) -> None:
    said = declared(kit, offices=offices)
    before = due_dates(kit)
    shown = of_declaration(kit.desk.store, said, kit.now)
    act(kit, K.CALAMITY_DECLARED, said, "banjir-1", kit.desk.actor)  # type: ignore[arg-type]
    after = due_dates(kit)
    moved = [name for name in before if before[name] != after[name]]
    assert shown.moved == len(moved) > 0
    if offices in ((SILENT,), (GOOD,)):
        assert shown.offices == offices
    state = kit.desk.store.offices.calamities()["banjir-1"]
    earlier = said.since + 2 * HOUR
    back = of_end(kit.desk.store, "banjir-1", state, earlier, kit.now)
    act(kit, K.CALAMITY_ENDED, CalamityEnded(earlier), "banjir-1", kit.desk.actor)  # type: ignore[arg-type]
    ended = due_dates(kit)
    assert back.moved == len([name for name in after if after[name] != ended[name]]) > 0


def test_a_supervisor_declares_with_a_look_ahead_and_ends(kit: Kit, screen: EscalationScreen) -> None:
    keys(kit, screen, "C")
    opened(EventsDialog)
    press(screen, "Return")
    dialog = opened(DeclareDialog)
    assert dialog.accept_button.text() == "Nyatakan"
    press(screen, "Ctrl+Return")
    assert "hitungannya" in dialog.trouble.text(), "not before the sums were seen"
    dialog.search.setFocus()
    type_in(screen, "tebet tim")
    visible = [
        dialog.offices.item(at).text()
        for at in range(dialog.offices.count())
        if not dialog.offices.item(at).isHidden()
    ]
    assert visible == ["Kelurahan Tebet Timur"]
    row = next(at for at in range(dialog.offices.count()) if not dialog.offices.item(at).isHidden())
    dialog.offices.setCurrentRow(row)
    dialog.offices.setFocus()
    press(screen, "Space")
    dialog.since.set_instant(kit.now - 20 * DAY)
    dialog.lasts.setChecked(False)
    dialog.until.set_instant(kit.now - 19 * DAY)
    until(lambda: dialog._moved is not None)
    kit_said = dialog.said()
    assert kit_said.offices == (SILENT,)
    assert kit_said.until == kit.now - 19 * DAY
    shown = of_declaration(kit.desk.store, kit_said, kit.now)
    assert dialog.effect_words.text() == effect_words(shown)
    press(screen, "Ctrl+Return")
    gone()
    kit.settle()
    [op] = waiting(kit, K.CALAMITY_DECLARED)
    assert op.payload == kit_said
    confirm(kit)
    assert len(kit.desk.store.law().exemptions) == 1


def test_a_lasting_event_is_listed_and_ended(kit: Kit, screen: EscalationScreen) -> None:
    said = CalamityDeclared(
        PauseCode.OUTAGE, (), kit.now - 5 * HOUR, None, "pusat data padam", ("petabencana",)
    )
    act(kit, K.CALAMITY_DECLARED, said, "padam", kit.desk.actor)  # type: ignore[arg-type]
    confirm(kit)
    reread(kit, screen)
    keys(kit, screen, "C")
    dialog = opened(EventsDialog)
    assert dialog.list.count() == 2
    assert "pusat data padam" in dialog.list.item(1).text()
    assert "seluruh kota" in dialog.list.item(1).text()
    press(screen, "Down", "Return")
    ending = opened(EndDialog)
    until(lambda: ending._seen)
    press(screen, "Ctrl+Return")
    gone()
    kit.settle()
    [op] = waiting(kit, K.CALAMITY_ENDED)
    assert cast(CalamityEnded, op.payload).until == kit.now
    keys(kit, screen, "C")
    assert opened(EventsDialog).list.count() == 1
    press(screen, "Esc")
    gone()
    kit.settle()


def test_an_operator_is_told_why_he_may_not(kit: Kit, screen: EscalationScreen) -> None:
    become(kit, SARI)
    keys(kit, screen, "C")
    opened(EventsDialog)
    press(screen, "Return")
    dialog = opened(DeclareDialog)
    until(lambda: dialog._moved is not None)
    press(screen, "Ctrl+Return")
    until(lambda: bool(dialog.trouble.text()))
    assert "operator tidak boleh" in dialog.trouble.text()
    press(screen, "Esc")
    gone()
    kit.settle()
    assert waiting(kit) == []


def test_a_span_that_is_upside_down_is_seen(kit: Kit, screen: EscalationScreen) -> None:
    keys(kit, screen, "C")
    opened(EventsDialog)
    press(screen, "Return")
    dialog = opened(DeclareDialog)
    dialog.lasts.setChecked(False)
    dialog.until.set_instant(kit.now - DAY)
    press(screen, "Ctrl+Return")
    assert dialog.trouble.text() == "Akhirnya harus sesudah mulainya."
    press(screen, "Esc")
    gone()
    kit.settle()


def test_an_outage_may_be_narrowed_to_channels_and_a_calamity_not(kit: Kit, screen: EscalationScreen) -> None:
    kit.desk.store.record_channel_ok("petabencana", now=kit.now)
    keys(kit, screen, "C")
    opened(EventsDialog)
    press(screen, "Return")
    dialog = opened(DeclareDialog)
    [box] = dialog.channels.values()
    box.setChecked(True)
    assert not box.isVisible()
    assert dialog.said().channels == ()
    dialog.code.setCurrentIndex(1)
    assert box.isVisible()
    assert dialog.said().channels == ("petabencana",)
    press(screen, "Esc")
    gone()
    kit.settle()


@pytest.mark.parametrize("percent", [100, 200])
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_declaring_cuts_nothing_at_its_edge_whichever_channels_are_asked_for(
    kit: Kit, percent: int, language: str
) -> None:
    i18n.set_language(language)
    kit.desk.theme = theme.make("light", percent=percent)
    theme.apply(kit.desk.theme)
    channels = [
        "petabencana",
        "waze",
        "x",
        "facebook",
        "email",
        "open311",
        "lapor",
        "crm",
        "qlue",
        "balai_warga",
    ]
    dialog = DeclareDialog(kit.desk, channels, None)
    dialog.code.setCurrentIndex(dialog.code.findData(PauseCode.OUTAGE.value))
    show(dialog, min(dialog.width(), 1366), 620)
    (area,) = dialog.findChildren(QScrollArea)
    inside = area.widget()
    assert inside is not None
    assert inside.width() == area.viewport().width()
    boxes = [box for box in dialog.channels.values() if box.isVisible()]
    assert len(boxes) == len(channels)
    line = dialog.offices.visualItemRect(dialog.offices.item(0))
    assert line.height() >= kit.desk.theme.pixels(16) + 6, "boxes do not touch"
    for part in (dialog.since, dialog.until, dialog.reason, *boxes):
        assert part.mapTo(inside, QPoint(0, 0)).x() + part.width() <= inside.width()
    dialog.close()
    kit.settle()
