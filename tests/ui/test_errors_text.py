"""Every word of the vocabulary has its three sentences in both languages, and foreign text in them stays harmless."""

from __future__ import annotations

import pytest

from smartcity_desk import i18n
from smartcity_desk.domain.decision import REFUSALS, Contradicted, Refused
from smartcity_desk.domain.errors import (
    VOCABULARY,
    AuthExpired,
    BadData,
    ConfigProblem,
    Conflict,
    DeskError,
    Offline,
    RateLimited,
    Rejected,
    StoreProblem,
    Transient,
)
from smartcity_desk.ui import errors_text
from smartcity_desk.ui.errors_text import Words


def samples() -> list[DeskError]:
    made: list[DeskError] = [
        RateLimited(90_000),
        RateLimited(),
        *(Transient(reason=reason) for reason in ("cut", "timeout", "html", "open311_page", "other")),
        Rejected("unknown_report"),
        Rejected("bad_credentials"),
        Rejected("anything"),
        Conflict(field="category", base="a", theirs="b"),
        BadData("waze", "pubMillis"),
        *(StoreProblem(kind, path="/srv/x", pid=7) for kind in StoreProblem.KINDS),
        *(
            ConfigProblem(name="x", reason=reason, value="v", channel="c")
            for reason in (
                *("bad_url", "url_with_credentials", "bad_value", "no_display", "no_url", "waze_georss"),
                "other",
            )
        ),
    ]
    covered = {type(error) for error in made}
    return made + [kind() for kind in VOCABULARY if kind not in covered]


def check(words: Words) -> None:
    for sentence in (words.what, words.means, words.next):
        assert sentence
        assert sentence[0].isupper() or not sentence[0].isalpha()
        assert "{" not in sentence
    assert len({words.what, words.means, words.next}) == 3
    assert words.whole == f"{words.what} {words.means} {words.next}"


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("error", samples(), ids=str)
def test_every_error_has_words(error: DeskError, language: str) -> None:
    i18n.set_language(language)
    check(errors_text.of_error(error))
    assert errors_text.of_code(error.code, error.params) == errors_text.of_error(error)


def test_the_samples_cover_the_vocabulary() -> None:
    assert {type(error) for error in samples()} == set(VOCABULARY)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_every_refusal_has_words(code: str, language: str) -> None:
    i18n.set_language(language)
    check(errors_text.of_decision(Refused(code)))
    assert errors_text.of_code("rejected", {"reason": code}) == errors_text.of_decision(Refused(code))


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("code", ["unsupported_type", "body_too_large", "hash_mismatch"])
def test_a_file_that_the_server_refused_has_words_in_the_outbox(code: str, language: str) -> None:
    i18n.set_language(language)
    check(errors_text.of_code(code))
    assert code not in errors_text.of_code(code).whole


def test_every_kind_of_store_problem_has_words_of_its_own() -> None:
    whats = {errors_text.of_error(StoreProblem(kind)).what for kind in StoreProblem.KINDS}
    assert len(whats) == len(StoreProblem.KINDS)


def test_parameters_stand_in_the_sentence() -> None:
    assert "budi" in errors_text.of_decision(Refused("claimed_by_other", {"user": "budi"})).what
    assert "penyelia" in errors_text.of_decision(Refused("role_not_allowed", {"role": "supervisor"})).what
    assert "kategori" in errors_text.of_decision(Contradicted("category", "a", "b", "c")).what
    assert "1 m" in errors_text.of_error(RateLimited(90_000)).next
    assert "Masa sanggah" in errors_text.of_decision(Refused("mark_not_there", {"step": "window"})).what
    assert (
        "20 Nov 2026 00.00"
        in errors_text.of_decision(Refused("window_closed", {"at": 1_795_107_600_000})).what
    )


def test_a_code_that_nobody_knows_still_gets_sentences() -> None:
    words = errors_text.of_code("from_the_future", {"x": "y"})
    check(words)
    assert "from_the_future" in words.what


def test_an_unexpected_exception_names_its_class_and_not_its_content() -> None:
    words = errors_text.of_exception(ZeroDivisionError("budi@example.org"))
    check(words)
    assert "ZeroDivisionError" in words.what
    assert "budi" not in words.whole
    assert errors_text.of_exception(Offline()) == errors_text.of_error(Offline())


def test_foreign_text_in_a_parameter_is_one_short_plain_line() -> None:
    hostile = "x\u202egnp.exe\n<b>tebal</b>" + "y" * 5_000
    what = errors_text.of_error(BadData("waze", hostile)).what
    assert "\u202e" not in what
    assert "\n" not in what
    assert len(what) < 300


def test_offline_says_that_work_goes_on() -> None:
    assert "tetap dapat bekerja" in errors_text.of_error(Offline()).means
    assert errors_text.of_error(AuthExpired()).what != errors_text.of_error(Transient()).what


def test_a_source_that_refuses_a_question_is_not_told_as_a_refused_action() -> None:
    told = errors_text.of_code("rejected", {"reason": "http_404", "place": "waze"})
    refused = errors_text.of_code("rejected", {"reason": "http_404"})
    assert told.what != refused.what
    assert told.next != refused.next


@pytest.mark.parametrize("code", ["auth_expired", "forbidden", "rejected"])
def test_what_a_source_refuses_sends_nobody_to_the_log_in_of_the_central_server(code: str) -> None:
    of_source = errors_text.of_code(code, {"place": "x"})
    of_server = errors_text.of_code(code, {"place": "central"})
    check(of_source)
    assert of_source.what != of_server.what
    assert of_source.next != of_server.next


@pytest.mark.parametrize("place", ["layer", "arcgis"])
@pytest.mark.parametrize(
    ("code", "params"),
    [
        ("rejected", {"reason": "http_400"}),
        ("auth_expired", {}),
        ("bad_data", {"key": "envelope"}),
        ("bad_data", {"key": "too_large"}),
        ("bad_data", {"key": "json"}),
    ],
)
def test_a_layers_trouble_speaks_of_no_report_no_log_in_and_no_channel(
    place: str, code: str, params: dict[str, object]
) -> None:
    at = {"channel": place} if code == "bad_data" else {"place": place}
    words = errors_text.of_code(code, {**params, **at})
    check(words)
    for wrong in ("laporan", "server pusat", "kanal", " layer", " arcgis"):
        assert wrong not in words.whole


@pytest.mark.parametrize(
    "key", ["json", "empty", "envelope", "too_large", "content_encoding", "repeated_page_token"]
)
def test_a_whole_answer_that_cannot_be_read_says_why_and_points_at_no_quarantine(key: str) -> None:
    words = errors_text.of_error(BadData("x", key))
    check(words)
    assert key not in words.what
    assert "karantina" not in words.whole
