"""The engine as the desk's child process: notices go out as JSON lines, commands come in as JSON lines.

Out: `{"kind": ..., ...}` with the kinds and data of `sync.notice`. In:

| line | meaning |
|---|---|
| `{"cmd":"push"}` | there are new actions: ask the central server now |
| `{"cmd":"pull"}`, `{"cmd":"pull","channel":"x"}` | ask everything, or one place, now; also one that stands still |
| `{"cmd":"pull","layer":"menara"}` | ask for one layer now; with `"force":true` also if it has lost most of it |
| `{"cmd":"reread","channel":"x","since":ms}` | read a channel once more from an instant on; its position stays |
| `{"cmd":"secrets","values":{name: value}}` | all secrets of the desk's memory; replaces the last such line |
| `{"cmd":"settings"}` | the settings file has changed |
| `{"cmd":"offline","on":true}` | stay off the line until told otherwise |
| `{"cmd":"stop"}` | end; the end of the input means the same |

Secrets travel by this pipe only, never by arguments or environment.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final, TextIO

from smartcity_desk.config import Settings
from smartcity_desk.domain.policy import Policy
from smartcity_desk.paths import Paths
from smartcity_desk.place.layers.shelf import LayerShelf
from smartcity_desk.place.layers.streets import base_bytes, lines
from smartcity_desk.place.library import PlaceLibrary
from smartcity_desk.secrets import SecretStore, check_name
from smartcity_desk.store import Store
from smartcity_desk.sync import registry
from smartcity_desk.sync.central import PLACE
from smartcity_desk.sync.engine import FOLLOW_ROWS, Engine, take_short_turns
from smartcity_desk.sync.layers.rounds import Layers
from smartcity_desk.sync.media import MediaFetcher
from smartcity_desk.sync.notice import Notice
from smartcity_desk.sync.pictures import Gallery
from smartcity_desk.sync.places import Places
from smartcity_desk.sync.rounds import Outcome
from smartcity_desk.sync.uploads import Uploads
from smartcity_desk.sync.watch import Watch

_log = logging.getLogger(__name__)

LONGEST_LINE: Final = 1_000_000


class Conversation:
    """What the desk says to a running engine. `load_settings` reads the profile's settings again."""

    def __init__(
        self, engine: Engine, secrets: SecretStore, load_settings: Callable[[], Settings], stop: asyncio.Event
    ) -> None:
        self._engine = engine
        self._secrets = secrets
        self._stop = stop
        self._told: set[str] = set()
        self._reading: set[asyncio.Task[Outcome]] = set()
        self._commands: Final[dict[str, Callable[[Mapping[str, Any]], None]]] = {
            "push": lambda _: engine.wake(PLACE),
            "pull": self._pull,
            "reread": self._reread,
            "secrets": self._take_secrets,
            "settings": lambda _: engine.reload(load_settings()),
            "offline": lambda message: engine.set_offline(message.get("on") is True),
            "stop": lambda _: stop.set(),
        }

    def hear(self, line: str) -> None:
        """Obey one line. One that is no command is noted (without its content) and left alone."""
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        command = message.get("cmd") if isinstance(message, dict) else None
        handler = self._commands.get(command) if isinstance(command, str) else None
        if handler is None:
            _log.warning("a line from the desk is no command")
            return
        handler(message)

    def _pull(self, message: Mapping[str, Any]) -> None:
        channel, layer = message.get("channel"), message.get("layer")
        if isinstance(layer, str):
            self._engine.ask_layer(layer, force=message.get("force") is True)
            return
        if isinstance(channel, str) and channel in registry.CHANNELS:
            self._engine.wake(channel)
        elif channel is None:
            self._engine.wake()

    def _reread(self, message: Mapping[str, Any]) -> None:
        channel, since = message.get("channel"), message.get("since")
        if isinstance(channel, str) and channel in registry.CHANNELS and isinstance(since, int):
            task = asyncio.create_task(self._engine.read_again(channel, since), name=f"reread.{channel}")
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)

    def _take_secrets(self, message: Mapping[str, Any]) -> None:
        values = message.get("values")
        known = {
            name: value
            for name, value in (values.items() if isinstance(values, dict) else ())
            if isinstance(value, str) and value and _is_name(name)
        }
        for name in self._told - known.keys():
            self._secrets.delete(name)
        for name, value in known.items():
            self._secrets.set(name, value)
        self._told = set(known)
        self._engine.tokens_changed()
        self._engine.wake()


