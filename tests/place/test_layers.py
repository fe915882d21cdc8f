"""What is fit to be a layer: where it lies, what it is joined on, and that its editions are never lost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.config import Settings
from smartcity_desk.directory import builtin_directory
from smartcity_desk.domain.errors import BadData, ConfigProblem, Transient
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.domain.times import DAY
from smartcity_desk.place.geojson import Features
from smartcity_desk.place.layers import checking, content, gauges, plans
from smartcity_desk.place.layers.checking import Where, check, collapsed, turned, where
from smartcity_desk.place.layers.content import Brought, plain_properties
from smartcity_desk.place.layers.joining import Columns, along, join, number, street_key
from smartcity_desk.place.layers.known import KNOWN, Draw, Reader, known
from smartcity_desk.place.layers.making import Said, make
from smartcity_desk.place.layers.shelf import MOST_TOTAL, LayerShelf, New, health

NOW = 1_790_000_000_000
DIRECTORY = builtin_directory(0)


def points(*positions: tuple[float, float]) -> Features:
    return checking.features_of(positions, [{"name": str(at)} for at in range(len(positions))])


def refused(features: Features, draw: Draw = Draw.POINT) -> str:
    with pytest.raises(BadData) as caught:
        check(features, draw)
    return caught.value.key


# ---------------------------------------------------------------- where it lies

HERE = st.tuples(st.floats(106.0, 107.6), st.floats(-7.2, -5.0))


@given(st.lists(HERE, min_size=1, max_size=20))
def test_what_lies_here_is_known_and_exchanged_axes_are_seen(found: list[tuple[float, float]]) -> None:
    x, y = np.array(found).T
    assert where(x, y) is Where.HERE
    assert where(y, x) is Where.SWAPPED
    kept = check(points(*found), Draw.POINT)
    assert len(kept.features) == len(found)
    assert check(turned(turned(points(*found))), Draw.POINT).features.properties == kept.features.properties


@given(st.lists(st.tuples(st.floats(1_000, 9e6), st.floats(1_000, 9e6)), min_size=1, max_size=20))
def test_metres_are_never_taken_for_degrees(found: list[tuple[float, float]]) -> None:
    assert refused(points(*found)) == "layer_projected"


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=20))
def test_whatever_is_kept_lies_in_the_region(found: list[tuple[float, float]]) -> None:
    kept, refusal = None, ""
    try:
        kept = check(points(*found), Draw.POINT)
    except BadData as problem:
        refusal = problem.key
    if kept is None:
        assert refusal in {"layer_swapped", "layer_elsewhere"}
        return
    xy = shapely.get_coordinates(kept.features.geometries)
    assert checking.inside(xy[:, 0], xy[:, 1]).all()
    assert len(kept.features) + kept.elsewhere == len(found)


def test_a_few_that_lie_elsewhere_are_left_out_and_many_refuse_the_layer() -> None:
    here = [(106.8, -6.2)] * 9
    assert check(points(*here, (0.0, 51.0)), Draw.POINT).elsewhere == 1
    assert refused(points(*here, *[(0.0, 51.0)] * 4)) == "layer_elsewhere"
    assert refused(points()) == "layer_empty"
    assert where(np.array([]), np.array([])) is Where.ELSEWHERE


def test_shapes_are_mended_or_stand_for_a_point_or_are_refused() -> None:
    bow = shapely.Polygon([(106.8, -6.2), (106.82, -6.22), (106.82, -6.2), (106.8, -6.22)])
    square = shapely.box(106.8, -6.2, 106.81, -6.19)
    several = np.array([bow, square], object)
    both = Features(several, [{"n": 1}, {"n": 2}])
    mended = check(both, Draw.POLYGON)
    assert mended.mended == 1
    assert shapely.is_valid(mended.features.geometries).all()
    assert shapely.get_type_id(check(both, Draw.POINT).features.geometries).tolist() == [0, 0]
    assert refused(Features(np.array([square], object), [{}]), Draw.LINE) == "layer_kind"
    assert checking.kind_of(several) is Draw.POLYGON


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "MOST_FEATURES", 2)
    assert refused(points(*[(106.8, -6.2)] * 3)) == "layer_too_many"
    monkeypatch.setattr(content, "MOST_FEATURES", 9)
    monkeypatch.setattr(content, "MOST_POINTS", 2)
    assert refused(points(*[(106.8, -6.2)] * 3)) == "layer_too_many"


def test_properties_are_few_short_and_plain() -> None:
    wild: dict[Any, Any] = {f"k{n}": n for n in range(100)} | {"": 1}
    assert len(plain_properties(wild.items())) == content.MOST_PROPERTIES
    odd = {
        "a" * 99: "x" * 999,
        "list": [1],
        "nan": float("nan"),
        "huge": 10**40,
        "more": 10**400,
        "on": True,
        "nul": "a\x00b",
    }
    kept = plain_properties(odd.items())
    assert kept == {"a" * 40: "x" * 300, "on": True, "nul": "a\ufffdb"}


@pytest.mark.parametrize(
    ("count", "before", "lost"),
    [(4, 9, False), (50, 100, False), (49, 100, True), (0, 10, True), (5, None, False)],
)
def test_a_collapse_is_a_loss_of_half_of_what_was_not_small(
    count: int, before: int | None, lost: bool
) -> None:
    assert collapsed(count, before) is lost


# ---------------------------------------------------------------- joined on kelurahan and streets

KELURAHAN = [one for one in DIRECTORY.offices.values() if one.level is OfficeLevel.KELURAHAN]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234", 1234), ("1,234", 1234), ("27,62", 27.62), ("1.234,5", 1234.5), ("1,234.5", 1234.5),
        ("-12", -12), (7, 7), ("1.234.567", 1234567), ("", None), ("x", None), (True, None), (None, None),
    ],
)  # fmt: skip
def test_numbers_as_tables_write_them(text: Any, value: float | None) -> None:
    assert number(text) == value


def test_rows_are_added_up_by_code_or_by_name_of_the_newest_period() -> None:
    first, second = KELURAHAN[0], KELURAHAN[1]
    rows: list[dict[str, Any]] = [
        {"periode_data": "2024", "kode_kelurahan": first.code, "jumlah": "9"},
        {"periode_data": "2025", "kode_kelurahan": first.code.replace(".", ""), "jumlah": "1.000"},
        {"periode_data": "2025", "kode_kelurahan": first.code, "jumlah": "500"},
        {"periode_data": "2025", "nama_kelurahan": second.name.upper().replace(" ", ""), "jumlah": 7},
        {"periode_data": "2025", "nama_kelurahan": "Antah Berantah", "jumlah": 7},
        {"periode_data": "2025", "kode_kelurahan": second.code, "jumlah": "-"},
    ]
    joined = join(rows, DIRECTORY)
    assert {one.code: one.value for one in joined.values} == {first.code: 1500, second.code: 7}
    assert (joined.period, joined.rows, joined.unknown, joined.unreadable) == ("2025", 5, 1, 1)


def test_a_table_of_another_city_or_without_a_number_is_refused() -> None:
    far = [{"kode_kelurahan": "99.99.99.9999", "jumlah": 1}] * 3
    for rows, key in (
        (far, "layer_unjoined"),
        ([{"a": 1}], "layer_columns"),
        ([{"kode": KELURAHAN[0].code, "laki": "x"}], "layer_unjoined"),
        ([], "layer_empty"),
    ):
        with pytest.raises(BadData) as caught:
            join(rows, DIRECTORY)
        assert caught.value.key == key


def test_named_columns_and_men_and_women() -> None:
    code = KELURAHAN[0].code
    assert join([{"K": code, "N": "5"}], DIRECTORY, Columns(code="K", values=("N",))).values[0].value == 5
    people = [{"nama_kelurahan": KELURAHAN[0].name, "laki-laki_wni": "3", "perempuan_wni": "4"}]
    assert join(people, DIRECTORY).values[0].value == 7


def test_speeds_lie_along_the_streets_of_their_name() -> None:
    streets = Features(
        np.array([shapely.LineString([(106.8, -6.2), (106.81, -6.2)])] * 2, object),
        [{"name": "Jalan Panglima Contoh"}, {"name": "Jl. Lain"}],
    )
    rows: list[dict[str, Any]] = [
        {"periode_data": 2023, "bulan": 5, "nama_jalan": "Panglima Contoh", "kecepatan": "27,62"},
        {"periode_data": 2023, "bulan": 6, "nama_jalan": "Panglima Contoh", "kecepatan": "20,00"},
        {"periode_data": 2023, "bulan": 6, "nama_jalan": "Tidak Ada", "kecepatan": "20,00"},
    ]
    found = along(rows, streets)
    assert (found.properties, found.unknown) == ([{"name": "Panglima Contoh", "value": 20.0}], 1)
    made = make(known("lalu_lintas"), Brought(rows=tuple(rows)), DIRECTORY, streets=streets)
    assert (made.new.draw, made.new.count, made.notes) == (Draw.LINE, 1, {"unjoined": 1})
    with pytest.raises(BadData) as caught:
        make(known("lalu_lintas"), Brought(rows=tuple(rows)), DIRECTORY)
    assert caught.value.key == "layer_no_streets"
    named = [{"ruas": "Panglima Contoh", "laju": 20}]
    along_named = make(
        known("lalu_lintas"),
        Brought(rows=tuple(named)),
        DIRECTORY,
        columns=Columns(street="ruas", values=("laju",)),
        streets=streets,
    )
    assert json.loads(along_named.new.data)["features"][0]["properties"]["value"] == 20


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Thamrin", "Jl. M.H. Thamrin", True),
        ("Rasuna Said", "Jalan HR Rasuna Said", True),
        ("S Parman", "Letjen S. Parman", True),
        ("Gunung Sahari", "Jl Gunung Sahari Raya", True),
        ("Kramat", "Kramat Jati", False),
        ("Raya", "Jalan Raya", True),
    ],
)
def test_streets_by_their_names_without_titles(one: str, other: str, same: bool) -> None:
    assert (street_key(one) == street_key(other)) is same


# ---------------------------------------------------------------- the shelf


def new(n: int = 20, **said: Any) -> New:
    made = make(
        known("menara"), Brought(features=points(*[(106.8, -6.2 + at / 1e4) for at in range(n)])), DIRECTORY
    )
    return replace(made.new, **said)


@pytest.fixture
def shelf(tmp_path: Path) -> LayerShelf:
    return LayerShelf(tmp_path / "layers")


def test_an_edition_comes_once_and_the_one_before_is_kept(shelf: LayerShelf) -> None:
    assert shelf.names() == tuple(KNOWN)
    assert shelf.put("menara", new(), now=NOW)
    assert not shelf.put("menara", new(), now=NOW + 1)
    assert shelf.state("menara").ok_at == NOW + 1
    first = shelf.about("menara")
    assert first is not None
    assert shelf.before("menara") is None
    assert shelf.put("menara", new(21, as_of="2026-01-02"), now=NOW + 2)
    second, before = shelf.about("menara"), shelf.before("menara")
    assert second is not None
    assert before == first
    assert second.edition.startswith("2026-01-02-")
    shelf.use("menara", first.edition)
    assert len(shelf.features("menara")) == 20
    assert shelf.before("menara") == second
    assert shelf.put("menara", new(22), now=NOW + 3)
    assert sorted(one.name for one in (shelf.folder / "menara").iterdir() if one.is_dir()) == sorted(
        shelf.state("menara").editions
    )


def test_what_a_person_went_back_from_does_not_return_by_itself(shelf: LayerShelf) -> None:
    shelf.put("menara", new(20), now=NOW)
    first = shelf.about("menara")
    shelf.put("menara", new(21), now=NOW, by_itself=True)
    assert first is not None
    shelf.use("menara", first.edition)
    assert not shelf.put("menara", new(21), now=NOW + 1, by_itself=True)
    assert shelf.about("menara") == first
    assert shelf.state("menara").ok_at == NOW + 1
    assert shelf.put("menara", new(22), now=NOW + 2, by_itself=True)
    assert shelf.before("menara") == first
    assert shelf.put("menara", new(20), now=NOW + 3)  # a person takes the old file in again


def test_a_collapse_keeps_the_old_one_until_it_is_forced(shelf: LayerShelf) -> None:
    shelf.put("menara", new(40), now=NOW)
    with pytest.raises(BadData) as caught:
        shelf.put("menara", new(3), now=NOW)
    assert caught.value.key == "layer_collapse"
    assert len(shelf.features("menara")) == 40
    assert shelf.put("menara", new(3), now=NOW, force=True)


def test_a_failure_is_remembered_and_costs_nothing(shelf: LayerShelf) -> None:
    shelf.put("menara", new(), now=NOW)
    problem = Transient(place="layer", reason="html")
    assert shelf.failed("menara", problem, attempts=1, next_try_at=NOW + 9, now=NOW + 1)
    assert not shelf.failed("menara", problem, attempts=2, next_try_at=None, now=NOW + 2)
    [row] = health(shelf, {"menara": True}, NOW + 2)
    assert (row["layer"], row["error"], row["attempts"], row["paused"]) == ("menara", "transient", 2, True)
    assert len(shelf.features("menara")) == 20
    shelf.put("menara", new(), now=NOW + 3)
    [row] = health(shelf, {}, NOW + 400 * DAY)
    assert (row["error"], row["stale"], row["on"]) == (None, True, False)


def test_there_is_room_for_sixty_megabytes_and_no_more(shelf: LayerShelf) -> None:
    with pytest.raises(BadData) as caught:
        shelf.put("menara", new(), now=NOW, base=MOST_TOTAL)
    assert caught.value.key == "layer_room"
    assert shelf.about("menara") is None


def test_what_is_damaged_is_said_and_never_shown(shelf: LayerShelf) -> None:
    shelf.put("menara", new(), now=NOW)
    shelf.path("menara").write_bytes(b"{")
    with pytest.raises(BadData):
        shelf.features("menara")
    (shelf.folder / "menara" / "state.json").write_bytes(b"\xff{")
    assert shelf.about("menara") is None
    with pytest.raises(BadData) as caught:
        shelf.path("menara")
    assert caught.value.key == "layer_none"
    (shelf.folder / "Bad Name!").mkdir()
    (shelf.folder / "milik_kami").mkdir()
    assert shelf.names() == (*KNOWN, "milik_kami")
    assert shelf.remove("menara")
    assert not shelf.remove("menara")
    with pytest.raises(ConfigProblem):
        shelf.remove("../menara")


def test_numbers_by_kelurahan_have_a_file_of_their_own(shelf: LayerShelf) -> None:
    rows = tuple({"kode": one.code, "jumlah": 5} for one in KELURAHAN)
    made = make(known("penduduk"), Brought(rows=rows), DIRECTORY)
    assert (made.new.draw, made.new.count) == (Draw.AREA, len(KELURAHAN))
    shelf.put("penduduk", made.new, now=NOW)
    assert {one.value for one in shelf.areas("penduduk")} == {5.0}
    shelf.path("penduduk").write_bytes(b"[1]")
    with pytest.raises(BadData):
        shelf.areas("penduduk")


def test_a_watch_file_that_is_damaged_is_as_good_as_none(shelf: LayerShelf) -> None:
    assert gauges.watches(shelf) == {}
    shelf.update("pintu_air", "watches.json", lambda _: b"[{")
    assert gauges.watches(shelf) == {}
    assert gauges.remember(shelf, [], NOW) == {}


@pytest.mark.parametrize("date", ["../../../../tmp/x", "/etc", "C:\\x", "2026-13-45", "", "\x00"])
def test_a_date_from_a_stranger_names_no_folder_of_its_own(shelf: LayerShelf, date: str) -> None:
    brought = Brought(features=points((106.8, -6.2)), as_of=date)
    made = make(known("spbu"), brought, DIRECTORY, asked=True)
    assert made.new.as_of == ""
    shelf.put("spbu", replace(made.new, as_of=date), now=NOW)
    about = shelf.about("spbu")
    assert about is not None
    assert shelf.path("spbu").parent.parent == shelf.folder / "spbu"
    assert not set(about.edition) & set("/\\.:")
    with pytest.raises(ConfigProblem):
        make(known("spbu"), brought, DIRECTORY, said=Said(as_of="kemarin"))


# ---------------------------------------------------------------- what a person says


def test_who_says_where_a_file_comes_from() -> None:
    brought = Brought(features=points((106.8, -6.2)), source="berkas.csv")
    about = known("spbu")
    assert make(about, brought, DIRECTORY).new.licence == ""
    asked = make(about, replace(brought, source=""), DIRECTORY, asked=True).new
    assert (asked.source, asked.licence) == ("OpenStreetMap", "ODbL 1.0")
    said = make(about, brought, DIRECTORY, said=Said("Dinas", "CC BY 4.0", "2026-01-01", stale_after=DAY)).new
    assert (said.source, said.licence, said.as_of, said.stale_after) == (
        "Dinas",
        "CC BY 4.0",
        "2026-01-01",
        DAY,
    )
    turned_back = make(about, Brought(features=points((-6.2, 106.8))), DIRECTORY, said=Said(swapped=True))
    assert turned_back.new.count == 1


def test_plans_are_the_table_with_what_was_set(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    assert [one.name for one in plans.plans(settings)] == list(KNOWN)
    assert not any(one.enabled for one in plans.plans(settings))
    assert {one.name for one in plans.plans(settings) if one.ready} == {
        "pintu_air",
        "pos_polisi",
        "spbu",
        "restoran",
    }
    plans.change(
        settings, "menara", enabled=True, url=" http://a.example/x/FeatureServer/0/ ", reader="arcgis"
    )
    plan = plans.plan(settings, "menara")
    assert (plan.enabled, plan.ready, plan.reader) == (True, True, Reader.ARCGIS)
    plans.change(settings, "spbu", reader="satudata", every=plans.LEAST_EVERY)
    assert (plans.plan(settings, "spbu").url, plans.plan(settings, "spbu").every) == ("", plans.LEAST_EVERY)
    plans.change(settings, "menara", url="")
    assert not plans.plan(settings, "menara").ready
    with pytest.raises(ConfigProblem):
        plans.change(settings, "menara", url="ftp://a.example")
    plans.forget(settings, "menara")
    assert not plans.plan(settings, "menara").enabled
