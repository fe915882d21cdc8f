"""The book that is kept while a paper is written: each number that goes on it, and where it comes from.

What a builder hands to the typesetter went through here first, so the manifest is not a second account of the paper but
the paper's own. Texts without a digit are passed on and not written down.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from smartcity_desk.documents import wording
from smartcity_desk.documents.model import Figure, Moment, Quote
from smartcity_desk.documents.printable import plain, quoted

Json = dict[str, Any]

_DIGIT: Final = re.compile(r"\d")


class Ledger:
    """Collects entries in the order in which they are printed. Keys say where on the paper a number stands.

    `events` numbers the ids of events as they are first named; `origins` and `entries` refer to one another by place.
    """

    __slots__ = ("_known", "entries", "events", "origins")

    def __init__(self) -> None:
        self.entries: list[Json] = []
        self.origins: list[Json] = []
        self.events: dict[str, int] = {}
        self._known: dict[tuple[tuple[str, ...], str], int] = {}

    def figure(self, key: str, figure: Figure, write: Callable[[int], str] = wording.number) -> str:
        """The number as `write` writes it."""
        shown = write(figure.value)
        self._enter(key, shown, figure.value, figure.events, figure.source)
        return shown

    def moment(self, key: str, moment: Moment, write: Callable[[int], str] = wording.short_date_time) -> str:
        """The instant as `write` writes it."""
        shown = write(moment.at)
        self._enter(key, shown, moment.at, moment.events, moment.source)
        return shown

    def quote(self, key: str, quote: Quote, most: int | None = None) -> str:
        """Somebody's words, masked and printable."""
        shown = quoted(quote.text, most)
        if _DIGIT.search(shown) is not None:
            self._enter(key, shown, None, quote.events, quote.source)
        return shown

    def text(
        self, key: str, text: str, *, events: Iterable[str] = (), source: str = "", most: int | None = None
    ) -> str:
        """A name, a code, or other words of our own, printable. Written down when a digit stands in it."""
        shown = plain(text, most)
        if _DIGIT.search(shown) is not None:
            self._enter(key, shown, None, tuple(events), source)
        return shown

    def furniture(self, key: str, text: str, source: str = "document") -> str:
        """A text that stands on every page, as heads and feet do."""
        shown = plain(text)
        if _DIGIT.search(shown) is not None:
            self._enter(key, shown, None, (), source)
            self.entries[-1]["repeats"] = True
        return shown

    def _enter(self, key: str, shown: str, value: int | None, events: tuple[str, ...], source: str) -> None:
        if not events and not source:
            raise ValueError(f"{key}: a printed number names its events or its source")
        entry: Json = {"key": key, "shown": shown, "from": self._origin(events, source)}
        if value is not None:
            entry["value"] = value
        self.entries.append(entry)

    def _origin(self, events: tuple[str, ...], source: str) -> int:
        name = (events, source)
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = len(self.origins)
            origin: Json = {"events": [self._place(event) for event in events]} if events else {}
            self.origins.append(origin | ({"source": source} if source else {}))
        return found

    def _place(self, event: str) -> int:
        found = self.events.get(event)
        if found is None:
            found = self.events[event] = len(self.events)
        return found
