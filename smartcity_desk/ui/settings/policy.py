"""Kebijakan: the versions in force and to come, what is proposed, and the door to the sandbox. Two people apply one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.events import EventKind, PolicyStepped
from smartcity_desk.i18n import tr
from smartcity_desk.ui import errors_text, formats
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.notify import Level
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.settings.section import Section
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.domain.policies import PolicyState
    from smartcity_desk.domain.policy import Policy


class PolicySection(Section):
    """Read when shown; a proposal says who made it, and is approved by another person or withdrawn."""

    title_key = "settings.policy.title"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._versions: tuple[Policy, ...] = ()
        self._proposed: dict[str, PolicyState] = {}
        self._shown: list[QFrame] = []
        self.versions = basic.label(wrap=True)
        self.try_button = basic.button(kind="primary")
        self.texts.bind("settings.policy.try", self.try_button.setText)
        self.try_button.clicked.connect(self._open_sandbox)
        self.card(self.versions, basic.row(0, self.try_button))
        self.card(self.note("settings.policy.note"))
        self.retranslate()

    def activate(self) -> None:
        """Read what is in force and what is proposed."""
        self.desk.tasks.replace("settings.policies", self._load())

    async def _load(self) -> None:
        desk = self.desk
        law = await desk.readers.run(desk.store.law)
        proposed = await desk.readers.run(desk.store.offices.proposed_policies)
        if not alive(self):
            return
        self._versions, self._proposed = law.book.versions, proposed
        self.retranslate()

    def retranslate(self) -> None:
        """Say every text again."""
        super().retranslate()
        now = self.desk.clock()
        lines = []
        for policy in reversed(self._versions):
            key = "settings.policy.coming" if policy.effective_from > now else "settings.policy.since"
            lines.append(tr(key, version=policy.version, date=formats.date(policy.effective_from)))
        self.versions.setText("\n".join(lines))
        for card in self._shown:
            card.deleteLater()
        self._shown = [
            self._proposal(name, state)
            for name, state in self._proposed.items()
            if state.policy is not None and state.approved_at is None and state.withdrawn_at is None
        ]

    def _proposal(self, name: str, state: PolicyState) -> QFrame:
        assert state.policy is not None
        text = basic.label(
            tr(
                "settings.policy.proposal",
                version=formats.one_line(state.policy.version, 60),
                date=formats.date(state.policy.effective_from),
                user=formats.one_line(state.proposed_by, 60),
                reason=formats.clean(state.reason, 600),
            ),
            wrap=True,
        )
        approve, withdraw = basic.button(kind="primary"), basic.button()
        approve.setText(tr("settings.policy.approve"))
        withdraw.setText(tr("settings.policy.withdraw"))
        approve.clicked.connect(lambda _=False: self._step(name, EventKind.POLICY_APPROVED))
        withdraw.clicked.connect(lambda _=False: self._step(name, EventKind.POLICY_WITHDRAWN))
        return self.card(text, basic.row(0, withdraw, approve))

    def _step(self, name: str, kind: EventKind) -> None:
        self.desk.tasks.spawn(self._do(name, kind), name="settings.policy.step")

    async def _do(self, name: str, kind: EventKind) -> None:
        desk = self.desk
        if desk.actor is None:
            desk.notify.say(tr("action.no_actor"), Level.WARNING)
            return
        try:
            result = await desk.writer.run(
                desk.store.act,
                kind,
                PolicyStepped(),
                [name],
                actor=desk.actor,
                now=desk.clock(),
                randomness=desk.randomness,
            )
        except DeskError as problem:
            desk.notify.error(problem)
            return
        for _, why in result.refused:
            desk.notify.say(errors_text.of_decision(why).whole, Level.WARNING)
        if result.done:
            desk.notify.say(tr(f"settings.policy.done.{kind.value.partition('.')[2]}"), Level.DONE)
            desk.nudge_sync()
        if alive(self):
            await self._load()

    def _open_sandbox(self) -> None:
        from smartcity_desk.ui.sandbox.dialog import SandboxWindow

        window = SandboxWindow(self.desk, self)
        window.proposed.connect(self.activate)
        window.show()
