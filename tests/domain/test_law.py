"""What a law knows: levels, who is judged, who holds an office, and the ends of working days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.calendar import CalendarKind, Calendars, DayEntry, DayKind
from smartcity_desk.domain.events import PauseCode
from smartcity_desk.domain.law import Exemption
from smartcity_desk.domain.office import UPT, Category, Directory, OfficeLevel, Tenure
from smartcity_desk.domain.policy import Allowance
from smartcity_desk.domain.times import DAY, HOUR
from tests.domain.builders import CAKUNG, DIRECTORY, LAW, NOWHERE, PLN, POLICY, SUDIN, T0, TEBET, law
from tests.domain.golden.book import shown, wib
from tests.domain.lives import exemptions

LEBARAN = Calendars(
    [
        DayEntry(date(2026, 3, day).toordinal(), DayKind.JOINT_LEAVE, "Cuti bersama")
        for day in (18, 19, 20, 23, 24)
    ]
)


@pytest.mark.parametrize(
    ("at", "days", "end"),
    [
        ("2026-04-06 10:00", 0, "2026-04-07 00:00"),
        ("2026-04-06 10:00", 1, "2026-04-08 00:00"),
        ("2026-04-06 00:00", 1, "2026-04-08 00:00"),
        ("2026-04-06 23:59", 1, "2026-04-08 00:00"),
        ("2026-04-10 10:00", 1, "2026-04-14 00:00"),  # Friday: the next working day is Monday
        ("2026-04-11 10:00", 1, "2026-04-14 00:00"),  # a Saturday's day is not a working one
        ("2026-04-06 10:00", 5, "2026-04-14 00:00"),
        ("2026-03-17 10:00", 1, "2026-03-26 00:00"),  # over the joint leave of Idulfitri
        ("2026-03-17 10:00", 3, "2026-03-28 00:00"),
    ],
)
def test_a_term_of_working_days_ends_at_midnight_in_jakarta(at: str, days: int, end: str) -> None:
    assert shown(law(calendars=LEBARAN).working_days_after(wib(at), days)) == end


@given(st.integers(T0 - 300 * DAY, T0 + 300 * DAY), st.integers(0, 12))
def test_a_term_holds_as_many_working_days_as_it_says(at: int, days: int) -> None:
    end = LAW.working_days_after(at, days)
    first = LAW.working_days_after(at, 0)
    assert at < first <= at + DAY
    worked = [
        day
        for day in range(first, end, DAY)
        if LAW.calendars.worked(CalendarKind.WORKING_DAYS, day, day + DAY)
    ]
    assert len(worked) == days
    assert LAW.working_days_after(at, days + 1) > end


def test_levels_and_who_is_judged() -> None:
    assert [LAW.level(code) for code in (UPT, TEBET, SUDIN, PLN, NOWHERE)] == [
        OfficeLevel.UPT,
        OfficeLevel.KELURAHAN,
        OfficeLevel.SUDIN,
        OfficeLevel.THIRD_PARTY,
        OfficeLevel.KELURAHAN,
    ]
    judged = {code for code in (UPT, TEBET, SUDIN, PLN, NOWHERE, "31", "31.74", "") if LAW.scored(code)}
    assert judged == {TEBET, SUDIN, "31.74"}


def test_an_office_lies_within_itself_and_all_above_it() -> None:
    assert LAW.within(TEBET) == {TEBET, "31.74.01", "31.74", "31"}
    assert LAW.within(SUDIN) == {SUDIN, "SDA"}
    assert LAW.within(NOWHERE) == {NOWHERE}
    assert LAW.within(TEBET) is LAW.within(TEBET)


def test_the_holder_is_the_latest_to_come_of_those_whose_time_runs() -> None:
    tenures = (
        Tenure(TEBET, "plt", 20, 30, acting=True),
        Tenure(TEBET, "lurah", 10, None),
        Tenure(TEBET, "lama", 0, 10),
        Tenure(CAKUNG, "lain", 0, None),
    )
    one = law(directory=replace(DIRECTORY, tenures=tenures))

    def holder(at: int) -> str | None:
        found = one.holder(TEBET, at)
        return None if found is None else found.official

    assert [holder(at) for at in (-1, 0, 9, 10, 19, 20, 29, 30, 1000)] == [
        None, "lama", "lama", "lurah", "lurah", "plt", "plt", "lurah", "lurah",
    ]  # fmt: skip
    assert [tenure.official for tenure in one.tenures(TEBET)] == ["lama", "lurah", "plt"]
    assert one.tenures(SUDIN) == ()


def test_allowances_are_the_policy_s_of_the_holder_s_level() -> None:
    later = replace(POLICY, version="later", effective_from=T0, response={OfficeLevel.KELURAHAN: HOUR})
    one = law(policies=[POLICY, later])
    assert one.allowance(POLICY, TEBET, None) == Allowance(24 * HOUR)
    assert one.allowance(later, TEBET, None) == Allowance(HOUR)
    assert one.allowance(later, SUDIN, None) is None
    assert one.allowance(later, PLN, "flood") is None
    assert one.allowance(POLICY, TEBET, None) is one.allowance(POLICY, TEBET, None)
    assert one.verification(POLICY) == Allowance(12 * HOUR)


def test_only_a_category_of_life_and_limb_is_one() -> None:
    wire = Category("wire", "Kabel putus", "utility", life_safety=True)
    one = law(directory=Directory.of(offices=[], categories=[wire, *DIRECTORY.categories.values()]))
    assert [one.life_safety(code) for code in ("wire", "flood", None, "none")] == [True, False, False, False]


@given(st.lists(exemptions, max_size=8), st.integers(-2, 8), st.none() | st.integers(-2, 30))
def test_a_clock_is_told_of_every_declaration_that_may_touch_it(
    found: list[Exemption], since_days: int, until_days: int | None
) -> None:
    one = law(*found)
    since = T0 + since_days * DAY
    until = None if until_days is None else T0 + until_days * DAY
    told = one.declared(since, until)
    touching = [
        each for each in one.exemptions if each.until > since and (until is None or each.since < until)
    ]
    assert [each for each in told if each in touching] == touching
    assert all(until is None or each.since < until for each in told)
    assert not told or told[0] in touching, (
        "what was over before is not looked at, however long the list grows"
    )


def test_equal_laws_are_equal_whatever_they_have_been_asked() -> None:
    flood = Exemption(PauseCode.CALAMITY, 5, 9, frozenset({"31.74"}), frozenset(), "banjir", "x")
    early = replace(flood, since=1, event="a")
    one, other = law(flood, early), law(early, flood)
    one.within(TEBET)
    one.tenures(TEBET)
    assert one == other
    assert hash(one) == hash(other)
    assert one.exemptions == (early, flood)
    assert one != law(flood)
    assert one != "a law"
