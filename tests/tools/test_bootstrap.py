from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tools import bootstrap

SOURCE = Path(bootstrap.__file__)


def test_it_starts_on_a_python_too_old_for_the_desk() -> None:
    """Its syntax is that of 3.7 and it imports nothing but the standard library of then."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 7))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert imported == {"argparse", "hashlib", "os", "shutil", "subprocess", "sys"}


def test_this_interpreter_is_described() -> None:
    assert bootstrap.describe(sys.executable) == (*sys.version_info[:2], True)


@pytest.mark.parametrize("program", ["/nonexistent/python3", "/bin/false"])
def test_what_is_no_interpreter_is_passed_over(program: str) -> None:
    assert bootstrap.describe(program) is None


def pythons(monkeypatch: pytest.MonkeyPatch, known: dict[str, tuple[int, int, bool] | None]) -> None:
    monkeypatch.setattr(bootstrap, "candidates", lambda: list(known))
    monkeypatch.setattr(bootstrap, "describe", known.get)


def test_the_first_fitting_python_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    pythons(
        monkeypatch,
        {"a": (3, 9, True), "b": None, "c": (3, 14, True), "d": (3, 12, True), "e": (3, 11, True)},
    )
    assert bootstrap.find_python() == "d"


def test_without_a_fitting_python_it_says_what_it_saw_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    pythons(monkeypatch, {"/usr/bin/python3": (3, 9, True)})
    with pytest.raises(
        bootstrap.SetupError, match=r"3\.11 to 3\.13(.|\n)*/usr/bin/python3 \(3\.9\)(.|\n)*apt-get"
    ):
        bootstrap.find_python()


def test_a_python_that_cannot_make_environments_is_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "install_debian", lambda packages, why: installed.append(packages))
    pythons(monkeypatch, {"/usr/bin/python3": (3, 12, False)})
    assert bootstrap.find_python() == "/usr/bin/python3"
    assert installed == [["python3.12-venv"]]


def test_an_ordinary_user_gets_the_exact_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000)
    with pytest.raises(bootstrap.SetupError) as caught:
        bootstrap.install_debian(["libegl1", "libnss3"], "Qt misses libEGL.so.1")
    assert "sudo apt-get update && sudo apt-get install --no-install-recommends libegl1 libnss3" in str(
        caught.value
    )


def test_a_system_without_apt_gets_the_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    with pytest.raises(bootstrap.SetupError, match="libegl1"):
        bootstrap.install_debian(["libegl1"], "Qt misses libEGL.so.1")


def test_root_installs_under_the_names_that_this_release_has(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 0)
    monkeypatch.setattr(bootstrap.subprocess, "run", run)
    monkeypatch.setattr(bootstrap, "is_installable", lambda package: package != "libasound2")
    bootstrap.install_debian(["libasound2", "libegl1"], "Qt misses two")
    assert ran[0][1] == "update"
    assert ran[1][-2:] == ["libasound2t64", "libegl1"]


LDD = """\
/venv/PySide6/Qt/lib/libQt6Gui.so.6:
\tlibEGL.so.1 => not found
\tlibQt6Core.so.6 => not found
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)
/venv/PySide6/Qt/plugins/platforms/libqxcb.so:
\tlibxcb-cursor.so.0 => not found
\tlibEGL.so.1 => not found
"""


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment with a Qt whose libraries are named by LDD."""
    venv = tmp_path / ".venv"
    library = venv / "lib" / "python3.11" / "site-packages" / "PySide6" / "Qt" / "lib"
    library.mkdir(parents=True)
    (library / "libQt6Gui.so.6").touch()
    (venv / "bin").mkdir()
    (venv / "bin" / "python").touch()
    monkeypatch.setattr(bootstrap, "VENV", venv)
    monkeypatch.setattr(bootstrap, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    return venv


def answer_ldd(monkeypatch: pytest.MonkeyPatch, *outputs: str) -> None:
    waiting = list(outputs)

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        assert command[0] == "ldd"
        return subprocess.CompletedProcess(command, 0, stdout=waiting.pop(0).encode())

    monkeypatch.setattr(bootstrap.subprocess, "run", run)


def test_missing_libraries_become_packages_once(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "install_debian", lambda packages, why: asked.append(packages))
    answer_ldd(monkeypatch, LDD, "all found")
    bootstrap.check_qt_libs()
    assert asked == [["libegl1", "libxcb-cursor0"]]
    bootstrap.check_qt_libs()  # its stamp answers: ldd is not asked a third time


def test_a_library_of_no_known_package_is_named(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer_ldd(monkeypatch, "\tlibnew.so.9 => not found\n")
    with pytest.raises(bootstrap.SetupError, match=r"libnew\.so\.9"):
        bootstrap.check_qt_libs()


def test_libraries_that_are_still_missing_are_not_stamped(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "install_debian", lambda packages, why: None)
    answer_ldd(monkeypatch, LDD, LDD)
    with pytest.raises(bootstrap.SetupError, match=r"misses libEGL\.so\.1, libxcb-cursor"):
        bootstrap.check_qt_libs()
    assert not list(environment.glob(".ready-*"))


def test_without_a_display_it_says_so_and_names_the_tour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(bootstrap.SetupError, match="make tour"):
        bootstrap.check_display()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    bootstrap.check_display()


def test_the_environment_is_made_once_and_again_when_a_lock_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml"):
        (tmp_path / name).write_text(name)
    python = tmp_path / ".venv" / "bin" / "python"
    ran: list[str] = []

    def run(command: list[str]) -> None:
        ran.append(" ".join(command))
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()

    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", python)
    monkeypatch.setattr(bootstrap, "run", run)
    monkeypatch.setattr(bootstrap, "find_python", lambda: "python-of-the-system")
    monkeypatch.setattr(bootstrap, "describe", lambda path: (3, 11, True))
    bootstrap.make_environment("dev")
    assert ran[0].startswith("python-of-the-system -m venv")
    assert "--require-hashes" in ran[1]
    assert "requirements-dev.lock" in ran[1]
    assert "--no-deps" in ran[2]
    ran.clear()
    bootstrap.make_environment("dev")
    bootstrap.make_environment("run")
    assert ran == [], "what development needs contains what a plain run needs"
    (tmp_path / "requirements-dev.lock").write_text("changed")
    bootstrap.make_environment("dev")
    assert not [line for line in ran if "-m venv" in line]
    assert "--require-hashes" in ran[0]


def test_every_package_name_stands_for_the_library_beside_it() -> None:
    assert all(library.startswith("lib") and ".so" in library for library in bootstrap.DEBIAN)
    assert all(package == package.lower() for package in bootstrap.DEBIAN.values())
