"""One letter to the city's address to a report. Pure; what all mail channels share is in `sync.mailbox`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from smartcity_desk.domain.report import Report
from smartcity_desk.sync.mailbox import mapping
from smartcity_desk.sync.mailbox.mapping import Box

NAME: Final = "email"


def box(pseudonym: Callable[[str], str | None], home: str = "") -> Box:
    """How letters of this channel are read."""
    return Box(NAME, pseudonym, home.strip().lower().strip("."))


def to_report(item: Any, pseudonym: Callable[[str], str | None]) -> Report:
    """The report of one raw item. Raises `BadData`."""
    letter = mapping.of_raw(item, NAME)
    return mapping.to_report(letter, box(pseudonym), mapping.external_id(letter))
