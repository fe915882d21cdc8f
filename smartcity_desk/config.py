"""The settings of one profile: one declared table, one small JSON file, never a secret in it.

The file is a flat object of names and values. What this version does not know is kept as it stands, a value of the
wrong type counts as not set, and a file that cannot be read at all is set aside and told about. Writing merges: each
process puts down only what it changed itself, so the desk and the command line may both be at work.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final, Generic, TypeAlias, TypeGuard, TypeVar

from smartcity_desk import i18n
from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.locks import waiting_lock
from smartcity_desk.paths import as_store_problem

_log = logging.getLogger(__name__)

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
T = TypeVar("T")

_MAX_BYTES: Final = 4_000_000
_CHANNEL_PREFIX: Final = "channel."
_SCHEMES: Final = frozenset({"http", "https", "imap", "imaps"})
"""Of addresses that a channel may have at all; which of them, its manifest says."""


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One line of the table. `read` turns what the file says into a value, or raises ValueError or TypeError."""

    name: str
    default: T
    read: Callable[[Json], T]


SETTINGS: Final[dict[str, Setting[object]]] = {}
"""Every declared setting by name; the settings screen, the command line and the tests walk it."""


def _declare(name: str, default: T, read: Callable[[Json], T]) -> Setting[T]:
    setting = Setting(name, default, read)
    SETTINGS[name] = setting  # type: ignore[assignment]  # a table of settings of several types
    return setting


def _is_text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _is_url(value: Json) -> str:
    text = _is_text(value).strip().rstrip("/")
    check_url(text)
    return text


def _is_switch(value: Json) -> bool:
    if not isinstance(value, bool):
        raise TypeError("not a switch")
    return value


