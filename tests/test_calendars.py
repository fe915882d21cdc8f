"""Calendar data: what ships is what the decrees say, and a file that is odd is read right or refused by name."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk import calendars as module
from smartcity_desk import paths
from smartcity_desk.calendars import Imported, import_calendar, load_calendars
from smartcity_desk.domain.calendar import DayEntry, DayKind
from smartcity_desk.domain.errors import ConfigProblem

EVENT = {
    "UID": "UID:satu@unit",
    "DTSTART": "DTSTART;VALUE=DATE:20260707",
    "SUMMARY": "SUMMARY:Libur setempat",
    "CATEGORIES": "CATEGORIES:Libur nasional",
}


def file(*lines: str) -> bytes:
    """A calendar of these content lines."""
    return "\r\n".join(
        ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//x//ID", *lines, "END:VCALENDAR", "")
    ).encode()


def event(*extra: str, **changed: str | None) -> tuple[str, ...]:
    """An event that is right but for what is changed (a line, or None for no such line) or added."""
    lines = {**EVENT, **changed}
    return ("BEGIN:VEVENT", *(line for line in lines.values() if line is not None), *extra, "END:VEVENT")


def read(*lines: str) -> Imported:
    return import_calendar(file(*lines), "unit.ics")


def added(found: Imported) -> list[tuple[str, DayKind, str]]:
    """The days that an import brought beyond what ships."""
    new = sorted(
        set(found.calendars.entries) - set(load_calendars().entries), key=lambda one: (one.day, one.kind)
    )
    return [(date.fromordinal(one.day).isoformat(), one.kind, one.name) for one in new]


# ---------------------------------------------------------------- what ships


def shipped(kind: DayKind, year: int) -> list[DayEntry]:
    return [
        one for one in load_calendars().entries if one.kind is kind and date.fromordinal(one.day).year == year
    ]


@pytest.mark.parametrize(
    ("year", "holidays", "joint_leave"),
    [
        (2024, 17 + 2, 10),  # the decree's 17, and two days of voting
        (2025, 17, 10 + 1),  # 18 August came by a second decree
        (2026, 17, 8),
        (2027, 18, 8),
    ],
)
def test_a_year_has_the_days_of_its_decree(year: int, holidays: int, joint_leave: int) -> None:
    assert len(shipped(DayKind.HOLIDAY, year)) == holidays
    assert len(shipped(DayKind.JOINT_LEAVE, year)) == joint_leave


@pytest.mark.parametrize(
    ("day", "kind", "part"),
    [
        ("2024-02-14", DayKind.HOLIDAY, "Pemilihan Umum"),
        ("2024-11-27", DayKind.HOLIDAY, "Pilkada"),
        ("2025-08-18", DayKind.JOINT_LEAVE, "Kemerdekaan"),
        ("2026-03-19", DayKind.HOLIDAY, "Nyepi"),
        ("2026-03-24", DayKind.JOINT_LEAVE, "Idul Fitri"),
        ("2026-05-28", DayKind.JOINT_LEAVE, "Idul Adha"),
        ("2026-08-17", DayKind.HOLIDAY, "Kemerdekaan"),
        ("2026-12-24", DayKind.JOINT_LEAVE, "Natal"),
        ("2027-01-01", DayKind.HOLIDAY, "Tahun Baru"),
    ],
)
def test_known_days_are_there(day: str, kind: DayKind, part: str) -> None:
    number = date.fromisoformat(day).toordinal()
    (found,) = [one for one in load_calendars().entries if one.day == number and one.kind is kind]
    assert part in found.name


@pytest.mark.parametrize("day", ["2024-06-22", "2026-06-22", "2026-11-11", "2026-11-25"])
def test_days_that_are_only_remembered_are_worked(day: str) -> None:
    assert date.fromisoformat(day).toordinal() not in {one.day for one in load_calendars().entries}


@pytest.mark.parametrize(
    ("year", "first", "last"),
    [
        (2024, "2024-03-12", "2024-04-09"),
        (2025, "2025-03-01", "2025-03-30"),
        (2026, "2026-02-19", "2026-03-20"),
        (2027, "2027-02-08", "2027-03-09"),
    ],
)
def test_ramadan_lasts_to_the_eve_of_idul_fitri(year: int, first: str, last: str) -> None:
    found = [one.day for one in shipped(DayKind.RAMADAN, year)]
    assert found == list(
        range(date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal() + 1)
    )
    feast = [one for one in shipped(DayKind.HOLIDAY, year) if one.name.startswith("Idul Fitri")]
    assert feast[0].day == found[-1] + 1
    assert len(feast) == 2


def test_what_is_not_certain_says_so_in_its_file() -> None:
    for path in sorted(paths.resource("calendar").glob("*.ics")):
        text = path.read_bytes().decode()
        assert text.count("STATUS:TENTATIVE") == text.count("COMMENT:Perlu konfirmasi")
        assert ("TENTATIVE" in text) == (path.name == "jakarta-2027.ics")
        assert path.name in paths.resource("calendar", "SOURCES.md").read_text(encoding="utf-8")
        assert text.count("\r\n") == text.count("\n")  # as RFC 5545 wants it, and other programs do


def test_nothing_that_ships_is_passed_over() -> None:
    for path in paths.resource("calendar").glob("*.ics"):
        own = path.read_bytes()
        found = import_calendar(own, path.name)
        assert found.notes == ()
        assert found.calendars == load_calendars()
        years = Counter(line[19:23] for line in own.decode().splitlines() if line.startswith("DTSTART"))
        assert list(years) == [path.stem[-4:]]


def test_the_edition_follows_the_days() -> None:
    assert load_calendars().edition == read().calendars.edition
    assert load_calendars().edition != read(*event()).calendars.edition


def test_the_library_is_loaded_when_a_calendar_is_needed_and_not_before() -> None:
    code = (
        "import sys, smartcity_desk.calendars as module; early = 'icalendar' in sys.modules; "
        "module.load_calendars(); print(early, 'icalendar' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "True"]


# ---------------------------------------------------------------- a unit's own file


def test_an_event_of_a_day_is_a_day() -> None:
    assert added(read(*event())) == [("2026-07-07", DayKind.HOLIDAY, "Libur setempat")]


@pytest.mark.parametrize(
    "end", ["DTEND;VALUE=DATE:20260710", "DURATION:P3D", "DTEND:20260710", "DURATION:PT72H"]
)
def test_the_end_of_an_event_is_the_first_day_after_it(end: str) -> None:
    assert [day for day, _, _ in added(read(*event(end)))] == ["2026-07-07", "2026-07-08", "2026-07-09"]


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("CATEGORIES:cuti bersama", [DayKind.JOINT_LEAVE]),
        ("CATEGORIES:JOINT-LEAVE", [DayKind.JOINT_LEAVE]),
        ("CATEGORIES:Ramadhan", [DayKind.RAMADAN]),
        ("CATEGORIES;LANGUAGE=id:Rapat,Libur  Nasional", [DayKind.HOLIDAY]),
        ("CATEGORIES:Ramadan\r\nCATEGORIES:Libur nasional", [DayKind.HOLIDAY, DayKind.RAMADAN]),
    ],
)
def test_categories_say_what_a_day_is(words: str, kinds: list[DayKind]) -> None:
    assert [kind for _, kind, _ in added(read(*event(CATEGORIES=words)))] == kinds


def test_a_feed_of_other_peoples_days_counts_nothing_and_says_what_it_passed_over() -> None:
    found = read(
        *event(CATEGORIES="CATEGORIES:Observance", SUMMARY="SUMMARY:St. Martin's Day"),
        *event(CATEGORIES=None, SUMMARY="SUMMARY:Rapat", UID="UID:dua", RRULE="RRULE:FREQ=DAILY"),
        *("BEGIN:VTODO", "UID:tiga", "SUMMARY:Kerjakan", "END:VTODO"),
    )
    assert found.calendars == load_calendars()
    assert [(note.component, note.reason, note.value) for note in found.notes] == [
        ("VEVENT 1 (St. Martin's Day)", "category", "observance"),
        ("VEVENT 2 (Rapat)", "category", ""),
        ("VTODO 3 (Kerjakan)", "component", ""),
    ]


def test_time_zones_that_other_programs_write_are_of_no_account() -> None:
    zone = (
        *("BEGIN:VTIMEZONE", "TZID:Aneh", "BEGIN:STANDARD", "DTSTART:19700101T000000", "RRULE:FREQ=SECONDLY"),
        *("TZOFFSETFROM:+0700", "TZOFFSETTO:+1200", "END:STANDARD", "END:VTIMEZONE"),
    )
    found = read(*zone, *event())
    assert found.notes == ()
    assert [day for day, _, _ in added(found)] == ["2026-07-07"]


def test_a_lunar_date_that_moved_is_put_right_by_its_uid() -> None:
    moved = event(
        UID="UID:2027-idul-adha@kalender-kerja.jakarta",
        DTSTART="DTSTART;VALUE=DATE:20270516",
        SUMMARY="SUMMARY:Idul Adha 1448 H",
    )
    found = read(*moved).calendars
    assert [
        date.fromordinal(one.day).isoformat() for one in found.entries if one.name == "Idul Adha 1448 H"
    ] == ["2027-05-16"]


def test_a_cancelled_event_takes_its_day_away() -> None:
    gone = event("STATUS:CANCELLED", UID="UID:2026-cuti-natal@kalender-kerja.jakarta")
    found = read(*gone).calendars
    assert set(load_calendars().entries) - set(found.entries) == {
        DayEntry(date(2026, 12, 24).toordinal(), DayKind.JOINT_LEAVE, "Cuti bersama Natal")
    }


def test_words_of_a_file_are_shown_without_harm() -> None:
    found = added(read(*event(SUMMARY="SUMMARY:Libur\\n\u202elanoisan\u202c\\, " + "a" * 300)))
    assert "\u202e" not in found[0][2]
    assert "\n" not in found[0][2]
    assert len(found[0][2]) <= 80


@pytest.mark.parametrize(
    ("lines", "reason", "part"),
    [
        (event("RRULE:FREQ=YEARLY"), "repeats", "RRULE"),
        (event("RRULE:FREQ=NONSENSE"), "repeats", "RRULE"),
        (event("RDATE;VALUE=DATE:20270707"), "repeats", "RDATE"),
        (event("RECURRENCE-ID;VALUE=DATE:20260707"), "repeats", "RECURRENCE-ID"),
        (event(DTSTART="DTSTART:20260707T000000"), "not_a_day", "DTSTART"),
        (event(DTSTART="DTSTART;TZID=Asia/Jakarta:20260707T000000"), "not_a_day", "DTSTART"),
        (event(DTSTART="DTSTART;VALUE=PERIOD:20260707T000000Z/P1D"), "not_a_day", "DTSTART"),
        (event("DTEND:20260708T000000Z"), "not_a_day", "DTEND"),
        (event("DURATION;VALUE=DATE:20260709"), "not_a_day", "DURATION"),
        (event("DTSTART;VALUE=DATE:20260708"), "bad_property", "DTSTART"),
        (event("DURATION:P1D", "DURATION:P2D"), "bad_property", "DURATION"),
        (event(DTSTART="DTSTART;VALUE=DATE:20261301"), "bad_property", "DTSTART"),
        (event("DTEND;VALUE=DATE:besok"), "bad_property", "DTEND"),
        (event("DTEND;VALUE=DATE;20260709"), "bad_property", None),
        (event("DTEND;VALUE=DATE:20260707"), "bad_period", None),
        (event("DTEND;VALUE=DATE:20260701"), "bad_period", None),
        (event("DTEND;VALUE=DATE:20270708"), "bad_period", None),
        (event("DURATION:PT90M"), "bad_period", None),
        (event("DURATION:-P1D"), "bad_period", None),
        (event(DTSTART="DTSTART;VALUE=DATE:00260707"), "bad_period", None),
        (event(DTSTART="DTSTART;VALUE=DATE:99991231"), "bad_period", None),
        (event(UID=None), "missing", "UID"),
        (event(UID="UID: "), "missing", "UID"),
        (event(SUMMARY=None), "missing", "SUMMARY"),
        (event(DTSTART=None), "missing", "DTSTART"),
        ((*event(), *event()), "double_uid", None),
    ],
)
def test_what_cannot_be_read_without_guessing_is_refused(
    lines: tuple[str, ...], reason: str, part: str | None
) -> None:
    with pytest.raises(ConfigProblem) as caught:
        read(*lines)
    assert caught.value.params["reason"] == reason
    assert caught.value.params["name"] == "calendar"
    assert caught.value.params["file"] == "unit.ics"
    assert str(caught.value.params["component"]).startswith("VEVENT ")
    assert caught.value.params.get("property") == part


def test_what_is_broken_and_of_no_account_does_no_harm() -> None:
    assert len(added(read(*event("GEO:di sana", "PRIORITY:tinggi", "X-ANEH:;=:")))) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>503</html>",
        b"\xff\xfe\x00",
        file(*event()).replace(b"setempat", b"setemp\xe9t"),
        file(*event())[:-60],
        file() + file(),
        b"BEGIN:VEVENT\r\nEND:VEVENT\r\n",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VEVENT\r\n" * 20_000,
    ],
)
def test_what_is_no_calendar_is_unreadable(data: bytes) -> None:
    with pytest.raises(ConfigProblem) as caught:
        import_calendar(data, "unit.ics")
    assert caught.value.params["reason"] == "unreadable"
    assert caught.value.params["file"] == "unit.ics"


def test_a_byte_order_mark_and_bare_line_feeds_do_no_harm() -> None:
    assert len(added(import_calendar(b"\xef\xbb\xbf" + file(*event()), "x"))) == 1
    assert len(added(import_calendar(file(*event()).replace(b"\r\n", b"\n"), "x"))) == 1


def test_a_file_of_no_sane_size_is_not_parsed() -> None:
    with pytest.raises(ConfigProblem) as caught:
        import_calendar(file(*event("DESCRIPTION:" + "x" * 1_000_000)), "unit.ics")
    assert caught.value.params["reason"] == "too_big"


PIECES = st.sampled_from(
    [
        *EVENT.values(),
        *("BEGIN:VEVENT", "END:VEVENT", "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VALARM", "END:VALARM"),
        *(
            "DTEND;VALUE=DATE:20260709",
            "DTEND",
            ":",
            ";",
            " folded",
            "DURATION:P1W",
            "DURATION:P",
            "STATUS:CANCELLED",
        ),
        *(
            "RRULE:FREQ=YEARLY",
            "CATEGORIES:",
            "CATEGORIES:a\\,b,Ramadan",
            "UID:",
            "DTSTART:",
            'X-A;B="c:d:e',
            "\x00",
        ),
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=20)), max_size=25), st.booleans())
def test_whatever_a_file_holds_it_is_read_or_refused(lines: list[str], whole: bool) -> None:
    text = "\r\n".join(
        ("BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR") if whole else lines
    )
    with contextlib.suppress(ConfigProblem):
        found = import_calendar(text.encode(errors="replace"), "unit.ics")
        assert set(load_calendars().entries) <= set(found.calendars.entries)


# ---------------------------------------------------------------- a damaged installation


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place for other calendars than those that ship, with nothing remembered before or after."""
    monkeypatch.setattr(paths, "resource", lambda *parts: tmp_path)
    module.load_calendars.cache_clear()
    module._shipped.cache_clear()
    yield tmp_path
    module.load_calendars.cache_clear()
    module._shipped.cache_clear()


def test_no_files_are_a_calendar_without_days(folder: Path) -> None:
    assert load_calendars().entries == ()


def test_a_damaged_file_is_named(folder: Path) -> None:
    (folder / "a.ics").write_bytes(file(*event()))
    (folder / "b.ics").write_bytes(file(*event(DTSTART="DTSTART:kemarin")))
    with pytest.raises(ConfigProblem) as caught:
        load_calendars()
    assert caught.value.params["file"] == "b.ics"
    assert caught.value.params["component"] == "VEVENT 1 (Libur setempat)"


def test_one_event_in_two_files_is_refused(folder: Path) -> None:
    (folder / "a.ics").write_bytes(file(*event()))
    (folder / "b.ics").write_bytes(file(*event()))
    with pytest.raises(ConfigProblem) as caught:
        load_calendars()
    assert caught.value.params["reason"] == "double_uid"


def test_a_file_that_cannot_be_opened_is_unreadable(folder: Path) -> None:
    (folder / "a.ics").mkdir()
    with pytest.raises(ConfigProblem) as caught:
        load_calendars()
    assert caught.value.params["reason"] == "unreadable"
    assert caught.value.params["file"] == "a.ics"
