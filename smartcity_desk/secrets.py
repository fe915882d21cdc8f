"""Passwords and tokens: in the system's keyring, or in this sitting's memory and nowhere else.

The ladder: the operating system's keyring; when it is away, locked or refuses, the memory of this process, and
`persistent` turns False so that the desk can say so. Nothing is ever written in plain text. A keyring that is unlocked
after the start is found again, because every new read or write tries it first.

A script may hand a secret in by its environment instead: ``central/token`` of any profile is looked for in
``SMARTCITY_CENTRAL_TOKEN`` as well. Calls to a keyring take tens of milliseconds and may wait for a prompt: keep them
off the interface thread.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from smartcity_desk.paths import Paths

_log = logging.getLogger(__name__)

SERVICE: Final = "smartcity-desk"
CENTRAL_TOKEN: Final = "central/token"  # noqa: S105 - the name of a secret
CENTRAL_REFRESH: Final = "central/refresh"

# Windows keeps 2,560 bytes a credential, in UTF-16.
MAX_CHARACTERS: Final = 1_200

_NAME_SHAPE: Final = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+){1,3}")
# Key stores of the operating system. Anything else that calls itself a keyring may be a plain file.
_TRUSTED_BACKENDS: Final = (
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "keyring.backends.macOS",
    "keyring.backends.Windows",
)


class Keyring(Protocol):
    """What this module needs of a keyring; the ``keyring`` package's back ends have it."""

    def get_password(self, service: str, username: str, /) -> str | None:
        """Return the secret, or None."""

    def set_password(self, service: str, username: str, password: str, /) -> None:
        """Keep the secret."""

    def delete_password(self, service: str, username: str, /) -> None:
        """Forget the secret."""


def channel_secret(channel: str, field: str = "token") -> str:
    """Return the name under which a channel keeps a secret of its own."""
    return f"channel/{channel}/{field}"


