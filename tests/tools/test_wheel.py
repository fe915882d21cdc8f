from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_wheel_carries_resources_and_migrations_and_nothing_of_development(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "resources").rglob("*") if path.is_file()
    }
    assert shipped
    assert {f"smartcity_desk/{name}" for name in shipped} <= names
    migrations = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "smartcity_desk").rglob("migrations/**/*.py")
    }
    assert migrations
    assert migrations <= names
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"smartcity_desk"}

    unpacked = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(unpacked)
    code = "from smartcity_desk import paths; print(paths.resource('i18n').is_dir(), paths.resource())"
    found = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=unpacked, capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == ["True", str(unpacked / "smartcity_desk" / "resources")]
