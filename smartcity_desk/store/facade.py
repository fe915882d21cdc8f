"""`Store`: all that the rest of the program may ask of the local file.

Methods are synchronous and are called in executors: those under "writer" from one writer thread, the others from any
reader thread. Every writer method is one transaction. Errors are `StoreProblem`; a read that `interrupt_reader` ended
raises `Cancelled`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.policy import Policy
from smartcity_desk.store import directory, lifecycle, news, reading
from smartcity_desk.store.engine import Database, Raw, chunks, driver
from smartcity_desk.store.later import Later
from smartcity_desk.store.rules import Rules

if TYPE_CHECKING:
    from smartcity_desk.domain.decision import Contradicted, Refused
    from smartcity_desk.domain.events import Actor, EventKind, Payload
    from smartcity_desk.domain.law import Law
    from smartcity_desk.domain.location import Location
    from smartcity_desk.domain.query import Filter
    from smartcity_desk.domain.reply import Reply
    from smartcity_desk.domain.report import Report
    from smartcity_desk.domain.routing import Routing
    from smartcity_desk.store import (
        answers,
        channels,
        checks,
        details,
        entering,
        erasing,
        ingest,
        joining,
        outbox,
        places,
        positions,
        projection,
        receipts,
        salvage,
    )
    from smartcity_desk.store import replies as said_later
    from smartcity_desk.store.advice import AdviceReader
    from smartcity_desk.store.central_book import CentralBook
    from smartcity_desk.store.evidence_book import EvidenceBook
    from smartcity_desk.store.health import HealthBook
    from smartcity_desk.store.keeping_book import KeepingBook
    from smartcity_desk.store.lookalikes import LookalikeReader
    from smartcity_desk.store.media_book import MediaBook
    from smartcity_desk.store.office_reader import OfficeReader
    from smartcity_desk.store.places import Unplaced
    from smartcity_desk.store.rows import (
        ActResult,
        ChannelCheckpoint,
        ChannelState,
        CheckRow,
        ConflictRow,
        IngestResult,
        JoinPlan,
        OpRow,
        Params,
        Quarantined,
        QuarantineRow,
        RefusedRow,
        ReportDetail,
        ReportLine,
    )
    from smartcity_desk.store.shown import OpState, RowData, Summary
    from smartcity_desk.store.surges import SurgeReader
    from smartcity_desk.store.twin_book import TwinBook
else:
    answers, channels, checks, details = (
        Later("answers"),
        Later("channels"),
        Later("checks"),
        Later("details"),
    )
    entering, erasing, ingest = Later("entering"), Later("erasing"), Later("ingest")
    said_later = Later("replies")
    outbox, projection = Later("outbox"), Later("projection")
    joining = Later("joining")
    salvage = Later("salvage")
    places, positions, receipts = Later("places"), Later("positions"), Later("receipts")

Keep = str
"""`mine` or `theirs`."""


class Store:
    """One open file. Make it with `Store.open`; close it when done."""

    def __init__(self, database: Database, rules: Rules, *, owner: bool) -> None:
        self._database: Final = database
        self._rules = rules
        self._owner = owner
        self._seen: lifecycle.Seen | None = None
        self._lookalikes: LookalikeReader | None = None
        self._surges: SurgeReader | None = None
        self._health: HealthBook | None = None
        self._advice: AdviceReader | None = None

    @classmethod
    def open(cls, path: Path, *, now: int, policy: Policy, migrate: bool = True) -> Store:
        """Open the file, made or migrated if need be. Raises `StoreProblem`.

        `migrate=False` is for a helper process beside the owner: it changes nothing about the file itself. `policy` is
        in force until the central server gives another.
        """
        database, rules, seen = lifecycle.open_database(path, now=now, policy=policy, migrate=migrate)
        store = cls(database, rules, owner=migrate)
        store._seen = seen
        return store

    def close(self) -> None:
        """Close every connection; the owner of a file without trouble also leaves the mark of a clean exit."""
        if self._owner and not self._database.suspect:
            lifecycle.leave_clean(self._database)
        self._database.close()

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    @contextmanager
    def _write(self) -> Iterator[Raw]:
        with self._database.write() as connection:
            raw = driver(connection)
            self._follow_rules(raw)
            yield raw
            # What was written may have changed what the law is made of: clocks follow in the same transaction.
            if self._follow_rules(raw):
                projection.recompute_due(raw, self._rules)
                directory.put(raw, "policy.used", self._rules.fingerprint())

    @contextmanager
    def _read(self) -> Iterator[Raw]:
        with self._database.read() as raw:
            yield raw

    def _follow_rules(self, raw: Raw) -> bool:
        """Take a newer directory, policy or declaration into account, whoever stored it. Whether there was one."""
        seen = lifecycle.seen(raw)
        if seen == self._seen:
            return False
        self._rules = lifecycle.rules_of(raw, self._rules.base)
        self._seen = seen
        return True

    # ---------------------------------------------------------------- writer: from channels and the central server

    def ingest(
        self,
        channel: str,
        reports: Sequence[Report],
        *,
        quarantined: Sequence[Quarantined] = (),
        checkpoint: ChannelCheckpoint | None,
        now: int,
        ended: Sequence[str] = (),
        snapshot_ids: frozenset[str] | None = None,
        replies: Sequence[Reply] = (),
        gone: Sequence[str] = (),
        forgets: bool = False,
    ) -> IngestResult:
        """Take in one page of a channel: facts, state, search, quarantine and the channel's cursor together.

        Without `checkpoint` the cursor stays. `ended` names external ids of context that is over; with `snapshot_ids`
        all of the channel's context that is not among them is over. `gone` are external ids whose content goes, because
        the source has them no longer; of a channel that `forgets` what was changed there keeps no old content either.
        """
        with self._write() as raw:
            written = ingest.write_reports(
                raw,
                reports,
                self._rules,
                now=now,
                from_central=False,
                forgetting=(channel,) if forgets else (),
            )
            over: list[int] = []
            if ended or snapshot_ids is not None:
                over = ingest.end_absent(raw, channel, self._rules, ended=ended, present=snapshot_ids)
            said = said_later.write(raw, replies, now=now, from_central=False)
            erased = erasing.withdraw_and_fold(raw, channel, gone, self._rules, now=now) if gone else []
            channels.read_after_all(raw, channel, (*reports, *replies), now=now)
            kept = channels.add_quarantined(raw, channel, quarantined, now=now)
            channels.save_page(
                raw,
                channel,
                checkpoint,
                items=len(reports) + kept,
                newest_item_at=max((report.reported_at for report in reports), default=None),
                now=now,
                new=written.new,
            )
            about = positions.pks_of(raw, sorted(said.about)) if said.about else []
        return ingest.result(written, over, kept, said=said, about=about, erased=erased)

    def add(
        self,
        channel: str,
        reports: Sequence[Report],
        *,
        replies: Sequence[Reply] = (),
        quarantined: Sequence[Quarantined] = (),
        now: int,
        told: bool = True,
    ) -> IngestResult:
        """Take in rows of a file, or of the quarantine. Where the channel stands is not touched.

        `told`: they say how their items stand. What lay here may be an older word than one that still cannot be read.
        """
        with self._write() as raw:
            written = ingest.write_reports(raw, reports, self._rules, now=now, from_central=False)
            said = said_later.write(raw, replies, now=now, from_central=False)
            if told:
                channels.read_after_all(raw, channel, (*reports, *replies), now=now)
            kept = channels.add_quarantined(raw, channel, quarantined, now=now)
            about = positions.pks_of(raw, sorted(said.about)) if said.about else []
        return ingest.result(written, [], kept, said=said, about=about)

    def enter(self, report: Report, *, now: int, until: int | None = None) -> bool:
        """Take in a report that was entered by hand; whether it is new. It is not handed on before `until` (ms UTC)."""
        with self._write() as raw:
            written = ingest.write_reports(raw, [report], self._rules, now=now, from_central=False)
            if written.new and until is not None:
                entering.hold(raw, report.id, until)
        return written.new > 0

    def take_out(self, report_id: str, now: int) -> bool:
        """Take a report out again that is still held and that nobody has worked on; whether that was possible."""
        with self._write() as raw:
            return entering.take_out(raw, report_id, now)

    def release_held(self, now: int) -> int:
        """Let held reports whose time is over be handed on; returns how many that were."""
        with self._write() as raw:
            return entering.release(raw, now)

    def mark_replies_read(self, report_id: str, seen: Sequence[str]) -> int:
        """Somebody has looked at these replies (ids) about a report; how many were unread."""
        with self._write() as raw:
            return news.mark_read(raw, report_id, seen)

    def set_directory(
        self,
        present: Directory,
        etag: str | None,
        now: int,
        *,
        policies: Sequence[Policy] | None = None,
        routing: Sequence[Routing] | None = None,
    ) -> None:
        """Make a directory (and policies, if the central server gave any) the one in force; due dates follow.

        `routing` is what the central server knows of whose work something is; None leaves what is here.
        """
        with self._write() as raw:
            directory.save(raw, present, etag, now=now)
            if policies:
                directory.save_policies(raw, policies)
            if routing is not None:
                directory.save_routing(raw, routing)
            self._seen = lifecycle.seen(raw)
            rules = lifecycle.rules_of(raw, self._rules.base, present)
            if rules.fingerprint() != directory.get(raw, "policy.used"):
                projection.recompute_due(raw, rules)
                directory.put(raw, "policy.used", rules.fingerprint())
            self._rules = rules

    def record_channel_failure(
        self,
        channel: str,
        code: str,
        params: Params,
        *,
        attempts: int,
        next_try_at: int | None,
        now: int,
        paused_reason: str | None = None,
    ) -> None:
        """The channel could not be read. `next_try_at=None` with a `paused_reason` means: not without a person."""
        with self._write() as raw:
            channels.record_failure(
                raw,
                channel,
                code,
                params,
                attempts=attempts,
                next_try_at=next_try_at,
                now=now,
                paused_reason=paused_reason,
            )

    def record_channel_ok(self, channel: str, *, now: int, next_try_at: int | None = None) -> None:
        """The channel answered and had nothing new, or its round is over."""
        with self._write() as raw:
            channels.record_ok(raw, channel, next_try_at=next_try_at, now=now)

    def release_quarantine(self, ids: Sequence[int], *, now: int) -> int:
        """Take items out of the quarantine list; they stay in the file. Returns how many."""
        with self._write() as raw:
            return channels.release_quarantine(raw, ids, now=now)

    def place(self, found: Sequence[tuple[Unplaced, Location]]) -> list[int]:
        """Write down where reports lie that a machine may still place. Returns the pks of those that changed."""
        with self._write() as raw:
            return places.place(raw, found, self._rules)

    # ---------------------------------------------------------------- writer: the operator and the outbox

    def act(
        self,
        kind: EventKind,
        payload: Payload,
        report_ids: Sequence[str],
        *,
        actor: Actor,
        now: int,
        randomness: Callable[[int], bytes],
        hold_ms: int = 0,
        fill_base: bool = False,
        action_ids: Sequence[str] | None = None,
    ) -> ActResult:
        """Do one thing to many reports at once: decide, queue, and show the effect. What cannot be done says why.

        `payload.base` is what the operator saw; with `fill_base` it is taken from each report's present state instead.
        Nothing is sent before `now + hold_ms`. `action_ids`, one a report, are for what must never be asked for twice:
        an action whose id is in the outbox already is refused as no change.
        """
        with self._write() as raw:
            return outbox.act(
                raw,
                kind,
                payload,
                report_ids,
                self._rules,
                actor=actor,
                now=now,
                randomness=randomness,
                hold_ms=hold_ms,
                fill_base=fill_base,
                action_ids=action_ids,
            )

    def undo(self, op_ids: Sequence[str], now: int) -> list[OpRow]:
        """Withdraw ops that have never been sent; returns those that are withdrawn now."""
        with self._write() as raw:
            return outbox.undo(raw, op_ids, self._rules, now=now)

    def redo(self, op_ids: Sequence[str], now: int) -> list[OpRow]:
        """Queue withdrawn ops again; returns those that are queued now."""
        with self._write() as raw:
            return outbox.redo(raw, op_ids, self._rules, now=now)

    def hurry(self, op_ids: Sequence[str], now: int) -> int:
        """Let queued ops go out at the next chance; returns how many that were."""
        with self._write() as raw:
            return outbox.hurry(raw, op_ids, now=now)

    def dismiss(self, op_ids: Sequence[str], now: int) -> int:
        """Put refused ops away once somebody has read why; returns how many that were."""
        with self._write() as raw:
            return outbox.dismiss(raw, op_ids, now=now)

    def resolve_conflict(
        self, op_id: str, keep: Keep, now: int, *, actor: Actor, randomness: Callable[[int], bytes]
    ) -> ActResult:
        """Keep `mine` (a new op on the value that is there now) or `theirs` (drop it)."""
        if keep not in ("mine", "theirs"):
            raise ValueError(f"neither mine nor theirs: {keep}")
        with self._write() as raw:
            return answers.resolve_conflict(
                raw, op_id, self._rules, mine=keep == "mine", actor=actor, now=now, randomness=randomness
            )

    def take_over(self, saved: salvage.Saved, now: int) -> int:
        """Put what a damaged file gave back into this new one. Returns how many ops live on."""
        with self._write() as raw:
            ingest.write_reports(raw, saved.reports, self._rules, now=now, from_central=False)
            return salvage.write(
                raw, saved, now, lambda there, ids: projection.refold(there, ids, self._rules)
            )

    # ---------------------------------------------------------------- readers

    def page_first(self, view: Filter, *, now: int, limit: int = 100) -> list[RowData]:
        """The first lines of a filter."""
        with self._read() as raw:
            return reading.page_first(raw, view, now=now, limit=limit)

    def ids(self, view: Filter, *, now: int) -> array[int]:
        """All pks of a filter in order; `interrupt_reader` ends it."""
        with self._database.long_read() as (raw, check):
            return reading.ids(raw, view, check, now=now)

    def rows(self, pks: Sequence[int], *, now: int) -> dict[int, RowData]:
        """The lines of these pks as they stand at `now`."""
        with self._read() as raw:
            return reading.rows(raw, pks, now=now)

    def whereabouts(self, pks: Sequence[int] | None = None, *, after: int = 0) -> positions.Whereabouts:
        """Where these reports lie and how they stand, or all that arrived `after` a pk, as columns of numbers."""
        with self._read() as raw:
            return positions.whereabouts(raw, pks=pks, after=after)

    def roads(self, since: int) -> list[str]:
        """The roads of live traffic reported after `since` (ms UTC), as JSON lists of [latitude, longitude]."""
        with self._read() as raw:
            return positions.roads(raw, since)

    def pks_of(self, ids: Sequence[str]) -> list[int]:
        """The pks of reports by their ids; unknown ones are left out."""
        with self._read() as raw:
            return positions.pks_of(raw, ids)

    def count(self, view: Filter, *, now: int, cap: int | None = None) -> int:
        """How many reports a filter has, counted up to `cap`; `interrupt_reader` ends it."""
        with self._database.long_read() as (raw, _):
            return reading.count(raw, view, now=now, cap=cap)

    def counts(self, views: Sequence[Filter], *, now: int) -> list[int]:
        """How many reports each filter has; `interrupt_reader` ends it."""
        with self._database.long_read() as (raw, check):
            result: list[int] = []
            for view in views:
                result.append(reading.count(raw, view, now=now))
                check()
            return result

    def interrupt_reader(self) -> None:
        """End the `ids`, `count` and `counts` that run now; they raise `Cancelled`. Callable from any thread."""
        self._database.interrupt()

    def report(self, which: str | int, *, revealed: bool = False) -> ReportDetail | None:
        """Everything about one report, by id or pk.

        What was said in private (*rahasia*) is left out, unless it is asked for as `revealed`: whoever does so has
        written `personal_data.revealed` with the reason first.
        """
        with self._read() as raw:
            self._follow_rules(raw)
            return details.detail(raw, which, self._rules, revealed=revealed)

    def find(self, channel: str, external_id: str) -> ReportDetail | None:
        """The report that a channel calls `external_id`."""
        from smartcity_desk.domain.ids import report_id

        return self.report(report_id(channel, external_id))

    def ids_starting(self, prefix: str, *, limit: int = 2) -> list[str]:
        """The report ids that begin with `prefix`, at most `limit`: two tell that it names no single report."""
        with self._read() as raw:
            return reading.ids_starting(raw, prefix, limit)

    def numbered(self, typed: str, *, now: int, limit: int = 8) -> list[RowData]:
        """The reports whose number in their channel begins with what was typed."""
        with self._read() as raw:
            return reading.numbered(raw, typed, now=now, limit=limit)

    def unmasked(self, which: str) -> tuple[str, str | None] | None:
        """The raw item and the unmasked text of a report (by id): personal data, to be shown only with a reason."""
        with self._read() as raw:
            row = raw.execute(
                "SELECT p.raw, p.unmasked FROM report_private p JOIN report r ON r.pk = p.report_pk WHERE r.id = ?",
                (which,),
            ).fetchone()
            return None if row is None else (str(row[0]), row[1])

    def new_since(self, view: Filter, newest_pk: int, *, now: int) -> int:
        """How many reports of the filter arrived after `newest_pk`."""
        with self._read() as raw:
            return reading.new_since(raw, view, newest_pk, now=now)

    def data_version(self) -> int:
        """A number that grows with every write of any process: a cheap way to see that something changed."""
        with self._read() as raw:
            return int(directory.get(raw, "change") or 0)

    def iterate(self, view: Filter, *, now: int) -> Iterator[ReportLine]:
        """Every report of a filter, in order, a few hundred at a time."""
        pks = self.ids(view, now=now)
        for part in chunks(pks):
            with self._read() as raw:
                found = list(details.lines(raw, part, now=now))
            yield from found

    def summary(self) -> Summary:
        """Totals for the status bar."""
        with self._read() as raw:
            return reading.summary(raw)

    def preview(
        self, kind: EventKind, payload: Payload, report_ids: Sequence[str], *, actor: Actor, now: int
    ) -> list[tuple[str, Refused | Contradicted]]:
        """Which of these reports `act` with `fill_base` would pass over now, and why: a bulk deed's look ahead."""
        with self._read() as raw:
            self._follow_rules(raw)
            return outbox.preview(raw, kind, payload, report_ids, self._rules, actor=actor, now=now)

    def join_plan(self, report_ids: Sequence[str]) -> JoinPlan:
        """What joining these reports would come to now: into which incident, and whose clocks would rest."""
        with self._read() as raw:
            return joining.plan(raw, report_ids)

    def ops(self, states: Iterable[OpState] | None = None, limit: int = 1000) -> list[OpRow]:
        """The outbox, newest first."""
        with self._read() as raw:
            return outbox.by_state(raw, states, limit)

    def conflicts(self) -> list[ConflictRow]:
        """The contradictions that wait for an operator."""
        with self._read() as raw:
            return answers.conflicts(raw)

    def channel_state(self, channel: str) -> ChannelState:
        """Where a channel stands."""
        with self._read() as raw:
            return channels.state(raw, channel)

    def channel_states(self) -> list[ChannelState]:
        """Where every channel stands that has been asked."""
        with self._read() as raw:
            return channels.states(raw)

    def quarantine(self, channel: str | None = None, limit: int = 200) -> list[QuarantineRow]:
        """What could not be read, newest first."""
        with self._read() as raw:
            return channels.quarantine(raw, channel, limit)

    def quarantine_page(self, channel: str, after: int, limit: int) -> list[QuarantineRow]:
        """What could not be read of a channel, by id, behind an id."""
        with self._read() as raw:
            return channels.quarantine_page(raw, channel, after, limit)

    def quarantine_counts(self) -> dict[str, int]:
        """How many items wait in quarantine, by channel."""
        with self._read() as raw:
            return channels.quarantine_counts(raw)

    def directory(self) -> Directory:
        """The directory in force; read again when another process has stored a newer edition."""
        with self._read() as raw:
            self._follow_rules(raw)
        return self._rules.directory

    def directory_etag(self) -> str | None:
        """The ETag of the directory in force."""
        with self._read() as raw:
            present = directory.present(raw)
            return None if present is None else present.etag

    def law(self) -> Law:
        """Policies, calendars, directory and declared events in force."""
        with self._read() as raw:
            self._follow_rules(raw)
        return self._rules.law

    @property
    def central(self) -> CentralBook:
        """What goes between this file and the central server, both ways."""
        from smartcity_desk.store.central_book import CentralBook

        return CentralBook(self._read, self._write, lambda: self._rules)

    @property
    def offices(self) -> OfficeReader:
        """What is known of offices: custody, figures, marks, notices, lists."""
        from smartcity_desk.store.office_reader import OfficeReader

        return OfficeReader(self._read, self.law)

    @property
    def evidence(self) -> EvidenceBook:
        """What is known of evidence pictures, and the hints that they gave."""
        from smartcity_desk.store.evidence_book import EvidenceBook

        return EvidenceBook(self._read, self._write)

    @property
    def media(self) -> MediaBook:
        """The pictures and papers that reports name, and what became of them."""
        from smartcity_desk.store.media_book import MediaBook

        return MediaBook(self._read, self._write)

    @property
    def keeping(self) -> KeepingBook:
        """What may be kept and for how long: asking again, erasing what is over, and clearing up behind it."""
        from smartcity_desk.store.keeping_book import KeepingBook

        return KeepingBook(self._database, self._read, self._write, lambda: self._rules)

    @property
    def lookalikes(self) -> LookalikeReader:
        """Which reports probably tell of the same thing: one reader for all, since it remembers what it has read."""
        from smartcity_desk.store.lookalikes import LookalikeReader

        if self._lookalikes is None:
            self._lookalikes = LookalikeReader(self._read, self.directory)
        return self._lookalikes

    @property
    def twins(self) -> TwinBook:
        """The pairs of reports that probably tell of the same thing, and which of them somebody has refused."""
        from smartcity_desk.store.twin_book import TwinBook

        return TwinBook(self._read, self._write, self.lookalikes)

    @property
    def health(self) -> HealthBook:
        """How channels do against what is usual: one book for all, since it learns that."""
        from smartcity_desk.store.health import HealthBook

        if self._health is None:
            self._health = HealthBook(self._read, self._write, self.law)
        return self._health

    @property
    def surges(self) -> SurgeReader:
        """Which areas send far more reports now than usually: one reader for all, since it learns what is usual."""
        from smartcity_desk.store.surges import SurgeReader

        if self._surges is None:
            self._surges = SurgeReader(self._read)
        return self._surges

    @property
    def advice(self) -> AdviceReader:
        """Decision alternatives, and what happened in comparable cases."""
        from smartcity_desk.store.advice import AdviceReader

        if self._advice is None:
            self._advice = AdviceReader(
                self._read, self.law, lambda report, now: self.lookalikes.of(report, now=now)
            )
        return self._advice

    def routing(self) -> str:
        """The central server's routing knowledge as JSON text, for `knowledge.load`; empty where it gave none."""
        with self._read() as raw:
            return directory.stored_routing(raw) or ""

    def held_due(self, now: int) -> int:
        """How many held reports may be handed on by now: `release_held` does it."""
        with self._read() as raw:
            return len(entering.due(raw, now))

    def unplaced(self, after: int, limit: int) -> list[Unplaced]:
        """Open reports behind a pk that the unit holds and that no official boundary has placed yet."""
        with self._read() as raw:
            return places.unplaced(raw, after, limit)

    def refused_answers(self, limit: int = 500) -> list[RefusedRow]:
        """What was refused on its way to reporters and other systems, the last first."""
        with self._read() as raw:
            return receipts.refused(raw, limit)

    def quick_check(self) -> str | None:
        """What SQLite's own quick check finds wrong with the file, or None."""
        try:
            with self._read() as raw:
                return checks.quick_check(raw)
        except StoreProblem as problem:
            if problem.kind != "damaged":
                raise
            return str(problem.params.get("detail", "damaged"))

    def self_check(self) -> list[CheckRow]:
        """Whether the file is whole and says what it should; takes seconds on a large one."""
        with self._read() as raw:
            return checks.run(raw, self._rules)
