"""From the sync child's lines to the bridge: gathered for a moment, so that a flood of pages is one repaint."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer

from smartcity_desk import config
from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.i18n import tr
from smartcity_desk.store.shown import OpState
from smartcity_desk.ui import errors_text
from smartcity_desk.ui.bridge import Link
from smartcity_desk.ui.notify import Deed, Level
from smartcity_desk.ui.services import Desk

if TYPE_CHECKING:
    from smartcity_desk.ui.syncprocess import SyncState

_log = logging.getLogger(__name__)

GATHER_MS: Final = 350
FLOOD_MS: Final = 1_500
"""While pages come without a pause the screens are told this rarely: a repaint a second is seen, three are felt."""
MOST_PKS: Final = 4_000
"""Beyond so many changed rows the screens are told "anything may have changed" instead of each one."""


class Feed(QObject):
    """Listens to the child and to the outbox, and keeps `Bridge.connection` true."""

    def __init__(self, desk: Desk, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._desk = desk
        self._pks: set[int] = set()
        self._new = 0
        self._changed = 0
        self._channels: set[str] = set()
        self._dirty = False
        self._monotonic = monotonic
        self._told_at = -float(FLOOD_MS)
        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.timeout.connect(self._flush)
        desk.bridge.outbox_changed.connect(self._outbox_moved)
        desk.bridge.actor_changed.connect(self._actor)

    def listen(self) -> None:
        """Hear the child from now on."""
        if self._desk.sync is not None:
            self._desk.sync.noticed.connect(self.take)
            self._desk.sync.state_changed.connect(self._child)

    def start(self) -> None:
        """Show what the file says before anybody was heard."""
        self._set_link(self._resting_link())
        self.refresh()

    def take(self, line: Mapping[str, Any]) -> None:
        """One line of the child. Kinds are those of `sync.notice`; an unknown one is left alone."""
        handler = _HANDLERS.get(str(line.get("kind", "")))
        if handler is not None:
            handler(self, line)

    def refresh(self) -> None:
        """Read the totals for the top bar again."""
        self._desk.tasks.replace("feed.summary", self._summary())

    async def _summary(self) -> None:
        desk = self._desk
        found = await desk.readers.run(desk.store.summary)
        waiting = found.ops.get(OpState.QUEUED, 0) + found.ops.get(OpState.SENDING, 0)
        desk.bridge.set_connection(
            desk.bridge.connection.changed(
                waiting=waiting, conflicts=found.conflicts, data_at=found.last_ok_at
            )
        )

    # ------------------------------------------------------------ what the child says

    def _reports(self, line: Mapping[str, Any]) -> None:
        self._channels.add(str(line.get("channel", "")))
        self._new += _whole(line.get("new"))
        self._changed += _whole(line.get("changed")) + _whole(line.get("ended"))
        self._rows(line)

    def _events(self, line: Mapping[str, Any]) -> None:
        self._changed += _whole(line.get("count"))
        self._rows(line)

    def _rows(self, line: Mapping[str, Any]) -> None:
        pks = line.get("pks")
        if isinstance(pks, list) and len(self._pks) <= MOST_PKS:
            self._pks.update(pk for pk in pks if isinstance(pk, int))
        self._later()

    def _outbox(self, line: Mapping[str, Any]) -> None:
        self._desk.bridge.outbox_changed.emit(dict(line))

    def _files(self, line: Mapping[str, Any]) -> None:
        self._desk.bridge.files_arrived.emit(dict(line))

    def _media(self, line: Mapping[str, Any]) -> None:
        self._desk.bridge.media_changed.emit(dict(line))

    def _channel(self, line: Mapping[str, Any]) -> None:
        self._desk.bridge.channel_changed.emit(dict(line))
        self._later()

    def _layer(self, line: Mapping[str, Any]) -> None:
        self._desk.bridge.layers_changed.emit(dict(line))

    def _reread(self, line: Mapping[str, Any]) -> None:
        """A channel was read again on request: what that brought."""
        from smartcity_desk.ui import channels

        desk, title = self._desk, channels.title(str(line.get("channel", "")))
        if line.get("ok") is True:
            desk.notify.done(tr("health.reread.done", channel=title, n=_whole(line.get("new"))))
        else:
            params = line.get("params")
            said = {**(params if isinstance(params, dict) else {}), "channel": title}
            words = errors_text.of_code(str(line.get("code", "error")), said)
            desk.notify.say(f"{title}: {words.what}", Level.WARNING, detail=words.rest)
        self._channel(line)

    def _silent(self, line: Mapping[str, Any]) -> None:
        """A channel fell silent: told once, however long it lasts."""
        from smartcity_desk.ui import channels

        desk, name = self._desk, str(line.get("channel", ""))
        desk.notify.say(
            tr("health.silent.toast", channel=channels.title(name)),
            Level.WARNING,
            detail=tr("health.silent.toast_detail"),
            deed=Deed(tr("shell.screen.health"), lambda: desk.bridge.navigate.emit("health")),
            seconds=60.0,
            replaces=f"silent.{name}",
        )
        self._channel(line)

    def _central(self, line: Mapping[str, Any]) -> None:
        desk, code = self._desk, line.get("code")
        if line.get("ok") is True:
            if desk.session is not None and desk.session.signed_in is None:
                desk.session.signed_in = True
            self._set_link(Link.ONLINE)
        else:
            params = line.get("params")
            away = errors_text.is_away(code, params if isinstance(params, dict) else {})
            link = Link.OFFLINE if away else Link.TROUBLE
            self._set_link(
                Link.SIGNED_OUT if code == "auth_expired" else link,
                code=str(code or "transient"),
                params=tuple(params.items()) if isinstance(params, dict) else (),
                next_try_at=line.get("next_try_at"),
            )
        desk.bridge.central_changed.emit(dict(line))
        self._later()

    def _directory(self, _line: Mapping[str, Any]) -> None:
        self._desk.tasks.replace("feed.directory", self._read_directory())

    async def _read_directory(self) -> None:
        desk = self._desk
        desk.directory = await desk.readers.run(desk.store.directory)
        desk.bridge.directory_changed.emit()

    def _auth(self, line: Mapping[str, Any]) -> None:
        desk, place = self._desk, str(line.get("place", ""))
        if place == "central":
            if desk.session is not None and desk.session.signed_in is not False:
                desk.session.expired()
                login = Deed(tr("shell.user.login"), lambda: desk.commands.run("app.login"))
                desk.notify.say(
                    tr("shell.expired"), Level.WARNING, deed=login, seconds=None, replaces="session"
                )
            return
        from smartcity_desk.ui import channels

        params = line.get("params")
        said = {**(params if isinstance(params, dict) else {}), "place": place}
        words = errors_text.of_code(str(line.get("code", "auth_expired")), said)
        desk.notify.say(
            f"{channels.title(place)}: {words.what}",
            Level.WARNING,
            detail=tr("health.auth"),
            deed=Deed(tr("shell.screen.settings"), lambda: desk.bridge.navigate.emit("settings")),
            seconds=30.0,
            replaces=f"auth.{place}",
        )

    def _secret(self, line: Mapping[str, Any]) -> None:
        """A token that the child renewed and that no keyring keeps for it: ours to remember for its successor."""
        name, value = line.get("name"), line.get("value")
        if isinstance(name, str) and isinstance(value, str) and value:
            self._desk.errands.post(self._desk.secrets.set, name, value)

    def _error(self, line: Mapping[str, Any]) -> None:
        params = line.get("params")
        kind = str(params.get("kind", "")) if isinstance(params, dict) else ""
        if kind in StoreProblem.KINDS:
            self._desk.notify.error(StoreProblem(kind))

    def _live(self, line: Mapping[str, Any]) -> None:
        self._desk.bridge.central_changed.emit(dict(line))

    # ------------------------------------------------------------ what follows

    def _later(self) -> None:
        self._dirty = True
        if not self._gather.isActive():
            since = self._monotonic() - self._told_at
            self._gather.start(GATHER_MS if since > 2 * FLOOD_MS / 1000 else FLOOD_MS)

    def _flush(self) -> None:
        self._told_at = self._monotonic()
        if self._pks or self._new or self._changed:
            everything = len(self._pks) > MOST_PKS
            self._desk.bridge.reports_changed.emit(
                {
                    "channels": sorted(self._channels),
                    "new": self._new,
                    "changed": self._changed,
                    "pks": None if everything else frozenset(self._pks),
                }
            )
        self._pks, self._channels, self._new, self._changed = set(), set(), 0, 0
        if self._dirty:
            self._dirty = False
            self.refresh()

    def _outbox_moved(self, _what: object) -> None:
        self._later()

    def _actor(self) -> None:
        session, link = self._desk.session, self._desk.bridge.connection.link
        outside = session is not None and session.signed_in is False
        if outside or link in (Link.SIGNED_OUT, Link.NONE):
            self._set_link(self._resting_link())

    def _resting_link(self) -> Link:
        desk = self._desk
        if not desk.settings.get(config.CENTRAL_URL):
            return Link.NONE
        if desk.session is not None and desk.session.signed_in is False:
            return Link.SIGNED_OUT
        return Link.STARTING

    def _set_link(
        self,
        link: Link,
        *,
        code: str | None = None,
        params: tuple[tuple[str, object], ...] = (),
        next_try_at: int | None = None,
    ) -> None:
        if link in (Link.ONLINE, Link.STARTING):
            self._desk.notify.withdraw("session")
        self._desk.bridge.set_connection(
            self._desk.bridge.connection.changed(link=link, code=code, params=params, next_try_at=next_try_at)
        )

    def _child(self, state: SyncState) -> None:
        from smartcity_desk.ui.syncprocess import SyncState

        desk = self._desk
        if state is SyncState.GIVEN_UP:
            again = Deed(tr("shell.sync.start"), lambda: None if desk.sync is None else desk.sync.start())
            desk.notify.say(tr("shell.sync.given_up"), Level.ERROR, deed=again, seconds=None, replaces="sync")
        elif state is SyncState.RUNNING:
            desk.notify.withdraw("sync")


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


_HANDLERS: Final = {
    "reports": Feed._reports,
    "events": Feed._events,
    "outbox": Feed._outbox,
    "files": Feed._files,
    "media": Feed._media,
    "channel": Feed._channel,
    "silent": Feed._silent,
    "reread": Feed._reread,
    "central": Feed._central,
    "directory": Feed._directory,
    "auth": Feed._auth,
    "secret": Feed._secret,
    "error": Feed._error,
    "claim": Feed._live,
    "presence": Feed._live,
    "layer": Feed._layer,
}
