"""`place …` from the command line: editions, points, tables and texts."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from smartcity_desk.directory import load_policy
from smartcity_desk.paths import Paths
from smartcity_desk.store import Store
from tests.cli.kit import Said, Shell
from tests.fakes.arcgis import ROOT, Service
from tests.fakes.http_server import serving
from tests.place import city


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A profile whose directory is that of the small city."""
    paths = Paths.of(tmp_path / "desk").prepare()
    with_store = Store.open(paths.database, now=1_795_000_000_000, policy=load_policy())
    with_store.set_directory(city.directory(city.units()), None, 1_795_000_000_000)
    with_store.close()
    return Shell(tmp_path / "desk")


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return city.write(tmp_path / "kelurahan.geojson", city.features(city.units()))


def test_an_edition_comes_in_is_listed_goes_out_and_is_taken_back(
    shell: Shell, plain: Path, tmp_path: Path
) -> None:
    assert [row["edition"] for row in shell("place", "list", "--json").rows] == ["perkiraan"]
    (looked,) = shell("place", "check", str(plain), "--json").rows
    assert (looked["ok"], looked["installed"]) == (True, False)
    said = shell("place", "import", str(plain), "--source", "BIG", "--edition", "uji", "--json")
    assert said.code == 0
    (brought,) = said.rows
    assert (brought["edition"], brought["installed"], brought["facts"]["kelurahan"]) == ("uji", True, 13)
    assert all(finding["text"] for finding in brought["findings"])
    rows = {row["edition"]: row for row in shell("place", "list", "--json").rows}
    assert (rows["uji"]["current"], rows["uji"]["source"], rows["perkiraan"]["current"]) == (
        True,
        "BIG",
        False,
    )
    out = tmp_path / "keluar.zip"
    assert shell("place", "export", str(out)).code == 0
    other = Shell(tmp_path / "desk")
    assert other("place", "use", "perkiraan").code == 0
    assert "perkiraan" in other("place", "list").out.split("*")[1].split("\n")[0]
    assert shell("place", "import", str(out)).code == 0
    assert shell("place", "use", "lain").code != 0


def test_what_the_check_refuses_is_said_in_both_languages(shell: Shell, tmp_path: Path) -> None:
    made = city.features(city.units()[:-1])
    path = city.write(tmp_path / "kurang.geojson", made)
    for language, word in (("id", "SALAH"), ("en", "ERROR")):
        said = shell("place", "import", str(path), language=language)
        assert said.code == 5
        assert f"{word}: " in said.out
        assert "31.71.01.1001 Pulau Dua" in said.out
        assert "kurang-" in said.err
    assert shell("place", "check", str(path)).code == 1
    assert shell("place", "check", str(tmp_path / "tidak-ada.geojson"), "--json").error["code"] == "bad_data"


def test_a_point_is_placed_with_its_names(shell: Shell, plain: Path) -> None:
    shell("place", "import", str(plain))
    inside = city.units()[2].geometry.representative_point()
    (row,) = shell("place", "locate", str(inside.y), str(inside.x), "--json").rows
    assert (row["code"], row["kelurahan"], row["kecamatan"], row["kota"]) == (
        "31.74.01.1003", "Pulo Nangka", "Distrik 01", "Kota 74"
    )  # fmt: skip
    assert row["badge"] == ("sure" if row["border_m"] > 50 else "border")
    (far,) = shell("place", "locate", str(inside.y), str(inside.x), "--accuracy", "900", "--json").rows
    assert (far["badge"], len(far["candidates"])) == ("border", 2)
    assert far["neighbour"]["code"] == far["candidates"][1]["code"]
    said = shell("place", "locate", str(inside.y), str(inside.x), language="id")
    assert "Pulo Nangka, Distrik 01, Kota 74" in said.out
    (away,) = shell("place", "locate", "-6.595", "106.816", "--json", language="id").rows
    assert (away["badge"], away["badge_text"], away["code"]) == ("outside", "luar wilayah", None)
    (none,) = shell("place", "locate", "0", "0", "--json", language="id").rows
    assert (none["badge"], none["badge_text"]) == ("none", "tanpa lokasi")
    assert shell("place", "locate").code == 2
    assert shell("place", "locate", "x", "1").code == 2
    turned = shell("place", "locate", "106.8", "-6.2", language="id")
    assert turned.code == 2
    assert "tertukar" in turned.err
    for point, next_step in (
        (("-6.595", "106.816"), "Tolak"),
        (("0", "0"), "Tanya pelapor"),
        ((str(inside.y), str(inside.x), "--accuracy", "900"), "E11"),
    ):
        assert next_step in shell("place", "locate", *point, language="id").out


