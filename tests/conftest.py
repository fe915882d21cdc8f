"""What holds for every test: no display, no network beyond loopback, no real keyring, no text without a catalogue."""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from smartcity_desk import i18n
from tests import absent

# Before anything starts Qt.
os.environ["QT_QPA_PLATFORM"] = os.environ.get("SMARTCITY_TEST_PLATFORM") or "offscreen"
os.environ["SMARTCITY_I18N_STRICT"] = "1"
# Nobody's real keyring; tests of the keyring set this themselves, in a process of their own.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
if hasattr(os, "geteuid") and os.geteuid() == 0:
    os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")  # Chromium refuses to be sandboxed as root
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


class NetworkForbiddenError(BaseException):
    """A test reached out beyond loopback. Not an Exception, so no error handling of ours can swallow it."""


_reached: list[str] = []


def _is_loopback(host: object) -> bool:
    if host is None or host in {"", "localhost", b"localhost", "localhost.localdomain"}:
        return True
    text = host.decode(errors="replace") if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return text.endswith(".localhost")


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = arguments[1]
        if isinstance(address, tuple) and address and not _is_loopback(address[0]):
            _refuse(f"{event} to {address[0]}")
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"} and not _is_loopback(arguments[0]):
        _refuse(f"{event} of {arguments[0]}")


def _refuse(what: str) -> None:
    _reached.append(what)
    raise NetworkForbiddenError(f"tests speak to loopback only: {what}")


sys.addaudithook(_guard)


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    _reached.clear()
    yield
    assert not _reached, f"reached out beyond loopback: {_reached}"


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
