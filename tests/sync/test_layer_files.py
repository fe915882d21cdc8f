"""Files of layers from anybody's hand: read with what they mean, or refused in words, and never beyond their limits."""

from __future__ import annotations

import gzip
import io
import json
import random
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
import shapefile

from smartcity_desk.domain.errors import BadData, ConfigProblem
from smartcity_desk.place import geojson
from smartcity_desk.place.layers.content import Brought
from smartcity_desk.place.layers.known import known
from smartcity_desk.place.layers.making import make
from smartcity_desk.sync.layers import archive, csvfile, files, kml, shapefiles, tables, xmltree
from smartcity_desk.sync.layers.tables import ColumnMap
from tests.sync.test_layers import DIRECTORY

WGS = 'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]]]'
UTM = 'PROJCS["WGS_1984_UTM_Zone_48S",' + WGS + ',PROJECTION["Transverse_Mercator"]]'


def key_of(data: bytes, mapping: str = "") -> str:
    with pytest.raises(BadData) as caught:
        files.read(data, "x", ColumnMap.of(mapping))
    return caught.value.key


def named(brought: Brought) -> list[Any]:
    assert brought.features is not None
    return [one.get("name") for one in brought.features.properties]


def packed(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archived:
        for name, data in members.items():
            archived.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return made.getvalue()


# ---------------------------------------------------------------- tables


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv_in_any_hand(coding: str, separator: str) -> None:
    lines = [
        ["Nama", "Lintang", "Bujur", "Catatan"],
        ["Pos é 1", "-6.2", "106.8", "a"],
        ["Pos 2", "x", "106.8", ""],
    ]
    found = files.read("\r\n".join(separator.join(one) for one in lines).encode(coding), "pos.csv")
    assert named(found) == ["Pos é 1"]
    assert found.left_out == 1
    assert found.features is not None
    assert found.features.properties[0] == {"name": "Pos é 1", "Catatan": "a"}


def test_a_mapping_names_the_columns() -> None:
    table = b"Y;X;Apa\n-6,2;106,8;Satu\n"
    assert key_of(table, "lat=A,lon=X") == "layer_columns"
    assert named(files.read(table, "t.csv", ColumnMap.of("lat=Y, lon=X, name=Apa"))) == ["Satu"]
    wkt = b'id,geom\n1,LINESTRING(106.8 -6.2; 106.81 -6.2)\n2,"SRID=4326;POINT(106.8 -6.2)"\n'
    assert files.read(wkt, "t.csv").left_out == 1
    for wrong in ("lat", "lat=", "colour=X"):
        with pytest.raises(ConfigProblem):
            ColumnMap.of(wrong)


def test_a_table_is_read_whole_and_only_cut_when_it_is_kept() -> None:
    many = ",".join(f"k{number}" for number in range(40))
    ones = ",".join("1" for _ in range(40))
    [row] = csvfile.rows(f"{many},laki,perempuan\n{ones},3,4\n".encode())
    assert (row["laki"], row["perempuan"], len(row)) == ("3", "4", 42)
    corners = ", ".join(f"{106.8 + n / 1e4:.4f} -6.2" for n in range(200))
    quoted = f'{many},nama,geom\n{ones},Ruas,"LINESTRING({corners})"\n'
    found = files.read(quoted.encode(), "t.csv")
    assert named(found) == ["Ruas"]
    made = make(known("serat_optik"), found, DIRECTORY)
    assert made.new.points == 200
    assert len(json.loads(made.new.data)["features"][0]["properties"]) == 24


def test_what_people_do_to_a_csv() -> None:
    assert named(files.read(b"sep=;\r\nnama;lat;lng\r\nA;-6,2;106,8\r\n", "t.csv")) == ["A"]
    assert named(files.read(b"nama,lat,lng\rA,-6.2,106.8\rB,-6.3,106.9\r", "t.csv")) == ["A", "B"]
    assert named(files.read(b"nama_pintu_air,lokasi,lat,lng\nHulu,Ciliwung,-6.2,106.8\n", "t.csv")) == [
        "Hulu"
    ]
    assert key_of("nama,lat,lng\nA,6\u00b012'S,106\u00b048'E\n".encode()) == "layer_no_places"
    deep = "GEOMETRYCOLLECTION(" * 9_000 + "POINT(106.8 -6.2)" + ")" * 9_000
    table = f"nama;geom\nA;{deep}\nB;POINT(nan 1)\nC;POINT(106.8 -6.2)\n"
    assert named(files.read(table.encode(), "t.csv")) == ["C"]


def test_a_table_without_places_stays_a_table() -> None:
    found = files.read(b"tahun,kelurahan,jumlah\n2024,A,5\n2025,B,6\n", "t.csv")
    assert found.features is None
    assert (len(found.rows), found.as_of) == (2, "2025-01-01")
    rows = [{"placemark_id": "8", "name": "TERMINAL CONTOH", "lat": "-6.24", "lng": "106.79"}]
    assert named(files.read(json.dumps(rows).encode(), "t.json")) == ["TERMINAL CONTOH"]
    assert named(files.read(json.dumps({"data": rows}).encode(), "t.json")) == ["TERMINAL CONTOH"]


@pytest.mark.parametrize(
    ("digits", "day"),
    [("2023", "2023-01-01"), ("202306", "2023-06-01"), ("20230615", "2023-06-15"), ("x", "")],
)
def test_periods_are_days(digits: str, day: str) -> None:
    assert tables.newest([{"periode_data": digits}]) == day


def test_tables_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert key_of(b"\x00\x01\x02") == "layer_csv"
    assert key_of(b"") == "layer_empty"
    assert key_of(b"lat,lon\n") == "layer_empty"
    assert key_of(b'lat,lon\n"' + b"x" * 200_001 + b'",1\n') == "layer_csv"
    monkeypatch.setattr(csvfile, "MOST_ROWS", 2)
    assert key_of(b"lat,lon\n" + b"1,2\n" * 3) == "layer_too_many"
    monkeypatch.setattr(files, "MOST_BYTES", 10)
    assert key_of(b"x" * 11) == "layer_too_large"


# ---------------------------------------------------------------- GeoJSON


def feature(**other: Any) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [106.8, -6.2]}
    return {"type": "Feature", "geometry": point, "properties": {"name": "<img src=x>"}} | other


