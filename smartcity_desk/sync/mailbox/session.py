"""One connection to a mailbox, by IMAPClient. Blocking: it belongs on a thread of its own (`worker`).

Nothing is ever changed in the mailbox: it is opened with EXAMINE, and letters are fetched with `BODY.PEEK`. A password
leaves this machine only inside TLS, unless the server is this machine. Every error is a word of the vocabulary.
"""

from __future__ import annotations

import datetime as dt
import imaplib
import logging
import re
import socket
import ssl
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, LoginError, ProtocolError

from smartcity_desk.domain.errors import (
    AuthExpired,
    BadData,
    ConfigProblem,
    Offline,
    Rejected,
    Transient,
)
from smartcity_desk.domain.times import from_datetime
from smartcity_desk.sync.mailbox.letter import Mail

CONNECT_SECONDS: Final = 15.0
READ_SECONDS: Final = 60.0
LONGEST_IDLE: Final = 29 * 60.0
"""RFC 2177: a client ends IDLE before half an hour is over."""
WINDOW: Final = 10_000
"""UIDs that are listed at a time."""
SPARSE: Final = 1_000_000
"""Numbers ahead from which on a mailbox is listed by its letters, not by its numbers."""
TEXT_PART_MOST: Final = 256 * 1024
"""Bytes of the text of a letter that is too large to be fetched whole."""
ANSWER_MOST: Final = 128 * 1024 * 1024
"""Bytes of an answer to one question. A page has 8 MB by the sizes that the server tells; that may be wrong, or a lie.
"""
LINE_MOST: Final = 32 * 1024 * 1024
"""Bytes of a line: some millions of numbers of letters."""

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_PORTS: Final = {"imaps": 993, "imap": 143}
_SOON: Final = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG|CONTACTADMIN)\]", re.IGNORECASE)
_NO_FOLDER: Final = re.compile(
    r"\[(NONEXISTENT|NOPERM|TRYCREATE)\]|doesn't exist|not exist|no such|unknown mailbox", re.IGNORECASE
)

# The library writes what it reads and sends at this level's lower side: letters, and names of accounts.
logging.getLogger("imapclient").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Access:
    """How a mailbox is reached. `method` is password, xoauth2 or oauthbearer; `ca_file` a further authority (PEM)."""

    place: str
    url: str
    user: str
    secret: str = field(repr=False)
    method: str = "password"
    folder: str = "INBOX"
    ca_file: str = ""

    @property
    def host(self) -> str:
        """The host's name or address."""
        return urlsplit(self.url).hostname or ""

    @property
    def is_here(self) -> bool:
        """Whether the server is this machine."""
        return self.host in _LOOPBACK


@dataclass(frozen=True, slots=True)
class State:
    """A mailbox as EXAMINE tells of it. `next_uid` 0 = not told; `modseq` 0 = no CONDSTORE."""

    validity: int
    next_uid: int
    exists: int
    modseq: int


class _TooMuch(Exception):  # noqa: N818 - what happened
    """An answer goes on and on, or announces more than any letter has."""


