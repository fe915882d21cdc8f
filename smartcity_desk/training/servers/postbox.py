"""A mailbox on loopback that speaks IMAP, from the pymap library: letters come, go, and change their numbers on order.

It has IDLE and no CONDSTORE and no TLS, as a small office's old server may. What it holds lives in memory.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from argparse import Namespace
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from socket import socket
from typing import Any, Final

from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import Config, Identity, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet
from pymap.exceptions import InvalidAuth
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.user import UserMetadata
from pysasl import SASLAuth
from pysasl.creds.server import ServerCredentials
from pysasl.hashing import Cleartext
from pysasl.identity import ClearIdentity
from pysasl.mechanism.login import LoginMechanism
from pysasl.mechanism.plain import PlainMechanism

from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.domain.times import to_datetime
from smartcity_desk.training.network import Network

EXPUNGE: Final = "expunge"
UIDVALIDITY: Final = "uidvalidity"
BYE: Final = "bye"
AUTH: Final = "auth"
FAULTS: Final = (EXPUNGE, UIDVALIDITY, BYE, AUTH)
REFUSALS: Final = 2
"""Log-ins that `auth` refuses: as many as a desk tries."""
TAKEN_OUT: Final = 3
"""Letters that `expunge` takes out of the mailbox, the oldest first."""
BREATH_S: Final = 1.0
_GONE: Final = b"* BYE Server latihan berhenti sejenak\r\n"


class _Config(Config):
    """One account, its password in the clear, no look-ups of names."""

    def __init__(self, user: str) -> None:
        super().__init__(
            Namespace(proxy_protocol=None, passlib_cfg=None),
            demo_data=False,
            demo_user=user,
            demo_password="",
            host=None,
            port=0,
            tls_enabled=False,
            hash_context=Cleartext(),
            invalid_user_sleep=0.0,
        )

    @property
    def tls_auth(self) -> SASLAuth:
        """The ways to log in; named here, because the library looks them up among installed packages."""
        return SASLAuth([PlainMechanism(b"PLAIN"), LoginMechanism(b"LOGIN")])

    @property
    def greeting(self) -> bytes:
        """The first line, without this machine's name."""
        return b"Kotak surat kota latihan"


class _Login(Login):
    """Knows one account by its password, and refuses it on order."""

    def __init__(self, config: _Config, user: str, password: str) -> None:
        super().__init__(config)
        self._known = ClearIdentity(user, password)
        self.users_dict[user] = UserMetadata(config, user, password="")
        self.refusals = 0

    async def authenticate(self, credentials: ServerCredentials) -> Identity:
        """The account, if the password is right and no refusal is on order."""
        if self.refusals > 0:
            self.refusals -= 1
            raise InvalidAuth
        if not credentials.verify(self._known):
            raise InvalidAuth
        return Identity(credentials.authcid, self, None, frozenset())


