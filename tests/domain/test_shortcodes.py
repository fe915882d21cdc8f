"""The code of a report is one that can be said, and leads back to its id."""

from __future__ import annotations

import random
import uuid

import pytest

from smartcity_desk.domain.ids import report_id
from smartcity_desk.domain.shortcodes import LETTERS, id_range, report_code
from smartcity_desk.evidence.finding import is_code

FIRST, LAST = "00000000-0000-5000-8000-000000000000", "ffffffff-ffff-5fff-bfff-ffffffffffff"


def test_a_code_is_short_and_has_no_letters_that_look_alike() -> None:
    code = report_code(report_id("manual", "0194a7c2-6a00-7000-8000-000000000001"))
    assert code == "4XZ-RDQ"
    assert not set("0O1IU") & set(LETTERS)
    assert not is_code(code.replace("-", ""))  # nor is it ever a dossier's


def test_every_id_lies_in_the_range_of_its_code_and_in_no_other() -> None:
    draw = random.Random(7)
    ids = [FIRST, LAST, *(str(uuid.UUID(int=draw.getrandbits(128), version=5)) for _ in range(2_000))]
    for one in ids:
        found = id_range(report_code(one))
        assert found is not None
        begin, end = found
        assert begin <= one < end
    for letters in ("222222", "2222ZZ", "K4JP7M", "ZZZZZY"):
        found = id_range(letters)
        assert found is not None
        at = int(found[1].replace("-", ""), 16)
        for number, inside in (
            (at - 1, True),
            (at, False),
        ):  # the last id of a code, the first of the next one
            digits = f"{number:012x}"
            neighbour = f"{digits[:8]}-{digits[8:]}-5000-8000-000000000000"
            assert (report_code(neighbour).replace("-", "") == letters) is inside


@pytest.mark.parametrize("typed", ["K4J-P7M", "k4jp7m", " K4J P7M "])
def test_it_may_be_typed_as_it_is_heard(typed: str) -> None:
    assert id_range(typed) == id_range("K4JP7M") is not None


@pytest.mark.parametrize(
    "typed", ["", "K4J", "K4J-P7", "K4J-P7MM", "K4JP-7M", "banjir", "O4JP7M", "K4J_P7M", "Ⅳ4JP7M"]
)
def test_what_is_no_code_has_no_range(typed: str) -> None:
    assert id_range(typed) is None
