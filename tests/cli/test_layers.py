"""`layer …` from the command line: how layers stand, asking a server, files, the way back, and away with it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from smartcity_desk.domain.times import HOUR
from tests.cli.kit import Said, Shell
from tests.fakes.http_server import Asked, Reply, Server, serving
from tests.sync.test_layers import BOMB, NODE, NOW, WAY, feed, osm, row

CSV = "Nama;Utara;Timur\nPos Satu;-6,20;106,80\nPos Dua;-6,21;106,81\n"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path / "desk")
    made.clock = NOW
    return made


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "pos.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


def of(said: Said, name: str) -> dict[str, object]:
    return next(one for one in said.rows if one["layer"] == name)


def test_the_portals_layers_are_listed_before_any_came(shell: Shell) -> None:
    said = shell("layer", "list", "--json")
    assert [one["layer"] for one in said.rows] == [
        *("pintu_air", "serat_optik", "menara", "pos_polisi", "penduduk", "spbu", "restoran", "lalu_lintas")
    ]
    assert not any(one["on"] for one in said.rows)
    assert {str(one["layer"]) for one in said.rows if not one["ready"]} == {
        *("serat_optik", "menara", "penduduk", "lalu_lintas")
    }
    assert "pintu_air" in shell("layer", "list").out
    assert shell("layer", "fetch").code == 2
    assert shell("layer", "show", "tidak_ada").code == 2
    assert shell("layer", "show", "../x").code == 2


def test_a_file_comes_in_goes_back_goes_out_and_away(shell: Shell, table: Path, tmp_path: Path) -> None:
    assert "Utara" in shell("layer", "import", str(table), "--as", "pos_polisi").err
    mapping = ("--mapping", "lat=Utara,lon=Timur,name=Nama")
    looked = shell("layer", "import", str(table), "--as", "pos_polisi", *mapping, "--dry-run", "--json")
    assert looked.rows[0]["samples"] == ["Pos Satu", "Pos Dua"]
    assert of(shell("layer", "list", "--json"), "pos_polisi")["count"] is None
    said = ("--source", "Polda", "--licence", "CC0", "--as-of", "2024-05-01", "--stale-after", "30")
    brought = shell("layer", "import", str(table), "--as", "pos_polisi", *mapping, *said)
    assert brought.code == 0
    assert "Police posts: taken in and in force, 2 items." in brought.out
    shown = shell("layer", "show", "pos_polisi", "--json").rows[0]
    assert (shown["source"], shown["licence"], shown["as_of"], shown["stale"]) == (
        "Polda",
        "CC0",
        "2024-05-01",
        True,
    )
    table.write_text(CSV.replace("Dua", "Tiga"), encoding="utf-8")
    assert shell("layer", "import", str(table), "--as", "pos_polisi", *mapping).code == 0
    assert shell("layer", "use", "pos_polisi").code == 0
    back = shell("layer", "show", "pos_polisi", "--json").rows[0]
    assert back["edition"] == shown["edition"]
    assert shell("layer", "use", "pos_polisi", "tidak-ada").code != 0
    out = tmp_path / "keluar.geojson"
    exported = shell("layer", "export", "pos_polisi", str(out))
    assert "Polda" in exported.out
    assert len(json.loads(out.read_bytes())["features"]) == 2
    assert shell("layer", "remove", "pos_polisi").code == 0
    assert shell("layer", "use", "pos_polisi").code == 2
    assert of(shell("layer", "list", "--json"), "pos_polisi")["count"] is None


def test_a_layer_of_a_units_own_has_its_name_and_kind(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "taman.geojson"
    ring = [[106.8, -6.2], [106.81, -6.2], [106.81, -6.21], [106.8, -6.2]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    features = [{"type": "Feature", "geometry": shape, "properties": {"name": "Taman"}}]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert shell("layer", "import", str(path), "--as", "taman", "--title", "Taman kota").code == 0
    row_ = of(shell("layer", "list", "--json"), "taman")
    assert (row_["draw"], row_["title"], row_["source"]) == ("polygon", "Taman kota", "taman.geojson")
    assert shell("layer", "import", str(path), "--as", "taman", "--kind", "line").code != 0


def test_layers_are_set_and_asked(shell: Shell) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path.endswith(".xml"):
            return Reply(feed(row()), headers={"Content-Type": "text/xml"})
        if asked.path.endswith(".aspx"):
            return Reply(b"|9500;8500;7500|", headers={"Content-Type": "text/html"})
        if asked.path.startswith("/tower"):
            return Reply.json({"error": {"code": 499, "message": "Token Required", "details": []}})
        return Reply.json(osm(NODE, WAY)) if asked.path == "/api" else Reply(BOMB)

    async def scenario(server: Server) -> None:
        def run(*words: str) -> Said:
            return shell(*words)

        async def ask(*words: str) -> Said:
            return await asyncio.get_running_loop().run_in_executor(None, lambda: run(*words))

        assert (await ask("layer", "set", "spbu", "--on", "--url", f"{server.url}/api", "--json")).rows[0][
            "on"
        ]
        assert (
            await ask("layer", "set", "pintu_air", "--on", "--url", f"{server.url}/xmldata.xml")
        ).code == 0
        assert "no address" in (await ask("layer", "set", "menara", "--on")).out
        assert (await ask("layer", "set", "menara", "--url", "ftp://x")).code == 2
        said = await ask("layer", "fetch", "--json")
        assert {one["layer"]: one["count"] for one in said.rows} == {"pintu_air": 1, "spbu": 2}
        assert "nothing new" in (await ask("layer", "fetch", "spbu")).out
        (shown,) = (await ask("layer", "show", "pintu_air", "--json")).rows
        [station] = shown["stations"]
        assert (station["name"], station["level_mm"], station["siaga"]) == ("P.A. Contoh", 7620, 3)
        assert not shown["stale"]
        told = (await ask("layer", "show", "pintu_air")).out
        assert "P.A. Contoh: 762 cm, Siaga 3" in told
        assert "Layer: Water level (pintu_air)" in told
        assert "Content: 1 (" in told
        assert "every_minutes" not in told
        assert "(old)" not in told
        shell.clock = NOW + 2 * HOUR
        assert "08:50 (old)" in (await ask("layer", "show", "pintu_air")).out
        assert (await ask("layer", "show", "pintu_air", "--json")).rows[0]["stations"][0]["stale"]
        shell.clock = NOW
        assert (await ask("layer", "set", "pintu_air", "--url", f"{server.url}/jahat")).code == 0
        bad = await ask("layer", "fetch", "pintu_air")
        assert bad.code == 1
        assert "XML" in bad.err
        assert of(await ask("layer", "list", "--json"), "pintu_air")["error"] == "bad_data"
        listed = (await ask("layer", "list")).out
        assert "XML" in listed
        assert "bad_data" not in listed
        (await ask("layer", "set", "menara", "--url", f"{server.url}/tower", "--part", "x"))
        refused = await ask("layer", "fetch", "menara")
        assert refused.code == 4
        assert "layer set NAME --token-stdin" in refused.err
        assert "Trouble: " in (await ask("layer", "show", "menara")).out

    async def whole() -> None:
        async with serving(answer) as server:
            await scenario(server)

    asyncio.run(whole())


def test_health_tells_of_the_layers_that_are_on(shell: Shell, table: Path) -> None:
    mapping = ("--mapping", "lat=Utara,lon=Timur,name=Nama", "--as-of", "2020-01-01")
    assert shell("layer", "import", str(table), "--as", "spbu", *mapping).code == 0
    said = shell("health", "--json")
    assert [(one["place"], one["problems"], one["count"]) for one in said.rows] == [
        ("layer/spbu", ["old_file"], 2)
    ]
    assert said.code == 0  # nothing that was promised is missing
    assert shell("layer", "set", "spbu", "--on", "--url", "http://127.0.0.1:9/api").code == 0
    said = shell("health", "--json")
    assert said.code == 1
    [line] = said.rows
    assert (line["place"], line["problems"], line["count"]) == ("layer/spbu", ["old"], 2)
    assert shell("layer", "fetch", "spbu").code == 3
    [line] = shell("health", "--json").rows
    assert (line["problems"], line["error"]["code"], line["count"]) == (["error", "old"], "offline", 2)
    assert "layer/spbu" in shell("health").out
