"""What channels said later about reports: taken in with its page, idempotent, kept also when its report comes later.

A reply has no time of change, so what a channel says of it last holds. Runs on the caller's connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, fields, replace
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import msgspec

from smartcity_desk import codec
from smartcity_desk.domain import ids
from smartcity_desk.domain.reply import Reply, is_news, withdrawn
from smartcity_desk.store import directory, media
from smartcity_desk.store.engine import Raw, chunks, marks
from smartcity_desk.store.search import UNSWEPT

COLUMNS: Final = (
    "p.id, p.channel, p.external_id, p.about, p.at, p.text, p.official, p.state_raw, p.author, p.link, p.media, "
    "p.private, p.withdrawn_at"
)
"""In the order of `reply_of`."""
_INSERT: Final = (
    "INSERT INTO reply (text, official, state_raw, author, link, media, private, withdrawn_at, digest, pushed, at, "
    f"about, report_id, unread, id, channel, external_id, received_at) VALUES ({marks(18)})"
)
_UPDATE: Final = (
    "UPDATE reply SET text = ?, official = ?, state_raw = ?, author = ?, link = ?, media = ?, private = ?, "
    "withdrawn_at = ?, digest = ?, pushed = ?, at = ?, about = ?, report_id = ?, unread = ? WHERE id = ?"
)
_TEXTS: Final = tuple(item.name for item in fields(Reply) if item.type in ("str", "str | None"))
_MEDIA: Final = msgspec.json.Decoder(tuple[str, ...])
_encode: Final = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Written:
    """What a page's replies did: how many are new or changed, and which reports they are about."""

    new: int = 0
    changed: int = 0
    about: set[str] = field(default_factory=set)


def reply_of(row: Sequence[Any]) -> Reply:
    """The masked reply from its line (`COLUMNS`)."""
    return Reply(
        id=row[0],
        channel=row[1],
        external_id=row[2],
        about=row[3],
        at=row[4],
        text=row[5],
        official=bool(row[6]),
        state_raw=row[7],
        author=row[8],
        link=row[9],
        media=_MEDIA.decode(row[10]) if row[10] else (),
        private=bool(row[11]),
        withdrawn_at=row[12],
    )


def digest_of(reply: Reply) -> int:
    """A 63-bit number of what a reply says; as with reports without author, raw item and unmasked text."""
    facts = _encode(
        (
            reply.about,
            reply.at,
            reply.text,
            reply.official,
            reply.state_raw,
            reply.link,
            reply.media,
            reply.private,
            reply.withdrawn_at is not None,
        )
    )
    return int.from_bytes(blake2b(facts, digest_size=8).digest(), "big") >> 1


def write(raw: Raw, replies: Iterable[Reply], *, now: int, from_central: bool) -> Written:
    """Store replies; the last of several with one id counts. What is here as a report is not taken in a second time.

    A tombstone takes the content with it and stays one.
    """
    page = {reply.id: _storable(reply) for reply in replies}
    written = Written()
    if not page:
        return written
    _drop_reports(raw, page)
    there = _known(raw, list(page))
    pushed = 1 if from_central else 0
    for reply in page.values():
        digest = digest_of(reply)
        known = there.get(reply.id)
        if known is not None and (known.digest == digest or known.withdrawn_at is not None):
            if pushed:
                raw.execute("UPDATE reply SET pushed = 1 WHERE id = ? AND digest = ?", (reply.id, digest))
            continue
        report_id = ids.report_id(reply.channel, reply.about)
        # Links that were signed anew are no other words: what somebody has read does not come back for them.
        news = is_news(reply, now) and (known is None or known.unread or known.text != reply.text)
        values = _values(reply, digest, pushed, report_id, unread=news)
        if known is None:
            cursor = raw.execute(_INSERT, (*values, reply.id, reply.channel, reply.external_id, now))
            raw.execute(
                "INSERT INTO reply_private (reply_pk, raw, unmasked) VALUES (?, ?, ?)",
                (cursor.lastrowid, reply.raw, reply.unmasked),
            )
            written.new += 1
        else:
            raw.execute(_UPDATE, (*values, reply.id))
            raw.execute(
                "UPDATE reply_private SET raw = ?, unmasked = ? WHERE reply_pk = "
                "(SELECT pk FROM reply WHERE id = ?)",
                (reply.raw, reply.unmasked, reply.id),
            )
            directory.put(raw, UNSWEPT, "1")
            written.changed += 1
        written.about.add(report_id)
    want_files(raw, written.about, now=now)
    return written


def want_files(raw: Raw, report_ids: Iterable[str], *, now: int) -> None:
    """Want the files that replies about these reports name, of those reports that are here."""
    for part in chunks(sorted(report_ids)):
        for pk, reply_id, links in raw.execute(
            "SELECT r.pk, p.id, p.media FROM reply p INDEXED BY ix_reply_report JOIN report r ON r.id = p.report_id "
            f"WHERE p.media <> '' AND p.report_id IN ({marks(len(part))})",
            tuple(part),
        ).fetchall():
            media.renote(raw, pk, _MEDIA.decode(links), now=now, reply=reply_id)


def _values(
    reply: Reply, digest: int, pushed: int, report_id: str, *, unread: bool = False
) -> tuple[Any, ...]:
    return (
        reply.text,
        1 if reply.official else 0,
        reply.state_raw,
        reply.author,
        reply.link,
        codec.encode(reply.media) if reply.media else "",
        1 if reply.private else 0,
        reply.withdrawn_at,
        digest,
        pushed,
        reply.at,
        reply.about,
        report_id,
        1 if unread else 0,
    )


