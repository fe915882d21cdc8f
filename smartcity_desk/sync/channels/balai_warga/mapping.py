"""One thread of the forum to a report: its first mail, or the request that stands for it. Answers are replies. Pure.

The mails are written by the forum and not by a citizen, so they have no author; the thread's address, where the mail
names one of the city's portal, is the report's link.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from smartcity_desk.domain.report import Report
from smartcity_desk.sync.georeport import mapping as georeport
from smartcity_desk.sync.georeport.mapping import Dialect
from smartcity_desk.sync.mailbox import mapping
from smartcity_desk.sync.mailbox.letter import Letter
from smartcity_desk.sync.mailbox.mapping import Box

NAME: Final = "balai_warga"
DIALECT: Final = Dialect(NAME)
_THREAD: Final = re.compile(
    r"https?://(?:[a-z0-9-]{1,40}\.){0,4}jakarta\.go\.id/[^\s<>\"']{1,300}", re.IGNORECASE
)


def box(pseudonym: Callable[[str], str | None]) -> Box:
    """How mails of the forum are read."""
    return Box(NAME, pseudonym, named_author=False)


def with_link(report: Report, letter: Letter) -> Report:
    """The report with its thread's address on the portal."""
    found = _THREAD.search(letter.text)
    return report if found is None else replace(report, link=found[0].rstrip(".,;)"))


def to_report(item: Any, pseudonym: Callable[[str], str | None]) -> Report:
    """The report of one raw item, a mail's or a request's. Raises `BadData`."""
    if isinstance(item, dict) and "service_request_id" in item:
        return georeport.to_report(item, DIALECT)
    letter = mapping.of_raw(item, NAME)
    return with_link(mapping.to_report(letter, box(pseudonym), mapping.external_id(letter)), letter)