def _is_object(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value


def _is_list(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _one_of(*allowed: str) -> Callable[[Json], str]:
    def read(value: Json) -> str:
        if value not in allowed:
            raise ValueError(f"not one of {', '.join(allowed)}")
        return str(value)

    return read


def _whole(low: int, high: int) -> Callable[[Json], int]:
    def read(value: Json) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"not a whole number from {low} to {high}")
        return value

    return read


# The table. A line here is all that a new setting needs.
CENTRAL_URL = _declare("central.url", "", _is_url)
CENTRAL_USER = _declare("central.user", "", _is_text)
CENTRAL_NAME = _declare("central.name", "", _is_text)
CENTRAL_ROLE = _declare("central.role", "", _is_text)
DEVICE_ID = _declare("central.device", "", _is_text)
LANGUAGE = _declare("language", i18n.DEFAULT_LANGUAGE, _one_of(*i18n.LANGUAGES))
THEME = _declare("theme", "system", _one_of("system", "light", "dark", "contrast"))
DENSITY = _declare("density", "comfortable", _one_of("comfortable", "compact"))
FONT_PERCENT = _declare("font.percent", 100, _whole(75, 200))
WELCOMED = _declare("welcomed", False, _is_switch)
TRAINING_CITY = _declare("training.city", "", _is_text)
TRAINING_PICTURES: Setting[dict[str, Json]] = _declare("training.pictures", {}, _is_object)
WINDOW_GEOMETRY = _declare("window.geometry", "", _is_text)
LAST_SCREEN = _declare("window.screen", "", _is_text)
HOLD_SECONDS = _declare("actions.hold_seconds", 5, _whole(0, 60))
SAVED_VIEWS: Setting[list[Json]] = _declare("triage.views", [], _is_list)
LAST_VIEW = _declare("triage.view", "", _is_text)
COLUMN_WIDTHS: Setting[dict[str, Json]] = _declare("triage.columns.widths", {}, _is_object)
COLUMN_ORDER: Setting[list[Json]] = _declare("triage.columns.order", [], _is_list)
COLUMNS_HIDDEN: Setting[list[Json]] = _declare("triage.columns.hidden", [], _is_list)
OFFICES: Setting[dict[str, Json]] = _declare("offices.view", {}, _is_object)
GRID_WIDTHS: Setting[dict[str, Json]] = _declare("grids.widths", {}, _is_object)
SPLITTERS: Setting[dict[str, Json]] = _declare("window.splitters", {}, _is_object)
MAP: Setting[dict[str, Json]] = _declare("map.view", {}, _is_object)
LAYERS: Setting[dict[str, Json]] = _declare("layers", {}, _is_object)
WATER_SEEN: Setting[list[Json]] = _declare("layers.water_seen", [], _is_list)
MAP_GRAPHICS = _declare("map.graphics", "auto", _one_of("auto", "software"))
PAPERS_FOLDER = _declare("papers.folder", "", _is_text)
PICTURES_FETCHED = _declare("pictures.fetched", True, _is_switch)
PICTURES_MB = _declare("pictures.disk_mb", 4_096, _whole(100, 1_000_000))
COURSES_SHOWN = _declare("decisions.courses", True, _is_switch)
KEYMAP: Setting[dict[str, Json]] = _declare("keymap", {}, _is_object)
IMPORT_COLUMNS: Setting[dict[str, Json]] = _declare("imports.columns", {}, _is_object)


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """How one channel is reached from this profile. `options` are the channel's own; secrets are never among them.

    `export` says whether its rows may leave the unit in exports, `retention_days` how long they are kept (0 = no limit
    of its own); None = as the channel's manifest says.
    """

    enabled: bool = False
    url: str = ""
    options: Mapping[str, Json] = field(default_factory=dict)
    export: bool | None = None
    retention_days: int | None = None


RETENTION_MOST: Final = 36_500
"""Days: a hundred years, and no typing slip beyond them."""


def machine_user() -> str:
    """Who acts where no server was ever set: the machine's own user."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "desk"


def check_url(text: str, schemes: Collection[str] = ("http", "https")) -> None:
    """Accept an address with one of these schemes, or none. Raises ConfigProblem; its reason says what is wrong."""
    from urllib.parse import urlsplit

    if not text:
        return
    try:
        parts = urlsplit(text)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        port_ok, parts = False, urlsplit("")
    if parts.scheme not in schemes or not parts.hostname or not port_ok:
        if parts.scheme not in schemes and "https" not in schemes:
            raise ConfigProblem(
                name="url", reason="bad_scheme", value=", ".join(f"{name}://" for name in schemes)
            )
        raise ConfigProblem(name="url", reason="bad_url")
    if parts.username is not None or parts.password is not None:
        raise ConfigProblem(name="url", reason="url_with_credentials")


class Settings:
    """The settings of one profile, held in memory and written back by :meth:`save`.

    After loading, `set_aside` is where an unreadable file was put (or None), and `refused` names the settings whose
    stored value this version could not use. Values may be set while another thread saves: they wait for the next save.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()  # held while values are exchanged, never while a file is read or written
        self._values: dict[str, Json] = {}
        self._changed: set[str] = set()
        self.set_aside: Path | None = None
        self.refused: list[str] = []

    @classmethod
    def load(cls, path: Path) -> Settings:
        """Read `path`; a missing file means defaults. Raises StoreProblem when the folder cannot be read."""
        settings = cls(path)
        settings._values, settings.set_aside = _read_file(path)
        for name, setting in SETTINGS.items():
            if name in settings._values and settings._stored(setting) is None:
                settings.refused.append(name)
        if settings.refused:
            _log.warning(
                "settings: stored values not usable, defaults taken: %s", ", ".join(settings.refused)
            )
        return settings

    def get(self, setting: Setting[T]) -> T:
        """Return the value of `setting`, or its default."""
        found = self._stored(setting)
        return setting.default if found is None else found[0]

    def set(self, setting: Setting[T], value: T) -> None:
        """Change `setting`; :meth:`save` writes it. Raises ConfigProblem for a value it cannot hold."""
        plain = _plain(setting.name, value)
        try:
            setting.read(plain)
        except (TypeError, ValueError) as problem:
            raise ConfigProblem(name=setting.name, reason="bad_value") from problem
        with self._lock:
            if self._values.get(setting.name, setting.default) != plain:
                self._values[setting.name] = plain
                self._changed.add(setting.name)

    def reset(self, setting: Setting[T]) -> None:
        """Go back to the default of `setting`."""
        self._forget(setting.name)

    def channel(self, name: str) -> ChannelSettings:
        """Return how channel `name` is reached; a channel never set is not enabled."""
        stored = self._values.get(_CHANNEL_PREFIX + name)
        if not isinstance(stored, dict):
            return ChannelSettings()
        enabled, url, options = stored.get("enabled"), stored.get("url"), stored.get("options")
        export, days = stored.get("export"), stored.get("retention_days")
        return ChannelSettings(
            enabled=enabled is True,
            url=url if isinstance(url, str) else "",
            options=options if isinstance(options, dict) else {},
            export=export if isinstance(export, bool) else None,
            retention_days=days if _is_days(days) else None,
        )

    def channels(self) -> dict[str, ChannelSettings]:
        """Return every channel that was ever set, by name."""
        names = sorted(
            name[len(_CHANNEL_PREFIX) :] for name in self._values if name.startswith(_CHANNEL_PREFIX)
        )
        return {name: self.channel(name) for name in names}

    def set_channel(self, name: str, channel: ChannelSettings) -> None:
        """Change how channel `name` is reached. Raises ConfigProblem for a bad name, address or number of days."""
        if not name.isidentifier():
            raise ConfigProblem(name="channel", reason="bad_channel_name", value=name[:60])
        check_url(channel.url, _SCHEMES)
        entry: dict[str, object] = {
            "enabled": channel.enabled,
            "url": channel.url.strip(),
            "options": dict(channel.options),
        }
        if channel.export is not None:
            entry["export"] = channel.export
        if channel.retention_days is not None:
            if not _is_days(channel.retention_days):
                raise ConfigProblem(name="retention_days", reason="bad_value")
            entry["retention_days"] = channel.retention_days
        plain = _plain(_CHANNEL_PREFIX + name, entry)
        with self._lock:
            self._values[_CHANNEL_PREFIX + name] = plain
            self._changed.add(_CHANNEL_PREFIX + name)

    def remove_channel(self, name: str) -> None:
        """Forget channel `name`."""
        self._forget(_CHANNEL_PREFIX + name)

    def save(self) -> None:
        """Write what was changed, whole or not at all. Raises StoreProblem: ``read_only`` or ``disk_full``."""
        with self._lock:
            taken, self._changed = self._changed, set()
            values = dict(self._values)
        if not taken:
            return
        try:
            with waiting_lock(self._path.with_name(f".{self._path.name}.lock")):
                merged, aside = _read_file(self._path)
                self.set_aside = self.set_aside or aside
                _take(merged, values, taken)
                _write_file(self._path, merged)
                with self._lock:
                    _take(merged, self._values, self._changed)
                    self._values = merged
        except BaseException as problem:
            with self._lock:
                self._changed |= taken  # the next save tries again
            if isinstance(problem, OSError):
                raise as_store_problem(problem, self._path) from problem
            raise

    def _forget(self, name: str) -> None:
        with self._lock:
            self._values.pop(name, None)
            self._changed.add(name)

    def _stored(self, setting: Setting[T]) -> tuple[T] | None:
        if setting.name not in self._values:
            return None
        try:
            return (setting.read(self._values[setting.name]),)
        except (TypeError, ValueError, ConfigProblem):
            return None


def _is_days(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= RETENTION_MOST


def _take(into: dict[str, Json], values: Mapping[str, Json], names: Iterable[str]) -> None:
    """Make `names` in `into` as they are in `values`, those that are in neither included."""
    for name in names:
        if name in values:
            into[name] = values[name]
        else:
            into.pop(name, None)


def _plain(name: str, value: object) -> Json:
    try:
        plain: Json = json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as problem:
        raise ConfigProblem(name=name, reason="bad_value") from problem
    return plain


def _read_file(path: Path) -> tuple[dict[str, Json], Path | None]:
    try:
        with path.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return {}, None
    except OSError as problem:
        raise as_store_problem(problem, path) from problem
    try:
        if len(content) > _MAX_BYTES:
            raise ValueError("too large to be a settings file")
        document = json.loads(content)
        if not isinstance(document, dict):
            raise TypeError("not an object")
    except (ValueError, TypeError, RecursionError) as problem:
        aside = _put_aside(path)
        _log.error("settings: %s cannot be read (%s); set aside as %s", path.name, problem, aside.name)
        return {}, aside
    return document, None


def _put_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.unreadable-{number}")).exists():
        number += 1
    try:
        path.replace(aside)
    except OSError as problem:
        raise as_store_problem(problem, path) from problem
    return aside


def _write_file(path: Path, document: dict[str, Json]) -> None:
    """Replace `path` in one step: a reader, or a power cut, sees the old file or the new one."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as stream:  # noqa: PTH123 - a descriptor, not a path
            json.dump(document, stream, ensure_ascii=False, indent=2, sort_keys=True)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # Windows cannot open a folder, and does not need it for a rename to last
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
