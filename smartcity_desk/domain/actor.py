"""Who acts. Apart from what is done, because a window that opens knows its user long before it needs the events."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an account may be (architecture 8). `system` is the central server and the channels themselves."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    REVIEWER = "reviewer"
    OFFICIAL = "official"
    ADMIN = "admin"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: account name, role, and for officials the office they act for."""

    user: str
    role: Role
    office: str | None = None