def _is_name(name: object) -> bool:
    if not isinstance(name, str):
        return False
    try:
        check_name(name)
    except ValueError:
        return False
    return True


async def converse(
    engine: Engine, conversation: Conversation, lines: AsyncIterator[str], stop: asyncio.Event
) -> None:
    """Run the engine and obey `lines` until the desk says stop, or has gone."""
    listening = asyncio.create_task(_listen(conversation, lines, stop))
    try:
        await engine.follow(stop)
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await engine.close()


async def _listen(conversation: Conversation, lines: AsyncIterator[str], stop: asyncio.Event) -> None:
    async for line in lines:
        if line.strip():
            conversation.hear(line)
    stop.set()  # the desk has gone: so do we


async def lines_of(stream: TextIO) -> AsyncIterator[str]:
    """The lines of a stream, read in a thread of their own: pipes differ between systems, threads do not."""
    loop = asyncio.get_running_loop()
    found: asyncio.Queue[str | None] = asyncio.Queue()

    def hand_over(line: str | None) -> None:
        with suppress(RuntimeError):  # the loop ended before the desk did
            loop.call_soon_threadsafe(found.put_nowait, line)

    def read() -> None:
        while line := stream.readline(LONGEST_LINE):
            hand_over(line)
        hand_over(None)

    threading.Thread(target=read, name="sync-input", daemon=True).start()
    while (line := await found.get()) is not None:
        yield line


def write_notice(stream: TextIO, notice: Notice) -> None:
    """One notice as one line. A desk that has gone does not matter here: the end of the input tells it."""
    with suppress(BrokenPipeError, ValueError):
        stream.write(json.dumps({"kind": notice.kind, **notice.data}, ensure_ascii=False) + "\n")
        stream.flush()


@contextmanager
def patient() -> Iterator[threading.Event]:
    """Let a wish to end (Ctrl-C) wait until the loop listens: an exception would break off what is being loaded."""
    wished = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: wished.set())
    try:
        yield wished
    finally:
        signal.signal(signal.SIGINT, before)


def run(paths: Paths, policy: Policy, wished: threading.Event | None = None) -> int:
    """Be the child of a desk that owns the profile's file, unless the end is `wished` for already.

    Returns the exit code. Raises `StoreProblem`.
    """

    def clock() -> int:
        return time.time_ns() // 1_000_000

    take_short_turns()
    secrets = SecretStore.open(paths)
    store = Store.open(paths.database, now=clock(), policy=policy, migrate=False)
    try:
        asyncio.run(_run(paths, store, secrets, clock, wished))
    finally:
        store.close()
    return 0


async def _run(
    paths: Paths,
    store: Store,
    secrets: SecretStore,
    clock: Callable[[], int],
    wished: threading.Event | None,
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # Windows: the end of the input is enough
            loop.add_signal_handler(name, stop.set)
    if wished is not None and wished.is_set():
        stop.set()

    def notify(notice: Notice) -> None:
        write_notice(sys.stdout, notice)

    engine = Engine(
        store,
        Settings.load(paths.settings),
        secrets,
        clock=clock,
        notify=notify,
        chunk_rows=FOLLOW_ROWS,
        gallery=Gallery(store, paths.attachments, clock=clock, notify=notify),
        media=MediaFetcher(store, paths.media, clock=clock, notify=notify),
        uploads=Uploads(paths.attachments),
        with_notices=True,
        with_twins=True,
        places=Places(PlaceLibrary(paths.place, store.directory)),
        layers=Layers(
            LayerShelf(paths.layers),
            store.directory,
            secrets,
            clock=clock,
            notify=notify,
            base=lambda: base_bytes(paths.place),
            streets=lambda: lines(paths.place),
        ),
        watch=Watch(store, clock=clock, notify=notify, randomness=os.urandom),
    )
    conversation = Conversation(engine, secrets, lambda: Settings.load(paths.settings), stop)
    await converse(engine, conversation, lines_of(sys.stdin), stop)
