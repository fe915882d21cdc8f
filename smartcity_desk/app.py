"""The desk's composition root: from arguments to a window, and out again.

Order: arguments, paths, log, settings, QApplication, translator, single instance, the file (made or migrated), window
from local data, log-in, sync child. One loop for the whole life of the process; a change of profile is another sitting
on the same loop.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from smartcity_desk import config, i18n, log
from smartcity_desk.domain.errors import ConfigProblem, DeskError, StoreProblem
from smartcity_desk.locks import InstanceLock
from smartcity_desk.paths import DEFAULT_PROFILE, TRAINING_PROFILE, Paths

if TYPE_CHECKING:
    from pathlib import Path

    from smartcity_desk.domain.policy import Policy
    from smartcity_desk.store import RecoveryReport, Store
    from smartcity_desk.sync.channel import TestResult
    from smartcity_desk.sync.reread import Reread
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.sitting import Leave, Sitting
    from smartcity_desk.ui.training import City, TrainingCity

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Start:
    """What the command line asked for. `training_arguments` go to the training city as they are.

    `dossier` is the short code of a dossier to open.
    `dialogs` False (tests) tells trouble at the start by raising only. `started` gets each sitting once it is built.
    """

    data_dir: str | None = None
    profile: str = DEFAULT_PROFILE
    training: bool = False
    language: str | None = None
    dossier: str | None = None
    training_arguments: tuple[str, ...] = ()
    dialogs: bool = True
    started: Callable[[Sitting], None] | None = None


def run(start: Start) -> int:
    """Run the desk until its operator leaves; return the exit code. Raises DeskError when it cannot be opened.

    Call once in a process, on the main thread.
    """
    check_display()
    gc.disable()  # until the first paint: a start makes much that lasts and little that is dropped
    threading.Thread(target=_load_store, name="load-store", daemon=True).start()
    from PySide6.QtCore import QCoreApplication, Qt
    from PySide6.QtWidgets import QApplication

    from smartcity_desk.ui import loop

    # The map's engine loads with its first opening, but wants to be announced before there is an application.
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication([sys.argv[0]])
    app.setApplicationName("smartcity-desk")
    app.setDesktopFileName("smartcity-desk")
    try:
        return loop.run(app, main(start))
    finally:
        gc.enable()


def check_display() -> None:
    """Refuse to start where Qt would abort the whole process: on Linux without a display. Raises ConfigProblem."""
    if sys.platform.startswith("linux") and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        raise ConfigProblem(name="display", reason="no_display")


def _load_store() -> None:
    """Load the database code beside Qt's: both wait for the disk more than they compute."""
    import smartcity_desk.store.recovery  # noqa: F401


async def main(start: Start) -> int:
    """Sitting after sitting until the operator leaves for good. Raises DeskError when the first cannot be opened."""
    profile = TRAINING_PROFILE if start.training else start.profile
    before: str | None = None
    while True:
        try:
            leave = await _one_profile(start, profile)
        except DeskError as problem:
            if start.dialogs:
                await _tell(problem)
            raise
        if leave is None and before is not None:
            profile, before = before, None  # the city was called off: back to where it was asked for
            continue
        if leave is None or leave.profile is None:
            return 0
        profile, before = leave.profile, profile


async def _one_profile(start: Start, profile: str) -> Leave | None:
    """One profile from lock to lock. None when the training city was called off."""
    from smartcity_desk.ui import restyle, theme
    from smartcity_desk.ui.qt_texts import install

    paths = Paths.of(start.data_dir, profile).prepare()
    settings = config.Settings.load(paths.settings)
    i18n.set_language(start.language or settings.get(config.LANGUAGE))
    theme.apply(restyle.theme_of(settings))
    install()
    lock = InstanceLock(paths.lock)
    try:
        lock.acquire()
    except StoreProblem as problem:
        from smartcity_desk.ui.instance import wake_first

        heard = problem.kind == "second_instance" and wake_first(paths, start.dossier)
        if heard and start.dossier is not None:
            from smartcity_desk.ui.sitting import Leave

            return Leave()  # the desk that is open shows it: whoever followed a link wants no more
        raise
    try:
        log.configure(paths.logs)  # behind the lock: two processes must not turn one log file over
        city: TrainingCity | None = None
        if profile == TRAINING_PROFILE:
            city = await _build_city(start, paths, settings)
            if city is None:
                return None
        return await _sit(start, paths, settings, city)
    except DeskError as problem:
        _log.error("profile %s cannot be opened: %s", profile, problem)
        raise
    finally:
        lock.release()
        log.close()


