"""What an operator is told before words for reporters are written: who reads them, and which channels carry none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from smartcity_desk.domain.receipt import unanswered
from smartcity_desk.i18n import tr
from smartcity_desk.ui.triage import words

if TYPE_CHECKING:
    from smartcity_desk.store.rows import RowData
    from smartcity_desk.ui.services import Desk


async def warning(desk: Desk, rows: Sequence[RowData]) -> str:
    """The sentence above the words. Where no server has told of its outlets, nothing is said of them."""
    outlets = await desk.readers.run(desk.store.central.outlets)
    channels = {row.channel for row in rows}
    without = unanswered(channels, outlets)
    if not without:
        return tr("action.answer.hint")
    names = ", ".join(words.channel_name(channel) for channel in without)
    key = "action.answer.kept" if len(without) == len(channels) else "action.answer.partly"
    return tr(key, channels=names)
