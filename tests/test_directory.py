"""The directory that ships: the city's counts, the traps of its names, and clear errors for a wrong table."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from smartcity_desk import directory as module
from smartcity_desk.directory import (
    account_of,
    builtin_directory,
    category_name,
    category_table,
    load_policy,
    role_name,
    usual_office,
)
from smartcity_desk.domain.decide import RESPONSE_MIN
from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.domain.office import Directory, OfficeLevel
from smartcity_desk.domain.times import HOUR, from_iso

NOW = from_iso("2026-11-22T01:46:23Z")


@pytest.fixture(scope="module")
def city() -> Directory:
    return builtin_directory(NOW)


def names(city: Directory, level: OfficeLevel) -> list[str]:
    return [office.name for office in city.offices.values() if office.level is level]


def test_it_has_the_citys_counts(city: Directory) -> None:
    levels = Counter(office.level for office in city.offices.values())
    assert levels[OfficeLevel.PROVINSI] == 1
    assert levels[OfficeLevel.KOTA] == 6
    assert levels[OfficeLevel.KECAMATAN] == 44
    assert levels[OfficeLevel.KELURAHAN] == 267
    assert levels[OfficeLevel.UPT] == 1
    assert levels[OfficeLevel.THIRD_PARTY] == 6


@pytest.mark.parametrize(
    ("kota", "kecamatan", "kelurahan"),
    [
        ("31.71", 8, 44),
        ("31.72", 6, 31),
        ("31.73", 8, 56),
        ("31.74", 10, 65),
        ("31.75", 10, 65),
        ("31.01", 2, 6),
    ],
)
def test_each_kota_has_its_own_counts(city: Directory, kota: str, kecamatan: int, kelurahan: int) -> None:
    inside = Counter(office.level for office in city.offices.values() if kota in city.ancestors(office.code))
    assert (inside[OfficeLevel.KECAMATAN], inside[OfficeLevel.KELURAHAN]) == (kecamatan, kelurahan)


def test_every_code_leads_up_to_the_province(city: Directory) -> None:
    for office in city.offices.values():
        if office.level is OfficeLevel.KELURAHAN:
            assert city.ancestors(office.code) == (office.code[:8], office.code[:5], "31")
            assert office.lat is not None
            assert -6.4 < office.lat < -5.1
            assert office.lon is not None
            assert 106.3 < office.lon < 107.0
            assert office.population
        elif office.level is OfficeLevel.SUDIN:
            assert city.ancestors(office.code)[-1] == "31"
        elif office.level is OfficeLevel.THIRD_PARTY:
            assert office.parent is None
        assert office.name not in office.aliases


def test_kelurahan_jatinegara_lies_in_kecamatan_cakung(city: Directory) -> None:
    (found,) = [
        office
        for office in city.offices.values()
        if office.name == "Jatinegara" and office.level is OfficeLevel.KELURAHAN
    ]
    assert found.parent is not None
    assert city.offices[found.parent].name == "Cakung"


def test_twenty_four_kelurahan_carry_the_name_of_a_kecamatan(city: Directory) -> None:
    kelurahan = names(city, OfficeLevel.KELURAHAN)
    assert len(set(kelurahan)) == len(kelurahan)
    assert len(set(kelurahan) & set(names(city, OfficeLevel.KECAMATAN))) == 24


def test_a_park_is_no_office_and_other_spellings_are_aliases(city: Directory) -> None:
    everything = {
        text.casefold() for office in city.offices.values() for text in (office.name, *office.aliases)
    }
    assert not {"tmii", "taman mini indonesia indah"} & everything
    assert {"pal meriem", "wijaya kesuma", "papango", "kredang", "kampung tengah", "rawa jati"} <= everything


def test_holders_are_called_by_their_office(city: Directory) -> None:
    tebet = next(office for office in city.offices.values() if office.name == "Tebet Timur")
    (tenure,) = city.holders(tebet.code, NOW)
    assert tenure.official == f"lurah.{tebet.code}"
    assert city.officials[tenure.official].name == "Lurah Tebet Timur"
    for office in city.offices.values():
        account = account_of(office)
        assert (account is None) == (office.level in {OfficeLevel.UPT, OfficeLevel.PROVINSI})
        if account is not None:
            assert city.officials[account].name == role_name(office)
            assert office.name in role_name(office)
    assert role_name(city.offices["31.01"]) == "Bupati Kepulauan Seribu"


def test_the_edition_follows_the_content(city: Directory) -> None:
    assert builtin_directory(NOW + HOUR).edition == city.edition != ""


def test_categories_speak_both_languages(city: Directory) -> None:
    assert len(category_table()) >= 25
    for code, info in category_table().items():
        assert info.names["id"]
        assert info.names["en"]
        assert city.categories[code].name == info.names["id"]
    assert category_name("banjir", "id") == "Banjir"
    assert category_name("banjir", "en", city) == "Flood"
    assert category_name("nobody_knows", "en", city) == "nobody_knows"
    assert city.categories["banjir"].life_safety
    assert not city.categories["sampah"].life_safety


def test_every_category_has_an_office_that_does_the_work(city: Directory) -> None:
    tebet = next(code for code, office in city.offices.items() if office.name == "Tebet Timur")
    for code, info in category_table().items():
        office = usual_office(city, code, tebet)
        assert office is not None, code
        assert city.offices[office].level is info.category.competent, code
    assert usual_office(city, "sampah", tebet) == tebet
    assert usual_office(city, "banjir", tebet) == "SUDIN-SDA-JS"
    assert usual_office(city, "listrik", None) == "PLN"
    assert usual_office(city, "banjir", None) is None
    assert usual_office(city, "sampah", None) is None
    assert usual_office(city, None, tebet) is None


def test_the_policy_names_what_has_to_be_confirmed() -> None:
    policy = load_policy()
    assert policy.version == "2026-default"
    assert policy.response[OfficeLevel.UPT] == 6 * HOUR
    assert policy.response[OfficeLevel.KELURAHAN] == 24 * HOUR
    assert policy.response[OfficeLevel.SUDIN] == 7 * 24 * HOUR
    assert OfficeLevel.THIRD_PARTY not in policy.response
    assert policy.verification == 24 * HOUR
    assert policy.effective_from < NOW
    assert "perlu konfirmasi" in policy.source
    assert RESPONSE_MIN == 20


@pytest.mark.parametrize("name", ["nobody", "../secret", "", "a/b"])
def test_an_unknown_policy_is_refused(name: str) -> None:
    with pytest.raises(ConfigProblem) as caught:
        load_policy(name)
    assert caught.value.params["reason"] == "unknown_policy"


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"version":"x"}',
        '{"version":"x","effective_from":"2026-01-01T00:00:00Z","response":{"upt":{"hours":-1}}}',
    ],
)
def test_a_wrong_policy_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    (tmp_path / "wrong.json").write_text(text, encoding="utf-8")
    monkeypatch.setattr(module.paths, "resource", lambda *parts: tmp_path / parts[-1])
    with pytest.raises(ConfigProblem) as caught:
        load_policy("wrong")
    assert caught.value.params["reason"] == "bad_policy"


GOOD = (
    "code,name,level,parent,lat,lon,population_2014,aliases,extra\n"
    "31,DKI Jakarta,provinsi,,-6.2,106.8,,Jakarta; ,x\n\n"
)


@pytest.mark.parametrize(
    ("territory", "reason"),
    [
        (None, "unreadable"),
        ("code,name\n31,DKI\n", "missing_column"),
        (GOOD.replace("provinsi", "planet"), "bad_cell"),
        (GOOD.replace("-6.2", "north"), "bad_cell"),
        (GOOD.replace("31,DKI", ",DKI"), "missing_code"),
        (b"code,name\xff\n", "unreadable"),
    ],
)
def test_a_wrong_table_names_its_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, territory: str | bytes | None, reason: str
) -> None:
    if territory is not None:
        content = territory.encode() if isinstance(territory, str) else territory
        (tmp_path / "wilayah.csv").write_bytes(content)
    monkeypatch.setattr(module.paths, "resource", lambda *parts: tmp_path)
    with pytest.raises(ConfigProblem) as caught:
        module._offices(tmp_path)
    assert caught.value.params["reason"] == reason
    assert caught.value.params["file"] == "wilayah.csv"


def test_further_columns_and_blank_lines_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "wilayah.csv").write_text("\ufeff" + GOOD, encoding="utf-8")
    (tmp_path / "instansi.csv").write_text("code,name,level,parent,aliases\n", encoding="utf-8")
    (office,) = module._offices(tmp_path)
    assert (office.code, office.aliases, office.population, office.parent) == ("31", ("Jakarta",), None, None)
