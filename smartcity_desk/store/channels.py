"""Where each channel stands, and what could not be read. Runs on the caller's connection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import msgspec

from smartcity_desk import codec
from smartcity_desk.domain.text import storable
from smartcity_desk.store import watching
from smartcity_desk.store.engine import Raw, chunks, marks
from smartcity_desk.store.rows import ChannelCheckpoint, ChannelState, Params, Quarantined, QuarantineRow

if TYPE_CHECKING:
    from smartcity_desk.domain.reply import Reply
    from smartcity_desk.domain.report import Report

_COLUMNS: Final = (
    "channel, cursor, boundary, etag, last_ok_at, last_error_at, last_error_code, last_error_params, last_item_at, "
    "next_try_at, attempts, paused_reason, fetched_total, last_new_at"
)


def _state(row: tuple[Any, ...]) -> ChannelState:
    return ChannelState(
        channel=row[0],
        cursor=codec.decode(row[1], dict[str, Any], key="channel_state"),
        boundary=frozenset(codec.decode(row[2], list[str], key="channel_state")),
        etag=row[3],
        last_ok_at=row[4],
        last_error_at=row[5],
        last_error_code=row[6],
        last_error_params={} if row[7] is None else codec.decode(row[7], dict[str, Any], key="channel_state"),
        last_item_at=row[8],
        next_try_at=row[9],
        attempts=row[10],
        paused_reason=row[11],
        fetched_total=row[12],
        last_new_at=row[13],
    )


def state(raw: Raw, channel: str) -> ChannelState:
    """Where the channel stands; a fresh state for one that has never been asked."""
    row = raw.execute(f"SELECT {_COLUMNS} FROM channel_state WHERE channel = ?", (channel,)).fetchone()
    return ChannelState(channel) if row is None else _state(row)


def states(raw: Raw) -> list[ChannelState]:
    """All channels that have been asked, by name."""
    return [_state(row) for row in raw.execute(f"SELECT {_COLUMNS} FROM channel_state ORDER BY channel")]


def _ensure(raw: Raw, channel: str) -> None:
    raw.execute(
        "INSERT OR IGNORE INTO channel_state (channel, cursor, boundary, attempts, fetched_total) "
        "VALUES (?, '{}', '[]', 0, 0)",
        (channel,),
    )


def save_page(
    raw: Raw,
    channel: str,
    checkpoint: ChannelCheckpoint | None,
    *,
    items: int,
    newest_item_at: int | None,
    now: int,
    new: int = 0,
) -> None:
    """A page arrived. Without a checkpoint the cursor stays where it was: the range is not closed yet."""
    _ensure(raw, channel)
    watching.recovered(raw, channel, now=now)
    raw.execute(
        "UPDATE channel_state SET last_ok_at = ?2, last_error_code = NULL, last_error_params = NULL, attempts = 0, "
        "next_try_at = NULL, paused_reason = NULL, fetched_total = fetched_total + ?3, "
        "last_item_at = CASE WHEN ?4 IS NULL THEN last_item_at ELSE max(coalesce(last_item_at, ?4), ?4) END, "
        "last_new_at = CASE WHEN ?5 > 0 THEN ?2 ELSE last_new_at END WHERE channel = ?1",
        (channel, now, items, newest_item_at, new),
    )
    if checkpoint is not None:
        raw.execute(
            "UPDATE channel_state SET cursor = ?, boundary = ?, etag = ? WHERE channel = ?",
            (
                codec.encode(dict(checkpoint.cursor)),
                codec.encode(sorted(checkpoint.boundary)),
                checkpoint.etag,
                channel,
            ),
        )


def record_ok(raw: Raw, channel: str, *, next_try_at: int | None, now: int) -> None:
    """The channel answered and had nothing to say, or a round is over."""
    save_page(raw, channel, None, items=0, newest_item_at=None, now=now)
    raw.execute("UPDATE channel_state SET next_try_at = ? WHERE channel = ?", (next_try_at, channel))


def record_failure(
    raw: Raw,
    channel: str,
    code: str,
    params: Params,
    *,
    attempts: int,
    next_try_at: int | None,
    now: int,
    paused_reason: str | None,
) -> None:
    """The channel could not be read: why, since when, and when it is tried again (None = not without a person)."""
    _ensure(raw, channel)
    watching.failed(raw, channel, code, now=now)
    raw.execute(
        "UPDATE channel_state SET last_error_at = ?, last_error_code = ?, last_error_params = ?, attempts = ?, "
        "next_try_at = ?, paused_reason = ? WHERE channel = ?",
        (now, code, codec.encode(dict(params)), attempts, next_try_at, paused_reason, channel),
    )


def add_quarantined(raw: Raw, channel: str, items: Iterable[Quarantined], *, now: int) -> int:
    """Keep items that could not be read. One that came before counts up instead of filling the disk."""
    rows = [
        (
            channel,
            item.key,
            codec.encode(dict(item.params)),
            item.raw,
            int.from_bytes(blake2b(item.raw.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
            >> 1,
            now,
            now,
        )
        for item in items
    ]
    raw.executemany(
        "INSERT INTO quarantine (channel, key, params, raw, digest, at, last_at, times) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, 1) "
        "ON CONFLICT (channel, digest) DO UPDATE SET last_at = excluded.last_at, times = times + 1, "
        "key = excluded.key, params = excluded.params, released_at = NULL",
        rows,
    )
    return len(rows)


def read_after_all(raw: Raw, channel: str, items: Iterable[Report | Reply], *, now: int) -> int:
    """These were just read: what lay in quarantine of the same items need not be looked at.

    The source has told the item as it stands. What came broken before stays in the file, and should it come once more,
    it is listed again.
    """
    waits = "SELECT 1 FROM quarantine WHERE channel = ? AND released_at IS NULL LIMIT 1"
    if raw.execute(waits, (channel,)).fetchone() is None:
        return 0
    read: dict[str, list[str]] = {}
    for item in items:
        read.setdefault(storable(item.external_id), []).append(item.raw)
    rows = raw.execute(
        "SELECT id, json_extract(params, '$.external_id'), raw FROM quarantine WHERE channel = ?1 "
        "AND released_at IS NULL AND json_extract(params, '$.external_id') IN (SELECT value FROM json_each(?2))",
        (channel, codec.encode(list(read))),
    ).fetchall()
    done = [row for row, name, broken in rows if any(_are_alike(name, broken, whole) for whole in read[name])]
    return release_quarantine(raw, done, now=now)


def _are_alike(name: str, broken: str, whole: str) -> bool:
    """Whether two items of one id are one thing: a request and an update may both have number 17.

    Then an id that is that number in the one is another number in the other.
    """
    one, other = _ids_in(broken), _ids_in(whole)
    return not any(
        value == name and these.get(field, name) != name
        for those, these in ((one, other), (other, one))
        for field, value in those.items()
    )


def _ids_in(item: str) -> dict[str, str]:
    try:
        found = msgspec.json.decode(item)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
    fields = found.items() if isinstance(found, dict) else ()
    return {key: str(value) for key, value in fields if key.endswith("id") and isinstance(value, str | int)}


def quarantine(raw: Raw, channel: str | None, limit: int) -> list[QuarantineRow]:
    """What waits in quarantine, newest first; of one channel or of all."""
    rows = raw.execute(
        "SELECT id, channel, key, params, raw, at, last_at, times FROM quarantine "
        "WHERE released_at IS NULL AND (?1 IS NULL OR channel = ?1) ORDER BY last_at DESC, id DESC LIMIT ?2",
        (channel, limit),
    )
    return [
        QuarantineRow(
            row[0], row[1], row[2], codec.decode(row[3], dict[str, Any], key="quarantine"), *row[4:]
        )
        for row in rows
    ]


def quarantine_page(raw: Raw, channel: str, after: int, limit: int) -> list[QuarantineRow]:
    """What waits in quarantine of a channel behind an id, oldest first."""
    rows = raw.execute(
        "SELECT id, channel, key, params, raw, at, last_at, times FROM quarantine "
        "WHERE released_at IS NULL AND channel = ? AND id > ? ORDER BY id LIMIT ?",
        (channel, after, limit),
    )
    return [
        QuarantineRow(
            row[0], row[1], row[2], codec.decode(row[3], dict[str, Any], key="quarantine"), *row[4:]
        )
        for row in rows
    ]


def quarantine_counts(raw: Raw) -> dict[str, int]:
    """How many items wait in quarantine, by channel."""
    return dict(
        raw.execute(
            "SELECT channel, count(*) FROM quarantine WHERE released_at IS NULL GROUP BY channel ORDER BY 1"
        )
    )


def release_quarantine(raw: Raw, ids: Sequence[int], *, now: int) -> int:
    """Take items out of the list, because they have been read after all or are not wanted. They stay in the file."""
    released = 0
    for part in chunks(ids):
        released += raw.execute(
            f"UPDATE quarantine SET released_at = ? WHERE released_at IS NULL AND id IN ({marks(len(part))})",
            (now, *part),
        ).rowcount
    return released
