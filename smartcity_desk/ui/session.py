"""Who works here: logging in and out, what is remembered, and what the sync child is told of it.

Tokens live in the system's keyring; without one, in this sitting's memory. The role and name of the last user stand in
the settings, so that a desk without a network still knows who acts.
"""

from __future__ import annotations

from typing import Any, Protocol

from smartcity_desk import config
from smartcity_desk.domain.actor import Actor, Role
from smartcity_desk.secrets import CENTRAL_REFRESH, CENTRAL_TOKEN
from smartcity_desk.ui.services import Desk


class Door(Protocol):
    """The central server as log-in needs it. Calls block and raise `DeskError`; they run in a thread."""

    def log_in(self, url: str, user: str, password: str, device: str) -> tuple[Actor, str]:
        """Trade a password for tokens, kept in the secret store; who that is, and the name to show."""

    def log_out(self, url: str) -> None:
        """Forget the session here and end it there."""

    def probe(self, url: str) -> int:
        """How far the server's clock is ahead of ours (ms)."""


def last_actor(settings: config.Settings) -> tuple[Actor | None, str]:
    """The last user of this profile and his shown name; the machine's own user where no server was ever set."""
    user, role = settings.get(config.CENTRAL_USER), settings.get(config.CENTRAL_ROLE)
    if user and role in {known.value for known in Role}:
        return Actor(user, Role(role)), settings.get(config.CENTRAL_NAME) or user
    if settings.get(config.CENTRAL_URL):
        return None, ""
    own = config.machine_user()
    return Actor(own, Role.OPERATOR), own


class Session:
    """The log-in of one desk. `signed_in` None means: not asked yet."""

    def __init__(self, desk: Desk, door: Door) -> None:
        self._desk = desk
        self._door = door
        self.signed_in: bool | None = None

    @property
    def url(self) -> str:
        """The central server's address, or nothing."""
        return self._desk.settings.get(config.CENTRAL_URL)

    async def restore(self) -> bool:
        """Look for a session that was kept; tell whether there is one."""
        self.signed_in = bool(self.url) and await self._desk.errands.run(self._kept)
        self._desk.bridge.actor_changed.emit()
        return self.signed_in

    async def probe(self, url: str) -> int:
        """Ask a server whether it is one; its clock's lead in ms. Raises DeskError."""
        config.check_url(url)
        return await self._desk.errands.run(self._door.probe, url.rstrip("/"))

    async def log_in(self, user: str, password: str) -> None:
        """Log in, remember who, and let the sync child go on. Raises DeskError; nothing changes then."""
        desk = self._desk
        device = desk.settings.get(config.DEVICE_ID)
        if not device:
            import uuid

            device = uuid.uuid4().hex
            desk.settings.set(config.DEVICE_ID, device)
        actor, name = await desk.errands.run(self._door.log_in, self.url, user.strip(), password, device)
        desk.settings.set(config.CENTRAL_USER, actor.user)
        desk.settings.set(config.CENTRAL_NAME, name)
        desk.settings.set(config.CENTRAL_ROLE, actor.role.value)
        await desk.errands.run(desk.settings.save)
        self.signed_in = True
        desk.actor, desk.actor_name = actor, name
        self._tell_child()
        desk.bridge.actor_changed.emit()

    async def log_out(self) -> None:
        """Forget this desk's session here and, when the server can be reached, there. Local data stays."""
        self.signed_in = False
        await self._desk.errands.run(self._door.log_out, self.url)
        self._tell_child()
        self._desk.bridge.actor_changed.emit()

    def expired(self) -> None:
        """The server no longer takes the session, the sync child says."""
        if self.signed_in is not False:
            self.signed_in = False
            self._desk.bridge.actor_changed.emit()

    def greeting(self) -> list[dict[str, Any]]:
        """What a fresh sync child has to be told: the secrets that no keyring keeps for it."""
        return [{"cmd": "secrets", "values": self._desk.secrets.session_secrets()}]

    def _tell_child(self) -> None:
        if self._desk.sync is not None:
            for line in self.greeting():
                self._desk.sync.send(line)

    def _kept(self) -> bool:
        secrets = self._desk.secrets
        return bool(secrets.get(CENTRAL_REFRESH) or secrets.get(CENTRAL_TOKEN))
