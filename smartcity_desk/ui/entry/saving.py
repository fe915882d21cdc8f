"""A finished entry into the file: made, kept, told with its way back, and handed on when the hold is over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from smartcity_desk.config import HOLD_SECONDS
from smartcity_desk.domain.entry import Entry
from smartcity_desk.domain.shortcodes import report_code
from smartcity_desk.domain.times import SECOND
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.entry.drafts import Draft, Drafts
from smartcity_desk.ui.entry.waiting import SLOT
from smartcity_desk.ui.notify import Deed, Level
from smartcity_desk.ui.places import places_of

if TYPE_CHECKING:
    from smartcity_desk.domain.report import Report
    from smartcity_desk.sync.entering import Entered
    from smartcity_desk.ui.services import Desk


async def save(desk: Desk, entry: Entry, photos: list[Path], draft: Draft, drafts: Drafts) -> Report:
    """Keep an entry, forget its draft, and say so. Raises `DeskError`; the draft is there then as it was."""
    from smartcity_desk.sync import entering

    actor = desk.actor
    assert actor is not None
    now, hold = desk.clock(), desk.settings.get(HOLD_SECONDS) * SECOND
    report = await desk.errands.run(_made, desk, entry, photos, now)
    entered = await desk.writer.run(
        entering.keep,
        desk.store,
        report,
        entry.kelurahan,
        actor=actor,
        now=now,
        hold_ms=hold,
        randomness=desk.randomness,
    )
    await desk.errands.run(drafts.remove, draft.id)
    _tell(desk, entered, hold, draft, drafts)
    return report


def _made(desk: Desk, entry: Entry, photos: list[Path], now: int) -> Report:
    """Take in the files and make the report; blocks (files, keyring, boundaries)."""
    from smartcity_desk.domain.privacy import pseudonym
    from smartcity_desk.store import files
    from smartcity_desk.sync import entering, registry
    from smartcity_desk.sync.places import Places

    assert desk.actor is not None
    key = registry.pseudonym_key(desk.secrets)
    hashes = tuple(dict.fromkeys(files.take_in(path, desk.paths.media) for path in photos))
    return entering.made(
        replace(entry, files=hashes),
        by=desk.actor.user,
        now=now,
        pseudonym=lambda source: pseudonym(key, "manual", source),
        places=Places(places_of(desk)),
    )


def _tell(desk: Desk, entered: Entered, hold: int, draft: Draft, drafts: Drafts) -> None:
    desk.bridge.reports_changed.emit(
        {"channel": "manual", "new": int(entered.new), "ids": [entered.report.id]}
    )
    desk.bridge.outbox_changed.emit(None)
    if entered.new:
        desk.bridge.report_entered.emit(entered.report.id)
    place = entered.report.location
    name = "" if place is None or place.place is None else _name(desk, place.place)
    sentence = tr("entry.saved", place=name) if name else tr("entry.saved.plain")

    def take_back() -> None:
        desk.tasks.spawn(_take_back(desk, entered, draft, drafts), name="entry.undo")

    deed = Deed(tr("entry.undo"), take_back) if hold and entered.new else None
    code = tr("entry.saved.code", code=report_code(entered.report.id))
    desk.notify.say(
        sentence, Level.DONE, detail=code, deed=deed, seconds=max(6.0, hold / SECOND), replaces=SLOT
    )
    QTimer.singleShot(hold + 50, desk.notify, desk.nudge_sync)


async def _take_back(desk: Desk, entered: Entered, draft: Draft, drafts: Drafts) -> None:
    """Take it out of the file while nobody has it; what was typed is a draft again."""
    from smartcity_desk.sync import entering

    gone = await desk.writer.run(entering.take_back, desk.store, entered, now=desk.clock())
    if not gone:
        desk.notify.say(tr("entry.undo.late"), Level.WARNING, replaces=SLOT)
        return
    await desk.errands.run(drafts.save, draft)
    desk.bridge.reports_changed.emit({"channel": "manual", "new": 0, "ids": [entered.report.id]})
    desk.bridge.outbox_changed.emit(None)
    desk.commands.run("triage.take_new")
    desk.notify.done(tr("entry.undone"), replaces=SLOT)


def _name(desk: Desk, code: str) -> str:
    known = desk.directory.offices.get(code)
    return formats.one_line(known.name if known else code, 60)
