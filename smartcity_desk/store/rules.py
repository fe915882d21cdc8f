"""What turns a state into a due date."""

from __future__ import annotations

from dataclasses import dataclass

from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.policy import Policy


@dataclass(slots=True)
class Rules:
    """What turns a state into a due date; the same for every report of a transaction."""

    policy: Policy
    directory: Directory
