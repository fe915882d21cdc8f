"""The log of one profile: JSON lines in a rotating file, with nothing in it that names a person or opens a door.

Everything is redacted after formatting, tracebacks included, so no caller can forget to. The rule of the house still
holds: log a failure once and its recovery once, and give codes rather than texts from outside.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import re
import sys
import time
from pathlib import Path
from typing import Final

FILE_NAME: Final = "desk.log"
_MAX_BYTES: Final = 4_000_000
_BACKUPS: Final = 4
_LONGEST: Final = 20_000

_SENSITIVE: Final = (
    r"password|passwd|passphrase|sandi|secret|"
    r"(?:[a-z0-9]{1,40}[_-]){0,5}(?:token|api[_-]?key|apikey|bearer|refresh|credential)s?"
)
"""Names of fields that hold a secret. Bounded, so that a text of hyphens from a stranger takes no time."""
_PATTERNS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    # user:password@ in an address, then everything behind its question mark or hash
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20}://)[^\s/@\"'<>]+@"), r"\1[redacted]@"),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20}://[^\s?#\"'<>]*)[?#][^\s\"'<>]+"), r"\1?[redacted]"),
    # a request line or a path with a query, as web servers write them
    (re.compile(r"(/[^\s?\"'<>]*)\?[^\s\"'<>]+=[^\s\"'<>]*"), r"\1?[redacted]"),
    # a header that carries a credential, to the end of its line
    (
        re.compile(r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie)([\"']?\s*[:=]\s*)[^\r\n]+"),
        r"\1\2[redacted]",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+(?!\[)[a-z0-9._~+/=-]{6,}"), r"\1 [redacted]"),
    (
        re.compile(
            rf"(?i)([\"']?\b(?:{_SENSITIVE})\b[\"']?\s*[:=]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&\[\]{{}}]+)"
        ),
        r"\1[redacted]",
    ),
    # JSON web tokens and argon2 hashes, wherever they turn up
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), "[redacted]"),
    (re.compile(r"\$argon2(?:id|i|d)\$[^\s\"']+"), "[redacted]"),
)


def redact(text: str) -> str:
    """Return `text` without tokens, passwords and queries of addresses, its personal data masked as in a report."""
    from smartcity_desk.domain import (
        privacy,  # its patterns take some ms to compile, and a good start logs nothing
    )

    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}… ({len(text)} characters)"
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return privacy.mask(text).text


class PlainFormatter(logging.Formatter):
    """One readable line a record, in UTC; a traceback follows on lines of its own."""

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
        )

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text, redacted; line breaks inside the message cannot fake a second record."""
        message = _one_line(record.getMessage())
        line = f"{_stamp(record)} {record.levelname:<7} {record.name}: {message}"
        trace = _traceback(self, record)
        return redact(f"{line}\n{trace}" if trace else line)


class JsonFormatter(logging.Formatter):
    """One JSON object a record: at (ms, UTC), time, level, logger, pid, message, and error for a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON, its texts redacted."""
        entry: dict[str, object] = {
            "at": int(record.created * 1000),
            "time": _stamp(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "pid": record.process,
            "message": redact(record.getMessage()),
        }
        trace = _traceback(self, record)
        if trace:
            entry["error"] = redact(trace)
        return json.dumps(entry, ensure_ascii=False)


def configure(
    folder: Path | None, *, level: int = logging.INFO, to_stderr: bool = False, file_name: str = FILE_NAME
) -> None:
    """Send the whole program's log to ``folder/file_name`` and, if asked, to standard error as plain lines.

    Replaces what an earlier call set up. Two processes must not rotate one file: give the sync child a `file_name`
    of its own. A folder that refuses leaves standard error as the only place.
    """
    root = logging.getLogger()
    close()
    if folder is not None:
        try:
            file_handler = logging.handlers.RotatingFileHandler(
                folder / file_name, maxBytes=_MAX_BYTES, backupCount=_BACKUPS, encoding="utf-8", delay=False
            )
        except OSError:
            to_stderr = True
        else:
            file_handler.setFormatter(JsonFormatter())
            _own(root, file_handler)
    if to_stderr:
        stream_handler = logging.StreamHandler(sys.stderr)
        stream_handler.setFormatter(PlainFormatter())
        _own(root, stream_handler)
    root.setLevel(level)
    # These write whole addresses at INFO; redaction would hold, but a line for each request is noise.
    for chatty in ("httpx", "httpcore", "uvicorn.access", "alembic"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
    logging.captureWarnings(True)


def close() -> None:
    """Take down what :func:`configure` set up, and close the file."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if getattr(handler, "_smartcity_desk", False):
            root.removeHandler(handler)
            handler.close()
    logging.captureWarnings(False)


def _own(root: logging.Logger, handler: logging.Handler) -> None:
    handler._smartcity_desk = True  # type: ignore[attr-defined]  # tells ours from a test runner's
    root.addHandler(handler)


def _stamp(record: logging.LogRecord) -> str:
    at = int(record.created * 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(at // 1000))}.{at % 1000:03d}Z"


def _one_line(text: str) -> str:
    return text.replace("\r", "\\r").replace("\n", "\\n")


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    parts = []
    if record.exc_info:
        parts.append(formatter.formatException(record.exc_info))
    if record.stack_info:
        parts.append(formatter.formatStack(record.stack_info))
    return "\n".join(parts)
