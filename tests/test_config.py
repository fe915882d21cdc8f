from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk import config
from smartcity_desk.config import ChannelSettings, Settings
from smartcity_desk.domain.errors import ConfigProblem, StoreProblem


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.json"


@pytest.mark.parametrize("setting", config.SETTINGS.values(), ids=lambda setting: setting.name)
def test_every_default_is_a_value_its_setting_accepts(setting: config.Setting[object], path: Path) -> None:
    settings = Settings.load(path)
    assert settings.get(setting) == setting.default
    settings.set(setting, setting.default)
    assert settings.get(setting) == setting.default


def test_what_is_saved_is_read_again(path: Path) -> None:
    settings = Settings.load(path)
    settings.set(config.LANGUAGE, "en")
    settings.set(config.FONT_PERCENT, 125)
    settings.set(config.COLUMN_WIDTHS, {"text": 320})
    settings.set_channel("petabencana", ChannelSettings(True, "http://127.0.0.1:8123", {"window": 3}))
    settings.save()
    again = Settings.load(path)
    assert again.get(config.LANGUAGE) == "en"
    assert again.get(config.FONT_PERCENT) == 125
    assert again.get(config.COLUMN_WIDTHS) == {"text": 320}
    assert again.channels() == {
        "petabencana": ChannelSettings(True, "http://127.0.0.1:8123", {"window": 3}),
    }
    assert again.refused == []
    assert again.set_aside is None


def test_what_a_channel_may_do_with_its_rows_is_kept(path: Path) -> None:
    settings = Settings.load(path)
    settings.set_channel("x", ChannelSettings(True, export=False, retention_days=30))
    settings.set_channel("waze", ChannelSettings(True, export=True, retention_days=0))
    settings.set_channel("email", ChannelSettings(True))
    settings.save()
    again = Settings.load(path)
    assert again.channel("x") == ChannelSettings(True, export=False, retention_days=30)
    assert again.channel("waze") == ChannelSettings(True, export=True, retention_days=0)
    assert again.channel("email") == ChannelSettings(True)  # as its manifest says
    assert "export" not in json.loads(path.read_text())["channel.email"]


@pytest.mark.parametrize("days", [-1, config.RETENTION_MOST + 1])
def test_days_that_nobody_means_are_refused_and_strange_ones_count_as_not_set(path: Path, days: int) -> None:
    settings = Settings.load(path)
    with pytest.raises(ConfigProblem):
        settings.set_channel("x", ChannelSettings(True, retention_days=days))
    path.write_text(json.dumps({"channel.x": {"enabled": True, "export": "ya", "retention_days": days}}))
    assert Settings.load(path).channel("x") == ChannelSettings(True)


def test_nothing_is_written_before_something_changed(path: Path) -> None:
    settings = Settings.load(path)
    settings.set(config.LANGUAGE, config.LANGUAGE.default)
    settings.save()
    assert not path.exists()


def test_what_this_version_does_not_know_is_kept(path: Path) -> None:
    path.write_text('{"from.the.future": {"a": [1, 2]}, "language": "en"}')
    settings = Settings.load(path)
    settings.set(config.THEME, "dark")
    settings.save()
    assert json.loads(path.read_text())["from.the.future"] == {"a": [1, 2]}
    assert Settings.load(path).get(config.LANGUAGE) == "en"


@pytest.mark.parametrize("content", ["", "{", "[1]", "null", "\x00\x01", "{" * 100_000, '"text"'])
def test_a_file_that_cannot_be_read_is_set_aside_and_told(
    path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_text(content)
    settings = Settings.load(path)
    assert settings.get(config.LANGUAGE) == "id"
    assert settings.set_aside is not None
    assert settings.set_aside.read_text() == content
    assert not path.exists()
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_two_bad_files_are_both_kept(path: Path) -> None:
    kept = set()
    for content in ("{1", "{2"):
        path.write_text(content)
        kept.add(Settings.load(path).set_aside)
    assert len(kept) == 2
    assert {file.read_text() for file in kept if file} == {"{1", "{2"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("language", "jv"), ("font.percent", "big"), ("font.percent", True), ("theme", 1), ("welcomed", "yes"),
     ("triage.views", {}), ("central.url", "ftp://x"), ("central.url", "http://u:p@host")],
)  # fmt: skip
def test_a_stored_value_that_does_not_fit_means_the_default_and_is_named(
    path: Path, name: str, value: object
) -> None:
    path.write_text(json.dumps({name: value, "density": "compact"}))
    settings = Settings.load(path)
    assert settings.get(config.SETTINGS[name]) == config.SETTINGS[name].default
    assert settings.get(config.DENSITY) == "compact"
    assert settings.refused == [name]


