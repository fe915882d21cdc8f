"""`central routing load`: a version goes to the desks of a server, and what cannot be taken is told."""

from __future__ import annotations

import json
from pathlib import Path

from tests.central.world import found_city, settings_for
from tests.cli.kit import Said, Shell

VERSION = {
    "version": "kota-1",
    "effective_from": "2026-10-01T00:00:00+07:00",
    "kota": {"31.74": "JS"},
    "rules": [
        {"category": "sampah", "office": "{kelurahan}", "basis": "nota dinas", "source": "nota dinas 4/2026"}
    ],
}


def test_a_version_is_handed_out_once_and_never_changed(tmp_path: Path) -> None:
    desk, folder = Shell(tmp_path / "desk"), tmp_path / "server"
    path = tmp_path / "pembagian.json"

    def load(**changes: object) -> Said:
        path.write_text(json.dumps({**VERSION, **changes}), encoding="utf-8")
        return desk("central", "routing", "load", str(path), "--folder", str(folder), "--json")

    empty = load()
    assert empty.error["code"] == "config_problem"
    found_city(settings_for(folder))
    (told,) = load().rows
    assert (told["version"], told["rules"], told["effective_from"]) == (
        "kota-1",
        1,
        "2026-09-30T17:00:00.000Z",
    )
    assert load().rows[0]["edition"] == told["edition"]
    taken = load(note="lain")
    assert (taken.code, taken.error["params"]["reason"]) == (2, "version_taken")
    unread = load(rules=[{}])
    assert unread.error["params"]["reason"] == "unreadable"
    assert unread.error["params"]["file"] == "pembagian.json"
