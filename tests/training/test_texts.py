"""What citizens write in the training city: three registers, slips, personal data that masking finds, hostile texts."""

from __future__ import annotations

import re
from collections import Counter

from smartcity_desk.directory import category_table
from smartcity_desk.domain.decide import RESPONSE_MIN
from smartcity_desk.domain.decision import REASON_MIN
from smartcity_desk.domain.privacy import EMAIL, NIK, PHONE, PLATE, mask
from smartcity_desk.training import texts
from smartcity_desk.training.draw import seeded
from smartcity_desk.training.history import History
from smartcity_desk.training.record import PETABENCANA_CATEGORY
from smartcity_desk.training.traits import DISASTERS, OTHER_CATEGORIES, OWN_CATEGORIES


def test_three_registers_abbreviations_emoji_and_slips(history: History) -> None:
    written = [record.text for record in history.records]
    words = Counter(word for text in written for word in text.split())
    assert {"Dengan", "hormat,", "nih", "dong", "jl", "yg", "gk", "udh", "tlg", "mhn"} <= set(words)
    assert any(ord(letter) > 0x1F300 for text in written for letter in text)
    assert len(set(written)) > 0.9 * len(written)
    assert sum(text.startswith("@jakartagoid ") for text in written) == sum(
        record.channel == "x" for record in history.records
    )


def test_personal_data_is_invented_and_masking_finds_all_of_it(history: History) -> None:
    found: Counter[str] = Counter()
    for record in history.records:
        masked = mask(record.text).text
        for mark in (PHONE, EMAIL, NIK, PLATE):
            found[mark] += mark in masked
        assert not re.search(r"0812|\+62 8|surat\.example|\d{16}|plat B", masked), masked
        for phone in re.findall(r"(?:0|\+62 )812[- ](\d{4})", record.text):
            assert phone == "0000"
        assert not re.search(r"NIK (?!317499)", record.text)
    assert min(found[mark] for mark in (PHONE, EMAIL, NIK, PLATE)) >= 3
    assert sum(found.values()) < 0.08 * len(history.records)


def test_some_texts_are_hostile(history: History) -> None:
    written = "\n".join(record.text for record in history.records)
    for part in ("<script>", "onerror=", "=HYPERLINK(", "\u202e", "DROP TABLE", "Subject: x"):
        assert part in written
    hostile = sum("\u202e" in record.text or "<script>" in record.text for record in history.records)
    assert hostile < 0.01 * len(history.records)


def test_every_category_that_is_drawn_has_its_words() -> None:
    drawn = {word for word, _ in (*OWN_CATEGORIES, *OTHER_CATEGORIES)}
    drawn |= {PETABENCANA_CATEGORY[word] for word, _ in DISASTERS}
    assert drawn <= set(texts.PROBLEMS)
    assert drawn | set(texts.PROBLEMS) <= set(category_table())
    assert set(PETABENCANA_CATEGORY.values()) <= set(category_table())


def test_what_people_of_the_city_write_is_long_enough_to_count() -> None:
    assert all(len(text) >= RESPONSE_MIN for text in texts.RESPONSES)
    reasons = (
        *texts.RETURNS,
        *texts.WEAK_RETURNS,
        *texts.ROUTE_REASONS,
        *texts.REROUTE_REASONS,
        *texts.REFUSE_RETURN,
        *texts.REFUSE_DONE,
        *texts.REOPEN,
        texts.WAIT_REPORTER,
        texts.WAIT_THIRD,
        texts.JOINED,
    )
    assert all(len(text) >= REASON_MIN for text in reasons)


def test_nobody_is_named(history: History) -> None:
    for record in history.records:
        assert not re.search(r"\b(?:Bapak|Pak|Ibu|Bu|Sdr|H\.|Hj\.|KH)\.? [A-Z]", record.text), record.text
    streets = [found for record in history.records for found in re.findall(r"Jl\. (\w+)", record.text)]
    slipped = sum(street not in texts.STREETS for street in streets)
    assert slipped < 0.05 * len(streets)


def test_a_slip_keeps_the_letters() -> None:
    rng = seeded("slips")
    plain = "sampah menumpuk di depan pasar"
    for _ in range(200):
        slipped = texts._slip(rng, plain)
        assert abs(len(slipped) - len(plain)) <= 1
        assert set(slipped) == set(plain)
    assert texts._slip(rng, "pendek") == "pendek"
