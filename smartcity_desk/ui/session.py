"""Who works here: logging in and out, what is remembered, and what the sync child is told of it.

The refresh token is the only thing kept, in the system's keyring; without one it lives for this sitting. The role and
name of the last user stand in the settings, so that a desk without a network still knows who acts.
"""

from __future__ import annotations

import getpass
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from smartcity_desk import config
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.events import Actor, Role
from smartcity_desk.secrets import CENTRAL_REFRESH, CENTRAL_TOKEN
from smartcity_desk.ui.services import Desk

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """What the central server answered to a good password."""

    user: str
    name: str
    role: Role
    office: str | None
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int = 0


class Door(Protocol):
    """The central server as log-in needs it. Calls block and raise `DeskError`; they run in a thread."""

    def log_in(self, url: str, user: str, password: str, device: str) -> LoggedIn:
        """Trade a password for tokens."""

    def log_out(self, url: str, access_token: str) -> None:
        """Revoke this desk's session."""

    def probe(self, url: str) -> dict[str, Any]:
        """What the server says about itself without a log-in: `version`, `server_time`."""


def last_actor(settings: config.Settings) -> tuple[Actor | None, str]:
    """The last user of this profile and his shown name; the machine's own user where no server was ever set."""
    user, role = settings.get(config.CENTRAL_USER), settings.get(config.CENTRAL_ROLE)
    if user and role in {known.value for known in Role}:
        return Actor(user, Role(role)), settings.get(config.CENTRAL_NAME) or user
    if settings.get(config.CENTRAL_URL):
        return None, ""
    try:
        own = getpass.getuser()
    except (OSError, KeyError):
        own = "desk"
    return Actor(own, Role.OPERATOR), own


class Session:
    """The log-in of one desk. `signed_in` None means: not asked yet."""

    def __init__(self, desk: Desk, door: Callable[[], Door]) -> None:
        self._desk = desk
        self._make_door = door
        self._door: Door | None = None
        self._access = ""
        self.signed_in: bool | None = None

    @property
    def url(self) -> str:
        """The central server's address, or nothing."""
        return self._desk.settings.get(config.CENTRAL_URL)

    async def restore(self) -> bool:
        """Look for a session that the keyring kept; tell whether there is one."""
        if not self.url:
            return False
        kept = await self._desk.errands.run(self._kept)
        self.signed_in = kept
        self._desk.bridge.actor_changed.emit()
        return kept

    async def probe(self, url: str) -> dict[str, Any]:
        """Ask a server who it is. Raises DeskError."""
        config.check_url(url)
        return await self._desk.errands.run(lambda: self._open_door().probe(url))

    async def log_in(self, user: str, password: str) -> None:
        """Log in, remember, and let the sync child go on. Raises DeskError; nothing changes then."""
        desk = self._desk
        device = desk.settings.get(config.DEVICE_ID)
        if not device:
            device = uuid.uuid4().hex
            desk.settings.set(config.DEVICE_ID, device)
        answer = await desk.errands.run(
            lambda: self._open_door().log_in(self.url, user.strip(), password, device)
        )
        desk.settings.set(config.CENTRAL_USER, answer.user)
        desk.settings.set(config.CENTRAL_NAME, answer.name or answer.user)
        desk.settings.set(config.CENTRAL_ROLE, answer.role.value)
        await desk.errands.run(self._keep, answer)
        self._access = answer.access_token
        self.signed_in = True
        desk.actor = Actor(answer.user, answer.role, answer.office)
        desk.actor_name = answer.name or answer.user
        if desk.sync is not None:
            for line in self.greeting():
                desk.sync.send(line)
        desk.bridge.actor_changed.emit()

    async def log_out(self) -> None:
        """Forget this desk's session here and, when the server can be reached, there. Local data stays."""
        desk, access = self._desk, self._access
        self.signed_in = False
        self._access = ""
        await desk.errands.run(self._forget)
        if desk.sync is not None:
            desk.sync.send({"cmd": "token", "access": "", "refresh": ""})
        desk.bridge.actor_changed.emit()
        if access:
            try:
                await desk.errands.run(lambda: self._open_door().log_out(self.url, access))
            except DeskError as problem:
                _log.info("log-out did not reach the server: %s", problem.code)

    def expired(self) -> None:
        """The server no longer takes the session, the sync child says."""
        if self.signed_in is not False:
            self.signed_in = False
            self._desk.bridge.actor_changed.emit()

    def greeting(self) -> list[dict[str, Any]]:
        """What a fresh sync child has to be told: the secrets that no keyring keeps for it."""
        return [{"cmd": "secrets", "values": self._desk.secrets.session_secrets()}]

    def _open_door(self) -> Door:
        if self._door is None:
            self._door = self._make_door()
        return self._door

    def _kept(self) -> bool:
        secrets = self._desk.secrets
        return bool(secrets.get(CENTRAL_REFRESH) or secrets.get(CENTRAL_TOKEN))

    def _keep(self, answer: LoggedIn) -> None:
        self._desk.secrets.set(CENTRAL_REFRESH, answer.refresh_token)
        self._desk.settings.save()

    def _forget(self) -> None:
        self._desk.secrets.delete(CENTRAL_REFRESH)
        self._desk.secrets.delete(CENTRAL_TOKEN)
