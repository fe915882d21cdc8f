"""What the rest of the program tells the screens, as Qt signals on the interface thread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from PySide6.QtCore import QObject, Signal


class Link(StrEnum):
    """How the desk stands to the central server. Each has a shape and a word (`shell.link.*`)."""

    NONE = "none"  # no central server is set: local work only
    STARTING = "starting"
    ONLINE = "online"
    OFFLINE = "offline"
    SIGNED_OUT = "signed_out"
    TROUBLE = "trouble"  # the server answers, but refuses or is ill


@dataclass(frozen=True, slots=True)
class Connection:
    """The connection as the top bar shows it. `data_at`: newest success (ms UTC); `code`/`params` say what is wrong."""

    link: Link = Link.STARTING
    data_at: int | None = None
    waiting: int = 0
    conflicts: int = 0
    code: str | None = None
    params: tuple[tuple[str, object], ...] = ()
    next_try_at: int | None = None

    def changed(self, **fields: object) -> Connection:
        """The same with some fields set."""
        return replace(self, **fields)  # type: ignore[arg-type]  # names are checked by replace itself


class Bridge(QObject):
    """One for the program. Objects that travel are plain values from the sync child's lines or frozen dataclasses."""

    layers_changed = Signal(object)
    """A layer of the city came, was taken away, or could not be had: a mapping with `layer`, maybe `ok` and `code`."""
    reports_changed = Signal(object)
    """Rows came or changed: a mapping with `channel`, `new`, `changed`, maybe `ids`; None = anything may have."""
    outbox_changed = Signal(object)
    """The operator's own actions moved (queued, sent, settled, conflict)."""
    files_arrived = Signal(object)
    """Evidence that objections named is here now: the raw notice, with the hashes in `files`."""
    media_changed = Signal(object)
    """Pictures or papers of reports came or were kept out: the raw notice, with the reports in `pks`."""
    channel_changed = Signal(object)
    """A channel's state moved: a mapping with `channel` and `state` or `code`."""
    central_changed = Signal(object)
    """The central server's state moved: the raw notice."""
    directory_changed = Signal()
    """`Desk.directory` is a newer edition."""
    connection_changed = Signal(object)
    """A `Connection`."""
    actor_changed = Signal()
    """Somebody logged in or out: `Desk.actor` is new."""
    language_changed = Signal()
    """Every text has to be asked for again."""
    theme_changed = Signal()
    """Colours, density or text size are new: `Desk.theme`."""
    settings_changed = Signal(str)
    """A setting that others may care about was saved: its name."""
    navigate = Signal(str)
    """Show the screen with this key."""
    open_report = Signal(str)
    """Show this report (its id) in Triase."""
    report_entered = Signal(str)
    """A report (its id) was entered by hand just now: Triase shows it if it is on show itself."""
    open_view = Signal(str)
    """Show this view (its key) in Triase."""
    open_office = Signal(str)
    """Show what this office (its code) holds, in Triase."""
    open_figures = Signal(str)
    """Show the figures and items of this office (its code) in Pejabat; `navigate` there first."""

    open_dossier = Signal(str)
    """Show the dossier with this short code in Eskalasi; `navigate` there first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.connection = Connection()

    def set_connection(self, connection: Connection) -> None:
        """Tell the screens if anything about the connection is new."""
        if connection != self.connection:
            self.connection = connection
            self.connection_changed.emit(connection)
