"""One table of everything that can be done: it feeds menus, shortcuts, the palette, the help sheet and the README.

No Qt here: keys are portable texts such as ``Ctrl+K``. A letter stands for the bare key, so ``K`` is what a finger
types without Shift. Titles are in the catalogue ``command`` under the command's id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from smartcity_desk import i18n

EVERYWHERE: Final = ""
TRIAGE: Final = "triage"
MAP: Final = "map"
OUTBOX: Final = "outbox"
OFFICES: Final = "offices"
ESCALATION: Final = "escalation"


class Group(StrEnum):
    """Headings of the menu, the help sheet and the README's table, in their order."""

    MOVE = "move"
    DECIDE = "decide"
    SELECT = "select"
    VIEW = "view"
    MAP = "map"
    OUTBOX = "outbox"
    OFFICES = "offices"
    ESCALATION = "escalation"
    APP = "app"


@dataclass(frozen=True, slots=True)
class Command:
    """Something that can be done by name. `keys` are the standard ones, the first is the one that is shown.

    `screen` is where it belongs (`EVERYWHERE` = in the whole window). `native` keys do the same by Qt's own doing, so
    they are shown but never bound. `hint` puts it in the line of keys below the table.
    """

    id: str
    keys: tuple[str, ...] = ()
    group: Group = Group.APP
    screen: str = EVERYWHERE
    native: tuple[str, ...] = ()
    hint: bool = False

    @property
    def title_key(self) -> str:
        """The key of its title in the catalogues."""
        return f"command.{self.id}"

    @property
    def is_digit(self) -> bool:
        """Whether it opens a view by its place in the side bar; lists of keys show the nine of them as one."""
        return self.id.startswith("view.") and self.id[5:].isdigit()


COURSE_KEYS: Final = 6
"""How many offered courses have a key of their own."""
VIEW_KEYS: Final = 9
"""How many views of the side bar have a digit of their own."""

