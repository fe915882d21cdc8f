"""From a key to a deed: which card is meant, what the rules say, the dialog that asks for the rest, the act."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from smartcity_desk.domain.decision import Refused
from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.events import (
    EventKind,
    MarkDecided,
    MarkNotified,
    MarkProposed,
    MarkStepped,
    ObjectionDecided,
    ObjectionExtended,
    ObjectionFiled,
    ObjectionTaken,
    Payload,
)
from smartcity_desk.i18n import tr, trn
from smartcity_desk.store import files
from smartcity_desk.ui import dossiers, formats
from smartcity_desk.ui.escalation import evidence, words
from smartcity_desk.ui.escalation.board import fresh_figures
from smartcity_desk.ui.escalation.case import read_case
from smartcity_desk.ui.escalation.deeds import (
    KINDS,
    Deed,
    chosen_objection,
    free_segments,
    named,
    offer,
    offers,
)
from smartcity_desk.ui.escalation.dialogs import AllDeeds, AskDialog, DecideDialog, ProposeDialog, templates
from smartcity_desk.ui.escalation.objections import AnswerObjection, FileObjection
from smartcity_desk.ui.escalation.segments import segment_names
from smartcity_desk.ui.loop import shown
from smartcity_desk.ui.notify import Level
from smartcity_desk.ui.triage.popover import Popover

if TYPE_CHECKING:
    from smartcity_desk.domain.law import Law
    from smartcity_desk.domain.marks import MarkState, Objection
    from smartcity_desk.evidence.dossier import Subject
    from smartcity_desk.ui.escalation.acting import Acts
    from smartcity_desk.ui.escalation.board import Card
    from smartcity_desk.ui.escalation.case import Case
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.working import WorkStrip

_SLOT: Final = "escalation.refused"


class Decisions(QObject):
    """One method for all deeds. `card` says which one is meant when the key is pressed, `law` by which rules."""

    def __init__(
        self,
        desk: Desk,
        acts: Acts,
        strip: WorkStrip,
        card: Callable[[], Card | None],
        law: Callable[[], Law | None],
        objection: Callable[[], str | None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._desk = desk
        self._acts = acts
        self._strip = strip
        self._card = card
        self._law = law
        self._objection = objection
        self._window = window
        self._asking = False
        self._dialogs: dict[Deed, Callable[[Card], Awaitable[None]]] = {
            Deed.RAISE: self._raise,
            Deed.NOTIFY: self._notify,
            Deed.SERVED: self._served,
            Deed.EXTEND: self._extend,
            Deed.OBJECT: self._object,
            Deed.TAKE: self._take,
            Deed.ANSWER: self._answer,
            Deed.PROPOSE: self._propose,
            Deed.DECIDE: self._decide,
            Deed.ARCHIVE: self._archive,
            Deed.WITHDRAW: self._withdraw,
        }

    @property
    def _rules(self) -> Law:
        law = self._law()
        assert law is not None
        return law

    # -- the way in --------------------------------------------------------------------------------------------

    def do(self, deed: Deed) -> None:
        """Do a deed on the card under the cursor; one that is refused says why and asks nothing."""
        card, law = self._card(), self._law()
        if self._asking:
            return
        if card is None or law is None or card.rising is not None:
            self._say(tr("escalation.no_card"))
            return
        found = offer(deed, card, self._desk.actor, law, self._desk.clock())
        if found.refusal is not None:
            said = words.refusal(found.refusal)
            self._say(said.what, said.rest)
            return
        self._start(lambda: self._dialogs[deed](card))

    def all(self) -> None:
        """Every deed with its reason, to choose from."""
        card, law = self._card(), self._law()
        if card is None or law is None or card.rising is not None:
            self._say(tr("escalation.no_card"))
        elif not self._asking:
            self._start(lambda: self._all(card, law))

    def _start(self, work: Callable[[], Awaitable[None]]) -> None:
        self._asking = True
        self._desk.tasks.spawn(self._guarded(work), name="escalation.ask")

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        finally:
            self._asking = False

    async def _all(self, card: Card, law: Law) -> None:
        found = offers(card, self._desk.actor, law, self._desk.clock())
        dialog = AllDeeds(self._desk, tr("command.escalation.all"), self._subject(card), found, self._window)
        if await shown(dialog) == Popover.DialogCode.Accepted and dialog.command:
            deed = next(one for one in Deed if one.command == dialog.command)
            await self._dialogs[deed](card)

    # -- one dialog each ---------------------------------------------------------------------------------------

    async def _raise(self, card: Card) -> None:
        desk = self._desk
        figures, policy = await desk.readers.run(fresh_figures, desk.store, card.office, desk.clock())
        if not named(figures):
            said = words.refusal(Refused("not_named"))
            self._say(said.what, said.rest)
            return
        lines = [words.window_line(at, one) for at, one in enumerate(figures.windows)]
        lines += [words.rule(policy), tr("escalation.proposal")]
        dialog = self._ask(Deed.RAISE, card, lines=lines, needed=False)

        def payload() -> Payload:
            from smartcity_desk.domain.raising import raised
            from smartcity_desk.evidence.gathering import digest

            return raised(figures, policy.version, digest, dialog.text)

        from smartcity_desk.domain.ids import mark_id

        name = mark_id(card.office, figures.windows[-1].window[1])
        await self._submit(dialog, Deed.RAISE, card, payload, subject=name)

    async def _notify(self, card: Card) -> None:
        """The dossier is made first; its manifest's hash is what the notice says it was served with."""
        desk, name = self._desk, self._name(card)
        dialog = self._ask(Deed.NOTIFY, card, lines=[tr("escalation.notify.text")], needed=False)
        if await shown(dialog) != Popover.DialogCode.Accepted:
            return
        reason, mark_id = dialog.text, card.mark_id

        def chosen(gathered: Any) -> Subject:
            from smartcity_desk.evidence.finding import of_mark

            return of_mark(mark_id, gathered.marks[mark_id])

        what = tr("escalation.work.dossier", office=name)
        written = await dossiers.make(desk, self._strip, chosen, dossiers.served_home(desk), what)
        if written is None:
            return
        payload = MarkNotified(written.manifest_sha256, reason)
        refusal = await self._acts.act(
            EventKind.MARK_NOTIFIED, payload, card.mark_id, self._done(Deed.NOTIFY, card)
        )
        if refusal is not None:
            self._say(tr("escalation.not_done"), refusal)

    async def _served(self, card: Card) -> None:
        dialog = self._ask(Deed.SERVED, card, lines=[tr("escalation.served.text")])
        await self._submit(dialog, Deed.SERVED, card, lambda: MarkStepped(dialog.text))

    async def _extend(self, card: Card) -> None:
        from smartcity_desk.domain.marks import rules_of

        assert card.mark is not None
        days = rules_of(card.mark, self._rules).extension_days
        dialog = self._ask(Deed.EXTEND, card, lines=[trn("escalation.extend.text", days)])
        await self._submit(dialog, Deed.EXTEND, card, lambda: ObjectionExtended(dialog.text))

    async def _object(self, card: Card) -> None:
        assert card.mark is not None
        desk, case = self._desk, await self._case(card)
        names = segment_names(case.page.items, case.page.lines, desk.directory, desk.clock())
        title = words.deed(Deed.OBJECT)
        free = free_segments(card.mark, self._rules, desk.clock())
        dialog = FileObjection(desk, title, self._subject(card), names, free, self._window)

        async def submit() -> str | None:
            kept: list[str] = []
            home = desk.paths.attachments
            for path in dialog.files.paths:
                try:
                    kept.append(await desk.errands.run(files.take_in, path, home))
                except (OSError, BadData) as problem:
                    return evidence.not_taken(problem, path, home)
            payload = ObjectionFiled(
                objection=str(uuid.UUID(bytes=desk.randomness(16))),
                segments=dialog.segments.ticked,
                text=dialog.text.toPlainText().strip(),
                code=dialog.code.code,
                attachments=tuple(dict.fromkeys(kept)),
                letter=dialog.letter.text().strip(),
            )
            return await self._act(Deed.OBJECT, card, payload)

        dialog.submit = submit
        await shown(dialog)

    async def _take(self, card: Card) -> None:
        found = self._meant(card, Deed.TAKE)
        assert found is not None
        refusal = await self._act(Deed.TAKE, card, ObjectionTaken(found.id))
        if refusal is not None:
            self._say(tr("escalation.not_done"), refusal)

    async def _answer(self, card: Card) -> None:
        desk, found = self._desk, self._meant(card, Deed.ANSWER)
        assert found is not None
        case = await self._case(card)
        names = segment_names(case.page.items, case.page.lines, desk.directory, desk.clock())
        dialog = AnswerObjection(
            desk, words.deed(Deed.ANSWER), self._subject(card), found, names, self._window
        )

        async def submit() -> str | None:
            ticked = dialog.segments.ticked
            payload = ObjectionDecided(
                objection=found.id,
                outcome=dialog.outcome,
                segments=ticked,
                code=dialog.code.code if ticked else None,
                reason=dialog.reason.currentText().strip(),
            )
            return await self._act(Deed.ANSWER, card, payload)

        dialog.submit = submit
        await shown(dialog)

    async def _propose(self, card: Card) -> None:
        case = await self._case(card)
        title = words.deed(Deed.PROPOSE)
        dialog = ProposeDialog(self._desk, title, self._subject(card), case.list_numbers, self._window)
        await self._submit(dialog, Deed.PROPOSE, card, lambda: MarkProposed(dialog.text, dialog.list_number))

    async def _decide(self, card: Card) -> None:
        dialog = DecideDialog(self._desk, words.deed(Deed.DECIDE), self._subject(card), self._window)
        await self._submit(
            dialog, Deed.DECIDE, card, lambda: MarkDecided(dialog.outcome.text().strip(), dialog.text)
        )

    async def _archive(self, card: Card) -> None:
        dialog = self._ask(Deed.ARCHIVE, card, lines=[tr("escalation.archive.text")], needed=False)
        await self._submit(dialog, Deed.ARCHIVE, card, lambda: MarkStepped(dialog.text))

    async def _withdraw(self, card: Card) -> None:
        dialog = self._ask(Deed.WITHDRAW, card, lines=[tr("escalation.withdraw.text")])
        await self._submit(dialog, Deed.WITHDRAW, card, lambda: MarkStepped(dialog.text))

    # -- common ------------------------------------------------------------------------------------------------

    def _ask(self, deed: Deed, card: Card, *, lines: Sequence[str], needed: bool = True) -> AskDialog:
        return AskDialog(
            self._desk,
            words.deed(deed),
            self._subject(card),
            self._window,
            lines=lines,
            templates=templates(deed.value),
            needed=needed,
        )

    async def _submit(
        self, dialog: AskDialog, deed: Deed, card: Card, payload: Callable[[], Payload], *, subject: str = ""
    ) -> None:
        async def submit() -> str | None:
            return await self._act(deed, card, payload(), subject=subject)

        dialog.submit = submit
        await shown(dialog)

    async def _act(self, deed: Deed, card: Card, payload: Payload, *, subject: str = "") -> str | None:
        return await self._acts.act(KINDS[deed], payload, subject or card.mark_id, self._done(deed, card))

    async def _case(self, card: Card) -> Case:
        from smartcity_desk.evidence.finding import of_mark

        assert card.mark is not None
        subject = of_mark(card.mark_id, card.mark)
        return await self._desk.readers.run(read_case, self._desk.store, subject, self._desk.clock())

    def _meant(self, card: Card, deed: Deed) -> Objection | None:
        """The objection under the cursor where one is on show, else the one that waits longest."""
        mark: MarkState | None = card.mark
        named = self._objection()
        found = None if mark is None or named is None else mark.objection(named)
        return found or chosen_objection(card, deed, self._rules, self._desk.clock())

    def _name(self, card: Card) -> str:
        return words.office(self._desk.directory, card.office)

    def _subject(self, card: Card) -> str:
        return f"{self._name(card)} · {words.standing_of(card).text}"

    def _done(self, deed: Deed, card: Card) -> str:
        return tr(f"escalation.done.{deed.value}", office=self._name(card))

    def _say(self, sentence: str, detail: str = "") -> None:
        self._desk.notify.say(formats.one_line(sentence, 300), Level.WARNING, detail=detail, replaces=_SLOT)
