"""Walk the real application through every screen and keep a picture of each: ``python -m tools.tour``.

No display is needed. A training city is built in a throw-away folder, its servers and the sync child run as they do for
an operator; ``build/tour/`` gets a PNG a station and an ``index.html`` that shows them all. The exit code is 1 when a
station could not be reached.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import json
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap
    from PySide6.QtWidgets import QWidget

    from smartcity_desk.ui.main_window import MainWindow
    from smartcity_desk.ui.sitting import Sitting

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = ROOT / "build" / "tour"
SMALL, LARGE = (1366, 768), (1920, 1080)
LONGEST_WAIT = 90.0


@dataclass(frozen=True, slots=True)
class Look:
    """How the application looks while a round of pictures is taken."""

    theme: str
    language: str
    size: tuple[int, int]
    percent: int = 100

    @property
    def name(self) -> str:
        """Part of each file's name."""
        zoom = "" if self.percent == 100 else f"-{self.percent}"
        return f"{self.theme}-{self.language}-{self.size[0]}x{self.size[1]}{zoom}"


LOOKS = (
    Look("dark", "id", SMALL),
    Look("light", "id", SMALL),
    Look("dark", "en", LARGE),
    Look("light", "id", LARGE),
    Look("contrast", "en", SMALL),
    Look("light", "id", SMALL, 150),
)


