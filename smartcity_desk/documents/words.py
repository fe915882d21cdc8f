"""What codes of the domain are called on paper, each with a shape, so that no colour is needed to tell them apart."""

from __future__ import annotations

from typing import Final

from smartcity_desk.documents.ledger import Ledger
from smartcity_desk.documents.model import Holder
from smartcity_desk.documents.printable import line
from smartcity_desk.documents.wording import number, short_date
from smartcity_desk.domain.events import ExclusionCode
from smartcity_desk.domain.items import AUTOMATIC, Outcome
from smartcity_desk.domain.marks import MarkStep, Standing
from smartcity_desk.i18n import has_text, tr

NONE: Final = "–"
"""Where n says too little, nothing stands."""

HOLDER_MOST: Final = 60

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
    return tr(key) if who == AUTOMATIC and has_text(key) else text


def holder(key: str, one: Holder, ledger: Ledger) -> str:
    """A holder with the day it began: `Plt. Siti Aminah, sejak 3 Mar 2026`."""
    name = line(one.name, HOLDER_MOST)
    if one.acting:
        name = tr("paper.acting", name=name)
    shown = tr("paper.holder", name=name, since=short_date(one.since))
    return ledger.text(key, shown, source="directory")
