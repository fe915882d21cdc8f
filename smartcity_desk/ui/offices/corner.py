"""The supervisor's corner: the unit's own hand in the figures: exclusions by area, objections, whether two agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from smartcity_desk.domain.actor import Role
from smartcity_desk.domain.agreement import LEAST_KAPPA
from smartcity_desk.domain.charts import Position
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.offices import words
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.grid import Grid
from smartcity_desk.ui.widgets.gridmodel import Bar, Cell, Column, Row

if TYPE_CHECKING:
    from smartcity_desk.domain.agreement import Share
    from smartcity_desk.domain.equity import Compared
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.ui.offices.book import Corner
    from smartcity_desk.ui.services import Desk

MAY_LOOK: Final = frozenset({Role.SUPERVISOR, Role.ADMIN})
"""Who looks at how single markers and reviewers decide."""
_MOST_ROWS: Final = 8

AREA_COLUMNS: Final = (
    Column("area", "offices.column.area", 160, stretch=True, sorts=False),
    Column("offices", "offices.column.offices", 70, right=True, aside=4, sorts=False),
    Column("items", "offices.column.items", 76, right=True, sorts=False),
    Column("excluded", "offices.column.by_people", 96, right=True, aside=2, sorts=False),
    Column("missed", "offices.column.missed", 84, right=True, aside=3, sorts=False),
    Column("automatic", "offices.column.by_events", 104, right=True, aside=5, sorts=False),
    Column(
        "much",
        "offices.column.much",
        240,
        sorts=False,
        tip_key="offices.tip.much",
    ),
    Column(
        "picked",
        "offices.column.picked",
        252,
        aside=1,
        sorts=False,
        tip_key="offices.tip.picked",
    ),
)
COUNT_COLUMNS: Final = (
    Column("area", "offices.column.area", 170, stretch=True),
    Column("code", "offices.column.code", 230),
    Column("actor", "offices.column.actor", 170),
    Column("excluded", "offices.column.excluded_n", 96, right=True),
    Column("missed", "offices.column.missed", 96, right=True),
)
SHARE_COLUMNS: Final = (
    Column("key", "offices.column.key", 190, stretch=True, sorts=False),
    Column("n", "offices.column.n", 56, right=True, sorts=False),
    Column("hits", "offices.column.hits", 72, right=True, sorts=False),
    Column("share", "offices.column.share_interval", 250, sorts=False),
)


class CornerView(QWidget):
    """Widgets only. People whose role is another are told whose corner it is."""

    left = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._corner: Corner | None = None
        self.back = basic.button(kind="quiet")
        self.back.clicked.connect(self.left)
        self.title = basic.label(step=1, bold=True)
        self.line = QProgressBar()
        self.line.setRange(0, 0)
        self.line.setTextVisible(False)
        self.line.setFixedHeight(3)
        kept = self.line.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.line.setSizePolicy(kept)
        self.intro = basic.label(tone="muted", wrap=True)
        self.areas = Grid(desk, AREA_COLUMNS, "offices.corner.areas", quiet=True)
        self.counts = Grid(desk, COUNT_COLUMNS, "offices.corner.counts", quiet=True)
        self.objected = Grid(desk, SHARE_COLUMNS, "offices.corner.objected", quiet=True)
        self.accepted = Grid(desk, SHARE_COLUMNS, "offices.corner.accepted", quiet=True)
        self.objected_kinds = Grid(desk, SHARE_COLUMNS, "offices.corner.objected_kinds", quiet=True)
        self.accepted_kinds = Grid(desk, SHARE_COLUMNS, "offices.corner.accepted_kinds", quiet=True)
        self.exclusions = basic.label(wrap=True)
        self.objections = basic.label(wrap=True)
        self.kappa = basic.label(step=1, bold=True, wrap=True)
        self.agreement = basic.label(wrap=True)
        self._heads: dict[str, object] = {}
        self._cards = [
            self._card("exclusions", self.exclusions, self.areas, self.counts),
            self._card(
                "objections",
                self.objections,
                self.objected,
                self.accepted,
                self.objected_kinds,
                self.accepted_kinds,
            ),
            self._card("agreement", self.kappa, self.agreement),
        ]
        inside = basic.frame(ground="window")
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 8, 16, 16)
        column.setSpacing(12)
        column.addWidget(self.intro)
        for card in self._cards:
            column.addWidget(card)
        column.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(inside)
        head = basic.row(self.back, self.title, 0, margins=(8, 6, 12, 2), spacing=12)
        whole = basic.column(head, self.line, spacing=0)
        whole.addWidget(self.area, 1)
        self.setLayout(whole)
        self.set_busy(busy=False)
        self.retranslate()

    def _card(self, name: str, *parts: QWidget) -> QFrame:
        card = basic.frame(ground="card")
        column = basic.column(spacing=8, margins=(16, 12, 16, 14))
        head = basic.label(step=1, bold=True)
        self._heads[name] = head
        column.addWidget(head)
        for part in parts:
            if isinstance(part, Grid):
                caption = basic.label(bold=True)
                self._heads[part_name(part)] = caption
                column.addWidget(caption)
            column.addWidget(part)
        card.setLayout(column)
        return card

    @property
    def grids(self) -> tuple[Grid, ...]:
        """All tables, from top to bottom."""
        return (
            self.areas,
            self.counts,
            self.objected,
            self.accepted,
            self.objected_kinds,
            self.accepted_kinds,
        )

    @property
    def allowed(self) -> bool:
        """Whether who works here looks at this."""
        return self._desk.actor is not None and self._desk.actor.role in MAY_LOOK

    def set_busy(self, *, busy: bool) -> None:
        """It is being read."""
        self.line.setVisible(busy)
        for grid in self.grids:
            grid.dim(on=busy and self._corner is not None)

    def take_focus(self) -> None:
        """Put the hand where keys scroll."""
        self.area.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_corner(self, corner: Corner | None) -> None:
        """Show what was read; None = nothing yet."""
        self._corner = corner
        self._fill()

    def _fill(self) -> None:
        allowed, corner, directory = self.allowed, self._corner, self._desk.directory
        for card in self._cards:
            card.setVisible(allowed and corner is not None)
        if not allowed:
            self.intro.setText(tr("offices.corner.not_yours"))
            return
        if corner is None:
            self.intro.setText(tr("offices.loading"))
            return
        days = formats.number(corner.days)
        self.intro.setText(tr("offices.corner.intro", days=days))
        self.exclusions.setText(exclusion_words(corner, directory))
        self.areas.set_rows(area_rows(corner, directory))
        self.counts.set_rows(count_rows(corner, directory))
        self.objections.setText(
            tr("offices.corner.objections.some", n=formats.number(corner.marks))
            if corner.marks
            else tr("offices.corner.objections.none")
        )
        for grid, shares, named in (
            (self.objected, corner.objected, False),
            (self.accepted, corner.accepted, False),
            (self.objected_kinds, corner.objected_by_category, True),
            (self.accepted_kinds, corner.accepted_by_category, True),
        ):
            grid.set_rows(share_rows(shares, directory if named else None))
        self._fill_agreement(corner)
        self._fit()

    def _fill_agreement(self, corner: Corner) -> None:
        found = corner.agreement
        second = tr(
            "offices.kappa.second",
            second=formats.number(corner.second),
            n=formats.number(corner.answers),
            wanted=corner.review_percent,
        )
        if found.kappa is None:
            self.kappa.setText(tr("offices.kappa.none"))
            basic.set_tone(self.kappa, "muted")
            self.agreement.setText(f"{tr('offices.kappa.none.why')} {second}")
            return
        shape, tone = ("▲", "overdue") if found.low else ("●", "in_time")
        word = "offices.kappa.low" if found.low else "offices.kappa.fine"
        least = words.decimal(float(LEAST_KAPPA))
        told = tr(
            word,
            kappa=words.decimal(found.kappa, 2),
            interval=words.bounds(found.lower, found.upper),
            n=formats.number(found.n),
            least=least,
        )
        self.kappa.setText(f"{shape} {told}")
        basic.set_tone(self.kappa, tone)  # type: ignore[arg-type]  # a token of the theme
        agreed = tr("offices.kappa.agreed", agreed=formats.number(found.agreed), n=formats.number(found.n))
        advice = f" {tr('offices.kappa.advice')}" if found.low else ""
        self.agreement.setText(f"{agreed} {second}{advice}")

    def _fit(self) -> None:
        """Each table as tall as its rows, up to some; what is empty goes with its caption."""
        theme = self._desk.theme
        for grid in self.grids:
            n = len(grid.table.shown)
            caption = self._heads[part_name(grid)]
            caption.setVisible(n > 0)  # type: ignore[attr-defined]  # a label
            grid.setVisible(n > 0)
            head = max(grid.horizontalHeader().sizeHint().height(), theme.pixels(28))
            grid.setFixedHeight(head + min(n, _MOST_ROWS) * theme.row_height + 4)

    def retranslate(self) -> None:
        """Every text anew."""
        key = self._desk.commands.shown_key("offices.back")
        self.back.setText(tr("offices.with_key", name=tr("offices.back"), key=key))
        self.title.setText(tr("offices.corner"))
        self.area.setAccessibleName(tr("offices.corner"))
        self.line.setAccessibleName(tr("offices.busy"))
        for name, label in self._heads.items():
            label.setText(tr(f"offices.corner.{name}"))  # type: ignore[attr-defined]  # a label
        for grid in self.grids:
            grid.retranslate()
        self._fill()

    def restyle(self) -> None:
        """Take the theme."""
        for grid in self.grids:
            grid.restyle()
        self._fit()


def part_name(grid: Grid) -> str:
    """The name of a table, after which its caption is called."""
    return grid.name_key.rpartition(".")[2]


def exclusion_words(corner: Corner, directory: Directory) -> str:
    """What the equity test says, and which areas it names."""
    told = words.summary(corner.exclusions.summary)
    for key, where in (("favoured", Position.VERY_HIGH), ("contrary", Position.VERY_LOW)):
        names = [
            words.area(directory, point.area)
            for point in corner.exclusions.points
            if where in (point.much.position, point.picked.position)
        ]
        if names:
            told += " " + tr(f"offices.corner.{key}", areas=", ".join(names))
    return told


def area_rows(corner: Corner, directory: Directory) -> list[Row]:
    """A row for each area, by code."""
    found: list[Row] = []
    for point in corner.exclusions.points:
        name = words.area(directory, point.area)
        much, picked = _compared(point.much), _compared(point.picked)
        cells = (
            Cell(name),
            Cell(formats.number(point.offices)),
            Cell(formats.number(point.items)),
            Cell(f"{formats.number(point.excluded)}  {_part(point.excluded, point.items)}"),
            Cell(formats.number(point.missed)),
            Cell(formats.number(point.automatic)),
            much,
            picked,
        )
        titles = [tr(column.title_key) for column in AREA_COLUMNS]
        said = ", ".join(f"{title} {cell.text}" for title, cell in zip(titles[1:], cells[1:], strict=True))
        found.append(Row(point.area, cells, f"{name}. {said}"))
    return found


def _part(part: int, whole: int) -> str:
    return words.share(part / whole) if whole else words.NOTHING


_LEANS: Final = {
    Position.NOT_ENOUGH: ("–", "muted"),
    Position.WITHIN: ("●", "muted"),
    Position.VERY_HIGH: ("▲", "overdue"),
    Position.VERY_LOW: ("▼", "soon"),
}


def _compared(found: Compared) -> Cell:
    shape, tone = _LEANS[found.position]
    text = tr(
        f"offices.lean.{found.position.value}",
        share=words.share(found.share),
        elsewhere=words.share(found.elsewhere),
    )
    return Cell(f"{shape} {text}", tone)


def count_rows(corner: Corner, directory: Directory) -> list[Row]:
    """A row for each area, code and actor."""
    found: list[Row] = []
    for one in corner.exclusions.counts:
        area, who = words.area(directory, one.area), words.by_whom(one.actor)
        code = tr("offices.code.with", code=one.code, words=words.code_word(one.code))
        cells = (
            Cell(area, order=one.area),
            Cell(code, order=f"{one.code:>3}"),
            Cell(who, "" if one.actor else "muted", who.casefold()),
            Cell(formats.number(one.excluded), order=one.excluded),
            Cell(formats.number(one.missed), order=one.missed),
        )
        said = f"{area}. {code}. {who}. {one.excluded}, {one.missed}"
        found.append(Row(f"{one.area}/{one.code}/{one.actor}", cells, said))
    return found


def share_rows(shares: Sequence[Share], directory: Directory | None) -> list[Row]:
    """A row for each marker, or for each category where a directory knows their names."""
    found: list[Row] = []
    for one in shares:
        name = formats.one_line(one.key, 60) if directory is None else words.category(directory, one.key)
        text = f"{words.share(one.share)}  ({words.bounds(100 * one.lower, 100 * one.upper, digits=1)})"
        cells = (
            Cell(name),
            Cell(formats.number(one.n)),
            Cell(formats.number(one.hits)),
            Cell(text, bar=Bar(one.lower, one.upper, one.share)),
        )
        found.append(Row(one.key, cells, f"{name}. n {one.n}. {one.hits}. {text}"))
    return found
