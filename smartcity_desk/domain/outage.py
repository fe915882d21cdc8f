"""Outages that were noticed by the program itself become exclusion windows (E8) without a hand.

What counts as one: a channel that could not be read while this desk's own line was alive (an answer came, or another
place answered meanwhile), a silence that late items showed to have been an outage, a span that a source no longer
gives, and the central server out of reach in the same way. A desk whose own cable is out has no outage of the city to
tell of: what it missed comes late, and an office's clock starts with its own receipt.

Every desk names a window by the place and the quarter of an hour in which it began, so several desks declare one. Less
than a quarter of an hour is no window; outages of a place less than ten minutes apart are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from smartcity_desk.domain.events import CalamityDeclared, PauseCode
from smartcity_desk.domain.ids import outage_id
from smartcity_desk.domain.times import DAY, MINUTE

if TYPE_CHECKING:
    from smartcity_desk.domain.calamity import CalamityState

LEAST: Final = 15 * MINUTE
APART: Final = 10 * MINUTE
LONGEST: Final = 7 * DAY
"""A window is never longer (the most that a pause of its code may last); a longer outage is several."""
GRID: Final = 15 * MINUTE
REASON: Final = "Gangguan sistem, tercatat otomatis"
"""The reason that an automatic window carries; whoever shows it says it in the language spoken (`saying.reason`)."""
CENTRAL: Final = "central"
"""The place that is no channel: the central server, through which every office gets and answers its reports."""


class OutageKind(StrEnum):
    """How an outage was noticed."""

    FAILED = "failed"  # rounds failed
    SILENT = "silent"  # nothing came, against all chance
    GAP = "gap"  # the source no longer gives a span that nobody read


@dataclass(frozen=True, slots=True)
class Outage:
    """A span in which a place gave nothing (ms UTC); `until` is None while it lasts.

    `witnessed`: there is evidence that the place, and not this desk's own line, was out.
    """

    place: str
    kind: OutageKind
    since: int
    until: int | None
    code: str = ""
    witnessed: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """An exclusion window that outages of one place make together; `until` is None while it lasts."""

    place: str
    since: int
    until: int | None

    @property
    def id(self) -> str:
        """The name of its declaration, the same at every desk that saw it begin in the same quarter of an hour."""
        return outage_id(self.place, self.since // GRID)

    def declared(self) -> CalamityDeclared:
        """What is said of it."""
        channels = () if self.place == CENTRAL else (self.place,)
        return CalamityDeclared(PauseCode.OUTAGE, (), self.since, self.until, REASON, channels)


def windows(outages: Iterable[Outage], now: int) -> list[Window]:
    """The windows that witnessed outages make, by place and time. `now` in ms UTC."""
    found: list[Window] = []
    for one in sorted(
        (outage for outage in outages if outage.witnessed), key=lambda outage: (outage.place, outage.since)
    ):
        last = found[-1] if found else None
        if (
            last is not None
            and last.place == one.place
            and (last.until is None or one.since - last.until < APART)
        ):
            until = None if last.until is None or one.until is None else max(last.until, one.until)
            found[-1] = Window(last.place, last.since, until)
        else:
            found.append(Window(one.place, one.since, one.until))
    return [
        piece
        for window in found
        if (now if window.until is None else window.until) - window.since >= LEAST
        for piece in _pieces(window, now)
    ]


def _pieces(window: Window, now: int) -> list[Window]:
    pieces, since = [], window.since
    while (now if window.until is None else window.until) - since > LONGEST:
        pieces.append(Window(window.place, since, since + LONGEST))
        since += LONGEST
    return [*pieces, Window(window.place, since, window.until)]


@dataclass(frozen=True, slots=True)
class Duty:
    """What is to be said about a window now: that it began (`end` None), or that it was over at `end`."""

    name: str
    window: Window
    end: int | None = None


def duties(
    wanted: Sequence[Window], known: Mapping[str, CalamityState], heard: Mapping[str, int], now: int
) -> list[Duty]:
    """What to declare and what to end. `heard` is when places that answer now last did (ms UTC).

    Whoever hears a place ends its window, whoever began it: the desk that saw it may have gone home.
    """
    found: list[Duty] = []
    open_ones = {name: state for name, state in known.items() if is_automatic(name, state.declared)}
    told = [window for state in open_ones.values() if (window := _told(state)) is not None]
    for window in wanted:
        state = open_ones.get(window.id)
        if state is None and not any(_covers(one, window, now) for one in told):
            found.append(Duty(window.id, window))
    for name, state in open_ones.items():
        window = _told(state)
        if window is None or window.until is not None:
            continue
        own = next((one for one in wanted if one.id == name), None)
        over = heard.get(window.place) if own is None else own.until
        if over is not None and over >= window.since:
            found.append(Duty(name, window, min(over, now)))
    return found


def _told(state: CalamityState) -> Window | None:
    said = state.declared
    if said is None:
        return None
    until = said.until if state.ended_at is None else state.ended_at
    return Window(said.channels[0] if said.channels else CENTRAL, said.since, until)


def _covers(told: Window, wanted: Window, now: int) -> bool:
    """Whether what is declared says the same but for the moments at which two desks looked."""
    return (
        told.place == wanted.place
        and told.since <= wanted.since + LEAST
        and (told.until or now) >= (wanted.until or now) - LEAST
    )


def is_automatic(name: str, said: CalamityDeclared | None) -> bool:
    """Whether a declaration is one that a program makes by itself: its id follows from its content."""
    return (
        said is not None
        and said.code is PauseCode.OUTAGE
        and not said.offices
        and len(said.channels) <= 1
        and said.reason == REASON
        and name == outage_id(said.channels[0] if said.channels else CENTRAL, said.since // GRID)
    )
