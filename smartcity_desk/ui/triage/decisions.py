"""The decisions by name: what each key asks, and what deed the answer is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from smartcity_desk.domain.decide import LEASE_MS
from smartcity_desk.domain.events import (
    CategorySet,
    ClaimReleased,
    ClaimTaken,
    CompletionAnswered,
    EventKind,
    IncidentChanged,
    NoteAdded,
    Payload,
    PlaceSet,
    Reopened,
    ReporterAnswered,
    Resumed,
    ReturnAnswered,
    Role,
    SecondReview,
)
from smartcity_desk.domain.report import Status
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.loop import shown
from smartcity_desk.ui.notify import Level
from smartcity_desk.ui.triage import suggest
from smartcity_desk.ui.triage.asking import Asking, Build
from smartcity_desk.ui.triage.choosers import (
    NoteDialog,
    PauseDialog,
    PickDialog,
    Pointless,
    ReasonDialog,
    RejectDialog,
    RouteDialog,
)
from smartcity_desk.ui.triage.deeds import SLOT, Deeds
from smartcity_desk.ui.triage.joining import Joining
from smartcity_desk.ui.triage.popover import Popover

if TYPE_CHECKING:
    from smartcity_desk.domain.topics import Topic
    from smartcity_desk.store.advice import Offer
    from smartcity_desk.store.rows import RowData
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.triage.asking import Target
    from smartcity_desk.ui.triage.choosing import Choosing

_KIND = EventKind
_COMPARED_MOST: Final = 50
"""Reports whose look-alikes are refused at once: each is looked for anew."""
RECENT_CATEGORIES = 6


class Decisions(QObject):
    """One method a command. `target` says which reports are meant when the key is pressed."""

    revealed = Signal(int)
    """What was said in a private report (its pk) may be shown now."""

    def __init__(
        self, desk: Desk, deeds: Deeds, target: Callable[[], Target | None], window: QWidget
    ) -> None:
        super().__init__(window)
        self._desk = desk
        self._deeds = deeds
        self._window = window
        self._recent: list[str] = []
        self.asking = Asking(desk, deeds, target, window)

    # -- the commands ------------------------------------------------------------------------------------------

    def category(self) -> None:
        """Choose the category."""
        self.asking.start(self._category)

    def place(self) -> None:
        """Choose the kelurahan."""
        self.asking.start(self._place)

    def route(self) -> None:
        """Send to an office, with a reason."""
        self.asking.start(self._route)

    def note(self) -> None:
        """Write a note."""
        self.asking.start(self._note)

    def answer(self) -> None:
        """Tell the reporter something, by the channel of the report."""
        self.asking.start(self._answer)

    def reject(self) -> None:
        """Say that it asks nobody for work."""
        self.asking.start(self._reject)

    def pause(self) -> None:
        """Stop the holder's clock, or let it run again."""
        self.asking.start(self._pause)

    def verify(self) -> None:
        """Look at the claimed completion, then accept or refuse it; of many, accept those that need no look."""
        self.asking.start(self._verify)

    def second_review(self) -> None:
        """Look at the next completion that the sample draws, blind to the first answer (F20)."""
        self.asking.start_apart(self._review)

    def refuse_completion(self) -> None:
        """Refuse the claimed completion, with a reason."""
        self.asking.start(
            lambda target: self._reason(
                target,
                "report.refuse_completion",
                "refuse_completion",
                _KIND.COMPLETION_REFUSED,
                lambda text, row: CompletionAnswered(text, base=None if row is None else row.status),
            )
        )

    def accept_return(self) -> None:
        """Take a handed-back report."""
        self.asking.start(
            lambda target: self.asking.apply(
                target, "report.accept_return", _KIND.ROUTING_RETURN_ACCEPTED, lambda _: ReturnAnswered("")
            )
        )

    def refuse_return(self) -> None:
        """Refuse a hand-back, with a reason."""
        self.asking.start(
            lambda target: self._reason(
                target,
                "report.refuse_return",
                "refuse_return",
                _KIND.ROUTING_RETURN_REFUSED,
                lambda text, _: ReturnAnswered(text),
            )
        )

    def reveal(self) -> None:
        """Show what was said in a private report, with a reason that is written down."""
        self.asking.start(self._reveal)

    def reopen(self) -> None:
        """Open a closed report again, with a reason."""
        self.asking.start(
            lambda target: self._reason(
                target,
                "report.reopen",
                "reopen",
                _KIND.REPORT_REOPENED,
                lambda text, row: Reopened(text, base=None if row is None else row.status),
            )
        )

    def join(self) -> None:
        """Join it with what tells of the same thing."""
        self.asking.start(self._join)

    def not_alike(self) -> None:
        """Say that what is suggested beside it tells of something else."""
        self.asking.start(self._not_alike)

    def separate(self) -> None:
        """Take it out of its incident, or take the incident apart."""
        self.asking.start(self._separate)

    def claim(self) -> None:
        """Take the report for ten minutes, or let go of it."""
        self.asking.start(self._claim)

    # -- one dialog each ---------------------------------------------------------------------------------------

    async def _verify(self, target: Target) -> None:
        row = target.single
        if row is None or row.status is not Status.AWAITING_VERIFICATION:
            build: Build = lambda row: CompletionAnswered("", base=None if row is None else row.status)  # noqa: E731
            await self.asking.apply(target, "report.verify", _KIND.COMPLETION_ACCEPTED, build, advance=True)
            return
        from smartcity_desk.ui.verify.dialog import VerifyDialog

        only = row

        async def answer(accept: bool, reason: str) -> str | None:
            kind = _KIND.COMPLETION_ACCEPTED if accept else _KIND.COMPLETION_REFUSED
            return (await self._deeds.act(kind, CompletionAnswered(reason, base=only.status), [only])).refusal

        self.asking.keeper.begin(row)
        try:
            done = await shown(VerifyDialog(self._desk, row, answer, self._window))
        finally:
            self.asking.keeper.end()
        if done == VerifyDialog.DialogCode.Accepted:
            self.asking.advance.emit()

    # -- courses -----------------------------------------------------------------------------------------------

    def course(self, offer: Offer, rank: int) -> None:
        """Open what an offered course means, by its place from 1; only for the one report that it was offered for."""
        self._with_courses(offer, lambda choosing, target: choosing.choose(target, offer, rank))

    def refuse_course(self, offer: Offer, holder: str | None) -> None:
        """Say which of the offered courses is not the one."""
        self._with_courses(offer, lambda choosing, target: choosing.refuse(target, offer, holder))

    def _with_courses(self, offer: Offer, work: Callable[[Choosing, Target], Awaitable[None]]) -> None:
        from smartcity_desk.ui.triage.choosing import Choosing

        async def for_the_one(target: Target) -> None:
            row = target.single
            if row is None or row.id != offer.report:
                self.asking.say(tr("course.only_one"))
                return
            await work(Choosing(self._desk, self.asking, self._deeds, self._verify, self._window), target)

        self.asking.start(for_the_one)

    async def _review(self) -> None:
        from smartcity_desk.ui.verify.dialog import VerifyDialog

        desk, actor = self._desk, self._desk.actor
        assert actor is not None
        case = await desk.readers.run(desk.store.offices.next_review, actor.user)
        if case is None:
            desk.notify.say(tr("verify.no_review"), Level.INFO, replaces=SLOT)
            return
        detail = await desk.readers.run(desk.store.report, case.report)
        assert detail is not None
        [row] = (await desk.readers.run(desk.store.rows, [detail.pk], now=desk.clock())).values()

        async def answer(accept: bool, reason: str) -> str | None:
            payload = SecondReview(case.event, accept, reason)
            return (await self._deeds.act(_KIND.REVIEW_RECORDED, payload, [row])).refusal

        await shown(VerifyDialog(desk, row, answer, self._window, reviewed=case.event))

    async def _category(self, target: Target) -> None:
        topics = await self._desk.readers.run(read_topics, self._desk, target.single)
        choices = suggest.categories(self._desk.directory, topics, self._recent)
        dialog = PickDialog(
            self._desk,
            self.asking.title("report.category"),
            self.asking.subject(target),
            choices,
            tr("action.category.hint"),
            self._window,
        )

        def build(row: RowData | None) -> Payload:
            return CategorySet(str(dialog.code), base=None if row is None else row.category)

        if (
            await self.asking.ask(dialog, target, "report.category", _KIND.CATEGORY_SET, build)
            and dialog.code
        ):
            self._recent = [dialog.code, *(code for code in self._recent if code != dialog.code)][
                :RECENT_CATEGORIES
            ]

    async def _place(self, target: Target) -> None:
        dialog = PickDialog(
            self._desk,
            self.asking.title("report.place"),
            self.asking.subject(target),
            suggest.places(self._desk.directory, target.single),
            tr("action.place.hint"),
            self._window,
        )

        def build(row: RowData | None) -> Payload:
            return PlaceSet(str(dialog.code), base=None if row is None else row.place)

        await self.asking.ask(dialog, target, "report.place", _KIND.PLACE_SET, build)

    async def _route(self, target: Target) -> None:
        detail = await self.asking.detail(target)
        returned = target.single is not None and target.single.return_pending
        competent = None if detail is None or not returned else detail.state.return_competent
        dialog = RouteDialog(
            self._desk,
            self.asking.title("report.route"),
            self.asking.subject(target),
            suggest.offices(self._desk.directory, target.single, competent),
            self._window,
            Pointless.of(detail, self._desk.directory),
        )
        if await self.asking.ask(dialog, target, "report.route", _KIND.ROUTING_SENT, dialog.routing):
            self.asking.advance.emit()

    async def _note(self, target: Target) -> None:
        dialog = NoteDialog(
            self._desk, self.asking.title("report.note"), self.asking.subject(target), self._window
        )
        await self.asking.ask(
            dialog, target, "report.note", _KIND.NOTE_ADDED, lambda _: NoteAdded(dialog.text)
        )

    async def _answer(self, target: Target) -> None:
        """Words for the reporter: the central server carries them to the channel of the report."""
        from smartcity_desk.ui.triage import answering

        rows = await self.asking.rows(target)
        if rows is None:
            return
        dialog = NoteDialog(
            self._desk,
            self.asking.title("report.answer"),
            self.asking.subject(target),
            self._window,
            to_reporter=await answering.warning(self._desk, rows),
        )
        await self.asking.ask(
            dialog, target, "report.answer", _KIND.REPORTER_ANSWERED, lambda _: ReporterAnswered(dialog.text)
        )

    async def _reject(self, target: Target) -> None:
        dialog = RejectDialog(
            self._desk, self.asking.title("report.reject"), self.asking.subject(target), self._window
        )
        if await self.asking.ask(dialog, target, "report.reject", _KIND.REPORT_REJECTED, dialog.rejection):
            self.asking.advance.emit()

    async def _pause(self, target: Target) -> None:
        if target.single is not None and target.single.paused:
            await self.asking.apply(target, "report.pause", _KIND.CLOCK_RESUMED, lambda _: Resumed(""))
            return
        dialog = PauseDialog(
            self._desk, self.asking.title("report.pause"), self.asking.subject(target), self._window
        )
        await self.asking.ask(dialog, target, "report.pause", _KIND.CLOCK_PAUSED, dialog.pausing)

    async def _reason(
        self,
        target: Target,
        command: str,
        of: str,
        kind: EventKind,
        build: Callable[[str, RowData | None], Payload],
    ) -> None:
        dialog = ReasonDialog(
            self._desk, self.asking.title(command), self.asking.subject(target), of, self._window
        )
        done = await self.asking.ask(
            dialog, target, command, kind, lambda row: build(dialog.reason.currentText().strip(), row)
        )
        if done and kind is _KIND.COMPLETION_REFUSED:
            self.asking.advance.emit()

    async def _reveal(self, target: Target) -> None:
        row = target.single
        if row is None or not row.private:
            self.asking.say(tr("action.reveal.one"))
            return
        dialog = ReasonDialog(
            self._desk,
            self.asking.title("report.reveal"),
            self.asking.subject(target),
            "reveal",
            self._window,
        )

        async def submit() -> str | None:
            return await self._deeds.reveal(row, dialog.reason.currentText().strip())

        dialog.submit = submit
        if await shown(dialog) == Popover.DialogCode.Accepted:
            self.revealed.emit(row.pk)

    async def _join(self, target: Target) -> None:
        rows = await self.asking.rows(target)
        if not rows:
            return
        if await Joining(self._desk, self._deeds, self._window).join(rows, self.asking.subject(target)):
            self.asking.bulk_done.emit()

    async def _not_alike(self, target: Target) -> None:
        rows = await self.asking.rows(target) or ()
        if len(rows) > _COMPARED_MOST:
            self.asking.say(tr("action.too_many", most=formats.number(_COMPARED_MOST)))
            return
        joining = Joining(self._desk, self._deeds, self._window)
        refused = [row for row in rows if await joining.refuse(row)]
        if len(rows) == 1 and refused:
            self.asking.advance.emit()
        elif refused:
            self.asking.bulk_done.emit()

    async def _separate(self, target: Target) -> None:
        row = target.single
        if row is None:
            await self.asking.many(target, "report.separate", _KIND.INCIDENT_SEPARATED, IncidentChanged(""))
            return
        await Joining(self._desk, self._deeds, self._window).separate(row, self.asking.subject(target))

    async def _claim(self, target: Target) -> None:
        actor, now = self._desk.actor, self._desk.clock()
        if actor is None:
            self.asking.say(tr("action.no_actor"))
            return
        row = target.single
        holder = None
        if (
            row is not None
            and row.claimed_by is not None
            and (row.claim_until is None or row.claim_until > now)
        ):
            holder = row.claimed_by
        if row is None or holder is None:
            await self.asking.apply(
                target, "report.claim", _KIND.CLAIM_TAKEN, lambda _: ClaimTaken(actor.user, now + LEASE_MS)
            )
        elif holder == actor.user:
            await self.asking.apply(
                target, "report.claim", _KIND.CLAIM_RELEASED, lambda _: ClaimReleased(actor.user)
            )
        elif actor.role in (Role.SUPERVISOR, Role.ADMIN):
            await self._reason(
                target,
                "report.claim",
                "takeover",
                _KIND.CLAIM_TAKEN,
                lambda text, _: ClaimTaken(
                    actor.user, self._desk.clock() + LEASE_MS, takeover=True, reason=text
                ),
            )
        else:
            until = "" if row.claim_until is None else formats.near(row.claim_until, now)
            self.asking.say(tr("action.claimed_by", user=formats.one_line(holder, 60), until=until))


def read_topics(desk: Desk, row: RowData | None) -> Sequence[Topic]:
    """What a report's words speak for, on a reader's thread: the first call reads the knowledge."""
    from smartcity_desk import knowledge

    if row is None:
        return ()
    known = knowledge.load(desk.paths.profile_dir / knowledge.FOLDER, desk.store.routing())
    return known.reader.read(f"{row.title}\n{row.text}").topics
