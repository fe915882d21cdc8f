"""Keluar names what is no report: a mark by its code, a list by its number, a notice by its office."""

from __future__ import annotations

from smartcity_desk.domain.events import EventKind
from smartcity_desk.domain.times import SECOND
from smartcity_desk.evidence.gathering import short_code
from smartcity_desk.ui.escalation.dialogs import AskDialog
from smartcity_desk.ui.escalation.screen import EscalationScreen
from smartcity_desk.ui.outbox.screen import OutboxScreen
from tests.ui.escalation.conftest import gone, keys, marked, opened, reread, waiting
from tests.ui.kit import Kit, press, show

K = EventKind


def test_a_held_notice_is_named_opened_and_not_hurried(kit: Kit, screen: EscalationScreen) -> None:
    name = marked(kit)
    reread(kit, screen)
    keys(kit, screen, "N")
    opened(AskDialog)
    press(screen, "Return")
    gone()
    kit.settle()
    screen.hide()
    outbox = OutboxScreen(kit.desk)
    show(outbox)
    outbox.activate()
    kit.settle()
    cells = {column: outbox.ops.cell(outbox.ops.row(0), column) for column in ("report", "what", "state")}
    assert cells["report"] == f"Berkas {short_code(name)}"
    assert cells["what"].startswith("pejabat diberitahu")
    heard: list[str] = []
    kit.desk.bridge.navigate.connect(heard.append)
    press(outbox, "R")
    kit.settle()
    [op] = waiting(kit, K.MARK_NOTIFIED)
    assert op.not_before == kit.now + 60 * SECOND
    press(outbox, "Return")
    kit.settle()
    assert heard == ["escalation"]
    assert screen.case is not None
    assert screen.case.subject.mark_id == name
    press(outbox, "D")
    kit.settle()
    assert waiting(kit) == [], "it can be stopped here as well"
    outbox.deactivate()
    outbox.close()
