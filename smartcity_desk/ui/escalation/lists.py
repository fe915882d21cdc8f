"""What is done with lists: drawing up, issuing under a number, saving, printing. Long work runs among papers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from smartcity_desk import i18n
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.events import EventKind
from smartcity_desk.domain.ids import list_id
from smartcity_desk.i18n import tr, trn
from smartcity_desk.paths import as_store_problem
from smartcity_desk.ui import formats
from smartcity_desk.ui.escalation import listing
from smartcity_desk.ui.escalation.dialogs import AskDialog
from smartcity_desk.ui.escalation.listpage import DRAFT, ListPage
from smartcity_desk.ui.files import save_file
from smartcity_desk.ui.loop import alive, shown
from smartcity_desk.ui.notify import Level

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

    from smartcity_desk.evidence.issuing import Draft
    from smartcity_desk.ui.escalation.acting import Acts
    from smartcity_desk.ui.escalation.listing import Issued
    from smartcity_desk.ui.services import Desk

_SLOT = "escalation.list"


class Lists(QObject):
    """One method a command of the page with lists."""

    def __init__(self, desk: Desk, acts: Acts, page: ListPage) -> None:
        super().__init__(page)
        self._desk = desk
        self._acts = acts
        self._page = page
        self._kept: dict[str, Path] = {}
        self._old = True
        page.chosen.connect(lambda _: self._show())

    # -- reading -----------------------------------------------------------------------------------------------

    def open(self) -> None:
        """The page is on show: read the numbers, and draw a draft up unless there is a fresh one."""
        self._desk.tasks.replace("escalation.lists", self.read())
        if self._page.draft is None or self._old:
            self.draw_up()

    def outdate(self) -> None:
        """Data have changed: the draft is drawn up anew when the page is opened next."""
        self._old = True

    async def read(self, choose: str = "") -> None:
        """Read the numbered lists."""
        desk = self._desk
        issued = await desk.readers.run(listing.read_issued, desk.store, desk.paths.documents, desk.clock())
        if not alive(self._page):
            return
        await self._forget_stopped(issued)
        self._page.show_lists(self._page.draft, issued, choose=choose)

    async def _forget_stopped(self, issued: Sequence[Issued]) -> None:
        known = {one.name for one in issued}
        for name in [name for name in self._kept if name not in known]:
            await self._desk.errands.run(listing.forget, self._kept.pop(name))

    def _show(self) -> None:
        self._desk.tasks.replace("escalation.pdf", self._shown())

    async def _shown(self) -> None:
        page = self._page
        if page.current == DRAFT:
            content = b"" if page.draft is None else page.draft.paper.pdf
        else:
            one = page.current_issued
            content = (
                b"" if one is None or one.path is None else await self._desk.errands.run(one.path.read_bytes)
            )
        if alive(page):
            page.pdf.show_bytes(content)
            page.say_state(self._desk.clock())

    # -- drawing up and issuing --------------------------------------------------------------------------------

    def draw_up(self) -> None:
        """Draw the draft up from what is here now."""
        if not self._page.strip.busy:
            self._desk.tasks.spawn(self._draw_up(), name="escalation.draft")

    async def _draw_up(self) -> None:
        draft = await self._drafted(None, tr("escalation.work.draft"))
        if draft is not None and alive(self._page):
            self._old = False
            self._page.show_lists(draft, self._page.issued)

    async def _drafted(self, number: str | None, what: str) -> Draft | None:
        from smartcity_desk.evidence.issuing import draft_list

        desk = self._desk
        call = partial(draft_list, desk.store, now=desk.clock(), language=i18n.language(), number=number)
        try:
            return await self._page.strip.run(what, lambda told: call(told=told))
        except DeskError as problem:
            desk.notify.error(problem)
            return None

    def issue(self) -> None:
        """Give the draft the next number of the year, once a person has said so."""
        if not self._page.strip.busy:
            self._desk.tasks.spawn(self._issue(), name="escalation.issue")

    async def _issue(self) -> None:
        from smartcity_desk.evidence.issuing import next_number

        desk, draft = self._desk, self._page.draft
        if desk.actor is None:
            desk.notify.say(tr("action.no_actor"), Level.WARNING, replaces=_SLOT)
            return
        if draft is None:
            return
        number = await desk.readers.run(next_number, desk.store, desk.clock())
        dialog = AskDialog(
            desk,
            tr("escalation.issue.title", number=number),
            tr("escalation.issue.subject", at=formats.date_time(draft.model.origin.data_at)),
            self._page,
            lines=[
                trn("escalation.list.rows", len(draft.rows)),
                trn("escalation.issue.silent", len(draft.model.silent)),
                *([trn("escalation.issue.replaces", len(draft.supersedes))] if draft.supersedes else []),
                tr("escalation.issue.held"),
            ],
            do=tr("escalation.button.issue"),
        )
        if await shown(dialog) == AskDialog.DialogCode.Accepted:
            await self._issued(number)

    async def _issued(self, number: str) -> None:
        from smartcity_desk.evidence.issuing import keep

        desk, name = self._desk, list_id(number)
        draft = await self._drafted(number, tr("escalation.work.issue", number=number))
        if draft is None:
            return
        try:
            path = await desk.errands.run(keep, desk.paths.documents, draft.paper)
        except OSError as problem:
            desk.notify.error(as_store_problem(problem, desk.paths.documents))
            return
        said = tr("escalation.issue.done", number=number)
        refusal = await self._acts.act(EventKind.LIST_PRINTED, draft.printed(), name, said)
        if refusal is not None:
            await desk.errands.run(listing.forget, path)
            desk.notify.say(tr("escalation.issue.not"), Level.WARNING, detail=refusal, replaces=_SLOT)
            return
        self._kept[name] = path
        await self.read(choose=name)

    # -- taking it along ---------------------------------------------------------------------------------------

    def save(self, kind: str) -> None:
        """Save what is on show: `pdf`, or the draft's tables as `csv` or `xlsx`."""
        self._desk.tasks.spawn(self._save(kind), name="escalation.save")

    async def _save(self, kind: str) -> None:
        from smartcity_desk.documents import sheets

        page, desk = self._page, self._desk
        content, draft = page.pdf.content, page.draft
        name = f"{self._file_name()}.{kind}"
        title = tr(f"escalation.button.save_{kind}")
        target = await save_file(page, title, name, tr(f"escalation.files.{kind}"))
        if target is None:
            return
        try:
            if kind == "pdf":
                files = {target: content}
            elif draft is None:
                return
            elif kind == "csv":
                files = await desk.errands.run(sheets.csv_files, draft.model, target)
            else:
                files = {target: await desk.errands.run(sheets.xlsx, draft.model)}
            await desk.errands.run(listing.write_all, files)
        except OSError as problem:
            desk.notify.error(as_store_problem(problem, target.parent))
            return
        desk.notify.done(trn("escalation.saved", len(files), name=target.name), replaces=_SLOT)

    def _file_name(self) -> str:
        one = self._page.current_issued
        if one is None:
            return tr("escalation.file.draft")
        return tr("escalation.file.issued", number=one.printed.number.replace("/", "-"))

    def to_printer(self) -> None:
        """Hand what is on show to the system's printer."""
        if not self._page.strip.busy:
            self._desk.tasks.spawn(self._to_printer(), name="escalation.printer")

    async def _to_printer(self) -> None:
        from smartcity_desk.ui.escalation import printing

        pdf, desk = self._page.pdf, self._desk
        content = pdf.content
        printer = await printing.ask_printer(self._page, self._file_name(), pdf.pages)
        if printer is None:
            return
        taken = await self._printed(printer, content, printing.chosen_pages(printer, pdf.pages))
        if taken is None:
            return
        if taken:
            desk.notify.done(tr("escalation.printed"), replaces=_SLOT)
        else:
            desk.notify.say(
                tr("escalation.printed.not"),
                Level.ERROR,
                detail=tr("escalation.printed.next"),
                replaces=_SLOT,
            )

    async def _printed(self, printer: QPrinter, content: bytes, wanted: range) -> bool | None:
        from smartcity_desk.ui.escalation.printing import print_pages

        return await self._page.strip.run(
            tr("escalation.work.print"), lambda told: print_pages(printer, content, wanted, told)
        )
