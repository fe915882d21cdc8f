"""The policy page and the sandbox: tried first, proposed by one, approved by another, never by the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QPushButton

from smartcity_desk.domain.actor import Actor, Role
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.domain.times import HOUR
from smartcity_desk.ui.sandbox.dialog import SandboxWindow
from smartcity_desk.ui.settings.policy import PolicySection
from tests.ui.kit import Kit, desk_in, show, until


def opened(kit: Kit) -> SandboxWindow:
    window = SandboxWindow(kit.desk)
    show(window)
    until(lambda: window.form is not None)
    return window


def proposed(kit: Kit) -> None:
    window = opened(kit)
    assert window.form is not None
    window.form.hours[OfficeLevel.KELURAHAN].setValue(12)
    window.propose.click()
    until(window.trouble.isVisible)
    assert kit.desk.store.offices.proposed_policies() == {}, "what nobody tried is not proposed"
    window.try_it()
    until(lambda: window._ran is not None)
    window.reason.setText("dua belas jam cukup")
    window.propose.click()
    until(lambda: bool(kit.desk.store.offices.proposed_policies()))
    kit.settle()


def buttons(section: PolicySection) -> dict[str, QPushButton]:
    kit_texts = section.findChildren(QPushButton)
    return {button.text(): button for button in kit_texts if button.isVisible()}


def test_one_proposes_another_approves(tmp_path: Path) -> None:
    with desk_in(tmp_path, actor=Actor("ratna", Role.SUPERVISOR)) as kit:
        proposed(kit)
        section = PolicySection(kit.desk)
        show(section)
        section.activate()
        until(lambda: "Setujui" in buttons(section))
        buttons(section)["Setujui"].click()
        kit.settle()
        assert kit.said, "the same person is told why not"
        [state] = kit.desk.store.offices.proposed_policies().values()
        assert state.approved_at is None
        kit.desk.actor = Actor("dewi", Role.REVIEWER)
        until(lambda: "Setujui" in buttons(section))
        buttons(section)["Setujui"].click()
        until(lambda: any(s.in_force() for s in kit.desk.store.offices.proposed_policies().values()))
        kit.settle()
        law = kit.desk.store.law()
        [coming] = [one for one in law.book.versions if one.effective_from > kit.now]
        assert coming.response[OfficeLevel.KELURAHAN] == 12 * HOUR
        assert law.book.at(kit.now).response[OfficeLevel.KELURAHAN] == 24 * HOUR, "never retroactive"
        until(lambda: coming.version in section.versions.text())
        section.close()
        section.deleteLater()


def test_fields_that_nobody_touched_say_the_policy_as_it_is(tmp_path: Path) -> None:
    with desk_in(tmp_path) as kit:
        window = opened(kit)
        assert window.form is not None
        base = kit.desk.store.law().book.at(kit.now)
        made = window.form.policy()
        calendars = {level: kind for level, kind in made.calendars.items() if kind.value != "round_the_clock"}
        assert made.effective_from > kit.now
        same = replace(made, version=base.version, effective_from=base.effective_from, calendars=calendars)
        assert same == base
        window.close()
