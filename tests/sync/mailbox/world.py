"""Two mail servers that tests treat alike: a real Dovecot (CONDSTORE, TLS, OAuth), and pymap, which has none."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from socket import socket
from typing import Any, Protocol, TypeVar

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report
from smartcity_desk.sync.channel import Client, Enclosure, Position, Setup, Unreadable
from smartcity_desk.sync.registry import CHANNELS
from smartcity_desk.training.network import listener
from smartcity_desk.training.servers.postbox import Postbox
from tests.fakes.dovecot import PASSWORD, Dovecot

T = TypeVar("T")
ARRIVED = 1_795_400_000_000


class Peer(Protocol):
    """A server with one account."""

    user: str
    url: str

    def deliver(self, content: bytes) -> None: ...

    def take_out(self, count: int) -> None: ...

    def renumber(self) -> None: ...

    def seen(self) -> int: ...


@dataclass
class DovecotPeer:
    server: Dovecot
    user: str = ""

    def __post_init__(self) -> None:
        self.user = self.server.account()
        self.url = f"imap://127.0.0.1:{self.server.plain_port}"

    def deliver(self, content: bytes) -> None:
        self.server.deliver(self.user, content, ARRIVED / 1000)

    def take_out(self, count: int) -> None:
        self.server.take_out(self.user, count)

    def renumber(self) -> None:
        self.server.renumber(self.user)

    def seen(self) -> int:
        return self.server.seen(self.user)


class PymapPeer:
    """pymap on a loop and a thread of its own."""

    user = "dki@jakarta.go.id"

    def __init__(self) -> None:
        self.box = Postbox(self.user, PASSWORD)
        self._sock: socket = listener()
        self.url = f"imap://127.0.0.1:{self._sock.getsockname()[1]}"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._serving = asyncio.run_coroutine_threadsafe(self.box.serve(self._sock), self._loop)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def deliver(self, content: bytes) -> None:
        self.run(self.box.deliver(content, ARRIVED))

    def take_out(self, count: int) -> None:
        self.run(self.box.expunge(count))

    def renumber(self) -> None:
        self.run(self.box.renumber())

    def seen(self) -> int:
        return sum(b"\\Seen" in flags for flags in self.run(self.box.flags()))

    def close(self) -> None:
        self.run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        await self.box.hang_up()
        ours = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not ours]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def pymap_peer() -> Iterator[PymapPeer]:
    peer = PymapPeer()
    try:
        yield peer
    finally:
        peer.close()


def setup_of(peer: Peer, *, secrets: dict[str, str] | None = None, **options: str) -> Setup:
    chosen = {"user": peer.user, "home": "jakarta.go.id", **options}
    return Setup(options.pop("url", peer.url), chosen, secrets or {"password": PASSWORD}, lambda _: "nama")


def client_of(peer: Peer, channel: str = "email", **more: Any) -> Client:
    return CHANNELS[channel].build(setup_of(peer, **more))


@dataclass
class Desk:
    """Stands for the store: pages and their positions kept together, or not at all."""

    position: Position = field(default_factory=Position)
    reports: dict[str, Report] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    files: dict[str, Enclosure] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)

    def pull(self, client: Client, *, pages: int | None = None) -> DeskError | None:
        """One round; with `pages` the process dies after so many of them were saved."""
        return asyncio.run(self._pull(client, pages))

    async def _pull(self, client: Client, pages: int | None) -> DeskError | None:
        saved = 0
        walk = client.pull(self.position, None, ARRIVED)  # type: ignore[arg-type]  # mail needs no HTTP
        try:
            async for page in walk:
                if pages is not None and saved >= pages:
                    return None
                self.taken += [report.external_id for report in page.reports]
                self.taken += [reply.external_id for reply in page.replies]
                self.reports.update((report.external_id, report) for report in page.reports)
                self.replies.update((reply.external_id, reply) for reply in page.replies)
                self.unreadable += page.unreadable
                self.files.update((file.sha256, file) for file in page.files)
                if page.position is not None:
                    self.position = page.position
                saved += 1
        except DeskError as error:
            return error
        finally:
            await walk.aclose()
        return None

    @property
    def left_out(self) -> dict[str, int]:
        found: Any = self.position.cursor.get("left_out") or {}
        return dict(found)


def mail(
    number: int | str,
    text: str = "Air setinggi lutut di Jl. Melati.",
    *,
    sender: str = "warga@surat.example",
    subject: str = "Banjir",
    named: bool = True,
    headers: Sequence[str] = (),
    date: str = "Sun, 22 Nov 2026 09:00:00 +0700",
) -> bytes:
    head = [f"From: {sender}", "To: dki@jakarta.go.id", f"Subject: {subject} {number}", f"Date: {date}"]
    if named:
        head.append(f"Message-ID: <{number}@surat.example>")
    return "\r\n".join((*head, *headers, "", text, "")).encode()
