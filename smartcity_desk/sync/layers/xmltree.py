"""XML from anybody's hand, element by element: no document type, so no entities; nothing fetched; all bounded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from xml.etree.ElementTree import Element
from xml.parsers import expat

from smartcity_desk.place.layers.content import bad

MOST_DEPTH: Final = 40
MOST_ELEMENTS: Final = 2_000_000
_PIECE: Final = 1 << 16


class _Refused(ValueError):  # noqa: N818 - what happened to the document
    """The document holds what no layer needs."""


def elements(data: bytes, wanted: str) -> Iterator[Element]:
    """Each outermost element of a local name with all that is in it; what stands around them is never kept.

    Raises BadData (`layer_xml`).
    """
    reading = _Reading(wanted)
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        for start in range(0, len(data), _PIECE):
            parser.Parse(data[start : start + _PIECE], False)
            yield from reading.take()
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError):
        raise bad("xml", value=reading.count) from None
    yield from reading.take()


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag


def text(element: Element) -> str:
    """The text directly in an element."""
    return (element.text or "").strip()


class _Reading:
    def __init__(self, wanted: str) -> None:
        self._wanted = wanted
        self._open: list[Element] = []
        self._done: list[Element] = []
        self._depth = 0
        self.count = 0

    def take(self) -> list[Element]:
        """What is complete since the last time."""
        done, self._done = self._done, []
        return done

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        self.count += 1
        if self._depth > MOST_DEPTH or self.count > MOST_ELEMENTS:
            raise _Refused("too deep or too many")
        name = name.rpartition("}")[2]
        if not self._open and name != self._wanted:
            return
        made = Element(name, dict(attributes))
        if self._open:
            self._open[-1].append(made)
        self._open.append(made)

    def end(self, _name: str) -> None:
        self._depth -= 1
        if self._open:
            made = self._open.pop()
            if not self._open:
                self._done.append(made)

    def text(self, said: str) -> None:
        # Text after a child is of no use to any layer, and none of it is kept.
        if self._open and len(self._open[-1]) == 0:
            self._open[-1].text = (self._open[-1].text or "") + said


def _refuse(*_: Any) -> None:
    raise _Refused("a document type")
