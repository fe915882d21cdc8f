"""Figures of offices in words: shares with their intervals, standings, codes, steps. No widget, no store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from smartcity_desk import i18n
from smartcity_desk.domain.charts import Position, Summary
from smartcity_desk.domain.fairness import Finding, Interval
from smartcity_desk.domain.incident import JOINED
from smartcity_desk.domain.items import AUTOMATIC, REASONS, Outcome
from smartcity_desk.domain.marks import DEFAULT_REASON, MarkStep, step
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.theme import SHAPES, State
from smartcity_desk.ui.triage import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smartcity_desk.domain.custody import Excluded
    from smartcity_desk.domain.items import Item
    from smartcity_desk.domain.law import Law
    from smartcity_desk.domain.marks import MarkState
    from smartcity_desk.domain.office import Directory, Tenure

NOTHING: Final = words.NOTHING


class Said(NamedTuple):
    """A state as the eye sees it: shape, word, colour token."""

    shape: str
    word: str
    tone: str

    @property
    def text(self) -> str:
        """Shape and word."""
        return f"{self.shape} {self.word}"


# ---------------------------------------------------------------- numbers


def percent(tenths: int | None) -> str:
    """A share in tenths of a percent: `62,5 %`; a dash where nothing can be said."""
    return NOTHING if tenths is None else tr("offices.percent", n=decimal(tenths / 10))


def share(value: float | None) -> str:
    """A share between 0 and 1, in the same form."""
    return NOTHING if value is None else tr("offices.percent", n=decimal(100 * value))


def decimal(value: float, digits: int = 1) -> str:
    """A number with decimals in the language spoken now."""
    return formats.locale().toString(value, "f", digits)


def interval(found: Interval | None) -> str:
    """Both ends of an interval: `48,1 sampai 74,9 %` in short."""
    if found is None:
        return NOTHING
    return tr("offices.interval", low=decimal(found.lower / 10), high=decimal(found.upper / 10))


def bounds(lower: float | None, upper: float | None, *, digits: int = 2) -> str:
    """Both ends of an interval of plain numbers."""
    if lower is None or upper is None:
        return NOTHING
    return tr("offices.bounds", low=decimal(lower, digits), high=decimal(upper, digits))


def length(ms: int | None) -> str:
    """A length of time, or a dash."""
    return NOTHING if ms is None else formats.duration(ms)


def day(instant: int | None) -> str:
    """A date in few letters, or a dash."""
    return NOTHING if instant is None else formats.short_date(instant)


# ---------------------------------------------------------------- standings

_FINDINGS: Final[dict[Finding, tuple[str, str]]] = {
    Finding.CANDIDATE: (SHAPES[State.CANDIDATE], State.CANDIDATE.value),
    Finding.ONE_WINDOW: ("◐", State.UNCERTAIN.value),
    Finding.CLEAR: ("○", "muted"),
    Finding.NOT_ENOUGH: ("–", "muted"),
}
ORDER: Final = (Finding.CANDIDATE, Finding.ONE_WINDOW, Finding.CLEAR, Finding.NOT_ENOUGH)
"""In which order standings are sorted: what asks for a decision first."""

_OUTCOMES: Final[dict[Outcome, tuple[str, str]]] = {
    Outcome.ON_TIME: (SHAPES[State.IN_TIME], State.IN_TIME.value),
    Outcome.SLOW: (SHAPES[State.SOON], State.SOON.value),
    Outcome.SILENT: (SHAPES[State.OVERDUE], State.OVERDUE.value),
    Outcome.RUNNING: ("◔", "muted"),
}
EMPTY_SHAPE: Final = "□"

_POSITIONS: Final[dict[Position, tuple[str, str]]] = {
    Position.NOT_ENOUGH: ("–", "muted"),
    Position.VERY_LOW: ("▼", "overdue"),
    Position.LOW: ("▽", "soon"),
    Position.WITHIN: ("●", "muted"),
    Position.HIGH: ("△", "in_time"),
    Position.VERY_HIGH: ("▲", "in_time"),
}


POSITION_TONES: Final = {where: tone for where, (_, tone) in _POSITIONS.items()}


def finding(found: Finding) -> Said:
    """What the rule says of an office."""
    shape, tone = _FINDINGS[found]
    return Said(shape, tr(f"offices.finding.{found.value}"), tone)


def standing(found: Finding, mark: MarkState | None, law: Law, now: int) -> Said:
    """Where an office stands: the step of its live mark, else what the rule says."""
    if mark is None:
        return finding(found)
    return Said(SHAPES[State.CANDIDATE], step_word(step(mark, law, now)), State.CANDIDATE.value)


def step_word(where: MarkStep) -> str:
    """A step of a mark."""
    return tr(f"offices.step.{where.value}")


def outcome(one: Item) -> Said:
    """What is known of an item. Empty is a label beside the other, never one of the three."""
    shape, tone = _OUTCOMES[one.outcome]
    word = tr(f"offices.outcome.{one.outcome.value}")
    if one.empty:
        return Said(shape, tr("offices.outcome.and_empty", outcome=word, shape=EMPTY_SHAPE), tone)
    return Said(shape, word, tone)


def position(where: Position) -> Said:
    """Where a value lies between its limits."""
    shape, tone = _POSITIONS[where]
    return Said(shape, tr(f"offices.position.{where.value}"), tone)


_MIX: Final[dict[Position, tuple[str, str]]] = {
    Position.NOT_ENOUGH: ("–", "muted"),
    Position.VERY_LOW: ("▽", "in_time"),
    Position.WITHIN: ("●", "muted"),
    Position.VERY_HIGH: ("▲", "overdue"),
}
"""Here high means that more was missed than the mix explains."""
MIX_TONES: Final = {where: tone for where, (_, tone) in _MIX.items()}


def mix_position(where: Position) -> Said:
    """Where an office lies against its own mix of categories."""
    shape, tone = _MIX[where]
    return Said(shape, tr(f"offices.mix.{where.value}"), tone)


def excluded_code(found: Excluded) -> str:
    """The code of an exclusion with its words."""
    return tr("offices.code.with", code=found.code.value, words=code_word(found.code.value))


def code_word(code: str) -> str:
    """What a code E1-E11 says."""
    return tr(f"offices.code.{code}")


def by_whom(user: str) -> str:
    """Who excluded: an account, or nobody, when it follows from the events themselves."""
    return tr("offices.by_itself") if user == AUTOMATIC else formats.one_line(user, 40)


_OWN_REASONS: Final = frozenset((*REASONS, DEFAULT_REASON))


def reason(found: Excluded) -> str:
    """Why, in the person's own words or, where nobody said it, in ours."""
    if found.reason == JOINED or (found.user == AUTOMATIC and found.reason in _OWN_REASONS):
        return tr(f"offices.reason.{found.reason}")
    return formats.one_line(found.reason, 300)


