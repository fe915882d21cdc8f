"""A report of the check in sentences: numbers as the language spoken writes them, coordinates as they came."""

from __future__ import annotations

from smartcity_desk import i18n
from smartcity_desk.place.checking import Finding, Level, Report
from smartcity_desk.place.saying import centimetres, report_lines

FACTS = {"kelurahan": 267, "kecamatan": 44, "kota": 6, "area_km2": 1_660.84}
FACTS |= {"overlaps": 12, "overlap_m2": 34_567, "gaps": 0, "gap_m2": 0}
FINDINGS = (
    Finding(Level.ERROR, "projected", params={"x": 700123.5, "y": 9312345.25}),
    Finding(Level.WARNING, "area", params={"km2": 1_660.84}),
)


def test_numbers_are_written_as_the_language_writes_them() -> None:
    report = Report("e", FINDINGS, FACTS)
    with i18n.speaking("id"):
        told = "\n".join(report_lines(report))
    assert "1.660,84 km²" in told
    assert "34.567 m²" in told
    assert "700123.5, 9312345.25" in told
    with i18n.speaking("en"):
        told = "\n".join(report_lines(report))
    assert "1,660.84 km²" in told
    assert "34,567 m²" in told


def test_a_water_level_is_exact_in_the_unit_that_people_say() -> None:
    with i18n.speaking("id"):
        assert [centimetres(mm) for mm in (7_620, 7_495, -85, 0, 12_340)] == [
            "762",
            "749,5",
            "\u22128,5",
            "0",
            "1.234",
        ]
    with i18n.speaking("en"):
        assert centimetres(7_495) == "749.5"
