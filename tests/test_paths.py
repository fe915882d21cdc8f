from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from smartcity_desk import paths
from smartcity_desk.domain.errors import ConfigProblem, StoreProblem


def test_all_files_of_a_profile_lie_in_its_own_folder(tmp_path: Path) -> None:
    one = paths.Paths.of(tmp_path, "default").prepare()
    other = paths.Paths.of(tmp_path, paths.TRAINING_PROFILE).prepare()
    files = {one.database, one.settings, one.logs, one.attachments, one.backups, one.cache, one.lock}
    assert all(one.profile_dir in file.parents for file in files)
    assert not any(other.profile_dir in file.parents for file in files)
    assert one.logs.is_dir()
    assert one.attachments.is_dir()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no permission bits")
def test_the_folders_are_for_this_user_only(tmp_path: Path) -> None:
    made = paths.Paths.of(tmp_path / "new").prepare()
    assert made.profile_dir.stat().st_mode & 0o077 == 0
    assert made.attachments.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "name", ["", "..", "a/b", "a\\b", "Default", "-x", "con", "lpt1", "x" * 41, "a b", "é", "a\n"]
)
def test_a_name_that_could_lead_astray_is_refused(name: str) -> None:
    with pytest.raises(ConfigProblem) as caught:
        paths.Paths.of("anywhere", name)
    assert caught.value.params["reason"] == "bad_profile_name"


@pytest.mark.parametrize("name", ["default", "training", "jaga-malam_2", "x" * 40, "9"])
def test_good_names(name: str) -> None:
    assert paths.Paths.of("anywhere", name).profile == name


def test_a_folder_that_cannot_be_made_is_a_store_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreProblem) as caught:
        paths.Paths.of(tmp_path / "file").prepare()
    assert caught.value.kind == "read_only"


@pytest.mark.parametrize(("number", "kind"), [(errno.EROFS, "read_only"), (errno.ENOSPC, "disk_full")])
def test_a_folder_that_cannot_be_written_is_told_by_its_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: str
) -> None:
    def refuse(**_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(paths.tempfile, "TemporaryFile", refuse)
    with pytest.raises(StoreProblem) as caught:
        paths.Paths.of(tmp_path).prepare()
    assert caught.value.kind == kind


@pytest.mark.skipif(os.name != "posix", reason="permission bits")
def test_a_read_only_folder_for_an_ordinary_user(tmp_path: Path) -> None:
    """Root writes everywhere, so as root the attempt is made by a child process that gave up its rights."""
    folder = tmp_path / "sealed"
    folder.mkdir(mode=0o555)
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents:
        if parent.stat().st_uid == os.geteuid() and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o001)
    code = (
        "import os, sys\n"
        "from smartcity_desk.paths import Paths\n"
        "from smartcity_desk.domain.errors import StoreProblem\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        "try: Paths.of(sys.argv[1]).prepare()\n"
        "except StoreProblem as problem: print(problem.kind)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "read_only"


def test_a_folder_of_ones_own_has_a_scope_of_its_own(tmp_path: Path) -> None:
    usual = paths.Paths.of(None, "default")
    assert usual.scope == "default"
    assert paths.Paths.of(usual.data_dir, "default").scope == "default"
    scopes = {paths.Paths.of(tmp_path / name).scope for name in ("a", "b")}
    assert len(scopes | {"default"}) == 3


def test_resources_are_found_in_this_checkout() -> None:
    assert paths.resource("i18n").is_dir()


def test_resources_inside_the_package_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "smartcity_desk"
    (package / "resources").mkdir(parents=True)
    monkeypatch.setattr(paths, "_PACKAGE", package)
    assert paths.resource("a", "b") == package / "resources" / "a" / "b"


def test_the_command_that_starts_this_program_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert paths.command_line("sync") == [sys.executable, "-m", "smartcity_desk", "sync"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert paths.command_line("sync") == [sys.executable, "sync"]
