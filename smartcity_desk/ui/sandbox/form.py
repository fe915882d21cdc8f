"""The numbers of a policy as fields. What is not shown here stays as it is in the copy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QComboBox, QDateEdit, QFormLayout, QLineEdit, QSpinBox, QWidget

from smartcity_desk.domain.calendar import CalendarKind
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.domain.policy import Policy, Rung, Step
from smartcity_desk.domain.times import DAY, HOUR, JAKARTA, from_datetime, to_datetime
from smartcity_desk.i18n import tr
from smartcity_desk.ui.widgets import basic

LEVELS: Final = (
    OfficeLevel.UPT,
    OfficeLevel.KELURAHAN,
    OfficeLevel.KECAMATAN,
    OfficeLevel.SUDIN,
    OfficeLevel.DINAS,
)
LADDERS: Final = ("territorial", "agency")
_MOST_HOURS: Final = 24 * 180


@dataclass(frozen=True, slots=True)
class _Number:
    """A field of whole numbers: its key, its limits, and how it is read from and put into a policy."""

    key: str
    least: int
    most: int
    read: Callable[[Policy], int]
    put: Callable[[Policy, int], Policy]


def _marking(name: str) -> tuple[Callable[[Policy], int], Callable[[Policy, int], Policy]]:
    return (
        lambda policy: int(getattr(policy.marking, name)),
        lambda policy, value: replace(policy, marking=replace(policy.marking, **{name: value})),
    )


def _objection(name: str) -> tuple[Callable[[Policy], int], Callable[[Policy, int], Policy]]:
    return (
        lambda policy: int(getattr(policy.objection, name)),
        lambda policy, value: replace(policy, objection=replace(policy.objection, **{name: value})),
    )


NUMBERS: Final = (
    _Number(
        "verification",
        1,
        _MOST_HOURS,
        lambda policy: policy.verification // HOUR,
        lambda policy, value: replace(policy, verification=value * HOUR),
    ),
    _Number(
        "grace",
        0,
        240,
        lambda policy: policy.grace_ms // HOUR,
        lambda policy, value: replace(policy, grace_ms=value * HOUR),
    ),
    _Number("target", 1, 99, *_marking("target_percent")),
    _Number("least_n", 1, 1000, *_marking("least_n")),
    _Number("window_days", 1, 366, *_marking("window_days")),
    _Number("windows", 1, 12, *_marking("windows")),
    _Number("prior_on_time", 1, 19, *_marking("prior_on_time")),
    _Number("objection_days", 1, 30, *_objection("window_days")),
    _Number("extension_days", 0, 30, *_objection("extension_days")),
    _Number("review_days", 1, 30, *_objection("review_days")),
    _Number(
        "review_percent",
        0,
        100,
        lambda policy: policy.review_percent,
        lambda policy, value: replace(policy, review_percent=value),
    ),
)


class PolicyForm(QWidget):
    """Fields filled from a policy; `policy()` is the copy with what they say. `changed` after every change."""

    changed = Signal()

    def __init__(self, base: Policy, now: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._base = base
        tomorrow = to_datetime(now + DAY).astimezone(JAKARTA).date()
        self.version = QLineEdit(f"{tomorrow:%Y-%m-%d}")
        self.version.setMaxLength(60)
        self.effective = basic.indented(QDateEdit(QDate(tomorrow.year, tomorrow.month, tomorrow.day)))
        self.effective.setMinimumDate(self.effective.date())
        self.effective.setCalendarPopup(True)
        self.effective.setDisplayFormat("d MMM yyyy")
        self.hours: dict[OfficeLevel, QSpinBox] = {}
        self.calendars: dict[OfficeLevel, QComboBox] = {}
        self.numbers: dict[str, QSpinBox] = {}
        self.rungs: dict[tuple[str, Rung], QSpinBox] = {}
        layout = QFormLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        self._add(layout, tr("sandbox.version"), self.version)
        self._add(layout, tr("sandbox.effective"), self.effective)
        for level in LEVELS:
            self._add_level(layout, level)
        for number in NUMBERS:
            box = self._spin(number.least, number.most, number.read(base), "")
            self.numbers[number.key] = box
            self._add(layout, tr(f"sandbox.{number.key}"), box)
        for ladder in LADDERS:
            for step in getattr(base.ladder, ladder):
                if step.to is Rung.OFFICE:
                    continue  # the office itself is told when it is due
                box = self._spin(0, _MOST_HOURS, step.after // HOUR, tr("sandbox.hours"))
                self.rungs[ladder, step.to] = box
                title = tr(
                    "sandbox.rung",
                    ladder=tr(f"sandbox.ladder.{ladder}"),
                    rung=tr(f"sandbox.rung.{step.to.value}"),
                )
                self._add(layout, title, box)
        self.setLayout(layout)
        self.version.textEdited.connect(lambda _: self.changed.emit())
        self.effective.dateChanged.connect(lambda _: self.changed.emit())

    def _add_level(self, layout: QFormLayout, level: OfficeLevel) -> None:
        allowance = self._base.allowance(level, None)
        if allowance is None:
            return
        hours = self._spin(1, _MOST_HOURS, allowance.ms // HOUR, tr("sandbox.hours"))
        calendar = QComboBox()
        for kind in CalendarKind:
            calendar.addItem(tr(f"sandbox.calendar.{kind.value}"), kind)
        calendar.setCurrentIndex(list(CalendarKind).index(allowance.calendar))
        calendar.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.hours[level], self.calendars[level] = hours, calendar
        title = tr("sandbox.response", level=tr(f"sandbox.level.{level.value}"))
        calendar.setAccessibleName(title)
        line = QWidget()
        line.setLayout(basic.row(hours, calendar, 0))
        self._add(layout, title, line, hours)

    def _spin(self, least: int, most: int, value: int, suffix: str) -> QSpinBox:
        box = basic.indented(QSpinBox())
        box.setRange(least, most)
        box.setValue(value)
        box.setSuffix(suffix)
        box.valueChanged.connect(lambda _: self.changed.emit())
        return box

    def _add(self, layout: QFormLayout, title: str, field: QWidget, named: QWidget | None = None) -> None:
        label = basic.label(title)
        label.setBuddy(named or field)
        (named or field).setAccessibleName(title)
        layout.addRow(label, field)

    def policy(self) -> Policy:
        """The copy as the fields say it. Raises ValueError for numbers that no rule can work with."""
        made = self._base
        for number in NUMBERS:
            made = number.put(made, self.numbers[number.key].value())
        day = self.effective.date()
        start = to_datetime(0).replace(year=day.year(), month=day.month(), day=day.day(), tzinfo=JAKARTA)

        def climbed(ladder: str) -> tuple[Step, ...]:
            known: tuple[Step, ...] = getattr(made.ladder, ladder)
            boxes = self.rungs
            return tuple(
                replace(one, after=boxes[ladder, one.to].value() * HOUR) if (ladder, one.to) in boxes else one
                for one in known
            )

        return replace(
            made,
            version=self.version.text().strip(),
            effective_from=from_datetime(start.replace(hour=0)),
            response={**made.response, **{level: box.value() * HOUR for level, box in self.hours.items()}},
            calendars={
                **made.calendars,
                **{level: CalendarKind(box.currentData()) for level, box in self.calendars.items()},
            },
            ladder=replace(
                made.ladder,
                territorial=climbed("territorial"),
                agency=climbed("agency"),
            ),
        )