def _storable(reply: Reply) -> Reply:
    """The reply with every text such that it can be stored: half a surrogate pair becomes a question mark."""
    changes: dict[str, Any] = {
        name: _whole(value) for name in _TEXTS if isinstance(value := getattr(reply, name), str)
    }
    return replace(reply, **changes, media=tuple(_whole(link) for link in reply.media))


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


class _Known(NamedTuple):
    digest: int
    withdrawn_at: int | None
    unread: bool
    text: str


def _known(raw: Raw, names: Sequence[str]) -> dict[str, _Known]:
    found: dict[str, _Known] = {}
    for part in chunks(names):
        for name, *there in raw.execute(
            f"SELECT id, digest, withdrawn_at, unread, text FROM reply WHERE id IN ({marks(len(part))})",
            tuple(part),
        ):
            found[name] = _Known(*there)
    return found


def _drop_reports(raw: Raw, page: dict[str, Reply]) -> None:
    by_report = {ids.report_id(reply.channel, reply.external_id): name for name, reply in page.items()}
    for part in chunks(list(by_report)):
        for (report_id,) in raw.execute(
            f"SELECT id FROM report WHERE id IN ({marks(len(part))})", tuple(part)
        ).fetchall():
            del page[by_report[report_id]]


def there_are(raw: Raw) -> bool:
    """Whether any reply is here: where none is, a page of reports costs nothing more."""
    return raw.execute("SELECT 1 FROM reply LIMIT 1").fetchone() is not None


def drop_known(raw: Raw, page: MutableMapping[str, Any], known: Mapping[str, Any]) -> None:
    """Take out of a page of reports (id -> (report, digest)) the new ones that are here as replies already."""
    fresh = {
        ids.reply_id(report.channel, report.external_id): name
        for name, (report, _) in page.items()
        if name not in known
    }
    for part in chunks(list(fresh)):
        for (reply_id,) in raw.execute(
            f"SELECT id FROM reply WHERE id IN ({marks(len(part))})", tuple(part)
        ).fetchall():
            del page[fresh[reply_id]]


def of_report(raw: Raw, report_id: str) -> tuple[Reply, ...]:
    """What was replied about a report, in the order of its times; masked, without raw items."""
    rows = raw.execute(
        f"SELECT {COLUMNS} FROM reply p INDEXED BY ix_reply_report WHERE p.report_id = ? ORDER BY p.at, p.pk",
        (report_id,),
    )
    return tuple(reply_of(row) for row in rows)


def withdraw(raw: Raw, channel: str, gone: Sequence[str], *, now: int) -> dict[int, str]:
    """Erase replies that a channel no longer has, by external id. Returns the reports they are about, pk -> id.

    The central server is told.
    """
    return _erase(raw, channel, gone, now, pushed=0)


def expire(raw: Raw, channel: str, old: Sequence[str], *, now: int) -> None:
    """Erase replies that were kept as long as they may be, by external id."""
    _erase(raw, channel, old, now, pushed=1)


def _erase(raw: Raw, channel: str, gone: Sequence[str], now: int, *, pushed: int) -> dict[int, str]:
    found: dict[int, str] = {}
    for part in chunks([ids.reply_id(channel, name) for name in gone]):
        rows = raw.execute(
            f"SELECT {COLUMNS}, p.report_id, r.pk FROM reply p LEFT JOIN report r ON r.id = p.report_id "
            f"WHERE p.withdrawn_at IS NULL AND p.id IN ({marks(len(part))})",
            tuple(part),
        ).fetchall()
        for *row, report_id, pk in rows:
            _empty(raw, reply_of(row), now, pushed=pushed)
            media.erase_replies(raw, [row[0]], now=now)
            if pk is not None:
                found[pk] = report_id
    return found


def empty_of(raw: Raw, report_id: str, at: int) -> None:
    """Erase the words of all that was replied about a report whose own content goes."""
    for reply in of_report(raw, report_id):
        if reply.withdrawn_at is None:
            _empty(raw, reply, at, pushed=1)


def _empty(raw: Raw, reply: Reply, at: int, *, pushed: int) -> None:
    """Erase one; `pushed=0` tells the central server, which does by itself what follows from a report's own end."""
    tombstone = withdrawn(reply, at)
    about = ids.report_id(tombstone.channel, tombstone.about)
    raw.execute(_UPDATE, (*_values(tombstone, digest_of(tombstone), pushed, about), reply.id))
    raw.execute(
        "UPDATE reply_private SET raw = '', unmasked = NULL WHERE reply_pk = (SELECT pk FROM reply WHERE id = ?)",
        (reply.id,),
    )
    directory.put(raw, UNSWEPT, "1")


def unpushed(raw: Raw, limit: int) -> list[Reply]:
    """Replies that the central server has not confirmed as they stand, oldest first; masked, without raw items."""
    rows = raw.execute(
        f"SELECT {COLUMNS} FROM reply p INDEXED BY ix_reply_unpushed WHERE p.pushed = 0 ORDER BY p.pk LIMIT ?",
        (limit,),
    )
    return [reply_of(row) for row in rows]


def mark_pushed(raw: Raw, replies: Iterable[Reply]) -> None:
    """The central server has answered about these, just as they are."""
    raw.executemany(
        "UPDATE reply SET pushed = 1 WHERE id = ? AND digest = ?",
        [(reply.id, digest_of(reply)) for reply in replies],
    )