async def _sit(start: Start, paths: Paths, settings: config.Settings, city: TrainingCity | None) -> Leave:
    from smartcity_desk.ui.doors import CentralDoor
    from smartcity_desk.ui.session import Session
    from smartcity_desk.ui.sitting import Sitting

    try:
        desk, recovered = await build_desk(paths, settings)
    except BaseException:
        if city is not None:
            await city.stop()
        raise
    if city is not None and city.city is not None:
        await desk.errands.run(configure_city, city.city, desk)
    session = Session(desk, CentralDoor(desk.secrets, desk.clock))
    sitting = Sitting(desk, session, city=city, dossier=start.dossier)
    restore_signals = _leave_on_signals(sitting)
    if start.started is not None:
        start.started(sitting)
    if recovered is not None:
        _tell_recovery(desk, recovered)
    try:
        return await sitting.run()
    finally:
        restore_signals()
        await sitting.close()


async def build_desk(paths: Paths, settings: config.Settings) -> tuple[Desk, RecoveryReport | None]:
    """The services of one profile, with its file open. Raises DeskError."""
    from functools import partial

    from smartcity_desk.directory import builtin_directory, load_policy
    from smartcity_desk.secrets import SecretStore
    from smartcity_desk.ui import restyle
    from smartcity_desk.ui.bridge import Bridge
    from smartcity_desk.ui.commands import CommandRegistry
    from smartcity_desk.ui.executors import Lane
    from smartcity_desk.ui.loop import TaskSet
    from smartcity_desk.ui.notify import Notify
    from smartcity_desk.ui.services import Desk, wall_clock
    from smartcity_desk.ui.session import last_actor

    readers, writer, errands, papers = (
        Lane("reader", 2),
        Lane("writer", 1),
        Lane("errand", 2),
        Lane("paper", 2),
    )
    try:
        policy = await errands.run(load_policy)
        store, recovered = await writer.run(_open_store, paths, wall_clock(), policy)
        directory = await readers.run(store.directory)
        if not directory.offices:
            # A desk that has met no server yet knows the offices that ship with it.
            directory = await errands.run(builtin_directory, wall_clock())
            await writer.run(store.set_directory, directory, None, wall_clock())
        secrets = SecretStore.open(paths)
    except BaseException:
        for lane in (readers, writer, errands, papers):
            await lane.close()
        raise
    keymap: dict[str, config.Json] = settings.get(config.KEYMAP)
    actor, name = last_actor(settings)
    desk = Desk(
        paths=paths,
        store=store,
        readers=readers,
        writer=writer,
        errands=errands,
        papers=papers,
        settings=settings,
        secrets=secrets,
        bridge=Bridge(),
        notify=Notify(),
        tasks=TaskSet(),
        commands=CommandRegistry(keymap=keymap),
        theme=restyle.theme_of(settings),
        directory=directory,
        actor=actor,
        actor_name=name,
    )
    desk.tester = partial(_try_channel, desk)
    desk.reread = partial(_reread, desk)
    desk.dossier = partial(_dossier, desk)
    return desk, recovered


def _open_store(paths: Paths, now: int, policy: Policy) -> tuple[Store, RecoveryReport | None]:
    from smartcity_desk.store.recovery import open_or_recover

    return open_or_recover(paths.database, now=now, policy=policy)


def _try_channel(desk: Desk, name: str) -> TestResult:
    from smartcity_desk.ui.doors import try_channel

    return try_channel(name, desk.settings, desk.secrets, desk.clock)


def _reread(desk: Desk, channel: str, ids: Sequence[int] | None) -> Reread:
    from smartcity_desk.domain.privacy import pseudonym
    from smartcity_desk.sync.registry import pseudonym_key
    from smartcity_desk.sync.reread import reread

    key = pseudonym_key(desk.secrets)
    return reread(
        desk.store,
        channel,
        ids,
        pseudonym=lambda source: pseudonym(key, channel, source) if source else None,
        now=desk.clock(),
    )


