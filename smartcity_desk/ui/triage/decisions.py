"""From a key to a deed: which reports are meant, the dialog that asks for the value, the preview for many, the act."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from smartcity_desk.domain.decide import LEASE_MS
from smartcity_desk.domain.events import (
    CategorySet,
    ClaimReleased,
    ClaimTaken,
    CompletionAnswered,
    CourseChosen,
    EventKind,
    IncidentChanged,
    NoteAdded,
    Paused,
    Payload,
    PlaceSet,
    Reopened,
    ReporterAnswered,
    ReportRejected,
    Resumed,
    ReturnAnswered,
    Role,
    RoutingSent,
    SecondReview,
)
from smartcity_desk.domain.query import Filter
from smartcity_desk.domain.report import Status
from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import formats
from smartcity_desk.ui.loop import shown
from smartcity_desk.ui.notify import Level
from smartcity_desk.ui.triage import suggest
from smartcity_desk.ui.triage.choosers import (
    NoteDialog,
    PauseDialog,
    PickDialog,
    Pointless,
    ReasonDialog,
    RejectDialog,
    RouteDialog,
)
from smartcity_desk.ui.triage.claims import ClaimKeeper
from smartcity_desk.ui.triage.deeds import SLOT, Deeds
from smartcity_desk.ui.triage.joining import Joining
from smartcity_desk.ui.triage.popover import Popover
from smartcity_desk.ui.triage.preview import BULK_MAX, PreviewDialog

if TYPE_CHECKING:
    from smartcity_desk.domain.topics import Topic
    from smartcity_desk.store.advice import Offer
    from smartcity_desk.store.rows import ReportDetail, RowData
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.triage.choosing import Choosing

_KIND = EventKind
_COMPARED_MOST: Final = 50
"""Reports whose look-alikes are refused at once: each is looked for anew."""
Build = Callable[["RowData | None"], Payload]
RECENT_CATEGORIES = 6


@dataclass(frozen=True, slots=True)
class Target:
    """What a decision is about: rows known already, or all that match a filter."""

    rows: tuple[RowData, ...] = ()
    pks: tuple[int, ...] = ()
    whole: Filter | None = None

    @property
    def single(self) -> RowData | None:
        """The one report, if it is one."""
        return self.rows[0] if len(self.rows) == 1 and not self.pks and self.whole is None else None


class Decisions(QObject):
    """One method a command. `target` says which reports are meant when the key is pressed."""

    revealed = Signal(int)
    """What was said in a private report (its pk) may be shown now."""
    advance = Signal()
    """The report is out of this operator's hands: go to the next one."""
    bulk_done = Signal()

    def __init__(
        self, desk: Desk, deeds: Deeds, target: Callable[[], Target | None], window: QWidget
    ) -> None:
        super().__init__(window)
        self._desk = desk
        self._deeds = deeds
        self._target = target
        self._window = window
        self._recent: list[str] = []
        self._asking = False
        self.keeper = ClaimKeeper(desk, deeds, self)

    @property
    def asking(self) -> bool:
        """Whether a decision is being made right now."""
        return self._asking

    # -- the commands ------------------------------------------------------------------------------------------

    def category(self) -> None:
        """Choose the category."""
        self._start(self._category)

    def place(self) -> None:
        """Choose the kelurahan."""
        self._start(self._place)

    def route(self) -> None:
        """Send to an office, with a reason."""
        self._start(self._route)

    def note(self) -> None:
        """Write a note."""
        self._start(self._note)

    def answer(self) -> None:
        """Tell the reporter something, by the channel of the report."""
        self._start(self._answer)

    def reject(self) -> None:
        """Say that it asks nobody for work."""
        self._start(self._reject)

    def pause(self) -> None:
        """Stop the holder's clock, or let it run again."""
        self._start(self._pause)

    def verify(self) -> None:
        """Look at the claimed completion, then accept or refuse it; of many, accept those that need no look."""
        self._start(self._verify)

    def second_review(self) -> None:
        """Look at the next completion that the sample draws, blind to the first answer (F20)."""
        if not self._asking and self._desk.actor is not None:
            self._asking = True
            self._desk.tasks.spawn(self._guarded_review(), name="action.ask")

    def refuse_completion(self) -> None:
        """Refuse the claimed completion, with a reason."""
        self._start(
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
        self._start(
            lambda target: self._apply(
                target, "report.accept_return", _KIND.ROUTING_RETURN_ACCEPTED, lambda _: ReturnAnswered("")
            )
        )

    def refuse_return(self) -> None:
        """Refuse a hand-back, with a reason."""
        self._start(
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
        self._start(self._reveal)

    def reopen(self) -> None:
        """Open a closed report again, with a reason."""
        self._start(
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
        self._start(self._join)

    def not_alike(self) -> None:
        """Say that what is suggested beside it tells of something else."""
        self._start(self._not_alike)

    def separate(self) -> None:
        """Take it out of its incident, or take the incident apart."""
        self._start(self._separate)

    def claim(self) -> None:
        """Take the report for ten minutes, or let go of it."""
        self._start(self._claim)

    # -- one dialog each ---------------------------------------------------------------------------------------

    async def _verify(self, target: Target) -> None:
        row = target.single
        if row is None or row.status is not Status.AWAITING_VERIFICATION:
            build: Build = lambda row: CompletionAnswered("", base=None if row is None else row.status)  # noqa: E731
            await self._apply(target, "report.verify", _KIND.COMPLETION_ACCEPTED, build, advance=True)
            return
        from smartcity_desk.ui.verify.dialog import VerifyDialog

        only = row

        async def answer(accept: bool, reason: str) -> str | None:
            kind = _KIND.COMPLETION_ACCEPTED if accept else _KIND.COMPLETION_REFUSED
            return (await self._deeds.act(kind, CompletionAnswered(reason, base=only.status), [only])).refusal

        self.keeper.begin(row)
        try:
            done = await shown(VerifyDialog(self._desk, row, answer, self._window))
        finally:
            self.keeper.end()
        if done == VerifyDialog.DialogCode.Accepted:
            self.advance.emit()

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
                self._say(tr("course.only_one"))
                return
            await work(Choosing(self._desk, self, self._deeds, self._window), target)

        self._start(for_the_one)

    async def look(self, target: Target) -> None:
        """Look at the claimed completion of one report."""
        await self._verify(target)

    async def _guarded_review(self) -> None:
        try:
            await self._review()
        finally:
            self._asking = False

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
            self._title("report.category"),
            self.subject(target),
            choices,
            tr("action.category.hint"),
            self._window,
        )

        def build(row: RowData | None) -> Payload:
            return CategorySet(str(dialog.code), base=None if row is None else row.category)

        if await self.ask(dialog, target, "report.category", _KIND.CATEGORY_SET, build) and dialog.code:
            self._recent = [dialog.code, *(code for code in self._recent if code != dialog.code)][
                :RECENT_CATEGORIES
            ]

    async def _place(self, target: Target) -> None:
        dialog = PickDialog(
            self._desk,
            self._title("report.place"),
            self.subject(target),
            suggest.places(self._desk.directory, target.single),
            tr("action.place.hint"),
            self._window,
        )

        def build(row: RowData | None) -> Payload:
            return PlaceSet(str(dialog.code), base=None if row is None else row.place)

        await self.ask(dialog, target, "report.place", _KIND.PLACE_SET, build)

    async def _route(self, target: Target) -> None:
        detail = await self.detail(target)
        returned = target.single is not None and target.single.return_pending
        competent = None if detail is None or not returned else detail.state.return_competent
        dialog = RouteDialog(
            self._desk,
            self._title("report.route"),
            self.subject(target),
            suggest.offices(self._desk.directory, target.single, competent),
            self._window,
            Pointless.of(detail, self._desk.directory),
        )

        def build(row: RowData | None) -> Payload:
            reason = dialog.reason.currentText().strip()
            return RoutingSent(str(dialog.office), reason, base=None if row is None else row.office)

        if await self.ask(dialog, target, "report.route", _KIND.ROUTING_SENT, build):
            self.advance.emit()

    async def _note(self, target: Target) -> None:
        dialog = NoteDialog(self._desk, self._title("report.note"), self.subject(target), self._window)
        await self.ask(dialog, target, "report.note", _KIND.NOTE_ADDED, lambda _: NoteAdded(dialog.text))

    async def _answer(self, target: Target) -> None:
        """Words for the reporter: the central server carries them to the channel of the report."""
        dialog = NoteDialog(
            self._desk, self._title("report.answer"), self.subject(target), self._window, to_reporter=True
        )
        await self.ask(
            dialog, target, "report.answer", _KIND.REPORTER_ANSWERED, lambda _: ReporterAnswered(dialog.text)
        )

    async def _reject(self, target: Target) -> None:
        dialog = RejectDialog(self._desk, self._title("report.reject"), self.subject(target), self._window)

        def build(row: RowData | None) -> Payload:
            assert dialog.code is not None
            reason = dialog.reason.currentText().strip()
            return ReportRejected(dialog.code, reason, base=None if row is None else row.status)

        if await self.ask(dialog, target, "report.reject", _KIND.REPORT_REJECTED, build):
            self.advance.emit()

    async def _pause(self, target: Target) -> None:
        if target.single is not None and target.single.paused:
            await self._apply(target, "report.pause", _KIND.CLOCK_RESUMED, lambda _: Resumed(""))
            return
        dialog = PauseDialog(self._desk, self._title("report.pause"), self.subject(target), self._window)

        def build(row: RowData | None) -> Payload:
            assert dialog.code is not None
            reason = dialog.reason.currentText().strip()
            return Paused(dialog.code, reason, dialog.until, base=None if row is None else row.status)

        await self.ask(dialog, target, "report.pause", _KIND.CLOCK_PAUSED, build)

    async def _reason(
        self,
        target: Target,
        command: str,
        of: str,
        kind: EventKind,
        build: Callable[[str, RowData | None], Payload],
    ) -> None:
        dialog = ReasonDialog(self._desk, self._title(command), self.subject(target), of, self._window)
        done = await self.ask(
            dialog, target, command, kind, lambda row: build(dialog.reason.currentText().strip(), row)
        )
        if done and kind is _KIND.COMPLETION_REFUSED:
            self.advance.emit()

    async def _reveal(self, target: Target) -> None:
        row = target.single
        if row is None or not row.private:
            self._say(tr("action.reveal.one"))
            return
        dialog = ReasonDialog(
            self._desk, self._title("report.reveal"), self.subject(target), "reveal", self._window
        )

        async def submit() -> str | None:
            return await self._deeds.reveal(row, dialog.reason.currentText().strip())

        dialog.submit = submit
        if await shown(dialog) == Popover.DialogCode.Accepted:
            self.revealed.emit(row.pk)

    async def _join(self, target: Target) -> None:
        rows = await self._rows(target)
        if not rows:
            return
        if await Joining(self._desk, self._deeds, self._window).join(rows, self.subject(target)):
            self.bulk_done.emit()

    async def _not_alike(self, target: Target) -> None:
        rows = await self._rows(target) or ()
        if len(rows) > _COMPARED_MOST:
            self._say(tr("action.too_many", most=formats.number(_COMPARED_MOST)))
            return
        joining = Joining(self._desk, self._deeds, self._window)
        refused = [row for row in rows if await joining.refuse(row)]
        if len(rows) == 1 and refused:
            self.advance.emit()
        elif refused:
            self.bulk_done.emit()

    async def _separate(self, target: Target) -> None:
        row = target.single
        if row is None:
            await self._many(target, "report.separate", _KIND.INCIDENT_SEPARATED, IncidentChanged(""))
            return
        await Joining(self._desk, self._deeds, self._window).separate(row, self.subject(target))

    async def _claim(self, target: Target) -> None:
        actor, now = self._desk.actor, self._desk.clock()
        if actor is None:
            self._say(tr("action.no_actor"))
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
            await self._apply(
                target, "report.claim", _KIND.CLAIM_TAKEN, lambda _: ClaimTaken(actor.user, now + LEASE_MS)
            )
        elif holder == actor.user:
            await self._apply(
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
            self._say(tr("action.claimed_by", user=formats.one_line(holder, 60), until=until))

    # -- common ------------------------------------------------------------------------------------------------

    def _start(self, work: Callable[[Target], Awaitable[Any]]) -> None:
        if self._asking:
            return
        target = self._target()
        if target is None:
            self._say(tr("action.no_report"))
        elif self._desk.actor is None:
            self._say(tr("action.no_actor"))
        else:
            self._asking = True
            self._desk.tasks.spawn(self._guarded(work, target), name="action.ask")

    async def _guarded(self, work: Callable[[Target], Awaitable[Any]], target: Target) -> None:
        try:
            await work(target)
        finally:
            self._asking = False

    async def detail(self, target: Target) -> ReportDetail | None:
        """All that is known of the one report that is meant; None for several."""
        if target.single is None:
            return None
        return await self._desk.readers.run(self._desk.store.report, target.single.id)

    async def ask(
        self,
        dialog: Popover,
        target: Target,
        command: str,
        kind: EventKind,
        build: Build,
        choice: CourseChosen | None = None,
    ) -> bool:
        """Show the dialog; for one report the deed is done before it closes, so that a refusal is read in it.

        `choice` is the course that it is, if the report was offered one.
        """
        row = target.single
        if row is not None:
            only = row

            async def submit() -> str | None:
                settled = dialog.settled(only.place) if isinstance(dialog, RouteDialog) else None
                if settled is not None:
                    placed = await self._deeds.act(_KIND.PLACE_SET, settled, [only])
                    if not placed.done:
                        return placed.refusal
                return (await self._deeds.act(kind, build(only), [only], choice=choice)).refusal

            dialog.submit = submit
        self.keeper.begin(row)
        try:
            accepted = await shown(dialog) == Popover.DialogCode.Accepted
        finally:
            self.keeper.end()
        if not accepted:
            return False
        return True if row is not None else await self._many(target, command, kind, build(None))

    async def _apply(
        self, target: Target, command: str, kind: EventKind, build: Build, *, advance: bool = False
    ) -> None:
        row = target.single
        if row is None:
            await self._many(target, command, kind, build(None))
            return
        reply = await self._deeds.act(kind, build(row), [row])
        if reply.refusal is not None:
            self._say(reply.refusal)
        elif advance:
            self.advance.emit()

    async def _many(self, target: Target, command: str, kind: EventKind, payload: Payload) -> bool:
        rows = await self._rows(target)
        if rows is None or self._desk.actor is None:
            return False
        desk, actor = self._desk, self._desk.actor
        refused = await desk.readers.run(
            desk.store.preview, kind, payload, [row.id for row in rows], actor=actor, now=desk.clock()
        )
        dialog = PreviewDialog(desk, self._title(command), rows, payload, refused, self._window)

        async def submit() -> str | None:
            return (await self._deeds.act(kind, payload, rows, bulk=True)).refusal

        dialog.submit = submit
        if await shown(dialog) != Popover.DialogCode.Accepted:
            return False
        self.bulk_done.emit()
        return True

    async def _rows(self, target: Target) -> Sequence[RowData] | None:
        """The reports that are meant, read now; None after saying that there are too many."""
        desk, now = self._desk, self._desk.clock()
        pks = target.pks
        if target.whole is not None:
            n = await desk.readers.run(desk.store.count, target.whole, now=now, cap=BULK_MAX + 1)
            if n <= BULK_MAX:
                pks = tuple(await desk.readers.run(desk.store.ids, target.whole, now=now))
            else:
                self._say(tr("action.too_many", most=formats.number(BULK_MAX)))
                return None
        if len(pks) > BULK_MAX:
            self._say(tr("action.too_many", most=formats.number(BULK_MAX)))
            return None
        if not pks:
            return target.rows
        found = await desk.readers.run(desk.store.rows, pks, now=now)
        return [found[pk] for pk in pks if pk in found]

    def _title(self, command: str) -> str:
        return self._desk.commands.title(command)

    def subject(self, target: Target) -> str:
        """Which reports a dialog is about, in a line."""
        row = target.single
        if row is None:
            return (
                trn("action.subject.many", len(target.pks))
                if target.whole is None
                else tr("action.subject.all")
            )
        text = formats.one_line(row.title or row.text, 90)
        subject = tr("action.subject.one", report=formats.one_line(row.external_id, 40), text=text)
        if row.lead is None:
            return subject
        return tr("incident.subject", subject=subject, key=self._desk.commands.shown_key("report.lead"))

    def _say(self, sentence: str) -> None:
        self._desk.notify.say(sentence, Level.WARNING, replaces=SLOT)


def read_topics(desk: Desk, row: RowData | None) -> Sequence[Topic]:
    """What a report's words speak for, on a reader's thread: the first call reads the knowledge."""
    from smartcity_desk import knowledge

    if row is None:
        return ()
    known = knowledge.load(desk.paths.profile_dir / knowledge.FOLDER, desk.store.routing())
    return known.reader.read(f"{row.title}\n{row.text}").topics
