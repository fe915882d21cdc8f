"""The contract of a channel: what a folder under `channels/` declares, and what it hands to the puller.

A channel folder has three parts. `manifest` says what the channel is; `client` speaks its wire protocol and yields
pages; `mapping` turns one raw item into a `Report` and touches nothing else. The puller saves each page together with
the position that it leads to, so a client may hand out a position only with, or after, all the items before it.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from itertools import islice
from typing import Any, Final, Protocol, TypeAlias, TypeVar, runtime_checkable

import msgspec

from smartcity_desk import __version__
from smartcity_desk.domain.errors import BadData, ConfigProblem, DeskError
from smartcity_desk.domain.filetypes import ENCLOSED as ENCLOSED  # noqa: PLC0414 - it belongs to this contract
from smartcity_desk.domain.geo import judge
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind
from smartcity_desk.domain.times import LATEST
from smartcity_desk.sync.ratelimit import Rate
from smartcity_desk.sync.transport import Http

_log = logging.getLogger(__name__)

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None


class ChannelKind(StrEnum):
    """How a channel tells what is new."""

    WINDOW = "window"  # the last so many seconds, again and again
    SNAPSHOT = "snapshot"  # all that holds now; absent = ended
    SINCE = "since"  # all after a mark


@dataclass(frozen=True, slots=True)
class OptionSpec:
    """One thing an administrator may set. `help_key` names its sentence; a secret lives in the keyring."""

    name: str
    default: str
    help_key: str
    secret: bool = False
    required: bool = False
    choices: tuple[str, ...] = ()
    pattern: str = ""

    def allows(self, value: str) -> bool:
        """Whether this option can hold a value."""
        if self.choices and value not in self.choices:
            return False
        return not self.pattern or re.fullmatch(self.pattern, value) is not None

    def check(self, value: str) -> str:
        """The value, or `ConfigProblem` when this option cannot hold it."""
        if not self.allows(value):
            raise ConfigProblem(name=self.name, reason="bad_value")
        return value


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a channel is. `poll_interval_ms` is how often asking makes sense; `rate` is the most it may be asked.

    `terms_key` names the sentence about what its data may be used for; `exportable` says whether its rows may leave
    the unit in exports. `url_is_secret` means that the address itself opens the door and lives in the keyring.
    `schemes` are those that its address may have. `forgets` is the duty to forget: what is gone or changed at the
    source goes or changes here, so ids are asked for again every day (`Rechecks`). `retention_days` is how long its
    terms allow it to be kept (0 = no limit of its own). A channel that is not `polled` has nobody to ask: its reports
    are entered at a desk. `leave_option` names the option in which the unit says that it may ask at all: without it the
    channel stays off. A source that `wakes` tells by itself when something came (`Wakes`). `categories` are its words,
    in small letters, and which of the city's categories they mean; files of its rows are read by them too.
    """

    name: str
    title_key: str
    kind: ChannelKind
    poll_interval_ms: int
    rate: Rate
    report_kind: ReportKind
    terms_key: str
    exportable: bool
    default_url: str = ""
    url_is_secret: bool = False
    options: tuple[OptionSpec, ...] = ()
    schemes: tuple[str, ...] = ("http", "https")
    forgets: bool = False
    retention_days: int = 0
    polled: bool = True
    wakes: bool = False
    leave_option: str = ""
    categories: Mapping[str, str] = field(default_factory=dict)
    secret_by: Callable[[Mapping[str, str]], str] | None = None

    def needed_secrets(self, options: Mapping[str, str]) -> tuple[str, ...]:
        """Without which secrets the channel cannot be asked, given its options."""
        found = [spec.name for spec in self.options if spec.secret and spec.required]
        chosen = "" if self.secret_by is None else self.secret_by(options)
        return (*found, *((chosen,) if chosen else ()), *(("url",) if self.url_is_secret else ()))

    def check_leave(self, options: Mapping[str, Any]) -> None:
        """Raises `ConfigProblem` (`not_confirmed`) while nobody has confirmed that this channel may be asked."""
        if self.leave_option and not options.get(self.leave_option):
            raise ConfigProblem(name=self.leave_option, reason="not_confirmed", channel=self.name)

    def option(self, name: str) -> OptionSpec:
        """The option called `name`. Raises `ConfigProblem`."""
        for spec in self.options:
            if spec.name == name:
                return spec
        raise ConfigProblem(name=name, reason="unknown_option", channel=self.name)


