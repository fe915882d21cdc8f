"""The training city as the desk's own child: it builds while a bar shows how far, and dies with the desk."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from PySide6.QtCore import QObject, Signal

from smartcity_desk import paths
from smartcity_desk.ui.lineprocess import LineProcess

_log = logging.getLogger(__name__)

OPERATOR: Final = "sari"
"""The account that the desk uses in the training city; its list of users says the password."""


@dataclass(frozen=True, slots=True)
class City:
    """A running city: where its servers are, and who may log in.

    `secrets` and `options` are what each channel's settings need beside its address, `asked` the channels that a desk
    asks from the start, `layers` how each layer is reached, `pictures` where the pictures of a host are served today.
    """

    central: str
    control: str
    channels: dict[str, str]
    user: str
    password: str = field(repr=False)
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()
    layers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    pictures: Mapping[str, str] = field(default_factory=dict)
    name: str = ""

    @classmethod
    def from_line(cls, line: dict[str, Any]) -> City:
        """Read the city's own ready line. Raises KeyError or ValueError for anything else."""
        users = [user for user in line["users"] if user["user"] == OPERATOR] or list(line["users"])
        return cls(
            central=str(line["central"]),
            control=str(line["control"]),
            channels={str(name): str(url) for name, url in line["channels"].items()},
            user=str(users[0]["user"]),
            password=str(users[0]["password"]),
            secrets=_tables(line["secrets"]),
            options=_tables(line["options"]),
            asked=frozenset(str(name) for name in line["asked"]),
            layers=_tables(line["layers"]),
            pictures={str(host): str(origin) for host, origin in line["pictures"].items()},
            name=str(line.get("city") or ""),
        )


def _tables(said: Mapping[str, Mapping[str, object]]) -> dict[str, dict[str, str]]:
    return {name: {key: str(value) for key, value in table.items()} for name, table in said.items()}


class TrainingCity(QObject):
    """Starts the city and keeps it. `progress` brings (share 0-1, stage, seconds left or None)."""

    progress = Signal(float, str, object)

    def __init__(
        self,
        where: paths.Paths,
        *,
        arguments: tuple[str, ...] = (),
        command: list[str] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._command = command or paths.command_line(
            "--data-dir", str(where.data_dir), "--profile", where.profile, "training", *arguments
        )
        self._monotonic = monotonic
        self._child: LineProcess | None = None
        self._began = 0.0
        self.city: City | None = None

    async def start(self) -> City:
        """Build the city and wait until it is ready. Raises RuntimeError with the child's last words if it fails."""
        ready: asyncio.Future[City] = asyncio.get_event_loop().create_future()
        child = LineProcess(self._command, parent=self)
        self._child = child
        self._began = self._monotonic()

        def heard(line: dict[str, Any]) -> None:
            if line.get("ready") is True and not ready.done():
                try:
                    ready.set_result(City.from_line(line))
                except (KeyError, ValueError, TypeError, IndexError) as problem:
                    ready.set_exception(RuntimeError(f"training: ready line cannot be read: {problem!r}"))
            elif isinstance(line.get("progress"), int | float):
                self._tell(float(line["progress"]), str(line.get("stage", "")))

        def ended(code: int | None) -> None:
            if not ready.done():
                ready.set_exception(RuntimeError(f"training ended with {code}: {child.last_words[-400:]}"))
            else:
                _log.error("training city ended with %s: %s", code, child.last_words[-400:])

        child.line.connect(heard)
        child.ended.connect(ended)
        child.start()
        try:
            self.city = await ready
        except asyncio.CancelledError:
            await self.stop()
            raise
        return self.city

    def _tell(self, share: float, stage: str) -> None:
        passed = self._monotonic() - self._began
        left = passed / share - passed if share > 0.05 else None
        self.progress.emit(share, stage, left)

    async def stop(self) -> None:
        """End the city; harmless when there is none."""
        if self._child is not None:
            child, self._child = self._child, None
            child.ended.disconnect()
            await child.stop()
            # What hears the child holds the city: were it the child's parent still, letting go of the one in the middle
            # of the other's end would delete the child twice.
            child.setParent(None)
            child.deleteLater()

    def control(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask the city's control door; blocks, so call it in a thread. Raises OSError when the city is gone."""
        import urllib.request

        if self.city is None:
            raise OSError("no city runs")
        request = urllib.request.Request(  # noqa: S310 - our own child on loopback
            self.city.control + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            content = answer.read()
        return dict(json.loads(content)) if content else {}
