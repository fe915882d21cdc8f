"""Four eyes: a step that judges what somebody did is never taken by the same person. One function for every rule."""

from __future__ import annotations

from smartcity_desk.domain.decision import Action, Refused


def somebody_else(action: Action, *involved: str) -> Refused | None:
    """Refuse an action by one of those who are involved, whatever role they act in."""
    user = action.actor.user
    return Refused("four_eyes", {"user": user}) if user in involved else None
