"""Hints on a claimed completion as sentences. Each says what was seen; none says what it means."""

from __future__ import annotations

from typing import Any, Final

from smartcity_desk.domain.hints import HintCode as TextCode
from smartcity_desk.i18n import tr
from smartcity_desk.store.pictures import StoredHint
from smartcity_desk.ui import formats

PICTURE_CODES: Final = (
    "missing_photo",
    "same_frame",
    "seen_before",
    "older_than_routing",
    "too_far",
    "editor_trace",
)
"""As in `photos.hints`, which loads an image library and so is not asked here; a test compares the two."""
CODES: Final = (*PICTURE_CODES, *(code.value for code in TextCode))


def hint_sentence(hint: StoredHint) -> str:
    """One hint in words. A code that this version does not know is shown as it is."""
    if hint.code not in CODES:
        return formats.one_line(hint.code, 60)
    return tr(
        f"verify.hint.{hint.code}", **{name: _value(name, value) for name, value in hint.params.items()}
    )


def _value(name: str, value: Any) -> str:
    if isinstance(value, int) and name.endswith("_at"):
        return formats.date_time(value)
    if isinstance(value, int) and name.endswith("_ms"):
        return formats.duration(value)
    if isinstance(value, float):
        return formats.number(round(value * 100))
    if isinstance(value, int):
        return formats.number(value)
    text = formats.one_line(str(value), 80)
    return text[:8] if name in ("report", "photo") else text
