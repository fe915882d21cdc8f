"""What holds for every test: no display, no network beyond loopback, no real keyring, no text without a catalogue."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from smartcity_desk import i18n
from tests import absent, guard

# Before anything starts Qt.
os.environ["QT_QPA_PLATFORM"] = os.environ.get("SMARTCITY_TEST_PLATFORM") or "offscreen"
os.environ["SMARTCITY_I18N_STRICT"] = "1"
# Nobody's real keyring; tests of the keyring set this themselves, in a process of their own.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
if hasattr(os, "geteuid") and os.geteuid() == 0:
    os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")  # Chromium refuses to be sandboxed as root
# The map is drawn without a graphics card: there is none, and looking for one is told as a warning.
os.environ.setdefault("QT_QUICK_BACKEND", "software")
os.environ.setdefault("QTWEBENGINE_CHROMIUM_FLAGS", "--disable-gpu")
for _name in [name for name in os.environ if name.startswith("SMARTCITY_") and name.endswith("_TOKEN")]:
    del os.environ[_name]

ROOT = Path(__file__).resolve().parents[1]

# A shared machine stalls now and then: a deadline per example would make a slow disk look like a wrong rule.
settings.register_profile(
    "house",
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
settings.register_profile("thorough", settings.get_profile("house"), max_examples=1000)
settings.load_profile(os.environ.get("SMARTCITY_HYPOTHESIS", "house"))


SHRINKING_SECONDS = 900
"""Hypothesis may look up to 300 s for the smallest failing case, and only then says which: it is to be heard."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give property tests the time to say what failed; a worker that is killed meanwhile says nothing."""
    for item in items:
        searches = getattr(getattr(item, "function", None), "is_hypothesis_test", False)
        if searches and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(SHRINKING_SECONDS))


guard.install()


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    guard.reached.clear()
    yield
    assert not guard.reached, f"reached out beyond loopback: {guard.reached}"


@pytest.fixture(autouse=True)
def _indonesian() -> Iterator[None]:
    """Every test starts in Indonesian and may speak English without telling the next one."""
    i18n.set_language("id")
    yield
    i18n.set_language("id")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real data and papers that stands beside a checkout, where there is one."""
    folder = Path(os.environ.get("SMARTCITY_SHARED") or ROOT.parent / "shared")
    if not (folder / "data").is_dir():
        absent.not_run(
            "shared", "no folder of real data beside the checkout (SMARTCITY_SHARED names another place)"
        )
    return folder


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name each test that was not run because a part of the world was not there."""
    by_part: dict[str, list[str]] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        _, found, rest = reason.partition(absent.MARK)
        if found:
            by_part.setdefault(rest, []).append(report.nodeid)
    for part, names in sorted(by_part.items()):
        terminalreporter.write_sep("!", f"NOT RUN: {part}", yellow=True, bold=True)
        for name in sorted(names):
            terminalreporter.write_line(f"  {name}")