@dataclass(slots=True)
class Album:
    """The pictures in the order in which they were taken."""

    folder: Path
    stations: list[tuple[str, str]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def keep(self, station: str, look: str, picture: QPixmap) -> None:
        """Write one picture."""
        name = f"{len(self.stations) + 1:03d}-{station}-{look}.png"
        if not picture.save(str(self.folder / name)):
            raise OSError(f"{name} could not be written")
        self.stations.append((f"{station} · {look}", name))
        print(f"  {name}", flush=True)

    def write_index(self) -> None:
        """Write the page that shows them all."""
        figures = "\n".join(
            f'<figure><a href="{html.escape(name)}"><img loading="lazy" src="{html.escape(name)}"></a>'
            f"<figcaption>{html.escape(title)}</figcaption></figure>"
            for title, name in self.stations
        )
        page = (
            '<!doctype html><meta charset="utf-8"><title>Tour</title><style>body{font:14px sans-serif;'
            "display:grid;grid-template-columns:repeat(auto-fill,minmax(560px,1fr));gap:16px;margin:16px}"
            f"figure{{margin:0}}img{{width:100%;border:1px solid}}</style>{figures}\n"
        )
        (self.folder / "index.html").write_text(page, encoding="utf-8")


class Guide:
    """Drives one sitting from station to station."""

    def __init__(self, sitting: Sitting, album: Album, looks: Sequence[Look]) -> None:
        self.sitting = sitting
        self.desk = sitting.desk
        self.album = album
        self.looks = looks
        self.look = looks[0]

    # ------------------------------------------------------------ moving about

    @property
    def window(self) -> MainWindow:
        """The main window."""
        assert self.sitting.window is not None
        return self.sitting.window

    async def until(self, done: Callable[[], bool], what: str, longest: float = LONGEST_WAIT) -> None:
        """Wait for something to come to pass. Raises TimeoutError that names it."""
        loop = asyncio.get_event_loop()
        end = loop.time() + longest
        while not done():
            if loop.time() > end:
                raise TimeoutError(what)
            await asyncio.sleep(0.03)

    async def calm(self, least: float = 0.25) -> None:
        """Wait until everything that was asked for has come and was painted."""
        await asyncio.sleep(least)
        mine = 1  # the tour itself is a task of the desk, and so is each dialog that is waited for
        with suppress(TimeoutError):
            await self.until(lambda: len(self.desk.tasks) <= mine + self._open_dialogs(), "calm", 10.0)
        await asyncio.sleep(0.1)

    @staticmethod
    def _open_dialogs() -> int:
        from PySide6.QtWidgets import QApplication, QDialog

        return sum(isinstance(top, QDialog) and top.isVisible() for top in QApplication.topLevelWidgets())

    def put_on(self, look: Look) -> None:
        """Dress the application for a round."""
        from smartcity_desk.ui import restyle

        self.look = look
        restyle.set_language(self.desk, look.language)
        restyle.set_theme(self.desk, look.theme)
        restyle.set_percent(self.desk, look.percent)

    def run(self, *commands: str) -> None:
        """Run commands as their keys would. Raises RuntimeError for one that cannot be run."""
        for command in commands:
            if not self.desk.commands.run(command):
                raise RuntimeError(f"command {command} cannot be run here")

    def show_view(self, key: str) -> None:
        """Open a view of the table by its key: the digits move when a view is added."""
        screen: Any = self.window.screens["triage"]
        screen.on_show.open(key)

    def press(self, *keys: str) -> None:
        """Press keys on whatever has the focus."""
        from PySide6.QtGui import QKeySequence
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        for key in keys:
            target = QApplication.focusWidget() or self.window
            pressed = QKeySequence(key)[0]  # type: ignore[index]  # the binding knows it, its stubs do not
            QTest.keyClick(target, pressed.key(), pressed.keyboardModifiers())

    def type(self, text: str) -> None:
        """Type text into whatever has the focus."""
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        QTest.keyClicks(QApplication.focusWidget() or self.window, text)

    # ------------------------------------------------------------ pictures

    async def shoot(self, station: str, widget: QWidget | None = None) -> None:
        """Take the picture of a window with all that lies over it."""
        await self.calm()
        self.album.keep(station, self.look.name, composed(widget or self.window))

    async def station(self, name: str, way: Callable[[], Any]) -> None:
        """Go to a station; one that cannot be reached is told and does not end the tour."""
        try:
            await way()
        except Exception:  # noqa: BLE001 - told at the end, and the tour goes on
            self.album.failed.append(f"{name} ({self.look.name})")
            traceback.print_exc()
        await self.close_dialogs()

    async def focused(self, widget: QWidget) -> None:
        """Wait until keys reach this widget; without a window manager nobody else wakes its window."""
        from PySide6.QtWidgets import QApplication

        widget.window().activateWindow()
        await self.until(lambda: QApplication.focusWidget() is widget, "focus", 10.0)

    async def close_dialogs(self) -> None:
        """Back to the plain window, which has the keys again."""
        from PySide6.QtWidgets import QApplication, QDialog

        for top in QApplication.topLevelWidgets():
            if isinstance(top, QDialog) and top.isVisible():
                top.reject()
        for card in self.window.messages.cards if self.sitting.window is not None else ():
            card.dismiss()
        await asyncio.sleep(0.05)
        if self.sitting.window is not None and self.sitting.window.isVisible():
            self.sitting.window.activateWindow()
            await self.until(self.sitting.window.isActiveWindow, "window", 10.0)


def composed(window: QWidget) -> QPixmap:
    """A window with the dialogs and menus that stand over it: offscreen each of them is a picture of its own."""
    from PySide6.QtCore import QPoint, QRect, Qt
    from PySide6.QtGui import QPainter, QPixmap
    from PySide6.QtWidgets import QApplication

    picture = QPixmap(window.size())
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.drawPixmap(0, 0, window.grab())
    for top in QApplication.topLevelWidgets():
        if top is not window and top.isVisible() and top.parentWidget() is not None:
            offset = top.mapToGlobal(QPoint(0, 0)) - window.mapToGlobal(QPoint(0, 0))
            painter.drawPixmap(offset, top.grab())
            painter.setPen(window.palette().placeholderText().color())  # the frame that a window system draws
            painter.drawRect(QRect(offset, top.size()).adjusted(0, 0, -1, -1))
    painter.end()
    return picture


# ---------------------------------------------------------------- the first sitting: nobody was here yet


async def at_the_door(guide: Guide) -> None:
    """The three doors, the log-in with its troubles, the city in the making; then through the training door."""
    from smartcity_desk import config
    from smartcity_desk.domain.errors import AuthExpired
    from smartcity_desk.ui.login import LoginWindow
    from smartcity_desk.ui.training_window import TrainingWindow

    desk, sitting = guide.desk, guide.sitting
    await guide.until(lambda: sitting.welcome is not None, "welcome")
    welcome = sitting.welcome
    assert welcome is not None
    for look in guide.looks:
        guide.put_on(look)
        welcome.resize(1180, 640)
        await guide.shoot("welcome", welcome)
        desk.settings.set(config.CENTRAL_URL, "https://pusat.example.org")
        login = LoginWindow(desk, welcome)
        login.show()
        await guide.shoot("login", login)
        login.user.setText("budi")
        login.password.setText("salah")
        login.show_problem(AuthExpired())
        await guide.shoot("login-refused", login)
        login.close()
        login.deleteLater()
        desk.settings.set(config.CENTRAL_URL, "")
        city = TrainingWindow(desk.theme)
        city.show()
        city.show_progress(0.4, "history", 12.0)
        await guide.shoot("training-progress", city)
        city.close()
        city.deleteLater()
    guide.put_on(guide.looks[0])
    await desk.errands.run(desk.settings.save)
    welcome.training.button.click()


# ---------------------------------------------------------------- the second: a day's work in the training city


async def in_the_city(guide: Guide) -> None:
    """Every screen in every look, with something on it."""
    await guide.until(lambda: guide.sitting.window is not None, "window")
    await guide.until(lambda: guide.desk.bridge.connection.link.value == "online", "online")
    await guide.until(lambda: guide.desk.store.summary().reports > 200, "reports")
    await asyncio.sleep(2)
    await make_trouble(guide)
    for look in guide.looks:
        guide.put_on(look)
        guide.window.resize(*look.size)
        for name, way in STATIONS:
            await guide.station(name, partial(way, guide))
    await guide.station("offline", lambda: offline(guide))
    guide.window.close()


async def make_trouble(guide: Guide) -> None:
    """A conflict with a colleague and a few unreadable items, so that their screens have something to show."""
    from smartcity_desk.domain.events import CategorySet, EventKind, NoteAdded
    from smartcity_desk.domain.query import BUILTIN_VIEWS
    from smartcity_desk.store import Quarantined, with_base

    desk, now = guide.desk, guide.desk.clock()
    view = next(view.filter for view in BUILTIN_VIEWS if view.key == "open")
    rows = [
        row
        for row in await desk.readers.run(desk.store.page_first, view, now=now, limit=200)
        if row.category and not row.claimed_by
    ]
    target, others = rows[0], rows[1:6]
    mine, theirs = [code for code in sorted(desk.directory.categories) if code != target.category][:2]
    assert desk.sync is not None
    assert desk.actor is not None
    desk.sync.send({"cmd": "offline", "on": True})
    await asyncio.sleep(1)
    detail = await desk.readers.run(desk.store.report, target.pk)
    assert detail is not None
    for kind, payload, ids in (
        (
            EventKind.CATEGORY_SET,
            with_base(EventKind.CATEGORY_SET, CategorySet(mine), detail.state),
            [target.id],
        ),
        (EventKind.NOTE_ADDED, NoteAdded("Warga menelepon lagi pukul 02.40."), [row.id for row in others]),
    ):
        await desk.writer.run(
            desk.store.act, kind, payload, ids, actor=desk.actor, now=desk.clock(), randomness=desk.randomness
        )
    await desk.errands.run(colleague_acts, desk.paths.data_dir, target.id, theirs, target.category)
    desk.sync.send({"cmd": "offline", "on": False})
    items = [
        Quarantined(
            "created_at", json.dumps({"pkey": 7, "text": "<b>Halo</b>", "created_at": "kemarin"}), {}
        ),
        Quarantined("coordinates", '{"pkey": 8, "coordinates": ["x", null]}', {}),
    ]
    await desk.writer.run(
        desk.store.ingest, "petabencana", [], quarantined=items, checkpoint=None, now=desk.clock()
    )
    await guide.until(lambda: bool(desk.store.conflicts()), "conflict")
    desk.bridge.outbox_changed.emit(None)


def colleague_acts(data_dir: Path, report: str, category: str, base: str | None) -> None:
    """Let Budi at another desk set a category at the central server. Blocks."""
    from smartcity_desk.domain.decision import Action
    from smartcity_desk.domain.events import Actor, CategorySet, EventKind, Role
    from smartcity_desk.domain.ids import time_ordered_id
    from smartcity_desk.secrets import SecretStore
    from smartcity_desk.sync.central.client import CentralClient
    from smartcity_desk.sync.central.session import Session
    from smartcity_desk.sync.transport import Transport
    from smartcity_desk.ui.services import wall_clock

    running = json.loads(next(data_dir.rglob("running.json")).read_text(encoding="utf-8"))
    password = next(user["password"] for user in running["users"] if user["user"] == "budi")

    async def act() -> None:
        transport = Transport(clock=wall_clock)
        try:
            session = Session(running["central"], SecretStore.in_memory(), transport, clock=wall_clock)
            await session.login("budi", password, "tour")
            now = wall_clock()
            payload = CategorySet(category, base)
            actor = Actor("budi", Role.OPERATOR)
            action = Action(
                time_ordered_id(now, os.urandom(10)), report, EventKind.CATEGORY_SET, payload, actor, now
            )
            (result,) = await CentralClient(session).push_actions([action])
            if result.outcome != "accepted":
                raise RuntimeError(f"the colleague's action: {result.outcome} {result.code}")
        finally:
            await transport.close()

    asyncio.run(act())


async def triage(guide: Guide) -> None:
    """The table with a report open."""
    guide.window.show_screen("triage")
    guide.show_view("open")
    await guide.calm(0.5)
    guide.run("triage.next", "triage.next")
    await guide.shoot("triage")


async def overdue(guide: Guide) -> None:
    """The view that hurts."""
    guide.run("view.4")
    await guide.calm(0.5)
    guide.run("triage.next")
    await guide.shoot("triage-overdue")


async def search(guide: Guide) -> None:
    """Searching by words."""
    guide.window.show_screen("triage")
    guide.show_view("open")
    guide.run("view.search")
    screen: Any = guide.window.screens["triage"]
    field = screen.center.search
    await guide.focused(field)
    guide.type("sampah")
    await guide.until(lambda: screen.model.filter.text == "sampah*" and screen.model.whole, "search")
    await guide.until(lambda: screen.model.rowCount() > 0, "found")
    if field.text() != "sampah":
        raise RuntimeError("what was typed is not in the field")
    await guide.shoot("search")
    guide.press("Esc")
    await guide.focused(screen.view)


async def nothing(guide: Guide) -> None:
    """An empty list that teaches."""
    guide.run("view.2")
    await guide.calm(0.5)
    await guide.shoot("empty")


async def route(guide: Guide) -> None:
    """Choosing an office for one report."""
    guide.show_view("open")
    await guide.calm(0.5)
    guide.run("triage.next", "report.route")
    await guide.calm(0.4)
    guide.type("tebet")
    await guide.shoot("route")
    guide.press("Esc")


async def bulk(guide: Guide) -> None:
    """One decision on many reports, with its preview."""
    guide.show_view("open")
    await guide.calm(0.5)
    guide.run("triage.select_all", "report.category")
    await guide.calm(0.4)
    guide.press("Return")
    await guide.shoot("bulk")
    await guide.close_dialogs()
    screen: Any = guide.window.screens["triage"]
    screen.view.setFocus()
    await guide.focused(screen.view)
    guide.run("triage.back")


async def offices(guide: Guide) -> None:
    """Pejabat: the charts over the table, the busiest office, one of its items, and the supervisor's corner."""
    from smartcity_desk.domain.actor import Actor, Role

    guide.window.show_screen("offices")
    screen: Any = guide.window.screens["offices"]
    screen.show_overview()
    await guide.until(lambda: screen.book is not None, "figures")
    figures = screen.book.figures.offices
    busiest = max(figures, key=lambda code: figures[code].latest.tally.n)
    screen.overview.choose(busiest)
    charts = screen.overview.charts
    if screen.overview.charts_shown:
        await guide.until(lambda: charts.mix.canvas is not None, "charts")
    await guide.calm(0.6)
    await guide.shoot("offices")
    guide.run("offices.chart", "offices.chart_table")
    await guide.shoot("offices-tables")
    guide.run("offices.chart", "offices.chart_table", "offices.open")
    await guide.until(lambda: screen.office.page is not None and screen.office.code == busiest, "office")
    await guide.shoot("office")
    guide.run("offices.open")
    await guide.until(lambda: screen.office.detail.detail is not None, "item")
    await guide.shoot("office-item")
    mine = guide.desk.actor
    guide.desk.actor = Actor("ratna", Role.SUPERVISOR)  # whose corner it is
    guide.run("offices.supervisor")
    await guide.calm(0.6)
    await guide.shoot("offices-supervisor")
    guide.desk.actor = mine
    guide.run("offices.back")


async def escalation(guide: Guide) -> None:
    """Eskalasi: the board, every deed with its reason, and a declared event with what it would move."""
    guide.window.show_screen("escalation")
    screen: Any = guide.window.screens["escalation"]
    screen.show_board()
    await guide.until(lambda: screen.city is not None, "city")
    await guide.shoot("escalation")
    guide.run("escalation.events")
    await guide.calm(0.3)
    guide.press("Return")
    await guide.calm(1.0)
    await guide.shoot("escalation-event")


async def dossier(guide: Guide) -> None:
    """The dossier of the office that had the most to do, opened by its short code."""
    from smartcity_desk.evidence.finding import of_office

    desk = guide.desk
    city = await desk.readers.run(desk.store.offices.city_figures, now=desk.clock())
    busiest = max(city.offices.values(), key=lambda one: one.latest.tally.n)
    code = of_office(busiest.office, desk.store.law(), desk.clock()).code
    desk.bridge.navigate.emit("escalation")
    desk.bridge.open_dossier.emit(code)
    screen: Any = guide.window.screens["escalation"]
    await guide.until(lambda: screen.case is not None and screen.case.subject.code == code, "dossier")
    await guide.shoot("escalation-dossier")
    guide.run("escalation.side_2")
    await guide.calm(0.5)
    await guide.shoot("escalation-items")
    guide.run("escalation.all")
    await guide.calm(0.3)
    await guide.shoot("escalation-deeds")
    await guide.close_dialogs()
    screen.show_board()


async def printed_list(guide: Guide) -> None:
    """*Cetak daftar*: the preview, and the first page as a printer gets it."""
    from PySide6.QtGui import QPixmap

    from smartcity_desk.ui.escalation.printing import page_image

    guide.window.show_screen("escalation")
    screen: Any = guide.window.screens["escalation"]
    screen.show_lists()
    await guide.until(lambda: screen.list_page.pdf.pages > 0 and not screen.list_page.strip.busy, "draft")
    await guide.shoot("escalation-list")
    page = QPixmap.fromImage(page_image(screen.list_page.pdf._document, 0))
    guide.album.keep("escalation-list-page", guide.look.name, page)
    screen.show_board()


async def city_map(guide: Guide) -> None:
    """Peta: the same list over the city, its layers and fills, near by, and as a sheet of paper."""
    from PySide6.QtGui import QPixmap
    from PySide6.QtPdf import QPdfDocument

    from smartcity_desk.ui.escalation.printing import page_image
    from smartcity_desk.ui.map.printing import PrintPreview, draw_sheet

    guide.window.show_screen("map")
    screen: Any = guide.window.screens["triage"]
    screen.on_show.open("all")
    face = screen.map.face
    await guide.until(lambda: face.stage.ready and bool(face.layering.list.boxes), "map")
    guide.run("map.fit")
    await guide.calm(1.0)
    await guide.shoot("map")
    guide.run("map.layers", "map.color")
    await guide.calm(1.0)
    await guide.shoot("map-layers")
    guide.run("map.layers", "map.color", "map.color", "map.color", "map.heat")
    await guide.calm(1.0)
    await guide.shoot("map-heat")
    guide.run("map.heat", "map.time")
    await guide.calm(0.6)
    await guide.shoot("map-time")
    guide.run("map.time")
    screen.map.open_current()
    await guide.calm(1.0)
    await guide.shoot("map-near")
    if guide.look is guide.looks[0]:
        preview = PrintPreview(guide.desk, await draw_sheet(guide.desk, face), face)
        document = preview.pane._document
        assert isinstance(document, QPdfDocument)
        guide.album.keep("map-paper", guide.look.name, QPixmap.fromImage(page_image(document, 0)))
        preview.deleteLater()


async def outbox(guide: Guide) -> None:
    """Keluar with a contradiction in its tray."""
    guide.window.show_screen("outbox")
    screen: Any = guide.window.screens["outbox"]
    await guide.until(lambda: screen.conflicts.rowCount() > 0, "conflict")
    await guide.focused(screen.conflict_view)
    await guide.shoot("outbox")


async def health(guide: Guide) -> None:
    """Kesehatan, then its quarantine."""
    guide.window.show_screen("health")
    await guide.calm(0.6)
    await guide.shoot("health")
    screen = guide.window.screens["health"]
    screen.cards["petabencana"].quarantine_button.click()  # type: ignore[attr-defined]  # the health screen's own
    await guide.calm(0.4)
    await guide.shoot("quarantine")


async def settings(guide: Guide) -> None:
    """Every page of Pengaturan."""
    guide.window.show_screen("settings")
    pages = guide.window.screens["settings"].list  # type: ignore[attr-defined]  # the settings screen's own
    for row in range(pages.count()):
        pages.setCurrentRow(row)
        await guide.shoot(f"settings-{row + 1}")


async def channels(guide: Guide) -> None:
    """A channel's page with what a trial found, and a file of reports before it is taken in."""
    import tempfile

    guide.window.show_screen("settings")
    screen: Any = guide.window.screens["settings"]
    screen.list.setCurrentRow(1)
    await guide.calm(0.4)
    section = screen.sections[1]
    section.choose("petabencana")
    section.built["petabencana"].trial.click()
    await guide.calm(0.8)
    await guide.shoot("channel-trial")
    from smartcity_desk.ui.importing.dialog import ImportDialog

    rows = ["nomor;tanggal;isi;kategori;alamat"]
    rows += [
        f"BW-{n};{1 + n}/11/2026 08:15;Sampah menumpuk di gang {n};Sampah;Kel. Tebet Timur" for n in range(20)
    ]
    rows[4] = "BW-3;kemarin sore;Lampu gang mati;Lampu jalan;Kel. Manggarai"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "balai-warga.csv"
        path.write_text("\n".join(rows), encoding="utf-8")
        dialog = ImportDialog(guide.desk, section.built["petabencana"].manifest, guide.window)
        dialog.show()
        dialog.take(path)
        await guide.calm(0.6)
        await guide.shoot("import")
        dialog.close()


async def entry(guide: Guide) -> None:
    """A telephone report, half typed."""
    from smartcity_desk.ui.entry.dialog import EntryDialog

    guide.window.show_screen("triage")
    guide.run("entry.new")
    await guide.calm(0.4)
    dialog = next(one for one in guide.window.findChildren(EntryDialog) if one.isVisible())
    dialog.text.setPlainText("Lampu jalan mati di depan sekolah sejak kemarin malam, gelap sekali")
    dialog.place.words.setText("Jl. Tebet Timur Dalam, Jatinegara")
    dialog.place.words.textEdited.emit("")
    await guide.calm(1.2)
    await guide.shoot("entry")
    dialog.discard.click()
    await guide.calm(0.3)
    dialog.close()


async def palette(guide: Guide) -> None:
    """Ctrl+K."""
    guide.window.show_screen("triage")
    guide.run("app.palette")
    await guide.calm(0.4)
    guide.type("tebet")
    await guide.calm(0.4)
    await guide.shoot("palette")


async def keys(guide: Guide) -> None:
    """The sheet of keys."""
    guide.run("app.help")
    await guide.calm(0.4)
    await guide.shoot("help")


async def menu(guide: Guide) -> None:
    """The menu of the registry."""
    from PySide6.QtCore import QPoint

    button = guide.window.topbar.menu_button
    guide.window.menu.popup(button.mapToGlobal(QPoint(0, button.height())))
    await guide.shoot("menu")
    guide.window.menu.hide()


async def offline(guide: Guide) -> None:
    """The cable is pulled; work goes on."""
    guide.put_on(guide.looks[0])
    guide.window.resize(*guide.looks[0].size)
    guide.run("app.network")
    await guide.until(lambda: guide.desk.bridge.connection.link.value == "offline", "offline")
    guide.window.show_screen("triage")
    guide.show_view("open")
    await guide.calm(0.5)
    guide.run("triage.next", "report.claim")
    await guide.calm(0.4)
    await guide.shoot("offline-triage")
    await guide.close_dialogs()
    for screen in ("outbox", "health"):
        guide.window.show_screen(screen)
        await guide.calm(0.5)
        await guide.shoot(f"offline-{screen}")


STATIONS: Sequence[tuple[str, Callable[[Guide], Any]]] = (
    ("triage", triage),
    ("triage-overdue", overdue),
    ("search", search),
    ("empty", nothing),
    ("route", route),
    ("bulk", bulk),
    ("map", city_map),
    ("offices", offices),
    ("escalation", escalation),
    ("dossier", dossier),
    ("printed-list", printed_list),
    ("outbox", outbox),
    ("health", health),
    ("settings", settings),
    ("channels", channels),
    ("entry", entry),
    ("palette", palette),
    ("help", keys),
    ("menu", menu),
)


def walk(output: Path, looks: Iterable[Look], scale: float) -> Album:
    """Walk the whole tour; return the album."""
    from smartcity_desk.app import Start, run

    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    album = Album(output)
    chosen = tuple(looks)

    def started(sitting: Sitting) -> None:
        guide = Guide(sitting, album, chosen)
        way = in_the_city if sitting.desk.training else at_the_door

        async def guided() -> None:
            try:
                await way(guide)
            except Exception:  # noqa: BLE001 - told at the end, by the exit code as well
                traceback.print_exc()
                album.failed.append(way.__name__)
                sitting.leave()

        sitting.desk.tasks.spawn(guided(), name="tour")

    with tempfile.TemporaryDirectory(prefix="tour-") as folder:
        run(
            Start(data_dir=folder, dialogs=False, started=started, training_arguments=("--scale", str(scale)))
        )
    album.write_index()
    return album


def large_screen(folder: Path) -> Path:
    """Describe a screen as large as the largest look: the platform's own is 800 by 800, and pushes dialogs about."""
    description = {
        "screens": [
            {
                "name": "tour",
                "x": 0,
                "y": 0,
                "width": LARGE[0],
                "height": LARGE[1],
                "logicalDpi": 96,
                "logicalBaseDpi": 96,
                "dpr": 1,
            }
        ]
    }
    path = folder / "screen.json"
    path.write_text(json.dumps(description), encoding="utf-8")
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.tour", description=__doc__)
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the pictures go (build/tour)")
    parser.add_argument("--looks", type=int, default=len(LOOKS), help="only the first so many looks")
    parser.add_argument("--scale", type=float, default=0.1, help="size of the training city (0.1)")
    chosen = parser.parse_args(arguments)
    os.environ.setdefault("QT_QUICK_BACKEND", "software")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")  # Chromium refuses to be sandboxed as root
    with tempfile.TemporaryDirectory(prefix="tour-screen-") as folder:
        os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={large_screen(Path(folder))}"
        album = walk(chosen.output, LOOKS[: chosen.looks], chosen.scale)
    print(f"{len(album.stations)} pictures in {chosen.output}")
    for name in album.failed:
        print(f"not reached: {name}", file=sys.stderr)
    return 1 if album.failed or not album.stations else 0


if __name__ == "__main__":
    sys.exit(main())