class Session:
    """A connection that is logged in and has a mailbox open. Use `open`, then `close`."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._client: IMAPClient | None = None
        self._ended = False
        self._taken = 0

    # ------------------------------------------------------------ beginning and end

    def open(self, *, tries: int = 2) -> State:
        """Connect, log in and open the mailbox for reading. Raises `AuthExpired` after so many refused log-ins.

        More would lock the account: servers count them.
        """
        for left in reversed(range(tries)):
            with self._words():
                client = self._connect()
            try:
                with self._words():
                    self._log_in(client)
                break
            except AuthExpired:
                self.close()
                if left == 0:
                    raise
        with self._words():
            return self._examine()

    def _connect(self) -> IMAPClient:
        access = self._access
        parts = urlsplit(access.url)
        if parts.scheme not in _PORTS or not access.host:
            raise ConfigProblem(name="url", reason="bad_url", channel=access.place)
        over_tls = parts.scheme == "imaps"
        client = IMAPClient(
            access.host,
            port=parts.port or _PORTS[parts.scheme],
            ssl=over_tls,
            ssl_context=self._trust() if over_tls else None,
            timeout=SocketTimeout(CONNECT_SECONDS, READ_SECONDS),
        )
        self._client = client
        if self._ended:  # cut while it was connecting
            client.shutdown()
            raise Offline(place=access.place, reason="cut")
        client.normalise_times = False
        self._bound(client)
        if not over_tls:
            if client.has_capability("STARTTLS"):
                client.starttls(self._trust())
            elif not access.is_here:
                raise Rejected("no_tls", place=access.place)
        return client

    def _bound(self, client: IMAPClient) -> None:
        """Count what comes: the library takes as much as a server announces, however much that is.

        Its lines end at 1 MB, and the list of a mailbox of 130,000 letters is a longer one.
        """
        wire = client._imap
        read = wire.read

        def bounded_read(size: int) -> bytes:
            self._take(size)
            found: bytes = read(size)
            return found

        def bounded_line() -> bytes:
            found: bytes = wire.file.readline(LINE_MOST)
            self._take(len(found))
            if len(found) == LINE_MOST:
                raise _TooMuch
            return found

        wire.read, wire.readline = bounded_read, bounded_line

    def _take(self, size: int) -> None:
        self._taken += size
        if self._taken > ANSWER_MOST:
            raise _TooMuch

    def _trust(self) -> ssl.SSLContext:
        """The system's own trust, or the authority that the settings name."""
        if self._access.ca_file:
            try:
                return ssl.create_default_context(cafile=self._access.ca_file)
            except OSError as problem:  # no such file, or no certificates in it
                raise ConfigProblem(
                    name="ca_file", reason="bad_value", channel=self._access.place
                ) from problem
        import truststore

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def _log_in(self, client: IMAPClient) -> None:
        access = self._access
        try:
            if access.method == "xoauth2":
                client.oauth2_login(access.user, access.secret)
            elif access.method == "oauthbearer":
                client.oauthbearer_login(access.user, access.secret)
            else:
                client.login(access.user, access.secret)
        except LoginError as refusal:
            if isinstance(refusal.__context__, imaplib.IMAP4.abort):
                raise Transient(place=access.place, reason="bye") from None
            if _SOON.search(str(refusal)):
                raise Transient(place=access.place, reason="login") from None
            raise AuthExpired(place=access.place, reason="refused") from None

    def _examine(self) -> State:
        client = self._open()
        if client.has_capability("CONDSTORE") and client.has_capability("ENABLE"):
            client.enable("CONDSTORE")  # from here on the mailbox tells whether anything at all changed
        found = client.select_folder(self._access.folder, readonly=True)
        validity = _number(found.get(b"UIDVALIDITY"))
        if not validity:
            raise BadData(self._access.place, "UIDVALIDITY")
        return State(
            validity,
            _number(found.get(b"UIDNEXT")),
            _number(found.get(b"EXISTS")),
            _number(found.get(b"HIGHESTMODSEQ")),
        )

    def close(self) -> None:
        """Log out if that still works, and let go of the connection."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                client.socket().settimeout(2.0)
                client.logout()
                return
            with suppress(Exception):
                client.shutdown()

    def cut(self) -> None:
        """Break the connection off from another thread: whoever waits on it is woken by an error."""
        self._ended = True
        client = self._client
        if client is not None:
            with suppress(OSError, AttributeError):
                client.socket().shutdown(socket.SHUT_RDWR)

    def _open(self) -> IMAPClient:
        if self._client is None or self._ended:
            raise Offline(place=self._access.place, reason="cut")
        return self._client

    # ------------------------------------------------------------ reading

    def listed(self, after: int, next_uid: int) -> list[int]:
        """UIDs of the letters beyond `after`, the oldest first; of the next so many numbers only.

        `n:*` names the last letter even where n lies beyond it, so what is not beyond is left out. An empty list means
        that the window is empty, not the mailbox.
        """
        window = f"{after + 1}:*"
        if next_uid and next_uid - after <= SPARSE:
            window = f"{after + 1}:{after + WINDOW}"
        with self._words():
            return sorted(uid for uid in self._open().search(["UID", window]) if uid > after)

    def sizes(self, uids: Sequence[int]) -> list[tuple[int, int]]:
        """UID and size in bytes of these letters; one that was taken out meanwhile is missing."""
        with self._words():
            found = self._open().fetch(list(uids), ["RFC822.SIZE"])
        self._miss_none(uids, found)
        return [(uid, _number(found[uid].get(b"RFC822.SIZE"))) for uid in uids if uid in found]

    def mails(self, uids: Sequence[int], validity: int) -> list[Mail]:
        """These letters, whole, in their order. One that was taken out meanwhile is missing."""
        with self._words():
            found = self._open().fetch(list(uids), ["INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[]"])
        whole = {uid: parts for uid, parts in found.items() if isinstance(parts.get(b"BODY[]"), bytes)}
        self._miss_none(uids, whole)
        return [
            Mail(uid, validity, _instant(parts), _number(parts.get(b"RFC822.SIZE")), parts[b"BODY[]"])
            for uid in uids
            if (parts := whole.get(uid)) is not None
        ]

    def has(self, uids: Sequence[int]) -> bool:
        """Whether any of these letters is in the mailbox."""
        with self._words():
            found = self._open().search(["UID", ",".join(map(str, uids))])
        return not set(found).isdisjoint(uids)

    def _miss_none(self, uids: Sequence[int], found: Collection[int]) -> None:
        """Raise `Transient` where a letter is in the mailbox that the server has left out of its answer.

        One that was taken out meanwhile is left out too, and may be passed over; this one may not.
        """
        missing = [uid for uid in uids if uid not in found]
        if missing and self.has(missing):
            raise Transient(place=self._access.place, reason="withheld")

    def beginning(self, uid: int, validity: int) -> Mail | None:
        """Head and text of a letter that is too large to be fetched whole; None when it was taken out meanwhile."""
        with self._words():
            client = self._open()
            found = client.fetch([uid], ["INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[HEADER]"]).get(uid)
            if not found or not isinstance(found.get(b"BODY[HEADER]"), bytes):
                self._miss_none([uid], ())
                return None
            head = found[b"BODY[HEADER]"]
            structure = self._structure(client, uid)
            section = _text_section(structure)
            content = head
            if section:
                asked = [f"BODY.PEEK[{section}]<0.{TEXT_PART_MOST}>"]
                is_part = section != "1" or _is_multipart(structure)
                if is_part:
                    asked.append(f"BODY.PEEK[{section}.MIME]")
                parts = client.fetch([uid], asked).get(uid, {})
                body = next((v for k, v in parts.items() if k.startswith(f"BODY[{section}]".encode())), b"")
                mime = parts.get(f"BODY[{section}.MIME]".encode(), b"") if is_part else b""
                content = _joined(head, mime, body or b"", is_part=is_part)
            return Mail(uid, validity, _instant(found), _number(found.get(b"RFC822.SIZE")), content, cut=True)

    def _structure(self, client: IMAPClient, uid: int) -> Any:
        """What parts a letter has. One whose parts nest beyond reading has none: its head is a letter too."""
        try:
            return client.fetch([uid], ["BODYSTRUCTURE"]).get(uid, {}).get(b"BODYSTRUCTURE")
        except (ProtocolError, RecursionError, ValueError):
            return None

    def newest(self, most: int, exists: int) -> list[int]:
        """UIDs of the newest letters, the oldest of them first."""
        if exists <= 0:
            return []
        client = self._open()
        client.use_uid = False
        try:
            with self._words():
                found = client.fetch(list(range(max(1, exists - most + 1), exists + 1)), ["UID"])
        finally:
            client.use_uid = True
        return sorted(_number(parts.get(b"UID")) for parts in found.values())

    # ------------------------------------------------------------ waiting

    def can_idle(self) -> bool:
        """Whether the server tells by itself when something comes."""
        with self._words():
            return bool(self._open().has_capability("IDLE"))

    def idle(self, seconds: float) -> bool:
        """Wait until the server says that letters came (True), or the time is over (False)."""
        end = time.monotonic() + min(seconds, LONGEST_IDLE)
        with self._words():
            client = self._open()
            client.idle()
            while (left := end - time.monotonic()) > 0:
                said = client.idle_check(timeout=left)
                if any(len(line) > 1 and line[1] == b"EXISTS" for line in said):
                    client.idle_done()
                    return True
                if not said and time.monotonic() < end:
                    # Something woke us and was nothing: a connection that ended looks like that, and says so here.
                    client.idle_done()
                    client.idle()
            client.idle_done()
            return False

    @contextmanager
    def _words(self) -> Iterator[None]:
        """Turn what the library and the system raise into the vocabulary."""
        place = self._access.place
        self._taken = 0
        try:
            yield
        except _TooMuch:
            raise BadData(place, "too_large", most=ANSWER_MOST) from None
        except ssl.SSLError:
            raise Rejected("tls", place=place) from None
        except TimeoutError:
            connected = self._client is not None
            raise (Transient if connected else Offline)(place=place, reason="timeout") from None
        except (ProtocolError, CapabilityError, ValueError, AssertionError):
            raise BadData(place, "protocol") from None
        except imaplib.IMAP4.abort as problem:
            raise _broken(problem, place) from None
        except imaplib.IMAP4.error as problem:
            text = str(problem)
            if "* BYE" in text[:20]:  # instead of a greeting
                raise Transient(place=place, reason="bye") from None
            if _NO_FOLDER.search(text):
                raise Rejected("unknown_folder", place=place) from None
            if "BAD" in text[:60]:
                raise Rejected("bad_command", place=place) from None
            raise Transient(place=place, reason="refused") from None
        except OSError:
            connected = self._client is not None
            raise Offline(place=place, reason="cut" if connected else "no_connection") from None


def _broken(problem: Exception, place: str) -> Offline | Transient:
    """A connection that ended: the server said so (BYE), or it just broke."""
    if "EOF" in str(problem) or "socket error" in str(problem):
        return Offline(place=place, reason="cut")
    return Transient(place=place, reason="bye")


def _number(value: Any) -> int:
    first = value[0] if isinstance(value, list | tuple) and value else value
    return first if isinstance(first, int) and not isinstance(first, bool) and first >= 0 else 0


def _instant(parts: Any) -> int:
    found = parts.get(b"INTERNALDATE")
    if not isinstance(found, dt.datetime):
        return 0
    return from_datetime(found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC))


def _is_multipart(structure: Any) -> bool:
    return bool(getattr(structure, "is_multipart", False))


def _text_section(structure: Any, prefix: str = "", depth: int = 0) -> str:
    """The number of the part that holds the words: text/plain before text/html; "" when there is none."""
    for kind in (b"plain", b"html"):
        found = _section_of(structure, kind, prefix, depth)
        if found:
            return found
    return ""


def _section_of(structure: Any, kind: bytes, prefix: str, depth: int) -> str:
    if depth > 10 or not isinstance(structure, tuple):
        return ""
    if _is_multipart(structure):
        for number, part in enumerate(structure[0] or (), 1):
            found = _section_of(part, kind, f"{prefix}.{number}" if prefix else str(number), depth + 1)
            if found:
                return found
        return ""
    if len(structure) > 1 and _small(structure[0]) == b"text" and _small(structure[1]) == kind:
        return prefix or "1"
    return ""


def _small(value: Any) -> bytes:
    return value.lower() if isinstance(value, bytes) else b""


def _joined(head: bytes, mime: bytes, body: bytes, *, is_part: bool) -> bytes:
    """A letter made of its head and one part, which brings its own `Content-` headers."""
    lines = head.rstrip(b"\r\n").split(b"\r\n")
    if is_part:
        kept: list[bytes] = []
        leaving = False
        for line in lines:
            leaving = leaving if line[:1] in (b" ", b"\t") else line.lower().startswith(b"content-")
            if not leaving:
                kept.append(line)
        lines = [*kept, *(line for line in mime.rstrip(b"\r\n").split(b"\r\n") if line)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