# ---------------------------------------------------------------- names


def office(directory: Directory, code: str) -> str:
    """The name of an office."""
    return words.office_name(directory, code)


def category(directory: Directory, code: str | None) -> str:
    """The name of a category, or that there is none."""
    return words.category_name(directory, code) if code else tr("offices.no_category")


def area(directory: Directory, code: str) -> str:
    """The name of a city, or that an office works for all of them."""
    found = directory.offices.get(code)
    if found is None or found.level.value == "provinsi":
        return tr("offices.area.whole")
    return formats.one_line(found.name, 60)


def level(name: str) -> str:
    """A level of offices; the empty one is all of them."""
    return tr(f"offices.level.{name or 'any'}")


def holder(tenure: Tenure | None, directory: Directory) -> str:
    """The name of a holder, with Plt. for an acting one."""
    if tenure is None:
        return NOTHING
    known = directory.officials.get(tenure.official)
    name = formats.one_line(tenure.official if known is None else known.name, 60)
    return tr("offices.acting", name=name.removeprefix("Plt. ")) if tenure.acting else name


# ---------------------------------------------------------------- sentences

_SHARES: Final = frozenset({"share"})
_RATIOS: Final = frozenset({"spread", "rate"})


def summary(found: Summary) -> str:
    """The sentence below a chart."""
    return tr(f"offices.summary.{found.key.value}", **_filled(found.params))


def _filled(params: Mapping[str, int | float]) -> dict[str, str]:
    shown: dict[str, str] = {}
    for name, value in params.items():
        if name in _SHARES:
            shown[name] = share(float(value))
        elif name in _RATIOS or isinstance(value, float):
            shown[name] = decimal(float(value))
        else:
            shown[name] = i18n.format_number(value)
    return shown
