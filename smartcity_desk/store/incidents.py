"""Who leads and who follows, in the lines of reports. Runs inside the writer's transaction, after every fold.

`incident` stands on every member. `lead` is the pk of the report that a follower follows, whose own clock rests
meanwhile (`due_at` is NULL); `members` on the lead counts them. All three are worked out from the members' folds, so a
join and a separation move no more than this.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from smartcity_desk.domain import incident
from smartcity_desk.domain.custody import Excluded
from smartcity_desk.domain.incident import Member, Tie
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.report import Status
from smartcity_desk.domain.state import Joined
from smartcity_desk.store import custody
from smartcity_desk.store.engine import Raw, chunks, marks
from smartcity_desk.store.reading import TEXT_SHOWN
from smartcity_desk.store.rows import MemberRow

_STATUSES: Final = {status.value: status for status in Status}


class _Fold(msgspec.Struct):
    """The one part of a stored state that is read here."""

    incident: Joined | None = None


_FOLD: Final = msgspec.json.Decoder(_Fold)


class Placed(NamedTuple):
    """A member with its line: its pk, and what the line says of `lead` and `members` now."""

    pk: int
    member: Member
    lead: int | None
    members: int


def placed(raw: Raw, names: Iterable[str]) -> dict[str, list[Placed]]:
    """The members of these incidents, by incident."""
    found: dict[str, list[Placed]] = {}
    for part in chunks(sorted(set(names))):
        for name, pk, report, reported_at, status, lead, members, fold in raw.execute(
            "SELECT s.incident, s.pk, r.id, s.reported_at, s.status, s.lead, s.members, s.fold FROM report_state s "
            f"INDEXED BY ix_state_incident JOIN report r ON r.pk = s.pk WHERE s.incident IN ({marks(len(part))})",
            tuple(part),
        ):
            joined = _joined(fold)
            one = Member(report, reported_at, _STATUSES[status], joined)
            found.setdefault(name, []).append(Placed(pk, one, lead, members))
    return found


def _joined(fold: str) -> Joined:
    joined = _FOLD.decode(fold).incident
    assert joined is not None, "a line with an incident has a fold that says so"
    return joined


def settle(raw: Raw, names: Iterable[str], law: Law) -> list[int]:
    """Work out who leads and who follows in these incidents. Returns the pks of the lines that changed."""
    changed: list[tuple[int | None, int, int | None, int]] = []
    for those in placed(raw, names).values():
        members = [one.member for one in those]
        first = incident.lead(members)
        behind = {one.report for one in incident.following(members)}
        head = next((one.pk for one in those if first is not None and one.member is first), None)
        for one in those:
            follows = one.member.report in behind
            lead = head if follows else None
            count = len(behind) if one.pk == head else 0
            if (lead, count) != (one.lead, one.members):
                due = None if follows else custody.due_of(custody.of_report(raw, one.pk), law)
                changed.append((lead, count, due, one.pk))
    raw.executemany("UPDATE report_state SET lead = ?, members = ?, due_at = ? WHERE pk = ?", changed)
    return [pk for _, _, _, pk in changed]


def following(raw: Raw) -> dict[str, Excluded]:
    """What the items of every report that follows another one count as (E3), by report."""
    rows = raw.execute(
        "SELECT r.id, s.fold FROM report_state s INDEXED BY ix_state_incident JOIN report r ON r.pk = s.pk "
        "WHERE s.incident IS NOT NULL AND s.lead IS NOT NULL"
    )
    return {report: incident.excluded(_joined(fold)) for report, fold in rows}


def of_report(raw: Raw, pk: int) -> list[Placed]:
    """The members of the incident that a report is in, itself among them, earliest first; none without one."""
    row = raw.execute("SELECT incident FROM report_state WHERE pk = ?", (pk,)).fetchone()
    if row is None or row[0] is None:
        return []
    return sorted(placed(raw, [row[0]]).get(row[0], []), key=lambda one: incident.order(one.member))


def tie(members: Sequence[Placed], report: str) -> Tie | None:
    """How a report stands among these."""
    return incident.tie([one.member for one in members], report)


def member_rows(raw: Raw, members: Sequence[Placed]) -> tuple[MemberRow, ...]:
    """These members as a list of them shows them, in the same order."""
    shown: dict[int, tuple[Any, ...]] = {}
    for part in chunks([one.pk for one in members]):
        for pk, *row in raw.execute(
            "SELECT s.pk, s.channel, r.external_id, s.office, iif(r.private, '', r.title), "
            "iif(r.private, '', r.text), s.lat, s.lon FROM report_state s "
            f"JOIN report r ON r.pk = s.pk WHERE s.pk IN ({marks(len(part))})",
            tuple(part),
        ):
            shown[pk] = tuple(row)
    found: list[MemberRow] = []
    for pk, one, _, _ in members:
        channel, external_id, office, title, text, lat, lon = shown[pk]
        found.append(
            MemberRow(
                pk,
                one.report,
                channel,
                external_id,
                one.reported_at,
                one.status,
                office,
                title,
                text[:TEXT_SHOWN],
                lat,
                lon,
                one.joined,
            )
        )
    return tuple(found)
