"""The Governor's lists that this desk knows: their numbers, what has come of them, and the bytes that were kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from smartcity_desk.evidence import governor
from smartcity_desk.evidence.gathering import Gathered
from smartcity_desk.ui.escalation.board import WAITING

if TYPE_CHECKING:
    from smartcity_desk.domain.events import ListPrinted
    from smartcity_desk.store import Store
    from smartcity_desk.store.rows import OpRow

_OPS_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Issued:
    """One numbered list. `path` is where its PDF is kept, or None where this desk has not got it.

    `outdated` = it counts an item that an objection has taken out since; `replaced_by` is the number of a later list
    that says so. `op` is this desk's own act while it has no answer.
    """

    name: str
    printed: ListPrinted
    at: int
    user: str
    path: Path | None
    outdated: bool
    replaced_by: str
    op: OpRow | None

    def held(self, now: int) -> bool:
        """Whether its issue can still be stopped."""
        return self.op is not None and not self.op.sent and self.op.not_before > now


def read_issued(store: Store, documents: Path, now: int) -> tuple[Issued, ...]:
    """Every numbered list, the latest first."""
    offices = store.offices
    lists = offices.printed_lists()
    bare = Gathered(now, store.law(), {}, offices.marks(), offices.objected(now=now))
    outdated = {name for name, _ in governor.superseded(bare, lists)}
    ops = {op.report_id: op for op in store.ops(WAITING, _OPS_MOST)}
    later: dict[str, str] = {}
    for one in sorted(lists.values(), key=lambda one: one.printed_at or 0):
        if one.printed is not None:
            later |= dict.fromkeys(one.printed.supersedes, one.printed.number)
    found = []
    for name, one in lists.items():
        if one.printed is None:
            continue
        path = documents / f"{one.printed.document}.pdf"
        found.append(
            Issued(
                name=name,
                printed=one.printed,
                at=one.printed_at or 0,
                user=one.printed_by,
                path=path if path.is_file() else None,
                outdated=name in outdated,
                replaced_by=later.get(name, ""),
                op=ops.get(name),
            )
        )
    return tuple(sorted(found, key=lambda one: -one.at))


def forget(path: Path) -> None:
    """Put away what was kept of a list whose issue was stopped."""
    path.unlink(missing_ok=True)
    path.with_suffix(".json").unlink(missing_ok=True)


def write_all(files: dict[Path, bytes]) -> None:
    """Write files, each in one step. Raises OSError."""
    for path, content in files.items():
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_bytes(content)
        fresh.replace(path)
