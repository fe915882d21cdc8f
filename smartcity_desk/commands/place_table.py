"""`place locate --csv`: a table of points in, a line for each out, however long it is."""

from __future__ import annotations

import csv
import itertools
import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from smartcity_desk import i18n
from smartcity_desk.commands.context import Context
from smartcity_desk.commands.exits import Exit
from smartcity_desk.commands.terminal import to_json
from smartcity_desk.domain.text import CELL_MOST, one_line
from smartcity_desk.i18n import tr, trn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from smartcity_desk.commands.places import Names
    from smartcity_desk.place.resolver import Located

    Floats = NDArray[np.float64]
    _Block = tuple[list[str], Floats, Floats, Floats]

_AT_ONCE: Final = 50_000
_COLUMNS: Final = {
    "lat": ("lat", "latitude", "lintang", "y"),
    "lon": ("lon", "lng", "long", "longitude", "bujur", "x"),
    "accuracy": ("accuracy", "accuracy_m", "akurasi", "akurasi_m"),
    "id": ("id", "no", "nomor", "report", "laporan"),
}
_MOST_ID: Final = 120
_MOST_CELL: Final = 10_000
_MOST_LAT: Final = 90.0
_MOST_LON: Final = 180.0


def locate_table(context: Context, name: str) -> int:
    """Read `lat,lon[,accuracy,id]` from a file, or standard input for `-`, and say where each lies, in their order.

    A row that is no position has no location, like 0,0; none is left out. What they came to is said at the end. Raises
    BadData for a table without columns.
    """
    import numpy as np

    from smartcity_desk.commands.places import directory_of, library, places_names

    places = library(context, directory_of(context))
    resolver, names = places.resolver(), places_names(places)
    terminal = context.terminal
    say = _Lines(names, resolver.edition, as_json=terminal.as_json)
    counts: Counter[str] = Counter()
    impossible = swapped = 0
    with _opened(context, name) as stream:
        for ids, lats, lons, accuracies in _blocks(stream):
            wrong = np.isfinite(lats) & np.isfinite(lons)
            wrong &= (np.abs(lats) > _MOST_LAT) | (np.abs(lons) > _MOST_LON)
            impossible += int(wrong.sum())
            swapped += int((wrong & (np.abs(lons) <= _MOST_LAT) & (np.abs(lats) <= _MOST_LON)).sum())
            # what is no position on the earth is none
            found = resolver.locate_many(np.where(wrong, math.nan, lats), lons, accuracies)
            counts.update(_badge(number) for number in found.badge.tolist())
            terminal.out.write(say.block(ids, lats, lons, found))
    terminal.note(trn("cli.place.table.rows", counts.total()))
    for badge, n in counts.most_common():
        terminal.note(tr("cli.place.table.badge", badge=tr(f"place.badge.{badge}"), n=i18n.format_number(n)))
    if impossible:
        terminal.note(trn("cli.place.table.impossible", impossible))
    if swapped:
        terminal.note(tr("cli.place.table.swapped"))
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
    number = 0
    try:
        csv.field_size_limit(CELL_MOST)
        rows = csv.reader(stream, delimiter=mark)
        while some := list(itertools.islice(rows, _AT_ONCE)):
            some = [row for row in some if row]
            if any(len(cell) > _MOST_CELL for row in some for cell in row):
                raise bad("csv_row")
            ids = _texts(some, at["id"])
            named = [own[:_MOST_ID] or str(n) for n, own in enumerate(ids, number + 1)]
            number += len(some)
            lats, lons, accuracies = (_numbers(_texts(some, at[name])) for name in ("lat", "lon", "accuracy"))
            yield named, lats, lons, accuracies
    except csv.Error:
        raise bad("csv_row") from None


def _texts(rows: list[list[str]], at: int) -> list[str]:
    if at < 0:
        return [""] * len(rows)
    return [row[at] if at < len(row) else "" for row in rows]


def _numbers(texts: list[str]) -> Floats:
    """The numbers of a column; what is none is NaN. All at once where all are numbers, which is the rule."""
    import numpy as np

    try:
        return np.array(texts, np.float64)
    except ValueError:
        return np.array([_number(text) for text in texts], np.float64)


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return math.nan


class _Lines:
    """Lines of answers. What is the same for every point of a kelurahan is written once."""

    def __init__(self, names: Names, edition: str, *, as_json: bool) -> None:
        self._names = names
        self._json = as_json
        self._edition = to_json(edition)
        self._places: dict[tuple[int, int], str] = {}
        self._others: dict[int, str] = {}

    def block(self, ids: list[str], lats: Floats, lons: Floats, found: Located) -> str:
        """The lines for some points, each with its line break."""
        rows = zip(
            ids,
            lats.tolist(),
            lons.tolist(),
            found.badge.tolist(),
            found.place.tolist(),
            found.neighbour.tolist(),
            found.border_m.tolist(),
            strict=True,
        )
        if not self._json:
            return "".join(self._plain_line(found, *row) for row in rows)
        lines = []
        places, others = self._places, self._others
        for own, lat, lon, badge, place, other, border in rows:
            where = places.get((badge, place)) or self._place_text(found, badge, place)
            behind = others.get(other) or self._other_text(found, other)
            # Letters and digits need no escaping, and most ids are nothing else.
            named = f'"{own}"' if own.isalnum() and own.isascii() else to_json(own)
            point = f'"lat": {lat!r}, "lon": {lon!r}'
            if not (math.isfinite(lat) and math.isfinite(lon)):
                point = f'"lat": {_json_number(lat)}, "lon": {_json_number(lon)}'
            lines.append(f'{{"id": {named}, {point}, {where}{border if border >= 0 else "null"}{behind}')
        return "".join(lines)

    def _place_text(self, found: Located, badge: int, place: int) -> str:
        fields = self._names.fields(None if place < 0 else found.codes[place])
        value = _badge(badge)
        said = {**fields, "badge": value, "badge_text": tr(f"place.badge.{value}")}
        text = self._places[badge, place] = f'{to_json(said)[1:-1]}, "border_m": '
        return text

    def _other_text(self, found: Located, other: int) -> str:
        fields = None if other < 0 else self._names.fields(found.codes[other])
        text = self._others[other] = f', "neighbour": {to_json(fields)}, "edition": {self._edition}}}\n'
        return text

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
            _degrees(lat),
            _degrees(lon),
            tr(f"place.badge.{_badge(badge)}"),
            "—" if place < 0 else f"{found.codes[place]} {self._names.whole(found.codes[place])}",
            "—" if border < 0 else f"{border} m",
            "—" if other < 0 else f"{found.codes[other]} {self._names.name(found.codes[other])}",
        ]
        return "\t".join(cells) + "\n"


def _degrees(value: float) -> str:
    return f"{value:.6f}" if math.isfinite(value) else "—"


def _badge(number: int) -> str:
    from smartcity_desk.place.resolver import BADGES

    return BADGES[number].value


def _json_number(value: float) -> str:
    return repr(value) if math.isfinite(value) else "null"
