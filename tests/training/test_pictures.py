"""Pictures that a person, and the guard that looks for fakes, can tell apart as they can real ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from smartcity_desk.domain.times import DAY, HOUR
from smartcity_desk.photos import hints
from smartcity_desk.photos.hints import HintCode, Place, Sighting
from smartcity_desk.photos.prints import Index, Probe, probe
from smartcity_desk.photos.reading import read
from smartcity_desk.training.proofs import Proof, claimed, proof_of, reported
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.streets import PROBLEMS
from tests.training.conftest import NOW, SEED

CATEGORIES = (*sorted(PROBLEMS), "lainnya", "gangguan")


def record(number: int, *, point: bool = True, picture: bool = True) -> Citizen:
    place = "31.74.01.1001"
    found = Citizen(
        number,
        "petabencana",
        str(number),
        NOW - 3 * DAY,
        "",
        1,
        CATEGORIES[number % len(CATEGORIES)],
        place,
        place,
        place,
        number,
        picture=picture,
    )
    if point:
        found.lat, found.lon = -6.2 - number / 5000, 106.8
    return found


def codes(
    one: Citizen, proof: Proof, index: Index | None = None, other: Citizen | None = None
) -> set[HintCode]:
    """What the guard suggests about a claim."""

    def look_up(asked: Probe) -> Iterator[Sighting]:
        assert index is not None
        for found in index.look_up(asked):
            if found.key != one.number:
                data = claimed(SEED, record(found.key), 1, Proof.HONEST, NOW)
                yield Sighting(
                    "p", str(found.key), NOW - DAY, found.distance, found.alike, lambda data=data: data
                )

    assert one.lat is not None
    assert one.lon is not None
    data = claimed(SEED, one, 1, proof, NOW, None if other is None else (other, 1))
    found = hints.examine(
        data,
        before=[reported(SEED, one)],
        claimed_at=NOW,
        routed_at=one.at + HOUR,
        place=Place(one.lat, one.lon),
        look_up=None if index is None else look_up,
    )
    return {hint.code for hint in found}


@pytest.fixture(scope="module")
def index() -> Index:
    """The prints of thirty honest pictures."""
    rows = []
    for number in range(30):
        data = claimed(SEED, record(number), 1, Proof.HONEST, NOW)
        assert data is not None
        rows.append((number, probe(read(data).pixels).print.to_bytes()))
    return Index(rows)


def test_the_same_report_has_the_same_picture() -> None:
    for proof in (Proof.HONEST, Proof.EDITED, Proof.EDITOR, Proof.OLDER, Proof.FAR):
        first, again = (claimed(SEED, record(4), 1, proof, NOW) for _ in range(2))
        assert first is not None
        assert first == again
        assert first != claimed(SEED, record(5), 1, proof, NOW)
        assert first != claimed(SEED + 1, record(4), 1, proof, NOW)
    assert claimed(SEED, record(4), 1, Proof.HONEST, NOW) != claimed(SEED, record(4), 2, Proof.HONEST, NOW)
    assert reported(SEED, record(4)) == reported(SEED, record(4)) != reported(SEED, record(5))
    assert claimed(SEED, record(4), 1, Proof.NONE, NOW) is None


def test_pictures_are_as_large_as_telephones_send_them() -> None:
    sizes = []
    for number in range(len(CATEGORIES)):
        data = reported(SEED, record(number))
        assert read(data).pixels.shape == (480, 640, 3)
        sizes.append(len(data))
    assert 10_000 < min(sizes) <= max(sizes) < 32_000
    assert sum(sizes) / len(sizes) < 26_000


def test_honest_work_is_left_alone(index: Index) -> None:
    flagged = [number for number in range(30) if codes(record(number), Proof.HONEST, index)]
    assert len(flagged) <= 1


def test_every_kind_of_fake_shows_what_it_is(index: Index) -> None:
    found: Counter[Proof] = Counter()
    tells = {
        Proof.EDITED: HintCode.SAME_FRAME,
        Proof.EDITOR: HintCode.EDITOR_TRACE,
        Proof.OLDER: HintCode.OLDER_THAN_ROUTING,
        Proof.FAR: HintCode.TOO_FAR,
        Proof.NONE: HintCode.MISSING_PHOTO,
    }
    for number in range(20):
        for proof, code in tells.items():
            found[proof] += code in codes(record(number), proof)
        other = record((number + 7) % 30)
        found[Proof.REUSED] += HintCode.SEEN_BEFORE in codes(record(number), Proof.REUSED, index, other)
    assert found[Proof.EDITED] >= 18
    assert found[Proof.REUSED] >= 18
    assert {found[proof] for proof in (Proof.EDITOR, Proof.OLDER, Proof.FAR, Proof.NONE)} == {20}


def test_a_fake_is_of_a_kind_that_is_possible() -> None:
    fakes = [
        proof_of(SEED, record(number, point=False, picture=False), 1, fake=True, may_reuse=False)
        for number in range(300)
    ]
    assert set(fakes) == {Proof.EDITOR, Proof.OLDER, Proof.NONE}
    every = {proof_of(SEED, record(number), 1, fake=True, may_reuse=True) for number in range(300)}
    assert every == set(Proof) - {Proof.HONEST}
    honest = Counter(proof_of(SEED, record(number), 1, fake=False, may_reuse=True) for number in range(1000))
    assert set(honest) == {Proof.HONEST, Proof.NONE}
    assert 10 < honest[Proof.NONE] < 60
