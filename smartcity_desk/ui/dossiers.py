"""Making dossiers for every screen: where they go, the folder dialog, and the message with their hash."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from smartcity_desk import i18n
from smartcity_desk.config import PAPERS_FOLDER
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.evidence import issuing
from smartcity_desk.evidence.issuing import Stopped, Told
from smartcity_desk.i18n import tr
from smartcity_desk.paths import APP_NAME, as_store_problem
from smartcity_desk.ui.files import choose_folder
from smartcity_desk.ui.notify import Deed, Level

if TYPE_CHECKING:
    from smartcity_desk.documents.dossier_pdf import Written
    from smartcity_desk.evidence.dossier import Subject
    from smartcity_desk.evidence.gathering import Gathered
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.working import WorkStrip

_SLOT: Final = "dossier"
_HASH_SHOWN: Final = 16


def home_of(desk: Desk) -> Path:
    """Where papers go unless a person says otherwise: the folder that was chosen last, else the user's documents."""
    import platformdirs

    chosen = desk.settings.get(PAPERS_FOLDER)
    return Path(chosen) if chosen else Path(platformdirs.user_documents_dir()) / APP_NAME


def served_home(desk: Desk) -> Path:
    """Where the dossiers lie that went out with a notice: in the profile, so that they are never lost."""
    return desk.paths.documents / "berkas"


def write(desk: Desk, chosen: Callable[[Gathered], Subject], home: Path, told: Told) -> Written:
    """A dossier into a folder of its own below `home`. Blocks. Raises DeskError, Stopped."""
    from smartcity_desk.sync.printroom import PrintRoom
    from smartcity_desk.sync.registry import exportable

    try:
        with PrintRoom() as room:
            return issuing.write_below(
                desk.store,
                chosen,
                home,
                files=issuing.pictures_in(desk.paths.attachments),
                small=room.small,
                now=desk.clock(),
                language=i18n.language(),
                told=told,
                may_leave=lambda channel: exportable(channel, desk.settings),
            )
    except OSError as problem:
        raise as_store_problem(problem, home) from problem


def of_office(desk: Desk, office: str, told: Told) -> Path | None:
    """`Desk.dossier`: the file of an office into the usual folder; None when it was called off. Blocks."""
    from smartcity_desk.evidence.dossier import subject_of

    try:
        return write(desk, lambda gathered: subject_of(gathered, office), home_of(desk), told).pdf
    except Stopped:
        return None


async def ask_and_make(
    desk: Desk, parent: QWidget, strip: WorkStrip, chosen: Callable[[Gathered], Subject], name: str
) -> None:
    """Ask for the folder, make the dossier there with progress, and tell its hash."""
    home = home_of(desk)
    start = home if home.is_dir() else home.parent
    folder = await choose_folder(parent, tr("escalation.dossier.folder"), start)
    if folder is None:
        return
    desk.settings.set(PAPERS_FOLDER, str(folder))
    written = await make(desk, strip, chosen, folder, tr("escalation.work.dossier", office=name))
    if written is not None:
        tell(desk, written, name)


async def make(
    desk: Desk, strip: WorkStrip, chosen: Callable[[Gathered], Subject], home: Path, what: str
) -> Written | None:
    """Make a dossier among the papers, with progress and *Batal*; None when it was called off or went wrong."""
    try:
        return await strip.run(what, partial(write, desk, chosen, home))
    except DeskError as problem:
        desk.notify.error(problem, replaces=_SLOT)
        return None


def tell(desk: Desk, written: Written, name: str) -> None:
    """Say that a dossier is there, with the hash that the log keeps, and offer its folder."""
    url = QUrl.fromLocalFile(str(written.folder))
    desk.notify.say(
        tr("escalation.dossier.done", office=name),
        Level.DONE,
        detail=tr(
            "escalation.dossier.hash", hash=written.manifest_sha256[:_HASH_SHOWN], folder=written.folder.name
        ),
        deed=Deed(tr("offices.dossier.folder"), lambda: QDesktopServices.openUrl(url)),
        seconds=20.0,
        replaces=_SLOT,
    )
