"""How much of a list one request asks for, and where the next one goes on. Pure.

Four styles are in use, and none (channels paper 10.2): a page number with a size, `max_requests`, `limit`, nothing. A
server with pages is asked for the next one until one brings nothing new, is short, or is not there (404). One without
gives so many and no more, so a full answer means that there may be more: its window is asked again in two halves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from smartcity_desk.domain.times import DAY, SECOND
from smartcity_desk.georeport.states import instant

SPAN_MOST: Final = 90 * DAY
"""The widest window that the specification lets anybody ask for."""
HALVES_LEAST: Final = 2 * SECOND
"""A window that is this short is not halved again: servers count in seconds."""
FULL_LEAST: Final = 20
"""Items from which on an answer may be a server's own most; the smallest that is known as a default."""
NO_STYLE_SIZE: Final = 1_000
"""What a server gives at most when nobody says how much."""


class Style(StrEnum):
    """What a server is told about how much to give."""

    PAGE = "page"
    PER_PAGE = "per_page"
    MAX_REQUESTS = "max_requests"
    LIMIT = "limit"
    NONE = "none"

    @property
    def has_pages(self) -> bool:
        """Whether the rest of a list is asked for by a page's number."""
        return self in (Style.PAGE, Style.PER_PAGE)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a walk: a window (ms UTC) and the page of it that comes next, from 1."""

    since: int
    until: int
    page: int = 1

    def halves(self) -> tuple[Stretch, ...]:
        """The two halves of the window, the later one first; none when it is too short for that."""
        if self.until - self.since <= HALVES_LEAST:
            return ()
        middle = (self.since + self.until) // 2 // SECOND * SECOND
        return Stretch(middle, self.until), Stretch(self.since, middle)


def stretches(since: int, until: int) -> list[Stretch]:
    """A window in stretches that a server answers, oldest first."""
    found: list[Stretch] = []
    while until - since > SPAN_MOST:
        found.append(Stretch(since, since + SPAN_MOST))
        since += SPAN_MOST
    found.append(Stretch(since, until))
    return found


def size_of(style: Style, wished: int) -> int:
    """How many items a full answer has."""
    return NO_STYLE_SIZE if style is Style.NONE else min(wished, NO_STYLE_SIZE)


def parameters(style: Style, stretch: Stretch, wished: int, names: tuple[str, str]) -> dict[str, str]:
    """What a request says about time and amount. `names` are those of the window's two ends."""
    end = stretch.until + SECOND - 1  # rounded up, so that the last second is inside
    said = {names[0]: instant(stretch.since), names[1]: instant(end)}
    size = str(size_of(style, wished))
    if style.has_pages:
        said["page"] = str(stretch.page)
        said["page_size" if style is Style.PAGE else "per_page"] = size
    elif style is not Style.NONE:
        said[style.value] = size
    return said


def is_last(stretch: Stretch, count: int, fresh: int, headers: Mapping[str, str]) -> bool:
    """Whether a page is the last one: it is empty, brought nothing new, or the server counts its pages.

    That it is shorter than was asked for proves nothing: servers give less at once than they are asked for, and some
    take what is private out of a page after they have cut it.
    """
    if count == 0 or (fresh == 0 and stretch.page > 1):
        return True
    pages = headers.get("x-page-count", "").strip()
    return pages.isascii() and pages.isdecimal() and stretch.page >= int(pages[:9])
