"""`media`: how it stands, another try, the switch, and copies that say nothing of where and by whom."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

from smartcity_desk.commands.exits import Exit
from smartcity_desk.config import Settings
from smartcity_desk.directory import load_policy
from smartcity_desk.domain.report import Report
from smartcity_desk.paths import Paths
from smartcity_desk.photos.developing import develop
from smartcity_desk.store import Store, files
from smartcity_desk.store.media import Had, MediaState
from tests.cli.kit import Shell
from tests.domain.builders import T0
from tests.photos.files import at, exif, file, plain
from tests.store.helpers import made

LINKS = tuple(f"https://foto.example.invalid/{name}.jpg" for name in "abc")
HOUR = 3_600_000


def filled(folder: Path, report: Report) -> Paths:
    """A profile with one report: its first picture is here, the second was refused, the third is awaited."""
    paths = Paths.of(folder).prepare()
    store = Store.open(paths.database, now=T0, policy=load_policy())
    store.ingest(report.channel, [report], checkpoint=None, now=T0)
    rows = store.media.of_report(1)
    about = exif({0x0110: "Telefon Budi"}, {0x9003: "2026:11:22 08:41:05"}, at(-6.2, 106.8))
    original = file(plain(640, 480), exif=about)
    sha256, copy = hashlib.sha256(original).hexdigest(), develop(original)
    files.keep(paths.media, sha256, original)
    files.replace(files.copy_of(paths.media, sha256, "view"), copy.view)
    store.media.have(rows[0].pk, Had(sha256, "image/jpeg", 9, 3 << 20, 640, 480, "{}"), T0)
    store.media.end(rows[1].pk, MediaState.REFUSED, "private_address", T0)
    store.close()
    return paths


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path, clock=T0 + HOUR)


def test_status_says_what_is_here_and_why_the_rest_is_not(shell: Shell) -> None:
    filled(shell.folder, made(1, media=LINKS))
    said = shell("media", "status")
    assert said.code == Exit.OK
    assert "Here 1, awaited 1, refused 1" in said.out
    assert "1 files, 3 MB of 4096 MB; 3 MB in the last 24 hours" in said.out
    assert "inner network" in said.out
    (record,) = shell("media", "status", "--json").rows
    assert record["states"] == {"have": 1, "refused": 1, "wanted": 1}
    assert record["refused"] == {"private_address": 1}
    assert (record["fetching"], record["full"], record["files_last_day"]) == (True, False, 1)


def test_another_try_is_one_for_all_that_failed(shell: Shell) -> None:
    filled(shell.folder, made(1, media=LINKS))
    assert shell("media", "retry", "--json").rows == [{"wanted": 1}]
    assert shell("media", "retry", "--json").rows == [{"wanted": 0}]
    assert "0 files" in shell("media", "retry").out


def test_the_switch_and_the_share_of_the_disk(shell: Shell) -> None:
    paths = filled(shell.folder, made(1, media=LINKS))
    (record,) = shell("media", "set", "--fetch", "off", "--disk-mb", "100", "--json").rows
    assert (record["fetching"], record["budget_bytes"]) == (False, 100 << 20)
    assert "turned off" in shell("media", "status").out
    assert shell("media", "set", "--disk-mb", "5").code == Exit.USAGE
    assert Settings.load(paths.settings).refused == []


def test_copies_leave_without_what_the_telephone_wrote(shell: Shell, tmp_path: Path) -> None:
    filled(shell.folder, made(1, media=LINKS))
    shell("channel", "set", "petabencana", "--export", "on", "--despite-terms")
    target = tmp_path / "keluar"
    (record,) = shell("media", "export", "petabencana:1", str(target), "--json").rows
    (name,) = record["files"]
    content = Path(name).read_bytes()
    assert [path.name for path in target.iterdir()] == [Path(name).name]
    for word in (b"Exif", b"Budi", b"2026:11", b"GPS"):
        assert word not in content
    with Image.open(io.BytesIO(content)) as opened:
        assert opened.size == (640, 480)
        assert not opened.getexif()


def test_what_may_not_leave_does_not(shell: Shell, tmp_path: Path) -> None:
    target = tmp_path / "keluar"
    filled(shell.folder, made(1, media=LINKS, private=True))
    shell("channel", "set", "petabencana", "--export", "on", "--despite-terms")
    said = shell("media", "export", "petabencana:1", str(target))
    assert (said.code, target.exists()) == (Exit.REFUSED, False)
    assert "confidential" in said.err


def test_a_channel_whose_rows_stay_here_gives_no_copy(shell: Shell, tmp_path: Path) -> None:
    target = tmp_path / "keluar"
    filled(shell.folder, made(1, media=LINKS))
    shell("channel", "set", "petabencana", "--export", "off")
    said = shell("media", "export", "petabencana:1", str(target), "--json")
    assert (said.code, said.error["code"], target.exists()) == (Exit.REFUSED, "no_export", False)
    assert shell("media", "export", "petabencana:77", str(target)).code == Exit.FAILED
