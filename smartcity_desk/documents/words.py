"""What codes of the domain are called on paper, each with a shape, so that no colour is needed to tell them apart."""

from __future__ import annotations

from typing import Final

from smartcity_desk.documents.ledger import Ledger
from smartcity_desk.documents.model import Holder, Method, WindowFigures
from smartcity_desk.documents.printable import line
from smartcity_desk.documents.wording import number, short_date, tenths
from smartcity_desk.domain.events import ExclusionCode
from smartcity_desk.domain.incident import JOINED
from smartcity_desk.domain.items import AUTOMATIC, Outcome
from smartcity_desk.domain.marks import MarkStep, Standing
from smartcity_desk.i18n import has_text, tr

NONE: Final = "–"
"""Where n says too little, nothing stands."""

HOLDER_MOST: Final = 60
_EVENT_SHOWN: Final = 13
_ROMAN: Final = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")

STEP_SHAPES: Final = {
    MarkStep.NONE: "○",
    MarkStep.CANDIDATE: "○",
    MarkStep.NOTIFIED: "◐",
    MarkStep.WINDOW: "◐",
    MarkStep.OBJECTED: "◐",
    MarkStep.REVIEWED: "◐",
    MarkStep.ELIGIBLE: "●",
    MarkStep.PROPOSED: "▲",
    MarkStep.DECIDED: "■",
    MarkStep.ARCHIVED: "□",
    MarkStep.WITHDRAWN: "□",
}
STANDING_SHAPES: Final = {
    Standing.OPEN: "○",
    Standing.UNDER_REVIEW: "◐",
    Standing.ACCEPTED: "●",
    Standing.PARTLY: "◑",
    Standing.REJECTED: "■",
    Standing.DEFAULT: "●",
}
OUTCOME_SHAPES: Final = {
    Outcome.RUNNING: "◐",
    Outcome.ON_TIME: "●",
    Outcome.SLOW: "△",
    Outcome.SILENT: "○",
}


def roman(place: int) -> str:
    """The name of a window: I is the oldest."""
    return _ROMAN[place % len(_ROMAN)]


def whole_percent(value: int) -> str:
    """Tenths of a percent as whole percent, where they are whole: 950 is `95`."""
    return number(value // 10)


def state(step: MarkStep) -> str:
    """The state of a mark: `▲ Diusulkan`."""
    return f"{STEP_SHAPES[step]} {tr(f'paper.step.{step.value}')}"


def standing(value: Standing) -> str:
    """Where an objection stands, in small letters: `ditolak`."""
    return tr(f"paper.standing.{value.value}")


def no_objection(step: MarkStep) -> str:
    """What stands where no objection was filed: the window is still to come, still open, or over."""
    if step in (MarkStep.NONE, MarkStep.CANDIDATE, MarkStep.NOTIFIED):
        return f"○ {tr('paper.objection.not_yet')}"
    if step is MarkStep.WINDOW:
        return f"◐ {tr('paper.objection.window')}"
    return f"□ {tr('paper.objection.none')}"


def outcome(value: Outcome) -> str:
    """What an item counts as: `△ Lambat`."""
    return f"{OUTCOME_SHAPES[value]} {tr(f'paper.outcome.{value.value}')}"


def exclusion(code: ExclusionCode) -> str:
    """What an exclusion code stands for; the code itself is printed beside it."""
    return tr(f"paper.exclusion.{code.name.lower()}")


def reason(who: str, text: str) -> str:
    """Why something was excluded: somebody's words, or what a code of the domain means."""
    key = f"paper.reason.{text}"
    return tr(key) if (who == AUTOMATIC or text == JOINED) and has_text(key) else text


def who(user: str) -> str:
    """Who excluded something; nobody when it follows from the events themselves."""
    return tr("paper.by_rule") if user == AUTOMATIC else line(user, HOLDER_MOST)


def event(name: str) -> str:
    """The beginning of an event's id, enough to find it by."""
    return name[:_EVENT_SHOWN] or NONE


def window_figures(key: str, window: WindowFigures, ledger: Ledger) -> list[str]:
    """The nine figures of an office in a window, as the list and the dossier show them."""
    bounds = NONE
    if window.lower is not None and window.upper is not None:
        lower = ledger.figure(f"{key}/lower", window.lower, tenths)
        bounds = f"{lower}–{ledger.figure(f'{key}/upper', window.upper, tenths)}"
    share = NONE if window.share is None else ledger.figure(f"{key}/share", window.share, tenths)
    return [
        ledger.figure(f"{key}/n", window.n),
        ledger.figure(f"{key}/on_time", window.on_time),
        share,
        bounds,
        ledger.figure(f"{key}/target", window.target, tenths),
        ledger.figure(f"{key}/silent", window.silent),
        ledger.figure(f"{key}/slow", window.slow),
        ledger.figure(f"{key}/empty", window.empty),
        ledger.figure(f"{key}/excluded", window.excluded),
    ]


def graph(window: WindowFigures) -> list[float]:
    """Lower bound, upper bound, share and target, 0 to 1, for drawing; nothing where n says too little."""
    if window.share is None or window.lower is None or window.upper is None:
        return []
    return [figure.value / 1000 for figure in (window.lower, window.upper, window.share, window.target)]


def prior(method: Method, ledger: Ledger) -> str:
    """Why the bounds lean to the city's mean."""
    return tr(
        "paper.method.prior",
        weight=ledger.figure("method/prior_weight", method.prior_weight),
        share=ledger.figure("method/prior_share", method.prior_share, tenths),
    )


def holder(key: str, one: Holder, ledger: Ledger) -> str:
    """A holder with the day it began: `Plt. Siti Aminah, sejak 3 Mar 2026`."""
    name = line(one.name, HOLDER_MOST)
    if one.acting:
        name = tr("paper.acting", name=name)
    shown = tr("paper.holder", name=name, since=short_date(one.since))
    return ledger.text(key, shown, source="directory")
