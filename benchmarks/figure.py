"""One measured figure, its target, and how both are written down."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Final

AT_MOST: Final = "at most"
AT_LEAST: Final = "at least"


@dataclass(frozen=True, slots=True)
class Options:
    """How large and how often. `scale` 1.0 is the size that the promises speak of; smaller is for trying things."""

    scale: float = 1.0
    repeats: int = 3

    def size(self, full: int, least: int = 1) -> int:
        """Return `full` at the chosen scale, never below `least`."""
        return max(least, round(full * self.scale))


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its unit, beside the control that was measured in the same run.

    `target` is what `value` is held against (None: only told), in the same unit; `sense` says on which side it has
    to lie. `control` is the yardstick's own value: the ratio of the two is what may be compared between machines.
    """

    name: str
    value: float
    unit: str
    target: float | None = None
    sense: str = AT_MOST
    control: float | None = None
    control_name: str = ""
    note: str = ""
    details: dict[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """Return value over control, or None without a control."""
        if self.control is None or self.control == 0 or math.isnan(self.value):
            return None
        return self.value / self.control

    @property
    def reached(self) -> bool | None:
        """Tell whether the target is reached; None where there is none. What could not be measured is not reached."""
        if self.target is None:
            return None
        if math.isnan(self.value):
            return False
        return self.value <= self.target if self.sense == AT_MOST else self.value >= self.target

    def to_json(self) -> dict[str, object]:
        """Return the figure as plain values, with its ratio and whether it was reached."""
        plain = {
            key: None if isinstance(value, float) and not math.isfinite(value) else value
            for key, value in asdict(self).items()
        }
        return plain | {"ratio": self.ratio, "reached": self.reached}

    @classmethod
    def from_json(cls, plain: dict[str, object]) -> Figure:
        """Return the figure that :meth:`to_json` wrote down."""
        fields = {key: value for key, value in plain.items() if key not in {"ratio", "reached"}}
        if fields.get("value") is None:
            fields["value"] = math.nan
        return cls(**fields)  # type: ignore[arg-type]  # written by to_json


def percentile(values: Iterable[float], percent: float) -> float:
    """Return the value below which `percent` of `values` lie, by the nearest rank. Raises ValueError for none."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values to take a percentile of")
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def middle(values: Iterable[float]) -> float:
    """Return the median of `values`."""
    return median(values)


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as an aligned table: value, target, whether reached, and the ratio to the control."""
    head = ("figure", "value", "target", "", "control", "ratio")
    rows = [head]
    for figure in figures:
        verdict = {True: "reached", False: "MISSED", None: ""}[figure.reached]
        target = "" if figure.target is None else f"{figure.sense} {_number(figure.target)} {figure.unit}"
        control = (
            ""
            if figure.control is None
            else f"{_number(figure.control)} {figure.unit} {figure.control_name}".strip()
        )
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}x"
        rows.append((figure.name, f"{_number(figure.value)} {figure.unit}", target, verdict, control, ratio))
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    notes = [f"  {figure.name}: {figure.note}" for figure in figures if figure.note]
    return "\n".join(lines + notes)


def _number(value: float) -> str:
    if math.isnan(value):
        return "-"
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"
