"""The knowledge that ships, a unit's own over it, and files that cannot be taken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smartcity_desk import codec, directory, knowledge, paths
from smartcity_desk.domain.alternatives import Counsel, courses
from smartcity_desk.domain.courses import Case, Comparables
from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.domain.location import PlaceBadge
from smartcity_desk.domain.routing import RouteRule, Routing
from smartcity_desk.domain.times import DAY, from_iso, to_iso

NOW = from_iso("2026-11-23T09:00:00+07:00")


def test_what_ships_says_that_it_is_to_be_confirmed() -> None:
    known = knowledge.load()
    assert "perlu konfirmasi" in known.routing.at(NOW).note
    assert all(rule.confirm for rule in known.routing.at(NOW).rules)
    assert not [rule.source for rule in known.routing.at(NOW).rules if "konfirmasi" in rule.source], (
        "said once"
    )
    assert knowledge.load().edition == known.edition


def test_every_word_of_the_tables_belongs_to_a_category_that_exists() -> None:
    categories = directory.category_table()
    known = knowledge.load()
    assert set(known.reader.vocabulary.categories) <= set(categories)
    lines = paths.resource("knowledge", "contoh.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert {line.split(",")[0] for line in lines} == set(categories)


def test_a_units_own_files_stand_over_those_that_ship_by_their_date(tmp_path: Path) -> None:
    shipped = json.loads(paths.resource("knowledge", "pembagian-2026.json").read_text(encoding="utf-8"))
    rule = {
        "category": "sampah",
        "office": "DINAS-LH",
        "basis": "percobaan",
        "source": "nota dinas",
        "confirm": False,
    }
    own = {**shipped, "version": "unit-1", "effective_from": to_iso(NOW), "rules": [rule, *shipped["rules"]]}
    (tmp_path / "pembagian-unit.json").write_text(json.dumps(own), encoding="utf-8")
    known = knowledge.load(tmp_path)
    assert known.routing.at(NOW - DAY).version == "2026-default"
    assert known.routing.at(NOW).version == "unit-1"
    assert known.edition != knowledge.load().edition
    city = directory.builtin_directory(NOW)
    counsel = Counsel(city, known.routing.at(NOW), known.texts, Comparables())
    case = Case(known.reader.read("sampah menumpuk"), place="31.74.01.1001", badge=PlaceBadge.SURE)
    best = courses(case, counsel)[0]
    assert (best.id, best.basis.key) == ("route:DINAS-LH", "course.basis.rule")


def test_of_two_versions_for_one_date_the_servers_goes_before_the_shipped_and_the_units_own_before_it(
    tmp_path: Path,
) -> None:
    shipped = json.loads(paths.resource("knowledge", "pembagian-2026.json").read_text(encoding="utf-8"))
    at = from_iso(shipped["effective_from"])
    served = codec.encode([Routing("pusat", at, (RouteRule("sampah", "DINAS-LH", "uji", "uji"),))])
    assert knowledge.load(None, served).routing.at(NOW).version == "pusat"
    (tmp_path / "pembagian-unit.json").write_text(
        json.dumps({**shipped, "version": "unit"}), encoding="utf-8"
    )
    assert knowledge.load(tmp_path, served).routing.at(NOW).version == "unit"
    assert [one.version for one in knowledge.load(tmp_path, served).routing.versions] == ["unit"]


def test_own_texts_are_what_would_be_sent(tmp_path: Path) -> None:
    shipped = json.loads(paths.resource("knowledge", "teks.json").read_text(encoding="utf-8"))
    shipped["texts"]["crew"] = "PPSU {place}: {category} {tidak_ada}"
    (tmp_path / "teks.json").write_text(json.dumps(shipped), encoding="utf-8")
    known = knowledge.load(tmp_path)
    city = directory.builtin_directory(NOW)
    counsel = Counsel(city, known.routing.at(NOW), known.texts, Comparables())
    case = Case(known.reader.read("sampah menumpuk"), place="31.74.01.1001", badge=PlaceBadge.SURE)
    assert courses(case, counsel)[0].text == "PPSU Kelurahan Tebet Timur: Sampah menumpuk {tidak_ada}"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pembagian-x.json", "{"),
        ("pembagian-x.json", "[]"),
        ("pembagian-x.json", '{"version": "x", "effective_from": "kapan-kapan", "rules": [], "kota": {}}'),
        (
            "pembagian-x.json",
            (
                '{"version": "x", "effective_from": "2026-01-01T00:00:00Z", "kota": {}, '
                '"rules": [{"category": "sampah", "office": "PLN", "basis": " ", "source": "x"}]}'
            ),
        ),
        ("kata.json", "{}"),
        ("teks.json", '{"texts": []}'),
        ("contoh.csv", "a,b\n1,2\n"),
        ("kata.json", "[" * 100_000),
    ],
)
def test_a_file_that_cannot_be_taken_is_named(name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(ConfigProblem) as problem:
        knowledge.load(tmp_path)
    assert problem.value.params["file"] == name
