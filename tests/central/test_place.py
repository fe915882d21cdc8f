"""The bundle that a server hands out, and a desk that takes it in."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartcity_desk.central import bundles
from smartcity_desk.domain.errors import ConfigProblem
from tests.central.world import PASSWORD, city, found_city, settings_for
from tests.cli.kit import Said, Shell
from tests.fakes.central_server import central_server
from tests.place import city as small


def test_the_bundle_in_force_has_a_tag_and_everybody_may_read_it(
    tmp_path: Path, founded_sqlite: Path
) -> None:
    (tmp_path / "central.sqlite3").write_bytes(founded_sqlite.read_bytes())
    with city(tmp_path) as world:
        assert world.call("GET", "/v1/place/bundle", user="oki").status == 404
        source = tmp_path / "a.zip"
        source.write_bytes(b"PK one")
        first = bundles.load(world.settings, source)
        for user in ("oki", "vina", "lurah.tebet"):
            said = world.call("GET", "/v1/place/bundle", user=user)
            assert (said.status, said.headers["etag"]) == (200, f'"{first.sha256}"')
            assert said.headers["content-type"] == "application/zip"
        assert world.call("GET", "/v1/place/bundle").status == 401
        tag = {"If-None-Match": f'"{first.sha256}"'}
        assert world.call("GET", "/v1/place/bundle", user="oki", headers=tag).status == 304
        source.write_bytes(b"PK two")
        second = bundles.load(world.settings, source)
        said = world.call("GET", "/v1/place/bundle", user="oki", headers=tag)
        assert (said.status, said.headers["etag"]) == (200, f'"{second.sha256}"')


def test_old_files_go_when_nobody_can_be_reading_them(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    source = tmp_path / "a.zip"
    kept = []
    for number in range(4):
        source.write_bytes(b"PK %d" % number)
        kept.append(bundles.load(settings, source).path)
    assert [path.exists() for path in kept] == [False, False, True, True]
    with pytest.raises(ConfigProblem, match="unreadable_file"):
        bundles.load(settings, tmp_path / "none.zip")
    source.write_bytes(bytes(100))
    with pytest.raises(ConfigProblem, match="too_large"):
        bundles.load(settings_for(tmp_path, place_bytes=99), source)
    found = bundles.current(settings)
    assert found is not None
    assert found.path == kept[3]
    assert not list(settings.place.glob("incoming-*"))
    (settings.place / "current").write_text("../../etc/passwd", encoding="ascii")
    assert bundles.current(settings) is None


def test_a_desk_fetches_checks_and_uses_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = small.units()
    offices = small.directory(made)
    monkeypatch.setattr("smartcity_desk.directory.builtin_directory", lambda _now: offices)
    plain = small.write(tmp_path / "kelurahan.geojson", small.features(made))
    desk = Shell(tmp_path / "desk")
    with central_server(tmp_path / "server") as running:
        words = ("login", "--server", running.url, "--user", "oki", "--password-stdin", "--json")
        assert desk(*words, stdin=f"{PASSWORD}\n").rows

        def fetch() -> Said:
            # No keyring here: the session lives as long as the command.
            return desk(
                "place", "fetch", "--user", "oki", "--password-stdin", "--json", stdin=f"{PASSWORD}\n"
            )

        assert desk("place", "fetch", "--json").error["code"] == "auth_expired"
        assert fetch().error["params"]["reason"] == "no_place_bundle"
        folder = str(running.settings.attachments.parent)
        (told,) = desk("central", "place", str(plain), "--folder", folder, "--json").rows
        assert told["edition"].startswith("kelurahan-")
        (first,) = fetch().rows
        assert (first["edition"], first["installed"]) == (told["edition"], True)
        (again,) = fetch().rows
        assert again == {"edition": told["edition"], "changed": False}
        less = small.write(tmp_path / "kurang.geojson", small.features(made[:-1]))
        assert desk("central", "place", str(less), "--folder", folder).code == 5
        found = bundles.current(running.settings)
        assert found is not None
        found.path.write_bytes(b"PK damaged on its way")
        (desk.folder / "profiles/default/place/fetched").unlink()
        assert fetch().error["params"]["key"] == "place_checksum"
        (listed, _) = desk("place", "list", "--json").rows
        assert (listed["edition"], listed["current"]) == (told["edition"], True)


def test_a_server_without_a_folder_of_its_own_has_no_bundle(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    found_city(settings)
    assert bundles.current(settings) is None
