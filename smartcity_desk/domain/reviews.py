"""Which answers get a blind second review (F20): drawn by the event's own id, so that nobody can choose them."""

from __future__ import annotations

import hashlib


def drawn(event: str, percent: int) -> bool:
    """Whether an answer belongs to the sample: the same on every desk, and `percent` of all in the long run."""
    number = int.from_bytes(hashlib.sha256(f"review\x1f{event}".encode()).digest()[:8], "big")
    return number % 10_000 < percent * 100