COMMANDS: Final[tuple[Command, ...]] = (
    Command("triage.next", ("J",), Group.MOVE, TRIAGE, native=("Down",)),
    Command("triage.previous", ("K",), Group.MOVE, TRIAGE, native=("Up",)),
    Command("triage.open", ("Return", "Enter"), Group.MOVE, TRIAGE),
    Command("triage.take_new", ("N",), Group.MOVE, TRIAGE),
    Command("triage.back", ("Esc",), Group.MOVE, TRIAGE),
    Command("report.category", ("C",), Group.DECIDE, TRIAGE, hint=True),
    Command("report.place", ("L",), Group.DECIDE, TRIAGE, hint=True),
    Command("report.route", ("R",), Group.DECIDE, TRIAGE, hint=True),
    Command("report.note", ("M",), Group.DECIDE, TRIAGE, hint=True),
    Command("report.answer", ("Shift+M",), Group.DECIDE, TRIAGE),
    Command("report.pause", ("P",), Group.DECIDE, TRIAGE, hint=True),
    Command("report.verify", ("V",), Group.DECIDE, TRIAGE, hint=True),
    Command("report.refuse_completion", ("Shift+V",), Group.DECIDE, TRIAGE),
    Command("report.reject", ("T",), Group.DECIDE, TRIAGE, hint=True),
    Command("report.join", ("G",), Group.DECIDE, TRIAGE, hint=True),
    Command("report.not_alike", ("Alt+G",), Group.DECIDE, TRIAGE),
    Command("report.separate", ("Shift+G",), Group.DECIDE, TRIAGE),
    Command("report.lead", ("I",), Group.DECIDE, TRIAGE),
    Command("triage.surge", ("Shift+I",), Group.DECIDE, TRIAGE),
    Command("report.accept_return", ("H",), Group.DECIDE, TRIAGE),
    Command("report.refuse_return", ("Shift+H",), Group.DECIDE, TRIAGE),
    Command("triage.second_review", ("Ctrl+Shift+V",), Group.DECIDE, TRIAGE),
    Command("report.reopen", ("O",), Group.DECIDE, TRIAGE),
    Command("report.reveal", ("Shift+R",), Group.DECIDE, TRIAGE),
    Command("report.claim", ("Shift+K",), Group.DECIDE, TRIAGE),
    *(Command(f"course.{n}", (f"Alt+{n}",), Group.DECIDE, TRIAGE) for n in range(1, COURSE_KEYS + 1)),
    Command("course.refuse", ("Alt+0",), Group.DECIDE, TRIAGE),
    Command("course.details", ("Alt+D",), Group.DECIDE, TRIAGE),
    Command("action.undo", ("Z", "Ctrl+Z"), Group.DECIDE, TRIAGE, hint=True),
    Command("action.redo", ("Shift+Z", "Ctrl+Shift+Z"), Group.DECIDE, TRIAGE),
    Command("triage.mark", ("X",), Group.SELECT, TRIAGE),
    Command("triage.mark_down", ("Shift+J",), Group.SELECT, TRIAGE, native=("Shift+Down",)),
    Command("triage.mark_up", (), Group.SELECT, TRIAGE, native=("Shift+Up",)),
    Command("triage.select_all", ("Ctrl+A",), Group.SELECT, TRIAGE),
    Command("triage.copy", ("Ctrl+C",), Group.SELECT, TRIAGE),
    Command("view.search", ("/", "Ctrl+F"), Group.VIEW, TRIAGE),
    Command("view.order", ("S",), Group.VIEW, TRIAGE),
    Command("view.next", ("]",), Group.VIEW, TRIAGE),
    Command("view.previous", ("[",), Group.VIEW, TRIAGE),
    Command("view.save", ("Ctrl+S",), Group.VIEW, TRIAGE),
    Command("view.rename", ("F2",), Group.VIEW, TRIAGE),
    Command("view.delete", ("Ctrl+Delete",), Group.VIEW, TRIAGE),
    *(Command(f"view.{n}", (str(n),), Group.VIEW, TRIAGE) for n in range(1, VIEW_KEYS + 1)),
    Command("map.left", (), Group.MAP, MAP, native=("Left",)),
    Command("map.right", (), Group.MAP, MAP, native=("Right",)),
    Command("map.up", (), Group.MAP, MAP, native=("Up",)),
    Command("map.down", (), Group.MAP, MAP, native=("Down",)),
    Command("map.zoom_in", ("+", "="), Group.MAP, MAP, hint=True),
    Command("map.zoom_out", ("-",), Group.MAP, MAP, hint=True),
    Command("map.fit", ("0",), Group.MAP, MAP),
    Command("map.find", ("F",), Group.MAP, MAP, hint=True),
    Command("map.layers", ("Y",), Group.MAP, MAP, hint=True),
    Command("map.color", ("W",), Group.MAP, MAP, hint=True),
    Command("map.heat", ("Shift+W",), Group.MAP, MAP),
    Command("map.time", ("U",), Group.MAP, MAP, hint=True),
    Command("map.play", ("Space",), Group.MAP, MAP),
    Command("map.earlier", (",",), Group.MAP, MAP),
    Command("map.later", (".",), Group.MAP, MAP),
    Command("map.lasso", ("D",), Group.MAP, MAP, hint=True),
    Command("map.area", ("Shift+D",), Group.MAP, MAP),
    Command("map.measure", ("Shift+U",), Group.MAP, MAP),
    Command("map.move", ("Shift+L",), Group.MAP, MAP),
    Command("map.print", ("Ctrl+P",), Group.MAP, MAP),
    Command("outbox.retry", ("R",), Group.OUTBOX, OUTBOX),
    Command("outbox.discard", ("D",), Group.OUTBOX, OUTBOX),
    Command("outbox.edit", ("E",), Group.OUTBOX, OUTBOX),
    Command("outbox.open", ("Return", "Enter"), Group.OUTBOX, OUTBOX),
    Command("outbox.keep_mine", ("1",), Group.OUTBOX, OUTBOX),
    Command("outbox.keep_theirs", ("2",), Group.OUTBOX, OUTBOX),
    Command("outbox.switch", ("Tab",), Group.OUTBOX, OUTBOX),
    Command("outbox.undo", ("Z", "Ctrl+Z"), Group.OUTBOX, OUTBOX),
    Command("offices.next", ("J",), Group.OFFICES, OFFICES, native=("Down",)),
    Command("offices.previous", ("K",), Group.OFFICES, OFFICES, native=("Up",)),
    Command("offices.open", (), Group.OFFICES, OFFICES, native=("Return", "Enter"), hint=True),
    Command("offices.back", ("Esc",), Group.OFFICES, OFFICES, hint=True),
    Command("offices.filter", ("/", "Ctrl+F"), Group.OFFICES, OFFICES, hint=True),
    Command("offices.level", ("L",), Group.OFFICES, OFFICES, hint=True),
    Command("offices.area", ("W",), Group.OFFICES, OFFICES, hint=True),
    Command("offices.sort", ("S",), Group.OFFICES, OFFICES, hint=True),
    Command("offices.reverse", ("Shift+S",), Group.OFFICES, OFFICES),
    Command("offices.charts", ("G",), Group.OFFICES, OFFICES, hint=True),
    Command("offices.chart", ("C",), Group.OFFICES, OFFICES),
    Command("offices.chart_table", ("T",), Group.OFFICES, OFFICES),
    Command("offices.side", ("I",), Group.OFFICES, OFFICES),
    Command("offices.report", ("O",), Group.OFFICES, OFFICES),
    Command("offices.supervisor", ("P",), Group.OFFICES, OFFICES),
    Command("office.dossier", ("D",), Group.OFFICES, OFFICES, hint=True),
    Command("escalation.next", ("J",), Group.ESCALATION, ESCALATION, native=("Down",)),
    Command("escalation.previous", ("K",), Group.ESCALATION, ESCALATION, native=("Up",)),
    Command("escalation.left", ("H",), Group.ESCALATION, ESCALATION, native=("Left",)),
    Command("escalation.right", ("L",), Group.ESCALATION, ESCALATION, native=("Right",)),
    Command("escalation.open", (), Group.ESCALATION, ESCALATION, native=("Return", "Enter"), hint=True),
    Command("escalation.back", ("Esc",), Group.ESCALATION, ESCALATION),
    Command("escalation.raise", ("M",), Group.ESCALATION, ESCALATION),
    Command("escalation.notify", ("N",), Group.ESCALATION, ESCALATION),
    Command("escalation.served", ("S",), Group.ESCALATION, ESCALATION),
    Command("escalation.extend", ("E",), Group.ESCALATION, ESCALATION),
    Command("escalation.object", ("O",), Group.ESCALATION, ESCALATION),
    Command("escalation.take", ("T",), Group.ESCALATION, ESCALATION),
    Command("escalation.answer", ("D",), Group.ESCALATION, ESCALATION),
    Command("escalation.propose", ("U",), Group.ESCALATION, ESCALATION),
    Command("escalation.decide", ("R",), Group.ESCALATION, ESCALATION),
    Command("escalation.archive", ("Y",), Group.ESCALATION, ESCALATION),
    Command("escalation.withdraw", ("W",), Group.ESCALATION, ESCALATION),
    Command("escalation.approve", ("A",), Group.ESCALATION, ESCALATION, hint=True),
    Command("escalation.all", (".",), Group.ESCALATION, ESCALATION, hint=True),
    Command("escalation.undo", ("Z", "Ctrl+Z"), Group.ESCALATION, ESCALATION, hint=True),
    Command("escalation.stop", ("X",), Group.ESCALATION, ESCALATION),
    Command("escalation.dossier", ("B",), Group.ESCALATION, ESCALATION, hint=True),
    Command("escalation.report", ("G",), Group.ESCALATION, ESCALATION),
    Command("escalation.print", ("P",), Group.ESCALATION, ESCALATION, hint=True),
    Command("escalation.events", ("C",), Group.ESCALATION, ESCALATION, hint=True),
    Command("escalation.over", ("V",), Group.ESCALATION, ESCALATION),
    Command("escalation.side_1", ("1",), Group.ESCALATION, ESCALATION),
    Command("escalation.side_2", ("2",), Group.ESCALATION, ESCALATION),
    Command("escalation.side_3", ("3",), Group.ESCALATION, ESCALATION),
    Command("escalation.side_4", ("4",), Group.ESCALATION, ESCALATION),
    Command("escalation.issue", ("I",), Group.ESCALATION, ESCALATION),
    Command("escalation.save_pdf", ("Ctrl+S",), Group.ESCALATION, ESCALATION),
    Command("escalation.save_csv", ("Ctrl+Shift+C",), Group.ESCALATION, ESCALATION),
    Command("escalation.save_xlsx", ("Ctrl+Shift+X",), Group.ESCALATION, ESCALATION),
    Command("escalation.to_printer", ("Ctrl+P",), Group.ESCALATION, ESCALATION),
    Command("escalation.zoom_in", ("+", "="), Group.ESCALATION, ESCALATION),
    Command("escalation.zoom_out", ("-",), Group.ESCALATION, ESCALATION),
    Command("escalation.zoom_fit", ("0",), Group.ESCALATION, ESCALATION),
    Command("escalation.page_next", ("]",), Group.ESCALATION, ESCALATION),
    Command("escalation.page_previous", ("[",), Group.ESCALATION, ESCALATION),
    Command("entry.new", ("Ctrl+N",), Group.APP, hint=True),
    Command("app.palette", ("Ctrl+K",), Group.APP),
    Command("app.help", ("?", "F1"), Group.APP, hint=True),
    Command("app.triage", ("Ctrl+1",), Group.APP),
    Command("app.outbox", ("Ctrl+2",), Group.APP),
    Command("app.health", ("Ctrl+3",), Group.APP),
    Command("app.offices", ("Ctrl+4",), Group.APP),
    Command("app.escalation", ("Ctrl+5",), Group.APP),
    Command("app.map", ("Ctrl+6",), Group.APP),
    Command("app.settings", ("Ctrl+,",), Group.APP),
    Command("app.refresh", ("F5",), Group.APP),
    Command("app.language", ("Ctrl+Shift+L",), Group.APP),
    Command("app.theme", ("Ctrl+Shift+T",), Group.APP),
    Command("app.network", (), Group.APP),
    Command("app.login", (), Group.APP),
    Command("app.logout", (), Group.APP),
    Command("app.quit", ("Ctrl+Q",), Group.APP),
)
"""Every command of the application in the order in which menus and the help sheet show them."""


