"""The list as tables for machines and for Excel: CSV and XLSX, each with a data dictionary.

CSV is written for the Excel of the paper's language: in Indonesian regional settings the list separator is `;` and the
decimal mark `,`, and a file with other marks opens in a single column. A byte-order mark tells Excel that it is UTF-8.
Numbers are numbers and dates are dates; a text that a spreadsheet would take for a formula, a number or a date gets an
apostrophe in front, so that nobody's words are computed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from smartcity_desk.documents import words
from smartcity_desk.documents.model import EscalationList, Figure, ListRow, SilentReport, WindowFigures
from smartcity_desk.domain.privacy import mask
from smartcity_desk.domain.text import one_line
from smartcity_desk.domain.times import JAKARTA, to_datetime, to_iso
from smartcity_desk.i18n import language, speaking, tr

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

Cell = str | int | float | datetime | None

TEXT_MOST: Final = 2000
_FORMULA: Final = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20|%]|[\t\r\n]")
_TAKEN_FOR_NUMBER: Final = re.compile(
    r"0\d+|\d{16,}|\d+[.,]\d+|[\d.,]*\d[eE]\d+|\d{1,4}[./-]\d{1,4}(?:[./-]\d{1,4})?"
)
"""What would lose its leading zeros or last digits, or become a date or a power of ten."""
_TENTH: Final = 10


def harmless(text: str) -> str:
    """A text on one line that a spreadsheet shows and never computes: masked, and with an apostrophe where needed."""
    risky = _FORMULA.match(text) is not None
    shown = mask(one_line(text, TEXT_MOST)).text
    if risky or _FORMULA.match(shown) is not None or _TAKEN_FOR_NUMBER.fullmatch(shown) is not None:
        return f"'{shown}"
    return shown


def csv_files(model: EscalationList, path: Path) -> dict[Path, bytes]:
    """The list as `path`, and beside it its dictionary and, if there is one, the silent list."""
    with speaking(model.language):
        files = {path: _csv(_heads(_columns(model)), _rows(model))}
        if model.silent:
            silent = ([column.of(row) for column in _SILENT] for row in model.silent)
            files[_beside(path, tr("paper.sheet.file.silent"))] = _csv(_heads(_SILENT), silent)
        files[_beside(path, tr("paper.sheet.file.dictionary"))] = _csv(*_dictionary(model))
        return files


def xlsx(model: EscalationList) -> bytes:
    """The list as a workbook: the list, the silent list if there is one, and the dictionary. Same list, same bytes."""
    import xlsxwriter

    packed = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd hh:mm",
        "remove_timezone": True,
    }
    with speaking(model.language):
        book = xlsxwriter.Workbook(packed, options)
        book.set_properties(
            {
                "title": one_line(f"{tr('paper.list.title')} {model.number}", 200),
                "author": one_line(model.letterhead.name, 200),
                "created": to_datetime(model.printed_at).replace(tzinfo=None, microsecond=0),
            }
        )
        columns = _columns(model)
        _sheet(book, tr("paper.sheet.list"), _heads(columns), _rows(model), [one.width for one in columns], 4)
        if model.silent:
            rows = ([column.of(row) for column in _SILENT] for row in model.silent)
            _sheet(book, tr("paper.sheet.silent"), _heads(_SILENT), rows, [one.width for one in _SILENT], 1)
        heads, meanings = _dictionary(model)
        _sheet(book, tr("paper.sheet.dictionary"), heads, meanings, [34, 90, 26], 1)
        book.close()
    return packed.getvalue()


# ---------------------------------------------------------------- columns


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the key of its words, how to get its cell, its width in letters, and which window it is of."""

    key: str
    of: Callable[[Any], Cell]
    width: int = 12
    window: int | None = None

    @property
    def head(self) -> str:
        """What stands above it."""
        name = tr(f"paper.sheet.column.{self.key}")
        return name if self.window is None else f"{name} {words.roman(self.window)}"

    @property
    def meaning(self) -> str:
        """What the dictionary says of it."""
        return tr(f"paper.sheet.means.{self.key}")

    @property
    def unit(self) -> str:
        """In what it is counted."""
        return tr(f"paper.sheet.unit.{_UNITS.get(self.key, 'text')}")


_UNITS: Final = {
    "no": "number",
    "data_at": "time",
    "holder_since": "time",
    "n": "reports",
    "on_time": "reports",
    "silent": "reports",
    "slow": "reports",
    "empty": "reports",
    "excluded": "reports",
    "share": "percent",
    "lower": "percent",
    "upper": "percent",
    "target": "percent",
    "delivered": "time",
    "due": "time",
    "answered": "time",
}


def _columns(model: EscalationList) -> list[Column]:
    data_at = _local(model.origin.data_at)
    number = harmless(model.number)

    def of_row(get: Callable[[ListRow], Cell]) -> Callable[[tuple[int, ListRow]], Cell]:
        return lambda numbered: get(numbered[1])

    columns = [
        Column("no", lambda numbered: numbered[0], 5),
        Column("code", of_row(lambda row: harmless(row.code)), 12),
        Column("office", of_row(lambda row: harmless(row.office)), 15),
        Column("office_name", of_row(lambda row: harmless(row.office_name)), 28),
        Column("superior", of_row(lambda row: harmless(row.superior)), 24),
        Column("holder", of_row(lambda row: None if row.holder is None else harmless(row.holder.name)), 24),
        Column("acting", of_row(_acting), 8),
        Column(
            "holder_since", of_row(lambda row: None if row.holder is None else _local(row.holder.since)), 17
        ),
    ]
    for at in range(len(model.windows)):
        columns += [_figure_column(name, at) for name in _FIGURES]
    columns += [
        Column("objection", of_row(_objection), 30),
        Column("state", of_row(lambda row: tr(f"paper.step.{row.state.value}")), 18),
        Column("manifest", of_row(lambda row: harmless(row.manifest)), 20),
        Column("number", of_row(lambda _: number), 20),
        Column("data_at", of_row(lambda _: data_at), 17),
    ]
    return columns


