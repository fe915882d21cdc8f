"""How long a place waits, as a pure table."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.errors import (
    AuthExpired,
    BadData,
    Forbidden,
    Offline,
    RateLimited,
    Rejected,
    StoreProblem,
    Transient,
)
from smartcity_desk.domain.times import HOUR, MINUTE, SECOND
from smartcity_desk.sync.backoff import channel_verdict


def waits(error: Exception, count: int, share: float = 0.0) -> list[int | None]:
    found, attempts = [], 0
    for _ in range(count):
        verdict = channel_verdict(error, attempts, MINUTE, share)  # type: ignore[arg-type]
        found.append(verdict.wait)
        attempts = verdict.attempts
    return found


def test_an_ill_source_is_asked_at_thirty_seconds_doubling_to_a_quarter_of_an_hour() -> None:
    ladder = [30 * SECOND, 60 * SECOND, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE, 15 * MINUTE, 15 * MINUTE]
    for error in (Transient(status=503), BadData("x", "json"), StoreProblem("locked")):
        assert waits(error, 7) == ladder


def test_too_many_calls_wait_a_minute_doubling_to_an_hour_unless_the_server_says_when() -> None:
    assert waits(RateLimited(), 8) == [MINUTE << n for n in range(6)] + [HOUR, HOUR]
    assert waits(RateLimited(45 * SECOND), 3) == [45 * SECOND] * 3
    assert waits(RateLimited(0), 1) == [SECOND]


def test_a_refused_credential_stops() -> None:
    assert waits(AuthExpired(), 2) == [None, None]
    assert waits(Forbidden(), 1) == [None]


def test_being_offline_costs_no_attempt() -> None:
    assert waits(Offline(), 50) == [15 * SECOND] * 50
    assert channel_verdict(Offline(), 4, MINUTE, 0.5).attempts == 4


def test_a_definite_no_waits_for_the_next_poll_at_least() -> None:
    assert waits(Rejected("http_400"), 6) == [MINUTE, MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE, 15 * MINUTE]


@given(st.integers(0, 10_000), st.floats(0, 1), st.integers(0, 10**12))
def test_no_wait_is_ever_absurd(attempts: int, share: float, after: int) -> None:
    for error in (
        Offline(),
        Transient(),
        RateLimited(),
        RateLimited(after),
        Rejected("x"),
        BadData("x", "y"),
    ):
        verdict = channel_verdict(error, attempts, MINUTE, share)
        assert verdict.wait is not None
        assert SECOND <= verdict.wait <= 30 * HOUR
        if isinstance(error, RateLimited) and error.after is not None and error.after < 24 * HOUR:
            assert verdict.wait >= error.after