@dataclass(slots=True)
class _Binding:
    handler: Callable[[], object]
    enabled: Callable[[], bool] | None


class CommandRegistry:
    """The table plus what this sitting has bound to it and the keys that its user chose."""

    def __init__(
        self, commands: Iterable[Command] = COMMANDS, keymap: Mapping[str, object] | None = None
    ) -> None:
        self._commands = {command.id: command for command in commands}
        self._bindings: dict[str, _Binding] = {}
        self._keymap: dict[str, tuple[str, ...]] = {}
        self.set_keymap(keymap or {})

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands.values())

    def __getitem__(self, command_id: str) -> Command:
        return self._commands[command_id]

    def set_keymap(self, keymap: Mapping[str, object]) -> None:
        """Take the user's own keys: command id to a list of keys. What is not understood counts as not set."""
        self._keymap = {}
        for command_id, keys in keymap.items():
            if command_id in self._commands and isinstance(keys, list | tuple):
                self._keymap[command_id] = tuple(key for key in keys if isinstance(key, str) and key)

    def bind(
        self, command_id: str, handler: Callable[[], object], enabled: Callable[[], bool] | None = None
    ) -> None:
        """Say what a command does from now on. Raises KeyError for one that is not in the table."""
        self._bindings[self._commands[command_id].id] = _Binding(handler, enabled)

    def bound(self, command_id: str) -> bool:
        """Whether this sitting can do it at all."""
        return command_id in self._bindings

    def enabled(self, command_id: str) -> bool:
        """Whether it can be done right now."""
        binding = self._bindings.get(command_id)
        return binding is not None and (binding.enabled is None or binding.enabled())

    def run(self, command_id: str) -> bool:
        """Do it if it can be done now; tell whether it was."""
        binding = self._bindings.get(command_id)
        if binding is None or not self.enabled(command_id):
            return False
        binding.handler()
        return True

    def keys(self, command_id: str) -> tuple[str, ...]:
        """The keys that run it: the user's own, else the standard ones."""
        return self._keymap.get(command_id, self._commands[command_id].keys)

    def shown_key(self, command_id: str) -> str:
        """The key as a menu or a button shows it, or nothing."""
        keys = self.keys(command_id) or self._commands[command_id].native
        return key_label(keys[0]) if keys else ""

    def title(self, command_id: str) -> str:
        """What it is called, in the language spoken now."""
        return i18n.tr(f"command.{command_id}")

    def reachable(self, screen: str) -> list[Command]:
        """The commands whose keys work while a screen is shown, those of the whole window among them."""
        return [command for command in self if _together(command.screen, screen)]

    def of_screen(self, screen: str) -> list[Command]:
        """The commands that belong to a screen, without those of the whole window."""
        return [command for command in self if command.screen == screen]

    def clashes(self) -> list[tuple[str, str, str]]:
        """(key, command, command) wherever one key would run two commands that can be reached at the same time."""
        found = []
        commands = list(self)
        for index, first in enumerate(commands):
            for second in commands[index + 1 :]:
                if not _together(first.screen, second.screen):
                    continue
                shared = _all_keys(self, first) & _all_keys(self, second)
                if {first.screen, second.screen} == {TRIAGE, MAP}:  # one of them has the focus, not both
                    shared -= _native_keys(first) & _native_keys(second)
                found += [(key, first.id, second.id) for key in sorted(shared)]
        return found


