"""Every channel folder keeps the contract: manifest, client, mapping, an entry in the registry, fixtures."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from smartcity_desk.domain.ids import report_id
from smartcity_desk.domain.report import Report, ReportKind
from smartcity_desk.paths import resource
from smartcity_desk.sync import reread
from smartcity_desk.sync.channel import ChannelKind, Manifest, Setup
from smartcity_desk.sync.channels.balai_warga import mapping as balai_warga
from smartcity_desk.sync.channels.crm import mapping as crm
from smartcity_desk.sync.channels.email import mapping as email
from smartcity_desk.sync.channels.facebook import mapping as facebook
from smartcity_desk.sync.channels.lapor import mapping as lapor
from smartcity_desk.sync.channels.manual import mapping as manual
from smartcity_desk.sync.channels.open311 import mapping as open311
from smartcity_desk.sync.channels.petabencana import mapping as petabencana
from smartcity_desk.sync.channels.qlue import mapping as qlue
from smartcity_desk.sync.channels.waze import mapping as waze
from smartcity_desk.sync.channels.x import mapping as x
from smartcity_desk.sync.registry import CHANNELS
from tests.conftest import ROOT

FOLDERS = ROOT / "smartcity_desk" / "sync" / "channels"
FIXTURES = ROOT / "tests" / "fixtures" / "channels"


def folders() -> list[str]:
    return sorted(path.name for path in FOLDERS.iterdir() if path.is_dir() and not path.name.startswith("_"))


def read(channel: str, data: Any) -> Iterator[Report]:
    if channel == "petabencana":
        yield from (petabencana.to_report(item) for item in petabencana.items_of(data))
    elif channel in ("email", "balai_warga"):
        read_item = email.to_report if channel == "email" else balai_warga.to_report
        yield from (read_item(item, lambda _: "p") for item in data)
    elif channel == "manual":
        yield from (manual.to_report(item, lambda _: "p") for item in data)
    elif channel in ("open311", "lapor"):
        read_one = open311.to_report if channel == "open311" else lapor.to_report
        found = data if isinstance(data, list) else data["service_requests"]
        yield from (read_one(item) for item in found)
    elif channel == "facebook":
        yield from (facebook.to_report(post, lambda _: "p") for post in facebook.read_page(data).items)
    elif channel == "qlue":
        yield from (qlue.to_report(item, lambda _: "p") for item in qlue.items_of(data))
    elif channel == "crm":
        yield from (crm.to_report(item) for item in crm.items_of(data))
    elif channel == "waze":
        yield from (waze.MAPPINGS[section](item) for section, item in waze.read_snapshot(data).items)
    else:
        page = x.read_page(data)
        yield from (x.to_report(post, page, lambda _: "p") for post in page.posts)


def test_every_folder_is_registered_and_nothing_else_is() -> None:
    assert folders() == sorted(CHANNELS)
    assert sorted(reread.MAPPINGS) == sorted(CHANNELS)


@pytest.mark.parametrize("name", folders())
def test_a_folder_has_its_three_parts(name: str) -> None:
    assert {"__init__.py", "manifest.py", "client.py", "mapping.py"} <= {
        path.name for path in (FOLDERS / name).iterdir()
    }
    about = CHANNELS[name].manifest
    assert isinstance(about, Manifest)
    assert about.name == name
    assert about.kind in ChannelKind
    assert about.poll_interval_ms >= 60_000
    assert about.rate.calls > 0
    assert about.rate.per_ms > 0
    # polling alone stays far below what the channel may be asked
    assert about.rate.per_ms / about.rate.calls <= about.poll_interval_ms
    # many servers speak Open311 or IMAP: which one, only the unit can say
    assert not about.default_url or about.default_url.startswith("https://")
    for key in (about.title_key, about.terms_key, *(spec.help_key for spec in about.options)):
        assert key.startswith(f"channel.{name}.")
    for spec in about.options:
        if spec.default:
            assert spec.check(spec.default) == spec.default
        assert not (spec.secret and spec.default), "a secret has no default"
    client = CHANNELS[name].build(Setup("http://127.0.0.1:1", {}, {}))
    assert callable(client.pull)
    assert callable(client.test)


@pytest.mark.parametrize("name", folders())
def test_a_folder_imports_only_the_contract_and_the_domain(name: str) -> None:
    allowed = re.compile(
        r"^(smartcity_desk\.(domain(\.\w+)?|georeport(\.\w+)?|sync\.(channel|transport|ratelimit)"
        rf"|sync\.(georeport|mailbox)(\.\w+)?|sync\.channels\.{name}(\.\w+)?))$"
    )
    for path in (FOLDERS / name).glob("*.py"):
        for module in re.findall(
            r"^from (smartcity_desk[\w.]*) import|^import (smartcity_desk[\w.]*)",
            path.read_text("utf-8"),
            re.MULTILINE,
        ):
            found = module[0] or module[1]
            assert allowed.match(found) or found == f"smartcity_desk.sync.channels.{name}", (
                f"{path.name}: {found}"
            )


@pytest.mark.parametrize("name", folders())
def test_fixtures_are_read(name: str) -> None:
    pages = [
        path
        for path in sorted((FIXTURES / name).glob("*.json"))
        if "error" not in path.name and path.name != "user.json"
    ]
    assert pages
    with_reports = 0
    for path in pages:
        reports = list(read(name, json.loads(path.read_text("utf-8"))))
        with_reports += bool(reports)
        for report in reports:
            assert report.channel == name
            assert report.kind is CHANNELS[name].manifest.report_kind
            assert report.external_id
            assert report.id == report_id(name, report.external_id)
            assert json.loads(report.raw)
            assert (report.lat is None) == (report.lon is None)
            assert "081234567890" not in report.text
            assert "0812-3456-7890" not in report.text
    assert with_reports


def test_categories_are_those_of_the_city() -> None:
    with resource("directory", "kategori.csv").open(encoding="utf-8") as stream:
        codes = {row["code"] for row in csv.DictReader(stream)}
    used = {*petabencana.CATEGORIES.values(), *waze._BY_SUBTYPE.values(), *waze._BY_TYPE.values()}
    used |= {*qlue.CATEGORIES.values(), *crm.CATEGORIES.values()}
    assert used <= codes


def test_traffic_is_context_and_citizens_complain() -> None:
    assert CHANNELS["waze"].manifest.report_kind is ReportKind.CONTEXT
    assert {CHANNELS[name].manifest.report_kind for name in ("petabencana", "x")} == {ReportKind.COMPLAINT}