def test_a_value_that_does_not_fit_cannot_be_set(path: Path) -> None:
    settings = Settings.load(path)
    with pytest.raises(ConfigProblem):
        settings.set(config.LANGUAGE, "jv")
    with pytest.raises(ConfigProblem):
        settings.set(config.COLUMN_WIDTHS, {"x": object()})  # type: ignore[dict-item]
    assert settings.get(config.LANGUAGE) == "id"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("petabencana.id", "bad_url"),
        ("file:///etc/passwd", "bad_url"),
        ("http://", "bad_url"),
        ("http://host:99999", "bad_url"),
        ("http://[::1", "bad_url"),
        ("https://operator:rahasia@host/api", "url_with_credentials"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused(path: Path, url: str, reason: str) -> None:
    settings = Settings.load(path)
    with pytest.raises(ConfigProblem) as caught:
        settings.set_channel("x", ChannelSettings(True, url))
    assert caught.value.params["reason"] == reason
    assert "rahasia" not in str(caught.value)
    assert settings.channels() == {}


def test_two_processes_change_different_things_and_lose_nothing(path: Path) -> None:
    desk, command_line = Settings.load(path), Settings.load(path)
    desk.set(config.THEME, "dark")
    command_line.set_channel("waze", ChannelSettings(True, "http://127.0.0.1:1"))
    command_line.save()
    desk.save()
    again = Settings.load(path)
    assert again.get(config.THEME) == "dark"
    assert again.channel("waze").enabled
    assert desk.channel("waze").enabled, "after saving, the desk knows what the other one did"


def test_many_writers_at_once(path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom smartcity_desk.config import *\n"
        "s = Settings.load(Path(sys.argv[1]))\n"
        "s.set_channel(sys.argv[2], ChannelSettings(True, ''))\ns.save()\n"
    )
    names = [f"c{number}" for number in range(6)]
    running = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in names]
    assert [process.wait(timeout=60) for process in running] == [0] * len(names)
    assert sorted(Settings.load(path).channels()) == names


def test_resetting_and_removing(path: Path) -> None:
    settings = Settings.load(path)
    settings.set(config.THEME, "dark")
    settings.set_channel("x", ChannelSettings(True, ""))
    settings.save()
    settings.reset(config.THEME)
    settings.remove_channel("x")
    settings.save()
    assert json.loads(path.read_text()) == {}


def test_a_write_that_fails_half_way_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.load(path)
    settings.set(config.THEME, "dark")
    settings.save()
    before = path.read_bytes()
    settings.set(config.THEME, "light")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreProblem) as caught:
        settings.save()
    assert caught.value.kind == "disk_full"
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir() if file.name.endswith(".json")] == [path.name]
    monkeypatch.undo()
    settings.save()
    assert Settings.load(path).get(config.THEME) == "light"


def test_what_is_chosen_while_another_thread_writes_waits_for_the_next_save(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.load(path)
    settings.set(config.HOLD_SECONDS, 0)
    settings.set(config.THEME, "dark")
    settings.set_channel("x", ChannelSettings(True, ""))
    settings.save()
    settings.set(config.HOLD_SECONDS, 7)
    fsync = os.fsync

    def meanwhile(handle: int) -> None:
        monkeypatch.undo()
        settings.set(config.HOLD_SECONDS, 12)
        settings.reset(config.THEME)
        settings.remove_channel("x")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", meanwhile)
    settings.save()
    assert (settings.get(config.HOLD_SECONDS), settings.get(config.THEME)) == (12, "system")
    assert settings.channels() == {}
    settings.save()
    assert json.loads(path.read_text()) == {config.HOLD_SECONDS.name: 12}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(document=st.dictionaries(st.sampled_from([*config.SETTINGS, "channel.x", "other"]), json_values))
def test_no_document_makes_loading_fail(
    document: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("settings") / "settings.json"
    path.write_text(json.dumps(document))
    settings = Settings.load(path)
    for setting in config.SETTINGS.values():
        value = settings.get(setting)
        assert type(value) is type(setting.default)
    assert isinstance(settings.channel("x").options, dict)
