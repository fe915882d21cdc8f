"""How often one host may be asked: a bucket of tokens, and what the host itself says about it. Pure; times in ms."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `calls` in `per_ms`, and not more than `burst` at once."""

    calls: int
    per_ms: int
    burst: int = 5


class Bucket:
    """Tokens that grow back evenly. `now` is a clock in ms; one that jumps back gives nothing away."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._tokens = float(rate.burst)
        self._at: int | None = None
        self._closed_until = 0

    def take(self, now: int) -> int:
        """Take a token now or in the future: the wait in ms that the caller owes before its request."""
        if self._at is not None and now > self._at:
            grown = (now - self._at) * self.rate.calls / self.rate.per_ms
            self._tokens = min(float(self.rate.burst), self._tokens + grown)
        self._at = now if self._at is None else max(self._at, now)
        self._tokens -= 1
        return 0 if self._tokens >= 0 else int(-self._tokens * self.rate.per_ms / self.rate.calls) + 1

    def close_until(self, instant: int) -> None:
        """The host said that nothing more is answered before `instant`."""
        self._closed_until = max(self._closed_until, instant)

    def closed_for(self, now: int) -> int:
        """How many ms the host answers nothing from now on, by its own word."""
        return max(self._closed_until - now, 0)
