"""Everything a screen may use, in one place and by name. Built once by `app.py`; tests build their own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smartcity_desk.config import Settings
from smartcity_desk.domain.actor import Actor
from smartcity_desk.domain.office import Directory
from smartcity_desk.paths import TRAINING_PROFILE, Paths
from smartcity_desk.secrets import SecretStore
from smartcity_desk.ui.bridge import Bridge
from smartcity_desk.ui.executors import Lane
from smartcity_desk.ui.loop import TaskSet
from smartcity_desk.ui.notify import Notify
from smartcity_desk.ui.theme import Theme

if TYPE_CHECKING:
    from pathlib import Path

    from smartcity_desk.place.library import PlaceLibrary
    from smartcity_desk.store import Store
    from smartcity_desk.sync.channel import TestResult
    from smartcity_desk.sync.darkroom import Darkroom
    from smartcity_desk.sync.reread import Reread
    from smartcity_desk.ui.commands import CommandRegistry
    from smartcity_desk.ui.session import Session
    from smartcity_desk.ui.syncprocess import SyncProcess


def wall_clock() -> int:
    """Now, in ms UTC."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Desk:
    """The services of one running desk.

    `places` is opened with the first need: ask `ui.places.places_of`; so is `darkroom`: ask `ui.darkroom.room_of`.
    `store` is called on `readers` (reading) and `writer` (acting) only, never on the interface thread; what needs it
    for long is for `papers`, where dossiers and lists are made and printed. `errands` is for the keyring, files and
    calls to a server: a draft is saved there, and must not stand behind a paper. `actor` is who works here, or None
    before anybody ever logged in.
    `sync` is None until the sync child is to run (and in tests of screens). `tester` tries a channel and `reread` maps
    quarantined items (by id, or all of a channel) once more; both block. So does `dossier`, which makes the file of an
    office (by code) and calls its second argument with how far it is (0 to 1): once that answers False it stops and
    returns None.
    """

    paths: Paths
    store: Store
    readers: Lane
    writer: Lane
    errands: Lane
    papers: Lane
    settings: Settings
    secrets: SecretStore
    bridge: Bridge
    notify: Notify
    tasks: TaskSet
    commands: CommandRegistry
    theme: Theme
    directory: Directory
    actor: Actor | None = None
    actor_name: str = ""
    sync: SyncProcess | None = None
    session: Session | None = None
    places: PlaceLibrary | None = None
    darkroom: Darkroom | None = None
    tester: Callable[[str], TestResult] | None = None
    reread: Callable[[str, Sequence[int] | None], Reread] | None = None
    dossier: Callable[[str, Callable[[float], bool]], Path | None] | None = None
    clock: Callable[[], int] = field(default=wall_clock)
    randomness: Callable[[int], bytes] = field(default=os.urandom)

    @property
    def training(self) -> bool:
        """Whether this is the training city, where the network may be cut for practice."""
        return self.paths.profile == TRAINING_PROFILE

    def nudge_sync(self) -> None:
        """Ask the sync child to send what waits now; the outbox keeps it when there is no child."""
        if self.sync is not None:
            self.sync.send({"cmd": "push"})
