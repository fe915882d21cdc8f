"""Which letters no citizen wrote: answers of machines, bounces, mailing lists (channels paper 5.2). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

AUTO_REPLY: Final = "auto_reply"
BOUNCE: Final = "bounce"
LIST: Final = "list"

_BULK: Final = frozenset({"bulk", "junk", "list", "auto_reply"})
_DAEMONS: Final = frozenset({"mailer-daemon", "postmaster"})
HEADERS: Final = frozenset(
    {
        "auto-submitted",
        "precedence",
        "list-id",
        "return-path",
        "x-auto-response-suppress",
        "x-autoreply",
        "x-autorespond",
        "content-type",
    }
)
"""The headers, in small letters, that tell."""


def why(marks: Mapping[str, str], sender: str) -> str:
    """Why a letter is left out, or "" for one that a person wrote. `marks` are its `HEADERS`, `sender` its address."""
    kind = marks.get("content-type", "").lower()
    if kind.startswith("multipart/report") or marks.get("return-path", "x").strip() == "<>":
        return BOUNCE
    if sender.partition("@")[0].lower() in _DAEMONS:
        return BOUNCE
    submitted = marks.get("auto-submitted", "no").split(";")[0].strip().lower()
    if submitted not in {"no", ""}:
        return AUTO_REPLY
    if any(marks.get(name) for name in ("x-auto-response-suppress", "x-autoreply", "x-autorespond")):
        return AUTO_REPLY
    if "list-id" in marks or marks.get("precedence", "").strip().lower() in _BULK:
        return LIST
    return ""
