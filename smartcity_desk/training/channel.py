"""What a channel of the training city is: how its citizens' reports look to a desk, and the server that tells of them.

One module under `servers/` for each channel, with a `CHANNEL` of this type in it. The module is all that the city knows
of the channel; `record`, `arrivals` and `faults` know none by name.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from socket import socket
from typing import Any, Protocol, TypeAlias, runtime_checkable

from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.report import Report
from smartcity_desk.training.network import Network
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers.common import Clock

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Asgi: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Stage:
    """What a server gets of its city. `secrets` are this channel's, drawn once per city, by the name of the option."""

    directory: Directory
    seed: int
    clock: Clock
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


class TrainingServer(Protocol):
    """A channel's server that speaks HTTP. It reads `source` (oldest first), which may grow while it runs."""

    @property
    def path(self) -> str:
        """What follows the origin in the address that a desk is given; "" for most."""

    def app(self) -> Asgi:
        """The application."""


@runtime_checkable
class SocketServer(Protocol):
    """A channel's server that speaks a protocol of its own on a socket. `scheme` begins the address: `imap`."""

    scheme: str

    async def serve(self, sock: socket, network: Network | None = None) -> None:
        """Serve until cancelled, behind the city's cable."""

    def spoil(self, fault: str) -> None:
        """Make the next answer a fault. Raises ConfigProblem(`unknown_fault`)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal as this service writes it."""

    media_type: bytes
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Spoils(Protocol):
    """How this channel's answers (parsed JSON) are spoiled on order."""

    def refusal(self, status: int, /) -> Refusal:
        """The refusal with this status (401, 403, 429, 500, 503)."""

    def error_inside(self) -> bytes:
        """An answer with status 200 that is an error."""

    def items(self, data: Any) -> list[Any]:
        """The list of items inside an answer."""

    def put(self, data: Any, items: list[Any]) -> Any:
        """The answer with other items."""

    def spoil(self, fault: str, item: Any, /) -> Any:
        """One item with a fault in it: `skew` (its time is 90 s ahead), `wrong_type`, `unknown_enum`, `swapped`
        (latitude and longitude), `zero` (0,0)."""


@dataclass(frozen=True, slots=True)
class TrainingChannel:
    """A channel of the city; how much and in what voice people speak there stands in `voices`.

    `external_id` makes the id of the n-th report of the city at an instant (ms UTC); ids grow with both. `published` is
    the report as a desk's mapping reads it (a test compares), without what never reaches a central server (raw items,
    unmasked texts). `options` are what a desk's settings for it need beside the address. `faults` are further faults
    that only this channel has. `on` says whether a training desk asks it from the start. `heard_by` is the
    channel whose reports this one tells again, for one that has no citizens of its own.
    """

    name: str
    external_id: Callable[[int, int], str]
    published: Callable[[Citizen, Directory], Report]
    server: Callable[[Sequence[Citizen], Stage], TrainingServer | SocketServer]
    spoils: Spoils | None = None
    secrets: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    on: bool = True
    heard_by: str = ""