@dataclass(frozen=True, slots=True)
class Setup:
    """How one profile reaches a channel. `pseudonym` makes a lasting keyed mark of an author out of a source's id.

    The address may be a credential itself (`Manifest.url_is_secret`), so it stands in no description.
    """

    url: str = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    pseudonym: Callable[[str], str | None] = field(default=lambda _: None, repr=False)


@dataclass(frozen=True, slots=True)
class Position:
    """Where the last saved page of a channel ended. `boundary` are content keys of items that were already taken in."""

    cursor: Mapping[str, Json] = field(default_factory=dict)
    boundary: frozenset[str] = frozenset()
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An item that the mapping refused: `key` names the field, `raw` is all of it, `external_id` if it shows one."""

    key: str
    raw: str
    external_id: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that came inside an item, such as a mail's attachment. A report names it by `link` in its `media`.

    `content` is hostile and is judged by content, never by `name` or the sender's `media_type`.
    """

    sha256: str
    media_type: str
    name: str
    content: bytes = field(repr=False)

    @property
    def link(self) -> str:
        """How a report's `media` names this file."""
        return ENCLOSED + self.sha256


@dataclass(frozen=True, slots=True)
class Fetched:
    """One page, or a slice of one, and the position to save in the same transaction (None: the page goes on).

    `seen` counts the items of the answer, known ones included. `snapshot_ids` are all external ids present, for a
    channel where absence means the end; None where it means nothing. `gap` is a span (ms UTC) that the source no
    longer gives. `replies` may be about reports of any earlier page. `gone` are external ids of reports (or replies)
    that the source says no longer exist: their content goes here too, and a tombstone stays. `files` came inside items.
    `settled` are external ids of items that were handed out after all: what lies in quarantine because the source had
    refused them is done with.
    """

    position: Position | None
    reports: tuple[Report, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    seen: int = 0
    not_modified: bool = False
    snapshot_ids: frozenset[str] | None = None
    gap: tuple[int, int] | None = None
    replies: tuple[Reply, ...] = ()
    gone: tuple[str, ...] = ()
    files: tuple[Enclosure, ...] = ()
    settled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TestResult:
    """What a trial request found. `error` is None when the channel answered as it should.

    `sample` are the first reports of the page as they would be imported; `unreadable` counts those of it that would
    go to quarantine, `reasons` by the field that stopped them. `note_key` names a sentence about what the server
    offers, if there is more to say. `trial_of` makes one of a page.
    """

    __test__ = False  # not a class of tests, whatever its name says

    ok: bool
    items: int = 0
    newest_at: int | None = None
    error: DeskError | None = None
    sample: tuple[Report, ...] = ()
    unreadable: int = 0
    note_key: str = ""
    reasons: Mapping[str, int] = field(default_factory=dict)


class Client(Protocol):
    """What speaks a channel's wire protocol."""

    def pull(self, position: Position, http: Http, now: int) -> AsyncGenerator[Fetched, None]:
        """Pages after `position`, oldest duty first. Raises `DeskError`; pages already handed out stay valid."""

    async def test(self, http: Http, now: int) -> TestResult:
        """One cheap request that proves address and credential. Never raises a `DeskError`."""


@runtime_checkable
class Rechecks(Protocol):
    """A client of a channel that has the duty to forget (`Manifest.forgets`)."""

    def recheck(self, ids: Sequence[str], http: Http, now: int) -> AsyncGenerator[Fetched, None]:
        """Ask for these external ids again: `gone` ones, and `reports` that changed. Pages without a position.

        An id that the source does not mention either way is neither: silence is no proof. Raises `DeskError`.
        """


@runtime_checkable
class Wakes(Protocol):
    """A client whose source can tell by itself that something came (`Manifest.wakes`)."""

    async def wait(self, position: Position, seconds: float) -> bool:
        """True as soon as there is something beyond `position`; False when the time is over, or it cannot tell.

        It only says when to ask; the round asks as ever, and also when nobody was woken. Raises `DeskError`.
        """


@runtime_checkable
class CountsDays(Protocol):
    """A client of a source that says itself how many items it has of a time."""

    async def count_of(self, since: int, until: int, http: Http) -> int | None:
        """How many items the source has that were reported in [since, until) (ms UTC). Raises `DeskError`.

        None where it counts something else than what this profile asks for.
        """


@dataclass(frozen=True, slots=True)
class ChannelType:
    """An entry of the registry."""

    manifest: Manifest
    build: Callable[[Setup], Client]


# ---------------------------------------------------------------- helpers that mappings share

_ENCODER: Final = msgspec.json.Encoder()
_LARGEST: Final = 1e300


def raw_text(item: object) -> str:
    """The JSON text of one item: as it came, if that was kept; else compact, numbers by value, not by spelling."""
    if isinstance(item, msgspec.Raw):
        return bytes(item).decode("utf-8", "replace")
    return _ENCODER.encode(item).decode()


def content_key(raw: str) -> str:
    """A short name of an item's whole content (its `raw_text`): equal text, equal key."""
    return hashlib.blake2b(raw.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


class Fields:
    """An object from outside, read field by field. A field of another type raises `BadData` that names it.

    Absent and null are the same. A number stands where a text is due only for ids (`identifier`).
    """

    __slots__ = ("_channel", "_path", "data")

    def __init__(self, channel: str, data: object, path: str = "") -> None:
        self._channel = channel
        self._path = path
        if not isinstance(data, dict):
            raise BadData(channel, path.rstrip(".") or "item")
        self.data: dict[str, Any] = data

    def bad(self, key: str) -> BadData:
        """The error that names a field of this object."""
        return BadData(self._channel, self._path + key)

    def text(self, key: str) -> str:
        """A text, or "" when there is none."""
        value = self.data.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.bad(key)
        return value

    def needed_text(self, key: str) -> str:
        """A text that has to be there."""
        value = self.text(key).strip()
        if not value:
            raise self.bad(key)
        return value

    def identifier(self, key: str) -> str:
        """An id as text; a whole number counts (channels paper 0.5). "" when there is none."""
        value = self.data.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        found = self.text(key).strip()
        if len(found) > 200:
            raise self.bad(key)
        return found

    def needed_identifier(self, key: str) -> str:
        """An id that has to be there."""
        found = self.identifier(key)
        if not found:
            raise self.bad(key)
        return found

    def number(self, key: str) -> float | None:
        """A number that a float can hold, or None."""
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
            raise self.bad(key)
        return value

    def degrees(self, key: str) -> float | None:
        """A number, or the text of one; empty is none."""
        value = self.data.get(key)
        if not isinstance(value, str):
            number = self.number(key)
            return None if number is None else float(number)
        try:
            return float(value) if value.strip() else None
        except ValueError:
            raise self.bad(key) from None

    def point(
        self, lat_key: str, lon_key: str, *, coarse: bool = False
    ) -> tuple[float | None, float | None, PlaceQuality]:
        """A position in degrees and what it is worth; none where one half is missing, or where it is 0,0."""
        lat, lon = self.degrees(lat_key), self.degrees(lon_key)
        if lat is None or lon is None:
            return None, None, PlaceQuality.NONE
        try:
            quality = judge(lat, lon, coarse=coarse)
        except ValueError:
            raise self.bad(lat_key) from None
        return (None, None, quality) if quality is PlaceQuality.NONE else (lat, lon, quality)

    def instant(self, key: str) -> int | None:
        """Whole milliseconds since 1970, or None. Years beyond 1970 to 2199 are no instants."""
        value = self.number(key)
        if value is None:
            return None
        if not isinstance(value, int) or not 0 <= value <= LATEST:
            raise self.bad(key)
        return value

    def child(self, key: str) -> Fields | None:
        """An object inside, or None."""
        value = self.data.get(key)
        return None if value is None else Fields(self._channel, value, f"{self._path}{key}.")

    def list(self, key: str) -> list[Any]:
        """A list, empty when there is none."""
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.bad(key)
        return value


ITEM_MOST: Final = 2 * 1024 * 1024
"""Characters of an item at most: a larger one is no report that a person wrote. It is kept aside, whole."""
TOO_LARGE: Final = "too_large"
"""The key of an item that is larger."""
UNFETCHED: Final = "unfetched"
"""The key of an item that the source says it has and does not hand out: only its name is here."""
READER: Final = __version__
"""Which version reads items: another one may read what this one cannot."""
UNEXPECTED: Final = "unexpected"
"""The key of an item that the program itself stumbled over."""
SLICE: Final = 2_000
"""Items mapped at a stretch: some tens of milliseconds, while the slice before is being written."""


T = TypeVar("T")


def attempt(read: Callable[[], T], raw: str, external_id: Callable[[], str] = str) -> T | Unreadable:
    """What a mapping makes of one item, or the item set aside: one that cannot be read never takes others with it."""
    try:
        return read()
    except BadData as problem:
        return Unreadable(problem.key, raw, external_id())
    except Exception:  # noqa: BLE001 - a mistake of ours in a mapping costs this item only, and it is kept
        _log.exception("an item broke its mapping")
        return Unreadable(UNEXPECTED, raw, external_id())


class Mapped:
    """Maps a page's items one by one; one that cannot be read never takes the others with it.

    Items whose whole content is in `known` are left out; `keys` are those of all items, for the next boundary. An item
    whose id turns up twice with other content counts as it came last.
    """

    def __init__(
        self,
        items: Iterable[tuple[Any, Callable[[Any], Report]]],
        *,
        known: frozenset[str] = frozenset(),
        peek_id: Callable[[Any], str] = lambda _: "",
    ) -> None:
        self._items = iter(items)
        self._known = known
        self._peek_id = peek_id
        self.keys: set[str] = set()

    def take(self, most: int) -> tuple[list[Report], list[Unreadable], bool]:
        """The next items, at most so many: reports, unreadable ones, and whether there may be more."""
        reports: dict[str, Report] = {}
        unreadable: list[Unreadable] = []
        taken = 0
        for item, mapping in islice(self._items, most):
            taken += 1
            raw = raw_text(item)
            key = content_key(raw)
            if key in self.keys:
                continue
            self.keys.add(key)
            if key in self._known:
                continue
            if len(raw) > ITEM_MOST:
                unreadable.append(Unreadable(TOO_LARGE, raw, self._peek_id(item)))
                continue
            found = attempt(partial(mapping, item), raw, partial(self._peek_id, item))
            if isinstance(found, Unreadable):
                unreadable.append(found)
            else:
                reports.pop(found.id, None)
                reports[found.id] = found
        return list(reports.values()), unreadable, taken == most

    def slices(self, closing: Callable[[frozenset[str]], Fetched]) -> Iterator[Fetched]:
        """The page in slices; the last one is `closing` (of all keys), which carries the position."""
        more = True
        while more:
            reports, unreadable, more = self.take(SLICE)
            if more:
                yield Fetched(None, tuple(reports), tuple(unreadable))
                continue
            last = closing(frozenset(self.keys))
            yield replace(last, reports=tuple(reports), unreadable=(*unreadable, *last.unreadable))


SHOWN: Final = 3
"""Reports that a trial shows."""


def trial_of(
    items: Iterable[tuple[Any, Callable[[Any], Report]]],
    *,
    unreadable: Sequence[Unreadable] = (),
    newest_at: int | None = None,
    note_key: str = "",
) -> TestResult:
    """What a trial found on one page: the newest reports as they would be imported, and what could not be read.

    `unreadable` are those that the page's reader refused before; `newest_at` is the page's own time, if it tells one.
    """
    found, refused, _ = Mapped(items).take(SLICE)
    reasons = Counter(item.key for item in (*unreadable, *refused))
    found.sort(key=lambda report: report.reported_at, reverse=True)
    newest = found[0].reported_at if found else None
    return TestResult(
        True,
        len(found) + reasons.total(),
        newest if newest_at is None else newest_at,
        sample=tuple(found[:SHOWN]),
        unreadable=reasons.total(),
        note_key=note_key,
        reasons=dict(reasons),
    )
