"""Marks, objections and deeds in words: shapes, deadlines, refusals. Words only; no widget, no store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smartcity_desk import saying
from smartcity_desk.domain.decision import Contradicted, Refused
from smartcity_desk.domain.events import EventKind
from smartcity_desk.domain.marks import MarkStep as Step
from smartcity_desk.domain.marks import Standing
from smartcity_desk.domain.outward import OUTWARD_KINDS
from smartcity_desk.domain.times import DAY
from smartcity_desk.i18n import tr
from smartcity_desk.ui import errors_text, formats
from smartcity_desk.ui.escalation.deeds import NOBODY, Deed, named
from smartcity_desk.ui.offices import words as offices
from smartcity_desk.ui.offices.words import Said
from smartcity_desk.ui.theme import SHAPES, State

if TYPE_CHECKING:
    from smartcity_desk.domain.errors import DeskError
    from smartcity_desk.domain.figures import WindowFigures
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.domain.policy import Policy
    from smartcity_desk.store.rows import OpRow
    from smartcity_desk.ui.commands import CommandRegistry
    from smartcity_desk.ui.escalation.board import Card

_STEPS: Final[dict[Step, tuple[str, str]]] = {
    Step.NONE: ("⚐", State.CANDIDATE.value),
    Step.CANDIDATE: (SHAPES[State.CANDIDATE], State.CANDIDATE.value),
    Step.NOTIFIED: ("◔", State.VERIFY.value),
    Step.WINDOW: ("◑", State.VERIFY.value),
    Step.OBJECTED: (SHAPES[State.SOON], State.SOON.value),
    Step.REVIEWED: ("◈", State.SOON.value),
    Step.ELIGIBLE: ("◎", "accent"),
    Step.PROPOSED: ("◉", "accent"),
    Step.DECIDED: ("■", "muted"),
    Step.ARCHIVED: ("□", "muted"),
    Step.WITHDRAWN: ("✕", "muted"),
}
_STANDINGS: Final[dict[Standing, tuple[str, str]]] = {
    Standing.OPEN: (SHAPES[State.SOON], State.SOON.value),
    Standing.UNDER_REVIEW: ("◈", State.SOON.value),
    Standing.ACCEPTED: ("●", State.IN_TIME.value),
    Standing.PARTLY: ("◑", State.IN_TIME.value),
    Standing.REJECTED: ("■", "muted"),
    Standing.DEFAULT: ("●", State.IN_TIME.value),
}
ROMAN: Final = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


def step(where: Step) -> Said:
    """A step of a mark as shape, word and colour; of a candidate that nobody has marked it says so."""
    shape, tone = _STEPS[where]
    word = tr("escalation.step.fresh") if where is Step.NONE else offices.step_word(where)
    return Said(shape, word, tone)


def standing_of(card: Card) -> Said:
    """Where an office stands: the step of its mark, else what the rule says of it, and nothing worse."""
    if card.mark is None and not named(card.figures) and card.figures is not None:
        return offices.finding(card.figures.verdict.finding)
    return step(card.step)


def standing(found: Standing) -> Said:
    """Where an objection stands."""
    shape, tone = _STANDINGS[found]
    return Said(shape, tr(f"offices.standing.{found.value}"), tone)


def office(directory: Directory, code: str) -> str:
    """An office by rank and name."""
    return saying.office_name(code, directory)


def moment(at: int, now: int) -> str:
    """An instant, relative and absolute: `dalam 2 h 4 j (Sen 30 Nov 24.00)`."""
    return tr("escalation.moment", relative=formats.ago(at, now), exact=absolute(at))


def absolute(at: int) -> str:
    """Date and time; an instant at midnight is the end of the day before: that is how terms are counted."""
    if (at + 7 * 3_600_000) % DAY == 0:
        return tr("escalation.midnight", date=formats.short_date(at - 1))
    return f"{formats.short_date(at)} {formats.clock(at)}"


def window_line(place: int, window: WindowFigures) -> str:
    """One window in one line: n, on time, the estimate with its interval; or that n says too little."""
    counts = window.tally
    name = ROMAN[place % len(ROMAN)]
    if window.interval is None or window.estimate is None:
        return tr("escalation.window.few", name=name, n=counts.n)
    return tr(
        "escalation.window",
        name=name,
        n=counts.n,
        on_time=counts.on_time,
        estimate=offices.percent(window.estimate),
        interval=offices.interval(window.interval),
    )


def rule(policy: Policy) -> str:
    """The rule and its target in a sentence."""
    marking = policy.marking
    return tr(
        "escalation.rule",
        policy=formats.one_line(policy.version, 40),
        windows=marking.windows,
        days=marking.window_days,
        n=marking.least_n,
        target=offices.share(marking.target_percent / 100),
    )


# ---------------------------------------------------------------- deeds


def deed(one: Deed) -> str:
    """What a deed is called on a button."""
    return tr(f"escalation.deed.{one.value}")


def act(kind: EventKind) -> str:
    """What was done, in few words: for an action that has no answer yet."""
    return tr(f"report.event.{kind.value.replace('.', '_')}", value="")


def with_key(text: str, commands: CommandRegistry, command: str) -> str:
    """A text with the key that does it."""
    key = commands.shown_key(command)
    return tr("escalation.with_key", name=text, key=key) if key else text


def refusal(found: Refused | Contradicted) -> errors_text.Words:
    """Why something is not possible for this account now, in three sentences."""
    if isinstance(found, Refused) and found.code == NOBODY:
        what, means, next_ = (tr(f"escalation.no_actor.{part}") for part in ("what", "means", "next"))
        return errors_text.Words(what, means, next_)
    return errors_text.of_decision(found)


def problem(found: DeskError) -> str:
    """A trouble as one paragraph."""
    return errors_text.of_error(found).whole


def way(op: OpRow, now: int) -> Said:
    """Where an action of this desk stands: held and stoppable, kept here, or on its way."""
    if op.sent:
        return Said("⇡", tr("escalation.way.sent"), "verify")
    if op.not_before > now and op.kind in OUTWARD_KINDS:
        left = formats.duration(op.not_before - now)
        return Said(SHAPES[State.PAUSED], tr("escalation.way.held", span=left), State.SOON.value)
    return Said("⇡", tr("escalation.way.kept"), "muted")