class Postbox:
    """The mailbox of one account. Everything happens on the loop that serves it."""

    def __init__(self, user: str, password: str) -> None:
        self._user = user
        self._config = _Config(user)
        self._login = _Login(self._config, user, password)
        self._server = IMAPServer(self._login, self._config)
        self._letters: list[tuple[bytes, dt.datetime]] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self._bye = False
        self._network: Network | None = None

    async def deliver(self, content: bytes, at: int) -> None:
        """One more letter, which arrived at an instant (ms UTC)."""
        letter = (content, to_datetime(at))
        self._letters.append(letter)
        await self._append(await self._inbox(), letter)

    async def expunge(self, count: int = TAKEN_OUT) -> None:
        """Take the oldest letters out."""
        inbox = await self._inbox()
        uids = [message.uid async for message in inbox.messages()][:count]
        await inbox.delete(uids)
        del self._letters[:count]

    async def renumber(self) -> None:
        """Give the mailbox another UIDVALIDITY, and every letter another number. Open connections are dropped."""
        self._config.set_cache.pop(self._user, None)
        inbox = await self._inbox()
        for letter in self._letters:
            await self._append(inbox, letter)
        await self.hang_up()

    async def flags(self) -> list[frozenset[bytes]]:
        """The flags of every letter, the oldest first."""
        return [
            frozenset(flag.value for flag in message.permanent_flags)
            async for message in (await self._inbox()).messages()
        ]

    def refuse(self, count: int = REFUSALS) -> None:
        """Refuse the next so many log-ins."""
        self._login.refusals = count

    async def hang_up(self, *, greet_badly: bool = False) -> None:
        """Say BYE on every connection and close it; with `greet_badly` on the next one too."""
        self._bye = greet_badly
        for writer in list(self._writers):
            with suppress(OSError, RuntimeError):
                writer.write(_GONE)
                writer.close()

    async def _inbox(self) -> MailboxData:
        found = self._config.set_cache.get(self._user)
        if found is None:
            found = self._config.set_cache[self._user] = (MailboxSet(), FilterSet())
        return await found[0].get_mailbox("INBOX")

    async def _append(self, inbox: MailboxData, letter: tuple[bytes, dt.datetime]) -> None:
        await inbox.append(AppendMessage(*letter))

    async def serve(self, sock: socket, network: Network | None = None) -> None:
        """Serve on a listening socket until cancelled; `network` drops whoever is connected while it is cut."""
        self._network = network
        self._config.apply_context()
        server = await asyncio.start_server(self._connected, sock=sock)
        try:
            async with server:
                await server.serve_forever()
        finally:
            await self.hang_up()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._bye:
            self._bye = False
            writer.write(_GONE)
            writer.close()
            return
        if self._network is not None and not self._network.enter(writer.transport):
            return
        self._writers.add(writer)
        try:
            await self._server(reader, writer, SocketInfoLocal(writer))
        except OSError:
            pass  # the cable was cut
        finally:
            self._writers.discard(writer)
            if self._network is not None:
                self._network.leave(writer.transport)


class MailServer:
    """A channel's server: a postbox that fills as letters are due.

    `due` gives the letters that have come up to an instant (ms UTC) and were not given before: content and instant.
    """

    scheme: str = "imap"

    def __init__(self, box: Postbox, due: Callable[[], Sequence[tuple[bytes, int]]]) -> None:
        self._box = box
        self._due = due
        self._orders: list[str] = []

    def spoil(self, fault: str) -> None:
        """Let something happen to the mailbox within a second. Raises ConfigProblem(`unknown_fault`)."""
        if fault not in FAULTS:
            raise ConfigProblem(name="fault", reason="unknown_fault", value=fault[:60])
        self._orders.append(fault)

    async def serve(self, sock: socket, network: Network | None = None) -> None:
        """Serve until cancelled."""
        await self.step()
        async with _running(self._box.serve(sock, network)) as serving:
            while not serving.done():
                await asyncio.sleep(BREATH_S)
                await self.step()
            serving.result()

    async def step(self) -> None:
        """Put in what is due, and let happen what is on order."""
        for number, (content, at) in enumerate(self._due()):
            await self._box.deliver(content, at)
            if number % 50 == 49:
                await asyncio.sleep(0)
        while self._orders:
            await self._happen(self._orders.pop(0))

    async def _happen(self, fault: str) -> None:
        if fault == EXPUNGE:
            await self._box.expunge()
        elif fault == UIDVALIDITY:
            await self._box.renumber()
        elif fault == BYE:
            await self._box.hang_up(greet_badly=True)
        else:
            self._box.refuse()


@asynccontextmanager
async def _running(work: Awaitable[Any]) -> AsyncIterator[asyncio.Future[Any]]:
    task = asyncio.ensure_future(work)
    async with AsyncExitStack() as stack:
        stack.callback(task.cancel)
        yield task
    with suppress(asyncio.CancelledError):
        await task
