"""What of a mailbox is known: the newest letters by short hashes, small enough to be saved with every page.

Mail has no other memory: a server that numbers its mailbox anew (UIDVALIDITY) shows everything again, copies arrive
twice, and a careless program may give two letters one Message-ID. Each entry is 5 bytes of the letter's name and 7 of
what it says. A wrong hit needs two equal names and contents by chance: never, in the life of a city.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from enum import Enum
from typing import Final

from smartcity_desk.sync.channel import Json

MOST: Final = 20_000
"""Letters remembered: 320 kB of text, half a year of a busy mailbox."""
MOST_REPLIES: Final = 2_000
_NAME: Final = 5
_SERIAL: Final = 7
_ENTRY: Final = _NAME + _SERIAL
_REPLY: Final = "\x1freply\x1f"
"""Before the name of a reply: nothing is about a reply."""


class Known(Enum):
    """How a letter stands to what is known."""

    NEW = "new"
    SAME = "same"
    """The very same letter."""
    NAMESAKE = "namesake"
    """Another letter with the same name."""


def _hash(text: str, size: int) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).digest()


class Memory:
    """Known letters, oldest first, and which report a known reply is about."""

    def __init__(self, saved: Json = None, threads: Json = None) -> None:
        self._entries = bytearray(_unpacked(saved))
        self._names: set[bytes] = set()
        self._serials: set[bytes] = set()
        for at in range(0, len(self._entries), _ENTRY):
            self._learn(bytes(self._entries[at : at + _ENTRY]))
        self._abouts: dict[str, str] = {}
        for pair in threads if isinstance(threads, list) else []:
            if isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) for text in pair):
                self._abouts[str(pair[0])] = str(pair[1])

    def _learn(self, entry: bytes) -> None:
        self._names.add(entry[:_NAME])
        self._serials.add(entry[_NAME:])

    def look(self, name: str, serial: str) -> Known:
        """Whether a letter is known. `name` is its Message-ID, "" if it has none: then what it says decides."""
        if _hash(serial, _SERIAL) in self._serials:
            return Known.SAME
        taken = name and (_hash(name, _NAME) in self._names or _hash(_REPLY + name, _NAME) in self._names)
        return Known.NAMESAKE if taken else Known.NEW

    def add(self, name: str, serial: str, about: str = "") -> None:
        """Remember a letter by its external id; `about` is the report that a reply is about."""
        entry = _hash(_REPLY + name if about else name, _NAME) + _hash(serial, _SERIAL)
        self._entries += entry
        self._learn(entry)
        if about:
            self._abouts[_hash(name, _NAME).hex()] = about

    def about(self, answers: Iterable[str]) -> str:
        """The report (external id) that a letter is about which follows these, or "" when none of them is known.

        The first known one counts: the thread's own beginning. A known reply stands for the report that it is about.
        """
        for name in answers:
            short = _hash(name, _NAME)
            if short in self._names:
                return name
            if short.hex() in self._abouts:
                return self._abouts[short.hex()]
        return ""

    def saved(self) -> str:
        """The letters as text for the position."""
        del self._entries[: -MOST * _ENTRY]
        return base64.b64encode(bytes(self._entries)).decode()

    def threads(self) -> list[Json]:
        """The replies for the position."""
        return [[name, about] for name, about in list(self._abouts.items())[-MOST_REPLIES:]]


def _unpacked(saved: Json) -> bytes:
    try:
        found = base64.b64decode(saved, validate=True) if isinstance(saved, str) else b""
    except (binascii.Error, ValueError):
        return b""
    return found if len(found) % _ENTRY == 0 else b""
