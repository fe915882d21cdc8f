"""Marks that the rule agrees with, around the few items that a test is about."""

from __future__ import annotations

from collections.abc import Sequence

from smartcity_desk.domain.events import CountedWindow

PER_WINDOW = 30
"""Items in each window: enough for the rule to speak, and for a test to take some of them out again."""


def counted(spans: Sequence[tuple[int, int]], late: Sequence[str]) -> tuple[CountedWindow, ...]:
    """Windows of an office that answers nothing in time: `late` in the first one, and others beside them in all."""
    return tuple(
        CountedWindow(
            *span, (), (*own, *(f"besides-{number}-{n}" for n in range(max(0, PER_WINDOW - len(own)))))
        )
        for number, span in enumerate(spans)
        for own in [tuple(late) if number == 0 else ()]
    )
