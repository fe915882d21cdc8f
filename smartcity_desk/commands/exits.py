"""What a command leaves behind for the script that called it. These numbers never change their meaning."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from smartcity_desk.domain.errors import (
    AuthExpired,
    ConfigProblem,
    Conflict,
    DeskError,
    Forbidden,
    Offline,
    RateLimited,
    Rejected,
    StoreProblem,
    Transient,
)


class Exit(IntEnum):
    """Exit codes. The epilogue of `--help` says the same."""

    OK = 0
    FAILED = 1
    USAGE = 2
    OFFLINE = 3
    LOGIN = 4
    REFUSED = 5
    CONFLICT = 6
    LOCAL = 7


INTERRUPTED: Final = 130
"""Ctrl+C, as shells count it."""

_BY_ERROR: Final[tuple[tuple[type[DeskError], Exit], ...]] = (
    (Offline, Exit.OFFLINE),
    (RateLimited, Exit.OFFLINE),
    (Transient, Exit.OFFLINE),
    (AuthExpired, Exit.LOGIN),
    (Forbidden, Exit.LOGIN),
    (Rejected, Exit.REFUSED),
    (Conflict, Exit.CONFLICT),
    (StoreProblem, Exit.LOCAL),
    (ConfigProblem, Exit.USAGE),
)


def of_error(error: DeskError) -> Exit:
    """The exit code of an error of the vocabulary."""
    for kind, code in _BY_ERROR:
        if isinstance(error, kind):
            return Exit.LOGIN if error.params.get("reason") == "bad_credentials" else code
    return Exit.FAILED


class CommandError(Exception):
    """A command cannot go on: `code` names the sentences `cli.trouble.<code>.what` and `.next`."""

    def __init__(self, exit_code: Exit, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.exit_code = exit_code
        self.code = code
        self.params = params
