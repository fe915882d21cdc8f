"""`place locate --csv`: a table of points in, a line for each out, however long it is."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from smartcity_desk.commands.context import Context
from smartcity_desk.commands.exits import Exit
from smartcity_desk.commands.terminal import to_json
from smartcity_desk.domain.text import one_line
from smartcity_desk.i18n import tr

if TYPE_CHECKING:
    from smartcity_desk.commands.places import Names
    from smartcity_desk.place.resolver import Located

_AT_ONCE: Final = 50_000
_COLUMNS: Final = {
    "lat": ("lat", "latitude", "lintang", "y"),
    "lon": ("lon", "lng", "long", "longitude", "bujur", "x"),
    "accuracy": ("accuracy", "accuracy_m", "akurasi", "akurasi_m"),
    "id": ("id", "no", "nomor", "report", "laporan"),
}
_MOST_ID: Final = 120


def locate_table(context: Context, name: str) -> int:
    """Read `lat,lon[,accuracy,id]` from a file, or standard input for `-`, and say where each lies, in their order.

    A row that is no position has no location, like 0,0; none is left out. Raises BadData for a table without columns.
    """
    from smartcity_desk.commands.places import directory_of, library, places_names

    places = library(context, directory_of(context))
    resolver, names = places.resolver(), places_names(places)
    terminal = context.terminal
    say = _Lines(names, resolver.edition, as_json=terminal.as_json)
    with _opened(context, name) as stream:
        for ids, lats, lons, accuracies in _blocks(stream):
            found = resolver.locate_many(lats, lons, accuracies)
            terminal.out.write(say.block(ids, lats, lons, found))
    if places.approximate:
        terminal.note(tr("place.approximate"))
    return Exit.OK


@contextmanager
def _opened(context: Context, name: str) -> Iterator[TextIO]:
    from smartcity_desk.place.problems import bad

    if name == "-":
        yield context.stdin
        return
    path = Path(name).expanduser()
    try:
        stream = path.open(encoding="utf-8-sig", errors="replace", newline="")
    except FileNotFoundError:
        raise bad("missing_file", name=path.name) from None
    except OSError:
        raise bad("unreadable", name=path.name) from None
    with stream:
        yield stream


_Block = tuple[list[str], list[float], list[float], list[float]]


def _blocks(stream: TextIO) -> Iterator[_Block]:
    from smartcity_desk.place.problems import bad

    head = stream.readline(100_000).lstrip("\ufeff")
    mark = max(",;\t", key=head.count)
    columns = [cell.strip().strip('"').lower() for cell in head.split(mark)]
    at = {
        name: next((columns.index(word) for word in spellings if word in columns), -1)
        for name, spellings in _COLUMNS.items()
    }
    if at["lat"] < 0 or at["lon"] < 0:
        raise bad("csv")
    block: _Block = ([], [], [], [])
    try:
        for number, row in enumerate(csv.reader(stream, delimiter=mark), 1):
            if not row:
                continue
            own = at["id"]
            block[0].append(row[own][:_MOST_ID] if 0 <= own < len(row) else str(number))
            for cells, name in zip(block[1:], ("lat", "lon", "accuracy"), strict=True):
                cells.append(_number(row, at[name]))
            if len(block[0]) >= _AT_ONCE:
                yield block
                block = ([], [], [], [])
    except csv.Error:
        raise bad("csv") from None
    if block[0]:
        yield block


def _number(row: list[str], at: int) -> float:
    if not 0 <= at < len(row):
        return math.nan
    try:
        return float(row[at].replace(",", "."))
    except ValueError:
        return math.nan


class _Lines:
    """Lines of answers. What is the same for every point of a kelurahan is written once."""

    def __init__(self, names: Names, edition: str, *, as_json: bool) -> None:
        self._names = names
        self._json = as_json
        self._edition = to_json(edition)
        self._badges: dict[int, str] = {}
        self._places: dict[int, str] = {}
        self._others: dict[int, str] = {}

    def block(self, ids: list[str], lats: list[float], lons: list[float], found: Located) -> str:
        """The lines for some points, each with its line break."""
        line = self._json_line if self._json else self._plain_line
        rows = zip(
            ids,
            lats,
            lons,
            found.badge.tolist(),
            found.place.tolist(),
            found.neighbour.tolist(),
            found.border_m.tolist(),
            strict=True,
        )
        return "".join(line(found, *row) for row in rows)

    def _json_line(
        self,
        found: Located,
        own: str,
        lat: float,
        lon: float,
        badge: int,
        place: int,
        other: int,
        border: int,
    ) -> str:
        place_text = self._places.get(place)
        if place_text is None:
            fields = self._names.fields(None if place < 0 else found.codes[place])
            place_text = self._places[place] = to_json(fields)[1:-1]
        other_text = self._others.get(other)
        if other_text is None:
            other_text = self._others[other] = (
                "null" if other < 0 else to_json(self._names.fields(found.codes[other]))
            )
        badge_text = self._badges.get(badge)
        if badge_text is None:
            value = _badge(badge)
            badge_text = self._badges[badge] = (
                f'"badge": {to_json(value)}, "badge_text": {to_json(tr(f"place.badge.{value}"))}'
            )
        # Digits need no escaping, and most ids are digits.
        named = f'"{own}"' if own.isalnum() and own.isascii() else to_json(own)
        far = border if border >= 0 else "null"
        return (
            f'{{"id": {named}, "lat": {_json_number(lat)}, "lon": {_json_number(lon)}, {place_text}, {badge_text}, '
            f'"border_m": {far}, "neighbour": {other_text}, "edition": {self._edition}}}\n'
        )

    def _plain_line(
        self,
        found: Located,
        own: str,
        lat: float,
        lon: float,
        badge: int,
        place: int,
        other: int,
        border: int,
    ) -> str:
        cells = [
            one_line(own, 40),
            f"{lat:.6f}",
            f"{lon:.6f}",
            tr(f"place.badge.{_badge(badge)}"),
            "—" if place < 0 else f"{found.codes[place]} {self._names.whole(found.codes[place])}",
            "—" if border < 0 else f"{border} m",
            "—" if other < 0 else f"{found.codes[other]} {self._names.name(found.codes[other])}",
        ]
        return "\t".join(cells) + "\n"


def _badge(number: int) -> str:
    from smartcity_desk.place.resolver import BADGES

    return BADGES[number].value


def _json_number(value: float) -> str:
    return repr(value) if math.isfinite(value) else "null"
