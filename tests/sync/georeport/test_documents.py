"""Golden cases of what real servers write: one for each row of the table of their differences, and hostile ones."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.report import PlaceQuality, Report, Status
from smartcity_desk.domain.times import from_iso
from smartcity_desk.georeport import documents, xml
from smartcity_desk.georeport.documents import Holds, Trouble, Unreadable
from smartcity_desk.georeport.states import STATES, instant, status_of, word_of
from smartcity_desk.sync.channels.lapor import mapping as lapor
from smartcity_desk.sync.channels.open311 import mapping as open311
from smartcity_desk.sync.georeport import mapping
from smartcity_desk.sync.georeport.mapping import attributes_of
from tests.conftest import ROOT

FIXTURES = ROOT / "tests" / "fixtures" / "channels"
ONE = {"service_request_id": "a1", "status": "open", "requested_datetime": "2026-11-22T02:00:00Z"}
XML_ONE = "<request><service_request_id>a1</service_request_id></request>"


def reads(body: bytes | str, holds: Holds = Holds.REQUESTS) -> Any:
    found = documents.read(body if isinstance(body, bytes) else body.encode(), holds)
    if isinstance(found, Trouble):
        return found
    return [json.loads(bytes(item)) if isinstance(item, msgspec.Raw) else item for item in found]


@pytest.mark.parametrize(
    "body",
    [
        json.dumps([ONE]),
        json.dumps({"service_requests": [ONE]}),
        json.dumps({"service_requests": [ONE], "next": None}),
        json.dumps({"requests": [ONE]}),
        json.dumps({"service_requests": {"request": [ONE]}}),
        json.dumps({"service_requests": {"request": ONE}}),
        json.dumps({"service_requests": ONE}),
        json.dumps(ONE),
        "\ufeff" + json.dumps([ONE]),
    ],
)
def test_wrappings_of_json(body: str) -> None:
    assert reads(body) == [ONE]


@pytest.mark.parametrize("root", ["requests", "service_requests"])
def test_wrappings_of_xml(root: str) -> None:
    head = '<?xml version="1.0" encoding="utf-8"?>\n'
    assert reads(f"{head}<{root}>{XML_ONE}{XML_ONE}</{root}>") == [{"service_request_id": "a1"}] * 2
    assert reads(f'<{root} is_array="true"/>') == []
    assert reads(f"{head}<{root}>\n</{root}>") == []
    assert reads(f'<x:{root} xmlns:x="urn:x">{XML_ONE}</x:{root}>') == [{"service_request_id": "a1"}]


@pytest.mark.parametrize(
    "body", ["[]", '{"service_requests":[]}', '{"service_requests":null}', '{"requests":""}']
)
def test_empty_lists(body: str) -> None:
    assert reads(body) == []


def test_services_and_updates() -> None:
    giessen = (
        '<services is_array="true"><service><service_code>015</service_code><keywords/></service></services>'
    )
    assert reads(giessen, Holds.SERVICES) == [{"service_code": "015", "keywords": ""}]
    assert reads("<service_request_updates>\n</service_request_updates>", Holds.UPDATES) == []
    taken = "<service_request_updates><update_id>9002</update_id></service_request_updates>"
    assert reads(taken, Holds.UPDATES) == [{"update_id": "9002"}]
    one = "<request_update><update_id>1</update_id></request_update>"
    assert reads(f"<service_request_updates>{one}</service_request_updates>", Holds.UPDATES) == [
        {"update_id": "1"}
    ]


ERRORS = [
    ('{"code":404,"detail":"Invalid page."}', 404, "Invalid page."),
    ('{"code":400,"detail":{"non_field_errors":["Code x is invalid"]}}', 400, "Code x is invalid"),
    ('{"code":400,"detail":["one","two"]}', 400, "one; two"),
    ('["Invalid API key"]', None, "Invalid API key"),
    ('[{"code":400,"description":"No"},{"code":400,"description":"  no lat"}]', 400, "No; no lat"),
    (
        '{"errors":{"code":400,"description":"Bad request: already exists"}}',
        400,
        "Bad request: already exists",
    ),
    ('{"error":{"code":403,"message":"no"}}', 403, "no"),
    ('{"errors":["a","b"]}', None, "a; b"),
    ('{"error":"broken"}', None, "broken"),
    ('{"code":"400","description":"as a text"}', 400, "as a text"),
    ('{"detail":"Credentials were not provided."}', None, "Credentials were not provided."),
    ("<errors><error><code>400</code><description>No</description></error></errors>", 400, "No"),
    ("<errors>plain words</errors>", None, "plain words"),
    ("<requests><code>400</code><detail><a><request>bad</request></a></detail></requests>", 400, "bad"),
]


@pytest.mark.parametrize(("body", "code", "text"), ERRORS)
def test_every_form_of_error(body: str, code: int | None, text: str) -> None:
    assert reads(body) == Trouble(code, text)
    assert documents.trouble_of(body.encode()) == Trouble(code, text)


@pytest.mark.parametrize(
    "body",
    [
        "<!DOCTYPE html><html><body>x</body></html>",
        "\n <html>",
        '<?xml version="1.0"?><html xmlns="x"><p/></html>',
    ],
)
def test_a_page_for_people_is_no_answer(body: str) -> None:
    with pytest.raises(documents.Page):
        reads(body)
    assert documents.trouble_of(body.encode()) is None


@pytest.mark.parametrize(
    "body", ["{", "7", '"text"', "null", "<requests>", "{}", '{"hello":"there"}', "<rss/>"]
)
def test_what_is_no_answer_says_so(body: str) -> None:
    with pytest.raises(Unreadable):
        reads(body)


BILLION = """<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><requests><request>&c;</request></requests>"""
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><requests><request>&x;</request></requests>'
REMOTE = '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd"><requests/>'


@pytest.mark.parametrize("body", [BILLION, OUTSIDE, REMOTE])
def test_nothing_is_expanded_and_nothing_fetched(body: str) -> None:
    with pytest.raises(Unreadable):
        reads(body)


def test_depth_and_count_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = "<a>" * (xml.MOST_DEPTH + 1) + "</a>" * (xml.MOST_DEPTH + 1)
    with pytest.raises(ValueError, match="deep"):
        xml.parse(deep.encode())
    monkeypatch.setattr(xml, "MOST_ELEMENTS", 10)
    with pytest.raises(ValueError, match="many"):
        xml.parse(b"<a>" + b"<b/>" * 20 + b"</a>")
    monkeypatch.setattr(documents, "MOST_ITEMS", 1)
    with pytest.raises(Unreadable, match="too_many"):
        reads(json.dumps([ONE, ONE]))
    with pytest.raises(Unreadable):
        reads("[" * 100_000)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    with suppress(Unreadable, documents.Page):
        documents.read(body, Holds.REQUESTS)
    documents.trouble_of(body)


# ---------------------------------------------------------------- one request


def report(**changes: Any) -> Report:
    whole = {**ONE, **changes}
    from_text = open311.to_report(msgspec.Raw(json.dumps(whole).encode()))
    from_object = open311.to_report(whole)
    assert json.loads(from_text.raw) == json.loads(from_object.raw) == whole
    assert replace(from_text, raw="") == replace(from_object, raw="")
    return from_text


def test_ids_and_positions_as_numbers_or_texts() -> None:
    assert report(service_request_id=7).external_id == report(service_request_id="7").external_id == "7"
    for lat, long in ((-6.2, 106.8), ("-6.2", "106.8"), (" -6.2 ", " 106.8")):
        found = report(lat=lat, long=long)
        assert (found.lat, found.lon, found.place_quality) == (-6.2, 106.8, PlaceQuality.EXACT)
    for lat, long in ((0, 0), ("0", "0.0"), (None, None), ("", ""), (-6.2, None), ("", 106.8)):
        assert report(lat=lat, long=long).place_quality is PlaceQuality.NONE
    assert report(lat=106.8, long=-6.2).place_quality is PlaceQuality.OUTSIDE


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2026-11-22T04:14:09.456648+02:00", "2026-11-22T02:14:09.456Z"),
        ("2026-11-22T09:15:00+07:00", "2026-11-22T02:15:00Z"),
        ("2014-07-12T10:58:43-05:00", "2014-07-12T15:58:43Z"),
        ("2026-11-22T02:15:00Z", "2026-11-22T02:15:00Z"),
        ("2026-11-22T09:15:00+0700", "2026-11-22T02:15:00Z"),
    ],
)
def test_times_with_fractions_and_offsets(text: str, means: str) -> None:
    assert report(requested_datetime=text).reported_at == from_iso(means)
    assert report(updated_datetime=text).changed_at == from_iso(means)


def test_an_empty_time_of_change_is_none() -> None:
    assert report(updated_datetime="").changed_at is None
    assert report(updated_datetime=None).changed_at is None


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"requested_datetime": ""}, "requested_datetime"),
        ({"requested_datetime": "kemarin"}, "requested_datetime"),
        ({"requested_datetime": "2026-11-22T09:15:00"}, "requested_datetime"),
        ({"requested_datetime": {"a": 1}}, "requested_datetime"),
        ({"updated_datetime": "besok"}, "updated_datetime"),
        ({"service_request_id": ""}, "service_request_id"),
        ({"service_request_id": None}, "service_request_id"),
        ({"service_request_id": True}, "service_request_id"),
        ({"lat": "utara", "long": "1"}, "lat"),
        ({"lat": 1, "long": [2]}, "long"),
        ({"lat": "nan", "long": "106.8"}, "lat"),
        ({"description": 7}, "description"),
    ],
)
def test_what_cannot_be_read_names_its_field(changes: dict[str, Any], key: str) -> None:
    for item in ({**ONE, **changes}, msgspec.Raw(json.dumps({**ONE, **changes}).encode())):
        with pytest.raises(BadData) as problem:
            open311.to_report(item)
        assert problem.value.key == key


@pytest.mark.parametrize(("word", "status"), STATES.items())
def test_states(word: str, status: Status) -> None:
    assert report(status=word).source_status is status
    assert report(status=word.upper().replace("_", " ")).source_status is status


def test_an_unknown_state_is_new_and_says_its_word() -> None:
    found = report(status="Menari", status_notes="Hubungi 0812-3456-7890")
    assert found.source_status is Status.NEW
    assert found.state_raw == "Menari · Hubungi [telepon]"


def test_states_go_out_in_words_that_the_strictest_server_takes() -> None:
    assert {word_of(status) for status in Status} <= {word.upper() for word in STATES}
    assert status_of(word_of(Status.REJECTED)) is Status.REJECTED
    assert instant(from_iso("2026-11-22T02:15:00.999Z")) == "2026-11-22T02:15:00Z"


def test_an_office_as_text_or_object() -> None:
    assert mapping.agency_of({"agency_responsible": "Dinas"}) == "Dinas"
    assert (
        mapping.agency_of({"agency_responsible": {"recipient": ["Dinas A", "Dinas B"]}}) == "Dinas A, Dinas B"
    )
    assert mapping.agency_of({"agency_responsible": None}) == ""
    assert report(agency_responsible={"recipient": ["Dinas"]}).external_id == "a1"


def test_pictures_are_addresses_of_the_web() -> None:
    links = [
        "https://a.invalid/1.jpg",
        "javascript:x",
        "https://a.invalid/1.jpg",
        7,
        "http://a.invalid/2.jpg",
    ]
    assert report(media_url=links).media == ("https://a.invalid/1.jpg", "http://a.invalid/2.jpg")
    assert report(media_url="").media == ()
    extras = {"media_urls": ["https://a.invalid/3.jpg"]}
    assert report(extended_attributes=extras).media == ("https://a.invalid/3.jpg",)


def test_words_are_masked_and_the_reporter_is_not_read() -> None:
    found = report(
        description="hub 081234567890", requestor_name="Nama Palsu", address="Jl. X, 0812-3456-7890"
    )
    assert (found.text, found.place_hint, found.author) == ("hub [telepon]", "Jl. X, [telepon]", None)
    assert "Nama" not in f"{found.text}{found.title}{found.state_raw}"


def test_a_request_without_words_says_its_service() -> None:
    assert report(description="", service_name="Jalan berlubang").title == "Jalan berlubang"
    assert report(description="ada", service_name="Jalan berlubang").title == ""


def test_categories_by_table_or_the_citys_own() -> None:
    read = {"13": "jalan_rusak"}
    options = open311.dialect({"categories": "13=jalan_rusak 15=sampah", "link": "https://x.invalid/{id}"})
    found = mapping.to_report({**ONE, "service_code": 13}, options)
    assert (found.category, found.link) == (read["13"], "https://x.invalid/a1")
    assert mapping.to_report({**ONE, "service_code": "99"}, options).category is None
    assert (
        mapping.to_report({**ONE, "service_code": "sampah"}, open311.dialect({"categories": "*"})).category
        == "sampah"
    )


# ---------------------------------------------------------------- LAPOR!


@pytest.mark.parametrize(
    "flags",
    [
        {"attributes": {"rahasia": "1", "anonim": "1"}},
        {"attributes": [{"code": "rahasia", "value": "true"}, {"code": "anonim", "value": 1}]},
        {"attributes": {"attribute": [{"code": "RAHASIA", "value": "ya"}, {"name": "anonim", "value": "1"}]}},
        {"extended_attributes": {"rahasia": True, "anonim": True}},
        {"rahasia": 1, "anonim": "1"},
        {"attribute[rahasia]": "1", "attribute[anonim]": "1"},
        {"attribute[rahasia][]": ["0", "1"], "anonim": {"nilai": 1}},
        {"rahasia": "Y", "anonim": "benar"},
    ],
)
def test_secret_and_anonymous_wherever_they_stand(flags: dict[str, Any]) -> None:
    whole = {**ONE, **flags, "first_name": "Budi", "email": "budi@example.org"}
    for item in (whole, msgspec.Raw(json.dumps(whole).encode())):
        found = lapor.to_report(item)
        assert found.private
        assert found.author is None
        assert "budi" not in found.raw.lower(), "the name is not even kept in the item as it came"


def test_an_open_complaint_is_neither() -> None:
    for flags in (
        {},
        {"attributes": {"rahasia": "0", "anonim": "0"}},
        {"rahasia": False, "anonim": None},
        {"rahasia": "Tidak", "attributes": [{"code": "anonim", "value": []}]},
    ):
        assert not lapor.to_report({**ONE, **flags}).private
        assert attributes_of({**ONE, **flags}) == frozenset()
    assert attributes_of("x") == frozenset()


@pytest.mark.parametrize(
    ("status", "notes", "means"),
    [
        ("Belum ditindaklanjuti", "", Status.NEW),
        ("disposisi", "", Status.ROUTED),
        ("PROSES", "", Status.IN_PROGRESS),
        ("selesai", "", Status.DONE),
        ("Arsip", "", Status.REJECTED),
        ("open", "Disposisi: Dinas Contoh", Status.ROUTED),
        ("closed", "Disposisi: Dinas Contoh", Status.DONE),
        ("open", "", Status.NEW),
    ],
)
def test_words_of_lapor(status: str, notes: str, means: Status) -> None:
    found = lapor.to_report({**ONE, "status": status, "status_notes": notes, "agency_responsible": "Pemprov"})
    assert found.source_status is means
    assert found.state_raw == " · ".join(part for part in (status, notes, "Pemprov") if part)
    assert found.link == "https://www.lapor.go.id/pengaduan/a1"


# ---------------------------------------------------------------- genuine answers


def test_genuine_answers_are_read(shared: Path) -> None:
    folder = shared / "data/samples/open311"
    counts = {}
    for path in sorted(folder.glob("*/*")):
        if path.suffix == ".txt" or "service-definition" in path.name:
            continue
        holds = Holds.SERVICES if path.name.startswith("service") else Holds.REQUESTS
        if "update" in path.name:
            holds = Holds.UPDATES
        elif path.name.startswith("service_requests"):
            holds = Holds.REQUESTS
        found = documents.read(path.read_bytes(), holds)
        assert isinstance(found, Trouble) == path.name.startswith("error"), path.name
        if holds is Holds.REQUESTS and not isinstance(found, Trouble) and not path.name.startswith("post"):
            reports = [open311.to_report(item) for item in found]
            counts[path.name] = len(reports)
            assert all(one.external_id and one.reported_at for one in reports)
    assert counts == {
        "request-one.json": 1,
        "requests-extensions.json": 5,
        "requests-page1.json": 2,
        "requests.json": 5,
        "requests.xml": 5,
        "requests_many.xml": 2,
        "requests_single.xml": 1,
        "service_requests.json": 2,
    }


def test_the_two_forms_of_a_genuine_answer_say_the_same(shared: Path) -> None:
    folder = shared / "data/samples/open311/6aika-live"
    forms = []
    for name in ("requests.json", "requests.xml"):
        items = documents.read((folder / name).read_bytes(), Holds.REQUESTS)
        assert not isinstance(items, Trouble)
        forms.append([replace(open311.to_report(item), raw="") for item in items])
    assert forms[0] == forms[1]


def test_one_item_takes_little_time() -> None:
    whole = json.loads((FIXTURES / "open311" / "bare.json").read_text("utf-8"))[0]
    item = msgspec.Raw(json.dumps(whole).encode())
    took = []
    for _ in range(300):
        began = time.perf_counter()
        open311.to_report(item)
        took.append(time.perf_counter() - began)
    assert sorted(took)[150] < 0.001, (
        "a bench holds it to 150 µs; this only sees what is out of all proportion"
    )
