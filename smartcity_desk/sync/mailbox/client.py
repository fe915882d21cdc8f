"""The walk over a mailbox: what is new since the last UID, in pages by size, and a wake-up when something comes.

The position is `(uidvalidity, last_uid, modseq)` and what is known of the newest letters (`memory`). A mailbox that was
numbered anew (UIDVALIDITY) is read from its beginning; what is known is not taken in twice, whatever its number.

What is taken out of the mailbox stays here: people file and tidy a shared mailbox, and a citizen's complaint is not
gone because somebody moved it. Flags are not read, because nothing here depends on them.

A letter that the server itself does not hand out (its file is damaged, its process dies of it) stops nobody else's:
where the line holds and the letter is still there, letters are asked for one by one, that one some times over some
minutes, and then its number goes to quarantine and the walk goes on. Reading the channel again asks for it again.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from smartcity_desk.domain.errors import AuthExpired, BadData, DeskError
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report
from smartcity_desk.sync.channel import (
    SHOWN,
    UNEXPECTED,
    UNFETCHED,
    Enclosure,
    Fetched,
    Json,
    Position,
    Setup,
    TestResult,
    Unreadable,
)
from smartcity_desk.sync.mailbox import automatic, mapping
from smartcity_desk.sync.mailbox.letter import Letter, Mail, read
from smartcity_desk.sync.mailbox.mapping import Box
from smartcity_desk.sync.mailbox.memory import Known, Memory
from smartcity_desk.sync.mailbox.session import WINDOW, Access, Session, State
from smartcity_desk.sync.mailbox.worker import Worker
from smartcity_desk.sync.transport import Http

_log = logging.getLogger(__name__)

PAGE_LETTERS: Final = 200
SIZED: Final = 500
"""Letters whose sizes are asked for at once: servers take command lines of 8 kB."""
PAGE_BYTES: Final = 8 * 1024 * 1024
MEGABYTE: Final = 1024 * 1024
MOST_MB: Final = 25
RAW_MOST: Final = MEGABYTE
"""Bytes of a mail that broke the reading which are kept in quarantine."""
TRIAL: Final = 20
TRIES: Final = 4
"""How often a letter is asked for that the server does not hand out. In between the channel waits as after any failure.
"""
CONNECTIONS: Final = 100
"""Connections in one round at most; the next round goes on. Each letter that does not come ends one."""
PASSWORD: Final = "password"  # noqa: S105 - the name of a secret
TOKEN: Final = "token"  # noqa: S105 - the name of a secret
HURDLE: Final = "hurdle"
"""Entry of the position: letters that would not come. Up to the first number they are asked for one by one; the second
one was asked for as often as the third says."""
AGAIN: Final = "again"
"""Entry of a position from which the whole mailbox is read once more."""
ELSEWHERE: Final = "elsewhere"
"""Why a letter is left out that belongs to another channel."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Which letters of a mailbox are a channel's. `wants` judges the sender's address; `machines` lets automatic
    mail in.

    `counts_others` says that letters which are not wanted are counted as left out. `finish` adds what only the channel
    knows to a report.
    """

    wants: Callable[[str], bool] = lambda _: True
    machines: bool = False
    counts_others: bool = True
    most_mb: int = MOST_MB
    finish: Callable[[Report, Letter], Report] = lambda report, _: report


def secret_of(options: Mapping[str, str]) -> str:
    """Which secret the way to log in takes."""
    return PASSWORD if (options.get("login") or PASSWORD) == PASSWORD else TOKEN


def access_of(place: str, setup: Setup) -> Access:
    """How a mailbox is reached, from a channel's settings. Raises `AuthExpired` without a secret."""
    method = setup.options.get("login") or PASSWORD
    secret = setup.secrets.get(secret_of(setup.options), "")
    if not secret:
        raise AuthExpired(place=place, reason="no_secret")
    return Access(
        place,
        setup.url,
        setup.options.get("user", ""),
        secret,
        method,
        setup.options.get("folder") or "INBOX",
        setup.options.get("ca_file", ""),
    )


def matcher(rule: str) -> Callable[[str], bool]:
    """Whether an address fits a rule: addresses and `@domains` (with what is below them), by spaces or commas."""
    wanted = [part.lower() for part in rule.replace(",", " ").split()]
    whole = frozenset(part for part in wanted if not part.startswith("@"))
    domains = tuple(part for part in wanted if part.startswith("@"))

    def fits(address: str) -> bool:
        domain = "@" + address.rpartition("@")[2]
        return address in whole or any(domain == part or domain.endswith("." + part[1:]) for part in domains)

    return fits


