"""What is written down when an office becomes a candidate: the windows, the items that counted, who routed them."""

from __future__ import annotations

from collections.abc import Callable

from smartcity_desk.domain.events import CountedWindow, MarkRaised
from smartcity_desk.domain.figures import OfficeFigures, WindowFigures
from smartcity_desk.domain.items import Outcome


def raised(
    figures: OfficeFigures, policy: str, digest: Callable[[object], str], reason: str = ""
) -> MarkRaised:
    """The mark on an office out of its figures, which carry their items, under the version they were made by.

    `digest` gives the SHA-256 of plain values: the snapshot names every item, those that do not count included.
    """
    items = [one for window in figures.windows for one in window.items]
    snapshot = {
        "office": figures.office,
        "windows": tuple(one.window for one in figures.windows),
        "policy": policy,
        "items": [[one.segment, one.outcome, one.due_at, one.excluded, one.contested] for one in items],
    }
    return MarkRaised(
        office=figures.office,
        windows=tuple(_counted(one) for one in figures.windows),
        policy=policy,
        routers=tuple(sorted({one.segment.router for one in items if one.counts and one.segment.router})),
        evidence=digest(snapshot),
        reason=reason,
    )


def _counted(figures: WindowFigures) -> CountedWindow:
    counted = [one for one in figures.items if one.counts]
    return CountedWindow(
        *figures.window,
        on_time=tuple(one.segment.id for one in counted if one.outcome is Outcome.ON_TIME),
        late=tuple(one.segment.id for one in counted if one.outcome is not Outcome.ON_TIME),
    )
