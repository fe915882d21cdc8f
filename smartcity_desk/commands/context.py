"""What every command may need, made when it is first asked for: settings, secrets, the store, who acts, the time."""

from __future__ import annotations

import getpass
import os
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from smartcity_desk import config
from smartcity_desk.commands.exits import CommandError, Exit
from smartcity_desk.commands.terminal import Terminal
from smartcity_desk.domain.errors import AuthExpired, StoreProblem
from smartcity_desk.domain.events import Actor, Role
from smartcity_desk.i18n import tr
from smartcity_desk.locks import InstanceLock
from smartcity_desk.paths import Paths

if TYPE_CHECKING:
    from smartcity_desk.secrets import SecretStore
    from smartcity_desk.store import Store

SECRET_MOST = 100_000


def wall_clock() -> int:
    """Now, in ms UTC."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Context:
    """One run of one command. Tests hand in their own streams, clock and secrets."""

    paths: Paths
    options: Namespace
    terminal: Terminal
    stdin: TextIO = field(default_factory=lambda: sys.stdin)
    clock: Callable[[], int] = wall_clock
    randomness: Callable[[int], bytes] = os.urandom
    _settings: config.Settings | None = None
    _secrets: SecretStore | None = None

    @property
    def settings(self) -> config.Settings:
        """The profile's settings. Raises StoreProblem."""
        if self._settings is None:
            self._settings = config.Settings.load(self.paths.settings)
            self.tell_set_aside(self._settings)
        return self._settings

    def tell_set_aside(self, settings: config.Settings) -> None:
        """Say so when a settings file could not be read: a channel that is off since then is no riddle."""
        if settings.set_aside is not None:
            told: dict[str, object] = {"path": settings.set_aside.name}
            stem = "cli.trouble.settings_aside"
            self.terminal.trouble(
                "settings_aside", tr(f"{stem}.what", **told), tr(f"{stem}.next", **told), told
            )

    @property
    def secrets(self) -> SecretStore:
        """The profile's secrets."""
        if self._secrets is None:
            from smartcity_desk.secrets import SecretStore

            self._secrets = SecretStore.open(self.paths)
        return self._secrets

    def save_settings(self) -> None:
        """Write the settings down. Raises StoreProblem."""
        self.paths.prepare()
        self.settings.save()

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The profile's store, with a directory in it. Beside an open desk it is shared. Raises StoreProblem."""
        from smartcity_desk.directory import builtin_directory, load_policy
        from smartcity_desk.store import Store
        from smartcity_desk.store.recovery import open_or_recover

        self.paths.prepare()
        lock = InstanceLock(self.paths.lock)
        try:
            lock.acquire()
        except StoreProblem as problem:
            if problem.kind != "second_instance":
                raise
        try:
            now = self.clock()
            # The window owns the file while it is open: it migrates, and marks the clean end.
            if lock.held:
                store, recovered = open_or_recover(self.paths.database, now=now, policy=load_policy())
                if recovered is not None:
                    told: dict[str, object] = {"path": recovered.set_aside.name, "saved": recovered.saved}
                    stem = "cli.trouble.recovered"
                    self.terminal.trouble(
                        "recovered", tr(f"{stem}.what", **told), tr(f"{stem}.next", **told), told
                    )
            else:
                store = Store.open(self.paths.database, now=now, policy=load_policy(), migrate=False)
            try:
                if not store.directory().offices:
                    store.set_directory(builtin_directory(now), None, now)
                yield store
            finally:
                store.close()
        finally:
            lock.release()

    @contextmanager
    def syncing(self) -> Iterator[None]:
        """Only one process at a time asks the channels of a profile. Raises StoreProblem (`second_instance`)."""
        self.paths.prepare()
        with InstanceLock(self.paths.lock.with_name("sync.lock")):
            yield

    def actor(self) -> Actor:
        """Who acts: the last one who logged in; the machine's own user where no server was ever set.

        Raises AuthExpired when there is a server and nobody has ever logged in.
        """
        user, role = self.settings.get(config.CENTRAL_USER), self.settings.get(config.CENTRAL_ROLE)
        if user and role in {known.value for known in Role}:
            return Actor(user, Role(role))
        if self.settings.get(config.CENTRAL_URL):
            raise AuthExpired(place="central", reason="never_logged_in")
        return Actor(config.machine_user(), Role.OPERATOR)

    def read_secret(self, prompt: str, *, from_stdin: bool) -> str:
        """A secret: the first line of standard input, or asked for without showing it. Raises CommandError."""
        if from_stdin:
            value = self.stdin.readline(SECRET_MOST).rstrip("\r\n")
        elif self.stdin.isatty():
            value = getpass.getpass(prompt)
        else:
            raise CommandError(Exit.USAGE, "no_terminal")
        if not value:
            raise CommandError(Exit.USAGE, "empty_secret")
        return value