def _together(first: str, second: str) -> bool:
    """Whether commands of two screens can be reached at one time: the map is another face of the table's screen."""
    return EVERYWHERE in (first, second) or first == second or {first, second} == {TRIAGE, MAP}


def _all_keys(registry: CommandRegistry, command: Command) -> set[str]:
    return {_canonical(key) for key in (*registry.keys(command.id), *command.native)}


def _native_keys(command: Command) -> set[str]:
    return {_canonical(key) for key in command.native}


def _canonical(key: str) -> str:
    *modifiers, last = key.rsplit("+", 1) if not key.endswith("+") else [key]
    return "+".join([*sorted(modifiers[0].split("+") if modifiers else []), last.upper()])


_LABELS: Final = {
    "Return": "Enter",
    "Down": "↓",
    "Up": "↑",
    "Left": "←",
    "Right": "→",
    "Shift+Down": "Shift+↓",
    "Shift+Up": "Shift+↑",
    "Ctrl+Delete": "Ctrl+Del",
}


def key_label(key: str) -> str:
    """A key as people read it: ``Return`` is ``Enter``, an arrow is an arrow."""
    return _LABELS.get(key, key)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Inside, texts are in `language`: for what has to be found, or printed, in either one."""
    spoken = i18n.language()
    i18n.set_language(language)
    try:
        yield
    finally:
        i18n.set_language(spoken)


def key_table(registry: CommandRegistry, language: str) -> str:
    """The table of keys in Markdown, for the README, in one language."""
    with speaking(language):
        lines = [f"| {i18n.tr('command.column.keys')} | {i18n.tr('command.column.what')} |", "|---|---|"]
        for group in Group:
            members = [command for command in registry if command.group is group and not command.is_digit]
            shown = [command for command in members if registry.keys(command.id) or command.native]
            lines.append(f"| **{i18n.tr(f'command.group.{group.value}')}** | |")
            for command in shown:
                lines.append(f"| {_key_cell(registry, command)} | {registry.title(command.id)} |")
            if group is Group.VIEW:
                lines.append(f"| `1` … `{VIEW_KEYS}` | {i18n.tr('command.view.digits')} |")
        return "\n".join(lines) + "\n"


def _key_cell(registry: CommandRegistry, command: Command) -> str:
    labels: list[str] = []
    for key in (*registry.keys(command.id), *command.native):
        label = f"`{key_label(key)}`"
        if label not in labels:
            labels.append(label)
    return " ".join(labels)
