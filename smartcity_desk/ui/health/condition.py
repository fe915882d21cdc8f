"""What a channel's bare numbers mean: one of a few conditions, each with shape, tone and word."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from smartcity_desk.domain.times import MINUTE
from smartcity_desk.store.rows import ChannelState
from smartcity_desk.ui import errors_text
from smartcity_desk.ui.widgets.basic import Tone

LATE_INTERVALS: Final = 3
"""A channel that was not read for so many of its own intervals is late."""


class Condition(StrEnum):
    """The word is `health.condition.<value>`."""

    OFF = "off"
    WAITING = "waiting"
    RUNNING = "running"
    LATE = "late"
    SILENT = "silent"
    OFFLINE = "offline"
    TROUBLE = "trouble"
    STOPPED = "stopped"


SIGNS: Final[dict[Condition, tuple[str, Tone]]] = {
    Condition.OFF: ("○", "muted"),
    Condition.WAITING: ("◌", "verify"),
    Condition.RUNNING: ("●", "in_time"),
    Condition.LATE: ("◆", "soon"),
    Condition.SILENT: ("◇", "soon"),
    Condition.OFFLINE: ("◆", "soon"),
    Condition.TROUBLE: ("▲", "overdue"),
    Condition.STOPPED: ("‖", "overdue"),
}


WORST_FIRST: Final = (
    Condition.STOPPED,
    Condition.TROUBLE,
    Condition.SILENT,
    Condition.OFFLINE,
    Condition.LATE,
    Condition.WAITING,
    Condition.RUNNING,
    Condition.OFF,
)
"""The order in which channels are shown."""


def of_channel(
    state: ChannelState | None, *, enabled: bool, interval_ms: int, now: int, silent: bool = False
) -> Condition:
    """The condition of a channel. `interval_ms` is how often it is asked; `now` in ms UTC; `silent`: it is flagged."""
    if not enabled:
        return Condition.OFF
    if state is None or (state.last_ok_at is None and state.last_error_code is None):
        return Condition.WAITING
    if state.paused_reason is not None:
        return Condition.STOPPED
    if errors_text.is_away(state.last_error_code, state.last_error_params):
        return Condition.OFFLINE
    if state.last_error_code is not None:
        return Condition.TROUBLE
    assert state.last_ok_at is not None
    late = now - state.last_ok_at > LATE_INTERVALS * interval_ms + MINUTE
    if late:
        return Condition.LATE
    return Condition.SILENT if silent else Condition.RUNNING