def _dossier(desk: Desk, office: str, told: Callable[[float], bool]) -> Path | None:
    from smartcity_desk.ui.dossiers import of_office

    return of_office(desk, office, told)


async def _build_city(start: Start, paths: Paths, settings: config.Settings) -> TrainingCity | None:
    """Build or open the training city; None when it was called off. Raises ConfigProblem when it fails."""
    from smartcity_desk.ui import restyle
    from smartcity_desk.ui.training import TrainingCity
    from smartcity_desk.ui.training_window import TrainingWindow

    city = TrainingCity(paths, arguments=start.training_arguments)
    window = TrainingWindow(restyle.theme_of(settings))
    building = asyncio.ensure_future(city.start())
    city.progress.connect(window.show_progress)
    window.cancelled.connect(building.cancel)
    window.show()
    try:
        ready = await building
        forget_other_city(ready, paths, settings)
    except asyncio.CancelledError:
        return None
    except RuntimeError as problem:
        _log.error("%s", problem)
        raise ConfigProblem(name="training", reason="city_failed") from problem
    finally:
        window.cancelled.disconnect()
        window.close()
        window.deleteLater()
    return city


def forget_other_city(city: City, paths: Paths, settings: config.Settings) -> None:
    """Drop the training profile's file when it is of another city: its reports would be strangers here."""
    if settings.get(config.TRAINING_CITY) == city.name:
        return
    for leftover in paths.profile_dir.glob(f"{paths.database.name}*"):
        leftover.unlink()
    settings.set(config.TRAINING_CITY, city.name)


def configure_city(city: City, desk: Desk) -> None:
    """Point the training profile at the city's servers. Blocks; touches the training profile only.

    What somebody has switched off there stays off: only a city that this profile never saw turns things on.
    """
    from smartcity_desk.place.layers import plans
    from smartcity_desk.secrets import channel_secret
    from smartcity_desk.sync import registry

    settings = desk.settings
    settings.set(config.CENTRAL_URL, city.central)
    pictures: dict[str, config.Json] = {**city.pictures}
    settings.set(config.TRAINING_PICTURES, pictures)
    for name, url in city.channels.items():
        if name not in registry.CHANNELS:
            continue
        for field, secret in city.secrets.get(name, {}).items():
            desk.secrets.set(channel_secret(name, field), secret)
        before = settings.channels().get(name)
        registry.place_url(name, url, settings, desk.secrets)
        now = settings.channel(name)
        wanted = name in city.asked if before is None else before.enabled
        said = {**city.options.get(name, {}), **now.options} if wanted else now.options
        settings.set_channel(name, replace(now, enabled=wanted, options=said))
    known = settings.get(config.LAYERS)
    for name, how in city.layers.items():
        plans.change(settings, name, **how, **({} if name in known else {"enabled": True}))
    settings.save()


def _tell_recovery(desk: Desk, recovered: RecoveryReport) -> None:
    from smartcity_desk.i18n import tr
    from smartcity_desk.ui.notify import Level

    asyncio.get_event_loop().call_later(
        0.5,
        lambda: desk.notify.say(
            tr("shell.recovered", n=recovered.saved), Level.WARNING, seconds=None, replaces="recovered"
        ),
    )


def _leave_on_signals(sitting: Sitting) -> Callable[[], None]:
    """Leave in order on Ctrl+C and on a polite kill. Python hears a signal when it next runs: the window ticks."""
    loop = asyncio.get_event_loop()
    before = {}

    def heard(*_: object) -> None:
        loop.call_soon_threadsafe(sitting.leave)

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, heard)

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    return restore


async def _tell(problem: DeskError) -> None:
    """Show why the desk cannot be opened, in a window of its own: whoever clicked an icon sees no terminal."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QMessageBox

    from smartcity_desk.i18n import tr
    from smartcity_desk.ui import errors_text
    from smartcity_desk.ui.loop import shown

    words = errors_text.of_error(problem)
    box = QMessageBox()
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(tr("shell.failed_to_open"))
    box.setText(words.what)
    box.setInformativeText(words.rest)
    await shown(box)
