"""Where a profile's layers lie: a folder each, with the edition in force, the one before it, and how asking went.

`<name>/<edition>/` is never changed once it is there; `<name>/state.json` says which edition is in force and is
replaced whole. The sync child, the desk and the command line may all write: they take turns by a lock file.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.times import JAKARTA, from_iso, to_datetime
from smartcity_desk.locks import waiting_lock
from smartcity_desk.paths import as_store_problem
from smartcity_desk.place import geojson
from smartcity_desk.place.bundle import write_file
from smartcity_desk.place.geojson import Features
from smartcity_desk.place.layers import content
from smartcity_desk.place.layers.checking import collapsed
from smartcity_desk.place.layers.content import AreaValue, bad
from smartcity_desk.place.layers.known import KNOWN, Draw, check_name

MOST_TOTAL: Final = 60 << 20
"""Base map and layers in force together (capabilities 15)."""
_UNFIT: Final = re.compile(r"[^0-9A-Za-z-]")
"""What no name of a folder of ours has in it: a date comes from a stranger."""
_STATE: Final = "state.json"
_ABOUT: Final = "about.json"
_MOST_STATE: Final = 1 << 16
Params = dict[str, str | int | float | None]


class About(msgspec.Struct, frozen=True, kw_only=True):
    """An edition of a layer. `as_of` is the day or instant of its data (ISO 8601) or empty; other times are ms UTC."""

    edition: str
    draw: Draw
    source: str
    licence: str
    attribution: str
    as_of: str
    fetched_at: int
    count: int
    points: int
    bytes: int
    sha256: str
    stale_after: int
    title: str = ""
    left_out: int = 0

    def old_at(self) -> int:
        """The instant that its age counts from: of its data, else when it came."""
        with suppress(ValueError, OverflowError):
            return from_iso(self.as_of, naive_zone=JAKARTA)
        return self.fetched_at


class State(msgspec.Struct, frozen=True, kw_only=True):
    """How a layer stands. `error` is the last trouble, or empty; `mark` is the reader's own.

    `editions` are the one in force and the one before it, the newer last.
    """

    current: str = ""
    editions: tuple[str, ...] = ()
    asked_at: int = 0
    ok_at: int = 0
    next_try_at: int | None = None
    attempts: int = 0
    error: str = ""
    params: Params = {}
    mark: str = ""
    paused: bool = False


_STATES: Final = msgspec.json.Decoder(State)
_ABOUTS: Final = msgspec.json.Decoder(About)


@dataclass(frozen=True, slots=True)
class New:
    """What is to become an edition: the bytes of its file and what is said of it."""

    draw: Draw
    data: bytes
    count: int
    points: int
    source: str
    licence: str
    attribution: str
    as_of: str
    stale_after: int
    title: str = ""
    left_out: int = 0


class LayerShelf:
    """The layers of one profile. `folder` is the profile's `place/layers`. Nothing is created before a layer comes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    # -- reading -----------------------------------------------------------------------------------------------

    def names(self) -> tuple[str, ...]:
        """Those of the table, and those that a unit added, by name."""
        found: set[str] = set()
        with suppress(OSError):
            for entry in os.scandir(self.folder):
                if entry.is_dir() and entry.name not in KNOWN:
                    with suppress(DeskError):
                        found.add(check_name(entry.name))
        return (*KNOWN, *sorted(found))

    def state(self, name: str) -> State:
        """How a layer stands; one that never came is empty."""
        try:
            with (self._of(name) / _STATE).open("rb") as stream:
                return _STATES.decode(stream.read(_MOST_STATE))
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return State()

    def about(self, name: str, edition: str = "") -> About | None:
        """What an edition says of itself, the one in force by default; None when there is none that can be read."""
        wanted = edition or self.state(name).current
        if not wanted:
            return None
        try:
            with (self._of(name) / wanted / _ABOUT).open("rb") as stream:
                return _ABOUTS.decode(stream.read(_MOST_STATE))
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None

    def before(self, name: str) -> About | None:
        """The edition that is kept beside the one in force."""
        state = self.state(name)
        rest = [edition for edition in state.editions if edition != state.current]
        return self.about(name, rest[-1]) if rest else None

    def features(self, name: str) -> Features:
        """The shapes in force. Raises BadData (`layer_none`, or what is wrong with the file)."""
        about = self._there(name)
        return geojson.read(self._data(name, about), name=name)

    def areas(self, name: str) -> list[AreaValue]:
        """The numbers by kelurahan in force. Raises BadData."""
        return content.decode_areas(self._data(name, self._there(name)))

    def path(self, name: str) -> Path:
        """The file of the edition in force. Raises BadData (`layer_none`)."""
        about = self._there(name)
        return self._of(name) / about.edition / content.file_name(about.draw)

    def size(self) -> int:
        """Bytes of all editions in force."""
        return sum(about.bytes for about in map(self.about, self.names()) if about is not None)

    def _there(self, name: str) -> About:
        about = self.about(name)
        if about is None:
            raise bad("none", value=name)
        return about

    def _data(self, name: str, about: About) -> bytes:
        try:
            with (self._of(name) / about.edition / content.file_name(about.draw)).open("rb") as stream:
                return stream.read(content.MOST_BYTES + 1)
        except OSError:
            raise bad("damaged") from None

    def _of(self, name: str) -> Path:
        return self.folder / check_name(name)

    # -- writing -----------------------------------------------------------------------------------------------

    def put(
        self,
        name: str,
        new: New,
        *,
        now: int,
        base: int = 0,
        force: bool = False,
        mark: str = "",
        by_itself: bool = False,
    ) -> bool:
        """Take in an edition and put it in force. False when it is the one in force already.

        `base` are the bytes of the base map, which count towards `MOST_TOTAL`. `mark` is what the reader wants to know
        next time. `by_itself`: no person asked for it, so an edition that one went back from does not come in force
        again. Raises BadData (`layer_collapse`: too much is missing and `force` is not given; `layer_room`),
        StoreProblem.
        """
        digest = hashlib.sha256(new.data).hexdigest()
        with self._locked(name):
            state, about = self.state(name), self.about(name)
            fresh = about is None or about.sha256 != digest or about.draw is not new.draw
            if fresh and by_itself and not force:
                rest = (self.about(name, edition) for edition in state.editions)
                fresh = not any(one is not None and one.sha256 == digest for one in rest)
            if fresh:
                if about is not None and not force and collapsed(new.count, about.count):
                    raise bad("collapse", value=new.count, known=about.count)
                room = self.size() - (0 if about is None else about.bytes) + base + len(new.data)
                if room > MOST_TOTAL:
                    raise bad("room", value=room >> 20, most=MOST_TOTAL >> 20)
                about = self._written(name, new, digest, now)
                before = (state.current,) if state.current not in ("", about.edition) else ()
                state = msgspec.structs.replace(
                    state, current=about.edition, editions=(*before, about.edition)
                )
            self._save(
                name,
                msgspec.structs.replace(
                    state, asked_at=now, ok_at=now, attempts=0, error="", params={}, mark=mark, paused=False
                ),
            )
            self._sweep(name)
        return fresh

    def use(self, name: str, edition: str) -> None:
        """Put a kept edition in force again. Raises BadData (`layer_no_edition`), StoreProblem."""
        with self._locked(name):
            state = self.state(name)
            if edition not in state.editions or self.about(name, edition) is None:
                raise bad("no_edition", value=edition[:80])
            self._save(name, msgspec.structs.replace(state, current=edition))

    def planned(self, name: str, next_try_at: int | None) -> None:
        """Note when the layer is asked for next. Raises StoreProblem."""
        with self._locked(name):
            self._save(name, msgspec.structs.replace(self.state(name), next_try_at=next_try_at))

    def seen(self, name: str, now: int, mark: str) -> None:
        """Note that the source has nothing new. Raises StoreProblem."""
        with self._locked(name):
            state = msgspec.structs.replace(self.state(name), asked_at=now, ok_at=now, mark=mark)
            self._save(name, msgspec.structs.replace(state, attempts=0, error="", params={}, paused=False))

    def failed(
        self, name: str, problem: DeskError, *, attempts: int, next_try_at: int | None, now: int
    ) -> bool:
        """Note a trouble; the edition in force stays. True when it is another than the last. Raises StoreProblem."""
        with self._locked(name):
            state = self.state(name)
            news = state.error != problem.code or state.params.get("key") != problem.params.get("key")
            self._save(
                name,
                msgspec.structs.replace(
                    state,
                    asked_at=now,
                    attempts=attempts,
                    next_try_at=next_try_at,
                    error=problem.code,
                    params=dict(problem.params),
                    paused=next_try_at is None,
                ),
            )
        return news

    def remove(self, name: str) -> bool:
        """Take a layer away with all its editions. False when there was none. Raises StoreProblem."""
        if not self._of(name).is_dir():
            return False
        with self._locked(name):
            shutil.rmtree(self._of(name), ignore_errors=True)
        return True

    def update(self, name: str, file: str, change: Callable[[bytes | None], bytes]) -> None:
        """Replace a file of a layer's own beside its editions by what `change` makes of it. Raises StoreProblem."""
        with self._locked(name):
            path = self._of(name) / file
            try:
                before: bytes | None = path.read_bytes()
            except OSError:
                before = None
            self._replace(path, change(before))

    def _written(self, name: str, new: New, digest: str, now: int) -> About:
        said = _UNFIT.sub("", new.as_of[:16]) or to_datetime(now).strftime("%Y-%m-%d")
        about = About(
            edition=f"{said}-{digest[:8]}",
            draw=new.draw,
            source=new.source[: content.MOST_TEXT],
            licence=new.licence[: content.MOST_TEXT],
            attribution=new.attribution[: content.MOST_TEXT],
            as_of=new.as_of[:40],
            fetched_at=now,
            count=new.count,
            points=new.points,
            bytes=len(new.data),
            sha256=digest,
            stale_after=new.stale_after,
            title=new.title[:80],
            left_out=new.left_out,
        )
        folder = self._of(name) / about.edition
        write_file(folder / content.file_name(new.draw), new.data)
        write_file(folder / _ABOUT, msgspec.json.encode(about))
        return about

    def _sweep(self, name: str) -> None:
        """Editions that no state names go: old ones, and what a killed process left."""
        wanted = self.state(name).editions
        with suppress(OSError):
            for entry in os.scandir(self._of(name)):
                if entry.is_dir() and entry.name not in wanted:
                    shutil.rmtree(entry.path, ignore_errors=True)

    def _save(self, name: str, state: State) -> None:
        self._replace(self._of(name) / _STATE, msgspec.json.encode(state))

    @staticmethod
    def _replace(path: Path, data: bytes) -> None:
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        write_file(part, data)
        try:
            part.replace(path)
        except OSError as problem:
            raise as_store_problem(problem, path) from problem

    def _locked(self, name: str) -> AbstractContextManager[None]:
        folder = self._of(name)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as problem:
            raise as_store_problem(problem, folder) from problem
        return waiting_lock(self.folder / ".lock")


def health(shelf: LayerShelf, on: Mapping[str, bool], now: int) -> list[dict[str, Any]]:
    """How each layer that is on, or has something to show, stands: for the screen of health and `health --json`."""
    rows: list[dict[str, Any]] = []
    for name in shelf.names():
        state, about = shelf.state(name), shelf.about(name)
        if not on.get(name) and about is None:
            continue
        old_at = None if about is None else about.old_at()
        rows.append(
            {
                "layer": name,
                "on": bool(on.get(name)),
                "edition": state.current or None,
                "as_of": None if about is None else about.as_of or None,
                "fetched_at": None if about is None else about.fetched_at,
                "ok_at": state.ok_at or None,
                "age_ms": None if old_at is None else max(0, now - old_at),
                "stale": about is not None and old_at is not None and now - old_at > about.stale_after,
                "count": None if about is None else about.count,
                "error": state.error or None,
                "params": dict(state.params),
                "attempts": state.attempts,
                "next_try_at": state.next_try_at,
                "paused": state.paused,
            }
        )
    return rows
