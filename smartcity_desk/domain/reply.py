"""A reply: what a channel said later about a report that it had told of before. A fact, never edited here.

A comment under a post, an answer in a mail thread, an update of a service request. It belongs to its report's life but
starts and stops no clock: clocks run on what offices do (`domain.events`), not on what a channel repeats of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from smartcity_desk.domain.times import DAY

NEWS_MS: Final = 14 * DAY
"""How long after it was said a reply is news: a past that is filled in asks nobody to look at it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply as a channel's mapping read it. Texts are masked; `raw` is the item itself.

    `id` is `domain.ids.reply_id(channel, external_id)`. `about` is the external id of the report in the same channel.
    `at` in ms UTC. `official` says that the channel itself, or an office through it, speaks and not a citizen.
    `state_raw` is the state that an update names, in the channel's own word. `author` is a keyed pseudonym.
    `withdrawn_at` makes it a tombstone: the source no longer has it, or its time of keeping is over (ms UTC).
    """

    id: str
    channel: str
    external_id: str
    about: str
    at: int
    text: str
    official: bool = False
    state_raw: str = ""
    author: str | None = None
    link: str | None = None
    media: tuple[str, ...] = ()
    private: bool = False
    unmasked: str | None = None
    raw: str = ""
    withdrawn_at: int | None = None


def is_news(reply: Reply, now: int) -> bool:
    """Whether a reply that has just come (ms UTC) wants to be looked at: a citizen's, and not an old one."""
    return not reply.official and reply.withdrawn_at is None and reply.at > now - NEWS_MS


def withdrawn(reply: Reply, at: int) -> Reply:
    """The tombstone of a reply: that something was said, when, and by which side."""
    return replace(_emptied(reply), withdrawn_at=at)


def veiled(reply: Reply, *, private: bool) -> Reply:
    """What may be shown of a reply without a logged reason. `private` says that its report is."""
    return _emptied(reply) if private or reply.private else reply


def _emptied(reply: Reply) -> Reply:
    return replace(reply, text="", author=None, link=None, media=(), unmasked=None, raw="")
