"""The running city: one process, one loop, a server per channel on free loopback ports, and people who live in it.

Standard output carries one JSON object a line: progress while the city is made, then one line that says where
everything is. The process ends on SIGTERM, SIGINT, or when its standard input closes, as it does when a desk goes.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import signal
import stat
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

from smartcity_desk.central import admin
from smartcity_desk.central.app import create_app
from smartcity_desk.central.outgoing import targets
from smartcity_desk.central.outgoing.targets import Mode, Target
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.locks import InstanceLock
from smartcity_desk.training.channel import SocketServer, Stage, TrainingChannel
from smartcity_desk.training.channels import CHANNELS
from smartcity_desk.training.city import DEFAULT_SEED, STAFF, City
from smartcity_desk.training.faults import CENTRAL, spoiled
from smartcity_desk.training.history import DAYS
from smartcity_desk.training.network import Network, Server, listener, serve
from smartcity_desk.training.officials import Accounts, Life, Pace
from smartcity_desk.training.published import PICTURE_HOST
from smartcity_desk.training.servers import lapor
from smartcity_desk.training.servers.control import Control
from smartcity_desk.training.servers.layers import FAULTS as LAYER_FAULTS
from smartcity_desk.training.servers.layers import LayersServer
from smartcity_desk.training.servers.layers import urls as layer_urls
from smartcity_desk.training.servers.photos import FAULTS as PHOTO_FAULTS
from smartcity_desk.training.servers.photos import PhotoServer

BREATH_S: Final = 1.0
PHOTOS: Final = "photos"
"""What the server of pictures is called when faults are ordered."""
PORT_FILE: Final = "running.json"


def city_folder(profile_dir: Path) -> Path:
    """Where the city of a profile lies."""
    return profile_dir / "city"


def now_ms() -> int:
    """The machine's time in ms UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Options:
    """How a city is started. `folder` holds it and the file that tells where it is; `port_file` is a copy of that."""

    folder: Path
    seed: int = DEFAULT_SEED
    scale: float = 1.0
    speed: float = 1.0
    days: int = DAYS
    port_file: Path | None = None

    @property
    def running(self) -> Path:
        """The file to read: where the running city is."""
        return self.port_file or self.folder / PORT_FILE

    @property
    def announced(self) -> frozenset[Path]:
        """The files to write: the switch on this profile finds a city wherever else it announced itself."""
        return frozenset({self.folder / PORT_FILE, self.running})


class RunningCity:
    """A city whose servers listen. Make it with `started`, end it with `close`."""

    def __init__(self, city: City, life: Life, accounts: Accounts) -> None:
        self.city: Final = city
        self.life: Final = life
        self.stopped: Final = asyncio.Event()
        self.ready: dict[str, Any] = {}
        self._accounts = accounts
        self._servers: list[Server] = []
        self._tasks: list[asyncio.Task[Any]] = []

    @classmethod
    async def started(cls, city: City, speed: float = 1.0) -> RunningCity:
        """Start every server of a city and let it live."""
        app = create_app(city.settings)
        accounts = Accounts(city, app)
        life = Life(city, accounts, Pace(city.clock(), speed))
        running = cls(city, life, accounts)
        try:
            await running._listen(app)
        except BaseException:
            await running.close()
            raise
        running._tasks.append(asyncio.create_task(running._live(), name="training-life"))
        return running

    async def _listen(self, app: Any) -> None:
        city, facts = self.city, self.city.facts
        urls = {name: await self._open(channel) for name, channel in CHANNELS.items()}
        await asyncio.to_thread(_answer_citizens, city, urls)
        central = await self._start(spoiled(app, CENTRAL, city.faults), city.network, lifespan=True)
        layers = LayersServer(city.directory, facts.seed, city.clock)
        for name in layer_urls(""):
            city.faults.hand_to(name, partial(layers.spoil, name), LAYER_FAULTS[name])
        layers_at = await self._start(layers.app(), city.network)
        photos = PhotoServer(city.arrivals, facts.seed)
        city.faults.hand_to(PHOTOS, photos.spoil, tuple(PHOTO_FAULTS))
        photos_at = await self._start(photos.app(), city.network)
        control = await self._start(Control(city, self.life, self.stopped.set).app(), None)
        kelurahan = next(
            tenure.official
            for tenure in city.directory.tenures
            if tenure.valid_to is None
            and city.directory.offices[tenure.office].level is OfficeLevel.KELURAHAN
        )
        users = [
            {"user": user, "password": facts.passwords[user], "role": role.value} for user, role, _ in STAFF
        ]
        users.append({"user": kelurahan, "password": facts.official_password, "role": "official"})
        self.ready = {
            "ready": True,
            "central": central,
            "control": control,
            "channels": urls,
            "users": users,
            "official_password": facts.official_password,
            "secrets": facts.secrets,
            "options": {name: dict(channel.options) for name, channel in CHANNELS.items()},
            "asked": [name for name, channel in CHANNELS.items() if channel.on],
            "layers": layer_urls(layers_at),
            "pictures": {PICTURE_HOST: photos_at},
            "city": facts.city,
            "made_at": facts.made_at,
            "seed": facts.seed,
            "pid": os.getpid(),
        }

    async def _open(self, channel: TrainingChannel) -> str:
        """Start a channel's server; returns the address that a desk is given."""
        city, name = self.city, channel.name
        stage = Stage(city.directory, city.facts.seed, city.clock, city.facts.secrets.get(name, {}))
        server = channel.server(city.sources[channel.heard_by or name], stage)
        if isinstance(server, SocketServer):
            sock = listener()
            city.faults.hand_to(name, server.spoil, channel.faults)
            self._tasks.append(asyncio.create_task(server.serve(sock, city.network), name=f"training-{name}"))
            return f"{server.scheme}://127.0.0.1:{sock.getsockname()[1]}"
        return (
            await self._start(spoiled(server.app(), name, city.faults, channel.spoils), city.network)
            + server.path
        )

    async def _start(self, app: Any, network: Network | None, *, lifespan: bool = False) -> str:
        sock = listener()
        server = serve(app, network, lifespan=lifespan)
        self._servers.append(server)
        task = asyncio.create_task(server.serve(sockets=[sock]), name=f"training-{len(self._servers)}")
        self._tasks.append(task)
        while not server.started:
            if task.done():
                task.result()
                raise RuntimeError("a server of the city ended before it began")
            await asyncio.sleep(0.005)
        return f"http://127.0.0.1:{sock.getsockname()[1]}"

    async def _live(self) -> None:
        while True:
            await self.life.step()
            await asyncio.sleep(BREATH_S)

    async def close(self) -> None:
        """Stop living, then listening. Streams are dropped."""
        socket_servers = {f"training-{name}" for name in CHANNELS}
        for task in self._tasks:
            if task.get_name() == "training-life" or task.get_name() in socket_servers:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        await self._accounts.close()
        self.city.network.cut()
        for server in self._servers:
            server.should_exit = True
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _answer_citizens(city: City, urls: Mapping[str, str]) -> None:
    """Let the central server hand answers on to the channels that take them, wherever they listen today."""
    with admin.opened(city.settings) as database:
        for name, jurisdiction in (("open311", ""), ("lapor", lapor.JURISDICTION)):
            wanted = Target(name, urls[name], Mode.ON, jurisdiction=jurisdiction, answers=name)
            database.write_now(partial(targets.put, wanted=wanted))
            targets.keep_key(city.settings.keys, name, city.facts.secrets[name]["api_key"])


