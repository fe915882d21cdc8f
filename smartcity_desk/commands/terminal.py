"""What a command prints: data on standard output, everything said about it on standard error.

Texts from outside are made harmless first: no control character reaches the terminal, neither from a table nor from
JSON, where it is written as an escape and means the same.
"""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TextIO

from smartcity_desk.domain.decision import Contradicted, Refused
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.text import displayable, one_line
from smartcity_desk.domain.times import JAKARTA
from smartcity_desk.i18n import has_text, tr
from smartcity_desk.ui import errors_text

# What JSON allows inside a text as it is, and what turns or hides the rest of a line on a terminal.
_UNSAFE: Final = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_CELL: Final = 60
# Troubles whose next step speaks of a log-in, a channel or a report, which a layer has none of.
_NO_CHANNEL: Final = frozenset({"auth_expired", "rejected", "forbidden", "bad_data"})


@dataclass(slots=True)
class Terminal:
    """The two streams of a command. `as_json` writes data and errors as JSON lines."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    as_json: bool = False

    def prepare(self) -> None:
        """UTF-8 into pipes and files; on a screen that cannot show a letter, an escape instead of a fault."""
        for stream in (self.out, self.err):
            if isinstance(stream, io.TextIOWrapper):
                encoding = stream.encoding if stream.isatty() else "utf-8"
                stream.reconfigure(encoding=encoding, errors="backslashreplace")

    def line(self, text: str = "") -> None:
        """A line for a person, on standard output."""
        self.out.write(displayable(text) + "\n")

    def record(self, value: object) -> None:
        """One JSON object on a line of its own, on standard output, at once."""
        self.out.write(to_json(value) + "\n")
        self.out.flush()

    def note(self, text: str) -> None:
        """Something worth knowing that is no data, on standard error; left out with JSON."""
        if not self.as_json:
            self.err.write(displayable(text) + "\n")
            self.err.flush()

    def remark(self, text: str) -> None:
        """What has to be said whoever reads, a script too: on standard error."""
        self.err.write(displayable(text) + "\n")
        self.err.flush()

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Columns as wide as they need; the last one takes what it takes."""
        lines = [
            [one_line(cell, _CELL) if n < len(row) - 1 else one_line(cell, 200) for n, cell in enumerate(row)]
            for row in rows
        ]
        widths = [max(len(line[n]) for line in [list(headings), *lines]) for n in range(len(headings))]
        for line in [list(headings), *lines]:
            cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
            self.out.write("  ".join(cells).rstrip() + "\n")

    def trouble(self, code: str, what: str, following: str, params: Mapping[str, object]) -> None:
        """What happened in one line and what to do next in another; as one JSON object if that was asked for."""
        if self.as_json:
            body = {"code": code, "what": what, "next": following, "params": dict(params)}
            self.err.write(to_json({"error": body}) + "\n")
        else:
            self.err.write(f"{one_line(what, 400)}\n{one_line(following, 400)}\n")
        self.err.flush()


@dataclass(frozen=True, slots=True)
class Sentence:
    """What happened, and the next step as a command line's user takes it."""

    what: str
    next: str

    @property
    def whole(self) -> str:
        """Both in one line."""
        return f"{self.what} {self.next}"


def of_error(error: DeskError) -> Sentence:
    """Words for an error of the vocabulary."""
    return of_code(error.code, error.params)


def of_code(code: str, params: Mapping[str, object]) -> Sentence:
    """Words for a stored code; the next step is a command where the window's would be a button."""
    sort = next((str(params[name]) for name in ("kind", "reason", "key") if params.get(name)), "")
    shown = {name: one_line(str(value), 200) for name, value in params.items()}
    own = [f"cli.error.{code}.{sort}"] if sort.isidentifier() else []
    own.append(f"cli.error.{code}.source" if errors_text.is_of_source(code, params) else f"cli.error.{code}")
    if errors_text.is_of_layer(params) and code in _NO_CHANNEL:
        own = [f"cli.error.{code}.{sort}"] if sort.startswith("layer_") else []
        own.append(f"cli.error.{code}.layer")
    words = errors_text.of_code(code, params)
    what, following = words.what, words.next
    for stem in own:
        if has_text(f"{stem}.what"):
            what = tr(f"{stem}.what", **shown)
            break
    for stem in own:
        if has_text(f"{stem}.next"):
            following = tr(f"{stem}.next", **shown)
            break
    return Sentence(what, following)


def of_decision(decision: Refused | Contradicted) -> Sentence:
    """Words for an action that the rules do not let happen."""
    words = errors_text.of_decision(decision)
    return Sentence(words.what, words.next)


def to_json(value: object) -> str:
    """Compact JSON on one line, readable in any language, without a character that a terminal obeys."""
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "), default=str)
    return _UNSAFE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]


def local(instant: int | None) -> str:
    """`2026-11-22 16:20`, in Jakarta; a dash for none."""
    if instant is None:
        return "—"
    return datetime.fromtimestamp(instant / 1000, JAKARTA).strftime("%Y-%m-%d %H:%M")
