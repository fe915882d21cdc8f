"""How long a place waits after a failure. Pure: attempts and a random share come in, milliseconds go out.

The ladder of one action in the outbox stands beside the outbox, in `store.outbox`: it outlives a process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from smartcity_desk.domain.errors import (
    AuthExpired,
    BadData,
    ConfigProblem,
    DeskError,
    Forbidden,
    Offline,
    RateLimited,
    Rejected,
    StoreProblem,
    Transient,
)
from smartcity_desk.domain.times import HOUR, MINUTE, SECOND

JITTER: Final = 0.2
"""A wait grows by up to this share, so that desks that failed together do not come back together."""
LONGEST_ASKED: Final = 24 * HOUR
"""A server that asks for more than this is asked again after it."""

RATE_FIRST, RATE_MOST = 60 * SECOND, 1 * HOUR
ILL_FIRST, ILL_MOST = 30 * SECOND, 15 * MINUTE
OFFLINE_WAIT: Final = 15 * SECOND
"""Asking whether the network is back costs one refused connection."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a channel does after a failure. `wait` in ms until the next try; None = a person has to act first.

    `attempts` is the count to remember: being offline costs none.
    """

    wait: int | None
    attempts: int


def jittered(wait: int, share: float) -> int:
    """`wait` lengthened by `share` (0 to 1) of the jitter. Never shorter, so a server's own figure is kept."""
    return wait + int(wait * JITTER * min(max(share, 0.0), 1.0))


def doubled(first: int, most: int, attempts: int) -> int:
    """`first` doubled for each attempt after the first, up to `most`."""
    return min(first << min(max(attempts, 1) - 1, 20), most)


def channel_verdict(error: DeskError, attempts: int, poll_interval: int, share: float) -> Verdict:
    """What a channel does after `error`, when it had failed `attempts` times in a row before (channels paper 12).

    A definite no (any other 4xx) is not repeated as such: the channel asks again when its next poll is due, because the
    next poll is another request, and advances nothing.
    """
    tried = attempts + 1
    if isinstance(error, Offline):
        return Verdict(jittered(OFFLINE_WAIT, share), attempts)
    if isinstance(error, AuthExpired | Forbidden | ConfigProblem):
        return Verdict(None, tried)
    if isinstance(error, RateLimited):
        if error.after is not None:
            return Verdict(jittered(min(max(error.after, SECOND), LONGEST_ASKED), share), tried)
        return Verdict(jittered(doubled(RATE_FIRST, RATE_MOST, tried), share), tried)
    if isinstance(error, Transient | BadData | StoreProblem):
        return Verdict(jittered(doubled(ILL_FIRST, ILL_MOST, tried), share), tried)
    if isinstance(error, Rejected):
        return Verdict(max(poll_interval, doubled(ILL_FIRST, ILL_MOST, tried)), tried)
    return Verdict(jittered(doubled(ILL_FIRST, ILL_MOST, tried), share), tried)
