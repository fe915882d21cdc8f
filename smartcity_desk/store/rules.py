"""What turns events into clocks here: the directory, and the law that is built when a clock is first needed.

A start paints rows whose due dates stand in the file, so it needs no policy, no calendar and no decoder; whatever is
written or explained does.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from smartcity_desk import paths
from smartcity_desk.domain.office import Directory

if TYPE_CHECKING:
    from smartcity_desk.domain.law import Exemption, Law
    from smartcity_desk.domain.policy import Policy

_VERSION: Final = "2"
"""Of how due dates are worked out. Another one makes a file's due dates be worked out anew."""


class Rules:
    """The same for every report of a transaction. `policies` and `declared` are texts as they stand in the file.

    `base` holds where the central server has given no policy. `declared` are the folds of declared events and of
    approved policies.
    """

    __slots__ = ("_base", "_declared", "_law", "_policies", "directory")

    def __init__(
        self,
        directory: Directory,
        base: Policy,
        policies: str | None = None,
        declared: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.directory = directory
        self._base = base
        self._policies = policies
        self._declared = declared
        self._law: Law | None = None

    @property
    def base(self) -> Policy:
        """The policy that holds where no other does."""
        return self._base

    @property
    def law(self) -> Law:
        """Policy versions, calendars, directory and declared events."""
        if self._law is None:
            self._law = self._build()
        return self._law

    def same_but(
        self,
        *,
        directory: Directory | None = None,
        policies: str | None = None,
        declared: tuple[tuple[str, str], ...] | None = None,
    ) -> Rules:
        """Rules with another directory, other policies, or other declarations."""
        return Rules(
            self.directory if directory is None else directory,
            self._base,
            self._policies if policies is None else policies,
            self._declared if declared is None else declared,
        )

    def fingerprint(self) -> str:
        """A short text that changes when a due date may: with policies, declarations, calendars, levels of offices."""
        digest = hashlib.sha256(_VERSION.encode())
        digest.update(repr(self._base if self._policies is None else self._policies).encode())
        digest.update(repr(self._declared).encode())
        for office in self.directory.offices.values():
            digest.update(f"{office.code}\x1f{office.level.value}\x1f{office.parent}\n".encode())
        for file in sorted(paths.resource("calendar").glob("*.ics")):
            digest.update(file.read_bytes())
        return digest.hexdigest()[:16]

    def _build(self) -> Law:
        from smartcity_desk.calendars import load_calendars
        from smartcity_desk.domain.law import Law
        from smartcity_desk.domain.policy import PolicyBook

        policies = [self._base] if self._policies is None else _policies(self._policies)
        exemptions, approved = _declared(self._declared)
        return Law(PolicyBook([*policies, *approved]), load_calendars(), self.directory, exemptions)


def _policies(text: str) -> list[Policy]:
    from smartcity_desk import codec
    from smartcity_desk.domain.policy import Policy

    return codec.decode(text, list[Policy], key="policies")


def _declared(texts: tuple[tuple[str, str], ...]) -> tuple[list[Exemption], list[Policy]]:
    from smartcity_desk import codec
    from smartcity_desk.domain.calamity import CalamityState
    from smartcity_desk.domain.policies import PolicyState
    from smartcity_desk.domain.subjects import Subject

    exemptions: list[Exemption] = []
    approved: list[Policy] = []
    for kind, text in texts:
        if kind == Subject.CALAMITY.value:
            declared = codec.decode(text, CalamityState, key="calamity").exemption()
            if declared is not None:
                exemptions.append(declared)
        else:
            policy = codec.decode(text, PolicyState, key="policy").in_force()
            if policy is not None:
                approved.append(policy)
    return exemptions, approved
