"""Look-alikes and surges out of a file: who is found, who never is, and that what is remembered follows the file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartcity_desk.domain.events import CategorySet, EventKind
from smartcity_desk.domain.location import Location, PlaceBadge
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.report import PlaceQuality, Report, Status
from smartcity_desk.domain.surge import LEAST
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from smartcity_desk.store import Store
from tests.domain.builders import DIRECTORY, MENTENG, T0, TEBET
from tests.store.helpers import do, made, put, traffic

NOW = T0 + 2 * DAY
METRE = 1 / 111_195


def point(number: int, text: str, *, north: float = 0.0, **changes: object) -> Report:
    given = {
        "text": text,
        "lat": -6.2266 + north * METRE,
        "lon": 106.8547,
        "accuracy_m": 15.0,
        "place_quality": PlaceQuality.EXACT,
        "category": None,
    } | changes
    return made(number, **given)


def wordy(number: int, text: str, **changes: object) -> Report:
    return made(number, **({"text": text, "category": None, "lat": None, "lon": None} | changes))


def found(store: Store, report: Report, now: int = NOW) -> set[str]:
    return {one.report for one in store.lookalikes.of(report.id, now=now)}


HOLE = point(1, "Jalan berlubang di Jl. Melati III RT 3/RW 5")
AGAIN = point(2, "lobang gede jln melati 3", north=12, channel="x")
ELSEWHERE = point(3, "Jalan berlubang di Jl. Melati III RT 3/RW 5", north=4_000)


def test_the_same_thing_is_found_from_both_sides_and_from_no_other(store: Store) -> None:
    put(store, HOLE, AGAIN, ELSEWHERE)
    assert found(store, HOLE) == {AGAIN.id}
    assert found(store, AGAIN) == {HOLE.id}
    assert found(store, ELSEWHERE) == set()
    assert store.lookalikes.of("unknown", now=NOW) == ()
    assert set(store.lookalikes.of_many([HOLE.id, ELSEWHERE.id, AGAIN.id], now=NOW)) == {HOLE.id, AGAIN.id}


def test_traffic_and_rejected_reports_join_nothing(store: Store) -> None:
    jam = traffic(4, text=HOLE.text, lat=HOLE.lat, lon=HOLE.lon, place_quality=PlaceQuality.EXACT)
    refused = point(5, HOLE.text, source_status=Status.REJECTED)
    put(store, HOLE, jam, refused)
    assert found(store, HOLE) == found(store, jam) == found(store, refused) == set()


def test_only_what_was_known_at_the_time_is_found(store: Store) -> None:
    put(store, HOLE, replace(AGAIN, reported_at=T0 + DAY))
    assert found(store, HOLE, now=T0 + HOUR) == set()
    assert found(store, HOLE) == {AGAIN.id}


def test_what_is_older_than_sixty_days_is_not_compared(store: Store) -> None:
    put(store, HOLE, replace(AGAIN, reported_at=T0 - 61 * DAY))
    assert found(store, HOLE) == set()


def test_reports_that_come_later_are_found(store: Store) -> None:
    put(store, HOLE)
    assert found(store, HOLE) == set()
    put(store, AGAIN)
    assert found(store, HOLE) == {AGAIN.id}


def test_a_point_that_a_channel_revised_is_followed(store: Store) -> None:
    put(store, HOLE, AGAIN)
    assert found(store, HOLE) == {AGAIN.id}
    put(store, replace(AGAIN, lat=-6.3, changed_at=T0 + HOUR))
    assert found(store, HOLE) == set()
    put(store, replace(AGAIN, changed_at=T0 + 2 * HOUR))
    assert found(store, HOLE) == {AGAIN.id}


def test_a_category_that_an_operator_chose_counts_at_once(store: Store) -> None:
    plain = point(1, "tolong dicek"), point(2, "parah pak", north=12)
    put(store, *plain)

    def score() -> float:
        (one,) = store.lookalikes.of(plain[0].id, now=NOW, least=0.0)
        return one.score

    before = score()
    do(store, EventKind.CATEGORY_SET, CategorySet("flood"), plain[0])
    do(store, EventKind.CATEGORY_SET, CategorySet("tree"), plain[1])
    assert score() < before
    do(store, EventKind.CATEGORY_SET, CategorySet("flood"), plain[1])
    assert score() > before


def test_without_a_point_rare_words_find_it_however_they_are_written(store: Store) -> None:
    nowhere = wordy(2, "selokan tersumbat jln melati III rt 3 rw 5", channel="x")
    put(store, point(1, "Got mampet di Jl. Melati 3 RT 3/5", category="flood"), nowhere)
    assert found(store, nowhere) == {made(1).id}
    assert found(store, made(1)) == {nowhere.id}


def test_a_kelurahan_that_was_found_for_a_text_stands_in_for_its_point(store: Store) -> None:
    centres = {TEBET: (-6.226, 106.855), MENTENG: (-6.195, 106.832)}
    offices = [
        replace(office, lat=centres[code][0], lon=centres[code][1]) if code in centres else office
        for code, office in DIRECTORY.offices.items()
    ]
    put_in_force = Directory.of(edition="2", offices=offices, categories=DIRECTORY.categories.values())
    store.set_directory(put_in_force, "etag-2", T0)
    texts = (
        "got mampet jl melati RT 3/5",
        "selokan buntu jl melati rt 3/5",
        "saluran tersumbat Jl. Melati RT 3/5",
    )
    places = (TEBET, TEBET, MENTENG)
    asked, near, far = (
        wordy(number, text, location=Location(PlaceBadge.NAMED, place))
        for number, (text, place) in enumerate(zip(texts, places, strict=True), start=1)
    )
    put(store, asked, near, far)
    scores = {one.report: one.score for one in store.lookalikes.of(asked.id, now=NOW, least=0.0)}
    assert scores[near.id] > 0.5 > scores.get(far.id, 0.0)


@pytest.mark.parametrize(
    "text", ["", "🙏🙏🙏", '"; DROP TABLE report; --" AND NEAR(', "jl. \"'* (OR) -", "\u202e\u0000 jalan"]
)
def test_no_text_breaks_the_search(store: Store, text: str) -> None:
    odd = wordy(2, f"{text} Melati Kenanga", channel="x")
    put(store, HOLE, odd)
    assert found(store, odd) <= {HOLE.id}


def test_who_reports_again_without_a_position_is_found_by_his_name(store: Store) -> None:
    others = [wordy(number, "lampu jalan mati", author=f"x{number}") for number in range(3, 40)]
    first = point(1, "got mampet di Jl. Melati, sudah bau", author="x1", category="flood")
    again = wordy(2, "got masih mampet jln melati", author="x1", category="flood", reported_at=T0 + HOUR)
    stranger = replace(again, id=made(41).id, external_id="41", author="x41", text="got masih mampet")
    put(store, first, again, stranger, *others)
    assert found(store, again) == {first.id}
    assert found(store, stranger) == set()


def test_zero_zero_is_no_position(store: Store) -> None:
    one = point(1, "tolong pak", lat=0.0, lon=0.0, place_quality=PlaceQuality.NONE)
    put(store, one, point(2, "parah pak", lat=0.0, lon=0.0, place_quality=PlaceQuality.NONE))
    assert found(store, one) == set()


def test_at_most_ten_are_suggested_the_likeliest_first(store: Store) -> None:
    many = [point(number, "jalan berlubang jl melati", north=number) for number in range(1, 16)]
    put(store, *many)
    scores = [one.score for one in store.lookalikes.of(many[0].id, now=NOW)]
    assert len(scores) == 10
    assert scores == sorted(scores, reverse=True)


def test_a_surge_is_seen_in_its_kecamatan_with_its_dangers(store: Store) -> None:
    calm = [
        wordy(
            1_000 + day, "lampu mati", reported_at=T0 - day * DAY, location=Location(PlaceBadge.SURE, TEBET)
        )
        for day in range(2, 28)
    ]
    flood = [
        wordy(
            number,
            "banjir naik terus" if number % 2 else "jalan tergenang",
            reported_at=T0 - number * MINUTE // 2,
            location=Location(PlaceBadge.SURE, TEBET),
        )
        for number in range(LEAST + 4)
    ]
    put(store, *calm, *flood[: LEAST - 1])
    assert store.surges.at(T0) == ()
    put(store, *flood[LEAST - 1 :])
    (surge,) = store.surges.at(T0)
    assert (surge.area, surge.count) == (TEBET[:8], LEAST + 4)
    assert surge.alarms == len([one for one in flood if "naik" in one.text])
    assert store.surges.at(T0 + 2 * HOUR) == ()
