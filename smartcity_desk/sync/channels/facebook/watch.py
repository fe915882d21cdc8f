"""Which posts may get comments yet, and how many of theirs are here. Pure; part of the channel's position."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from smartcity_desk.domain.times import DAY
from smartcity_desk.sync.channel import Json
from smartcity_desk.sync.channels.facebook import mapping

WATCHED_FOR: Final = 14 * DAY
MOST: Final = 200
_NUMBERS: Final = 6


@dataclass(slots=True)
class _Post:
    """`told` comments are there by the source's count and `have` were read, the newest of them written at `newest`.

    `moved` is when something happened to the post last, `read` the same as it was when its comments were read. Times in
    ms UTC.
    """

    created: int
    told: int = 0
    have: int = 0
    newest: int = 0
    moved: int = 0
    read: int = 0

    def hear(self, item: Any) -> None:
        """What the source tells of it now. A count that fell (one was deleted) may rise again."""
        self.told = mapping.comments_of(item)
        self.have = min(self.have, self.told)
        self.moved = mapping.time_of(item, "updated_time") or self.moved


@dataclass(slots=True)
class Watch:
    """The posts of the last two weeks, at most so many, the newest of them."""

    _posts: dict[str, _Post] = field(default_factory=dict)

    @classmethod
    def of(cls, kept: Json) -> Watch:
        """From what `kept` gave; anything else is an empty one."""
        found = {}
        for name, numbers in kept.items() if isinstance(kept, dict) else ():
            if isinstance(numbers, list) and len(numbers) == _NUMBERS:
                whole = [one for one in numbers if isinstance(one, int) and not isinstance(one, bool)]
                if len(whole) == _NUMBERS:
                    found[name] = _Post(*whole)
        return cls(found)

    def kept(self) -> dict[str, Json]:
        """For the position."""
        return {
            name: [post.created, post.told, post.have, post.newest, post.moved, post.read]
            for name, post in self._posts.items()
        }

    def saw(self, items: Iterable[Any], now: int, without: str = "") -> None:
        """A page of posts came by; those of the author `without` are not watched."""
        for item in items:
            name, created = mapping.peek_id(item), mapping.time_of(item)
            if not name or created is None or (without and mapping.is_by(item, without)):
                continue
            if now - created < WATCHED_FOR:
                self._posts.setdefault(name, _Post(created)).hear(item)
        young = [name for name, post in self._posts.items() if 0 <= now - post.created < WATCHED_FOR]
        young.sort(key=lambda name: self._posts[name].created, reverse=True)
        self._posts = {name: self._posts[name] for name in young[:MOST]}

    def counted(self, answer: Mapping[str, Any]) -> None:
        """The source told anew how many comments there are."""
        for name, item in answer.items():
            if name in self._posts:
                self._posts[name].hear(item)

    def ids(self) -> list[str]:
        """All that are watched, newest first."""
        return list(self._posts)

    def waiting(self) -> list[str]:
        """Those that may have comments that were not read, newest first."""
        return [
            name
            for name, post in self._posts.items()
            if post.told > post.have or (post.told and post.moved > post.read)
        ]

    def read_to(self, name: str) -> int:
        """Until when the comments of a post are here; the last second is asked for again."""
        return max(0, self._posts[name].newest - 1_000)

    def read(self, name: str, newest: int, *, whole: bool) -> None:
        """The comments of a post were read up to an instant; `whole` says that these were all."""
        post = self._posts[name]
        post.newest = max(post.newest, newest)
        if whole:
            post.have, post.read = post.told, post.moved

    def forget(self, name: str) -> None:
        """There is no such post any more."""
        self._posts.pop(name, None)
