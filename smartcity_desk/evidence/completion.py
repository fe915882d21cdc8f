"""What suggests a second look at a claimed completion: its pictures, its words, its speed, its crew, what came after.

Hints, never verdicts (capability 5). An `Examiner` keeps what it compares with (prints, texts, durations) and reads
only what is new; it blocks, so it works in a thread or a process of its own.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from smartcity_desk import paths
from smartcity_desk.domain import hints as texts
from smartcity_desk.domain.custody import Segment
from smartcity_desk.domain.events import CompletionClaimed, Event, EventKind
from smartcity_desk.domain.hints import Spot, Wording, wording
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.report import PlaceQuality
from smartcity_desk.domain.times import DAY
from smartcity_desk.evidence.dossier import Files
from smartcity_desk.photos import hints as pictures
from smartcity_desk.photos.hints import Place, Sighting
from smartcity_desk.photos.prints import Index, Probe
from smartcity_desk.store import ReportDetail, Store
from smartcity_desk.store.pictures import Claim, Kept, StoredHint

TEXTS_KEPT: Final = 2_000
"""Texts of one office that a new one is compared with; the newest."""
CREW_MS: Final = 2 * DAY


def templates() -> tuple[Wording, ...]:
    """The stock sentences that say nothing about the work."""
    lines = paths.resource("policy", "teks-baku.txt").read_text(encoding="utf-8").splitlines()
    return tuple(wording(line, template=True) for line in lines if line.strip() and not line.startswith("#"))


class Examiner:
    """Examines claims one after the other. Not for two threads at once."""

    def __init__(self, store: Store, files: Files) -> None:
        self._store: Final = store
        self._files: Final = files
        self._templates: Final = templates()
        self._index = Index()
        self._indexed = 0
        self._awaited: list[int] = []
        self._seq = 0
        self._said: dict[str, list[tuple[str, Wording]]] = {}
        self._claims: dict[str, list[tuple[int, str]]] = {}
        self._durations: dict[str, list[int]] = {}

    def examine(self, claim: Claim) -> tuple[StoredHint, ...]:
        """What this claim suggests, pictures first. An unknown report suggests nothing."""
        detail = self._store.report(claim.report)
        event = None if detail is None else next((e for e in detail.timeline if e.id == claim.event), None)
        if detail is None or event is None or not isinstance(event.payload, CompletionClaimed):
            return ()
        self._catch_up()
        kept = self._store.evidence.of_report(claim.report)
        found = [
            StoredHint(one.code.value, dict(one.params)) for one in self._of_pictures(detail, event, kept)
        ]
        found += [StoredHint(one.code.value, dict(one.params)) for one in self._of_texts(detail, event)]
        return tuple(found)

    # ------------------------------------------------------------ pictures

    def _of_pictures(self, detail: ReportDetail, event: Event, kept: list[Kept]) -> Iterable[pictures.Hint]:
        payload: Any = event.payload
        after = [self._bytes(sha256) for sha256 in payload.attachments]
        before = [data for one in kept if not one.after and (data := self._bytes(one.sha256)) is not None]
        held = _claimed_segment(detail, event)
        known: set[tuple[str, str]] = set()
        for data in after or [None]:
            for hint in pictures.examine(
                data,
                before=before,
                claimed_at=event.at,
                routed_at=None if held is None else held.since,
                place=_place(detail),
                look_up=lambda probe: self._look_up(probe, detail.report.id),
            ):
                key = (hint.code.value, repr(sorted(hint.params.items())))
                if key not in known:
                    known.add(key)
                    yield hint

    def _bytes(self, sha256: str) -> bytes | None:
        path: Path | None = self._files(sha256)
        return None if path is None else path.read_bytes()

    def _look_up(self, probe: Probe, report: str) -> Iterable[Sighting]:
        found = self._index.look_up(probe)
        rows = self._store.evidence.numbered([one.key for one in found])
        for one in found:
            row = rows.get(one.key)
            if row is None or row.report == report:
                continue
            yield Sighting(
                photo=row.sha256,
                report=row.report,
                seen_at=row.at,
                distance=one.distance,
                alike=one.alike,
                load=lambda sha256=row.sha256: self._bytes(sha256),  # type: ignore[misc]
            )

    # ------------------------------------------------------------ words, speed, crew, what came after

    def _of_texts(self, detail: ReportDetail, event: Event) -> Iterable[texts.TextHint]:
        payload: Any = event.payload
        report = detail.report
        found = [
            texts.template_text(payload.text, self._templates),
            texts.repeated_text(report.id, payload.text, self._said.get(payload.office, ())),
        ]
        held = _claimed_segment(detail, event)
        if held is not None and held.delivered_at is not None:
            usual = self._durations.get(held.category or "", [])
            found.append(texts.too_fast(max(0, event.at - held.delivered_at), usual))
        spot = _spot(detail, event.at)
        if spot is not None:
            found.append(texts.two_places(spot, self._others(event, spot)))
            group = _group(self._store.directory(), detail.state.category)
            if group:
                found.append(texts.problem_back(spot, group, self._near(spot)))
        return [one for one in found if one is not None]

    def _others(self, event: Event, spot: Spot) -> list[Spot]:
        claims = [
            (at, report)
            for at, report in self._claims.get(event.actor.user, [])
            if abs(at - event.at) <= CREW_MS and report != spot.report
        ]
        lines = self._store.offices.report_rows([report for _, report in claims], now=event.at)
        return [
            Spot(report, at, line.report.lat, line.report.lon)
            for at, report in claims
            if (line := lines.get(report)) is not None
            and line.report.lat is not None
            and line.report.lon is not None
            and line.report.place_quality is PlaceQuality.EXACT
        ]

    def _near(self, spot: Spot) -> list[tuple[Spot, str]]:
        directory = self._store.directory()
        return [
            (Spot(one.id, one.at, one.lat, one.lon), _group(directory, one.category))
            for one in self._store.offices.reports_near(
                spot.lat, spot.lon, since=spot.at, until=spot.at + texts.BACK_MS
            )
        ]

    # ------------------------------------------------------------ what is compared with

    def _catch_up(self) -> None:
        fresh, self._awaited = self._store.evidence.prints(self._indexed, self._awaited)
        if fresh:
            self._index.add(fresh)
            self._indexed = max(self._indexed, *(number for number, _ in fresh))
        for event in self._store.offices.events_of_kind(EventKind.COMPLETION_CLAIMED, after=self._seq):
            self._seq = max(self._seq, event.seq or 0)
            payload = event.payload
            if isinstance(payload, CompletionClaimed):
                said = self._said.setdefault(payload.office, [])
                said.append((event.subject, wording(payload.text)))
                del said[:-TEXTS_KEPT]
                self._claims.setdefault(event.actor.user, []).append((event.at, event.subject))
        if not self._durations:
            for category, duration in self._store.offices.durations():
                insort(self._durations.setdefault(category, []), duration)


def _claimed_segment(detail: ReportDetail, event: Event) -> Segment | None:
    return next((one for one in detail.segments if one.closed_by == event.id), None)


def _place(detail: ReportDetail) -> Place | None:
    report = detail.report
    if report.lat is None or report.lon is None or report.place_quality is not PlaceQuality.EXACT:
        return None
    return Place(report.lat, report.lon, report.accuracy_m)


def _spot(detail: ReportDetail, at: int) -> Spot | None:
    place = _place(detail)
    return None if place is None else Spot(detail.report.id, at, place.lat, place.lon)


def _group(directory: Directory, category: str | None) -> str:
    known = directory.categories.get(category or "")
    return "" if known is None else known.group
