"""What a person needs to see of a claimed completion, read and laid over one another off the interface thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.events import CompletionClaimed, Event, EventKind
from smartcity_desk.store import files

if TYPE_CHECKING:
    from smartcity_desk.photos.compare import Comparison
    from smartcity_desk.store import ReportDetail, Store
    from smartcity_desk.store.pictures import StoredHint
    from smartcity_desk.sync.darkroom import Darkroom


@dataclass(frozen=True, slots=True)
class Evidence:
    """One claim: the report, its event, its hints (None = not examined yet), and where its pictures lie."""

    detail: ReportDetail
    claim: Event
    hints: tuple[StoredHint, ...] | None
    before: tuple[Path, ...]
    after: tuple[Path, ...]
    missing: int

    @property
    def text(self) -> str:
        """What the office said."""
        payload: Any = self.claim.payload
        return str(payload.text)

    @property
    def pairs(self) -> list[tuple[Path | None, Path | None]]:
        """Every after-picture beside every before-picture; one side alone where the other has none."""
        firsts: Sequence[Path | None] = self.before or (None,)
        seconds: Sequence[Path | None] = self.after or (None,)
        return [(one, two) for two in seconds for one in firsts if one is not None or two is not None]


def gather(store: Store, folder: Path, report: str, *, answer: str | None = None) -> Evidence | None:
    """The evidence of a report's last claim, or of the one before the answer `answer`. None where there is none."""
    detail = store.report(report)
    if detail is None:
        return None
    events = list(detail.timeline)
    if answer is not None:
        at = next((n for n, event in enumerate(events) if event.id == answer), len(events))
        events = events[:at]
    claim = next((e for e in reversed(events) if e.kind is EventKind.COMPLETION_CLAIMED), None)
    if claim is None or not isinstance(claim.payload, CompletionClaimed):
        return None
    kept = store.evidence.of_report(report)
    before = [one.sha256 for one in kept if not one.after and one.at <= claim.at]
    named = [*dict.fromkeys(before), *claim.payload.attachments]
    found = {name: path for name in named if (path := files.find(folder, name)) is not None}
    return Evidence(
        detail,
        claim,
        store.evidence.hints([report]).get(report),
        tuple(found[name] for name in dict.fromkeys(before) if name in found),
        tuple(found[name] for name in claim.payload.attachments if name in found),
        len(named) - len(found),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """The pictures of one pair as JPEG bytes. `comparison` is None where only one side is there."""

    before: bytes | None
    after: bytes | None
    comparison: Comparison | None


def load(pair: tuple[Path | None, Path | None], room: Darkroom) -> Shown:
    """Have one pair decoded and lay it over each other. A picture that cannot be read counts as not there."""
    from smartcity_desk.photos.compare import compare, encode

    before, after = (_pixels(path, room) for path in pair)
    if before is not None and after is not None:
        found = compare(before, after)
        return Shown(found.before, found.after_plain, found)
    return Shown(None if before is None else encode(before), None if after is None else encode(after), None)


def _pixels(path: Path | None, room: Darkroom) -> Any:
    """The points of the darkroom's own copy: the file itself is decoded nowhere else."""
    from smartcity_desk.photos.reading import read

    if path is None:
        return None
    try:
        return read(room.develop(path.read_bytes()).view).pixels
    except (OSError, BadData):
        return None
