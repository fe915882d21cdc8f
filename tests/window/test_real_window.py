"""The desk under a real window system: what the offscreen platform cannot show."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import absent

ROOT = Path(__file__).resolve().parents[2]
MIDDLE = 40
"""Pixels by which a window manager's frame, or none at all, may shift a dialog."""


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.realwindow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Xvfb and /proc are Linux's")
def test_a_sitting_in_a_real_window(tmp_path: Path) -> None:
    if shutil.which("xvfb-run") is None:
        absent.not_run("xvfb", "xvfb-run is not installed")
    environment = {
        name: value for name, value in os.environ.items() if name not in {"QT_QPA_PLATFORM", "DISPLAY"}
    }
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        [
            "xvfb-run",
            "-a",
            "-s",
            "-screen 0 1366x768x24",
            sys.executable,
            "-m",
            "tests.window.desk_child",
            str(tmp_path / "data"),
        ],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    assert done.stderr == "", "nothing is said on stderr: no warning of Qt, no traceback"
    seen = json.loads(done.stdout.strip().splitlines()[-1])
    assert seen["platform"] == "xcb"
    assert seen["rows"] > 0
    assert set(seen["dialogs"]) == {"category", "route", "palette"}
    for name, away in seen["dialogs"].items():
        assert away <= MIDDLE, f"{name} does not lie over its window"
    assert len(seen["children"]) >= 2, "the training city and the sync child"
    end = time.monotonic() + 10
    while any(lives(pid) for pid in seen["children"]) and time.monotonic() < end:
        os.sched_yield()
    assert [pid for pid in seen["children"] if lives(pid)] == [], "processes left behind"
