"""Writes the file of today's revision: ``python -m tests.upgrade.make`` once, when a revision is released.

A file that lies here is never written again: it is what an operator's machine holds.
"""

from __future__ import annotations

from pathlib import Path

from smartcity_desk.domain.events import CategorySet, Event, EventKind, NoteAdded
from smartcity_desk.domain.location import Location, PlaceBadge
from smartcity_desk.store import ChannelCheckpoint, OpResult, Quarantined, Store, migrations
from tests.domain.builders import ANI, BUDI, DIRECTORY, POLICY, T0, TEBET
from tests.store.helpers import HOUR, counter, made, traffic


def main() -> None:
    """Make the file, if this revision has none yet."""
    path = Path(__file__).with_name(f"{migrations.HEAD}.sqlite3")
    if path.exists():
        raise SystemExit(f"{path.name} is there already")
    store = Store.open(path, now=T0, policy=POLICY)
    store.set_directory(DIRECTORY, "etag", T0)
    store.ingest(
        "petabencana",
        [
            made(1),
            made(2),
            made(3, category="tree", location=Location(PlaceBadge.BORDER, TEBET, None, 12, "e1")),
            made(4, text="pohon", unmasked="pohon 0812"),
        ],
        quarantined=[Quarantined("no_id", "{}")],
        checkpoint=ChannelCheckpoint({"until": 5}, frozenset({"4"}), "e"),
        now=T0,
    )
    store.ingest("waze", [traffic(5)], checkpoint=None, now=T0)
    store.ingest("petabencana", [made(1, text="banjir surut", changed_at=T0)], checkpoint=None, now=T0)
    log = [
        Event("e1", made(1).id, EventKind.CATEGORY_SET, T0, BUDI, CategorySet("flood"), seq=1, action="a1"),
        Event(
            "e2",
            made(9).id,
            EventKind.NOTE_ADDED,
            T0,
            BUDI,
            NoteAdded("report still to come"),
            seq=2,
            action="a2",
        ),
    ]
    store.central.apply_events(log, cursor=2, now=T0)
    random = counter()
    for number, category in ((2, "flood"), (3, "power")):
        store.act(
            EventKind.CATEGORY_SET,
            CategorySet(category),
            [made(number).id],
            actor=ANI,
            now=T0 + HOUR,
            randomness=random,
            fill_base=True,
        )
    [first] = store.central.next_ops(1, T0 + HOUR)
    answer = OpResult(first.id, "conflict", field="category", mine="flood", theirs="tree")
    store.central.settle([answer], T0 + HOUR)
    store.close()


if __name__ == "__main__":
    main()
