"""A photograph is known again among many, and a stranger is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from smartcity_desk.domain.errors import BadData
from smartcity_desk.photos import prints
from smartcity_desk.photos.prints import Found, Index, Print, Probe, probe
from smartcity_desk.photos.reading import read
from tests.photos import edits
from tests.photos.conftest import Street


@pytest.fixture(scope="module")
def index(streets: list[Street]) -> Index:
    return Index((street.seed, probe(street.pixels).print.to_bytes()) for street in streets)


@pytest.mark.parametrize("how", edits.REUSES)
def test_a_photograph_handed_in_again_is_found(streets: list[Street], index: Index, how: str) -> None:
    for street in streets:
        again = edits.reused(street.before, how, np.random.default_rng(street.seed))
        found = index.look_up(probe(read(again).pixels))
        assert [one.key for one in found] == [street.seed]
        assert found[0].alike == ("crop" not in how and how != "all")


def test_a_cut_is_found_from_its_original_and_the_other_way_round(streets: list[Street]) -> None:
    """Which of the two was there first is not known. Here a third of the area is gone: once in a while one is lost."""
    found = []
    for number, street in enumerate(streets):
        left = 40 * (number % 4)
        cut = street.pixels[60:540, left : left + 680]
        for kept, asked in ((street.pixels, cut), (cut, street.pixels)):
            found.append(len(Index([(7, probe(kept).print.to_bytes())]).look_up(probe(asked))))
    assert sum(found) >= len(found) - 1


def test_strangers_of_the_same_kind_of_street_are_not_near(streets: list[Street], index: Index) -> None:
    for street in streets:
        near = index.look_up(probe(read(street.honest).pixels))
        assert {found.key for found in near} <= {street.seed}
        assert not any(found.alike for found in near)


def test_light_does_not_matter(one: Street) -> None:
    dark = (one.pixels * 0.5 + 10).astype(np.uint8)
    assert probe(dark).print.distance(probe(one.pixels).print) <= prints.SURE


def test_a_print_is_33_bytes_and_comes_back(one: Street) -> None:
    mine = probe(one.pixels).print
    data = mine.to_bytes()
    assert len(data) == 33
    assert Print.from_bytes(data) == mine
    assert mine.distance(mine) == 0


@pytest.mark.parametrize("data", [b"", b"\1" * 32, b"\1" * 34, b"\2" * 33])
def test_what_is_no_print_of_this_version_is_refused_or_left_out(data: bytes) -> None:
    with pytest.raises(BadData):
        Print.from_bytes(data)
    assert len(Index([(1, data)])) == 0


@settings(max_examples=15)
@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 90), st.integers(1, 90), st.just(3))))
def test_any_picture_has_a_print_and_is_nearest_to_itself(pixels: np.ndarray) -> None:
    asked = probe(pixels)
    assert asked.print == probe(pixels).print
    assert Index([(3, asked.print.to_bytes())]).look_up(asked) == (Found(3, 0, True),)


# ---------------------------------------------------------------- the index against counting everything


def words(draw: np.random.Generator, count: int) -> np.ndarray:
    return draw.integers(0, 2**64, (count, 2), np.uint64)


def as_print(whole: np.ndarray, inner: np.ndarray) -> bytes:
    return bytes([prints.VERSION]) + whole.astype(">u8").tobytes() + inner.astype(">u8").tobytes()


def wrong(draw: np.random.Generator, word: np.ndarray, low: int, high: int) -> np.ndarray:
    """The hash with so many of its first bits wrong, and so many of the others."""
    bits = np.unpackbits(word.astype(">u8").view(np.uint8))
    flip = [
        *draw.choice(prints.BUCKET, low, replace=False),
        *(prints.BUCKET + draw.choice(100, high, replace=False)),
    ]
    bits[flip] ^= 1
    return np.packbits(bits).view(">u8").astype(np.uint64)


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.integers(0, 2), st.integers(0, 40), st.integers(0, 30))
def test_what_is_near_with_one_first_bit_wrong_is_found_and_nothing_else(
    seed: int, low: int, high: int, within: int
) -> None:
    draw = np.random.default_rng(seed)
    whole, inner = words(draw, 50), words(draw, 50)
    index = Index((key, as_print(whole[key], inner[key])) for key in range(50))
    asked = Probe(
        Print(b"", b""),
        wrong(draw, inner[17], low, high)[None],
        np.vstack([words(draw, 3), wrong(draw, whole[4], low, high)]),
    )
    found = index.look_up(asked, within=within, limit=50)
    assert {one.key for one in found} == ({17, 4} if low <= 1 and low + high <= within else set())
    assert all(one.distance == low + high for one in found)


@settings(max_examples=10)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 7), max_size=12))
def test_an_index_filled_in_parts_answers_as_one_filled_at_once(seed: int, parts: list[int]) -> None:
    draw = np.random.default_rng(seed)
    rows = [(key, as_print(*words(draw, 2))) for key in range(sum(parts))]
    grown, start = Index(), 0
    for size in parts:
        grown.add(rows[start : start + size])
        start += size
    whole = Index(rows)
    assert len(grown) == len(whole) == len(rows)
    for _, data in rows[:5]:
        of = np.frombuffer(data[1:], ">u8").astype(np.uint64).reshape(2, 2)
        asked = Probe(Print(data[1:17], data[17:]), of[1:], of[:1])
        assert grown.look_up(asked) == whole.look_up(asked) != ()


def test_the_nearest_come_first_and_only_so_many() -> None:
    draw = np.random.default_rng(5)
    mine = words(draw, 1)[0]
    rows = [(high, as_print(wrong(draw, mine, 0, high), words(draw, 1)[0])) for high in (9, 1, 5, 3, 7, 20)]
    asked = Probe(Print(b"", b""), words(draw, 1), mine[None])
    found = Index(rows).look_up(asked, limit=4)
    assert [(one.key, one.distance) for one in found] == [(1, 1), (3, 3), (5, 5), (7, 7)]
    assert [one.alike for one in found] == [True, True, True, False]


def test_an_empty_index_finds_nothing(one: Street) -> None:
    assert Index().look_up(probe(one.pixels)) == ()
