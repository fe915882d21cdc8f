"""Pictures of the present: sent by the account whose they are, before the event that names them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from smartcity_desk.domain.events import Actor, AttachmentAdded, CompletionClaimed, Payload
from smartcity_desk.training.behaviour import Case
from smartcity_desk.training.city import City
from smartcity_desk.training.draw import pick, seeded
from smartcity_desk.training.illustrating import BEFORE_NAME
from smartcity_desk.training.proofs import Proof, claimed, proof_of, reported

if TYPE_CHECKING:
    from smartcity_desk.training.officials import Accounts

MEDIA_TYPE: Final = "image/jpeg"
PASSED_ON: Final = AttachmentAdded("", MEDIA_TYPE, 0, BEFORE_NAME)
"""The citizen's picture, as it is planned; its hash is known when it is drawn."""


class Uploads:
    """Draws what a step needs and sends it to the central server."""

    def __init__(self, city: City, accounts: Accounts) -> None:
        self._city = city
        self._accounts = accounts

    async def with_pictures(self, payload: Payload, case: Case, actor: Actor) -> Payload:
        """The payload with the hashes of the pictures that belong to it, which the server then has.

        Raises httpx.HTTPStatusError when the server will not take one.
        """
        seed = self._city.facts.seed
        if case.record.number < 0:  # a report that the city never sent has no street
            return payload
        if isinstance(payload, AttachmentAdded):
            data = reported(seed, case.record)
            return replace(payload, sha256=await self._sent(actor, data), size=len(data))
        if isinstance(payload, CompletionClaimed):
            shown = self._claimed(seed, case)
            return (
                payload if shown is None else replace(payload, attachments=(await self._sent(actor, shown),))
            )
        return payload

    def _claimed(self, seed: int, case: Case) -> bytes | None:
        nth = case.claims + 1
        others = self._others(case) if case.fake else []
        proof = proof_of(seed, case.record, nth, fake=case.fake, may_reuse=bool(others))
        other = None
        if proof is Proof.REUSED:
            theirs = pick(seeded(seed, "reused", case.record.number, nth), others)
            other = theirs.record, theirs.pictured
        return claimed(seed, case.record, nth, proof, self._city.clock(), other)

    def _others(self, case: Case) -> list[Case]:
        """Cases with a picture that can be used again: the office's own, else anybody's."""
        shown = [one for one in self._city.cases.values() if one.pictured and one is not case]
        return [one for one in shown if one.office == case.office] or shown

    async def _sent(self, actor: Actor, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        await self._accounts.upload(actor.user, data, sha256, MEDIA_TYPE)
        return sha256
