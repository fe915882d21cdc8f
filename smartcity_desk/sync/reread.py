"""Quarantined items once more through their channel's mapping, as after an update that understands them.

An item alone lacks what its page gave it (an X post's places and users); what comes out is the same report, perhaps
with less beside it, and the channel's next page completes it.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

import msgspec

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report
from smartcity_desk.store.rows import IngestResult, QuarantineRow
from smartcity_desk.sync.channel import ITEM_MOST, TOO_LARGE, UNEXPECTED
from smartcity_desk.sync.channels.balai_warga import mapping as balai_warga
from smartcity_desk.sync.channels.crm import mapping as crm
from smartcity_desk.sync.channels.email import mapping as email
from smartcity_desk.sync.channels.facebook import mapping as facebook
from smartcity_desk.sync.channels.lapor import mapping as lapor
from smartcity_desk.sync.channels.manual import mapping as manual
from smartcity_desk.sync.channels.open311 import mapping as open311
from smartcity_desk.sync.channels.petabencana import mapping as petabencana
from smartcity_desk.sync.channels.qlue import mapping as qlue
from smartcity_desk.sync.channels.waze import mapping as waze
from smartcity_desk.sync.channels.x import mapping as x
from smartcity_desk.sync.georeport import mapping as georeport
from smartcity_desk.sync.registry import CHANNELS
from smartcity_desk.sync.tables import mapping as tables

_log = logging.getLogger(__name__)

Pseudonym = Callable[[str], str | None]
PAGE: Final = 20
"""Items held at a time: one may be as large as a whole answer."""


@dataclass(frozen=True, slots=True)
class Reread:
    """How many items were read after all, how many stay, and at which fields those fail (the most frequent first)."""

    read: int
    left: int
    reasons: tuple[tuple[str, int], ...] = ()


class QuarantineStore(Protocol):
    """What is needed of the store."""

    def quarantine_page(self, channel: str, after: int, limit: int) -> list[QuarantineRow]:
        """What could not be read, by id."""

    def release_quarantine(self, ids: Sequence[int], *, now: int) -> int:
        """Take items out of the list."""

    def add(
        self,
        channel: str,
        reports: Sequence[Report],
        *,
        replies: Sequence[Reply] = (),
        now: int,
        told: bool = True,
    ) -> IngestResult:
        """Take in what was read; where the channel stands is not touched."""


def _petabencana(item: Any, _pseudonym: Pseudonym) -> Report:
    return petabencana.to_report(item)


def _waze(item: Any, _pseudonym: Pseudonym) -> Report:
    """The feed has three lists; an item taken out of them is known by what only its kind has."""
    known = item if isinstance(item, dict) else {}
    if "detectionDateMillis" in known or "seconds" in known:
        return waze.irregularity(item)
    return waze.jam(item) if "line" in known else waze.alert(item)


def _x(item: Any, pseudonym: Pseudonym) -> Report:
    return x.to_report(item, x.read_page({"data": [item]}), pseudonym)


MAPPINGS: Final[dict[str, Callable[[Any, Pseudonym], Report]]] = {
    "open311": lambda item, _: open311.to_report(item),
    "lapor": lambda item, _: lapor.to_report(item),
    "facebook": facebook.to_report,
    "email": email.to_report,
    "balai_warga": balai_warga.to_report,
    # whether it is private, only its detail says: until the next poll asks, it is
    "crm": lambda item, _: crm.to_report(item, private=True),
    "qlue": qlue.to_report,
    "manual": manual.to_report,
    "petabencana": _petabencana,
    "waze": _waze,
    "x": _x,
}
"""One way to read a lone item for each channel of the registry."""


REPLIES: Final[dict[str, Callable[[Any, Pseudonym], Reply | None]]] = {
    "open311": lambda item, _: _update(item, open311.PLAIN),
    "lapor": lambda item, _: _update(item, lapor.PLAIN),
    "balai_warga": lambda item, _: _update(item, balai_warga.DIALECT),
    "facebook": facebook.wrapped_reply,
    "qlue": qlue.wrapped_reply,
    "x": x.wrapped_reply,
}
"""One way to read a lone item that is something said about a report; None for an item that is none."""


def reread(
    store: QuarantineStore,
    channel: str,
    ids: Sequence[int] | None,
    *,
    pseudonym: Pseudonym,
    now: int,
) -> Reread:
    """Read these items again, all of the channel's if None; what can be read now leaves the quarantine.

    Each item goes through the channel's present mapping, alone; what it makes is known by its id, so reading twice
    does no more than reading once. Where the channel stands is not touched. `now` in ms UTC.
    """
    wanted = None if ids is None else set(ids)
    read = left = after = 0
    reasons: Counter[str] = Counter()
    while rows := store.quarantine_page(channel, after, PAGE):
        after = rows[-1].id
        reports: list[Report] = []
        replies: list[Reply] = []
        done: list[int] = []
        for row in rows:
            if wanted is not None and row.id not in wanted:
                continue
            found, key = _read(channel, row.raw, pseudonym)
            if found is None:
                left += 1
                reasons[key or row.key] += 1
                continue
            done.append(row.id)
            if isinstance(found, Report):
                reports.append(found)
            else:
                replies.append(found)
        if done:
            store.add(channel, reports, replies=replies, now=now, told=False)
            store.release_quarantine(done, now=now)
            read += len(done)
    return Reread(read, left, tuple(reasons.most_common()))


def _read(channel: str, raw: str, pseudonym: Pseudonym) -> tuple[Report | Reply | None, str]:
    """What an item says, or the field that cannot be read (empty when there is nothing to read it with)."""
    key = ""
    if len(raw) > ITEM_MOST:
        return None, TOO_LARGE
    try:
        item = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None, key
    row = partial(_row, channel) if tables.is_row(item) else None
    for mapping in (row,) if row else (REPLIES.get(channel), MAPPINGS.get(channel)):
        if mapping is None:
            continue
        try:
            found = mapping(item, pseudonym)
        except BadData as problem:
            key = key or problem.key
        except Exception:  # noqa: BLE001 - a mistake of ours in a mapping costs this item only, and it stays
            _log.exception("an item broke its mapping")
            key = key or UNEXPECTED
        else:
            if found is not None:
                return found, ""
    return None, key


def _row(channel: str, item: Any, pseudonym: Pseudonym) -> Report:
    """A row of a file that was taken in; it keeps with it which of its columns is what."""
    return tables.from_item(item, channel, CHANNELS[channel].manifest.report_kind, pseudonym)


def _update(item: Any, dialect: georeport.Dialect) -> Reply | None:
    """What an entry of `servicerequestupdates` says; a request has no `update_id`."""
    known = item if isinstance(item, dict) else {}
    return georeport.to_update(item, dialect).reply if "update_id" in known else None