def collection(*features: dict[str, Any], **other: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features} | other).encode()


def test_geojson_and_its_packed_twin() -> None:
    for data in (
        collection(feature()),
        gzip.compress(collection(feature())),
        b"\xef\xbb\xbf" + collection(feature()),
    ):
        assert named(files.read(data, "x.geojson")) == ["<img src=x>"]


def test_features_that_cannot_be_drawn_are_counted_and_a_file_of_them_refused() -> None:
    broken = feature(geometry={"type": "Point", "coordinates": ["a", "b"]})
    found = files.read(collection(*[feature()] * 9, broken, feature(geometry=None)), "x.geojson")
    assert (len(named(found)), found.left_out) == (9, 2)
    assert make(known("menara"), found, DIRECTORY).notes == {"left_out": 2}
    assert key_of(collection(feature(), broken)) == "place_geometry"
    assert named(files.read(collection(feature()).decode().encode("utf-16"), "x.geojson")) == ["<img src=x>"]


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (collection(), "place_no_features"),
        (collection(feature(geometry=None)), "place_no_features"),
        (collection(feature(geometry={"type": "Point", "coordinates": ["a"]})), "place_geometry"),
        (collection(feature(), crs={"type": "name", "properties": {"name": "EPSG:23830"}}), "place_crs"),
        pytest.param(b'{"type":"FeatureCollection","features":' + b"[" * 90_000, "place_json", id="deep"),
        pytest.param(b"[" * 90_000, "place_json", id="deep-alone"),
        # A packed file holds the time when it was packed: no name for a test that every worker has to know.
        pytest.param(gzip.compress(b"x" * 200)[:-12], "layer_damaged", id="cut"),
        (b"<!DOCTYPE html><title>Masuk</title>", "layer_page"),
    ],
)
def test_geojson_that_is_none(data: bytes, key: str) -> None:
    assert key_of(data) == key


def test_a_packed_bomb_ends_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 1 << 20)
    assert key_of(gzip.compress(b"\x00" * (4 << 20))) == "layer_too_large"


# ---------------------------------------------------------------- KML

KML = b"""<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document>
 <NetworkLink><Link><href>http://127.0.0.1:1/never</href></Link></NetworkLink>
 <Folder><Placemark><name>Menara 1</name><description><![CDATA[<script>x</script>]]></description>
  <ExtendedData><Data name="tinggi"><value>42</value></Data>
  <SchemaData><SimpleData name="operator">Contoh</SimpleData></SchemaData></ExtendedData>
  <Point><coordinates>106.8,-6.2,12</coordinates></Point></Placemark></Folder>
 <Placemark><name>Ruas</name><LineString><coordinates>106.8,-6.2 106.81,-6.21</coordinates></LineString></Placemark>
 <Placemark><name>Taman</name><MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>
  106.8,-6.2 106.82,-6.2 106.82,-6.22 106.8,-6.22 106.8,-6.2</coordinates></LinearRing></outerBoundaryIs>
  <innerBoundaryIs><LinearRing><coordinates>106.81,-6.205 106.815,-6.205 106.815,-6.21 106.81,-6.205
  </coordinates></LinearRing></innerBoundaryIs></Polygon></MultiGeometry></Placemark>
 <Placemark><name>Kosong</name></Placemark>
</Document></kml>"""


