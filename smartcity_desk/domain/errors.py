"""The closed vocabulary of what can go wrong. Codes and parameters only; words live in the interface.

Every error says two things the callers need: `retryable` (the same call may succeed later without a person) and
`offline` (the network is away, so nothing else to that place will work now either).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final


class DeskError(Exception):
    """Base of the vocabulary: a stable `code` and parameters for the sentence that the interface makes of it."""

    code: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False
    offline: ClassVar[bool] = False

    def __init__(self, **params: str | float | None) -> None:
        super().__init__(self.code, params)
        self.params: Final[Mapping[str, str | int | float | None]] = params

    def __str__(self) -> str:
        inside = ", ".join(f"{key}={value}" for key, value in self.params.items())
        return f"{self.code}({inside})"


class Offline(DeskError):
    """No connection could be made, or it broke before an answer. Waiting costs no attempt."""

    code = "offline"
    retryable = True
    offline = True


class AuthExpired(DeskError):
    """The credential was refused (401, token errors). The place stops asking until a person renews it."""

    code = "auth_expired"


class Forbidden(DeskError):
    """The credential is known but may not do this (403). The place stops and tells."""

    code = "forbidden"


class RateLimited(DeskError):
    """Too many calls. `after` is the wait in milliseconds that the server asked for, or None."""

    code = "rate_limited"
    retryable = True

    def __init__(self, after: int | None = None, **params: str | float | None) -> None:
        super().__init__(after=after, **params)
        self.after: Final = after


class Transient(DeskError):
    """The far side is ill (5xx, time-out, HTML where JSON is due). The wait ladder applies."""

    code = "transient"
    retryable = True


class Rejected(DeskError):
    """A definite no to this one request. `reason` is a stable code; trying the same again is pointless."""

    code = "rejected"

    def __init__(self, reason: str, **params: str | float | None) -> None:
        super().__init__(reason=reason, **params)
        self.reason: Final = reason


class Conflict(DeskError):
    """The value this was based on is no longer the value there: `field`, `base`, `theirs`."""

    code = "conflict"


class BadData(DeskError):
    """Something from outside cannot be read: `channel` and a `key` that names what is wrong with it."""

    code = "bad_data"

    def __init__(self, channel: str, key: str, **params: str | float | None) -> None:
        super().__init__(channel=channel, key=key, **params)
        self.channel: Final = channel
        self.key: Final = key


class StoreProblem(DeskError):
    """The local data cannot be used. `kind` is one of `KINDS`; nothing was lost unless the kind says so."""

    code = "store_problem"
    KINDS: Final = (
        "too_new",
        "damaged",
        "disk_full",
        "read_only",
        "locked",
        "second_instance",
        "migration_failed",
    )

    def __init__(self, kind: str, **params: str | float | None) -> None:
        if kind not in self.KINDS:
            raise ValueError(f"not a kind of store problem: {kind}")
        super().__init__(kind=kind, **params)
        self.kind: Final = kind


class ConfigProblem(DeskError):
    """A setting or an argument cannot be used: `name`, and `reason` as a stable code."""

    code = "config_problem"


VOCABULARY: Final[tuple[type[DeskError], ...]] = (
    Offline,
    AuthExpired,
    Forbidden,
    RateLimited,
    Transient,
    Rejected,
    Conflict,
    BadData,
    StoreProblem,
    ConfigProblem,
)
"""Everything that may cross a layer. `tests/domain` and the interface's table of words are checked against it."""
