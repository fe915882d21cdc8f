"""Whose work something is, as data: a version by its date, rules in their order, and never an office that is not."""

from __future__ import annotations

import pytest

from smartcity_desk import directory, knowledge
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.domain.routing import RouteRule, Routing, RoutingBook, routes
from smartcity_desk.domain.times import from_iso

NOW = from_iso("2026-11-23T09:00:00+07:00")
CITY = directory.builtin_directory(NOW)
SHIPPED = knowledge.load().routing.at(NOW)
TEBET_TIMUR, TIDUNG = "31.74.01.1001", "31.01.02.1003"


def offices(category: str | None, place: str | None, *phrases: str) -> list[str]:
    return [route.office for route in routes(SHIPPED, CITY, category, place, frozenset(phrases))]


def rule(office: str, **fields: object) -> RouteRule:
    return RouteRule("sampah", office, "dasar", "sumber", **fields)  # type: ignore[arg-type]


def version(start: int, *rules: RouteRule) -> Routing:
    return Routing(str(start), start, rules, {"31.74": "JS"})


def test_every_category_has_an_office_in_every_kota_and_every_rule_its_basis() -> None:
    assert {one.category for one in SHIPPED.rules} - {"*"} <= set(CITY.categories)
    for place in (TEBET_TIMUR, TIDUNG):
        for category in CITY.categories:
            found = routes(SHIPPED, CITY, category, place)
            assert found[0].rule.category == category, category
            assert all(one.office in CITY.offices and one.rule.basis and one.rule.source for one in found)


@pytest.mark.parametrize("category", sorted(CITY.categories))
def test_the_first_office_is_the_usual_one_of_the_table_of_categories(category: str) -> None:
    assert offices(category, TEBET_TIMUR)[0] == directory.usual_office(CITY, category, TEBET_TIMUR)


def test_words_of_the_text_make_a_rule_more_particular() -> None:
    assert offices("jalan_rusak", TEBET_TIMUR)[0] == "SUDIN-BM-JS"
    assert offices("jalan_rusak", TEBET_TIMUR, "tol")[0] == "JASAMARGA"
    assert offices(None, TEBET_TIMUR, "bau gas")[0] == "PGN"


def test_without_a_place_only_who_needs_none_or_takes_it_meanwhile() -> None:
    assert offices("listrik", None) == ["PLN"]
    assert offices("jalan_rusak", None) == ["DINAS-BM"]
    assert offices("pelayanan", None) == []


def test_an_unknown_category_falls_to_the_kelurahan_which_looks_first() -> None:
    assert offices("baru", TEBET_TIMUR) == offices(None, TEBET_TIMUR) == [TEBET_TIMUR]


def test_areas_narrow_a_rule_and_an_office_comes_once() -> None:
    here = version(
        0, rule("PLN", areas=("31.01",)), rule("{kelurahan}"), rule("{kelurahan}"), rule("NO-SUCH")
    )
    assert [one.office for one in routes(here, CITY, "sampah", TEBET_TIMUR)] == [TEBET_TIMUR]
    assert [one.office for one in routes(here, CITY, "sampah", TIDUNG)] == ["PLN", TIDUNG]


def test_patterns_know_the_ladder_above_a_place() -> None:
    here = version(0, rule("{kecamatan}"), rule("SUDIN-LH-{kota}"), rule("SUDIN-XX-{kota}"))
    found = routes(here, CITY, "sampah", TEBET_TIMUR)
    assert [one.office for one in found] == ["31.74.01", "SUDIN-LH-JS"]
    assert CITY.offices[found[0].office].level is OfficeLevel.KECAMATAN
    assert (
        routes(here, CITY, "sampah", TIDUNG)[-1].office == "31.01.02"
    )  # this version knows no short word there


def test_the_version_of_the_date_holds_and_none_is_retroactive() -> None:
    book = RoutingBook([version(200, rule("PAM")), version(100, rule("PLN"))])
    assert [book.at(at).version for at in (50, 100, 199, 200, 900)] == ["100", "100", "100", "200", "200"]
    with pytest.raises(ValueError, match="without a version"):
        RoutingBook([])
