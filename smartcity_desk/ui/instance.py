"""One desk per profile: a second start wakes the window that is open and ends."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject

from smartcity_desk.paths import Paths

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalSocket

_WAIT_MS: Final = 400
_WORD: Final = b"show"
_LINE: Final = re.compile(rb"show(?: ([0-9A-Z]{4,16}))?")
_LONGEST: Final = 64


def door_name(paths: Paths) -> str:
    """The name of the local socket at which a profile's desk listens."""
    digest = hashlib.sha256(os.fsencode(paths.profile_dir)).hexdigest()[:24]
    return f"smartcity-desk-{digest}"


def wake_first(paths: Paths, dossier: str | None = None) -> bool:
    """Ask the desk that holds this profile to show its window, and a dossier by its code; tell whether it heard."""
    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    socket.connectToServer(door_name(paths))
    if not socket.waitForConnected(_WAIT_MS):
        return False
    socket.write(_WORD + (f" {dossier}" if dossier else "").encode() + b"\n")
    while socket.bytesToWrite() and socket.waitForBytesWritten(_WAIT_MS):
        pass
    heard = socket.bytesAvailable() > 0 or socket.waitForReadyRead(_WAIT_MS)
    socket.disconnectFromServer()
    return bool(heard)


class Doorbell(QObject):
    """The first desk's side. `rung` is called when a second start knocks, with the short code that it came with."""

    def __init__(self, paths: Paths, rung: Callable[[str | None], None]) -> None:
        super().__init__()
        from PySide6.QtNetwork import QLocalServer

        self._rung = rung
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._knock)
        # We hold the profile's lock, so whoever listened at this name before is gone.
        QLocalServer.removeServer(door_name(paths))
        self.listening = self._server.listen(door_name(paths))

    def _knock(self) -> None:
        socket = self._server.nextPendingConnection()
        socket.disconnected.connect(socket.deleteLater)
        socket.readyRead.connect(lambda: self._hear(socket))
        if socket.bytesAvailable():
            self._hear(socket)

    def _hear(self, socket: QLocalSocket) -> None:
        """One line of ours is obeyed and answered; whatever else is said is let go."""
        if not socket.canReadLine():
            if socket.bytesAvailable() > _LONGEST:
                socket.disconnectFromServer()
            return
        said = _LINE.fullmatch(bytes(socket.readLine(_LONGEST).data()).strip())
        if said is None:
            socket.disconnectFromServer()
            return
        socket.write(_WORD + b"\n")
        socket.flush()
        code = said.group(1)
        self._rung(None if code is None else code.decode())

    def close(self) -> None:
        """Listen no more."""
        self._server.close()