def test_kml_and_kmz() -> None:
    for data in (KML, packed(doc_dot_kml=KML, files__icon_dot_png=b"x")):
        found = files.read(data, "x.kml")
        assert named(found) == ["Menara 1", "Ruas", "Taman"]
        assert found.left_out == 1
        assert found.features is not None
        assert found.features.properties[0] == {"name": "Menara 1", "tinggi": "42", "operator": "Contoh"}
        assert [one.geom_type for one in found.features.geometries] == ["Point", "LineString", "Polygon"]
        assert len(found.features.geometries[2].interiors) == 1


def mark(inside: bytes) -> bytes:
    return b"<kml><Placemark>" + inside + b"</Placemark></kml>"


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b'<!DOCTYPE kml [<!ENTITY a "b">]>' + mark(b"<name>&a;</name>"), "layer_xml"),
        (mark(b"<MultiGeometry>" * 60), "layer_xml"),
        (mark(b"<Point><coordinates>a,b</coordinates></Point>"), "layer_geometry"),
        (mark(b"<Point><coordinates>nan,-6</coordinates></Point>"), "layer_geometry"),
        (mark(b"<Point><coordinates>1</coordinates></Point>"), "layer_geometry"),
        (mark(b"<Polygon><outerBoundaryIs/></Polygon>"), "layer_empty"),
        (b"<kml/>", "layer_empty"),
        (b"<kml>", "layer_xml"),
        (packed(a_dot_csv=b"x"), "layer_zip_other"),
        (packed(), "layer_zip_other"),
        (packed(xl__workbook_dot_xml=b"x"), "layer_workbook"),
        pytest.param(packed(doc_dot_kml=KML)[:-30], "layer_zip", id="cut"),
    ],
)
def test_kml_that_is_none(data: bytes, key: str) -> None:
    assert key_of(data) == key


def test_a_placemark_that_cannot_be_read_is_counted() -> None:
    good = b"<Placemark><name>A</name><Point><coordinates>106.8,-6.2</coordinates></Point></Placemark>"
    ill = b"<Placemark><Point><coordinates>106.8, -6.2</coordinates></Point></Placemark>"
    found = files.read(b"<kml>" + good * 5 + ill + b"</kml>", "x.kml")
    assert (len(named(found)), found.left_out) == (5, 1)
    wide = '<?xml version="1.0" encoding="UTF-16"?><kml>' + good.decode() + "</kml>"
    assert named(files.read(wide.encode("utf-16"), "x.kml")) == ["A"]


def test_xml_ends_at_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xmltree, "MOST_ELEMENTS", 20)
    assert key_of(KML) == "layer_xml"
    monkeypatch.undo()
    monkeypatch.setattr(kml, "MOST_FEATURES", 2)
    assert key_of(KML) == "layer_too_many"


# ---------------------------------------------------------------- zipped Shapefile


def shape_files(
    *, prj: str = WGS, rows: int = 3, x: float = 106.8, y: float = -6.2, coding: str = "utf-8"
) -> dict[str, bytes]:
    parts = {name: io.BytesIO() for name in ("shp", "shx", "dbf")}
    writer = shapefile.Writer(**parts, shapeType=shapefile.POLYLINE, encoding=coding)
    writer.field("nama", "C", 40)
    writer.field("panjang", "N", 10)
    for row in range(rows):
        writer.line([[(x, y + row / 1e3), (x + 0.01, y + row / 1e3)]])
        writer.record(f"Ruas é {row}", 100 + row)
    writer.close()
    return {f"jalur_dot_{name}": data.getvalue() for name, data in parts.items()} | {
        "jalur_dot_prj": prj.encode()
    }


def test_a_zipped_shapefile() -> None:
    for members in (
        shape_files(),
        {f"dalam__{name}": data for name, data in shape_files().items()},
        shape_files(coding="cp1252") | {"jalur_dot_cpg": b"cp1252"},
        {name: data for name, data in shape_files().items() if not name.endswith(("shx", "prj"))},
    ):
        found = files.read(packed(**members), "x.zip")
        assert found.features is not None
        assert found.features.properties[0] == {"nama": "Ruas é 0", "panjang": 100}
        assert make(known("serat_optik"), found, DIRECTORY).new.count == 3


def test_the_table_of_a_shapefile_in_any_letters_and_packed_by_any_machine() -> None:
    for members in (
        shape_files(coding="cp1252"),
        shape_files(coding="cp1252") | {"jalur_dot_cpg": b"ANSI 1252"},
        shape_files() | {"jalur_dot_cpg": b"zlib"},
        shape_files() | {"jalur_dot_cpg": b"\xff\x00"},
        shape_files(coding="iso8859-15") | {"jalur_dot_cpg": b"ISO 8859-15"},
        shape_files() | {"._jalur_dot_shp": b"x", "._jalur_dot_dbf": b"x", "macosx__": b""},
    ):
        found = files.read(packed(**members), "x.zip")
        assert found.features is not None
        assert found.features.properties[0] == {"nama": "Ruas é 0", "panjang": 100}
    assert files.read(packed(**shape_files(prj='GEOGCS["SRGI2013"]')), "x.zip").features is not None