def test_a_table_gets_a_line_for_each_of_its_own(shell: Shell, plain: Path, tmp_path: Path) -> None:
    shell("place", "import", str(plain))
    inside = city.units()[2].geometry.representative_point()
    rows = [
        f"{inside.y},{inside.x},5,a1", f"{inside.y},{inside.x},900,\"b,\u202e\"", "0,0,,c", "x,y,z,d",
        "-6.595,106.816,,", "1,2",
    ]  # fmt: skip
    table = tmp_path / "titik.csv"
    table.write_text("lat,lon,accuracy,id\n" + "\n".join(rows), encoding="utf-8")
    said = shell("place", "locate", "--csv", str(table), "--json")
    assert [row["id"] for row in said.rows] == ["a1", "b,\u202e", "c", "d", "5", "6"]
    assert "\u202e" not in said.out
    for row in said.rows[:3]:
        words = ["place", "locate", str(row["lat"]), str(row["lon"]), "--json"]
        (single,) = shell(*words, *(("--accuracy", "900") if row["id"].startswith("b") else ())).rows
        single.pop("candidates"), single.pop("accuracy_m")
        assert {name: row[name] for name in single} == single
    assert [row["badge"] for row in said.rows[2:]] == ["none", "none", "outside", "outside"]
    odd = "lat,lon\n106.8,-6.2\n-6.2,106.8\nnan,inf\n95,250\n"
    said = shell("place", "locate", "--csv", "-", stdin=odd, language="id")
    assert "nan" not in said.out
    assert said.out.splitlines()[0].split("\t")[3] == "tanpa lokasi"
    assert "4 baris" in said.err
    assert "2 baris bukan titik di bumi" in said.err
    assert "tertukar" in said.err
    long = 'lat,lon\n1,"' + "x" * 200_000 + '"\n'
    assert (
        shell("place", "locate", "--csv", "-", "--json", stdin=long).error["params"]["key"] == "place_csv_row"
    )
    columns = shell(
        "place", "locate", "--csv", "-", stdin=f"Lintang;Bujur\n{inside.y};{inside.x}".replace(".", ",")
    )
    assert "31.74.01.1003" in columns.out
    assert (
        shell("place", "locate", "--csv", "-", "--json", stdin="a,b\n1,2").error["params"]["key"]
        == "place_csv"
    )


def test_a_text_gets_candidates_with_their_reasons(tmp_path: Path) -> None:
    shell = Shell(tmp_path)  # without a store: the directory that ships
    (row,) = shell("place", "find", "Jl. Melati RT 3/RW 5 Kel. Tebet Timur", "--json").rows
    assert (row["code"], row["badge"], row["candidates"][0]["certain"]) == ("31.74.01.1001", "named", True)
    assert row["candidates"][0]["reasons"][0]["why"] == "marked"
    (asked,) = shell("place", "find", "Jatinegara", "--json").rows
    assert (asked["badge"], asked["code"], len(asked["candidates"])) == ("ambiguous", None, 9)
    said = shell("place", "find", "Jatinegara", language="id")
    assert "Jatinegara, Cakung, Jakarta Timur" in said.out
    (nothing,) = shell("place", "find", "lampu mati", "--json").rows
    assert (nothing["badge"], nothing["candidates"]) == ("none", [])
    json.dumps(row)


def test_a_bundle_is_made_from_the_city_s_server(shell: Shell, tmp_path: Path) -> None:
    async def scenario() -> tuple[Said, Said, Said]:
        service = Service(city.units())
        async with serving(service.answer) as server:
            out = str(tmp_path / "batas.zip")
            words = ("place", "build", f"{server.url}{ROOT}/0", "--licence", "CC0", "--json")
            made = await asyncio.to_thread(shell, *words, "--out", out)
            service.units = city.units()[:-1]
            fewer = await asyncio.to_thread(shell, *words, "--out", str(tmp_path / "kurang.zip"))
            wrong = f"{server.url}/tidak/ada/FeatureServer/0"
            refused = await asyncio.to_thread(shell, "place", "build", wrong, "--out", out, language="id")
            assert "Periksa alamatnya" in refused.err
            return made, fewer, await asyncio.to_thread(shell, "place", "import", out, "--json")

    made, fewer, brought = asyncio.run(scenario())
    assert (made.code, made.rows[0]["ok"], made.rows[0]["facts"]["kelurahan"]) == (0, True, 13)
    assert fewer.code == 5
    assert not (tmp_path / "kurang.zip").exists()
    assert brought.rows[0]["installed"]
    (listed, _) = shell("place", "list", "--json").rows
    assert (listed["source"], listed["licence"], listed["as_of"]) == ("Citata", "CC0", "2025-12-01")


def test_without_a_server_nobody_is_sent_to_a_log_in_that_never_was(shell: Shell) -> None:
    said = shell("place", "fetch")
    assert said.code == 2
    assert "There is no address of a central server." in said.err
    assert "login --server URL" in said.err
