"""Names that never change: who makes an id, and from what."""

from __future__ import annotations

import hashlib
import re
import uuid
from typing import Final

REPORT_NAMESPACE: Final = uuid.UUID("6f0b1c8e-5d0a-5c6e-9a55-3a1d7f3b2c10")
EVENT_NAMESPACE: Final = uuid.UUID("b8a0e0a4-35b7-5d0c-8d43-91d6b6a3f7e2")


def report_id(channel: str, external_id: str) -> str:
    """The id of a report, the same on every desk: UUIDv5 of channel and external id."""
    return _named(_REPORTS, f"{channel}\x1f{external_id}")


def reply_id(channel: str, external_id: str) -> str:
    """The id of a reply, the same on every desk: UUIDv5 of channel and the reply's own external id."""
    return _named(_REPORTS, f"{channel}\x1freply\x1f{external_id}")


def event_id(action_id: str, index: int = 0) -> str:
    """The id of the n-th event that an action causes, the same at the desk and at the central server."""
    return _named(_EVENTS, f"{action_id}\x1f{index}")


def told_id(event: str, report: str) -> str:
    """The id under which the reporter of a report is told what an event says: however often it is sent, it is one."""
    return _named(_EVENTS, f"told\x1f{event}\x1f{report}")


def mark_id(office: str, window_to: int) -> str:
    """The id of the mark on an office for the windows that end at an instant: two desks that raise it name the same."""
    return _named(_EVENTS, f"mark\x1f{office}\x1f{window_to}")


def policy_id(version: str) -> str:
    """The id of a proposed policy."""
    return _named(_EVENTS, f"policy\x1f{version}")


def inbox_id(office: str) -> str:
    """The id of an office's box of notices."""
    return _named(_EVENTS, f"notices\x1f{office}")


def list_id(number: str) -> str:
    """The id of a numbered list."""
    return _named(_EVENTS, f"list\x1f{number}")


def quarantine_id(channel: str) -> str:
    """The id of what a channel sent and nobody could read, as a subject of its own."""
    return _named(_EVENTS, f"quarantine\x1f{channel}")


def outage_id(place: str, begun: int) -> str:
    """The id of the window of an outage that was noticed by itself: the place and the grid number of its beginning."""
    return _named(_EVENTS, f"outage\x1f{place}\x1f{begun}")


def time_ordered_id(at: int, randomness: bytes) -> str:
    """A UUIDv7 (RFC 9562): sorts by the millisecond `at`; `randomness` gives the other 10 bytes.

    The standard library has `uuid.uuid7` only from Python 3.14.
    """
    if len(randomness) != 10:
        raise ValueError("ten bytes of randomness are needed")
    value = bytearray(at.to_bytes(6, "big") + randomness)
    return _text(value, 0x70)


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID in the form that all of these have."""
    return _UUID.fullmatch(text) is not None


def is_digest(text: str) -> bool:
    """Whether a text is a SHA-256 in hex."""
    return len(text) == _DIGEST_LENGTH and set(text) <= _HEX


def incident_name(incident: str) -> str:
    """What an incident is called where a person reads or says it: `INS-` and five letters of its id.

    No I, L, O and U (Crockford's base 32). Two of thousands may share a name, so it is never looked up by it.
    """
    number = int.from_bytes(hashlib.blake2b(incident.encode(), digest_size=4).digest(), "big")
    return "INS-" + "".join(_LETTERS[number >> shift & 31] for shift in (20, 15, 10, 5, 0))


_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DIGEST_LENGTH: Final = 64
_HEX: Final = frozenset("0123456789abcdef")
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_REPORTS: Final = REPORT_NAMESPACE.bytes
_EVENTS: Final = EVENT_NAMESPACE.bytes


def _named(namespace: bytes, name: str) -> str:
    """`str(uuid.uuid5(…))` without the object in between: there is one for every report and event of a city."""
    digest = hashlib.sha1(namespace + name.encode(), usedforsecurity=False).digest()
    return _text(bytearray(digest[:16]), 0x50)


def _text(value: bytearray, version: int) -> str:
    value[6] = (value[6] & 0x0F) | version
    value[8] = (value[8] & 0x3F) | 0x80
    text = value.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
