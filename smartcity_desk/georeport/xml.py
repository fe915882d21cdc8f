"""XML from outside as plain values, with nothing expanded and nothing fetched.

Expat, with every document type refused before it can declare anything: an entity that was never declared cannot grow
into a gigabyte, nor name a file. What is left to bound is size (the transport does), depth and count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

MOST_DEPTH: Final = 16
MOST_ELEMENTS: Final = 1_000_000


@dataclass(slots=True)
class _Open:
    name: str
    text: list[str] = field(default_factory=list)
    children: list[tuple[str, Any]] = field(default_factory=list)

    def value(self) -> Any:
        """The text of a leaf; else its children by name, those of one name in a list."""
        if not self.children:
            return "".join(self.text)
        found: dict[str, Any] = {}
        several: set[str] = set()
        for name, value in self.children:
            if name not in found:
                found[name] = value
            elif name in several:
                found[name].append(value)
            else:
                several.add(name)
                found[name] = [found[name], value]
        return found


@dataclass(frozen=True, slots=True)
class Document:
    """The root's name, and its children in order: (name, value). `text` is the root's own, where it is a leaf."""

    name: str
    children: list[tuple[str, Any]]
    text: str


class _Refused(ValueError):  # noqa: N818 - what happened to the document
    """The document holds what no answer needs."""


def parse(body: bytes) -> Document:
    """The document. Names are without prefix and in small letters. Raises `ValueError` for what is no plain XML."""
    stack: list[_Open] = []
    root: list[_Open] = []
    count = 0

    def start(name: str, _attributes: Any) -> None:
        nonlocal count
        count += 1
        if len(stack) >= MOST_DEPTH or count > MOST_ELEMENTS:
            raise _Refused("too deep or too many")
        stack.append(_Open(name.rpartition(":")[2].lower()))

    def end(_name: str) -> None:
        done = stack.pop()
        if stack:
            stack[-1].children.append((done.name, done.value()))
        else:
            root.append(done)

    def text(data: str) -> None:
        if stack:
            stack[-1].text.append(data)

    def refuse(*_: Any) -> None:
        raise _Refused("a document type")

    reader = expat.ParserCreate()
    reader.buffer_text = True
    reader.StartElementHandler = start
    reader.EndElementHandler = end
    reader.CharacterDataHandler = text
    reader.StartDoctypeDeclHandler = refuse
    reader.EntityDeclHandler = refuse
    reader.UnparsedEntityDeclHandler = refuse
    reader.ExternalEntityRefHandler = lambda *_: 0  # an error, and nothing is fetched
    reader.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    try:
        reader.Parse(body, True)
    except expat.ExpatError:
        raise ValueError("not XML") from None
    except (LookupError, TypeError):  # an encoding that nobody knows
        raise ValueError("not XML") from None
    (whole,) = root
    return Document(whole.name, whole.children, "".join(whole.text))
