"""Looking into items that could not be read: who did so and why. They hold what people said, as it came.

Until somebody has given a reason, an item is shown by its shape only: names of fields, kinds and lengths of values.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from smartcity_desk.domain.decision import Accepted, Action, Decision, Refused, plain_events, reason_given
from smartcity_desk.domain.events import Event, QuarantineRevealed
from smartcity_desk.domain.fold import canonical
from smartcity_desk.domain.ids import quarantine_id

ITEMS_MAX: Final = 500
"""Items that one reason opens at most."""
_NAME_MAX: Final = 60
_PARTS_MAX: Final = 400
"""Values whose shape is told; what is beyond is counted."""
_DEPTH_MAX: Final = 12
_FIELD: Final = re.compile(r"[A-Za-z][A-Za-z_:.\-]{0,59}")


@dataclass(frozen=True, slots=True)
class OpenedState:
    """The fold of a channel's quarantine: how often somebody looked into it."""

    times: int = 0
    seq: int = 0
    pending: int = 0


def fold_opened(events: Iterable[Event]) -> OpenedState:
    """The state of a channel's quarantine after all that was looked into."""
    times = seq = pending = 0
    for event in canonical(events):
        times += isinstance(event.payload, QuarantineRevealed)
        seq = max(seq, event.seq or 0)
        pending += event.seq is None
    return OpenedState(times, seq, pending)


def decide_opened(action: Action) -> Decision:
    """A record that somebody looks, with a reason; it is refused to nobody who may work at the desk."""
    payload = action.payload
    assert isinstance(payload, QuarantineRevealed)
    fits = (
        action.report == quarantine_id(payload.channel)
        and 0 < len(payload.items) <= ITEMS_MAX
        and all(0 < len(name) <= _NAME_MAX for name in (payload.channel, *payload.items))
    )
    refused = reason_given(payload.reason) if fits else Refused("payload_mismatch")
    return Accepted(plain_events(action)) if refused is None else refused


def item_name(raw: str) -> str:
    """What an item is called in the record: a number of its content, the same on every desk."""
    return hashlib.sha256(raw.encode("utf-8", "replace")).hexdigest()[:16]


def shape(raw: str) -> str:
    """An item without what it says: JSON with each value replaced by its kind and length; else its length alone."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return _hidden(raw)
    left = [_PARTS_MAX]
    return json.dumps(_shape(found, 0, left), ensure_ascii=False, indent=2)


def _shape(value: Any, depth: int, left: list[int]) -> Any:
    left[0] -= 1
    if isinstance(value, dict) and depth < _DEPTH_MAX:
        shown = {}
        for at, (name, part) in enumerate(value.items()):
            if left[0] <= 0:
                shown["…"] = len(value) - at
                break
            shown[_field(name)] = _shape(part, depth + 1, left)
        return shown
    if isinstance(value, list) and depth < _DEPTH_MAX:
        rows = []
        for at, part in enumerate(value):
            if left[0] <= 0:
                rows.append(f"… {len(value) - at}")
                break
            rows.append(_shape(part, depth + 1, left))
        return rows
    return _hidden(value) if isinstance(value, str) else f"<{_KINDS.get(type(value), 'null')}>"


_KINDS: Final[dict[type, str]] = {bool: "bool", int: "number", float: "number", dict: "object", list: "list"}


def _field(name: str) -> str:
    """The name of a field. What does not look like one may be what somebody said: a number or an address as a key."""
    return name if _FIELD.fullmatch(name) else _hidden(name)


def _hidden(text: str) -> str:
    return f"<text {len(text)}>"
