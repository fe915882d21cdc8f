"""Names in the words of a report: what decides, what asks, and that nothing is guessed."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.directory import builtin_directory
from smartcity_desk.domain.location import Location, PlaceBadge
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.place import names
from smartcity_desk.place.names import Finder, NameCandidate, Reason, Why, location_of
from smartcity_desk.place.streets import Streets

DIRECTORY = builtin_directory(0)
KELURAHAN = {one.code: one for one in DIRECTORY.offices.values() if one.level is OfficeLevel.KELURAHAN}
KECAMATAN = {one.code: one for one in DIRECTORY.offices.values() if one.level is OfficeLevel.KECAMATAN}
CODE = {one.name: one.code for one in KELURAHAN.values()}
SHARED = sorted(
    name
    for name, n in Counter(one.name for one in (*KELURAHAN.values(), *KECAMATAN.values())).items()
    if n > 1
)


def place(text: str) -> Location:
    return location_of(names.find(text))


def why(text: str, code: str) -> set[Why]:
    (candidate,) = [one for one in names.find(text) if one.code == code]
    return {reason.why for reason in candidate.reasons}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Jl. Tebet Timur Dalam RT 3/RW 5 Kel. Tebet Timur", "Tebet Timur"),
        ("banjir di kel.tebet timur", "Tebet Timur"),
        ("KELURAHAN BUKIT DURI KECAMATAN TEBET JAKARTA SELATAN", "Bukit Duri"),
        ("Pd. Kelapa, jaktim", "Pondok Kelapa"),
        ("Rw. Badak Utara RW 05", "Rawa Badak Utara"),
        ("Kp Melayu kec jatinegara", "Kampung Melayu"),
        ("macet di Manggarai", "Manggarai"),
        ("kel Jatinegara", "Jatinegara"),
        ("Jatinegara, Cakung", "Jatinegara"),
        ("Bidara Cina Jatinegara", "Bidara Cina"),
        ("kel. gambir", "Gambir"),
        ("Gambir, Kec. Gambir", "Gambir"),
        ("Harapan Mulya", "Harapan Mulia"),
        ("kel. kembangn utara", "Kembangan Utara"),
        ("dekat Kel. Menteng, tepatnya Cikini", "Cikini"),
        ("Kel. Tengah", "Tengah"),
        ("Kampung Tengah", "Tengah"),
        ("menteng atas", "Menteng Atas"),
        ("jln melati rt03/05 kel tebet tmr", "Tebet Timur"),
        ("klp gading tmr", "Kelapa Gading Timur"),
        ("benhil macet total", "Bendungan Hilir"),
        ("Kmp Melayu", "Kampung Melayu"),
        ("bkt duri kebanjiran", "Bukit Duri"),
        ("Srengseng, Kembangan", "Srengseng"),
        ("kapuk cengkareng", "Kapuk"),
        ("cipinang, pulogadung", "Cipinang"),
        ("Kel. Baru", "Baru"),
        ("baru, pasar rebo", "Baru"),
        ("macet Lebul arah pasar jumat", "Lebak Bulus"),
    ],
)
def test_what_the_words_decide(text: str, name: str) -> None:
    assert place(text) == Location(PlaceBadge.NAMED, CODE[name])


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Jatinegara",
            "depan pasar Jatinegara",
            "stasiun jatinegara, Jakarta Timur",
            "Gambir",
            "kec. gambir",
        ),
        *("menteng", "Cilincing Jakut", "pasar minggu", "Tebt Timur", "Kel. Tebet Timur Kec. Cakung"),
        *(
            "Tengah",
            "rambutan",
            "Tebet Timur dan Manggarai",
            "banjir di TMII",
            "Taman Mini Indonesia Indah pintu 1",
            "dekat Tebet Timur",
        ),
        "depan pasar tebet barat",
        *("depan pasar Rebo", "blkg pasar minggu", "sblh kantor kelurahan Cipinang Muara", "pasming banjir"),
        *("banjir di PIK", "Kota Tua", "Pulau Pramuka", "Jl. Jatinegara Timur No. 5"),
        *("Cipete", "Kuningan", "Sunter", "gunung sahari", "cipinang besar", "Mampang Prpt"),
        *("Srengseng", "Kapuk", "Grogol", "Cipinang", "Kelapa Dua", "pak Kamal melapor"),
    ],
)
def test_what_asks(text: str) -> None:
    found = place(text)
    assert found.badge is PlaceBadge.AMBIGUOUS
    assert found.uncertain


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "lampu mati",
            "lihat gambar di atas",
            "sampah ditengah jalan",
            "di gunung",
            "Jakarta",
            "Jakarta Timur",
        ),
        *(
            "perlu dikembangkan lagi",
            "karet ban bocor",
            "tangki air",
            "hari senin",
            "RT 03 RW 04",
            "dki jakarta",
            "kabel baru putus",
            "jalan baru rusak",
            "gedong sekolah bocor",
            "ada suara guntur",
            "depan pasar, belakang masjid",
            "Kota Bekasi",
            "Margonda Depok",
        ),
    ],
)
def test_what_names_no_place(text: str) -> None:
    assert names.find(text) == ()
    assert place(text).badge is PlaceBadge.NONE


@pytest.mark.parametrize("name", SHARED)
def test_a_name_that_a_kelurahan_shares_with_a_kecamatan_asks_unless_something_decides(name: str) -> None:
    own = CODE[name]
    (other,) = [one.code for one in KECAMATAN.values() if one.name == name]
    assert place(name).badge is PlaceBadge.AMBIGUOUS
    codes = {one.code for one in names.find(name)}
    assert own in codes
    assert {code for code in KELURAHAN if code.startswith(f"{other}.")} <= codes
    assert place(f"Kel. {name}") == Location(PlaceBadge.NAMED, own)
    asked = {one.code for one in names.find(f"Kec. {name}")}
    assert asked == {code for code in KELURAHAN if code.startswith(f"{other}.")}


def test_there_are_24_such_names() -> None:
    assert len(SHARED) == 24


def test_every_kelurahan_is_found_by_its_name_with_a_marker_and_its_parents() -> None:
    for code, office in KELURAHAN.items():
        kecamatan = KECAMATAN[code.rpartition(".")[0]].name
        text = f"Jl. Melati No. 4 RT 01/02, Kel. {office.name}, Kec. {kecamatan}"
        assert place(text) == Location(PlaceBadge.NAMED, code), text
        for alias in office.aliases:
            assert place(f"kel {alias}").place == code, alias


@pytest.mark.parametrize(
    ("published", "name"),
    [
        *(("Pal Meriem", "Palmeriam"), ("Wijaya Kesuma", "Wijaya Kusuma"), ("Papango", "Papanggo")),
        *(("Kredang", "Krendang"), ("Kampung Tengah", "Tengah")),
    ],
)
def test_the_other_spellings_of_the_paper_mean_the_same_office(published: str, name: str) -> None:
    for text in (published, f"kel. {published}", published.upper(), published.replace(" ", "")):
        assert place(text) == Location(PlaceBadge.NAMED, CODE[name]), text


def test_what_several_names_begin_with_asks_for_all_of_them() -> None:
    def offered(text: str) -> set[str]:
        assert place(text).badge is PlaceBadge.AMBIGUOUS
        return {KELURAHAN[one.code].name for one in names.find(text)}

    assert offered("cipete") == {"Cipete Utara", "Cipete Selatan"}
    assert offered("cipete, kebayoran baru") == {"Cipete Utara"}
    assert offered("srengseng") == {"Srengseng", "Srengseng Sawah"}
    assert offered("grogol") == {"Grogol", "Grogol Utara", "Grogol Selatan"}
    assert why("grogol", CODE["Grogol Utara"]) == {Why.BEGINNING}
    assert place("macet di Manggarai").badge is PlaceBadge.NAMED, "the longer name lies in the same kecamatan"
    for word in ("pondok", "kampung", "rawa", "kebon", "pasar", "tanjung", "jembatan", "kelapa"):
        assert names.find(word) == (), word


def test_a_street_with_a_shared_name_asks_for_both_readings() -> None:
    found = {one.code for one in names.find("Jl. Jatinegara Timur")}
    assert CODE["Jatinegara"] in found
    assert CODE["Bali Mester"] in found


def test_a_park_is_a_hint_to_what_surrounds_it_and_no_office() -> None:
    found = names.find("pohon tumbang di TMII")
    assert {KELURAHAN[one.code].name for one in found} >= {"Ceger", "Bambu Apus"}
    assert all(not one.certain and {r.why for r in one.reasons} == {Why.LANDMARK} for one in found)
    assert place("TMII, Kel. Ceger") == Location(PlaceBadge.NAMED, CODE["Ceger"])


def test_reasons_say_what_they_rest_on() -> None:
    assert why("Kel. Bukit Duri, Tebet, Jaksel", CODE["Bukit Duri"]) >= {Why.MARKED, Why.KOTA}
    assert why("Harapan Mulya", CODE["Harapan Mulia"]) == {Why.SPELLING}
    assert Why.SLIP in why("Tebt Timur", CODE["Tebet Timur"])
    assert Why.CONTRADICTS in why("Kel. Tebet Timur Kec. Cakung", CODE["Tebet Timur"])
    assert why("Jatinegara", CODE["Jatinegara"]) == {Why.SHARED}
    assert why("depan pasar tebet barat", CODE["Tebet Barat"]) == {Why.NEAR}
    (marked,) = names.find("Kel. Manggarai")
    assert marked.reasons == (Reason(Why.MARKED, {"word": "manggarai"}),)


# ---------------------------------------------------------------- streets

STREETS = Streets(
    {
        "lengkuas": (CODE["Manggarai"],),
        "panjang": (CODE["Kebon Jeruk"], CODE["Kedoya Utara"], CODE["Kelapa Dua"]),
        "kunyit": (CODE["Manggarai"], CODE["Cikini"]),
    }
)


@pytest.mark.parametrize(
    ("text", "badge", "name"),
    [
        ("lubang di Jl. Lengkuas No. 5", PlaceBadge.NAMED, "Manggarai"),
        ("jalan lengkuas raya", PlaceBadge.NAMED, "Manggarai"),
        ("gg lengkuas", PlaceBadge.AMBIGUOUS, "Manggarai"),
        ("Jl Panjang", PlaceBadge.AMBIGUOUS, None),
        ("Jl Panjang, Kel. Kedoya Utara", PlaceBadge.NAMED, "Kedoya Utara"),
        ("Jl. Kunyit Jaksel", PlaceBadge.NAMED, "Manggarai"),
        ("Jl. Kunyit", PlaceBadge.AMBIGUOUS, "Manggarai"),
        ("Jl. Tebet Timur Dalam 2", PlaceBadge.AMBIGUOUS, "Tebet Timur"),
        ("Jl. Entah", PlaceBadge.NONE, None),
    ],
)
def test_a_street_is_a_candidate_where_it_runs(text: str, badge: PlaceBadge, name: str | None) -> None:
    found = Finder(DIRECTORY, STREETS, edition="uji").locate(text)
    assert found.badge is badge
    assert found.place == (None if name is None else CODE[name])
    assert found.edition == "uji"


# ---------------------------------------------------------------- always


@given(st.text(max_size=200) | st.lists(st.sampled_from(
    ["kel", "kec", "jatinegara", "tebet timur", "jl", "pasar", ",", "rw 05", "jaktim", "gambir", "tmii", "cakung", "ke"]
), max_size=12).map(" ".join))  # fmt: skip
def test_whatever_is_written_the_answer_is_one_of_the_offices_or_a_question(text: str) -> None:
    found = names.find(text)
    assert {one.code for one in found} <= set(KELURAHAN)
    assert len({one.code for one in found}) == len(found)
    assert all(one.reasons for one in found)
    said = location_of(found)
    assert (said.badge is PlaceBadge.NAMED) == (sum(one.certain for one in found) == 1)
    assert (said.badge is PlaceBadge.NONE) == (not found)
    assert set(said.candidates) <= {one.code for one in found}


def test_of_three_equals_none_is_the_best() -> None:
    def candidate(code: str, certain: bool) -> NameCandidate:
        return NameCandidate(code, certain, (Reason(Why.NAMED),))

    assert location_of([]).badge is PlaceBadge.NONE
    assert location_of([candidate("a", True), candidate("b", False)]).place == "a"
    two = location_of([candidate("a", True), candidate("b", True), candidate("c", False)])
    assert (two.badge, two.place, two.neighbour) == (PlaceBadge.AMBIGUOUS, "a", "b")
    three = location_of([candidate("a", True), candidate("b", True), candidate("c", True)])
    assert (three.badge, three.place, three.neighbour) == (PlaceBadge.AMBIGUOUS, None, None)


def test_a_long_text_takes_its_time_but_not_more() -> None:
    text = "kel tebt timr jl panjang " * 20_000
    started = time.process_time()
    names.find(text)
    assert time.process_time() - started < 1
