"""What is written down when an office becomes a candidate: the windows, the items that counted, who routed them."""

from __future__ import annotations

from smartcity_desk.domain.events import MarkRaised
from smartcity_desk.domain.figures import OfficeFigures
from smartcity_desk.domain.policy import Policy
from smartcity_desk.evidence.gathering import digest


def raised(figures: OfficeFigures, policy: Policy, reason: str = "") -> MarkRaised:
    """The mark on an office out of its figures, which carry their items, under the version that they were made by."""
    items = [one for window in figures.windows for one in window.items]
    counted = [one for one in items if one.counts]
    windows = tuple(one.window for one in figures.windows)
    snapshot = {
        "office": figures.office,
        "windows": windows,
        "policy": policy.version,
        "items": [[one.segment, one.outcome, one.due_at, one.excluded, one.contested] for one in items],
    }
    return MarkRaised(
        office=figures.office,
        windows=windows,
        policy=policy.version,
        segments=tuple(one.segment.id for one in counted),
        routers=tuple(sorted({one.segment.router for one in counted if one.segment.router})),
        evidence=digest(snapshot),
        reason=reason,
    )
