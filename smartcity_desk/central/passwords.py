"""Passwords: argon2id, the same time for an unknown account, and never more than a few at once."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from smartcity_desk.central.settings import CentralSettings

_AT_ONCE: Final = 2
"""Each takes its memory (64 MiB by default) for as long as it runs, so a crowd at the door has to queue."""


class Passwords:
    """Hashes and checks with one server's costs."""

    def __init__(self, settings: CentralSettings) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.password_time_cost,
            memory_cost=settings.password_memory_kib,
            parallelism=settings.password_parallelism,
        )
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))
        self._threads = ThreadPoolExecutor(_AT_ONCE, "central-password")

    def close(self) -> None:
        """Wait for what is under way."""
        self._threads.shutdown(wait=True)

    def hash_now(self, password: str) -> str:
        """The hash of a new password, on this thread."""
        return self._hasher.hash(password)

    def check_now(self, stored: str | None, password: str) -> bool:
        """Whether `password` fits; without an account (`None`) it takes as long and never does."""
        try:
            self._hasher.verify(self._nobody if stored is None else stored, password)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    def outdated(self, stored: str) -> bool:
        """Whether a hash was made with other costs than today's."""
        return self._hasher.check_needs_rehash(stored)

    async def hash(self, password: str) -> str:
        """`hash_now` on a thread of its own."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.hash_now, password)

    async def check(self, stored: str | None, password: str) -> bool:
        """`check_now` on a thread of its own."""
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self.check_now, stored, password
        )


def invent() -> str:
    """A password to be shown once: 20 characters, no two of which look alike."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))