def run(options: Options, out: IO[str] | None = None) -> int:
    """Make or open the city and run it to its end. Returns an exit code.

    Raises StoreProblem: `second_instance` when this folder's city runs already, `read_only`, `disk_full`.
    """
    say = _sayer(out or sys.stdout)
    options.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with InstanceLock(options.folder.with_name(f"{options.folder.name}.lock")):
        # Hundreds of thousands of small objects are made and kept: to look for loops among them is lost time.
        gc.disable()
        try:
            city = City.open(
                options.folder,
                seed=options.seed,
                scale=options.scale,
                days=options.days,
                clock=now_ms,
                progress=lambda stage, share: say({"progress": round(share, 3), "stage": stage}),
            )
        finally:
            gc.enable()
        gc.collect()
        gc.freeze()
        say({"progress": 0.97, "stage": "servers"})
        return asyncio.run(_run(options, city, say))


async def _run(options: Options, city: City, say: Callable[[dict[str, Any]], None]) -> int:
    running = await RunningCity.started(city, options.speed)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(
            NotImplementedError
        ):  # Windows has no handlers on loops; closed input ends it there
            loop.add_signal_handler(name, running.stopped.set)
    _watch_input(loop, running.stopped)
    try:
        for path in options.announced:
            _write(path, running.ready)
        say({"progress": 1.0, "stage": "ready"})
        say(running.ready)
        await running.stopped.wait()
    finally:
        for path in options.announced:
            path.unlink(missing_ok=True)
        await running.close()
    return 0


def _sayer(out: IO[str]) -> Callable[[dict[str, Any]], None]:
    def say(line: dict[str, Any]) -> None:
        with contextlib.suppress(
            BrokenPipeError, ValueError
        ):  # whoever listened is gone; closed input ends us
            out.write(json.dumps(line) + "\n")
            out.flush()

    return say


def _watch_input(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    """End when a piped standard input ends: then whoever started the city is gone.

    A terminal or no input at all ends nothing. A thread waits, because not every loop can watch every kind of input.
    """
    import threading

    stream = sys.stdin
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (AttributeError, OSError, ValueError):
        return
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return

    def wait() -> None:
        with contextlib.suppress(OSError, ValueError):
            while stream.buffer.read(4096):
                pass
        with contextlib.suppress(RuntimeError):  # the loop ended first
            loop.call_soon_threadsafe(stopped.set)

    threading.Thread(target=wait, name="training-input", daemon=True).start()


def _write(path: Path, ready: dict[str, Any]) -> None:
    """The port file, for this user's eyes only: it holds the training passwords."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w", encoding="utf-8") as stream:  # noqa: PTH123 - a descriptor, not a path
        json.dump(ready, stream)
    fresh.replace(path)


def read_running(path: Path) -> dict[str, Any] | None:
    """Where the running city is, or None when none runs as far as the file tells."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("ready") is True else None
