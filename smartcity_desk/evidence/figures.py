"""Figures of windows with the events that made them: every number on paper can be opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from smartcity_desk.documents.model import Figure, WindowFigures
from smartcity_desk.domain.figures import WindowFigures as Found
from smartcity_desk.domain.items import Item, Outcome
from smartcity_desk.domain.policy import Policy

SNAPSHOT = "snapshot"
"""The origin of a zero: no event says that there is none, the whole snapshot does."""


def decided_by(one: Item) -> str:
    """The event that decided an item: the answer, else what brought the report to the office."""
    return one.segment.responded_by or one.segment.delivered_by or one.segment.opened_by


def figure(value: int, events: Iterable[str]) -> Figure:
    """A number with its events; one that no event made comes from the snapshot as a whole."""
    named = tuple(dict.fromkeys(event for event in events if event))
    return Figure(value, named) if named else Figure(value, source=SNAPSHOT)


def window_figures(found: Found, policy: Policy) -> WindowFigures:
    """The figures of one window on paper; no share and no interval where n says too little."""
    counted = [one for one in found.items if one.counts]

    def of(wanted: Callable[[Item], bool]) -> list[str]:
        return [decided_by(one) for one in counted if wanted(one)]

    tally = found.tally
    everything = of(lambda _: True)
    excluded = [
        one.excluded.event or one.segment.opened_by
        for one in found.items
        if one.excluded is not None and not one.contested and one.outcome is not Outcome.RUNNING
    ]
    enough = found.interval is not None and found.share is not None
    return WindowFigures(
        since=found.window[0],
        until=found.window[1],
        n=figure(tally.n, everything),
        on_time=figure(tally.on_time, of(lambda one: one.outcome is Outcome.ON_TIME)),
        silent=figure(tally.silent, of(lambda one: one.outcome is Outcome.SILENT)),
        slow=figure(tally.slow, of(lambda one: one.outcome is Outcome.SLOW)),
        empty=figure(tally.empty, of(lambda one: one.empty)),
        excluded=figure(tally.excluded, excluded),
        target=Figure(policy.marking.target_percent * 10, source=f"policy:{policy.version}"),
        share=figure(found.share, everything) if enough and found.share is not None else None,
        lower=figure(found.interval.lower, everything) if found.interval is not None else None,
        upper=figure(found.interval.upper, everything) if found.interval is not None else None,
    )