def test_a_projected_shapefile_is_refused_by_what_it_says_or_by_its_numbers() -> None:
    assert key_of(packed(**shape_files(prj=UTM))) == "layer_prj"
    assert key_of(packed(**shape_files(prj='GEOGCS["GCS_ID_1974"]'))) == "layer_prj"
    mute = {
        name: data
        for name, data in shape_files(x=701_000.0, y=9_314_000.0).items()
        if not name.endswith("prj")
    }
    with pytest.raises(BadData) as caught:
        make(known("serat_optik"), files.read(packed(**mute), "x.zip"), DIRECTORY)
    assert caught.value.key == "layer_projected"


def test_shapefiles_that_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    good = shape_files()
    assert key_of(packed(**good, lain_dot_shp=b"x")) == "layer_several"
    assert key_of(packed(jalur_dot_shp=b"")) == "layer_shapefile"
    assert key_of(packed(jalur_dot_shp=b"\x00" * 300)) == "layer_shapefile"
    assert key_of(packed(**good | {"jalur_dot_shp": good["jalur_dot_shp"][:-8]})) == "layer_shapefile"
    monkeypatch.setattr(shapefiles, "MOST_FEATURES", 2)
    assert key_of(packed(**good)) == "layer_too_many"


def test_a_shapefile_with_any_bytes_wrong_is_read_or_refused_in_words() -> None:
    good = shape_files(rows=4)
    rng = random.Random(7)
    for _ in range(250):
        members = dict(good)
        name = rng.choice(["jalur_dot_shp", "jalur_dot_shx", "jalur_dot_dbf"])
        data = bytearray(members[name])
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(data) - 4)
            data[at : at + 4] = rng.choice(
                [b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80", rng.randbytes(4), struct.pack(">i", -1)]
            )
        if rng.random() < 0.3:
            data = data[: rng.randrange(len(data))]
        members[name] = bytes(data)
        try:
            make(known("serat_optik"), files.read(packed(**members), "x.zip"), DIRECTORY)
        except BadData:
            continue


def test_zips_end_at_their_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = packed(jalur_dot_shp=b"\x00" * (3 << 20))
    assert len(bomb) < 10_000
    monkeypatch.setattr(archive.member, "__defaults__", (1 << 20,))
    assert key_of(bomb) == "layer_too_large"
    monkeypatch.setattr(archive, "MOST_ENTRIES", 3)
    assert key_of(packed(**shape_files())) == "layer_zip"


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_a_zip_with_any_byte_wrong_is_read_or_refused_in_words(method: int) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as target:
        target.writestr(
            "doc.kml", b"<kml><Placemark>" + random.Random(1).randbytes(300) + b"</Placemark></kml>"
        )
    for at in range(4, len(made.getvalue())):
        spoiled = bytearray(made.getvalue())
        spoiled[at] ^= 0x55
        with pytest.raises(BadData):
            files.read(bytes(spoiled), "x.kmz")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadData) as caught:
        files.load(tmp_path / "tidak-ada.csv")
    assert caught.value.key == "layer_unreadable"
    path = tmp_path / "ada.geojson"
    path.write_bytes(collection(feature()))
    assert files.load(path).source == "ada.geojson"


def test_genuine_files(shared: Path) -> None:
    for name, count in (("pos_polisi", 77), ("pompa", 67), ("sungai", 209), ("jalan_utama", 2994)):
        brought = files.load(shared / f"data/layers/{name}.geojson")
        assert make(known(f"uji_{name}"), brought, DIRECTORY).new.count == count
    terminals = files.load(shared / "data/samples/layers/legacy-smartcity-terminals.json")
    assert make(known("terminal"), terminals, DIRECTORY).new.count == 19
    stations = files.load(shared / "data/series/pos_tinggi_muka_air.csv")
    assert make(known("pos_air"), stations, DIRECTORY).new.count == 21
    speeds = files.load(shared / "data/series/kecepatan_koridor_2023.csv")
    streets = geojson.read((shared / "data/gazetteer/jalan_bernama.geojson.gz").read_bytes(), name="streets")
    made = make(known("lalu_lintas"), speeds, DIRECTORY, streets=streets)
    assert (made.new.count, made.notes["unjoined"]) == (34, 14)
    people = files.load(shared / "data/gazetteer/wilayah_dki.csv", ColumnMap.of("value=penduduk_2014"))
    made = make(known("penduduk"), people, DIRECTORY, columns=ColumnMap.of("value=penduduk_2014").areas())
    assert made.new.count == 267