_FIGURES: Final = ("n", "on_time", "share", "lower", "upper", "target", "silent", "slow", "empty", "excluded")
_TENTHS: Final = frozenset({"share", "lower", "upper", "target"})


def _figure_column(name: str, window: int) -> Column:
    def of(numbered: tuple[int, ListRow]) -> Cell:
        windows: tuple[WindowFigures, ...] = numbered[1].windows
        figure: Figure | None = getattr(windows[window], name)
        if figure is None:
            return None
        return figure.value / _TENTH if name in _TENTHS else figure.value

    return Column(name, of, 9, window)


def _answered(row: SilentReport) -> Cell:
    return None if row.answered is None else _local(row.answered.at)


_SILENT: Final = (
    Column("office", lambda row: harmless(row.office), 15),
    Column("office_name", lambda row: harmless(row.office_name), 28),
    Column("report", lambda row: harmless(row.number), 12),
    Column("category", lambda row: harmless(row.category), 26),
    Column("place", lambda row: harmless(row.place), 40),
    Column("delivered", lambda row: _local(row.delivered.at), 17),
    Column("due", lambda row: _local(row.due.at), 17),
    Column("answered", _answered, 17),
)


def _acting(row: ListRow) -> Cell:
    if row.holder is None:
        return None
    return tr("paper.sheet.yes") if row.holder.acting else tr("paper.sheet.no")


def _objection(row: ListRow) -> str:
    if not row.objections:
        return words.no_objection(row.state).partition(" ")[2]
    return "; ".join(words.standing(one.standing) for one in row.objections)


def _rows(model: EscalationList) -> Iterable[list[Cell]]:
    columns = _columns(model)
    return ([column.of(numbered) for column in columns] for numbered in enumerate(model.rows, start=1))


def _heads(columns: Iterable[Column]) -> list[str]:
    return [column.head for column in columns]


def _dictionary(model: EscalationList) -> tuple[list[str], list[list[Cell]]]:
    """What each column means, and what the whole is made from."""
    heads = [
        tr("paper.sheet.dictionary.column"),
        tr("paper.sheet.dictionary.means"),
        tr("paper.sheet.dictionary.unit"),
    ]
    columns = [*_columns(model), *(_SILENT if model.silent else ())]
    meanings: dict[str, list[Cell]] = {
        column.head: [column.head, column.meaning, column.unit] for column in columns
    }
    origin = model.origin
    made_from = [
        (tr("paper.data_at"), to_iso(origin.data_at)),
        (tr("paper.policy"), harmless(", ".join(origin.policies))),
        (tr("paper.dossier.rules"), origin.rules_sha256),
        (tr("paper.snapshot"), origin.snapshot_sha256),
    ]
    for at, (since, until) in enumerate(model.windows):
        made_from.append(
            (tr("paper.window.numbered", number=words.roman(at)), f"{to_iso(since)} – {to_iso(until)}")
        )
    rows = list(meanings.values())
    for name, value in made_from:
        rows.append([tr("paper.sheet.of_this", name=name), value, tr("paper.sheet.unit.text")])
    return heads, rows


def _local(at: int) -> datetime:
    """The instant as a date of Jakarta without a zone, as spreadsheets have them, to the minute."""
    return to_datetime(at).astimezone(JAKARTA).replace(tzinfo=None, second=0, microsecond=0)


# ---------------------------------------------------------------- files


def _beside(path: Path, name: str) -> Path:
    return path.with_name(f"{path.stem}-{name}{path.suffix}")


def _csv(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    indonesian = language() == "id"
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";" if indonesian else ",", lineterminator="\r\n")
    writer.writerow(heads)
    for row in rows:
        writer.writerow([_csv_cell(cell, indonesian) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _csv_cell(cell: Cell, indonesian: bool) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes")
    if isinstance(cell, float):
        written = f"{cell:.1f}"
        return written.replace(".", ",") if indonesian else written
    return str(cell)


def _sheet(
    book: Any,
    name: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    widths: Sequence[int],
    frozen: int,
) -> None:
    """A sheet with a frozen head, a filter, widths, and every text written as a text."""
    sheet: Worksheet = book.add_worksheet(name)
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    top = book.add_format({"valign": "top", "text_wrap": True, "quote_prefix": True})
    moment = book.add_format({"valign": "top", "num_format": "yyyy-mm-dd hh:mm"})
    tenth = book.add_format({"valign": "top", "num_format": "0.0"})
    whole = book.add_format({"valign": "top", "num_format": "0"})
    for at, (text, width) in enumerate(zip(heads, widths, strict=True)):
        sheet.write_string(0, at, text, head)
        sheet.set_column(at, at, width)
    last = 0
    for last, row in enumerate(rows, start=1):
        for at, cell in enumerate(row):
            if isinstance(cell, datetime):
                sheet.write_datetime(last, at, cell, moment)
            elif isinstance(cell, float):
                sheet.write_number(last, at, cell, tenth)
            elif isinstance(cell, int):
                sheet.write_number(last, at, cell, whole)
            elif cell:
                sheet.write_string(last, at, cell, top)
    sheet.freeze_panes(1, frozen)
    sheet.autofilter(0, 0, last, len(heads) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(0)