class SecretStore:
    """The secrets of one profile. Safe to use from several threads.

    `persistent` tells whether what was set last will still be there next time; `problem` is a stable code that says
    why not: ``no_keyring``, ``locked``, ``too_long``, ``refused`` or ``session_only`` (memory by choice); None when
    all is well.
    """

    def __init__(
        self,
        scope: str,
        keyring: Keyring | None,
        *,
        problem: str | None = None,
        environ: Mapping[str, str] | None = None,
        find: Callable[[], Keyring | None] | None = None,
    ) -> None:
        self._scope = scope
        self._found = keyring
        self._find = find
        self._environ = environ if environ is not None else {}
        self._memory: dict[str, str] = {}
        self._lock = threading.RLock()
        self._problem = problem

    @classmethod
    def open(cls, paths: Paths) -> SecretStore:
        """Secrets of a profile in the system's keyring; without one, in this sitting's memory. Never raises.

        The keyring is looked for when it is first needed: that takes some 25 ms that no window should wait for.
        """
        return cls(paths.scope, None, environ=os.environ, find=_system_keyring)

    @classmethod
    def in_memory(cls, secrets: Mapping[str, str] | None = None) -> SecretStore:
        """Hold secrets in this process only: for tests, and for the sync child that was handed them by the desk."""
        store = cls("memory", None, problem="session_only")
        for name, value in (secrets or {}).items():
            store.set(name, value)
        return store

    @property
    def _keyring(self) -> Keyring | None:
        self._look()
        return self._found

    def _look(self) -> None:
        with self._lock:
            find, self._find = self._find, None
            if find is None:
                return
            self._found = find()
            if self._found is None:
                self._problem = "no_keyring"
                _log.warning("secrets: no keyring of the system; credentials last for this sitting only")

    @property
    def problem(self) -> str | None:
        """Why secrets do not outlive this process, or None. Looks for the keyring if nobody has yet."""
        self._look()
        return self._problem

    @problem.setter
    def problem(self, code: str | None) -> None:
        self._problem = code

    @property
    def persistent(self) -> bool:
        """Tell whether secrets outlive this process."""
        return self.problem is None

    def get(self, name: str) -> str | None:
        """Return the secret called `name`, such as ``central/token``; None when there is none."""
        check_name(name)
        with self._lock:
            handed_in = self._environ.get(environment_name(name))
            if handed_in:
                return handed_in
            if name in self._memory:
                return self._memory[name]
            return self._from_keyring(name)

    def set(self, name: str, value: str) -> None:
        """Keep `value` as `name`: in the keyring if it takes it, else for this sitting. Raises ValueError if empty."""
        check_name(name)
        if not value:
            raise ValueError("a secret has at least one character")
        with self._lock:
            self._memory[name] = value
            self._move_to_keyring()

    def retry(self) -> bool:
        """Offer what is in memory to the keyring again, as after an unlock; tell whether all is kept now."""
        with self._lock:
            self._move_to_keyring()
            return self.persistent

    def delete(self, name: str) -> None:
        """Forget `name` everywhere; harmless when there is none."""
        check_name(name)
        with self._lock:
            self._memory.pop(name, None)
            if self._keyring is None:
                return
            try:
                if self._keyring.get_password(SERVICE, self._user(name)) is not None:
                    self._keyring.delete_password(SERVICE, self._user(name))
            except Exception as problem:  # noqa: BLE001 - back ends raise what their system gives them
                self._note(problem)

    def session_secrets(self) -> dict[str, str]:
        """Return what lives in memory only, for the sync child, which cannot read it from a keyring."""
        with self._lock:
            return dict(self._memory)

    def _move_to_keyring(self) -> None:
        for name, value in list(self._memory.items()):
            if self._to_keyring(name, value):
                del self._memory[name]
        if self._keyring is not None and not self._memory:
            self._recovered()

    def _from_keyring(self, name: str) -> str | None:
        if self._keyring is None:
            return None
        try:
            value = self._keyring.get_password(SERVICE, self._user(name))
        except Exception as problem:  # noqa: BLE001 - back ends raise what their system gives them
            self._note(problem)
            return None
        if not self._memory:
            self._recovered()
        return value or None

    def _to_keyring(self, name: str, value: str) -> bool:
        if self._keyring is None:
            return False
        if len(value) > MAX_CHARACTERS:
            self.problem = "too_long"
            return False
        try:
            self._keyring.set_password(SERVICE, self._user(name), value)
        except Exception as problem:  # noqa: BLE001 - back ends raise what their system gives them
            self._note(problem)
            return False
        return True

    def _user(self, name: str) -> str:
        return f"{self._scope}/{name}"

    def _note(self, problem: Exception) -> None:
        code = {"NoKeyringError": "no_keyring", "KeyringLocked": "locked", "InitError": "locked"}.get(
            type(problem).__name__, "refused"
        )
        if (
            self.problem != code
        ):  # once on failure: the kind of trouble, never what the back end put into its message
            _log.warning("secrets: the keyring does not answer (%s); credentials last for this sitting", code)
        self.problem = code

    def _recovered(self) -> None:
        if self.problem in {"locked", "refused", "no_keyring"}:
            _log.info("secrets: the keyring answers again")
        self.problem = None


def check_name(name: str) -> str:
    """Return `name` if it can name a secret, as ``channel/x/token`` does. Raises ValueError."""
    if not _NAME_SHAPE.fullmatch(name):
        raise ValueError(f"not a name for a secret: {name!r}")
    return name


def environment_name(name: str) -> str:
    """Return the environment variable that may hand `name` in: SMARTCITY_CHANNEL_X_TOKEN for channel/x/token."""
    return "SMARTCITY_" + name.replace("/", "_").upper()


def _system_keyring() -> Keyring | None:
    """Return the operating system's keyring if a trusted one answers; None otherwise. Never raises."""
    try:
        import keyring
        from keyring.backends import chainer

        chosen = keyring.get_keyring()
        candidates = chosen.backends if isinstance(chosen, chainer.ChainerBackend) else [chosen]
        for candidate in candidates:
            if type(candidate).__module__.startswith(_TRUSTED_BACKENDS):
                return candidate
    except Exception:  # noqa: BLE001 - discovery runs every installed back end's own code
        _log.warning("secrets: looking for a keyring failed", exc_info=True)
    return None
