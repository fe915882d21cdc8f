"""What may be evidence: which files are taken, told by their first bytes, how large they may be, and who names them.

Desk and central server hold to the same rule, so that what is refused is refused where it is chosen.
"""

from __future__ import annotations

import re
from typing import Final

from smartcity_desk.domain.events import AttachmentAdded, CompletionClaimed, ObjectionFiled, Payload

MOST_BYTES: Final = 25 << 20
START: Final = 16
"""So many first bytes tell what a file is."""
PDF: Final = "application/pdf"
ENDINGS: Final = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heic": "heic",
    PDF: "pdf",
}
"""The media types that are taken, and how a file of each is called at its end."""
_HEIC: Final = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"heif", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)

ENCLOSED: Final = "enclosed:"
"""Start of a report's `media` entry whose content came with its item, and not by a link: the SHA-256 follows."""
_HASH: Final = re.compile(r"[0-9a-f]{64}")


def enclosed_hash(link: str) -> str | None:
    """The SHA-256 of a file that came with its item, or None for any other link."""
    if not link.startswith(ENCLOSED):
        return None
    name = link[len(ENCLOSED) :]
    return name if _HASH.fullmatch(name) else None


def media_type(start: bytes) -> str | None:
    """The media type that a file's first bytes tell, or None for what is not taken."""
    if start.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if start.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    if start[4:8] == b"ftyp" and start[8:12] in _HEIC:
        return "image/heic"
    return PDF if start.startswith(b"%PDF-") else None


def named_in(payload: Payload) -> tuple[str, ...]:
    """The hashes of the files that an action or event names, each once, in its order."""
    if isinstance(payload, AttachmentAdded):
        return (payload.sha256,)
    if isinstance(payload, CompletionClaimed | ObjectionFiled):
        return tuple(dict.fromkeys(payload.attachments))
    return ()
