"""Names that never change, instants, and the closed vocabulary of errors."""

from __future__ import annotations

import pickle
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain import errors, ids, times

AT = 1_795_311_983_000  # 2026-11-22T01:46:23Z


def test_ids_that_are_on_disks_already() -> None:
    """A change here would make every desk see every report as a new one."""
    assert ids.report_id("petabencana", "1234") == "35b09fdf-4ec4-5cc0-93b9-3a27dec08290"
    assert ids.report_id("x", "1860000000000000001") == "3e678071-3312-55aa-82ab-7d6ffc084e96"
    assert ids.event_id("0193b5a0-0000-7000-8000-000000000000") == "de032068-0e52-5d26-bd94-2824efbd3931"
    assert ids.event_id("0193b5a0-0000-7000-8000-000000000000", 1) == "6ac78fb9-6f30-5443-a100-77f1350d7649"


@given(st.text(), st.text(), st.integers(0, 9))
def test_ids_are_the_standards_uuids(one: str, two: str, index: int) -> None:
    assert ids.report_id(one, two) == str(uuid.uuid5(ids.REPORT_NAMESPACE, f"{one}\x1f{two}"))
    assert ids.event_id(one, index) == str(uuid.uuid5(ids.EVENT_NAMESPACE, f"{one}\x1f{index}"))


@given(st.text(), st.text(), st.text(), st.text())
def test_two_reports_never_share_a_name(a: str, b: str, c: str, d: str) -> None:
    if "\x1f" in a + b + c + d:
        return
    assert (ids.report_id(a, b) == ids.report_id(c, d)) == ((a, b) == (c, d))


@given(st.integers(0, 2**48 - 2), st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_action_ids_sort_by_time(at: int, one: bytes, two: bytes) -> None:
    earlier, later = ids.time_ordered_id(at, one), ids.time_ordered_id(at + 1, two)
    assert earlier < later
    value = uuid.UUID(earlier)
    assert (value.version, value.variant, value.int >> 80) == (7, uuid.RFC_4122, at)


@pytest.mark.parametrize("length", [0, 9, 11])
def test_action_ids_need_ten_random_bytes(length: int) -> None:
    with pytest.raises(ValueError, match="ten bytes"):
        ids.time_ordered_id(AT, bytes(length))


@given(st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_instants_are_whole_milliseconds_and_come_back(value: datetime) -> None:
    instant = times.from_datetime(value)
    assert timedelta(0) <= value - times.to_datetime(instant) < timedelta(milliseconds=1)
    assert times.from_iso(times.to_iso(instant)) == instant


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T01:46:23Z",
        "2026-11-22T01:46:23.000Z",
        " 2026-11-22T08:46:23+07:00 ",
        "2026-11-22T08:46:23+0700",
    ],
)
def test_iso_texts_of_the_channels(text: str) -> None:
    assert times.from_iso(text) == AT
    assert times.to_iso(AT) == "2026-11-22T01:46:23.000Z"


def test_what_lies_outside_the_calendar_of_a_city_is_no_time() -> None:
    assert times.plausible(0) == 0
    assert times.plausible(times.LATEST) == times.LATEST
    assert times.to_iso(times.LATEST) == "2199-12-31T23:59:59.999Z"
    for instant in (-1, times.LATEST + 1, times.from_iso("9999-12-31T23:59:59Z")):
        with pytest.raises(ValueError, match="not a time"):
            times.plausible(instant)


def test_a_time_without_a_zone_has_no_instant_unless_somebody_says_which() -> None:
    with pytest.raises(ValueError, match="zone"):
        times.from_iso("2026-11-22T08:46:23")
    assert times.from_iso("2026-11-22T08:46:23", naive_zone=times.JAKARTA) == AT
    with pytest.raises(ValueError, match="zone"):
        times.from_datetime(datetime(2026, 11, 22))  # noqa: DTZ001


@pytest.mark.parametrize("text", ["", "kemarin", "2026-13-01T00:00:00Z", "0"])
def test_what_is_no_time_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        times.from_iso(text)


def test_jakarta_is_seven_hours_ahead_all_year() -> None:
    assert timezone(timedelta(hours=7)) == times.JAKARTA
    assert times.to_datetime(AT).astimezone(times.JAKARTA).hour == 8


def test_the_vocabulary_is_closed_and_its_codes_are_unique() -> None:
    subclasses = set(errors.DeskError.__subclasses__())
    assert subclasses == set(errors.VOCABULARY)
    assert len({error.code for error in errors.VOCABULARY}) == len(errors.VOCABULARY)


def test_errors_say_what_callers_need() -> None:
    assert errors.Offline().offline
    assert errors.Offline().retryable
    assert {e.code for e in errors.VOCABULARY if e.retryable} == {"offline", "rate_limited", "transient"}
    assert errors.RateLimited(5_000).after == 5_000
    assert str(errors.BadData("x", "lat", raw_type="list")) == "bad_data(channel=x, key=lat, raw_type=list)"
    assert errors.Rejected("unknown_report").reason == "unknown_report"
    assert errors.StoreProblem("disk_full").kind == "disk_full"
    with pytest.raises(ValueError, match="not a kind"):
        errors.StoreProblem("on_fire")


def test_an_error_is_not_lost_on_its_way_between_threads() -> None:
    for error in (
        errors.Offline(host="h"),
        errors.StoreProblem("locked"),
        errors.BadData("x", "y", detail="z"),
    ):
        assert error.args == (error.code, dict(error.params))
        assert pickle.dumps(error.params)
