"""How a profile reaches its channels: addresses, options and secrets where they belong, and a trial of them."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from smartcity_desk.config import ChannelSettings, Settings
from smartcity_desk.domain.errors import AuthExpired, ConfigProblem, DeskError
from smartcity_desk.secrets import SecretStore
from smartcity_desk.sync import registry
from smartcity_desk.sync.channel import UNEXPECTED, Mapped, TestResult
from smartcity_desk.sync.http_errors import from_status
from smartcity_desk.sync.transport import Transport
from tests.conftest import ROOT
from tests.fakes.http_server import Asked, Reply, serving
from tests.sync.bench import NOW, Clock

FIXTURES = ROOT / "tests" / "fixtures" / "channels"
WAZE = "https://www.waze.invalid/partners/1/waze-feeds/rahasia?format=1"


def profile(folder: Path) -> tuple[Settings, SecretStore]:
    return Settings(folder / "settings.json"), SecretStore.in_memory()


def test_an_address_that_is_the_credential_goes_to_the_secret_store(tmp_path: Path) -> None:
    settings, secrets = profile(tmp_path)
    registry.place_url("waze", WAZE, settings, secrets)
    settings.save()
    assert "rahasia" not in (tmp_path / "settings.json").read_text("utf-8")
    assert secrets.get("channel/waze/url") == WAZE
    assert registry.setup("waze", settings, secrets).url == WAZE
    assert "rahasia" not in repr(registry.setup("waze", settings, secrets))


def test_an_address_of_this_machine_stands_in_the_settings(tmp_path: Path) -> None:
    settings, secrets = profile(tmp_path)
    registry.place_url("waze", "http://127.0.0.1:8080/feed", settings, secrets)
    assert settings.channel("waze") == ChannelSettings(True, "http://127.0.0.1:8080/feed", {})
    assert secrets.get("channel/waze/url") is None
    registry.place_url("petabencana", "https://api.contoh.invalid", settings, secrets)
    assert settings.channel("petabencana").url == "https://api.contoh.invalid"
    assert registry.enabled(settings) == ["petabencana", "waze"]


def test_exports_and_retention_are_the_manifest_s_until_somebody_chose(tmp_path: Path) -> None:
    settings, _ = profile(tmp_path)
    assert registry.exportable("petabencana", settings)
    assert not registry.exportable("waze", settings)
    assert not registry.exportable("kanal_lain", settings)
    assert registry.retention_days("waze", settings) == registry.manifest("waze").retention_days
    settings.set_channel("waze", ChannelSettings(True, export=True, retention_days=14))
    settings.set_channel("petabencana", ChannelSettings(True, export=False, retention_days=0))
    assert registry.exportable("waze", settings)
    assert not registry.exportable("petabencana", settings)
    assert (registry.retention_days("waze", settings), registry.retention_days("petabencana", settings)) == (
        14,
        0,
    )
    assert registry.retention_days("kanal_lain", settings) == 0
    registry.place_url("waze", "http://127.0.0.1:1/feed", settings, SecretStore.in_memory())
    assert settings.channel("waze").export is True


@pytest.mark.parametrize(
    ("name", "entry", "reason"),
    [
        ("waze", ChannelSettings(True, "", {}), "no_url"),
        ("petabencana", ChannelSettings(True, "", {"disaster": "naga"}), "bad_value"),
        ("petabencana", ChannelSettings(True, "", {"window_hours": "0"}), "bad_value"),
        ("nirwana", ChannelSettings(), "unknown_channel"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    name: str, entry: ChannelSettings, reason: str, tmp_path: Path
) -> None:
    settings, secrets = profile(tmp_path)
    if name in registry.CHANNELS:
        settings.set_channel(name, entry)
    with pytest.raises(ConfigProblem) as caught:
        registry.setup(name, settings, secrets)
    assert caught.value.params["reason"] == reason


def test_a_needed_secret_that_is_missing_asks_for_it(tmp_path: Path) -> None:
    settings, secrets = profile(tmp_path)
    with pytest.raises(AuthExpired):
        registry.setup("x", settings, secrets)
    secrets.set("channel/x/token", "rahasia")
    found = registry.setup("x", settings, secrets)
    assert found.secrets["token"] == "rahasia"
    assert "rahasia" not in repr(found)


def test_another_address_or_query_is_another_source_and_another_token_is_not(tmp_path: Path) -> None:
    settings, secrets = profile(tmp_path)
    secrets.set("channel/x/token", "satu")
    first = registry.fingerprint(registry.setup("x", settings, secrets))
    secrets.set("channel/x/token", "dua")
    assert registry.fingerprint(registry.setup("x", settings, secrets)) == first
    settings.set_channel("x", ChannelSettings(True, "", {"mode": "search"}))
    second = registry.fingerprint(registry.setup("x", settings, secrets))
    settings.set_channel("x", ChannelSettings(True, "https://lain.invalid", {"mode": "search"}))
    assert len({first, second, registry.fingerprint(registry.setup("x", settings, secrets))}) == 3


def test_the_key_of_pseudonyms_is_made_once(tmp_path: Path) -> None:
    settings, secrets = profile(tmp_path)
    secrets.set("channel/x/token", "t")
    one = registry.setup("x", settings, secrets).pseudonym("88000001")
    assert one == registry.setup("x", settings, secrets).pseudonym("88000001")
    assert one is not None
    assert registry.setup("x", settings, secrets).pseudonym("") is None
    other = SecretStore.in_memory({"channel/x/token": "t"})
    assert registry.setup("x", settings, other).pseudonym("88000001") != one


def trial(name: str, handler: Callable[[Asked], Reply], folder: Path) -> TestResult:
    async def run() -> TestResult:
        settings, secrets = profile(folder)
        secrets.set("channel/x/token", "t")
        transport = Transport(clock=Clock())
        async with serving(handler) as server:
            settings.set_channel(name, ChannelSettings(True, server.url, {}))
            entry = registry.CHANNELS[name]
            client = entry.build(registry.setup(name, settings, secrets))
            result = await client.test(transport.channel(name, entry.manifest.rate), NOW)
        await transport.close()
        return result

    return asyncio.run(run())


GOOD: dict[str, Callable[[Asked], Reply]] = {
    "petabencana": lambda _: Reply((FIXTURES / "petabencana/reports.geojson.json").read_bytes()),
    "waze": lambda _: Reply((FIXTURES / "waze/feed.json").read_bytes()),
    "x": lambda asked: Reply(
        (FIXTURES / ("x/user.json" if "username" in asked.path else "x/page.old.json")).read_bytes()
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_trial_counts_what_it_found(name: str, tmp_path: Path) -> None:
    result = trial(name, GOOD[name], tmp_path)
    assert result.ok
    assert result.error is None
    assert result.items == {"petabencana": 3, "waze": 5, "x": 2}[name]
    assert result.newest_at is not None
    assert result.sample
    assert len(result.sample) <= 3
    assert all(report.channel == name for report in result.sample)
    times = [report.reported_at for report in result.sample]
    assert times == sorted(times, reverse=True)
    assert result.unreadable == sum(result.reasons.values())


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply.json({}, 401), "auth_expired"),
        (Reply.html(), "transient"),
        (Reply.json({"statusCode": 503}), "transient"),
        (Reply.json([]), "bad_data"),
    ],
)
def test_a_trial_that_fails_says_why(name: str, reply: Reply, code: str, tmp_path: Path) -> None:
    result = trial(name, lambda _: reply, tmp_path)
    assert not result.ok
    assert isinstance(result.error, DeskError)
    assert result.error.code == code


def test_an_item_that_breaks_its_mapping_is_kept_and_the_rest_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    from smartcity_desk.sync.channels.petabencana import mapping

    def broken(_: Any) -> Any:
        raise ZeroDivisionError

    items = json.loads((FIXTURES / "petabencana/reports.geojson.json").read_text("utf-8"))["result"][
        "features"
    ]
    mapped = Mapped(
        [(items[0], broken), (items[1], mapping.to_report), (msgspec.Raw(b"1"), mapping.to_report_from_text)]
    )
    reports, unreadable, more = mapped.take(10)
    assert [report.external_id for report in reports] == ["318205"]
    assert [item.key for item in unreadable] == [UNEXPECTED, "item"]
    assert not more
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_what_the_far_side_says_is_shortened_and_masked() -> None:
    error = from_status(
        400, "x", now=NOW, headers={}, body={"message": "hubungi budi@contoh.go.id " + "x" * 1000}
    )
    assert error is not None
    detail = str(error.params["detail"])
    assert "budi" not in detail
    assert len(detail) <= 300