@dataclass(slots=True)
class _Page:
    """What a page's letters came to."""

    reports: dict[str, Report] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    files: dict[str, Enclosure] = field(default_factory=dict)


class MailboxClient:
    """Reads one mailbox for one channel."""

    def __init__(self, access: Callable[[], Access], box: Box, rules: Rules) -> None:
        self._access = access
        self._box = box
        self._rules = rules

    # ------------------------------------------------------------ the walk

    async def pull(self, position: Position, _http: Http, _now: int) -> AsyncGenerator[Fetched, None]:
        """Pages of what is new, the oldest first. Raises `DeskError`; the pages before it stay valid."""
        stands = position
        for _ in range(CONNECTIONS):
            try:
                async with aclosing(self._walked(stands)) as pages:
                    async for page in pages:
                        stands = page.position or stands
                        yield page
            except _OnceMore:
                continue
            return

    def rewound(self, _since: int) -> Mapping[str, Json]:
        """The cursor of a walk over the whole mailbox, which asks for every letter once and stops at none."""
        return {AGAIN: True}

    async def _walked(self, position: Position) -> AsyncGenerator[Fetched, None]:
        """One connection's pages. Raises `_OnceMore` where the walk goes on over another one."""
        async with Worker(self._access()) as worker:
            state = await worker.run(worker.session.open)
            walk = _Walk(position, state, self._box, self._rules)
            told = position.cursor
            while walk.may_have_more(state):
                uids = await worker.run(worker.session.listed, walk.last_uid, state.next_uid)
                for part in walk.parts(uids):
                    try:
                        async with aclosing(self._taken(worker, walk, part)) as pages:
                            async for page in pages:
                                told = page.position.cursor if page.position is not None else told
                                yield page
                    except DeskError as problem:
                        left = [uid for uid in part if uid > walk.last_uid]
                        if not await self._hands_out_others(left):
                            raise
                        page, goes_on = walk.stumbled(left, problem)
                        yield page
                        if goes_on:
                            raise _OnceMore from None
                        raise
                walk.done_with(uids, state)
            walk.arrived(state)
            if walk.left_out:
                _log.info("%s: left out %s", self._box.channel, _told(walk.left_out))
            if walk.cursor() != told:
                yield Fetched(Position(walk.cursor()))
            elif told is position.cursor:
                yield Fetched(None, not_modified=True)

    async def _taken(self, worker: Worker, walk: _Walk, uids: Sequence[int]) -> AsyncGenerator[Fetched, None]:
        """The pages of these letters."""
        sizes = await worker.run(worker.session.sizes, uids)
        for batch in _batches(sizes, self._rules.most_mb * MEGABYTE):
            page = await worker.run(walk.take, worker.session, batch)
            yield _fetched(page, walk, batch)

    async def _hands_out_others(self, uids: Sequence[int]) -> bool:
        """Whether the server goes on answering and has these letters: then it is them and not the line."""
        try:
            async with Worker(self._access()) as other:
                await other.run(partial(other.session.open, tries=1))
                return bool(uids) and await other.run(other.session.has, uids)
        except DeskError:
            return False

    async def test(self, _http: Http, _now: int) -> TestResult:
        """Log in once and read the newest letters as they would be imported."""
        try:
            async with Worker(self._access()) as worker:
                state = await worker.run(worker.session.open, tries=1)
                uids = await worker.run(worker.session.newest, TRIAL, state.exists)
                walk = _Walk(Position(), state, self._box, self._rules)
                sizes = await worker.run(worker.session.sizes, uids) if uids else []
                # the newest page of them: a trial does not fetch twenty letters of 25 MB
                batches = _batches(sizes, self._rules.most_mb * MEGABYTE)
                page = await worker.run(walk.take, worker.session, batches[-1]) if batches else _Page()
                found = len(page.reports) + len(page.replies) + len(page.unreadable)
                note = "" if await worker.run(worker.session.can_idle) else "channel.mail.note.no_idle"
        except DeskError as problem:
            return TestResult(False, error=problem)
        reports = sorted(page.reports.values(), key=lambda report: report.reported_at, reverse=True)
        reasons = Counter(item.key for item in page.unreadable)
        return TestResult(
            True,
            found,
            reports[0].reported_at if reports else None,
            sample=tuple(reports[:SHOWN]),
            unreadable=len(page.unreadable),
            reasons=dict(reasons),
            note_key="channel.mail.note.none_fit" if uids and not found else note,
        )

    # ------------------------------------------------------------ waiting

    async def wait(self, position: Position, seconds: float) -> bool:
        """Whether something came within so many seconds; False too where the server does not tell."""
        async with Worker(self._access()) as worker:
            state = await worker.run(worker.session.open, tries=1)
            if state.next_uid and _Walk(position, state, self._box, self._rules).may_have_more(state):
                return True  # between the round and now
            if not await worker.run(worker.session.can_idle):
                return False
            return await worker.run(worker.session.idle, seconds)


