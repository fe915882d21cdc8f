from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk import log
from smartcity_desk.log import redact


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    root = logging.getLogger()
    level = root.level
    yield tmp_path
    log.close()
    root.setLevel(level)


def entries(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / log.FILE_NAME).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Authorization: Bearer abc.def-123456", "abc.def-123456"),
        ("sent with bearer AAAAAAAAAAAAAAAAAAAAA%2F", "AAAAAAAAAAAA"),
        ("GET https://api.x.com/2/tweets?query=%40jakarta&next_token=b26v89c19zqg8o3f", "b26v89c19zqg8o3f"),
        ("at https://www.waze.com/row-partnerhub-api/feed?acotu=true&id=XYZ12345", "XYZ12345"),
        ("https://operator:rahasia@central.example/v1", "rahasia"),
        ("https://central.example/cb#access_token=qwertyuiop", "qwertyuiop"),
        ('GET /v1/events?after=5&token=qwertyuiop HTTP/1.1" 200', "qwertyuiop"),
        ("password=hunter2 user=a", "hunter2"),
        ("{'api_key': 'k-12345', 'n': 1}", "k-12345"),
        ('{"refresh_token": "r-98765"}', "r-98765"),
        ("x-auth-token: z-13579", "z-13579"),
        ("kata sandi: rahasia99", "rahasia99"),
        ("token eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJ", "eyJzdWIiOiIx"),
        ("hash $argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub", "RdescudvJCsgt3ub"),
        ("from budi.santoso+lapor@contoh.co.id today", "budi.santoso"),
        ("hubungi 0812-3456-7890 ya", "3456"),
        ("hubungi +62 812 3456 7890", "3456"),
        ("wa 6281234567890.", "6281234567890"),
        ("NIK 3174054508900003 atas nama", "3174054508900003"),
        ("NIK 3174 0545 0890 0003", "0545"),
    ],
)
def test_what_names_a_person_or_opens_a_door_is_hidden(text: str, hidden: str) -> None:
    assert hidden in text
    assert hidden not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "pulled 200 rows in 35 ms at 1763884800000",
        "report 0192f0c1-7a3b-7c00-8000-0123456789ab confirmed as seq 812345678",
        "http://127.0.0.1:8123/v1/events answered 503",
        "post 1995512345678901234 changed",
        "token refused (401), channel x stops",
        "waited 25 s; next try at 2026-11-23T07:45:00.123Z",
    ],
)
def test_what_a_maintainer_needs_stays(text: str) -> None:
    assert redact(text) == text


@given(st.text(max_size=300))
def test_redaction_takes_any_text_and_is_settled_after_one_pass(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@given(
    st.text(alphabet=st.characters(codec="ascii", categories=["L", "N"]), min_size=8, max_size=40),
    st.sampled_from(
        ["token={}", "Authorization: Bearer {}", "http://h/p?a={}", '{{"password": "{}"}}', "api-key: {}"]
    ),
)
def test_no_secret_survives_in_any_of_its_usual_places(secret: str, place: str) -> None:
    assert secret not in redact(place.format(secret)) or secret.lower() in {"redacted", "authorization"}


@pytest.mark.parametrize("piece", ["1-", "a_", "08", "B 1 ", "http://a?", "a@a.", "/a?", "token "])
def test_a_hostile_text_takes_no_time(piece: str) -> None:
    begun = time.process_time()
    redact(piece * (log._LONGEST // len(piece)))
    assert time.process_time() - begun < 3


def test_the_file_is_json_lines_redacted_with_tracebacks(folder: Path) -> None:
    log.configure(folder)
    logger = logging.getLogger("smartcity_desk.sync.test")
    try:
        raise RuntimeError("GET http://host/feed?key=abcdef failed")
    except RuntimeError:
        logger.exception("channel %s failed at %s", "x", "http://host/feed?key=abcdef")
    logger.debug("not at this level")
    log.close()
    (entry,) = entries(folder)
    assert entry["level"] == "error"
    assert entry["logger"] == "smartcity_desk.sync.test"
    assert entry["message"] == "channel x failed at http://host/feed?[redacted]"
    assert isinstance(entry["at"], int)
    assert str(entry["time"]).endswith("Z")
    assert "Traceback" in str(entry["error"])
    assert "abcdef" not in json.dumps(entry)


def test_a_line_break_from_outside_cannot_fake_a_record(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.configure(folder, to_stderr=True)
    logging.getLogger("a").warning("first\n2026-01-01 ERROR faked\rover")
    log.close()
    assert len(entries(folder)) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_file_rotates_and_stays_small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_MAX_BYTES", 2_000)
    log.configure(folder)
    for number in range(200):
        logging.getLogger("a").info("line %d of many", number)
    log.close()
    files = sorted(folder.iterdir())
    assert len(files) == 1 + log._BACKUPS
    assert all(file.stat().st_size <= 2_000 for file in files)


def test_configuring_again_replaces_and_closes(folder: Path) -> None:
    log.configure(folder)
    before = len(logging.getLogger().handlers)
    log.configure(folder)
    assert len(logging.getLogger().handlers) == before
    logging.getLogger("a").warning("once")
    log.close()
    assert len(entries(folder)) == 1


def test_a_folder_that_refuses_leaves_standard_error(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.configure(folder / "missing")
    logging.getLogger("a").warning("still told")
    assert "still told" in capsys.readouterr().err


def test_a_text_of_any_length_is_cut(folder: Path) -> None:
    log.configure(folder)
    logging.getLogger("a").warning("x" * 1_000_000)
    log.close()
    assert (folder / log.FILE_NAME).stat().st_size < 50_000