class _OnceMore(Exception):  # noqa: N818 - what is to be done
    """The walk goes on where it stands, over a new connection."""


class _Walk:
    """Where a walk stands: the last number taken, and what is known. Its methods run on the mailbox's thread."""

    def __init__(self, position: Position, state: State, box: Box, rules: Rules) -> None:
        saved = position.cursor
        self._box = box
        self._rules = rules
        self._validity = state.validity
        self._modseq = _whole(saved, "modseq")
        self._before = saved.get("left_out")
        self._saved = saved
        self._memory: Memory | None = None
        same = _whole(saved, "uidvalidity") == state.validity
        self.last_uid = _whole(saved, "last_uid") if same else 0
        self._renumbered = not same
        self._asked_blindly = False
        self.left_out: Counter[str] = Counter()
        hurdle = saved.get(HURDLE) if same else None
        self._hurdle = (0, 0, 0)
        if isinstance(hurdle, list) and len(hurdle) == 3:
            self._hurdle = (_natural(hurdle[0]), _natural(hurdle[1]), _natural(hurdle[2]))
        self.is_again = saved.get(AGAIN) is True

    def may_have_more(self, state: State) -> bool:
        """Whether letters beyond the last one may be there. With CONDSTORE a still mailbox is known at a glance."""
        if state.modseq and state.modseq == self._modseq and not self._renumbered:
            return False
        if state.next_uid:
            return state.next_uid > self.last_uid + 1
        return not self._asked_blindly

    def parts(self, uids: Sequence[int]) -> Iterator[Sequence[int]]:
        """Letters in the portions in which their sizes are asked for: one by one where some would not come."""
        careful = sum(uid <= self._hurdle[0] for uid in uids)
        yield from ([uid] for uid in uids[:careful])
        for start in range(careful, len(uids), SIZED):
            yield uids[start : start + SIZED]

    def stumbled(self, uids: Sequence[int], problem: DeskError) -> tuple[Fetched, bool]:
        """Take note that these letters would not come: what to save, and whether to go on at once.

        Of several it may be one, so they are asked for one by one. One that did not come often enough is given up.
        """
        first, *others = uids
        if others:
            self._hurdle = (uids[-1], 0, 0)
            return Fetched(Position(self.cursor())), True
        until, uid, tries = self._hurdle
        tries = tries + 1 if uid == first else 1
        if tries < TRIES and not self.is_again:
            self._hurdle = (max(until, first), first, tries)
            return Fetched(Position(self.cursor())), False
        self.last_uid = max(self.last_uid, first)
        self._hurdle = (until, 0, 0)
        reason = problem.params.get("reason")
        why = problem.code if reason is None else f"{problem.code} ({reason})"
        raw = mapping.name_of(first, self._validity, why)
        _log.warning("%s: the server does not hand out letter %d: %s", self._box.channel, first, why)
        given_up = Unreadable(UNFETCHED, raw, _number(self._validity, first))
        return Fetched(Position(self.cursor()), unreadable=(given_up,), seen=1), True

    def settled(self, batch: Sequence[tuple[int, int]]) -> tuple[str, ...]:
        """Names of letters that quarantine may hold as not handed out."""
        return tuple(_number(self._validity, uid) for uid, _ in batch) if self.is_again else ()

    def done_with(self, listed: Sequence[int], state: State) -> None:
        """A window of numbers was taken: go on behind it, also where its letters are gone or there were none."""
        if listed:
            self.last_uid = max(self.last_uid, listed[-1])
        elif state.next_uid:
            self.last_uid = min(self.last_uid + WINDOW, state.next_uid - 1)
        else:
            self._asked_blindly = True

    def arrived(self, state: State) -> None:
        """The walk is at its end: this is the state that was read."""
        self._modseq = state.modseq
        self._renumbered = False

    def cursor(self) -> dict[str, Json]:
        """The position after what was taken."""
        memory = self._memory
        found: dict[str, Json] = {"uidvalidity": self._validity, "last_uid": self.last_uid}
        if self._modseq:
            found["modseq"] = self._modseq
        if self._hurdle[0] > self.last_uid:
            found[HURDLE] = list(self._hurdle)
        if self.is_again:
            found[AGAIN] = True
        if memory is not None:
            found["known"], found["threads"] = memory.saved(), memory.threads()
        else:
            found |= {name: self._saved[name] for name in ("known", "threads") if name in self._saved}
        counts = self._counts()
        if counts:
            found["left_out"] = counts
        return found

    def _counts(self) -> dict[str, Json]:
        """Letters left out since the beginning, by reason."""
        before = self._before if isinstance(self._before, dict) else {}
        counts = Counter({name: n for name, n in before.items() if isinstance(n, int)})
        return dict(counts + self.left_out)

    def take(self, session: Session, batch: Sequence[tuple[int, int]]) -> _Page:
        """Fetch and read these letters. Afterwards the walk stands behind them."""
        if self._memory is None:
            self._memory = Memory(self._saved.get("known"), self._saved.get("threads"))
        page = _Page()
        most = self._rules.most_mb * MEGABYTE
        if len(batch) == 1 and batch[0][1] > most:
            large = session.beginning(batch[0][0], self._validity)
            mails = [] if large is None else [large]
        else:
            mails = session.mails([uid for uid, _ in batch], self._validity)
        for mail in mails:
            try:
                self._one(mail, page, self._memory)
            except BadData as problem:
                page.unreadable.append(
                    Unreadable(problem.key, mapping.mail_of(mail, RAW_MOST), _number(mail.validity, mail.uid))
                )
            except Exception:  # noqa: BLE001 - a mistake of ours in reading costs this letter only, and it is kept
                _log.exception("a letter broke its reading")
                page.unreadable.append(
                    Unreadable(UNEXPECTED, mapping.mail_of(mail, RAW_MOST), _number(mail.validity, mail.uid))
                )
        self.last_uid = max(self.last_uid, batch[-1][0])
        return page

    def _one(self, mail: Mail, page: _Page, memory: Memory) -> None:
        letter, files = read(mail)
        if not self._rules.wants(letter.sender):
            if self._rules.counts_others:
                self.left_out[ELSEWHERE] += 1
            return
        reason = "" if self._rules.machines else automatic.why(letter.marks, letter.sender)
        if reason:
            self.left_out[reason] += 1
            return
        stands = memory.look(letter.message_id, letter.serial)
        if stands is Known.SAME:
            return
        name = mapping.external_id(letter, namesake=stands is Known.NAMESAKE)
        about = memory.about(letter.answers)
        if about:
            reply = mapping.to_reply(letter, self._box, name, about)
            page.replies[reply.id] = reply
        else:
            report = self._rules.finish(mapping.to_report(letter, self._box, name), letter)
            page.reports[report.id] = report
        memory.add(name, letter.serial, about)
        page.files |= {file.sha256: file for file in files}


def _fetched(page: _Page, walk: _Walk, batch: Sequence[tuple[int, int]]) -> Fetched:
    return Fetched(
        Position(walk.cursor()),
        tuple(page.reports.values()),
        tuple(page.unreadable),
        seen=len(batch),
        replies=tuple(page.replies.values()),
        files=tuple(page.files.values()),
        settled=walk.settled(batch),
    )


def _batches(sizes: Sequence[tuple[int, int]], most: int) -> list[list[tuple[int, int]]]:
    """Letters in pages by size and number; one that is too large stands alone."""
    found: list[list[tuple[int, int]]] = []
    room = 0
    for uid, size in sizes:
        alone = size > most
        if not found or alone or size > room or len(found[-1]) >= PAGE_LETTERS:
            found.append([])
            room = PAGE_BYTES
        found[-1].append((uid, size))
        room = 0 if alone else room - size
    return found


def _whole(saved: object, name: str) -> int:
    return _natural(saved.get(name)) if isinstance(saved, dict) else 0


def _natural(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def _number(validity: int, uid: int) -> str:
    """How a letter without a Message-ID is called, and one that could not be read."""
    return f"{validity}:{uid}"


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {n}" for name, n in sorted(counts.items()))
